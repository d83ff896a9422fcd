# SPDX-License-Identifier: Apache-2.0
"""A store that cannot be opened says why, and says nothing wrong."""

from __future__ import annotations

import random
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from station.domain.errors import (
    RecordConflict,
    StoreDamaged,
    StoreError,
    StoreInUse,
    StoreMissing,
    StoreTooNew,
)
from station.ports.storage import Officer, RoleName
from storage.sqlcipher import connection as door
from storage.sqlcipher.store import SqlcipherStore, create_database, open_database
from tests.storage.sqlcipher.specimens import (
    ANA,
    IDENTITY,
    KEY,
    NOON,
    ListeningBus,
    create,
    document,
    encounter,
    opened,
    picture,
)

HOLDER = """
import sys
from pathlib import Path
from tests.storage.sqlcipher.specimens import opened
store = opened(Path(sys.argv[1]))
print("open", flush=True)
sys.stdin.read()
"""


def test_a_new_store_knows_whose_it_is_and_who_may_sign_in(store: SqlcipherStore) -> None:
    assert store.identity == IDENTITY
    with store.reading() as unit:
        assert unit.officers.by_name("ANA") == ANA
        assert unit.settings.get("recipient") == b"age1"
        assert [entry.act for entry in unit.audit.entries()] == ["store.created"]


def test_a_place_without_store_is_missing(tmp_path: Path) -> None:
    with pytest.raises(StoreMissing):
        opened(tmp_path)
    assert list(tmp_path.iterdir()) == [], "looking leaves nothing behind"


