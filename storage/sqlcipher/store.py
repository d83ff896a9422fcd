# SPDX-License-Identifier: Apache-2.0
"""The encrypted store of a station: made once, opened with its 32-byte key, closed for good."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from datetime import datetime
from pathlib import Path

from station.access.audit import Act
from station.domain.errors import StoreError, StoreInUse
from station.domain.wire import NotThisShape, from_json, to_json
from station.domain.words import Text, say
from station.ports.anchors import AnchorFinding, AnchorLog
from station.ports.events import EventBus
from station.ports.storage import Officer, StoreIdentity, StoreName
from station.ports.tasks import CancelToken
from storage.durable import sync_folder
from storage.keys.day_keys import KEY_BYTES, DayKeys
from storage.sqlcipher import connection as door
from storage.sqlcipher.anchoring import Anchoring
from storage.sqlcipher.audit_entries import AuditEntries
from storage.sqlcipher.clearing import Clearing
from storage.sqlcipher.connection import Connection
from storage.sqlcipher.copying import Copying
from storage.sqlcipher.exclusive import ExclusiveHold
from storage.sqlcipher.migration import migrate, shipped
from storage.sqlcipher.pool import ConnectionPool
from storage.sqlcipher.repositories import Officers, Settings
from storage.sqlcipher.row_sums import RowSums, all_have_sums
from storage.sqlcipher.trail_key import TrailKey, found_trail_key, trail_key
from storage.sqlcipher.transaction import Transaction
from storage.sqlcipher.unit_of_work import Intent, OpenUnits, SqlcipherUnitOfWork
from storage.sqlcipher.word_check import WORDS, words_strayed

#: Of the border store; ``database_file`` says it of each.
DATABASE_FILE = "border.db"

#: The setting that holds the StoreIdentity.
IDENTITY_SETTING = "identity"

#: The setting that holds the key under which the keys of the days are wrapped.
DAY_KEYS_SETTING = "day_keys.file_key"

_READING_CONNECTIONS = 3


class SqlcipherStore:
    """Implements station.ports.storage.Store. Any thread may ask for units of work."""

    def __init__(
        self,
        writing: Connection,
        reading: Sequence[Connection],
        hold: ExclusiveHold,
        events: EventBus,
        *,
        day_keys: DayKeys,
        copying: Copying,
        key: TrailKey,
    ) -> None:
        self._trail_key = key
        self._day_keys = day_keys
        self._copying = copying
        self._writing = ConnectionPool([writing])
        self._reading = ConnectionPool(reading)
        self._hold = hold
        self._events = events
        self._open_units = OpenUnits()
        #: What lies outside of the database, once the door has held the store against it.
        self.anchoring = Anchoring()
        self._closing = threading.Lock()
        self._identity = self._read_identity()

    @property
    def identity(self) -> StoreIdentity:
        """Whose store this is."""
        return self._identity

    @property
    def name(self) -> StoreName:
        """Which of the three stores this is."""
        return self._identity.name

    @property
    def anchors(self) -> AnchorLog | None:
        """What lies outside of the database."""
        return self.anchoring.log

    @property
    def anchor_findings(self) -> tuple[AnchorFinding, ...]:
        """What did not fit between the two at the opening."""
        return self.anchoring.findings

    @property
    def read_only(self) -> Text | None:
        """Why nothing may be written."""
        return self.anchoring.read_only

    def go_on(self) -> None:
        """See the port."""
        self.anchoring.accepted()

    def unit_of_work(self) -> SqlcipherUnitOfWork:
        """A transaction that may write; waits for other writers. Raises StoreReadOnly."""
        self.anchoring.refuse_writing()
        return self.accepting()

    def accepting(self) -> SqlcipherUnitOfWork:
        """See the port."""
        return self._unit(self._writing, Intent.WRITE)

    def reading(self) -> SqlcipherUnitOfWork:
        """A consistent view that cannot write; never waits for writers."""
        return self._unit(self._reading, Intent.READ)

    def _unit(self, pool: ConnectionPool, intent: Intent) -> SqlcipherUnitOfWork:
        return SqlcipherUnitOfWork(
            pool, intent, self._events, self._open_units, self._day_keys, self.anchoring, self._trail_key
        )

    def check_pages(self, cancel: CancelToken | None = None) -> Sequence[str]:
        """See the port. Writers wait while the cipher is checked, and go on while the structure is."""
        if self._open_units.inside:
            raise RuntimeError("the pages are checked outside the units of work")
        with self._writing.lease() as connection:
            self._write_log_back(connection)
            if door.forged_pages(connection):
                raise door.damaged()
        cancel = cancel or CancelToken()
        with self._reading.lease() as connection:
            with connection.until(cancel):
                strayed = door.strayed_indexes(connection)
            if WORDS not in strayed and words_strayed(connection, cancel.raise_if_cancelled):
                return (*strayed, WORDS)
            return strayed

    def strayed_tables(self, cancel: CancelToken) -> Sequence[str]:
        """See the port."""
        if self._open_units.inside:
            raise RuntimeError("the tables are counted outside the units of work")
        with self._reading.lease() as connection:
            return tuple(RowSums(self._trail_key).strayed(connection, cancel.raise_if_cancelled))

    def has_sums(self) -> bool:
        """Whether every table has a sum of its rows, true or not."""
        with self._reading.lease() as connection:
            return all_have_sums(connection)

    def clear_remains(self, cancel: CancelToken) -> Sequence[str]:
        """See the port. In short steps between which others may write; the log is emptied when nobody reads."""
        if self._open_units.inside:
            raise RuntimeError("what was erased is cleared outside the units of work")
        self.anchoring.refuse_writing()
        clearing = Clearing(self._writing, self._day_keys, cancel)
        clearing.words()
        days = clearing.day_keys()
        clearing.free_pages()
        with self._writing.lease() as connection:
            try:
                self._write_log_back(connection)
            except StoreInUse as problem:  # a backup reads an older state, which the log still has to hold
                raise StoreInUse(
                    say("A backup is being made. What was erased still stands in the log of the database."),
                    say("Wait until the backup is done, then finish the erasure."),
                ) from problem
        return days

    def copy_to(self, path: Path, *, progress: Callable[[int, int], None], cancel: CancelToken) -> None:
        """See the port."""
        self._copying.copy_to(path, progress=progress, cancel=cancel)

    def _write_log_back(self, connection: Connection) -> None:
        with ExitStack() as readers:
            for _ in range(_READING_CONNECTIONS):
                readers.enter_context(self._reading.lease())
            door.write_log_back(connection)

    def close(self) -> None:
        """Wait for the units at work, close, and drop the key. Calling it again does nothing.

        Raises RuntimeError inside a unit of work of the same thread, which it would wait for for ever.
        """
        if self._open_units.inside:
            raise RuntimeError("the store is closed outside its units of work")
        with self._closing, ExitStack() as last:
            last.callback(self._hold.release)
            self._copying.close()  # a copy under way ends here, or its connection would keep the log alive
            last.callback(self._day_keys.close)
            last.callback(self.anchoring.close)
            # The writer closes last: it writes the log back and removes it.
            for connection in self._writing.drain() + self._reading.drain():
                last.callback(connection.close)

    def _read_identity(self) -> StoreIdentity:
        with self.reading() as unit:
            value = unit.settings.get(IDENTITY_SETTING)
        try:
            return from_json(StoreIdentity, value or b"")
        except NotThisShape as problem:
            raise door.damaged() from problem


def database_file(name: StoreName) -> str:
    """The name of a store's database in its folder."""
    return f"{name.value}.db"


