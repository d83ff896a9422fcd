# SPDX-License-Identifier: Apache-2.0
"""The slot table on disk, in two generations: losing the keys to one bad write would lose every record.

The file comes from a disk that others may have had in their hands: it is read under a size limit and refused
whole when any part is not what this program writes, to the byte.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from station.domain.errors import StoreDamaged, StoreError, StoreMissing, StoreTooNew
from station.domain.wire import NotThisShape, from_json, to_json
from station.domain.words import say
from storage.durable import replace_durably
from storage.keys.destroying import KeysDestroyed, are_destroyed, refuse_destroyed, unless_destroyed
from storage.keys.keeper import SlotKeeper
from storage.keys.slots import FORMAT, SlotTable, damaged

FILE_NAME = "slots.json"
PREVIOUS_NAME = "slots.json.previous"
MAX_BYTES = 2 * 1024 * 1024


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
        self._folder = folder
        self._newest = folder / FILE_NAME
        self._previous = folder / PREVIOUS_NAME
        self._keeper = keeper

    def exists(self) -> bool:
        """Whether either generation is there, or was there and was destroyed."""
        return are_destroyed(self._folder) or self._newest.exists() or self._previous.exists()

    def read(self) -> SlotReading:
        """The newest readable generation. Raises StoreMissing, StoreDamaged, StoreTooNew, StoreError."""
        refuse_destroyed(self._folder)
        if not self.exists():
            raise StoreMissing(
                say("There is no store in this folder."),
                say("Choose the right folder, or set the station up."),
            )
        try:
            return SlotReading(self._decoded(self._newest), from_previous=False)
        except StoreDamaged:
            return self.read_previous()

    def read_previous(self) -> SlotReading:
        """The generation before, for when the newest can be read and proves to be changed. Raises as ``read``."""
        refuse_destroyed(self._folder)
        return SlotReading(self._decoded(self._previous), from_previous=True)

    def write(self, table: SlotTable) -> None:
        """Put ``table`` in place; the readable table before it stays as the previous one.

        Raises OSError, and StoreMissing when the keys of the station were destroyed: then nothing of it stays.
        """
        try:
            self._decoded(self._newest)
        except StoreDamaged:
            pass  # an unreadable file never pushes out a readable previous one
        else:
            self._put(self._previous, self._newest.read_bytes())
        self._put(self._newest, to_json(table))

    def write_both(self, table: SlotTable) -> None:
        """As ``write``, and then nothing of the table before it stays: a slot that was taken away is away."""
        self.write(table)
        self._put(self._previous, to_json(table))

    def _put(self, path: Path, data: bytes) -> None:
        try:
            with unless_destroyed(path):
                replace_durably(path, data)
        except KeysDestroyed:
            refuse_destroyed(self._folder)
            raise

    def _decoded(self, path: Path) -> SlotTable:
        try:
            with path.open("rb") as file:
                data = file.read(MAX_BYTES + 1)
            if len(data) > MAX_BYTES:
                raise damaged()
            _refuse_other_formats(from_json(_Header, data).format)
            table = from_json(SlotTable, data)
            if to_json(table) != data:  # one table has one spelling: no bit of the file is without meaning
                raise damaged()
        except PermissionError:
            raise StoreError(
                say("This computer account may not read the key file of the store."),
                say("Sign in to the computer with the account of the station, or call a technician."),
            ) from None
        except (OSError, NotThisShape, RecursionError, UnicodeEncodeError):
            raise damaged() from None
        self._keeper.check(table)
        return table


def _refuse_other_formats(found: int) -> None:
    if found > FORMAT:
        raise StoreTooNew(
            say("A newer version of this program wrote the store."),
            say("Install the newer program on this station. The store was not touched."),
        )
    if found == 1:
        raise StoreError(
            say("The store was made by a version of this program from before its first release."),
            say("It cannot be opened any more. Set the station up in a new folder."),
        )
