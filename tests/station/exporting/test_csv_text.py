# SPDX-License-Identifier: Apache-2.0
"""No text of the station begins a formula in a table that leaves it.

LibreOffice is not on the machines where this runs: what a spreadsheet does with the file was not looked at. What is
proved is what the file holds, read back by a strict reader of RFC 4180.
"""

from __future__ import annotations

import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from station.exporting.csv_text import Cell, csv_text, plain

LEADS = ("=", "+", "-", "@", "\t", "\r", "\n")
TEXTS = st.text(max_size=40) | st.builds(
    lambda nul, lead, rest: nul + lead + rest,
    st.text("\0", max_size=3),
    st.sampled_from(LEADS),
    st.text(max_size=20) | st.sampled_from(['cmd|" /C calc"!A0', 'HYPERLINK("http://h","n")', "1+1", '","=1+1', "\0"]),
)


def read_back(text: str) -> list[list[str]]:
    return list(csv.reader(io.StringIO(text, newline=""), strict=True))


@given(st.lists(st.tuples(TEXTS, TEXTS, TEXTS), max_size=5), TEXTS)
def test_no_cell_begins_a_formula_and_no_value_becomes_two(rows: list[tuple[str, str, str]], name: str) -> None:
    cells = read_back(csv_text(("a", name, "c"), rows))
    assert len(cells) == len(rows) + 1
    for written, row in zip(cells, [("a", name, "c"), *rows], strict=True):
        assert len(written) == 3
        for cell, value in zip(written, row, strict=True):
            assert not cell.startswith(LEADS)
            assert "\0" not in cell
            assert cell.removeprefix("'") == value.replace("\0", "").removeprefix("'")


@pytest.mark.parametrize("lead", [*LEADS, "＝", "＋", "－", "＠"])
@pytest.mark.parametrize("hidden", ["", "\0", "\0\0"])
def test_each_lead_gets_an_apostrophe_and_a_plain_text_none(lead: str, hidden: str) -> None:
    assert plain(f"{hidden}{lead}1") == f"'{lead}1"
    assert plain(f"a{lead}1") == f"a{lead}1"


def test_every_cell_is_quoted_and_numbers_keep_their_sign() -> None:
    rows: list[tuple[Cell, Cell]] = [("two, three", -4), ('say "so"', 1.5)]
    assert csv_text(("a", "b"), rows) == '"a","b"\r\n"two, three","-4"\r\n"say ""so""","1.5"\r\n'


def test_a_row_that_does_not_fit_its_header_is_refused() -> None:
    with pytest.raises(ValueError, match="2 cells under a header of 1"):
        csv_text(("a",), [("b", "c")])
