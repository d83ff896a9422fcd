# SPDX-License-Identifier: Apache-2.0
"""A device as the registry sees it, put together once for all drivers: presence, exclusive use, thread, trouble.

A driver gives a ``Shell`` what fills each role and keeps to its hardware. Roles of one device are used side by
side (a full-page reader scans while it reads the chip); the same role is used by one at a time.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager, suppress
from typing import Final, TypeVar

from devices.base import Attendance, Session, removed
from devices.worker import CLOSING, DeviceWorker
from station.domain.errors import DeviceError, DeviceRemoved
from station.domain.provenance import Illumination, Provenance
from station.domain.words import Text, say
from station.ports.clock import Clock
from station.ports.devices import DeviceInfo, Health, HealthState, Role
from station.ports.tasks import CancelToken

T = TypeVar("T")

_STATES: Final = (HealthState.GONE, HealthState.TROUBLE, HealthState.BUSY, HealthState.READY)  # the worst first


class Use:
    """One session of one role: the only way from a role object to the hardware. Any thread may call it."""

    def __init__(self, shell: Shell, post: RolePost, session: Session) -> None:
        self._shell = shell
        self._post = post
        self._session = session

    @property
    def role(self) -> Role[object]:
        """The role that this session fills."""
        return self._post.role

    @property
    def session(self) -> Session:
        """The exclusive use that stands behind it."""
        return self._session

    @property
    def worker(self) -> DeviceWorker:
        """The thread on which the vendor's calls are made."""
        return self._post.worker

    def check(self) -> None:
        """Raise DeviceRemoved when the device is away or this session has ended."""
        self._session.check()

    def run(
        self,
        work: Callable[[CancelToken], T],
        *,
        cancel: CancelToken,
        timeout: float | None = None,
        undo: Callable[[T], None] | None = None,
    ) -> T:
        """``work`` on the device's thread; see DeviceWorker.run. A fault becomes the device's trouble, success ends it.

        A DeviceError that says the trouble is not the device's own (``station.domain.errors.ChipRemoved``) is
        passed on and leaves the device well.
        """
        self._session.check()
        try:
            result = self._post.worker.run(
                self._session.bound(work), cancel=cancel, timeout=timeout, undo=undo, owner=self._session
            )
        except DeviceError as error:
            if not self._shell.gone and not isinstance(error, DeviceRemoved) and error.troubles_the_device:
                self._post.attendance.trouble(error)
            raise
        self._post.attendance.well()
        return result

    def awaiting(self, says: Text) -> AbstractContextManager[None]:
        """While inside, the device in use says what it waits for. On the device's thread."""
        return self._post.attendance.awaiting(says)

    def trouble(self, error: DeviceError) -> None:
        """Somebody has to do something: shown as cause and next step until a call works."""
        self._post.attendance.trouble(error)

    def provenance(self, *, manual: bool = False, illumination: Illumination | None = None) -> Provenance:
        """Where a value captured now comes from."""
        return self._post.attendance.provenance(self._post.role, manual=manual, illumination=illumination)


class RolePost:
    """One role of one device: who has it now, and the thread its calls run on."""

    def __init__(self, role: Role[object], attendance: Attendance, worker: DeviceWorker) -> None:
        self.role = role
        self.attendance = attendance
        self.worker = worker


