# SPDX-License-Identifier: Apache-2.0
"""What goes on beside the pages while somebody works: once a minute it looks who answers for the post, whether its
clock can be believed and whether a planned backup is due, and tells the frame what must not be overlooked."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from PySide6.QtCore import QObject, QTimer

from station.access.acceptance import acceptable, told
from station.access.roles import Permission
from station.access.sign_in import Session
from station.domain.words import say
from station.ports.tasks import TaskRunner
from station.post.clock import CONFIRM_IT, ClockLooked
from station.post.shift import ShiftStage
from station.post.shift_desk import ShiftMoved
from ui.bootstrap.safekeeping import Safekeeping
from ui.host import LocalEvents
from ui.presenters.frame import FramePresenter
from ui.presenters.planned_backups import PlannedBackups
from ui.presenters.showing import Trouble
from ui.presenters.standing import StandingPresenter, StandingState

_EVERY = 60_000  # milliseconds


class StandingWatch(QObject):
    """From signing in until ``close``, on the window's thread."""

    def __init__(
        self,
        session: Session,
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
        self._may_back_up = Permission.LET_BACKUP_RUN in session.permissions
        self._put_back = _put_back(session)
        self._standing = StandingPresenter(safe.shift, safe.clock, runner, ended=ended)
        self._standing.show_on(self._told)
        self._planned = PlannedBackups(safe.backups, runner, frame.tell)
        self._forget = [
            events.subscribe(ClockLooked, lambda _event: home(self._standing.look)),
            events.subscribe(ShiftMoved, lambda event: home(partial(self._shift_moved, event.stage))),
        ]
        self._timer = QTimer(self)
        self._timer.timeout.connect(self._look)
        self._timer.start(_EVERY)
        self._look()

    def close(self) -> None:
        """The session ends."""
        self._timer.stop()
        for forget in self._forget:
            forget()
        self._standing.close()
        self._planned.close()

    def _look(self) -> None:
        self._standing.look()
        if self._may_back_up:
            self._planned.tick()

    def _shift_moved(self, stage: ShiftStage) -> None:
        self._standing.look()
        if stage is ShiftStage.CLOSED and self._may_back_up:
            self._planned.at_shift_end()

    def _told(self, state: StandingState) -> None:
        line = state.line
        alarm = self._put_back or state.trouble
        if alarm is None and state.clock.steps:
            alarm = Trouble(cause=state.clock.steps[-1].says, next_step=CONFIRM_IT)
        elif alarm is None and line is not None and line.forgotten and line.next_step is not None:
            alarm = Trouble(cause=line.says, next_step=line.next_step)
        self._frame.stand(None if line is None else say("{line}", line=line.says), alarm)


def _put_back(session: Session) -> Trouble | None:
    """What happened to a store that can only be read, or whose counter is missed, for whoever signs in."""
    for store in sorted(session.stores.values(), key=lambda one: one.read_only is None):
        if acceptable(store):
            happened, *_means, next_step = told(store)
            return Trouble(cause=happened, next_step=next_step)
    return None
