# SPDX-License-Identifier: Apache-2.0
"""A window at which one officer decides and another person may sign, for tests about two people."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import pytest

from station.access.approvals import ApprovalService, RequestState
from station.access.audit import Act
from station.access.sign_in import Session
from station.domain.crossing import Crossing, Direction, Purpose, Transport
from station.domain.decision import Decision
from station.domain.errors import NotPermitted
from station.domain.identifiers import EncounterId
from station.domain.secrets import Secret
from station.inspection import events as ev
from station.inspection.service import InspectionService
from station.inspection.state import InspectionState
from station.inspection.table import Stage
from station.ports.tasks import CancelToken
from tests.open_station import OFFICER_PASSWORD, SUPERVISOR_PASSWORD, OpenStation

NAME = "P<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<<<<<<<<<"
EXPIRED = (NAME, "L898902C36UTO7408122F1204159ZE184226B<<<<<10")
VALID = (NAME, "L898902C36UTO7408122F3104150ZE184226B<<<<<16")
OTHER = (NAME, "D231458907UTO7408122F3104150ZE184226B<<<<<14")
ENTRY = Crossing(direction=Direction.ENTRY, transport=Transport.BUS, purpose=Purpose.FLEEING, permitted_stay_days=30)
EXIT = Crossing(direction=Direction.EXIT, transport=Transport.BUS)
REASON = "Her consulate confirmed the renewal by telephone."
PASSWORDS = {"irina": SUPERVISOR_PASSWORD, "omar": OFFICER_PASSWORD}


@dataclass
class Window:
    """One person at the window of a station without devices: every document is keyed in."""

    station: OpenStation
    session: Session
    service: InspectionService
    approvals: ApprovalService

    def deciding(self, lines: tuple[str, str] = EXPIRED) -> InspectionState:
        return self.keyed(self.service.begin_keying(ENTRY), lines)

    def keyed(self, state: InspectionState, lines: tuple[str, str]) -> InspectionState:
        return self.without_portrait(self.service.confirm_lines(state, lines))

    def without_portrait(self, state: InspectionState) -> InspectionState:
        state = self.service.run(state, cancel=CancelToken())
        if state.stage is Stage.PORTRAIT_TROUBLE:
            state = self.service.act(state, ev.PortraitOmitted(reason="no camera"))
        assert state.stage is Stage.DECIDING
        return state

    def asked(self, state: InspectionState, reason: str = REASON) -> str:
        return self.service.overrides.ask(state, ENTRY, reason).request_id

    def approved(self, state: InspectionState, by: str = "irina") -> str:
        request_id = self.asked(state)
        signed = self.service.overrides.sign(request_id, by, Secret(PASSWORDS[by].reveal()))
        assert signed.state is RequestState.APPROVED
        return request_id

    def kept(self, encounter_id: EncounterId) -> Decision | None:
        """The decision that stands in the store."""
        line = next(iter(self.service.take_up(encounter_id).inspections), None)
        return None if line is None else line.decision

    def acts(self) -> list[str]:
        with self.session.store.reading() as unit:
            return [entry.act for entry in unit.audit.entries()]

    def state_of(self, request_id: str) -> RequestState:
        return self.approvals.get(request_id).state


Open = Callable[..., Window]


def refused(window: Window, state: InspectionState, crossing: Crossing = ENTRY, approval: str = "") -> str:
    """Why admitting was refused; nothing of it is kept."""
    with pytest.raises(NotPermitted) as problem:
        window.service.admit(state, crossing, approval=approval)
    assert window.service.take_up(state.encounter_id).stage is Stage.DECIDING
    assert window.kept(state.encounter_id) is None
    assert Act.APPROVAL_USED not in window.acts()
    return f"{problem.value.cause.in_english()} {problem.value.next_step.in_english()}"
