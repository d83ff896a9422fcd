# SPDX-License-Identifier: Apache-2.0
"""Acceptance records beside the store, signed so that the public ``minisign`` checks them; files on sticks."""

from __future__ import annotations

import errno
import hashlib
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from station.domain.errors import BundleRefused, FileRefused, TargetUnusable
from station.domain.secrets import Secret
from station.domain.words import Text, say
from station.isolation.intake import read_regular
from station.ports.bench_files import CarriedFiles, KeptRecord, SignedRecords
from storage.durable import sync_folder
from storage.sealed.minisign import MAX_SIGNATURE_FILE, PublicKey, Signature, SigningKey

ENDING = ".json"
SIGNATURE_ENDING = ".minisig"
MOST_BYTES = 1024 * 1024  # of a record: a test has some twenty steps

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9-]{0,120}", re.ASCII)
_FILE_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9.-]{0,120}", re.ASCII)
_FRESH = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_BINARY", 0)


class FolderRecords(SignedRecords):
    """Pairs of record and signature in one folder, which is made with the first of them."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def keep(self, name: str, document: bytes, *, signing_key: Secret, trusted_comment: str) -> KeptRecord:
        """See the port. The signature takes its name first: a record that is there has its signature."""
        if _NAME.fullmatch(name) is None:
            raise ValueError("a record's name has letters, digits and dashes")
        signed = SigningKey.of(signing_key).sign(hashlib.blake2b(document).digest(), trusted_comment)
        path = self._path(name)
        with _faults(self._folder):
            self._folder.mkdir(mode=0o700, exist_ok=True)
        signature = path.with_name(path.name + SIGNATURE_ENDING)
        _write_new(signature, signed.encode())
        try:
            _write_new(path, document)
        except BaseException:
            with suppress(OSError):
                signature.unlink(missing_ok=True)
            raise
        return KeptRecord(str(path), document)

    def drop(self, name: str) -> None:
        """The record before its signature."""
        path = self._path(name)
        with suppress(OSError):  # a disk that cannot be tidied cannot be trusted either, and says so at the next write
            path.unlink(missing_ok=True)
            path.with_name(path.name + SIGNATURE_ENDING).unlink(missing_ok=True)

    def all(self, *, public_key: str) -> tuple[KeptRecord, ...]:
        """See the port."""
        signer = PublicKey.from_file_text(public_key)
        found: list[KeptRecord] = []
        for path in sorted(self._folder.glob(f"*{ENDING}")):
            try:
                document = _read(path, MOST_BYTES)
                signature = _read(path.with_name(path.name + SIGNATURE_ENDING), MAX_SIGNATURE_FILE)
                Signature.from_file_text(signature).verify(hashlib.blake2b(document).digest(), signer)
            except (BundleRefused, TargetUnusable):
                continue  # not ours, changed, or not readable: it proves nothing, so the device is tested again
            found.append(KeptRecord(str(path), document))
        return tuple(found)

    def _path(self, name: str) -> Path:
        return self._folder / (name + ENDING)


class FolderFiles(CarriedFiles):
    """Files in any folder that the person who works here may use."""

    def write(self, folder: Path, name: str, data: bytes) -> Path:
        """See the port."""
        if _FILE_NAME.fullmatch(name) is None:
            raise ValueError("a file's name has letters, digits, dots and dashes")
        with _faults(folder):
            if not folder.is_dir():
                raise FileNotFoundError(errno.ENOENT, "no such folder")
        path = folder / name
        _write_new(path, data)
        return path

    def read(self, path: Path, *, most_bytes: int) -> bytes:
        """See the port."""
        return _read(path, most_bytes)


def _write_new(path: Path, data: bytes) -> None:
    """A new file, whole or not at all; never through a link, never over another."""
    waiting = path.with_name(f".{path.name}.partial")
    try:
        with _faults(path.parent):
            if path.exists() or path.is_symlink():
                raise TargetUnusable(
                    say("There is a file named {name} already.", name=path.name),
                    say("Choose another folder. The file there was not touched."),
                )
            waiting.unlink(missing_ok=True)
            with open(os.open(waiting, _FRESH, 0o600), "wb") as file:
                file.write(data)
                file.flush()
                os.fsync(file.fileno())
            os.rename(waiting, path)
            sync_folder(path.parent)
    except BaseException:
        with suppress(OSError):  # a stick that is gone cannot be tidied
            waiting.unlink(missing_ok=True)
        raise


def _read(path: Path, most: int) -> bytes:
    with _faults(path):
        try:
            return read_regular(path, most_bytes=most)
        except FileRefused:
            raise TargetUnusable(
                say("This is not a file of the kind that is read here: {name}.", name=path.name),
                say("Choose the file that another bench has written."),
            ) from None


@contextmanager
def _faults(target: Path) -> Iterator[None]:
    try:
        yield
    except OSError as problem:
        cause, next_step = _words(problem.errno, target)
        raise TargetUnusable(cause, next_step) from problem


def _words(code: int | None, target: Path) -> tuple[Text, Text]:
    where = str(target)
    if code in {errno.ENOSPC, errno.EDQUOT}:
        return say("There is no room left: {target}.", target=where), say("Make room or use another stick. Try again.")
    if code in {errno.EACCES, errno.EPERM, errno.EROFS}:
        return (
            say("This computer account may not use it: {target}.", target=where),
            say("Slide the stick's lock, or choose another folder."),
        )
    if code in {errno.ENOENT, errno.ENOTDIR, errno.EISDIR, errno.ENODEV, errno.ENXIO, errno.ESTALE}:
        return say("It is not there: {target}.", target=where), say("Plug the stick in, or choose another folder.")
    return (
        say(
            "It cannot be read or written: {target} ({reason}).",
            target=where,
            reason=os.strerror(code) if code else "?",
        ),
        say("Use another stick or folder."),
    )
