# SPDX-License-Identifier: Apache-2.0
"""The sums of rows are true after whatever the station writes, and say so when a page is not the newest."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from station.access.audit import Act
from station.domain.encounter import EncounterStatus
from station.domain.errors import Cancelled
from station.domain.identifiers import EncounterId, OfficerId
from station.ports.export_rows import ExportRecord
from station.ports.journal_rows import JournalEntry
from station.ports.retention import ErasureRecord, Part
from station.ports.safekeeping import ApprovalRecord, LegalHold, OutboxMessage, ShiftRecord
from station.ports.tasks import CancelToken
from storage.sqlcipher import connection as door
from storage.sqlcipher.connection import Connection, RuleBroken
from storage.sqlcipher.migration import migrate, shipped, version_of
from storage.sqlcipher.rekeying import rekey_database
from storage.sqlcipher.row_sums import RowSums
from storage.sqlcipher.store import DATABASE_FILE, SqlcipherStore
from storage.sqlcipher.trail_key import TrailKey, trail_key
from tests.storage.sqlcipher.specimens import ANA, KEY, NOON, OFFICER, create, document, encounter, opened, picture

PAGE = 4096
E1, E2 = EncounterId("encounter-1"), EncounterId("encounter-2")
LATER = NOON + timedelta(days=900)
OTHER = replace(ANA, officer_id=OfficerId("officer-2"), name="Irina", display_name="Irina of Utopia")


@pytest.fixture
def store(tmp_path: Path) -> Iterator[SqlcipherStore]:
    create(tmp_path)
    store = opened(tmp_path)
    yield store
    store.close()


def strayed(store: SqlcipherStore) -> list[str]:
    return [*store.check_pages(), *store.strayed_tables(CancelToken())]


def sums(store: SqlcipherStore) -> list[tuple[str, int]]:
    with store._reading.lease() as connection:
        return [(name, rows) for name, rows in connection.all("SELECT name, rows FROM row_sum")]


def counted(store: SqlcipherStore) -> set[str]:
    """Tables that have rows now."""
    return {name for name, rows in sums(store) if rows}


def filled(store: SqlcipherStore) -> None:
    """Something through every repository: kept, changed, and let go."""
    photo = b"a specimen picture"
    with store.unit_of_work() as unit:
        for number, name in enumerate((E1, E2)):
            image = picture(f"picture-{number}", photo)
            unit.images.add(image, photo, encounter_id=name)
            unit.encounters.add_version(encounter(name, holder=document(number=f"UTO{number}"), images=(image,)))
            step = JournalEntry(encounter_id=name, sequence=1, kind="Opened", body=b"{}", at=NOON, by=OFFICER)
            unit.journal.append(step)
        unit.encounters.add_version(encounter(E1, version=2, status=EncounterStatus.RECORDED))
        unit.officers.add(OTHER)
        unit.officers.replace(replace(OTHER, suspended=True))
        unit.settings.put("recipient", b"age1 another")
        unit.settings.put("new", b"one")
        unit.audit.append(at=NOON, by=OFFICER, act=Act.SIGNED_IN, subject="store", details={})
        record = ExportRecord(
            sequence=1, name="S1-000001", made_at=NOON, made_by=OFFICER, bundle_sha256="ab" * 32, encounters=2
        )
        unit.exports.add(record, [(E1, 2), (E2, 1)])
        unit.retention.note_receipt(1, by=OFFICER, at=NOON)
        approval = ApprovalRecord(
            approval_id="a-1", kind="erase", subject=E1, shown=b"{}", shown_sha256="00", asked_by=OFFICER,
            asked_at=NOON, expires_at=LATER,
        )  # fmt: skip
        unit.approvals.add(approval)
        unit.approvals.decide(
            replace(approval, verdict="approved", decided_by=OTHER.officer_id, decided_at=NOON, signature="s")
        )
        unit.approvals.use("a-1", NOON)
        for number in (1, 2):
            message = OutboxMessage(message_id=f"m-{number}", target="protection", kind="k", body=b"{}", made_at=NOON)
            unit.outbox.put(message)
        unit.outbox.delivered("m-1", NOON)
        unit.inbox.take("m-9", NOON)
        for number, name in enumerate((E1, E2)):
            hold = LegalHold(hold_id=f"h-{number}", encounter_id=name, reason="r", placed_by=OFFICER, placed_at=NOON)
            unit.holds.place(hold)
            unit.holds.lift(hold.hold_id, by=OFFICER, at=NOON)
        unit.shifts.add(ShiftRecord(number=1, opened_by=OFFICER, opened_at=NOON))
        unit.shifts.replace(ShiftRecord(number=1, opened_by=OFFICER, opened_at=NOON, closed_at=LATER, body=b"{1}"))
        erasure = ErasureRecord(erasure_id="x-1", approval_id="a-1", asked_by=OFFICER, asked_at=NOON, body=b"{}")
        unit.retention.add_erasure(erasure)
        unit.retention.put_erasure(replace(erasure, begun_at=NOON, ended_at=LATER, erased=1))
        unit.commit()


def test_sums_hold_after_whatever_the_repositories_write(store: SqlcipherStore) -> None:
    assert strayed(store) == []
    filled(store)
    assert strayed(store) == []
    with_rows = counted(store)
    with store.unit_of_work() as unit:
        with unit.retention.letting_go():
            for name, part in ((E1, Part.PICTURES), (E2, Part.STEPS), (E2, Part.RECORD)):
                item = unit.retention.judged(name, part)
                assert item is not None
                unit.retention.erase(item)
        unit.retention.erase_delivered_messages(before=LATER)
        unit.commit()
    assert strayed(store) == []
    store.clear_remains(CancelToken())
    assert strayed(store) == []
    # A table that is added later has to be written in `filled`, too.
    assert with_rows | counted(store) == {name for name, _ in sums(store)}


def test_what_a_unit_takes_back_and_what_a_rule_refuses_leaves_the_sums_true(store: SqlcipherStore) -> None:
    with store.unit_of_work() as unit:
        unit.settings.put("given up", b"x")
    hold = LegalHold(hold_id="h", encounter_id=E1, reason="", placed_by=OFFICER, placed_at=NOON)
    with store.unit_of_work() as unit:
        unit.holds.place(hold)
        with pytest.raises(RuleBroken):
            unit.holds.place(hold)
        unit.commit()
    assert strayed(store) == []


@pytest.mark.parametrize(
    ("statement", "table"),
    [
        ("UPDATE setting SET value = x'00' WHERE name = 'recipient'", "setting"),
        ("UPDATE encounter SET exported_version = 0 WHERE serial = 1", "encounter"),
        ("DELETE FROM inbox", "inbox"),
        ("INSERT INTO erased_image (image_id) VALUES ('picture-0')", "erased_image"),
        ("UPDATE officer SET public_key = 'k'", "officer"),
        ("UPDATE export_record SET received_at = NULL", "export_record"),
        ("UPDATE row_sum SET rows = rows + 1 WHERE name = 'shift'", "shift"),
        ("DELETE FROM row_sum WHERE name = 'shift'", "shift"),
        ("INSERT INTO row_sum VALUES ('nothing', 0, zeroblob(32))", "nothing"),
        ("UPDATE sqlite_sequence SET seq = 0", "sqlite_sequence"),
    ],
)
def test_a_row_that_this_station_did_not_write_is_found(tmp_path: Path, statement: str, table: str) -> None:
    create(tmp_path)
    store = opened(tmp_path)
    filled(store)
    store.close()
    foreign = door.open_writing(tmp_path / DATABASE_FILE, KEY)  # without the triggers
    foreign.run(statement)
    foreign.close()
    store = opened(tmp_path)
    assert strayed(store) == [table]
    store.close()


@pytest.mark.parametrize(
    ("statement", "found"),
    [
        ("DELETE FROM encounter_words WHERE rowid = 1", True),
        ("INSERT INTO encounter_words (rowid, name) VALUES (99, 'stray')", True),
        ("INSERT INTO encounter_words (encounter_words) VALUES ('optimize')", False),
    ],
)
def test_the_index_of_words_is_held_against_the_rows(tmp_path: Path, statement: str, found: bool) -> None:
    create(tmp_path)
    store = opened(tmp_path)
    filled(store)
    store.close()
    foreign = door.open_writing(tmp_path / DATABASE_FILE, KEY)
    foreign.run(statement)
    foreign.close()
    store = opened(tmp_path)
    assert list(store.check_pages()) == (["encounter_words"] if found else [])
    store.close()


def test_a_store_with_another_key_keeps_its_sums(tmp_path: Path) -> None:
    create(tmp_path)
    store = opened(tmp_path)
    filled(store)
    store.copy_to(tmp_path / "copy.db", progress=lambda _done, _of: None, cancel=CancelToken())
    store.close()
    for name in ("copy.db", DATABASE_FILE):
        rekey_database(tmp_path / name, KEY, bytes(32))
        database = door.open_writing(tmp_path / name, bytes(32))
        assert list(RowSums(trail_key(database)).strayed(database, lambda: None)) == []
        database.close()


NEXT_SHAPE = max(shipped()) + 1
NEXT = {**shipped(), NEXT_SHAPE: "ALTER TABLE shift ADD COLUMN place TEXT;\nCREATE TABLE port (name TEXT) STRICT;\n"}


def taken_to_the_next_shape(folder: Path, *before: str) -> list[str]:
    """What strays after a step of the schema, in front of which somebody without the triggers wrote."""
    database = door.open_writing(folder / DATABASE_FILE, KEY)
    for statement in before:
        database.run(statement)
    migrate(database, NEXT)
    assert version_of(database) == NEXT_SHAPE
    found = list(RowSums(trail_key(database)).strayed(database, lambda: None))
    database.close()
    return found


def filled_and_closed(folder: Path) -> Path:
    create(folder)
    store = opened(folder)
    filled(store)
    store.close()
    return folder


def test_a_step_of_the_schema_counts_its_tables_before_it_is_committed(tmp_path: Path) -> None:
    assert taken_to_the_next_shape(filled_and_closed(tmp_path)) == []
    database = door.open_writing(tmp_path / DATABASE_FILE, KEY)
    assert database.one("SELECT rows FROM row_sum WHERE name = 'port'") == (0,)
    database.close()


@pytest.mark.parametrize(
    ("statement", "tables"),
    [
        ("DELETE FROM inbox", {"inbox"}),
        ("DELETE FROM setting", {"setting"}),
        ("DELETE FROM row_sum", None),
    ],
)
def test_a_step_of_the_schema_does_not_make_good_what_strayed_before(
    tmp_path: Path, statement: str, tables: set[str] | None
) -> None:
    found = set(taken_to_the_next_shape(filled_and_closed(tmp_path), statement))
    assert found == tables if tables else found > {"setting", "shift", "officer"}


def test_emptied_sums_are_said_and_never_counted_anew(tmp_path: Path) -> None:
    filled_and_closed(tmp_path)
    database = door.open_writing(tmp_path / DATABASE_FILE, KEY)
    database.run("DELETE FROM row_sum")
    database.close()
    for _ in range(2):  # no opening and no writing bless what stands there, and the post works
        store = opened(tmp_path)
        with store.unit_of_work() as unit:
            unit.settings.put("new", b"two")
            unit.commit()
        assert {"setting", "officer", "audit_entry", "encounter"} < set(strayed(store))
        assert sums(store) == []
        store.close()


def test_sums_of_a_time_when_they_were_empty_do_not_bless_an_old_page(tmp_path: Path) -> None:
    file = filled_and_closed(tmp_path) / DATABASE_FILE
    database = door.open_writing(file, KEY)
    kept = database.all("SELECT name, rows, sum FROM row_sum")
    database.run("DELETE FROM row_sum")
    door.write_log_back(database)
    before = file.read_bytes()
    for row in kept:
        database.run("INSERT INTO row_sum VALUES (?, ?, ?)", row)
    roots: dict[str, int] = dict(
        database.all("SELECT name, rootpage FROM sqlite_schema WHERE name IN ('setting', 'row_sum')")
    )
    database.close()
    store = opened(tmp_path)
    with store.unit_of_work() as unit:
        unit.settings.put("new", b"two")
        unit.commit()
    assert strayed(store) == []
    store.close()
    mixed = bytearray(file.read_bytes())
    for root in roots.values():
        at = (root - 1) * PAGE
        mixed[at : at + PAGE] = before[at : at + PAGE]
    file.write_bytes(mixed)
    store = opened(tmp_path)
    with store.reading() as unit:
        assert unit.settings.get("new") == b"one"  # the old page is a good page
    assert "setting" in strayed(store)
    store.close()


def test_the_sum_does_not_depend_on_order_and_tells_values_apart(tmp_path: Path) -> None:
    sums = RowSums(TrailKey(bytes(32)))
    found = []
    for name, rows in (("a", ["'x', 'yz'", "'xy', 'z'"]), ("b", ["'xy', 'z'", "'x', 'yz'"]), ("c", ["'xy', 'z'"] * 2)):
        database = door.create(tmp_path / name, KEY)
        database.run("CREATE TABLE row_sum (name TEXT PRIMARY KEY, rows INTEGER, sum BLOB)")
        database.run("CREATE TABLE t (a, b)")
        sums.count(database)
        sums.watch(database)
        for row in rows:
            database.run(f"INSERT INTO t VALUES ({row})")
        found.append(_sum(database))
        database.run("DELETE FROM t")
        assert _sum(database) == (0, bytes(32))
        for value in ("NULL", "0", "''", "x''", "'0'", "x'30'"):
            database.run(f"INSERT INTO t VALUES ({value}, 1)")
        assert len({sums._hashed("t", *row) for row in database.all("SELECT * FROM t")}) == 6
        database.close()
    assert found[0] == found[1] != found[2]


def _sum(database: Connection) -> tuple[int, bytes]:
    ((rows, total),) = database.all("SELECT rows, sum FROM row_sum WHERE name = 't'")
    return rows, total


def test_counting_and_checking_stop_when_asked_to(store: SqlcipherStore) -> None:
    filled(store)
    cancel = CancelToken()
    cancel.cancel()
    with pytest.raises(Cancelled):
        store.strayed_tables(cancel)
    with pytest.raises(Cancelled):
        store.check_pages(cancel)
    assert strayed(store) == []


NAMES = ("МАРИЯ", "محمد علي", "O'BRIEN", "ÑANDÚ-PÉREZ", "李 明", "", "कमला", "ZZ TOP", "A")
NUMBERS = ("UTO-7919 55", "", "Ж77")


def test_a_day_of_many_versions_leaves_words_and_sums_true(store: SqlcipherStore) -> None:
    for number in range(60):
        with store.unit_of_work() as unit:
            name = f"e-{number % 20}"
            known = document(primary=NAMES[number % len(NAMES)], secondary=f"NAME {number}", number=NUMBERS[number % 3])
            holder = known if number % 7 else None
            record = encounter(name, version=number // 20 + 1, minutes=number, holder=holder)
            unit.encounters.add_version(record)
            unit.commit()
    assert strayed(store) == []
