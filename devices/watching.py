# SPDX-License-Identifier: Apache-2.0
"""Looking for devices, once for all drivers: compare what is there with what was, and tell what came and went."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Mapping
from typing import Final, Generic, Protocol, TypeVar

from devices.base import Device, DriverListener
from devices.hotplug import HotPlug
from station.domain.words import Text

_log = logging.getLogger(__name__)

SETTLE: Final = 0.2  # seconds to let a burst of events pass: one cable makes twenty
CLOSING: Final = 5.0  # seconds that close() waits for the look under way
AFTERWARDS: Final = (2.0, 8.0)  # seconds of the next waits: a device may need a while until it can be found

F = TypeVar("F")
F_contra = TypeVar("F_contra", contravariant=True)


class Watched(Device, Protocol[F_contra]):
    """A device that a watch moves. The watch's thread calls; nothing of it may wait long for hardware."""

    @property
    def gone(self) -> bool:
        """Whether it is away."""
        ...

    def came(self, found: F_contra) -> None:
        """It is there: for the first time, again, or under another name or node than before."""
        ...

    def went(self) -> None:
        """It is gone: whoever waits gets DeviceRemoved."""
        ...

    def close(self) -> None:
        """End its threads and processes."""
        ...


class Watch(Generic[F]):
    """What most drivers are: a look now and then, and at once when the system reports a change.

    ``look`` gives what is attached now by device id, or None when it cannot tell now (nothing changes then; an
    OSError means the same). It runs on the watch's own thread and may take its time. What was found is compared with
    ``==``: a device is told when it is found under another name or node. ``make`` builds the device for an id that
    was never seen; it gets ``changed``, to be called with the id after each change of health. ``subsystems``: names
    of the kernel's subsystems whose events bring the next look forward (``usb``, ``tty``, ``video4linux``). Looks
    come every ``seconds``; every ``quiet_seconds`` while the system tells of changes, for looks that cost something.
    """

    def __init__(
        self,
        name: str,
        *,
        look: Callable[[], Mapping[str, F] | None],
        make: Callable[[str, F, Callable[[str], None]], Watched[F]],
        seconds: float,
        quiet_seconds: float | None = None,
        hotplug: HotPlug | None = None,
        subsystems: tuple[str, ...] = (),
    ) -> None:
        self._look_now = look
        self._make = make
        self._seconds = seconds
        self._quiet_seconds = seconds if quiet_seconds is None else quiet_seconds
        self._hotplug = hotplug
        self._subsystems = subsystems
        self._listener: DriverListener | None = None
        self._devices: dict[str, Watched[F]] = {}
        self._there: dict[str, F] = {}  # what the last look found; the watch's thread only
        self._attached: set[str] = set()  # what the listener was last told
        self._telling = threading.RLock()  # what is told last is what is true last
        self._looked = False
        self._burst = False
        self._soon = threading.Event()
        self._ended = threading.Event()
        self._forget: Callable[[], None] = lambda: None
        self._thread = threading.Thread(target=self._run, name=f"watch {name}", daemon=True)

    def start(self, listener: DriverListener) -> None:
        """Begin to look. Returns at once."""
        self._listener = listener
        if self._hotplug is not None and self._subsystems:
            self._forget = self._hotplug.subscribe(self._subsystems, self._told)
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
        with self._telling:
            return tuple(self._devices.values())

    def nothing(self, why: Text) -> Text | None:
        """``why`` when a look is over and nothing is there, for ``Driver.why_nothing``."""
        return why if self._looked and not self._there else None

    def close(self) -> None:
        """End the looks, after the one under way, and close every device. A look that hangs is left behind."""
        self._forget()
        self._ended.set()
        self._soon.set()
        if self._thread.is_alive() and threading.current_thread() is not self._thread:
            self._thread.join(CLOSING)
        for device in self.devices:
            device.close()

    def _told(self) -> None:
        self._burst = True
        self._soon.set()

    def _run(self) -> None:
        waits: list[float] = []
        while not self._ended.is_set():
            if self._burst:
                waits = list(AFTERWARDS)
                self._ended.wait(SETTLE)
            self._burst = False
            self._soon.clear()
            seen = self._looked_for()
            if self._ended.is_set():
                return
            if seen is not None:
                self._compare(seen)
            self._looked = True
            self._soon.wait(min(waits.pop(0), self._pause) if waits else self._pause)

    @property
    def _pause(self) -> float:
        told = self._hotplug is not None and bool(self._subsystems) and self._hotplug.listening
        return self._quiet_seconds if told else self._seconds

    def _looked_for(self) -> Mapping[str, F] | None:
        try:
            return self._look_now()
        except OSError as error:
            _log.info("a look for devices ended with %s", type(error).__name__)
            return None

    def _compare(self, seen: Mapping[str, F]) -> None:
        for device_id, found in seen.items():
            device = self._devices.get(device_id)
            if device is None:
                device = self._make(device_id, found, self._changed)
                with self._telling:
                    self._devices[device_id] = device
                device.came(found)
            elif device.gone or device_id not in self._there or self._there[device_id] != found:
                device.came(found)
            self._tell(device_id)
        for device_id in self._there.keys() - seen.keys():
            self._devices[device_id].went()
            self._tell(device_id)
        self._there = dict(seen)

    def _changed(self, device_id: str) -> None:
        """A device has news of its health, on any thread."""
        if not self._tell(device_id) and self._listener is not None:
            self._listener.health_changed(device_id)

    def _tell(self, device_id: str) -> bool:
        """Tell whether it is attached, if that is news. Returns whether it was."""
        assert self._listener is not None
        with self._telling:
            device = self._devices.get(device_id)
            gone = device is None or device.gone
            if device is None or gone is (device_id not in self._attached):
                return False
            if gone:
                self._attached.discard(device_id)
                self._listener.detached(device_id)
            else:
                self._attached.add(device_id)
                self._listener.attached(device)
            return True
