# SPDX-License-Identifier: Apache-2.0
"""The slow work of one signed-in person: the store is closed only after the last piece of it has come home."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from station.ports.tasks import CancelToken, TaskHandle, TaskRunner

T = TypeVar("T")


class SessionTasks:
    """A TaskRunner that counts. Home thread only."""

    def __init__(self, tasks: TaskRunner) -> None:
        self._tasks = tasks
        self._under_way = 0
        self._then: Callable[[], None] | None = None

    def run(
        self,
        work: Callable[[CancelToken], T],
        *,
        done: Callable[[T], None],
        failed: Callable[[BaseException], None],
    ) -> TaskHandle:
        """As TaskRunner.run. Work that an outcome begins is waited for as well."""

        def home(ending: Callable[[], None]) -> None:
            try:
                ending()
            finally:
                self._under_way -= 1
                self._look()

        self._under_way += 1
        return self._tasks.run(
            work, done=lambda outcome: home(lambda: done(outcome)), failed=lambda problem: home(lambda: failed(problem))
        )

    def when_home(self, then: Callable[[], None]) -> None:
        """Call ``then`` once, now or as soon as nothing is under way. Whoever began the work asks it to stop."""
        self._then = then
        self._look()

    def _look(self) -> None:
        if self._under_way == 0 and self._then is not None:
            then, self._then = self._then, None
            then()
