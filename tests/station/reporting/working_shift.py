# SPDX-License-Identifier: Apache-2.0
"""A shift at work: real inspections' steps in a real store, without the devices they would need."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

from devices.registry import Registry
from devices.simulators.driver import SimulatorDriver, SimulatorSettings
from station.access.audit import Act
from station.domain.crossing import Crossing, Direction
from station.domain.decision import Decision, DecisionKind, RefusalGround
from station.domain.identifiers import EncounterId
from station.inspection import events as ev
from station.inspection.ledger import InspectionLedger
from station.inspection.state import InspectionState, Place
from station.reporting.shift_reports import KeptReport, ShiftReports
from tests.open_station import SeededRandomness
from tests.station.inspection.samples import EVENTS
from tests.station.post.post_room import PostRoom
from tests.ui.desk import FewPictures
from ui.host import SystemClock

PAGE, READ, CHECKED, PORTRAIT = (
    EVENTS[kind] for kind in (ev.PageCaptured, ev.DocumentRead, ev.ChecksDone, ev.PortraitTaken)
)
KEYING, CONFIRMED, RECORDED = (EVENTS[kind] for kind in (ev.KeyingChosen, ev.DocumentConfirmed, ev.EncounterRecorded))
STRAIGHT = (PAGE, READ, CHECKED, PORTRAIT)


class WorkingShift(PostRoom):
    """A post whose supervisor inspects as well. Each step takes ``step`` unless a test says otherwise."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self.step = timedelta(seconds=2)
        self.printed: list[KeptReport] = []
        self.sheets = folder / "sheets"
        self.sheets.mkdir()
        clock = SystemClock()
        simulators = SimulatorDriver(SimulatorSettings(sheets=self.sheets), FewPictures(), clock=clock)
        self.devices = Registry((simulators,), allow_simulated=True)
        self.devices.start()
        self.ledger = InspectionLedger(
            self.session, Place(post="Utopia Harbour", station="Harbour 1", lane="1"), self.time, SeededRandomness(3)
        )
        self.reports = ShiftReports(
            self.session,
            self.shifts,
            checkpoints=self.checkpoints,
            devices=self.devices,
            press=self._press,
            clock=self.time,
        )

    def inspect(self, events: Sequence[ev.Event], direction: Direction = Direction.ENTRY) -> InspectionState:
        """Steps of one encounter."""
        state = self.ledger.open(Crossing(direction=direction), events[0])
        for event in events[1:]:
            self.time.run(self.step)
            state = self.ledger.keep(state, event)
        return state

    def go_on(self, state: InspectionState, *events: ev.Event) -> InspectionState:
        """More steps of one."""
        for event in events:
            self.time.run(self.step)
            state = self.ledger.keep(state, event)
        return state

    def admitted(self, *overridden: str, direction: Direction = Direction.ENTRY) -> InspectionState:
        """A traveller who crossed."""
        decision = replace(self.decision(DecisionKind.ADMIT), overridden_checks=overridden)
        return self.inspect((*STRAIGHT, ev.Admitted(decision=decision), RECORDED), direction)

    def refused(self, ground: RefusalGround) -> InspectionState:
        """A traveller who did not."""
        decision = self.decision(DecisionKind.REFUSE, ground)
        return self.inspect((*STRAIGHT, ev.Refused(decision=decision), RECORDED))

    def decision(self, kind: DecisionKind, ground: RefusalGround | None = None) -> Decision:
        officer = self.session.officer.officer_id
        return Decision(kind=kind, decided_by=officer, decided_at=self.time.now(), ground=ground)

    def note_printed(self, encounter_id: EncounterId) -> None:
        self.ledger.note(Act.NOTICE_PRINTED, encounter_id, {})

    def _press(self, kept: KeptReport, language: str) -> bytes:
        self.printed.append(kept)
        return b"%PDF-1.4\n" + language.encode()

    def close(self) -> None:
        """Go home."""
        self.devices.close()
        self.session.end()
