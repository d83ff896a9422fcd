# SPDX-License-Identifier: Apache-2.0
"""The inspection table holds what its rules promise."""

from __future__ import annotations

import dataclasses
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from station.domain.encounter import EncounterStatus, ImageKind
from station.domain.identifiers import ImageId
from station.domain.wire import to_json
from station.inspection import events as ev
from station.inspection.journal import entry_of, event_of, replayed
from station.inspection.state import UNWRITTEN, InspectionState, Place, advance, record_of
from station.inspection.table import (
    CHECKED,
    CLOSED,
    DECIDED,
    NEXT,
    ON_ENTRY,
    OPEN,
    Effect,
    ImpossibleEvent,
    Stage,
    next_stage,
)
from tests.station.inspection.samples import EVENTS, NOW, OFFICER, fresh, image

SUCCESS_AND_FAILURE: dict[Effect, tuple[set[type[ev.Event]], type[ev.Event]]] = {
    Effect.READ_PAGE: ({ev.DocumentRead, ev.DocumentDoubtful}, ev.ReadingFailed),
    Effect.RUN_CHECKS: ({ev.ChecksDone}, ev.ChecksFailed),
    Effect.TAKE_PORTRAIT: ({ev.PortraitTaken}, ev.PortraitFailed),
    Effect.RECORD: ({ev.EncounterRecorded}, ev.RecordFailed),
}
PLACE = Place(post="Kasumba", station="station-1", lane="2")


def test_every_stage_has_its_row() -> None:
    assert set(NEXT) == set(Stage)


def test_every_effect_has_an_event_for_success_and_one_for_failure() -> None:
    for stage, effects in ON_ENTRY.items():
        for effect in effects:
            good, bad = SUCCESS_AND_FAILURE[effect]
            assert good <= set(NEXT[stage]), stage
            assert bad in NEXT[stage], stage


def test_every_open_stage_before_the_decision_can_be_parked_and_abandoned() -> None:
    for stage in OPEN:
        assert next_stage(stage, ev.Parked) is Stage.PARKED
        assert next_stage(stage, ev.Abandoned) is Stage.ABANDONED
    assert next_stage(Stage.PARKED, ev.Abandoned) is Stage.ABANDONED


def test_nothing_undoes_what_the_officer_decided() -> None:
    for stage in DECIDED:
        assert set(NEXT[stage]) <= {ev.EncounterRecorded, ev.RecordFailed, ev.RecordAgain}


def test_a_closed_stage_leads_nowhere() -> None:
    for stage in CLOSED:
        assert NEXT[stage] == {}


def test_every_stage_can_be_reached_and_every_open_stage_can_end() -> None:
    reached, edge = {Stage.WAITING}, [Stage.WAITING]
    while edge:
        for following in NEXT[edge.pop()].values():
            if following not in reached:
                reached.add(following)
                edge.append(following)
    assert reached == set(Stage)


def test_nobody_is_admitted_or_refused_before_the_checks_ran() -> None:
    for stage, row in NEXT.items():
        if {ev.Admitted, ev.Refused, ev.Referred} & set(row):
            assert stage is Stage.DECIDING
    ways_in = {stage for stage, row in NEXT.items() for event, to in row.items() if to is Stage.DECIDING} - {
        Stage.DECIDING
    }
    assert ways_in == {Stage.PORTRAIT, Stage.PORTRAIT_TROUBLE}


def test_an_event_the_table_does_not_know_is_a_bug_and_says_where() -> None:
    with pytest.raises(ImpossibleEvent, match="Admitted cannot happen while waiting"):
        next_stage(Stage.WAITING, ev.Admitted)


def test_a_parked_inspection_goes_on_where_it_stood() -> None:
    state = advance(advance(fresh(), EVENTS[ev.PageCaptured]), EVENTS[ev.DocumentDoubtful])
    parked = advance(state, EVENTS[ev.Parked])
    resumed = advance(parked, EVENTS[ev.Resumed])
    assert parked.stage is Stage.PARKED
    assert resumed.stage is Stage.CONFIRMING
    assert resumed.doubt is not None


def test_details_of_the_crossing_never_move_the_inspection() -> None:
    for stage in OPEN:
        assert next_stage(stage, ev.DetailsEntered) is stage


@pytest.mark.parametrize("stage", [stage for stage in Stage if stage in CHECKED])
def test_whatever_was_checked_before_parking_is_checked_anew(stage: Stage) -> None:
    assert next_stage(Stage.PARKED, ev.Resumed, parked_from=stage) is Stage.CHECKING


def after(*kinds: type[ev.Event]) -> InspectionState:
    state = fresh()
    for kind in kinds:
        state = advance(state, EVENTS[kind])
    return state


TO_DECIDING = (ev.PageCaptured, ev.DocumentRead, ev.ChecksDone, ev.PortraitTaken)