class Shell:
    """``devices.base.Device``, complete. Every method may be called from any thread, and none waits for hardware.

    ``fills`` maps the name of each role in ``info.roles`` to what makes its role object for one session. It must not
    touch hardware: the first call does, where a stop can reach it. ``ended`` is told of each session that ends, and
    puts the hardware to rest with ``worker.begin``. With ``one_thread`` all roles share a thread: for libraries that
    want it; a wait in one role then holds up the other. ``patience``: seconds after which a call that waits for nobody
    (see ``Use.awaiting``) is called silent in the device's health, while it goes on; None for devices that watch that
    themselves.
    """

    def __init__(
        self,
        info: DeviceInfo,
        *,
        clock: Clock,
        changed: Callable[[str], None],
        fills: Mapping[str, Callable[[Use], object]],
        ended: Callable[[Use, DeviceRemoved], None] | None = None,
        one_thread: bool = False,
        patience: float | None = None,
    ) -> None:
        if set(fills) != {role.name for role in info.roles}:
            raise ValueError("a device fills exactly the roles it lists")
        self.info = info
        self._fills = dict(fills)
        self._ended = ended
        self._patience = patience
        self._lock = threading.Lock()
        self._uses: dict[str, Use] = {}
        shared = DeviceWorker(info.name) if one_thread else None
        self._posts = {
            role.name: RolePost(
                role, Attendance(info, clock=clock, changed=changed), shared or DeviceWorker(f"{info.name} {role.name}")
            )
            for role in info.roles
        }

    # --- what the registry asks (devices.base.Device) ---

    def health(self) -> Health:
        """The worst that one of its roles says."""
        found = [
            post.attendance.health(complaint=post.worker.complaint() or self._silent(post))
            for post in self._posts.values()
        ]
        return min(found, key=lambda health: _STATES.index(health.state))

    def _silent(self, post: RolePost) -> Text | None:
        """ "No answer since 12 s", for a call under way that waits for the device alone."""
        busy, waited = post.worker.busy_since, post.attendance.since_awaiting
        if self._patience is None or busy is None or waited is None or min(busy, waited) < self._patience:
            return None
        return say(
            "No answer since {seconds} s. Stop with Esc, or choose another device with F8.",
            seconds=round(min(busy, waited)),
        )

    def open(self, role: Role[object]) -> object:
        """Begin exclusive use of one role. Raises DeviceBusy, DeviceRemoved."""
        post = self._posts[role.name]
        session = post.attendance.claim()
        use = Use(self, post, session)
        with self._lock:
            self._uses[role.name] = use
        try:
            return self._fills[role.name](use)
        except BaseException:
            self.end_session(role)  # nobody got an object, so nobody would ever end it
            raise

    def end_session(self, role: Role[object]) -> None:
        """End exclusive use of one role: calls under way end with DeviceRemoved. Harmless when there is none."""
        with self._lock:
            use = self._uses.pop(role.name, None)
        if use is None:
            return  # ended already, or by another thread at this moment
        post = self._posts[role.name]

        def let_go(error: DeviceRemoved) -> None:
            post.worker.fail_waiting(error, owner=use.session)
            if self._ended is not None:
                with suppress(DeviceRemoved):  # closed in between: the thread that would put it to rest is no more
                    self._ended(use, error)

        post.attendance.end(let_go)

    # --- what the driver tells ---

    @property
    def gone(self) -> bool:
        """Whether the device is away."""
        return any(post.attendance.gone for post in self._posts.values())

    @property
    def in_use(self) -> bool:
        """Whether any session holds it."""
        return any(post.attendance.session is not None for post in self._posts.values())

    def worker(self, role: Role[object]) -> DeviceWorker:
        """The thread of a role, for what belongs to no session: tidying up when the device came, or after a use."""
        return self._posts[role.name].worker

    def went(self, says: Text | None = None, *, error: DeviceRemoved | None = None) -> None:
        """The device is gone: whoever waits gets ``error``."""
        for post in self._posts.values():
            post.attendance.went(says)
        for post in self._posts.values():
            post.worker.fail_waiting(error or removed(self.info.name))

    def returned(self) -> None:
        """The device is there; what troubled it before is forgotten."""
        for post in self._posts.values():
            post.attendance.returned()

    def trouble(self, error: DeviceError) -> None:
        """What troubles the device outside any call, as a missing right does."""
        for post in self._posts.values():
            post.attendance.trouble(error)

    def well(self) -> None:
        """No trouble any more."""
        for post in self._posts.values():
            post.attendance.well()

    def close(self) -> None:
        """End the threads. Sessions end as if the device had gone; nobody begins another one."""
        for post in self._posts.values():
            post.attendance.went(say("The station is closing."))
        for role in self.info.roles:
            self.end_session(role)
        for post in self._posts.values():
            post.worker.end()
        deadline = time.monotonic() + CLOSING
        for post in self._posts.values():
            post.worker.close(deadline=deadline)
