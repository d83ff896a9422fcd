# SPDX-License-Identifier: Apache-2.0
"""Four eyes: what one person asks for, another person decides with a password typed at that moment.

A request holds exactly what both people see. The decision is signed with a key that only the second person's
password makes, and stands on the audit trail. It allows one act, once, until it expires.
"""

from __future__ import annotations

import enum
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from station.access import distress
from station.access.approval_proof import asked_details, decided_details, holds, message, used_details
from station.access.approval_rules import (
    APPROVALS,
    USABLE_UNDER_DISTRESS,
    ApprovalKind,
    Verdict,
    objection_to_asking,
    objection_to_decider,
)
from station.access.audit import Act
from station.access.roles import Permission
from station.access.shown_facts import SALT_BYTES, Fact, Shown, digest, read_back, salt_of, written
from station.access.sign_in import Session
from station.domain.errors import NotPermitted
from station.domain.identifiers import RANDOM_BYTES, OfficerId, new_identifier
from station.domain.secrets import Secret
from station.domain.words import Text, say
from station.ports.clock import Clock, Randomness
from station.ports.keys import Confirmed, KeyDesk
from station.ports.safekeeping import ApprovalRecord
from station.ports.storage import Officer, OfficerRepository, UnitOfWork


class RequestState(enum.Enum):
    """Where a request stands now."""

    WAITING = "waiting"  # nobody decided yet
    APPROVED = "approved"  # decided, and the act may still be done
    REFUSED = "refused"  # decided
    EXPIRED = "expired"  # too late to decide, or too late to act
    USED = "used"  # the act is done


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """One request as both people see it. ``asker`` and ``decider`` are as the store knows them now."""

    request_id: str
    kind: ApprovalKind
    subject: str
    shown: dict[str, Fact] = field(repr=False)
    shown_sha256: str
    asker: Officer
    asked_at: datetime
    expires_at: datetime
    state: RequestState
    decider: Officer | None = None
    decided_at: datetime | None = None
    used_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class ApprovalMoved:
    """Event: a request was made, decided or used."""

    request_id: str


