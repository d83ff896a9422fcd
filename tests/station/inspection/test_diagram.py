# SPDX-License-Identifier: Apache-2.0
"""The handbook shows the table itself: whoever changes one draws the other anew."""

from __future__ import annotations

import re

from station.inspection.diagram import mermaid
from station.inspection.table import NEXT, OPEN, Stage
from tests.conftest import REPOSITORY


def test_the_diagram_of_the_handbook_is_the_one_drawn_from_the_table() -> None:
    page = (REPOSITORY / "docs" / "inspection.md").read_text()
    (shown,) = re.findall(r"```mermaid\n(.*?)```", page, re.DOTALL)
    assert shown == mermaid(), f"put this between the marks ```mermaid and ``` of docs/inspection.md:\n{mermaid()}"


def test_every_stage_and_every_way_is_in_the_diagram() -> None:
    drawn = mermaid()
    for stage in Stage:
        assert f" as {stage.name}\n" in drawn
    ways = sum(len(events) for events in NEXT.values())
    shared = 3 * len(OPEN)  # parked and abandoned are drawn once from the frame; details entered leads nowhere else
    entries = 1 + 2 + 1 + 2  # the beginning, parked and abandoned, resumed, two ends
    assert drawn.count(" --> ") == ways - shared + entries
