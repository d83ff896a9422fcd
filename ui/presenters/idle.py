# SPDX-License-Identifier: Apache-2.0
"""When nobody has touched the station for so long that it has to lock. Time is passed in; a sleeping machine counts."""

from __future__ import annotations

import time
from collections.abc import Callable


def seconds_since_boot() -> float:
    """Seconds that go on while the machine sleeps, where the system can tell."""
    boot = getattr(time, "CLOCK_BOOTTIME", None)
    return time.monotonic() if boot is None else time.clock_gettime(boot)


class IdleWatch:
    """Counts from the last touch."""

    def __init__(self, limit_seconds: float, *, now: Callable[[], float] = seconds_since_boot) -> None:
        self._limit = limit_seconds
        self._now = now
        self._last = now()

    def touched(self) -> None:
        """A key was pressed, or the mouse moved."""
        self._last = self._now()

    @property
    def left(self) -> float:
        """Seconds until the lock; 0 when it is due."""
        return max(0.0, self._last + self._limit - self._now())
