# SPDX-License-Identifier: Apache-2.0
"""What every driver stands on: the two protocols, exclusive use, health in words, and provenance.

Drivers are composed of these parts; there is no base class to inherit from.
"""

from __future__ import annotations

import math
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Protocol, TypeVar

from station.domain.errors import DeviceBusy, DeviceError, DeviceRemoved
from station.domain.provenance import Illumination, Provenance
from station.domain.words import Text, say
from station.ports.clock import Clock
from station.ports.devices import DeviceInfo, Health, HealthState, Role
from station.ports.tasks import CancelToken

T = TypeVar("T")

READY = say("Ready.")
IN_USE = say("In use.")
AWAITS_DOCUMENT = say("Waiting for a document.")


class Device(Protocol):
    """One piece of hardware, attached or remembered. No method of it waits for the hardware."""

    @property
    def info(self) -> DeviceInfo:
        """Name, driver and roles; never changes."""
        ...

    def health(self) -> Health:
        """How it is doing now."""
        ...

    def open(self, role: Role[object]) -> object:
        """Begin exclusive use and give the object that fills ``role``; the hardware is opened on first use.

        Raises DeviceBusy, DeviceRemoved.
        """
        ...

    def end_session(self, role: Role[object]) -> None:
        """End exclusive use of one role: calls under way end with DeviceRemoved, the hardware is let go."""
        ...


class DriverListener(Protocol):
    """Whom a driver tells. Any thread may call, and the calls return quickly."""

    def attached(self, device: Device) -> None:
        """The device is there, for the first time or again."""
        ...

    def detached(self, device_id: str) -> None:
        """The device is gone."""
        ...

    def health_changed(self, device_id: str) -> None:
        """Something about its health is new."""
        ...

    def forgotten(self, device_id: str) -> None:
        """The device was gone for longest and is remembered no more."""
        ...


class Driver(Protocol):
    """Finds the devices of one kind."""

    @property
    def name(self) -> str:
        """The driver's short name, as provenance shows it."""
        ...

    @property
    def simulated(self) -> bool:
        """Whether its devices are simulated: never started in a live store."""
        ...

    def start(self, listener: DriverListener) -> None:
        """Begin to look for devices, on threads of its own. Returns at once."""
        ...

    def why_nothing(self) -> Text | None:
        """Why it has no device to offer, for the doctor command; None while it has one or still looks."""
        ...

    def close(self) -> None:
        """Let every device go. No thread, process or file handle is left."""
        ...


class Session:
    """One exclusive use of a device. A role object keeps it and asks it before each call."""

    __slots__ = ("_attendance", "_ended")

    def __init__(self, attendance: Attendance) -> None:
        self._attendance = attendance
        self._ended = False

    def check(self) -> None:
        """Raise DeviceRemoved when the device is away or this session has ended."""
        if self._ended or self._attendance.gone or self._attendance.session is not self:
            raise removed(self._attendance.info.name)

    def bound(self, work: Callable[[CancelToken], T]) -> Callable[[CancelToken], T]:
        """The same work, not begun once this session has ended: it would take what is meant for the next one.

        Nor is it begun when the device went after the caller looked: nobody would tell it that it waits for nothing.
        """

        def checked(token: CancelToken) -> T:
            self.check()
            return work(token)

        return checked

    def end(self) -> None:
        """From now on no check passes."""
        self._ended = True


