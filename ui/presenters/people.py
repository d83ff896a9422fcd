# SPDX-License-Identifier: Apache-2.0
"""The people of the post for whoever manages them: a list, one person, and one act at a time."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from station.access.approval_rules import ApprovalKind
from station.access.approvals import ApprovalService, Request, RequestState
from station.access.people import NewPerson, PeopleService
from station.access.people_ledger import Added
from station.access.people_state import Person
from station.access.sign_in import Session
from station.access.suspicion import SuspicionService
from station.domain.errors import Cancelled
from station.domain.identifiers import OfficerId
from station.domain.words import Text, say
from station.ports.storage import RoleName, StoreName
from station.ports.tasks import CancelToken, TaskHandle, TaskRunner
from ui.presenters.asking import Secrets, missing
from ui.presenters.people_view import (
    ASKED_REMOVAL,
    ASKED_VOUCH,
    HAPPENED,
    STILL_WAITING,
    VOUCHED,
    OneTime,
    PeopleAct,
    PeopleState,
    question_of,
)
from ui.presenters.showing import Presenter, Trouble

_CHECKING = say("The password is being checked…")


@dataclass(frozen=True, slots=True)
class _Seen:
    """What stands in the store, and what an act said."""

    people: tuple[Person, ...]
    due: frozenset[StoreName]
    happened: Text | None = None
    added: Added | None = None
    approved: Request | None = None


class PeoplePresenter(Presenter[PeopleState]):
    """One session's page."""

    def __init__(
        self,
        session: Session,
        people: PeopleService,
        suspicion: SuspicionService,
        approvals: ApprovalService,
        runner: TaskRunner,
        *,
        new_keys: Callable[[], None] = lambda: None,
    ) -> None:
        """``new_keys`` ends the session and asks for the password again: a store gets its key while it is closed."""
        super().__init__(PeopleState(me=session.officer))
        self._people = people
        self._suspicion = suspicion
        self._approvals = approvals
        self._new_keys = new_keys
        self._runner = runner
        self._task: TaskHandle | None = None
        self._approved: Request | None = None

    def refresh(self) -> None:
        """Read the list again."""
        self._start(None, self._look, self._saw)

    def choose(self, place: int) -> None:
        """Show one person."""
        if self.state.question is None and self.state.one_time is None and 0 <= place < len(self.state.people):
            self._show(replace(self.state, chosen=self.state.people[place]))

    def do(self, act: PeopleAct) -> None:
        """A key. What cannot be done now does nothing."""
        if act not in self.state.acts or self.state.working is not None:
            return
        if act is PeopleAct.LEAVE:
            self._approved = None
            self._show(replace(self.state, question=None, doing=None, one_time=None, trouble=None))
        elif act is PeopleAct.VOUCH:
            self._vouch()
        elif act is PeopleAct.SUSPECT:
            self._suspect()
        elif act is PeopleAct.NEW_KEYS:
            self._new_keys()
        elif act is not PeopleAct.CONFIRM:
            self._ask(act)

    def submit(self, answers: Mapping[str, str]) -> None:
        """What was typed into the form."""
        state = self.state
        if state.question is None or state.doing is None or state.working is not None:
            return
        trouble = missing(state.question, answers)
        if trouble is not None:
            self._show(replace(state, trouble=trouble))
            return
        doing, target = state.doing, state.chosen
        secrets = Secrets(answers)
        work = secrets.spent(self._work(doing, target, answers, secrets))

        def run() -> _Seen:
            outcome = work()
            happened = outcome if isinstance(outcome, Text) else HAPPENED.get(doing)
            added = outcome if isinstance(outcome, Added) else None
            return replace(self._look(), happened=happened, added=added)

        self._start(_CHECKING if "password" in answers else None, run, self._done)

    def close(self) -> None:
        """The page goes away."""
        self.show_on(None)
        if self._task is not None:
            self._task.cancel()

    def _ask(self, act: PeopleAct, *, approved: bool = False) -> None:
        question = question_of(act, self.state, approved=approved)
        self._show(
            replace(self.state, question=question, doing=act, asked=self.state.asked + 1, trouble=None, happened=None)
        )

    def _work(  # the secrets are read here, on the window's thread, and spent on the task's
        self, act: PeopleAct, target: Person | None, answers: Mapping[str, str], secrets: Secrets
    ) -> Callable[[], object]:
        people, approved = self._people, self._approved
        who = OfficerId("") if target is None else target.officer.officer_id
        if act is PeopleAct.SUSPECT and approved is None:
            reason = answers["reason"]
            return lambda: _then(self._suspicion.ask(who, reason), ASKED_REMOVAL)
        password, pin = secrets.of("password"), secrets.optional("pin")
        if act is PeopleAct.SUSPECT and approved is not None:
            return lambda: self._suspicion.remove(who, approved.request_id, password, pin=pin)
        works: Mapping[PeopleAct, Callable[[], object]] = {
            PeopleAct.ADD: lambda: people.add(
                NewPerson(name=answers["name"], display_name=answers["display_name"], role=RoleName(answers["role"])),
                password,
                pin=pin,
            ),
            PeopleAct.RENAME: lambda: people.rename(who, answers["display_name"], password, pin=pin),
            PeopleAct.SUSPEND: lambda: people.suspend(who, password, pin=pin),
            PeopleAct.LIFT: lambda: people.lift_suspension(who, password, pin=pin),
            PeopleAct.ROLE: lambda: people.change_role(who, RoleName(answers["role"]), password, pin=pin),
            PeopleAct.RESET: lambda: people.reset_password(who, password, pin=pin),
            PeopleAct.REMOVE: lambda: people.remove(who, password, pin=pin),
        }
        return works[act]

    def _vouch(self) -> None:
        """Ask for the second person; once approved, confirm the account."""
        if self.state.chosen is None:
            return
        who = self.state.chosen.officer.officer_id

        def run() -> _Seen:
            request = self._request(ApprovalKind.VOUCH, who)
            if request is None:
                self._people.ask_vouching(who)
                said = ASKED_VOUCH
            elif request.state is RequestState.WAITING:
                said = STILL_WAITING
            else:
                self._people.vouch(who, request.request_id)
                said = VOUCHED
            return replace(self._look(), happened=said)

        self._start(None, run, self._done)

    def _suspect(self) -> None:
        """Ask for the reason, or, once approved, for the own password."""
        if self.state.chosen is None:
            return
        who = self.state.chosen.officer.officer_id

        def run() -> _Seen:
            request = self._request(ApprovalKind.REMOVAL_WITH_SUSPICION, who)
            waits = request is not None and request.state is RequestState.WAITING
            return replace(self._look(), happened=STILL_WAITING if waits else None, approved=request)

        def looked(seen: _Seen) -> None:
            self._done(seen)
            if seen.happened is None:
                self._approved = seen.approved
                self._ask(PeopleAct.SUSPECT, approved=seen.approved is not None)

        self._start(None, run, looked)

    def _request(self, kind: ApprovalKind, who: OfficerId) -> Request | None:
        """This person's own request about somebody that still can be used."""
        wanted = (RequestState.WAITING, RequestState.APPROVED)
        mine = [
            one
            for one in self._approvals.history()
            if one.kind is kind
            and one.subject == who
            and one.asker.officer_id == self.state.me.officer_id
            and one.state in wanted
        ]
        return mine[0] if mine else None

    def _look(self) -> _Seen:
        return _Seen(people=tuple(self._people.people()), due=self._suspicion.rekey_due())

    def _done(self, seen: _Seen) -> None:
        added, one_time = seen.added, None
        if added is not None:
            name = next(one.officer.name for one in seen.people if one.officer.officer_id == added.officer_id)
            one_time = OneTime(person=name, password=added.one_time_password.reveal().decode())
            added.one_time_password.forget()
        self._approved = None
        self._show(
            replace(self.state, question=None, doing=None, one_time=one_time, happened=seen.happened, trouble=None)
        )
        self._saw(seen)

    def _saw(self, seen: _Seen) -> None:
        kept = None if self.state.chosen is None else self.state.chosen.officer.officer_id
        if seen.added is not None:
            kept = seen.added.officer_id
        chosen = next((one for one in seen.people if one.officer.officer_id == kept), None)
        if chosen is None and seen.people:
            chosen = seen.people[0]
        self._show(replace(self.state, people=seen.people, chosen=chosen, rekey_due=seen.due))

    def _start(self, working: Text | None, work: Callable[[], _Seen], done: Callable[[_Seen], None]) -> None:
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

        def run(_cancel: CancelToken) -> _Seen:
            return work()

        self._task = self._runner.run(
            run, done=lambda seen: home(lambda: done(seen)), failed=lambda problem: home(lambda: failed(problem))
        )


def _then(_request: Request, said: Text) -> Text:
    """What is said after a request was made."""
    return said
