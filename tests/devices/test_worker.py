# SPDX-License-Identifier: Apache-2.0
"""The device's own thread: who waits, who gets the outcome, and what a hanging call may not do."""

from __future__ import annotations

import logging
import threading
from collections.abc import Iterator

import pytest

from devices import worker as worker_module
from devices.worker import DeviceWorker
from station.domain.errors import Cancelled, DeviceFault, DeviceRemoved, DeviceSilent
from station.domain.words import say
from station.ports.tasks import CancelToken
from tests.conftest import ExpectedLogs
from tests.contract.benches import until
from tests.contract.calls import Call


class HangingCall:
    """A vendor call that heeds no stop, until it is let go."""

    def __init__(self) -> None:
        self.entered = threading.Event()
        self.let_go = threading.Event()

    def __call__(self, _token: CancelToken) -> str:
        self.entered.set()
        self.let_go.wait(20.0)
        return "late"


@pytest.fixture
def worker() -> Iterator[DeviceWorker]:
    device_worker = DeviceWorker("test")
    yield device_worker
    assert device_worker.close(), "the thread was left behind"


@pytest.fixture
def hanging() -> Iterator[HangingCall]:
    call = HangingCall()
    yield call
    call.let_go.set()


def test_work_runs_on_the_devices_thread_and_its_result_comes_back(worker: DeviceWorker) -> None:
    def work(_token: CancelToken) -> str:
        worker.assert_on_worker()
        return threading.current_thread().name

    assert worker.run(work, cancel=CancelToken()) == "device test"
    with pytest.raises(RuntimeError, match="off its device's thread"):
        worker.assert_on_worker()


def test_what_the_work_raises_reaches_the_caller(worker: DeviceWorker) -> None:
    fault = DeviceFault(say("Jam."), say("Open."))

    def work(_token: CancelToken) -> None:
        raise fault

    with pytest.raises(DeviceFault) as raised:
        worker.run(work, cancel=CancelToken())
    assert raised.value is fault


def test_a_stop_frees_the_caller_while_the_vendor_call_hangs(worker: DeviceWorker, hanging: HangingCall) -> None:
    cancel = CancelToken()
    waiting = Call(lambda: worker.run(hanging, cancel=cancel))
    assert hanging.entered.wait(10)
    cancel.cancel()
    waiting.end()
    assert isinstance(waiting.error, Cancelled)
    assert worker.silent_since is not None
    hanging.let_go.set()
    until(lambda: worker.silent_since is None)


def test_a_hanging_call_is_told_with_its_seconds(
    worker: DeviceWorker, hanging: HangingCall, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(worker_module, "PATIENCE", 0.05)
    assert worker.complaint() is None
    with pytest.raises(DeviceSilent):
        worker.run(hanging, cancel=CancelToken(), timeout=0.01)
    until(lambda: worker.complaint() is not None)
    complaint = worker.complaint()
    assert complaint is not None
    assert complaint.in_english().startswith("No answer since ")
    with pytest.raises(DeviceSilent, match="not answered"):
        worker.run(lambda _token: None, cancel=CancelToken())


def test_work_after_a_call_that_came_back_is_done(worker: DeviceWorker, hanging: HangingCall) -> None:
    with pytest.raises(DeviceSilent):
        worker.run(hanging, cancel=CancelToken(), timeout=0.01)
    hanging.let_go.set()
    assert worker.run(lambda _token: 5, cancel=CancelToken()) == 5


def test_a_result_that_nobody_took_is_undone_exactly_once(worker: DeviceWorker, hanging: HangingCall) -> None:
    undone: list[str] = []
    cancel = CancelToken()
    waiting = Call(lambda: worker.run(hanging, cancel=cancel, undo=undone.append))
    assert hanging.entered.wait(10)
    cancel.cancel()
    waiting.end()
    hanging.let_go.set()
    until(lambda: undone == ["late"])
    assert worker.run(lambda _token: "taken", cancel=CancelToken(), undo=undone.append) == "taken"
    assert undone == ["late"]


def test_the_work_is_told_that_nobody_waits_any_more(worker: DeviceWorker) -> None:
    told = threading.Event()

    def work(token: CancelToken) -> None:
        token.on_cancel(told.set)
        token.wait(20.0)

    cancel = CancelToken()
    waiting = Call(lambda: worker.run(work, cancel=cancel))
    cancel.cancel()
    waiting.end()
    assert isinstance(waiting.error, Cancelled)


def test_closing_ends_who_waits_and_the_thread(hanging: HangingCall) -> None:
    closing = DeviceWorker("closing")
    waiting = Call(lambda: closing.run(lambda token: token.wait(20.0), cancel=CancelToken()))
    until(lambda: closing._current is not None)
    assert closing.close()
    waiting.end()
    assert isinstance(waiting.error, DeviceRemoved)
    with pytest.raises(DeviceRemoved):
        closing.run(lambda _token: None, cancel=CancelToken())


def test_closing_says_when_a_call_still_hangs(hanging: HangingCall, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(worker_module, "CLOSING", 0.05)
    stuck = DeviceWorker("stuck")
    with pytest.raises(DeviceSilent):
        stuck.run(hanging, cancel=CancelToken(), timeout=0.01)
    assert not stuck.close()
    hanging.let_go.set()
    monkeypatch.setattr(worker_module, "CLOSING", 10.0)
    assert stuck.close()


def test_a_devices_thread_does_not_wait_for_itself(worker: DeviceWorker) -> None:
    with pytest.raises(RuntimeError, match="cannot wait for itself"):
        worker.run(lambda _t: worker.run(lambda _u: None, cancel=CancelToken()), cancel=CancelToken())


def test_tidying_up_is_done_even_when_the_device_is_let_go_and_closed(hanging: HangingCall) -> None:
    tidied = threading.Event()
    closing = DeviceWorker("tidy")
    job = closing.begin(hanging)
    assert hanging.entered.wait(10)
    closing.begin(lambda _token: tidied.set(), whatever_happens=True)
    closing.fail_waiting(DeviceRemoved(say("Gone."), say("Plug in.")))
    assert job.done.is_set()
    hanging.let_go.set()
    assert closing.close()
    assert tidied.is_set()


def test_an_undo_that_stumbles_leaves_the_thread_to_the_next_call(
    worker: DeviceWorker, hanging: HangingCall, expected_logs: ExpectedLogs
) -> None:
    expected_logs.expect("devices.worker", logging.WARNING, "given up ended with ValueError")

    def stumble(_result: str) -> None:
        raise ValueError("not for the log")

    stop = CancelToken()
    call = Call(lambda: worker.run(hanging, cancel=stop, undo=stumble))
    assert hanging.entered.wait(10.0)
    stop.cancel()
    call.end()
    hanging.let_go.set()
    assert worker.run(lambda _token: 2, cancel=CancelToken()) == 2


def test_a_worker_without_work_has_no_thread() -> None:
    worker = DeviceWorker("idle")
    assert "device idle" not in {thread.name for thread in threading.enumerate()}
    assert worker.run(lambda _token: 1, cancel=CancelToken()) == 1
    assert worker.close()
    assert DeviceWorker("idle").close()
