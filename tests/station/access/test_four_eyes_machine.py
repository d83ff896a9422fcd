# SPDX-License-Identifier: Apache-2.0
"""Random histories of a real post: the rows are what the searched model says, and no request passes with one person."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from station.access.approval_proof import verify_approvals
from station.access.approval_rules import (
    APPROVALS,
    ApprovalKind,
    Verdict,
    objection_to_asking,
    objection_to_decider,
    stands_for,
)
from station.access.approvals import ApprovalService
from station.access.roles import MANAGES, Permission, allowed
from station.domain.errors import NotPermitted, RecordConflict
from station.domain.secrets import Secret
from station.ports.storage import Officer, RoleName
from tests.station.access.post_room import SHOWN, PostRoom

STEPS = 14


class History:
    """One random history. ``holder`` says which founder types for an account: who knows its password."""

    def __init__(self, room: PostRoom, choice: random.Random) -> None:
        self.room = room
        self.choice = choice
        self.holder = {"irina": "irina", "omar": "omar"}
        self.decided = 0
        self.refused = 0

    def step(self) -> None:
        """One act by somebody on somebody."""
        actor, target = self.choice.choice(list(self.holder)), self.choice.choice(list(self.holder))
        act = self.choice.choice([self.add, self.reset, self.suspend, self.own_password, self.approve, self.approve])
        try:
            act(actor, target)
        except (NotPermitted, RecordConflict):
            self.refused += 1

    def add(self, actor: str, _target: str) -> None:
        name = f"new{len(self.holder)}"
        role = self.choice.choice([RoleName.OFFICER, RoleName.SUPERVISOR])
        room = self.room
        before = room.row(actor)
        room.add(name, role, by=actor)
        assert Permission.MANAGE_PEOPLE in allowed(before.role)
        assert role in MANAGES[before.role]
        self.holder[name] = self.holder[actor]
        assert room.row(name).given_by == stands_for(before)

    def reset(self, actor: str, target: str) -> None:
        room = self.room
        before = room.row(actor)
        added = room.people(actor).reset_password(room.id_of(target), room.passwords[actor])
        room.passwords[target] = added.one_time_password
        self.holder[target] = self.holder[actor]
        row = room.row(target)
        assert (row.one_time, row.given_by) == (True, stands_for(before))

    def suspend(self, actor: str, target: str) -> None:
        room, password = self.room, self.room.passwords[actor]
        people, who = room.people(actor), room.id_of(target)
        if room.row(target).suspended:
            people.lift_suspension(who, password)
        else:
            people.suspend(who, password)

    def own_password(self, actor: str, _target: str) -> None:
        room = self.room
        own = Secret.of(f"{self.holder[actor]} chose {self.choice.random()}")
        before = room.row(actor)
        if before.suspended:
            return  # nobody signs in as them
        room.people(actor).change_own_password(room.passwords[actor], own)
        room.passwords[actor] = own
        assert room.row(actor).given_by == before.given_by
        assert not room.row(actor).one_time

    def approve(self, actor: str, target: str) -> None:
        """Ask as the one and decide as the other: real services, and the rules beside them."""
        room = self.room
        kind = self.choice.choice([kind for kind in ApprovalKind if RoleName.SUPERVISOR in APPROVALS[kind].pairs])
        asker, decider = room.row(actor), room.row(target)
        request = room.approvals(actor).ask(kind, "record-1", SHOWN)
        assert objection_to_asking(kind, asker) is None
        try:
            self._window().decide(request.request_id, Verdict.APPROVED, target, room.passwords[target])
        except NotPermitted:
            assert objection_to_decider(kind, asker, decider) is not None
            raise
        assert objection_to_decider(kind, asker, decider) is None
        assert self.holder[actor] != self.holder[target], "one person was both"
        self.decided += 1
        room.use(request, by=actor)

    def _window(self) -> ApprovalService:
        """Approvals at the window of the first person who may be there."""
        rows = [self.room.row(name) for name in self.holder]
        return self.room.approvals(next(row.name for row in rows if _at_window(row)))


def _at_window(row: Officer) -> bool:
    return Permission.ASK_APPROVAL in allowed(row.role) and not row.one_time and not row.suspended


@pytest.mark.parametrize("seed", range(12))
def test_no_history_of_a_real_post_lets_one_person_approve(tmp_path: Path, seed: int) -> None:
    room = PostRoom(tmp_path)
    history = History(room, random.Random(seed))
    history.approve("irina", "omar")  # two people suffice, at the beginning of every history
    for _ in range(STEPS):
        history.step()
    assert history.decided
    assert verify_approvals(room.trail()) == ()
    room.close()
