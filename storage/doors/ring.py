# SPDX-License-Identifier: Apache-2.0
"""The keys of the stores in hand: how slots are given, taken and changed, and a store founded or re-keyed.

No act here is one write. Their order keeps a half done one harmless: a person's border slot is what counts, it is
changed by one renaming, and slots elsewhere open only for the person whose border slot has the same lock and role.
"""

from __future__ import annotations

import hmac
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from station.domain.errors import NotPermitted, StoreDamaged, StoreError
from station.domain.secrets import Secret
from station.domain.words import say
from station.ports.clock import Clock
from station.ports.events import EventBus
from station.ports.keys import FactorSpec, KeyRing, NewOfficer
from station.ports.storage import Officer, RoleName, Store, StoreIdentity, StoreName
from storage.doors.founding import Plan, appearing, fill, public_key_of
from storage.doors.people_rules import (
    held_by_somebody,
    refuse_locking_out,
    refuse_other_token,
    refuse_too_many,
    unknown_person,
)
from storage.doors.places import STORE_TITLES, StationFolder, keys_not_written, others, stores_needed
from storage.doors.proving import from_either
from storage.doors.rekeying import rekey
from storage.keys.keeper import Member
from storage.keys.slot_file import SlotReading
from storage.keys.slots import Lock, Slot, SlotTable, Stage, StoreKeys, damaged, same_way_in, seal_of, without
from storage.sqlcipher.store import open_database


