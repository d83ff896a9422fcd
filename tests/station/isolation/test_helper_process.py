# SPDX-License-Identifier: Apache-2.0
"""A helper process keeps its limits, and whatever happens to it the parent gets an honest reason."""

from __future__ import annotations

import gc
import os
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from station.domain.errors import Cancelled
from station.isolation.child import DeathReason, HelperDied, HelperProcess
from station.isolation.limits import Limits, NetworkUse
from station.ports.tasks import CancelToken

PLAYGROUND = "tests.station.isolation.playground"
LIMITS = Limits(memory_bytes=512 << 20, cpu_seconds=20, wall_seconds=30)


@pytest.fixture
def helper() -> Iterator[HelperProcess]:
    process = HelperProcess(PLAYGROUND, LIMITS)
    yield process
    process.close()


def ask(helper: HelperProcess, do: str, *parts: bytes, timeout: float | None = None, **more: object) -> object:
    return helper.request({"do": do, **more}, parts, cancel=CancelToken(), timeout=timeout)


def death(helper: HelperProcess, do: str, *, timeout: float | None = None, **more: object) -> HelperDied:
    with pytest.raises(HelperDied) as caught:
        ask(helper, do, timeout=timeout, **more)
    return caught.value


def test_a_request_and_its_answer_carry_text_and_bytes(helper: HelperProcess) -> None:
    large = os.urandom(5_000_000)
    assert ask(helper, "echo", b"", large, say="zażółć") == ({"said": "zażółć"}, (b"", large))
    assert ask(helper, "echo") == ({"said": None}, ())


def test_the_same_child_answers_again(helper: HelperProcess) -> None:
    ask(helper, "echo")
    first = helper.process_id
    ask(helper, "echo")
    assert helper.process_id == first


def test_what_libraries_print_neither_disturbs_nor_blocks(helper: HelperProcess) -> None:
    assert ask(helper, "print") == ({}, ())
    assert ask(helper, "echo") == ({"said": None}, ())


@pytest.mark.parametrize(
    ("do", "reason"),
    [
        ("eat memory", DeathReason.OUT_OF_MEMORY),
        ("crash", DeathReason.CRASHED),
        ("leave a fork", DeathReason.CRASHED),
        ("leave", DeathReason.ENDED),
        ("fail", DeathReason.FAILED),
    ],
)
def test_a_death_is_reported_with_its_reason_and_the_next_request_has_a_new_child(
    helper: HelperProcess, do: str, reason: DeathReason
) -> None:
    ask(helper, "echo")
    first = helper.process_id
    assert death(helper, do).reason is reason
    assert ask(helper, "echo", b"again") == ({"said": None}, (b"again",))
    assert helper.process_id != first


def test_a_failure_says_type_and_place_and_no_data(helper: HelperProcess) -> None:
    died = death(helper, "fail")
    assert died.detail.startswith("ValueError at playground.py:")
    assert "traveller" not in str(died)


def test_a_child_that_answers_garbage_is_not_believed(helper: HelperProcess) -> None:
    ask(helper, "echo")
    # serve() has moved the pipe of answers away from descriptor 1; the lowest free one at that moment is it.
    for descriptor in range(3, 10):
        died = death(helper, "garble", to=descriptor)
        if died.reason is DeathReason.GARBLED:
            return
    pytest.fail("no descriptor led to the pipe of answers")


def test_the_limit_of_processor_time_holds() -> None:
    helper = HelperProcess(PLAYGROUND, Limits(memory_bytes=512 << 20, cpu_seconds=0.5, wall_seconds=60))
    try:
        assert death(helper, "spin").reason is DeathReason.OUT_OF_PROCESSOR_TIME
    finally:
        helper.close()


def test_processor_time_is_granted_anew_with_each_request() -> None:
    helper = HelperProcess(PLAYGROUND, Limits(memory_bytes=512 << 20, cpu_seconds=1.0, wall_seconds=60))
    try:
        for _ in range(3):
            assert ask(helper, "echo") == ({"said": None}, ())
    finally:
        helper.close()


def test_a_timeout_ends_a_child_that_hangs(helper: HelperProcess) -> None:
    assert death(helper, "hang", timeout=0.3).reason is DeathReason.OUT_OF_TIME
    assert helper.process_id is None


def test_a_stop_ends_a_request_under_way(helper: HelperProcess) -> None:
    helper.start(cancel=CancelToken())
    child = helper.process_id
    assert child is not None
    cancel = CancelToken()
    timer = threading.Timer(0.2, cancel.cancel)
    timer.start()
    with pytest.raises(Cancelled):
        helper.request({"do": "hang"}, cancel=cancel)
    timer.join()
    with pytest.raises(ProcessLookupError):
        os.kill(child, 0)
    assert ask(helper, "echo") == ({"said": None}, ())


