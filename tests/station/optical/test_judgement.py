# SPDX-License-Identifier: Apache-2.0
"""The rules change nothing silently, and call nothing read that is in doubt."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from station.mrtd.check_digits import MRZ_CHARACTERS
from station.mrtd.mrz_formats import MrzFormat
from station.optical.judgement import Cell, Judgement, judge
from station.optical.reasons import REASONS, Reason
from station.ports.recognition import ReadStatus
from tests.station.optical.drawn import MRV_A, MRV_B, TD1, TD2, TD3

TODAY = date(2026, 1, 1)
Changes = Mapping[tuple[int, int], Cell]


def judged(lines: tuple[str, ...], changes: Changes | None = None) -> Judgement:
    cells = [[Cell({c: 0.94}, {c: 0.93}) for c in line] for line in lines]
    for (line, column), cell in (changes or {}).items():
        cells[line][column] = cell
    return judge(cells, today=TODAY)


def reasons(judgement: Judgement) -> dict[tuple[int, int], str]:
    return {(doubt.line, doubt.column): doubt.reason.source for doubt in judgement.doubts}


@pytest.mark.parametrize(
    ("lines", "fmt"),
    [
        (TD1, MrzFormat.TD1),
        (TD2, MrzFormat.TD2),
        (TD3, MrzFormat.TD3),
        (MRV_A, MrzFormat.MRV_A),
        (MRV_B, MrzFormat.MRV_B),
    ],
)
def test_a_clear_zone_is_read_as_it_stands(lines: tuple[str, ...], fmt: MrzFormat) -> None:
    judgement = judged(lines)
    assert (judgement.status, judgement.format, judgement.lines) == (ReadStatus.READ, fmt, lines)
    assert not judgement.doubts
    assert not judgement.corrected


@pytest.mark.parametrize(
    ("cell", "reason"),
    [
        (Cell({"E": 0.5}, {"E": 0.6}), Reason.FAINT),
        (Cell({"E": 0.93, "F": 0.2}, {"E": 0.93}), Reason.FAINT),
        (Cell({"E": 0.93}, {"F": 0.93}), Reason.DISPUTED),
        (Cell({"E": 0.93, "O": 0.06}, {"E": 0.93}), Reason.BLIND),  # E and O are one class of 7-3-1
        (Cell({}, {}), Reason.UNSEEN),
    ],
)
def test_what_is_not_firm_is_a_doubt_with_its_reason(cell: Cell, reason: Reason) -> None:
    judgement = judged(TD3, {(0, 5): cell})
    assert judgement.status is ReadStatus.DOUBT
    assert reasons(judgement) == {(0, 5): REASONS[reason].source}


def test_alternatives_stand_most_likely_first() -> None:
    judgement = judged(TD3, {(0, 5): Cell({"E": 0.6, "F": 0.3, "B": 0.1}, {"E": 0.6, "F": 0.2})})
    assert judgement.doubts[0].alternatives == ("F", "B")


def test_the_layout_replaces_and_says_so() -> None:
    judgement = judged(TD3, {(1, 15): Cell({"O": 0.93}, {"O": 0.93})})  # a digit of the birth date is 0
    assert judgement.lines == (TD3[0], TD3[1][:15] + "0" + TD3[1][16:])
    assert judgement.raw_lines[1][15] == "O"
    assert [(c.line, c.column, c.seen, c.suggested) for c in judgement.corrected] == [(1, 15, "O", "0")]
    assert judgement.status is ReadStatus.DOUBT


def test_a_character_that_nothing_can_replace_stays_as_seen() -> None:
    judgement = judged(TD3, {(1, 15): Cell({"W": 0.93}, {"W": 0.93})})
    assert judgement.lines[1][15] == "W"
    assert reasons(judgement)[1, 15] == REASONS[Reason.OUT_OF_PLACE].source


def test_a_change_that_would_fit_is_offered_and_not_made() -> None:
    # L898902C3 read as L8989O2C3: O and 0 are not blind to the check digit, and the place allows both.
    seen = Cell({"O": 0.93, "0": 0.03}, {"O": 0.93})
    judgement = judged(TD3, {(1, 5): seen})
    assert judgement.lines[1][5] == "O"
    assert judgement.status is ReadStatus.DOUBT
    offers = {(c.line, c.column, c.suggested) for c in judgement.corrected}
    alternatives = {doubt.column: doubt.alternatives for doubt in judgement.doubts}
    assert "0" in alternatives.get(5, ()) or (1, 5, "0") in offers


@given(
    place=st.tuples(st.integers(0, 1), st.integers(0, 43)),
    character=st.sampled_from(sorted(MRZ_CHARACTERS)),
    chance=st.floats(0.0, 1.0),
)
def test_a_wrong_character_is_read_only_when_both_readings_are_sure_of_it(
    place: tuple[int, int], character: str, chance: float
) -> None:
    line, column = place
    truth = TD3[line][column]
    judgement = judged(TD3, {place: Cell({character: chance, truth: 0.05}, {character: 0.93, truth: 0.05})})
    if judgement.status is ReadStatus.READ and judgement.lines != TD3:
        assert chance >= 0.77
    for change in judgement.corrected:
        assert change.seen != change.suggested
    assert [len(text) for text in judgement.lines] == [44, 44]
