# SPDX-License-Identifier: Apache-2.0
"""What a disk or a hand does to the database file: flipped bits, and old pages put back among new ones."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from station.access.audit import FindingKind, finding_about, record_details, verify_records
from station.access.trail_check import check_trail
from station.domain.errors import StoreDamaged, StoreError
from station.domain.identifiers import EncounterId
from station.ports.storage import SearchQuery
from storage.sqlcipher.store import DATABASE_FILE, SqlcipherStore, open_database
from tests.storage.sqlcipher.specimens import KEY, NOON, ListeningBus, create, encounter, picture

PAGE = 4096
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


def test_an_old_page_put_back_alone_is_found_by_the_full_verification(file: Path) -> None:
    """Each page of the old file in the place of the new one: what the check of the pages passes, the trail finds."""
    before = file.read_bytes()
    store = open_database(file.parent, KEY, ListeningBus())
    for number in range(12):
        keep(store, f"encounter-{number}", version=2, minutes=number)
    store.close()
    after = file.read_bytes()
    changed = [
        at for at in range(0, len(before), PAGE) if before[at : at + PAGE] != after[at : at + PAGE] and at < len(after)
    ]
    assert len(changed) > 5
    unseen, only_by_trail = [], 0
    for at in changed:
        file.write_bytes(after[:at] + before[at : at + PAGE] + after[at + PAGE :])
        if finds_damage(file):
            continue
        only_by_trail += 1
        if not full_verification_finds(file):
            unseen.append(at // PAGE + 1)
    assert only_by_trail > 0  # the cipher and the structure do not see it: otherwise this test proves nothing
    assert harmless(file, after, before, unseen) == unseen


def full_verification_finds(file: Path) -> list[FindingKind]:
    store = open_database(file.parent, KEY, ListeningBus())
    try:
        with store.reading() as unit:
            findings = [*check_trail(unit.audit.entries()).findings]
            findings += verify_records(
                unit.audit.entries(),
                unit.encounters.recorded_bodies(),
                unit.images.recorded_hashes(),
                unit.journal.recorded_steps(),
                vouch=unit.audit.vouch,
            )
            findings += [finding_about(FindingKind.ROW_CHANGED, one) for one in unit.encounters.strayed_rows()]
    except StoreDamaged:
        return [FindingKind.EDITED]
    finally:
        store.close()
    return [finding.kind for finding in findings]


def harmless(file: Path, after: bytes, before: bytes, pages: list[int]) -> list[int]:
    """The pages whose old state changes nothing that the store shows."""
    file.write_bytes(after)
    truth = everything(file)
    same = []
    for page in pages:
        at = (page - 1) * PAGE
        file.write_bytes(after[:at] + before[at : at + PAGE] + after[at + PAGE :])
        if everything(file) == truth:
            same.append(page)
    return same


def everything(file: Path) -> list[object]:
    """All that the store shows."""
    store = open_database(file.parent, KEY, ListeningBus())
    try:
        with store.reading() as unit:
            names = [f"encounter-{number}" for number in range(12)]
            return [
                list(unit.audit.entries()),
                [unit.encounters.versions(EncounterId(name)) for name in names],
                list(unit.encounters.waiting_for_export(limit=100)),
                unit.encounters.search(SearchQuery()),
            ]
    finally:
        store.close()
