# SPDX-License-Identifier: Apache-2.0
"""The keys of the days: there before they are used, gone when they are dropped, in both copies."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from station.domain.errors import StoreDamaged
from storage import durable
from storage.keys.day_keys import FILE_NAME, MAX_BYTES, PREVIOUS_NAME, DayKeys

FILE_KEY = bytes(range(32))
DAY, NEXT_DAY = "2026-11-22", "2026-11-23"
CONTEXT = b"a picture"
BOTH = (FILE_NAME, PREVIOUS_NAME)


def opened(folder: Path, file_key: bytes = FILE_KEY) -> DayKeys:
    return DayKeys(folder, file_key)


def days_in(path: Path) -> list[str]:
    return [key["day"] for key in json.loads(path.read_bytes())["keys"]]


def test_pictures_of_a_day_share_one_key_and_come_back(tmp_path: Path) -> None:
    keys = opened(tmp_path)
    first, sealed = keys.encrypt(DAY, b"one", CONTEXT)
    second, sealed_too = keys.encrypt(DAY, b"one", CONTEXT)
    other, _ = keys.encrypt(NEXT_DAY, b"one", CONTEXT)
    assert first == second != other
    assert sealed != sealed_too
    assert b"one" not in sealed
    keys.close()
    again = opened(tmp_path)
    assert again.decrypt(first, sealed, CONTEXT) == b"one"
    assert again.encrypt(DAY, b"two", CONTEXT)[0] == first
    assert again.days == ((first, DAY), (other, NEXT_DAY))


def test_nothing_changed_or_moved_is_decrypted(tmp_path: Path) -> None:
    keys = opened(tmp_path)
    key_id, sealed = keys.encrypt(DAY, b"one", CONTEXT)
    other, _ = keys.encrypt(NEXT_DAY, b"", CONTEXT)
    for bit in range(len(sealed) * 8):
        flipped = bytearray(sealed)
        flipped[bit // 8] ^= 1 << bit % 8
        assert keys.decrypt(key_id, bytes(flipped), CONTEXT) is None
    assert keys.decrypt(key_id, sealed, b"another picture") is None
    assert keys.decrypt(other, sealed, CONTEXT) is None
    assert keys.decrypt(key_id, b"short", CONTEXT) is None
    assert keys.decrypt("no such key", sealed, CONTEXT) is None


def test_a_key_stands_in_both_copies_before_it_is_used(tmp_path: Path) -> None:
    keys = opened(tmp_path)
    assert list(tmp_path.iterdir()) == []
    keys.encrypt(DAY, b"one", CONTEXT)
    assert [days_in(tmp_path / name) for name in BOTH] == [[DAY], [DAY]]
    assert (tmp_path / FILE_NAME).stat().st_mode & 0o077 == 0 or os.name == "nt"


def test_a_dropped_key_stands_in_no_copy(tmp_path: Path) -> None:
    keys = opened(tmp_path)
    dropped, sealed = keys.encrypt(DAY, b"one", CONTEXT)
    kept, sealed_too = keys.encrypt(NEXT_DAY, b"two", CONTEXT)
    held_open = [(tmp_path / name).open("rb") for name in BOTH]  # what a disk may still have of the old files
    assert keys.keep_only({kept}) == (DAY,)
    assert [days_in(tmp_path / name) for name in BOTH] == [[NEXT_DAY], [NEXT_DAY]]
    for file in held_open:
        with file:
            assert os.name == "nt" or not file.read().strip(b"\0")
    assert keys.decrypt(dropped, sealed, CONTEXT) is None
    assert keys.decrypt(kept, sealed_too, CONTEXT) == b"two"
    assert keys.keep_only({kept}) == ()
    again, _ = keys.encrypt(DAY, b"three", CONTEXT)
    assert again != dropped
    assert opened(tmp_path).decrypt(dropped, sealed, CONTEXT) is None


@pytest.mark.parametrize("damaged", BOTH)
@pytest.mark.parametrize("how", ["torn", "gone", "of another program", "huge"])
def test_either_copy_alone_serves_and_is_made_whole_again(tmp_path: Path, damaged: str, how: str) -> None:
    key_id, sealed = opened(tmp_path).encrypt(DAY, b"one", CONTEXT)
    path = tmp_path / damaged
    if how == "gone":
        path.unlink()
    elif how == "torn":
        path.write_bytes(path.read_bytes()[:-5])
    elif how == "huge":
        path.write_bytes(path.read_bytes() + b" " * MAX_BYTES)
    else:
        path.write_bytes(path.read_bytes().replace(b'"format":1', b'"format":2'))
    assert opened(tmp_path).decrypt(key_id, sealed, CONTEXT) == b"one"
    assert [days_in(tmp_path / name) for name in BOTH] == [[DAY], [DAY]]


def test_two_damaged_copies_are_said_and_left_alone(tmp_path: Path) -> None:
    opened(tmp_path).encrypt(DAY, b"one", CONTEXT)
    for name in BOTH:
        (tmp_path / name).write_bytes(b"{")
    with pytest.raises(StoreDamaged):
        opened(tmp_path)
    assert [(tmp_path / name).read_bytes() for name in BOTH] == [b"{", b"{"]


def test_a_full_disk_keeps_nobody_from_reading(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    key_id, sealed = opened(tmp_path).encrypt(DAY, b"one", CONTEXT)
    (tmp_path / PREVIOUS_NAME).unlink()
    with monkeypatch.context() as full:
        full.setattr("storage.keys.day_keys.replace_durably", _full)
        keys = opened(tmp_path)
        assert keys.decrypt(key_id, sealed, CONTEXT) == b"one"
        with pytest.raises(OSError, match="full"):
            keys.encrypt(DAY, b"two", CONTEXT)
    assert keys.encrypt(DAY, b"two", CONTEXT)[0] == key_id
    assert [days_in(tmp_path / name) for name in BOTH] == [[DAY], [DAY]]


def test_a_key_whose_writing_failed_is_never_used(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    keys = opened(tmp_path)
    with monkeypatch.context() as full:
        full.setattr("storage.keys.day_keys.replace_durably", _full)
        with pytest.raises(OSError, match="full"):
            keys.encrypt(DAY, b"one", CONTEXT)
    key_id, sealed = keys.encrypt(DAY, b"one", CONTEXT)
    assert opened(tmp_path).decrypt(key_id, sealed, CONTEXT) == b"one"


def test_a_key_whose_dropping_failed_half_way_is_whole_again_before_it_is_used(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    keys = opened(tmp_path)
    key_id, _ = keys.encrypt(DAY, b"one", CONTEXT)

    def only_the_newest(path: Path, data: bytes) -> None:
        if path.name == PREVIOUS_NAME:
            raise OSError("full")
        durable.replace_durably(path, data)

    with monkeypatch.context() as full:
        full.setattr("storage.keys.day_keys.replace_durably", only_the_newest)
        with pytest.raises(OSError, match="full"):
            keys.keep_only(())
    assert days_in(tmp_path / FILE_NAME) == []
    again, sealed = keys.encrypt(DAY, b"two", CONTEXT)
    assert again == key_id
    assert opened(tmp_path).decrypt(key_id, sealed, CONTEXT) == b"two"
    with monkeypatch.context() as full:
        full.setattr("storage.keys.day_keys.replace_durably", only_the_newest)
        with pytest.raises(OSError, match="full"):
            keys.keep_only(())
    assert keys.keep_only(()) == (DAY,)
    assert [days_in(tmp_path / name) for name in BOTH] == [[], []]


def test_another_file_key_opens_nothing_and_takes_a_key_of_its_own(tmp_path: Path) -> None:
    key_id, sealed = opened(tmp_path).encrypt(DAY, b"one", CONTEXT)
    other = opened(tmp_path, bytes(32))
    assert other.decrypt(key_id, sealed, CONTEXT) is None
    assert other.encrypt(DAY, b"two", CONTEXT)[0] != key_id
    assert opened(tmp_path).decrypt(key_id, sealed, CONTEXT) == b"one"


def _full(_path: Path, _data: bytes) -> None:
    raise OSError("full")
