# SPDX-License-Identifier: Apache-2.0
"""The keys of pictures, one for each day, in a small file of their own: a day is let go by forgetting its key.

The file stands twice, and both always say the same: an older generation would keep a dropped key alive. The keys in
it are wrapped under a key that only the database holds.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Collection
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from station.domain.errors import StoreDamaged
from station.domain.secrets import Secret
from station.domain.wire import NotThisShape, from_json, to_json
from station.domain.words import say
from storage.durable import replace_durably
from storage.keys.destroying import unless_destroyed

FILE_NAME = "day_keys.json"
PREVIOUS_NAME = "day_keys.json.previous"
FORMAT = 1
KEY_BYTES = 32
MAX_BYTES = 4 * 1024 * 1024  # some 50 years of days

_NONCE_BYTES = 12  # random: a day has some thousands of pictures, far below what AES-GCM bears under one key
_PURPOSE = "hbm-station day key 1"


@dataclass(frozen=True, slots=True, kw_only=True)
class _WrappedKey:
    """One day's key. ``key_id`` is new each time, so that a key made again for a day is not taken for the old one."""

    key_id: str
    day: str
    nonce: bytes
    wrapped: bytes = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Table:
    """What stands in the file; ``generation`` counts the writings."""

    generation: int = 0
    keys: tuple[_WrappedKey, ...] = ()
    format: int = FORMAT


class DayKeys:
    """The keys of the days of one open store. Any thread. Raises StoreDamaged when neither copy can be read.

    A key is on the disk, twice, before anything is encrypted under it. What one interrupted writing left behind is
    finished when the file is opened, or at the next writing.
    """

    def __init__(self, folder: Path, file_key: bytes) -> None:
        self._newest, self._previous = folder / FILE_NAME, folder / PREVIOUS_NAME
        self._file_key = Secret(file_key)
        self._open: dict[str, AESGCM] = {}
        self._busy = threading.Lock()
        self._table, self._settled = self._read()
        self._generation = self._table.generation
        if not self._settled:
            with suppress(OSError):  # a full disk keeps nobody from reading; the next writing does it
                self._write(self._table.keys, overwrite=True)

    @property
    def days(self) -> tuple[tuple[str, str], ...]:
        """Every key's identifier and day, oldest first."""
        return tuple((key.key_id, key.day) for key in self._table.keys)

    def encrypt(self, day: str, data: bytes, context: bytes) -> tuple[str, bytes]:
        """``data`` under the key of a day (ISO 8601): the key's identifier, and nonce, ciphertext and tag together.

        Makes the day's key first where there is none. Raises OSError when that cannot be kept.
        """
        with self._busy:
            if not self._settled:  # a writing failed half-way: memory and disk must say the same before a key is used
                self._write(self._table.keys)
            key_id = next((key.key_id for key in self._table.keys if key.day == day and self._key(key.key_id)), None)
            if key_id is None:
                key_id = self._made(day)
            key = self._open[key_id]
        nonce = os.urandom(_NONCE_BYTES)
        return key_id, nonce + key.encrypt(nonce, data, context)

    def decrypt(self, key_id: str, sealed: bytes, context: bytes) -> bytes | None:
        """What `encrypt` was given; None when its key is gone, or when anything was changed."""
        with self._busy:
            key = self._key(key_id)
        if key is None:
            return None
        try:
            return key.decrypt(sealed[:_NONCE_BYTES], sealed[_NONCE_BYTES:], context)
        except (InvalidTag, ValueError):
            return None

    def keep_only(self, key_ids: Collection[str]) -> tuple[str, ...]:
        """Forget every other key, in both copies, and overwrite the files that held them; the days that are gone.

        Raises OSError; then some copy may still hold them, and the next call finishes it.
        """
        with self._busy:
            gone = tuple(key for key in self._table.keys if key.key_id not in key_ids)
            if gone or not self._settled:
                kept = tuple(key for key in self._table.keys if key.key_id in key_ids)
                self._write(kept, overwrite=True)
                for key in gone:
                    self._open.pop(key.key_id, None)
            return tuple(key.day for key in gone)

    def close(self) -> None:
        """Forget every key."""
        with self._busy:
            self._open.clear()
            self._file_key.forget()

    def _key(self, key_id: str) -> AESGCM | None:
        if key_id not in self._open:
            wrapped = next((key for key in self._table.keys if key.key_id == key_id), None)
            if wrapped is None:
                return None
            try:
                raw = self._wrapping().decrypt(wrapped.nonce, wrapped.wrapped, _context(key_id, wrapped.day))
                self._open[key_id] = AESGCM(raw)
            except (InvalidTag, ValueError):
                return None
        return self._open[key_id]

    def _made(self, day: str) -> str:
        key, nonce = os.urandom(KEY_BYTES), os.urandom(_NONCE_BYTES)
        key_id = f"{day}.{os.urandom(4).hex()}"
        wrapped = _WrappedKey(
            key_id=key_id,
            day=day,
            nonce=nonce,
            wrapped=self._wrapping().encrypt(nonce, key, _context(key_id, day)),
        )
        self._write((*self._table.keys, wrapped))
        self._open[key_id] = AESGCM(key)
        return key_id

    def _wrapping(self) -> AESGCM:
        return AESGCM(self._file_key.reveal())

    def _write(self, keys: tuple[_WrappedKey, ...], *, overwrite: bool = False) -> None:
        self._settled = False
        self._generation += 1  # never the number of a writing that failed
        table = _Table(generation=self._generation, keys=keys)
        for path in (self._newest, self._previous):
            with unless_destroyed(path):
                _replace(path, to_json(table), overwrite=overwrite)
        self._table, self._settled = table, True

    def _read(self) -> tuple[_Table, bool]:
        """The table that was written last, and whether both copies say it."""
        copies = [path for path in (self._newest, self._previous) if path.exists()]
        tables = [table for path in copies if (table := _decoded(path)) is not None]
        if copies and not tables:
            raise StoreDamaged(
                say("The file with the keys of the pictures is damaged."),
                say("Do not delete or copy anything. Call the technician: put it back from the last backup."),
            )
        newest = max(tables, key=lambda table: table.generation, default=_Table())
        return newest, not copies or tables == [newest, newest]


def _context(key_id: str, day: str) -> bytes:
    return to_json([_PURPOSE, key_id, day])


def _decoded(path: Path) -> _Table | None:
    try:
        with path.open("rb") as file:
            data = file.read(MAX_BYTES + 1)
        table = from_json(_Table, data) if len(data) <= MAX_BYTES else None
    except (OSError, NotThisShape, RecursionError):
        return None
    return table if table is not None and table.format == FORMAT else None


def _replace(path: Path, data: bytes, *, overwrite: bool) -> None:
    """Put ``data`` in place, and then zeros over what the file before held: all that a program can do about it."""
    with suppress(FileNotFoundError):
        if overwrite and os.name != "nt":  # Windows replaces no file that is open
            with path.open("r+b") as before:
                replace_durably(path, data)
                size = before.seek(0, os.SEEK_END)
                before.seek(0)
                before.write(bytes(size))
                before.flush()
                os.fsync(before.fileno())
            return
    replace_durably(path, data)
