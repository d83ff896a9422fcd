# SPDX-License-Identifier: Apache-2.0
"""What requests, legal holds and the lists of what is due give out under distress. Nothing unseen can be destroyed."""

from __future__ import annotations

from collections.abc import Sequence, Set
from contextlib import AbstractContextManager
from datetime import datetime

from station.access.reduced_view_rows import ALL, Rows, not_there
from station.domain.identifiers import EncounterId, OfficerId
from station.ports.retention import Erased, ErasureRecord, OverdueItem, Part, RecordCategory
from station.ports.safekeeping import ApprovalRecord, LegalHold


class ReducedApprovals(Rows):
    """Implements ApprovalRepository."""

    __slots__ = ()

    def add(self, record: ApprovalRecord) -> None:
        """See the port."""
        self._whole.approvals.add(record)
        self._view.begin(self._whole, (record.approval_id,))

    def get(self, approval_id: str) -> ApprovalRecord | None:
        """See the port."""
        return self._whole.approvals.get(approval_id) if self._view.shows(approval_id) else None

    def decide(self, record: ApprovalRecord) -> bool:
        """See the port."""
        return self._view.shows(record.approval_id) and self._whole.approvals.decide(record)

    def use(self, approval_id: str, at: datetime) -> bool:
        """See the port."""
        return self._view.shows(approval_id) and self._whole.approvals.use(approval_id, at)

    def erase_shown(self, subject: str) -> int:
        """See the port: it goes with the erasing of its subject."""
        return self._whole.approvals.erase_shown(subject) if self._view.shows(subject) else 0

    def undecided(self) -> Sequence[ApprovalRecord]:
        """See the port."""
        return tuple(one for one in self._whole.approvals.undecided() if self._view.shows(one.approval_id))

    def newest(self, limit: int) -> Sequence[ApprovalRecord]:
        """See the port."""
        found = (self._whole.approvals.get(one) for one in reversed(self._view.all()))
        return [one for one in found if one is not None][: max(0, limit)]


class ReducedHolds(Rows):
    """Implements HoldRepository."""

    __slots__ = ()

    def place(self, hold: LegalHold) -> None:
        """See the port."""
        if not self._view.shows(hold.encounter_id):
            raise not_there()
        self._whole.holds.place(hold)

    def lift(self, hold_id: str, *, by: OfficerId, at: datetime) -> bool:
        """See the port."""
        known = any(one.hold_id == hold_id for one in self.in_force())
        return known and self._whole.holds.lift(hold_id, by=by, at=at)

    def in_force(self) -> Sequence[LegalHold]:
        """See the port."""
        return self._seen(self._whole.holds.in_force())

    def all(self) -> Sequence[LegalHold]:
        """See the port."""
        return self._seen(self._whole.holds.all())

    def _seen(self, holds: Sequence[LegalHold]) -> Sequence[LegalHold]:
        return tuple(one for one in holds if self._view.shows(one.encounter_id))


class ReducedRetention(Rows):
    """Implements RetentionRepository."""

    __slots__ = ()

    def overdue_records(self, category: RecordCategory, *, before: datetime, limit: int) -> Sequence[OverdueItem]:
        """See the port."""
        return self._due(Part.RECORD, {category}, before)[: max(0, limit)]

    def overdue_unfinished(self, *, before: datetime, limit: int) -> Sequence[OverdueItem]:
        """See the port."""
        return self._due(Part.RECORD, {None}, before)[: max(0, limit)]

    def overdue_pictures(
        self, category: RecordCategory, *, before: datetime, limit: int, part: Part = Part.PICTURES
    ) -> Sequence[OverdueItem]:
        """See the port."""
        return self._due(part, {category}, before)[: max(0, limit)]

    def overdue_steps(self, *, before: datetime, limit: int) -> Sequence[OverdueItem]:
        """See the port."""
        return self._due(Part.STEPS, set(RecordCategory), before)[: max(0, limit)]

    def judged(self, encounter_id: EncounterId, part: Part) -> OverdueItem | None:
        """See the port."""
        return self._whole.retention.judged(encounter_id, part) if self._view.shows(encounter_id) else None

    def letting_go(self) -> AbstractContextManager[None]:
        """See the port."""
        return self._whole.retention.letting_go()

    def erase(self, item: OverdueItem) -> Erased:
        """See the port. What cannot be seen cannot be destroyed."""
        if not self._view.shows(item.encounter_id):
            raise not_there()
        return self._whole.retention.erase(item)

    def erase_delivered_messages(self, *, before: datetime) -> int:
        """Nothing is let go."""
        return 0

    def note_receipt(self, sequence: int, *, by: OfficerId, at: datetime) -> bool:
        """See the port."""
        return self._whole.retention.note_receipt(sequence, by=by, at=at)

    def without_receipt(self) -> Sequence[int]:
        """See the port: numbers of exports."""
        return self._whole.retention.without_receipt()

    def add_erasure(self, record: ErasureRecord) -> None:
        """See the port."""
        self._whole.retention.add_erasure(record)
        self._view.begin(self._whole, (record.erasure_id,))

    def put_erasure(self, record: ErasureRecord) -> None:
        """See the port."""
        if not self._view.shows(record.erasure_id):
            raise not_there()
        self._whole.retention.put_erasure(record)

    def erasures(self, *, limit: int) -> Sequence[ErasureRecord]:
        """See the port."""
        found = self._whole.retention.erasures(limit=ALL)
        return tuple(one for one in found if self._view.shows(one.erasure_id))[: max(0, limit)]

    def _due(
        self, part: Part, categories: Set[RecordCategory | None] | Set[RecordCategory], before: datetime
    ) -> Sequence[OverdueItem]:
        """The few that are in the view, one by one: a list of a million others is not gathered for nothing."""
        found = (self._whole.retention.judged(EncounterId(one), part) for one in self._view.all())
        return [one for one in found if one is not None and one.category in categories and one.ended_at < before]
