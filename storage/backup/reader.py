# SPDX-License-Identifier: Apache-2.0
"""Reads a backup from anybody's medium: who signed it, whether it is whole, and its files under names of our own.

A tar is never extracted: a member either has one of the few names that a backup holds, or the backup is refused.
Only signature and hashes are made here; seal, tar and manifest are read in a helper process (``unsealing``).
"""

from __future__ import annotations

import os
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO, Final

from station.domain.errors import BundleRefused, FileRefused
from station.domain.secrets import Secret
from station.domain.words import say
from station.isolation.intake import open_regular
from station.ports.backup import BackupManifest, BackupProgress
from station.ports.storage import StoreName
from station.ports.tasks import CancelToken
from storage.backup.judging import checked
from storage.backup.members import DAY_KEYS, SLOTS, database_of, folder_of, log_of
from storage.backup.unsealing import unseal_apart
from storage.sealed.minisign import PublicKey, Signature
from storage.sealed.reader import HashedSource, hash_of, signature_of
from storage.sealed.tar_format import refused
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
        with open_regular(backup) as file:
            if signature is not None and key is not None:
                signature.verify(hash_of(file), key)
                file.seek(0)
            size = os.fstat(file.fileno()).st_size
            return _judged(_Watched(file, size, progress, cancel), signature, key, identity, unpacking, cancel)
    except FileRefused as problem:
        raise BundleRefused(problem.cause, problem.next_step) from None
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


def _judged(  # noqa: PLR0917 (one call, from above)
    file: _Watched,
    signature: Signature | None,
    key: PublicKey | None,
    identity: Secret,
    unpacking: Unpacking | None,
    cancel: CancelToken,
) -> BackupManifest:
    source = HashedSource(file)
    unsealed = unseal_apart(source, identity, None if unpacking is None else unpacking.keep, cancel)
    manifest = checked(unsealed.manifest, unsealed.seen)
    if signature is not None and key is not None:
        # What was opened must be what was signed, even if the file changed between the two readings.
        signature.verify(source.blake2b_of_all(), key)
    if unpacking is not None:
        unpacking.end()
    return manifest


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