class ApprovalService:
    """Requests and decisions at one window. Blocks on the disk, ``decide`` also for a second of key stretching."""

    def __init__(self, session: Session, key_desk: KeyDesk, clock: Clock, randomness: Randomness) -> None:
        self._session = session
        self._key_desk = key_desk
        self._clock = clock
        self._randomness = randomness

    def ask(self, kind: ApprovalKind, subject: str, shown: Shown) -> Request:
        """Ask for a second pair of eyes for one act on ``subject`` (an identifier). Needs ASK_APPROVAL.

        Raises NotPermitted when this role may not ask for it, ValueError for facts without a label.
        """
        self._session.require(Permission.ASK_APPROVAL)
        now = self._clock.now()
        facts = written(shown, self._randomness.bytes(SALT_BYTES))
        with self._writing(kind) as unit:
            asker = _known(unit.officers, self._session.officer.officer_id)
            _refuse(objection_to_asking(kind, asker))
            record = ApprovalRecord(
                approval_id=new_identifier(now, self._randomness.bytes(RANDOM_BYTES)),
                kind=kind.value,
                subject=subject,
                shown=facts,
                shown_sha256=digest(facts),
                asked_by=asker.officer_id,
                asked_at=now,
                expires_at=now + APPROVALS[kind].valid,
            )
            unit.approvals.add(record)
            self._audit(unit, Act.APPROVAL_ASKED, record, asked_details(record), at=now, by=asker.officer_id)
            unit.commit()
        return _request(record, {asker.officer_id: asker}, now)

    def inbox(self) -> Sequence[Request]:
        """What waits for a decision and has not expired, oldest first. Needs ASK_APPROVAL."""
        self._session.require(Permission.ASK_APPROVAL)
        return [one for one in self._requests(newest=None) if one.state is RequestState.WAITING]

    def history(self, limit: int = 200) -> Sequence[Request]:
        """Every request with what came of it, newest first. Needs ASK_APPROVAL."""
        self._session.require(Permission.ASK_APPROVAL)
        return self._requests(newest=limit)

    def get(self, request_id: str) -> Request:
        """One request as it stands now. Needs ASK_APPROVAL. Raises NotPermitted when there is none."""
        self._session.require(Permission.ASK_APPROVAL)
        with self._session.store.reading() as unit:
            record = _found(unit, request_id)
            return _request(record, {one.officer_id: one for one in unit.officers.all()}, self._clock.now())

    def decide(
        self, request_id: str, verdict: Verdict, name: str, password: Secret, *, pin: Secret | None = None
    ) -> Request:
        """Decide as the person ``name``, who types their own password now; who is signed in does not matter.

        The window needs ASK_APPROVAL; the person who decides needs APPROVE and a row in APPROVALS, and must be
        known to be another person than the asker. About a second. ``pin``: of that person's token. Raises
        SignInRefused for a wrong password, NotPermitted with the cause otherwise; then nothing is decided.
        """
        self._session.require(Permission.ASK_APPROVAL)
        now = self._clock.now()
        with self._session.store.reading() as unit:
            record = _open_request(unit, request_id, now)
            known = unit.officers.by_name(name)
        decision = replace(
            record,
            verdict=verdict.value,
            # An unknown name goes to the key desk as well, so that it takes as long and counts as a wrong try.
            decided_by=OfficerId("nobody") if known is None else known.officer_id,
            decided_at=now,
        )
        confirmed = self._key_desk.confirm(name, password, message(decision), pin=pin)
        return self._decided(replace(decision, signature=confirmed.signature), confirmed)

    def require_approved(self, request_id: str, kind: ApprovalKind, subject: str, shown: Shown) -> None:
        """Raise as ``use`` would, and use nothing: before an act whose first step is outside the store.

        Needs ASK_APPROVAL.
        """
        self._session.require(Permission.ASK_APPROVAL)
        with self._session.store.reading() as unit:
            self._usable(unit, request_id, kind, subject, shown, self._clock.now())

    def use(self, unit: UnitOfWork, request_id: str, kind: ApprovalKind, subject: str, shown: Shown) -> None:
        """Use an approval up, inside the unit of work of the act it allows: both stay, or neither.

        ``shown`` is what the act is about to do, gathered anew: if it is not what was approved, nothing is done.
        Needs ASK_APPROVAL; the unit is one of the border store. Raises NotPermitted with cause and next step
        when the approval is missing, expired, refused, used, or for something else.
        """
        self._session.require(Permission.ASK_APPROVAL)
        now = self._clock.now()
        record = self._usable(unit, request_id, kind, subject, shown, now)
        if not unit.approvals.use(request_id, now):
            raise _ask_again(say("This approval was used already."))
        by = self._session.officer.officer_id
        self._audit(unit, Act.APPROVAL_USED, record, used_details(record), at=now, by=by)

    def _usable(  # noqa: PLR0917 (the parts of one act, in the order of `use`)
        self, unit: UnitOfWork, request_id: str, kind: ApprovalKind, subject: str, shown: Shown, now: datetime
    ) -> ApprovalRecord:
        """The record behind an approval that holds for exactly this act by this person now."""
        record = _found(unit, request_id)
        if record.used_at is not None:
            raise _ask_again(say("This approval was used already."))
        if not record.verdict:
            raise NotPermitted(
                say("Nobody has approved this yet."), say("Another person decides it on the page Approvals.")
            )
        if record.verdict != Verdict.APPROVED:
            raise _ask_again(say("This was refused."))
        _refuse_late(record, now)
        if record.asked_by != self._session.officer.officer_id:
            raise _ask_again(say("Another person asked for this approval."))
        same = record.kind == kind and record.subject == subject and bool(record.shown)
        if not same or digest(written(shown, salt_of(record.shown))) != record.shown_sha256:
            raise _ask_again(say("This approval is for something else, or things have changed since."))
        self._refuse_unproven(unit, record)
        return record

    def _refuse_unproven(self, unit: UnitOfWork, record: ApprovalRecord) -> None:
        asker = _known(unit.officers, record.asked_by)
        _refuse(objection_to_asking(ApprovalKind(record.kind), asker))
        decider = None if record.decided_by is None else unit.officers.get(record.decided_by)
        if decider is None or decider.suspended or decider.removed:
            raise _ask_again(say("The person who approved this may not approve any more."))
        # Two people can be forced at once: under distress an approval lets a traveller pass, and destroys nothing.
        barred = self._session.distress and ApprovalKind(record.kind) not in USABLE_UNDER_DISTRESS
        if barred or not holds(record.signature, message(record), decider.public_key):
            raise _ask_again(say("The signature of this approval does not fit the person any more."))

    def _decided(self, decision: ApprovalRecord, confirmed: Confirmed) -> Request:
        """Keep a signed decision, if the person may decide; everything is judged again inside the unit."""
        with self._writing(ApprovalKind(decision.kind)) as unit:
            now = self._clock.now()
            record = _open_request(unit, decision.approval_id, now)
            asker = _known(unit.officers, record.asked_by)
            decider = _known(unit.officers, decision.decided_by)
            _refuse(objection_to_decider(ApprovalKind(record.kind), asker, decider))
            if not holds(confirmed.signature, message(decision), decider.public_key):
                raise self._other_key()
            if not unit.approvals.decide(decision):
                raise _ask_again(say("This request was decided already."))
            marked = distress.mark(unit, self._randomness, decision.approval_id, distress=confirmed.distress)
            by = decider.officer_id
            self._audit(unit, Act.APPROVAL_DECIDED, decision, decided_details(decision, marked), at=now, by=by)
            if confirmed.distress:
                subject = decision.approval_id
                distress.raise_flag(unit, at=now, by=by, act=Act.APPROVAL_DECIDED, subject=subject)
            unit.commit()
        return _request(decision, {asker.officer_id: asker, decider.officer_id: decider}, now)

    def _other_key(self) -> NotPermitted:
        """Also who goes on with an older store is judged by the key that this store knows, not by the key file's:
        a supervisor could give somebody a password, put the older store back, and be both people."""
        if self._session.store.read_only is not None:
            return NotPermitted(
                say("This store is from a time when this person had another password."),
                say(
                    "Let another person decide whose password is the same as then. If there is nobody, restore the "
                    "last backup."
                ),
            )
        return NotPermitted(
            say("The key of this person is not the one that the store knows."),
            say("Let a supervisor reset the password of this person."),
        )

    def _writing(self, kind: ApprovalKind) -> UnitOfWork:
        """Also a store that is read only takes in what two people need to accept it."""
        store = self._session.store
        return store.accepting() if kind is ApprovalKind.ACCEPT_STORE else store.unit_of_work()

    def _requests(self, *, newest: int | None) -> list[Request]:
        now = self._clock.now()
        with self._session.store.reading() as unit:
            records = unit.approvals.undecided() if newest is None else unit.approvals.newest(newest)
            people = {one.officer_id: one for one in unit.officers.all()}
        return [_request(record, people, now) for record in records if record.kind in _KINDS]

    def _audit(
        self, unit: UnitOfWork, act: Act, record: ApprovalRecord, details: dict[str, str], *, at: datetime, by: str
    ) -> None:
        unit.audit.append(at=at, by=by, act=act, subject=record.approval_id, details=details)
        unit.publish(ApprovalMoved(record.approval_id))


