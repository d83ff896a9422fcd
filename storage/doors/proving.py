# SPDX-License-Identifier: Apache-2.0
"""Who types, proved by what their password opens; no database is touched."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TypeVar

from station.domain.errors import StoreDamaged
from station.domain.secrets import Secret
from station.ports.storage import StoreName
from storage.doors.places import StationFolder, disagreeing, stores_needed
from storage.keys.keeper import ORDINARY, Person
from storage.keys.slot_file import SlotFile, SlotReading
from storage.keys.slots import Slot, SlotTable, StoreKeys, same_way_in

T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class Proven:
    """A person in one store: the table that holds their slot, and the keys that came out of it."""

    person: Person
    table: SlotTable
    slot: Slot
    keys: StoreKeys = field(repr=False)
    from_previous: bool


def prove(station: StationFolder, name: str, password: Secret, pin: Secret | None) -> Proven:
    """The person whose password this is, with the keys of the border store. About a second.

    Raises SignInRefused, StoreMissing, StoreDamaged, StoreTooNew, StoreError, and DeviceError kinds of a token.
    """

    def take(reading: SlotReading) -> Proven:
        person = station.keeper.recognise(reading.table, name, password, pin)
        slot = reading.table.of(name)
        if slot is None:
            raise RuntimeError("a person was recognised by a slot")
        keys = station.keeper.keys_of(reading.table, slot, person)
        return Proven(person=person, table=reading.table, slot=slot, keys=keys, from_previous=reading.from_previous)

    return from_either(station.slots(StoreName.BORDER), take)


def stores_of(home: Proven) -> tuple[StoreName, ...]:
    """The stores besides the border's that this password opens: none under distress, whatever the role."""
    return stores_needed(home.slot.role, home.table) if home.person.entry == ORDINARY else ()


def join(station: StationFolder, name: StoreName, home: Proven) -> Proven:
    """The same person in another store, by the slot that has the same way in and role. No stretching.

    Under distress nothing opens there: see `stores_of`. Raises StoreMissing, StoreDamaged, StoreTooNew.
    """

    def take(reading: SlotReading) -> Proven:
        for slot in reading.table.slots:
            same = same_way_in(slot.lock, home.person.lock) and slot.role is home.slot.role
            if same and reading.table.store is name:
                keys = station.keeper.keys_of(reading.table, slot, home.person)
                return Proven(
                    person=home.person, table=reading.table, slot=slot, keys=keys, from_previous=reading.from_previous
                )
        raise disagreeing(name)

    return from_either(station.slots(name), take)


def from_either(file: SlotFile, take: Callable[[SlotReading], T]) -> T:
    """What ``take`` makes of the newest generation, or of the one before when the newest proves to be changed."""
    reading = file.read()
    try:
        return take(reading)
    except StoreDamaged as problem:
        if reading.from_previous:
            raise
        changed = problem
    try:
        return take(file.read_previous())
    except StoreDamaged:
        raise changed from None
