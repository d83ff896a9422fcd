# SPDX-License-Identifier: Apache-2.0
"""The script of a demonstration: what scripted travellers do, and how a scripted officer answers.

The officer of the script sees what an officer sees. Where a reading is in doubt, the eye that compares with the
page is played by the specimen's true lines.
"""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta

from station.domain.checks import CheckResult
from station.domain.crossing import Crossing, Direction, Purpose, Transport
from station.domain.decision import RefusalGround
from station.domain.errors import DeviceError
from station.domain.secrets import Secret
from station.inspection import events as ev
from station.inspection.findings import failed_checks
from station.inspection.state import InspectionState
from station.inspection.table import Stage
from station.ports.devices import PageCapture
from station.ports.tasks import CancelToken
from ui.bootstrap.workplace import Services, ShownTraveller, TrainingHand
from ui.host import ScriptedClock

_STAGE_NAMES = {
    Stage.READING: "read",
    Stage.CHECKING: "check",
    Stage.PORTRAIT: "portrait",
    Stage.RECORDING: "record",
}


class Stages:
    """Milliseconds spent per stage."""

    def __init__(self) -> None:
        self._spent: dict[str, list[float]] = defaultdict(list)

    @contextmanager
    def measured(self, stage: str) -> Iterator[None]:
        """Measure a block."""
        begun = time.perf_counter()
        yield
        self.add(stage, (time.perf_counter() - begun) * 1000)

    def add(self, stage: str, milliseconds: float) -> None:
        """One measurement."""
        self._spent[stage].append(milliseconds)

    def percentiles(self) -> dict[str, dict[str, float]]:
        """Per stage: how many, median, and the 95th percentile (nearest rank)."""
        return {stage: _percentiles(spent) for stage, spent in sorted(self._spent.items())}


