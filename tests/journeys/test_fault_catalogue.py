# SPDX-License-Identifier: Apache-2.0
"""Every fault of the catalogue in a whole journey: the officer is told, and the record is whole in the end."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtWidgets import QApplication

from devices.simulators.faults import CATALOGUE, Fault
from tests.journeys.faults.catalogue import Met, every_case, few_cases, meet
from tests.journeys.faults.counter import Counter
from tests.journeys.faults.fault_table import BEGIN, END, as_markdown, with_table
from tests.journeys.faults.rows import Row
from tests.journeys.test_unplug_sweep import STALLED


@pytest.fixture(scope="module")
def counter(qapp: QApplication, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Counter]:
    """A counter with the real recognition engine."""
    made = Counter(tmp_path_factory.mktemp("counter"), known=False)
    yield made
    made.close()


def test_every_fault_has_a_device_that_shows_it() -> None:
    assert {fault for faults in CATALOGUE.values() for fault in faults} == set(Fault)
    assert {(case.role, case.fault) for case in every_case()} == {
        (role, fault) for role, faults in CATALOGUE.items() for fault in faults
    }


@pytest.mark.parametrize("case", few_cases(), ids=str)
def test_a_fault_is_told_and_the_record_is_whole(case: Met, counter: Counter) -> None:
    assert meet(counter, case).worst < STALLED


def test_the_table_replaces_the_one_before_and_nothing_else(tmp_path: Path) -> None:
    row = Row(
        fault="jam", step="printing", device="printer", way_out="once more", saw="a | b", saved="whole", worst=12.3
    )
    text = with_table(f"before\n{BEGIN}\nold\n{END}\nafter\n", as_markdown([row], on="2026-11-22", by_the_clock=40.0))
    assert text.startswith("before\n")
    assert text.endswith("after\n")
    assert "old" not in text
    assert r"a \| b" in text
    assert "12 ms" in text
    assert with_table("a page\n", "table\n").endswith(f"{BEGIN}\ntable\n{END}\n")
