# SPDX-License-Identifier: Apache-2.0
"""What is attached now, by role: which device fills it, and which one stands in when that is gone."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from typing import TypeVar, cast

from devices.base import Device, Driver
from devices.hotplug import HotPlug
from station.domain.errors import NoDevice
from station.domain.words import Text, say
from station.ports.devices import ROLES, DeviceState, Health, HealthState, Role, no_device

D = TypeVar("D")


class Registry:
    """The devices of one station. Any thread may call any method; none but ``replace`` and ``close`` waits.

    The order of ``drivers`` is the default order of choice, then the order of attaching. ``preferred`` maps a
    role's name to the device chosen earlier. ``allow_simulated`` is False for a live store: simulated drivers are then
    not started, and a simulated device that some driver reports all the same is not listed. ``hotplug`` is closed
    after the drivers.
    """

    def __init__(
        self,
        drivers: Sequence[Driver],
        *,
        allow_simulated: bool,
        preferred: Mapping[str, str] | None = None,
        hotplug: HotPlug | None = None,
    ) -> None:
        self._hotplug = hotplug
        self._given = tuple(drivers)
        self._drivers = tuple(driver for driver in drivers if allow_simulated or not driver.simulated)
        self._allow_simulated = allow_simulated
        self._preferred = dict(preferred or {})
        self._lock = threading.Lock()
        self._devices: dict[str, Device] = {}
        self._away: set[str] = set()
        self._rank: dict[str, tuple[int, int]] = {}
        self._listeners: list[Callable[[], None]] = []

    def start(self) -> None:
        """Let the drivers look for devices. Returns at once; what they find is told to the subscribers."""
        for driver in self._drivers:
            driver.start(self)

    def close(self) -> None:
        """Close every driver given, also those that were not started."""
        with self._lock:
            self._listeners.clear()
        for driver in self._given:
            driver.close()
        if self._hotplug is not None:
            self._hotplug.close()

    def why_nothing(self) -> Sequence[tuple[str, Text]]:
        """Driver name and reason, for each driver that has no device to offer: for the doctor command."""
        found = ((driver.name, driver.why_nothing()) for driver in self._drivers)
        return [(name, reason) for name, reason in found if reason is not None]

    def replace(self, old: Driver, new: Driver) -> None:
        """Let ``new`` take the place of ``old``, as after a change of its settings; the others go on undisturbed.

        Whoever uses a device of ``old`` gets DeviceRemoved. Blocks until ``old`` has let go: not for the face's thread.
        """
        old.close()
        with self._lock:
            self._given = tuple(new if driver is old else driver for driver in self._given)
            started = old in self._drivers
            self._drivers = tuple(new if driver is old else driver for driver in self._drivers)
            for device_id in [key for key, device in self._devices.items() if device.info.driver == old.name]:
                del self._devices[device_id]
                self._away.discard(device_id)
        if started:
            new.start(self)
        self._tell()

    # --- what drivers report (DriverListener) ---

    def attached(self, device: Device) -> None:
        """A driver reports a device, new or back."""
        info = device.info
        if info.simulated and not self._allow_simulated:
            return
        with self._lock:
            order = next((n for n, driver in enumerate(self._drivers) if driver.name == info.driver), 0)
            self._rank.setdefault(info.device_id, (order, len(self._rank)))
            self._devices[info.device_id] = device
            self._away.discard(info.device_id)
        self._tell()

    def detached(self, device_id: str) -> None:
        """A driver reports a device gone. It stays listed, as gone."""
        with self._lock:
            if device_id in self._devices:
                self._away.add(device_id)
        self._tell()

    def health_changed(self, device_id: str) -> None:
        """A driver reports news of a device's health."""
        if device_id in self._devices:
            self._tell()

    # --- what the station asks (DeviceRegistry) ---

    def states(self) -> Sequence[DeviceState]:
        """Every device known, attached or gone, in order of choice."""
        devices, health = self._snapshot()
        chosen = {role.name: self._chosen(role, devices, health) for role in ROLES}
        listed = []
        for device in devices:
            roles = tuple(role for role in device.info.roles if chosen.get(role.name) is device)
            says = health[device.info.device_id]
            if says.state is HealthState.READY:
                says = self._with_stand_in(device, roles, devices, health)
            listed.append(DeviceState(device.info, says, roles))
        return listed

    def open(self, role: Role[D]) -> AbstractContextManager[D]:
        """A session with the device chosen for ``role``. Entering it raises NoDevice, DeviceBusy."""
        return self._session(role, None)

    def open_device(self, role: Role[D], device_id: str) -> AbstractContextManager[D]:
        """A session with one device. Entering it raises NoDevice, DeviceBusy, DeviceRemoved."""
        return self._session(role, device_id)

    @contextmanager
    def _session(self, role: Role[D], device_id: str | None) -> Iterator[D]:
        devices, health = self._snapshot()
        if device_id is None:
            device = self._chosen(role, devices, health)
        else:
            device = next((d for d in self._wanted(role, devices) if d.info.device_id == device_id), None)
        if device is None:
            raise no_device(role)
        filled = cast("D", device.open(role))  # the one place where a role's name becomes its type
        try:
            yield filled
        finally:
            device.end_session(role)

    def choose(self, role: Role[object], device_id: str) -> None:
        """Let ``device_id`` fill ``role`` from now on. Raises NoDevice when it does not fill it."""
        with self._lock:
            device = self._devices.get(device_id)
            if device is None or role.name not in {filled.name for filled in device.info.roles}:
                raise NoDevice(
                    say("This device cannot be used as: {role}.", role=role.title),
                    say("Choose one of the devices listed for it."),
                )
            self._preferred[role.name] = device_id
        self._tell()

    def subscribe(self, listener: Callable[[], None]) -> Callable[[], None]:
        """Call ``listener`` after each change, on the thread that noticed it; returns what ends it."""
        with self._lock:
            self._listeners.append(listener)

        def end() -> None:
            with self._lock:
                if listener in self._listeners:
                    self._listeners.remove(listener)

        return end

    # --- choosing ---

    def _snapshot(self) -> tuple[list[Device], dict[str, Health]]:
        with self._lock:
            devices = sorted(self._devices.values(), key=lambda device: self._rank[device.info.device_id])
            away = set(self._away)
        health = {device.info.device_id: device.health() for device in devices}
        gone = Health(HealthState.GONE, say("Unplugged. Plug it in again."))
        for device_id in away:
            if health[device_id].state is not HealthState.GONE:
                health[device_id] = gone
        return devices, health

    def _wanted(self, role: Role[object], devices: Sequence[Device]) -> list[Device]:
        """Who can fill ``role``, the officer's choice first."""
        able = [device for device in devices if role.name in {filled.name for filled in device.info.roles}]
        preferred = self._preferred.get(role.name)
        return sorted(able, key=lambda device: (device.info.device_id != preferred, device.info.manual))

    def _chosen(self, role: Role[object], devices: Sequence[Device], health: Mapping[str, Health]) -> Device | None:
        wanted = self._wanted(role, devices)
        here = [device for device in wanted if health[device.info.device_id].state is not HealthState.GONE]
        if not here or here[0] is wanted[0]:
            return here[0] if here else None
        # The first choice is gone: a device in trouble is no stand-in while another is well.
        well = [d for d in here if health[d.info.device_id].state is not HealthState.TROUBLE]
        return (well or here)[0]

    def _with_stand_in(
        self,
        device: Device,
        roles: Sequence[Role[object]],
        devices: Sequence[Device],
        health: Mapping[str, Health],
    ) -> Health:
        for role in roles:
            first = self._wanted(role, devices)[0]
            if first is not device:
                says = say("Ready. Stands in for {device}, which is gone.", device=first.info.name)
                return Health(HealthState.READY, says)
        return health[device.info.device_id]

    def _tell(self) -> None:
        with self._lock:
            listeners = list(self._listeners)
        for listener in listeners:
            listener()
