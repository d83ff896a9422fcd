# SPDX-License-Identifier: Apache-2.0
"""Guessing at the keyboard becomes slow, and honest people are never locked out for long."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from station.domain.errors import SignInRefused
from storage.keys.wrong_tries import FREE_TRIES, LONGEST_WAIT, WrongTries, count_of, wait_after
from tests.open_station import StandingClock

IRINA = count_of("irina", ["Irina", "omar"])
OMAR = count_of("omar", ["Irina", "omar"])


@pytest.fixture
def clock() -> StandingClock:
    return StandingClock()


@pytest.fixture
def tries(tmp_path: Path, clock: StandingClock) -> WrongTries:
    return WrongTries(tmp_path, clock)


def test_the_first_wrong_tries_cost_no_wait(tries: WrongTries) -> None:
    for _ in range(FREE_TRIES - 1):
        tries.add(IRINA)
        tries.refuse_while_waiting(IRINA)


def test_the_next_one_waits_also_after_a_restart_and_then_may_try(
    tries: WrongTries, clock: StandingClock, tmp_path: Path
) -> None:
    for _ in range(FREE_TRIES):
        tries.add(IRINA)
    with pytest.raises(SignInRefused) as refused:
        WrongTries(tmp_path, clock).refuse_while_waiting(IRINA)
    assert refused.value.cause.in_english() == "There were 5 wrong tries to sign in."
    assert refused.value.next_step.in_english() == "Wait 3 seconds, then try again."
    clock.at += timedelta(seconds=wait_after(FREE_TRIES))
    tries.refuse_while_waiting(IRINA)


def test_the_wait_doubles_up_to_its_limit() -> None:
    waits = [wait_after(count) for count in range(FREE_TRIES, FREE_TRIES + 8)]
    assert waits == [4, 8, 16, 32, 60, 60, 60, 60]
    assert wait_after(10**6) == LONGEST_WAIT


def test_a_clock_set_back_waits_once_more_and_not_until_it_catches_up(tries: WrongTries, clock: StandingClock) -> None:
    for _ in range(FREE_TRIES):
        tries.add(IRINA)
    clock.at -= timedelta(days=365)
    with pytest.raises(SignInRefused):
        tries.refuse_while_waiting(IRINA)
    clock.at += timedelta(seconds=wait_after(FREE_TRIES))
    tries.refuse_while_waiting(IRINA)


def test_what_is_noted_is_owed_no_more_and_still_makes_wait(tries: WrongTries) -> None:
    for _ in range(FREE_TRIES):
        tries.add(IRINA)
    tries.add(OMAR)
    assert tries.owed() == FREE_TRIES + 1
    tries.noted(FREE_TRIES)
    assert tries.owed() == 1
    with pytest.raises(SignInRefused):
        tries.refuse_while_waiting(IRINA)
    tries.refuse_while_waiting(OMAR)


def test_a_name_is_the_same_however_it_is_written_and_all_others_share_few_counts() -> None:
    assert count_of("IRINA ", ["irina"]) == count_of("irina", ["Irina"]) != count_of("irina", [])
    assert len({count_of(f"name {number}", ["irina"]) for number in range(2000)}) == 64
    assert count_of("\ud800", ["irina"]).startswith("nobody")


@pytest.mark.parametrize(
    "data",
    [b"", b"[" * 1000, b'{"count": -1, "last_at": "2026-01-01T00:00:00Z"}',
     b'{"count": 9, "last_at": "2026-01-01T00:00:00"}',
     b'{"count": 1e400}', b"\xff", b" " * 5000],
)  # fmt: skip
def test_a_file_that_cannot_be_read_counts_as_none(tries: WrongTries, tmp_path: Path, data: bytes) -> None:
    (tmp_path / "wrong_tries.json").write_bytes(data)
    tries.refuse_while_waiting(IRINA)
    tries.add(IRINA)
    assert tries.owed() == 1


def test_a_disk_that_cannot_be_written_does_not_hide_the_wrong_password(tries: WrongTries, tmp_path: Path) -> None:
    (tmp_path / "wrong_tries.json.new").mkdir()
    tries.add(IRINA)
    assert tries.owed() == 0


def test_the_right_password_ends_the_wait_of_its_name_only_and_all_still_go_on_the_trail(
    tries: WrongTries, tmp_path: Path
) -> None:
    for whose in (IRINA, OMAR):
        for _ in range(FREE_TRIES - 1):
            tries.add(whose)
    assert tries.judge(IRINA, lambda: "right") == "right"
    tries.add(IRINA)
    tries.refuse_while_waiting(IRINA)
    tries.add(OMAR)
    with pytest.raises(SignInRefused):
        tries.judge(OMAR, lambda: pytest.fail("it was not to be tried"))
    assert tries.owed() == 2 * FREE_TRIES
    assert b"rina" not in (tmp_path / "wrong_tries.json").read_bytes()


def test_nothing_stays_when_nothing_is_owed_and_nobody_waits(tries: WrongTries, tmp_path: Path) -> None:
    tries.add(IRINA)
    tries.judge(IRINA, lambda: None)
    tries.noted(tries.owed())
    assert not (tmp_path / "wrong_tries.json").exists()
