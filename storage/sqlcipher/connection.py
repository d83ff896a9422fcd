# SPDX-License-Identifier: Apache-2.0
"""The one door to SQLCipher: how a database is opened, which settings hold, and what its errors mean.

No other module imports the driver, so that no other module can open a database without key, without a
durable commit, or with an error that blames the wrong thing.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

import sqlcipher3.dbapi2 as driver

from station.domain.errors import StoreDamaged, StoreError, StoreFull, StoreInUse, StoreMissing
from station.domain.words import say
from station.ports.tasks import CancelToken

KEY_BYTES = 32

#: A row as the driver gives it: the schema's STRICT tables vouch for the types of its columns.
Row = tuple[Any, ...]
Value = str | int | bytes | None

# SQLite's primary result codes (https://sqlite.org/rescode.html).
_BUSY, _LOCKED, _READONLY, _IOERR, _CORRUPT, _FULL, _CANTOPEN, _NOTADB = 5, 6, 8, 10, 11, 13, 14, 26
_INTERRUPT = 9
_PRIMARY = 0xFF

# The driver's online backup gives the words of a result and not its code (sqlite3_errstr).
_CODES: Final = {
    "database is locked": _BUSY,
    "database table is locked": _LOCKED,
    "attempt to write a readonly database": _READONLY,
    "disk I/O error": _IOERR,
    "database disk image is malformed": _CORRUPT,
    "database or disk is full": _FULL,
    "unable to open database file": _CANTOPEN,
    "file is not a database": _NOTADB,
}

# The lock file keeps other processes away, and writers of this process queue for one connection: whoever still
# finds the database busy is a program that does not know the rules, and is reported soon.
_BUSY_MILLISECONDS = 250
_CACHE_KIBIBYTES = 16_384
_PAGES_AT_ONCE = 256  # 1 MiB: a stop is noticed after some milliseconds
_STEPS_BETWEEN = 100_000  # of SQLite's machine, some milliseconds

# What a check of the structure says of an index that does not fit its table; all else is damage.
_OF_AN_INDEX = re.compile(
    r"row \d+ missing from index (\w+)|wrong # of entries in index (\w+)|non-unique entry in index (\w+)"
    r"|row \d+ values differ from index (\w+)|rowid not at end-of-record for row \d+ of index (\w+)"
    r"|malformed inverted index for FTS5 table main\.(\w+)",
    re.ASCII,
)


class RuleBroken(Exception):
    """A constraint or trigger of the schema refused a statement: a bug in the caller, and nothing was written."""


def damaged() -> StoreDamaged:
    """The database does not decrypt or does not hold together. A wrong key cannot be told from it."""
    return StoreDamaged(
        say("The store cannot be read: it is damaged, or it does not belong to this key."),
        say("Do not delete or copy anything. Call the technician: the last backup may be needed."),
    )


def unwritable() -> StoreFull:
    """The disk is full or refuses to be written; nothing of the unit at hand was kept."""
    return StoreFull(
        say("The disk of the store is full or cannot be written. What you just did was not saved."),
        say("Free some space or check the disk, then do it again. Records saved before are safe."),
    )


def missing() -> StoreMissing:
    """There is no database at this place."""
    return StoreMissing(
        say("There is no store at this place."),
        say("Check the folder of the store, or create a new store."),
    )


def _busy() -> StoreInUse:
    return StoreInUse(
        say("Another program is using the database of the store."),
        say("Close the other program, then try again."),
    )


def _translated(error: Exception) -> Exception:
    code = getattr(error, "sqlite_errorcode", 0) & _PRIMARY or _CODES.get(str(error), 0)
    if code in (_CORRUPT, _NOTADB):
        return damaged()
    if code in (_FULL, _IOERR, _READONLY, _CANTOPEN):
        return unwritable()
    if code in (_BUSY, _LOCKED):
        return _busy()
    if isinstance(error, driver.IntegrityError):
        # The driver's message names columns, never their content.
        return RuleBroken(str(error))
    return error


@contextmanager
def _true_errors() -> Iterator[None]:
    try:
        yield
    except driver.Error as error:
        meaning = _translated(error)
        if meaning is error:
            raise
        raise meaning from error


class Connection:
    """One open database. Used by one thread at a time; the pool sees to it.

    Every method raises StoreDamaged, StoreFull or StoreInUse for what the disk does, RuleBroken for what the
    schema refuses.
    """

    __slots__ = ("_raw", "writes")

    def __init__(self, raw: Any) -> None:
        self._raw = raw
        self.writes = True

    @property
    def in_transaction(self) -> bool:
        """Whether a transaction is open; SQLite itself ends one when the disk fails."""
        return bool(self._raw.in_transaction)

    def run(self, sql: str, parameters: Sequence[Value] = ()) -> int:
        """Run one statement; how many rows it changed."""
        with _true_errors():
            return int(self._raw.execute(sql, parameters).rowcount)

    def one(self, sql: str, parameters: Sequence[Value] = ()) -> Row | None:
        """The first row, or None."""
        with _true_errors():
            row: Row | None = self._raw.execute(sql, parameters).fetchone()
            return row

    def all(self, sql: str, parameters: Sequence[Value] = ()) -> list[Row]:
        """All rows."""
        with _true_errors():
            rows: list[Row] = self._raw.execute(sql, parameters).fetchall()
            return rows

    def batches(self, sql: str, size: int) -> Iterator[list[Row]]:
        """All rows, ``size`` at a time; the caller's transaction outlives the walk."""
        with _true_errors():
            cursor = self._raw.execute(sql)
            try:
                while rows := cursor.fetchmany(size):
                    yield rows
            finally:
                cursor.close()

    def add_function(self, name: str, function: Callable[..., Value]) -> None:
        """Let statements of this connection call ``function``, with any number of values."""
        self._raw.create_function(name, -1, function, deterministic=True)

    @contextmanager
    def until(self, cancel: CancelToken) -> Iterator[None]:
        """Statements inside end soon after ``cancel`` is set. Raises Cancelled."""
        self._raw.set_progress_handler(lambda: int(cancel.cancelled), _STEPS_BETWEEN)
        try:
            yield
        except driver.OperationalError as error:
            if getattr(error, "sqlite_errorcode", 0) & _PRIMARY == _INTERRUPT:
                cancel.raise_if_cancelled()
            raise
        finally:
            self._raw.set_progress_handler(None, 0)

    def changes(self) -> int:
        """How many rows were changed since it was opened; virtual tables count their own."""
        return int(self._raw.total_changes)

    def raw_backup(self, target: Connection, step: Callable[[int, int], None]) -> None:
        """SQLite's online backup into ``target``, some hundred pages at a time (``copy_pages``)."""
        self._raw.backup(target._raw, pages=_PAGES_AT_ONCE, progress=lambda _, left, total: step(left, total), sleep=0)

    def close(self) -> None:
        """Close; SQLCipher wipes its copy of the key. Calling it again does nothing."""
        with _true_errors():
            self._raw.close()


