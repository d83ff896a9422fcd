# SPDX-License-Identifier: Apache-2.0
"""Tells a reader that types from an officer who types, by time alone. No Qt, no clock: times are given.

Keys are held until it is clear who pressed them: a single key for ``gap`` seconds. What an officer pressed is given
back in its order; what a reader pressed is one text.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Final, Generic, TypeVar

K = TypeVar("K")

#: An end of line so long after a reader's last key is still the reader's; so long is awaited before a burst is over.
REST: Final = 0.15
_ENDS: Final = frozenset("\r\n\t")


@dataclass(frozen=True, slots=True)
class Stroke(Generic[K]):
    """A key pressed: its time in seconds, the text it gives (empty for a function key), what to give back."""

    at: float
    text: str = field(repr=False)
    key: K = field(repr=False)


@dataclass(frozen=True, slots=True)
class Typed(Generic[K]):
    """An officer pressed these: deliver them."""

    keys: tuple[K, ...] = field(repr=False)


@dataclass(frozen=True, slots=True)
class Burst(Generic[K]):
    """A reader typed this; but for the first key perhaps, which an officer may have pressed right before."""

    text: str = field(repr=False)
    first: K = field(repr=False)


class BurstDetector(Generic[K]):
    """Feed it every key in order, and ``due`` at each ``deadline``.

    ``gap``: seconds between two keys up to which both may be a reader's. ``least``: so many such keys in a row are.
    """

    def __init__(self, *, gap: float, least: int) -> None:
        self._gap = gap
        self._least = least
        self._held: list[Stroke[K]] = []  # who pressed them is open
        self._burst: list[Stroke[K]] = []  # a reader's

    @property
    def in_burst(self) -> bool:
        """Whether a reader is typing."""
        return bool(self._burst)

    @property
    def holds(self) -> bool:
        """Whether any key is kept back."""
        return bool(self._held or self._burst)

    @property
    def deadline(self) -> float | None:
        """When ``due`` has to be called unless another key comes first."""
        if self._held:
            return self._held[-1].at + self._gap
        return self._burst[-1].at + REST if self._burst else None

    @property
    def last(self) -> float | None:
        """When the last key that is held came."""
        newest = self._held or self._burst
        return newest[-1].at if newest else None

    def key(self, stroke: Stroke[K]) -> list[Typed[K] | Burst[K]]:
        """One more key."""
        outcome: list[Typed[K] | Burst[K]] = []
        if self._held and not self._close(self._held[-1], stroke, self._gap):
            outcome += self.over()
        elif not self._held and self._burst:
            last = self._burst[-1]
            if self._close(last, stroke, self._gap) or (stroke.text in _ENDS and self._close(last, stroke, REST)):
                self._burst.append(stroke)
                return outcome
            if not self._close(last, stroke, REST):
                outcome += self.over()
        self._held.append(stroke)
        if len(self._held) >= self._least:
            self._burst += self._held
            self._held = []
        return outcome

    def due(self, now: float) -> list[Typed[K] | Burst[K]]:
        """``now`` no key has come since: what is clear by that."""
        deadline = self.deadline
        return self.over() if deadline is not None and now >= deadline else []

    def over(self) -> list[Typed[K] | Burst[K]]:
        """Decide at once about all that is held: a burst first, then what came after it."""
        outcome: list[Typed[K] | Burst[K]] = []
        if self._burst:
            outcome.append(Burst("".join(stroke.text for stroke in self._burst), self._burst[0].key))
        outcome += _typed(self._held)
        self._burst, self._held = [], []
        return outcome

    @staticmethod
    def _close(earlier: Stroke[K], later: Stroke[K], seconds: float) -> bool:
        return 0 <= later.at - earlier.at <= seconds


def _typed(strokes: Iterable[Stroke[K]]) -> list[Typed[K] | Burst[K]]:
    keys = tuple(stroke.key for stroke in strokes)
    return [Typed(keys)] if keys else []
