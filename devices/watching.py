# SPDX-License-Identifier: Apache-2.0
"""Looking for devices, once for all drivers: compare what is there with what was, and tell what came and went."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from typing import Generic, Protocol, TypeVar

from devices.base import Device, DriverListener
from devices.hotplug import HotPlug
from station.domain.words import Text

F = TypeVar("F")
F_contra = TypeVar("F_contra", contravariant=True)


class Watched(Device, Protocol[F_contra]):
    """A device that a watch moves. The watch's thread calls; nothing of it may wait long for hardware."""

    @property
    def gone(self) -> bool:
        """Whether it is away."""
        ...

    def came(self, found: F_contra) -> None:
        """It is there, for the first time or again, perhaps under another name or node."""
        ...

    def went(self) -> None:
        """It is gone: whoever waits gets DeviceRemoved."""
        ...

    def close(self) -> None:
        """End its threads and processes."""
        ...


class Watch(Generic[F]):
    """What most drivers are: a look now and then, and at once when the system reports a change.

    ``look`` gives what is attached now by device id, or None when it cannot tell now (nothing changes then). It runs
    on the watch's own thread and may take its time. ``make`` builds the device for an id that was never seen; it gets
    ``changed``, to be called with the id after each change of health. ``subsystems``: names of the kernel's
    subsystems whose events bring the next look forward (``usb``, ``tty``, ``video4linux``); without a source of
    events the look every ``seconds`` is all there is.
    """

    def __init__(
        self,
        name: str,
        *,
        look: Callable[[], Mapping[str, F] | None],
        make: Callable[[str, F, Callable[[str], None]], Watched[F]],
        seconds: float,
        hotplug: HotPlug | None = None,
        subsystems: tuple[str, ...] = (),
    ) -> None:
        self._look_now = look
        self._make = make
        self._seconds = seconds
        self._hotplug = hotplug
        self._subsystems = subsystems
        self._listener: DriverListener | None = None
        self._devices: dict[str, Watched[F]] = {}
        self._there: set[str] = set()
        self._looked = False
        self._soon = threading.Event()
        self._ended = threading.Event()
        self._forget: Callable[[], None] = lambda: None
        self._thread = threading.Thread(target=self._run, name=f"watch {name}", daemon=True)

    def start(self, listener: DriverListener) -> None:
        """Begin to look. Returns at once."""
        self._listener = listener
        if self._hotplug is not None and self._subsystems:
            self._forget = self._hotplug.subscribe(self._subsystems, self.look_soon)
        self._thread.start()

    def look_soon(self) -> None:
        """Look now instead of when it is time; any thread."""
        self._soon.set()

    @property
    def looked(self) -> bool:
        """Whether a first look is over."""
        return self._looked

    @property
    def devices(self) -> tuple[Watched[F], ...]:
        """Every device ever seen."""
        return tuple(self._devices.values())

    def nothing(self, why: Text) -> Text | None:
        """``why`` when a look is over and nothing is there, for ``Driver.why_nothing``."""
        return why if self._looked and not self._there else None

    def close(self) -> None:
        """End the look under way and close every device."""
        self._forget()
        self._ended.set()
        self._soon.set()
        if self._thread.is_alive() and threading.current_thread() is not self._thread:
            self._thread.join()
        for device in self._devices.values():
            device.close()

    def _run(self) -> None:
        while not self._ended.is_set():
            self._soon.clear()
            seen = self._look_now()
            if self._ended.is_set():
                return
            if seen is not None:
                self._compare(seen)
            self._looked = True
            self._soon.wait(self._seconds)

    def _compare(self, seen: Mapping[str, F]) -> None:
        assert self._listener is not None
        for device_id, found in seen.items():
            device = self._devices.get(device_id)
            if device is None:
                device = self._devices[device_id] = self._make(device_id, found, self._changed)
            if device_id not in self._there or device.gone:
                device.came(found)
                self._listener.attached(device)
        for device_id in self._there - seen.keys():
            self._devices[device_id].went()
            self._listener.detached(device_id)
        self._there = set(seen)

    def _changed(self, device_id: str) -> None:
        device = self._devices.get(device_id)
        if self._listener is None or device is None:
            return
        if device.gone:
            self._listener.detached(device_id)
        else:
            self._listener.health_changed(device_id)
