# SPDX-License-Identifier: Apache-2.0
"""Looking for devices, once for all drivers: compare what is there with what was, and tell what came and went."""

from __future__ import annotations

import logging
import threading
import traceback
from collections.abc import Callable, Mapping
from pathlib import PurePath
from typing import Final, Generic, Protocol, TypeVar

from devices.base import Device, DriverListener, close_all
from devices.hotplug import HotPlug
from station.domain.words import Text, say

_log = logging.getLogger(__name__)

SETTLE: Final = 0.2  # seconds to let a burst of events pass: one cable makes twenty
MOST_SETTLE: Final = 5.0  # seconds that this grows to while bursts follow bursts, as at a loose plug
REMEMBERED: Final = 16  # devices of one watch, those that are gone counted: then the longest gone is forgotten
AT_ONCE: Final = 64  # devices of one watch that may be attached at the same time
AFTER_FAULT: Final = 5.0  # seconds until looks that a fault of ours ended begin again
CLOSING: Final = 5.0  # seconds that close() waits for the look under way
AFTERWARDS: Final = (2.0, 8.0)  # seconds of the next waits: a device may need a while until it can be found

_BEGINS_AGAIN: Final = say("The search for devices stopped because of a fault in the program. It is starting again.")

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


class Settling:
    """How long to let events pass: longer and longer while they go on."""

    def __init__(self) -> None:
        self._next = SETTLE

    def seconds(self, *, burst: bool) -> float:
        """Seconds to wait before the next look; ``burst``: whether events came since the last."""
        now = self._next
        self._next = min(2 * now, MOST_SETTLE) if burst else SETTLE
        return now if burst else 0.0


class Watch(Generic[F]):
    """What most drivers are: a look now and then, and at once when the system reports a change.

    ``look`` gives what is attached now by device id, or None when it cannot tell now (nothing changes then; an
    OSError means the same). It runs on the watch's own thread and may take its time. What was found is compared with
    ``==``: a device is told when it is found under another name or node. ``make`` builds the device for an id that
    was never seen; it gets ``changed``, to be called with the id after each change of health. ``subsystems``: names
    of the kernel's subsystems whose events bring the next look forward (``usb``, ``tty``, ``video4linux``). Looks
    come every ``seconds``; every ``quiet_seconds`` while the system tells of changes, for looks that cost something.
    ``identity``: what of a find tells one device from another at the same place (serial number, version, name); a
    device whose identity changed is closed and made anew. ``remade``: what comes back is made anew as well, where a
    find cannot tell one device from another.

    A fault in a look or in a device is logged by its type and place, and the looks begin again.
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
        identity: Callable[[F], object] = lambda _found: None,
        remade: bool = False,
    ) -> None:
        self._look_now = look
        self._make = make
        self._identity = identity
        self._remade = remade
        self._seconds = seconds
        self._quiet_seconds = seconds if quiet_seconds is None else quiet_seconds
        self._hotplug = hotplug
        self._subsystems = subsystems
        self._listener: DriverListener | None = None
        self._devices: dict[str, Watched[F]] = {}
        self._there: dict[str, F] = {}  # what the last look found; the watch's thread only
        self._made_of: dict[str, F] = {}  # what each device was made of, the longest gone first; the same thread only
        self._attached: set[str] = set()  # what the listener was last told
        self._telling = threading.RLock()  # what is told last is what is true last
        self._looked = False
        self._stumbled = False
        self._burst = False
        self._soon = threading.Event()
        self._ended = threading.Event()
        self._forget: Callable[[], None] = lambda: None
        self._thread = threading.Thread(target=self._run, name=f"watch {name}", daemon=True)

    def start(self, listener: DriverListener) -> None:
        """Begin to look. Returns at once."""
        if self._ended.is_set():
            return
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
        """Every device that is attached or remembered."""
        with self._telling:
            return tuple(self._devices.values())

    def nothing(self, why: Text) -> Text | None:
        """``why`` when a look is over and nothing is there, for ``Driver.why_nothing``."""
        if self._there:
            return None
        return _BEGINS_AGAIN if self._stumbled else why if self._looked else None

    def close(self) -> None:
        """End the looks, after the one under way, and close every device. A look that hangs is left behind."""
        self._forget()
        self._ended.set()
        self._soon.set()
        if self._thread.is_alive() and threading.current_thread() is not self._thread:
            self._thread.join(CLOSING)
        close_all([device.close for device in self.devices], seconds=CLOSING)

    def _told(self) -> None:
        self._burst = True
        self._soon.set()

    def _run(self) -> None:
        while not self._ended.is_set():
            try:
                self._keep_looking()
            except Exception as fault:  # noqa: BLE001 - one fault must not end the search until the next start
                self._stumbled = True
                place = traceback.extract_tb(fault.__traceback__)[-1]
                _log.error(
                    "looks for devices ended with %s at %s:%s; they begin again",
                    type(fault).__name__,
                    PurePath(place.filename).name,
                    place.lineno,
                )
                self._ended.wait(AFTER_FAULT)

    def _keep_looking(self) -> None:
        waits: list[float] = []
        settling = Settling()
        while not self._ended.is_set():
            burst = self._burst
            self._ended.wait(settling.seconds(burst=burst))
            if burst:
                waits = list(AFTERWARDS)
            self._burst = False
            self._soon.clear()
            seen = self._looked_for()
            if self._ended.is_set():
                return
            if seen is not None:
                self._compare(seen)
            self._looked = True
            self._stumbled = False
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
        for device_id in [known for known in self._there if known not in seen]:
            del self._there[device_id]
            self._devices[device_id].went()
            self._tell(device_id)
            self._made_of[device_id] = self._made_of.pop(device_id)  # now the last that went
        for device_id, found in seen.items():
            if self._ended.is_set():
                return
            known = self._devices.get(device_id)
            if known is not None and self._is_another(device_id, found):
                self._drop(device_id)
                known = None
            device = known or self._made(device_id, found)
            if device is None:
                continue
            if device.gone or device_id not in self._there or self._there[device_id] != found:
                device.came(found)
            self._there[device_id] = found
            self._tell(device_id)

    def _is_another(self, device_id: str, found: F) -> bool:
        back = self._remade and device_id not in self._there
        return back or self._identity(found) != self._identity(self._made_of[device_id])

    def _made(self, device_id: str, found: F) -> Watched[F] | None:
        """A new device; None when there are too many, and while the watch closes."""
        if len(self._devices) >= REMEMBERED:
            oldest = next((key for key in self._made_of if key not in self._there), None)
            if oldest is not None:
                self._drop(oldest)
                assert self._listener is not None
                self._listener.forgotten(oldest)
            elif len(self._devices) >= AT_ONCE:
                return None
        device = self._make(device_id, found, self._changed)
        with self._telling:
            if not self._ended.is_set():
                self._devices[device_id] = device
                self._made_of[device_id] = found
                return device
        device.close()  # close() did not see it
        return None

    def _drop(self, device_id: str) -> None:
        """Close a device and know it no more."""
        assert self._listener is not None
        with self._telling:
            device = self._devices.pop(device_id)
            attached = device_id in self._attached
            self._attached.discard(device_id)
            if attached:
                self._listener.detached(device_id)
        del self._made_of[device_id]
        self._there.pop(device_id, None)
        device.close()

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