def create_database(  # noqa: PLR0917 (the door passes them in this order)
    folder: Path,
    key: bytes,
    identity: StoreIdentity,
    settings: Mapping[str, bytes],
    officers: Sequence[Officer],
    now: datetime,
) -> None:
    """Make the database of a store in the existing ``folder``, whole or not at all; its audit trail begins ``now``.

    ``key`` is 32 random bytes. Raises StoreError when there is one already, StoreInUse, StoreFull, and
    RecordConflict when two officers have one name.
    """
    if IDENTITY_SETTING in settings:
        raise ValueError(f"the setting {IDENTITY_SETTING!r} is written from the identity")
    path = folder / database_file(identity.name)
    unfinished = path.with_name(f"{path.name}.unfinished")
    hold = ExclusiveHold(folder)
    try:
        if path.exists():
            raise StoreError(
                say("There is a store at this place already."),
                say("Choose another folder, or sign in to the store that is there."),
            )
        _fill(unfinished, key, {**settings, IDENTITY_SETTING: to_json(identity)}, officers, now)
        put_in_place(unfinished, path)
    finally:
        hold.release()


def open_database(folder: Path, key: bytes, events: EventBus, *, name: StoreName = StoreName.BORDER) -> SqlcipherStore:
    """Open the store in ``folder`` with its raw 32-byte key; migrates it first when it is older.

    Raises StoreMissing, StoreInUse, StoreDamaged (a wrong key as well: it cannot be told), StoreTooNew, StoreFull.
    """
    path = folder / database_file(name)
    if not path.is_file():
        raise door.missing()
    with ExitStack() as opened:
        hold = ExclusiveHold(folder)
        opened.callback(hold.release)
        writing = door.open_writing(path, key)
        opened.callback(writing.close)
        migrate(writing, shipped())
        trail = trail_key(writing)
        RowSums(trail).watch(writing)
        reading = []
        for _ in range(_READING_CONNECTIONS):
            reading.append(door.open_reading(path, key))
            opened.callback(reading[-1].close)
        day_keys = DayKeys(folder, _day_keys_file_key(writing))
        store = SqlcipherStore(writing, reading, hold, events, day_keys=day_keys, copying=Copying(path, key), key=trail)
        opened.pop_all()
    return store


