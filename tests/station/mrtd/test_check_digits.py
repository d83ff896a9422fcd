# SPDX-License-Identifier: Apache-2.0
"""The 7-3-1 check digit and what it cannot see."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from station.mrtd.check_digits import (
    BLIND_CLASSES,
    MRZ_CHARACTERS,
    character_value,
    check_digit,
    is_blind_pair,
)

mrz_text = st.text(alphabet=sorted(MRZ_CHARACTERS), min_size=1, max_size=60)


@pytest.mark.parametrize(
    ("text", "digit"),
    [
        ("520727", 3),  # Doc 9303-3, Appendix A, example 1
        ("AB2134<<<", 5),  # example 2
        ("HA672242<658022549601086<<<<<<<<<<<<<<0", 8),  # example 3: TD3
        ("D231458907<<<<<<<<<<<<<<<34071279507122<<<<<<<<<<<", 2),  # example 4: TD1
        ("HA672242<658022549601086<<<<<<<", 8),  # example 5: TD2
        ("", 0),
        ("<<<<<<", 0),
    ],
)
def test_the_worked_examples_of_the_standard_come_out(text: str, digit: int) -> None:
    assert check_digit(text) == digit


@given(mrz_text)
def test_the_fast_sum_equals_the_rule_as_it_is_written(text: str) -> None:
    weights = (7, 3, 1)
    assert check_digit(text) == sum(character_value(c) * weights[i % 3] for i, c in enumerate(text)) % 10


@pytest.mark.parametrize("text", ["a", "Ä", "7 4", "٣", "\ud800", "12-3", "１"])
def test_characters_without_a_value_are_refused(text: str) -> None:
    with pytest.raises(ValueError):
        check_digit(text)


@pytest.mark.parametrize("character", ["", "AA", "a", " "])
def test_only_the_37_characters_have_a_value(character: str) -> None:
    with pytest.raises(ValueError):
        character_value(character)


def test_the_blind_classes_are_the_ten_that_were_measured() -> None:
    assert ["".join(sorted(c)) for c in BLIND_CLASSES] == [
        "0<AKU",
        "1BLV",
        "2CMW",
        "3DNX",
        "4EOY",
        "5FPZ",
        "6GQ",
        "7HR",
        "8IS",
        "9JT",
    ]


def test_104_of_the_1332_single_substitutions_are_blind() -> None:
    pairs = [(a, b) for a in MRZ_CHARACTERS for b in MRZ_CHARACTERS if a != b]
    assert len(pairs) == 1332
    assert sum(is_blind_pair(a, b) for a, b in pairs) == 104


def test_neither_a_character_and_itself_nor_a_foreign_one_is_a_pair() -> None:
    assert not is_blind_pair("0", "0")
    assert not is_blind_pair("0", "o")
    assert not is_blind_pair("o", "0")


@given(mrz_text, st.data())
def test_a_substitution_goes_unseen_exactly_when_the_pair_is_blind(text: str, data: st.DataObject) -> None:
    place = data.draw(st.integers(0, len(text) - 1))
    other = data.draw(st.sampled_from(sorted(MRZ_CHARACTERS - {text[place]})))
    changed = text[:place] + other + text[place + 1 :]
    assert (check_digit(changed) == check_digit(text)) == is_blind_pair(text[place], other)
