# SPDX-License-Identifier: Apache-2.0
"""Every character finds its column, whatever was invented or lost between."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from station.optical.alignment import align
from station.optical.tesseract import Symbol

TEXT = "P<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<"
PITCH = 24.0
PLACES = [36 + PITCH * column for column in range(len(TEXT))]


def symbols(text: str = TEXT, *, off: float = 0.0) -> list[Symbol]:
    return [
        Symbol(character, round(place + off - 9), round(place + off + 9), {character: 0.94})
        for character, place in zip(text, PLACES, strict=False)
    ]


def aligned(found: list[Symbol]) -> str:
    return "".join(symbol.character if symbol else "?" for symbol in align(found, PLACES, PITCH))


@given(st.floats(-9, 9))
def test_characters_a_little_off_keep_their_columns(off: float) -> None:
    assert aligned(symbols(off=off)) == TEXT


@given(lost=st.sets(st.integers(0, len(TEXT) - 1), max_size=4))
def test_a_lost_character_leaves_its_column_empty(lost: set[int]) -> None:
    found = [symbol for column, symbol in enumerate(symbols()) if column not in lost]
    assert aligned(found) == "".join("?" if column in lost else c for column, c in enumerate(TEXT))


@given(st.integers(0, len(TEXT) - 1))
def test_an_invented_character_finds_no_column(column: int) -> None:
    found = symbols()
    extra = Symbol("K", round(PLACES[column] + 3), round(PLACES[column] + 21), {"K": 0.3})
    assert aligned([*found[: column + 1], extra, *found[column + 1 :]]) == TEXT


def test_nothing_seen_is_nothing_read() -> None:
    assert aligned([]) == "?" * len(TEXT)
