# SPDX-License-Identifier: Apache-2.0
"""The simulated fingerprint scanner's faults and plug by name, for the technician's bench and scenario files."""

from __future__ import annotations

from devices.simulators.sbi.faults import CATALOGUE, ScannerFault
from devices.simulators.sbi.server import SbiSimulator
from station.ports.bench import FaultChoice


class SbiDesk:
    """``station.ports.bench.FaultDesk`` over one simulated scanner; what is asked of other devices does nothing."""

    def __init__(self, simulator: SbiSimulator) -> None:
        self._simulator = simulator

    def choices(self, device_id: str) -> tuple[FaultChoice, ...]:
        """What the scanner can show; empty for every other device."""
        if device_id != self._simulator.device_id:
            return ()
        return tuple(FaultChoice(name=fault.value, says=says) for fault, says in CATALOGUE.items())

    def current(self, device_id: str) -> str | None:
        """The name of the fault that its next capture meets."""
        fault = self._simulator.faults.current
        return fault.value if fault is not None and device_id == self._simulator.device_id else None

    def switch(self, device_id: str, fault: str | None, *, times: int | None = None) -> None:
        """Meet this fault from now on (for so many captures), or none."""
        if device_id != self._simulator.device_id:
            return
        if fault is None:
            self._simulator.faults.switch(None)
        elif fault in {one.value for one in ScannerFault}:
            self._simulator.faults.switch(ScannerFault(fault), times=times)

    def unplug(self, device_id: str) -> None:
        """Pull its plug."""
        if device_id == self._simulator.device_id:
            self._simulator.unplug()

    def replug(self, device_id: str) -> None:
        """Plug it in again."""
        if device_id == self._simulator.device_id:
            self._simulator.replug()
