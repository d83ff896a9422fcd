# SPDX-License-Identifier: Apache-2.0
"""Protocol T=0: the rest is fetched, a wrong Le corrected, and a chip that announces without end is given up."""

from __future__ import annotations

from collections.abc import Sequence

from hypothesis import given
from hypothesis import strategies as st

from devices.pcsc.t0 import converse


class Chip:
    """Answers in turn, and keeps what it was asked."""

    def __init__(self, *answers: str, code: int = 0) -> None:
        self.asked: list[str] = []
        self._answers: Sequence[str] = answers
        self._code = code

    def __call__(self, command: bytes) -> tuple[int, bytes]:
        self.asked.append(command.hex().upper())
        return self._code, bytes.fromhex(self._answers[min(len(self.asked), len(self._answers)) - 1])


def ask(chip: Chip, command: str) -> str:
    code, response = converse(chip, bytes.fromhex(command))
    assert code == 0
    return response.hex().upper()


def test_what_is_announced_is_fetched() -> None:
    chip = Chip("6103", "010203" + "9000")
    assert ask(chip, "00A4040C02ABCD") == "0102039000"
    assert chip.asked == ["00A4040C02ABCD", "00C0000003"]


def test_more_than_256_bytes_are_fetched_in_turns() -> None:
    chip = Chip("6100", "AA" * 256 + "6102", "BBBB" + "9000")
    assert ask(chip, "00B0000000") == "AA" * 256 + "BBBB" + "9000"
    assert chip.asked[1:] == ["00C0000000", "00C0000002"]


def test_a_wrong_length_is_corrected_once() -> None:
    chip = Chip("6C08", "0102030405060708" + "9000")
    assert ask(chip, "0084000000") == "01020304050607089000"
    assert chip.asked == ["0084000000", "0084000008"]
    assert ask(Chip("6C08", "6C09"), "0084000000") == "6C09"


def test_the_le_of_a_command_with_data_is_not_sent() -> None:
    chip = Chip("9000")
    ask(chip, "00A4040C02ABCD00")
    assert chip.asked == ["00A4040C02ABCD"]


def test_a_logical_channel_is_kept_while_fetching() -> None:
    chip = Chip("6101", "01" + "9000")
    ask(chip, "83CA000000")
    assert chip.asked[1] == "03C0000001"


def test_a_vendor_code_ends_it() -> None:
    chip = Chip("", code=0x80100016)
    assert converse(chip, bytes.fromhex("00B0000000")) == (0x80100016, b"")
    assert len(chip.asked) == 1


def test_a_chip_that_announces_for_ever_is_given_up() -> None:
    chip = Chip("6110")
    assert ask(chip, "00B0000000") == "6110"
    assert len(chip.asked) < 1000


@given(st.binary(min_size=4, max_size=300), st.lists(st.binary(max_size=8), min_size=1, max_size=6))
def test_it_ends_whatever_the_chip_says(command: bytes, answers: list[bytes]) -> None:
    code, response = converse(Chip(*(answer.hex() for answer in answers)), command)
    assert code == 0
    assert isinstance(response, bytes)
