# SPDX-License-Identifier: Apache-2.0
"""What each repository gives out under distress. A method that is not written down here does not exist."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Protocol

from station.domain.dates import PartialDate
from station.domain.encounter import Encounter, EncounterStatus, ImageReference
from station.domain.errors import RecordConflict
from station.domain.identifiers import EncounterId, ImageId, PersonId
from station.domain.words import say
from station.ports.export_rows import ExportRecord, KeptReceipt
from station.ports.journal_rows import JournalEntry, RecordedStep
from station.ports.storage import AuditEntry, EncounterSummary, RecordedBody, SearchQuery, UnitOfWork

ALL = 2**31 - 1

#: Acts whose subject is an encounter or a request: the trail shows them for what is in the view.
ABOUT = ("encounter.", "notice.", "record.", "hold.", "approval.", "erasure.")


class Begun(Protocol):
    """What a view shows."""

    exports: int

    def shows(self, identifier: str) -> bool:
        """Whether this record, picture or request may be seen."""
        ...

    def all(self) -> Sequence[str]:
        """Every identifier that may be seen, oldest first."""
        ...

    def begin(self, unit: UnitOfWork, identifiers: Iterable[str]) -> None:
        """Show these from now on, when the transaction that makes them is committed; in it, at once."""
        ...


class Rows:
    """One repository: the whole unit of work, and what of it may be seen."""

    __slots__ = ("_view", "_whole")

    def __init__(self, whole: UnitOfWork, view: Begun) -> None:
        self._whole = whole
        self._view = view


class ReducedEncounters(Rows):
    """Implements EncounterRepository."""

    __slots__ = ()

    def add_version(self, encounter: Encounter) -> None:
        """See the port. A new encounter is in the view from now on; the next version of another one is refused."""
        if encounter.version != 1 and not self._view.shows(encounter.encounter_id):
            raise not_there()
        self._whole.encounters.add_version(encounter)
        if encounter.version == 1:  # after the row: one that was there already is not begun by trying
            self._view.begin(self._whole, (encounter.encounter_id,))

    def get(self, encounter_id: EncounterId, *, version: int | None = None) -> Encounter | None:
        """See the port."""
        return self._whole.encounters.get(encounter_id, version=version) if self._view.shows(encounter_id) else None

    def versions(self, encounter_id: EncounterId) -> Sequence[Encounter]:
        """See the port."""
        return self._whole.encounters.versions(encounter_id) if self._view.shows(encounter_id) else ()

    def unfinished(self) -> Sequence[EncounterSummary]:
        """See the port."""
        return self._seen(self._whole.encounters.unfinished())

    def owing_notice(self, *, since: datetime) -> Sequence[EncounterSummary]:
        """See the port."""
        return self._seen(self._whole.encounters.owing_notice(since=since))

    def search(self, query: SearchQuery) -> Sequence[EncounterSummary]:
        """See the port. Looks further down as long as it finds what may not be seen."""
        begun = [one.opened_at for one in self._all()]
        if not begun:
            return ()
        earliest = min(begun) if query.opened_from is None else max(min(begun), query.opened_from)
        wanted = replace(query, opened_from=earliest)
        while True:
            found = self._whole.encounters.search(wanted)
            seen = self._seen(found)
            if len(seen) >= query.limit or len(found) < wanted.limit:
                return seen[: max(0, query.limit)]
            wanted = replace(wanted, limit=2 * wanted.limit)

    def of_document(self, issuing_state: str, document_number: str) -> Sequence[EncounterSummary]:
        """See the port."""
        return self._seen(self._whole.encounters.of_document(issuing_state, document_number))

    def of_name_and_birth(self, primary: str, secondary: str, birth: PartialDate) -> Sequence[EncounterSummary]:
        """See the port."""
        return self._seen(self._whole.encounters.of_name_and_birth(primary, secondary, birth))

    def of_person(self, person_id: PersonId) -> Sequence[EncounterSummary]:
        """See the port."""
        return self._seen(self._whole.encounters.of_person(person_id))

    def waiting_for_export(self, *, limit: int) -> Sequence[EncounterId]:
        """See the port."""
        waiting = self._whole.encounters.waiting_for_export(limit=ALL)
        return tuple(one for one in waiting if self._view.shows(one))[: max(0, limit)]

    def count(self, status: EncounterStatus, *, since: datetime) -> int:
        """See the port."""
        return sum(one.status is status and one.opened_at >= since for one in self._all())

    def body_hash(self, encounter_id: EncounterId, version: int) -> str | None:
        """See the port."""
        return self._whole.encounters.body_hash(encounter_id, version) if self._view.shows(encounter_id) else None

    def recorded_bodies(self) -> Iterator[RecordedBody]:
        """See the port. Whoever judges the trail does it on the whole store."""
        return (one for one in self._whole.encounters.recorded_bodies() if self._view.shows(one.encounter_id))

    def strayed_rows(self) -> Iterator[EncounterId]:
        """See the port. Whoever judges the trail does it on the whole store."""
        return (one for one in self._whole.encounters.strayed_rows() if self._view.shows(one))

    def _all(self) -> Iterator[Encounter]:
        for identifier in self._view.all():
            encounter = self._whole.encounters.get(EncounterId(identifier))
            if encounter is not None:
                yield encounter

    def _seen(self, rows: Sequence[EncounterSummary]) -> Sequence[EncounterSummary]:
        return tuple(row for row in rows if self._view.shows(row.encounter_id))


class ReducedJournal(Rows):
    """Implements JournalRepository."""

    __slots__ = ()

    def append(self, entry: JournalEntry) -> None:
        """See the port."""
        if not self._view.shows(entry.encounter_id):
            raise not_there()
        self._whole.journal.append(entry)

    def of(self, encounter_id: EncounterId) -> Sequence[JournalEntry]:
        """See the port."""
        return self._whole.journal.of(encounter_id) if self._view.shows(encounter_id) else ()

    def recorded_steps(self) -> Iterator[RecordedStep]:
        """See the port. Whoever judges the trail does it on the whole store."""
        return (one for one in self._whole.journal.recorded_steps() if self._view.shows(one.encounter_id))


class ReducedImages(Rows):
    """Implements ImageRepository."""

    __slots__ = ()

    def add(self, reference: ImageReference, data: bytes, *, encounter_id: EncounterId | None = None) -> None:
        """See the port."""
        self._whole.images.add(reference, data, encounter_id=encounter_id)
        self._view.begin(self._whole, (reference.image_id,))

    def data(self, image_id: ImageId) -> bytes | None:
        """See the port."""
        return self._whole.images.data(image_id) if self._view.shows(image_id) else None

    def erased(self, image_id: ImageId) -> bool:
        """See the port."""
        return self._view.shows(image_id) and self._whole.images.erased(image_id)

    def recorded_hashes(self) -> Iterator[tuple[ImageId, str]]:
        """See the port. Whoever judges the trail does it on the whole store."""
        return (one for one in self._whole.images.recorded_hashes() if self._view.shows(one[0]))


class ReducedAudit(Rows):
    """Implements AuditTrail."""

    __slots__ = ()

    def vouch(self, kind: str, subject: str, said: str) -> str:
        """See the port."""
        return self._whole.audit.vouch(kind, subject, said)

    def append(self, *, at: datetime, by: str, act: str, subject: str, details: Mapping[str, str]) -> AuditEntry:
        """See the port."""
        return self._whole.audit.append(at=at, by=by, act=act, subject=subject, details=details)

    def entries(self, *, after: int = 0, act: str | None = None) -> Iterator[AuditEntry]:
        """See the port. Whoever judges the trail does it on the whole store."""
        return self._shown(self._whole.audit.entries(after=after, act=act))

    def newest(self, *, before: int | None = None) -> Iterator[AuditEntry]:
        """See the port."""
        return self._shown(self._whole.audit.newest(before=before))

    def entry(self, sequence: int) -> AuditEntry | None:
        """See the port: to compare a hash with; no page asks for it."""
        return self._whole.audit.entry(sequence)

    def head(self) -> AuditEntry | None:
        """See the port: where the trail stands."""
        return self._whole.audit.head()

    def _shown(self, entries: Iterator[AuditEntry]) -> Iterator[AuditEntry]:
        for entry in entries:
            if entry.act == "export.completed" and "encounters" in entry.details:
                yield self._fitting(entry)
            elif not entry.act.startswith(ABOUT) or self._view.shows(entry.subject):
                yield entry

    def _fitting(self, entry: AuditEntry) -> AuditEntry:
        sequence = entry.details.get("sequence", "")
        if not sequence.isdecimal() or int(sequence) <= self._view.exports:
            return entry
        count = fitting_counts(self._whole, self._view).get(int(sequence), 0)
        return replace(entry, details={**entry.details, "encounters": str(count)})


class ReducedExports(Rows):
    """Implements ExportRepository: what left before the view stands as it was, what left since counts what is seen."""

    __slots__ = ()

    def last(self) -> ExportRecord | None:
        """See the port."""
        last = self._whole.exports.last()
        return None if last is None else self._fitting(last, fitting_counts(self._whole, self._view))

    def all(self) -> Sequence[ExportRecord]:
        """See the port."""
        counts = fitting_counts(self._whole, self._view)
        return tuple(self._fitting(one, counts) for one in self._whole.exports.all())

    def add(self, record: ExportRecord, encounters: Sequence[tuple[EncounterId, int]]) -> None:
        """See the port."""
        self._whole.exports.add(record, encounters)

    def keep_receipt(self, sequence: int, receipt: KeptReceipt) -> bool:
        """See the port: headquarters signed it."""
        return self._whole.exports.keep_receipt(sequence, receipt)

    def exports_of(self, encounter_id: EncounterId) -> Sequence[ExportRecord]:
        """See the port."""
        if not self._view.shows(encounter_id):
            return ()
        counts = fitting_counts(self._whole, self._view)
        return tuple(self._fitting(one, counts) for one in self._whole.exports.exports_of(encounter_id))

    def _fitting(self, record: ExportRecord, counts: Mapping[int, int]) -> ExportRecord:
        if record.sequence <= self._view.exports:
            return record
        return replace(record, encounters=counts.get(record.sequence, 0))


def fitting_counts(whole: UnitOfWork, view: Begun) -> Mapping[int, int]:
    """How many encounters of the view each export since took along, by the number of the export."""
    counts: dict[int, int] = {}
    for identifier in view.all():
        for record in whole.exports.exports_of(EncounterId(identifier)):
            counts[record.sequence] = counts.get(record.sequence, 0) + 1
    return counts


def not_there() -> RecordConflict:
    """What is not seen is not there."""
    return RecordConflict(say("This encounter is not in the store."), say("Go back to the list and choose again."))
