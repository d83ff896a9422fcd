# SPDX-License-Identifier: Apache-2.0
"""The bench of chip readers: what lies on the reader, and what can befall it there."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from devices.simulators.faults import Fault
from station.ports.devices import CHIP_READER
from tests.contract.benches import Bench
from tests.contract.benches_simulators import SHOWN, simulators


def _nothing() -> None:
    """There is nothing to do."""


@dataclass(slots=True)
class ChipBench(Bench):
    """``give`` lays a chip down, and ``take_off`` takes it away.

    ``mute`` lets it answer no command from now on, ``lift_midway`` takes it off in the middle of its next command,
    ``heal`` ends both.
    """

    take_off: Callable[[], None] = _nothing
    mute: Callable[[], None] = _nothing
    lift_midway: Callable[[], None] = _nothing
    heal: Callable[[], None] = _nothing


def simulated_chip_reader(_folder: Path, *, waits: bool = False) -> ChipBench:
    """The chip reader in the housing of the simulated page scanner."""
    driver = simulators()
    switch = driver.scanner.switches[CHIP_READER.name]
    return ChipBench(
        driver,
        give=_nothing if waits else lambda: driver.tray.place(SHOWN),
        vanish=driver.scanner.unplug,
        come_back=driver.scanner.replug,
        simulated=True,
        position=driver.devices.index(driver.scanner),
        take_off=driver.tray.remove,
        mute=lambda: switch.switch(Fault.MUTE),
        lift_midway=lambda: switch.switch(Fault.LIFTED, times=1),
        heal=lambda: switch.switch(None),
    )
