# SPDX-License-Identifier: Apache-2.0
"""What can go wrong with a fingerprint scanner, as a switch: each fault on demand, the same again by its seed."""

from __future__ import annotations

import enum
import random
import threading
from collections.abc import Mapping
from typing import Final

from station.domain.words import Text, say

SLOW_SECONDS: Final = 4.0  # long enough to be noticed and to be cancelled


class ScannerFault(enum.Enum):
    """How the simulated scanner misbehaves."""

    SLOW = "slow"  # answers right, after SLOW_SECONDS
    MUTE = "mute"  # takes the request and never answers
    DISCONNECT = "disconnect"  # its service ends in the middle of the answer, until it is plugged in again
    GARBAGE = "garbage"  # answers with bytes that mean nothing
    PARTIAL = "partial"  # the answer breaks off in the middle
    WRONG_ANSWER = "wrong_answer"  # signs the fingers for another transaction
    BAD_SIGNATURE = "bad_signature"  # one bit of a signed finger is another one
    FEWER_FINGERS = "fewer_fingers"  # three fingers instead of four
    LOW_QUALITY = "low_quality"  # worn fingers: gives them with a low quality
    NOT_READY = "not_ready"  # says that it is not ready
    NO_FINGER = "no_finger"  # sees no finger until the time is over
    REPLAY = "replay"  # gives the answer of an earlier capture once more


CATALOGUE: Final[Mapping[ScannerFault, Text]] = {
    ScannerFault.SLOW: say("Answers right, but only after some seconds."),
    ScannerFault.MUTE: say("Never answers. Only a stop or pulling its plug ends the wait."),
    ScannerFault.DISCONNECT: say("Vanishes in the middle of the work, until it is plugged in again."),
    ScannerFault.GARBAGE: say("Gives an answer that means nothing."),
    ScannerFault.PARTIAL: say("Gives the first part of the answer only."),
    ScannerFault.WRONG_ANSWER: say("Gives the fingers of another capture."),
    ScannerFault.BAD_SIGNATURE: say("Gives a finger whose signature does not hold."),
    ScannerFault.FEWER_FINGERS: say("Gives one finger too few."),
    ScannerFault.LOW_QUALITY: say("Gives worn fingers of low quality."),
    ScannerFault.NOT_READY: say("Says that it is not ready."),
    ScannerFault.NO_FINGER: say("Sees no finger."),
    ScannerFault.REPLAY: say("Gives the answer of the capture before once more."),
}


class ScannerFaults:
    """Which fault the next captures meet. Any thread may call any method."""

    def __init__(self, *, seed: int) -> None:
        self._lock = threading.Lock()
        self._random = random.Random(seed)
        self._fault: ScannerFault | None = None
        self._times: int | None = None

    def switch(self, fault: ScannerFault | None, *, times: int | None = None) -> None:
        """Meet ``fault`` from now on, for so many captures; without ``times`` until switched again."""
        with self._lock:
            self._fault, self._times = fault, times

    @property
    def current(self) -> ScannerFault | None:
        """The fault switched on, without using it up."""
        return self._fault

    def take(self) -> ScannerFault | None:
        """The fault that this capture meets."""
        with self._lock:
            fault = self._fault
            if fault is not None and self._times is not None:
                self._times -= 1
                if self._times <= 0:
                    self._fault = self._times = None
            return fault

    def noise(self, count: int) -> bytes:
        """So many bytes that mean nothing; equal seeds give equal bytes."""
        with self._lock:
            return self._random.randbytes(count)

    def below(self, limit: int) -> int:
        """A number of 0..limit-1; equal seeds give equal numbers."""
        with self._lock:
            return self._random.randrange(limit)
