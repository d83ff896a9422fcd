# SPDX-License-Identifier: Apache-2.0
"""What was recorded is not changed: the schema refuses, and what goes round the schema is found."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from station.access.audit import Act, FindingKind, image_details, record_details, step_details, verify, verify_records
from station.domain.identifiers import EncounterId
from station.ports.journal_rows import JournalEntry
from storage.sqlcipher import connection as door
from storage.sqlcipher.connection import Connection, RuleBroken
from tests.storage.sqlcipher.specimens import KEY, NOON, OFFICER, create, document, encounter, opened, picture

DATA = b"a portrait"


@pytest.fixture
def recorded(tmp_path: Path) -> Path:
    """A store with two encounters, a picture, a step and the entries that vouch for them."""
    create(tmp_path)
    store = opened(tmp_path)
    reference = picture("i", DATA)
    with store.unit_of_work() as unit:
        unit.images.add(reference, DATA)
        for name, images in (("e1", (reference,)), ("e2", ())):
            unit.encounters.add_version(encounter(name, holder=document(), images=images))
            body = unit.encounters.body_hash(EncounterId(name), 1)
            assert body is not None
            details = record_details(unit.audit.vouch, EncounterId(name), 1, body)
            details |= image_details(unit.audit.vouch, {one.image_id: one.sha256 for one in images})
            unit.audit.append(at=NOON, by=OFFICER, act=Act.ENCOUNTER_RECORDED, subject=name, details=details)
        step = JournalEntry(encounter_id=EncounterId("e2"), sequence=1, kind="Parked", body=b"{}", at=NOON, by=OFFICER)
        unit.journal.append(step)
        details = step_details(unit.audit.vouch, step)
        unit.audit.append(at=NOON, by=OFFICER, act=Act.ENCOUNTER_PARKED, subject="e2", details=details)
        unit.commit()
    store.close()
    return tmp_path


@pytest.fixture
def attacker(recorded: Path) -> Iterator[Connection]:
    """Somebody with the key in hand, beside the program."""
    connection = door.open_writing(recorded / "border.db", KEY)
    yield connection
    connection.close()


def findings(folder: Path) -> list[FindingKind]:
    store = opened(folder)
    with store.reading() as unit:
        found = verify(unit.audit.entries()) + verify_records(
            unit.audit.entries(),
            unit.encounters.recorded_bodies(),
            unit.images.recorded_hashes(),
            unit.journal.recorded_steps(),
            vouch=unit.audit.vouch,
        )
    store.close()
    return [finding.kind for finding in found]


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE encounter_version SET body = x''",
        "DELETE FROM encounter_version",
        "REPLACE INTO encounter_version (encounter_id, version, body) VALUES ('e1', 1, x'')",
        "UPDATE audit_entry SET by = 'x'",
        "DELETE FROM audit_entry",
        "REPLACE INTO audit_entry VALUES (1, 0, '', '', '', x'', '', '')",
        "UPDATE journal_entry SET kind = 'x'",
        "DELETE FROM journal_entry",
        "UPDATE image SET data = x''",
        "DELETE FROM image",
    ],
)
def test_the_schema_refuses_to_change_what_was_recorded(recorded: Path, statement: str) -> None:
    connection = door.open_writing(recorded / "border.db", KEY)
    with pytest.raises(RuleBroken, match="never"):
        connection.run(statement)
    connection.close()
    assert findings(recorded) == []


def test_an_untouched_store_has_no_findings(recorded: Path) -> None:
    assert findings(recorded) == []


@pytest.mark.parametrize(
    ("statements", "wanted"),
    [
        (
            [
                "DROP TRIGGER encounter_version_stays",
                "UPDATE encounter_version SET body = CAST(replace(body, 'ERIKSSON', 'E') AS BLOB) WHERE version = 1",
            ],
            [FindingKind.RECORD_CHANGED, FindingKind.RECORD_CHANGED],
        ),
        (
            ["DROP TRIGGER encounter_version_kept", "DELETE FROM encounter_version WHERE encounter_id = 'e2'"],
            [FindingKind.RECORD_MISSING],
        ),
        (
            ["INSERT INTO encounter_version SELECT 9, 'e1', 2, body FROM encounter_version LIMIT 1"],
            [FindingKind.RECORD_UNKNOWN],
        ),
        (
            ["DROP TRIGGER journal_entry_stays", "UPDATE journal_entry SET kind = 'Resumed'"],
            [FindingKind.STEP_CHANGED],
        ),
        (["DROP TRIGGER journal_entry_kept", "DELETE FROM journal_entry"], [FindingKind.STEP_MISSING]),
        (["DROP TRIGGER image_stays", "UPDATE image SET data = x'00'"], [FindingKind.IMAGE_CHANGED]),
        (["DROP TRIGGER image_kept", "DELETE FROM image"], [FindingKind.IMAGE_MISSING]),
        (
            ["DROP TRIGGER audit_entry_stays", "UPDATE audit_entry SET by = 'x' WHERE sequence = 2"],
            [FindingKind.EDITED],
        ),
        (
            ["DROP TRIGGER audit_entry_kept", "DELETE FROM audit_entry WHERE sequence = 2"],
            [FindingKind.GAP, FindingKind.RECORD_UNKNOWN],
        ),
    ],
)
def test_whoever_changes_a_record_with_the_key_in_hand_is_found(
    recorded: Path, attacker: Connection, statements: list[str], wanted: list[FindingKind]
) -> None:
    for statement in statements:
        attacker.run(statement)
    attacker.close()
    assert set(findings(recorded)) >= set(wanted)
    assert findings(recorded)[: len(wanted)] == wanted
