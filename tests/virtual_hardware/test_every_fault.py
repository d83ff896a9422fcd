# SPDX-License-Identifier: Apache-2.0
"""The whole sweep: every device pulled at every step, and every fault of every device. Takes some minutes.

``./run test`` goes through a part of it (``tests/journeys/test_unplug_sweep.py``, ``test_fault_catalogue.py``).
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from PySide6.QtWidgets import QApplication

from devices.simulators.sbi.faults import ScannerFault
from tests.journeys.faults import catalogue, fingers, unplug
from tests.journeys.faults.counter import Counter
from tests.journeys.faults.rows import SEED
from tests.journeys.test_unplug_sweep import STALLED

pytestmark = pytest.mark.virtual


@pytest.fixture(scope="module")
def counter(qapp: QApplication, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Counter]:
    """A counter where one traveller comes after the other."""
    made = Counter(tmp_path_factory.mktemp("counter"), known=True)
    yield made
    made.close()


@pytest.fixture(scope="module")
def reading_counter(qapp: QApplication, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Counter]:
    """A counter with the real recognition engine."""
    made = Counter(tmp_path_factory.mktemp("counter"), known=False)
    yield made
    made.close()


@pytest.mark.parametrize("case", unplug.every_case(), ids=str)
def test_no_device_at_no_step_loses_anything_or_stops_anybody(case: unplug.Pulled, counter: Counter) -> None:
    assert unplug.Journey(counter, case).go().worst < STALLED


@pytest.mark.parametrize("moment", unplug.moments(80, seed=SEED + 1), ids=str)
def test_no_moment_is_a_bad_one(moment: unplug.Moment, counter: Counter) -> None:
    assert unplug.AnyMoment(counter, moment).go().worst < STALLED


@pytest.mark.parametrize("case", catalogue.every_case(), ids=str)
def test_every_fault_is_told_and_the_record_is_whole(case: catalogue.Met, reading_counter: Counter) -> None:
    assert catalogue.meet(reading_counter, case).worst < STALLED


@pytest.mark.parametrize("fault", list(ScannerFault), ids=lambda fault: fault.value)
def test_every_fault_of_the_fingerprint_scanner_is_told(fault: ScannerFault, reading_counter: Counter) -> None:
    assert fingers.meet(reading_counter, fault).worst < STALLED
