# SPDX-License-Identifier: Apache-2.0
"""Encounters come back as they were kept, version by version, and are found where they belong."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from datetime import timedelta

import pytest

from station.domain.dates import PartialDate
from station.domain.decision import Decision, DecisionKind, RefusalGround
from station.domain.encounter import Encounter, EncounterStatus, InspectionLine
from station.domain.errors import RecordConflict
from station.domain.identifiers import EncounterId, PersonId
from station.domain.wire import to_json
from station.ports.export_rows import ExportRecord
from station.ports.storage import EncounterSummary, SearchQuery
from storage.sqlcipher.store import SqlcipherStore
from tests.storage.sqlcipher.specimens import NOON, OFFICER, document, encounter


def keep(store: SqlcipherStore, *kept: Encounter) -> None:
    with store.unit_of_work() as unit:
        for one in kept:
            unit.encounters.add_version(one)
        unit.commit()


def names(summaries: list[EncounterSummary] | object) -> list[str]:
    assert isinstance(summaries, list)
    return [summary.encounter_id for summary in summaries]


def test_every_version_stays_and_the_newest_is_the_answer(store: SqlcipherStore) -> None:
    first = encounter(status=EncounterStatus.OPEN)
    second = encounter(version=2, holder=document())
    keep(store, first, second)
    with store.reading() as unit:
        assert unit.encounters.get(EncounterId("encounter-1")) == second
        assert unit.encounters.get(EncounterId("encounter-1"), version=1) == first
        assert unit.encounters.get(EncounterId("encounter-1"), version=3) is None
        assert unit.encounters.versions(EncounterId("encounter-1")) == [first, second]
        assert unit.encounters.get(EncounterId("nobody")) is None


@pytest.mark.parametrize("version", [1, 3])
def test_a_version_that_is_not_the_next_is_a_conflict_and_changes_nothing(store: SqlcipherStore, version: int) -> None:
    keep(store, encounter())
    with pytest.raises(RecordConflict):
        keep(store, encounter(version=version))
    with pytest.raises(RecordConflict):
        keep(store, encounter("encounter-2", version=2))
    with store.reading() as unit:
        assert len(unit.encounters.versions(EncounterId("encounter-1"))) == 1


def test_a_list_shows_the_newest_version(store: SqlcipherStore) -> None:
    keep(store, encounter(status=EncounterStatus.PARKED), encounter(version=2, holder=document(), person="p1"))
    with store.reading() as unit:
        (found,) = unit.encounters.search(SearchQuery())
    kept = encounter(version=2, holder=document(), person="p1")
    assert found == EncounterSummary(
        encounter_id=kept.encounter_id,
        version=2,
        status=EncounterStatus.RECORDED,
        opened_at=NOON,
        recorded_at=NOON,
        direction=kept.crossing.direction,
        decision=kept.final_decision.kind if kept.final_decision else None,
        person_id=PersonId("p1"),
        primary_identifier="ERIKSSON",
        secondary_identifier="ANNA MARIA",
        document_number="L898902C3",
        issuing_state="UTO",
        nationality="UTO",
        birth_date=PartialDate(1974, 8, 12),
        permitted_until=NOON.date(),
        exported=False,
    )


def test_a_corrected_name_is_found_by_its_new_words_only(store: SqlcipherStore) -> None:
    keep(store, encounter(holder=document("ERIKSON")), encounter(version=2, holder=document("ERIKSSON")))
    with store.reading() as unit:
        assert names(unit.encounters.search(SearchQuery(name_words=("eriksson",)))) == ["encounter-1"]
        assert names(unit.encounters.search(SearchQuery(name_words=("erikson",)))) == []


def test_history_counts_recorded_encounters_only_newest_first(store: SqlcipherStore) -> None:
    holder = document()
    keep(
        store,
        encounter("a", holder=holder, person="p1"),
        encounter("b", holder=holder, person="p1", minutes=-5),  # the clock stepped back: arrival decides
        encounter("c", holder=holder, person="p1", status=EncounterStatus.OPEN),
        encounter("d", holder=document(number="L898902C")),
        encounter("e", holder=document(secondary="ANNA", number="X")),
        encounter("f"),
    )
    with store.reading() as unit:
        assert names(unit.encounters.of_document("UTO", "L898902C3")) == ["b", "a"]
        assert names(unit.encounters.of_document("XXA", "L898902C3")) == []
        assert names(unit.encounters.of_document("", "")) == []
        birth = PartialDate(1974, 8, 12)
        assert names(unit.encounters.of_name_and_birth("ERIKSSON", "ANNA MARIA", birth)) == ["d", "b", "a"]
        assert names(unit.encounters.of_name_and_birth("ERIKSSON", "ANNA MARIA", PartialDate(1974))) == []
        assert names(unit.encounters.of_name_and_birth("", "", PartialDate())) == []
        assert names(unit.encounters.of_person(PersonId("p1"))) == ["b", "a"]


def test_unfinished_encounters_are_listed_oldest_first_and_counted(store: SqlcipherStore) -> None:
    keep(
        store,
        encounter("a", status=EncounterStatus.OPEN),
        encounter("b", status=EncounterStatus.PARKED, minutes=1),
        encounter("c", status=EncounterStatus.ABANDONED, minutes=2),
        encounter("d", minutes=3),
        encounter("e", minutes=4),
    )
    with store.reading() as unit:
        assert names(unit.encounters.unfinished()) == ["a", "b"]
        assert unit.encounters.count(EncounterStatus.RECORDED, since=NOON) == 2
        assert unit.encounters.count(EncounterStatus.RECORDED, since=NOON + timedelta(minutes=4)) == 1
        assert unit.encounters.count(EncounterStatus.RECORDED, since=NOON + timedelta(minutes=5)) == 0


def test_an_export_takes_what_is_new_and_a_correction_waits_again(store: SqlcipherStore) -> None:
    keep(store, encounter("a"), encounter("b"), encounter("c", status=EncounterStatus.OPEN))
    record = ExportRecord(sequence=1, name="S1-1", made_at=NOON, made_by=OFFICER, bundle_sha256="0" * 64, encounters=1)
    with store.unit_of_work() as unit:
        assert unit.encounters.waiting_for_export(limit=10) == ["a", "b"]
        assert unit.encounters.waiting_for_export(limit=1) == ["a"]
        unit.exports.add(record, [(EncounterId("a"), 1)])
        unit.commit()
    with store.reading() as unit:
        assert unit.encounters.waiting_for_export(limit=10) == ["b"]
        assert {one.encounter_id: one.exported for one in unit.encounters.search(SearchQuery())} == {
            "a": True,
            "b": False,
            "c": False,
        }
        assert unit.exports.exports_of(EncounterId("a")) == [record]
        assert unit.exports.exports_of(EncounterId("b")) == []
        assert unit.exports.last() == record
        assert unit.exports.all() == [record]
    with pytest.raises(RecordConflict), store.unit_of_work() as unit:
        unit.exports.add(record, [])
    keep(store, encounter("a", version=2))
    with store.reading() as unit:
        assert unit.encounters.waiting_for_export(limit=10) == ["a", "b"]


def test_hashes_are_those_of_the_bytes_that_were_kept(store: SqlcipherStore) -> None:
    kept = encounter(holder=document())
    keep(store, kept, encounter(version=2, holder=document()))
    with store.reading() as unit:
        wanted = hashlib.sha256(to_json(kept)).hexdigest()
        assert unit.encounters.body_hash(kept.encounter_id, 1) == wanted
        assert unit.encounters.body_hash(kept.encounter_id, 3) is None
        bodies = list(unit.encounters.recorded_bodies())
    assert [(body.version, body.sha256 == wanted) for body in bodies] == [(1, True), (2, False)]


def refused(name: str, *, minutes: int = 0, parked_before: timedelta = timedelta(0)) -> Encounter:
    kept = encounter(name, minutes=minutes)
    assert kept.recorded_at is not None
    decision = Decision(
        kind=DecisionKind.REFUSE, decided_by=OFFICER, decided_at=kept.recorded_at, ground=RefusalGround.NO_VALID_VISA
    )
    line = InspectionLine(number=1, decision=decision)
    return replace(kept, opened_at=kept.recorded_at - parked_before, inspections=(line,))


def test_a_refusal_owes_its_notice_until_the_trail_has_it(store: SqlcipherStore) -> None:
    keep(store, encounter("admitted"), refused("given"), refused("owed"), refused("old", minutes=-90))
    keep(store, refused("second-line", minutes=5, parked_before=timedelta(days=3)))
    with store.unit_of_work() as unit:
        for act, subject in (("notice.printed", "given"), ("encounter.viewed", "owed")):
            unit.audit.append(at=NOON, by=OFFICER, act=act, subject=subject, details={})
        unit.commit()
    with store.reading() as unit:
        assert names(unit.encounters.owing_notice(since=NOON - timedelta(hours=1))) == ["owed", "second-line"]
        assert names(unit.encounters.owing_notice(since=NOON + timedelta(minutes=1))) == ["second-line"]


def test_the_trail_is_looked_at_no_further_back_than_needed_and_never_too_little(store: SqlcipherStore) -> None:
    keep(store, refused("given"))
    with store.unit_of_work() as unit:
        for minutes, act in ((-300, "store.created"), (0, "notice.printed"), (1, "access.locked")):
            at = NOON + timedelta(minutes=minutes)
            unit.audit.append(at=at, by=OFFICER, act=act, subject="given", details={})
        unit.commit()
    with store.reading() as unit:
        assert names(unit.encounters.owing_notice(since=NOON)) == []
