# SPDX-License-Identifier: Apache-2.0
"""Makes the backups that the plan asks for, while somebody is signed in; says so only when one could not be made."""

from __future__ import annotations

from collections.abc import Callable

from station.domain.errors import Cancelled
from station.ports.backup import BackupMade
from station.ports.tasks import CancelToken, TaskHandle, TaskRunner
from station.safekeeping.backups import BackupService
from ui.presenters.showing import Trouble

#: Seconds between two looks whether one is due.
LOOK_EVERY = 60.0


class PlannedBackups:
    """One session's planned backups. Home thread only; ``tell`` is called with what kept one from being made."""

    def __init__(self, backups: BackupService, runner: TaskRunner, tell: Callable[[Trouble], None]) -> None:
        self._backups = backups
        self._runner = runner
        self._tell = tell
        self._running: TaskHandle | None = None
        self._closed = False

    @property
    def running(self) -> bool:
        """Whether one is being made, or it is looked whether one is due."""
        return self._running is not None

    def tick(self) -> None:
        """Make a backup if one is due: called every LOOK_EVERY seconds. Does nothing while one is being made."""
        self._start(lambda cancel: self._backups.make_due(_unwatched, cancel))

    def at_shift_end(self) -> None:
        """The shift was closed: make a backup if the plan wants one then."""
        self._start(lambda cancel: self._backups.make_at_shift_end(_unwatched, cancel))

    def close(self) -> None:
        """The person leaves: a backup under way is stopped, and made when somebody is signed in again."""
        self._closed = True
        if self._running is not None:
            self._running.cancel()

    def _start(self, work: Callable[[CancelToken], BackupMade | None]) -> None:
        if self._running is None and not self._closed:
            self._running = self._runner.run(work, done=self._done, failed=self._failed)

    def _done(self, _made: BackupMade | None) -> None:
        self._running = None

    def _failed(self, problem: BaseException) -> None:
        self._running = None
        if not self._closed and not isinstance(problem, Cancelled):
            self._tell(Trouble.of(problem))


def _unwatched(_done: int, _of: int) -> None:
    """Nobody looks at a planned backup."""
