# SPDX-License-Identifier: Apache-2.0
"""Where people prove who they are for one act, and get the keys in hand to change who has which."""

from __future__ import annotations

import base64
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass

from station.access.roles import ROLE_TITLES, Permission, allowed, role_needed
from station.domain.errors import NotPermitted, StoreError
from station.domain.secrets import Secret
from station.domain.sign_in_name import comparable
from station.domain.words import Text, say
from station.ports.clock import Clock
from station.ports.events import EventBus
from station.ports.keys import Confirmed, KeyDesk, SlotView
from station.ports.storage import StoreName
from storage.doors.founding import public_key_of
from storage.doors.places import StationFolder, others
from storage.doors.proving import Proven, from_either, join, prove, stores_of
from storage.doors.rekeying import settled
from storage.doors.ring import FolderKeyRing
from storage.doors.wiping import end_wipe, refuse_barred, wipe
from storage.keys.keeper import DISTRESS
from storage.keys.slot_file import SlotReading
from storage.keys.slots import Slot, SlotTable, StoreKeys, same_way_in
from storage.keys.wrong_tries import RECOVERY, WrongTries, count_of
from storage.sqlcipher.exclusive import ExclusiveHold

IN_HAND_FILE = "slots.lock"


@dataclass(frozen=True, slots=True)
class FolderKeyDesk(KeyDesk):
    """Implements the port. Any thread; every call blocks."""

    station: StationFolder
    events: EventBus
    clock: Clock
    wrong_tries: WrongTries

    def prove(self, name: str, password: Secret, pin: Secret | None) -> Proven:
        """Who types; a wrong password counts, and the next one at this name may have to wait.

        Raises as the port's calls do.
        """
        end_wipe(self.station)
        border = self.station.slots(StoreName.BORDER).read().table
        whose = count_of(name, (slot.name for slot in border.slots))
        return self.wrong_tries.judge(whose, lambda: prove(self.station, name, password, pin))

    def confirm(self, name: str, password: Secret, message: bytes, *, pin: Secret | None = None) -> Confirmed:
        """See the port."""
        proven = self.prove(name, password, pin)
        proven.keys.forget()
        signature = self.station.keeper.signing_key(proven.person).sign(message)
        return Confirmed(
            name=proven.slot.name,
            role=proven.slot.role,
            public_key=public_key_of(proven.person.lock),
            signature=base64.b64encode(signature).decode(),
            distress=proven.person.entry == DISTRESS,
        )

    @contextmanager
    def keys(self, name: str, password: Secret, *, pin: Secret | None = None) -> Iterator[FolderKeyRing]:
        """See the port."""
        home = self.prove(name, password, pin)
        found = {StoreName.BORDER: home}
        for store in stores_of(home):
            # Where this person cannot be proven the key is not in hand, as `stores` says; the others can be managed.
            with suppress(StoreError):
                found[store] = join(self.station, store, home)
        with self._in_hand({store: (one.table, one.keys) for store, one in found.items()}) as keys:
            yield FolderKeyRing(self.station, self.events, self.clock, home.person.entry == DISTRESS, keys)

    @contextmanager
    def unlock_with_recovery(self, master: Secret) -> Iterator[FolderKeyRing]:
        """See the port."""
        border, keys = self.wrong_tries.judge(RECOVERY, lambda: self._recovered(StoreName.BORDER, master))
        found = {StoreName.BORDER: (border, keys)}
        found |= {name: self._recovered(name, master) for name in others(border)}
        with self._in_hand(found) as in_hand:
            yield FolderKeyRing(self.station, self.events, self.clock, is_distress=False, keys=in_hand)

    def people(self) -> Sequence[SlotView]:
        """See the port: people of the border's key file, and whoever a half done act left in another one only."""
        border = self.station.slots(StoreName.BORDER).read().table
        slots = {StoreName.BORDER: border.slots}
        for name in others(border):
            slots[name] = self.station.slots(name).read().table.slots
        people: dict[str, Slot] = {}
        stores: dict[str, set[StoreName]] = {}
        for name, there in slots.items():
            for slot in there:
                who = people.setdefault(comparable(slot.name), slot)
                if same_way_in(who.lock, slot.lock) and who.role is slot.role:
                    stores.setdefault(comparable(slot.name), set()).add(name)
        return tuple(_view(slot, frozenset(stores[who])) for who, slot in people.items())

    def wipe(self, name: str, password: Secret, *, pin: Secret | None = None) -> Sequence[Text]:
        """See the port."""
        proven = self.prove(name, password, pin)
        try:
            if Permission.WIPE not in allowed(proven.slot.role):
                raise NotPermitted(
                    say("The role {role} may not destroy the keys.", role=ROLE_TITLES[proven.slot.role]),
                    say("Ask for: {role}.", role=role_needed(Permission.WIPE)),
                )
            refuse_barred(self.station, proven)
        finally:
            proven.keys.forget()
        return wipe(self.station, with_recovery=proven.table.recovery is not None)

    def _recovered(self, name: StoreName, master: Secret) -> tuple[SlotTable, StoreKeys]:
        def take(reading: SlotReading) -> tuple[SlotTable, StoreKeys]:
            return reading.table, self.station.keeper.keys_of_recovery(reading.table, master)

        return from_either(self.station.slots(name), take)

    @contextmanager
    def _in_hand(self, found: Mapping[StoreName, tuple[SlotTable, StoreKeys]]) -> Iterator[dict[StoreName, Secret]]:
        """The keys for one act, alone: two acts at once would each write what the other does not know."""
        hold = ExclusiveHold(self.station.place, file=IN_HAND_FILE)
        in_hand: dict[StoreName, Secret] = {}
        try:
            for name, (table, keys) in found.items():
                in_hand[name] = settled(self.station, name, table, keys)
            yield in_hand
        finally:
            for key in in_hand.values():
                key.forget()
            for _, keys in found.values():
                keys.forget()
            hold.release()


def _view(slot: Slot, stores: frozenset[StoreName]) -> SlotView:
    factor = slot.lock.factor
    return SlotView(
        name=slot.name,
        role=slot.role,
        stores=stores,
        second_factor=factor is not None,
        public_key=public_key_of(slot.lock),
        factor_label="" if factor is None else factor.label,
    )
