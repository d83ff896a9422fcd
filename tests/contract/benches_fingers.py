# SPDX-License-Identifier: Apache-2.0
"""The bench of fingerprint scanners: the SBI driver, and the simulated scanner behind real HTTP on loopback."""

from __future__ import annotations

from pathlib import Path

from devices.base import DriverListener
from devices.sbi.driver import SbiDriver, SbiSettings
from devices.simulators.sbi.driver import SbiSimulatorDriver
from devices.simulators.sbi.faults import ScannerFault
from station.domain.words import Text
from station.ports.fingers import FingerPosition, FingerRequest
from tests.contract.benches import LOOK, Bench, WallClock

LEFT_SLAP = FingerRequest(
    positions=(
        FingerPosition.LEFT_LITTLE,
        FingerPosition.LEFT_RING,
        FingerPosition.LEFT_MIDDLE,
        FingerPosition.LEFT_INDEX,
    )
)


class SimulatedScanner:
    """The simulator and the driver that finds it, as the catalogue joins them in a training store."""

    name = "sbi"
    simulated = False

    def __init__(self, settings: SbiSettings | None = None, *, seed: int = 7) -> None:
        self.station_own = SbiSimulatorDriver(seed=seed, clock=WallClock(), traveller=lambda: 1)
        self.simulator = self.station_own.simulator
        self.driver = SbiDriver(
            settings or SbiSettings(look_seconds=LOOK),
            clock=WallClock(),
            simulator_port=lambda: self.station_own.port,
        )

    def start(self, listener: DriverListener) -> None:
        """First the scanner, then who looks for it."""
        self.station_own.start(listener)
        self.driver.start(listener)

    def why_nothing(self) -> Text | None:
        """As the driver says."""
        return self.driver.why_nothing()

    def close(self) -> None:
        """Both."""
        self.driver.close()
        self.station_own.close()


def sbi(_folder: Path, *, waits: bool = False) -> Bench:
    """A scanner found over loopback; one that has to wait is mute."""
    both = SimulatedScanner()
    if waits:
        both.simulator.faults.switch(ScannerFault.MUTE)
    return Bench(both, vanish=both.simulator.unplug, come_back=both.simulator.replug, simulated=True)
