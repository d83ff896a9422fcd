# SPDX-License-Identifier: Apache-2.0
"""On which readers a chip lies now, as the one watching helper says: many wait on it, and waiting costs nothing."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from station.ports.tasks import CancelToken


@dataclass(frozen=True, slots=True)
class Slot:
    """One slot of a reader. ``changes`` counts every laying down and taking off, also those too quick to be seen."""

    occupied: bool = False
    changes: int = 0


EMPTY = Slot()
_WRAPS = 0x1_0000  # the service counts in 16 bits


def left_since(slot: Slot, changes: int) -> bool:
    """Whether what lay there when the count was ``changes`` is gone, also when something else lies there now.

    What is told of a slot can be older than what was asked of the chip: an older count says nothing.
    """
    later = (slot.changes - changes) % _WRAPS
    return not slot.occupied if later == 0 else later < _WRAPS // 2


class Presence:
    """The slots by their PC/SC names. Any thread may call any method."""

    def __init__(self) -> None:
        self._news = threading.Condition()
        self._slots: Mapping[str, Slot] = {}

    def update(self, slots: Mapping[str, Slot]) -> None:
        """What is so now; a reader that is not in it is not there."""
        with self._news:
            self._slots = dict(slots)
            self._news.notify_all()

    def now(self, name: str) -> Slot:
        """One slot; one that is not there holds no chip."""
        with self._news:
            return self._slots.get(name, EMPTY)

    def wait(
        self, name: str, true: Callable[[Slot], bool], *, cancel: CancelToken, seconds: float | None = None
    ) -> bool:
        """Wait until ``true``; False when that took longer than ``seconds``. Raises Cancelled."""
        forget = cancel.on_cancel(self._wake)
        try:
            with self._news:
                came = self._news.wait_for(
                    lambda: cancel.cancelled or true(self._slots.get(name, EMPTY)), timeout=seconds
                )
        finally:
            forget()
        cancel.raise_if_cancelled()
        return came

    def _wake(self) -> None:
        with self._news:
            self._news.notify_all()