def _day_keys_file_key(writing: Connection) -> bytes:
    """The key that wraps the keys of the days; made, durably, in a store that has none yet."""
    found = writing.one("SELECT value FROM setting WHERE name = ?", (DAY_KEYS_SETTING,))
    if found is not None:
        return bytes(found[0])
    key = os.urandom(KEY_BYTES)
    writing.run("INSERT INTO setting (name, value) VALUES (?, ?)", (DAY_KEYS_SETTING, key))
    return key


def _fill(
    path: Path, database_key: bytes, settings: Mapping[str, bytes], officers: Sequence[Officer], now: datetime
) -> None:
    for left in path.parent.glob(f"{path.name}*"):  # of a creation that was killed
        left.unlink()
    connection = door.create(path, database_key)
    try:
        migrate(connection, shipped())
        transaction = Transaction(connection, begin=Intent.WRITE.value)
        try:
            found_trail_key(connection)
            key = trail_key(connection)
            sums = RowSums(key)
            sums.count(connection)
            sums.watch(connection)
            for name, value in settings.items():
                Settings(transaction).put(name, value)
            for officer in officers:
                Officers(transaction).add(officer)
            AuditEntries(transaction, key).append(
                at=now, by="station", act=Act.STORE_CREATED, subject="store", details={"officers": str(len(officers))}
            )
            transaction.commit()
        finally:
            transaction.end()
        door.use_write_ahead_log(connection)
    finally:
        connection.close()


def put_in_place(waiting: Path, path: Path) -> None:
    """Rename a finished database to its name, durably. Raises StoreFull."""
    try:
        sync_folder(path.parent)  # a log that was removed must not come back beside another database
        os.replace(waiting, path)
        sync_folder(path.parent)
    except OSError as problem:
        raise door.unwritable() from problem
