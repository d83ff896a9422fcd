# SPDX-License-Identifier: Apache-2.0
"""The words of the page People: what each state of a person means, what can be done, and what is asked before it."""

from __future__ import annotations

import enum
from collections.abc import Mapping
from dataclasses import dataclass, field

from station.access.people_state import Person, PersonState
from station.access.roles import MANAGES, ROLE_TITLES
from station.domain.checks import CheckResult
from station.domain.words import Text, say
from station.ports.storage import Officer, RoleName, StoreName
from ui.presenters.asking import PASSWORD, PIN, Asked, Entry, Question
from ui.presenters.keymap import Key
from ui.presenters.showing import Trouble


class PeopleAct(enum.Enum):
    """What can be done here."""

    CONFIRM = "confirm"  # what is typed into the form holds
    LEAVE = "leave"  # the form, or the one-time password on the page
    ADD = "add"
    RENAME = "rename"
    SUSPEND = "suspend"
    LIFT = "lift"
    ROLE = "role"
    RESET = "reset"
    REMOVE = "remove"
    VOUCH = "vouch"  # two people confirm that the account is somebody's own
    NEW_KEYS = "new keys"  # end the session and give the stores that are due their new keys
    SUSPECT = "suspect"  # remove with suspicion, after another person approved


PEOPLE_KEYS: Mapping[PeopleAct, Key] = {
    PeopleAct.CONFIRM: Key("Return", "Enter", say("Do it")),
    PeopleAct.ADD: Key("F2", "F2", say("Add…")),
    PeopleAct.RENAME: Key("F3", "F3", say("Rename…")),
    PeopleAct.SUSPEND: Key("F4", "F4", say("Suspend…")),
    PeopleAct.LIFT: Key("F4", "F4", say("Let in again…")),
    PeopleAct.ROLE: Key("F5", "F5", say("Role…")),
    PeopleAct.RESET: Key("F6", "F6", say("Password…")),
    PeopleAct.REMOVE: Key("F7", "F7", say("Remove…")),
    PeopleAct.VOUCH: Key("F9", "F9", say("Confirm")),
    PeopleAct.SUSPECT: Key("F10", "F10", say("Suspicion…")),
    PeopleAct.NEW_KEYS: Key("F11", "F11", say("New key now")),
    PeopleAct.LEAVE: Key("Esc", "Esc", say("Back")),
}

#: For each state: its mark, its word, what it means and the next step.
STATES: Mapping[PersonState, tuple[CheckResult, Text, Text]] = {
    PersonState.ACTIVE: (CheckResult.SUCCESSFUL, say("signs in"), say("This person signs in with their own password.")),
    PersonState.ONE_TIME: (
        CheckResult.UNDETERMINED,
        say("one-time password"),
        say("This person has not chosen a password yet. Let them sign in with the one-time password."),
    ),
    PersonState.SUSPENDED: (
        CheckResult.ABORTED,
        say("suspended"),
        say("This person may not sign in. The key stays, and works again when you let them in."),
    ),
    PersonState.NO_KEY: (
        CheckResult.FAILED,
        say("no key yet"),
        say("Adding or removing was not finished. Give a new password to finish adding, or remove the person."),
    ),
    PersonState.KEY_DIFFERS: (
        CheckResult.FAILED,
        say("key differs"),
        say("A change was not finished. Do it again: the role, or a new password."),
    ),
    PersonState.REMOVED: (
        CheckResult.NOT_SUPPORTED,
        say("removed"),
        say("This person has no key any more. The name stays, so that old records can be read."),
    ),
    PersonState.KEY_LEFT: (
        CheckResult.FAILED,
        say("key left"),
        say("This person was removed, and a key is still there. Remove the person again."),
    ),
}
NOT_VOUCHED = say(
    "Only one person knows that this account is in its owner's hands, so it is no second person for approvals. "
    "Confirm the account together with somebody else."
)

_NAME = Asked(name="name", label=say("Sign-in name"))
_SHOWN_NAME = Asked(name="display_name", label=say("Name shown"))
_REASON = Asked(name="reason", label=say("Why"))
_OWN = say("Type your own password: it opens the keys for this act only.")
_DOES = say("Do it")


@dataclass(frozen=True, slots=True, kw_only=True)
class OneTime:
    """A password that is shown once, until somebody leaves it."""

    person: str
    password: str = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class PeopleState:
    """What the page shows. ``asked`` grows with each try, so that typed secrets go."""

    me: Officer
    people: tuple[Person, ...] = ()
    chosen: Person | None = None
    question: Question | None = None
    doing: PeopleAct | None = None
    asked: int = 0
    one_time: OneTime | None = None
    rekey_due: frozenset[StoreName] = frozenset()
    working: Text | None = None
    trouble: Trouble | None = None
    happened: Text | None = None

    @property
    def acts(self) -> tuple[PeopleAct, ...]:
        """What can be done now, the obvious first."""
        if self.question is not None:
            return (PeopleAct.CONFIRM, PeopleAct.LEAVE)
        if self.one_time is not None:
            return (PeopleAct.LEAVE,)
        due = (PeopleAct.NEW_KEYS,) if self.rekey_due else ()
        return (*due, PeopleAct.ADD, *_acts_on(self.chosen, self.me))


