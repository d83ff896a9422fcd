# SPDX-License-Identifier: Apache-2.0
"""Every fault of the catalogue: in a whole journey on the devices that a journey needs, in one call on the others."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from PySide6.QtCore import Qt

from devices.simulators.faults import CATALOGUE, Fault
from devices.simulators.hand_readers import AWAITS_SWIPE
from devices.simulators.simulated import Simulated
from devices.simulators.specimens.boarding_pass import boarding_pass
from devices.simulators.tray import Gesture
from station.domain.encounter import EncounterStatus, ImageKind
from station.domain.errors import Cancelled, StationError
from station.ports.devices import (
    BARCODE_READER,
    CHIP_READER,
    DOCUMENT_SCANNER,
    FACE_CAMERA,
    MRZ_READER,
    PRINTER,
    ROLES,
    HealthState,
    Role,
)
from station.ports.tasks import CancelToken
from tests.journeys.faults.counter import Counter
from tests.journeys.faults.officer import MOST_ACTS, Officer
from tests.journeys.faults.rows import Row, saved_of
from ui.presenters.inspect_view import Mode

JOURNEY: Final = (DOCUMENT_SCANNER, MRZ_READER, FACE_CAMERA, PRINTER)
CALLED: Final = (CHIP_READER, BARCODE_READER)
_HOLDS_UP: Final = (Fault.JAM, Fault.PAPER_OUT)
_A_MOMENT: Final = 0.2  # seconds until an officer has had enough of a mute device
_SELECT: Final = bytes.fromhex("00A4040C07A0000002471001")


@dataclass(frozen=True, slots=True)
class Met:
    """One case: a fault on the device of a role, by the role's name."""

    role: str
    fault: Fault

    def __str__(self) -> str:
        return f"{self.role} - {self.fault.value}"

    @property
    def needs(self) -> Role[object]:
        """The role."""
        return next(role for role in ROLES if role.name == self.role)

    @property
    def in_journey(self) -> bool:
        """Whether a journey cannot do without the role."""
        return self.role in {role.name for role in JOURNEY}


def every_case() -> list[Met]:
    """All of the catalogue, in the order of a journey."""
    return [Met(role.name, fault) for role in (*JOURNEY, *CALLED) for fault in CATALOGUE[role.name]]


def few_cases() -> list[Met]:
    """One fault of each kind, on the device where it hurts most, and all that takes no journey."""
    chosen = {
        DOCUMENT_SCANNER.name: (Fault.GARBAGE, Fault.JAM),
        FACE_CAMERA.name: (Fault.MUTE, Fault.PARTIAL),
        PRINTER.name: (Fault.PAPER_OUT, Fault.DISCONNECT),
    }
    return [case for case in every_case() if case.fault in chosen.get(case.role, tuple(Fault))]


def device_of(counter: Counter, role: str) -> Simulated:
    """The simulated device that fills a role."""
    return next(device for device in counter.simulators.devices if role in device.switches)


def meet(counter: Counter, case: Met) -> Row:
    """One case. Raises AssertionError where a promise is broken."""
    if not case.in_journey:
        return _called(counter, case)
    kind = SwipedJourney if case.role == MRZ_READER.name else FaultyJourney
    return kind(counter, case).go()


