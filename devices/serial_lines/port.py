# SPDX-License-Identifier: Apache-2.0
"""The only module that meets the serial library: an open line that nobody else can take, and a wait that costs nothing.

Bytes are taken from the file by this module itself, because the library's own read cannot be woken for a stop and
its opening throws away what the reader has just sent.
"""

from __future__ import annotations

import enum
import errno
import fcntl
import os
import select
import termios
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import serial

from station.domain.errors import DeviceBusy, DeviceError, DeviceFault, DeviceRemoved
from station.domain.words import say

_CHUNK: Final = 4096


class Parity(enum.Enum):
    """The parity bit."""

    NONE = "none"  # no parity bit
    EVEN = "even"  # even number of ones
    ODD = "odd"  # odd number of ones


@dataclass(frozen=True, slots=True, kw_only=True)
class LineSpeed:
    """How bits are sent. USB readers ignore it."""

    baud: int = 9600
    data_bits: int = 8
    parity: Parity = Parity.NONE
    stop_bits: int = 1


class SerialPort:
    """An open line. ``receive`` is for one thread, ``wake`` for any; ``close`` after the last ``receive``."""

    def __init__(self, path: Path, speed: LineSpeed) -> None:
        """Open for exclusive use. Raises DeviceRemoved, DeviceBusy, DeviceFault."""
        port = serial.Serial()
        port.port = str(path)
        port.baudrate = speed.baud
        port.bytesize = speed.data_bits
        port.parity = {Parity.NONE: "N", Parity.EVEN: "E", Parity.ODD: "O"}[speed.parity]
        port.stopbits = speed.stop_bits
        port.exclusive = True
        port.timeout = 0
        port._reset_input_buffer = lambda: None  # what the reader sent while the line was opened is kept
        try:
            port.open()
        except (OSError, ValueError, termios.error) as error:
            if not path.exists():  # pulled while it was being set up; the library has no number for that
                raise _line_gone(path.name) from None
            raise why_not_opened(error, path.name) from None
        try:
            # The lock above keeps out programs that ask for it, this one all but the system's own.
            fcntl.ioctl(port.fileno(), termios.TIOCEXCL)
        except OSError as error:
            port.close()
            raise why_not_opened(error, path.name) from None
        self._port = port
        self._name = path.name
        self._awake, self._waker = os.pipe2(os.O_NONBLOCK | os.O_CLOEXEC)

    def receive(self, *, seconds: float | None) -> bytes:
        """Wait for bytes; empty after ``seconds`` or ``wake``. Raises DeviceRemoved when the line is gone."""
        waiting = select.poll()
        waiting.register(self._port.fileno(), select.POLLIN)
        waiting.register(self._awake, select.POLLIN)
        ready = dict(waiting.poll(None if seconds is None else seconds * 1000))
        if self._awake in ready:
            os.read(self._awake, _CHUNK)
            return b""
        if not ready:
            return b""
        try:
            data = os.read(self._port.fileno(), _CHUNK)
        except OSError as error:
            if error.errno in (errno.EAGAIN, errno.EINTR):
                return b""
            raise _line_gone(self._name) from None
        if not data:
            raise _line_gone(self._name)
        return data

    def send(self, data: bytes) -> None:
        """Send a command of a few bytes. Raises DeviceRemoved."""
        try:
            os.write(self._port.fileno(), data)
        except BlockingIOError:
            return  # a reader that takes no commands; it will say nothing either, and that is seen
        except OSError:
            raise _line_gone(self._name) from None

    def wake(self) -> None:
        """Let ``receive`` return now."""
        try:
            os.write(self._waker, b"\0")
        except BlockingIOError:
            return  # already full of wakes

    def close(self) -> None:
        """Let the line go."""
        self._port.close()
        os.close(self._awake)
        os.close(self._waker)


def why_not_opened(error: OSError | ValueError | termios.error, name: str) -> DeviceError:
    """What keeps a line from being opened, in words that blame the right thing."""
    number = error.errno if isinstance(error, OSError) else None
    if number == errno.EACCES:
        return no_right(name)
    if number in (errno.EBUSY, errno.EAGAIN, errno.EWOULDBLOCK):
        return DeviceBusy(
            say("Another program uses the line {name}.", name=name),
            say(
                "Close the other program. If it is the modem manager, a technician has to switch it off for this line."
            ),
        )
    if number in (errno.ENOENT, errno.ENXIO, errno.ENODEV, errno.EIO):
        return _line_gone(name)
    return DeviceFault(
        say("The line {name} does not take these settings: speed, data bits, parity or stop bits.", name=name),
        say("Ask a technician to compare them with the manual of the reader."),
    )


def no_right(name: str) -> DeviceFault:
    """This account may not use the line."""
    return DeviceFault(
        say("This account may not use the line {name}.", name=name),
        say('A technician has to add the account to the group "dialout". Then sign in to the computer again.'),
    )


def _line_gone(name: str) -> DeviceRemoved:
    return DeviceRemoved(
        say("The reader on line {name} is not attached any more.", name=name),
        say("Plug it in again, or choose another device with F8. Your entries are kept."),
    )
