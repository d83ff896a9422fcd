# SPDX-License-Identifier: Apache-2.0
"""The sealed export: what is waiting, where it goes, one key, and the receipts of what left."""

from __future__ import annotations

import enum
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from station.domain.errors import Cancelled
from station.domain.words import Text, say, say_count
from station.exporting.packages import ExportOutcome, ExportService
from station.exporting.receipts import ReceiptService, ReceiptsTaken
from station.ports.exchange import ExportTargets, TargetReport
from station.ports.export_rows import ExportRecord
from station.ports.tasks import CancelToken, TaskHandle, TaskRunner
from ui.presenters.keymap import KEYMAP, Act, Key
from ui.presenters.lane import Finishing
from ui.presenters.showing import Presenter, Trouble

RECEIPTS = Key("F4", "F4", say("Take in receipts"))
OUTSIDE = Key("F6", "F6", say("Outside the plan"))
EXPORT_KEYS: tuple[Key, ...] = (KEYMAP[Act.EXPORT], RECEIPTS, OUTSIDE)

LOOK_AFTER = 0.25  # seconds without a key before the target is looked at

#: Brings a call to the window's thread.
Home = Callable[[Callable[[], None]], None]


class ExportStage(enum.Enum):
    """Where the export stands."""

    READY = "ready"
    RUNNING = "running"
    STOPPING = "stopping"  # the officer asked for a stop; nothing half-written will stay


@dataclass(frozen=True, slots=True, kw_only=True)
class ExportState:
    """What the page shows. ``waiting`` is None until it was counted."""

    stage: ExportStage = ExportStage.READY
    waiting: int | None = None
    target: str = ""
    sticks: tuple[str, ...] = ()
    report: TargetReport | None = None
    done: int = 0
    of: int = 0
    trouble: Trouble | None = None
    outcome: ExportOutcome | None = None
    remarks: tuple[Text, ...] = ()
    receipts: tuple[ExportRecord, ...] = ()
    taking: bool = False  # receipts are being looked for on the target
    taken: Trouble | None = None  # what came of it