class FaultyJourney:
    """One traveller, during whose inspection a device shows a fault once."""

    def __init__(self, counter: Counter, case: Met) -> None:
        self.counter = counter
        self.case = case
        self.device = device_of(counter, case.role)
        self.switch = self.device.switches[case.role]
        self.officer = Officer(counter, away=lambda _role: False, refuses=case.role == PRINTER.name)
        self.officer.page_is_bad = True
        self.saw: list[str] = []
        self.steps: list[str] = []
        self.ways: list[str] = []

    def go(self) -> Row:
        """From the document to the record."""
        counter, case = self.counter, self.case
        counter.settled()
        counter.heart.rest()
        self.switch.switch(case.fault, times=1)
        self._begin()
        for _ in range(MOST_ACTS):
            self._wait()
            self.officer.note()
            if self.officer.ended(EncounterStatus.RECORDED):
                break
            self._look()
            self.officer.act()
        else:
            raise AssertionError(f"no end: {counter.mode}, {counter.banner()}")
        if case.fault not in _NO_WORD:
            assert self.saw, "the officer was told nothing"
        return Row(
            fault=case.fault.value.replace("_", " "),
            step=", ".join(dict.fromkeys(self.steps)) or "–",
            device=case.needs.title.in_english().lower(),
            way_out=", ".join(dict.fromkeys(self.ways)) or "goes on by itself",
            saw=" / ".join(dict.fromkeys(self.saw)) or self._no_word(),
            saved=self._saved(),
            worst=counter.heart.rest(),
        )

    def _begin(self) -> None:
        self.officer.place()

    def _wait(self) -> None:
        """Until the page wants something, or the device is met that does not answer or cannot go on."""
        counter = self.counter
        counter.until(lambda: self._stuck() or self._at_rest(), f"an end of {counter.banner()}")
        if not self._stuck():
            return
        if self.case.fault in _HOLDS_UP:
            counter.until(lambda: counter.bar(self.case.needs) != "", "the device bar")
            counter.until(lambda: _names(counter.banner(), self.case.fault), f"why it waits, not: {counter.banner()}")
            self._saw("printing the notice")
            self.ways.append("somebody helps the printer")
            self.switch.switch(None)
        elif counter.mode is Mode.IDLE:
            self._saw("capturing the page")
            self.ways.append("Enter scans again")
            counter.press(Qt.Key.Key_Return)
        else:
            portrait = self.case.role == FACE_CAMERA.name
            counter.until(lambda: not portrait or "portrait" in counter.banner(), "the banner of the camera")
            self._saw("taking the portrait" if portrait else "printing the notice")
            self.ways.append("Esc stops, then once more")
            counter.press(Qt.Key.Key_Escape)
        counter.until(self._at_rest, "what comes after")

    def _at_rest(self) -> bool:
        """Nothing runs; the scanner waits for the next document, or was never asked for this one."""
        if self.counter.mode is Mode.WORKING:
            return False
        flow = self.counter.presenter._flow
        return not flow.lane.busy or (flow.waiting and self.officer.encounter is not None)

    def _stuck(self) -> bool:
        counter, device = self.counter, self.device.info.device_id
        if self.case.fault in _HOLDS_UP and self.case.role == PRINTER.name:
            held = counter.health(device).health.state is HealthState.TROUBLE
            return held and counter.mode is Mode.WORKING and self.switch.current is not None
        used_up = self.switch.current is None and not self.ways
        return self.case.fault is Fault.MUTE and used_up and self._in_its_work()

    def _in_its_work(self) -> bool:
        """Whether the page waits for the device that is mute, and for nothing else."""
        if self.case.role == DOCUMENT_SCANNER.name:
            return self.counter.mode is Mode.IDLE
        return self.counter.mode is Mode.WORKING

    def _look(self) -> None:
        """What stands in the way now."""
        counter, flow = self.counter, self.counter.presenter._flow
        if flow.woe is None:
            return
        step = {Mode.IDLE: "capturing the page", Mode.DONE: "printing the notice"}.get(counter.mode or Mode.IDLE)
        state = counter.state
        self._saw(step or (state.stage.value if state is not None else ""))
        if self.device.gone:
            self.ways.append("plugged in again")
            counter.elsewhere(self.device.replug)
            counter.until(lambda: not _gone(counter, self.device), "the device")
            counter.settled()
        elif not self.ways:
            self.ways.append("once more")

    def _no_word(self) -> str:
        if self.case.fault is Fault.WRONG_ANSWER and self.case.role == PRINTER.name:
            return "no word: the tray is empty, which the officer has to see; Ctrl+P prints again"
        return _NO_WORD[self.case.fault]

    def _saw(self, step: str) -> None:
        self.steps.append(step)
        self.saw.append(self.counter.banner())

    def _saved(self) -> str:
        counter, encounter = self.counter, self.officer.encounter
        assert encounter is not None
        record = counter.record(encounter)
        assert record.status is EncounterStatus.RECORDED
        assert record.document is not None
        assert record.crossing.transport
        assert record.crossing.purpose
        kinds = [image.kind for image in record.images]
        assert ImageKind.PAGE in kinds or self.case.role == MRZ_READER.name
        for image in record.images:
            assert counter.service.image(image) is not None, "a picture of the record is not in the store"
        return saved_of(record)


