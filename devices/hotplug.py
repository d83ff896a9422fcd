# SPDX-License-Identifier: Apache-2.0
"""The system's own word that something was plugged in or pulled, so that nobody waits for the next look.

Linux tells it on a netlink socket. Where there is none (another system, a closed container), looks by the clock are
all there is, and nothing else changes.
"""

from __future__ import annotations

import contextlib
import errno
import os
import selectors
import socket
import struct
import threading
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final

_KOBJECT_UEVENT: Final = 15  # <linux/netlink.h>
_KERNEL_AND_UDEV: Final = 1 | 2  # group 1: the kernel itself; group 2: udev, when rights on the node are set
_LONGEST: Final = 64 * 1024
_ACTIONS: Final = frozenset({b"add", b"remove", b"bind", b"unbind", b"change", b"move", b"online", b"offline"})

# How udev's own messages begin (systemd, src/libsystemd/sd-device/device-monitor.c, monitor_netlink_header): prefix,
# magic number in network order, then in host order the size of the header and where the properties stand.
_UDEV: Final = b"libudev\0"
_UDEV_MAGIC: Final = 0xFEEDCAFE
_UDEV_HEADER: Final = struct.Struct("=8s4sIII")


class HotPlug:
    """Tells subscribers of changes in subsystems. Any thread may call any method."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._subscribers: list[tuple[frozenset[str], Callable[[], None]]] = []
        self._wake: int | None = None
        self._thread: threading.Thread | None = None

    def subscribe(self, subsystems: Sequence[str], changed: Callable[[], None]) -> Callable[[], None]:
        """Call ``changed`` (on the listening thread, quickly) after each event; returns what ends it.

        It is called as well when events were lost: whoever wants to know looks for himself.
        """
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
        thread = self._thread
        return thread is not None and thread.is_alive()

    def close(self) -> None:
        """End the thread."""
        with self._lock:
            wake, thread = self._wake, self._thread
            self._wake = self._thread = None
            self._subscribers.clear()
        if wake is not None:
            os.close(wake)  # the other end of the pipe becomes readable
        if thread is not None and threading.current_thread() is not thread:
            thread.join()

    def _listen(self) -> None:
        if not hasattr(socket, "AF_NETLINK"):
            return
        try:
            source = socket.socket(socket.AF_NETLINK, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC, _KOBJECT_UEVENT)
        except OSError:
            return
        try:
            source.bind((0, _KERNEL_AND_UDEV))
            source.setblocking(False)
            ended, self._wake = os.pipe()
        except OSError:
            source.close()
            return
        self._thread = threading.Thread(target=self._run, args=(source, ended), name="hot-plug events", daemon=True)
        self._thread.start()

    def _run(self, source: socket.socket, ended: int) -> None:
        """Sleep until the system has something to say, or ``ended`` is readable."""
        with source, selectors.DefaultSelector() as ready:
            ready.register(source, selectors.EVENT_READ)
            ready.register(ended, selectors.EVENT_READ)
            while ended not in {key.fd for key, _ in ready.select()}:
                try:
                    message, (_, groups) = source.recvfrom(_LONGEST)
                except BlockingIOError:
                    continue
                except OSError as error:
                    if error.errno != errno.ENOBUFS:
                        break  # the socket is broken: looks by the clock go on
                    self._tell(None)  # more events than the buffer holds
                    continue
                if groups:  # what any program may send to this socket alone is nothing the system says
                    self._tell(message)
        os.close(ended)

    def _tell(self, message: bytes | None) -> None:
        subsystem = None if message is None else changed_subsystem(message)
        if message is not None and subsystem is None:
            return
        with self._lock:
            wanting = [told for subsystems, told in self._subscribers if subsystem is None or subsystem in subsystems]
        for told in wanting:
            told()


def changed_subsystem(message: bytes) -> str | None:
    """The subsystem of an event that adds, removes or changes a device; None for what is no such event."""
    fields = dict(part.split(b"=", 1) for part in _properties(message).split(b"\0") if b"=" in part)
    if fields.get(b"ACTION") not in _ACTIONS:
        return None
    subsystem = fields.get(b"SUBSYSTEM")
    return None if subsystem is None else subsystem.decode("ascii", "replace")


def _properties(message: bytes) -> bytes:
    """The part that holds names and values: udev puts a binary header before it, the kernel a line of text."""
    if not message.startswith(_UDEV):
        return message
    with contextlib.suppress(struct.error):
        _, magic, _, offset, length = _UDEV_HEADER.unpack_from(message)
        if int.from_bytes(magic, "big") == _UDEV_MAGIC:
            return message[offset : offset + length]
    return b""


def udev_is_done(node: Path, *, root: Path = Path("/")) -> bool:
    """Whether the lasting names and the rights of a device node are set; True where no udev runs.

    The kernel makes the node, udev its names a moment later: taken in between, a device would be known by a name
    that it never has again. ``root`` is for tests.
    """
    udev = root / "run/udev"
    if not (udev / "control").exists():  # the socket of a udev that runs
        return True
    try:
        number = node.stat().st_rdev
    except OSError:
        return False  # gone in the meantime
    return (udev / f"data/c{os.major(number)}:{os.minor(number)}").exists()
