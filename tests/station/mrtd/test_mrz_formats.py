# SPDX-License-Identifier: Apache-2.0
"""The layout tables."""

from __future__ import annotations

import pytest

from station.mrtd.mrz_formats import (
    Alphabet,
    MrzFieldName,
    MrzFormat,
    allowed_characters,
    field_at,
    layout,
)


@pytest.mark.parametrize("fmt", MrzFormat)
def test_the_fields_of_a_layout_cover_every_position_once(fmt: MrzFormat) -> None:
    places = [(span.line, column) for span in layout(fmt).fields.values() for column in range(span.start, span.end)]
    assert sorted(places) == [(line, column) for line in range(fmt.rows) for column in range(fmt.columns)]


@pytest.mark.parametrize(
    ("fmt", "rows", "columns"),
    [
        (MrzFormat.TD1, 3, 30),
        (MrzFormat.TD2, 2, 36),
        (MrzFormat.TD3, 2, 44),
        (MrzFormat.MRV_A, 2, 44),
        (MrzFormat.MRV_B, 2, 36),
    ],
)
def test_a_layout_has_the_size_of_the_standard(fmt: MrzFormat, rows: int, columns: int) -> None:
    assert (fmt.rows, fmt.columns) == (rows, columns)


@pytest.mark.parametrize(
    ("fmt", "line", "column", "alphabet"),
    [
        (MrzFormat.TD3, 0, 0, Alphabet.LETTER),
        (MrzFormat.TD3, 0, 1, Alphabet.ANY),
        (MrzFormat.TD3, 0, 2, Alphabet.LETTER_OR_FILLER),
        (MrzFormat.TD3, 0, 43, Alphabet.LETTER_OR_FILLER),
        (MrzFormat.TD3, 1, 9, Alphabet.DIGIT),
        (MrzFormat.TD2, 1, 9, Alphabet.DIGIT_OR_FILLER),
        (MrzFormat.TD1, 0, 14, Alphabet.DIGIT_OR_FILLER),
        (MrzFormat.MRV_A, 1, 9, Alphabet.DIGIT),
        (MrzFormat.TD3, 1, 13, Alphabet.DIGIT_OR_FILLER),
        (MrzFormat.TD3, 1, 20, Alphabet.SEX),
        (MrzFormat.TD1, 1, 7, Alphabet.SEX),
        (MrzFormat.TD3, 1, 42, Alphabet.DIGIT_OR_FILLER),
        (MrzFormat.TD3, 1, 43, Alphabet.DIGIT),
        (MrzFormat.MRV_A, 1, 43, Alphabet.ANY),
    ],
)
def test_a_position_allows_what_the_standard_prints_there(
    fmt: MrzFormat, line: int, column: int, alphabet: Alphabet
) -> None:
    assert allowed_characters(fmt, line, column) == alphabet.value


@pytest.mark.parametrize(("line", "column"), [(-1, 0), (2, 0), (0, -1), (0, 44)])
def test_a_position_outside_the_layout_is_an_index_error(line: int, column: int) -> None:
    with pytest.raises(IndexError):
        allowed_characters(MrzFormat.TD3, line, column)
    with pytest.raises(IndexError):
        field_at(MrzFormat.TD3, line, column)


def test_a_position_knows_its_field() -> None:
    assert field_at(MrzFormat.TD1, 2, 29) is MrzFieldName.NAME
    assert field_at(MrzFormat.TD3, 1, 43) is MrzFieldName.COMPOSITE_CHECK


@pytest.mark.parametrize(
    ("fmt", "ranges"),
    [
        # Doc 9303-5, -6 and -4, 4.2.4: line, first and last position, counted from 1 as the standard does.
        (MrzFormat.TD1, [(1, 6, 30), (2, 1, 7), (2, 9, 15), (2, 19, 29)]),
        (MrzFormat.TD2, [(2, 1, 10), (2, 14, 20), (2, 22, 35)]),
        (MrzFormat.TD3, [(2, 1, 10), (2, 14, 20), (2, 22, 43)]),
    ],
)
def test_the_composite_covers_what_the_standard_lists(fmt: MrzFormat, ranges: list[tuple[int, int, int]]) -> None:
    assert [(span.line + 1, span.start + 1, span.end) for span in layout(fmt).composite] == ranges


def test_visas_have_no_composite_check_digit() -> None:
    assert layout(MrzFormat.MRV_A).composite == layout(MrzFormat.MRV_B).composite == ()
