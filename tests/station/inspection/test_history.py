# SPDX-License-Identifier: Apache-2.0
"""Presence, stay and overstay are computed from the station's own records, in the post's own days."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta, timezone

import pytest

from station.domain.checks import Check, CheckResult
from station.domain.crossing import Crossing, Direction
from station.domain.decision import DecisionKind
from station.domain.encounter import EncounterStatus
from station.domain.identifiers import EncounterId, PersonId
from station.inspection.history import History, history_checks
from station.inspection.rules import PostRules
from station.ports.storage import EncounterSummary
from tests.station.inspection.samples import BIRTH, NOW, TODAY


def seen(direction: Direction, at: datetime = NOW, *, until: date | None = None) -> EncounterSummary:
    return EncounterSummary(
        encounter_id=EncounterId("earlier"),
        version=2,
        status=EncounterStatus.RECORDED,
        opened_at=at,
        recorded_at=at,
        direction=direction,
        decision=DecisionKind.ADMIT,
        person_id=PersonId("person-1"),
        primary_identifier="ERIKSSON",
        secondary_identifier="ANNA MARIA",
        document_number="L898902C3",
        issuing_state="UTO",
        nationality="UTO",
        birth_date=BIRTH,
        permitted_until=until,
    )


def history(*rows: EncounterSummary, named: tuple[EncounterSummary, ...] = ()) -> History:
    return History(same_document=rows, same_name_and_birth=named)


def found(past: History, direction: Direction, *, today: date = TODAY) -> dict[str, Check]:
    return {check.name: check for check in history_checks(past, direction, today, UTC)}


def test_nobody_seen_is_not_a_proof_of_never_crossed() -> None:
    checks = found(history(), Direction.ENTRY)
    assert checks["history.seen_before"].result is CheckResult.SUCCESSFUL
    assert checks["history.presence"].result is CheckResult.NOT_SUPPORTED
    assert "history.stay" not in checks


@pytest.mark.parametrize("direction", list(Direction))
def test_two_crossings_the_same_way_are_shown(direction: Direction) -> None:
    check = found(history(seen(direction)), direction)["history.presence"]
    assert check.result is CheckResult.UNDETERMINED
    assert ("inside" if direction is Direction.ENTRY else "outside") in check.says.in_english()


def test_a_refused_traveller_did_not_cross() -> None:
    refused = replace(seen(Direction.ENTRY), decision=DecisionKind.REFUSE)
    assert found(history(refused), Direction.ENTRY)["history.presence"].result is CheckResult.NOT_SUPPORTED


def test_the_same_name_with_another_document_is_a_question_never_a_link() -> None:
    past = history(named=(seen(Direction.ENTRY),))
    assert found(past, Direction.ENTRY)["history.seen_before"].result is CheckResult.UNDETERMINED
    assert past.person_id is None


@pytest.mark.parametrize(
    ("left", "result", "words"),
    [
        (date(2026, 12, 21), CheckResult.SUCCESSFUL, "Stayed 30 days, as permitted."),
        (date(2026, 12, 22), CheckResult.FAILED, "Overstayed by 1 day:"),
        (date(2026, 11, 22), CheckResult.SUCCESSFUL, "Stayed 1 day, as permitted."),
        (date(2027, 1, 1), CheckResult.FAILED, "Overstayed by 11 days:"),
    ],
)
def test_overstay_is_counted_from_the_permitted_day(left: date, result: CheckResult, words: str) -> None:
    until = PostRules().permitted_until(Crossing(direction=Direction.ENTRY, permitted_stay_days=30), TODAY)
    assert until == date(2026, 12, 21)
    check = found(history(seen(Direction.ENTRY, until=until)), Direction.EXIT, today=left)["history.stay"]
    assert check.result is result
    assert check.says.in_english().startswith(words)


def test_an_entry_without_a_permitted_stay_leaves_the_stay_undetermined() -> None:
    check = found(history(seen(Direction.ENTRY)), Direction.EXIT)["history.stay"]
    assert check.result is CheckResult.UNDETERMINED


def test_days_are_those_of_the_post_and_not_of_greenwich() -> None:
    zone = timezone(timedelta(hours=3))
    after_midnight = datetime(2026, 11, 21, 22, 30, tzinfo=UTC)
    checks = history_checks(history(seen(Direction.EXIT, after_midnight)), Direction.ENTRY, TODAY, zone)
    assert "2026-11-22" in checks[0].says.in_english()
