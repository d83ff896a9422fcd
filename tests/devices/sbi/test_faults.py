# SPDX-License-Identifier: Apache-2.0
"""Each fault of a scanner is said truly, with a next step, and never costs a wrong finger."""

from __future__ import annotations

import re
import threading

import pytest

from devices.sbi.words import FingersMissed, of_code
from devices.simulators.sbi.desk import SbiDesk
from devices.simulators.sbi.faults import CATALOGUE, ScannerFault
from station.domain.errors import Cancelled, DeviceBusy, DeviceError, DeviceFault, DeviceRemoved, DeviceSilent
from station.ports.bench import FaultDesk
from station.ports.devices import FINGERPRINT_SCANNER, HealthState
from station.ports.fingers import FingerPosition, FingerRequest, MissingReason
from station.ports.images import EncodedImage
from station.ports.tasks import CancelToken
from tests.contract.benches import until
from tests.contract.calls import Call
from tests.devices.sbi.rig import LEFT_SLAP, RIGHT_SLAP, THUMBS, found, session, simulated

SAID = [
    (
        ScannerFault.DISCONNECT,
        DeviceRemoved,
        "service has ended|not attached any more",
    ),  # the call, or a look, was first
    (ScannerFault.GARBAGE, DeviceFault, "makes no sense"),
    (ScannerFault.PARTIAL, DeviceFault, "broke off in the middle"),
    (ScannerFault.WRONG_ANSWER, DeviceFault, "another capture"),
    (ScannerFault.BAD_SIGNATURE, DeviceFault, "signature"),
    (ScannerFault.FEWER_FINGERS, FingersMissed, "got 3 of 4 fingers"),
    (ScannerFault.NO_FINGER, FingersMissed, "saw no finger"),
]


@pytest.mark.parametrize(("fault", "kind", "words"), SAID, ids=lambda value: getattr(value, "name", ""))
def test_a_fault_is_named_truly(fault: ScannerFault, kind: type[DeviceError], words: str) -> None:
    with simulated() as simulator, session(simulator) as scanner:
        simulator.faults.switch(fault, times=1)
        with pytest.raises(kind) as said:
            scanner.capture(LEFT_SLAP, cancel=CancelToken())
        cause, step = said.value.cause.in_english(), said.value.next_step.in_english()
        assert re.search(words, cause)
        assert step
        for text in (cause, step):
            assert "network" not in text.lower()
            assert "internet" not in text.lower()


def test_after_each_passing_fault_the_next_capture_works() -> None:
    with simulated() as simulator, session(simulator) as scanner:
        for fault, _, _ in SAID:
            if fault is ScannerFault.DISCONNECT:
                continue
            simulator.faults.switch(fault, times=1)
            with pytest.raises(DeviceError):
                scanner.capture(LEFT_SLAP, cancel=CancelToken())
            assert len(scanner.capture(LEFT_SLAP, cancel=CancelToken()).samples) == 4


def test_every_fault_of_the_catalogue_has_its_words() -> None:
    assert set(CATALOGUE) == set(ScannerFault)


def test_the_missing_fourth_finger_is_named_and_the_device_is_well() -> None:
    with simulated() as simulator, found(simulator) as registry:
        with registry.open(FINGERPRINT_SCANNER) as scanner:
            simulator.faults.switch(ScannerFault.FEWER_FINGERS, times=1)
            with pytest.raises(FingersMissed) as said:
                scanner.capture(RIGHT_SLAP, cancel=CancelToken())
        assert "Missing: right " in said.value.cause.in_english()
        assert "mark it as missing" in said.value.next_step.in_english()
        assert registry.states()[0].health.state is HealthState.READY


def test_a_low_quality_is_a_value() -> None:
    with simulated() as simulator, session(simulator) as scanner:
        simulator.faults.switch(ScannerFault.LOW_QUALITY, times=1)
        fingers = scanner.capture(LEFT_SLAP, cancel=CancelToken())
        assert len(fingers.samples) == 4
        assert all(
            sample.quality is not None and sample.quality < LEFT_SLAP.least_quality for sample in fingers.samples
        )


