# SPDX-License-Identifier: Apache-2.0
"""The officer at the keyboard fills the MRZ reader's role, so that a dead scanner never stops a post."""

from __future__ import annotations

import queue
import threading
from collections.abc import Sequence

from devices.base import Attendance, DriverListener, Session
from station.domain.errors import Cancelled, DeviceRemoved
from station.domain.words import Text, say
from station.ports.clock import Clock
from station.ports.devices import MRZ_READER, DeviceInfo, Health, MrzLines, Role
from station.ports.tasks import CancelToken

DRIVER = "manual"
_WAKE = ()


class KeyedMrz:
    """Driver and device in one: there is one keyboard, and it is always there.

    The page calls ``submit`` on the interface's thread; whoever holds the role waits in ``read`` on another.
    """

    name = DRIVER
    simulated = False

    def __init__(self, *, clock: Clock) -> None:
        self.info = DeviceInfo("manual:keyboard", "Keyed in by the officer", DRIVER, (MRZ_READER,))
        self._listener: DriverListener | None = None
        self._attendance = Attendance(self.info, clock=clock, changed=self._health_changed)
        self._reader: _Reader | None = None

    def start(self, listener: DriverListener) -> None:
        """Offer the keyboard."""
        self._listener = listener
        listener.attached(self)

    def why_nothing(self) -> Text | None:
        """The keyboard is always there."""
        return None

    def close(self) -> None:
        """Whoever waits gets DeviceRemoved."""
        self._attendance.went(say("The station is closing."))
        self.end_session(MRZ_READER)

    def health(self) -> Health:
        """Ready, or in use."""
        return self._attendance.health()

    def open(self, role: Role[object]) -> object:
        """Begin to listen for lines."""
        session = self._attendance.claim()
        self._reader = _Reader(self._attendance, session)
        return self._reader

    def end_session(self, role: Role[object]) -> None:
        """Stop listening; lines that nobody read are forgotten."""
        self._attendance.end(self._let_go)

    def _let_go(self, _error: DeviceRemoved) -> None:
        reader, self._reader = self._reader, None
        if reader is not None:
            reader.wake()

    def submit(self, lines: Sequence[str]) -> bool:
        """Hand over what the officer keyed, line by line. False when nobody listens: keep the form."""
        reader = self._reader
        if reader is None:
            return False
        reader.take(tuple(lines))
        return True

    def _health_changed(self, device_id: str) -> None:
        if self._listener is not None:
            self._listener.health_changed(device_id)


class _Reader:
    """One session's MrzReader."""

    def __init__(self, attendance: Attendance, session: Session) -> None:
        self._attendance = attendance
        self._session = session
        self._lines: queue.SimpleQueue[tuple[str, ...]] = queue.SimpleQueue()
        self._reading = threading.Lock()

    def take(self, lines: tuple[str, ...]) -> None:
        self._lines.put(lines)

    def wake(self) -> None:
        self._lines.put(_WAKE)

    def read(self, *, cancel: CancelToken) -> MrzLines:
        """Wait for the officer's next lines. Raises Cancelled, DeviceRemoved when the session ends."""
        forget = cancel.on_cancel(self.wake)
        try:
            with self._reading:
                while True:
                    self._session.check()
                    if cancel.cancelled:
                        raise Cancelled
                    lines = self._lines.get()
                    if lines != _WAKE:
                        return MrzLines(lines, self._attendance.provenance(MRZ_READER, manual=True))
        finally:
            forget()
