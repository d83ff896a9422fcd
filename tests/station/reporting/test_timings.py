# SPDX-License-Identifier: Apache-2.0
"""Times are measured where the clock can be believed, and left out where it cannot."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from station.inspection.events import EVENTS
from station.inspection.table import Stage
from station.reporting.tally import FAILURES, PAGE_AGAIN, RETRIES, STAGES
from station.reporting.timings import WHOLE, StageClock, StageTime, percentile

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)


def walked(clock: StageClock, *steps: tuple[str, float], encounter: str = "e") -> None:
    for number, (stage, second) in enumerate(steps):
        clock.step(encounter, stage, NOON + timedelta(seconds=second), first=number == 0)


def test_each_stage_and_the_whole_are_measured_without_the_rest() -> None:
    clock = StageClock()
    walked(
        clock,
        ("READING", 0),
        ("CHECKING", 1),
        ("PARKED", 3),
        ("CHECKING", 103),
        ("DECIDING", 104),
        ("DECIDING", 106),
        ("REFERRED", 110),
        ("CHECKING", 500),
        ("RECORDING", 501),
        ("RECORDED", 501.5),
    )
    assert clock.times(("DECIDING", WHOLE)) == (
        StageTime(stage="DECIDING", count=1, p50_s=6, p95_s=6),
        StageTime(stage=WHOLE, count=1, p50_s=11.5, p95_s=11.5),
        StageTime(stage="CHECKING", count=3, p50_s=1, p95_s=2),
        StageTime(stage="READING", count=1, p50_s=1, p95_s=1),
        StageTime(stage="RECORDING", count=1, p50_s=0.5, p95_s=0.5),
    )


def test_what_a_step_of_the_clock_touched_is_left_out() -> None:
    clock = StageClock()
    walked(clock, ("READING", 0), ("CHECKING", -3600), ("DECIDING", -3598), ("RECORDED", -3590))
    assert clock.left_out == 1
    assert [row.stage for row in clock.times(STAGES)] == ["CHECKING", "DECIDING"]
    walked(clock, ("READING", 0), encounter="other")
    clock.clock_stepped()
    clock.step("other", "CHECKING", NOON + timedelta(days=900), first=False)
    clock.step("other", "RECORDED", NOON + timedelta(days=900, seconds=1), first=False)
    assert clock.left_out == 2
    assert clock.times(("CHECKING",))[0] == StageTime(stage="CHECKING", count=2, p50_s=1, p95_s=2)


def test_an_encounter_of_the_shift_before_gives_no_whole() -> None:
    clock = StageClock()
    clock.step("e", "CHECKING", NOON, first=False)
    clock.step("e", "RECORDED", NOON + timedelta(seconds=4), first=False)
    assert [row.stage for row in clock.times(STAGES)] == ["CHECKING"]


@given(st.lists(st.floats(0, 1e5), min_size=1, max_size=200), st.sampled_from([50, 95]))
def test_a_percentile_is_the_least_value_that_enough_do_not_exceed(values: list[float], percent: int) -> None:
    found = percentile(values, percent)
    rounded = [round(value, 2) for value in values]
    assert found in rounded
    assert sum(value <= found for value in rounded) * 100 >= percent * len(values)
    assert sum(value < found for value in rounded) * 100 < percent * len(values)


def test_no_values_have_no_percentile() -> None:
    with pytest.raises(ValueError, match="nothing was measured"):
        percentile([], 50)


def test_the_names_are_those_of_the_inspection() -> None:
    assert set(STAGES) - {WHOLE} <= {stage.name for stage in Stage}
    assert {*RETRIES, *FAILURES, "PageCaptured", "Referred", "Abandoned"} - {PAGE_AGAIN} <= set(EVENTS)
