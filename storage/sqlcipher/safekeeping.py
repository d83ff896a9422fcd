# SPDX-License-Identifier: Apache-2.0
"""Approvals, messages between stores, legal holds and shifts, each in the transaction of the act they belong to."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from station.domain.errors import RecordConflict
from station.domain.identifiers import EncounterId, OfficerId
from station.domain.words import say
from station.ports.safekeeping import ApprovalRecord, LegalHold, OutboxMessage, ShiftRecord
from storage.sqlcipher.connection import Row
from storage.sqlcipher.transaction import Transaction, from_microseconds, to_microseconds

APPROVED = "approved"


class Approvals:
    """Implements station.ports.safekeeping.ApprovalRepository."""

    _COLUMNS = (
        "approval_id, kind, subject, shown, shown_sha256, asked_by, asked_at, expires_at,"
        " verdict, decided_by, decided_at, signature, used_at"
    )

    def __init__(self, transaction: Transaction) -> None:
        self._transaction = transaction

    def add(self, record: ApprovalRecord) -> None:
        """Keep a new request."""
        self._transaction.run(
            "INSERT INTO approval (approval_id, kind, subject, shown, shown_sha256, asked_by, asked_at, expires_at)"
            " VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
            (
                record.approval_id,
                record.kind,
                record.subject,
                record.shown,
                record.shown_sha256,
                record.asked_by,
                to_microseconds(record.asked_at),
                to_microseconds(record.expires_at),
            ),
        )

    def get(self, approval_id: str) -> ApprovalRecord | None:
        """One request."""
        return next(iter(self._records("WHERE approval_id = ?", approval_id)), None)

    def decide(self, record: ApprovalRecord) -> bool:
        """Keep verdict, person, time and signature; False when it was decided already."""
        if not record.verdict or record.decided_at is None or record.decided_by is None:
            raise ValueError("a decision has a verdict, a person and a time")
        changed = self._transaction.run(
            "UPDATE approval SET verdict = ?, decided_by = ?, decided_at = ?, signature = ?"
            " WHERE approval_id = ? AND verdict = ''",
            (
                record.verdict,
                record.decided_by,
                to_microseconds(record.decided_at),
                record.signature,
                record.approval_id,
            ),
        )
        return changed == 1

    def use(self, approval_id: str, at: datetime) -> bool:
        """Mark an approved request as used; False when it was used, refused or not decided."""
        changed = self._transaction.run(
            "UPDATE approval SET used_at = ? WHERE approval_id = ? AND verdict = ? AND used_at IS NULL",
            (to_microseconds(at), approval_id, APPROVED),
        )
        return changed == 1

    def erase_shown(self, subject: str) -> int:
        """Erase what was shown about a subject that is itself erased; hashes and decisions stay."""
        return self._transaction.run("UPDATE approval SET shown = x'' WHERE subject = ? AND shown <> x''", (subject,))

    def undecided(self) -> Sequence[ApprovalRecord]:
        """Requests without a verdict, oldest first, expired ones too."""
        return self._records("WHERE verdict = '' ORDER BY serial")

    def newest(self, limit: int) -> Sequence[ApprovalRecord]:
        """All kinds, newest first."""
        return self._records("ORDER BY serial DESC LIMIT ?", limit)

    def _records(self, rest: str, *parameters: str | int) -> list[ApprovalRecord]:
        rows = self._transaction.all(f"SELECT {self._COLUMNS} FROM approval {rest}", parameters)  # noqa: S608 (our own text)
        return [_approval(row) for row in rows]


class Outbox:
    """Implements station.ports.safekeeping.OutboxRepository."""

    def __init__(self, transaction: Transaction) -> None:
        self._transaction = transaction

    def put(self, message: OutboxMessage) -> None:
        """Keep a message for another store."""
        self._transaction.run(
            "INSERT INTO outbox (message_id, target, kind, body, made_at) VALUES (?, ?, ?, ?, ?)",
            (message.message_id, message.target, message.kind, message.body, to_microseconds(message.made_at)),
        )

    def waiting(self, target: str) -> Sequence[OutboxMessage]:
        """What was not delivered yet, oldest first."""
        rows = self._transaction.all(
            "SELECT message_id, target, kind, body, made_at FROM outbox"
            " WHERE target = ? AND delivered_at IS NULL ORDER BY serial",
            (target,),
        )
        return [
            OutboxMessage(
                message_id=message_id, target=named, kind=kind, body=bytes(body), made_at=from_microseconds(made_at)
            )
            for message_id, named, kind, body, made_at in rows
        ]

    def delivered(self, message_id: str, at: datetime) -> None:
        """The other store has committed it. Calling it again does nothing."""
        self._transaction.run(
            "UPDATE outbox SET delivered_at = ? WHERE message_id = ? AND delivered_at IS NULL",
            (to_microseconds(at), message_id),
        )


class Inbox:
    """Implements station.ports.safekeeping.InboxRepository."""

    def __init__(self, transaction: Transaction) -> None:
        self._transaction = transaction

    def take(self, message_id: str, at: datetime) -> bool:
        """Note a message in the running transaction; False when it was taken before."""
        changed = self._transaction.run(
            "INSERT INTO inbox (message_id, taken_at) VALUES (?, ?) ON CONFLICT (message_id) DO NOTHING",
            (message_id, to_microseconds(at)),
        )
        return changed == 1


class Holds:
    """Implements station.ports.safekeeping.HoldRepository."""

    _COLUMNS = "hold_id, encounter_id, reason, placed_by, placed_at, lifted_by, lifted_at"

    def __init__(self, transaction: Transaction) -> None:
        self._transaction = transaction

    def place(self, hold: LegalHold) -> None:
        """Keep a new hold."""
        self._transaction.run(
            "INSERT INTO legal_hold (hold_id, encounter_id, reason, placed_by, placed_at) VALUES (?, ?, ?, ?, ?)",
            (hold.hold_id, hold.encounter_id, hold.reason, hold.placed_by, to_microseconds(hold.placed_at)),
        )

    def lift(self, hold_id: str, *, by: OfficerId, at: datetime) -> bool:
        """End a hold; False when there is none in force under this identifier."""
        changed = self._transaction.run(
            "UPDATE legal_hold SET lifted_by = ?, lifted_at = ? WHERE hold_id = ? AND lifted_at IS NULL",
            (by, to_microseconds(at), hold_id),
        )
        return changed == 1

    def in_force(self) -> Sequence[LegalHold]:
        """Every hold that was not lifted, oldest first."""
        return self._holds("WHERE lifted_at IS NULL ORDER BY serial")

    def all(self) -> Sequence[LegalHold]:
        """Every hold there ever was, newest first."""
        return self._holds("ORDER BY serial DESC")

    def _holds(self, rest: str) -> list[LegalHold]:
        rows = self._transaction.all(f"SELECT {self._COLUMNS} FROM legal_hold {rest}")  # noqa: S608 (our own text)
        return [
            LegalHold(
                hold_id=hold_id,
                encounter_id=EncounterId(encounter_id),
                reason=reason,
                placed_by=OfficerId(placed_by),
                placed_at=from_microseconds(placed_at),
                lifted_by=None if lifted_by is None else OfficerId(lifted_by),
                lifted_at=None if lifted_at is None else from_microseconds(lifted_at),
            )
            for hold_id, encounter_id, reason, placed_by, placed_at, lifted_by, lifted_at in rows
        ]


class Shifts:
    """Implements station.ports.safekeeping.ShiftRepository."""

    def __init__(self, transaction: Transaction) -> None:
        self._transaction = transaction

    def add(self, shift: ShiftRecord) -> None:
        """Keep the next shift. Raises RecordConflict when its number is not the next, or another is open."""
        last = self.last()
        expected = 1 if last is None else last.number + 1
        if shift.number != expected or (last is not None and last.closed_at is None):
            raise RecordConflict(
                say("A shift is open already, or was opened in between."), say("Look at the shift again.")
            )
        self._transaction.run(
            "INSERT INTO shift (number, opened_by, opened_at, closed_at, body) VALUES (?, ?, ?, ?, ?)",
            (shift.number, shift.opened_by, to_microseconds(shift.opened_at), _or_none(shift.closed_at), shift.body),
        )

    def replace(self, shift: ShiftRecord) -> None:
        """Keep a shift's new state. Raises RecordConflict when it is closed or unknown."""
        changed = self._transaction.run(
            "UPDATE shift SET closed_at = ?, body = ? WHERE number = ? AND closed_at IS NULL",
            (_or_none(shift.closed_at), shift.body, shift.number),
        )
        if changed != 1:
            raise RecordConflict(say("This shift is closed already."), say("Look at the shift again."))

    def last(self) -> ShiftRecord | None:
        """The newest shift, open or closed."""
        return next(iter(self.newest(1)), None)

    def newest(self, limit: int) -> Sequence[ShiftRecord]:
        """Newest first."""
        rows = self._transaction.all(
            "SELECT number, opened_by, opened_at, closed_at, body FROM shift ORDER BY number DESC LIMIT ?", (limit,)
        )
        return [
            ShiftRecord(
                number=number,
                opened_by=OfficerId(opened_by),
                opened_at=from_microseconds(opened_at),
                closed_at=None if closed_at is None else from_microseconds(closed_at),
                body=bytes(body),
            )
            for number, opened_by, opened_at, closed_at, body in rows
        ]


def _or_none(moment: datetime | None) -> int | None:
    return None if moment is None else to_microseconds(moment)


def _approval(row: Row) -> ApprovalRecord:
    (
        approval_id,
        kind,
        subject,
        shown,
        shown_sha256,
        asked_by,
        asked_at,
        expires_at,
        verdict,
        decided_by,
        decided_at,
        signature,
        used_at,
    ) = row
    return ApprovalRecord(
        approval_id=approval_id,
        kind=kind,
        subject=subject,
        shown=bytes(shown),
        shown_sha256=shown_sha256,
        asked_by=OfficerId(asked_by),
        asked_at=from_microseconds(asked_at),
        expires_at=from_microseconds(expires_at),
        verdict=verdict,
        decided_by=None if decided_by is None else OfficerId(decided_by),
        decided_at=None if decided_at is None else from_microseconds(decided_at),
        signature=signature,
        used_at=None if used_at is None else from_microseconds(used_at),
    )
