# SPDX-License-Identifier: Apache-2.0
"""Backups for the supervisor: how old the newest is, where they go, and one key to make one now."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

from station.domain.errors import Cancelled
from station.domain.words import say
from station.ports.backup import BackupMade, BackupSeen
from station.ports.clock import Clock
from station.ports.exchange import TargetReport, TargetState
from station.ports.tasks import CancelToken, TaskHandle, TaskRunner
from station.safekeeping.backups import BackupService, BackupState
from station.safekeeping.plan import BackupPlan
from ui.presenters.backup_view import BackupAct, BackupPageState, BackupStage, PlanForm
from ui.presenters.lane import Finishing
from ui.presenters.showing import Presenter, Trouble

LOOK_AFTER = 0.25  # seconds without a key before the folder is looked at
_HOUR = timedelta(hours=1)
_KEPT = say("The plan is kept.")
_AWAITED = say(
    "The plan is kept. Its medium is not plugged in: the first backup is made when it is, while somebody is signed in."
)

Home = Callable[[Callable[[], None]], None]


class BackupPresenter(Presenter[BackupPageState]):
    """One supervisor's page. ``home`` brings progress to this thread; ``sticks`` names what is plugged in."""

    def __init__(
        self,
        backups: BackupService,
        runner: TaskRunner,
        clock: Clock,
        *,
        home: Home,
        sticks: Callable[[], Sequence[str]],
        look_after: float = LOOK_AFTER,
    ) -> None:
        super().__init__(BackupPageState())
        self._backups = backups
        self._runner = runner
        self._clock = clock
        self._home = home
        self._sticks = sticks
        self._look_after = look_after
        self._look: TaskHandle | None = None
        self._running: TaskHandle | None = None
        self._closed = False

    def refresh(self) -> None:
        """Read plan, newest backup, what lies on the medium, and what is plugged in."""
        folder = self.state.form.folder.strip()
        there = Path(folder) if folder else None
        self._runner.run(
            lambda _cancel: (self._backups.state(), self._backups.kept(there), tuple(self._sticks())),
            done=self._read,
            failed=self._told,
        )

    def fill_in(self, form: PlanForm) -> None:
        """Something was typed into the plan; a folder is looked at after a moment without typing."""
        moved = form.folder.strip() != self.state.form.folder.strip()
        self._show(replace(self.state, form=form, report=None if moved else self.state.report, happened=None))
        if moved:
            self._look_at(form.folder.strip())

    def do(self, act: BackupAct) -> None:
        """One key."""
        if act not in self.state.acts:
            return
        if act is BackupAct.MAKE:
            self._make()
        elif act is BackupAct.PLAN:
            self._keep_plan()
        else:
            self._stop()

    def close(self) -> None:
        """The page goes away. A backup under way is stopped: it is made again when it is due."""
        self.show_on(None)
        self._closed = True
        for task in (self._look, self._running):
            if task is not None:
                task.cancel()

    def _make(self) -> None:
        folder = self.state.form.folder.strip()
        if not folder:
            self._show(replace(self.state, trouble=_NO_FOLDER))
            return
        self._show(replace(self.state, stage=BackupStage.RUNNING, done=0, of=0, made=None, happened=None, trouble=None))
        work = Finishing(lambda cancel: self._backups.make(Path(folder), self._progress, cancel))
        self._running = work.run(self._runner, done=self._made, failed=self._broken_off)

    def _stop(self) -> None:
        if self._running is not None:
            self._show(replace(self.state, stage=BackupStage.STOPPING))
            self._running.cancel()

    def _keep_plan(self) -> None:
        form = self.state.form
        try:
            hours, keep = int(form.every_hours), int(form.keep)
        except ValueError:
            self._show(replace(self.state, trouble=_NO_NUMBERS))
            return
        plan = BackupPlan(folder=form.folder.strip(), every_hours=hours, keep=keep, at_shift_end=form.at_shift_end)
        self._show(replace(self.state, stage=BackupStage.READING, trouble=None))

        def keep_it(_cancel: CancelToken) -> TargetState | None:
            self._backups.set_plan(plan)
            return self._backups.look_at(Path(plan.folder)).state if plan.folder else None

        def kept(medium: TargetState | None) -> None:
            self._show(replace(self.state, happened=_AWAITED if medium is TargetState.MISSING else _KEPT))
            self.refresh()

        self._runner.run(keep_it, done=kept, failed=self._told)

    def _look_at(self, folder: str) -> None:
        if self._look is not None:
            self._look.cancel()
        if not folder:
            return

        def look(cancel: CancelToken) -> TargetReport:
            cancel.wait(self._look_after)
            return self._backups.look_at(Path(folder))

        self._look = self._runner.run(
            look,
            done=lambda report: self._show(replace(self.state, report=report)),
            failed=lambda problem: None if isinstance(problem, Cancelled) else self._told(problem),
        )

    def _progress(self, done: int, of: int) -> None:
        """From the copying thread."""

        def show() -> None:
            if self.state.stage is BackupStage.RUNNING:
                self._show(replace(self.state, done=done, of=of))

        self._home(show)

    def _read(self, found: tuple[BackupState, Sequence[BackupSeen], tuple[str, ...]]) -> None:
        known, kept, sticks = found
        fresh = self.state.known is None
        form = self.state.form
        if fresh:
            plan = known.plan
            form = PlanForm(
                folder=plan.folder or (sticks[0] if sticks else ""),
                every_hours=str(plan.every_hours),
                keep=str(plan.keep),
                at_shift_end=plan.at_shift_end,
            )
        age = None if known.last is None else max(timedelta(0), self._clock.now() - known.last.made_at) // _HOUR
        state = replace(self.state, known=known, age_hours=age, kept=tuple(kept), sticks=sticks, form=form)
        self._show(replace(state, stage=BackupStage.READY))
        if fresh:
            self._look_at(form.folder.strip())

    def _made(self, made: BackupMade) -> None:
        self._running = None
        self._show(replace(self.state, made=made))
        if not self._closed:
            self.refresh()

    def _broken_off(self, problem: BaseException) -> None:
        self._running = None
        trouble = _STOPPED if isinstance(problem, Cancelled) else Trouble.of(problem)
        self._show(replace(self.state, stage=BackupStage.READY, trouble=trouble))
        if not self._closed:
            self.refresh()

    def _told(self, problem: BaseException) -> None:
        self._show(replace(self.state, stage=BackupStage.READY, trouble=Trouble.of(problem)))


_NO_FOLDER = Trouble(
    cause=say("No folder is named for the backup."),
    next_step=say("Plug a second medium in and choose it, or type a folder."),
)
_NO_NUMBERS = Trouble(
    cause=say("Hours and number of backups have to be numbers."), next_step=say("Type them again, such as 4 and 30.")
)
_STOPPED = Trouble(
    cause=say("You stopped the backup. Nothing half-written is on the medium."),
    next_step=say("Make it again when you are ready."),
)
