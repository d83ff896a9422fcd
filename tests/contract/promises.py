# SPDX-License-Identifier: Apache-2.0
"""What every role promises, whatever it captures. The suites of the roles call these with their own calls."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime
from typing import TypeVar

import pytest

from devices.registry import Registry
from station.domain.errors import Cancelled, DeviceBusy, DeviceRemoved, NoDevice
from station.domain.provenance import Provenance
from station.ports.devices import HealthState, Role
from station.ports.tasks import CancelToken
from tests.contract.benches import Bench, Held, held, running, until
from tests.contract.calls import Call

D = TypeVar("D")

# The promise is 200 ms. A busy test machine may take the processor away for longer than that, so the bound here only
# tells a stop that is heeded from one that waits for the device; benchmarks/device_stops.py measures the promise.
STOPPED = 1.0
A_MOMENT = 0.15  # seconds for a call to get to where it waits


def second_use_is_refused(bench: Bench, role: Role[D]) -> None:
    with running(bench), bench.registry.open(role):
        assert bench.state() is HealthState.BUSY
        with pytest.raises(DeviceBusy) as refused, bench.registry.open(role):
            pass
        assert "in use" in refused.value.cause.in_english()
        assert refused.value.next_step.in_english()
    # closed again: it may be used by the next


def use_after_use_is_welcome(bench: Bench, role: Role[D], call: Callable[[D], object]) -> None:
    with running(bench):
        for _ in range(2):
            with bench.registry.open(role) as device:
                bench.give()
                call(device)
        assert bench.state() is HealthState.READY


def waiting_ends_with_a_stop(bench: Bench, role: Role[D], call: Callable[[D, CancelToken], object]) -> None:
    with running(bench), bench.registry.open(role) as device:
        bench.give()
        cancel = CancelToken()
        waiting = Call(lambda: call(device, cancel))
        threading.Event().wait(A_MOMENT)
        begun = time.monotonic()
        cancel.cancel()
        waiting.end()
        assert isinstance(waiting.error, Cancelled)
        assert time.monotonic() - begun < STOPPED


def a_stop_before_the_call_prevents_it(bench: Bench, role: Role[D], call: Callable[[D, CancelToken], object]) -> None:
    cancel = CancelToken()
    cancel.cancel()
    with running(bench), bench.registry.open(role) as device, pytest.raises(Cancelled):
        call(device, cancel)


def waiting_ends_when_the_device_vanishes(
    bench: Bench, role: Role[D], call: Callable[[D, CancelToken], object]
) -> None:
    with running(bench), bench.registry.open(role) as device:
        bench.give()
        waiting = Call(lambda: call(device, CancelToken()))
        threading.Event().wait(A_MOMENT)
        bench.vanish()
        waiting.end()
        assert isinstance(waiting.error, DeviceRemoved), waiting.error
        until(lambda: bench.state() is HealthState.GONE)
        with pytest.raises(DeviceRemoved):
            call(device, CancelToken())
    with pytest.raises(NoDevice), bench.registry.open(role):
        pass


def what_came_back_can_be_used(bench: Bench, role: Role[D], call: Callable[[D], object]) -> None:
    if bench.come_back is None:
        pytest.skip("on this bench nothing can be plugged in again")
    with running(bench):
        bench.vanish()
        until(lambda: bench.state() is HealthState.GONE)
        bench.come_back()
        until(lambda: bench.state() is HealthState.READY)
        with bench.registry.open(role) as device:
            bench.give()
            call(device)


def an_ended_session_gives_nothing(bench: Bench, role: Role[D], call: Callable[[D], object]) -> None:
    with running(bench):
        with bench.registry.open(role) as device:
            pass
        with bench.registry.open(role):
            bench.give()
            with pytest.raises(DeviceRemoved):
                call(device)


def provenance_is_true(bench: Bench, role: Role[object], provenance: Provenance, before: datetime) -> None:
    state = bench.registry.states()[bench.position]
    assert provenance.role == role.name
    assert provenance.device_id == state.info.device_id
    assert provenance.driver == bench.driver.name
    assert provenance.manual is bench.manual
    assert provenance.simulated is bench.simulated
    assert before <= provenance.captured_at <= datetime.now(UTC)


def nothing_is_left_behind(before: Held, build: Callable[[], Bench], use: Callable[[Registry], None]) -> None:
    bench = build()
    with running(bench):
        use(bench.registry)
    after = held()
    assert after.threads <= before.threads
    assert after.children <= before.children
    assert after.handles <= before.handles
