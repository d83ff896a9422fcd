# SPDX-License-Identifier: Apache-2.0
"""The audit trail for one person: entries as one filters them, checkpoints, checks, the log to take away."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import tzinfo
from pathlib import Path
from typing import TypeVar

from station.access.acceptance import AcceptanceService, acceptable, told
from station.access.approval_rules import Verdict
from station.access.approvals import ApprovalService
from station.access.audit_service import AuditService, Depth
from station.access.checkpoint_text import Checkpoint
from station.access.roles import Permission
from station.access.sign_in import Session
from station.access.trail_check import TrailVerdict
from station.domain.errors import Cancelled
from station.domain.identifiers import OfficerId
from station.domain.words import Text, say
from station.exporting.audit_log import AuditLog, AuditLogService, Cover
from station.ports.storage import AuditEntry, StoreName
from station.ports.tasks import CancelToken, TaskHandle, TaskRunner
from ui.presenters.asking import Question, Secrets, missing
from ui.presenters.audit_view import GO_ON, ROWS_AT_ONCE, TAKE_AWAY, AuditAct, AuditState, Judged
from ui.presenters.audit_words import understood
from ui.presenters.lane import Finishing
from ui.presenters.showing import Presenter, Trouble

T = TypeVar("T")

TYPING_PAUSE = 0.15  # seconds without a key before the trail is read


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditDesk:
    """The services behind the page."""

    session: Session
    trail: AuditService
    logs: AuditLogService
    acceptance: AcceptanceService
    approvals: ApprovalService


@dataclass(frozen=True, slots=True)
class _Seen:
    stores: tuple[StoreName, ...]
    people: Mapping[OfficerId, str]
    checkpoints: tuple[Checkpoint, ...]


class AuditPresenter(Presenter[AuditState]):
    """One session's page. ``typing_pause``: seconds to wait for the next key."""

    def __init__(
        self, desk: AuditDesk, runner: TaskRunner, *, zone: tzinfo, typing_pause: float = TYPING_PAUSE
    ) -> None:
        super().__init__(AuditState(may_accept=Permission.ASK_APPROVAL in desk.session.permissions))
        self._desk = desk
        self._runner = runner
        self._zone = zone
        self._pause = typing_pause
        self._task: TaskHandle | None = None
        self._reading: TaskHandle | None = None
        self._then: Callable[[], None] | None = None

    def refresh(self) -> None:
        """Read people, stores and checkpoints, then the entries."""
        if self._task is not None:
            return
        name = self.state.store

        def look(_cancel: CancelToken) -> _Seen:
            trail = self._desk.trail
            return _Seen(trail.stores(), trail.people(), trail.checkpoints(name))

        def saw(seen: _Seen) -> None:
            self._show(replace(self.state, stores=seen.stores, people=seen.people, checkpoints=seen.checkpoints))
            self._look_at_the_store()
            self._read(0.0)

        self._start(say("Reading…"), look, saw)

    def look_for(self, query: str) -> None:
        """The text of the filter changed."""
        self._show(replace(self.state, query=query))
        self._read(self._pause)

    def do(self, act: AuditAct) -> None:
        """A key. What cannot be done now does nothing."""
        if act is AuditAct.LEAVE and self._task is not None:
            self._task.cancel()
        if act not in self.state.acts:
            return
        match act:
            case AuditAct.VERIFY:
                self._verify(Depth.TRAIL, say("The trail is being checked…"))
            case AuditAct.EVERYTHING:
                self._verify(Depth.EVERYTHING, say("Everything is being checked. This takes minutes…"))
            case AuditAct.OLDER:
                self._older()
            case AuditAct.STORE:
                self._other_store()
            case AuditAct.EXPORT:
                self._ask(TAKE_AWAY)
            case AuditAct.ACCEPT:
                self._ask(GO_ON)
            case AuditAct.LEAVE:
                self._show(replace(self.state, question=None, trouble=None))
            case AuditAct.ANSWER:  # the form's own key; it calls `answer`
                pass

    def answer(self, answers: Mapping[str, str]) -> None:
        """What was typed into the form."""
        question = self.state.question
        if question is None or self.state.working is not None:
            return
        lacking = missing(question, answers)
        if lacking is not None:
            self._show(replace(self.state, trouble=lacking))
        elif question is TAKE_AWAY:
            self._take_away(Path(answers["target"].strip()), Cover(answers["cover"]))
        else:
            self._accept(answers)

    def when_ended(self, then: Callable[[], None]) -> bool:
        """Call ``then`` when what runs has ended; False when nothing runs."""
        if self._task is None:
            return False
        self._then = then
        return True

    def close(self) -> None:
        """The page goes away."""
        self.show_on(None)
        self._then = None
        for task in (self._task, self._reading):
            if task is not None:
                task.cancel()

    # ── work ───────────────────────────────────────────────────────────────────────────────────────────────

    def _verify(self, depth: Depth, words: Text) -> None:
        name = self.state.store

        def judged(verdict: TrailVerdict) -> None:
            self._show(replace(self.state, judged=Judged(verdict=verdict, depth=depth), happened=None))
            self._read(0.0)

        self._start(words, lambda cancel: self._desk.trail.verify(name, depth, cancel=cancel), judged)

    def _take_away(self, target: Path, cover: Cover) -> None:
        name = self.state.store

        def written(log: AuditLog) -> None:
            happened = Trouble(
                cause=say("The log stands on the target: {file}", file=log.bundle.path.name),
                next_step=say("Carry it together with its .minisig. Entries: {count}.", count=log.entries),
            )
            self._show(replace(self.state, question=None, trouble=None, happened=happened))
            self._read(0.0)

        self._start(
            say("The log is being written…"),
            lambda cancel: self._desk.logs.export(name, target, cover, cancel),
            written,
        )

    def _accept(self, answers: Mapping[str, str]) -> None:
        name, secrets, desk = self.state.store, Secrets(answers), self._desk
        password, pin = secrets.of("password"), secrets.optional("pin")

        def work() -> object:
            request = desk.acceptance.ask(name)
            desk.approvals.decide(request.request_id, Verdict.APPROVED, answers["name"].strip(), password, pin=pin)
            desk.acceptance.accept(name, request.request_id)
            return None

        run = secrets.spent(work)

        def accepted(_: object) -> None:
            happened = Trouble(
                cause=say("The store is accepted as it is. A new generation has begun."),
                next_step=say("Tell headquarters. What is missing has to be recorded again."),
            )
            self._show(replace(self.state, question=None, trouble=None, happened=happened))
            self._look_at_the_store()
            self._read(0.0)

        self._start(say("The password is being checked…"), lambda _cancel: run(), accepted)

    # ── the list ───────────────────────────────────────────────────────────────────────────────────────────

    def _read(self, pause: float) -> None:
        if self._reading is not None:
            self._reading.cancel()
        name, query = self.state.store, self.state.query
        wanted, words = understood(query, self.state.people, zone=self._zone)
        self._show(replace(self.state, understood=words))

        def read(cancel: CancelToken) -> Sequence[AuditEntry]:
            cancel.wait(pause)
            return self._desk.trail.entries(name, wanted, cancel, limit=ROWS_AT_ONCE)

        def came(rows: Sequence[AuditEntry]) -> None:
            if (name, query) == (self.state.store, self.state.query):
                self._show(replace(self.state, rows=tuple(rows), more=len(rows) == ROWS_AT_ONCE))

        self._reading = self._runner.run(read, done=came, failed=self._told)

    def _older(self) -> None:
        name, rows = self.state.store, self.state.rows
        wanted, _ = understood(self.state.query, self.state.people, zone=self._zone)
        before = rows[-1].sequence if rows else None

        def came(older: Sequence[AuditEntry]) -> None:
            if self.state.rows == rows:
                self._show(replace(self.state, rows=(*rows, *older), more=len(older) == ROWS_AT_ONCE))

        self._start(
            say("Reading…"),
            lambda cancel: self._desk.trail.entries(name, wanted, cancel, before=before, limit=ROWS_AT_ONCE),
            came,
        )

    def _other_store(self) -> None:
        stores = self.state.stores
        after = stores[(stores.index(self.state.store) + 1) % len(stores)]
        self._show(
            replace(
                self.state, store=after, rows=(), more=False, checkpoints=None, judged=None, trouble=None, happened=None
            )
        )
        self.refresh()

    def _look_at_the_store(self) -> None:
        store = self._desk.session.stores.get(self.state.store)
        if store is not None:
            self._show(replace(self.state, told=told(store), closed=acceptable(store)))

    def _ask(self, question: Question) -> None:
        self._show(replace(self.state, question=question, asked=self.state.asked + 1, trouble=None, happened=None))

    def _start(self, words: Text, work: Callable[[CancelToken], T], done: Callable[[T], None]) -> None:
        if self._task is not None:
            return
        self._show(replace(self.state, working=words, trouble=None))

        def came(outcome: T) -> None:
            self._ended()
            done(outcome)
            self._go_on()

        def failed(problem: BaseException) -> None:
            self._ended()
            self._show(replace(self.state, asked=self.state.asked + 1))
            if not isinstance(problem, Cancelled):
                self._told(problem)
            self._go_on()

        # Set before a runner that ends at once comes home.
        handle = Finishing(work).run(self._runner, done=came, failed=failed)
        self._task = handle if self.state.working is not None else None

    def _ended(self) -> None:
        self._task = None
        self._show(replace(self.state, working=None))

    def _go_on(self) -> None:
        then, self._then = self._then, None
        if then is not None:
            then()

    def _told(self, problem: BaseException) -> None:
        if not isinstance(problem, Cancelled):
            self._show(replace(self.state, trouble=Trouble.of(problem)))
