# SPDX-License-Identifier: Apache-2.0
"""Where the stores of a station lie: the border's in the station's folder, the others in folders within it."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from station.access.roles import STORES_OF
from station.domain.errors import StoreDamaged, StoreFull
from station.domain.words import Text, say
from station.ports.storage import RoleName, StoreName
from storage.keys.keeper import SlotKeeper
from storage.keys.slot_file import SlotFile
from storage.keys.slots import SlotTable
from storage.sqlcipher.store import database_file

PUBLIC_KEY_FILE = "station.pub"

STORE_TITLES: dict[StoreName, Text] = {
    StoreName.BORDER: say("border records"),
    StoreName.PROTECTION: say("protection records"),
    StoreName.ENFORCEMENT: say("enforcement records"),
}


@dataclass(frozen=True, slots=True)
class StationFolder:
    """The folder of a station, and who can read its key files."""

    place: Path
    keeper: SlotKeeper

    def folder(self, name: StoreName) -> Path:
        """The folder of one store."""
        return self.place if name is StoreName.BORDER else self.place / name.value

    def database(self, name: StoreName) -> Path:
        """The database of one store."""
        return self.folder(name) / database_file(name)

    def slots(self, name: StoreName) -> SlotFile:
        """The key file of one store."""
        return SlotFile(self.folder(name), self.keeper)


def stores_needed(role: RoleName, border: SlotTable) -> tuple[StoreName, ...]:
    """The stores besides the border's that a role has keys of, as far as they were founded; in one order."""
    needed = STORES_OF.get(role, frozenset())
    return tuple(name for name in others(border) if name in needed)


def others(border: SlotTable) -> Sequence[StoreName]:
    """The founded stores besides the border's, in one order."""
    return tuple(name for name in StoreName if name in border.founded and name is not StoreName.BORDER)


def disagreeing(name: StoreName) -> StoreDamaged:
    """The key file of another store does not fit the border's."""
    return StoreDamaged(
        say("The key file of another store does not fit this person: {store}.", store=STORE_TITLES[name]),
        say("Ask the supervisor to set up this person again, or put the key file back from the last backup."),
    )


def keys_not_written(problem: OSError) -> StoreFull:
    """A key file could not be written."""
    return StoreFull(
        say("A key file could not be written: {reason}.", reason=os.strerror(problem.errno) if problem.errno else "?"),
        say("Look at the list of people, make room on the disk, then do it again. No key was lost."),
    )