_KINDS = frozenset(kind.value for kind in ApprovalKind)


def _request(record: ApprovalRecord, people: dict[OfficerId, Officer], now: datetime) -> Request:
    return Request(
        request_id=record.approval_id,
        kind=ApprovalKind(record.kind),
        subject=record.subject,
        shown=read_back(record.shown),
        shown_sha256=record.shown_sha256,
        asker=people[record.asked_by],
        asked_at=record.asked_at,
        expires_at=record.expires_at,
        state=_state(record, now),
        decider=None if record.decided_by is None else people[record.decided_by],
        decided_at=record.decided_at,
        used_at=record.used_at,
    )


def _state(record: ApprovalRecord, now: datetime) -> RequestState:
    if record.used_at is not None:
        return RequestState.USED
    if record.verdict == Verdict.REFUSED:
        return RequestState.REFUSED
    if now >= record.expires_at:
        return RequestState.EXPIRED
    return RequestState.APPROVED if record.verdict else RequestState.WAITING


def _found(unit: UnitOfWork, request_id: str) -> ApprovalRecord:
    record = unit.approvals.get(request_id)
    if record is None or record.kind not in _KINDS:
        raise _ask_again(say("There is no such request for approval."))
    return record


def _open_request(unit: UnitOfWork, request_id: str, now: datetime) -> ApprovalRecord:
    record = _found(unit, request_id)
    if record.verdict:
        raise _ask_again(say("This request was decided already."))
    _refuse_late(record, now)
    return record


def _refuse_late(record: ApprovalRecord, now: datetime) -> None:
    if now >= record.expires_at:
        raise _ask_again(say("This request has expired."))
    if now < (record.decided_at or record.asked_at):
        raise NotPermitted(
            say("The clock was put back: it shows a time before this request."),
            say("Set the clock of the computer right, then try again."),
        )


def _known(officers: OfficerRepository, officer_id: OfficerId | None) -> Officer:
    officer = None if officer_id is None else officers.get(officer_id)
    if officer is None:
        raise NotPermitted(say("This person is not in the store."), say("Look at the list of people again."))
    return officer


def _refuse(objection: NotPermitted | None) -> None:
    if objection is not None:
        raise objection


def _ask_again(cause: Text) -> NotPermitted:
    return NotPermitted(cause, say("Ask for approval again."))
