# SPDX-License-Identifier: Apache-2.0
"""What the station asks of its encrypted store.

A unit of work rolls back by default: leaving its block without ``commit()`` leaves nothing behind. The audit
entry is written in the same transaction as the act it records, and events are published after the commit.
Every call may block on the disk: never on the window's thread. Every call raises StoreError kinds.
"""

from __future__ import annotations

import enum
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path
from types import TracebackType
from typing import Protocol, Self

from station.domain.crossing import Direction
from station.domain.dates import PartialDate
from station.domain.decision import DecisionKind
from station.domain.encounter import Encounter, EncounterStatus
from station.domain.identifiers import EncounterId, OfficerId, PersonId
from station.domain.words import Text
from station.ports.anchors import AnchorFinding, AnchorLog
from station.ports.export_rows import ExportRepository
from station.ports.journal_rows import JournalRepository
from station.ports.picture_rows import ImageRepository
from station.ports.retention import RetentionRepository
from station.ports.safekeeping import (
    ApprovalRepository,
    HoldRepository,
    InboxRepository,
    OutboxRepository,
    ShiftRepository,
)
from station.ports.setting_rows import SettingRepository
from station.ports.tasks import CancelToken


class StoreKind(enum.Enum):
    """Live or training, for ever: decided when the store is created."""

    LIVE = "live"  # real travellers; simulators never open
    TRAINING = "training"  # specimen travellers; everything that leaves is watermarked


class StoreName(enum.Enum):
    """One of the three stores of a station, each with its own key, slots, trail, backup and generation."""

    BORDER = "border"  # crossings and their decisions; the home of the station's people and settings
    PROTECTION = "protection"  # needs, referrals and what was confided; founded with the first focal point
    ENFORCEMENT = "enforcement"  # hits and what followed from them


class RoleName(enum.Enum):
    """The role of a person of the post."""

    OFFICER = "officer"  # inspects travellers
    SUPERVISOR = "supervisor"  # approves, exports, answers for the shift
    TECHNICIAN = "technician"  # hardware only, no personal data
    AUDITOR = "auditor"  # reads the audit trail, changes nothing
    FOCAL_POINT = "focal_point"  # protection focal point: humanitarian records


@dataclass(frozen=True, slots=True, kw_only=True)
class StoreIdentity:
    """Whose store this is."""

    kind: StoreKind
    post: str
    station: str
    lane: str
    created_at: datetime
    name: StoreName = StoreName.BORDER


@dataclass(frozen=True, slots=True, kw_only=True)
class Officer:
    """A person who may sign in; ``name`` is what they type, ``display_name`` what screens show.

    ``public_key``: base64 of the raw Ed25519 key that only this person's password makes (station.ports.keys).
    ``one_time``: somebody else knows the password; it opens nothing but the form for a new one. ``given_by``: the
    one person whose word alone stands behind this account; empty once two people know it is somebody's own
    (station.access.approvals). A removed person stays in the list, so that old records keep their names.
    """

    officer_id: OfficerId
    name: str
    display_name: str
    role: RoleName
    suspended: bool = False
    public_key: str = ""
    removed: bool = False
    one_time: bool = False
    given_by: OfficerId | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditEntry:
    """One link of the audit trail: identifiers only, never personal data."""

    sequence: int  # 1, 2, … without gaps
    at: datetime
    by: str  # officer identifier, or "station"
    act: str  # stable name, such as "encounter.recorded"
    subject: str  # identifier of what it was done to
    details: Mapping[str, str]
    previous_hash: str  # hex SHA-256 of the entry before
    hash: str  # hex SHA-256 over this entry and the previous hash