class ExportPresenter(Presenter[ExportState]):
    """One person's export. ``home`` brings progress to this thread; ``sticks`` names what is plugged in.

    ``outside`` turns to the exports outside the plan.
    """

    def __init__(
        self,
        exports: ExportService,
        targets: ExportTargets,
        runner: TaskRunner,
        *,
        home: Home,
        sticks: Callable[[], Sequence[str]],
        receipts: ReceiptService,
        outside: Callable[[], None] = lambda: None,
        look_after: float = LOOK_AFTER,
    ) -> None:
        super().__init__(ExportState())
        self._exports = exports
        self._targets = targets
        self._runner = runner
        self._home = home
        self._sticks = sticks
        self._look_after = look_after
        self._receipts = receipts
        self._outside = outside
        self._look: TaskHandle | None = None
        self._running: TaskHandle | None = None
        self._taking: TaskHandle | None = None
        self._then: Callable[[], None] | None = None
        self._closed = False

    def refresh(self) -> None:
        """Count what is waiting, and list receipts and sticks."""
        self._runner.run(
            lambda _cancel: (self._exports.waiting(), self._exports.completed(), tuple(self._sticks())),
            done=self._counted,
            failed=self._told,
        )

    def aim(self, target: str) -> None:
        """The folder was typed or chosen: look at it after a moment without typing."""
        if self._look is not None:
            self._look.cancel()
        self._show(replace(self.state, target=target, report=None, trouble=None))
        if not target.strip():
            return

        def look(cancel: CancelToken) -> TargetReport:
            cancel.wait(self._look_after)
            return self._targets.look_at(Path(target.strip()))

        self._look = self._runner.run(
            look,
            done=lambda report: self._show(replace(self.state, report=report)),
            failed=lambda problem: None if isinstance(problem, Cancelled) else self._told(problem),
        )

    def export(self) -> None:
        """Seal everything that is waiting into the target."""
        if self.state.stage is not ExportStage.READY or self.state.taking:
            return
        if not self.state.target.strip():
            self._show(replace(self.state, trouble=_NO_FOLDER))
            return
        target = Path(self.state.target.strip())
        begun = replace(self.state, stage=ExportStage.RUNNING, done=0, of=self.state.waiting or 0)
        self._show(replace(begun, trouble=None, outcome=None, taken=None))
        work = Finishing(lambda cancel: self._exports.export(target, None, cancel, self._progress))
        self._running = work.run(self._runner, done=self._exported, failed=self._broken_off)

    def take_receipts(self) -> None:
        """Take in the signed receipts of headquarters that lie on the target. Each is noted whole, or not at all."""
        if self.state.stage is not ExportStage.READY or self.state.taking:
            return
        if not self.state.target.strip():
            self._show(replace(self.state, trouble=_NO_FOLDER))
            return
        folder = Path(self.state.target.strip())
        self._show(replace(self.state, taking=True, trouble=None, taken=None, outcome=None, remarks=()))
        work = Finishing(lambda cancel: self._receipts.take_in(folder, cancel))
        self._taking = work.run(self._runner, done=self._taken_in, failed=self._not_taken)

    def turn_outside(self) -> None:
        """To the exports outside the plan."""
        if self.state.stage is ExportStage.READY and not self.state.taking:
            self._outside()

    def cancel(self) -> None:
        """Stop the export under way: what was begun on the target is removed. Or stop looking for receipts."""
        if self._taking is not None:
            self._taking.cancel()
        if self._running is not None and self.state.stage is ExportStage.RUNNING:
            self._show(replace(self.state, stage=ExportStage.STOPPING))
            self._running.cancel()

    def when_ended(self, then: Callable[[], None]) -> bool:
        """Call ``then`` when the export under way has ended. False when there is none: it is not called."""
        if self._running is None:
            return False
        self._then = then
        return True

    def close(self) -> None:
        """The page goes away."""
        self.show_on(None)
        self._closed, self._then = True, None
        for task in (self._look, self._running, self._taking):
            if task is not None:
                task.cancel()

    def _progress(self, done: int, of: int) -> None:
        """From the sealing thread."""

        def show() -> None:
            if self.state.stage is ExportStage.RUNNING:
                self._show(replace(self.state, done=done, of=of))

        self._home(show)

    def _counted(self, found: tuple[int, Sequence[ExportRecord], tuple[str, ...]]) -> None:
        waiting, receipts, sticks = found
        self._show(replace(self.state, waiting=waiting, receipts=tuple(receipts), sticks=sticks))
        if sticks and not self.state.target:
            self.aim(sticks[0])

    def _exported(self, outcome: ExportOutcome) -> None:
        self._show(replace(self.state, stage=ExportStage.READY, outcome=outcome, remarks=_remarks(outcome)))
        self._ended()

    def _broken_off(self, problem: BaseException) -> None:
        trouble = Trouble.of(problem)
        if isinstance(problem, Cancelled):
            trouble = Trouble(
                cause=say("You stopped the export. Nothing half-written is on the target."),
                next_step=say("The records are still waiting. Export again when you are ready."),
            )
        self._show(replace(self.state, stage=ExportStage.READY, trouble=trouble))
        self._ended()

    def _ended(self) -> None:
        self._running = None
        if self._closed:
            return
        self.refresh()
        then, self._then = self._then, None
        if then is not None:
            then()

    def _taken_in(self, came: ReceiptsTaken) -> None:
        self._taking = None
        refused = tuple(say("{file} was not believed: {cause}", file=one.name, cause=one.cause) for one in came.refused)
        self._show(replace(self.state, taking=False, taken=_noted(came), remarks=refused))
        if not self._closed:
            self.refresh()

    def _not_taken(self, problem: BaseException) -> None:
        self._taking = None
        trouble = _STOPPED if isinstance(problem, Cancelled) else Trouble.of(problem)
        self._show(replace(self.state, taking=False, trouble=trouble))
        if not self._closed:
            self.refresh()  # some may have been noted before

    def _told(self, problem: BaseException) -> None:
        self._show(replace(self.state, trouble=Trouble.of(problem)))


_NO_FOLDER = Trouble(
    cause=say("No folder is named for the export."),
    next_step=say("Plug a stick in and choose it, or type a folder."),
)
_STOPPED = Trouble(
    cause=say("You stopped it."),
    next_step=say("What was noted until then stays noted. Begin again when you are ready."),
)


def _noted(came: ReceiptsTaken) -> Trouble | None:
    """What was noted; nothing to be glad of when it is none."""
    if not came.taken and not came.known:
        return None
    cause = say_count(
        "{count} signed receipt was noted now.", "{count} signed receipts were noted now.", count=len(came.taken)
    )
    if not came.taken:
        cause = say_count(
            "{count} signed receipt was noted before.",
            "{count} signed receipts were noted before.",
            count=len(came.known),
        )
    return Trouble(
        cause=cause,
        next_step=say("What these exports held may be erased when its time is over."),
    )


def _remarks(outcome: ExportOutcome) -> tuple[Text, ...]:
    """What the officer should know of an export beyond its success."""
    remarks: list[Text] = []
    if outcome.left_waiting:
        remarks.append(
            say_count(
                "{count} record did not fit into this bundle. Export once more.",
                "{count} records did not fit into this bundle. Export once more.",
                count=outcome.left_waiting,
            )
        )
    if outcome.damaged_images:
        remarks.append(
            say_count(
                "{count} picture in the store is damaged, or too large for a bundle. Call a technician.",
                "{count} pictures in the store are damaged, or too large for a bundle. Call a technician.",
                count=len(outcome.damaged_images),
            )
        )
    if outcome.left_behind:
        remarks.append(
            say_count(
                "{count} bundle of an interrupted export is on this target. This export repeats it.",
                "{count} bundles of interrupted exports are on this target. This export repeats them.",
                count=len(outcome.left_behind),
            )
        )
    return tuple(remarks)
