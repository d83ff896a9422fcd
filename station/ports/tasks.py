# SPDX-License-Identifier: Apache-2.0
"""Slow work runs elsewhere and brings its outcome home; every wait can be cancelled."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Protocol, TypeVar

from station.domain.errors import Cancelled

T = TypeVar("T")


class CancelToken:
    """A stop that one thread asks for and another notices. Any thread may call any method."""

    __slots__ = ("_event", "_lock", "_watchers")

    def __init__(self) -> None:
        self._event = threading.Event()
        self._lock = threading.Lock()
        self._watchers: list[Callable[[], None]] = []

    @property
    def cancelled(self) -> bool:
        """Whether the stop was asked for."""
        return self._event.is_set()

    def cancel(self) -> None:
        """Ask for the stop. Watchers run on this thread, once."""
        with self._lock:
            if self._event.is_set():
                return
            self._event.set()
            watchers, self._watchers = self._watchers, []
        for watcher in watchers:
            watcher()

    def on_cancel(self, watcher: Callable[[], None]) -> Callable[[], None]:
        """Run ``watcher`` when cancelled (at once if it already is). Returns a function that forgets it."""
        with self._lock:
            if not self._event.is_set():
                self._watchers.append(watcher)
                return lambda: self._forget(watcher)
        watcher()
        return lambda: None

    def _forget(self, watcher: Callable[[], None]) -> None:
        with self._lock:
            if watcher in self._watchers:
                self._watchers.remove(watcher)

    def raise_if_cancelled(self) -> None:
        """Raise Cancelled when the stop was asked for."""
        if self._event.is_set():
            raise Cancelled

    def wait(self, seconds: float) -> None:
        """Wait, at most ``seconds``; raise Cancelled as soon as the stop is asked for."""
        if self._event.wait(seconds):
            raise Cancelled


class TaskHandle(Protocol):
    """A piece of slow work under way."""

    def cancel(self) -> None:
        """Ask the work to stop; its outcome is then never delivered as done."""
        ...


class TaskRunner(Protocol):
    """Runs slow work off the caller's thread and delivers its outcome on the caller's thread."""

    def run(
        self,
        work: Callable[[CancelToken], T],
        *,
        done: Callable[[T], None],
        failed: Callable[[BaseException], None],
    ) -> TaskHandle:
        """Start ``work``. Exactly one of ``done`` and ``failed`` is called, on the home thread.

        A stop arrives at ``failed`` as Cancelled, a StationError as itself; anything else is a bug, and is
        both logged without its message and delivered.
        """
        ...
