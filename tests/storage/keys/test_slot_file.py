# SPDX-License-Identifier: Apache-2.0
"""The slot file survives a bad write, and a hostile one is refused in words."""

from __future__ import annotations

import contextlib
import json
import os
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from station.domain.errors import StoreDamaged, StoreError, StoreMissing, StoreTooNew
from station.domain.wire import to_json
from station.ports.storage import StoreKind
from storage import durable
from storage.keys.slot_file import FILE_NAME, MAX_BYTES, PREVIOUS_NAME, SlotFile
from storage.keys.slots import SlotKeeper, SlotTable
from tests.open_station import LIGHT, SeededRandomness, people

KEEPER = SlotKeeper(SeededRandomness(), profile=LIGHT)
TABLE = KEEPER.new_table(StoreKind.TRAINING, KEEPER.new_key(), people())


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
    (tmp_path / FILE_NAME).write_bytes(b'{"format": 2, "something": "new"}')
    with pytest.raises(StoreTooNew):
        file.read()


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


def _hostile() -> list[bytes]:
    good: dict[str, Any] = json.loads(to_json(TABLE))
    slot = good["slots"][0]
    kdf = slot["kdf"]

    def with_slot(**changes: object) -> bytes:
        return json.dumps({**good, "slots": [{**slot, **changes}]}).encode()

    return [
        b" " * (MAX_BYTES + 1),
        b"[" * 100_000,
        b'{"format":' + b"[" * 100_000,
        b'{"a":' * 50_000 + b'"format": 1',
        b'{"format": "1"}',
        b'{"format": 1e999}',
        b'{"format": 99999999999999999999999999}',
        json.dumps({**good, "kind": "pretend"}).encode(),
        json.dumps({**good, "slots": "none"}).encode(),
        json.dumps({**good, "slots": [1]}).encode(),
        json.dumps({**good, "store_id": None}).encode(),
        with_slot(kdf={**kdf, "memory_kib": 2**40}),
        with_slot(kdf={**kdf, "memory_kib": 1}),
        with_slot(kdf={**kdf, "passes": 10**9}),
        with_slot(kdf={**kdf, "lanes": -1}),
        with_slot(role="king"),
        with_slot(salt="!!!"),
        with_slot(salt="AAAA"),
        with_slot(wrapped=""),
        with_slot(name="\ud800"),
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
    return replace(table, generation=table.generation + 1)
