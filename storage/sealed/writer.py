# SPDX-License-Identifier: Apache-2.0
"""Writes a sealed bundle onto a stick that may be full, read-only or pulled out at any moment.

Tar, seal and hashes are one stream into one file under another name. The signature takes its name first, the
bundle last: a bundle that is there is complete and has its signature.
"""

from __future__ import annotations

import errno
import hashlib
import os
import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO

from station.domain.errors import TargetUnusable
from station.domain.words import Text, say
from station.ports.sealing import SealedBundle
from station.ports.tasks import CancelToken
from storage.durable import sync_folder
from storage.sealed import age
from storage.sealed.minisign import SigningKey

BUNDLE_ENDING = ".tar.age"
#: Of a bundle that is signed and not sealed: it holds nothing that others may not read.
OPEN_ENDING = ".tar"
SIGNATURE_ENDING = ".minisig"

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9-]{0,80}", re.ASCII)
_PIECE = 1024 * 1024
_SYNC_EVERY = 16 * 1024 * 1024  # a slow stick is waited for in steps, so that a stop is noticed
_FRESH = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_BINARY", 0)


def write_bundle(
    target: Path,
    name: str,
    source: age.Source,
    *,
    recipients: Sequence[str],
    signing_key: SigningKey,
    trusted_comment: str,
    cancel: CancelToken,
) -> SealedBundle:
    """Write bundle and signature into ``target``; on any failure what was written of them is removed.

    Raises TargetUnusable with the true cause, RecipientRefused, Cancelled, and what ``source`` raises.
    """
    return _written(
        target,
        name + BUNDLE_ENDING,
        lambda draft: age.encrypt(source, draft, recipients),
        signing_key=signing_key,
        trusted_comment=trusted_comment,
        cancel=cancel,
    )


def write_open_bundle(
    target: Path,
    name: str,
    source: age.Source,
    *,
    signing_key: SigningKey,
    trusted_comment: str,
    cancel: CancelToken,
) -> SealedBundle:
    """As ``write_bundle``, signed but not sealed: ``name.tar``, for what everybody may read."""

    def pour(draft: _Draft) -> None:
        while piece := source.read(_PIECE):
            draft.write(piece)

    return _written(
        target,
        name + OPEN_ENDING,
        pour,
        signing_key=signing_key,
        trusted_comment=trusted_comment,
        cancel=cancel,
    )


def _written(
    target: Path,
    file_name: str,
    pour: Callable[[_Draft], None],
    *,
    signing_key: SigningKey,
    trusted_comment: str,
    cancel: CancelToken,
) -> SealedBundle:
    name = file_name.removesuffix(BUNDLE_ENDING).removesuffix(OPEN_ENDING)
    if _NAME.fullmatch(name) is None:
        raise ValueError("a bundle's name has letters, digits and dashes")
    bundle = target / file_name
    signature = target / (file_name + SIGNATURE_ENDING)
    _refuse_existing(target, bundle, signature)
    # Named after the station's key: what a power cut leaves behind is overwritten by the next export.
    draft = _Draft(target / f"{signing_key.readable_id}{BUNDLE_ENDING}.partial")
    signature_draft = _Draft(target / f"{signing_key.readable_id}{SIGNATURE_ENDING}.partial")
    made = [draft.path, signature_draft.path]
    try:
        with draft:
            pour(draft)
        signed = signing_key.sign(draft.blake2b.digest(), trusted_comment)
        with signature_draft:
            signature_draft.write(signed.encode())
        cancel.raise_if_cancelled()
        with target_faults(target):
            made.append(signature)
            os.rename(signature_draft.path, signature)
            sync_folder(target)
            made.append(bundle)
            os.rename(draft.path, bundle)
            sync_folder(target)
    except BaseException:
        for path in reversed(made):  # the bundle before its signature
            with suppress(OSError):  # a stick that is gone cannot be tidied
                path.unlink(missing_ok=True)
        raise
    return SealedBundle(path=bundle, signature_path=signature, sha256=draft.sha256.hexdigest(), size=draft.size)


class _Draft:
    """A new file that is hashed while it is written, and forced to the stick piece by piece."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.size = 0
        self.blake2b = hashlib.blake2b()
        self.sha256 = hashlib.sha256()
        self._file: BinaryIO
        self._unsynced = 0

    def __enter__(self) -> _Draft:
        with target_faults(self.path.parent):
            self.path.unlink(missing_ok=True)
            # Never through a link that waits on somebody's stick.
            self._file = open(os.open(self.path, _FRESH, 0o600), "wb", buffering=0)
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        try:
            if kind is None:
                self._sync()
        finally:
            with target_faults(self.path.parent):
                self._file.close()

    def write(self, data: bytes, /) -> None:
        """All of ``data``. Raises TargetUnusable."""
        with target_faults(self.path.parent):
            rest = memoryview(data)
            while rest:
                rest = rest[self._file.write(rest) :]
        self.blake2b.update(data)
        self.sha256.update(data)
        self.size += len(data)
        self._unsynced += len(data)
        if self._unsynced >= _SYNC_EVERY:
            self._sync()

    def _sync(self) -> None:
        with target_faults(self.path.parent):
            os.fsync(self._file.fileno())
        self._unsynced = 0


def _refuse_existing(target: Path, *paths: Path) -> None:
    with target_faults(target):
        if not target.is_dir():
            raise FileNotFoundError(errno.ENOENT, "no such folder")
        for path in paths:
            if path.exists() or path.is_symlink():
                raise TargetUnusable(
                    say("The target already holds a file named {name}.", name=path.name),
                    say("Choose another folder or another stick. The file there was not touched."),
                )


@contextmanager
def target_faults(target: Path) -> Iterator[None]:
    """Turn what the operating system says of the target into TargetUnusable with its true cause."""
    try:
        yield
    except OSError as problem:
        cause, next_step = _words(problem.errno, target)
        raise TargetUnusable(cause, next_step) from problem


def _words(code: int | None, target: Path) -> tuple[Text, Text]:
    nothing_lost = say("Nothing was marked as exported. Use another stick and export again.")
    if code in {errno.ENOSPC, errno.EDQUOT}:
        return (
            say("The target is full: {target}.", target=str(target)),
            say("Nothing was marked as exported. Make room or use another stick, and export again."),
        )
    if code == errno.EROFS:
        return say("The target is write-protected: {target}.", target=str(target)), nothing_lost
    if code in {errno.EACCES, errno.EPERM}:
        return (
            say("This computer account may not write to the target: {target}.", target=str(target)),
            say("Nothing was marked as exported. Choose a folder you may write to, or call a technician."),
        )
    if code in {errno.ENOENT, errno.ENOTDIR, errno.ENODEV, errno.ENXIO, errno.ESTALE}:
        return (
            say("The target is not there: {target}.", target=str(target)),
            say("Nothing was marked as exported. Plug the stick in again and export again."),
        )
    if code == errno.EIO:
        return say("The stick was pulled out, or it is broken: {target}.", target=str(target)), nothing_lost
    if code == errno.EFBIG:
        return (
            say("The bundle is larger than a file may be on this stick: {target}.", target=str(target)),
            say("Nothing was marked as exported. Export a smaller selection, or use a stick formatted as exFAT."),
        )
    return (
        say(
            "The target cannot be written: {target} ({reason}).",
            target=str(target),
            reason=os.strerror(code) if code else "?",
        ),
        nothing_lost,
    )
