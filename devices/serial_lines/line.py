# SPDX-License-Identifier: Apache-2.0
"""An open line with a thread that waits at it: bytes become messages, messages go to the role they are meant for."""

from __future__ import annotations

import contextlib
import queue
import threading
from collections.abc import Callable
from pathlib import Path

from devices.serial_lines.framing import QUIET_SECONDS, Framing, Message
from devices.serial_lines.parsing import MessageParser
from devices.serial_lines.port import LineSpeed, SerialPort
from station.domain.errors import DeviceRemoved
from station.optical.reader_text import looks_like_mrz

Item = Message | DeviceRemoved | None  # None wakes whoever waits, and means nothing else


class Inbox:
    """What came for one role since its session began."""

    def __init__(self) -> None:
        self.items: queue.SimpleQueue[Item] = queue.SimpleQueue()

    def wake(self) -> None:
        """Let whoever waits look whether it still may."""
        self.items.put(None)

    def left(self) -> bool:
        """Throw away what nobody took. Returns whether a message was among it."""
        found = False
        with contextlib.suppress(queue.Empty):
            while True:
                found |= isinstance(self.items.get_nowait(), Message)
        return found


class OpenLine:
    """The line while it is in use. The thread sleeps in the kernel until bytes come."""

    def __init__(
        self,
        path: Path,
        speed: LineSpeed,
        framing: Framing,
        *,
        deliver: Callable[[Message], None],
        gone: Callable[[DeviceRemoved], None],
    ) -> None:
        """Open and begin to listen. ``deliver`` and ``gone`` run on the line's thread. Raises as SerialPort does."""
        self._port = SerialPort(path, speed)
        self._parser = MessageParser(framing)
        self._deliver = deliver
        self._gone = gone
        self._ended = threading.Event()
        self.dead = False  # the reader is gone from it
        try:
            if framing.on_open:
                self._port.send(framing.on_open)
        except DeviceRemoved:
            self._port.close()
            raise
        self._thread = threading.Thread(target=self._run, name=f"line {path.name}", daemon=True)
        self._thread.start()

    def close(self) -> bool:
        """End the thread and let the line go. Returns whether part of a message was lost. Not from a callback."""
        self._ended.set()
        with contextlib.suppress(OSError):
            self._port.wake()
        self._thread.join()
        self._port.close()
        return self._parser.pending and not self.dead

    def _run(self) -> None:
        while not self._ended.is_set():
            pending = self._parser.pending
            try:
                data = self._port.receive(seconds=QUIET_SECONDS if pending else None)
            except DeviceRemoved as error:
                self.dead = True
                self._gone(error)
                return
            if self._ended.is_set():
                return
            for message in self._parser.feed(data) if data else self._parser.silence():
                self._deliver(message)


def meant_for_mrz(message: Message) -> bool:
    """Which of two roles a message is for, on a reader that fills both: anything in the alphabet of an MRZ with a
    filler in it, and what was damaged on the way, since swipe readers are the ones that mark it."""
    return message.flaw is not None or looks_like_mrz(message.body)