def _percentiles(spent: Sequence[float]) -> dict[str, float]:
    ordered = sorted(spent)

    def rank(share: float) -> float:
        return round(ordered[max(0, -(-int(share * len(ordered) * 100) // 100) - 1)], 2)

    return {"n": len(ordered), "p50": rank(0.5), "p95": rank(0.95)}


@dataclass(frozen=True, slots=True, kw_only=True)
class TravellerReport:
    """What became of one scripted traveller; no personal data, specimen or not."""

    number: int
    format: str
    reading: str
    checks: tuple[tuple[str, str], ...]
    outcome: str
    steps: int
    milliseconds: dict[str, float] = field(compare=False)

    def facts(self) -> dict[str, object]:
        """Everything that is the same for the same seed."""
        return {
            "number": self.number,
            "format": self.format,
            "reading": self.reading,
            "checks": dict(self.checks),
            "outcome": self.outcome,
            "steps": self.steps,
        }


class ScriptedDesk:
    """One scripted officer at one workplace. ``second`` are name and password of the supervisor who is called."""

    def __init__(
        self,
        hand: TrainingHand,
        services: Services,
        clock: ScriptedClock,
        stages: Stages,
        *,
        second: tuple[str, str],
    ) -> None:
        self._hand = hand
        self._service = services.inspection
        self._clock = clock
        self._stages = stages
        self._second = second
        self._spent: dict[str, float] = {}

    def traveller(self, number: int) -> TravellerReport:
        """Let traveller ``number`` cross. Every seventh comes back out, every fourteenth after too long a stay."""
        leaving = number % 7 == 6
        specimen = self._hand.traveller(number - 6 if leaving else number)
        if leaving:
            self._clock.skip(timedelta(days=45 if number % 14 == 13 else 3))
        self._spent = {}
        crossing = Crossing(
            direction=Direction.EXIT if leaving else Direction.ENTRY,
            transport=list(Transport)[number % len(Transport)],
            coming_from="UTO",
            destination="UTO",
            purpose=list(Purpose)[number % len(Purpose)],
            intended_stay_days=None if leaving else 10,
            permitted_stay_days=None if leaving else 30,
        )
        page = self._scan(specimen)
        with self._timed("open"):
            state = self._service.begin(page, crossing)
        state = self._run(state)
        state, reading = self._settled(state, specimen)
        if number % 5 == 4:
            parked = self._service.act(state, ev.Parked())
            state = self._run(self._service.resume(parked.encounter_id))
        checks = tuple((check.name, check.result.value) for check in state.checks)
        state, outcome = self._decided(state, crossing)
        self._hand.remove()
        return TravellerReport(
            number=number,
            format=specimen.format,
            reading=reading,
            checks=checks,
            outcome=f"{crossing.direction.value}, {outcome}",
            steps=state.steps,
            milliseconds={stage: round(spent, 1) for stage, spent in self._spent.items()},
        )

    def _scan(self, specimen: ShownTraveller) -> PageCapture:
        """Every eleventh document jams once: the officer scans again."""
        self._hand.place(specimen.number, jam=specimen.number % 11 == 10)
        with self._timed("scan"):
            try:
                return self._service.scan(cancel=CancelToken())
            except DeviceError:
                self._hand.place(specimen.number)
                return self._service.scan(cancel=CancelToken())

    def _settled(self, state: InspectionState, specimen: ShownTraveller) -> tuple[InspectionState, str]:
        """The officer's eye and hand until everything is on the screen."""
        reading = "read"
        if state.stage is Stage.READ_TROUBLE:
            reading = "keyed"
            state = self._service.act(state, ev.KeyingChosen())
            state = self._run(self._service.confirm_lines(state, specimen.mrz_lines))
        elif state.stage is Stage.CONFIRMING:
            reading = "confirmed"
            state = self._run(self._service.confirm_lines(state, specimen.mrz_lines))
        if state.stage is Stage.PORTRAIT_TROUBLE:
            state = self._service.act(state, ev.PortraitOmitted(reason="camera"))
        return state, reading

    def _decided(self, state: InspectionState, crossing: Crossing) -> tuple[InspectionState, str]:
        results = {check.result for check in state.checks}
        expired = any(check.name == "document.expiry" and check.result is CheckResult.FAILED for check in state.checks)
        with self._timed("decide"):
            if expired and crossing.direction is Direction.ENTRY:
                state = self._service.refuse(state, crossing, RefusalGround.NO_VALID_DOCUMENT)
                outcome = "refused"
            elif CheckResult.FAILED in results:
                state = self._service.refer(state, crossing, reason="a check failed")
                state = self._run(self._service.act(state, ev.SecondLineOpened()))
                state = self._service.admit(state, crossing, approval=self._seconded(state, crossing))
                outcome = "second line, admitted"
            else:
                state = self._service.admit(state, crossing)
                outcome = "admitted"
        state = self._run(state)
        if outcome == "refused":
            with self._timed("notice"):
                self._service.print_notice(state, language="en", cancel=CancelToken())
        return state, outcome

    def _seconded(self, state: InspectionState, crossing: Crossing) -> str:
        """Where a check still fails in second line, the supervisor comes to the window and signs."""
        if not failed_checks(state.checks):
            return ""
        overrides = self._service.overrides
        asked = overrides.ask(state, crossing, "Both of us compared the document with the bearer.")
        name, password = self._second
        return overrides.sign(asked.request_id, name, Secret.of(password)).request_id

    def _run(self, state: InspectionState) -> InspectionState:
        """Run what is pending, measuring each stage."""
        begun = time.perf_counter()
        stage = state.stage

        def stepped(moved: InspectionState) -> None:
            nonlocal begun, stage
            now = time.perf_counter()
            self._note(_STAGE_NAMES.get(stage, stage.value), (now - begun) * 1000)
            begun, stage = now, moved.stage

        return self._service.run(state, cancel=CancelToken(), on_step=stepped)

    @contextmanager
    def _timed(self, stage: str) -> Iterator[None]:
        begun = time.perf_counter()
        yield
        self._note(stage, (time.perf_counter() - begun) * 1000)

    def _note(self, stage: str, milliseconds: float) -> None:
        self._spent[stage] = self._spent.get(stage, 0.0) + milliseconds
        self._stages.add(stage, milliseconds)
