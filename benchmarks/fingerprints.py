# SPDX-License-Identifier: Apache-2.0
"""What a fingerprint scanner over SBI costs: looking for it, a capture, the live picture, a stop."""

from __future__ import annotations

import contextlib
import threading
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime

from devices.registry import Registry
from devices.sbi.driver import PORTS, SbiDriver, SbiSettings
from devices.sbi.wire import listening
from devices.simulators.sbi.faults import ScannerFault
from devices.simulators.sbi.server import SbiSimulator
from station.domain.errors import Cancelled
from station.ports.devices import FINGERPRINT_SCANNER, HealthState
from station.ports.fingers import FingerPosition, FingerprintScanner, FingerRequest
from station.ports.tasks import CancelToken

_SLAP = FingerRequest(positions=tuple(FingerPosition(code) for code in (2, 3, 4, 5)))
_LOOKS = 200
_CAPTURES = 20
_SECONDS = 5.0
_STOPS = 20
_AT_WORK = 0.15  # seconds for a call to get into the device

Figure = tuple[str, float, str]


class _Clock:
    """The real time."""

    def now(self) -> datetime:
        return datetime.now(UTC)

    def monotonic(self) -> float:
        return time.monotonic()


def measure() -> Sequence[Figure]:
    """The figures. Simulator and driver run in one process: shares of a core are of both together."""
    figures = [("SBI: a look at 100 closed ports, median", _median(lambda: listening(PORTS), _LOOKS), "ms")]
    simulator = SbiSimulator(seed=1, clock=_Clock())
    driver = SbiDriver(SbiSettings(), clock=_Clock(), simulator_port=lambda: simulator.port)
    registry = Registry([driver], allow_simulated=True)
    registry.start()
    try:
        figures.append(("SBI: watching, nothing there: share of one core", _idle(), "%"))
        simulator.start()
        began = time.perf_counter()
        while not any(state.health.state is HealthState.READY for state in registry.states()):
            threading.Event().wait(0.005)
        figures.append(("SBI: service listens to scanner ready", (time.perf_counter() - began) * 1000, "ms"))
        figures.append(("SBI: watching, scanner there: share of one core", _idle(), "%"))
        with registry.open(FINGERPRINT_SCANNER) as scanner:
            figures += _in_use(scanner, simulator)
    finally:
        registry.close()
        simulator.close()
    return figures


def _in_use(scanner: FingerprintScanner, simulator: SbiSimulator) -> list[Figure]:
    scanner.capture(_SLAP, cancel=CancelToken())  # the simulator draws the fingers once
    slap = _median(lambda: scanner.capture(_SLAP, cancel=CancelToken()), _CAPTURES)
    count, used, began = 0, time.process_time(), time.perf_counter()
    while (taken := time.perf_counter() - began) < _SECONDS:
        scanner.latest_frame(cancel=CancelToken())
        count += 1
    share = (time.process_time() - used) / taken * 100
    simulator.faults.switch(ScannerFault.MUTE)
    captures = [_stop(lambda cancel: scanner.capture(_SLAP, cancel=cancel)) for _ in range(_STOPS)]
    frames = [_stop(lambda cancel: scanner.latest_frame(cancel=cancel)) for _ in range(_STOPS)]
    return [
        ("SBI: slap of four, signed and checked, median", slap, "ms"),
        ("SBI: live picture, of 15 frames/s sent", count / taken, "frames/s"),
        ("SBI: live picture: share of one core", share, "%"),
        ("SBI: stop of a capture that waits, worst", max(captures), "ms"),
        ("SBI: stop of a live picture that waits, worst", max(frames), "ms"),
    ]


def _median(work: Callable[[], object], count: int) -> float:
    taken = []
    for _ in range(count):
        began = time.perf_counter()
        work()
        taken.append((time.perf_counter() - began) * 1000)
    return sorted(taken)[count // 2]


def _idle() -> float:
    used, began = time.process_time(), time.perf_counter()
    threading.Event().wait(_SECONDS)
    return (time.process_time() - used) / (time.perf_counter() - began) * 100


def _stop(call: Callable[[CancelToken], object]) -> float:
    """Milliseconds from the stop to the end of the call."""
    cancel = CancelToken()
    ended: list[float] = []

    def run() -> None:
        with contextlib.suppress(Cancelled):
            call(cancel)
        ended.append(time.perf_counter())

    thread = threading.Thread(target=run)
    thread.start()
    threading.Event().wait(_AT_WORK)
    asked = time.perf_counter()
    cancel.cancel()
    thread.join()
    return (ended[0] - asked) * 1000
