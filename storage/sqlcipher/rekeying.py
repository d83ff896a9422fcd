# SPDX-License-Identifier: Apache-2.0
"""Encrypts a closed database with another key: in a copy, which takes its place when it is whole and on the disk.

Until the one renaming the database has its old key, after it the new one; whoever comes later can tell by trying.
The caller holds the store's folder and sees to it that both keys can be found (storage.doors.rekeying).
"""

from __future__ import annotations

import os
import shutil
from pathlib import Path

from station.domain.errors import StoreDamaged, StoreFull
from storage.sqlcipher import connection as door
from storage.sqlcipher.store import put_in_place

_COPY = ".rekeyed"
_CHUNK = 1 << 20  # bytes


def rekey_database(path: Path, key: bytes, new_key: bytes) -> None:
    """Give the database at ``path`` another key. Reads and writes all of it, and needs as much room again.

    Raises StoreDamaged, StoreFull, StoreInUse; the database is then as it was, and the copy is gone.
    """
    remove_copy(path)
    copy = _copy_of(path)
    try:
        _write_log_back(path, key)
        try:
            copy.touch(mode=0o600)
            with path.open("rb") as old, copy.open("wb") as new:
                shutil.copyfileobj(old, new, _CHUNK)
        except OSError as problem:
            raise door.unwritable() from problem
        _encrypt_anew(copy, path, key, new_key)
        _force_to_disk(copy)
        put_in_place(copy, path)
    finally:
        remove_copy(path)


def opens_with(path: Path, key: bytes) -> bool:
    """Whether a database has this key. Raises StoreMissing, StoreInUse, StoreFull."""
    if not path.is_file():
        raise door.missing()
    try:
        door.open_reading(path, key).close()
    except StoreDamaged:
        return False
    return True


def remove_copy(path: Path) -> None:
    """Remove what a re-key that was cut short left beside the database. Raises StoreFull."""
    try:
        for left in path.parent.glob(f"{_copy_of(path).name}*"):
            left.unlink(missing_ok=True)
    except OSError as problem:
        raise door.unwritable() from problem


def _copy_of(path: Path) -> Path:
    return path.with_name(path.name + _COPY)


def _write_log_back(path: Path, key: bytes) -> None:
    connection = door.open_writing(path, key)
    try:
        door.write_log_back(connection)
    finally:
        connection.close()
    _force_to_disk(path)


def _encrypt_anew(copy: Path, original: Path, key: bytes, new_key: bytes) -> None:
    """SQLCipher does not tell a page that the disk did not take from one that was damaged before: the original does."""
    try:
        door.rekey(copy, key, new_key)
    except (StoreFull, StoreDamaged) as problem:
        connection = door.open_reading(original, key)
        try:
            whole = not (door.forged_pages(connection) or door.strayed_indexes(connection))
        finally:
            connection.close()
        raise door.unwritable() if whole else door.damaged() from problem


def _force_to_disk(path: Path) -> None:
    try:
        handle = os.open(path, os.O_RDWR | getattr(os, "O_CLOEXEC", 0))
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
    except OSError as problem:
        raise door.unwritable() from problem
