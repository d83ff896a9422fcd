# SPDX-License-Identifier: Apache-2.0
"""One transaction with its repositories: rolled back unless committed, listeners told after it is durable."""

from __future__ import annotations

import enum
import threading
from contextlib import ExitStack
from types import TracebackType
from typing import Self

from station.ports.events import EventBus
from station.ports.storage import AuditEntry
from storage.keys.day_keys import DayKeys
from storage.sqlcipher.anchoring import Anchoring
from storage.sqlcipher.audit_entries import AuditEntries
from storage.sqlcipher.encounters import Encounters
from storage.sqlcipher.images import Images
from storage.sqlcipher.pool import ConnectionPool
from storage.sqlcipher.repositories import Exports, Journal, Officers, Settings
from storage.sqlcipher.retention import Retention
from storage.sqlcipher.safekeeping import Approvals, Holds, Inbox, Outbox, Shifts
from storage.sqlcipher.trail_key import TrailKey
from storage.sqlcipher.transaction import Transaction


class Intent(enum.Enum):
    """What a unit of work may do; the value is how its transaction begins."""

    WRITE = "BEGIN IMMEDIATE"  # takes the write lock at once: no unit fails half-way for want of it
    READ = "BEGIN"  # a snapshot from its first read on


class OpenUnits(threading.local):
    """Whether this thread is inside a unit of work."""

    inside = False


class SqlcipherUnitOfWork:
    """Implements station.ports.storage.UnitOfWork. Entered once, by the thread that uses it.

    Raises RuntimeError for what a caller must not do: nest units in one thread (the inner one would wait for
    the outer one for ever, or see the past), enter twice, use or commit it after its end.
    """

    def __init__(  # noqa: PLR0917 (what every unit of one store shares, passed by the store alone)
        self,
        pool: ConnectionPool,
        intent: Intent,
        events: EventBus,
        open_units: OpenUnits,
        day_keys: DayKeys,
        anchoring: Anchoring,
        key: TrailKey,
    ) -> None:
        self._pool = pool
        self._day_keys = day_keys
        self._anchoring = anchoring
        self._trail_key = key
        self._newest_entry: AuditEntry | None = None
        self._intent = intent
        self._events = events
        self._open_units = open_units
        self._transaction: Transaction | None = None
        self._lent = ExitStack()
        self._to_publish: list[object] = []
        self._committed = False

    def __enter__(self) -> Self:
        if self._transaction is not None:
            raise RuntimeError("a unit of work is entered once")
        if self._open_units.inside:
            raise RuntimeError("this thread is inside a unit of work already: end that one first")
        with ExitStack() as lent:
            connection = lent.enter_context(self._pool.lease())
            self._transaction = Transaction(connection, begin=self._intent.value)
            lent.callback(self._transaction.end)
            self._open_units.inside = True
            self._lent = lent.pop_all()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._open_units.inside = False
        self._lent.close()
        if self._committed:
            # Even when the block failed after its commit: what is durable is a fact, and listeners are told facts.
            for event in self._to_publish:
                self._events.publish(event)

    @property
    def encounters(self) -> Encounters:
        """Encounters of this transaction."""
        return Encounters(self._running())

    @property
    def journal(self) -> Journal:
        """Steps of inspections."""
        return Journal(self._running())

    @property
    def images(self) -> Images:
        """Pictures."""
        return Images(self._running(), self._day_keys)

    @property
    def audit(self) -> AuditEntries:
        """The audit trail."""
        return AuditEntries(self._running(), self._trail_key, self._appended)

    @property
    def officers(self) -> Officers:
        """The people of the post."""
        return Officers(self._running())

    @property
    def exports(self) -> Exports:
        """What left the station."""
        return Exports(self._running())

    @property
    def settings(self) -> Settings:
        """Small named values."""
        return Settings(self._running())

    @property
    def approvals(self) -> Approvals:
        """Requests for a second pair of eyes."""
        return Approvals(self._running())

    @property
    def outbox(self) -> Outbox:
        """What is owed to other stores."""
        return Outbox(self._running())

    @property
    def inbox(self) -> Inbox:
        """What came from other stores."""
        return Inbox(self._running())

    @property
    def holds(self) -> Holds:
        """Legal holds."""
        return Holds(self._running())

    @property
    def shifts(self) -> Shifts:
        """The shifts of the post."""
        return Shifts(self._running())

    @property
    def retention(self) -> Retention:
        """What is due to be let go, and how it is erased."""
        return Retention(self._running())

    def publish(self, event: object) -> None:
        """Tell listeners after this unit ended with a commit."""
        self._running()
        self._to_publish.append(event)

    def commit(self) -> None:
        """Make everything durable; the unit can then only be left."""
        self._running().commit()
        self._committed = True
        if self._newest_entry is not None:  # the database first, then what lies outside of it
            self._anchoring.note(self._newest_entry)

    def _appended(self, entry: AuditEntry) -> None:
        self._newest_entry = entry

    def _running(self) -> Transaction:
        if self._transaction is None:
            raise RuntimeError("a unit of work is used inside its with block")
        return self._transaction