@dataclass(frozen=True, slots=True, kw_only=True)
class EncounterSummary:
    """One row of a list of encounters."""

    encounter_id: EncounterId
    version: int
    status: EncounterStatus
    opened_at: datetime
    recorded_at: datetime | None
    direction: Direction
    decision: DecisionKind | None
    person_id: PersonId | None
    primary_identifier: str = field(repr=False)
    secondary_identifier: str = field(repr=False)
    document_number: str = field(repr=False)
    issuing_state: str
    nationality: str
    birth_date: PartialDate = field(repr=False)
    permitted_until: date | None = None
    exported: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class SearchQuery:
    """What to look for; all given parts must hold. Name words match from their beginning, in any order."""

    name_words: tuple[str, ...] = field(default=(), repr=False)
    document_number: str = field(default="", repr=False)  # matches from its beginning
    on_day: date | None = None  # for the words of a face only: the day at the post that was asked for
    opened_from: datetime | None = None  # aware
    opened_before: datetime | None = None  # aware; not included
    birth_date: PartialDate | None = field(default=None, repr=False)
    limit: int = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordedBody:
    """One kept version of an encounter, and the hex SHA-256 of the bytes that stand in the store now."""

    encounter_id: EncounterId
    version: int
    sha256: str


class EncounterRepository(Protocol):
    """Encounters, version by version; the newest version of each can be searched."""

    def add_version(self, encounter: Encounter) -> None:
        """Keep a new encounter (version 1) or the next version. Raises RecordConflict when it is not the next."""
        ...

    def get(self, encounter_id: EncounterId, *, version: int | None = None) -> Encounter | None:
        """The newest version, or the one asked for."""
        ...

    def versions(self, encounter_id: EncounterId) -> Sequence[Encounter]:
        """All versions, oldest first."""
        ...

    def unfinished(self) -> Sequence[EncounterSummary]:
        """Open and parked encounters, oldest first."""
        ...

    def owing_notice(self, *, since: datetime) -> Sequence[EncounterSummary]:
        """Refusals recorded since then whose notice has no audit entry, oldest first.

        An encounter that was opened more than a week before ``since`` is not looked for.
        """
        ...

    def search(self, query: SearchQuery) -> Sequence[EncounterSummary]:
        """Newest first, at most ``query.limit``."""
        ...

    def of_document(self, issuing_state: str, document_number: str) -> Sequence[EncounterSummary]:
        """Recorded encounters with exactly this document, newest first."""
        ...

    def of_name_and_birth(self, primary: str, secondary: str, birth: PartialDate) -> Sequence[EncounterSummary]:
        """Recorded encounters with exactly these MRZ names and birth date, newest first."""
        ...

    def of_person(self, person_id: PersonId) -> Sequence[EncounterSummary]:
        """Recorded encounters linked to this person, newest first."""
        ...

    def waiting_for_export(self, *, limit: int) -> Sequence[EncounterId]:
        """Recorded encounters whose newest version was not exported yet, oldest first."""
        ...

    def count(self, status: EncounterStatus, *, since: datetime) -> int:
        """How many encounters of a status were opened since."""
        ...

    def body_hash(self, encounter_id: EncounterId, version: int) -> str | None:
        """Hex SHA-256 of the kept bytes of one version, for the audit entry of the act that kept it."""
        ...

    def recorded_bodies(self) -> Iterator[RecordedBody]:
        """Every version in the order it was kept, to compare with what the audit trail vouches for."""
        ...

    def strayed_rows(self) -> Iterator[EncounterId]:
        """Encounters whose row in lists and searches does not say what their newest version says."""
        ...


#: Kind, subject and what is said, as AuditTrail.vouch takes them.
Vouching = Callable[[str, str, str], str]


class AuditTrail(Protocol):
    """The hash-chained record of acts."""

    def vouch(self, kind: str, subject: str, said: str) -> str:
        """Hex HMAC-SHA-256 of ``said`` under a random key of this store, which no repository gives out.

        Whoever has the trail alone cannot guess what is behind it, nor see that two things are the same: ``kind`` and
        ``subject`` go in as well.
        """
        ...

    def append(self, *, at: datetime, by: str, act: str, subject: str, details: Mapping[str, str]) -> AuditEntry:
        """Chain an entry in the running transaction."""
        ...

    def entries(self, *, after: int = 0, act: str | None = None) -> Iterator[AuditEntry]:
        """Entries in order, from the one after ``after``; with ``act`` only those of this kind."""
        ...

    def newest(self, *, before: int | None = None) -> Iterator[AuditEntry]:
        """Entries from the newest on, or from the one before ``before``, backwards."""
        ...

    def entry(self, sequence: int) -> AuditEntry | None:
        """The entry with this number."""
        ...

    def head(self) -> AuditEntry | None:
        """The newest entry."""
        ...


