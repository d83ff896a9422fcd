# SPDX-License-Identifier: Apache-2.0
"""How a person stands between the database and the key files, and what must not happen to people.

The two cannot change in one step. Whoever is killed in between leaves a half done act that does no harm: it is
shown here with what finishes it.
"""

from __future__ import annotations

import enum
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from station.access.approval_rules import stands_for
from station.access.audit import Act
from station.access.first_start import MAX_NAME_CHARACTERS, MIN_PASSWORD_CHARACTERS, is_name
from station.access.outbox import Handler
from station.access.roles import MANAGES, ROLE_TITLES, STORES_OF
from station.domain.errors import NotPermitted, SettingsError
from station.domain.identifiers import OfficerId
from station.domain.secrets import Secret
from station.domain.sign_in_name import comparable
from station.domain.wire import from_json
from station.domain.words import Text, say
from station.ports.clock import Clock, Randomness
from station.ports.keys import SlotView
from station.ports.safekeeping import OutboxMessage
from station.ports.storage import Officer, RoleName, UnitOfWork

#: The kind of message that tells another store of a person.
PERSON_MESSAGE = "person"

_LETTERS = "abcdefghjkmnpqrstuvwxyz"  # none that is taken for another one
_GROUPS, _GROUP = 4, 5


class PersonState(enum.Enum):
    """The one thing that a list says of a person."""

    ACTIVE = "active"  # signs in
    ONE_TIME = "one-time password"  # has not chosen a password yet
    SUSPENDED = "suspended"  # may not sign in for now
    NO_KEY = "no key yet"  # adding or removing was not finished
    KEY_DIFFERS = "key differs"  # another change was not finished
    REMOVED = "removed"  # has no key any more
    KEY_LEFT = "key left"  # was removed, and the key is still there


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """One person as the page shows them. ``vouched``: the account counts as a second pair of eyes by itself."""

    officer: Officer
    state: PersonState
    vouched: bool
    second_factor: bool = False


def slots_by_name(slots: Iterable[SlotView]) -> dict[str, SlotView]:
    """The slots under their comparable names."""
    return {comparable(slot.name): slot for slot in slots}


def person(officer: Officer, slot: SlotView | None) -> Person:
    """A row of the database beside its slot."""
    return Person(
        officer=officer,
        state=_state(officer, slot),
        vouched=stands_for(officer) == officer.officer_id,
        second_factor=slot is not None and slot.second_factor,
    )


def _state(officer: Officer, slot: SlotView | None) -> PersonState:
    if officer.removed:
        return PersonState.REMOVED if slot is None else PersonState.KEY_LEFT
    if slot is None:
        return PersonState.NO_KEY
    if slot.role is not officer.role or slot.public_key != officer.public_key or slot.stores != STORES_OF[slot.role]:
        return PersonState.KEY_DIFFERS
    if officer.suspended:
        return PersonState.SUSPENDED
    return PersonState.ONE_TIME if officer.one_time else PersonState.ACTIVE


def refuse_to_manage(actor: Officer, target: Officer) -> None:
    """Raise NotPermitted unless the actor may change this other person's account."""
    if actor.officer_id == target.officer_id:
        raise NotPermitted(say("Nobody changes their own account here."), say("Ask another supervisor."))
    if target.role not in MANAGES.get(actor.role, frozenset()):
        raise not_managed(actor, target.role)


def not_managed(actor: Officer, role: RoleName) -> NotPermitted:
    """The actor's role does not manage people of this role."""
    return NotPermitted(
        say(
            "The role {role} may not change a person of the role {other}.", role=_title(actor.role), other=_title(role)
        ),
        say("Ask for: {role}.", role=_title(RoleName.SUPERVISOR)),
    )


def refuse_to_strand(target: Officer, everyone: Iterable[Officer], slots: Mapping[str, SlotView]) -> None:
    """Raise NotPermitted when a post would be left without a supervisor who can sign in, or a store without a key.

    Asked before a person is suspended, removed or given another role.
    """
    if target.role not in _MUST_STAY:
        return
    for other in everyone:
        if other.officer_id == target.officer_id or other.role is not target.role:
            continue
        if person(other, slots.get(comparable(other.name))).state is PersonState.ACTIVE:
            return
    raise NotPermitted(
        say("This is the last {role} who can sign in.", role=_title(target.role)),
        say("Add another {role} first, who signs in once and chooses a password.", role=_title(target.role)),
    )


_MUST_STAY = frozenset({RoleName.SUPERVISOR, RoleName.FOCAL_POINT})


def checked_name(name: str) -> str:
    """A name without space around it. Raises SettingsError."""
    if not is_name(name):
        raise SettingsError(
            say("A name is empty, too long or not plain text."),
            say("Give 1 to {most} characters.", most=MAX_NAME_CHARACTERS),
        )
    return name.strip()


def check_own_password(old: Secret, new: Secret, distress: Secret | None) -> None:
    """Raise SettingsError for a new password that cannot stay."""
    chosen = [new.reveal()] if distress is None else [new.reveal(), distress.reveal()]
    if any(len(one.decode("utf-8", "replace")) < MIN_PASSWORD_CHARACTERS for one in chosen):
        raise SettingsError(
            say("A password needs at least {least} characters.", least=MIN_PASSWORD_CHARACTERS),
            say("Choose a longer one. Four words that do not belong together are easy to keep in mind."),
        )
    if len({old.reveal(), *chosen}) <= len(chosen):
        raise SettingsError(say("The passwords are not all different."), say("Choose one that was not used before."))


def one_time_password(randomness: Randomness) -> Secret:
    """Four groups of five letters, about 90 bits: to be read out once and changed at the first sign-in."""
    letters: list[str] = []
    limit = 256 - 256 % len(_LETTERS)
    while len(letters) < _GROUPS * _GROUP:
        letters += [_LETTERS[byte % len(_LETTERS)] for byte in randomness.bytes(_GROUPS * _GROUP) if byte < limit]
    groups = ["".join(letters[start : start + _GROUP]) for start in range(0, _GROUPS * _GROUP, _GROUP)]
    return Secret.of("-".join(groups))


def taken_over(clock: Clock) -> Handler:
    """What another store does with a person message: it keeps the row as the border store has it."""

    def take(unit: UnitOfWork, message: OutboxMessage) -> None:
        told = from_json(Officer, message.body)
        known = unit.officers.get(told.officer_id)
        if known is None:
            unit.officers.add(told)
        else:
            unit.officers.replace(replace(told, name=known.name))
        unit.audit.append(
            at=clock.now(),
            by="station",
            act=Act.PERSON_TAKEN_OVER,
            subject=told.officer_id,
            details={"role": told.role.value, "message": message.message_id} | _standing(told),
        )

    return take


def _standing(officer: Officer) -> dict[str, str]:
    return {"suspended": str(int(officer.suspended)), "removed": str(int(officer.removed))}


def gone() -> NotPermitted:
    """There is no such person, or not any more."""
    return NotPermitted(say("This person is not in the store any more."), say("Look at the list of people again."))


def found_officer(unit: UnitOfWork, officer_id: OfficerId) -> Officer:
    """The person with this identifier. Raises NotPermitted when there is none."""
    officer = unit.officers.get(officer_id)
    if officer is None:
        raise gone()
    return officer


def _title(role: RoleName) -> Text:
    return ROLE_TITLES[role]
