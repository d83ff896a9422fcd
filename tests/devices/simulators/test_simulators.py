# SPDX-License-Identifier: Apache-2.0
"""Simulated devices show every fault, on demand and repeatably, and work again when it is over."""

from __future__ import annotations

from collections.abc import Iterator

import cv2
import numpy as np
import pytest

from devices.registry import Registry
from devices.simulators import document_scanner, face_camera
from devices.simulators.driver import SimulatorDriver, SimulatorSettings
from devices.simulators.faults import Fault
from station.domain.errors import Cancelled, DeviceFault, DeviceRemoved
from station.ports.devices import DOCUMENT_SCANNER, FACE_CAMERA, HealthState
from station.ports.images import EncodedImage
from station.ports.tasks import CancelToken
from tests.contract.benches import PlainPictures, WallClock, until
from tests.contract.calls import Call


class Desk:
    """A simulated desk with its registry."""

    def __init__(self, seed: int = 7) -> None:
        settings = SimulatorSettings(seed=seed, scan_seconds=0.0)
        self.driver = SimulatorDriver(settings, PlainPictures(), clock=WallClock())
        self.registry = Registry([self.driver], allow_simulated=True)
        self.registry.start()

    def scan(self, traveller: int, *, cancel: CancelToken | None = None) -> EncodedImage:
        self.driver.tray.place(traveller)
        with self.registry.open(DOCUMENT_SCANNER) as scanner:
            return scanner.scan(cancel=cancel or CancelToken()).image

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


def test_a_slow_scanner_is_right_in_the_end(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(document_scanner, "SLOW_SECONDS", 0.05)
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


def test_the_cameras_faults_are_those_of_the_catalogue(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(face_camera, "SLOW_SECONDS", 0.01)
    desk.driver.tray.place(1)
    desk.driver.camera.faults.switch(Fault.SLOW)
    assert desk.face().data.startswith(b"\xff\xd8")
    desk.driver.camera.faults.switch(Fault.JAM)
    with pytest.raises(DeviceFault):
        desk.face()
    desk.driver.camera.faults.switch(Fault.DISCONNECT)
    with desk.registry.open(FACE_CAMERA) as camera, pytest.raises(DeviceRemoved):
        camera.latest_frame(cancel=CancelToken())
    until(lambda: desk.registry.states()[1].health.state is HealthState.GONE)
