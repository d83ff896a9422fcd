# SPDX-License-Identifier: Apache-2.0
"""Faults on demand, asked of the simulators as they are now: a change of their settings builds them anew."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from station.ports.bench import FaultChoice, FaultDesk


@dataclass(frozen=True, slots=True)
class FaultsOf:
    """``station.ports.bench.FaultDesk`` over whichever desk ``now`` names."""

    now: Callable[[], FaultDesk]

    def choices(self, device_id: str) -> tuple[FaultChoice, ...]:
        """See the port."""
        return self.now().choices(device_id)

    def current(self, device_id: str) -> str | None:
        """See the port."""
        return self.now().current(device_id)

    def switch(self, device_id: str, fault: str | None, *, times: int | None = None) -> None:
        """See the port."""
        self.now().switch(device_id, fault, times=times)

    def unplug(self, device_id: str) -> None:
        """See the port."""
        self.now().unplug(device_id)

    def replug(self, device_id: str) -> None:
        """See the port."""
        self.now().replug(device_id)
