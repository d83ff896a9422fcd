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
    few_cases,
    moments,
)

# The promise is 200 ms, and the table in docs/devices.md has the measured figure. A busy machine may take the
# processor away for longer: the bound here only tells a window that waits for a device from one that does not.
STALLED = 1_000.0  # ms


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


@pytest.mark.parametrize("moment", moments(8, seed=SEED), ids=str)
def test_a_device_pulled_at_any_moment_loses_nothing(moment: Moment, counter: Counter) -> None:
    assert AnyMoment(counter, moment).go().worst < STALLED
