# SPDX-License-Identifier: Apache-2.0
"""What can go wrong with a device, as a switch: every fault a post will meet can be shown in training and tests."""

from __future__ import annotations

import enum
import random
import threading
from collections.abc import Mapping
from typing import Final

from station.domain.errors import Cancelled, DeviceError, DeviceFault, DeviceRemoved
from station.domain.words import Text, say
from station.ports.devices import (
    BARCODE_READER,
    CHIP_READER,
    DOCUMENT_SCANNER,
    FACE_CAMERA,
    MRZ_READER,
    PRINTER,
)
from station.ports.images import EncodedImage
from station.ports.tasks import CancelToken

SLOW_SECONDS: Final = 4.0  # long enough to be noticed and to be cancelled
_GARBAGE_BYTES: Final = 40_000
_PARTIAL_SHARE: Final = 0.6


class Fault(enum.Enum):
    """How a simulated device misbehaves. ``CATALOGUE`` says which device can show what."""

    SLOW = "slow"  # answers right, after SLOW_SECONDS
    MUTE = "mute"  # never answers: only a stop or pulling the plug ends it
    DISCONNECT = "disconnect"  # vanishes in the middle of the call, until it is plugged in again
    GARBAGE = "garbage"  # gives bytes that mean nothing
    PARTIAL = "partial"  # gives the first part only
    WRONG_ANSWER = "wrong_answer"  # gives what belongs to somebody else, or says what is not so
    JAM = "jam"  # says that paper is jammed
    PAPER_OUT = "paper_out"  # has no paper, until the fault is switched off
    LIFTED = "lifted"  # loses the chip in the middle, as when the document is lifted too soon


_SLOW: Final = say("Answers right, but only after some seconds.")
_MUTE: Final = say("Never answers. Only a stop or pulling its plug ends the wait.")
_DISCONNECT: Final = say("Vanishes in the middle of the work, until it is plugged in again.")
_ANOTHER_LINES: Final = say("Gives the lines of another traveller.")

#: Which faults each role can show, by the role's name, and what they do. What does not apply is not here: a camera has
#: no paper, and a page scanner that jams says so instead of waiting.
CATALOGUE: Final[Mapping[str, Mapping[Fault, Text]]] = {
    DOCUMENT_SCANNER.name: {
        Fault.SLOW: _SLOW,
        Fault.MUTE: _MUTE,
        Fault.DISCONNECT: _DISCONNECT,
        Fault.GARBAGE: say("Gives a file that is no picture."),
        Fault.PARTIAL: say("Gives the upper part of the page only: the file ends too soon."),
        Fault.WRONG_ANSWER: say("Gives the page of another traveller."),
        Fault.JAM: say("Says that paper is jammed."),
    },
    CHIP_READER.name: {
        Fault.SLOW: _SLOW,
        Fault.MUTE: _MUTE,
        Fault.DISCONNECT: _DISCONNECT,
        Fault.GARBAGE: say("Gives answers that mean nothing."),
        Fault.PARTIAL: say("Gives the first byte of an answer only."),
        Fault.WRONG_ANSWER: say("The chip refuses every command."),
        Fault.LIFTED: say("Loses the chip, as when the document is lifted too soon."),
    },
    MRZ_READER.name: {
        Fault.SLOW: _SLOW,
        Fault.MUTE: _MUTE,
        Fault.DISCONNECT: _DISCONNECT,
        Fault.GARBAGE: say("Gives characters that are no MRZ."),
        Fault.PARTIAL: say("Loses the end of the last line."),
        Fault.WRONG_ANSWER: _ANOTHER_LINES,
    },
    BARCODE_READER.name: {
        Fault.SLOW: _SLOW,
        Fault.MUTE: _MUTE,
        Fault.DISCONNECT: _DISCONNECT,
        Fault.GARBAGE: say("Gives bytes that mean nothing."),
        Fault.PARTIAL: say("Gives the first part of the code only."),
        Fault.WRONG_ANSWER: say("Gives the code of another traveller."),
    },
    FACE_CAMERA.name: {
        Fault.SLOW: _SLOW,
        Fault.MUTE: _MUTE,
        Fault.DISCONNECT: _DISCONNECT,
        Fault.GARBAGE: say("Gives a file that is no picture."),
        Fault.PARTIAL: say("Gives a picture file that ends too soon."),
        Fault.WRONG_ANSWER: say("Gives the picture of another traveller."),
    },
    PRINTER.name: {
        Fault.SLOW: _SLOW,
        Fault.MUTE: _MUTE,
        Fault.DISCONNECT: _DISCONNECT,
        Fault.GARBAGE: say("Answers with nonsense: nobody knows whether it prints."),
        Fault.PARTIAL: say("Gives the sheet up in the middle."),
        Fault.WRONG_ANSWER: say("Says that the sheet is out, but none comes out."),
        Fault.JAM: say("Paper is jammed until the fault is switched off."),
        Fault.PAPER_OUT: say("Has no paper until the fault is switched off."),
    },
}


class FaultSwitch:
    """Which fault the next calls meet. Any thread may call any method.

    ``seed`` makes what GARBAGE gives repeatable.
    """

    def __init__(self, *, seed: int | str) -> None:
        self._news = threading.Condition()
        self._random = random.Random(seed)
        self._fault: Fault | None = None
        self._times: int | None = None

    def switch(self, fault: Fault | None, *, times: int | None = None) -> None:
        """Meet ``fault`` from now on, for so many calls; without ``times`` until switched again."""
        with self._news:
            self._fault, self._times = fault, times
            self._news.notify_all()

    @property
    def current(self) -> Fault | None:
        """The fault switched on, without using it up."""
        return self._fault

    def take(self) -> Fault | None:
        """The fault that this call meets."""
        with self._news:
            fault = self._fault
            if fault is not None and self._times is not None:
                self._times -= 1
                if self._times <= 0:
                    self._fault = self._times = None
            return fault

    def wait_for_another(self, fault: Fault, *, cancel: CancelToken) -> None:
        """Wait until ``fault`` is switched off. Raises Cancelled."""

        def wake() -> None:
            with self._news:
                self._news.notify_all()

        forget = cancel.on_cancel(wake)
        try:
            with self._news:
                while self._fault is fault:
                    if cancel.cancelled:
                        raise Cancelled
                    self._news.wait()
        finally:
            forget()

    def garbage(self, count: int) -> bytes:
        """So many bytes that mean nothing; equal seeds give equal bytes."""
        with self._news:
            return self._random.randbytes(count)

    def spoil(self, image: EncodedImage, fault: Fault | None) -> EncodedImage:
        """The picture as a device with this fault gives it."""
        if fault is Fault.PARTIAL:
            return EncodedImage(beginning(image.data), image.media_type)
        if fault is Fault.GARBAGE:
            return EncodedImage(self.garbage(_GARBAGE_BYTES), image.media_type)
        return image


def beginning(data: bytes) -> bytes:
    """What of ``data`` comes through with PARTIAL."""
    return data[: int(len(data) * _PARTIAL_SHARE)]


def jam() -> DeviceError:
    """The error of JAM."""
    return DeviceFault(
        say("Paper is jammed in the scanner."), say("Open it, take the paper out, close it, then scan again.")
    )


def pulled(device: str) -> DeviceRemoved:
    """The error of DISCONNECT and of pulling the plug."""
    return DeviceRemoved(
        say("{device} was unplugged.", device=device),
        say("Plug it in again, or choose another with F8. Your entries are kept."),
    )