def test_a_wrong_key_is_told_as_what_it_can_be(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    create(tmp_path)
    with pytest.raises(StoreDamaged) as refused:
        open_database(tmp_path, bytes(32), ListeningBus())
    assert "does not belong to this key" in refused.value.cause.in_english()
    assert capfd.readouterr().err == "", "the cipher writes nothing by itself"
    opened(tmp_path).close()


def test_a_key_of_another_length_is_a_mistake_of_the_program(tmp_path: Path) -> None:
    create(tmp_path)
    with pytest.raises(ValueError, match="32 bytes"):
        open_database(tmp_path, b"short", ListeningBus())
    opened(tmp_path).close()


def test_something_else_under_the_name_is_damaged(tmp_path: Path) -> None:
    (tmp_path / "border.db").write_bytes(b"not a database, just a note" * 500)
    with pytest.raises(StoreDamaged):
        opened(tmp_path)


def test_every_flipped_bit_is_found(tmp_path: Path) -> None:
    """100 flips anywhere in the file; the 1,500 of the published figure run elsewhere."""
    create(tmp_path)
    store = opened(tmp_path)
    with store.unit_of_work() as unit:
        for number in range(50):
            unit.encounters.add_version(encounter(f"e{number}", holder=document()))
        unit.commit()
    store.close()
    whole = (tmp_path / "border.db").read_bytes()
    draw = random.Random(1)
    for _ in range(100):
        damaged = bytearray(whole)
        damaged[draw.randrange(len(whole))] ^= 1 << draw.randrange(8)
        (tmp_path / "border.db").write_bytes(damaged)
        with pytest.raises(StoreDamaged):
            _open_and_check(tmp_path)
    (tmp_path / "border.db").write_bytes(whole)
    _open_and_check(tmp_path)


def _open_and_check(folder: Path) -> None:
    store = opened(folder)
    try:
        store.check_pages()
    finally:
        store.close()


def test_a_page_damaged_under_a_read_is_told_as_damage(tmp_path: Path) -> None:
    create(tmp_path)
    store = opened(tmp_path)
    data = bytes(500_000)
    with store.unit_of_work() as unit:
        unit.images.add(picture("i", data), data)
        unit.commit()
    store.close()
    file = bytearray((tmp_path / "border.db").read_bytes())
    file[-100_000] ^= 1
    (tmp_path / "border.db").write_bytes(file)
    store = opened(tmp_path)
    with pytest.raises(StoreDamaged), store.reading() as reading:
        reading.images.data(picture("i", data).image_id)
    store.close()


def test_a_truncated_file_is_damaged(tmp_path: Path) -> None:
    create(tmp_path)
    file = tmp_path / "border.db"
    file.write_bytes(file.read_bytes()[:5000])
    with pytest.raises(StoreDamaged):
        _open_and_check(tmp_path)


def test_a_store_of_a_newer_program_is_left_alone(tmp_path: Path) -> None:
    create(tmp_path)
    raw = door.open_writing(tmp_path / "border.db", KEY)
    raw.run("PRAGMA user_version = 99")
    raw.close()
    before = (tmp_path / "border.db").read_bytes()
    with pytest.raises(StoreTooNew) as refused:
        opened(tmp_path)
    assert "version 99" in refused.value.cause.in_english()
    assert (tmp_path / "border.db").read_bytes() == before


def test_a_second_opening_is_told_at_once_that_the_store_is_in_use(store: SqlcipherStore, tmp_path: Path) -> None:
    with pytest.raises(StoreInUse):
        opened(tmp_path)
    with pytest.raises(StoreInUse):
        create(tmp_path)
    store.close()
    opened(tmp_path).close()


def test_another_process_holds_it_until_it_ends(tmp_path: Path) -> None:
    create(tmp_path)
    with subprocess.Popen(
        [sys.executable, "-c", HOLDER, str(tmp_path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "open\n"
        with pytest.raises(StoreInUse) as refused:
            opened(tmp_path)
        assert "already open" in refused.value.cause.in_english()
        holder.kill()
        holder.wait(timeout=30)
    opened(tmp_path).close()


def test_a_store_is_created_once(tmp_path: Path) -> None:
    create(tmp_path)
    before = (tmp_path / "border.db").read_bytes()
    with pytest.raises(StoreError) as refused:
        create(tmp_path)
    assert "already" in refused.value.cause.in_english()
    assert (tmp_path / "border.db").read_bytes() == before


def test_a_creation_that_fails_leaves_no_store_and_can_be_repeated(tmp_path: Path) -> None:
    twin = Officer(officer_id=ANA.officer_id, name="ANA", display_name="Twin", role=RoleName.SUPERVISOR)
    with pytest.raises(RecordConflict):
        create_database(tmp_path, KEY, IDENTITY, {}, [ANA, twin], NOON)
    with pytest.raises(StoreMissing):
        opened(tmp_path)
    create(tmp_path)
    opened(tmp_path).close()


def test_the_rest_of_a_killed_creation_is_cleared_away(tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    create(elsewhere)
    shutil.copy(elsewhere / "border.db", tmp_path / "border.db.unfinished")
    (tmp_path / "border.db.unfinished-journal").write_bytes(b"torn")
    create(tmp_path)
    opened(tmp_path).close()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["border.db", "elsewhere", "store.lock"]


def test_the_identity_cannot_be_given_twice(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="identity"):
        create_database(tmp_path, KEY, IDENTITY, {"identity": b"{}"}, [ANA], NOON)


def test_no_word_of_a_record_stands_readable_on_the_disk(tmp_path: Path) -> None:
    create(tmp_path)
    store = opened(tmp_path)
    data = b"PLANTED-PICTURE" * 1000
    with store.unit_of_work() as unit:
        unit.images.add(picture("i", data), data)
        unit.encounters.add_version(encounter(holder=document("PLANTEDNAME", number="PLANTED12")))
        unit.commit()
    log = tmp_path / "border.db-wal"
    assert log.stat().st_size > len(data), "the log is looked at while it holds the record"
    found = [path.name for path in tmp_path.iterdir() if b"PLANTED" in path.read_bytes().upper()]
    store.close()
    found += [path.name for path in tmp_path.iterdir() if b"PLANTED" in path.read_bytes().upper()]
    assert found == []


def test_a_commit_is_on_the_disk_before_it_returns(tmp_path: Path) -> None:
    """synchronous=FULL and a write-ahead log: the settings that lost nothing in simulated power cuts."""
    create(tmp_path)
    raw = door.open_writing(tmp_path / "border.db", KEY)
    assert raw.one("PRAGMA journal_mode") == ("wal",)
    assert raw.one("PRAGMA synchronous") == (2,)
    assert raw.one("PRAGMA foreign_keys") == (1,)
    assert raw.one("PRAGMA secure_delete") == (1,)
    raw.close()


def test_a_reading_connection_is_refused_by_the_database_itself(tmp_path: Path) -> None:
    create(tmp_path)
    raw = door.open_reading(tmp_path / "border.db", KEY)
    with pytest.raises(StoreError):
        raw.run("DELETE FROM setting")
    assert raw.one("SELECT count(*) FROM setting") == (2,)
    raw.close()


def test_a_crash_while_the_log_is_written_back_is_no_damage(tmp_path: Path) -> None:
    """The torn page stands whole in the log: checked before the log is written back, it would be a false alarm."""
    create(tmp_path)
    store = opened(tmp_path)
    with store.unit_of_work() as unit:
        for number in range(100):
            unit.settings.put(f"colour {number}", b"blue" * 500)
        unit.commit()
    crashed = tmp_path / "crashed"
    crashed.mkdir()
    for name in ("border.db", "border.db-wal"):
        shutil.copy(tmp_path / name, crashed / name)
    store.close()
    torn = bytearray((crashed / "border.db").read_bytes())
    torn[2000:3000] = bytes(1000)  # of the first page, which holds the size of the file and so is in the log
    (crashed / "border.db").write_bytes(torn)
    _open_and_check(crashed)
    again = opened(crashed)
    with again.reading() as reading:
        assert reading.settings.get("colour 99") == b"blue" * 500
    again.close()


def test_a_log_that_somebody_reads_is_busy_and_not_damaged(tmp_path: Path) -> None:
    create(tmp_path)
    reader = door.open_reading(tmp_path / "border.db", KEY)
    writer = door.open_writing(tmp_path / "border.db", KEY)
    reader.run("BEGIN")
    assert reader.one("SELECT count(*) FROM setting") == (2,)
    writer.run("DELETE FROM setting")
    with pytest.raises(StoreInUse):
        door.write_log_back(writer)
    reader.run("ROLLBACK")
    door.write_log_back(writer)
    assert (door.forged_pages(writer), door.strayed_indexes(writer)) == (0, ())
    reader.close()
    writer.close()
