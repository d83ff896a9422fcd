# SPDX-License-Identifier: Apache-2.0
"""What is over is found with what holds it back, and what is erased is in no byte that the key opens."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from station.access.audit import Act
from station.access.erasure_entries import erased_details
from station.domain.decision import Decision, DecisionKind, RefusalGround
from station.domain.encounter import Encounter, EncounterStatus, ImageReference, InspectionLine
from station.domain.errors import RecordConflict, StoreInUse
from station.domain.identifiers import EncounterId, ImageId, OfficerId
from station.ports.export_rows import ExportRecord
from station.ports.journal_rows import JournalEntry
from station.ports.retention import Erased, ErasureRecord, HeldBack, OverdueItem, Part, RecordCategory
from station.ports.safekeeping import ApprovalRecord, LegalHold, OutboxMessage
from station.ports.storage import SearchQuery
from station.ports.tasks import CancelToken
from storage.sqlcipher import connection as door
from storage.sqlcipher.connection import RuleBroken
from storage.sqlcipher.store import SqlcipherStore
from tests.storage.sqlcipher.raw_pages import readable
from tests.storage.sqlcipher.specimens import KEY, NOON, OFFICER, document, encounter, opened, picture

LATER = NOON + timedelta(days=100)
ALL = 1000
REFUSED = Decision(kind=DecisionKind.REFUSE, decided_by=OFFICER, decided_at=NOON, ground=RefusalGround.NO_VALID_VISA)
ADMITTED = Decision(kind=DecisionKind.ADMIT, decided_by=OFFICER, decided_at=NOON)
SENT_ON = Decision(kind=DecisionKind.SECOND_LINE, decided_by=OFFICER, decided_at=NOON)


def with_lines(record: Encounter, *decisions: Decision) -> Encounter:
    lines = tuple(InspectionLine(number=number, decision=one) for number, one in enumerate(decisions, start=1))
    return replace(record, inspections=lines)


def keep(store: SqlcipherStore, record: Encounter, *pictures: tuple[ImageReference, bytes], steps: int = 1) -> None:
    with store.unit_of_work() as unit:
        for reference, data in pictures:
            unit.images.add(reference, data, encounter_id=record.encounter_id)
        unit.encounters.add_version(record)
        for number in range(1, steps + 1):
            step = JournalEntry(
                encounter_id=record.encounter_id,
                sequence=number,
                kind="Step",
                body=f'{{"typed": "ZWINGERPLANT {number}"}}'.encode(),
                at=record.opened_at,
                by=OFFICER,
            )
            unit.journal.append(step)
        unit.commit()


def export(store: SqlcipherStore, *members: tuple[str, int], sequence: int = 1, received: bool = True) -> None:
    with store.unit_of_work() as unit:
        record = ExportRecord(
            sequence=sequence,
            name=f"S1-{sequence:06d}",
            made_at=NOON,
            made_by=OFFICER,
            bundle_sha256="ab" * 32,
            encounters=len(members),
        )
        unit.exports.add(record, [(EncounterId(name), version) for name, version in members])
        if received:
            assert unit.retention.note_receipt(sequence, by=OFFICER, at=LATER)
        unit.commit()


def found(store: SqlcipherStore, category: RecordCategory, before: datetime = LATER) -> Sequence[OverdueItem]:
    with store.reading() as unit:
        return unit.retention.overdue_records(category, before=before, limit=ALL)


def erase(store: SqlcipherStore, name: str, part: Part = Part.RECORD) -> Erased:
    with store.unit_of_work() as unit:
        item = unit.retention.judged(EncounterId(name), part)
        assert item is not None
        with unit.retention.letting_go():
            erased = unit.retention.erase(item)
        details = erased_details(unit.audit.vouch, erased, rule="record.admitted", erasure_id="e-1")
        unit.audit.append(at=LATER, by=OFFICER, act=Act.RECORD_ERASED, subject=name, details=details)
        unit.commit()
    return erased


def test_each_encounter_is_found_in_its_category_oldest_first(store: SqlcipherStore) -> None:
    keep(store, with_lines(encounter("admitted", minutes=2), ADMITTED))
    keep(store, with_lines(encounter("earlier", minutes=1), ADMITTED))
    keep(store, with_lines(encounter("refused"), REFUSED))
    keep(store, with_lines(encounter("refused later"), SENT_ON, REFUSED))
    keep(store, with_lines(encounter("referred"), SENT_ON, ADMITTED))
    keep(store, encounter("abandoned", status=EncounterStatus.ABANDONED))
    keep(store, encounter("parked", status=EncounterStatus.PARKED))
    keep(store, encounter("young", minutes=60 * 24 * 200))
    found_now = {category: [one.encounter_id for one in found(store, category)] for category in RecordCategory}
    assert found_now == {
        RecordCategory.ADMITTED: ["earlier", "admitted"],
        RecordCategory.REFUSED: ["refused", "refused later"],
        RecordCategory.REFERRED: ["referred"],
        RecordCategory.ABANDONED: ["abandoned"],
    }
    with store.reading() as unit:
        (parked,) = unit.retention.overdue_unfinished(before=LATER, limit=ALL)
        assert (parked.encounter_id, parked.held_back, parked.category) == ("parked", HeldBack.UNFINISHED, None)
        assert len(unit.retention.overdue_records(RecordCategory.ADMITTED, before=LATER, limit=1)) == 1
        assert unit.retention.judged(EncounterId("nobody"), Part.RECORD) is None


def test_time_counts_from_the_record_and_not_from_the_opening(store: SqlcipherStore) -> None:
    keep(store, replace(encounter("late"), recorded_at=LATER))
    assert not found(store, RecordCategory.ADMITTED)
    (item,) = found(store, RecordCategory.ADMITTED, LATER + timedelta(seconds=1))
    assert item.ended_at == LATER


def test_a_record_is_held_back_until_headquarters_hold_its_newest_version(store: SqlcipherStore) -> None:
    keep(store, encounter("e1"))
    assert [one.held_back for one in found(store, RecordCategory.ADMITTED)] == [HeldBack.NOT_EXPORTED]
    export(store, ("e1", 1), received=False)
    assert [one.held_back for one in found(store, RecordCategory.ADMITTED)] == [HeldBack.NO_RECEIPT]
    with store.unit_of_work() as unit:
        assert list(unit.retention.without_receipt()) == [1]
        assert unit.retention.note_receipt(1, by=OFFICER, at=LATER)
        assert not unit.retention.note_receipt(1, by=OFFICER, at=LATER)
        assert not unit.retention.note_receipt(2, by=OFFICER, at=LATER)
        unit.commit()
    assert [one.held_back for one in found(store, RecordCategory.ADMITTED)] == [None]
    keep(store, encounter("e1", version=2), steps=0)
    assert [one.held_back for one in found(store, RecordCategory.ADMITTED)] == [HeldBack.NOT_EXPORTED]


def test_a_legal_hold_holds_every_part_until_it_is_lifted(store: SqlcipherStore) -> None:
    data = b"a capture"
    keep(store, encounter("e1", status=EncounterStatus.ABANDONED), (picture("i1", data), data))
    hold = LegalHold(hold_id="h1", encounter_id=EncounterId("e1"), reason="court", placed_by=OFFICER, placed_at=NOON)
    with store.unit_of_work() as unit:
        unit.holds.place(hold)
        unit.commit()
    with store.reading() as unit:
        for part in Part:
            item = unit.retention.judged(EncounterId("e1"), part)
            assert item is not None
            assert item.held_back is HeldBack.LEGAL_HOLD
    with store.unit_of_work() as unit:
        unit.holds.lift("h1", by=OFFICER, at=LATER)
        unit.commit()
    assert [one.held_back for one in found(store, RecordCategory.ABANDONED)] == [None]


def test_captures_the_record_does_not_show_are_found_apart_from_its_pictures(store: SqlcipherStore) -> None:
    shown, raw = picture("shown", b"shown"), picture("raw", b"raw")
    keep(store, encounter("e1", images=(shown,)), (shown, b"shown"), (raw, b"raw"))
    keep(store, encounter("e2"), steps=0)
    with store.reading() as unit:
        for part in (Part.PICTURES, Part.RAW_CAPTURES):
            (item,) = unit.retention.overdue_pictures(RecordCategory.ADMITTED, before=LATER, limit=ALL, part=part)
            # Only what an export takes along waits for one.
            assert item.held_back is (HeldBack.NOT_EXPORTED if part is Part.PICTURES else None)
        (steps,) = unit.retention.overdue_steps(before=LATER, limit=ALL)
        assert (steps.encounter_id, steps.held_back) == ("e1", None)
    assert erase(store, "e1", Part.RAW_CAPTURES).images == ((ImageId("raw"), raw.sha256),)
    with store.reading() as unit:
        assert unit.images.data(ImageId("shown")) == b"shown"
        assert unit.retention.judged(EncounterId("e1"), Part.RAW_CAPTURES) is None
    assert erase(store, "e1", Part.STEPS).steps == 1
    assert erase(store, "e1", Part.PICTURES).images == ((ImageId("shown"), shown.sha256),)
    with store.reading() as unit:
        assert unit.encounters.get(EncounterId("e1")) is not None
        assert unit.images.data(ImageId("shown")) is None
        assert unit.images.erased(ImageId("shown"))
        assert not unit.images.erased(ImageId("raw"))  # no record names it
        assert unit.retention.judged(EncounterId("e1"), Part.STEPS) is None


def test_pictures_kept_before_they_knew_their_encounter_go_with_whatever_names_them(store: SqlcipherStore) -> None:
    shown, attempt, strange = picture("shown", b"1"), picture("attempt", b"2"), picture("strange", b"3")
    keep(store, encounter("e1", images=(shown,)), steps=0)
    with store.unit_of_work() as unit:
        for reference, data in ((shown, b"1"), (attempt, b"2"), (strange, b"3")):
            unit.images.add(reference, data)
        body = b'{"page": {"image_id": "attempt"}}'
        unit.journal.append(
            JournalEntry(encounter_id=EncounterId("e1"), sequence=1, kind="Scanned", body=body, at=NOON, by=OFFICER)
        )
        unit.commit()
    assert {name for name, _ in erase(store, "e1").images} == {"shown", "attempt"}
    with store.reading() as unit:
        assert [name for name, _ in unit.images.recorded_hashes()] == ["strange"]


# In small letters as the index of words has them, without the beginning that it shares with the word before.
PLANTED = (
    b"ZWINGERPLANT",
    b"wingerplant",
    b"k99plant7",
    b"XK99PLANT7",
    b"wordsofreasonplant",
    b"heldplant",
    b"shownplant",
)


def planted(store: SqlcipherStore) -> None:
    """An encounter whose name, number, steps, pictures, approval and hold are found again if any byte stays."""
    holder = document("ZWINGERPLANT", "ZORA", number="XK99PLANT7")
    face = b"a face: ZWINGERPLANT " * 2000
    reference = picture("face", face)
    first = replace(encounter("e1", holder=holder, images=(reference,)), status=EncounterStatus.OPEN, recorded_at=None)
    keep(store, first, (reference, face), steps=3)
    second = with_lines(replace(encounter("e1", version=2, holder=holder, images=(reference,))), ADMITTED)
    keep(store, replace(second, portrait_omitted="wordsofreasonplant"), steps=0)
    export(store, ("e1", 2))
    with store.unit_of_work() as unit:
        unit.holds.place(
            LegalHold(
                hold_id="h1", encounter_id=EncounterId("e1"), reason="heldplant", placed_by=OFFICER, placed_at=NOON
            )
        )
        unit.holds.lift("h1", by=OFFICER, at=NOON)
        unit.approvals.add(
            ApprovalRecord(
                approval_id="a1",
                kind="override",
                subject="e1",
                shown=b"shownplant",
                shown_sha256="00",
                asked_by=OFFICER,
                asked_at=NOON,
                expires_at=LATER,
            )
        )
        unit.commit()


@pytest.mark.parametrize("among", [0, 300])
def test_what_was_erased_is_in_no_byte_and_under_no_word(tmp_path: Path, store: SqlcipherStore, among: int) -> None:
    for number in range(among):
        holder = document(f"NOBODY{number % 97}", "ANNA", number=f"N{number:07}")
        keep(store, encounter(f"other-{number}", holder=holder), steps=1 if number % 3 else 0)
    planted(store)
    store.check_pages()
    assert all(word in readable(tmp_path, KEY) for word in PLANTED)
    erased = erase(store, "e1")
    assert (erased.version, erased.steps, len(erased.images)) == (2, 3, 1)
    assert b"wingerplant" in readable(tmp_path, KEY)  # a deleted row leaves its words until they are cleared
    days = store.clear_remains(CancelToken())
    assert len(days) == 1
    everything = readable(tmp_path, KEY)
    assert [word for word in PLANTED if word in everything and word != b"ZWINGERPLANT"] == []
    # Steps of the others hold the same word: what is left is exactly theirs.
    with store.reading() as unit:
        theirs = sum(len(unit.journal.of(EncounterId(f"other-{number}"))) for number in range(among))
        assert everything.count(b"ZWINGERPLANT") == theirs
        for query in (SearchQuery(name_words=("zwin",)), SearchQuery(document_number="XK99")):
            assert unit.encounters.search(query) == []
        assert len(unit.encounters.search(SearchQuery(name_words=("nobody1",), limit=ALL))) == len(
            [number for number in range(among) if str(number % 97).startswith("1")]
        )
        assert unit.encounters.get(EncounterId("e1")) is None
        assert [entry.act for entry in unit.audit.entries()][-1] == Act.RECORD_ERASED
    store.close()
    assert b"XK99PLANT7" not in readable(tmp_path, KEY)
    raw = door.open_writing(tmp_path / "border.db", KEY)
    raw.run("CREATE VIRTUAL TABLE temp.known USING fts5vocab (main, encounter_words, 'row')")
    assert raw.all("SELECT term FROM temp.known WHERE term GLOB '*zwinger*' OR term GLOB '*xk99*'") == []
    assert raw.all("SELECT term FROM temp.known WHERE term = 'zora'") == []
    raw.close()


def test_the_rules_that_forbid_deletion_are_back_after_each_act(store: SqlcipherStore, tmp_path: Path) -> None:
    planted(store)
    with pytest.raises(RuleBroken), store.unit_of_work() as unit:
        item = unit.retention.judged(EncounterId("e1"), Part.RECORD)
        assert item is not None
        unit.retention.erase(item)  # not inside letting_go
    with pytest.raises(KeyboardInterrupt), store.unit_of_work() as unit, unit.retention.letting_go():
        raise KeyboardInterrupt
    erase(store, "e1", Part.STEPS)
    with store.unit_of_work() as unit:
        with pytest.raises(ValueError), unit.retention.letting_go():
            raise ValueError
        unit.commit()  # whoever swallows an error has the rules back as well
    store.close()
    raw = door.open_writing(tmp_path / "border.db", KEY)
    for table in ("encounter_version", "image", "approval"):
        with pytest.raises(RuleBroken, match="never"):
            raw.run(f"DELETE FROM {table}")
    raw.close()


def test_what_is_not_there_is_not_erased(store: SqlcipherStore) -> None:
    item = OverdueItem(encounter_id=EncounterId("nobody"), part=Part.RECORD, category=None, ended_at=NOON, version=1)
    with store.unit_of_work() as unit, pytest.raises(RecordConflict), unit.retention.letting_go():
        unit.retention.erase(item)


def test_messages_go_when_another_store_has_taken_them(store: SqlcipherStore) -> None:
    with store.unit_of_work() as unit:
        for name in ("old", "young", "waiting"):
            unit.outbox.put(OutboxMessage(message_id=name, target="protection", kind="k", body=b"{}", made_at=NOON))
        unit.outbox.delivered("old", NOON)
        unit.outbox.delivered("young", LATER)
        assert unit.retention.erase_delivered_messages(before=LATER) == 1
        assert [one.message_id for one in unit.outbox.waiting("protection")] == ["waiting"]


def test_one_erasure_is_under_way_at_a_time(store: SqlcipherStore) -> None:
    def kept(name: str) -> ErasureRecord:
        return ErasureRecord(
            erasure_id=name, approval_id=f"a-{name}", asked_by=OfficerId("o"), asked_at=NOON, body=b"[]"
        )

    with store.unit_of_work() as unit:
        for name in ("one", "two"):
            unit.retention.add_erasure(kept(name))
        unit.retention.put_erasure(replace(kept("one"), begun_at=NOON))
        with pytest.raises(RecordConflict):
            unit.retention.put_erasure(replace(kept("two"), begun_at=NOON))
        unit.retention.put_erasure(replace(kept("one"), begun_at=NOON, ended_at=LATER, erased=3, held=1))
        unit.retention.put_erasure(replace(kept("two"), begun_at=NOON))
        with pytest.raises(RecordConflict):
            unit.retention.put_erasure(kept("three"))
        two, one = unit.retention.erasures(limit=10)
        assert (two.erasure_id, two.ended_at) == ("two", None)
        assert (one.erased, one.held, one.ended_at) == (3, 1, LATER)


def test_an_erasure_during_a_backup_says_what_to_wait_for_and_is_cleared_after_it(
    store: SqlcipherStore, tmp_path: Path
) -> None:
    planted(store)
    raw = door.open_reading(tmp_path / "border.db", KEY)
    raw.run("BEGIN")
    raw.one("SELECT count(*) FROM encounter")  # as the copy under way keeps its state in view
    erase(store, "e1")
    with pytest.raises(StoreInUse, match="backup"):
        store.clear_remains(CancelToken())
    raw.run("ROLLBACK")
    raw.close()
    store.clear_remains(CancelToken())
    assert [word for word in PLANTED if word in readable(tmp_path, KEY)] == []


def test_many_free_pages_are_given_back_to_the_disk(store: SqlcipherStore, tmp_path: Path) -> None:
    data = bytes(range(256)) * 400
    for number in range(20):
        reference = picture(f"i{number}", data)
        keep(store, encounter(f"e{number}", status=EncounterStatus.ABANDONED), (reference, data))
    store.check_pages()
    before = (tmp_path / "border.db").stat().st_size
    for number in range(20):
        erase(store, f"e{number}")
    store.clear_remains(CancelToken())
    assert (tmp_path / "border.db").stat().st_size < before / 4
    store.check_pages()


def test_a_small_file_that_cannot_shrink_by_steps_is_written_anew(store: SqlcipherStore, tmp_path: Path) -> None:
    data = bytes(range(256)) * 400
    keep(store, encounter("e1", status=EncounterStatus.ABANDONED), (picture("i1", data), data))
    store.close()
    raw = door.open_writing(tmp_path / "border.db", KEY)
    raw.run("PRAGMA auto_vacuum = NONE")
    raw.run("VACUUM")
    raw.close()
    before = (tmp_path / "border.db").stat().st_size
    store = opened(tmp_path)
    erase(store, "e1")
    store.clear_remains(CancelToken())
    assert (tmp_path / "border.db").stat().st_size < before
    store.check_pages()
    store.close()
