# SPDX-License-Identifier: Apache-2.0
"""Two sheets are typed word by word, by four letters each, with a way back."""

from __future__ import annotations

import pytest

from station.access.recovery import WordList, new_set
from station.ports.backup import SHARE_WORDS
from storage.keys.recovery import Slip39Shares
from ui.host import SystemRandomness
from ui.presenters.sheet_typing import SheetTyping

PAPER = Slip39Shares(SystemRandomness())
MADE = new_set(PAPER)
FIRST, SECOND = MADE.shares[0].words(), MADE.shares[2].words()


@pytest.fixture
def typing() -> SheetTyping:
    return SheetTyping(WordList(PAPER.vocabulary()))


def complete(typing: SheetTyping) -> bool:
    """Asked anew each time."""
    return typing.view.complete


def complaint(typing: SheetTyping) -> str:
    """What is said of the word in the field."""
    return "" if typing.view.wrong is None else typing.view.wrong.in_english()


def at(typing: SheetTyping) -> tuple[int, int]:
    """Sheet and place."""
    return typing.view.sheet, typing.view.place


def test_four_letters_of_each_word_are_enough(typing: SheetTyping) -> None:
    for word in (*FIRST, *SECOND):
        assert not complete(typing)
        assert typing.take(word[:4])
    assert complete(typing)
    assert typing.sheets == (FIRST, SECOND)
    assert typing.view.done == 2 * SHARE_WORDS


def test_a_whole_sheet_may_come_in_one_line(typing: SheetTyping) -> None:
    assert typing.take(" ".join(FIRST))
    assert at(typing) == (2, 1)
    assert typing.take(" ".join(f"{place}. {word}" for place, word in enumerate(SECOND, start=1)) + " acid")
    assert typing.sheets == (FIRST, SECOND)


def test_what_is_no_word_is_not_taken_and_said(typing: SheetTyping) -> None:
    assert not typing.take("kangaroo")
    assert complaint(typing)
    assert at(typing) == (1, 1)
    typing.suggest("aca")
    assert typing.view.matches == ("academic",)
    assert not complaint(typing)
    assert not typing.take("a")


def test_backspace_types_the_word_before_again_and_goes_on_where_it_was(typing: SheetTyping) -> None:
    typing.take(" ".join(FIRST[:5]))
    typing.back()
    assert typing.view.correcting
    assert typing.view.place == 5
    typing.back()
    typing.take("academic")
    assert typing.view.place == 6
    assert typing.sheets[0][3] == "academic"
    assert typing.sheets[0][4] == FIRST[4]


def test_back_at_the_beginning_stays_there_and_goes_over_sheets(typing: SheetTyping) -> None:
    typing.back()
    assert (typing.view.sheet, typing.view.place, typing.view.correcting) == (1, 1, False)
    typing.take(" ".join(FIRST))
    typing.back()
    assert at(typing) == (1, SHARE_WORDS)


def test_a_word_that_does_not_fit_is_typed_again_when_all_is_typed(typing: SheetTyping) -> None:
    typing.take(" ".join((*FIRST, *SECOND)))
    typing.go_to(1, 17)
    assert not complete(typing)
    typing.take(FIRST[16])
    assert complete(typing)
    assert typing.sheets == (FIRST, SECOND)


def test_nothing_typed_is_shown_or_kept(typing: SheetTyping) -> None:
    typing.take(" ".join(FIRST))
    assert FIRST[1] not in repr(typing.view)
    typing.clear()
    assert typing.sheets == ()
