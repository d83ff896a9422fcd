# SPDX-License-Identifier: Apache-2.0
"""The line everybody sees: who answers for the post, and whether its clock can be believed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace

from station.domain.words import Text, say
from station.ports.tasks import TaskHandle, TaskRunner
from station.post.clock import ClockState, ClockWatch
from station.post.shift_desk import ShiftDesk, ShiftLine
from ui.presenters.showing import Presenter, Trouble


@dataclass(frozen=True, slots=True, kw_only=True)
class StandingState:
    """For the frame. ``line`` is None until it was read."""

    line: ShiftLine | None = None
    clock: ClockState = field(default_factory=ClockState)
    trouble: Trouble | None = None

    @property
    def banner(self) -> Text | None:
        """What must not be overlooked: the clock first, then what somebody has to do about the shift."""
        if self.clock.banner is not None:
            return self.clock.banner
        line = self.line
        if line is None or line.next_step is None:
            return None
        return say("{line} {next_step}", line=line.says, next_step=line.next_step)


class StandingPresenter(Presenter[StandingState]):
    """Look at once after signing in, every minute, and when ShiftMoved or ClockLooked is published."""

    def __init__(
        self, desk: ShiftDesk, watch: ClockWatch, runner: TaskRunner, *, ended: Callable[[], bool] = lambda: False
    ) -> None:
        super().__init__(StandingState())
        self._desk = desk
        self._watch = watch
        self._runner = runner
        self._ended = ended
        self._task: TaskHandle | None = None

    def look(self) -> None:
        """Read it again; while that runs, asking once more does nothing."""
        if self._task is None and not self._ended():
            self._task = self._runner.run(
                lambda _cancel: (self._watch.look(), self._desk.standing()), done=self._saw, failed=self._failed
            )

    def close(self) -> None:
        """The session ends."""
        self.show_on(None)
        if self._task is not None:
            self._task.cancel()

    def _saw(self, seen: tuple[ClockState, ShiftLine]) -> None:
        self._task = None
        clock, line = seen
        self._show(StandingState(line=line, clock=clock))

    def _failed(self, problem: BaseException) -> None:
        self._task = None
        if not self._ended():
            self._show(replace(self.state, trouble=Trouble.of(problem)))
