# SPDX-License-Identifier: Apache-2.0
"""Recovery words: any two sheets of three bring the master secret back, and nothing else does."""

from __future__ import annotations

import itertools
import json
import os
import random
import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path

import pyrage
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from shamir_mnemonic import MnemonicError, combine_mnemonics, rs1024
from shamir_mnemonic.wordlist import WORD_INDEX_MAP, WORDLIST

from station.domain.errors import ShareRefused
from station.domain.secrets import Secret
from station.ports.backup import SHARE_WORDS, SHARES, PaperShare
from storage.keys.recovery import Slip39Shares
from ui.host import SystemRandomness

VECTORS = Path(__file__).resolve().parents[4] / "shared" / "vectors" / "recovery" / "slip39_vectors.json"
#: How many single wrong words are tried; 0 may be accepted.
WRONG_WORDS = int(os.environ.get("HBM_WRONG_WORDS", "3000"))

SHARING = Slip39Shares(SystemRandomness())
MASTER = Secret(bytes(range(32)))
SET = SHARING.split(MASTER)


def typed(share: PaperShare) -> list[str]:
    return list(share.words())


@pytest.mark.parametrize("pair", list(itertools.permutations(range(SHARES), 2)))
def test_any_two_sheets_in_any_order_bring_the_secret_back(pair: tuple[int, int]) -> None:
    shares = [SHARING.read(sheet, typed(SET[number])) for sheet, number in enumerate(pair, start=1)]
    assert SHARING.combine(shares).reveal() == MASTER.reveal()


def test_three_sheets_bring_it_back_too() -> None:
    assert SHARING.combine(SET).reveal() == MASTER.reveal()


def test_a_sheet_has_33_words_of_the_list_and_a_mark_of_its_set() -> None:
    assert [share.number for share in SET] == [1, 2, 3]
    assert {share.set_mark for share in SET} == {SET[0].set_mark}
    for share in SET:
        assert len(share.words()) == SHARE_WORDS
        assert set(share.words()) <= set(SHARING.vocabulary())


def test_four_letters_tell_each_of_the_1024_words() -> None:
    words = SHARING.vocabulary()
    assert len(words) == 1024
    assert len({word[:4] for word in words}) == 1024
    assert list(words) == sorted(words)


@given(st.binary(min_size=32, max_size=32))
@settings(max_examples=10, deadline=None)
def test_every_secret_survives_paper(master: bytes) -> None:
    first, _, third = SHARING.split(Secret(master))
    assert SHARING.combine([SHARING.read(1, typed(third)), SHARING.read(2, typed(first))]).reveal() == master


def test_no_single_wrong_word_is_accepted_and_each_is_located() -> None:
    drawn = random.Random(39)
    words = SHARING.vocabulary()
    for _ in range(WRONG_WORDS):
        share = typed(SET[drawn.randrange(SHARES)])
        place = drawn.randrange(SHARE_WORDS)
        share[place] = drawn.choice([word for word in words if word != share[place]])
        with pytest.raises(ShareRefused) as refused:
            SHARING.read(2, share)
        assert (refused.value.sheet, refused.value.word) == (2, place + 1)


def test_the_right_word_is_never_told() -> None:
    share = typed(SET[0])
    right, share[16] = share[16], next(word for word in SHARING.vocabulary() if word != share[16])
    with pytest.raises(ShareRefused) as refused:
        SHARING.read(1, share)
    assert right not in refused.value.cause.in_english() + refused.value.next_step.in_english()


@pytest.mark.parametrize("wrong", [2, 3, 7])
def test_several_wrong_words_are_never_accepted(wrong: int) -> None:
    drawn = random.Random(wrong)
    words = SHARING.vocabulary()
    for _ in range(100):
        share = typed(SET[0])
        for place in drawn.sample(range(SHARE_WORDS), wrong):
            share[place] = drawn.choice([word for word in words if word != share[place]])
        with pytest.raises(ShareRefused):
            SHARING.read(1, share)


def test_two_words_the_wrong_way_round_are_refused() -> None:
    share = typed(SET[0])
    place = next(place for place in range(SHARE_WORDS - 1) if share[place] != share[place + 1])
    share[place], share[place + 1] = share[place + 1], share[place]
    with pytest.raises(ShareRefused) as refused:
        SHARING.read(1, share)
    assert refused.value.sheet == 1


def test_a_word_that_is_not_in_the_list_is_named_by_its_place() -> None:
    share = typed(SET[0])
    share[4] = "kangaroo"
    with pytest.raises(ShareRefused, match="not a word of the list") as refused:
        SHARING.read(1, share)
    assert (refused.value.sheet, refused.value.word) == (1, 5)


