# SPDX-License-Identifier: Apache-2.0
"""What the trail vouches for and what stands in the store, walked side by side.

Both come in the order in which they were kept, so hardly anything has to be remembered: a trail of years is compared
in the memory of a short one. What comes in another order is remembered until its counterpart comes.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Iterator
from typing import Generic, TypeVar

K = TypeVar("K", bound=Hashable)


class SideBySide(Generic[K]):
    """One walk. ``now``: what stands in the store, each once, with its keyed hash."""

    def __init__(self, now: Iterable[tuple[K, str]]) -> None:
        self._now = iter(now)
        self._front = next(self._now, None)
        self._waiting: dict[K, tuple[int, str]] = {}
        #: What is there and is not what an entry vouches for: the entry's number, and what it is.
        self.changed: list[tuple[int, K]] = []
        #: What is there although an entry says that it was erased.
        self.back: list[K] = []

    def vouched(self, key: K, sequence: int, keyed: str) -> None:
        """An entry vouches for this."""
        self._waiting[key] = (sequence, keyed)
        while self._front is not None and self._front[0] in self._waiting:
            self._compare(*self._front)
            self._front = next(self._now, None)

    def forget(self, key: K) -> None:
        """An entry says that this was erased: from here on nothing vouches for it."""
        if self._waiting.pop(key, None) is None:
            self.back.append(key)

    def unknown(self) -> Iterator[K]:
        """What is there that nothing vouches for, after the last entry; then `missing` is known."""
        while self._front is not None:
            key, _ = self._front
            if key in self._waiting:
                self._compare(*self._front)
            else:
                yield key
            self._front = next(self._now, None)

    def missing(self) -> Iterator[tuple[int, K]]:
        """What an entry vouches for and is not there."""
        return ((sequence, key) for key, (sequence, _) in self._waiting.items())

    def _compare(self, key: K, keyed: str) -> None:
        sequence, kept = self._waiting.pop(key)
        if kept != keyed:
            self.changed.append((sequence, key))
