# SPDX-License-Identifier: Apache-2.0
"""The slot file survives a bad write, and a hostile one is refused in words."""

from __future__ import annotations

import contextlib
import itertools
import json
import os
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from station.domain.errors import StoreDamaged, StoreError, StoreMissing, StoreTooNew
from station.domain.wire import to_json
from storage import durable
from storage.keys.keeper import SlotKeeper
from storage.keys.slot_file import FILE_NAME, MAX_BYTES, PREVIOUS_NAME, SlotFile
from storage.keys.slots import SlotTable, without
from tests.open_station import LIGHT, OFFICER_PASSWORD, SUPERVISOR_PASSWORD, SeededRandomness, people
from tests.storage.keys.tables import border_table

KEEPER = SlotKeeper(SeededRandomness(), profile=LIGHT)
KEY = KEEPER.new_key()
TABLE = border_table(KEEPER, KEY, people())


@pytest.fixture
def file(tmp_path: Path) -> SlotFile:
    return SlotFile(tmp_path, KEEPER)


def test_what_was_written_is_read_back(file: SlotFile) -> None:
    file.write(TABLE)
    reading = file.read()
    assert (reading.table, reading.from_previous) == (TABLE, False)


def test_the_file_is_for_the_station_alone(file: SlotFile, tmp_path: Path) -> None:
    file.write(TABLE)
    assert (tmp_path / FILE_NAME).stat().st_mode & 0o777 == 0o600


def test_without_any_file_there_is_no_store(file: SlotFile) -> None:
    assert not file.exists()
    with pytest.raises(StoreMissing):
        file.read()


@pytest.mark.parametrize("rest", [b"", b"{", b"\xff\xfe", b"{}"])
def test_the_generation_before_is_used_when_the_newest_is_unreadable(
    file: SlotFile, tmp_path: Path, rest: bytes
) -> None:
    file.write(TABLE)
    file.write(_next(TABLE))
    (tmp_path / FILE_NAME).write_bytes(rest)
    reading = file.read()
    assert (reading.table, reading.from_previous) == (TABLE, True)


def test_the_generation_before_is_used_when_the_newest_is_gone(file: SlotFile, tmp_path: Path) -> None:
    file.write(TABLE)
    file.write(_next(TABLE))
    (tmp_path / FILE_NAME).unlink()
    assert file.exists()
    assert file.read().from_previous


def test_an_unreadable_file_never_pushes_out_a_readable_one(file: SlotFile, tmp_path: Path) -> None:
    file.write(TABLE)
    file.write(_next(TABLE))
    (tmp_path / FILE_NAME).write_bytes(b"broken")
    file.write(_next(_next(TABLE)))
    assert file.read().table.generation == 3
    (tmp_path / FILE_NAME).write_bytes(b"broken again")
    assert file.read().table == TABLE


def test_both_generations_broken_is_a_damaged_store(file: SlotFile, tmp_path: Path) -> None:
    (tmp_path / FILE_NAME).write_bytes(b"x")
    (tmp_path / PREVIOUS_NAME).write_bytes(b"x")
    with pytest.raises(StoreDamaged) as damaged:
        file.read()
    assert "slots.json" in damaged.value.cause.in_english()


def test_a_newer_program_is_named_as_the_cause(file: SlotFile, tmp_path: Path) -> None:
    file.write(TABLE)
    (tmp_path / FILE_NAME).write_bytes(b'{"format": 3, "something": "new"}')
    with pytest.raises(StoreTooNew):
        file.read()


def test_a_file_from_before_the_first_release_is_named_as_such(file: SlotFile, tmp_path: Path) -> None:
    (tmp_path / FILE_NAME).write_bytes(b'{"format":1,"generation":1,"store_id":"00","kind":"live","slots":[]}')
    with pytest.raises(StoreError, match="before its first release") as refused:
        file.read()
    assert not isinstance(refused.value, StoreDamaged)


def test_what_was_taken_away_is_in_neither_generation(file: SlotFile, tmp_path: Path) -> None:
    file.write(TABLE)
    rest = without(TABLE, TABLE.slots[1])
    file.write_both(rest)
    for name in (FILE_NAME, PREVIOUS_NAME):
        assert b"omar" not in (tmp_path / name).read_bytes()
    assert file.read().table == file.read_previous().table == rest


