# SPDX-License-Identifier: Apache-2.0
"""Keeping and letting go, for a supervisor: what the rules say, what is due, and what two people agree to erase."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, tzinfo

from station.access.approval_rules import ApprovalKind, Verdict
from station.access.approvals import ApprovalService, Request, RequestState
from station.access.erasure_grounds import GROUND_TITLES, EarlyGround
from station.domain.errors import Cancelled
from station.domain.identifiers import EncounterId, OfficerId
from station.domain.words import Text, say, say_count
from station.ports.export_rows import ExportRecord
from station.ports.tasks import CancelToken, TaskHandle, TaskRunner
from station.safekeeping.early_erasure import GROUNDS
from station.safekeeping.retention import ErasureEnded, RetentionOverview, RetentionService
from station.safekeeping.retention_rules import RULES, RuleName
from ui.presenters.agreeing import place_after
from ui.presenters.asking import Secrets
from ui.presenters.export import Home
from ui.presenters.lane import Finishing
from ui.presenters.retention_view import (
    HOLD_FORM,
    RECEIPT_FORM,
    SECOND_PERSON,
    SEEING,
    Part,
    RetentionAct,
    RetentionForm,
    RetentionState,
    days_form,
    early_form,
)
from ui.presenters.retention_words import AGREED, HEADINGS, RetentionWords, request_lines
from ui.presenters.showing import Presenter, Trouble

_MISSING = Trouble(cause=say("Something is not typed yet."), next_step=say("Fill in every field, then go on."))
_NO_NUMBER = Trouble(cause=say("This is not a number of days."), next_step=say("Type digits only."))
_STOPPED = Trouble(
    cause=say("You stopped it. What was erased until then stays erased."),
    next_step=say("Finish it with the key below. It needs no new approval."),
)
_MINE = frozenset(
    {ApprovalKind.ERASURE, ApprovalKind.EARLY_ERASURE, ApprovalKind.RETENTION_CHANGE, ApprovalKind.HOLD_LIFT}
)

Submitted = Callable[[tuple[str, ...]], None]


@dataclass(frozen=True, slots=True)
class _Seen:
    """What stands in the store."""

    overview: RetentionOverview
    approved: tuple[Request, ...]


class RetentionPresenter(Presenter[RetentionState]):
    """One supervisor's page. ``home`` brings progress to this thread; ``officer_id`` is who is signed in."""

    def __init__(
        self,
        retention: RetentionService,
        approvals: ApprovalService,
        runner: TaskRunner,
        *,
        home: Home,
        officer_id: OfficerId,
        zone: tzinfo = UTC,
    ) -> None:
        super().__init__(RetentionState())
        self._retention = retention
        self._approvals = approvals
        self._runner = runner
        self._home = home
        self._officer_id = officer_id
        self._words = RetentionWords(zone)
        self._task: TaskHandle | None = None
        self._submitted: Submitted | None = None
        self._then: Callable[[], None] | None = None
        self._asked_early: dict[str, str] = {}  # request to erasure
        self._closed = False

    def refresh(self) -> None:
        """Read rules, what is due, holds and history; seconds with a million records."""
        if self._task is None:
            self._start(say("Looking for what is due…"), lambda _cancel: self._look(), self._saw)

    def do(self, act: RetentionAct) -> None:
        """A key. What cannot be done now does nothing."""
        state = self.state
        if act not in state.acts or state.overview is None:
            return
        if act is RetentionAct.LEAVE:
            self._leave()
        elif act in SEEING:
            self._see(replace(state, part=SEEING[act], chosen=0, trouble=None, happened=None))
        else:
            self._begin(act, state.overview)

    def _begin(self, act: RetentionAct, overview: RetentionOverview) -> None:
        chosen = self.state.chosen
        if act is RetentionAct.CHANGE:
            rule = RULES[chosen]
            self._ask(days_form(rule.title, rule.least, rule.most), lambda typed: self._change(rule.name, *typed))
        elif act is RetentionAct.HOLD:
            self._ask(HOLD_FORM, lambda typed: self._hold(*typed))
        elif act is RetentionAct.EARLY:
            ground = tuple(GROUNDS)[chosen]
            self._ask(early_form(GROUND_TITLES[ground]), lambda typed: self._early(ground, *typed))
        elif act is RetentionAct.RECEIPT:
            export = overview.without_receipt[chosen]
            self._ask(RECEIPT_FORM, lambda typed: self._receipt(export, *typed))
        elif act is RetentionAct.LIFT:
            hold_id = overview.holds[chosen].hold_id
            self._request(lambda: self._retention.ask_lift(hold_id), self._do_approved)
        elif act is RetentionAct.ERASE:
            self._request(lambda: self._retention.ask_erasure().request, self._do_approved)
        elif act is RetentionAct.FINISH and overview.unfinished is not None:
            self._erase(overview.unfinished.erasure_id)
        elif act is RetentionAct.DO_APPROVED:
            self._do_approved(self.state.approved[chosen])  # what it says stands on the right

    def choose(self, place: int) -> None:
        """Show what belongs to another row."""
        if self.state.form is None and 0 <= place < len(self.state.rows) and place != self.state.chosen:
            self._see(replace(self.state, chosen=place))

    def submit(self, typed: tuple[str, ...]) -> None:
        """What was typed into the form, field by field."""
        form, submitted = self.state.form, self._submitted
        if form is None or submitted is None or self.state.working is not None:
            return
        if not all(value.strip() or field.may_be_empty for field, value in zip(form.fields, typed, strict=True)):
            self._see(replace(self.state, trouble=_MISSING))
            return
        submitted(typed)

    def when_ended(self, then: Callable[[], None]) -> bool:
        """Call ``then`` when the work under way has ended. False when there is none: it is not called."""
        if self._task is None:
            return False
        self._then = then
        return True

    def close(self) -> None:
        """The page goes away; an erasure under way stops between two encounters."""
        self.show_on(None)
        self._closed, self._then = True, None
        if self._task is not None:
            self._task.cancel()

    def _leave(self) -> None:
        if self._task is not None:
            self._task.cancel()
            return
        self._submitted = None
        self._see(replace(self.state, form=None, trouble=None))

    def _ask(self, form: RetentionForm, submitted: Submitted) -> None:
        self._submitted = submitted
        self._see(replace(self.state, form=form, asked=self.state.asked + 1, trouble=None, happened=None))

    def _change(self, name: RuleName, typed: str) -> None:
        if not typed.strip().isdecimal() or len(typed.strip()) > 6:
            self._see(replace(self.state, trouble=_NO_NUMBER))
            return
        days = {name: int(typed)}
        self._request(lambda: self._retention.ask_change(days), self._do_approved)

    def _hold(self, encounter_id: str, reason: str) -> None:
        self._write(
            lambda: self._retention.place_hold(EncounterId(encounter_id.strip()), reason),
            say("The record is kept until the hold is lifted."),
        )

    def _early(self, ground: EarlyGround, encounter_id: str) -> None:
        def ask() -> Request:
            asked = self._retention.ask_early(EncounterId(encounter_id.strip()), ground)
            self._asked_early[asked.request.request_id] = asked.erasure_id
            return asked.request

        self._request(ask, self._do_approved)

    def _receipt(self, export: ExportRecord, beginning: str) -> None:
        self._write(
            lambda: self._retention.note_receipt(export.sequence, beginning),
            say("The receipt is noted. What this export held may now be erased when it is due."),
        )

    def _request(self, ask: Callable[[], Request], approved: Callable[[Request], None]) -> None:
        """Ask, then let the second person read and sign here, or leave it to the page Approvals."""

        def asked(request: Request) -> None:
            self._ask(SECOND_PERSON, lambda typed: self._decide(request, approved, *typed))
            self._show(replace(self.state, heading=AGREED, shown=request_lines(request), listed=()))

        self._start(say("The request is being made…"), lambda _cancel: ask(), asked)

    def _decide(self, request: Request, approved: Callable[[Request], None], *typed: str) -> None:
        answers = dict(zip(("name", "password", "pin"), typed, strict=True))
        secrets = Secrets(answers)
        name, password, pin = answers["name"].strip(), secrets.of("password"), secrets.optional("pin")
        decide = secrets.spent(
            lambda: self._approvals.decide(request.request_id, Verdict.APPROVED, name, password, pin=pin)
        )
        self._start(say("The password is being checked…"), lambda _cancel: decide(), approved)

    def _do_approved(self, request: Request) -> None:
        """Do the one act that was approved."""
        if request.kind is ApprovalKind.ERASURE:
            self._erase(request.subject)
        elif request.kind is ApprovalKind.EARLY_ERASURE:
            self._erase(self._erasure_of(request))
        elif request.kind is ApprovalKind.HOLD_LIFT:
            self._write(lambda: self._lift(request), say("The hold is lifted."))
        else:
            days = _days_of(request)
            self._write(lambda: self._retention.change(request.request_id, days), say("The days are changed."))

    def _erasure_of(self, request: Request) -> str:
        """The list behind the request for one record: asked for just now, or before this page was opened."""
        overview = self.state.overview
        known = {one.approval_id: one.erasure_id for one in overview.erasures} if overview is not None else {}
        known |= self._asked_early
        return known.get(request.request_id, "")  # none is refused with its reason

    def _lift(self, request: Request) -> None:
        held = [
            hold.hold_id
            for hold in self._retention.overview().holds
            if hold.encounter_id == request.subject
            and hold.lifted_at is None
            and hold.reason == request.shown.get("reason")
        ]
        self._retention.lift(request.request_id, held[0] if held else "")  # none is refused with its reason

    def _erase(self, erasure_id: str) -> None:
        self._submitted = None
        self._show(replace(self.state, form=None, stoppable=True, done=0, of=0))

        def ended(outcome: ErasureEnded) -> None:
            said = say_count(
                "{count} was erased, and what it left behind was cleared.",
                "{count} were erased, and what they left behind was cleared.",
                count=outcome.erased,
            )
            self._again(said)

        self._start(
            say("Erasing. Esc stops between two records."),
            lambda cancel: self._retention.erase(erasure_id, cancel, self._progress),
            ended,
        )

    def _write(self, work: Callable[[], object], happened: Text) -> None:
        self._start(say("Writing…"), lambda _cancel: work(), lambda _outcome: self._again(happened))

    def _again(self, happened: Text) -> None:
        self._submitted = None
        self._show(replace(self.state, form=None, trouble=None, happened=happened))
        if not self._closed:
            self._start(say("Looking for what is due…"), lambda _cancel: self._look(), self._saw)

    def _progress(self, done: int, of: int) -> None:
        """From the working thread."""
        self._home(lambda: self._show(replace(self.state, done=done, of=of)))

    def _look(self) -> _Seen:
        overview = self._retention.overview()
        approved = tuple(
            one
            for one in self._approvals.history()
            if one.kind in _MINE and one.state is RequestState.APPROVED and one.asker.officer_id == self._officer_id
        )
        return _Seen(overview, approved)

    def _saw(self, seen: _Seen) -> None:
        state = replace(self.state, overview=seen.overview, approved=seen.approved)
        if state.part is Part.APPROVED:
            chosen = place_after(self.state.approved, state.chosen, seen.approved)
            gone = chosen >= len(seen.approved)
            state = replace(state, part=Part.RULES if gone else state.part, chosen=0 if gone else chosen)
        self._see(state)

    def _start(self, says: Text, work: Callable[[CancelToken], object], done: Callable[..., None]) -> None:
        def came(outcome: object) -> None:
            self._task = None
            self._see(replace(self.state, working=None, stoppable=False))
            done(outcome)
            self._tell_end()

        self._see(replace(self.state, working=says, trouble=None))
        self._task = Finishing(work).run(self._runner, done=came, failed=self._failed)

    def _failed(self, problem: BaseException) -> None:
        self._task = None
        trouble = _STOPPED if isinstance(problem, Cancelled) else Trouble.of(problem)
        state = replace(self.state, working=None, stoppable=False, trouble=trouble, asked=self.state.asked + 1)
        self._see(state)
        if self.state.overview is not None and self.state.form is None and not self._closed:
            # What was begun is shown as unfinished; the trouble stays on the page.
            self._task = Finishing(lambda _cancel: self._look()).run(
                self._runner, done=self._saw_after_trouble, failed=lambda _problem: self._forget_task()
            )
        self._tell_end()

    def _saw_after_trouble(self, seen: _Seen) -> None:
        self._forget_task()
        self._saw(seen)

    def _forget_task(self) -> None:
        self._task = None

    def _tell_end(self) -> None:
        if self._task is None:
            then, self._then = self._then, None
            if then is not None:
                then()

    def _see(self, state: RetentionState) -> None:
        """Show a state with the rows, words and keys that belong to it."""
        overview = state.overview
        if overview is not None:
            rows = self._words.rows(state.part, overview, state.approved)
            chosen = min(state.chosen, max(0, len(rows) - 1))
            state = replace(state, rows=rows, chosen=chosen, headings=HEADINGS[state.part])
            if state.form is not SECOND_PERSON:
                beside = self._words.beside(state.part, overview, state.approved, chosen)
                state = replace(state, heading=beside.heading, shown=beside.shown, listed=beside.listed)
        self._show(replace(state, acts=_acts(state)))


