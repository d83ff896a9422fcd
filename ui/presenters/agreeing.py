# SPDX-License-Identifier: Apache-2.0
"""An act that two people agree on, on one page: what is asked, what both see, the second person's password, the act.

The second person may also decide on the page Approvals; whoever asked then finds the approved request here, as a row
above the others: what it says is read before exactly that one is done.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Generic, TypeVar

from station.access.approval_rules import Verdict
from station.access.approvals import ApprovalService, Request, RequestState
from station.access.shown_facts import FACT_LABELS
from station.domain.errors import Cancelled
from station.domain.words import Text, say
from station.ports.tasks import CancelToken, TaskHandle, TaskRunner
from ui.presenters.approvals import STATE_MARKS
from ui.presenters.asking import Asked, Entry, Question, Secrets, missing
from ui.presenters.keymap import Key
from ui.presenters.lane import Finishing
from ui.presenters.showing import Presenter, Trouble

S = TypeVar("S")  # what a page reads
T = TypeVar("T")

GO_ON = Key("Return", "Enter", say("Go on"))
BACK = Key("Esc", "Esc", say("Back"))

SECOND_PERSON = Question(
    title=say("The second person"),
    says=say("Another person reads what is shown, and types their own name and password. Or they decide on Approvals."),
    fields=(
        Asked(name="name", label=say("Name")),
        Asked(name="password", label=say("Password"), entry=Entry.SECRET),
        Asked(name="pin", label=say("PIN, for who uses a token"), entry=Entry.SECRET, may_be_empty=True),
    ),
    does=say("Sign the approval"),
)

#: The facts that are read before keys and hashes.
_FIRST = ("whom", "purpose", "from_day", "to_day", "record", "records", "pictures", "too", "fingerprint")

_STOPPED = Trouble(
    cause=say("You stopped it. Nothing half-written is on the target."),
    next_step=say("The approval is used up. Ask again when you are ready."),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class AgreeingState:
    """The page. ``rows`` stand at the left; at the right what is ``shown``, and below it what is asked.

    ``keys``: what can be done now, the obvious thing first. ``asked`` grows with each try, so that secrets go.
    """

    rows: tuple[Text, ...] = field(default=(), repr=False)
    chosen: int = 0
    read: bool = False
    shown: tuple[Text, ...] = field(default=(), repr=False)
    question: Question | None = None
    asked: int = 0
    working: Text | None = None
    stoppable: bool = False
    happened: Trouble | None = None
    trouble: Trouble | None = None
    keys: tuple[Key, ...] = ()


Answered = Callable[[Mapping[str, str]], None]


class AgreeingPresenter(Presenter[AgreeingState], ABC, Generic[S]):
    """What such pages share. ``left`` goes back to the page before, when nothing is open here."""

    #: What stands above the list, what it means, and every key of the page.
    heading: Text
    meaning: Text
    keys: tuple[Key, ...] = ()

    def __init__(self, approvals: ApprovalService, runner: TaskRunner, *, left: Callable[[], None]) -> None:
        super().__init__(AgreeingState())
        self._approvals = approvals
        self._runner = runner
        self._left = left
        self._approved: tuple[Request, ...] = ()  # the first rows
        self._answered: Answered | None = None
        self._task: TaskHandle | None = None
        self._reading: TaskHandle | None = None
        self._then: Callable[[], None] | None = None
        self._closed = False

    # ── what a page adds ───────────────────────────────────────────────────────────────────────────────────

    @abstractmethod
    def _look(self) -> S:
        """Read what the page shows; on the task's thread."""

    @abstractmethod
    def _saw(self, seen: S) -> None:
        """Show what was read."""

    @abstractmethod
    def _acts(self) -> tuple[Key, ...]:
        """What can be done while nothing is asked."""

    @abstractmethod
    def _begin(self, key: Key) -> None:
        """One of these keys."""

    # ── the page ───────────────────────────────────────────────────────────────────────────────────────────

    def refresh(self) -> None:
        """Read what counts."""
        if self._reading is not None:
            self._reading.cancel()
        self._reading = self._runner.run(lambda _cancel: self._look(), done=self._saw_it, failed=self._told)

    def do(self, key: Key) -> None:
        """A key. What cannot be done now does nothing."""
        if key not in self.state.keys:
            return
        if key is BACK:
            self._leave()
        elif key is not GO_ON:  # that one is the form's
            self._see(replace(self.state, trouble=None, happened=None))
            self._begin(key)

    def choose(self, place: int) -> None:
        """Another row."""
        if self.state.question is None and 0 <= place < len(self.state.rows):
            self._see(replace(self.state, chosen=place))

    def submit(self, answers: Mapping[str, str]) -> None:
        """What was typed into the form."""
        question, answered = self.state.question, self._answered
        if question is None or answered is None or self.state.working is not None:
            return
        trouble = missing(question, answers)
        if trouble is not None:
            self._see(replace(self.state, trouble=trouble))
            return
        answered(answers)

    def when_ended(self, then: Callable[[], None]) -> bool:
        """Call ``then`` when the work under way has ended. False when there is none: it is not called."""
        if self._task is None:
            return False
        self._then = then
        return True

    def close(self) -> None:
        """The page goes away."""
        self.show_on(None)
        self._closed, self._then = True, None
        for task in (self._task, self._reading):
            if task is not None:
                task.cancel()

    # ── parts of acts ──────────────────────────────────────────────────────────────────────────────────────

    def _list(self, approved: Sequence[Request], rows: Sequence[Text]) -> None:
        """Show what was approved as rows, and below them the rows of the page."""
        chosen = place_after(self._approved, self.state.chosen, approved)
        self._approved = tuple(approved)
        label = STATE_MARKS[RequestState.APPROVED][1]
        self._see(replace(self.state, rows=(*(row_of(label, one) for one in approved), *rows), chosen=chosen))

    def _chosen_request(self) -> Request | None:
        """The approved request whose row is chosen: what it says is on the page."""
        chosen = self.state.chosen
        return self._approved[chosen] if chosen < len(self._approved) else None

    def _ask(self, question: Question, answered: Answered, *, about: Request | None = None) -> None:
        """Ask; ``about``: what both agree to stays beside the form."""
        self._answered = answered
        shown = () if about is None else shown_lines(about)
        self._see(replace(self.state, question=question, asked=self.state.asked + 1, shown=shown, trouble=None))

    def _agree(self, request: Request, act: Callable[[], None]) -> None:
        """Let the second person read and sign here; then ``act``."""

        def sign(answers: Mapping[str, str]) -> None:
            secrets = Secrets(answers)
            name, password, pin = answers["name"].strip(), secrets.of("password"), secrets.optional("pin")
            decide = secrets.spent(
                lambda: self._approvals.decide(request.request_id, Verdict.APPROVED, name, password, pin=pin)
            )
            self._start(say("The password is being checked…"), lambda _cancel: decide(), lambda _outcome: act())

        self._ask(SECOND_PERSON, sign, about=request)

    def _done(self, happened: Trouble) -> None:
        """An act is done: say so, and read again."""
        self._answered = None
        self._see(replace(self.state, question=None, happened=happened, trouble=None))
        if not self._closed:
            self.refresh()

    def _start(self, says: Text, work: Callable[[CancelToken], T], done: Callable[[T], None]) -> None:
        def came(outcome: T) -> None:
            self._task = None
            self._see(replace(self.state, working=None, stoppable=False))
            done(outcome)
            self._tell_end()

        def failed(problem: BaseException) -> None:
            self._task = None
            trouble = _STOPPED if isinstance(problem, Cancelled) else Trouble.of(problem)
            after = replace(self.state, working=None, stoppable=False, trouble=trouble, asked=self.state.asked + 1)
            self._see(after)
            self._tell_end()

        self._see(replace(self.state, working=says, trouble=None))
        self._task = Finishing(work).run(self._runner, done=came, failed=failed)

    def _leave(self) -> None:
        if self._task is not None:
            if self.state.stoppable:
                self._task.cancel()
        elif self.state.question is not None:
            self._answered = None
            self._see(replace(self.state, question=None, trouble=None))
            self.refresh()
        else:
            self._left()

    def _saw_it(self, seen: S) -> None:
        self._reading = None
        self._see(replace(self.state, read=True))
        self._saw(seen)

    def _told(self, problem: BaseException) -> None:
        """Reading was stopped for a later one, or did not work."""
        if not isinstance(problem, Cancelled):
            self._reading = None
            self._see(replace(self.state, trouble=Trouble.of(problem)))

    def _tell_end(self) -> None:
        if self._task is None:
            then, self._then = self._then, None
            if then is not None:
                then()

    def _see(self, state: AgreeingState) -> None:
        """Show a state with what the chosen request says, and the keys that belong to it."""
        chosen = min(state.chosen, max(0, len(state.rows) - 1))
        self._show(replace(state, chosen=chosen))
        if state.question is None:
            request = self._chosen_request()
            self._show(replace(self.state, shown=() if request is None else shown_lines(request)))
        self._show(replace(self.state, keys=self._keys_now()))

    def _keys_now(self) -> tuple[Key, ...]:
        state = self.state
        if state.working is not None:
            return (BACK,) if state.stoppable else ()
        if state.question is not None:
            return (GO_ON, BACK)
        return (*self._acts(), BACK) if state.read else (BACK,)


