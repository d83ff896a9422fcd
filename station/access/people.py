# SPDX-License-Identifier: Apache-2.0
"""The people of the post: who is added, suspended, removed, given another role or password, and by whom.

The database has the row of a person and the key files have the slots. A change that was cut short between them is
harmless, is shown in the list (PersonState), and is finished by doing it again.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from station.access.approval_proof import PUBLIC_KEY
from station.access.approval_rules import ApprovalKind, stands_for
from station.access.approvals import ApprovalService, Request
from station.access.audit import Act
from station.access.own_token import NewToken
from station.access.people_ledger import Added, PeopleLedger
from station.access.people_state import (
    Person,
    check_own_password,
    checked_name,
    found_officer,
    not_managed,
    person,
)
from station.access.roles import MANAGES, ROLE_TITLES, Permission
from station.access.shown_facts import Shown
from station.access.sign_in import Session
from station.domain.errors import NotPermitted, SignInRefused, StoreError
from station.domain.identifiers import RANDOM_BYTES, OfficerId, new_identifier
from station.domain.secrets import Secret
from station.domain.sign_in_name import comparable
from station.domain.words import say
from station.ports.clock import Clock, Randomness
from station.ports.keys import KeyDesk
from station.ports.storage import Officer, RoleName


@dataclass(frozen=True, slots=True, kw_only=True)
class NewPerson:
    """Somebody to be added; the station makes the one-time password."""

    name: str
    display_name: str
    role: RoleName


class PeopleService:
    """People for one session. Blocks on the disk; whatever takes a password also stretches it for about a second.

    Every act on somebody needs MANAGE_PEOPLE, a row in MANAGES, and the acting person's own password typed for it
    (``password``, and ``pin`` for whoever uses a token). Raises NotPermitted, SignInRefused, RecordConflict,
    SettingsError and StoreError kinds.
    """

    def __init__(
        self, session: Session, key_desk: KeyDesk, approvals: ApprovalService, clock: Clock, randomness: Randomness
    ) -> None:
        self._session = session
        self._key_desk = key_desk
        self._approvals = approvals
        self._clock = clock
        self._randomness = randomness
        self._ledger = PeopleLedger(session, key_desk, clock, randomness)

    def people(self) -> Sequence[Person]:
        """Everybody by name, removed people last. Needs MANAGE_PEOPLE."""
        self._session.require(Permission.MANAGE_PEOPLE)
        slots = self._ledger.slots()
        with self._session.store.reading() as unit:
            everybody = [person(one, slots.get(comparable(one.name))) for one in unit.officers.all()]
        return sorted(everybody, key=lambda one: one.officer.removed)

    def add(self, new: NewPerson, password: Secret, *, pin: Secret | None = None) -> Added:
        """Add somebody under a one-time password. Needs MANAGE_PEOPLE. The account is not vouched for yet.

        The first protection focal point founds the protection store.
        """
        self._session.require(Permission.MANAGE_PEOPLE)
        name, display_name = checked_name(new.name), checked_name(new.display_name)
        with self._ledger.acting(password, pin) as (ring, actor):
            if new.role not in MANAGES.get(actor.role, frozenset()):
                raise not_managed(actor, new.role)
            self._ledger.refuse_without_key(ring, new.role)
            officer = Officer(
                officer_id=OfficerId(new_identifier(self._clock.now(), self._randomness.bytes(RANDOM_BYTES))),
                name=name,
                display_name=display_name,
                role=new.role,
                one_time=True,
                given_by=stands_for(actor),
            )
            with self._session.store.unit_of_work() as unit:
                unit.officers.add(officer)
                self._ledger.keep(unit, Act.OFFICER_ADDED, officer, {"role": officer.role.value}, ring)
                unit.commit()
            return self._ledger.give_password(ring, officer)

    def reset_password(self, officer_id: OfficerId, password: Secret, *, pin: Secret | None = None) -> Added:
        """Give somebody a one-time password, and a key if they have none yet. Needs MANAGE_PEOPLE.

        The account is not vouched for any more: the acting person knows its password. It needs no token any more.
        """
        self._session.require(Permission.MANAGE_PEOPLE)
        with self._ledger.acting(password, pin) as (ring, actor):
            officer = self._ledger.target(actor, officer_id)
            self._ledger.refuse_without_key(ring, officer.role)
            self._ledger.begin_reset(ring, officer, actor)
            return self._ledger.give_password(ring, officer)

    def suspend(self, officer_id: OfficerId, password: Secret, *, pin: Secret | None = None) -> None:
        """Nobody signs in as this person until it is lifted. Needs MANAGE_PEOPLE."""
        self._session.require(Permission.MANAGE_PEOPLE)
        with self._ledger.acting(password, pin) as (ring, actor):
            self._ledger.refuse_to_strand(self._ledger.target(actor, officer_id))
            with self._session.store.unit_of_work() as unit:
                officer = replace(found_officer(unit, officer_id), suspended=True)
                self._ledger.keep(unit, Act.OFFICER_SUSPENDED, officer, {}, ring)
                unit.commit()

    def lift_suspension(self, officer_id: OfficerId, password: Secret, *, pin: Secret | None = None) -> None:
        """The person may sign in again. Needs MANAGE_PEOPLE."""
        self._session.require(Permission.MANAGE_PEOPLE)
        with self._ledger.acting(password, pin) as (ring, actor):
            self._ledger.target(actor, officer_id)
            with self._session.store.unit_of_work() as unit:
                officer = replace(found_officer(unit, officer_id), suspended=False)
                self._ledger.keep(unit, Act.OFFICER_LIFTED, officer, {}, ring)
                unit.commit()

    def change_role(
        self, officer_id: OfficerId, role: RoleName, password: Secret, *, pin: Secret | None = None
    ) -> None:
        """Give somebody another role, with the stores it opens; the password stays. Needs MANAGE_PEOPLE.

        The first protection focal point founds the protection store.
        """
        self._session.require(Permission.MANAGE_PEOPLE)
        with self._ledger.acting(password, pin) as (ring, actor):
            officer = self._ledger.target(actor, officer_id)
            if role not in MANAGES.get(actor.role, frozenset()):
                raise not_managed(actor, role)
            if role is not officer.role:
                self._ledger.refuse_to_strand(officer)
            if comparable(officer.name) not in self._ledger.slots():
                raise NotPermitted(say("This person has no key yet."), say("Reset the password first."))
            self._ledger.refuse_without_key(ring, role)
            ring.change_role(officer.name, role)
            self._ledger.found_protection(ring, replace(officer, role=role))
            with self._session.store.unit_of_work() as unit:
                before = found_officer(unit, officer_id)
                details = {"from": before.role.value, "to": role.value}
                self._ledger.keep(unit, Act.ROLE_CHANGED, replace(before, role=role), details, ring, was=before.role)
                unit.commit()

    def remove(self, officer_id: OfficerId, password: Secret, *, pin: Secret | None = None) -> None:
        """Take somebody's key away for good; their name stays on old records. Needs MANAGE_PEOPLE."""
        self._session.require(Permission.MANAGE_PEOPLE)
        with self._ledger.acting(password, pin) as (ring, actor):
            officer = self._ledger.take_key(ring, actor, officer_id)
            with self._session.store.unit_of_work() as unit:
                self._ledger.keep_removed(unit, officer, {"suspicion": "0"}, ring)
                unit.commit()

    def rename(self, officer_id: OfficerId, display_name: str, password: Secret, *, pin: Secret | None = None) -> None:
        """Change the name that screens show; the sign-in name stays for ever. Needs MANAGE_PEOPLE."""
        self._session.require(Permission.MANAGE_PEOPLE)
        shown = checked_name(display_name)
        with self._ledger.acting(password, pin) as (ring, actor):
            self._ledger.target(actor, officer_id)
            with self._session.store.unit_of_work() as unit:
                officer = replace(found_officer(unit, officer_id), display_name=shown)
                self._ledger.keep(unit, Act.OFFICER_RENAMED, officer, {}, ring)
                unit.commit()

    def ask_vouching(self, officer_id: OfficerId) -> Request:
        """Ask another person to confirm that an account is in its owner's hands. Needs MANAGE_PEOPLE, ASK_APPROVAL."""
        self._session.require(Permission.MANAGE_PEOPLE)
        with self._session.store.reading() as unit:
            officer = found_officer(unit, officer_id)
        _refuse_to_vouch(officer)
        return self._approvals.ask(ApprovalKind.VOUCH, officer_id, _vouching_shown(officer))

    def vouch(self, officer_id: OfficerId, request_id: str) -> None:
        """From now on the account counts as a person of its own. Needs MANAGE_PEOPLE and an approval of VOUCH.

        Only for somebody who has chosen a password: before that, whoever gave it out knows it.
        """
        self._session.require(Permission.MANAGE_PEOPLE)
        with self._session.store.unit_of_work() as unit:
            officer = found_officer(unit, officer_id)
            _refuse_to_vouch(officer)
            self._approvals.use(unit, request_id, ApprovalKind.VOUCH, officer_id, _vouching_shown(officer))
            details = {"approval": request_id}
            self._ledger.keep(unit, Act.OFFICER_VOUCHED, replace(officer, given_by=None), details, None)
            unit.commit()

    def change_own_password(
        self,
        old: Secret,
        new: Secret,
        *,
        distress_password: Secret | None = None,
        pin: Secret | None = None,
        token: NewToken | None = None,
    ) -> None:
        """Choose a password, if wanted one for distress, and the token that has to be there besides it.

        Everybody may; after it one signs in again. Without ``token`` the person needs none from now on. Raises
        NotPermitted when every supervisor would need one, SignInRefused when the session has ended, and DeviceError
        kinds. A StoreError says it when the new password holds although the row could not be written.
        """
        check_own_password(old, new, distress_password)
        self._refuse_unwritable()
        own = self._session.officer
        with self._key_desk.keys(own.name, old, pin=pin) as ring:
            self._refuse_unwritable()  # the station may have locked while the old password was stretched
            before = self._own_key()
            try:
                public_key = ring.change_password(
                    own.name,
                    new,
                    distress_password=distress_password,
                    factor=None if token is None else token.enrol(),
                    pin=None if token is None else token.pin,
                )
                with self._session.store.unit_of_work() as unit:
                    officer = replace(found_officer(unit, own.officer_id), public_key=public_key, one_time=False)
                    self._ledger.keep(unit, Act.PASSWORD_CHANGED, officer, {PUBLIC_KEY: public_key}, ring)
                    unit.commit()
            except StoreError as problem:
                if self._own_key() == before:
                    raise
                # The key file counts, and the next sign-in repairs the row: "not saved" would keep the person out.
                raise StoreError(say("Your new password holds already."), say("Sign in with it.")) from problem

    def _refuse_unwritable(self) -> None:
        """Raise before any key is touched when the row could not follow it."""
        if self._session.ended:
            raise SignInRefused(say("Nobody is signed in."), say("Sign in first."))
        with self._session.store.unit_of_work() as unit:  # raises StoreError when it is closed or only to be read
            found_officer(unit, self._session.officer.officer_id)

    def _own_key(self) -> str | None:
        slot = self._ledger.slots().get(comparable(self._session.officer.name))
        return None if slot is None else slot.public_key


def _refuse_to_vouch(officer: Officer) -> None:
    if officer.one_time or officer.removed or officer.suspended:
        raise NotPermitted(
            say("This person has not chosen a password yet, or may not sign in."),
            say("Let them sign in and choose a password first."),
        )


def _vouching_shown(officer: Officer) -> Shown:
    return {
        "person": officer.display_name,
        "sign_in_name": officer.name,
        "role": ROLE_TITLES[officer.role],
        "meaning": say(
            "We both saw this person sign in alone. From now on the account counts as a second pair of eyes."
        ),
    }
