# SPDX-License-Identifier: Apache-2.0
"""One piece of slow work at a time: an encounter has one writer, and a device is free again before it is asked anew.

Dropped work still has to come home before the next begins: what it holds, it lets go of only there.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Generic, TypeVar

from station.domain.errors import Cancelled
from station.ports.tasks import CancelToken, TaskHandle, TaskRunner

T = TypeVar("T")
Call = Callable[[], None]


class Finishing(Generic[T]):
    """Work whose outcome counts even when a stop was asked for and came too late to prevent it."""

    def __init__(self, work: Callable[[CancelToken], T]) -> None:
        self._work = work
        self._outcome: list[T] = []

    def __call__(self, cancel: CancelToken) -> T:
        """Do the work; on the task's thread."""
        outcome = self._work(cancel)
        self._outcome.append(outcome)
        return outcome

    def run(
        self, tasks: TaskRunner, *, done: Callable[[T], None], failed: Callable[[BaseException], None]
    ) -> TaskHandle:
        """Start it; exactly one of ``done`` and ``failed`` is called, on the home thread."""

        def ended(problem: BaseException) -> None:
            if isinstance(problem, Cancelled) and self._outcome:
                done(self._outcome[0])
            else:
                failed(problem)

        return tasks.run(self, done=done, failed=ended)


class _Job:
    """A piece of work from being asked for to coming home."""

    def __init__(self) -> None:
        self.begin: Callable[[], TaskHandle]
        self._handle: TaskHandle | None = None
        self._stopped = False

    @property
    def started(self) -> bool:
        return self._handle is not None

    def start(self) -> None:
        self._handle = self.begin()
        if self._stopped:
            self._handle.cancel()

    def stop(self) -> None:
        self._stopped = True
        if self._handle is not None:
            self._handle.cancel()


class Lane:
    """Home thread only. ``quiet`` work does not show: what is asked meanwhile waits for its end."""

    def __init__(self, tasks: TaskRunner) -> None:
        self._tasks = tasks
        self._job: _Job | None = None
        self._leaving: _Job | None = None  # dropped, and not home yet
        self._waiting: Call | None = None
        self.quiet = False

    @property
    def busy(self) -> bool:
        """Whether there is work that counts: under way, or waiting for dropped work to come home."""
        return self._job is not None

    def start(
        self,
        work: Callable[[CancelToken], T],
        *,
        done: Callable[[T], None],
        failed: Callable[[BaseException], None],
        late: Callable[[T], Call | None] = lambda _outcome: None,
        quiet: bool = False,
    ) -> None:
        """Start work, or let it wait for dropped work to come home; there must be none that counts.

        ``late`` is asked when the work was dropped and did finish all the same: what it returns is done instead of
        whatever was asked for meanwhile.
        """
        if self.busy:
            raise RuntimeError("one piece of work at a time")
        job = _Job()

        def came(outcome: T) -> None:
            self._home(job, lambda: done(outcome), lambda: late(outcome))

        def came_failed(problem: BaseException) -> None:
            self._home(job, lambda: failed(problem), lambda: None)

        job.begin = lambda: Finishing(work).run(self._tasks, done=came, failed=came_failed)
        self._job, self.quiet = job, quiet
        if self._leaving is None:
            job.start()

    def after_quiet(self, then: Call) -> None:
        """Run ``then`` now, or as soon as quiet work has ended; it is dropped while other work runs."""
        if not self.busy:
            then()
        elif self.quiet:
            self._waiting = then

    def stop(self) -> None:
        """Ask the work to stop; its outcome still comes home."""
        if self._job is not None:
            self._job.stop()

    def drop(self) -> None:
        """Stop the work and forget it: what it brings home is ignored, but for what ``late`` makes of it."""
        job = self._job
        self._waiting = None
        self._settle()
        if job is not None and job.started:
            self._leaving = job
            job.stop()

    def _home(self, job: _Job, ending: Call, late: Callable[[], Call | None]) -> None:
        if job is self._job:
            self._settle()
            ending()
            self._go_on()
            return
        self._leaving = None
        instead = late()
        if instead is not None:
            self._settle()
            instead()
        elif self._job is not None:
            self._job.start()

    def _settle(self) -> None:
        self._job = None
        self.quiet = False

    def _go_on(self) -> None:
        then, self._waiting = self._waiting, None
        if then is not None:
            self.after_quiet(then)
