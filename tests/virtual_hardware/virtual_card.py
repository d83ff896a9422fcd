# SPDX-License-Identifier: Apache-2.0
"""A card that lies on a virtual reader and answers as it is told: the card's side of the vpcd protocol.

What the card knows is a function from command to response, so a whole passport fits on the same transport. The
protocol: two bytes of length, then the payload; one byte is a signal to the card, anything longer a command.
"""

from __future__ import annotations

import contextlib
import enum
import socket
import threading
import time
from collections.abc import Callable
from typing import Final

Answer = Callable[[bytes], bytes]

#: Contactless, ISO/IEC 14443-4 type A without historical bytes (PC/SC part 3, 3.1.3.2.3.1).
CONTACTLESS_ATR: Final = bytes.fromhex("3B80800101")
#: A card with a gold plate, protocol T=0 only.
T0_ATR: Final = bytes.fromhex("3B00")
#: A card with a gold plate, protocol T=1.
T1_ATR: Final = bytes.fromhex("3B951381018073FF01000B")

_GET_ATR: Final = 4  # the one signal that is answered; 0 off, 1 on, 2 reset
_SECONDS: Final = 10.0


class CardFault(enum.Enum):
    """What a card can do wrong with its next commands."""

    SLOW = "slow"  # it answers, after ``slow_seconds``
    MUTE = "mute"  # it never answers, until ``wake``
    GONE = "gone"  # it leaves the reader in the middle of the command
    GARBAGE = "garbage"  # it answers with what is no response
    PARTIAL = "partial"  # one byte of a status word
    WRONG = "wrong"  # a status word of another command


class UnknownCommand(AssertionError):
    """The card got a command that it was not told of: a test that did not expect it fails."""


class VirtualCard:
    """One card. ``insert`` lays it on a reader; thread and socket end with ``remove``. Any thread may call."""

    def __init__(self, answer: Answer, *, atr: bytes = CONTACTLESS_ATR) -> None:
        self._fault: CardFault | None = None
        self.slow_seconds = 0.3
        self.commands = 0
        self.powered = 0  # how often it was switched on or reset
        self.laid_at = 0.0  # when it was last laid down, by the monotonic clock
        self.reached = threading.Event()  # a command arrived
        self.problem: Exception | None = None  # what went wrong in ``answer``
        self._answer = answer
        self._atr = atr
        self._wake = threading.Event()
        self._line: socket.socket | None = None
        self._thread: threading.Thread | None = None

    @property
    def fault(self) -> CardFault | None:
        """What its next commands meet."""
        return self._fault

    @fault.setter
    def fault(self, fault: CardFault | None) -> None:
        self._wake.clear()
        self._fault = fault

    def insert(self, connect: Callable[[], socket.socket]) -> None:
        """Lie down on the reader that ``connect`` reaches."""
        assert self._thread is None, "the card lies on a reader already"
        self._wake.clear()
        self.laid_at = time.monotonic()
        self._line = connect()
        self._thread = threading.Thread(target=self._serve, args=(self._line,), name="virtual card")
        self._thread.start()

    def remove(self) -> None:
        """Leave the reader; harmless when it lies on none. Raises what went wrong while it answered."""
        self._wake.set()
        line, thread = self._line, self._thread
        self._line = self._thread = None
        if line is not None:
            with contextlib.suppress(OSError):
                line.shutdown(socket.SHUT_RDWR)
        if thread is not None:
            thread.join(_SECONDS)
            assert not thread.is_alive(), "the card hangs"
        if line is not None:
            line.close()
        if self.problem is not None:
            raise self.problem

    def wake(self) -> None:
        """A mute card answers at last."""
        self._fault = None
        self._wake.set()

    def _serve(self, line: socket.socket) -> None:
        while (message := _receive(line)) is not None:
            if len(message) > 1:
                response = self._respond(message, line)
            elif message[0] == _GET_ATR:
                response = self._atr
            else:
                self.powered += message[0] != 0
                continue
            if response is None:
                return
            with contextlib.suppress(OSError):  # the reader is gone: the next receive says so
                line.sendall(len(response).to_bytes(2, "big") + response)

    def _respond(self, command: bytes, line: socket.socket) -> bytes | None:
        self.commands += 1
        self.reached.set()
        match self._fault:
            case CardFault.SLOW:
                self._wake.wait(self.slow_seconds)
            case CardFault.MUTE:
                self._wake.wait()
            case CardFault.GONE:
                line.shutdown(socket.SHUT_RDWR)
                return None
            case CardFault.GARBAGE:
                return bytes.fromhex("FFFEFD00")
            case CardFault.PARTIAL:
                return b"\x90"
            case CardFault.WRONG:
                return bytes.fromhex("6D00")
            case None:
                pass
        try:
            return self._answer(command)
        except Exception as problem:  # noqa: BLE001 - whatever it is, the test that owns the card gets it
            self.problem = problem
            return bytes.fromhex("6F00")


