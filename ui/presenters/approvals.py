# SPDX-License-Identifier: Apache-2.0
"""The approvals of one window: what waits, exactly what was shown, and another person's decision."""

from __future__ import annotations

import enum
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime

from station.access.approval_rules import APPROVALS, Verdict
from station.access.approvals import ApprovalService, Request, RequestState
from station.access.shown_facts import FACT_LABELS, Fact
from station.domain.checks import CheckResult
from station.domain.errors import Cancelled
from station.domain.words import Text, say
from station.ports.tasks import CancelToken, TaskHandle, TaskRunner
from ui.presenters.asking import Asked, Entry, Question, Secrets, missing
from ui.presenters.keymap import Key
from ui.presenters.showing import Presenter, Trouble

MOST_ROWS = 200


class ApprovalAct(enum.Enum):
    """What can be done here."""

    APPROVE = "approve"  # open the form for the other person
    REFUSE = "refuse"
    DECIDE = "decide"  # what is typed into the form holds
    LEAVE = "leave"  # the form


APPROVAL_KEYS: Mapping[ApprovalAct, Key] = {
    ApprovalAct.DECIDE: Key("Return", "Enter", say("Sign the decision")),
    ApprovalAct.APPROVE: Key("F5", "F5", say("Approve…")),
    ApprovalAct.REFUSE: Key("F7", "F7", say("Refuse…")),
    ApprovalAct.LEAVE: Key("Esc", "Esc", say("Back")),
}

#: The mark of each state: shape, word and colour.
STATE_MARKS: Mapping[RequestState, tuple[CheckResult, Text]] = {
    RequestState.WAITING: (CheckResult.UNDETERMINED, say("waits for another person")),
    RequestState.APPROVED: (CheckResult.SUCCESSFUL, say("approved, not done yet")),
    RequestState.USED: (CheckResult.SUCCESSFUL, say("approved and done")),
    RequestState.REFUSED: (CheckResult.FAILED, say("refused")),
    RequestState.EXPIRED: (CheckResult.ABORTED, say("expired")),
}