@pytest.mark.parametrize("words", [[], ["academic"], typed(SET[0])[:-1], [*typed(SET[0]), "academic"]])
def test_a_sheet_of_another_length_is_refused(words: Sequence[str]) -> None:
    with pytest.raises(ShareRefused, match="needs"):
        SHARING.read(1, words)


def test_capitals_and_blanks_do_not_matter() -> None:
    assert SHARING.read(1, [f" {word.upper()} " for word in SET[0].words()]).number == 1


def test_one_sheet_alone_and_a_sheet_twice_bring_nothing_back() -> None:
    with pytest.raises(ShareRefused, match="alone"):
        SHARING.combine([SET[0]])
    with pytest.raises(ShareRefused, match="the same as") as refused:
        SHARING.combine([SET[1], SHARING.read(2, typed(SET[1]))])
    assert refused.value.sheet == 2


def test_sheets_of_two_sets_do_not_go_together() -> None:
    other = SHARING.split(MASTER)
    while other[0].set_mark == SET[0].set_mark:  # one time in 32,768
        other = SHARING.split(MASTER)
    with pytest.raises(ShareRefused, match="not of the same set"):
        SHARING.combine([SET[0], other[1]])


def test_two_sets_that_happen_to_have_one_mark_do_not_go_together_either() -> None:
    class OneMark:
        def bytes(self, count: int) -> bytes:
            return bytes(count)

    sharing = Slip39Shares(OneMark())
    one, other = sharing.split(MASTER), sharing.split(MASTER)
    assert one[0].set_mark == other[0].set_mark
    with pytest.raises(ShareRefused):
        sharing.combine([one[0], other[1]])


def test_the_words_never_stand_in_a_repr() -> None:
    assert not any(word in repr(SET) for word in SET[0].words() if len(word) > 6)


def test_a_secret_of_another_length_is_not_split() -> None:
    with pytest.raises(ValueError, match="32 bytes"):
        SHARING.split(Secret(bytes(16)))


def test_sheets_of_other_programs_are_refused() -> None:
    """The first official vector: a whole share, but one that needs no second."""
    if not VECTORS.exists():
        pytest.skip("the official vectors are not here")
    for name, mnemonics, secret, _ in json.loads(VECTORS.read_text()):
        if secret and "256 bits" in name and len(mnemonics[0].split()) == SHARE_WORDS:
            sheets = [mnemonic.split() for mnemonic in mnemonics]
            if "Extendable basic sharing 2-of-3" in name:
                assert all(SHARING.read(1, sheet).number <= SHARES for sheet in sheets)
            else:
                with pytest.raises(ShareRefused):
                    SHARING.read(1, sheets[0])


def test_a_sheet_that_fits_by_its_checksum_alone_is_refused() -> None:
    """Its padding is not zero: no program writes such a share, but anybody can compute its checksum."""
    numbers = [WORD_INDEX_MAP[word] for word in SET[0].words()]
    numbers[4] |= 512
    numbers[-3:] = rs1024.create_checksum(numbers[:-3], b"shamir_extendable")
    with pytest.raises(ShareRefused, match="no recovery sheet of a station"):
        SHARING.read(1, [WORDLIST[number] for number in numbers])


def test_the_library_gives_what_the_45_official_vectors_say() -> None:
    if not VECTORS.exists():
        pytest.skip("the official vectors are not here")
    vectors = json.loads(VECTORS.read_text())
    assert len(vectors) == 45
    for name, mnemonics, secret, _ in vectors:
        if secret:
            assert combine_mnemonics(mnemonics, b"TREZOR").hex() == secret, name
        else:
            with pytest.raises(MnemonicError):
                combine_mnemonics(mnemonics, b"TREZOR")


def test_the_identity_is_one_that_the_age_tool_takes() -> None:
    identity = SHARING.identity(MASTER)
    assert str(pyrage.x25519.Identity.from_str(identity.reveal().decode()).to_public()) == SHARING.recipient(MASTER)
    if shutil.which("age-keygen") is None:
        pytest.skip("age-keygen is not installed")
    told = subprocess.run(["age-keygen", "-y"], input=identity.reveal() + b"\n", capture_output=True, check=True)
    assert told.stdout.decode().strip() == SHARING.recipient(MASTER)


def test_the_identity_depends_on_nothing_but_the_master_secret() -> None:
    """Typed from a sheet in ten years, the words must open a backup of today."""
    expected = "age12lny7vdwue58nugum9e6mc299drnj030zefj642ek0zn889asvwqz8arqw"
    assert SHARING.recipient(MASTER) == expected
