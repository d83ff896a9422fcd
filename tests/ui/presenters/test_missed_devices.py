# SPDX-License-Identifier: Apache-2.0
"""The device bar speaks of a reader that a post can do without only while it is missed."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.ui.desk import Desk, open_desk
from ui.presenters.frame import device_lines


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    made = open_desk(tmp_path)
    yield made
    made.close()


def of_the_mrz_reader(desk: Desk) -> list[str]:
    lines = [line.says.in_english() for line in device_lines(desk.devices.states())]
    return [line for line in lines if line.startswith("MRZ reader")]


def test_an_mrz_reader_that_is_well_takes_no_room_in_the_bar(desk: Desk) -> None:
    assert of_the_mrz_reader(desk) == []


def test_an_mrz_reader_that_is_gone_says_so_until_it_is_back(desk: Desk) -> None:
    desk.simulators.mrz_reader.unplug()
    assert of_the_mrz_reader(desk) == ["MRZ reader: Unplugged. Plug it in again."]
    desk.simulators.mrz_reader.replug()
    assert of_the_mrz_reader(desk) == []
