# SPDX-License-Identifier: Apache-2.0
"""What all simulated devices share: a shell with a plug, and a switch of faults for each role.

A simulator is composed of this and of what fills its roles; it repeats nothing of the life of a device.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final, TypeVar

from devices.shell import Shell, Use
from devices.simulators.faults import SLOW_SECONDS, Fault, FaultSwitch, jam, pulled
from devices.simulators.tray import SpecimenPictures, SpecimenTray
from station.domain.errors import DeviceRemoved
from station.ports.clock import Clock
from station.ports.devices import DeviceInfo, Role
from station.ports.tasks import CancelToken

T = TypeVar("T")

DRIVER: Final = "simulator"

_HOUR: Final = 3600.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Surroundings:
    """What every simulated device of one station stands in. ``changed`` is told of each change of health."""

    tray: SpecimenTray
    pictures: SpecimenPictures
    clock: Clock
    changed: Callable[[str], None]
    seed: int
    slow_seconds: float = SLOW_SECONDS


class Part:
    """One role of a simulated device in one session: its calls, and the faults that they meet."""

    def __init__(self, device: Simulated, role: Role[object], use: Use) -> None:
        self._device = device
        self.use = use
        self.faults = device.switches[role.name]

    def run(self, work: Callable[[CancelToken], T], *, cancel: CancelToken) -> T:
        """``work`` on the device's thread; see ``devices.shell.Use.run``."""
        return self.use.run(work, cancel=cancel)

    def meet(self, fault: Fault | None, token: CancelToken) -> None:
        """What a fault does to a call, whatever the call gives. Faults of the answer are left to the role."""
        self.use.worker.assert_on_worker()
        match fault:
            case Fault.SLOW:
                token.wait(self._device.slow_seconds)
            case Fault.MUTE:
                while True:
                    token.wait(_HOUR)
            case Fault.DISCONNECT:
                self._device.unplug()
                raise pulled(self._device.info.name)
            case Fault.JAM:
                raise jam()
            case _:
                pass


_PATIENCE: Final = 10.0  # seconds until a mute simulated device counts as silent


class Simulated:
    """A simulated device. Any thread may call any method.

    ``fills`` makes, for each of its roles, the role object of one session. ``shell`` is the device that the
    registry gets; ``switches`` has the faults by the role's name.
    """

    def __init__(
        self,
        name: str,
        title: str,
        fills: Sequence[tuple[Role[object], Callable[[Part], object]]],
        around: Surroundings,
        *,
        ended: Callable[[Use, DeviceRemoved], None] | None = None,
    ) -> None:
        roles = tuple(role for role, _ in fills)
        self.info = DeviceInfo(
            f"simulated:{name}",
            title,
            DRIVER,
            roles,
            simulated=True,
            serial_number=f"SIM-{around.seed:04d}",
            version="1",
        )
        self.slow_seconds = around.slow_seconds
        self.switches = {role.name: FaultSwitch(seed=f"{around.seed}/{name}/{role.name}") for role in roles}
        self.shell = Shell(
            self.info,
            clock=around.clock,
            changed=around.changed,
            fills={role.name: self._filled(role, fill) for role, fill in fills},
            ended=ended,
            patience=_PATIENCE,
        )

    def _filled(self, role: Role[object], fill: Callable[[Part], object]) -> Callable[[Use], object]:
        return lambda use: fill(Part(self, role, use))

    @property
    def faults(self) -> FaultSwitch:
        """The switch of its first role."""
        return self.switches[self.info.roles[0].name]

    @property
    def gone(self) -> bool:
        """Whether the plug is out."""
        return self.shell.gone

    def unplug(self) -> None:
        """Pull the plug: whoever waits gets DeviceRemoved."""
        self.shell.went(error=pulled(self.info.name))

    def replug(self) -> None:
        """Plug it in again."""
        self.shell.returned()
