# SPDX-License-Identifier: Apache-2.0
"""One page of the database put back to an older state of itself: a good page to the cipher, found by verifying.

``HBM_OLD_PAGES`` sets how many pages are tried (0: all that changed), ``HBM_OLD_PAGES_SEED`` which.
"""

from __future__ import annotations

import os
import random
from collections import Counter
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

from station.access.audit import Act, image_details, record_details, step_details, verify, verify_records
from station.access.erasure_entries import erased_details
from station.domain.errors import StoreDamaged, StoreError
from station.domain.identifiers import EncounterId
from station.ports.export_rows import ExportRecord
from station.ports.journal_rows import JournalEntry
from station.ports.retention import ErasureRecord, Part
from station.ports.safekeeping import ApprovalRecord, LegalHold, OutboxMessage, ShiftRecord
from station.ports.storage import SearchQuery, UnitOfWork
from station.ports.tasks import CancelToken
from storage.sqlcipher import connection as door
from storage.sqlcipher.connection import Row
from storage.sqlcipher.store import DATABASE_FILE, SqlcipherStore, open_database
from tests.storage.sqlcipher.specimens import (
    ANA,
    KEY,
    NOON,
    OFFICER,
    ListeningBus,
    create,
    document,
    encounter,
    opened,
    picture,
)

PAGE = 4096
SEED = 20261123
TRIED = 40
TRAVELLERS = 240
LATER = NOON + timedelta(days=900)


def name_of(number: int) -> EncounterId:
    return EncounterId(f"encounter-{number:04d}")


def pass_through(unit: UnitOfWork, number: int, version: int, draw: random.Random) -> None:
    """One traveller: picture, record, step and entry."""
    name, vouch = name_of(number), unit.audit.vouch
    photo = draw.randbytes(3000)
    image = picture(f"picture-{number}-{version}", photo)
    unit.images.add(image, photo, encounter_id=name)
    holder = document(primary=f"NAME{draw.randrange(10**6)}", number=f"U{draw.randrange(10**8)}")
    unit.encounters.add_version(encounter(name, version=version, minutes=number, holder=holder, images=(image,)))
    step = JournalEntry(
        encounter_id=name,
        sequence=version,
        kind="Step",
        body=b'"' + draw.randbytes(80).hex().encode() + b'"',
        at=NOON,
        by=OFFICER,
    )
    unit.journal.append(step)
    body = unit.encounters.body_hash(name, version)
    assert body is not None
    details = record_details(vouch, name, version, body) | step_details(vouch, step)
    details |= image_details(vouch, {image.image_id: image.sha256})
    unit.audit.append(at=NOON, by=OFFICER, act=Act.ENCOUNTER_RECORDED, subject=name, details=details)


def administer(unit: UnitOfWork, day: int) -> None:
    """Something in every table beside the records, each day a little more and a little changed."""
    for number in range(40):
        unit.settings.put(f"setting.{number:02d}", f"{day} {'x' * 90}".encode())
        tag = f"{day}-{number:02d}"
        unit.officers.add(replace(ANA, officer_id=f"officer-{tag}", name=f"name-{tag}", public_key="k" * 44))  # type: ignore[arg-type]  # a NewType of a string
        approval = ApprovalRecord(
            approval_id=f"a-{tag}", kind="erase", subject="s", shown=b"{}" * 40, shown_sha256="00" * 32,
            asked_by=OFFICER, asked_at=NOON, expires_at=LATER,
        )  # fmt: skip
        unit.approvals.add(approval)
        message = OutboxMessage(message_id=f"m-{tag}", target="protection", kind="k", body=b"{}" * 50, made_at=NOON)
        unit.outbox.put(message)
        unit.inbox.take(f"in-{tag}", NOON)
        hold = LegalHold(
            hold_id=f"h-{tag}", encounter_id=name_of(100 + number), reason="r" * 60, placed_by=OFFICER, placed_at=NOON
        )
        unit.holds.place(hold)
        unit.holds.lift(f"h-{day - 1}-{number:02d}", by=OFFICER, at=LATER)
        shift = ShiftRecord(number=day * 40 + number + 1, opened_by=OFFICER, opened_at=NOON, closed_at=LATER)
        unit.shifts.add(shift)
        erasure = ErasureRecord(
            erasure_id=f"x-{tag}", approval_id=f"a-{tag}", asked_by=OFFICER, asked_at=NOON, body=b"{}" * 40
        )
        unit.retention.add_erasure(erasure)
        unit.retention.put_erasure(replace(erasure, begun_at=NOON, ended_at=LATER, erased=1))
        record = ExportRecord(
            sequence=day * 40 + number + 1, name=f"S1-{tag}", made_at=NOON, made_by=OFFICER,
            bundle_sha256="ab" * 32, encounters=1,
        )  # fmt: skip
        unit.exports.add(record, [(name_of(number + day), 1)])
        unit.retention.note_receipt(record.sequence, by=OFFICER, at=NOON)
    unit.audit.append(at=NOON, by=OFFICER, act=Act.SIGNED_IN, subject="store", details={})


