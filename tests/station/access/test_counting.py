# SPDX-License-Identifier: Apache-2.0
"""What a store and a counter say of each other, and what is written down before the counter is raised."""

from __future__ import annotations

import itertools
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from station.access import checkpoint_text
from station.access.checkpoint_text import Checkpoint, CheckpointReason, Count, CountState, NotACheckpoint
from station.access.counting import CounterMemory, Seen, Unanswered, accepted, after, counter_findings
from station.ports.anchors import AnchorKind, CounterView
from station.ports.storage import StoreName
from tests.counters import SILENT

OURS, THEIRS = "ab" * 32, "cd" * 32
KNOWN = CounterMemory(identity=OURS, value=7, intent=8)
MISSED = Unanswered(SILENT)


def kinds(memory: CounterMemory, seen: Seen) -> list[AnchorKind]:
    return [finding.kind for finding in counter_findings(memory, seen)]


@pytest.mark.parametrize(
    ("memory", "seen", "expected"),
    [
        (CounterMemory(), None, []),
        (CounterMemory(), CounterView(OURS, None), []),  # a new one, to be taken up
        (CounterMemory(), CounterView(OURS, 1), [AnchorKind.COUNTER_UNKNOWN]),
        (CounterMemory(), MISSED, [AnchorKind.COUNTER_SILENT]),
        (CounterMemory(identity=OURS), CounterView(OURS, None), []),  # a kill before its first value
        (CounterMemory(identity=OURS), CounterView(OURS, 40), []),  # a kill after it
        (KNOWN, CounterView(OURS, 6), [AnchorKind.COUNTER_OTHER]),  # no TPM counts down
        (KNOWN, CounterView(OURS, 7), []),
        (KNOWN, CounterView(OURS, 8), []),  # a kill after the raising
        (KNOWN, CounterView(OURS, 9), [AnchorKind.COUNTER_AHEAD]),
        (KNOWN, CounterView(OURS, None), [AnchorKind.COUNTER_OTHER]),
        (KNOWN, CounterView(THEIRS, 8), [AnchorKind.COUNTER_OTHER]),
        (KNOWN, MISSED, [AnchorKind.COUNTER_SILENT]),
        (KNOWN, None, [AnchorKind.COUNTER_SILENT]),
        (CounterMemory(anew=True), CounterView(OURS, 9), []),  # restored, on any computer
        (CounterMemory(anew=True), None, []),
        (CounterMemory(anew=True), MISSED, [AnchorKind.COUNTER_SILENT]),
    ],
)
def test_what_does_not_fit_is_named(memory: CounterMemory, seen: Seen, expected: list[AnchorKind]) -> None:
    assert kinds(memory, seen) == expected


def test_an_older_store_is_closed_and_a_broken_tpm_strands_nobody() -> None:
    closing = {
        finding.kind
        for memory, seen in itertools.product(
            (CounterMemory(), KNOWN), (None, MISSED, CounterView(OURS, 9), CounterView(THEIRS, 1))
        )
        for finding in counter_findings(memory, seen)
        if finding.closes
    }
    assert closing == {AnchorKind.COUNTER_AHEAD, AnchorKind.COUNTER_UNKNOWN}


@pytest.mark.parametrize("seen", [None, MISSED])
def test_what_two_people_accepted_is_not_told_again_until_the_counter_answers(seen: Seen) -> None:
    memory = accepted(KNOWN, seen)
    assert kinds(memory, seen) == []
    assert kinds(memory, CounterView(OURS, 8)) == []
    assert kinds(memory, CounterView(OURS, 9)) == [AnchorKind.COUNTER_AHEAD]
    raised = after(memory, Count(value=8, state=CountState.RAISED, counter=OURS[:16]))
    assert kinds(raised, seen) == [AnchorKind.COUNTER_SILENT]


@pytest.mark.parametrize("view", [CounterView(OURS, 31), CounterView(THEIRS, 2), CounterView(THEIRS, None)])
def test_accepting_goes_on_from_where_the_counter_stands(view: CounterView) -> None:
    memory = accepted(KNOWN, view)
    assert kinds(memory, view) == []
    if view.value is not None:
        assert kinds(memory, CounterView(view.identity, view.value + 1)) == [AnchorKind.COUNTER_AHEAD]


@given(st.lists(st.sampled_from(["whole", "before", "after", "told"]), min_size=1, max_size=30))
def test_no_kill_looks_like_fraud_and_each_older_copy_does(runs: list[str]) -> None:
    """``before`` and ``after`` the raising a kill ends the checkpoint; ``told``: the opening looks, nothing more."""
    memory, counter = KNOWN, 7
    copies: list[tuple[CounterMemory, int]] = []  # what a thief has, and how far the counter was told then
    for run in runs:
        assert kinds(memory, CounterView(OURS, counter)) == []
        if run == "told":
            continue
        copies.append((memory, counter))
        intent = max(counter, memory.intent) + 1
        memory = CounterMemory(identity=OURS, value=memory.value, intent=intent)
        copies.append((memory, counter))
        if run == "before":
            continue
        counter = intent
        if run == "after":
            continue
        memory = after(memory, Count(value=counter, state=CountState.RAISED, counter=OURS[:16]))
        copies.append((memory, counter))
    for copy, _ in copies:
        found = kinds(copy, CounterView(OURS, counter))
        # Unseen are only copies that know of the newest value: none is from before the last raising was announced.
        assert (found == []) == (copy.intent >= counter)


TEXT = Checkpoint(
    station="Harbour 1",
    store=StoreName.BORDER,
    size=12,
    head="0" * 64,
    at=datetime(2026, 11, 23, 1, 2, 3, tzinfo=UTC),
    generation=1,
    slots=2,
    number=3,
    reason=CheckpointReason.EXPORT,
)


@pytest.mark.parametrize("state", CountState)
def test_a_checkpoint_carries_the_counter_in_a_ninth_line(state: CountState) -> None:
    count = Count(value=2**64 - 1, state=state, counter="0123456789abcdef")
    with_count = Checkpoint(**{name: getattr(TEXT, name) for name in TEXT.__slots__ if name != "count"}, count=count)
    text = checkpoint_text.written(with_count)
    assert text.splitlines()[8:] == [f"counter {2**64 - 1} {state.value} 0123456789abcdef"]
    assert text.splitlines()[:8] == checkpoint_text.written(TEXT).splitlines()
    assert checkpoint_text.read(text) == with_count


@pytest.mark.parametrize(
    "line", ["counter 0 raised 0123456789abcdef", "counter 1 lost 0123456789abcdef", "counter 1 raised 01", "counter"]
)
def test_another_ninth_line_is_no_checkpoint(line: str) -> None:
    with pytest.raises(NotACheckpoint):
        checkpoint_text.read(checkpoint_text.written(TEXT) + line + "\n")