@dataclass(frozen=True, slots=True)
class FolderKeyRing(KeyRing):
    """Implements the port. One thread; made and ended by the desk, which keeps others away meanwhile."""

    station: StationFolder
    events: EventBus
    clock: Clock
    is_distress: bool = field(repr=False)
    keys: dict[StoreName, Secret] = field(repr=False)

    @property
    def distress(self) -> bool:
        """See the port."""
        return self.is_distress

    @property
    def stores(self) -> frozenset[StoreName]:
        """See the port."""
        return frozenset(self.keys)

    def add(self, person: NewOfficer) -> str:
        """See the port: the border slot comes last, and makes the others count."""
        border = self._table(StoreName.BORDER)
        needed = stores_needed(person.role, border)
        self._refuse_without_keys(needed)
        if border.of(person.name) is not None:
            raise held_by_somebody(person.name)
        refuse_too_many(border)
        member = Member(person.role, self._new_lock(person, border, None))
        for name in (*needed, StoreName.BORDER):
            # Whatever this name has elsewhere counts for nobody: it is of an adding that was cut short.
            self._give(name, member, *self._table(name).all_of(person.name))
        return public_key_of(member.lock)

    def remove(self, name: str) -> None:
        """See the port: the border slot goes first, and with it all others stop counting."""
        border = self._table(StoreName.BORDER)
        slot = border.of(name)
        refuse_locking_out([Member(one.role, one.lock) for one in border.slots if one is not slot], border)
        found = 0
        for store in (StoreName.BORDER, *others(border)):
            found += self._take(store, name, staying=None)
        if not found:
            raise unknown_person(name)

    def change_role(self, name: str, role: RoleName) -> None:
        """See the port."""
        border = self._table(StoreName.BORDER)
        self._exchange(border, _slot_of(border, name), Member(role, _slot_of(border, name).lock))

    def change_password(
        self,
        name: str,
        password: Secret,
        *,
        distress_password: Secret | None,
        factor: FactorSpec | None = None,
        pin: Secret | None = None,
    ) -> str:
        """See the port."""
        border = self._table(StoreName.BORDER)
        slot = _slot_of(border, name)
        if not self.is_distress:
            self._refuse_without_keys(stores_needed(slot.role, border))
        person = NewOfficer(
            name=slot.name,
            display_name="",
            role=slot.role,
            password=password,
            distress_password=distress_password,
            factor=factor,
            pin=pin,
        )
        self.refuse_other_token(name, factor)
        lock = self._new_lock(person, border, slot.lock)
        if self.is_distress:  # the other stores' slots have the ordinary way in, which stays
            self._replace_at_home(border, slot, Member(slot.role, lock))
        else:
            self._exchange(border, slot, Member(slot.role, lock))
        return public_key_of(lock)

    def refuse_other_token(self, name: str, factor: FactorSpec | None) -> None:
        """See the port."""
        if self.is_distress:
            refuse_other_token(_slot_of(self._table(StoreName.BORDER), name).lock.factor, factor)

    def found(self, name: StoreName, identity: StoreIdentity, people: Sequence[Officer]) -> None:
        """See the port. A folder that the border's key file does not name is of a founding that was cut short."""
        border = self._table(StoreName.BORDER)
        if self.is_distress:  # nobody could open it: who is given a slot under distress has no ordinary way in
            self._refuse_without_keys((name,))
        if name in border.founded:
            raise StoreError(
                say("There is such a store already: {store}.", store=STORE_TITLES[name]),
                say("Sign in again to see it."),
            )
        if identity.name is not name or identity.kind is not border.kind:
            raise ValueError("a store is founded as what its identity says")
        members = [_member(border, officer) for officer in people]
        plan = Plan(
            identity=identity,
            settings={},
            people=people,
            members=members,
            recovery=None if border.recovery is None else border.recovery.opening,
        )
        place = self.station.folder(name)
        try:
            if place.exists():  # put aside and never removed: the key file that does not name it may be an old one
                place.rename(place.with_name(f"{place.name}.left-{identity.created_at:%Y%m%d%H%M%S%f}"))
            with appearing(place) as making:
                key = fill(making, plan, self.station.keeper, self.clock, self.events)
            founded = replace(border, founded=(*border.founded, name))
            self._write(StoreName.BORDER, self.station.keeper.sealed(founded, self.keys[StoreName.BORDER]))
        except OSError as problem:
            raise keys_not_written(problem) from problem
        self.keys[name] = key

    def rekey(self, name: StoreName) -> None:
        """See the port."""
        self._refuse_without_keys((name,))
        old = self.keys[name]
        self.keys[name] = rekey(self.station, name, self._table(name), old)
        old.forget()

    def open(self, name: StoreName) -> Store:
        """See the port."""
        self._refuse_without_keys((name,))
        return open_database(self.station.folder(name), self.keys[name].reveal(), self.events, name=name)

    def _exchange(self, border: SlotTable, old: Slot, new: Member) -> None:
        """Give a person another slot in place of ``old``, wherever the role asks for one."""
        needed = stores_needed(new.role, border)
        self._refuse_without_keys(needed)
        after = [Member(slot.role, slot.lock) for slot in border.slots if slot is not old]
        refuse_locking_out([*after, new], border)
        for name in needed:  # beside the old one: until the border's changes, the old one counts
            self._give(name, new)
        self._replace_at_home(border, old, new)
        for name in others(border):
            self._take(name, old.name, staying=new if name in needed else None)

    def _replace_at_home(self, border: SlotTable, old: Slot, new: Member) -> None:
        home = StoreKeys(current=self.keys[StoreName.BORDER])
        self._write_both(StoreName.BORDER, self.station.keeper.with_member(border, home, new, old))

    def _new_lock(self, person: NewOfficer, border: SlotTable, before: Lock | None) -> Lock:
        """Under distress no password is ever set that opens more than the distress password does."""
        keeper = self.station.keeper
        cost = keeper.cost(border)
        return keeper.lock_under_distress(person, cost, before) if self.is_distress else keeper.new_lock(person, cost)

    def _give(self, name: StoreName, member: Member, *instead_of: Slot) -> None:
        table = self._table(name)
        if any(_is(slot, member) for slot in table.slots):
            return  # of an act that was cut short, and is now done again
        keys = StoreKeys(current=self.keys[name])
        self._write(name, self.station.keeper.with_member(table, keys, member, *instead_of))

    def _take(self, name: StoreName, person: str, *, staying: Member | None) -> int:
        """Remove the slots of a person, except the one that is ``staying``; how many there were."""
        table = self._table(name)
        leaving = [slot for slot in table.all_of(person) if staying is None or not _is(slot, staying)]
        if leaving:
            self._write_both(name, without(table, *leaving))
        return len(leaving)

    def _table(self, name: StoreName) -> SlotTable:
        """The table as it stands. With the key in hand it must prove to be sealed with it. Raises StoreDamaged."""

        def take(reading: SlotReading) -> SlotTable:
            key = self.keys.get(name)
            table = reading.table
            if key is not None and not hmac.compare_digest(seal_of(table, key), table.seal):
                raise damaged()
            if table.store is not name or table.stage is not Stage.STEADY:
                raise damaged()
            return table

        return from_either(self.station.slots(name), take)

    def _refuse_without_keys(self, needed: Sequence[StoreName]) -> None:
        for name in needed:
            if name not in self.keys:
                raise NotPermitted(
                    say("You have no key of this store: {store}.", store=STORE_TITLES[name]),
                    say("Ask somebody who works with these records to do this, or use the recovery sheets."),
                )

    def _write(self, name: StoreName, table: SlotTable) -> None:
        try:
            self.station.slots(name).write(table)
        except OSError as problem:
            raise keys_not_written(problem) from problem

    def _write_both(self, name: StoreName, table: SlotTable) -> None:
        try:
            self.station.slots(name).write_both(table)
        except OSError as problem:
            raise keys_not_written(problem) from problem


def _slot_of(border: SlotTable, name: str) -> Slot:
    slot = border.of(name)
    if slot is None:
        raise unknown_person(name)
    return slot


def _is(slot: Slot, member: Member) -> bool:
    return same_way_in(slot.lock, member.lock) and slot.role is member.role


def _member(border: SlotTable, officer: Officer) -> Member:
    """A person's place in a new store, by the lock they have; the row must name the same public key."""
    slot = _slot_of(border, officer.name)
    if public_key_of(slot.lock) != officer.public_key or slot.role is not officer.role:
        raise StoreDamaged(
            say("The key file and the database do not agree about this person."),
            say("Let this person sign in once, or ask the supervisor to set this person up again."),
        )
    return Member(slot.role, slot.lock)