class SwipedJourney(FaultyJourney):
    """The document is swiped; where that helps nobody it is laid on the scanner."""

    def _begin(self) -> None:
        counter, officer, name = self.counter, self.officer, self.device.info.device_id
        # In use it is before its session is made; a swipe in between is nobody's.
        counter.until(lambda: counter.health(name).health.says == AWAITS_SWIPE, "somebody who listens")
        counter.next_traveller(come_already=False)
        officer.placed = officer.distrusts = True
        before = counter.window.view.log
        counter.elsewhere(lambda: counter.simulators.tray.move(Gesture.SWIPE, counter.traveller))

        def told() -> bool:
            if counter.mode is not Mode.IDLE:
                return True
            if self.case.fault is Fault.MUTE:
                return self.switch.current is None
            woe = counter.presenter._flow.woe
            return bool(counter.bar(MRZ_READER)) or woe is not None or counter.window.view.log != before

        counter.until(told, "what comes of the swipe")
        if counter.mode is not Mode.IDLE:
            return
        log = counter.window.view.log
        line = counter.bar(MRZ_READER) or (log.says.in_english() if log is not None and log != before else "")
        self.steps.append("swiping")
        self.saw.append(line or counter.banner())
        self.ways.append("the page is scanned instead")
        counter.elsewhere(self.device.replug)
        counter.place_again()

    def _stuck(self) -> bool:
        return False

    def _look(self) -> None:
        if self.counter.mode in (Mode.DOUBT, Mode.KEYING) and not self.ways:
            self._saw("swiping")
            self.ways.append("the page is scanned instead")
            return
        super()._look()


#: Faults that no machine can notice: what is left is the officer's eye.
_NO_WORD: Final = {
    Fault.SLOW: "nothing but tenths of seconds that go on",
    Fault.WRONG_ANSWER: "no word: face, page and traveller do not match, which the officer has to see",
}


def _gone(counter: Counter, device: Simulated) -> bool:
    return counter.health(device.info.device_id).health.state is HealthState.GONE


def _names(sentence: str, fault: Fault) -> bool:
    return {Fault.JAM: "jam", Fault.PAPER_OUT: "paper"}[fault] in sentence.lower()


# ── roles that no journey needs yet: one call, as the bench makes it ───────────────────────────────────────────


def _called(counter: Counter, case: Met) -> Row:
    device = device_of(counter, case.role)
    counter.heart.rest()
    device.switches[case.role].switch(case.fault, times=1)
    said: list[str] = []
    counter.elsewhere(lambda: said.append(_call(counter, case)))
    device.switches[case.role].switch(None)
    counter.elsewhere(device.replug)
    return Row(
        fault=case.fault.value.replace("_", " "),
        step="one call",
        device=case.needs.title.in_english().lower(),
        way_out="–",
        saw=said[0],
        saved="nothing was to be saved",
        worst=counter.heart.rest(),
    )


def _call(counter: Counter, case: Met) -> str:
    """The call, stopped after a moment when it is met by silence; what it came to in words."""
    cancel = CancelToken()
    stop = threading.Timer(_A_MOMENT, cancel.cancel)
    if case.fault is Fault.MUTE:
        stop.start()
    try:
        return _CALLS[case.role](counter, cancel)
    except Cancelled:
        return "nothing until the officer stops it, which frees the device at once"
    except StationError as problem:
        return f"{problem.cause.in_english()} {problem.next_step.in_english()}"
    finally:
        stop.cancel()


def _chip(counter: Counter, cancel: CancelToken) -> str:
    counter.simulators.tray.place(0)
    with counter.place.devices.open_device(CHIP_READER, counter.simulators.scanner.info.device_id) as reader:
        reader.wait_for_chip(cancel=cancel)
        answer = reader.transmit(_SELECT, cancel=cancel)
    sound = {b"\x90\x00": "the right answer", b"\x6f\x00": "an answer that refuses the command"}
    return sound.get(answer, f"an answer of {len(answer)} bytes that is none (ISO/IEC 7816-4)")


def _code(counter: Counter, cancel: CancelToken) -> str:
    name = counter.simulators.barcode_reader.info.device_id
    with counter.place.devices.open_device(BARCODE_READER, name) as reader:
        counter.simulators.tray.move(Gesture.SHOW_CODE, 0)
        given = reader.read(cancel=cancel).codes[0].content
    truth = boarding_pass(counter.place.stock.traveller(0))
    if given == truth:
        return "the right code"
    if truth.startswith(given):
        return f"{len(given)} of {len(truth)} bytes"
    return (
        "a code of another traveller" if len(given) == len(truth) and given[:2] == b"M1" else "bytes that mean nothing"
    )


_CALLS: Final[dict[str, Callable[[Counter, CancelToken], str]]] = {
    CHIP_READER.name: _chip,
    BARCODE_READER.name: _code,
}
