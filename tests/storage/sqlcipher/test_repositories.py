# SPDX-License-Identifier: Apache-2.0
"""Steps, pictures, people and settings come back as they were kept."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta, timezone

import pytest

from station.domain.errors import RecordConflict
from station.domain.identifiers import EncounterId, ImageId, OfficerId
from station.ports.journal_rows import JournalEntry
from station.ports.storage import Officer, RoleName
from storage.sqlcipher.store import SqlcipherStore
from tests.storage.sqlcipher.specimens import ANA, NOON, OFFICER, picture

STEP = JournalEntry(
    encounter_id=EncounterId("encounter-1"), sequence=1, kind="page captured", body=b'{"a":1}', at=NOON, by=OFFICER
)


def test_steps_come_back_in_order(store: SqlcipherStore) -> None:
    second = replace(STEP, sequence=2, at=NOON + timedelta(microseconds=1))
    with store.unit_of_work() as unit:
        unit.journal.append(STEP)
        unit.journal.append(second)
        unit.journal.append(replace(STEP, encounter_id=EncounterId("other")))
        unit.commit()
    with store.reading() as unit:
        assert unit.journal.of(STEP.encounter_id) == [STEP, second]
        assert unit.journal.of(EncounterId("nobody")) == []


@pytest.mark.parametrize("sequence", [0, 1, 3])
def test_a_step_that_is_not_the_next_is_a_conflict(store: SqlcipherStore, sequence: int) -> None:
    with store.unit_of_work() as unit:
        unit.journal.append(STEP)
        with pytest.raises(RecordConflict):
            unit.journal.append(replace(STEP, sequence=sequence))
        assert unit.journal.of(STEP.encounter_id) == [STEP]


def test_a_moment_is_kept_to_the_microsecond_whatever_its_zone(store: SqlcipherStore) -> None:
    elsewhere = NOON.astimezone(timezone(timedelta(hours=5, minutes=45)))
    with store.unit_of_work() as unit:
        unit.journal.append(replace(STEP, at=elsewhere))
        (kept,) = unit.journal.of(STEP.encounter_id)
        assert kept.at == NOON
        assert kept.at.utcoffset() == timedelta(0)


def test_a_picture_comes_back_byte_for_byte(store: SqlcipherStore) -> None:
    data = bytes(range(256)) * 1200
    with store.unit_of_work() as unit:
        reference = picture("i", data)
        unit.images.add(reference, data)
        unit.commit()
    with store.reading() as unit:
        assert unit.images.data(ImageId("i")) == data
        assert unit.images.data(ImageId("j")) is None
        assert list(unit.images.recorded_hashes()) == [(ImageId("i"), reference.sha256)]


def test_a_picture_that_is_not_the_referred_one_is_a_mistake_of_the_program(store: SqlcipherStore) -> None:
    with store.unit_of_work() as unit, pytest.raises(ValueError, match="hash of its reference"):
        unit.images.add(picture("i", b"one"), b"other")


def test_a_sign_in_name_belongs_to_one_person_whatever_its_case(store: SqlcipherStore) -> None:
    boris = Officer(
        officer_id=OfficerId("officer-2"),
        name="boris",
        display_name="Boris",
        role=RoleName.AUDITOR,
        suspended=True,
    )
    with store.unit_of_work() as unit:
        with pytest.raises(RecordConflict) as refused:
            unit.officers.add(replace(boris, name="ANA"))
        assert "ANA belongs to somebody else" in refused.value.cause.in_english()
        unit.officers.add(boris)
        assert unit.officers.all() == [ANA, boris]
        assert unit.officers.by_name("BORIS") == boris
        assert unit.officers.by_name("carla") is None


def test_a_setting_is_replaced(store: SqlcipherStore) -> None:
    with store.unit_of_work() as unit:
        unit.settings.put("recipient", b"age2")
        assert unit.settings.get("recipient") == b"age2"
        assert unit.settings.get("nothing") is None