_FIELDS = (
    Asked(name="name", label=say("Name")),
    Asked(name="password", label=say("Password"), entry=Entry.SECRET),
    Asked(name="pin", label=say("PIN, for who uses a token"), entry=Entry.SECRET, may_be_empty=True),
)
_QUESTIONS: Mapping[Verdict, Question] = {
    Verdict.APPROVED: Question(
        title=say("Approve"),
        says=say("Another person reads what is shown, and types their own name and password."),
        fields=_FIELDS,
        does=say("Sign the approval"),
    ),
    Verdict.REFUSED: Question(
        title=say("Refuse"),
        says=say("Another person reads what is shown, and types their own name and password."),
        fields=_FIELDS,
        does=say("Sign the refusal"),
    ),
}
_HAPPENED: Mapping[Verdict, Text] = {
    Verdict.APPROVED: say("Approved. Whoever asked can go on now, once, until it expires."),
    Verdict.REFUSED: say("Refused. Nothing will be done."),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class FactLine:
    """One line of what is shown; a sentence has no label."""

    label: Text | None
    value: Text | str = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class ApprovalsState:
    """What the page shows. ``asked`` grows with each try, so that typed secrets go."""

    requests: tuple[Request, ...] = field(default=(), repr=False)
    chosen: Request | None = field(default=None, repr=False)
    facts: tuple[FactLine, ...] = field(default=(), repr=False)
    question: Question | None = None
    verdict: Verdict | None = None
    asked: int = 0
    working: Text | None = None
    trouble: Trouble | None = None
    happened: Text | None = None
    read: bool = False

    @property
    def acts(self) -> tuple[ApprovalAct, ...]:
        """What can be done now, the obvious first."""
        if self.question is not None:
            return (ApprovalAct.DECIDE, ApprovalAct.LEAVE)
        if self.chosen is not None and self.chosen.state is RequestState.WAITING:
            return (ApprovalAct.APPROVE, ApprovalAct.REFUSE)
        return ()


class ApprovalsPresenter(Presenter[ApprovalsState]):
    """One window's approvals; who is signed in may be whoever asked."""

    def __init__(self, approvals: ApprovalService, runner: TaskRunner) -> None:
        super().__init__(ApprovalsState())
        self._approvals = approvals
        self._runner = runner
        self._task: TaskHandle | None = None

    def refresh(self) -> None:
        """Read the requests again."""
        self._start(None, self._look, self._saw)

    def choose(self, place: int) -> None:
        """Show one request."""
        if self.state.question is None and 0 <= place < len(self.state.requests):
            self._show(_choosing(self.state, self.state.requests[place]))

    def do(self, act: ApprovalAct) -> None:
        """A key. What cannot be done now does nothing."""
        if act not in self.state.acts or self.state.working is not None:
            return
        if act is ApprovalAct.LEAVE:
            self._show(replace(self.state, question=None, verdict=None, trouble=None))
        elif act in (ApprovalAct.APPROVE, ApprovalAct.REFUSE):
            verdict = Verdict.APPROVED if act is ApprovalAct.APPROVE else Verdict.REFUSED
            self._show(
                replace(
                    self.state,
                    question=_QUESTIONS[verdict],
                    verdict=verdict,
                    asked=self.state.asked + 1,
                    trouble=None,
                    happened=None,
                )
            )

    def submit(self, answers: Mapping[str, str]) -> None:
        """The other person's name and password."""
        state = self.state
        question, verdict, chosen = state.question, state.verdict, state.chosen
        if question is None or verdict is None or chosen is None or state.working is not None:
            return
        trouble = missing(question, answers)
        if trouble is not None:
            self._show(replace(state, trouble=trouble))
            return
        secrets = Secrets(answers)
        name, password, pin = answers["name"].strip(), secrets.of("password"), secrets.optional("pin")
        decide = secrets.spent(lambda: self._approvals.decide(chosen.request_id, verdict, name, password, pin=pin))

        def decided(seen: tuple[Request, ...]) -> None:
            self._show(replace(self.state, question=None, verdict=None, happened=_HAPPENED[verdict]))
            self._saw(seen)

        def work() -> tuple[Request, ...]:
            decide()
            return self._look()

        self._start(say("The password is being checked…"), work, decided)

    def close(self) -> None:
        """The page goes away."""
        self.show_on(None)
        if self._task is not None:
            self._task.cancel()

    def _look(self) -> tuple[Request, ...]:
        """Waiting ones first, oldest first; then the others, newest first."""
        waiting = tuple(self._approvals.inbox())
        known = {request.request_id for request in waiting}
        return waiting + tuple(one for one in self._approvals.history(MOST_ROWS) if one.request_id not in known)

    def _saw(self, requests: tuple[Request, ...]) -> None:
        kept = None if self.state.chosen is None else self.state.chosen.request_id
        chosen = next((one for one in requests if one.request_id == kept), requests[0] if requests else None)
        self._show(_choosing(replace(self.state, requests=requests, read=True), chosen))

    def _start(
        self,
        working: Text | None,
        work: Callable[[], tuple[Request, ...]],
        done: Callable[[tuple[Request, ...]], None],
    ) -> None:
        if self._task is not None:
            return
        self._show(replace(self.state, working=working, trouble=None))

        def home(ending: Callable[[], None]) -> None:
            self._task = None
            self._show(replace(self.state, working=None))
            ending()

        def failed(problem: BaseException) -> None:
            trouble = None if isinstance(problem, Cancelled) else Trouble.of(problem)
            self._show(replace(self.state, trouble=trouble, asked=self.state.asked + 1))

        def run(_cancel: CancelToken) -> tuple[Request, ...]:
            return work()

        self._task = self._runner.run(
            run, done=lambda seen: home(lambda: done(seen)), failed=lambda problem: home(lambda: failed(problem))
        )


def fact_lines(shown: Mapping[str, Fact]) -> tuple[FactLine, ...]:
    """Exactly what was shown to whoever asked, in the same order for everybody; sentences last."""
    plain = []
    for name, caption in FACT_LABELS.items():
        if name in shown:
            value = shown[name]
            plain.append(FactLine(label=caption, value=value if isinstance(value, Text) else str(value)))
    sentences = [value for name, value in shown.items() if name not in FACT_LABELS and isinstance(value, Text)]
    return (*plain, *(FactLine(label=None, value=sentence) for sentence in sentences))


def title_of(request: Request) -> Text:
    """What is asked for, in words."""
    return APPROVALS[request.kind].title


def deadline(request: Request) -> tuple[Text, datetime]:
    """What happened or will happen last, and when."""
    if request.used_at is not None:
        return say("Done"), request.used_at
    if request.decided_at is not None and request.state is not RequestState.APPROVED:
        return say("Decided"), request.decided_at
    return say("Expires"), request.expires_at


def _choosing(state: ApprovalsState, chosen: Request | None) -> ApprovalsState:
    return replace(state, chosen=chosen, facts=() if chosen is None else fact_lines(chosen.shown))
