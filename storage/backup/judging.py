# SPDX-License-Identifier: Apache-2.0
"""Whether a manifest fits what was found in its backup: judged in the helper that reads it, and once more outside."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from station.domain.wire import NotThisShape, from_json
from station.domain.words import say
from station.ports.backup import BackedUpStore, BackupManifest
from station.ports.storage import StoreKind, StoreName
from station.safekeeping.manifest import FORMAT, WATERMARK
from storage.backup.members import DAY_KEYS, SLOTS, small_file
from storage.sealed.tar_format import Seen, refused


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
