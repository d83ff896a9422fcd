# SPDX-License-Identifier: Apache-2.0
"""The slot table on disk, in two generations: losing the keys to one bad write would lose every record.

The file comes from a disk that others may have had in their hands: it is read under a size limit and refused
whole when any part is not what this program writes.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from station.domain.errors import StoreDamaged, StoreError, StoreMissing, StoreTooNew
from station.domain.wire import NotThisShape, from_json, to_json
from station.domain.words import say
from storage.durable import replace_durably
from storage.keys.slots import FORMAT, SlotKeeper, SlotTable, damaged

FILE_NAME = "slots.json"
PREVIOUS_NAME = "slots.json.previous"
MAX_BYTES = 256 * 1024


@dataclass(frozen=True, slots=True)
class SlotReading:
    """The slots, and whether the newest file could not be read so that they come from the one before."""

    table: SlotTable
    from_previous: bool


@dataclass(frozen=True, slots=True)
class _Header:
    format: int


class SlotFile:
    """``slots.json`` and ``slots.json.previous`` in a store's folder."""

    def __init__(self, folder: Path, keeper: SlotKeeper) -> None:
        self._newest = folder / FILE_NAME
        self._previous = folder / PREVIOUS_NAME
        self._keeper = keeper

    def exists(self) -> bool:
        """Whether either generation is there."""
        return self._newest.exists() or self._previous.exists()

    def read(self) -> SlotReading:
        """The newest readable generation. Raises StoreMissing, StoreDamaged, StoreTooNew."""
        if not self.exists():
            raise StoreMissing(
                say("There is no store in this folder."),
                say("Choose the right folder, or set the station up."),
            )
        try:
            return SlotReading(self._decoded(self._newest), from_previous=False)
        except StoreDamaged:
            return SlotReading(self._decoded(self._previous), from_previous=True)

    def write(self, table: SlotTable) -> None:
        """Put ``table`` in place; the readable table before it stays as the previous one. Raises OSError."""
        try:
            self._decoded(self._newest)
        except StoreDamaged:
            pass  # an unreadable file never pushes out a readable previous one
        else:
            replace_durably(self._previous, self._newest.read_bytes())
        replace_durably(self._newest, to_json(table))

    def _decoded(self, path: Path) -> SlotTable:
        try:
            with path.open("rb") as file:
                data = file.read(MAX_BYTES + 1)
            if len(data) > MAX_BYTES:
                raise damaged()
            if from_json(_Header, data).format > FORMAT:
                raise StoreTooNew(
                    say("A newer version of this program wrote the store."),
                    say("Install the newer program on this station. The store was not touched."),
                )
            table = from_json(SlotTable, data)
        except PermissionError:
            raise StoreError(
                say("This computer account may not read the key file of the store."),
                say("Sign in to the computer with the account of the station, or call a technician."),
            ) from None
        except (OSError, NotThisShape, RecursionError):
            raise damaged() from None
        self._keeper.check(table)
        return table
