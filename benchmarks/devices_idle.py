# SPDX-License-Identifier: Apache-2.0
"""What all drivers cost while nothing happens, and how soon a scanner that was plugged in can be used.

2 % of one core and 2 s were asked for. No peer: nobody else watches these devices with one program.
"""

from __future__ import annotations

import os
import statistics
import tempfile
import threading
import time
from datetime import UTC, datetime
from pathlib import Path

from devices.base import Device
from devices.catalogue import DriverSet, Surroundings
from devices.hotplug import HotPlug
from devices.registry import Registry
from devices.sane.driver import SaneDriver
from devices.sane.settings import SaneSettings
from station.ports.devices import DOCUMENT_SCANNER, HealthState
from station.ports.tasks import CancelToken

_TICKS = os.sysconf("SC_CLK_TCK")
_FIRST_LOOKS = 15.0  # seconds until every driver has had its first looks, the slow ones into the network too
_PLUGGED = 10
_LOOKS = 10


class _Clock:
    """The real time."""

    def now(self) -> datetime:
        return datetime.now(UTC)

    def monotonic(self) -> float:
        return time.monotonic()


class _Listener:
    """Waits for a device to be attached or gone."""

    def __init__(self) -> None:
        self.attached_now = threading.Event()
        self.gone = threading.Event()

    def attached(self, device: Device) -> None:
        """It can be used when it says so itself."""
        if device.health().state is HealthState.READY:
            self.attached_now.set()

    def detached(self, _device_id: str) -> None:
        """It is gone."""
        self.gone.set()

    def health_changed(self, _device_id: str) -> None:
        """Not waited for."""

    def forgotten(self, _device_id: str) -> None:
        """Not waited for."""


def measure(seconds: int = 60) -> list[tuple[str, float, str]]:
    """Processor time of this process and its helpers over ``seconds`` of idleness; medians of attach and removal."""
    return [*_idle(seconds), *_attach()]


def _idle(seconds: int) -> list[tuple[str, float, str]]:
    hotplug = HotPlug()
    around = Surroundings(clock=_Clock(), hotplug=hotplug, training=False)
    registry = Registry(DriverSet({}, around).drivers, allow_simulated=False, hotplug=hotplug)
    registry.start()
    try:
        threading.Event().wait(_FIRST_LOOKS)
        before, began = _processor_seconds(), time.monotonic()
        threading.Event().wait(seconds)
        share = (_processor_seconds() - before) / (time.monotonic() - began) * 100
    finally:
        registry.close()
    return [
        ("idle: all drivers watching", share, "% of a core"),
        ("idle: one look for scanners at a cable, CPU", _look(), "ms"),
    ]


def _look() -> float:
    """What the look costs that comes every two minutes: many windows of a minute have none."""
    driver = SaneDriver(SaneSettings(), clock=_Clock())
    try:
        before = _processor_seconds()
        for _ in range(_LOOKS):
            driver.listed(cancel=CancelToken())
        return (_processor_seconds() - before) / _LOOKS * 1000
    finally:
        driver.close()


def _attach() -> list[tuple[str, float, str]]:
    """From the system's event to a device that says it is ready; then to its first page, and from event to gone.

    SANE's test backend stands for the cable: its name is put into SANE's configuration, and the event is told to the
    listener as the kernel's message is.
    """
    ready, page, gone = [], [], []
    with tempfile.TemporaryDirectory() as folder:
        backends = Path(folder) / "dll.conf"
        for _ in range(_PLUGGED):
            backends.write_text("")
            hotplug, told = _Cable(), _Listener()
            settings = SaneSettings(config_dir=Path(folder), network=False, look_seconds=3600, quiet_seconds=3600)
            driver = SaneDriver(settings, clock=_Clock(), hotplug=hotplug)
            driver.start(told)
            while driver.why_nothing() is None:
                threading.Event().wait(0.01)
            backends.write_text("test\n")
            began = time.perf_counter()
            hotplug.happen("add")
            told.attached_now.wait()
            ready.append(time.perf_counter() - began)
            driver.close()
            page.append(_first_page(Path(folder)))
            gone.append(_gone(Path(folder), backends))
    return [
        ("attach: scanner ready after the system's event, median", statistics.median(ready), "s"),
        ("attach: scanner ready after the system's event, worst", max(ready), "s"),
        ("attach: first page, helper's start included, median", statistics.median(page), "s"),
        ("attach: removal noticed after the system's event, median", statistics.median(gone), "s"),
    ]


class _Cable(HotPlug):
    """The system's events, by hand."""

    @property
    def listening(self) -> bool:
        return True

    def happen(self, action: str) -> None:
        self._tell(f"{action}@/x\0ACTION={action}\0SUBSYSTEM=usb\0".encode())


def _attached(folder: Path) -> tuple[Registry, _Cable]:
    cable = _Cable()
    settings = SaneSettings(config_dir=folder, network=False, look_seconds=3600, quiet_seconds=3600)
    registry = Registry([SaneDriver(settings, clock=_Clock(), hotplug=cable)], allow_simulated=False, hotplug=cable)
    registry.start()
    while not registry.states():
        threading.Event().wait(0.005)
    return registry, cable


def _first_page(folder: Path) -> float:
    registry, _ = _attached(folder)
    try:
        began = time.perf_counter()
        with registry.open(DOCUMENT_SCANNER) as scanner:
            scanner.scan(cancel=CancelToken())
            return time.perf_counter() - began
    finally:
        registry.close()


def _gone(folder: Path, backends: Path) -> float:
    registry, cable = _attached(folder)
    try:
        gone = threading.Event()
        registry.subscribe(
            lambda: gone.set() if registry.states()[0].health.state is HealthState.GONE else None,
        )
        backends.write_text("")
        began = time.perf_counter()
        cable.happen("remove")
        gone.wait()
        return time.perf_counter() - began
    finally:
        registry.close()


def _processor_seconds() -> float:
    """User and system time of this process and of all that it started, those that ended and were waited for too."""
    return sum(_used(process) for process in _family(os.getpid())) / _TICKS


def _used(process: int) -> int:
    try:
        fields = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return 0  # it ended in between
    return sum(int(value) for value in fields[11:15])  # utime, stime, cutime, cstime


def _family(process: int) -> list[int]:
    found = [process]
    for thread in Path(f"/proc/{process}/task").glob("*/children"):
        try:
            children = thread.read_text().split()
        except OSError:
            continue
        for child in children:
            found += _family(int(child))
    return found


if __name__ == "__main__":
    for name, value, unit in measure():
        print(f"{name:<60} {value:10.3f} {unit}")