def test_a_portrait_of_an_earlier_try_never_stands_where_the_officer_went_on_without_one() -> None:
    state = after(*TO_DECIDING, ev.TakeAgain, ev.PortraitFailed, ev.PortraitOmitted)
    record = record_of(state, PLACE, recorded_at=NOW)
    assert state.portrait is None
    assert record.portrait_omitted == "camera broken"
    assert [image.kind for image in record.images] == [ImageKind.PAGE]


@pytest.mark.parametrize("kind", [ev.PageCaptured, ev.KeyingChosen])
def test_another_document_takes_nothing_over_from_the_one_before(kind: type[ev.Event]) -> None:
    state = after(*TO_DECIDING, kind)
    assert (state.portrait, state.checks, state.same_person, state.last_seen) == (None, (), None, None)


def test_what_first_line_saw_stays_in_the_record_when_second_line_scans_again() -> None:
    first = after(*TO_DECIDING, ev.Referred)
    second_page = replace(image(), image_id=ImageId("second-page"))
    state = advance(first, EVENTS[ev.SecondLineOpened])
    state = advance(advance(state, EVENTS[ev.ChecksDone]), EVENTS[ev.PortraitOmitted])
    state = advance(state, ev.PageCaptured(image=second_page))
    record = record_of(state, PLACE, recorded_at=NOW)
    assert [one.image_id for one in record.images] == ["image-page", "image-portrait", "second-page"]


def test_a_line_that_is_decided_is_not_recorded_twice() -> None:
    for kinds in ((ev.Referred, ev.Parked), (ev.Referred, ev.Abandoned), (ev.Admitted, ev.EncounterRecorded)):
        record = record_of(after(*TO_DECIDING, *kinds), PLACE, recorded_at=NOW)
        assert [line.number for line in record.inspections] == [1]


def _walk(data: st.DataObject) -> tuple[InspectionState, list[tuple[InspectionState, ev.Event]]]:
    """A random walk through the table, and each state with the event that led to it."""
    state, steps = fresh(), []
    for _ in range(data.draw(st.integers(1, 25))):
        kinds = [kind for kind in NEXT[state.stage] if kind in EVENTS]
        if state.stage is Stage.PARKED:
            kinds.append(ev.Resumed)
        if not kinds:
            break
        event = EVENTS[data.draw(st.sampled_from(sorted(kinds, key=lambda kind: kind.__name__)))]
        state = advance(state, event)
        steps.append((state, event))
    return state, steps


@given(st.data())
def test_a_replayed_journal_gives_the_state_that_was_left(data: st.DataObject) -> None:
    state, steps = _walk(data)
    written = [(after, event) for after, event in steps if type(event) not in UNWRITTEN]
    entries = [entry_of(after, event, at=NOW, by=OFFICER) for after, event in written]
    assert [entry.sequence for entry in entries] == list(range(1, len(entries) + 1))
    first = record_of(advance(fresh(), steps[0][1]), PLACE, recorded_at=None)
    again = replayed(first, entries, version=state.version)
    if any(type(event) in UNWRITTEN for _, event in steps):
        # Trouble with writing is not written: the replay stands at the stage that tries again by itself.
        again = dataclasses.replace(again, stage=state.stage, trouble=state.trouble, parked_from=state.parked_from)
    assert again == state


@given(st.data())
def test_every_event_comes_back_from_its_journal_entry(data: st.DataObject) -> None:
    state, steps = _walk(data)
    for after, event in steps:
        entry = entry_of(after, event, at=datetime(2026, 1, 1, tzinfo=UTC), by=OFFICER)
        assert event_of(entry) == event
        assert to_json(event_of(entry)) == entry.body
    assert state.steps == sum(type(event) not in UNWRITTEN for _, event in steps)


@given(st.data())
def test_the_record_says_how_the_encounter_stands(data: st.DataObject) -> None:
    state, _ = _walk(data)
    record = record_of(state, PLACE, recorded_at=NOW)
    expected = {
        Stage.RECORDED: EncounterStatus.RECORDED,
        Stage.PARKED: EncounterStatus.PARKED,
        Stage.ABANDONED: EncounterStatus.ABANDONED,
    }.get(state.stage, EncounterStatus.OPEN)
    assert record.status is expected
    assert record.version == state.version + 1
    if state.stage is Stage.RECORDED:
        assert record.final_decision is not None
        assert len({line.number for line in record.inspections}) == len(record.inspections)


def test_a_second_line_inspection_is_a_second_line_of_the_same_encounter() -> None:
    state = fresh()
    for kind in (
        ev.PageCaptured,
        ev.DocumentRead,
        ev.ChecksDone,
        ev.PortraitTaken,
        ev.Referred,
        ev.SecondLineOpened,
        ev.ChecksDone,
        ev.PortraitOmitted,
        ev.Admitted,
        ev.EncounterRecorded,
    ):
        state = advance(state, EVENTS[kind])
    record = record_of(state, PLACE, recorded_at=NOW)
    assert state.stage is Stage.RECORDED
    assert [line.number for line in record.inspections] == [1, 2]
    assert record.final_decision == record.inspections[1].decision
