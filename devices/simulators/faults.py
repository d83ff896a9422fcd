# SPDX-License-Identifier: Apache-2.0
"""What can go wrong with a device, as a switch: every fault a post will meet can be shown in training and tests."""

from __future__ import annotations

import enum
import random
import threading
from typing import Final

from station.domain.errors import DeviceError, DeviceFault, DeviceRemoved
from station.domain.words import say
from station.ports.images import EncodedImage

SLOW_SECONDS: Final = 4.0  # long enough to be noticed and to be cancelled
_GARBAGE_BYTES: Final = 40_000
_PARTIAL_SHARE: Final = 0.6


class Fault(enum.Enum):
    """How a simulated device misbehaves."""

    SLOW = "slow"  # answers right, after SLOW_SECONDS
    MUTE = "mute"  # never answers: only a stop or pulling the plug ends it
    DISCONNECT = "disconnect"  # vanishes in the middle of the call, until it is plugged in again
    GARBAGE = "garbage"  # gives bytes that are no picture
    PARTIAL = "partial"  # gives the first part of the picture only
    WRONG_ANSWER = "wrong_answer"  # gives another traveller's picture
    JAM = "jam"  # says that paper is jammed, until the fault is switched off


class FaultSwitch:
    """Which fault the next calls meet. Any thread may call any method.

    ``seed`` makes what GARBAGE gives repeatable.
    """

    def __init__(self, *, seed: int) -> None:
        self._lock = threading.Lock()
        self._random = random.Random(seed)
        self._fault: Fault | None = None
        self._times: int | None = None

    def switch(self, fault: Fault | None, *, times: int | None = None) -> None:
        """Meet ``fault`` from now on, for so many calls; without ``times`` until switched again."""
        with self._lock:
            self._fault, self._times = fault, times

    @property
    def current(self) -> Fault | None:
        """The fault switched on, without using it up."""
        return self._fault

    def take(self) -> Fault | None:
        """The fault that this call meets."""
        with self._lock:
            fault = self._fault
            if fault is not None and self._times is not None:
                self._times -= 1
                if self._times <= 0:
                    self._fault = self._times = None
            return fault

    def spoil(self, image: EncodedImage, fault: Fault | None) -> EncodedImage:
        """The picture as a device with this fault gives it."""
        if fault is Fault.PARTIAL:
            return EncodedImage(image.data[: int(len(image.data) * _PARTIAL_SHARE)], image.media_type)
        if fault is Fault.GARBAGE:
            with self._lock:
                return EncodedImage(self._random.randbytes(_GARBAGE_BYTES), image.media_type)
        return image


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