def statements(script: str) -> Iterator[str]:
    """The single statements of a script. The driver's own script runner would commit in between."""
    pending = ""
    for line in script.splitlines(keepends=True):
        pending += line
        if driver.complete_statement(pending):
            yield pending
            pending = ""
    if any(line.strip() and not line.lstrip().startswith("--") for line in pending.splitlines()):
        raise ValueError("the script ends inside a statement")


def create(path: Path, key: bytes) -> Connection:
    """A new, empty database, each commit durable together with its folder's entry (synchronous=EXTRA).

    It keeps a rollback journal: the first seconds of a file are the fragile ones, and a write-ahead log would
    be a second new file. ``use_write_ahead_log`` follows when the content stands. Only this person may read or
    write the file; SQLite gives its log the same mode. Raises StoreFull.
    """
    try:
        path.touch(mode=0o600)
    except OSError as problem:
        raise unwritable() from problem
    connection = _open(path, key, mode="rwc")
    connection.run("PRAGMA synchronous = EXTRA")
    connection.run("PRAGMA auto_vacuum = INCREMENTAL")  # before the first table, or never
    return connection


def use_write_ahead_log(connection: Connection) -> None:
    """Switch to a write-ahead log, for this and every later opening."""
    connection.run("PRAGMA journal_mode = WAL")


def create_passing(path: Path, key: bytes) -> Connection:
    """A new, empty database for a copy that is sealed and deleted: nothing of it has to survive a power cut."""
    connection = create(path, key)
    connection.run("PRAGMA synchronous = OFF")
    connection.run("PRAGMA journal_mode = OFF")
    return connection


def open_writing(path: Path, key: bytes) -> Connection:
    """The writing connection of an existing database; a commit is on the disk before it returns."""
    if not path.is_file():
        raise missing()
    connection = _open(path, key, mode="rw")
    try:
        use_write_ahead_log(connection)
        connection.run("PRAGMA synchronous = FULL")
    except StoreError:
        connection.close()
        raise
    return connection


def open_reading(path: Path, key: bytes) -> Connection:
    """A connection that sees consistent states and cannot write."""
    connection = _open(path, key, mode="rw")
    connection.run("PRAGMA query_only = ON")
    connection.writes = False
    return connection


