# SPDX-License-Identifier: Apache-2.0
"""Bundles for tests: good ones, and ones whose tar or manifest was made by somebody hostile but sealed and signed."""

from __future__ import annotations

import hashlib
import io
import tarfile
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pyrage

from station.access.audit import AuditHead
from station.domain.secrets import Secret
from station.domain.wire import to_json
from station.exporting.manifest import FORMAT, WATERMARK, Manifest, ManifestCounts, ManifestFile
from station.ports.sealing import OpenedBundle
from station.ports.storage import StoreKind
from storage.sealed import age
from storage.sealed.minisign import SigningKey
from storage.sealed.sealer import AgeMinisignSealer
from tests.open_station import SeededRandomness, StandingClock

IDENTITY, RECIPIENT = age.new_identity()
SEALER = AgeMinisignSealer(StandingClock(), SeededRandomness())
SIGNING_KEY = SEALER.new_signing_key()
PUBLIC_KEY = SEALER.public_key(SIGNING_KEY)

NAME = "Utopia-000001"
ENCOUNTER = "encounters/01a20244-fb88-78e4-b735-6c55a3ea12f2.v1.json"
IMAGE = "images/01a20244-fb88-70d7-ac0b-3e97818ec4db.jpg"
FILES = ((ENCOUNTER, b'{"specimen": true}'), (IMAGE, b"\xff\xd8\xff picture"), ("audit.jsonl", b"{}\n"))

Seen = Sequence[tuple[str, int, str]]


def manifest_of(files: Seen) -> Manifest:
    """A true manifest for some files."""
    return Manifest(
        format=FORMAT,
        kind=StoreKind.TRAINING,
        watermark=WATERMARK,
        post="Utopia Harbour",
        station="Utopia",
        lane="1",
        sequence=1,
        previous_bundle_sha256="",
        unfinished_sequences=(),
        made_at=datetime(2026, 11, 22, tzinfo=UTC),
        made_by="officer-1",
        counts=ManifestCounts(
            encounters=len({name.split(".")[0] for name, _, _ in files if name.startswith("encounters/")}),
            images=sum(name.startswith("images/") for name, _, _ in files),
            audit_entries=1,
        ),
        audit_head=AuditHead(1, "00" * 32),
        damaged_images=(),
        files=tuple(ManifestFile(name=name, size=size, sha256=sha256) for name, size, sha256 in files),
    )


def seen(files: Iterable[tuple[str, bytes]]) -> list[tuple[str, int, str]]:
    """Name, size and hash of files."""
    return [(name, len(data), hashlib.sha256(data).hexdigest()) for name, data in files]


def tar_of(files: Iterable[tuple[str, bytes]], **header: object) -> bytes:
    """A tar as Python's own writer makes it, its headers changed as asked."""
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w", format=tarfile.USTAR_FORMAT) as tar:
        for name, data in files:
            info = tarfile.TarInfo(name)
            info.size = len(data)
            for field, value in header.items():
                setattr(info, field, value)
            tar.addfile(info, io.BytesIO(data))
    return out.getvalue()


def with_manifest(content: Sequence[tuple[str, bytes]], /, **changes: object) -> list[tuple[str, bytes]]:
    """Files and their manifest, with fields of the manifest changed."""
    manifest = replace(manifest_of(seen(content)), **changes)  # type: ignore[arg-type]  # tests name real fields
    return [*content, ("manifest.json", to_json(manifest))]


def sealed(folder: Path, tar: bytes, *, recipient: str = RECIPIENT) -> Path:
    """Any bytes, sealed and signed as a station would."""
    path = folder / f"{NAME}.tar.age"
    path.write_bytes(pyrage.encrypt(tar, [pyrage.x25519.Recipient.from_str(recipient)]))
    sign(path)
    return path


def sign(path: Path) -> None:
    """A good signature for whatever the file holds now."""
    digest = hashlib.blake2b(path.read_bytes()).digest()
    text = SigningKey.of(SIGNING_KEY).sign(digest, "by a test")
    path.with_name(path.name + ".minisig").write_text(text, encoding="utf-8", newline="\n")


def opened(path: Path, *, signer: str = PUBLIC_KEY, identity: Secret | None = IDENTITY) -> OpenedBundle:
    """The bundle as headquarters opens it."""
    return SEALER.open(path, signer=signer, identity=identity)
