# SPDX-License-Identifier: Apache-2.0
"""Key tables for tests, made and opened as the door does it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from station.domain.secrets import Secret
from station.ports.keys import NewOfficer
from station.ports.storage import StoreKind, StoreName
from storage.keys.keeper import Member, SlotKeeper
from storage.keys.slots import Slot, SlotTable
from storage.keys.stretching import KdfProfile
from tests.open_station import LIGHT


def border_table(
    keeper: SlotKeeper,
    key: Secret,
    people: Sequence[NewOfficer],
    *,
    kind: StoreKind = StoreKind.TRAINING,
    cost: KdfProfile = LIGHT,
    recovery: bytes | None = None,
) -> SlotTable:
    """A border table with a slot for each of ``people``."""
    members = [Member(person.role, keeper.new_lock(person, cost)) for person in people]
    return keeper.new_table(StoreName.BORDER, kind, key, members, founded=(StoreName.BORDER,), recovery=recovery)


def opened(keeper: SlotKeeper, table: SlotTable, name: str, password: Secret) -> tuple[Slot, bytes]:
    """The slot and the key that a password leads to. Raises SignInRefused, StoreDamaged."""
    person = keeper.recognise(table, name, password)
    slot = table.of(name)
    assert slot is not None
    return slot, keeper.keys_of(table, slot, person).current.reveal()


def changed(table: SlotTable, at: int = 0, /, **changes: Any) -> SlotTable:
    """The table with one slot changed; the names of a lock's fields reach into it."""
    slot = table.slots[at]
    outer = {name: value for name, value in changes.items() if hasattr(slot, name) and name != "name"}
    inner = {name: value for name, value in changes.items() if name not in outer}
    other = replace(slot, lock=replace(slot.lock, **inner), **outer)
    return replace(table, slots=(*table.slots[:at], other, *table.slots[at + 1 :]))
