# SPDX-License-Identifier: Apache-2.0
"""Keeping and letting go: what is over is listed, two people approve the list, and exactly that is erased.

Each encounter goes in one transaction with its audit entry: whoever is killed meanwhile leaves it whole or gone.
What was begun is finished at the next call, by anyone who may.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta, tzinfo
from itertools import islice

from station.access import store_settings
from station.access.approval_rules import ApprovalKind
from station.access.approvals import ApprovalService, Request
from station.access.audit import Act
from station.access.erasure_entries import erased_details
from station.access.erasure_grounds import EarlyGround
from station.access.roles import Permission
from station.access.sign_in import Session
from station.domain.errors import RecordConflict, RetentionRefused
from station.domain.identifiers import RANDOM_BYTES, EncounterId, new_identifier
from station.domain.words import say
from station.ports.clock import Clock, Randomness
from station.ports.export_rows import ExportRecord
from station.ports.retention import ErasureRecord, OverdueItem, Part
from station.ports.safekeeping import LegalHold
from station.ports.storage import UnitOfWork
from station.ports.tasks import CancelToken
from station.safekeeping import early_erasure
from station.safekeeping.retention_plan import (
    ErasureList,
    Overdue,
    of_one,
    overdue,
    read_list,
    refuse_doubted,
    refuse_while,
    shown_change,
    shown_hold,
    still_due,
    to_erase,
    unfinished_of,
)
from station.safekeeping.retention_rules import RuleName, days_of, keep_days, refuse_days

#: Called on the working thread with (items done, items in all). Must not use the store.
Progress = Callable[[int, int], None]

_AT_ONCE = 10  # encounters in one transaction: others wait for it
_LEAST_OF_A_HASH = 8
_HISTORY = 50
_RULES_SUBJECT = "retention"


@dataclass(frozen=True, slots=True, kw_only=True)
class RetentionOverview:
    """Everything the page shows. ``days``: of every rule that counts days."""

    days: Mapping[RuleName, int]
    overdue: tuple[Overdue, ...]
    without_receipt: tuple[ExportRecord, ...]
    holds: tuple[LegalHold, ...]
    erasures: tuple[ErasureRecord, ...]

    @property
    def unfinished(self) -> ErasureRecord | None:
        """An erasure that was begun and not ended: it is finished before another one is begun."""
        return unfinished_of(self.erasures)


@dataclass(frozen=True, slots=True)
class ErasureAsked:
    """A list that waits for a second person."""

    erasure_id: str
    request: Request
    items: int


@dataclass(frozen=True, slots=True)
class ErasureEnded:
    """Event and outcome: what was listed is gone. ``held`` was kept after all; ``days``: whose picture keys were
    dropped."""

    erasure_id: str
    erased: int
    held: int
    days: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class RetentionChanged:
    """Event: a rule, a hold or a receipt is not what it was."""


class RetentionService:
    """Retention of the border store for one session. Every call blocks on the disk and needs MANAGE_RETENTION.

    ``zone``: of the post, in which a day is said.
    """

    def __init__(
        self, session: Session, approvals: ApprovalService, clock: Clock, randomness: Randomness, *, zone: tzinfo = UTC
    ) -> None:
        self._session = session
        self._approvals = approvals
        self._clock = clock
        self._randomness = randomness
        self._zone = zone

    def overview(self) -> RetentionOverview:
        """Rules, what is over, holds and history. Takes seconds with a million records. Raises NotPermitted."""
        self._session.require(Permission.MANAGE_RETENTION)
        with self._session.store.reading() as unit:
            days = days_of(unit.settings)
            waiting = set(unit.retention.without_receipt())
            return RetentionOverview(
                days=days,
                overdue=overdue(unit.retention, days, self._clock.now()),
                without_receipt=tuple(one for one in unit.exports.all() if one.sequence in waiting),
                holds=tuple(unit.holds.all()),
                erasures=tuple(unit.retention.erasures(limit=_HISTORY)),
            )

    def ask_erasure(self) -> ErasureAsked:
        """List what is due now, as far as one approval covers, and ask a second person to agree.

        Raises NotPermitted, RetentionRefused when nothing is due or while a step of the clock waits to be confirmed,
        RecordConflict while an erasure is unfinished.
        """
        overview = self.overview()
        refuse_while(overview.unfinished)
        asked_at = self._clock.now()
        with self._session.store.reading() as unit:
            refuse_doubted(unit, asked_at)
        listed = to_erase(overview.overdue)
        if not listed.items:
            raise RetentionRefused(say("Nothing is due now."), say("Look at what is held back, and why."))
        erasure_id = self._identifier()
        request = self._approvals.ask(ApprovalKind.ERASURE, erasure_id, listed.shown(asked_at))
        return self._asked(erasure_id, request, listed, asked_at)

    def ask_early(self, encounter_id: EncounterId, ground: EarlyGround) -> ErasureAsked:
        """Ask a second person to agree that one record goes before its time is over.

        Raises NotPermitted, RetentionRefused with what holds it back under this ground, RecordConflict when there is
        no such record or while an erasure is unfinished.
        """
        self._session.require(Permission.MANAGE_RETENTION)
        with self._session.store.reading() as unit:
            refuse_while(unfinished_of(unit.retention.erasures(limit=_HISTORY)))
            item = _record(unit, encounter_id)
        early_erasure.refuse_held(item, ground)
        asked_at = self._clock.now()
        facts = early_erasure.shown(item, ground, self._zone)
        request = self._approvals.ask(ApprovalKind.EARLY_ERASURE, encounter_id, facts)
        return self._asked(self._identifier(), request, of_one(item, ground), asked_at)

    def _asked(self, erasure_id: str, request: Request, listed: ErasureList, asked_at: datetime) -> ErasureAsked:
        with self._session.store.unit_of_work() as unit:
            unit.retention.add_erasure(
                ErasureRecord(
                    erasure_id=erasure_id,
                    approval_id=request.request_id,
                    asked_by=self._session.officer.officer_id,
                    asked_at=asked_at,
                    body=listed.written(),
                )
            )
            unit.commit()
        return ErasureAsked(erasure_id, request, len(listed.items))

    def erase(self, erasure_id: str, cancel: CancelToken, progress: Progress) -> ErasureEnded:
        """Erase what was approved, or finish what was begun.

        Raises NotPermitted without an approval, RetentionRefused for a beginning while a step of the clock waits to
        be confirmed, RecordConflict while another erasure is unfinished, StoreError kinds, Cancelled. Whatever was
        erased until then stays erased; calling it again goes on.
        """
        self._session.require(Permission.MANAGE_RETENTION)
        record, listed = self._begun(erasure_id)
        items = iter(listed.each())
        done = 0
        while batch := list(islice(items, _AT_ONCE)):
            cancel.raise_if_cancelled()
            record = self._erase_batch(record, listed.ground, batch)
            done += len(batch)
            progress(done, len(listed.items))
        days = tuple(self._session.store.clear_remains(cancel))
        with self._session.store.unit_of_work() as unit:
            before = self._clock.now() - timedelta(days=days_of(unit.settings)[RuleName.MESSAGES])
            messages = unit.retention.erase_delivered_messages(before=before)
            record = replace(record, ended_at=self._clock.now())
            unit.retention.put_erasure(record)
            details = {
                "erased": str(record.erased),
                "held": str(record.held),
                "days": str(len(days)),
                "messages": str(messages),
            }
            self._audit(unit, Act.ERASURE_ENDED, erasure_id, details)
            ended = ErasureEnded(erasure_id, record.erased, record.held, days)
            unit.publish(ended)
            unit.commit()
        return ended

    def ask_change(self, days: Mapping[RuleName, int]) -> Request:
        """Ask a second person to agree to other days for some rules.

        Raises NotPermitted, RetentionRefused for days outside a rule's bounds or that are the same as now.
        """
        self._session.require(Permission.MANAGE_RETENTION)
        refuse_days(days)
        with self._session.store.reading() as unit:
            now = days_of(unit.settings)
        if all(now[name] == count for name, count in days.items()):
            raise RetentionRefused(say("These are the days that hold now."), say("Change a number first."))
        return self._approvals.ask(ApprovalKind.RETENTION_CHANGE, _RULES_SUBJECT, shown_change(now, days))

    def change(self, request_id: str, days: Mapping[RuleName, int]) -> None:
        """Keep the approved days. Raises NotPermitted without an approval for exactly these, RetentionRefused."""
        self._session.require(Permission.MANAGE_RETENTION)
        refuse_days(days)
        with self._session.store.unit_of_work() as unit:
            shown = shown_change(days_of(unit.settings), days)
            self._approvals.use(unit, request_id, ApprovalKind.RETENTION_CHANGE, _RULES_SUBJECT, shown)
            keep_days(unit.settings, days)
            details = {name.value: str(count) for name, count in days.items()}
            self._audit(unit, Act.RETENTION_CHANGED, _RULES_SUBJECT, details)
            unit.publish(RetentionChanged())
            unit.commit()

    def place_hold(self, encounter_id: EncounterId, reason: str) -> LegalHold:
        """Keep an encounter until the hold is lifted. Raises NotPermitted, RetentionRefused, RecordConflict."""
        self._session.require(Permission.MANAGE_RETENTION)
        if not reason.strip():
            raise RetentionRefused(say("A legal hold needs a reason."), say("Write who asked for it, and why."))
        hold = LegalHold(
            hold_id=self._identifier(),
            encounter_id=encounter_id,
            reason=reason.strip(),
            placed_by=self._session.officer.officer_id,
            placed_at=self._clock.now(),
        )
        with self._session.store.unit_of_work() as unit:
            _record(unit, encounter_id)
            unit.holds.place(hold)
            self._audit(unit, Act.HOLD_PLACED, encounter_id, {"hold": hold.hold_id})
            unit.publish(RetentionChanged())
            unit.commit()
        return hold

    def ask_lift(self, hold_id: str) -> Request:
        """Ask a second person to agree that the time of a record runs again. Raises NotPermitted, RecordConflict."""
        self._session.require(Permission.MANAGE_RETENTION)
        with self._session.store.reading() as unit:
            hold = _hold(unit, hold_id)
        return self._approvals.ask(ApprovalKind.HOLD_LIFT, hold.encounter_id, shown_hold(hold))

    def lift(self, request_id: str, hold_id: str) -> None:
        """Lift a hold that two people agreed on. Raises NotPermitted without an approval, RecordConflict."""
        self._session.require(Permission.MANAGE_RETENTION)
        with self._session.store.unit_of_work() as unit:
            hold = _hold(unit, hold_id)
            self._approvals.use(unit, request_id, ApprovalKind.HOLD_LIFT, hold.encounter_id, shown_hold(hold))
            unit.holds.lift(hold_id, by=self._session.officer.officer_id, at=self._clock.now())
            self._audit(unit, Act.HOLD_LIFTED, hold.encounter_id, {"hold": hold_id})
            unit.publish(RetentionChanged())
            unit.commit()

    def note_receipt(self, sequence: int, hash_beginning: str) -> None:
        """Headquarters hold an export: they said the beginning of its SHA-256, which only its receiver can know.

        What is typed proves nothing: only where no key of headquarters is known that signs receipts. Raises
        NotPermitted, RetentionRefused for a hash that is not that of this bundle, or noted before.
        """
        self._session.require(Permission.MANAGE_RETENTION)
        said = re.sub(r"\s", "", hash_beginning).lower()
        with self._session.store.unit_of_work() as unit:
            if store_settings.headquarters_signers(unit.settings):
                raise RetentionRefused(
                    say("Headquarters sign their receipts: what is typed is not believed here."),
                    say("Take the signed receipt in on the page Export."),
                )
            record = next((one for one in unit.exports.all() if one.sequence == sequence), None)
            if record is None or len(said) < _LEAST_OF_A_HASH or not record.bundle_sha256.startswith(said):
                raise RetentionRefused(
                    say("This is not the hash of export {number}.", number=sequence),
                    say(
                        "Ask headquarters for the SHA-256 of the bundle they hold. Type at least {least} characters.",
                        least=_LEAST_OF_A_HASH,
                    ),
                )
            if not unit.retention.note_receipt(sequence, by=self._session.officer.officer_id, at=self._clock.now()):
                raise RetentionRefused(
                    say("The receipt of export {number} was noted before.", number=sequence),
                    say("Choose another export."),
                )
            details = {"sequence": str(sequence), "sha256": record.bundle_sha256, "proof": "none"}
            self._audit(unit, Act.EXPORT_RECEIVED, record.name, details)
            unit.publish(RetentionChanged())
            unit.commit()

    def _begun(self, erasure_id: str) -> tuple[ErasureRecord, ErasureList]:
        """The erasure with its approval used up, or as far as it had come."""
        with self._session.store.unit_of_work() as unit:
            known = unit.retention.erasures(limit=_HISTORY)
            record = next((one for one in known if one.erasure_id == erasure_id), None)
            listed = None if record is None else read_list(record.body)
            if record is None or listed is None or record.ended_at is not None:
                raise RecordConflict(
                    say("There is no such erasure, or it is finished."), say("Look again at what is due.")
                )
            if record.begun_at is None:
                record = replace(record, begun_at=self._clock.now())
                unit.retention.put_erasure(record)
                self._use_approval(unit, record, listed)
                details = {"approval": record.approval_id, "items": str(len(listed.items)), **_ground_of(listed)}
                self._audit(unit, Act.ERASURE_BEGUN, erasure_id, details)
                unit.commit()
        return replace(record, held=0), listed  # what was held back is judged and counted again

    def _use_approval(self, unit: UnitOfWork, record: ErasureRecord, listed: ErasureList) -> None:
        """Of a list that is due, or of one record with its ground as it stands now."""
        if listed.ground is None:
            refuse_doubted(unit, self._clock.now())
            facts = listed.shown(record.asked_at)
            self._approvals.use(unit, record.approval_id, ApprovalKind.ERASURE, record.erasure_id, facts)
            return
        (_, encounter_id, _) = next(iter(listed.each()))
        item = _record(unit, encounter_id)
        early_erasure.refuse_held(item, listed.ground)
        facts = early_erasure.shown(item, listed.ground, self._zone)
        self._approvals.use(unit, record.approval_id, ApprovalKind.EARLY_ERASURE, encounter_id, facts)

    def _erase_batch(
        self,
        record: ErasureRecord,
        ground: EarlyGround | None,
        batch: Sequence[tuple[RuleName, EncounterId, Part]],
    ) -> ErasureRecord:
        now = self._clock.now()
        with self._session.store.unit_of_work() as unit:
            days = days_of(unit.settings)
            with unit.retention.letting_go():
                for rule, encounter_id, part in batch:
                    item = unit.retention.judged(encounter_id, part)
                    if item is None:
                        continue  # gone already: of a run that was interrupted
                    early = ground is not None and early_erasure.hindrance(item, ground) is None
                    if early or (ground is None and still_due(item, rule, days, now)):
                        record = self._erase_one(unit, record, rule, item, ground)
                    else:
                        record = replace(record, held=record.held + 1)
            unit.retention.put_erasure(record)
            unit.commit()
        return record

    def _erase_one(
        self, unit: UnitOfWork, record: ErasureRecord, rule: RuleName, item: OverdueItem, ground: EarlyGround | None
    ) -> ErasureRecord:
        erased = unit.retention.erase(item)
        details = erased_details(unit.audit.vouch, erased, rule=rule.value, erasure_id=record.erasure_id)
        if ground is not None:
            details |= early_erasure.trail_details(item, ground)
        self._audit(unit, Act.RECORD_ERASED, item.encounter_id, details)
        return replace(record, erased=record.erased + 1)

    def _audit(self, unit: UnitOfWork, act: Act, subject: str, details: Mapping[str, str]) -> None:
        unit.audit.append(
            at=self._clock.now(), by=self._session.officer.officer_id, act=act, subject=subject, details=details
        )

    def _identifier(self) -> str:
        return new_identifier(self._clock.now(), self._randomness.bytes(RANDOM_BYTES))


def _record(unit: UnitOfWork, encounter_id: EncounterId) -> OverdueItem:
    """A record as it stands now, whole. Raises RecordConflict when it is not there."""
    item = unit.retention.judged(encounter_id, Part.RECORD)
    if item is None:
        raise RecordConflict(say("There is no record with this identifier."), say("Copy it from the page Records."))
    return item


def _ground_of(listed: ErasureList) -> Mapping[str, str]:
    return {} if listed.ground is None else {"ground": listed.ground.value}


def _hold(unit: UnitOfWork, hold_id: str) -> LegalHold:
    found = next((one for one in unit.holds.in_force() if one.hold_id == hold_id), None)
    if found is None:
        raise RecordConflict(say("This legal hold is not in force."), say("Look at the list of legal holds again."))
    return found
