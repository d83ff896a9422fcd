# SPDX-License-Identifier: Apache-2.0
"""Simulated devices show every fault, on demand and repeatably, and work again when it is over."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TypeVar

import cv2
import numpy as np
import pytest

from devices.registry import Registry
from devices.simulators.chip_reader import ATR
from devices.simulators.driver import SimulatorDriver, SimulatorSettings
from devices.simulators.faults import Fault
from devices.simulators.tray import Gesture
from station.domain.errors import Cancelled, ChipRemoved, DeviceFault, DeviceRemoved
from station.domain.provenance import Illumination
from station.ports.devices import (
    BARCODE_READER,
    CHIP_READER,
    DOCUMENT_SCANNER,
    FACE_CAMERA,
    MRZ_READER,
    PRINTER,
    HealthState,
    MrzReader,
    PrinterCondition,
    PrintJob,
    PrintProgress,
    PrintStage,
    Role,
)
from station.ports.images import EncodedImage
from station.ports.tasks import CancelToken
from tests.contract.benches import LINES, PlainPictures, WallClock, until
from tests.contract.calls import Call

D = TypeVar("D")

JOB = PrintJob("Notice", b"%PDF-1.4\n%%EOF\n")
SELECT = bytes.fromhex("00A4040C07A0000002471001")
CHALLENGE = bytes.fromhex("0084000008")


class Desk:
    """A simulated desk with its registry."""

    def __init__(self, seed: int = 7) -> None:
        settings = SimulatorSettings(seed=seed, scan_seconds=0.0, slow_seconds=0.05, print_seconds=0.0, paper=3)
        self.driver = SimulatorDriver(settings, PlainPictures(), clock=WallClock())
        self.registry = Registry([self.driver], allow_simulated=True)
        self.registry.start()

    def scan(self, traveller: int, *, cancel: CancelToken | None = None) -> EncodedImage:
        self.driver.tray.place(traveller)
        with self.registry.open(DOCUMENT_SCANNER) as scanner:
            return scanner.scan(cancel=cancel or CancelToken()).image

    def print(self) -> None:
        with self.registry.open(PRINTER) as printer:
            printer.print(JOB, cancel=CancelToken())

    def state(self, role: Role[D]) -> HealthState:
        """The health of the simulated device that fills the role."""
        return next(state.health.state for state in self.registry.states() if role in state.info.roles)

    def face(self) -> EncodedImage:
        with self.registry.open(FACE_CAMERA) as camera:
            return camera.capture(cancel=CancelToken()).image


@pytest.fixture
def desk() -> Iterator[Desk]:
    built = Desk()
    yield built
    built.registry.close()


def test_each_placing_gives_one_page(desk: Desk) -> None:
    assert desk.scan(3) == PlainPictures().page(3)
    with desk.registry.open(DOCUMENT_SCANNER) as scanner:
        cancel = CancelToken()
        again = Call(lambda: scanner.scan(cancel=cancel))
        cancel.cancel()
        again.end()
        assert isinstance(again.error, Cancelled)


def test_a_page_that_never_arrived_does_not_use_up_its_placing(desk: Desk) -> None:
    desk.driver.scanner.faults.switch(Fault.JAM, times=1)
    with pytest.raises(DeviceFault, match="jammed"):
        desk.scan(3)
    assert desk.registry.states()[0].health.state is HealthState.TROUBLE
    with desk.registry.open(DOCUMENT_SCANNER) as scanner:
        assert scanner.scan(cancel=CancelToken()).image == PlainPictures().page(3)
    assert desk.registry.states()[0].health.state is HealthState.READY


def test_a_slow_scanner_is_right_in_the_end(desk: Desk) -> None:
    desk.driver.scanner.faults.switch(Fault.SLOW)
    assert desk.scan(5) == PlainPictures().page(5)


def test_a_mute_scanner_ends_with_a_stop(desk: Desk) -> None:
    desk.driver.scanner.faults.switch(Fault.MUTE)
    cancel = CancelToken()
    scanning = Call(lambda: desk.scan(5, cancel=cancel))
    cancel.cancel()
    scanning.end()
    assert isinstance(scanning.error, Cancelled)


def test_a_scanner_that_disconnects_is_gone_until_it_is_plugged_in(desk: Desk) -> None:
    desk.driver.scanner.faults.switch(Fault.DISCONNECT, times=1)
    with pytest.raises(DeviceRemoved):
        desk.scan(5)
    assert desk.registry.states()[0].health.state is HealthState.GONE
    desk.driver.scanner.replug()
    assert desk.scan(6) == PlainPictures().page(6)


def test_garbage_is_no_picture_and_is_equal_for_equal_seeds() -> None:
    given = []
    for seed in (7, 7, 8):
        desk = Desk(seed)
        desk.driver.scanner.faults.switch(Fault.GARBAGE)
        given.append(desk.scan(1).data)
        desk.registry.close()
    assert given[0] == given[1] != given[2]
    assert cv2.imdecode(np.frombuffer(given[0], np.uint8), cv2.IMREAD_COLOR) is None


def test_a_partial_page_is_the_beginning_of_the_page(desk: Desk) -> None:
    desk.driver.scanner.faults.switch(Fault.PARTIAL)
    whole, part = PlainPictures().page(2).data, desk.scan(2).data
    assert len(part) < len(whole)
    assert whole.startswith(part)


def test_a_wrong_answer_is_another_travellers_page(desk: Desk) -> None:
    desk.driver.scanner.faults.switch(Fault.WRONG_ANSWER)
    assert desk.scan(2) == PlainPictures().page(3)


def test_a_fault_lasts_as_many_calls_as_it_was_switched_on_for(desk: Desk) -> None:
    desk.driver.scanner.faults.switch(Fault.WRONG_ANSWER, times=2)
    assert [desk.scan(2) == PlainPictures().page(2) for _ in range(3)] == [False, False, True]


def test_the_camera_sees_who_is_at_the_desk(desk: Desk) -> None:
    def level(image: EncodedImage) -> float:
        picture = cv2.imdecode(np.frombuffer(image.data, np.uint8), cv2.IMREAD_COLOR)
        assert picture is not None
        assert picture.shape == (960, 720, 3)
        return float(picture.mean())

    wall = level(desk.face())
    desk.driver.tray.place(40)
    assert level(desk.face()) == pytest.approx(52, abs=4)  # the plain picture of traveller 40, and a little noise
    desk.driver.tray.remove()
    assert level(desk.face()) == pytest.approx(wall, abs=1)


@pytest.mark.parametrize("fault", [Fault.GARBAGE, Fault.PARTIAL])
def test_a_spoilt_portrait_is_no_whole_picture(fault: Fault, desk: Desk) -> None:
    desk.driver.tray.place(1)
    whole = len(desk.face().data)
    desk.driver.camera.faults.switch(fault)
    spoilt = desk.face().data
    assert not spoilt.endswith(b"\xff\xd9")
    assert len(spoilt) != whole


def test_the_camera_meets_the_faults_of_the_catalogue(desk: Desk) -> None:
    desk.driver.tray.place(1)
    desk.driver.camera.faults.switch(Fault.SLOW)
    assert desk.face().data.startswith(b"\xff\xd8")
    desk.driver.camera.faults.switch(Fault.DISCONNECT)
    with desk.registry.open(FACE_CAMERA) as camera, pytest.raises(DeviceRemoved):
        camera.latest_frame(cancel=CancelToken())
    until(lambda: desk.state(FACE_CAMERA) is HealthState.GONE)


def test_a_page_comes_in_three_lights_that_say_which_they_are(desk: Desk) -> None:
    desk.driver.tray.place(3)
    with desk.registry.open(DOCUMENT_SCANNER) as scanner:
        page = scanner.scan(cancel=CancelToken())
    assert page.provenance.illumination is Illumination.WHITE
    lights = [lit.provenance.illumination for lit in page.further]
    assert lights == [Illumination.INFRARED, Illumination.ULTRAVIOLET]
    assert len({page.image.data, *(lit.image.data for lit in page.further)}) == 3


def test_a_scanner_with_one_light_gives_one_picture() -> None:
    settings = SimulatorSettings(scan_seconds=0.0, further_lights=False)
    driver = SimulatorDriver(settings, PlainPictures(), clock=WallClock())
    registry = Registry([driver], allow_simulated=True)
    registry.start()
    driver.tray.place(3)
    with registry.open(DOCUMENT_SCANNER) as scanner:
        assert scanner.scan(cancel=CancelToken()).further == ()
    registry.close()


def test_what_broke_off_in_white_light_never_came_to_the_other_lights(desk: Desk) -> None:
    desk.driver.scanner.faults.switch(Fault.PARTIAL)
    desk.driver.tray.place(3)
    with desk.registry.open(DOCUMENT_SCANNER) as scanner:
        assert scanner.scan(cancel=CancelToken()).further == ()


def test_the_full_page_reader_scans_and_reads_the_chip_side_by_side(desk: Desk) -> None:
    desk.driver.scanner.faults.switch(Fault.MUTE)
    with desk.registry.open(DOCUMENT_SCANNER) as scanner, desk.registry.open(CHIP_READER) as reader:
        cancel = CancelToken()
        scanning = Call(lambda: scanner.scan(cancel=cancel))
        desk.driver.tray.place(3)
        presence = reader.wait_for_chip(cancel=CancelToken())
        assert presence.atr == ATR
        assert presence.provenance.role == CHIP_READER.name
        assert reader.transmit(SELECT, cancel=CancelToken()) == b"\x90\x00"
        cancel.cancel()
        scanning.end()
        assert isinstance(scanning.error, Cancelled)
        desk.driver.scanner.unplug()
        with pytest.raises(DeviceRemoved):
            reader.transmit(SELECT, cancel=CancelToken())
    assert desk.state(CHIP_READER) is HealthState.GONE


def test_a_chip_knows_its_two_commands_and_gives_equal_challenges_for_equal_seeds() -> None:
    challenges = []
    for seed in (7, 7, 8):
        desk = Desk(seed)
        desk.driver.tray.place(3)
        with desk.registry.open(CHIP_READER) as reader:
            reader.wait_for_chip(cancel=CancelToken())
            challenges.append(reader.transmit(CHALLENGE, cancel=CancelToken()))
            other = bytes.fromhex("00A4040C07A0000002471002")
            assert reader.transmit(other, cancel=CancelToken()) == b"\x6a\x82"
            assert reader.transmit(bytes.fromhex("00B0000000"), cancel=CancelToken()) == b"\x6d\x00"
        desk.registry.close()
    assert len(challenges[0]) == 10
    assert challenges[0].endswith(b"\x90\x00")
    assert challenges[0] == challenges[1] != challenges[2]


def test_a_document_that_is_lifted_takes_its_chip_with_it(desk: Desk) -> None:
    desk.driver.tray.place(3)
    with desk.registry.open(CHIP_READER) as reader:
        reader.wait_for_chip(cancel=CancelToken())
        leaving = Call(lambda: reader.wait_for_removal(cancel=CancelToken()))
        desk.driver.tray.remove()
        leaving.end()
        assert leaving.error is None
        with pytest.raises(ChipRemoved):
            reader.transmit(SELECT, cancel=CancelToken())
        assert desk.state(CHIP_READER) is HealthState.BUSY, "the reader itself is well"
        desk.driver.tray.place(4)
        with pytest.raises(ChipRemoved):
            reader.transmit(SELECT, cancel=CancelToken())
        reader.wait_for_chip(cancel=CancelToken())
        assert reader.transmit(SELECT, cancel=CancelToken()) == b"\x90\x00"


@pytest.mark.parametrize(
    ("fault", "length", "whole"), [(Fault.GARBAGE, 23, False), (Fault.PARTIAL, 1, False), (Fault.SLOW, 2, True)]
)
def test_a_chip_reader_spoils_answers(fault: Fault, length: int, whole: bool, desk: Desk) -> None:
    desk.driver.tray.place(3)
    desk.driver.scanner.switches[CHIP_READER.name].switch(fault)
    with desk.registry.open(CHIP_READER) as reader:
        reader.wait_for_chip(cancel=CancelToken())
        answer = reader.transmit(SELECT, cancel=CancelToken())
    assert len(answer) == length
    assert (answer == b"\x90\x00") is whole


def test_a_chip_reader_can_lose_the_chip_and_refuse_every_command(desk: Desk) -> None:
    switch = desk.driver.scanner.switches[CHIP_READER.name]
    desk.driver.tray.place(3)
    with desk.registry.open(CHIP_READER) as reader:
        reader.wait_for_chip(cancel=CancelToken())
        switch.switch(Fault.WRONG_ANSWER, times=1)
        assert reader.transmit(SELECT, cancel=CancelToken()) == b"\x6f\x00"
        switch.switch(Fault.LIFTED, times=1)
        with pytest.raises(ChipRemoved):
            reader.transmit(SELECT, cancel=CancelToken())
        reader.wait_for_chip(cancel=CancelToken())
        assert reader.transmit(SELECT, cancel=CancelToken()) == b"\x90\x00"


def test_a_swipe_gives_the_lines_of_the_document_and_all_that_came_over_the_wire(desk: Desk) -> None:
    with desk.registry.open(MRZ_READER) as reader:
        desk.driver.tray.move(Gesture.SWIPE, 3)
        mrz = reader.read(cancel=CancelToken())
    assert mrz.lines == LINES
    assert mrz.raw == "".join(f"{line}\r" for line in LINES).encode()


@pytest.mark.parametrize(("role", "gesture"), [(MRZ_READER, Gesture.SWIPE), (BARCODE_READER, Gesture.SHOW_CODE)])
def test_what_nobody_listened_to_never_comes_out_later(role: Role[MrzReader], gesture: Gesture, desk: Desk) -> None:
    desk.driver.tray.move(gesture, 3)
    with desk.registry.open(role) as reader:
        cancel = CancelToken()
        reading = Call(lambda: reader.read(cancel=cancel))
        cancel.cancel()
        reading.end()
        assert isinstance(reading.error, Cancelled)


@pytest.mark.parametrize("fault", [Fault.PARTIAL, Fault.GARBAGE, Fault.WRONG_ANSWER])
def test_spoilt_lines_are_not_those_of_the_document(fault: Fault, desk: Desk) -> None:
    desk.driver.mrz_reader.faults.switch(fault)
    with desk.registry.open(MRZ_READER) as reader:
        desk.driver.tray.move(Gesture.SWIPE, 3)
        assert reader.read(cancel=CancelToken()).lines != LINES


def test_codes_come_whole_or_spoilt(desk: Desk) -> None:
    given = []
    with desk.registry.open(BARCODE_READER) as reader:
        for fault in (None, Fault.PARTIAL, Fault.GARBAGE, Fault.WRONG_ANSWER):
            desk.driver.barcode_reader.faults.switch(fault)
            desk.driver.tray.move(Gesture.SHOW_CODE, 3)
            given.append(reader.read(cancel=CancelToken()).codes[0].content)
    assert given[0] == b"traveller 3"
    assert given[0].startswith(given[1])
    assert given[3] == b"traveller 4"
    assert len(set(given)) == 4


def test_a_printer_puts_its_sheets_out_and_uses_its_paper(desk: Desk) -> None:
    stages: list[PrintStage] = []
    with desk.registry.open(PRINTER) as printer:
        assert [finding.condition for finding in printer.preflight(cancel=CancelToken())] == [
            PrinterCondition.PAPER_LOW
        ]
        printer.print(JOB, cancel=CancelToken(), progress=lambda how: stages.append(how.stage))
    assert stages == [PrintStage.SENDING, PrintStage.PRINTING, PrintStage.OUT]
    assert [sheet.pdf for sheet in desk.driver.paper.sheets] == [JOB.pdf]
    assert desk.driver.paper.paper == 2


@pytest.mark.parametrize("fault", [Fault.JAM, Fault.PAPER_OUT])
def test_a_printer_that_is_held_up_says_why_and_goes_on_when_helped(fault: Fault, desk: Desk) -> None:
    desk.driver.printer.faults.switch(fault)
    seen: list[PrintProgress] = []
    with desk.registry.open(PRINTER) as printer:
        assert printer.preflight(cancel=CancelToken())[0].blocks
        printing = Call(lambda: printer.print(JOB, cancel=CancelToken(), progress=seen.append))
        until(lambda: bool(seen) and seen[-1].stage is PrintStage.HELD_UP)
        assert seen[-1].findings[0].condition.value == fault.value.replace("_", " ")
        assert desk.state(PRINTER) is HealthState.TROUBLE
        desk.driver.printer.faults.switch(None)
        printing.end()
        assert printing.error is None
    assert desk.state(PRINTER) is HealthState.READY


def test_a_printer_without_paper_withdraws_the_job_when_stopped(desk: Desk) -> None:
    for _ in range(3):
        desk.print()
    assert desk.driver.paper.paper == 0
    cancel = CancelToken()
    with desk.registry.open(PRINTER) as printer:
        printing = Call(lambda: printer.print(JOB, cancel=cancel))
        until(lambda: desk.state(PRINTER) is HealthState.TROUBLE)
        cancel.cancel()
        printing.end()
        assert isinstance(printing.error, Cancelled)
    assert len(desk.driver.paper.sheets) == 3
    desk.driver.printer.faults.switch(None)
    desk.driver.paper.fill()
    desk.print()
    assert len(desk.driver.paper.sheets) == 4


def test_a_printer_that_lies_has_put_nothing_out(desk: Desk) -> None:
    desk.driver.printer.faults.switch(Fault.WRONG_ANSWER)
    desk.print()
    assert desk.driver.paper.sheets == ()


@pytest.mark.parametrize("fault", [Fault.GARBAGE, Fault.PARTIAL])
def test_a_printer_that_gave_up_tells_to_look_for_the_sheet(fault: Fault, desk: Desk) -> None:
    desk.driver.printer.faults.switch(fault)
    with pytest.raises(DeviceFault) as gave_up:
        desk.print()
    assert "Look whether a sheet came out" in gave_up.value.next_step.in_english()


def test_sheets_in_a_folder_are_their_owners_and_overwrite_nothing(tmp_path: Path) -> None:
    (tmp_path / "simulated-sheet-001.pdf").write_bytes(b"of yesterday")
    settings = SimulatorSettings(print_seconds=0.0, sheets=tmp_path)
    registry = Registry([SimulatorDriver(settings, PlainPictures(), clock=WallClock())], allow_simulated=True)
    registry.start()
    with registry.open(PRINTER) as printer:
        receipt = printer.print(JOB, cancel=CancelToken())
    registry.close()
    assert receipt.place == str(tmp_path / "simulated-sheet-002.pdf")
    assert Path(receipt.place).read_bytes() == JOB.pdf
    assert Path(receipt.place).stat().st_mode & 0o077 == 0
    assert (tmp_path / "simulated-sheet-001.pdf").read_bytes() == b"of yesterday"
