# SPDX-License-Identifier: Apache-2.0
"""Opens the databases a person has keys of; key files and databases must agree about the person."""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import dataclass, replace
from functools import partial

from station.access.audit import Act
from station.domain.errors import SignInRefused, StoreDamaged
from station.domain.words import say
from station.ports.anchors import TokenCounter
from station.ports.clock import Clock
from station.ports.events import EventBus
from station.ports.keys import Opened
from station.ports.storage import Officer, Store, StoreName, UnitOfWork
from storage.anchors.anchor_files import hold_against_anchors
from storage.doors.founding import public_key_of
from storage.doors.places import StationFolder
from storage.doors.proving import Proven, join, stores_of
from storage.doors.rekeying import settled
from storage.keys.keeper import DISTRESS
from storage.keys.wrong_tries import WrongTries
from storage.sqlcipher.connection import damaged
from storage.sqlcipher.store import SqlcipherStore, open_database

#: The newest generation of its key file that a database has seen.
GENERATION_SETTING = "slots.generation"

#: The older generation that is noted on the trail already: whoever accepted it is not told again at every sign-in.
OLD_NOTED_SETTING = "slots.generation.old_noted"


@dataclass(frozen=True, slots=True)
class Opening:
    """How the stores of a station are opened."""

    station: StationFolder
    events: EventBus
    clock: Clock
    counter: TokenCounter | None = None

    def all_of(self, home: Proven, *, wrong_tries: WrongTries) -> Opened:
        """Every store of a person, or none; under distress the border's alone.

        The ``wrong_tries`` since the last time are noted on the trail.

        Raises SignInRefused, StoreMissing, StoreInUse, StoreDamaged, StoreTooNew, StoreFull.
        """
        proven = {StoreName.BORDER: home}
        for name in stores_of(home):
            proven[name] = join(self.station, name, home)
        old = set()
        stores: dict[StoreName, SqlcipherStore] = {}
        with ExitStack() as opened:
            for name, one in proven.items():
                stores[name] = self._opened(name, one)
                opened.callback(stores[name].close)
                _refuse_strange(stores[name], one)
                slots = partial(self._slots_now, name)
                hold_against_anchors(
                    stores[name],
                    self.station.place,
                    home=stores[StoreName.BORDER],
                    slots=slots,
                    counter=self.counter,
                )
            border = stores[StoreName.BORDER]
            officer = _person_in(border, home)
            for name, store in stores.items():
                if self._noted(store, proven[name], officer, wrong_tries if store is border else None):
                    old.add(name)
            opened.pop_all()
        del stores[StoreName.BORDER]
        return Opened(
            officer=officer,
            store=border,
            further=stores,
            distress=home.person.entry == DISTRESS,
            old_keys=frozenset(old),
            generations={name: self._slots_now(name) for name in proven},
        )

    def _opened(self, name: StoreName, proven: Proven) -> SqlcipherStore:
        key = settled(self.station, name, proven.table, proven.keys)
        try:
            return open_database(self.station.folder(name), key.reveal(), self.events, name=name)
        finally:
            proven.keys.forget()

    def _slots_now(self, name: StoreName) -> int:
        return self.station.slots(name).read().table.generation

    def _noted(self, store: Store, proven: Proven, officer: Officer, wrong_tries: WrongTries | None) -> bool:
        """Put on the trail what could not be noted while the store was closed; whether its key file is an old one.

        ``officer``: as this person's row has to be. In the border's store only the public key can differ, when the key
        file was changed and the row was not; elsewhere whoever changed people may have had no key of the store.
        """
        generation = proven.table.generation
        with store.reading() as unit:
            seen, row = _number(unit, GENERATION_SETTING), unit.officers.get(officer.officer_id)
            old_noted = _number(unit, OLD_NOTED_SETTING)
        if store.read_only is not None:
            return generation < seen  # what happened is noted when two people have accepted the store as it is
        tries = 0 if wrong_tries is None else wrong_tries.owed()
        old = generation if generation < seen else 0
        if not (tries or proven.from_previous or row != officer or generation > seen or old != old_noted):
            return generation < seen
        with store.unit_of_work() as unit:
            now = self.clock.now()

            def note(act: Act, subject: str, **details: str) -> None:
                unit.audit.append(at=now, by="station", act=act, subject=subject, details=details)

            if tries:
                note(Act.SIGN_IN_REFUSED, "store", tries=str(tries))
            if proven.from_previous or (old and old != old_noted):
                note(Act.PREVIOUS_KEYS_USED, "slots.json", generation=str(generation), seen=str(seen))
            if row is None:
                unit.officers.add(officer)
                note(Act.OFFICER_ADDED, officer.officer_id, role=officer.role.value, public_key=officer.public_key)
            elif row != officer:
                unit.officers.replace(officer)
                if row.role is not officer.role:
                    note(Act.ROLE_CHANGED, officer.officer_id, role=officer.role.value)
                if row.public_key != officer.public_key:
                    note(Act.PASSWORD_CHANGED, officer.officer_id, public_key=officer.public_key)
            if generation > seen:
                unit.settings.put(GENERATION_SETTING, str(generation).encode())
            if old != old_noted:
                unit.settings.put(OLD_NOTED_SETTING, str(old).encode())
            unit.commit()
        if wrong_tries is not None:
            wrong_tries.noted(tries)  # only now: a commit that fails must not lose them
        return generation < seen


def _number(unit: UnitOfWork, setting: str) -> int:
    value = unit.settings.get(setting) or b"0"
    if not value.isdigit():
        raise damaged()
    return int(value)


def _person_in(store: SqlcipherStore, proven: Proven) -> Officer:
    """The person of a slot as the border's database knows them; key file and database must agree."""
    with store.reading() as unit:
        officer = unit.officers.by_name(proven.slot.name)
    if officer is None or officer.removed or officer.role is not proven.slot.role:
        raise SignInRefused(
            say("The key file and the database do not agree about this person."),
            say("Ask the supervisor to set this person up again."),
        )
    if officer.suspended:
        raise SignInRefused(say("This person is suspended."), say("Ask the supervisor."))
    return replace(officer, public_key=public_key_of(proven.person.lock))


def _refuse_strange(store: SqlcipherStore, proven: Proven) -> None:
    if store.identity.kind is not proven.table.kind or store.name is not proven.table.store:
        raise StoreDamaged(
            say("The key file and the database are not of the same store."),
            say("Put both back from the same backup, or call a technician."),
        )
