# SPDX-License-Identifier: Apache-2.0
"""A simulated chip reader: a chip is there while a document lies on the glass, and says what a script lets it say."""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Final

from devices.base import AWAITS_DOCUMENT
from devices.simulators.faults import Fault
from devices.simulators.simulated import Part, Surroundings
from station.domain.errors import ChipRemoved
from station.domain.words import say
from station.ports.chip import ChipInterface, ChipPresence
from station.ports.tasks import CancelToken

#: What a chip answers to each command, from its power-up on. Command and response as in ISO/IEC 7816-4, 5.1.
Conversation = Callable[[bytes], bytes]
#: A chip for the document of a traveller, freshly powered.
Answer = Callable[[int], Conversation]

#: A contactless card of type A without historical bytes of its own (PC/SC part 3, 3.1.3.2.3.1).
ATR: Final = bytes.fromhex("3B80800101")
EMRTD: Final = bytes.fromhex("A0000002471001")  # the LDS application (Doc 9303-10, 3.11.2)

_DONE: Final = b"\x90\x00"
_UNKNOWN: Final = b"\x6d\x00"  # instruction not supported (ISO/IEC 7816-4, 5.6)
_NOT_FOUND: Final = b"\x6a\x82"
_NO_DIAGNOSIS: Final = b"\x6f\x00"
_GARBAGE_BYTES: Final = 23


def scripted_chip(seed: int) -> Answer:
    """Chips that know two commands: SELECT of the eMRTD application and GET CHALLENGE. Everything else is 6D00.

    Equal seeds and travellers give equal challenges.
    """

    def powered(traveller: int) -> Conversation:
        chance = random.Random(f"{seed}/{traveller}/chip")

        def answer(command: bytes) -> bytes:
            instruction = command[1:4] if len(command) >= 5 and command[0] == 0 else b""
            if instruction[:2] == b"\xa4\x04":
                return _DONE if command[5 : 5 + command[4]] == EMRTD else _NOT_FOUND
            if instruction == b"\x84\x00\x00" and len(command) == 5:
                return chance.randbytes(command[4] or 256) + _DONE
            return _UNKNOWN

        return answer

    return powered


class ChipField:
    """The reader's field. What is in it is what lies on the glass."""

    def __init__(self, around: Surroundings, answer: Answer) -> None:
        self.tray = around.tray
        self.answer = answer

    def reader(self, part: Part) -> SimulatedChipReader:
        """The role object of one session."""
        return SimulatedChipReader(self, part)


class SimulatedChipReader:
    """One session's ChipReader. ``wait_for_chip`` powers the chip afresh."""

    def __init__(self, field: ChipField, part: Part) -> None:
        self._field = field
        self._part = part
        self._placing: int | None = None
        self._chip: Conversation = lambda _command: _NO_DIAGNOSIS

    def wait_for_chip(self, *, cancel: CancelToken) -> ChipPresence:
        """Wait for a document on the glass."""

        def wait(token: CancelToken) -> tuple[int, int]:
            with self._part.use.awaiting(AWAITS_DOCUMENT):
                return self._field.tray.wait_for_placing(0, cancel=token)

        placing, traveller = self._part.run(wait, cancel=cancel)
        self._placing, self._chip = placing, self._field.answer(traveller)
        return ChipPresence(interface=ChipInterface.CONTACTLESS, atr=ATR, provenance=self._part.use.provenance())

    def transmit(self, command: bytes, *, cancel: CancelToken) -> bytes:
        """One command to the chip. Raises ChipRemoved when its document was lifted."""
        return self._part.run(lambda token: self._transmit(command, token), cancel=cancel)

    def wait_for_removal(self, *, cancel: CancelToken) -> None:
        """Wait until the document does not lie there any more."""
        placing = self._placing
        if placing is not None:
            self._part.run(lambda token: self._field.tray.wait_for_removal(placing, cancel=token), cancel=cancel)

    def _transmit(self, command: bytes, token: CancelToken) -> bytes:
        self._check_presence()
        fault = self._part.faults.take()
        self._part.meet(fault, token)
        match fault:
            case Fault.LIFTED:
                self._placing = None
                raise _lifted()
            case Fault.GARBAGE:
                return self._part.faults.garbage(_GARBAGE_BYTES)
            case Fault.WRONG_ANSWER:
                return _NO_DIAGNOSIS
        response = self._chip(command)
        self._check_presence()  # an answer on its way is lost with the document
        return response[:1] if fault is Fault.PARTIAL else response

    def _check_presence(self) -> None:
        if self._placing is None or not self._field.tray.lies(self._placing):
            raise _lifted()


def _lifted() -> ChipRemoved:
    return ChipRemoved(
        say("The document left the chip reader."),
        say("Lay it down again and keep it still until the chip has been read."),
    )
