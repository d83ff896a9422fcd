# SPDX-License-Identifier: Apache-2.0
"""A record in words: rows of a list, the line of a person's crossings, and what a correction changed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, tzinfo
from itertools import pairwise

from station.domain.checks import CheckResult
from station.domain.crossing import Crossing, Direction
from station.domain.decision import DecisionKind
from station.domain.document import TravelDocument
from station.domain.encounter import Encounter, EncounterStatus
from station.domain.identifiers import EncounterId, OfficerId
from station.domain.provenance import LIGHTS, Illumination
from station.domain.words import Text, say, say_count
from station.ports.export_rows import ExportRecord
from station.ports.storage import EncounterSummary, SearchQuery
from ui.presenters.code_words import DIRECTIONS, GROUNDS, PURPOSES, SEXES, TRANSPORTS
from ui.translation import END_ISOLATE, Translator

_LEFT_TO_RIGHT = "\u2066"

DECISIONS: dict[DecisionKind, Text] = {
    DecisionKind.ADMIT: say("admitted"),
    DecisionKind.REFUSE: say("refused"),
    DecisionKind.SECOND_LINE: say("in second line"),
}
_MARKS: dict[DecisionKind, CheckResult] = {
    DecisionKind.ADMIT: CheckResult.SUCCESSFUL,
    DecisionKind.REFUSE: CheckResult.FAILED,
    DecisionKind.SECOND_LINE: CheckResult.UNDETERMINED,
}
_STATUSES: dict[EncounterStatus, Text] = {
    EncounterStatus.OPEN: say("not finished"),
    EncounterStatus.PARKED: say("parked"),
    EncounterStatus.RECORDED: say("recorded"),
    EncounterStatus.ABANDONED: say("abandoned"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class CrossingStop:
    """One stop on a person's line of crossings; ``here`` is the record that is open."""

    encounter_id: EncounterId
    direction: Direction
    day: str
    when: str
    outcome: Text
    mark: CheckResult | None
    here: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Fact:
    """A labelled value of a record."""

    label: Text
    value: str = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One value that a correction changed: the original beside it."""

    label: Text
    before: str = field(repr=False)
    after: str = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class CorrectionView:
    """One correction: why, when, and what it changed."""

    version: int
    when: str
    reason: str = field(repr=False)
    changes: tuple[Change, ...] = field(repr=False)


class RecordWords:
    """Turns records into words of one language and one time zone."""

    def __init__(self, translator: Translator, zone: tzinfo) -> None:
        self._translator = translator
        self._zone = zone

    def moment(self, at: datetime) -> str:
        """Date and time of the post's clock; the same order in every language, also inside Arabic."""
        return f"{_LEFT_TO_RIGHT}{at.astimezone(self._zone):%Y-%m-%d %H:%M}{END_ISOLATE}"

    def day(self, at: datetime) -> str:
        """The day alone."""
        return f"{at.astimezone(self._zone):%Y-%m-%d}"

    def name(self, row: EncounterSummary) -> str:
        """Both identifiers, the primary first; a dash where nothing was read."""
        return ", ".join(part for part in (row.primary_identifier, row.secondary_identifier) if part) or "–"

    def outcome(self, row: EncounterSummary) -> str:
        """What became of an encounter."""
        text = DECISIONS[row.decision] if row.decision else _STATUSES[row.status]
        return self._translator.text(text)

    def export_state(self, row: EncounterSummary) -> str:
        """Whether headquarters has it."""
        if row.exported:
            return self._translator.text(say("exported"))
        return self._translator.text(say("waiting")) if row.status is EncounterStatus.RECORDED else "–"

    def cells(self, row: EncounterSummary) -> tuple[str, ...]:
        """One row of the list, in the order of ``COLUMNS``."""
        return (
            self.moment(row.opened_at),
            self._translator.text(DIRECTIONS[row.direction]),
            self.name(row),
            row.document_number or "–",
            self._translator.date(row.birth_date) or "–",
            row.nationality or "–",
            self.outcome(row),
            self.export_state(row),
        )

    def line(self, person: Sequence[EncounterSummary], here: EncounterId) -> tuple[CrossingStop, ...]:
        """A person's crossings, oldest first."""
        return tuple(
            CrossingStop(
                encounter_id=row.encounter_id,
                direction=row.direction,
                day=self.day(row.opened_at),
                when=self.moment(row.opened_at),
                outcome=DECISIONS[row.decision] if row.decision else _STATUSES[row.status],
                mark=_MARKS.get(row.decision) if row.decision else None,
                here=row.encounter_id == here,
            )
            for row in reversed(person)
        )

    def facts(self, encounter: Encounter, people: Mapping[OfficerId, str] | None = None) -> tuple[Fact, ...]:
        """Everything of one version that has a value: what was decided first, then in the order of reading.

        ``people`` are the names of those who may stand in it.
        """
        found: list[Fact] = []
        decision = encounter.final_decision
        if decision is not None:
            words = self._translator.text(DECISIONS[decision.kind])
            if decision.ground is not None:
                words = f"{words}: {decision.ground.value} – {self._translator.text(GROUNDS[decision.ground])}"
            found.append(Fact(label=say("Decision"), value=words))
            if decision.reason:
                found.append(Fact(label=say("In words"), value=decision.reason))
            if decision.approved_by is not None:
                named = (people or {}).get(decision.approved_by, decision.approved_by)
                found.append(Fact(label=say("Second person"), value=named))
        found += [Fact(label=label, value=value) for label, value in self._values(encounter) if value]
        seen = encounter.document_provenance
        if seen is not None and seen.illumination is Illumination.INFRARED:  # which is not the page one looks at first
            found.append(Fact(label=say("MRZ read under"), value=self._translator.text(LIGHTS[seen.illumination])))
        found.append(Fact(label=say("Identifier of the record"), value=str(encounter.encounter_id)))  # for a legal hold
        return tuple(found)

    def corrections(self, versions: Sequence[Encounter]) -> tuple[CorrectionView, ...]:
        """Each correction beside what stood there before, newest last."""
        made = []
        for before, after in pairwise(versions):
            if after.correction is None:
                continue
            made.append(
                CorrectionView(
                    version=after.version,
                    when=self.moment(after.correction.corrected_at),
                    reason=after.correction.reason,
                    changes=tuple(self._changes(before, after)),
                )
            )
        return tuple(made)

    def exports(self, exports: Sequence[ExportRecord]) -> Text:
        """In which bundle a record left, or that it waits."""
        if not exports:
            return say("Not exported yet.")
        newest = exports[0]
        return say("Exported in {bundle}, {when}.", bundle=newest.name, when=self.moment(newest.made_at))

    def understood(self, query: SearchQuery) -> Text:
        """How a search was understood, so that an empty list can be explained."""
        parts: list[Text] = []
        if query.name_words:
            parts.append(say("name begins with {words}", words=" ".join(query.name_words)))
        if query.document_number:
            parts.append(say("number begins with {number}", number=query.document_number))
        if query.on_day:
            parts.append(say("on {day}", day=query.on_day.isoformat()))
        if not parts:
            return say("The latest records.")
        listed = parts[0]
        for part in parts[1:]:
            listed = say("{first}, {second}", first=listed, second=part)
        return say("Looked for: {parts}.", parts=listed)

    def _changes(self, before: Encounter, after: Encounter) -> Iterator[Change]:
        originals = self._values(before)
        for (label, old), (_label, new) in zip(originals, self._values(after), strict=True):
            if old != new:
                yield Change(label=label, before=old or "–", after=new or "–")

    def _values(self, encounter: Encounter) -> list[tuple[Text, str]]:
        return [*self._of_document(encounter.document), *self._of_crossing(encounter.crossing)]

    def _of_document(self, document: TravelDocument | None) -> list[tuple[Text, str]]:
        """Always the same rows, so that two versions can be compared line by line."""
        if document is None:
            return [(label, "") for label in _DOCUMENT_LABELS]
        values = (
            document.name.primary,
            document.name.secondary,
            document.document_number,
            document.document_code,
            self._country(document.issuing_state),
            self._country(document.nationality),
            self._translator.date(document.birth_date),
            self._translator.text(SEXES[document.sex]),
            self._translator.date(document.expiry_date),
        )
        return list(zip(_DOCUMENT_LABELS, values, strict=True))

    def _of_crossing(self, crossing: Crossing) -> list[tuple[Text, str]]:
        word = self._translator.text
        days = crossing.permitted_stay_days
        return [
            (say("Direction"), word(DIRECTIONS[crossing.direction])),
            (say("Transport"), word(TRANSPORTS[crossing.transport]) if crossing.transport else ""),
            (say("Plate, flight or vessel"), crossing.transport_detail),
            (say("Coming from"), self._country(crossing.coming_from)),
            (say("Destination"), self._country(crossing.destination)),
            (say("Purpose"), word(PURPOSES[crossing.purpose]) if crossing.purpose else ""),
            (say("Permitted stay"), word(say_count("{count} day", "{count} days", count=days)) if days else ""),
            (say("Address in the country"), crossing.address),
        ]

    def _country(self, code: str) -> str:
        name = self._translator.country(code) if code else ""
        return name if not code or name == code else f"{name} ({code})"


_DOCUMENT_LABELS = (
    say("Name"),
    say("Given names"),
    say("Number"),
    say("Kind of document"),
    say("Issued by"),
    say("Nationality"),
    say("Born"),
    say("Sex"),
    say("Valid until"),
)

#: The columns of the list of records.
COLUMNS: tuple[Text, ...] = (
    say("When"),
    say("Direction"),
    say("Name"),
    say("Number"),
    say("Born"),
    say("Nationality"),
    say("Outcome"),
    say("Export"),
)
