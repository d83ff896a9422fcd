# SPDX-License-Identifier: Apache-2.0
"""What this station's own records say of the same traveller: seen before, inside or outside, stay and overstay.

A station knows its own lane. Every sentence says so where it matters: 'no record' is never 'never crossed'.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, tzinfo

from station.domain.checks import Check, CheckFamily, CheckResult, CheckWeight
from station.domain.crossing import Direction
from station.domain.decision import DecisionKind
from station.domain.document import TravelDocument
from station.domain.encounter import EncounterStatus
from station.domain.identifiers import EncounterId, PersonId
from station.domain.words import Text, say, say_count
from station.ports.storage import EncounterRepository, EncounterSummary


@dataclass(frozen=True, slots=True, kw_only=True)
class History:
    """Earlier recorded encounters, newest first: with this very document, and with this name and birth only."""

    same_document: tuple[EncounterSummary, ...]
    same_name_and_birth: tuple[EncounterSummary, ...]

    @property
    def person_id(self) -> PersonId | None:
        """The person this document's earlier crossings are linked to. A name alone never links."""
        return next((row.person_id for row in self.same_document if row.person_id), None)


def history_of(document: TravelDocument, encounters: EncounterRepository, *, besides: EncounterId) -> History:
    """Look the traveller up. Same document means issuer, number and birth date are all equal."""
    number = document.document_number
    with_document: Sequence[EncounterSummary] = encounters.of_document(document.issuing_state, number) if number else ()
    same = tuple(row for row in with_document if row.birth_date == document.birth_date and row.encounter_id != besides)
    known = {row.encounter_id for row in same} | {besides}
    named: Sequence[EncounterSummary] = ()
    if document.name.primary and document.birth_date.year is not None:
        named = encounters.of_name_and_birth(document.name.primary, document.name.secondary, document.birth_date)
    return History(
        same_document=same,
        same_name_and_birth=tuple(row for row in named if row.encounter_id not in known),
    )


def crossings(rows: Sequence[EncounterSummary]) -> tuple[EncounterSummary, ...]:
    """Those in which the traveller really crossed: recorded and admitted."""
    return tuple(row for row in rows if row.status is EncounterStatus.RECORDED and row.decision is DecisionKind.ADMIT)


def history_checks(history: History, direction: Direction, today: date, zone: tzinfo) -> tuple[Check, ...]:
    """Seen before, presence, and on exit the stay. Days are those of the post's time ``zone``."""
    checks = [_seen_before(history, zone), _presence(history, direction, zone)]
    stay = _stay(history, direction, today, zone)
    return (*checks, stay) if stay else tuple(checks)


def last_seen(history: History, zone: tzinfo) -> Text | None:
    """The newest encounter in a few words, or None."""
    row = next(iter(history.same_document), None)
    return None if row is None else _seen(row, zone)


def _seen(row: EncounterSummary, zone: tzinfo) -> Text:
    return say("{what} on {date}", what=_WHAT[row.direction], date=_day(row, zone).isoformat())


def _day(row: EncounterSummary, zone: tzinfo) -> date:
    return row.opened_at.astimezone(zone).date()


_WHAT = {Direction.ENTRY: say("entry"), Direction.EXIT: say("exit")}


def _seen_before(history: History, zone: tzinfo) -> Check:
    name = "history.seen_before"
    if history.same_name_and_birth:
        return _check(
            name,
            CheckResult.UNDETERMINED,
            say_count(
                "{count} earlier encounter has the same name and birth date with another document. "
                "It may be another person.",
                "{count} earlier encounters have the same name and birth date with another document. "
                "They may be another person's.",
                count=len(history.same_name_and_birth),
            ),
        )
    if history.same_document:
        return _check(
            name,
            CheckResult.SUCCESSFUL,
            say("Seen before with this document: {seen}.", seen=_seen(history.same_document[0], zone)),
        )
    return _check(name, CheckResult.SUCCESSFUL, say("This station has not seen this traveller before."))


def _presence(history: History, direction: Direction, zone: tzinfo) -> Check:
    name = "history.presence"
    crossed = crossings(history.same_document)
    if not crossed:
        return _check(name, CheckResult.NOT_SUPPORTED, say("This station has no earlier crossing to compare with."))
    last = crossed[0]
    if last.direction is direction:
        already = say("already inside") if direction is Direction.ENTRY else say("already outside")
        return _check(
            name,
            CheckResult.UNDETERMINED,
            say(
                "By this station's records the traveller is {already}: {seen}. Another post may know more.",
                already=already,
                seen=_seen(last, zone),
            ),
        )
    return _check(
        name,
        CheckResult.SUCCESSFUL,
        say("This crossing follows the last one: {seen}.", seen=_seen(last, zone)),
    )


def _stay(history: History, direction: Direction, today: date, zone: tzinfo) -> Check | None:
    """Days inside since the last entry, both days counted, against what was permitted then."""
    if direction is not Direction.EXIT:
        return None
    crossed = crossings(history.same_document)
    if not crossed or crossed[0].direction is not Direction.ENTRY:
        return None
    entry = crossed[0]
    days = max(1, (today - _day(entry, zone)).days + 1)
    if entry.permitted_until is None:
        return _check(
            "history.stay",
            CheckResult.UNDETERMINED,
            say_count(
                "Stayed {count} day; no permitted stay was recorded at entry.",
                "Stayed {count} days; no permitted stay was recorded at entry.",
                count=days,
            ),
        )
    over = (today - entry.permitted_until).days
    if over > 0:
        return _check(
            "history.stay",
            CheckResult.FAILED,
            say_count(
                "Overstayed by {count} day: the stay was permitted until {date}.",
                "Overstayed by {count} days: the stay was permitted until {date}.",
                count=over,
                date=entry.permitted_until.isoformat(),
            ),
        )
    return _check(
        "history.stay",
        CheckResult.SUCCESSFUL,
        say_count("Stayed {count} day, as permitted.", "Stayed {count} days, as permitted.", count=days),
    )


def _check(name: str, result: CheckResult, says: Text) -> Check:
    return Check(name=name, family=CheckFamily.HISTORY, result=result, weight=CheckWeight.OPTIONAL, says=says)
