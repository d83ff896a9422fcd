# SPDX-License-Identifier: Apache-2.0
"""Reads a backup from anybody's medium: who signed it, whether it is whole, and its files under names of our own.

A tar is never extracted: a member either has one of the few names that a backup holds, or the backup is refused.
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO, Final

from station.domain.errors import BundleRefused
from station.domain.secrets import Secret
from station.domain.wire import NotThisShape, from_json
from station.domain.words import say
from station.ports.backup import BackedUpStore, BackupManifest, BackupProgress
from station.ports.storage import StoreKind, StoreName
from station.ports.tasks import CancelToken
from station.safekeeping.manifest import FORMAT, WATERMARK
from storage.backup.members import DAY_KEYS, SLOTS, database_of, folder_of, log_of, small_file
from storage.sealed import age
from storage.sealed.minisign import PublicKey, Signature
from storage.sealed.reader import HashedSource, hash_of, signature_of
from storage.sealed.tar_format import Seen, TarReading, refused
from storage.sqlcipher.connection import unwritable

_FRESH: Final = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_BINARY", 0)


@dataclass(slots=True)
class Unpacking:
    """Puts the members of a backup together as the files of a station at ``place``, one after the other.

    Raises BundleRefused for a member that no backup has, or one out of its order; StoreFull.
    """

    place: Path
    _files: ExitStack = field(default_factory=ExitStack)
    _open: BinaryIO | None = None
    _path: Path | None = None
    _next: dict[Path, int] = field(default_factory=dict)  # the number of the next part of each large file
    _last: str = ""

    def keep(self, member: str, piece: bytes) -> None:
        """The next piece of a member."""
        try:
            if member != self._last:
                self._begin(member)
            if self._open is not None:
                self._open.write(piece)
        except OSError as problem:
            raise unwritable() from problem

    def close(self) -> None:
        """Let go of the files, whatever came of them. Calling it again does nothing."""
        self._files.close()

    def end(self) -> None:
        """Force everything to the disk."""
        try:
            self._close()
        except OSError as problem:
            raise unwritable() from problem

    def _begin(self, member: str) -> None:
        path, number = _place_of(self.place, member)
        if number != self._next.get(path, 1):
            raise refused(say("A part of the backup is missing or stands in the wrong place: {name}.", name=member))
        self._next[path] = number + 1
        self._last = member
        if path != self._path:
            self._close()
            path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            handle = os.open(path, _FRESH, 0o600)
            self._open = self._files.enter_context(open(handle, "wb"))  # noqa: SIM115 (open over several calls)
            self._path = path

    def _close(self) -> None:
        if self._open is not None:
            self._open.flush()
            os.fsync(self._open.fileno())
        self._files.close()
        self._open = self._path = None


def read_backup(  # noqa: PLR0917 (the two callers differ in ``unpacking`` only)
    backup: Path,
    signer: str | None,
    identity: Secret,
    unpacking: Unpacking | None,
    progress: BackupProgress,
    cancel: CancelToken,
) -> BackupManifest:
    """Judge all of a backup, unpacking it on the way; what was unpacked counts only when this returns.

    Without ``signer`` the signature is not looked at. Raises BundleRefused, StoreFull, Cancelled.
    """
    key = None if signer is None else PublicKey.from_file_text(signer)
    try:
        signature = None if key is None else signature_of(backup)
        with backup.open("rb") as file:
            if signature is not None and key is not None:
                signature.verify(hash_of(file), key)
                file.seek(0)
            return _judged(_Watched(file, backup.stat().st_size, progress, cancel), signature, key, identity, unpacking)
    except OSError as problem:
        raise BundleRefused(
            say(
                "The backup cannot be read: {name} ({reason}).",
                name=backup.name,
                reason=os.strerror(problem.errno) if problem.errno else "?",
            ),
            say("Check the path and the medium, and try again."),
        ) from problem
    finally:
        if unpacking is not None:
            unpacking.close()


class _Watched:
    """A file whose reading can be watched and stopped."""

    def __init__(self, file: BinaryIO, size: int, progress: BackupProgress, cancel: CancelToken) -> None:
        self._file, self._size, self._progress, self._cancel = file, size, progress, cancel
        self._done = 0

    def read(self, size: int = -1, /) -> bytes:
        self._cancel.raise_if_cancelled()
        piece = self._file.read(size)
        self._done += len(piece)
        self._progress(self._done, self._size)
        return piece


def _judged(
    file: _Watched, signature: Signature | None, key: PublicKey | None, identity: Secret, unpacking: Unpacking | None
) -> BackupManifest:
    source = HashedSource(file)
    tar = TarReading(None if unpacking is None else unpacking.keep)
    age.decrypt(source, tar, identity)
    manifest = checked(tar.end(), tar.seen)
    if signature is not None and key is not None:
        # What was opened must be what was signed, even if the file changed between the two readings.
        signature.verify(source.blake2b_of_all(), key)
    if unpacking is not None:
        unpacking.end()
    return manifest


def checked(data: bytes, seen: Sequence[Seen]) -> BackupManifest:
    """The manifest, when it fits the members ``seen``. Raises BundleRefused."""
    try:
        manifest = from_json(BackupManifest, data)
    except (NotThisShape, RecursionError):
        raise refused(say("This is no backup of a station, or its manifest cannot be read.")) from None
    if manifest.format != FORMAT:
        raise refused(say("This is no backup that this program knows: {format}.", format=manifest.format))
    if (manifest.kind is StoreKind.TRAINING) != (manifest.watermark == WATERMARK):
        raise refused(say("The manifest is not sure whether the backup is live or training."))
    listed = {file.name: (file.size, file.sha256) for file in manifest.files}
    if len(listed) != len(manifest.files) or listed != {name: (size, digest) for name, size, digest in seen}:
        raise refused(say("The files in the backup are not the ones its manifest lists."))
    _check_stores(manifest, listed)
    return manifest


def _check_stores(manifest: BackupManifest, listed: Mapping[str, object]) -> None:
    names = [store.name for store in manifest.stores]
    if StoreName.BORDER not in names or len(set(names)) != len(names):
        raise refused(say("The backup does not hold the border store exactly once."))
    accounted: set[str] = set()
    for store in manifest.stores:
        large = (*_numbered(store, "database", store.database), *_numbered(store, "log", store.write_ahead_log))
        slots = small_file(store.name, SLOTS)
        if not store.database or not {*large, slots} <= listed.keys():
            raise refused(say("The backup lacks a file of the store {name}.", name=store.name.value))
        accounted |= {*large, slots, small_file(store.name, DAY_KEYS)}
    if not listed.keys() <= accounted:
        raise refused(say("The backup holds a file that belongs to no store."))


def _numbered(store: BackedUpStore, what: str, members: tuple[str, ...]) -> tuple[str, ...]:
    expected = tuple(f"{store.name.value}/{what}-{number:04d}.bin" for number in range(1, len(members) + 1))
    if members != expected:
        raise refused(
            say("A part of the backup is missing or stands in the wrong place: {name}.", name=store.name.value)
        )
    return members


def _place_of(place: Path, member: str) -> tuple[Path, int]:
    """The file a member belongs to, and the number of its part, from 1. Raises BundleRefused."""
    folder, _, file = member.partition("/")
    for name in StoreName:
        if name.value != folder:
            continue
        if file in (SLOTS, DAY_KEYS):
            return folder_of(place, name) / file, 1
        what, _, number = file.removesuffix(".bin").partition("-")
        if file.endswith(".bin") and what in ("database", "log") and len(number) == 4 and number.isdecimal():
            database = database_of(place, name)
            return (database if what == "database" else log_of(database)), int(number)
    raise refused(say("The backup holds a file that belongs to no store."))
