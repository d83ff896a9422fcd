# SPDX-License-Identifier: Apache-2.0
"""A count and a sum over the rows of each table, kept as they are written: one old page put back is then found.

SQLCipher authenticates each page by itself, so an older page of the same place is a good page to it. The sum of a
table is the sum, modulo 2^256, of the keyed hashes of its rows: it does not depend on their order, and a row that
goes is taken away from it. All sums lie in one page, with the count of the trail's entries: whoever puts an old page
back together with the sums of its time puts back how many entries there were, too, which the trail tells.

Triggers of the one writing connection keep the sums, so that no statement can forget them. They are temporary ones,
because the schema itself is not trusted with functions of this program (trusted_schema).
"""

from __future__ import annotations

import hmac
from collections.abc import Callable, Collection, Iterator

from storage.sqlcipher.connection import Connection, Value
from storage.sqlcipher.trail_key import TrailKey

_BYTES = 32
_ROWS_AT_ONCE = 2000
_SUMS = "row_sum"

#: What else vouches for these columns: a hash on the trail for each body; a picture's own SHA-256, which stands in
#: its row, and one on the trail. They are most of the file, and are read once at a verification, not twice.
_VOUCHED_ELSEWHERE = {"encounter_version": "body", "journal_entry": "body", "image": "data"}


class RowSums:
    """The sums of one store, computed with its key. Any thread, each with a connection of its own."""

    def __init__(self, key: TrailKey) -> None:
        self._key = key.derived("row sums 1")

    def watch(self, connection: Connection) -> None:
        """Keep the sums true from now on, whatever this writing connection writes into any table.

        Sums that are not there stay away: whoever emptied them has emptied them for good, and ``strayed`` says so.
        """
        connection.add_function("row_sum_with", self._with)
        connection.add_function("row_sum_without", self._without)
        for table, columns in _tables(connection):
            old, new = (", ".join(f'{row}."{column}"' for column in columns) for row in ("OLD", "NEW"))
            without, added = f"row_sum_without(sum, '{table}', {old})", f"'{table}', {new})"
            for act, change in (
                ("INSERT", f"rows = rows + 1, sum = row_sum_with(sum, {added}"),
                ("DELETE", f"rows = rows - 1, sum = {without}"),
                ("UPDATE", f"sum = row_sum_with({without}, {added}"),
            ):
                kept = f"UPDATE row_sum SET {change} WHERE name = '{table}'"  # noqa: S608 (our own names)
                connection.run(
                    f"CREATE TEMP TRIGGER row_sum_{act.lower()}_{table} AFTER {act} ON main.{table} BEGIN {kept}; END"
                )

    def count(self, connection: Connection, *, except_for: Collection[str] = ()) -> None:
        """Make the sums of all tables anew, in the running transaction: at the founding and at a step of the schema.

        Tables in ``except_for`` get none, so that they stray from now on, too.
        """
        connection.run("DELETE FROM row_sum")
        for table, columns in _tables(connection):
            if table not in except_for:
                rows, total = self._counted(connection, table, columns, lambda: None)
                connection.run("INSERT INTO row_sum (name, rows, sum) VALUES (?, ?, ?)", (table, rows, total))

    def strayed(self, connection: Connection, between: Callable[[], None]) -> Iterator[str]:
        """Names of tables whose rows are not those that were written last, in one state of the database.

        ``between`` is called every some thousand rows, and may raise to end it.
        """
        connection.run("BEGIN")
        try:
            yield from self.strayed_inside(connection, between)
        finally:
            connection.run("ROLLBACK")

    def strayed_inside(self, connection: Connection, between: Callable[[], None] = lambda: None) -> Iterator[str]:
        """The same in a transaction that runs already."""
        kept = {name: (rows, bytes(total)) for name, rows, total in connection.all("SELECT * FROM row_sum")}
        for table, columns in _tables(connection):
            if kept.pop(table, None) != self._counted(connection, table, columns, between):
                yield table
        yield from kept
        if _numbers_go_back(connection):
            yield "sqlite_sequence"

    def _counted(
        self, connection: Connection, table: str, columns: tuple[str, ...], between: Callable[[], None]
    ) -> tuple[int, bytes]:
        named = ", ".join(f'"{column}"' for column in columns)
        count = total = 0
        for rows in connection.batches(f"SELECT {named} FROM main.{table}", _ROWS_AT_ONCE):  # noqa: S608 (our own names)
            between()
            count += len(rows)
            total += sum(self._hashed(table, *row) for row in rows)
        return count, _bytes(total)

    def _with(self, total: bytes, table: str, *row: Value) -> bytes:
        return _bytes(int.from_bytes(total) + self._hashed(table, *row))

    def _without(self, total: bytes, table: str, *row: Value) -> bytes:
        return _bytes(int.from_bytes(total) - self._hashed(table, *row))

    def _hashed(self, table: str, *row: Value) -> int:
        return int.from_bytes(hmac.digest(self._key, _encoded(table, row), "sha256"))


def all_have_sums(connection: Connection) -> bool:
    """Whether no table is without a sum, true or not: a look that takes no time."""
    kept = {name for (name,) in connection.all("SELECT name FROM row_sum")}
    return kept.issuperset(name for name, _ in _tables(connection))


def _encoded(table: str, row: tuple[Value, ...]) -> bytes:
    """Bytes that are different for different rows: each value with its kind and length."""
    parts = [table.encode()]
    for value in row:
        if isinstance(value, bytes):
            parts += (b"|b%d:" % len(value), value)
        elif isinstance(value, str):
            said = value.encode()
            parts += (b"|s%d:" % len(said), said)
        else:
            parts.append(b"|n" if value is None else b"|i%d" % value)
    return b"".join(parts)


def _bytes(total: int) -> bytes:
    return (total % (1 << 8 * _BYTES)).to_bytes(_BYTES)


def _tables(connection: Connection) -> list[tuple[str, tuple[str, ...]]]:
    """Every table with pages of its own, and its columns that count.

    Not the parts of the index of words: FTS5 writes them by itself, and SQLite 3.53 does not bear a trigger on them.
    """
    names = connection.all(
        "SELECT t.name FROM sqlite_schema AS t WHERE t.type = 'table' AND t.rootpage > 0 AND t.name <> ?"
        " AND t.name NOT LIKE 'sqlite\\_%' ESCAPE '\\' AND NOT EXISTS (SELECT 1 FROM sqlite_schema AS v WHERE"
        " v.type = 'table' AND v.rootpage = 0 AND substr(t.name, 1, length(v.name) + 1) = v.name || '_')"
        " ORDER BY t.name",
        (_SUMS,),
    )
    found = []
    for (name,) in names:
        columns = [column for _, column, *_ in connection.all(f"PRAGMA table_info({name})")]
        found.append((name, tuple(column for column in columns if _VOUCHED_ELSEWHERE.get(name) != column)))
    return found


def _numbers_go_back(connection: Connection) -> bool:
    """Whether the next encounter would get a number that is taken: SQLite's own table, which can have no trigger."""
    row = connection.one(
        "SELECT (SELECT max(serial) FROM encounter) >"
        " coalesce((SELECT seq FROM sqlite_sequence WHERE name = 'encounter'), 0)"
    )
    return bool(row and row[0])
