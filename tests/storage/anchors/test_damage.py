# SPDX-License-Identifier: Apache-2.0
"""Every flipped bit of the database file is found."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from station.access.audit import record_details
from station.domain.errors import StoreDamaged, StoreError
from station.domain.identifiers import EncounterId
from storage.sqlcipher.store import DATABASE_FILE, SqlcipherStore, open_database
from tests.storage.sqlcipher.specimens import KEY, NOON, ListeningBus, create, encounter, picture

SEED = 20261122
FLIPS = 1_500


def keep(store: SqlcipherStore, name: str, *, version: int = 1, minutes: int = 0) -> None:
    """A recorded encounter, vouched for by an entry of the trail."""
    with store.unit_of_work() as unit:
        unit.encounters.add_version(encounter(name, version=version, minutes=minutes))
        sha256 = unit.encounters.body_hash(EncounterId(name), version)
        assert sha256 is not None
        details = record_details(unit.audit.vouch, EncounterId(name), version, sha256)
        unit.audit.append(at=NOON, by="o", act="encounter.recorded", subject=name, details=details)
        unit.commit()


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """A closed database with some encounters and a picture."""
    create(tmp_path)
    store = open_database(tmp_path, KEY, ListeningBus())
    for number in range(12):
        keep(store, f"encounter-{number}", minutes=number)
    data = random.Random(SEED).randbytes(20_000)
    with store.unit_of_work() as unit:
        unit.images.add(picture("picture-1", data), data)
        unit.commit()
    store.close()
    return tmp_path / DATABASE_FILE


def finds_damage(file: Path) -> bool:
    """Whether opening and checking every page finds something."""
    try:
        store = open_database(file.parent, KEY, ListeningBus())
    except StoreError:
        return True
    try:
        store.check_pages()
    except StoreDamaged:
        return True
    finally:
        store.close()
    return False


def test_every_flipped_bit_of_the_database_is_found(file: Path) -> None:
    assert not finds_damage(file)
    whole = file.read_bytes()
    draw = random.Random(SEED)
    missed = []
    for _ in range(FLIPS):
        bit = draw.randrange(len(whole) * 8)
        damaged = bytearray(whole)
        damaged[bit // 8] ^= 1 << bit % 8
        file.write_bytes(damaged)
        if not finds_damage(file):
            missed.append(bit)
    assert missed == []
