# SPDX-License-Identifier: Apache-2.0
"""Time and randomness are passed in, so that rules about them can be tested and a demo can be repeated."""

from __future__ import annotations

from datetime import datetime
from typing import Protocol


class Clock(Protocol):
    """Where the station takes the time from."""

    def now(self) -> datetime:
        """The present moment, aware, in UTC."""
        ...

    def monotonic(self) -> float:
        """Seconds that never step back: for durations only."""
        ...


class Randomness(Protocol):
    """Where random bytes come from: the operating system in service, a seed in demo and tests."""

    def bytes(self, count: int) -> bytes:
        """``count`` random bytes."""
        ...
