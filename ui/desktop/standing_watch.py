# SPDX-License-Identifier: Apache-2.0
"""Looks once a minute who answers for the post and whether its clock can be believed, and tells the frame."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QObject, QTimer

from station.domain.words import say
from station.ports.tasks import TaskRunner
from station.post.clock import CONFIRM_IT, ClockLooked
from station.post.shift_desk import ShiftMoved
from ui.bootstrap.safekeeping import Safekeeping
from ui.host import LocalEvents
from ui.presenters.frame import FramePresenter
from ui.presenters.showing import Trouble
from ui.presenters.standing import StandingPresenter, StandingState

_EVERY = 60_000  # milliseconds


class StandingWatch(QObject):
    """From signing in until ``close``, on the window's thread."""

    def __init__(
        self,
        safe: Safekeeping,
        frame: FramePresenter,
        runner: TaskRunner,
        events: LocalEvents,
        *,
        home: Callable[[Callable[[], None]], None],
        ended: Callable[[], bool],
    ) -> None:
        super().__init__()
        self._frame = frame
        self._standing = StandingPresenter(safe.shift, safe.clock, runner, ended=ended)
        self._standing.show_on(self._told)
        self._forget = [
            events.subscribe(kind, lambda _event: home(self._standing.look)) for kind in (ShiftMoved, ClockLooked)
        ]
        self._timer = QTimer(self)
        self._timer.timeout.connect(self._standing.look)
        self._timer.start(_EVERY)
        self._standing.look()

    def close(self) -> None:
        """The session ends."""
        self._timer.stop()
        for forget in self._forget:
            forget()
        self._standing.close()

    def _told(self, state: StandingState) -> None:
        line = state.line
        alarm = state.trouble
        if state.clock.steps:
            alarm = Trouble(cause=state.clock.steps[-1].says, next_step=CONFIRM_IT)
        elif line is not None and line.forgotten and line.next_step is not None:
            alarm = Trouble(cause=line.says, next_step=line.next_step)
        self._frame.stand(None if line is None else say("{line}", line=line.says), alarm)
