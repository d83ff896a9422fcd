# SPDX-License-Identifier: Apache-2.0
"""What ends with a session is the session's own: the next one is never hit by it."""

from __future__ import annotations

import threading

import pytest

from devices.base import AWAITS_DOCUMENT, IN_USE, Attendance
from devices.worker import DeviceWorker
from station.domain.errors import DeviceBusy, DeviceRemoved
from station.ports.devices import DOCUMENT_SCANNER, DeviceInfo, Health, HealthState
from station.ports.tasks import CancelToken
from tests.contract.benches import WallClock
from tests.contract.calls import Call


def attendance() -> Attendance:
    info = DeviceInfo("test:1", "A scanner", "test", (DOCUMENT_SCANNER,))
    return Attendance(info, clock=WallClock(), changed=lambda _device_id: None)


def test_the_calls_of_a_session_are_failed_before_anybody_else_can_claim_the_device() -> None:
    device = attendance()
    session = device.claim()
    failed: list[DeviceRemoved] = []

    def let_go(error: DeviceRemoved) -> None:
        failed.append(error)
        with pytest.raises(DeviceBusy):
            device.claim()
        with pytest.raises(DeviceRemoved):
            session.check()

    device.end(let_go)
    assert len(failed) == 1
    device.claim().check()


def test_ending_twice_fails_nobody() -> None:
    device = attendance()
    device.claim()
    device.end(lambda _error: None)
    failed: list[DeviceRemoved] = []
    device.end(failed.append)
    assert failed == []


def test_work_that_comes_after_the_end_of_its_session_is_not_begun() -> None:
    device, worker, begun = attendance(), DeviceWorker("test"), threading.Event()
    try:
        late = device.claim().bound(lambda _token: begun.set())
        device.end(worker.fail_waiting)
        device.claim()
        with pytest.raises(DeviceRemoved):
            worker.run(late, cancel=CancelToken())
        assert not begun.is_set()
    finally:
        worker.close()


def test_a_call_that_waits_ends_with_its_session() -> None:
    device, worker, begun = attendance(), DeviceWorker("test"), threading.Event()

    def wait_for_ever(token: CancelToken) -> None:
        begun.set()
        token.wait(3600.0)

    try:
        waiting = Call(lambda: worker.run(device.claim().bound(wait_for_ever), cancel=CancelToken()))
        assert begun.wait(10.0)
        device.end(worker.fail_waiting)
        waiting.end()
        assert isinstance(waiting.error, DeviceRemoved)
    finally:
        worker.close()


def test_a_device_in_use_says_what_it_waits_for() -> None:
    device = attendance()
    device.claim()
    assert device.health() == Health(HealthState.BUSY, IN_USE)
    with device.awaiting(AWAITS_DOCUMENT):
        assert device.health() == Health(HealthState.BUSY, AWAITS_DOCUMENT)
    assert device.health() == Health(HealthState.BUSY, IN_USE)
