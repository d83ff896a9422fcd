# SPDX-License-Identifier: Apache-2.0
"""How soon a stop frees the officer while a device works, and how long a page takes: the promise is 200 ms."""

from __future__ import annotations

import contextlib
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


def _scanner(name: str, driver: Driver, *, pages: int = 0) -> str:
    registry = Registry([driver], allow_simulated=True)
    registry.start()
    try:
        while not registry.states():
            threading.Event().wait(0.01)
        with registry.open(DOCUMENT_SCANNER) as scanner:
            if pages:
                began = time.perf_counter()
                for _ in range(pages):
                    scanner.scan(cancel=CancelToken())
                return f"{name:40} {(time.perf_counter() - began) / pages * 1000:8.1f} ms a page, {pages} pages"
            stops = [stopped_after(lambda cancel: scanner.scan(cancel=cancel)) for _ in range(STOPS)]
            return _line(name, stops)
    finally:
        registry.close()


def _line(name: str, stops: list[float]) -> str:
    return f"{name:40} {sorted(stops)[len(stops) // 2]:8.2f} ms median {max(stops):8.2f} ms worst of {len(stops)}"


def _hanging() -> str:
    """A vendor call that heeds nothing: the worst a library can do."""
    stops = []
    for _ in range(STOPS):
        worker, let_go = DeviceWorker("hanging"), threading.Event()
        stops.append(
            stopped_after(lambda cancel, w=worker, e=let_go: w.run(lambda _t: e.wait(60), cancel=cancel))  # type: ignore[misc]  # bound at once
        )
        let_go.set()
        worker.close()
    return _line("stop: vendor call that hangs", stops)


def main() -> None:
    """Print one line per device."""
    with tempfile.TemporaryDirectory() as folder:
        config = Path(folder) / "sane.d"
        config.mkdir()
        (config / "dll.conf").write_text("test\n")
        slow = {"read_delay": 1, "read_delay_duration": 200_000}
        print(_hanging())
        print(_scanner("stop: SANE, in a slow scan", SaneDriver(_sane(config, slow), clock=_Clock())))
        print(_scanner("page: SANE test backend, 300 dpi", SaneDriver(_sane(config, {}), clock=_Clock()), pages=10))
        inbox = Path(folder) / "inbox"
        inbox.mkdir()
        watched = WatchedFolderDriver(WatchedFolderSettings(folders=(inbox,)), clock=_Clock())
        print(_scanner("stop: watched folder, waiting", watched))
    pictures = StockPictures(SpecimenStock(1, today=_DAY.date()), wear=Wear.NEW)
    simulators = SimulatorDriver(SimulatorSettings(), pictures, clock=_Clock())
    simulators.tray.place(1)
    simulators.scanner.faults.switch(Fault.MUTE)
    print(_scanner("stop: simulated scanner, mute", simulators))


def _sane(config: Path, options: dict[str, int]) -> SaneSettings:
    return SaneSettings(config_dir=config, options=tuple(f"{name}={value}" for name, value in options.items()), look_seconds=0.1)


if __name__ == "__main__":
    main()
