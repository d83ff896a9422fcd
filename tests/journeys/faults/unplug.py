# SPDX-License-Identifier: Apache-2.0
"""Pull any device at any step of an inspection, see what the officer sees, and finish: plugged in again, or without."""

from __future__ import annotations

import enum
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from random import Random
from typing import Final

from PySide6.QtCore import Qt

from devices.simulators.faults import Fault
from devices.simulators.simulated import Simulated
from station.domain.encounter import EncounterStatus
from station.inspection.table import Effect, Stage
from station.ports.devices import DOCUMENT_SCANNER, FACE_CAMERA, MRZ_READER, PRINTER, HealthState, Role
from tests.journeys.faults.counter import Counter
from tests.journeys.faults.officer import MOST_ACTS, Officer
from tests.journeys.faults.rows import Row, saved_of
from tests.ui.desk import KnownEngine
from tests.ui.presenters.test_inspect import doubt
from ui.presenters.inspect_view import Mode, PromptKind

MOST_MS: Final = 400  # by then an unhindered journey stands at the decision
#: Words of which one is in every true sentence about a device that is away.
AWAY: Final = ("nplugged", "not attached", "Not attached", "No device is attached", "none attached", "Stands in")


class WayOut(enum.Enum):
    """How the officer goes on."""

    REPLUG = "plugged in again"
    WITHOUT = "without it"


class Step(enum.Enum):
    """Where in the journey the plug is pulled: every stage of the table, and in the middle of each device's work."""

    WAITING = "waiting for a document"
    CAPTURING = "capturing the page"
    READING = "reading the MRZ"
    READ_TROUBLE = "page not read"
    CONFIRMING = "doubtful characters"
    KEYING = "keying the MRZ"
    CHECKING = "checks"
    CHECK_TROUBLE = "checks failed"
    PORTRAIT = "before the portrait"
    TAKING = "taking the portrait"
    PORTRAIT_TROUBLE = "no portrait"
    DECIDING = "deciding, entries typed"
    REFERRED = "referred to second line"
    PARKED = "parked"
    RECORDING = "keeping the record"
    RECORD_TROUBLE = "record not kept"
    PRINTING = "printing the notice"
    RECORDED = "recorded, notice out"
    ABANDONED = "ended without a decision"


#: The stage of the table in which each step stands: the sweep leaves none out (see the test).
STAGES: Final = {
    Step.WAITING: Stage.WAITING,
    Step.CAPTURING: Stage.WAITING,
    Step.READING: Stage.READING,
    Step.READ_TROUBLE: Stage.READ_TROUBLE,
    Step.CONFIRMING: Stage.CONFIRMING,
    Step.KEYING: Stage.KEYING,
    Step.CHECKING: Stage.CHECKING,
    Step.CHECK_TROUBLE: Stage.CHECK_TROUBLE,
    Step.PORTRAIT: Stage.PORTRAIT,
    Step.TAKING: Stage.PORTRAIT,
    Step.PORTRAIT_TROUBLE: Stage.PORTRAIT_TROUBLE,
    Step.DECIDING: Stage.DECIDING,
    Step.REFERRED: Stage.REFERRED,
    Step.PARKED: Stage.PARKED,
    Step.RECORDING: Stage.RECORDING,
    Step.RECORD_TROUBLE: Stage.RECORD_TROUBLE,
    Step.PRINTING: Stage.RECORDED,
    Step.RECORDED: Stage.RECORDED,
    Step.ABANDONED: Stage.ABANDONED,
}


@dataclass(frozen=True, slots=True)
class Pulled:
    """One case of the sweep."""

    step: Step
    device: str  # as in DEVICES
    way_out: WayOut

    def __str__(self) -> str:
        return f"{self.device} - {self.step.value} - {self.way_out.value}"


#: The devices a journey uses, and the role in which it does.
DEVICES: Final[dict[str, tuple[Callable[[Counter], Simulated], Role[object]]]] = {
    "page scanner": (lambda counter: counter.simulators.scanner, DOCUMENT_SCANNER),
    "camera": (lambda counter: counter.simulators.camera, FACE_CAMERA),
    "printer": (lambda counter: counter.simulators.printer, PRINTER),
    "MRZ reader": (lambda counter: counter.simulators.mrz_reader, MRZ_READER),
}
_IN_USE: Final = {
    (Step.WAITING, "page scanner"),
    (Step.CAPTURING, "page scanner"),
    (Step.TAKING, "camera"),
    (Step.PRINTING, "printer"),
}
#: Where a device is used later on: its absence must be said at least in the device bar.
_MUTE: Final = {Step.TAKING: Qt.Key.Key_Escape, Step.PRINTING: Qt.Key.Key_Escape, Step.CAPTURING: Qt.Key.Key_Return}


