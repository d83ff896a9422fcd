# SPDX-License-Identifier: Apache-2.0
"""Checks a bundle from anybody's stick: who signed it first, then what is in it, without extracting anything."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path
from typing import BinaryIO

from station.domain.errors import BundleRefused, FileRefused
from station.domain.secrets import Secret
from station.domain.words import say
from station.isolation.intake import open_regular
from station.ports.sealing import OpenedBundle
from storage.sealed import age
from storage.sealed.manifest import checked_manifest
from storage.sealed.minisign import MAX_SIGNATURE_FILE, PublicKey, Signature
from storage.sealed.tar_format import TarReading, refused
from storage.sealed.writer import SIGNATURE_ENDING

_PIECE = 1024 * 1024


def open_bundle(bundle: Path, *, signer: str, identity: Secret | None) -> OpenedBundle:
    """Check the signature, then seal, tar and manifest when there is an ``identity``. Raises BundleRefused.

    Memory stays bounded by the manifest, however large the bundle is.
    """
    key = PublicKey.from_file_text(signer)
    try:
        signature = signature_of(bundle)
        with open_regular(bundle) as file:
            signature.verify(hash_of(file), key)
            file.seek(0)
            opened = OpenedBundle(signer_key_id=key.readable_id, trusted_comment=signature.trusted_comment)
            return opened if identity is None else _look_inside(file, opened, signature, key, identity)
    except FileRefused as problem:
        raise BundleRefused(problem.cause, problem.next_step) from None
    except OSError as problem:
        raise BundleRefused(
            say(
                "The bundle cannot be read: {name} ({reason}).",
                name=bundle.name,
                reason=os.strerror(problem.errno) if problem.errno else "?",
            ),
            say("Check the path and the stick, and try again."),
        ) from problem


def signature_of(bundle: Path) -> Signature:
    """The signature beside a bundle, not verified. Raises BundleRefused, FileRefused, OSError."""
    path = bundle.with_name(bundle.name + SIGNATURE_ENDING)
    try:
        with open_regular(path) as file:
            data = file.read(MAX_SIGNATURE_FILE + 1)
    except FileNotFoundError:
        if not bundle.exists():
            raise
        raise BundleRefused(
            say("The signature file is missing: {name}.", name=path.name),
            say("Copy it beside the bundle. Without it nobody can tell who made the bundle."),
        ) from None
    if len(data) > MAX_SIGNATURE_FILE:
        raise refused(say("The signature file is not a minisign signature."))
    return Signature.from_file_text(data)


def _look_inside(
    file: BinaryIO, opened: OpenedBundle, signature: Signature, key: PublicKey, identity: Secret
) -> OpenedBundle:
    source, tar = HashedSource(file), TarReading()
    age.decrypt(source, tar, identity)
    manifest = checked_manifest(tar.end(), tar.seen)
    # What was opened must be what was signed, even if the file changed between the two readings.
    signature.verify(source.blake2b_of_all(), key)
    return OpenedBundle(
        signer_key_id=opened.signer_key_id,
        trusted_comment=opened.trusted_comment,
        manifest=manifest,
        members=tuple(name for name, _, _ in tar.seen),
    )


class HashedSource:
    """A file that is hashed while it is read."""

    def __init__(self, file: age.Source) -> None:
        self._file = file
        self._blake2b = hashlib.blake2b()

    def read(self, size: int = -1, /) -> bytes:
        """As of a file."""
        piece = self._file.read(size)
        self._blake2b.update(piece)
        return piece

    def blake2b_of_all(self) -> bytes:
        """The digest, after reading what is left."""
        while self.read(_PIECE):
            pass
        return self._blake2b.digest()


def hash_of(file: age.Source) -> bytes:
    """BLAKE2b-512 of all that is left to read."""
    return HashedSource(file).blake2b_of_all()