def shown_lines(request: Request) -> tuple[Text, ...]:
    """Exactly what both people approve, what a person can judge at a glance first."""
    facts = sorted(request.shown.items(), key=lambda one: _FIRST.index(one[0]) if one[0] in _FIRST else len(_FIRST))
    lines = [
        fact if isinstance(fact, Text) else say("{label}: {value}", label=FACT_LABELS[name], value=fact)
        for name, fact in facts
    ]
    return (*lines, say("Asked by {name}.", name=request.asker.display_name))


def row_of(label: Text, request: Request) -> Text:
    """A request in one row: what it is, and the first thing that it says."""
    return say("{label}: {value}", label=label, value=shown_lines(request)[0])


def place_after(before: Sequence[Request], chosen: int, after: Sequence[Request]) -> int:
    """The place that is chosen once the approved requests at the top of a list are others.

    A chosen one stays chosen. When it is gone, the choice leaves the approved ones: a key that is pressed twice does
    not act on one that nobody has read. From a row below them the choice goes to one that is new.
    """
    places = {one.request_id: place for place, one in enumerate(after)}
    if chosen < len(before):
        return places.get(before[chosen].request_id, len(after))
    known = {one.request_id for one in before}
    new = next((place for name, place in places.items() if name not in known), None)
    return len(after) + chosen - len(before) if new is None else new


def first_of(sticks: Sequence[str], name: str) -> str:
    """The path of a file at the top of the first stick, or nothing."""
    return f"{sticks[0]}/{name}" if sticks else ""