class Journey:
    """One encounter from an empty desk to its end, with a plug pulled on the way."""

    def __init__(self, counter: Counter, case: Pulled) -> None:
        self.counter = counter
        self.case = case
        find, self.role = DEVICES[case.device]
        self.device = find(counter)
        refuses = case.device == "printer" or case.step in (Step.PRINTING, Step.RECORDED)
        self.officer = Officer(counter, away=self._away, refuses=refuses)

    @property
    def where(self) -> str:
        """The step, in words."""
        return self.case.step.value

    def go(self) -> Row:
        """The whole of it. Raises AssertionError where a promise is broken."""
        counter = self.counter
        counter.settled()
        counter.heart.rest()
        self._reach()
        self.officer.note()
        counter.elsewhere(self.device.unplug)
        counter.gone(self.device.info.device_id)
        counter.gate.release()
        self._let_go_of_the_mute()
        saw = self._look()
        self._compare()
        if self.case.way_out is WayOut.REPLUG:
            self._plug_in()
        self._finish()
        if self.case.way_out is WayOut.WITHOUT:
            self._plug_in()
        return Row(
            fault="unplugged",
            step=self.where,
            device=self.case.device,
            way_out=self.case.way_out.value,
            saw=saw,
            saved=self._saved(),
            worst=counter.heart.rest(),
        )

    # ── to the step ────────────────────────────────────────────────────────────────────────────────────────

    def _reach(self) -> None:
        counter, gate, simulators = self.counter, self.counter.gate, self.counter.simulators
        engine = counter.place.engine
        assert isinstance(engine, KnownEngine)
        engine.blind, engine.doubts = False, ()
        match self.case.step:
            case Step.WAITING:
                return
            case Step.CAPTURING:
                simulators.scanner.faults.switch(Fault.MUTE, times=1)
                self.officer.place()
                counter.until(lambda: simulators.scanner.faults.current is None, "the scan")
            case Step.READING:
                self._place_and_hold(Effect.READ_PAGE)
            case Step.READ_TROUBLE:
                engine.blind = True
                self._place_until(Mode.TROUBLE)
                engine.blind = False
            case Step.CONFIRMING:
                engine.doubts = (doubt(0, 6, "I", "J"),)
                self._place_until(Mode.DOUBT)
            case Step.KEYING:
                counter.press(Qt.Key.Key_F2)
                counter.window.until_mode(Mode.KEYING)
            case Step.CHECKING:
                self._place_and_hold(Effect.RUN_CHECKS)
            case Step.CHECK_TROUBLE:
                gate.fail = Effect.RUN_CHECKS
                self._place_until(Mode.TROUBLE)
            case Step.PORTRAIT:
                self._place_and_hold(Effect.TAKE_PORTRAIT)
            case Step.TAKING:
                simulators.camera.faults.switch(Fault.MUTE, times=1)
                self.officer.place()
                counter.until(lambda: simulators.camera.faults.current is None, "the camera")
            case Step.PORTRAIT_TROUBLE:
                simulators.camera.faults.switch(Fault.GARBAGE, times=1)
                self._place_until(Mode.TROUBLE)
            case _:
                self._place_until(Mode.DECIDING)
                self._decide_to()

    def _decide_to(self) -> None:
        counter, gate = self.counter, self.counter.gate
        counter.fill_in()
        match self.case.step:
            case Step.REFERRED:
                self.officer.note()
                counter.press(Qt.Key.Key_F6)
                counter.write("look again")
                counter.press(Qt.Key.Key_Return)
                counter.window.until_mode(Mode.IDLE)
            case Step.PARKED:
                self.officer.note()
                counter.press(Qt.Key.Key_F4)
                counter.window.until_mode(Mode.IDLE)
            case Step.RECORDING:
                gate.close(Effect.RECORD)
                self.officer.decide()
                counter.until(gate.reached.is_set, "the record")
            case Step.RECORD_TROUBLE:
                gate.fail = Effect.RECORD
                self.officer.decide()
                counter.window.until_mode(Mode.TROUBLE)
            case Step.PRINTING:
                counter.simulators.printer.faults.switch(Fault.MUTE, times=1)
                self.officer.decide()
                counter.until(lambda: counter.simulators.printer.faults.current is None, "the printer")
            case Step.RECORDED:
                self.officer.decide()
                counter.until(lambda: self.counter.presenter._flow.notice is not None, "the notice")
            case Step.ABANDONED:
                self.officer.note()
                counter.press(Qt.Key.Key_Escape)
                counter.until(lambda: counter.asked is PromptKind.LEAVE, "the question why")
                counter.write("left the desk")
                counter.press(Qt.Key.Key_Return)
                counter.window.until_mode(Mode.IDLE)

    def _place_until(self, mode: Mode) -> None:
        self.officer.place()
        self.counter.window.until_mode(mode)
        self.counter.settled()

    def _place_and_hold(self, effect: Effect) -> None:
        self.counter.gate.close(effect)
        self.officer.place()
        self.counter.until(self.counter.gate.reached.is_set, f"the work before {effect.value}")

    # ── at the step ────────────────────────────────────────────────────────────────────────────────────────

    def _let_go_of_the_mute(self) -> None:
        """A device that never answers is stopped by the officer, unless its plug was the one that was pulled."""
        key = _MUTE.get(self.case.step)
        if key is not None and (self.case.step, self.case.device) not in _IN_USE:
            self.counter.press(key)
        self.counter.settled()

    def _look(self) -> str:
        """What the officer reads now, which must be true."""
        counter, used = self.counter, (self.case.step, self.case.device) in _IN_USE
        counter.until(lambda: _true(counter.bar(self.role)), f"a true device bar: {counter.bar(self.role)}")
        if not used:
            return f"bar: {counter.bar(self.role)}"
        counter.until(lambda: _true(counter.banner()), f"a true sentence, not: {counter.banner()}")
        return counter.banner()

    def _compare(self) -> None:
        """What the officer was told is what the journal gives, once what is on its way has come.

        A step is kept before it is told, on another thread: for a moment the journal may be ahead. It is never behind.
        """
        self.counter.until(self._agree, "the officer told what the journal gives")

    def _agree(self) -> bool:
        self.officer.note()
        told = self.counter.state
        if told is None:
            return True
        kept = self.counter.replayed(told.encounter_id)
        if told.stage is Stage.RECORD_TROUBLE:  # the store could not be written: it stands one step before
            kept = replace(kept, stage=told.stage)
        if replace(told, trouble=None) == replace(kept, trouble=None):
            return True
        assert replace(told, trouble=None) in self.counter.past(told), "the officer was told what was never kept"
        return False

    def _plug_in(self) -> None:
        self.counter.elsewhere(self.device.replug)
        name = self.device.info.device_id
        self.counter.until(lambda: self.counter.health(name).health.state is not HealthState.GONE, "the device")

    # ── to the end ─────────────────────────────────────────────────────────────────────────────────────────

    def _finish(self) -> None:
        end = EncounterStatus.ABANDONED if self.case.step is Step.ABANDONED else EncounterStatus.RECORDED
        for _ in range(MOST_ACTS):
            self.counter.settled()
            self.officer.note()
            self._compare()
            if self.officer.ended(end):
                return
            self.officer.act()
        raise AssertionError(f"no end: {self.counter.mode}, {self.counter.banner()}")

    def _away(self, role: Role[object]) -> bool:
        return self.role is role and self.device.gone

    def _saved(self) -> str:
        encounter = self.officer.encounter
        assert encounter is not None
        record = self.counter.record(encounter)
        if self.case.step is Step.ABANDONED:
            assert record.abandoned_reason == "left the desk"
            return "whole: ended, with the reason"
        assert record.document is not None
        assert record.crossing.transport
        assert record.crossing.purpose
        assert record.final_decision is not None
        assert self.counter.replayed(encounter).stage is Stage.RECORDED
        for image in record.images:
            assert self.counter.service.image(image) is not None, "a picture of the record is not in the store"
        return saved_of(record)


