# SPDX-License-Identifier: Apache-2.0
"""How soon a stop frees the officer while a device works, and how long a page takes: the promise is 200 ms."""

from __future__ import annotations

import contextlib
import statistics
import tempfile
import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from devices.base import Driver
from devices.registry import Registry
from devices.sane.driver import SaneDriver, SaneSettings
from devices.simulators.driver import SimulatorDriver, SimulatorSettings
from devices.simulators.faults import Fault
from devices.simulators.pictures import StockPictures
from devices.simulators.specimens.people import SpecimenStock, Wear
from devices.watched_folder.driver import WatchedFolderDriver, WatchedFolderSettings
from devices.worker import DeviceWorker
from station.domain.errors import Cancelled
from station.ports.devices import DOCUMENT_SCANNER
from station.ports.tasks import CancelToken

STOPS = 30
_AT_WORK = 0.15  # seconds for a call to get into the device
_DAY = datetime(2026, 1, 1, tzinfo=UTC)


class _Clock:
    """The real time."""

    def now(self) -> datetime:
        return datetime.now(UTC)

    def monotonic(self) -> float:
        return time.monotonic()


def stopped_after(call: Callable[[CancelToken], object]) -> float:
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


Figure = tuple[str, float, str]


def _opened(driver: Driver) -> Registry:
    registry = Registry([driver], allow_simulated=True)
    registry.start()
    while not any(DOCUMENT_SCANNER in state.info.roles for state in registry.states()):
        threading.Event().wait(0.01)
    return registry


def _stops(name: str, driver: Driver) -> list[Figure]:
    registry = _opened(driver)
    try:
        with registry.open(DOCUMENT_SCANNER) as scanner:
            return _figures(name, [stopped_after(lambda cancel: scanner.scan(cancel=cancel)) for _ in range(STOPS)])
    finally:
        registry.close()


def _pages(name: str, driver: Driver, *, pages: int) -> list[Figure]:
    registry = _opened(driver)
    try:
        with registry.open(DOCUMENT_SCANNER) as scanner:
            times = []
            for _ in range(pages):
                began = time.perf_counter()
                scanner.scan(cancel=CancelToken())
                times.append((time.perf_counter() - began) * 1000)
    finally:
        registry.close()
    return [(f"page: {name}, median", statistics.median(times), "ms")]


def _figures(name: str, stops: list[float]) -> list[Figure]:
    return [
        (f"stop: {name}, median of {len(stops)}", statistics.median(stops), "ms"),
        (f"stop: {name}, worst of {len(stops)}", max(stops), "ms"),
    ]


def _hanging() -> list[Figure]:
    """A vendor call that heeds nothing: the worst a library can do."""
    stops = []
    for _ in range(STOPS):
        worker, let_go = DeviceWorker("hanging"), threading.Event()
        stops.append(
            stopped_after(lambda cancel, w=worker, e=let_go: w.run(lambda _t: e.wait(60), cancel=cancel))  # type: ignore[misc]  # bound at once
        )
        let_go.set()
        worker.close()
    return _figures("vendor call that hangs", stops)


def measure() -> list[Figure]:
    """From a stop to the end of the call that it ends, for each kind of wait; and the time that a page takes."""
    found = _hanging()
    with tempfile.TemporaryDirectory() as folder:
        config = Path(folder) / "sane.d"
        config.mkdir()
        (config / "dll.conf").write_text("test\n")
        slow = ("read-delay=yes", "read-delay-duration=200000")
        found += _stops("SANE, in a slow scan", SaneDriver(_sane(config, slow), clock=_Clock()))
        found += _pages("SANE test backend, 300 dpi", SaneDriver(_sane(config, ()), clock=_Clock()), pages=10)
        inbox = Path(folder) / "inbox"
        inbox.mkdir()
        watched = WatchedFolderDriver(WatchedFolderSettings(folders=(inbox,)), clock=_Clock())
        found += _stops("watched folder, waiting", watched)
    return found + _simulated()


def _simulated() -> list[Figure]:
    pictures = StockPictures(SpecimenStock(1, today=_DAY.date()), wear=Wear.NEW)
    simulators = SimulatorDriver(SimulatorSettings(), pictures, clock=_Clock())
    simulators.tray.place(1)
    simulators.scanner.faults.switch(Fault.MUTE)
    return _stops("simulated scanner, mute", simulators)


def _sane(config: Path, options: tuple[str, ...]) -> SaneSettings:
    return SaneSettings(config_dir=config, network=False, options=options, look_seconds=0.1)


if __name__ == "__main__":
    for name, value, unit in measure():
        print(f"{name:<45} {value:8.2f} {unit}")
