# SPDX-License-Identifier: Apache-2.0
"""The simulated devices on the test bench, one bench for each role."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from devices.simulators.driver import SimulatorDriver, SimulatorSettings
from devices.simulators.faults import Fault
from devices.simulators.simulated import Simulated
from devices.simulators.tray import Gesture
from tests.contract.benches import Bench, PlainPictures, WallClock

SHOWN = 3  # the traveller before the devices


def simulators(seed: int = 7) -> SimulatorDriver:
    """A desk of simulated devices that lose no time."""
    settings = SimulatorSettings(seed=seed, scan_seconds=0.0, slow_seconds=0.01, print_seconds=0.0)
    return SimulatorDriver(settings, PlainPictures(), clock=WallClock())


def _bench(driver: SimulatorDriver, device: Simulated, give: Callable[[], None]) -> Bench:
    return Bench(
        driver,
        give=give,
        vanish=device.unplug,
        come_back=device.replug,
        simulated=True,
        position=driver.devices.index(device),
    )


def _nothing() -> None:
    """What waits goes on waiting."""


def simulated_scanner(_folder: Path, *, waits: bool = False) -> Bench:
    """The simulated page scanner waits for a document until one is placed."""
    driver = simulators()
    return _bench(driver, driver.scanner, _nothing if waits else lambda: driver.tray.place(SHOWN))


def simulated_camera(_folder: Path, *, waits: bool = False) -> Bench:
    """The simulated camera is mute when it has to wait."""
    driver = simulators()
    if waits:
        driver.camera.faults.switch(Fault.MUTE)
    return _bench(driver, driver.camera, lambda: driver.tray.place(SHOWN))


def simulated_mrz_reader(_folder: Path, *, waits: bool = False) -> Bench:
    """The swipe reader waits for a swipe."""
    driver = simulators()
    give = _nothing if waits else lambda: driver.tray.move(Gesture.SWIPE, SHOWN)
    return _bench(driver, driver.mrz_reader, give)


def simulated_barcode_reader(_folder: Path, *, waits: bool = False) -> Bench:
    """The barcode reader waits for a paper."""
    driver = simulators()
    give = _nothing if waits else lambda: driver.tray.move(Gesture.SHOW_CODE, SHOWN)
    return _bench(driver, driver.barcode_reader, give)


def simulated_printer(_folder: Path, *, waits: bool = False) -> Bench:
    """The printer waits for paper when it has to wait."""
    driver = simulators()
    if waits:
        driver.printer.faults.switch(Fault.PAPER_OUT)
    return _bench(driver, driver.printer, _nothing)
