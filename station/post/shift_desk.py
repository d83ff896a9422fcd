# SPDX-License-Identifier: Apache-2.0
"""Opens, hands over and closes the shift: each step is in the store with its signatures and its audit entry, or not.

Inspection asks nothing of this: a traveller never waits for a signature about the shift. What is recorded while
nobody answers is counted by the next report, under its own heading (docs/decisions/0015-shift-and-clock.md).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from station.access.approval_proof import holds
from station.access.approval_rules import independent
from station.access.audit import Act
from station.access.distress import raise_flag
from station.access.roles import ROLE_TITLES, Permission, allowed, role_needed
from station.access.sign_in import Session
from station.domain.errors import NotPermitted, RecordConflict, SignInRefused
from station.domain.secrets import Secret
from station.domain.words import Text, say
from station.ports.clock import Clock
from station.ports.keys import Confirmed
from station.ports.storage import Officer, UnitOfWork
from station.post.confirming import Confirms
from station.post.shift import (
    LONGEST,
    Shift,
    ShiftEvent,
    ShiftStage,
    ShiftStep,
    SignedBy,
    moved,
    record_of,
    report_sha256,
    shift_of,
    to_sign,
)

_ACTS: dict[ShiftEvent, Act] = {
    ShiftEvent.OPENED: Act.SHIFT_OPENED,
    ShiftEvent.HANDED_OVER: Act.SHIFT_HANDED_OVER,
    ShiftEvent.TAKEN_OVER: Act.SHIFT_HANDED_OVER,
    ShiftEvent.REPORT_SIGNED: Act.SHIFT_CLOSING,
    ShiftEvent.TAKEN_BACK: Act.SHIFT_CLOSING_TAKEN_BACK,
    ShiftEvent.COUNTERSIGNED: Act.SHIFT_CLOSED,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Signer:
    """Somebody who types their own name and password to sign."""

    name: str
    password: Secret = field(repr=False)
    pin: Secret | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class ShiftLine:
    """Who answers for the post: what everybody sees. ``next_step`` is None while nobody has to do anything."""

    stage: ShiftStage
    says: Text
    next_step: Text | None = None
    number: int = 0
    leader: str = ""
    since: datetime | None = None
    forgotten: bool = False


@dataclass(frozen=True, slots=True)
class ShiftMoved:
    """Event: the shift has a new stage or another person answers for it."""

    number: int
    stage: ShiftStage


class ShiftDesk:
    """The shift of this station for one session. Each method states the permission it needs.

    Calls block on the store, and those that take a password for about a second for each: never on the window's
    thread. All raise StoreError kinds.
    """

    def __init__(self, session: Session, desk: Confirms, clock: Clock) -> None:
        self._session = session
        self._desk = desk
        self._clock = clock

    def standing(self) -> ShiftLine:
        """Who answers for the post now. Needs SEE_SHIFT."""
        self._session.require(Permission.SEE_SHIFT)
        with self._session.store.reading() as unit:
            shift = running(unit)
        return line_of(shift, self._clock.now())

    def current(self) -> Shift | None:
        """The shift that is not closed. Needs SEE_SHIFT."""
        self._session.require(Permission.SEE_SHIFT)
        with self._session.store.reading() as unit:
            return running(unit)

    def newest(self, *, limit: int = 100) -> Sequence[Shift]:
        """Shifts, newest first. Needs RUN_SHIFT."""
        self._session.require(Permission.RUN_SHIFT)
        with self._session.store.reading() as unit:
            return [shift_of(record) for record in unit.shifts.newest(limit)]

    def open(self, password: Secret, *, pin: Secret | None = None) -> Shift:
        """The signed-in person answers for the post from now on. Needs RUN_SHIFT.

        Raises SignInRefused for a wrong password, RecordConflict while a shift is open.
        """
        self._session.require(Permission.RUN_SHIFT)
        with self._session.store.reading() as unit:
            last = unit.shifts.last()
            if running(unit) is not None:
                raise _conflict(say("A shift is open already."))
        number = 1 if last is None else last.number + 1
        return self._step(None, number, ShiftEvent.OPENED, {}, (self._own(password, pin),))

    def hand_over(self, incoming: Signer, password: Secret, *, pin: Secret | None = None) -> Shift:
        """Another supervisor answers from now on. Needs RUN_SHIFT; the signed-in person signs as the second.

        Whoever answered so far signs with ``password``; when somebody else is signed in, that person is the witness
        and the shift counts as taken over. Raises SignInRefused, NotPermitted, RecordConflict.
        """
        self._session.require(Permission.RUN_SHIFT)
        shift = self._expected(ShiftStage.OPEN)
        outgoing = self._session.officer.officer_id == shift.leader.officer_id
        event = ShiftEvent.HANDED_OVER if outgoing else ShiftEvent.TAKEN_OVER
        return self._step(shift, shift.number, event, {"to": incoming.name}, (incoming, self._own(password, pin)))

    def take_over(self, witness: Signer, password: Secret, *, pin: Secret | None = None) -> Shift:
        """The signed-in person answers from now on because whoever did is not here. Needs RUN_SHIFT.

        ``witness`` is an officer or supervisor of the post. Raises as ``hand_over``.
        """
        self._session.require(Permission.RUN_SHIFT)
        shift = self._expected(ShiftStage.OPEN)
        own = self._own(password, pin)
        return self._step(shift, shift.number, ShiftEvent.TAKEN_OVER, {"to": own.name}, (own, witness))

    def sign_report(self, shift: Shift, report: str, password: Secret, *, pin: Secret | None = None) -> Shift:
        """Fix the report of ``shift`` and sign it as the first of two. Needs RUN_SHIFT.

        ``report`` is the canonical JSON that was shown. Raises SignInRefused, RecordConflict when the shift moved.
        """
        self._session.require(Permission.RUN_SHIFT)
        details = {"report_sha256": report_sha256(report)}
        return self._step(
            shift, shift.number, ShiftEvent.REPORT_SIGNED, details, (self._own(password, pin),), report=report
        )

    def countersign(self, second: Signer) -> Shift:
        """A second person signs the same report; the shift is closed. Needs RUN_SHIFT.

        Raises SignInRefused, NotPermitted when it is not another person of the post, RecordConflict.
        """
        self._session.require(Permission.RUN_SHIFT)
        shift = self._expected(ShiftStage.CLOSING)
        report = shift.report_step
        if report is None:
            raise _conflict(say("No report is signed."))
        details = {"report_sha256": report_sha256(report.report)}
        return self._step(shift, shift.number, ShiftEvent.COUNTERSIGNED, details, (second,))

    def take_back(self, password: Secret, *, pin: Secret | None = None) -> Shift:
        """The shift goes on; the report that one person signed does not count. Needs RUN_SHIFT."""
        self._session.require(Permission.RUN_SHIFT)
        shift = self._expected(ShiftStage.CLOSING)
        return self._step(shift, shift.number, ShiftEvent.TAKEN_BACK, {}, (self._own(password, pin),))

    def note_printed(self, shift: Shift) -> None:
        """The report is on paper. Needs RUN_SHIFT."""
        self._session.require(Permission.RUN_SHIFT)
        report = shift.report_step
        with self._session.store.unit_of_work() as unit:
            unit.audit.append(
                at=self._clock.now(),
                by=self._session.officer.officer_id,
                act=Act.SHIFT_PRINTED,
                subject=f"shift-{shift.number}",
                details={"report": "" if report is None else _vouched(unit, shift, "report", report.report)},
            )
            unit.commit()

    def _own(self, password: Secret, pin: Secret | None) -> Signer:
        return Signer(name=self._session.officer.name, password=password, pin=pin)

    def _expected(self, stage: ShiftStage) -> Shift:
        shift = self.current()
        if shift is None or shift.stage is not stage:
            raise _conflict(_STANDS_OTHERWISE[ShiftStage.NONE if shift is None else shift.stage])
        return shift

    def _step(
        self,
        shift: Shift | None,
        number: int,
        event: ShiftEvent,
        details: Mapping[str, str],
        signers: Sequence[Signer],
        *,
        report: str = "",
    ) -> Shift:
        """Let everybody sign the same text, then keep the step if the shift still stands where it did."""
        text = to_sign(event, self._session.store.identity, number, {**details, "at": self._clock.now().isoformat()})
        confirmed = [self._desk.confirm(each.name, each.password, text.encode(), pin=each.pin) for each in signers]
        with self._session.store.unit_of_work() as unit:
            before = running(unit)
            if (before and before.steps) != (shift and shift.steps):
                raise _conflict(say("The shift was changed in between."))
            people = [_person(unit, one, text) for one in confirmed]
            _may(event, people)
            pair = _pair(unit, event, before, people)
            head = unit.audit.head()
            step = ShiftStep(
                event=event,
                at=self._clock.now(),
                monotonic=self._clock.monotonic(),
                entry=0 if head is None else head.sequence,
                by=tuple(_signed(person, one, pair) for person, one in zip(people, confirmed, strict=True)),
                signed=text,
                report=report,
            )
            after = moved(before, step, number=number)
            if before is None:
                unit.shifts.add(record_of(after))
            else:
                unit.shifts.replace(record_of(after))
            self._audit(unit, after, step, report)
            for person, one in zip(people, confirmed, strict=True):
                if one.distress:
                    subject = f"shift-{number}"
                    raise_flag(unit, at=step.at, by=person.officer_id, act=_ACTS[event], subject=subject)
            unit.publish(ShiftMoved(after.number, after.stage))
            unit.commit()
        return after

    def _audit(self, unit: UnitOfWork, shift: Shift, step: ShiftStep, report: str) -> None:
        details = {
            "event": step.event.name,
            "leader": shift.leader.officer_id,
            "monotonic": f"{step.monotonic:.3f}",
            "signed": _vouched(unit, shift, "signed", step.signed),
        }
        for number, each in enumerate(step.by, start=1):
            details |= {f"signer_{number}": each.officer_id, f"signature_{number}": each.signature}
        if not all(each.independent for each in step.by):
            details["two_people"] = "unproven"
        if report:
            details["report"] = _vouched(unit, shift, "report", report)
        unit.audit.append(
            at=step.at,
            by=step.by[-1].officer_id if step.event is ShiftEvent.COUNTERSIGNED else self._session.officer.officer_id,
            act=_ACTS[step.event],
            subject=f"shift-{shift.number}",
            details=details,
        )


def _vouched(unit: UnitOfWork, shift: Shift, what: str, text: str) -> str:
    """What stands on the trail for a text of a shift, which names people."""
    return unit.audit.vouch(f"shift.{what}", f"shift-{shift.number}", report_sha256(text))


def running(unit: UnitOfWork) -> Shift | None:
    """The shift that is not closed."""
    last = unit.shifts.last()
    return None if last is None or last.closed_at is not None else shift_of(last)


def closed_before(unit: UnitOfWork, number: int) -> Shift | None:
    """The shift before the one with this number."""
    earlier = (record for record in unit.shifts.newest(2) if record.number < number)
    return next((shift_of(record) for record in earlier), None)


def line_of(shift: Shift | None, now: datetime) -> ShiftLine:
    """The line everybody sees, at ``now``."""
    if shift is None:
        return ShiftLine(
            stage=ShiftStage.NONE,
            says=say("No shift is open."),
            next_step=say("Inspections go on. A supervisor opens the shift on the page Shift."),
        )
    forgotten = shift.forgotten(now)
    next_step = None
    if shift.stage is ShiftStage.CLOSING:
        next_step = say("Its report is signed by one person. A second person signs it on the page Shift.")
    elif forgotten:
        next_step = say(
            "For more than {hours} hours. Was it forgotten? A supervisor hands it over or closes it.",
            hours=int(LONGEST.total_seconds() // 3600),
        )
    return ShiftLine(
        stage=shift.stage,
        says=say("{name} answers for this shift.", name=shift.leader.name),
        next_step=next_step,
        number=shift.number,
        leader=shift.leader.name,
        since=shift.since,
        forgotten=forgotten,
    )


def _may(event: ShiftEvent, people: Sequence[Officer]) -> None:
    """Raise NotPermitted where the role of one of them may not sign this."""
    for place, person in enumerate(people):
        second = place > 0 or event is ShiftEvent.COUNTERSIGNED
        needed = Permission.INSPECT if second else Permission.RUN_SHIFT
        if needed not in allowed(person.role):
            raise NotPermitted(
                say("The role {role} may not sign this.", role=ROLE_TITLES[person.role]),
                say("Ask for: {role}.", role=role_needed(needed)),
            )


def _pair(unit: UnitOfWork, event: ShiftEvent, shift: Shift | None, people: Sequence[Officer]) -> Sequence[Officer]:
    """The two who sign together, or nobody where one signs alone. Raises NotPermitted where they are one account."""
    pair = people
    if event is ShiftEvent.COUNTERSIGNED and shift is not None and shift.report_step is not None:
        first = unit.officers.get(shift.report_step.by[0].officer_id)
        pair = [*people, *([] if first is None else [first])]
    elif shift is not None and len(people) > 1 and people[0].officer_id == shift.leader.officer_id:
        raise NotPermitted(
            say("This person answers for the shift already."), say("Choose another supervisor, or go on.")
        )
    if len(pair) > 1 and pair[0].officer_id == pair[1].officer_id:
        raise NotPermitted(
            say("Two people have to sign, and this is the same person."),
            say("Call somebody else, who types their own name and password."),
        )
    return pair if len(pair) > 1 else ()


def _person(unit: UnitOfWork, confirmed: Confirmed, text: str) -> Officer:
    person = unit.officers.by_name(confirmed.name)
    if person is None or person.suspended or person.removed or person.one_time:
        raise SignInRefused(say("This person may not sign here."), say("Ask another person."))
    if not holds(confirmed.signature, text.encode(), person.public_key):
        raise NotPermitted(
            say("The key of this person is not the one that the store knows."),
            say("Let a supervisor reset the password of this person."),
        )
    return person


def _signed(person: Officer, confirmed: Confirmed, pair: Sequence[Officer]) -> SignedBy:
    return SignedBy(
        officer_id=person.officer_id,
        name=person.display_name,
        public_key=person.public_key,
        signature=confirmed.signature,
        independent=not pair or independent(*pair),
    )


_STANDS_OTHERWISE: dict[ShiftStage, Text] = {
    ShiftStage.NONE: say("No shift is open."),
    ShiftStage.OPEN: say("The shift is open, and its report is not signed yet."),
    ShiftStage.CLOSING: say("The report of this shift is signed by one person already."),
    ShiftStage.CLOSED: say("The shift is closed."),
}


def _conflict(cause: Text) -> RecordConflict:
    return RecordConflict(cause, say("Look at the page Shift again."))
