# SPDX-License-Identifier: Apache-2.0
"""What a unit of work keeps beside records: approvals, messages to another store, legal holds, shifts.

As everywhere in a store, every call may block on the disk and raises StoreError kinds.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from station.domain.identifiers import EncounterId, OfficerId


@dataclass(frozen=True, slots=True, kw_only=True)
class ApprovalRecord:
    """One request for a second pair of eyes, and what came of it (station.access.approvals)."""

    approval_id: str
    kind: str  # stable name of the act it would allow
    subject: str  # identifier of what the act would be done to
    shown: bytes = field(repr=False)  # JSON of exactly what both people see
    shown_sha256: str
    asked_by: OfficerId
    asked_at: datetime
    expires_at: datetime
    verdict: str = ""  # empty while nobody decided
    decided_by: OfficerId | None = None
    decided_at: datetime | None = None
    signature: str = ""  # base64 of the Ed25519 signature of who decided
    used_at: datetime | None = None


class ApprovalRepository(Protocol):
    """Requests and decisions. A row changes twice at most: when it is decided, and when it is used."""

    def add(self, record: ApprovalRecord) -> None:
        """Keep a new request."""
        ...

    def get(self, approval_id: str) -> ApprovalRecord | None:
        """One request."""
        ...

    def decide(self, record: ApprovalRecord) -> bool:
        """Keep verdict, person, time and signature; False when it was decided already."""
        ...

    def use(self, approval_id: str, at: datetime) -> bool:
        """Mark an approved request as used; False when it was used, refused or not decided."""
        ...

    def erase_shown(self, subject: str) -> int:
        """Erase what was shown about a subject that is itself erased; hashes and decisions stay. How many it were."""
        ...

    def undecided(self) -> Sequence[ApprovalRecord]:
        """Requests without a verdict, oldest first, expired ones too."""
        ...

    def newest(self, limit: int) -> Sequence[ApprovalRecord]:
        """All kinds, newest first."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class OutboxMessage:
    """What an act in this store owes another one; ``message_id`` makes its delivery idempotent."""

    message_id: str
    target: str  # the value of a StoreName
    kind: str
    body: bytes = field(repr=False)
    made_at: datetime


class OutboxRepository(Protocol):
    """Messages that were committed with the act that made them."""

    def put(self, message: OutboxMessage) -> None:
        """Keep a message for another store."""
        ...

    def waiting(self, target: str) -> Sequence[OutboxMessage]:
        """What was not delivered yet, oldest first."""
        ...

    def delivered(self, message_id: str, at: datetime) -> None:
        """The other store has committed it. Calling it again does nothing."""
        ...


class InboxRepository(Protocol):
    """Which messages of other stores were taken in, so that none counts twice."""

    def take(self, message_id: str, at: datetime) -> bool:
        """Note a message in the running transaction; False when it was taken before."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class LegalHold:
    """Keeps one encounter from being erased until somebody lifts it."""

    hold_id: str
    encounter_id: EncounterId
    reason: str = field(repr=False)
    placed_by: OfficerId
    placed_at: datetime
    lifted_by: OfficerId | None = None
    lifted_at: datetime | None = None


class HoldRepository(Protocol):
    """Legal holds, kept after they were lifted."""

    def place(self, hold: LegalHold) -> None:
        """Keep a new hold."""
        ...

    def lift(self, hold_id: str, *, by: OfficerId, at: datetime) -> bool:
        """End a hold; False when there is none in force under this identifier."""
        ...

    def in_force(self) -> Sequence[LegalHold]:
        """Every hold that was not lifted, oldest first."""
        ...

    def all(self) -> Sequence[LegalHold]:
        """Every hold there ever was, newest first."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class ShiftRecord:
    """One shift. ``body`` is JSON of what station.post.shift keeps of it."""

    number: int  # 1, 2, … without gaps
    opened_by: OfficerId
    opened_at: datetime
    closed_at: datetime | None = None
    body: bytes = field(default=b"{}", repr=False)


class ShiftRepository(Protocol):
    """Shifts in their order."""

    def add(self, shift: ShiftRecord) -> None:
        """Keep the next shift. Raises RecordConflict when its number is not the next, or another is open."""
        ...

    def replace(self, shift: ShiftRecord) -> None:
        """Keep a shift's new state. Raises RecordConflict when it is closed or unknown."""
        ...

    def last(self) -> ShiftRecord | None:
        """The newest shift, open or closed."""
        ...

    def newest(self, limit: int) -> Sequence[ShiftRecord]:
        """Newest first."""
        ...
