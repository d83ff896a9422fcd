# SPDX-License-Identifier: Apache-2.0
"""The shift for one person: who answers, what the report says, who signs, and what is printed again."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, replace

from station.access.roles import Permission
from station.access.sign_in import Session
from station.domain.errors import Cancelled, PrintStopped, SignInRefused, StoreError
from station.domain.secrets import Secret
from station.domain.words import Text, say
from station.ports.devices import PrintReceipt
from station.ports.tasks import CancelToken, TaskHandle, TaskRunner
from station.post.clock import ClockState, ClockWatch
from station.post.shift import Shift, ShiftStage
from station.post.shift_desk import ShiftDesk, ShiftLine, Signer
from station.reporting.shift_reports import Draft, KeptReport, ShiftReports
from ui.presenters.lane import Finishing
from ui.presenters.pin_look import NeedsPin, PinLook
from ui.presenters.shift_view import FORMS, ShiftAct, ShiftState
from ui.presenters.showing import Presenter, Trouble

_HAPPENED: dict[ShiftAct, Text] = {
    ShiftAct.OPEN: say("The shift is open."),
    ShiftAct.HAND_OVER: say("The shift is handed over."),
    ShiftAct.TAKE_OVER: say("The shift is taken over."),
    ShiftAct.CLOSE: say("The report is signed by the first person. Now the second person signs."),
    ShiftAct.COUNTERSIGN: say("The shift is closed. Print its report, and sign it by hand as well."),
    ShiftAct.TAKE_BACK: say("The shift goes on."),
    ShiftAct.CONFIRM_CLOCK: say("The clock is confirmed."),
}
_MISSING = Trouble(cause=say("Something is not typed yet."), next_step=say("Fill in every field, then sign."))
_NO_PIN = say("This name signs in with a token, and its PIN was not typed.")
_STOPPED = Trouble(cause=say("You stopped it."), next_step=say("Nothing was changed. Begin again when you are ready."))


@dataclass(frozen=True, slots=True)
class _Seen:
    """What stands in the store."""

    line: ShiftLine
    leads: bool
    clock: ClockState
    waiting: KeptReport | None
    older: tuple[KeptReport, ...]
    own_pin: bool


class ShiftPresenter(Presenter[ShiftState]):
    """One session's page. ``language`` is the one of the paper."""

    def __init__(
        self,
        session: Session,
        desk: ShiftDesk,
        reports: ShiftReports,
        watch: ClockWatch,
        runner: TaskRunner,
        *,
        language: str,
        needs_pin: NeedsPin = lambda _name: False,
    ) -> None:
        """``needs_pin``: whether a sign-in name has a token; it blocks."""
        super().__init__(ShiftState(may_run=Permission.RUN_SHIFT in session.permissions))
        self._session = session
        self._desk = desk
        self._reports = reports
        self._watch = watch
        self._runner = runner
        self._language = language
        self._task: TaskHandle | None = None
        self._printing = False
        self._needs_pin = needs_pin
        self._pin_look = PinLook(needs_pin, runner, lambda pin: self._show(replace(self.state, pin=pin)))

    def refresh(self) -> None:
        """Read who answers, the clock, and the reports there are."""
        if self._task is None:
            self._start(None, lambda _cancel: self._look(), self._saw)

    def do(self, act: ShiftAct) -> None:
        """A key. What cannot be done now does nothing."""
        if act is ShiftAct.LEAVE and self._printing and self._task is not None:
            self._task.cancel()
        if act not in self.state.acts:
            return
        if act is ShiftAct.LEAVE:
            kept = self.state.shown if isinstance(self.state.shown, KeptReport) else None
            self._show(replace(self.state, form=None, trouble=None, shown=kept))
        elif act is ShiftAct.PRINT:
            self._print()
        elif act is ShiftAct.CLOSE:
            self._start(say("The report is being made…"), lambda _cancel: self._reports.draft(), self._drafted)
        elif act in FORMS:
            self._ask(act)

    def named(self, name: str) -> None:
        """The name of somebody else stands in the form."""
        if self.state.form is not None:
            self._pin_look.named(name)

    def submit(self, name: str, password: str, own: str, pin: str = "", own_pin: str = "") -> None:
        """What was typed into the form: somebody else's name and password, and the own one, each with its PIN."""
        form = self.state.form
        if form is None or self.state.working is not None:
            return
        missing = (form.person is not None and not (name.strip() and password)) or (form.own and not own)
        if missing or (self.state.own_pin and form.own and not own_pin):
            self._show(replace(self.state, trouble=_MISSING))
            return
        other, mine = _signer(name, password, pin), _signer(self._session.officer.name, own, own_pin)
        work = self._work(form.act, other, mine)

        def signed(_cancel: CancelToken) -> _Seen:
            try:
                if form.person is not None and other.pin is None and self._needs_pin(other.name):
                    raise _PinMissing(_NO_PIN, say("Plug the token in. Type the password again, and the PIN under it."))
                work()
            finally:
                for secret in (other.password, other.pin, mine.password, mine.pin):
                    if secret is not None:
                        secret.forget()
            return self._look()

        def done(seen: _Seen) -> None:
            self._show(replace(self.state, form=None, trouble=None, happened=_HAPPENED[form.act]))
            self._saw(seen)

        self._start(say("The password is being checked…"), signed, done)

    def choose(self, place: int) -> None:
        """Show one of the older reports."""
        if self.state.form is None and 0 <= place < len(self.state.older):
            self._show(replace(self.state, shown=self.state.older[place], happened=None))

    def close(self) -> None:
        """The page goes away."""
        self.show_on(None)
        self._pin_look.close()
        if self._task is not None:
            self._task.cancel()

    def _work(self, act: ShiftAct, other: Signer, mine: Signer) -> Callable[[], object]:
        desk, reports, draft = self._desk, self._reports, self.state.shown
        own, pin = mine.password, mine.pin
        if act is ShiftAct.CLOSE:
            if not isinstance(draft, Draft):
                raise RuntimeError("a report is signed when it is shown")
            return lambda: reports.sign(draft, own, pin=pin)
        return {
            ShiftAct.OPEN: lambda: desk.open(own, pin=pin),
            ShiftAct.HAND_OVER: lambda: desk.hand_over(other, own, pin=pin),
            ShiftAct.TAKE_OVER: lambda: desk.take_over(other, own, pin=pin),
            ShiftAct.COUNTERSIGN: lambda: reports.countersign(other),
            ShiftAct.TAKE_BACK: lambda: desk.take_back(own, pin=pin),
            ShiftAct.CONFIRM_CLOCK: lambda: self._watch.confirm(other.name, other.password, pin=other.pin),
        }[act]

    def _look(self) -> _Seen:
        clock = self._watch.look()
        line = self._desk.standing()
        shift = self._desk.current()
        may_run = Permission.RUN_SHIFT in self._session.permissions
        leads = shift is not None and shift.leader.officer_id == self._session.officer.officer_id
        waiting = self._reports.kept(shift) if may_run and _waits(shift) and shift is not None else None
        own_pin = False
        with suppress(StoreError):  # what is wrong with the key files is said when somebody signs
            own_pin = self._needs_pin(self._session.officer.name)
        return _Seen(line, leads, clock, waiting, tuple(self._reports.older()) if may_run else (), own_pin)

    def _saw(self, seen: _Seen) -> None:
        shown = self.state.shown
        if self.state.form is None:
            closed = shown if isinstance(shown, KeptReport) else None
            newest = {report.shift.number: report for report in seen.older}
            # A report that just got its second signature is the same report with one more name under it.
            shown = seen.waiting or (newest.get(closed.shift.number) if closed is not None else None)
        self._show(
            replace(
                self.state,
                line=seen.line,
                leads=seen.leads,
                clock=seen.clock,
                older=seen.older,
                shown=shown,
                own_pin=seen.own_pin,
            )
        )

    def _drafted(self, draft: Draft) -> None:
        self._show(replace(self.state, shown=draft))
        self._ask(ShiftAct.CLOSE)

    def _ask(self, act: ShiftAct) -> None:
        self._pin_look.forget()
        form = FORMS[act]
        self._show(replace(self.state, form=form, asked=self.state.asked + 1, trouble=None, happened=None, pin=False))

    def _print(self) -> None:
        shown = self.state.shown
        if not isinstance(shown, KeptReport):
            return
        self._printing = True
        work = Finishing(lambda cancel: self._reports.print(shown.shift, language=self._language, cancel=cancel))
        self._show(replace(self.state, working=say("The report is being printed… Esc stops."), trouble=None))
        self._task = work.run(self._runner, done=self._printed, failed=self._failed)

    def _printed(self, receipt: PrintReceipt) -> None:
        self._ended()
        place = receipt.place
        said = say("Printed: {place}. Both sign it by hand as well.", place=place)
        if not receipt.confirmed:
            said = say("Sent to {place}. Look whether the sheets came out.", place=place)
        self._show(replace(self.state, working=None, happened=said))

    def _start(self, says: Text | None, work: Callable[[CancelToken], object], done: Callable[..., None]) -> None:
        def came(outcome: object) -> None:
            self._ended()
            self._show(replace(self.state, working=None))
            done(outcome)

        if says is not None:
            self._show(replace(self.state, working=says, trouble=None))
        self._task = Finishing(work).run(self._runner, done=came, failed=self._failed)

    def _failed(self, problem: BaseException) -> None:
        self._ended()
        pin = self.state.pin or isinstance(problem, _PinMissing)
        self._show(replace(self.state, working=None, trouble=_trouble(problem), asked=self.state.asked + 1, pin=pin))

    def _ended(self) -> None:
        self._task, self._printing = None, False


class _PinMissing(SignInRefused):
    """The name needs a token: nothing was tried, and no wrong try counts, here or at the token."""


def _signer(name: str, password: str, pin: str) -> Signer:
    return Signer(name=name.strip(), password=Secret.of(password), pin=Secret.of(pin) if pin else None)


def _trouble(problem: BaseException) -> Trouble:
    if isinstance(problem, PrintStopped):
        return Trouble(cause=problem.cause, next_step=problem.next_step)
    return _STOPPED if isinstance(problem, Cancelled) else Trouble.of(problem)


def _waits(shift: Shift | None) -> bool:
    return shift is not None and shift.stage is ShiftStage.CLOSING
