# SPDX-License-Identifier: Apache-2.0
"""Finding records again: one search field that understands a name, a document number and a date."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta, tzinfo

from station.access.audit import Act
from station.access.roles import Permission
from station.access.sign_in import Session
from station.domain.encounter import Encounter, ImageReference
from station.domain.errors import PictureErased
from station.domain.identifiers import EncounterId, OfficerId, PersonId
from station.domain.words import say
from station.ports.clock import Clock
from station.ports.export_rows import ExportRecord
from station.ports.images import EncodedImage
from station.ports.storage import EncounterSummary, SearchQuery

_DAY = re.compile(r"(\d{4})-(\d{1,2})-(\d{1,2})|(\d{1,2})[./](\d{1,2})[./](\d{4})")


def understood(text: str, *, zone: tzinfo, limit: int = 50) -> SearchQuery:
    """What an officer typed, as a query.

    A word with a digit is (the beginning of) a document number; ``2026-03-03`` and ``3.3.2026`` are the day of
    the encounter, from midnight to midnight at the post (``zone``); every other word is the beginning of a name.
    A day that does not exist is no part of a query.
    """
    names: list[str] = []
    number = ""
    day: date | None = None
    opened_from: datetime | None = None
    opened_before: datetime | None = None
    for word in text.replace(",", " ").split():
        written = _DAY.fullmatch(word)
        if written is not None:
            year, month, of_month = (
                written.group(1, 2, 3) if written.group(1) else (written.group(6), written.group(5), written.group(4))
            )
            try:
                asked = date(int(year), int(month), int(of_month))
                opened_from, opened_before = _midnight(asked, zone), _midnight(asked + timedelta(days=1), zone)
            except (ValueError, OverflowError):  # the last day of the calendar has no end
                continue
            day = asked
        elif any(character.isdigit() for character in word):
            number = re.sub(r"[^0-9A-Z]", "", word.upper())
        else:
            names.append(word)
    return SearchQuery(
        name_words=tuple(names),
        document_number=number,
        on_day=day,
        opened_from=opened_from,
        opened_before=opened_before,
        limit=limit,
    )


def _midnight(day: date, zone: tzinfo) -> datetime:
    """The moment a day begins at the post. Raises OverflowError at the ends of the calendar."""
    return datetime.combine(day, time(), tzinfo=zone).astimezone(UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordView:
    """All that is known of one encounter: its versions (newest last), the person's crossings, its exports.

    ``people`` are the names of officers by their identifiers, as the store has them now.
    """

    versions: tuple[Encounter, ...] = field(repr=False)
    person: tuple[EncounterSummary, ...] = field(repr=False)
    exports: tuple[ExportRecord, ...]
    people: Mapping[OfficerId, str]


class RecordsService:
    """Search and reading of records for one signed-in person. Blocks on the store.

    Who opened which record is audited; a search shows no more than a list, and what was searched for is not kept.
    """

    def __init__(self, session: Session, clock: Clock) -> None:
        self._session = session
        self._clock = clock

    def search(self, query: SearchQuery) -> Sequence[EncounterSummary]:
        """Encounters that fit, newest first. Needs SEARCH_RECORDS."""
        self._session.require(Permission.SEARCH_RECORDS)
        with self._session.store.reading() as unit:
            return unit.encounters.search(query)

    def view(self, encounter_id: EncounterId) -> RecordView | None:
        """One encounter with everything around it; that somebody looked is audited. Needs SEARCH_RECORDS."""
        self._session.require(Permission.SEARCH_RECORDS)
        view = self._view(encounter_id)
        if view is not None:
            with self._session.store.unit_of_work() as unit:
                unit.audit.append(
                    at=self._clock.now(),
                    by=self._session.officer.officer_id,
                    act=Act.ENCOUNTER_VIEWED,
                    subject=encounter_id,
                    details={"version": str(view.versions[-1].version)},
                )
                unit.commit()
        return view

    def _view(self, encounter_id: EncounterId) -> RecordView | None:
        with self._session.store.reading() as unit:
            versions = tuple(unit.encounters.versions(encounter_id))
            if not versions:
                return None
            person_id: PersonId | None = versions[-1].person_id
            person = tuple(unit.encounters.of_person(person_id)) if person_id else ()
            return RecordView(
                versions=versions,
                person=person,
                exports=tuple(unit.exports.exports_of(encounter_id)),
                people={officer.officer_id: officer.display_name for officer in unit.officers.all()},
            )

    def image(self, reference: ImageReference) -> EncodedImage | None:
        """A picture of an encounter. Needs SEARCH_RECORDS. Raises PictureErased when its time was over."""
        self._session.require(Permission.SEARCH_RECORDS)
        with self._session.store.reading() as unit:
            data = unit.images.data(reference.image_id)
            if data is None and unit.images.erased(reference.image_id):
                raise PictureErased(
                    say("This picture was erased: its time was over."),
                    say("Headquarters may still hold the export it was in."),
                )
        return None if data is None else EncodedImage(data, reference.media_type)
