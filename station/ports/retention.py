# SPDX-License-Identifier: Apache-2.0
"""What a unit of work knows of records whose time is over, and how it lets them go.

Nothing here decides: the rules, the approval and the audit entry are of station.safekeeping.
"""

from __future__ import annotations

import enum
from collections.abc import Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from station.domain.identifiers import EncounterId, ImageId, OfficerId


class RecordCategory(enum.Enum):
    """How an encounter ended: each has a time of its own."""

    ADMITTED = "admitted"  # recorded, admitted in the first line
    REFUSED = "refused"  # recorded, refused in whichever line
    REFERRED = "referred"  # recorded, admitted after a second line of inspection
    ABANDONED = "abandoned"  # ended without a decision


class Part(enum.Enum):
    """What of an encounter is let go."""

    RECORD = "record"  # all of it: versions, steps, pictures, search words
    PICTURES = "pictures"  # every picture; the record stays
    RAW_CAPTURES = "raw captures"  # pictures that the record does not show: earlier attempts
    STEPS = "steps"  # the journal of its inspections; the record stays


class HeldBack(enum.Enum):
    """Why something whose time is over is kept nevertheless."""

    LEGAL_HOLD = "legal hold"  # somebody asked to keep this encounter
    UNFINISHED = "unfinished"  # still open or put aside
    NOT_EXPORTED = "not exported"  # headquarters were not sent its newest version
    NO_RECEIPT = "no receipt"  # sent, but headquarters did not say that they hold it


@dataclass(frozen=True, slots=True, kw_only=True)
class OverdueItem:
    """A part of one encounter whose time is over. ``ended_at``: when it was recorded or, without that, opened."""

    encounter_id: EncounterId
    part: Part
    category: RecordCategory | None  # None while it is unfinished
    ended_at: datetime
    version: int  # the newest
    held_back: HeldBack | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Erased:
    """What was let go of one encounter, in words that may stand on the trail for ever.

    ``version``: 0 when the record stays. ``body_sha256``: of the newest version. ``steps``: number of the last
    one erased, 0 for none.
    """

    encounter_id: EncounterId
    part: Part
    version: int = 0
    body_sha256: str = ""
    steps: int = 0
    images: tuple[tuple[ImageId, str], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ErasureRecord:
    """One act of letting go, from the asking on. ``body`` is JSON of the list that was approved: identifiers only."""

    erasure_id: str
    approval_id: str
    asked_by: OfficerId
    asked_at: datetime
    body: bytes = field(repr=False)
    begun_at: datetime | None = None
    ended_at: datetime | None = None
    erased: int = 0
    held: int = 0  # on the list, and kept nevertheless when its turn came


class RetentionRepository(Protocol):
    """Records whose time is over. Looking may take seconds: never on the window's thread."""

    def overdue_records(self, category: RecordCategory, *, before: datetime, limit: int) -> Sequence[OverdueItem]:
        """Whole encounters of a category that ended before then, oldest first, with what holds them back."""
        ...

    def overdue_unfinished(self, *, before: datetime, limit: int) -> Sequence[OverdueItem]:
        """Encounters opened before then that are still open or parked; all are held back."""
        ...

    def overdue_pictures(
        self, category: RecordCategory, *, before: datetime, limit: int, part: Part = Part.PICTURES
    ) -> Sequence[OverdueItem]:
        """Encounters that ended before then and still have pictures (or RAW_CAPTURES), oldest first."""
        ...

    def overdue_steps(self, *, before: datetime, limit: int) -> Sequence[OverdueItem]:
        """Ended encounters whose oldest steps were kept before then, oldest first."""
        ...

    def judged(self, encounter_id: EncounterId, part: Part) -> OverdueItem | None:
        """One encounter as it stands now; None when this part of it is gone already."""
        ...

    def letting_go(self) -> AbstractContextManager[None]:
        """Inside, and in this transaction only, the rules that forbid deletion are lifted."""
        ...

    def erase(self, item: OverdueItem) -> Erased:
        """Take a part of an encounter out of the database, search words included. Only inside `letting_go`."""
        ...

    def erase_delivered_messages(self, *, before: datetime) -> int:
        """Let go of what other stores have taken before then; how many. Only inside `letting_go`."""
        ...

    def note_receipt(self, sequence: int, *, by: OfficerId, at: datetime) -> bool:
        """Headquarters hold this export; False when it is unknown or was noted before."""
        ...

    def without_receipt(self) -> Sequence[int]:
        """Numbers of exports that headquarters did not confirm, oldest first."""
        ...

    def add_erasure(self, record: ErasureRecord) -> None:
        """Keep a list that is to be approved."""
        ...

    def put_erasure(self, record: ErasureRecord) -> None:
        """Keep how far it has come. Raises RecordConflict when another one is under way, or this one is unknown."""
        ...

    def erasures(self, *, limit: int) -> Sequence[ErasureRecord]:
        """Newest first."""
        ...