class OfficerRepository(Protocol):
    """The people of the post."""

    def add(self, officer: Officer) -> None:
        """Keep a new person. Raises RecordConflict when the name is taken."""
        ...

    def get(self, officer_id: OfficerId) -> Officer | None:
        """The person with this identifier."""
        ...

    def replace(self, officer: Officer) -> None:
        """Keep all of a person but the sign-in name. Raises RecordConflict for an unknown person."""
        ...

    def by_name(self, name: str) -> Officer | None:
        """The person who signs in with ``name`` (compared without case)."""
        ...

    def all(self) -> Sequence[Officer]:
        """Everyone, by name; removed people too."""
        ...


class UnitOfWork(Protocol):
    """A transaction. Without ``commit`` nothing of it stays."""

    @property
    def encounters(self) -> EncounterRepository: ...
    @property
    def journal(self) -> JournalRepository: ...
    @property
    def images(self) -> ImageRepository: ...
    @property
    def audit(self) -> AuditTrail: ...
    @property
    def officers(self) -> OfficerRepository: ...
    @property
    def exports(self) -> ExportRepository: ...
    @property
    def settings(self) -> SettingRepository: ...
    @property
    def approvals(self) -> ApprovalRepository: ...
    @property
    def outbox(self) -> OutboxRepository: ...
    @property
    def inbox(self) -> InboxRepository: ...
    @property
    def holds(self) -> HoldRepository: ...
    @property
    def retention(self) -> RetentionRepository: ...
    @property
    def shifts(self) -> ShiftRepository: ...

    def publish(self, event: object) -> None:
        """Tell listeners after the commit; a rollback forgets it."""
        ...

    def commit(self) -> None:
        """Make everything of this unit durable before returning."""
        ...

    def __enter__(self) -> Self: ...
    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None: ...


class Store(Protocol):
    """An open store. Units of work of several threads wait for each other; reading ones do not."""

    @property
    def identity(self) -> StoreIdentity: ...

    @property
    def name(self) -> StoreName:
        """Which of the three it is."""
        ...

    @property
    def anchors(self) -> AnchorLog | None:
        """What lies outside of the database, and noted where its trail stood; None before it was held against it."""
        ...

    @property
    def anchor_findings(self) -> tuple[AnchorFinding, ...]:
        """What did not fit between the two when the store was opened."""
        ...

    @property
    def read_only(self) -> Text | None:
        """Why nothing may be written: the store does not fit its anchors. None for a store that does."""
        ...

    def unit_of_work(self) -> UnitOfWork:
        """A transaction that may write. Raises StoreReadOnly."""
        ...

    def accepting(self) -> UnitOfWork:
        """A transaction that may write even where ``unit_of_work`` refuses: to accept the store as it is."""
        ...

    def go_on(self) -> None:
        """The store was accepted as it is: it may be written again."""
        ...

    def reading(self) -> UnitOfWork:
        """A consistent view that cannot write; never waits for writers."""
        ...

    def check_pages(self, cancel: CancelToken | None = None) -> Sequence[str]:
        """Check cipher and structure of every page, and each index against its table; the indexes that differ.

        Called outside of a unit of work. Raises StoreDamaged, Cancelled.
        """
        ...

    def strayed_tables(self, cancel: CancelToken) -> Sequence[str]:
        """Tables whose rows are not those that this station wrote into them last: somebody put an old page back.

        Reads most of the file while others write. Called outside of a unit of work. Raises StoreDamaged, Cancelled.
        """
        ...

    def clear_remains(self, cancel: CancelToken) -> Sequence[str]:
        """Clear what erased rows left behind: search words, keys of days without pictures, free pages, the log.

        The days whose keys were dropped. Takes seconds to minutes in short steps, outside of a unit of work; calling
        it again after Cancelled, StoreInUse, StoreFull or a crash finishes it.
        """
        ...

    def copy_to(self, path: Path, *, progress: Callable[[int, int], None], cancel: CancelToken) -> None:
        """Write a consistent copy under the same key to ``path``, which must not exist, while others go on writing.

        ``progress``: pages done and pages in all. Closing the store ends it. Raises StoreError kinds, Cancelled.
        """
        ...

    def close(self) -> None:
        """Close the database and drop its key. Calling it again does nothing."""
        ...