def test_a_capture_given_again_is_refused() -> None:
    with simulated() as simulator, session(simulator) as scanner:
        scanner.capture(LEFT_SLAP, cancel=CancelToken())
        simulator.faults.switch(ScannerFault.REPLAY, times=1)
        with pytest.raises(DeviceFault) as said:
            scanner.capture(LEFT_SLAP, cancel=CancelToken())
        assert "another capture" in said.value.cause.in_english()


def test_a_scanner_that_is_not_ready_says_so_before_anybody_asks() -> None:
    with simulated() as simulator:
        simulator.faults.switch(ScannerFault.NOT_READY)
        with found(simulator, state=HealthState.TROUBLE) as registry:
            assert "not ready" in registry.states()[0].health.says.in_english()
            with registry.open(FINGERPRINT_SCANNER) as scanner, pytest.raises(DeviceFault) as said:
                scanner.capture(LEFT_SLAP, cancel=CancelToken())
            assert "not ready" in said.value.cause.in_english()
            simulator.faults.switch(None)
            until(lambda: registry.states()[0].health.state is HealthState.READY)


def test_a_slow_scanner_gives_its_fingers(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("devices.simulators.sbi.server.SLOW_SECONDS", 0.2)
    with simulated() as simulator, session(simulator) as scanner:
        simulator.faults.switch(ScannerFault.SLOW, times=1)
        assert len(scanner.capture(LEFT_SLAP, cancel=CancelToken()).samples) == 4


def test_the_desk_switches_faults_and_plugs_by_name() -> None:
    with simulated() as simulator, found(simulator) as registry:
        desk: FaultDesk = SbiDesk(simulator)
        mine = registry.states()[0].info.device_id
        assert [choice.name for choice in desk.choices(mine)] == [fault.value for fault in CATALOGUE]
        desk.switch(mine, "fewer_fingers", times=1)
        assert desk.current(mine) == "fewer_fingers"
        for stranger, fault in (("other", "mute"), (mine, "no such fault")):
            desk.switch(stranger, fault)
            assert desk.current(mine) == "fewer_fingers"
        assert desk.choices("other") == ()
        assert desk.current("other") is None
        desk.switch(mine, None)
        assert desk.current(mine) is None
        desk.unplug("other")
        assert simulator.port is not None
        desk.unplug(mine)
        until(lambda: registry.states()[0].health.state is HealthState.GONE)
        desk.replug(mine)
        until(lambda: registry.states()[0].health.state is HealthState.READY)


def test_a_capture_does_not_hold_up_the_live_picture() -> None:
    with simulated() as simulator, session(simulator) as scanner:
        simulator.faults.switch(ScannerFault.SLOW, times=1)
        stop = CancelToken()
        capturing = Call(lambda: scanner.capture(LEFT_SLAP, cancel=stop))
        frames = {scanner.latest_frame(cancel=CancelToken()).data for _ in range(5)}
        assert len(frames) == 5
        assert capturing.result is None
        stop.cancel()
        capturing.end()
        assert isinstance(capturing.error, Cancelled)


def test_the_live_picture_follows_the_capture_to_its_part_of_the_glass() -> None:
    """The left slap is watched, the right one is captured: who waits for a frame gets one of the right slap."""
    with simulated() as simulator, session(simulator) as scanner:
        scanner.latest_frame(cancel=CancelToken())
        simulator.faults.switch(ScannerFault.MUTE)
        watching = Call(lambda: scanner.latest_frame(cancel=CancelToken()))
        stop = CancelToken()
        capturing = Call(lambda: scanner.capture(RIGHT_SLAP, cancel=stop))
        threading.Event().wait(0.3)
        simulator.faults.switch(None)
        watching.end()
        assert isinstance(watching.result, EncodedImage)
        stop.cancel()
        capturing.end()


def test_a_live_picture_that_fails_is_the_scanners_trouble_until_one_comes() -> None:
    with simulated() as simulator, found(simulator) as registry, registry.open(FINGERPRINT_SCANNER) as scanner:
        simulator.faults.switch(ScannerFault.NOT_READY)
        with pytest.raises(DeviceFault, match="not ready"):
            scanner.latest_frame(cancel=CancelToken())
        assert registry.states()[0].health.state is HealthState.TROUBLE
        simulator.faults.switch(None)
        assert scanner.latest_frame(cancel=CancelToken()).media_type == "image/jpeg"
        assert registry.states()[0].health.state is HealthState.BUSY


def test_a_mute_scanner_is_silent_and_not_a_missing_network(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("devices.sbi.scanner._GRACE_SECONDS", 0.1)
    with simulated() as simulator, session(simulator) as scanner:
        simulator.faults.switch(ScannerFault.MUTE, times=1)
        with pytest.raises(DeviceSilent) as said:
            scanner.capture(FingerRequest(positions=LEFT_SLAP.positions, seconds=0.1), cancel=CancelToken())
        assert "has not answered" in said.value.cause.in_english()


def test_a_finger_marked_as_missing_is_not_waited_for_and_keeps_its_reason() -> None:
    missing = (
        (FingerPosition.LEFT_RING, MissingReason.AMPUTATED),
        (FingerPosition.RIGHT_INDEX, MissingReason.BANDAGED),
    )
    with simulated() as simulator, session(simulator) as scanner:
        request = FingerRequest(positions=LEFT_SLAP.positions, missing=missing)
        fingers = scanner.capture(request, cancel=CancelToken())
        assert [sample.position for sample in fingers.samples] == [
            FingerPosition.LEFT_INDEX,
            FingerPosition.LEFT_MIDDLE,
            FingerPosition.LEFT_LITTLE,
        ]
        assert fingers.missing == missing


def test_fingers_of_two_hands_are_not_asked_for_together() -> None:
    with simulated() as simulator, session(simulator) as scanner:
        both = FingerRequest(positions=(FingerPosition.LEFT_INDEX, FingerPosition.RIGHT_INDEX))
        with pytest.raises(FingersMissed) as said:
            scanner.capture(both, cancel=CancelToken())
        assert "both thumbs" in said.value.next_step.in_english()
        everything = tuple((position, MissingReason.REFUSED) for position in LEFT_SLAP.positions)
        with pytest.raises(FingersMissed):
            scanner.capture(FingerRequest(positions=LEFT_SLAP.positions, missing=everything), cancel=CancelToken())


def test_four_four_two_are_ten_fingers_and_the_live_picture_goes_on() -> None:
    with simulated() as simulator, session(simulator) as scanner:
        fingers = []
        for request in (RIGHT_SLAP, LEFT_SLAP, THUMBS):
            assert scanner.latest_frame(cancel=CancelToken()).media_type == "image/jpeg"
            fingers += [sample.position for sample in scanner.capture(request, cancel=CancelToken()).samples]
        assert sorted(position.value for position in fingers) == list(range(1, 11))


def test_nobody_at_the_glass_is_said() -> None:
    with (
        simulated(traveller=None) as simulator,
        session(simulator) as scanner,
        pytest.raises(FingersMissed, match="saw no finger"),
    ):
        scanner.capture(LEFT_SLAP, cancel=CancelToken())


@pytest.mark.parametrize(
    "code", ["100", "102", "103", "104", "105", "106", "107", "110", "503", "605", "700", "999", ""]
)
def test_every_code_has_a_cause_and_a_next_step(code: str) -> None:
    error = of_code(code, "")
    assert error.cause.in_english()
    assert error.next_step.in_english()


def test_codes_that_mean_another_program_are_busy() -> None:
    assert isinstance(of_code("111", ""), DeviceBusy)
    assert isinstance(of_code("703", ""), DeviceBusy)


def test_a_makers_own_code_is_shown_with_the_makers_words_made_harmless() -> None:
    assert "Lid open" in of_code("541", "Lid\x00 open\n").cause.in_english()
    assert len(of_code("541", "x" * 5000).cause.in_english()) < 300
    assert "code 541" in of_code("541", "").cause.in_english()