def _acts(state: RetentionState) -> tuple[RetentionAct, ...]:
    """What can be done now, the obvious next thing first."""
    overview = state.overview
    if state.working is not None:
        return (RetentionAct.LEAVE,) if state.stoppable else ()
    if overview is None:
        return ()
    if state.form is not None:
        return (RetentionAct.SUBMIT, RetentionAct.LEAVE)
    seeing = (act for act, part in SEEING.items() if part is not state.part)
    there = tuple(act for act in seeing if state.approved or act is not RetentionAct.SEE_APPROVED)
    return (*_acts_of_part(state, overview), *there)


def _acts_of_part(state: RetentionState, overview: RetentionOverview) -> tuple[RetentionAct, ...]:
    if state.part is Part.APPROVED:
        return (RetentionAct.DO_APPROVED,) if state.approved else ()
    if state.part is Part.HOLDS:
        in_force = bool(overview.holds) and overview.holds[state.chosen].lifted_at is None
        return (RetentionAct.HOLD, RetentionAct.LIFT) if in_force else (RetentionAct.HOLD,)
    if state.part is Part.EARLY and overview.unfinished is None:
        return (RetentionAct.EARLY,)
    if state.part is Part.RECEIPTS:
        return (RetentionAct.RECEIPT,) if overview.without_receipt else ()
    if overview.unfinished is not None:
        return (RetentionAct.FINISH,)
    if state.part in (Part.HISTORY, Part.EARLY):
        return ()
    due = (RetentionAct.ERASE,) if any(one.due for one in overview.overdue) else ()
    change = (RetentionAct.CHANGE,) if RULES[state.chosen].name in overview.days else ()
    return (*due, *change)


def _days_of(request: Request) -> dict[RuleName, int]:
    """The days that a request shows, by the rule it shows them for."""
    days = {}
    for name, fact in request.shown.items():
        count = fact.values.get("days") if isinstance(fact, Text) else None
        if isinstance(count, int):
            days[RuleName(name)] = count
    return days
