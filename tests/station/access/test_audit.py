# SPDX-License-Identifier: Apache-2.0
"""Every attack on the audit trail is found, and the trail says which entry it was."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from station.access.audit import (
    BEGINNING,
    Act,
    AuditHead,
    FindingKind,
    canonical,
    chain,
    image_details,
    record_details,
    step_details,
    step_hash,
    verify,
    verify_records,
)
from station.domain.identifiers import EncounterId, ImageId, OfficerId
from station.ports.journal_rows import JournalEntry, RecordedStep
from station.ports.storage import AuditEntry, RecordedBody
from storage.sqlcipher.trail_key import TrailKey

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
SHA = "a" * 64


def trail(length: int, *, subject: str = "e") -> list[AuditEntry]:
    entries: list[AuditEntry] = []
    for number in range(length):
        entries.append(
            chain(
                entries[-1] if entries else None,
                at=NOON + timedelta(seconds=number),
                by="officer-1",
                act=Act.ENCOUNTER_RECORDED,
                subject=f"{subject}{number}",
                details={"version": "1"},
            )
        )
    return entries


def kinds(entries: list[AuditEntry], head: AuditHead | None = None) -> list[tuple[int, FindingKind]]:
    return [(finding.sequence, finding.kind) for finding in verify(entries, expected_head=head)]


def head_of(entries: list[AuditEntry]) -> AuditHead:
    return AuditHead(entries[-1].sequence, entries[-1].hash)


def test_an_untouched_trail_holds() -> None:
    entries = trail(20)
    assert entries[0].previous_hash == BEGINNING
    assert [entry.sequence for entry in entries] == list(range(1, 21))
    assert verify(entries, expected_head=head_of(entries)) == ()
    assert verify(entries, expected_head=head_of(entries[:7])) == ()
    assert verify([]) == ()


def test_the_hashed_bytes_stay_the_same_for_years() -> None:
    """A change of this test breaks the verification of every store there is."""
    entry = chain(None, at=NOON, by="station", act="store.created", subject="store", details={"b": "2", "a": "1"})
    assert canonical(entry) == (
        b'{"act":"store.created","at":"2026-03-01T12:00:00.000000+00:00","by":"station",'
        b'"details":{"a":"1","b":"2"},"format":"hbm-station audit 1","previous_hash":"' + b"0" * 64 + b'",'
        b'"sequence":1,"subject":"store"}'
    )
    assert entry.hash == "968c24e4f7535f4ca193d819167d2c5bbe8d96afa879d71e536863fea4c60d31"


@pytest.mark.parametrize(
    "change",
    [
        lambda entry: replace(entry, by="officer-2"),
        lambda entry: replace(entry, act="encounter.viewed"),
        lambda entry: replace(entry, subject="e9"),
        lambda entry: replace(entry, at=entry.at + timedelta(microseconds=1)),
        lambda entry: replace(entry, details={"version": "2"}),
        lambda entry: replace(entry, details={}),
        lambda entry: replace(entry, hash="b" * 64),
    ],
)
def test_an_edited_entry_is_named(change: Callable[[AuditEntry], AuditEntry]) -> None:
    entries = trail(5)
    entries[2] = change(entries[2])
    assert (3, FindingKind.EDITED) in kinds(entries)


def test_an_entry_hashed_anew_does_not_carry_the_next_one() -> None:
    entries = trail(5)
    entries[2] = chain(entries[1], at=NOON, by="officer-2", act="encounter.recorded", subject="e2", details={})
    assert kinds(entries) == [(4, FindingKind.BROKEN_LINK)]


def test_a_deleted_entry_leaves_a_gap() -> None:
    entries = trail(5)
    assert kinds(entries[:2] + entries[3:]) == [(4, FindingKind.GAP)]
    assert kinds(entries[1:]) == [(2, FindingKind.GAP)]


def test_swapped_and_doubled_entries_are_out_of_order() -> None:
    entries = trail(5)
    entries[1], entries[2] = entries[2], entries[1]
    assert (2, FindingKind.REORDERED) in kinds(entries)
    whole = trail(3)
    assert kinds([*whole, whole[-1]]) == [(3, FindingKind.REORDERED)]


def test_a_cut_end_is_found_when_the_head_is_known_and_only_then() -> None:
    entries = trail(5)
    assert kinds(entries[:3]) == []
    assert kinds(entries[:3], head_of(entries)) == [(5, FindingKind.TRUNCATED)]
    assert kinds([], head_of(entries)) == [(5, FindingKind.TRUNCATED)]


def test_a_trail_written_anew_is_found_when_a_head_is_known() -> None:
    assert kinds(trail(5, subject="x")) == []
    assert kinds(trail(5, subject="x"), head_of(trail(3))) == [(3, FindingKind.REWRITTEN)]


def test_a_finding_says_where_in_words() -> None:
    entries = trail(3)
    (finding,) = verify([entries[0], entries[2]])
    assert finding.says.in_english() == "Entries are missing before entry 3 of the audit trail."


@given(st.integers(0, 2**32))
def test_no_edit_deletion_swap_or_cut_passes_a_known_head(seed: int) -> None:
    draw = random.Random(seed)
    entries = trail(12)
    head = head_of(entries)
    place = draw.randrange(len(entries))
    match draw.randrange(5):
        case 0:
            entries[place] = replace(entries[place], subject=f"x{seed}")
        case 1:
            del entries[place]
        case 2:
            other = draw.choice([number for number in range(len(entries)) if number != place])
            entries[place], entries[other] = entries[other], entries[place]
        case 3:
            del entries[place:]
        case 4:
            forged = entries[:place]
            for entry in entries[place:]:
                forged.append(
                    chain(
                        forged[-1] if forged else None,
                        at=entry.at,
                        by="somebody",
                        act=entry.act,
                        subject=entry.subject,
                        details=entry.details,
                    )
                )
            entries = forged
    assert verify(entries, expected_head=head) != ()


@pytest.mark.parametrize("told", ["ANNA ERIKSSON", "naïve", "a\nb", "x" * 201, "<b>"])
def test_names_and_sentences_are_kept_out_of_the_trail(told: str) -> None:
    good = {"at": NOON, "by": "officer-1", "act": "a.b", "subject": "e1"}
    chain(None, details={"count": "12"}, **good)  # type: ignore[arg-type]  # one dictionary for all four
    for wrong in ({"details": {"name": told}}, {"details": {told: "1"}}, {"details": {}, "subject": told}):
        with pytest.raises(ValueError, match="identifiers, counts and hashes"):
            chain(None, **(good | wrong))  # type: ignore[arg-type]  # one dictionary for all four


def test_a_moment_without_zone_is_refused_and_any_zone_is_kept_in_utc() -> None:
    def at(moment: datetime) -> AuditEntry:
        return chain(None, at=moment, by="station", act="a.b", subject="s", details={})

    with pytest.raises(ValueError, match="zone"):
        at(NOON.replace(tzinfo=None))
    with pytest.raises(ValueError, match="names who"):
        chain(None, at=NOON, by="", act="a.b", subject="s", details={})
    assert at(NOON.astimezone(timezone(timedelta(hours=3)))) == at(NOON)


VOUCH = TrailKey(bytes(32)).vouch


def recorded(name: str, version: int, sha256: str = SHA) -> RecordedBody:
    return RecordedBody(encounter_id=EncounterId(name), version=version, sha256=sha256)


def test_records_are_compared_with_what_the_trail_vouches_for() -> None:
    details = record_details(VOUCH, EncounterId("e1"), 1, SHA) | image_details(VOUCH, {ImageId("i1"): SHA})
    entries = [chain(None, at=NOON, by="o", act=Act.ENCOUNTER_RECORDED, subject="e1", details=details)]
    image = (ImageId("i1"), SHA)
    images = [image, (ImageId("of an open one"), "c" * 64)]
    assert verify_records(entries, [recorded("e1", 1)], images, [], vouch=VOUCH) == ()

    def found(bodies: list[RecordedBody], images: list[tuple[ImageId, str]]) -> list[tuple[int, FindingKind, str]]:
        return [
            (finding.sequence, finding.kind, finding.says.in_english())
            for finding in verify_records(entries, bodies, images, [], vouch=VOUCH)
        ]

    assert found([recorded("e1", 1, "b" * 64)], [image]) == [
        (1, FindingKind.RECORD_CHANGED, "Encounter e1, version 1, is not what entry 1 recorded.")
    ]
    assert found([], [image]) == [
        (1, FindingKind.RECORD_MISSING, "Encounter e1, version 1, recorded by entry 1, is missing.")
    ]
    assert found([recorded("e1", 1), recorded("e1", 2)], [image]) == [
        (0, FindingKind.RECORD_UNKNOWN, "No entry of the audit trail records encounter e1, version 2.")
    ]
    assert found([recorded("e1", 1)], [(ImageId("i1"), "b" * 64)]) == [
        (1, FindingKind.IMAGE_CHANGED, "Picture i1 is not what entry 1 recorded.")
    ]
    assert found([recorded("e1", 1)], []) == [
        (1, FindingKind.IMAGE_MISSING, "Picture i1, recorded by entry 1, is missing.")
    ]


def test_steps_of_a_journal_are_compared_with_what_the_trail_vouches_for() -> None:
    step = JournalEntry(
        encounter_id=EncounterId("e1"), sequence=1, kind="Parked", body=b"{}", at=NOON, by=OfficerId("o")
    )
    entries = [chain(None, at=NOON, by="o", act=Act.ENCOUNTER_PARKED, subject="e1", details=step_details(VOUCH, step))]

    def found(*kept: tuple[int, str, bytes]) -> list[tuple[FindingKind, str]]:
        steps = [
            RecordedStep(encounter_id=EncounterId("e1"), sequence=number, sha256=step_hash(kind, body))
            for number, kind, body in kept
        ]
        found = verify_records(entries, [], [], steps, vouch=VOUCH)
        return [(finding.kind, finding.says.in_english()) for finding in found]

    assert found((1, "Parked", b"{}")) == []
    for changed in ((1, "Parked", b"{ }"), (1, "Resumed", b"{}")):
        assert found(changed) == [(FindingKind.STEP_CHANGED, "Step 1 of encounter e1 is not what entry 1 recorded.")]
    assert found() == [(FindingKind.STEP_MISSING, "Step 1 of encounter e1, recorded by entry 1, is missing.")]
    assert found((1, "Parked", b"{}"), (2, "Resumed", b"{}")) == [
        (FindingKind.STEP_UNKNOWN, "No entry of the audit trail records step 2 of encounter e1.")
    ]
