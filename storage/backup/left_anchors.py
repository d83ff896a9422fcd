# SPDX-License-Identifier: Apache-2.0
"""The notes beside a place that outlived its store: a restored store goes on from them, or they are set aside.

They know entries that no backup holds. Nothing of them is ever deleted.
"""

from __future__ import annotations

import hashlib
import itertools
import os
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from station.access.checkpoint_text import NotACheckpoint, read
from station.domain.errors import BundleRefused
from station.ports.anchors import SignedCheckpoint
from station.ports.backup import BackupManifest
from station.ports.storage import StoreName
from storage.anchors.anchor_files import anchors_folder
from storage.anchors.checkpoint_file import CheckpointFile
from storage.durable import sync_folder
from storage.sealed.minisign import PublicKey, Signature


@dataclass(frozen=True, slots=True, kw_only=True)
class LeftAnchors:
    """The notes beside a place. ``aside``: what they are called from now on when they do not fit; None: they stay."""

    folder: Path
    aside: Path | None
    newest: dict[StoreName, int]  # the generation of the newest checkpoint that the station signed

    def next_generation(self, store: StoreName, begun: int) -> int:
        """``begun``, or the first generation above every one that was noted here."""
        return max(begun, self.newest.get(store, 0) + 1)

    def set_aside(self) -> None:
        """Give notes that do not fit their other name. Raises OSError."""
        if self.aside is not None:
            os.rename(self.folder, self.aside)
            sync_folder(self.folder.parent)

    def put_back(self) -> None:
        """Take it back: the store did not come to its place. Raises OSError."""
        if self.aside is not None:
            os.rename(self.aside, self.folder)


def left_anchors(place: Path, manifest: BackupManifest, public_key: str, at: datetime) -> LeftAnchors:
    """What lies beside ``place`` at ``at``, held against the key of the restored border store. Raises OSError."""
    folder = anchors_folder(place)
    newest: dict[StoreName, int] = {}
    fit = True
    restored = {described.name for described in manifest.stores}
    for name in StoreName:
        path = folder / f"{name.value}.checkpoints"
        if not path.exists():
            continue
        found = CheckpointFile(path).newest()
        generation = None if found is None else _generation(found, manifest.station, name, public_key)
        if generation is not None:
            newest[name] = generation
        # The notes of a store that does not come back would close the one that is founded in its place.
        fit = fit and generation is not None and name in restored
    return LeftAnchors(folder=folder, aside=None if fit else _free_name(folder, at), newest=newest)


def _free_name(folder: Path, at: datetime) -> Path:
    stem = f"{folder.name}-until-{at.astimezone(UTC):%Y%m%d-%H%M%S}Z"
    names = itertools.chain([stem], (f"{stem}-{number}" for number in itertools.count(2)))
    return next(path for name in names if not os.path.lexists(path := folder.with_name(name)))


def _generation(one: SignedCheckpoint, station: str, store: StoreName, public_key: str) -> int | None:
    """The generation of a checkpoint of this store, signed by this station; None for anything else."""
    try:
        checkpoint = read(one.text)
        signature = Signature.from_file_text(one.signature.encode())
        signature.verify(hashlib.blake2b(one.text.encode()).digest(), PublicKey.from_file_text(public_key))
    except (NotACheckpoint, BundleRefused):
        return None
    return checkpoint.generation if (checkpoint.station, checkpoint.store) == (station, store) else None
