# SPDX-License-Identifier: Apache-2.0
"""1,500 attacks on a trail: with anchors every one is found; the chain alone is the control and misses many."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from station.access.audit import Act, FindingKind, chain
from station.access.checkpoint_text import Checkpoint, CheckpointReason, NotACheckpoint, read, written
from station.access.trail_check import KnownHead, check_trail, read_anchors
from station.ports.anchors import MarksRead, SignedCheckpoint
from station.ports.storage import AuditEntry, StoreName

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
LENGTH = 120
ATTACKS = 1_500
SEED = 20261122

Trail = list[AuditEntry]


def follow(before: Trail, subject: str, *, act: str = Act.ENCOUNTER_RECORDED, **details: str) -> AuditEntry:
    last = before[-1] if before else None
    at = NOON + timedelta(seconds=len(before))
    return chain(last, at=at, by="officer-1", act=act, subject=subject, details=details or {"version": "1"})


def trail(length: int = LENGTH) -> Trail:
    entries: Trail = []
    for number in range(length):
        entries.append(follow(entries, f"e{number}"))
    return entries


def rechained(kept: Trail, rest: Trail) -> Trail:
    """What somebody writes who can compute hashes: ``rest`` made to follow ``kept``."""
    entries = list(kept)
    for entry in rest:
        last = entries[-1] if entries else None
        same = {"at": entry.at, "by": entry.by, "act": entry.act, "subject": entry.subject, "details": entry.details}
        entries.append(chain(last, **same))  # type: ignore[arg-type]  # one dictionary for all five
    return entries


def edit(draw: random.Random, entries: Trail) -> Trail:
    place = draw.randrange(len(entries))
    change = draw.choice([{"subject": "x"}, {"by": "nobody"}, {"act": "a.b"}, {"details": {"version": "2"}}])
    entries[place] = replace(entries[place], **change)  # type: ignore[arg-type]  # one of four fields
    return entries


def delete(draw: random.Random, entries: Trail) -> Trail:
    place = draw.randrange(len(entries) - 1)
    return entries[:place] + entries[place + draw.randint(1, min(5, len(entries) - place - 1)) :]


def insert(draw: random.Random, entries: Trail) -> Trail:
    place = draw.randrange(len(entries))
    return [*entries[:place], follow(entries[:place], "x"), *entries[place:]]


def swap(draw: random.Random, entries: Trail) -> Trail:
    one, other = draw.sample(range(len(entries)), 2)
    entries[one], entries[other] = entries[other], entries[one]
    return entries


def truncate(draw: random.Random, entries: Trail) -> Trail:
    return entries[: draw.randrange(len(entries))]


def edit_and_rechain(draw: random.Random, entries: Trail) -> Trail:
    place = draw.randrange(len(entries))
    return rechained(entries[:place], [replace(entries[place], subject="x"), *entries[place + 1 :]])


def delete_and_rechain(draw: random.Random, entries: Trail) -> Trail:
    place = draw.randrange(len(entries))
    return rechained(entries[:place], entries[place + 1 :])


def insert_and_rechain(draw: random.Random, entries: Trail) -> Trail:
    place = draw.randrange(len(entries))  # behind the newest entry it is no insertion: trails are added to
    return rechained(entries[:place], [follow(entries[:place], "x"), *entries[place:]])


KINDS: list[Callable[[random.Random, Trail], Trail]] = [
    edit, delete, insert, swap, truncate, edit_and_rechain, delete_and_rechain, insert_and_rechain,
]  # fmt: skip

#: What the chain alone cannot see: its answer is a whole chain again.
BEYOND_THE_CHAIN = {"truncate", "edit_and_rechain", "delete_and_rechain", "insert_and_rechain"}


def heads(entries: Trail, *, every: int) -> list[KnownHead]:
    """Checkpoints now and then, and a mark at the newest entry."""
    places = {*range(every, len(entries) + 1, every), len(entries)}
    return [KnownHead(entries[place - 1].sequence, entries[place - 1].hash, 1) for place in sorted(places)]


def test_every_attack_is_found_with_anchors_and_only_some_by_the_chain_alone() -> None:
    draw = random.Random(SEED)
    whole = trail()
    known = heads(whole, every=50)
    assert check_trail(whole, known).findings == ()
    tried, by_chain = Counter[str](), Counter[str]()
    for number in range(ATTACKS):
        attack = KINDS[number % len(KINDS)]
        attacked = attack(draw, list(whole))
        tried[attack.__name__] += 1
        assert check_trail(attacked, known).findings, f"attack {number}: {attack.__name__}"
        by_chain[attack.__name__] += bool(check_trail(attacked).findings)
    assert sum(tried.values()) == ATTACKS
    for name, count in tried.items():
        assert by_chain[name] == (0 if name in BEYOND_THE_CHAIN else count)


def test_only_heads_of_the_given_up_generation_may_differ() -> None:
    old = trail(10)
    fork = rechained(old[:6], [replace(old[6], subject="other")])
    fork.append(follow(fork, "border", act=Act.GENERATION_BEGUN, generation="2", kept="6"))
    fork.append(follow(fork, "later"))
    good = [KnownHead(6, old[5].hash, 1), KnownHead(10, old[9].hash, 1), KnownHead(9, fork[8].hash, 2)]
    verdict = check_trail(fork, good)
    assert verdict.findings == ()
    assert verdict.anchors == 2
    (gap,) = verdict.gaps
    assert gap.in_english() == (
        "Generation 2 of the store began with entry 7. Entries 7 to 10 of the generation before it were given up; "
        "two people accepted that."
    )
    for wrong in (KnownHead(5, "a" * 64, 1), KnownHead(9, "a" * 64, 2), KnownHead(99, "a" * 64, 2)):
        assert check_trail(fork, [*good, wrong]).findings


def test_after_a_restore_nobody_is_said_to_have_accepted_the_loss() -> None:
    old = trail(10)
    fork = old[:6]
    fork = [*fork, follow(fork, "backup", act=Act.RESTORED, generation="2", last_entry="6")]
    fork.append(follow(fork, "later"))
    verdict = check_trail(fork, [KnownHead(6, old[5].hash, 1), KnownHead(10, old[9].hash, 1)])
    assert verdict.findings == ()
    (gap,) = verdict.gaps
    assert gap.in_english() == (
        "Generation 2 of the store began with entry 7: the store was restored from a backup. "
        "Entries 7 to 10 of the generation before it are not in the backup."
    )


def checkpoint(number: int, *, generation: int = 1) -> Checkpoint:
    return Checkpoint(
        station="Harbour 1", store=StoreName.BORDER, size=number * 10, head="a" * 64, at=NOON,
        generation=generation, slots=3, number=number, reason=CheckpointReason.SIGN_IN,
    )  # fmt: skip


def signed(number: int, *, generation: int = 1, signature: str = "good") -> SignedCheckpoint:
    return SignedCheckpoint(text=written(checkpoint(number, generation=generation)), signature=signature)


NO_MARKS = MarksRead(checkpoint=0, generation=0, marks=(), damaged=0)


@pytest.mark.parametrize(
    ("checkpoints", "expected"),
    [
        ([signed(1), signed(2), signed(3)], []),
        ([signed(1), signed(3)], [(3, FindingKind.CHECKPOINT_MISSING)]),
        ([signed(2)], [(2, FindingKind.CHECKPOINT_MISSING)]),
        ([signed(7, generation=2), signed(8, generation=2)], []),  # the files of the generation before were lost
        ([signed(1), None, signed(2)], [(1, FindingKind.CHECKPOINT_DAMAGED)]),
        ([signed(1), signed(2, signature="bad"), signed(3)],
         [(2, FindingKind.CHECKPOINT_FORGED), (3, FindingKind.CHECKPOINT_MISSING)]),
        ([SignedCheckpoint(text="hbm-station/1 ?\n", signature="good")], [(0, FindingKind.CHECKPOINT_DAMAGED)]),
    ],
)  # fmt: skip
def test_gaps_and_forgeries_among_checkpoints_are_findings(
    checkpoints: list[SignedCheckpoint | None], expected: list[tuple[int, FindingKind]]
) -> None:
    found = read_anchors(checkpoints, NO_MARKS, lambda one: one.signature == "good").findings
    assert [(one.sequence, one.kind) for one in found] == expected


def test_a_checkpoint_is_lines_and_its_lines_are_a_checkpoint() -> None:
    """These lines stand in files and on paper for years."""
    text = written(checkpoint(17))
    assert text == (
        f"hbm-station/1 Harbour 1/border\n170\n{'a' * 64}\ntime 2026-03-01T12:00:00.000000Z\n"
        "generation 1\nslots 3\nnumber 17\nreason sign-in\n"
    )
    assert read(text) == checkpoint(17)
    for wrong in (text[:-1], text + "\n", text.replace("170", "0170"), text.replace("border", "other"), text.upper()):
        with pytest.raises(NotACheckpoint):
            read(wrong)
    with pytest.raises(ValueError, match="lines of a checkpoint"):
        written(replace(checkpoint(1), station="two\nlines"))
