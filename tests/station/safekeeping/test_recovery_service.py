# SPDX-License-Identifier: Apache-2.0
"""Sheets are tried without opening anything, and printed anew only by two people from two old sheets."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from station.access.approval_rules import Verdict
from station.access.approvals import ApprovalService
from station.access.audit import Act
from station.access.recovery import RecoverySet, new_set
from station.access.sign_in import Session
from station.domain.errors import NotPermitted, ShareRefused
from station.domain.secrets import Secret
from station.ports.storage import RoleName, StoreName
from station.safekeeping.recovery import RecoveryService
from storage.keys.recovery import Slip39Shares
from tests.open_station import OFFICER_PASSWORD, OpenStation
from ui.host import SystemRandomness

PAPER = Slip39Shares(SystemRandomness())


@dataclass(frozen=True, slots=True)
class Desk:
    station: OpenStation
    session: Session
    first: RecoverySet
    approvals: ApprovalService
    recovery: RecoveryService

    def approved(self) -> str:
        request = self.recovery.ask_new_sheets()
        self.approvals.decide(request.request_id, Verdict.APPROVED, "omar", OFFICER_PASSWORD)
        return request.request_id


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    first = new_set(PAPER)
    station = OpenStation(tmp_path, recovery=first)
    session = station.signed_in()
    approvals = ApprovalService(session, station.door.desk, station.clock, SystemRandomness())
    recovery = RecoveryService(session, station.door.desk, PAPER, approvals, station.clock)
    yield Desk(station, session, first, approvals, recovery)
    session.end()


def words(made: RecoverySet, *numbers: int) -> list[tuple[str, ...]]:
    return [made.shares[number - 1].words() for number in numbers]


def test_the_state_names_people_their_stores_and_the_newest_set(desk: Desk) -> None:
    state = desk.recovery.state()
    assert state.mark == desk.first.mark
    assert state.stores == (StoreName.BORDER, StoreName.ENFORCEMENT)
    assert {(one.name, one.role) for one in state.people} == {
        ("irina", RoleName.SUPERVISOR),
        ("omar", RoleName.OFFICER),
    }


def test_two_sheets_are_tried(desk: Desk) -> None:
    fit = desk.recovery.test(words(desk.first, 3, 1))
    assert fit.newest
    assert fit.mark == desk.first.mark


def test_another_station_s_sheets_are_refused_although_they_fit(desk: Desk) -> None:
    with pytest.raises(ShareRefused, match="not this station's"):
        desk.recovery.test(words(new_set(PAPER), 1, 2))
    with pytest.raises(ShareRefused, match="alone"):
        desk.recovery.test(words(desk.first, 1))


def test_new_sheets_need_the_other_person_and_two_old_sheets(desk: Desk) -> None:
    request = desk.recovery.ask_new_sheets()
    with pytest.raises(NotPermitted, match="Nobody has approved"):
        desk.recovery.new_sheets(request.request_id, words(desk.first, 1, 2))
    desk.approvals.decide(request.request_id, Verdict.APPROVED, "omar", OFFICER_PASSWORD)
    with pytest.raises(ShareRefused):
        desk.recovery.new_sheets(request.request_id, words(desk.first, 1))
    made = desk.recovery.new_sheets(request.request_id, words(desk.first, 1, 2))
    desk.recovery.note_sheets(request.request_id, made)
    assert desk.recovery.state().mark == made.mark
    assert desk.recovery.test(words(made, 1, 3)).newest
    assert not desk.recovery.test(words(desk.first, 1, 3)).newest  # until somebody burns them
    with pytest.raises(ShareRefused):
        desk.recovery.test([*words(desk.first, 1), *words(made, 2)])
    with desk.session.store.reading() as unit:
        assert any(
            entry.act == Act.SHARES_MADE and entry.details == {"set": made.mark} for entry in unit.audit.entries()
        )


def test_an_approval_prints_one_set_only(desk: Desk) -> None:
    request_id = desk.approved()
    made = desk.recovery.new_sheets(request_id, words(desk.first, 1, 2))
    desk.recovery.note_sheets(request_id, made)
    with pytest.raises(NotPermitted):
        desk.recovery.note_sheets(request_id, made)
    with pytest.raises(NotPermitted):
        desk.recovery.new_sheets(request_id, words(made, 1, 2))


def test_an_officer_touches_no_sheet(desk: Desk) -> None:
    desk.session.end()
    session = desk.station.signed_in("omar", OFFICER_PASSWORD)
    approvals = ApprovalService(session, desk.station.door.desk, desk.station.clock, SystemRandomness())
    recovery = RecoveryService(session, desk.station.door.desk, PAPER, approvals, desk.station.clock)
    for forbidden in (
        recovery.state,
        recovery.ask_new_sheets,
        lambda: recovery.test(words(desk.first, 1, 2)),
        lambda: recovery.new_sheets("x", words(desk.first, 1, 2)),
        lambda: recovery.note_sheets("x", desk.first),
    ):
        with pytest.raises(NotPermitted):
            forbidden()
    session.end()


def test_the_master_secret_stands_nowhere_on_the_disk(desk: Desk) -> None:
    secret = desk.first.master.reveal()
    sheets = [share.text.reveal() for share in desk.first.shares]
    desk.session.end()
    for path in desk.station.store_folder.rglob("*"):
        if path.is_file():
            data = path.read_bytes()
            assert secret not in data
            assert not any(sheet in data for sheet in sheets)
    assert isinstance(desk.first.master, Secret)
