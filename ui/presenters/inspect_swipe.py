# SPDX-License-Identifier: Apache-2.0
"""Listens at a swipe reader while the station expects a document: no key has to be pressed before a swipe.

The officer's own keyboard is no such reader: keying has its own key. Home thread only; the waiting is elsewhere.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Final

from station.domain.errors import Cancelled, LineRefused
from station.inspection.service import InspectionService
from station.ports.clock import Clock
from station.ports.devices import MRZ_READER, DeviceRegistry, HealthState, MrzLines
from station.ports.tasks import TaskHandle, TaskRunner
from ui.presenters.lane import Finishing

_AGAIN_AFTER: Final = 5.0  # seconds until a reader in trouble is asked again


class Swipes:
    """``swiped`` is called at home with each MRZ, ``refused`` with a swipe that was none."""

    def __init__(
        self,
        service: InspectionService,
        tasks: TaskRunner | None,
        devices: DeviceRegistry,
        clock: Clock,
        *,
        swiped: Callable[[MrzLines], None],
        refused: Callable[[LineRefused], None],
    ) -> None:
        self._service = service
        self._tasks = tasks
        self._devices = devices
        self._clock = clock
        self._swiped = swiped
        self._refused = refused
        self._handle: TaskHandle | None = None
        self._next_try = clock.monotonic()
        self._wanted = False
        self._in_trouble = False
        self._news = threading.Event()
        self._forget = devices.subscribe(self._news.set)

    @property
    def listening(self) -> bool:
        """Whether a reader is being listened to."""
        return self._handle is not None

    def look(self, *, wanted: bool) -> None:
        """Now and then: listen while ``wanted`` and while a reader is there."""
        fresh, self._wanted = wanted and not self._wanted, wanted
        if not wanted:
            self.stop()
            return
        if self._tasks is None or self._handle is not None or self._clock.monotonic() < self._next_try:
            return
        if not (fresh or self._in_trouble or self._news.is_set()):
            return
        self._news.clear()
        self._in_trouble = False
        device_id = swipe_reader(self._devices)
        if device_id is not None:
            self._listen(self._tasks, device_id)

    def stop(self) -> None:
        """Listen no longer. A swipe that came all the same is still handed over."""
        self._wanted = False
        if self._handle is not None:
            self._handle.cancel()

    def close(self) -> None:
        """The page goes away."""
        self._forget()
        self.stop()

    def _listen(self, tasks: TaskRunner, device_id: str) -> None:
        def done(mrz: MrzLines) -> None:
            self._handle = None
            self._swiped(mrz)
            self._go_on()

        def failed(problem: BaseException) -> None:
            self._handle = None
            if isinstance(problem, LineRefused):
                self._refused(problem)
            elif not isinstance(problem, Cancelled):
                # The frame shows the reader's trouble; here nobody waits for it more than for the page scanner.
                self._in_trouble = True
                self._next_try = self._clock.monotonic() + _AGAIN_AFTER
            self._go_on()

        work = Finishing(lambda cancel: self._service.swipe(device_id, cancel=cancel))
        self._handle = work.run(tasks, done=done, failed=failed)

    def _go_on(self) -> None:
        """The next look begins anew if a swipe is still wanted."""
        self._wanted = False


def swipe_reader(devices: DeviceRegistry) -> str | None:
    """The reader to listen to: the one chosen as MRZ reader, unless that is the officer's keyboard."""
    for state in devices.states():
        chosen = MRZ_READER.name in {role.name for role in state.chosen_for}
        if chosen and not state.info.manual and state.health.state is not HealthState.GONE:
            return state.info.device_id
    return None
