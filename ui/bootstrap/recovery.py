# SPDX-License-Identifier: Apache-2.0
"""Recovery sheets and restoring, composed for the faces."""

from __future__ import annotations

from pathlib import Path

from station.access.recovery import RecoverySet, WordList
from station.ports.backup import BackupRestorer, PaperShares
from station.ports.clock import Clock
from station.ports.keys import KeyDesk
from storage.backup.restorer import FolderRestorer
from storage.door import FolderDoor
from storage.keys.recovery import Slip39Shares
from storage.keys.stretching import SERVICE, KdfProfile
from ui.host import LocalEvents, SystemClock, SystemRandomness


def new_paper_shares() -> PaperShares:
    """What makes and reads recovery sheets."""
    return Slip39Shares(SystemRandomness())


def word_list() -> WordList:
    """Completes recovery words while they are typed."""
    return WordList(new_paper_shares().vocabulary())


def new_restorer(place: Path, *, clock: Clock | None = None, profile: KdfProfile = SERVICE) -> BackupRestorer:
    """What brings a backup back at ``place``, where no store may be."""
    time = clock or SystemClock()
    randomness = SystemRandomness()

    def desk_at(folder: Path) -> KeyDesk:
        return FolderDoor(folder, LocalEvents(), time, randomness, profile=profile).desk

    return FolderRestorer(place, new_paper_shares(), desk_at, time, randomness)


def write_practice_sheets(folder: Path, made: RecoverySet) -> None:
    """Leave the sheets of a practice post as text files: for training only, where there may be no printer."""
    folder.mkdir(mode=0o700, exist_ok=True)
    for share in made.shares:
        lines = [f"# practice only: recovery sheet {share.number} of {len(made.shares)}, set {share.set_mark}"]
        lines += [f"{place:>2}. {word}" for place, word in enumerate(share.words(), start=1)]
        file = folder / f"sheet-{share.number}.txt"
        file.touch(0o600)
        file.write_text("\n".join(lines) + "\n", encoding="ascii")
