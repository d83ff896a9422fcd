# SPDX-License-Identifier: Apache-2.0
"""The officer at the keyboard fills the MRZ reader's role, so that a dead scanner never stops a post."""

from __future__ import annotations

import queue
from collections.abc import Sequence
from typing import Final

from devices.base import DriverListener
from devices.shell import Shell, Use
from station.domain.errors import DeviceRemoved
from station.domain.words import Text, say
from station.ports.clock import Clock
from station.ports.devices import MRZ_READER, DeviceInfo, MrzLines
from station.ports.tasks import CancelToken

DRIVER: Final = "manual"
Lines = tuple[str, ...]


class KeyedMrz:
    """The driver; its one device is a shell: there is one keyboard, and it is always there.

    The page calls ``submit`` on the interface's thread; whoever holds the role waits in ``read`` on another.
    """

    name = DRIVER
    simulated = False

    def __init__(self, *, clock: Clock) -> None:
        self.info = DeviceInfo("manual:keyboard", "Keyed in by the officer", DRIVER, (MRZ_READER,), manual=True)
        self._listener: DriverListener | None = None
        self._reader: _Reader | None = None
        self._shell = Shell(
            self.info,
            clock=clock,
            changed=self._changed,
            fills={MRZ_READER.name: self._begin},
            ended=self._session_ended,
        )

    def start(self, listener: DriverListener) -> None:
        """Offer the keyboard."""
        self._listener = listener
        listener.attached(self._shell)

    def why_nothing(self) -> Text | None:
        """The keyboard is always there."""
        return None

    def close(self) -> None:
        """Whoever waits gets DeviceRemoved."""
        self._shell.close()

    def submit(self, lines: Sequence[str]) -> bool:
        """Hand over what the officer keyed, line by line. False when nobody listens: keep the form."""
        reader = self._reader
        if reader is None:
            return False
        reader.keyed.put(tuple(lines))
        return True

    def _begin(self, use: Use) -> object:
        self._reader = _Reader(use)
        return self._reader

    def _session_ended(self, _use: Use, _error: DeviceRemoved) -> None:
        reader, self._reader = self._reader, None
        if reader is not None:
            reader.keyed.put(None)

    def _changed(self, device_id: str) -> None:
        if self._listener is not None:
            self._listener.health_changed(device_id)


class _Reader:
    """One session's MrzReader."""

    def __init__(self, use: Use) -> None:
        self._use = use
        self.keyed: queue.SimpleQueue[Lines | None] = queue.SimpleQueue()  # None only wakes whoever waits

    def read(self, *, cancel: CancelToken) -> MrzLines:
        """Wait for the officer's next lines. Raises Cancelled, DeviceRemoved when the session ends."""
        lines = self._use.run(self._wait, cancel=cancel, undo=self.keyed.put)
        return MrzLines(lines, self._use.provenance(manual=True))

    def _wait(self, token: CancelToken) -> Lines:
        forget = token.on_cancel(lambda: self.keyed.put(None))
        try:
            with self._use.awaiting(say("Waiting for the officer to key in the MRZ.")):
                while (lines := self.keyed.get()) is None:
                    token.raise_if_cancelled()
                return lines
        finally:
            forget()