def _acts_on(person: Person | None, me: Officer) -> tuple[PeopleAct, ...]:
    if person is None or person.officer.officer_id == me.officer_id:
        return ()
    if person.officer.role not in MANAGES.get(me.role, frozenset()) or person.state is PersonState.REMOVED:
        return ()
    if person.state is PersonState.KEY_LEFT:
        return (PeopleAct.REMOVE,)
    suspending = PeopleAct.LIFT if person.officer.suspended else PeopleAct.SUSPEND
    acts = [PeopleAct.RENAME, suspending, PeopleAct.ROLE, PeopleAct.RESET, PeopleAct.REMOVE]
    if not person.vouched and person.state is PersonState.ACTIVE:
        acts.append(PeopleAct.VOUCH)
    return (*acts, PeopleAct.SUSPECT)


def question_of(act: PeopleAct, state: PeopleState, *, approved: bool = False) -> Question:
    """What is asked before an act. ``approved``: a removal with suspicion has its approval."""
    me = next((one for one in state.people if one.officer.officer_id == state.me.officer_id), None)
    own = (PASSWORD, PIN) if me is not None and me.second_factor else (PASSWORD,)
    name = "" if state.chosen is None else state.chosen.officer.display_name
    role = state.me.role if state.chosen is None else state.chosen.officer.role
    if act is PeopleAct.SUSPECT and not approved:
        return Question(
            title=say("Remove {name} with suspicion", name=name),
            says=say("Another person has to approve it. Write why: that person reads it."),
            fields=(_REASON,),
            does=say("Ask for approval"),
        )
    asked: Mapping[PeopleAct, tuple[Text, Text | None, tuple[Asked, ...]]] = {
        PeopleAct.ADD: (say("Add a person"), _OWN, (_NAME, _SHOWN_NAME, _role(state.me, RoleName.OFFICER))),
        PeopleAct.RENAME: (
            say("Another name for {name}", name=name),
            say("Only the name that screens show. The sign-in name stays. Type your own password."),
            (Asked(name="display_name", label=say("Name shown"), value=name),),
        ),
        PeopleAct.SUSPEND: (say("Suspend {name}", name=name), _OWN, ()),
        PeopleAct.LIFT: (say("Let {name} in again", name=name), _OWN, ()),
        PeopleAct.ROLE: (say("Another role for {name}", name=name), _OWN, (_role(state.me, role),)),
        PeopleAct.RESET: (
            say("New password for {name}", name=name),
            say("The station makes a one-time password. The old one opens nothing any more. Type your own password."),
            (),
        ),
        PeopleAct.REMOVE: (
            say("Remove {name}", name=name),
            say("The key is taken away for good. Type your own password."),
            (),
        ),
        PeopleAct.SUSPECT: (
            say("Remove {name} with suspicion", name=name),
            say("It is approved. The key is taken away now, and the stores need new keys after it."),
            (),
        ),
    }
    title, says, fields = asked[act]
    return Question(title=title, says=says, fields=(*fields, *own), does=_DOES)


def _role(me: Officer, first: RoleName) -> Asked:
    roles = [role for role in RoleName if role in MANAGES.get(me.role, frozenset())]
    choices = tuple((role.value, ROLE_TITLES[role]) for role in roles)
    return Asked(name="role", label=say("Role"), entry=Entry.CHOICE, choices=choices, value=first.value)


HAPPENED: Mapping[PeopleAct, Text] = {
    PeopleAct.RENAME: say("The name is changed."),
    PeopleAct.SUSPEND: say("Suspended. This person cannot sign in."),
    PeopleAct.LIFT: say("This person may sign in again."),
    PeopleAct.ROLE: say("The role is changed. It holds from the next sign-in on."),
    PeopleAct.REMOVE: say("Removed. This person has no key any more."),
    PeopleAct.SUSPECT: say("Removed. Now the stores need new keys."),
}
ASKED_VOUCH = say("Asked. Another person confirms it on the page Approvals. Then confirm it here.")
ASKED_REMOVAL = say("Asked. Another person decides it on the page Approvals. Then come back to this person.")
STILL_WAITING = say("Nobody has decided yet. Another person decides it on the page Approvals.")
VOUCHED = say("Confirmed. The account counts as a second person now.")