def test_a_stop_asked_for_before_starts_nothing(helper: HelperProcess) -> None:
    cancel = CancelToken()
    cancel.cancel()
    with pytest.raises(Cancelled):
        helper.request({"do": "echo"}, cancel=cancel)
    assert helper.process_id is None


def test_a_stop_ends_the_wait_for_a_turn_and_leaves_the_one_under_way_alone(helper: HelperProcess) -> None:
    helper.start(cancel=CancelToken())
    stop_first, stop_second = CancelToken(), CancelToken()
    outcomes: dict[str, str] = {}

    def hold(name: str, cancel: CancelToken) -> None:
        try:
            helper.request({"do": "hang"}, cancel=cancel)
        except Cancelled:
            outcomes[name] = "cancelled"

    first = threading.Thread(target=hold, args=("first", stop_first))
    second = threading.Thread(target=hold, args=("second", stop_second))
    first.start()
    second.start()
    stop_second.cancel()
    stop_first.cancel()
    first.join(10)
    second.join(10)
    assert outcomes == {"first": "cancelled", "second": "cancelled"}


def test_nothing_is_written_to_the_disk(helper: HelperProcess, tmp_path: Path) -> None:
    died = death(helper, "write", path=str(tmp_path / "leak"))
    assert died.detail.startswith("OSError")
    assert not list(tmp_path.rglob("*")) or (tmp_path / "leak").stat().st_size == 0


def test_the_network_is_away_where_the_kernel_says_so(helper: HelperProcess) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        enforced = helper.start(cancel=CancelToken())
        if enforced.network:
            assert death(helper, "connect", port=port).reason is DeathReason.FAILED
        else:
            assert ask(helper, "connect", port=port) == ({}, ())


def test_a_helper_that_needs_the_network_has_it() -> None:
    limits = Limits(memory_bytes=512 << 20, cpu_seconds=5, wall_seconds=20, network=NetworkUse.ALLOWED)
    helper = HelperProcess(PLAYGROUND, limits)
    try:
        with socket.create_server(("127.0.0.1", 0)) as server:
            assert ask(helper, "connect", port=server.getsockname()[1]) == ({}, ())
            assert helper.enforcement is not None
            assert not helper.enforcement.network
    finally:
        helper.close()


def test_the_child_knows_nothing_of_the_surroundings(helper: HelperProcess, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STATION_SECRET", "not for children")
    answer = ask(helper, "surroundings")
    assert "STATION_SECRET" not in str(answer)


def test_a_module_that_cannot_start_is_reported() -> None:
    helper = HelperProcess("tests.station.isolation.no_such_module", LIMITS)
    died = death(helper, "echo")
    assert died.reason is DeathReason.NOT_STARTED


def test_the_child_ends_with_its_parent_in_the_middle_of_a_request() -> None:
    program = (
        "import os, threading\n"
        "from station.isolation.child import HelperProcess\n"
        "from station.isolation.limits import Limits\n"
        "from station.ports.tasks import CancelToken\n"
        "limits = Limits(memory_bytes=1 << 29, cpu_seconds=5, wall_seconds=60)\n"
        f"helper = HelperProcess({PLAYGROUND!r}, limits)\n"
        "helper.start(cancel=CancelToken())\n"
        "print(helper.process_id, flush=True)\n"
        "threading.Timer(0.3, os._exit, (9,)).start()\n"
        "helper.request({'do': 'hang'}, cancel=CancelToken())\n"
    )
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)}
    parent = subprocess.run(
        [sys.executable, "-c", program], stdout=subprocess.PIPE, timeout=60, check=False, env=environment
    )
    assert parent.returncode == 9
    child = int(parent.stdout)
    # The orphan is reaped by init; until then it is a zombie at most.
    deadline = threading.Event()
    for _ in range(100):
        try:
            state = Path(f"/proc/{child}/stat").read_text().rsplit(")", 1)[1].split()[0]
        except (FileNotFoundError, ProcessLookupError):
            return
        if state in "ZX":
            return
        deadline.wait(0.05)
    pytest.fail("the child outlived its parent")


def test_neither_descriptors_nor_threads_are_left(helper: HelperProcess) -> None:
    ask(helper, "echo")
    helper.close()
    gc.collect()
    descriptors, threads = len(os.listdir("/proc/self/fd")), threading.active_count()
    for do in ("echo", "crash", "echo", "leave", "echo"):
        try:
            ask(helper, do)
        except HelperDied:
            continue
    helper.close()
    helper.close()
    assert (len(os.listdir("/proc/self/fd")), threading.active_count()) == (descriptors, threads)
