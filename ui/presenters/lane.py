# SPDX-License-Identifier: Apache-2.0
"""One piece of slow work at a time: an encounter has one writer, and the outcome of dropped work is ignored."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from station.ports.tasks import CancelToken, TaskHandle, TaskRunner

T = TypeVar("T")


class Lane:
    """Home thread only. ``quiet`` work does not show: what is asked meanwhile waits for its end."""

    def __init__(self, tasks: TaskRunner) -> None:
        self._tasks = tasks
        self._number = 0
        self._handle: TaskHandle | None = None
        self._waiting: Callable[[], None] | None = None
        self.busy = False
        self.quiet = False

    def start(
        self,
        work: Callable[[CancelToken], T],
        *,
        done: Callable[[T], None],
        failed: Callable[[BaseException], None],
        quiet: bool = False,
    ) -> None:
        """Start work; there must be none under way."""
        if self.busy:
            raise RuntimeError("one piece of work at a time")
        self._number += 1
        mine = self._number
        self.busy, self.quiet = True, quiet

        def home(result: T) -> None:
            if self._free(mine):
                done(result)
                self._go_on()

        def home_failed(problem: BaseException) -> None:
            if self._free(mine):
                failed(problem)
                self._go_on()

        handle = self._tasks.run(work, done=home, failed=home_failed)
        if self.busy and self._number == mine:
            self._handle = handle

    def after_quiet(self, then: Callable[[], None]) -> None:
        """Run ``then`` now, or as soon as quiet work has ended; it is dropped while other work runs."""
        if not self.busy:
            then()
        elif self.quiet:
            self._waiting = then

    def stop(self) -> None:
        """Ask the work to stop; its outcome still comes home."""
        if self._handle is not None:
            self._handle.cancel()

    def drop(self) -> None:
        """Stop the work and forget it: whatever it brings home is ignored."""
        self.stop()
        self._number += 1
        self._waiting = None
        self._settle()

    def _free(self, number: int) -> bool:
        if number != self._number:
            return False
        self._settle()
        return True

    def _settle(self) -> None:
        self.busy = self.quiet = False
        self._handle = None

    def _go_on(self) -> None:
        then, self._waiting = self._waiting, None
        if then is not None:
            self.after_quiet(then)