def let_go(unit: UnitOfWork, first: int, last: int) -> None:
    """Records and pictures whose time is over."""
    with unit.retention.letting_go():
        for number in range(first, last):
            item = unit.retention.judged(name_of(number), Part.PICTURES if number % 2 else Part.RECORD)
            assert item is not None
            details = erased_details(unit.audit.vouch, unit.retention.erase(item), rule="r", erasure_id="x")
            unit.audit.append(at=LATER, by=OFFICER, act=Act.RECORD_ERASED, subject=item.encounter_id, details=details)


def a_day(folder: Path, day: int) -> None:
    """What a station writes: new travellers, corrections, administration, an erasure."""
    draw = random.Random(SEED + day)
    store = opened(folder)
    for number in range(day * TRAVELLERS, (day + 1) * TRAVELLERS):
        with store.unit_of_work() as unit:
            pass_through(unit, number, 1, draw)
            unit.commit()
    with store.unit_of_work() as unit:
        for number in draw.sample(range(100, 100 + TRAVELLERS // 2), 20):
            newest = unit.encounters.get(name_of(number))
            assert newest is not None
            pass_through(unit, number, newest.version + 1, draw)
        administer(unit, day)
        let_go(unit, 50 + day * 10, 60 + day * 10)
        unit.commit()
    store.close()


def found_by(file: Path) -> str:
    """What finds that something is wrong; empty when nothing does."""
    try:
        store = open_database(file.parent, KEY, ListeningBus())
    except StoreError:
        return "opening"
    try:
        return _verified(store)
    except StoreDamaged:
        return "structure"
    finally:
        store.close()


def _verified(store: SqlcipherStore) -> str:
    if store.check_pages():
        return "index"
    if store.strayed_tables(CancelToken()):
        return "sum of rows"
    with store.reading() as unit:
        if verify(unit.audit.entries()):
            return "chain"
        if verify_records(
            unit.audit.entries(),
            unit.encounters.recorded_bodies(),
            unit.images.recorded_hashes(),
            unit.journal.recorded_steps(),
            vouch=unit.audit.vouch,
        ):
            return "record"
        return "list" if list(unit.encounters.strayed_rows()) else ""


def everything(file: Path) -> dict[str, list[Row]]:
    """Every row of every table, the parts of the index of words included, and what a search gives."""
    database = door.open_reading(file, KEY)
    names = [name for (name,) in database.all("SELECT name FROM sqlite_schema WHERE type = 'table' AND rootpage > 0")]
    rows = {name: sorted(database.all(f"SELECT * FROM {name}"), key=repr) for name in names}
    database.close()
    store = open_database(file.parent, KEY, ListeningBus())
    with store.reading() as unit:
        rows["search"] = [(one.encounter_id,) for one in unit.encounters.search(SearchQuery(limit=10_000))]
    store.close()
    return rows


def test_an_old_page_put_back_alone_is_found_whatever_it_holds(tmp_path: Path) -> None:
    create(tmp_path)
    file = tmp_path / DATABASE_FILE
    a_day(tmp_path, 0)
    before = file.read_bytes()
    a_day(tmp_path, 1)
    after = file.read_bytes()
    assert found_by(file) == ""
    truth = everything(file)
    pages = min(len(before), len(after)) // PAGE
    changed = [one for one in range(pages) if before[one * PAGE :][:PAGE] != after[one * PAGE :][:PAGE]]
    wanted = int(os.environ.get("HBM_OLD_PAGES", TRIED)) or len(changed)
    draw = random.Random(int(os.environ.get("HBM_OLD_PAGES_SEED", SEED)))
    found: Counter[str] = Counter()
    unseen = []
    for one in draw.sample(changed, min(wanted, len(changed))):
        at = one * PAGE
        file.write_bytes(after[:at] + before[at : at + PAGE] + after[at + PAGE :])
        finder = found_by(file)
        found[finder] += 1
        if not finder and everything(file) != truth:
            unseen.append(one + 1)
    print(f"{len(changed)} pages changed of {pages}; found by: {dict(found)}")
    assert unseen == []
    assert found["sum of rows"] > 0  # else nothing of this test is about tables


def test_a_page_and_the_sums_of_its_time_put_back_together_are_found(tmp_path: Path) -> None:
    """The sums count the entries of the trail as well: both go back, and the trail tells."""
    create(tmp_path)
    file = tmp_path / DATABASE_FILE
    a_day(tmp_path, 0)
    before = file.read_bytes()
    store = opened(tmp_path)
    with store.unit_of_work() as unit:
        unit.settings.put("setting.00", b"9 another recipient".ljust(100))  # as long as it was: one page changes
        unit.audit.append(at=LATER, by=OFFICER, act=Act.SIGNED_IN, subject="store", details={})
        unit.commit()
    store.close()
    after = file.read_bytes()
    database = door.open_reading(file, KEY)
    ((root,),) = database.all("SELECT rootpage FROM sqlite_schema WHERE name = 'row_sum'")
    database.close()
    changed = [one for one in range(len(after) // PAGE) if before[one * PAGE :][:PAGE] != after[one * PAGE :][:PAGE]]
    assert root - 1 in changed
    tried = 0
    for one in changed:
        mixed = bytearray(after)
        for page in {one, root - 1}:
            mixed[page * PAGE : (page + 1) * PAGE] = before[page * PAGE : (page + 1) * PAGE]
        file.write_bytes(mixed)
        assert found_by(file) == "sum of rows"
        tried += 1
    assert tried > 2
