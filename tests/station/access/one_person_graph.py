# SPDX-License-Identifier: Apache-2.0
"""All that one dishonest person can make of a post's accounts, searched breadth first.

The rules are the product's own (approval_rules, people_state, MANAGES); only what an act does to the rows is
written down again here, and test_four_eyes_machine holds that against the real services.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

from station.access.approval_rules import ApprovalKind, objection_to_asking, objection_to_decider, stands_for
from station.access.people_state import refuse_to_manage
from station.access.roles import MANAGES, Permission, allowed
from station.domain.errors import NotPermitted
from station.domain.identifiers import OfficerId
from station.ports.storage import Officer, RoleName

Objection = Callable[[ApprovalKind, Officer, Officer], NotPermitted | None]


@dataclass(frozen=True, slots=True)
class Accounts:
    """The rows of a post, and which accounts the dishonest person can sign in to."""

    rows: tuple[Officer, ...]
    held: frozenset[OfficerId]

    def row(self, officer_id: OfficerId) -> Officer:
        """The row of one account."""
        return next(row for row in self.rows if row.officer_id == officer_id)


def founders(*roles: RoleName) -> tuple[Officer, ...]:
    """People of a first start: nobody gave them a password."""
    return tuple(
        Officer(officer_id=OfficerId(f"founder-{number}"), name=f"f{number}", display_name=f"F{number}", role=role)
        for number, role in enumerate(roles, start=1)
    )


def reachable(start: Accounts, *, most_added: int, only_passwords: bool = False) -> Iterator[Accounts]:
    """Every state that the held accounts can bring about without anybody else, each once.

    ``only_passwords``: adding and resetting alone, which keeps posts of many people searchable.
    """
    seen, waiting = {start}, deque([start])
    while waiting:
        state = waiting.popleft()
        yield state
        for following in _moves(state, most_added, only_passwords):
            if following not in seen:
                seen.add(following)
                waiting.append(following)


def approvals_of_one(state: Accounts, objection: Objection = objection_to_decider) -> Iterator[tuple[str, str, str]]:
    """Requests (kind, asker, decider) that the held accounts could get approved among themselves."""
    for kind in ApprovalKind:
        for asker in map(state.row, state.held):
            if Permission.ASK_APPROVAL not in _may(asker) or objection_to_asking(kind, asker) is not None:
                continue
            for decider in map(state.row, state.held):
                if objection(kind, asker, decider) is None:
                    yield kind.value, asker.officer_id, decider.officer_id


def _moves(state: Accounts, most_added: int, only_passwords: bool) -> Iterator[Accounts]:
    for held in state.held:
        actor = state.row(held)
        if actor.one_time and not actor.removed:
            yield _with(state, replace(actor, one_time=False))  # chooses a password
        if Permission.MANAGE_PEOPLE not in _may(actor):
            continue
        manages = MANAGES.get(actor.role, frozenset())
        if sum(row.officer_id.startswith("added") for row in state.rows) < most_added:
            for role in manages:
                yield _added(state, actor, role)
        for target in state.rows:
            if _manages(actor, target):
                yield _reset(state, actor, target)
                if not only_passwords:
                    yield from _acts_on(state, actor, target)


def _acts_on(state: Accounts, actor: Officer, target: Officer) -> Iterator[Accounts]:
    yield _with(state, replace(target, suspended=not target.suspended))
    yield _with(state, replace(target, removed=True, one_time=False))
    for role in MANAGES[actor.role] - {target.role}:
        yield _with(state, replace(target, role=role))


def _reset(state: Accounts, actor: Officer, target: Officer) -> Accounts:
    """The actor knows the new password of the target."""
    known = replace(target, one_time=True, given_by=stands_for(actor))
    return Accounts(_rows(state, known), state.held | {target.officer_id})


def _added(state: Accounts, actor: Officer, role: RoleName) -> Accounts:
    number = len(state.rows)
    added = Officer(
        officer_id=OfficerId(f"added-{number}"),
        name=f"a{number}",
        display_name=f"A{number}",
        role=role,
        one_time=True,
        given_by=stands_for(actor),
    )
    return Accounts((*state.rows, added), state.held | {added.officer_id})


def _may(officer: Officer) -> frozenset[Permission]:
    """What a session of this account may do; nobody signs in to a suspended or removed one."""
    closed = officer.suspended or officer.removed or officer.one_time
    return frozenset() if closed else allowed(officer.role)


def _manages(actor: Officer, target: Officer) -> bool:
    try:
        refuse_to_manage(actor, target)
    except NotPermitted:
        return False
    return not target.removed


def _with(state: Accounts, row: Officer) -> Accounts:
    return Accounts(_rows(state, row), state.held)


def _rows(state: Accounts, changed: Officer) -> tuple[Officer, ...]:
    return tuple(changed if row.officer_id == changed.officer_id else row for row in state.rows)
