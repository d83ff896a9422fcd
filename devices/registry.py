# SPDX-License-Identifier: Apache-2.0
"""What is attached now, by role: which device fills it, and which one stands in when that is gone."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from itertools import count
from typing import TypeVar, cast

from devices.base import Device, Driver, close_all
from devices.hotplug import HotPlug
from station.domain.errors import NoDevice
from station.domain.words import Text, say
from station.ports.devices import ROLES, DeviceInfo, DeviceState, Health, HealthState, Role, no_device

D = TypeVar("D")
_CLOSING = 5.0  # seconds that close() waits for all drivers together


class Ear:
    """Where one driver tells its news. Once the driver was replaced, or the registry closed, nothing comes of it."""

    def __init__(self, registry: Registry, driver: Driver, order: int) -> None:
        self._registry = registry
        self.driver = driver
        self.order = order

    def attached(self, device: Device) -> None:
        """A driver reports a device, new or back."""
        self._registry.attached(device, self)

    def detached(self, device_id: str) -> None:
        """A driver reports a device gone. It stays listed, as gone."""
        self._registry.detached(device_id, self)

    def health_changed(self, device_id: str) -> None:
        """A driver reports news of a device's health."""
        self._registry.health_changed(device_id, self)

    def forgotten(self, device_id: str) -> None:
        """A driver knows a device no more."""
        self._registry.forgotten(device_id, self)


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
        self._closed = False
        self._refused: dict[str, DeviceInfo] = {}  # the last simulated one of each driver, in a live store
        self._ears = {driver: Ear(self, driver, order) for order, driver in enumerate(self._drivers)}
        self._from: dict[str, Ear | None] = {}  # who told of each device
        self._devices: dict[str, Device] = {}
        self._away: set[str] = set()
        self._rank: dict[str, tuple[int, int]] = {}
        self._numbers = count()
        self._listeners: list[Callable[[], None]] = []

    def start(self) -> None:
        """Let the drivers look for devices. Returns at once; what they find is told to the subscribers."""
        for driver in self._drivers:
            driver.start(self._ears[driver])

    def close(self) -> None:
        """Close every driver given, also those that were not started. What hangs is left behind after 5 seconds."""
        with self._lock:
            self._closed = True
            self._listeners.clear()
            given = self._given
        close_all([driver.close for driver in given], seconds=_CLOSING)
        if self._hotplug is not None:
            self._hotplug.close()

    def why_nothing(self) -> Sequence[tuple[str, Text]]:
        """Driver name and reason, for each driver that has no device to offer: for the doctor command."""
        found = ((driver.name, driver.why_nothing()) for driver in self._drivers)
        with self._lock:
            refused = [(info.driver, _training_only(info.name)) for info in self._refused.values()]
        return [(name, reason) for name, reason in found if reason is not None] + refused

    def replace(self, old: Driver, new: Driver) -> None:
        """Let ``new`` take the place of ``old``, as after a change of its settings; the others go on undisturbed.

        Whoever uses a device of ``old`` gets DeviceRemoved. Blocks until ``old`` has let go: not for the face's thread.
        """
        with self._lock:
            ear = self._ears.pop(old, None)  # what it tells from now on comes too late
        old.close()
        with self._lock:
            closed = self._closed
            self._given = tuple(new if driver is old else driver for driver in self._given)
            self._drivers = tuple(new if driver is old else driver for driver in self._drivers)
            for device_id in [key for key, told_by in self._from.items() if ear is not None and told_by is ear]:
                del self._devices[device_id], self._from[device_id]
                self._away.discard(device_id)
            if ear is not None:
                ear = self._ears[new] = Ear(self, new, ear.order)
        if closed:
            new.close()
            return
        if ear is not None:
            new.start(ear)
        self._tell()

    # --- what drivers report, through their ears once they were started here ---

    def attached(self, device: Device, ear: Ear | None = None) -> None:
        """A device, new or back."""
        info = device.info
        if info.simulated and not self._allow_simulated:
            with self._lock:
                self._refused[info.driver] = info
            return
        with self._lock:
            if not self._listens_to(ear):
                return
            order = 0 if ear is None else ear.order
            self._rank.setdefault(info.device_id, (order, next(self._numbers)))
            self._devices[info.device_id] = device
            self._from[info.device_id] = ear
            self._away.discard(info.device_id)
        self._tell()

    def detached(self, device_id: str, ear: Ear | None = None) -> None:
        """A device is gone. It stays listed, as gone."""
        with self._lock:
            if not self._listens_to(ear):
                return
            if device_id in self._devices:
                self._away.add(device_id)
        self._tell()

    def health_changed(self, device_id: str, ear: Ear | None = None) -> None:
        """News of a device's health."""
        with self._lock:
            if not self._listens_to(ear) or device_id not in self._devices:
                return
        self._tell()

    def forgotten(self, device_id: str, ear: Ear | None = None) -> None:
        """A device that its driver knows no more is not listed any more."""
        with self._lock:
            if not self._listens_to(ear) or self._devices.pop(device_id, None) is None:
                return
            del self._from[device_id], self._rank[device_id]
            self._away.discard(device_id)
        self._tell()

    def _listens_to(self, ear: Ear | None) -> bool:
        return not self._closed and (ear is None or self._ears.get(ear.driver) is ear)

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
                return Health(HealthState.READY, _stands_in(role, first.info.name, alone=len(device.info.roles) == 1))
        return health[device.info.device_id]

    def _tell(self) -> None:
        with self._lock:
            listeners = list(self._listeners)
        for listener in listeners:
            listener()


def _stands_in(role: Role[object], gone: str, *, alone: bool) -> Text:
    if alone:
        return say("Ready. Stands in for {device}, which is gone.", device=gone)
    return say("Ready. As {role} it stands in for {device}, which is gone.", role=role.title, device=gone)


def _training_only(name: str) -> Text:
    return say("{device} is a film or simulated: it can be used in a training store only.", device=name)
