# SPDX-License-Identifier: Apache-2.0
"""Walking side by side finds what holding everything in memory would find, in whatever order things come."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from station.access.side_by_side import SideBySide

KEYS = st.integers(0, 12)
HASHES = st.sampled_from("ab")


def all_at_once(said: dict[int, str], erased: set[int], now: dict[int, str]) -> tuple[set[int], set[int], set[int]]:
    """Unknown, changed and missing keys."""
    standing = {key: hash_ for key, hash_ in said.items() if key not in erased}
    unknown = {key for key in now if key not in standing}
    changed = {key for key in now if key in standing and standing[key] != now[key]}
    return unknown, changed, {key for key in standing if key not in now}


@given(
    st.lists(st.tuples(KEYS, HASHES), unique_by=lambda one: one[0]),
    st.sets(KEYS),
    st.lists(st.tuples(KEYS, HASHES), unique_by=lambda one: one[0]),
)
def test_it_finds_what_a_comparison_of_everything_finds(
    said: list[tuple[int, str]], erased: set[int], now: list[tuple[int, str]]
) -> None:
    erased &= {key for key, _ in said}
    walk = SideBySide(now)
    for sequence, (key, hash_) in enumerate(said, start=1):
        walk.vouched(key, sequence, hash_)
    for key in erased:
        walk.forget(key)
    unknown = {*walk.back, *walk.unknown()}
    changed = {key for _, key in walk.changed} - erased
    missing = {key for _, key in walk.missing()}
    assert (unknown, changed, missing) == all_at_once(dict(said), erased, dict(now))
    assert all(said[sequence - 1][0] == key for sequence, key in (*walk.changed, *walk.missing()))


def test_what_comes_in_the_same_order_is_not_remembered() -> None:
    walk = SideBySide((number, "a") for number in range(1000))
    for number in range(1000):
        walk.vouched(number, number + 1, "a")
        assert not walk._waiting
    assert not [*walk.unknown(), *walk.missing(), *walk.changed, *walk.back]
