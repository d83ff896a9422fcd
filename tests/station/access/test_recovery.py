# SPDX-License-Identifier: Apache-2.0
"""Recovery sheets before they are typed: how words are completed, and which are asked back."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from station.access.recovery import (
    HOLDER_TITLES,
    HOLDERS,
    WordList,
    answered,
    asked_back,
    new_set,
    recovery_mark,
    recovery_recipient,
)
from station.domain.errors import StoreDamaged
from station.domain.secrets import Secret
from station.ports.backup import SHARE_WORDS, SHARES, PaperShare
from storage.keys.recovery import Slip39Shares
from ui.host import SystemRandomness

SHARING = Slip39Shares(SystemRandomness())
WORDS = WordList(SHARING.vocabulary())


def test_every_sheet_has_a_holder_with_a_title() -> None:
    assert len(HOLDERS) == SHARES
    assert set(HOLDER_TITLES) == set(HOLDERS)


@pytest.mark.parametrize("word", SHARING.vocabulary()[::37])
def test_four_letters_are_enough(word: str) -> None:
    assert WORDS.completed(word[:4]) == word
    assert WORDS.completed(word.upper()) == word
    assert WORDS.completed(word + "x") is None


def test_what_is_not_clear_is_not_completed() -> None:
    assert WORDS.completed("a") is None
    assert WORDS.completed("") is None
    assert WORDS.completed("acadxyz") is None
    assert WORDS.matching("aca") == ("academic",)
    assert len(WORDS.matching("a")) == 5
    assert WORDS.matching("") == ()


def test_a_whole_sheet_may_be_typed_with_its_numbers() -> None:
    assert WORDS.split("1 acad  2. acid,\n3) acne kangaroo") == ("academic", "acid", "acne", "kangaroo")


def test_a_new_set_is_tried_before_it_is_shown() -> None:
    made = new_set(SHARING)
    assert made.mark == made.shares[0].set_mark
    assert made.recipient.startswith("age1")
    assert made.settings()["recovery.mark"] == made.mark.encode()
    made.forget()
    assert made.master.reveal() == b""


def test_a_set_that_does_not_give_the_secret_back_is_never_shown() -> None:
    class Forgetful(Slip39Shares):
        def split(self, master: Secret) -> tuple[PaperShare, ...]:
            return super().split(Secret(bytes(32)))

    with pytest.raises(RuntimeError, match="do not give the secret back"):
        new_set(Forgetful(SystemRandomness()), Secret(bytes([1]) * 32))


@given(st.binary(min_size=5, max_size=5))
def test_one_word_of_each_of_two_sheets_is_asked_back(random: bytes) -> None:
    shares = SET.shares
    first, second = asked_back(random, shares)
    assert first.sheet != second.sheet
    for asked in (first, second):
        assert 1 <= asked.sheet <= SHARES
        assert 4 <= asked.place <= SHARE_WORDS
        right = shares[asked.sheet - 1].words()[asked.place - 1]
        assert answered(asked, shares, right[:4], WORDS)
        wrong = "academic" if right != "academic" else "acid"
        assert not answered(asked, shares, wrong, WORDS)


SET = new_set(SHARING)


def test_only_words_are_asked_back_that_are_not_the_same_on_every_sheet() -> None:
    sheets = [share.words() for share in SET.shares]
    same = [place for place, words in enumerate(zip(*sheets, strict=True), start=1) if len(set(words)) == 1]
    assert same[:3] == [1, 2, 3], "what the format puts first"
    places = {
        asked.place
        for number in range(SHARE_WORDS * 2)
        for asked in asked_back(bytes([0, 0, number, 0, number]), SET.shares)
    }
    assert places == set(range(4, SHARE_WORDS + 1)), "and each of the others is asked some time"


def test_every_pair_of_sheets_is_asked_some_time() -> None:
    asked = {tuple(one.sheet for one in asked_back(bytes([number, 0, 0, 0, 0]), SET.shares)) for number in range(3)}
    assert asked == {(1, 2), (1, 3), (2, 3)}


class Kept:
    def __init__(self, value: bytes | None) -> None:
        self._value = value

    def get(self, name: str) -> bytes | None:
        assert name.startswith("recovery.")
        return self._value

    def put(self, name: str, value: bytes) -> None:
        raise AssertionError


def test_what_the_store_keeps_is_read_or_refused() -> None:
    assert recovery_recipient(Kept(None)) is None
    assert recovery_mark(Kept(b"1A2B")) == "1A2B"
    with pytest.raises(StoreDamaged):
        recovery_recipient(Kept(b"\xff"))
