# SPDX-License-Identifier: Apache-2.0
"""How long the officer waits until a decided encounter is safe, and what the encryption costs of it.

The peer is plain SQLite: the same engine, settings, schema and statements on a file without a key.
"""

from __future__ import annotations

import os
import random
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path

import sqlcipher3.dbapi2 as engine

from benchmarks.search import NobodyListens
from benchmarks.specimen_people import FIRST_DAY, OFFICER, Utopia, specimen_identity, specimen_officer
from station.access.audit import Act, image_details, record_details
from station.domain.encounter import Encounter, ImageKind
from station.ports.journal_rows import JournalEntry
from storage.sqlcipher.audit_entries import AuditEntries
from storage.sqlcipher.connection import Connection
from storage.sqlcipher.encounters import Encounters
from storage.sqlcipher.images import Images
from storage.sqlcipher.migration import migrate, shipped
from storage.sqlcipher.repositories import Journal
from storage.sqlcipher.store import create_database, open_database
from storage.sqlcipher.trail_key import TrailKey
from storage.sqlcipher.transaction import Transaction

_IMAGE_BYTES = 300_000
_WARM_UP = 10

_Save = Callable[[Encounter, dict[ImageKind, bytes]], None]


def measure(saves: int) -> list[tuple[str, float, str]]:
    """Median milliseconds of ``saves`` encounters with two pictures of 300 kB, taken in turns with plain SQLite."""
    with tempfile.TemporaryDirectory() as folder:
        database_key = os.urandom(32)
        create_database(Path(folder), database_key, specimen_identity(), {}, [specimen_officer()], FIRST_DAY)
        store = open_database(Path(folder), database_key, NobodyListens())
        trail_key = TrailKey(os.urandom(32))
        plain = _plain_sqlite(Path(folder) / "plain.db")

        def save_encrypted(encounter: Encounter, pictures: dict[ImageKind, bytes]) -> None:
            with store.unit_of_work() as unit:
                _save(unit.images, unit.encounters, unit.journal, unit.audit, encounter=encounter, pictures=pictures)
                unit.commit()

        def save_plain(encounter: Encounter, pictures: dict[ImageKind, bytes]) -> None:
            transaction = Transaction(plain, begin="BEGIN IMMEDIATE")
            _save(
                Images(transaction), Encounters(transaction), Journal(transaction),
                AuditEntries(transaction, trail_key),
                encounter=encounter, pictures=pictures,
            )  # fmt: skip
            transaction.commit()

        try:
            encrypted, unencrypted = _in_turns(save_encrypted, save_plain, saves)
        finally:
            plain.close()
            store.close()
    ours, peer = statistics.median(encrypted), statistics.median(unencrypted)
    return [
        ("save with two 300 kB pictures, median", ours, "ms"),
        ("save with two 300 kB pictures, p95", statistics.quantiles(encrypted, n=20)[-1], "ms"),
        ("the same in plain SQLite, median", peer, "ms"),
        ("encrypted to plain", ours / peer, "times"),
    ]


def _in_turns(first: _Save, second: _Save, saves: int) -> tuple[list[float], list[float]]:
    utopia = Utopia(500)
    draw = random.Random(300)
    times: tuple[list[float], list[float]] = ([], [])
    for number in range(_WARM_UP + saves):
        at = FIRST_DAY + timedelta(minutes=number)
        pictures = {kind: draw.randbytes(_IMAGE_BYTES) for kind in ImageKind}
        for save, taken in zip((first, second), times, strict=True):
            encounter = utopia.encounter(draw.choice(utopia.people), at, images=pictures)
            started = time.perf_counter()
            save(encounter, pictures)
            taken.append((time.perf_counter() - started) * 1000)
    return times[0][_WARM_UP:], times[1][_WARM_UP:]


def _save(
    images: Images,
    encounters: Encounters,
    journal: Journal,
    audit: AuditEntries,
    *,
    encounter: Encounter,
    pictures: dict[ImageKind, bytes],
) -> None:
    """What a station writes when an encounter is recorded."""
    at: datetime = encounter.opened_at
    for reference in encounter.images:
        images.add(reference, pictures[reference.kind])
    encounters.add_version(encounter)
    journal.append(
        JournalEntry(encounter_id=encounter.encounter_id, sequence=1, kind="recorded", body=b"{}", at=at, by=OFFICER)
    )
    body = encounters.body_hash(encounter.encounter_id, encounter.version)
    assert body is not None
    details = record_details(audit.vouch, encounter.encounter_id, encounter.version, body)
    details |= image_details(audit.vouch, {reference.image_id: reference.sha256 for reference in encounter.images})
    audit.append(at=at, by=OFFICER, act=Act.ENCOUNTER_RECORDED, subject=encounter.encounter_id, details=details)


def _plain_sqlite(path: Path) -> Connection:
    connection = Connection(engine.connect(str(path), isolation_level=None))
    for setting in ("journal_mode = WAL", "synchronous = FULL", "foreign_keys = ON", "secure_delete = ON"):
        connection.run(f"PRAGMA {setting}")
    connection.run("PRAGMA cache_size = -16384")
    migrate(connection, shipped())
    return connection


if __name__ == "__main__":
    for name, figure, unit in measure(int(sys.argv[1]) if len(sys.argv) > 1 else 200):
        print(f"{name:45} {figure:12.2f} {unit}")
