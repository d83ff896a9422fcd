# SPDX-License-Identifier: Apache-2.0
"""The inspection table holds what its rules promise."""

from __future__ import annotations

import dataclasses
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from station.domain.encounter import EncounterStatus
from station.domain.wire import to_json
from station.inspection import events as ev
from station.inspection.journal import entry_of, event_of, replayed
from station.inspection.state import UNWRITTEN, InspectionState, Place, advance, record_of
from station.inspection.table import CLOSED, NEXT, ON_ENTRY, OPEN, Effect, ImpossibleEvent, Stage, next_stage
from tests.station.inspection.samples import EVENTS, NOW, OFFICER, fresh

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


def test_every_open_stage_can_be_parked_and_abandoned() -> None:
    for stage in OPEN:
        assert next_stage(stage, ev.Parked) is Stage.PARKED
        assert next_stage(stage, ev.Abandoned) is Stage.ABANDONED
    assert next_stage(Stage.PARKED, ev.Abandoned) is Stage.ABANDONED


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
