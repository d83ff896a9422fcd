# SPDX-License-Identifier: Apache-2.0
"""The only writer of people: rows and slots in the order that leaves no harm behind when it is cut short.

Adding, row first; taking away, slot first. What concerns a focal point is owed to the protection store as well.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace

from station.access import distress
from station.access.approval_proof import PUBLIC_KEY
from station.access.approval_rules import stands_for
from station.access.audit import Act
from station.access.outbox import owe
from station.access.people_state import (
    PERSON_MESSAGE,
    found_officer,
    gone,
    one_time_password,
    refuse_to_manage,
    refuse_to_strand,
    slots_by_name,
)
from station.access.roles import STORES_OF
from station.access.sign_in import Session
from station.domain.errors import NotPermitted
from station.domain.identifiers import OfficerId
from station.domain.secrets import Secret
from station.domain.sign_in_name import comparable
from station.domain.words import say
from station.ports.clock import Clock, Randomness
from station.ports.keys import KeyDesk, KeyRing, NewOfficer, PersonChanged, SlotView
from station.ports.storage import Officer, RoleName, StoreName, UnitOfWork


@dataclass(frozen=True, slots=True, kw_only=True)
class Added:
    """A person and the password that opens only the form for their own one; shown once, kept nowhere."""

    officer_id: OfficerId
    one_time_password: Secret = field(repr=False)


class PeopleLedger:
    """Writes for services that have asked for the permission already."""

    def __init__(self, session: Session, key_desk: KeyDesk, clock: Clock, randomness: Randomness) -> None:
        self._session = session
        self._key_desk = key_desk
        self._clock = clock
        self._randomness = randomness

    @contextmanager
    def acting(self, password: Secret, pin: Secret | None) -> Iterator[tuple[KeyRing, Officer]]:
        """The keys in hand of the acting person, who is still who the session says."""
        own = self._session.officer
        with self._key_desk.keys(own.name, password, pin=pin) as ring:
            with self._session.store.reading() as unit:
                actor = found_officer(unit, own.officer_id)
            if actor.suspended or actor.removed or actor.one_time or actor.role is not own.role:
                raise NotPermitted(say("Your own account was changed meanwhile."), say("Sign out and sign in again."))
            yield ring, actor

    def slots(self) -> Mapping[str, SlotView]:
        """The slots of everybody under their comparable names."""
        return slots_by_name(self._key_desk.people())

    def target(self, actor: Officer, officer_id: OfficerId) -> Officer:
        """The person an act is about. Raises NotPermitted when the actor does not manage them, or they are removed."""
        with self._session.store.reading() as unit:
            officer = found_officer(unit, officer_id)
        refuse_to_manage(actor, officer)
        if officer.removed and comparable(officer.name) not in self.slots():
            raise gone()
        return officer

    def refuse_to_strand(self, officer: Officer) -> None:
        """Raise NotPermitted when the post cannot go on without this person."""
        with self._session.store.reading() as unit:
            everyone = list(unit.officers.all())
        refuse_to_strand(officer, everyone, self.slots())

    def begin_reset(self, ring: KeyRing, officer: Officer, actor: Officer) -> None:
        """The first half of a reset; `give_password` is the second. Raises DeviceFault when that would.

        The row says first that somebody else will know the password: an account is never taken over unseen. The trail
        says it as well, as the second half may never come.
        """
        if comparable(officer.name) in self.slots():
            ring.refuse_other_token(officer.name, None)
        with self._session.store.unit_of_work() as unit:
            row = replace(found_officer(unit, officer.officer_id), one_time=True, given_by=stands_for(actor))
            self.keep(unit, Act.RESET_BEGUN, row, {}, ring)
            unit.commit()

    def give_password(self, ring: KeyRing, officer: Officer) -> Added:
        """A one-time password for somebody whose row says so already, and the protection store for its first focal
        point.
        """
        one_time = one_time_password(self._randomness)
        act = Act.PASSWORD_RESET if comparable(officer.name) in self.slots() else Act.KEY_GIVEN
        if act is Act.PASSWORD_RESET:
            public_key = ring.change_password(officer.name, one_time, distress_password=None)
        else:
            public_key = ring.add(
                NewOfficer(name=officer.name, display_name=officer.display_name, role=officer.role, password=one_time)
            )
        with self._session.store.unit_of_work() as unit:
            given = replace(found_officer(unit, officer.officer_id), public_key=public_key)
            self.keep(unit, act, given, {PUBLIC_KEY: public_key}, ring)
            unit.commit()
        self.found_protection(ring, given)
        return Added(officer_id=officer.officer_id, one_time_password=one_time)

    def take_key(self, ring: KeyRing, actor: Officer, officer_id: OfficerId) -> Officer:
        """The first half of a removal: the slots. The row comes after it (`keep_removed`)."""
        officer = self.target(actor, officer_id)
        self.refuse_to_strand(officer)
        if comparable(officer.name) in self.slots():
            ring.remove(officer.name)
        return officer

    def keep_removed(self, unit: UnitOfWork, officer: Officer, details: Mapping[str, str], ring: KeyRing) -> None:
        """The second half of a removal."""
        row = replace(found_officer(unit, officer.officer_id), removed=True, public_key="", one_time=False)
        self.keep(unit, Act.OFFICER_REMOVED, row, details, ring)

    def refuse_without_key(self, ring: KeyRing, role: RoleName) -> None:
        """Raise NotPermitted when the acting person has not the keys that a role needs now."""
        # Under distress no store is founded either, as nobody could open it.
        unfounded = frozenset() if ring.distress else self._unfounded()
        if not STORES_OF[role] - unfounded <= ring.stores:
            raise NotPermitted(
                say("You have no key of the store that this role opens."),
                say("Ask a person who has this role: only they can hand its key on."),
            )

    def found_protection(self, ring: KeyRing, first: Officer) -> None:
        """Make the protection store, when this is its first focal point; nothing otherwise."""
        if not self._unfounded() & STORES_OF[first.role]:
            return
        identity = replace(self._session.store.identity, name=StoreName.PROTECTION, created_at=self._clock.now())
        ring.found(StoreName.PROTECTION, identity, [first])
        with self._session.store.unit_of_work() as unit:
            self.note(unit, Act.STORE_FOUNDED, first, {"store": StoreName.PROTECTION.value}, ring)
            unit.commit()

    def _unfounded(self) -> frozenset[StoreName]:
        """The protection store, while nobody can open it."""
        founded = any(StoreName.PROTECTION in slot.stores for slot in self.slots().values())
        return frozenset() if founded else frozenset({StoreName.PROTECTION})

    def keep(
        self,
        unit: UnitOfWork,
        act: Act,
        officer: Officer,
        details: Mapping[str, str],
        ring: KeyRing | None,
        *,
        was: RoleName | None = None,
    ) -> None:
        """Keep a person's new row with its audit entry; a focal point's also for the protection store."""
        unit.officers.replace(officer)
        if RoleName.FOCAL_POINT in {officer.role, was}:
            owe(unit, StoreName.PROTECTION, PERSON_MESSAGE, officer, clock=self._clock, randomness=self._randomness)
        self.note(unit, act, officer, details, ring)

    def note(
        self, unit: UnitOfWork, act: Act, officer: Officer, details: Mapping[str, str], ring: KeyRing | None
    ) -> None:
        """An audit entry about a person; under distress also the silent flag."""
        now, by = self._clock.now(), self._session.officer.officer_id
        unit.audit.append(at=now, by=by, act=act, subject=officer.officer_id, details=details)
        if ring is not None and ring.distress:
            distress.raise_flag(unit, at=now, by=by, act=act, subject=officer.officer_id)
        unit.publish(PersonChanged(officer.officer_id))
