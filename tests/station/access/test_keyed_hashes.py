# SPDX-License-Identifier: Apache-2.0
"""The trail holds identifiers and keyed hashes: whoever has it alone cannot try guesses against it."""

from __future__ import annotations

from pathlib import Path

import pytest

from station.access.audit import image_details, record_details, step_details
from station.domain.identifiers import EncounterId
from station.ports.journal_rows import JournalEntry
from storage.sqlcipher import connection as door
from storage.sqlcipher.store import DATABASE_FILE, SqlcipherStore, open_database
from storage.sqlcipher.trail_key import TrailKey
from tests.storage.sqlcipher.specimens import KEY, NOON, OFFICER, ListeningBus, create, document, encounter, picture

PICTURE = b"a specimen picture"


def vouched(store: SqlcipherStore) -> dict[str, str]:
    """Keep one record, the same in every store; the details of its entry."""
    image = picture("picture-1", PICTURE)
    step = JournalEntry(encounter_id=EncounterId("e1"), sequence=1, kind="Parked", body=b"{}", at=NOON, by=OFFICER)
    with store.unit_of_work() as unit:
        unit.images.add(image, PICTURE)
        unit.encounters.add_version(encounter("e1", holder=document(), images=(image,)))
        body = unit.encounters.body_hash(EncounterId("e1"), 1)
        assert body is not None
        vouch = unit.audit.vouch
        details = record_details(vouch, EncounterId("e1"), 1, body) | step_details(vouch, step)
        details |= image_details(vouch, {image.image_id: image.sha256})
        unit.audit.append(at=NOON, by=OFFICER, act="encounter.recorded", subject="e1", details=details)
        unit.commit()
    return details


def test_the_same_record_has_another_hash_on_the_trail_of_each_store(tmp_path: Path) -> None:
    said = []
    for name in ("first", "second"):
        folder = tmp_path / name
        folder.mkdir()
        create(folder)
        store = open_database(folder, KEY, ListeningBus())
        said.append(vouched(store))
        store.close()
    first, second = said
    assert first.keys() == second.keys() == {"version", "body", "step", "step_body", "image.picture-1"}
    for name in ("body", "step_body", "image.picture-1"):
        assert len(first[name]) == 64
        assert first[name] != second[name]


def test_equal_things_of_different_people_cannot_be_told_from_the_trail() -> None:
    vouch = TrailKey(bytes(range(32))).vouch
    kinds, subjects = ("body", "step", "image"), ("e1/1", "e1/11", "e2/1")
    assert len({vouch(kind, subject, "a" * 64) for kind in kinds for subject in subjects}) == 9
    assert vouch("a", "b", "c") == vouch("a", "b", "c")
    with pytest.raises(ValueError, match="identifiers"):
        vouch("a", "b\0c", "d")


def test_no_repository_and_no_settings_give_the_key_away(tmp_path: Path) -> None:
    create(tmp_path)
    store = open_database(tmp_path, KEY, ListeningBus())
    database = door.open_reading(tmp_path / DATABASE_FILE, KEY)
    ((key,),) = database.all("SELECT key FROM trail_key")
    names = [name for (name,) in database.all("SELECT name FROM setting")]
    database.close()
    with store.reading() as unit:
        assert names
        assert not any(key in (unit.settings.get(name) or b"") for name in names)
        with pytest.raises(AttributeError):
            unit.audit.key  # type: ignore[attr-defined]  # noqa: B018  # that it is not there is what is tested
    store.close()
    for sql in Path("storage/sqlcipher").glob("*.py"):
        assert sql.name == "trail_key.py" or "FROM trail_key" not in sql.read_text(encoding="utf-8")