@dataclass(frozen=True, slots=True)
class Moment:
    """A case without a step: the plug is pulled so many milliseconds after the document was placed."""

    device: str
    milliseconds: int
    way_out: WayOut

    def __str__(self) -> str:
        return f"{self.device} - after {self.milliseconds} ms - {self.way_out.value}"


class AnyMoment(Journey):
    """A journey that nothing holds, and a plug pulled wherever it has come to by then."""

    def __init__(self, counter: Counter, moment: Moment) -> None:
        super().__init__(counter, Pulled(Step.DECIDING, moment.device, moment.way_out))
        self._moment = moment

    @property
    def where(self) -> str:
        """In words."""
        return "at any moment"

    def _reach(self) -> None:
        self.officer.place()
        at = time.monotonic() + self._moment.milliseconds / 1000
        self.counter.until(lambda: time.monotonic() >= at, "the moment")


def moments(count: int, *, seed: int) -> list[Moment]:
    """Moments drawn by chance; equal seeds give equal ones."""
    random = Random(seed)
    return [
        Moment(list(DEVICES)[place % len(DEVICES)], random.randrange(MOST_MS), list(WayOut)[place // 4 % 2])
        for place in range(count)
    ]


def _true(sentence: str) -> bool:
    return any(words in sentence for words in AWAY)


def every_case() -> list[Pulled]:
    """The whole sweep."""
    return [Pulled(step, device, way_out) for step in Step for device in DEVICES for way_out in WayOut]


def few_cases() -> list[Pulled]:
    """Every step, and every device in the middle of its work both ways; each device takes its turn at the others."""
    used = [Pulled(step, device, way_out) for step, device in sorted(_IN_USE, key=str) for way_out in WayOut]
    turns = [
        Pulled(step, list(DEVICES)[place % len(DEVICES)], list(WayOut)[place // 2 % 2])
        for place, step in enumerate(Step)
        if not any(step is other for other, _ in _IN_USE)
    ]
    return used + turns
