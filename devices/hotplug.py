# SPDX-License-Identifier: Apache-2.0
"""The system's own word that something was plugged in or pulled, so that nobody waits for the next look.

Linux tells it on a netlink socket. Where there is none (another system, a closed container), looks by the clock are
all there is, and nothing else changes.
"""

from __future__ import annotations

import contextlib
import socket
import threading
from collections.abc import Callable, Sequence
from typing import Final

_KOBJECT_UEVENT: Final = 15  # <linux/netlink.h>
_KERNEL_AND_UDEV: Final = 1 | 2  # group 1: the kernel itself; group 2: udev, when rights on the node are set
_LONGEST: Final = 64 * 1024
_ACTIONS: Final = frozenset({b"add", b"remove", b"bind", b"unbind", b"change"})


class HotPlug:
    """Tells subscribers of changes in subsystems. Any thread may call any method."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._subscribers: list[tuple[frozenset[str], Callable[[], None]]] = []
        self._socket: socket.socket | None = None
        self._thread: threading.Thread | None = None

    def subscribe(self, subsystems: Sequence[str], changed: Callable[[], None]) -> Callable[[], None]:
        """Call ``changed`` (on the listening thread, quickly) after each event; returns what ends it."""
        entry = (frozenset(subsystems), changed)
        with self._lock:
            self._subscribers.append(entry)
            if self._thread is None:
                self._listen()

        def forget() -> None:
            with self._lock:
                if entry in self._subscribers:
                    self._subscribers.remove(entry)

        return forget

    @property
    def listening(self) -> bool:
        """Whether the system tells of changes here."""
        return self._thread is not None

    def close(self) -> None:
        """End the thread."""
        with self._lock:
            source, thread = self._socket, self._thread
            self._socket = self._thread = None
            self._subscribers.clear()
        if source is not None:
            with contextlib.suppress(OSError):  # not every kernel lets a netlink socket be shut down
                source.shutdown(socket.SHUT_RDWR)
        if thread is not None:
            thread.join()
        if source is not None:
            source.close()

    def _listen(self) -> None:
        if not hasattr(socket, "AF_NETLINK"):
            return
        try:
            source = socket.socket(socket.AF_NETLINK, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC, _KOBJECT_UEVENT)
        except OSError:
            return
        try:
            source.bind((0, _KERNEL_AND_UDEV))
        except OSError:
            source.close()
            return
        source.settimeout(0.5)
        self._socket = source
        self._thread = threading.Thread(target=self._run, args=(source,), name="hot-plug events", daemon=True)
        self._thread.start()

    def _run(self, source: socket.socket) -> None:
        while self._socket is source:
            try:
                message = source.recv(_LONGEST)
            except TimeoutError:
                continue
            except OSError:
                if self._socket is source:
                    continue  # more events than the buffer holds: the next one, or the next look, tells as much
                return
            subsystem = changed_subsystem(message)
            with self._lock:
                wanting = [changed for subsystems, changed in self._subscribers if subsystem in subsystems]
            for changed in wanting:
                changed()


def changed_subsystem(message: bytes) -> str | None:
    """The subsystem of an event that adds, removes or changes a device; None for what is no such event."""
    fields = dict(part.split(b"=", 1) for part in message.split(b"\0") if b"=" in part)
    if fields.get(b"ACTION") not in _ACTIONS:
        return None
    subsystem = fields.get(b"SUBSYSTEM")
    return None if subsystem is None else subsystem.decode("ascii", "replace")
