# SPDX-License-Identifier: Apache-2.0
"""A picture opens under its own identifier and the key of its day, and under nothing else."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from station.domain.encounter import ImageKind
from station.domain.errors import StoreFull
from station.ports.tasks import CancelToken
from storage.keys.day_keys import FILE_NAME, PREVIOUS_NAME
from storage.sqlcipher import connection as door
from storage.sqlcipher.store import SqlcipherStore
from tests.storage.sqlcipher.raw_pages import readable
from tests.storage.sqlcipher.specimens import KEY, NOON, opened, picture

PLAIN = b"\x89PNG a picture of a specimen" * 40


def keep(store: SqlcipherStore, name: str, data: bytes = PLAIN, *, days: int = 0) -> None:
    reference = picture(name, data)
    taken = replace(reference.provenance, captured_at=NOON + timedelta(days=days))
    with store.unit_of_work() as unit:
        unit.images.add(replace(reference, provenance=taken), data)
        unit.commit()


def read(store: SqlcipherStore, name: str) -> bytes | None:
    with store.reading() as unit:
        return unit.images.data(picture(name, b"").image_id)


def changed_by_hand(folder: Path, *statements: str) -> None:
    raw = door.open_writing(folder / "border.db", KEY)
    raw.run("DROP TRIGGER image_stays")
    raw.run("DROP TRIGGER image_kept")
    for statement in statements:
        raw.run(statement)
    raw.close()


def test_a_picture_is_not_plain_even_for_whoever_has_the_database_key(store: SqlcipherStore, tmp_path: Path) -> None:
    keep(store, "a")
    assert read(store, "a") == PLAIN
    store.close()
    everything = readable(tmp_path, KEY)
    assert b"CREATE TABLE image" in everything
    assert PLAIN[:26] not in everything


def test_a_picture_kept_before_there_were_day_keys_stays_readable(store: SqlcipherStore, tmp_path: Path) -> None:
    keep(store, "old")
    store.close()
    changed_by_hand(tmp_path, f"UPDATE image SET day_key = NULL, data = x'{PLAIN.hex()}'")
    store = opened(tmp_path)
    assert read(store, "old") == PLAIN
    with store.reading() as unit:
        assert dict(unit.images.recorded_hashes()) == {"old": picture("old", PLAIN).sha256}
    store.close()


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE image SET data = (SELECT data FROM image WHERE image_id = 'b') WHERE image_id = 'a'",
        f"UPDATE image SET kind = '{ImageKind.PAGE.value}' WHERE image_id = 'a'",
        "UPDATE image SET day_key = 'lost' WHERE image_id = 'a'",
    ],
)
def test_bytes_that_are_not_those_of_the_picture_do_not_open(
    store: SqlcipherStore, tmp_path: Path, statement: str
) -> None:
    keep(store, "a")
    keep(store, "b", b"another picture")
    store.close()
    changed_by_hand(tmp_path, statement)
    store = opened(tmp_path)
    assert read(store, "a") is None
    assert read(store, "b") == b"another picture"
    with store.reading() as unit:
        assert dict(unit.images.recorded_hashes())[picture("a", b"").image_id] != picture("a", PLAIN).sha256
    store.close()


def test_each_day_has_its_key_and_it_goes_with_its_last_picture(store: SqlcipherStore, tmp_path: Path) -> None:
    keep(store, "a", days=0)
    keep(store, "b", days=1)
    assert store.clear_remains(CancelToken()) == ()
    store.close()
    changed_by_hand(tmp_path, "DELETE FROM image WHERE image_id = 'a'")
    store = opened(tmp_path)
    assert store.clear_remains(CancelToken()) == (NOON.astimezone().date().isoformat(),)
    assert read(store, "b") == PLAIN
    for name in (FILE_NAME, PREVIOUS_NAME):
        assert NOON.astimezone().date().isoformat() not in (tmp_path / name).read_text()
    store.close()


def test_a_key_that_cannot_be_kept_fails_the_whole_unit(store: SqlcipherStore, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> None:
        raise OSError("full")

    monkeypatch.setattr("storage.keys.day_keys.replace_durably", full)
    with pytest.raises(StoreFull), store.unit_of_work() as unit:
        with pytest.raises(StoreFull):
            unit.images.add(picture("a", PLAIN), PLAIN)
        unit.settings.put("half", b"a unit")
        unit.commit()
    with store.reading() as unit:
        assert unit.settings.get("half") is None
        assert unit.images.data(picture("a", PLAIN).image_id) is None


def test_remains_are_cleared_outside_of_a_unit_of_work(store: SqlcipherStore) -> None:
    with store.reading(), pytest.raises(RuntimeError):
        store.clear_remains(CancelToken())
