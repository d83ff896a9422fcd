# SPDX-License-Identifier: Apache-2.0
"""The simulated devices' faults and plugs by name: what the technician's bench and a scenario file switch."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from devices.simulators.faults import CATALOGUE, Fault
from devices.simulators.simulated import Simulated
from station.ports.bench import FaultChoice, FaultDesk


class SimulatorDesk:
    """``station.ports.bench.FaultDesk`` over the simulated devices of one station.

    A fault is named as in ``Fault``; on a device with several roles the role's name stands before it, as in
    ``chip_reader.mute``.
    """

    def __init__(self, devices: Sequence[Simulated]) -> None:
        self._devices = {device.info.device_id: device for device in devices}

    @property
    def devices(self) -> tuple[str, ...]:
        """The devices, by name."""
        return tuple(self._devices)

    def choices(self, device_id: str) -> tuple[FaultChoice, ...]:
        """What this device can show; empty for a device that is not simulated."""
        device = self._devices.get(device_id)
        if device is None:
            return ()
        return tuple(
            FaultChoice(name=name, says=CATALOGUE[role][fault]) for name, (role, fault) in _named(device).items()
        )

    def current(self, device_id: str) -> str | None:
        """The name of the fault that its next call meets."""
        device = self._devices.get(device_id)
        if device is None:
            return None
        for name, (role, fault) in _named(device).items():
            if device.switches[role].current is fault:
                return name
        return None

    def switch(self, device_id: str, fault: str | None, *, times: int | None = None) -> None:
        """Meet this fault from now on (for so many calls), or none. Does nothing for what is not simulated.

        A printer that is jammed or has no paper stays so until it is switched off, whatever ``times`` says.
        """
        device = self._devices.get(device_id)
        if device is None:
            return
        wanted = None if fault is None else _named(device).get(fault)
        if fault is not None and wanted is None:
            return
        for role, switch in device.switches.items():
            mine = wanted is not None and wanted[0] == role
            switch.switch(wanted[1] if mine and wanted is not None else None, times=times if mine else None)

    def unplug(self, device_id: str) -> None:
        """Pull its plug."""
        device = self._devices.get(device_id)
        if device is not None:
            device.unplug()

    def replug(self, device_id: str) -> None:
        """Plug it in again."""
        device = self._devices.get(device_id)
        if device is not None:
            device.replug()


class DesksTogether:
    """Several desks as one: simulators that speak over a socket have a desk of their own.

    ``desks`` gives them as they are now: a change of the simulators' settings builds them anew.
    """

    def __init__(self, desks: Callable[[], Sequence[FaultDesk]]) -> None:
        self._desks = desks

    def choices(self, device_id: str) -> tuple[FaultChoice, ...]:
        """What this device can show; empty for a device that is not simulated."""
        return next((found for desk in self._desks() if (found := desk.choices(device_id))), ())

    def current(self, device_id: str) -> str | None:
        """The name of the fault that its next call meets."""
        return next((found for desk in self._desks() if (found := desk.current(device_id))), None)

    def switch(self, device_id: str, fault: str | None, *, times: int | None = None) -> None:
        """Meet this fault from now on (for so many calls), or none."""
        for desk in self._having(device_id):
            desk.switch(device_id, fault, times=times)

    def unplug(self, device_id: str) -> None:
        """Pull its plug."""
        for desk in self._having(device_id):
            desk.unplug(device_id)

    def replug(self, device_id: str) -> None:
        """Plug it in again."""
        for desk in self._having(device_id):
            desk.replug(device_id)

    def _having(self, device_id: str) -> list[FaultDesk]:
        return [desk for desk in self._desks() if desk.choices(device_id)]


def _named(device: Simulated) -> Mapping[str, tuple[str, Fault]]:
    """Each fault of the device by its name on the desk, in the catalogue's order."""
    several = len(device.switches) > 1
    return {
        f"{role}.{fault.value}" if several else fault.value: (role, fault)
        for role in device.switches
        for fault in CATALOGUE[role]
    }
