# SPDX-License-Identifier: Apache-2.0
"""The simulated scanner as a driver of a training store: it starts and ends with the others, and offers nothing itself.

The SBI driver finds the scanner as it finds any other one, over HTTP; the catalogue names it ``port``, by which the
driver knows that this one is simulated and its own station's.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Final

from devices.base import DriverListener
from devices.simulators.sbi.desk import SbiDesk
from devices.simulators.sbi.server import SbiSimulator
from station.domain.words import Text, say
from station.ports.clock import Clock

DRIVER: Final = "sbi_simulator"


class SbiSimulatorDriver:
    """``devices.base.Driver`` over one SbiSimulator. ``desk`` has its faults and its plug by name."""

    name = DRIVER
    simulated = True

    def __init__(self, *, seed: int, clock: Clock, traveller: Callable[[], int | None]) -> None:
        self.simulator = SbiSimulator(seed=seed, clock=clock, traveller=traveller)
        self.desk = SbiDesk(self.simulator)
        self._full = False
        self._starting: threading.Thread | None = None

    @property
    def port(self) -> int | None:
        """Where the scanner's service listens; None while it is unplugged or not started."""
        return self.simulator.port

    def start(self, listener: DriverListener) -> None:
        """Make keys and listen, on a thread of its own. Returns at once."""
        self._starting = threading.Thread(target=self._start, name="simulated scanner starts", daemon=True)
        self._starting.start()

    def _start(self) -> None:
        try:
            self.simulator.start()
        except OSError:
            self._full = True

    def why_nothing(self) -> Text | None:
        """Other programs hold every port of the interface."""
        if not self._full:
            return None
        return say("The simulated fingerprint scanner found no free port. Close other programs of scanners.")

    def close(self) -> None:
        """End the service and its threads."""
        if self._starting is not None:
            self._starting.join()
        self.simulator.close()
