# SPDX-License-Identifier: Apache-2.0
"""What repositories hold of the database: one transaction, and nothing after its end."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

from station.domain.errors import StoreError
from storage.sqlcipher.connection import Connection, Row, Value

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


def to_microseconds(moment: datetime) -> int:
    """An aware moment as whole microseconds since 1970 UTC: exact, and sortable."""
    return (moment - _EPOCH) // _MICROSECOND


def from_microseconds(count: int) -> datetime:
    """The moment that `to_microseconds` counted, in UTC."""
    return _EPOCH + timedelta(microseconds=count)


class Transaction:
    """A running transaction on a lent connection.

    Raises RuntimeError when used after its end, which would be a write that nobody commits. After a failure of
    the store it cannot be committed any more, even if the caller swallowed the error.
    """

    __slots__ = ("_connection", "_failure", "_running")

    def __init__(self, connection: Connection, *, begin: str) -> None:
        self._connection = connection
        self._failure: StoreError | None = None
        self._running = False
        connection.run(begin)
        self._running = True

    def run(self, sql: str, parameters: Sequence[Value] = ()) -> int:
        """Run one writing statement; how many rows it changed. Raises RuntimeError in a reading unit."""
        if not self._connection.writes:
            raise RuntimeError("a reading unit of work cannot write")
        with self._watched() as connection:
            return connection.run(sql, parameters)

    def one(self, sql: str, parameters: Sequence[Value] = ()) -> Row | None:
        """The first row, or None."""
        with self._watched() as connection:
            return connection.one(sql, parameters)

    def all(self, sql: str, parameters: Sequence[Value] = ()) -> list[Row]:
        """All rows: no cursor stays open that could outlive the transaction."""
        with self._watched() as connection:
            return connection.all(sql, parameters)

    def fail(self, failure: StoreError) -> None:
        """Something beside the database failed that this transaction depends on: it cannot be committed any more."""
        self._failure = failure

    def commit(self) -> None:
        """Make it durable. Raises the store's failure if there was one."""
        with self._watched() as connection:
            if self._failure is not None:
                raise self._failure
            connection.run("COMMIT")
        self._running = False

    def end(self) -> None:
        """Take back whatever was not committed."""
        self._running = False
        if self._connection.in_transaction:
            self._connection.run("ROLLBACK")

    @contextmanager
    def _watched(self) -> Iterator[Connection]:
        if not self._running:
            raise RuntimeError("the unit of work has ended")
        try:
            yield self._connection
        except StoreError as failure:
            self._failure = failure
            raise