@pytest.mark.skipif(os.name == "nt", reason="needs POSIX file modes")
def test_a_file_we_may_not_read_is_not_called_damaged(
    file: SlotFile, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file.write(TABLE)
    real_open = Path.open

    def refusing(self: Path, *arguments: Any, **options: Any) -> Any:
        if self.name == FILE_NAME:
            raise PermissionError(13, "Permission denied")  # the superuser that runs tests is refused nothing
        return real_open(self, *arguments, **options)

    monkeypatch.setattr(Path, "open", refusing)
    with pytest.raises(StoreError) as refused:
        file.read()
    assert not isinstance(refused.value, StoreDamaged)
    assert "may not read" in refused.value.cause.in_english()


def _dumped(tree: object) -> bytes:
    """Spelt as the file is, so that nothing but the value is wrong."""
    return json.dumps(tree, separators=(",", ":")).encode()


def _hostile() -> list[bytes]:
    good: dict[str, Any] = json.loads(to_json(TABLE))
    slot = good["slots"][0]
    lock = slot["lock"]
    kdf = lock["kdf"]

    def with_slot(**changes: object) -> bytes:
        return _dumped({**good, "slots": [{**slot, **changes}]})

    def with_lock(**changes: object) -> bytes:
        return with_slot(lock={**lock, **changes})

    return [
        b" " * (MAX_BYTES + 1),
        b"[" * 100_000,
        b'{"format":' + b"[" * 100_000,
        b'{"a":' * 50_000 + b'"format": 2',
        b'{"format": "2"}',
        b'{"format": 1e999}',
        b'{"format": 0}',
        b'{"format": -2}',
        b'{"format": 99999999999999999999999999}',
        _dumped({**good, "kind": "pretend"}),
        _dumped({**good, "slots": "none"}),
        _dumped({**good, "slots": [1]}),
        _dumped({**good, "store_id": None}),
        with_lock(kdf={**kdf, "memory_kib": 2**40}),
        with_lock(kdf={**kdf, "memory_kib": 1}),
        with_lock(kdf={**kdf, "passes": 10**9}),
        with_lock(kdf={**kdf, "lanes": -1}),
        with_slot(role="king"),
        with_lock(salt="!!!"),
        with_lock(salt="AAAA"),
        with_slot(wrapped=""),
        with_slot(wrapped=["", ""]),
        with_slot(lock=None),
        with_lock(openings=[lock["openings"][0]]),
        with_lock(openings=lock["openings"] * 2),
        with_lock(seeds=[1, 2]),
        with_lock(factor={"kind": "x"}),
        with_lock(unknown=1),
        _dumped({**good, "stage": "changing"}),
        _dumped({**good, "founded": ["border", "border"]}),
        _dumped({**good, "founded": ["attic"]}),
        _dumped({**good, "gone": ["AAAA"]}),
        _dumped({**good, "seal": "AAAA"}),
        _dumped({**good, "recovery": {"opening": "AAAA", "wrapped": "AAAA"}}),
        to_json(TABLE) + b" ",
        to_json(TABLE).replace(b'"irina"', b'"\\u0069rina"'),
        with_lock(name="\ud800"),
    ]


@pytest.mark.parametrize("data", _hostile(), ids=range(len(_hostile())))
def test_a_hostile_file_is_refused_in_words(file: SlotFile, tmp_path: Path, data: bytes) -> None:
    (tmp_path / FILE_NAME).write_bytes(data)
    with pytest.raises((StoreDamaged, StoreTooNew)):
        file.read()


@given(at=st.integers(min_value=0, max_value=10**6), bit=st.integers(min_value=0, max_value=7), cut=st.booleans())
def test_no_flipped_bit_and_no_cut_ends_in_a_traceback(
    tmp_path_factory: pytest.TempPathFactory, at: int, bit: int, cut: bool
) -> None:
    folder = tmp_path_factory.mktemp("slots")
    data = bytearray(to_json(TABLE))
    at %= len(data)
    if cut:
        del data[at:]
    else:
        data[at] ^= 1 << bit
    (folder / FILE_NAME).write_bytes(data)
    # A changed letter of a name is well-formed: the seal of its slot finds that.
    with contextlib.suppress(StoreDamaged, StoreTooNew):
        SlotFile(folder, KEEPER).read()


def test_no_flipped_bit_of_the_file_opens_anything_or_changes_a_role(tmp_path: Path) -> None:
    good = to_json(TABLE)
    (tmp_path / FILE_NAME).write_bytes(good)
    file = SlotFile(tmp_path, KEEPER)
    persons = [KEEPER.recognise(TABLE, "irina", SUPERVISOR_PASSWORD), KEEPER.recognise(TABLE, "omar", OFFICER_PASSWORD)]
    accepted, passed = [], 0
    for bit in range(8 * len(good)):
        data = bytearray(good)
        data[bit // 8] ^= 1 << bit % 8
        (tmp_path / FILE_NAME).write_bytes(data)
        with contextlib.suppress(StoreDamaged, StoreTooNew, StoreError):
            table = file.read().table
            passed += 1
            for slot, person in itertools.product(table.slots, persons):
                with contextlib.suppress(StoreDamaged):
                    KEEPER.keys_of(table, slot, person)
                    accepted.append(bit)
    assert accepted == []
    assert passed > len(good), "too few changed files were well-formed for this to prove anything"


@given(data=st.binary(max_size=300))
def test_random_bytes_are_a_damaged_store(tmp_path_factory: pytest.TempPathFactory, data: bytes) -> None:
    folder = tmp_path_factory.mktemp("slots")
    (folder / FILE_NAME).write_bytes(data)
    with pytest.raises((StoreDamaged, StoreTooNew)):
        SlotFile(folder, KEEPER).read()


def test_a_failed_write_leaves_the_old_file_and_no_rest(
    file: SlotFile, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file.write(TABLE)

    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space"):
        file.write(_next(TABLE))
    assert file.read().table == TABLE
    assert [path.name for path in tmp_path.iterdir()] == [FILE_NAME]


@pytest.mark.parametrize(("code", "tolerated"), [(22, True), (5, False)])
def test_a_folder_that_cannot_be_synced_is_no_fault_but_a_broken_disk_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, code: int, tolerated: bool
) -> None:
    def failing(_: int) -> None:
        raise OSError(code, "fsync")

    monkeypatch.setattr(os, "fsync", failing)
    if tolerated:
        durable.sync_folder(tmp_path)
    else:
        with pytest.raises(OSError, match="fsync"):
            durable.sync_folder(tmp_path)


def _next(table: SlotTable) -> SlotTable:
    return KEEPER.sealed(table, KEY)
