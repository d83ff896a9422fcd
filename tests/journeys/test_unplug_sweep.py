# SPDX-License-Identifier: Apache-2.0
"""Any device may be pulled at any moment of a journey: nothing confirmed is lost, and the officer reads the truth."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from PySide6.QtWidgets import QApplication

from station.inspection.table import Stage
from tests.journeys.faults.counter import Counter
from tests.journeys.faults.rows import SEED
from tests.journeys.faults.unplug import (
    STAGES,
    AnyMoment,
    Journey,
    Moment,
    Pulled,
    Step,
    WayOut,
    every_case,
    few_cases,
    moments,
)

# The promise is 200 ms, and the table of the handbook has the figure of an idle machine. A busy one may take the
# processor away for longer: the bound here only tells a window that waits for a device from one that does not.
STALLED = 1_000.0  # ms

#: The whole sweep takes minutes: ``./run test-hardware-virtual`` makes it, ``./run test`` a part of it.
REST = [case for case in every_case() if case not in few_cases()]


@pytest.fixture(scope="module")
def counter(qapp: QApplication, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Counter]:
    """A counter where one traveller comes after the other."""
    made = Counter(tmp_path_factory.mktemp("counter"), known=True)
    yield made
    made.close()


def test_the_sweep_leaves_out_no_stage_of_the_inspection() -> None:
    assert set(STAGES) == set(Step)
    assert set(STAGES.values()) == set(Stage)
    assert {case.step for case in few_cases()} == set(Step)
    assert {case.way_out for case in few_cases()} == set(WayOut)


@pytest.mark.parametrize("case", few_cases(), ids=str)
def test_a_pulled_device_loses_nothing_and_stops_nobody(case: Pulled, counter: Counter) -> None:
    assert Journey(counter, case).go().worst < STALLED


@pytest.mark.virtual
@pytest.mark.parametrize("case", REST, ids=str)
def test_no_device_at_no_step_loses_anything_or_stops_anybody(case: Pulled, counter: Counter) -> None:
    assert Journey(counter, case).go().worst < STALLED


@pytest.mark.parametrize("moment", moments(8, seed=SEED), ids=str)
def test_a_device_pulled_at_any_moment_loses_nothing(moment: Moment, counter: Counter) -> None:
    assert AnyMoment(counter, moment).go().worst < STALLED


@pytest.mark.virtual
@pytest.mark.parametrize("moment", moments(80, seed=SEED + 1), ids=str)
def test_no_moment_is_a_bad_one(moment: Moment, counter: Counter) -> None:
    assert AnyMoment(counter, moment).go().worst < STALLED