class Attendance:
    """Exclusive use, presence and trouble of one device: the bookkeeping each driver would otherwise repeat.

    ``changed`` is called after each change of health, outside the lock. Any thread may call any method.
    """

    def __init__(self, info: DeviceInfo, *, clock: Clock, changed: Callable[[str], None]) -> None:
        self.info = info
        self._clock = clock
        self._changed = changed
        self._lock = threading.Lock()
        self._session: Session | None = None
        self._gone: Text | None = None
        self._trouble: Text | None = None
        self._awaits: Text | None = None
        self._awaited = -math.inf

    def claim(self) -> Session:
        """Begin exclusive use. Raises DeviceBusy, DeviceRemoved."""
        with self._lock:
            if self._gone is not None:
                raise removed(self.info.name)
            if self._session is not None:
                raise busy(self.info.name)
            session = self._session = Session(self)
        self._changed(self.info.device_id)
        return session

    def release(self) -> None:
        """End exclusive use; harmless when there is none."""
        with self._lock:
            was, self._session = self._session, None
        if was is not None:
            self._changed(self.info.device_id)

    def end(self, let_go: Callable[[DeviceRemoved], None]) -> None:
        """End exclusive use, first for the session and only then for others; harmless when there is none.

        ``let_go`` fails the calls that wait and closes the hardware, before anybody else can claim the device: what
        it fails is of this session. Calls of this session that come later find it ended.
        """
        session = self._session
        if session is None:
            return
        session.end()
        let_go(removed(self.info.name))
        self.release()

    @property
    def session(self) -> Session | None:
        """The session that holds the device now."""
        return self._session

    @property
    def since_awaiting(self) -> float | None:
        """Seconds since it last waited for somebody; None while it does, and no bound when it never did."""
        with self._lock:
            if self._awaits is not None:
                return None
            return time.monotonic() - self._awaited

    @property
    def gone(self) -> bool:
        """Whether the device is away."""
        return self._gone is not None

    def went(self, says: Text | None = None) -> None:
        """The device is gone."""
        with self._lock:
            self._gone = says or say("Unplugged. Plug it in again.")
        self._changed(self.info.device_id)

    def returned(self) -> None:
        """The device is back; what troubled it before is forgotten."""
        with self._lock:
            self._gone = self._trouble = None
        self._changed(self.info.device_id)

    @contextmanager
    def awaiting(self, says: Text) -> Iterator[None]:
        """While inside, a device in use says what it waits for. Entered and left on the device's own thread."""
        self._await(says)
        try:
            yield
        finally:
            self._await(None)

    def _await(self, says: Text | None) -> None:
        with self._lock:
            self._awaits = says
            self._awaited = time.monotonic()
        self._changed(self.info.device_id)

    def trouble(self, error: DeviceError) -> None:
        """Somebody has to do something: shown as cause and next step until ``well``."""
        self._troubled(say("{cause} {next_step}", cause=error.cause, next_step=error.next_step))

    def well(self) -> None:
        """The last attempt worked: no trouble any more."""
        self._troubled(None)

    def _troubled(self, says: Text | None) -> None:
        with self._lock:
            same, self._trouble = self._trouble == says, says
        if not same:
            self._changed(self.info.device_id)

    def health(self, *, complaint: Text | None = None) -> Health:
        """The state in words. ``complaint`` is what the device's worker says about a hanging call."""
        with self._lock:
            if self._gone is not None:
                return Health(HealthState.GONE, self._gone)
            if complaint is not None:
                return Health(HealthState.TROUBLE, complaint)
            if self._trouble is not None:
                return Health(HealthState.TROUBLE, self._trouble)
            if self._session is not None:
                return Health(HealthState.BUSY, self._awaits or IN_USE)
            return Health(HealthState.READY, READY)

    def provenance(
        self, role: Role[object], *, manual: bool = False, illumination: Illumination | None = None
    ) -> Provenance:
        """Where a value captured now comes from."""
        return Provenance(
            role=role.name,
            device_id=self.info.device_id,
            driver=self.info.driver,
            captured_at=self._clock.now(),
            manual=manual,
            simulated=self.info.simulated,
            illumination=illumination,
        )


class Poller:
    """Calls ``look`` at once and then every ``seconds``, on a thread of its own, until closed."""

    def __init__(self, name: str, look: Callable[[], None], *, seconds: float) -> None:
        self._look = look
        self._seconds = seconds
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._run, name=f"watch {name}", daemon=True)

    def start(self) -> None:
        """Begin to look."""
        self._thread.start()

    def close(self) -> None:
        """End the thread, after the look under way."""
        self._ended.set()
        if self._thread.is_alive() and threading.current_thread() is not self._thread:
            self._thread.join()

    def _run(self) -> None:
        while not self._ended.is_set():
            self._look()
            self._ended.wait(self._seconds)


def close_all(closings: Sequence[Callable[[], None]], *, seconds: float) -> None:
    """Close several things at the same time, so that those that hang take ``seconds`` in all and not each.

    What hangs for longer is left behind. Not for closings that depend on each other.
    """
    if len(closings) == 1:
        closings[0]()
        return
    threads = [threading.Thread(target=close, name="closing", daemon=True) for close in closings]
    for thread in threads:
        thread.start()
    deadline = time.monotonic() + seconds
    for thread in threads:
        thread.join(max(0.0, deadline - time.monotonic()))


def busy(name: str) -> DeviceBusy:
    """The error for a second use of a device."""
    return DeviceBusy(
        say("{device} is already in use.", device=name),
        say("Finish or cancel what uses it now, then try again."),
    )


def removed(name: str) -> DeviceRemoved:
    """The error for a device that is away."""
    return DeviceRemoved(
        say("{device} is not attached any more.", device=name),
        say("Plug it in again, or choose another device with F8. Your entries are kept."),
    )