def rekey(path: Path, key: bytes, new_key: bytes) -> None:
    """Encrypt every page of a database that nobody else knows of with another key, and check each page after it.

    Neither journal nor sync: whoever is killed here throws the file away. Raises StoreDamaged; StoreFull also for a
    page that was damaged before.
    """
    if len(new_key) != KEY_BYTES:
        raise ValueError(f"a key of {KEY_BYTES} bytes is wanted")
    connection = _open(path, key, mode="rw")
    try:
        connection.run("PRAGMA journal_mode = DELETE")  # out of the log's mode, in which pages would be written twice
        connection.run("PRAGMA journal_mode = OFF")
        connection.run("PRAGMA synchronous = OFF")
        try:
            connection.run(f"PRAGMA rekey = \"x'{new_key.hex()}'\"")
        except driver.OperationalError as error:  # one answer for whatever page it is
            raise unwritable() from error
        if forged_pages(connection) or strayed_indexes(connection):
            raise damaged()
    finally:
        connection.close()
    connection = _open(path, new_key, mode="rw")
    try:
        use_write_ahead_log(connection)
    finally:
        connection.close()


def _open(path: Path, key: bytes, *, mode: str) -> Connection:
    if len(key) != KEY_BYTES:
        raise ValueError(f"a key of {KEY_BYTES} bytes is wanted")
    with _true_errors():
        raw = driver.connect(
            f"{path.absolute().as_uri()}?mode={mode}",
            uri=True,
            timeout=_BUSY_MILLISECONDS / 1000,
            isolation_level=None,
            check_same_thread=False,
            cached_statements=256,
        )
    connection = Connection(raw)
    try:
        connection.run("PRAGMA cipher_log_level = NONE")  # it would write to standard error by itself
        # Raw key: 32 random bytes need no stretching. The driver binds no parameters in a PRAGMA.
        connection.run(f"PRAGMA key = \"x'{key.hex()}'\"")
        # Off: it locks and wipes SQLite's memory, yet the rows go on into Python's objects, which nobody wipes.
        # docs/decisions/0003-encrypted-store.md has the price that was measured.
        connection.run("PRAGMA cipher_memory_security = OFF")
        connection.run("PRAGMA foreign_keys = ON")
        connection.run("PRAGMA secure_delete = ON")
        connection.run("PRAGMA recursive_triggers = ON")  # or REPLACE would delete past the triggers that forbid it
        connection.run("PRAGMA trusted_schema = OFF")
        connection.run("PRAGMA temp_store = MEMORY")  # nothing decrypted in a temporary file
        connection.run(f"PRAGMA cache_size = -{_CACHE_KIBIBYTES}")
        connection.one("SELECT count(*) FROM sqlite_schema")  # the key is tried at the first page read
    except StoreError:
        connection.close()
        raise
    return connection


def copy_pages(source: Connection, target: Connection, step: Callable[[int, int], None]) -> None:
    """Copy all of ``source`` as it is now into the empty ``target``; others may write meanwhile.

    ``step`` is called with pages left and pages in all, and may raise to end it. The reading transaction keeps one
    state in view for the whole copy: without it, each commit of another connection would begin it anew.
    """
    with _true_errors():
        source.run("BEGIN")
        try:
            source.one("SELECT count(*) FROM sqlite_schema")
            source.raw_backup(target, step)
        finally:
            source.run("ROLLBACK")


def write_log_back(connection: Connection) -> None:
    """Move everything from the log into the database and empty the log. Raises StoreInUse while somebody reads."""
    (busy, _, _) = connection.one("PRAGMA wal_checkpoint(TRUNCATE)") or (1, 0, 0)
    if busy:
        raise _busy()


def forged_pages(connection: Connection) -> int:
    """How many pages do not have the cipher's code; 0 is good. Reads the whole file.

    The log must have been written back: the cipher's check raises false alarms over pages that have newer ones there.
    """
    return len(connection.all("PRAGMA cipher_integrity_check"))


def strayed_indexes(connection: Connection) -> tuple[str, ...]:
    """Indexes, the one of words included, that do not say what their tables say.

    Raises StoreDamaged when the structure of the file itself does not hold together. Reads the whole file.
    """
    strayed: list[str] = []
    connection.run("BEGIN")  # one state for the two statements
    try:
        # FTS5 drops what it remembers of an older state when it is asked, but not when it is checked (SQLite 3.53).
        connection.all("SELECT rowid FROM encounter_words WHERE encounter_words MATCH 'a' LIMIT 1")
        verdicts = connection.all("PRAGMA integrity_check")
    finally:
        connection.run("ROLLBACK")
    for (verdict,) in verdicts:
        if verdict == "ok":
            continue
        named = _OF_AN_INDEX.search(verdict)
        if named is None:
            raise damaged()
        strayed += (name for name in named.groups() if name)
    return tuple(dict.fromkeys(strayed))
