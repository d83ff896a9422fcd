# SPDX-License-Identifier: Apache-2.0
"""Copies of the stores as they are at one moment, in a folder beside them, to be sealed and deleted again.

An open store is copied by the database itself; one that nobody has open is held and copied as files. The key files
are read before and after: a copy whose keys were changed meanwhile is made again.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from station.domain.errors import StoreDamaged, StoreInUse
from station.domain.wire import NotThisShape, from_json
from station.domain.words import say
from station.ports.backup import BackupProgress
from station.ports.sealing import BundleMember
from station.ports.storage import Store, StoreName
from station.ports.tasks import CancelToken
from storage.backup.members import DAY_KEYS, SLOTS, Parts, database_of, folder_of, log_of, small_file
from storage.keys.slots import SlotTable
from storage.sqlcipher.connection import damaged, unwritable
from storage.sqlcipher.exclusive import ExclusiveHold

STAGING = "backup.unfinished"

_TRIES = 3
_PIECE = 1024 * 1024
_MOST_SMALL = 16 * 1024 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class StagedStore:
    """One store's copy. ``audit_sequence`` is 0 for a store that was not open."""

    name: StoreName
    slot_generation: int
    audit_sequence: int
    audit_hash: str
    database: Parts
    log: Parts | None
    small: tuple[BundleMember, ...] = field(repr=False)

    def members(self) -> Iterator[BundleMember]:
        """Everything of it that goes into the backup."""
        yield from self.small
        yield from self.database.members()
        if self.log is not None:
            yield from self.log.members()


@contextmanager
def staging(place: Path) -> Iterator[Path]:
    """An empty folder for the copies, which is gone afterwards, with what a killed backup left in it."""
    folder = place / STAGING
    try:
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(mode=0o700)
    except OSError as problem:
        raise unwritable() from problem
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def present(place: Path) -> Sequence[StoreName]:
    """The stores of a station. The border store is copied first: what it owes others is then still in its copy."""
    order = (StoreName.BORDER, StoreName.ENFORCEMENT, StoreName.PROTECTION)
    return tuple(name for name in order if database_of(place, name).is_file())


def stage(  # noqa: PLR0917 (one call, from the vault)
    place: Path, name: StoreName, store: Store | None, folder: Path, progress: BackupProgress, cancel: CancelToken
) -> StagedStore:
    """Copy one store into ``folder``. Raises StoreError kinds, Cancelled."""
    for _ in range(_TRIES):
        before = _slots(place, name)
        sequence, digest = (0, "") if store is None else _head(store)
        database, log = folder / f"{name.value}.db", None
        try:
            if store is not None:
                store.copy_to(database, progress=progress, cancel=cancel)
            else:
                log = _copy_held(place, name, database, progress, cancel)
            small = tuple(_small_files(place, name))
            parts = Parts.of(database, name, "database")
            log_parts = None if log is None else Parts.of(log, name, "log")
        except OSError as problem:
            raise unwritable() from problem
        if _slots(place, name) == before:
            return StagedStore(
                name=name,
                slot_generation=_generation(before),
                audit_sequence=sequence,
                audit_hash=digest,
                database=parts,
                log=log_parts,
                small=(BundleMember(small_file(name, SLOTS), before), *small),
            )
        database.unlink(missing_ok=True)
    raise StoreInUse(
        say("The keys of the store are being changed."),
        say("Wait until that is done, then make the backup again."),
    )


def _head(store: Store) -> tuple[int, str]:
    with store.reading() as unit:
        head = unit.audit.head()
    return (0, "") if head is None else (head.sequence, head.hash)


def _slots(place: Path, name: StoreName) -> bytes:
    """The newest readable key file. Raises StoreDamaged."""
    for file in (SLOTS, f"{SLOTS}.previous"):
        try:
            data = _small(folder_of(place, name) / file)
            from_json(SlotTable, data)
        except (OSError, NotThisShape):
            continue
        return data
    raise StoreDamaged(
        say("The key file of the store {name} cannot be read.", name=name.value),
        say("No backup was made. Call a technician: do not delete anything."),
    )


def _generation(slots: bytes) -> int:
    return from_json(SlotTable, slots).generation


def _small_files(place: Path, name: StoreName) -> Iterator[BundleMember]:
    """The keys of the days, read after the database: a day the copy knows has its key, unless it was let go."""
    path = folder_of(place, name) / DAY_KEYS
    if path.is_file():
        yield BundleMember(small_file(name, DAY_KEYS), _small(path))


def _small(path: Path) -> bytes:
    with path.open("rb") as file:
        data = file.read(_MOST_SMALL + 1)
    if len(data) > _MOST_SMALL:
        raise damaged()
    return data


def _copy_held(place: Path, name: StoreName, to: Path, progress: BackupProgress, cancel: CancelToken) -> Path | None:
    """Copy the files of a store that nobody has open; the copy of its log, if it has one."""
    database = database_of(place, name)
    hold = ExclusiveHold(database.parent)
    try:
        _copy_file(database, to, progress, cancel)
        log = log_of(database)
        if not log.is_file() or not log.stat().st_size:
            return None
        _copy_file(log, log_of(to), progress, cancel)
        return log_of(to)
    finally:
        hold.release()


def _copy_file(source: Path, to: Path, progress: BackupProgress, cancel: CancelToken) -> None:
    total, done = source.stat().st_size, 0
    with source.open("rb") as reading, open(os.open(to, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as writing:
        while piece := reading.read(_PIECE):
            cancel.raise_if_cancelled()
            writing.write(piece)
            done += len(piece)
            progress(done, total)