def _receive(line: socket.socket) -> bytes | None:
    header = _exactly(line, 2)
    return None if header is None else _exactly(line, int.from_bytes(header, "big"))


def _exactly(line: socket.socket, count: int) -> bytes | None:
    data = bytearray()
    while len(data) < count:
        # Again before each read, the kernel switches it off by itself: else each command waits 44 ms for the
        # delayed acknowledgement of the one before.
        try:
            line.setsockopt(socket.IPPROTO_TCP, socket.TCP_QUICKACK, 1)
            part = line.recv(count - len(data))
        except OSError:
            return None
        if not part:
            return None
        data += part
    return bytes(data)


GOOD: Final = bytes.fromhex("9000")
SELECT_EMRTD: Final = bytes.fromhex("00A4040C07A0000002471001")  # Doc 9303-10, 4.2.2
GET_CHALLENGE: Final = bytes.fromhex("0084000008")
CHALLENGE: Final = bytes.fromhex("4608F91988702212")  # of the worked example, Doc 9303-11, Appendix D.3


def echo_command(data: bytes, *, extended: bool = False) -> bytes:
    """A command of ours: the card gives ``data`` back."""
    if extended:
        return bytes.fromhex("80EC0000") + b"\0" + len(data).to_bytes(2, "big") + data + bytes(2)
    return bytes.fromhex("80EC0000") + bytes([len(data)]) + data + b"\0"


def give_command(count: int) -> bytes:
    """A command of ours: the card gives ``count`` bytes, up to 256 in the short form."""
    return bytes.fromhex("80CA0000") + bytes([count % 256])


def scripted(command: bytes) -> bytes:
    """The answers of a chip that knows SELECT, GET CHALLENGE and the two commands above."""
    if command == SELECT_EMRTD:
        return GOOD
    if command == GET_CHALLENGE:
        return CHALLENGE + GOOD
    if command[:4] == bytes.fromhex("80EC0000"):
        length, start = (command[4], 5) if command[4] else (int.from_bytes(command[5:7], "big"), 7)
        return command[start : start + length] + GOOD
    if command[:4] == bytes.fromhex("80CA0000"):
        return bytes(range(256))[: command[4] or 256] + GOOD
    raise UnknownCommand(f"{len(command)} bytes, beginning with {command[:4].hex()}")


class OldCard:
    """A T=0 card: it announces what it has with 61xx and corrects Le with 6Cxx (ISO/IEC 7816-4, 5.6)."""

    def __init__(self) -> None:
        self._waiting = b""

    def __call__(self, command: bytes) -> bytes:
        if command == SELECT_EMRTD:
            self._waiting = bytes(range(24))
            return bytes([0x61, len(self._waiting)])
        if command[1] == 0xC0:  # GET RESPONSE
            count = command[4]
            given, self._waiting = self._waiting[:count], self._waiting[count:]
            return given + GOOD
        if command[:4] == GET_CHALLENGE[:4]:
            return CHALLENGE + GOOD if command[4] == len(CHALLENGE) else bytes([0x6C, len(CHALLENGE)])
        raise UnknownCommand(f"{len(command)} bytes, beginning with {command[:4].hex()}")
