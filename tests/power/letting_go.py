# SPDX-License-Identifier: Apache-2.0
"""Pictures of many days, and encounters that are erased: the recorded work, and what a cut must have left of it.

    python -m tests.power.letting_go FOLDER WORK COUNT

Negative control: ``HBM_POWER_NO_FSYNC=1`` leaves out what forces the key file and its folder to the disk.
"""

from __future__ import annotations

import hashlib
import json
import os
import sys
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

from station.access.audit import Act, image_details, record_details, step_details, verify, verify_records
from station.access.erasure_entries import erased_details
from station.domain.encounter import EncounterStatus
from station.domain.errors import StationError
from station.domain.identifiers import EncounterId
from station.domain.wire import to_json
from station.ports.journal_rows import JournalEntry
from station.ports.retention import Part
from station.ports.storage import Store
from station.ports.tasks import CancelToken
from storage.keys.day_keys import FILE_NAME, PREVIOUS_NAME
from storage.sqlcipher.store import SqlcipherStore, create_database, open_database
from tests.power.promises import DoesNotOpen, Lost, Promise, hold_to
from tests.storage.sqlcipher.specimens import ANA, IDENTITY, KEY, NOON, OFFICER, ListeningBus, encounter, picture

ENCOUNTERS = 24
_AT_ONCE = 3
_CLEARED_AFTER = 6


def acknowledge(promise: dict[str, object]) -> None:
    """Acknowledge: from here on it holds."""
    os.write(int(os.environ["HBM_POWER_SAID"]), json.dumps(promise).encode() + b"\n")


def make(folder: Path) -> None:
    """A store that nobody has used."""
    create_database(folder, KEY, IDENTITY, {}, [ANA], NOON)


def make_old(folder: Path) -> None:
    """A store with abandoned encounters, each with a picture of a day of its own."""
    make(folder)
    store = _opened(folder)
    for number in range(ENCOUNTERS):
        keep(store, number)
    store.close()


def _opened(folder: Path) -> SqlcipherStore:
    return open_database(folder, KEY, ListeningBus())


def keep(store: Store, number: int) -> dict[str, object]:
    """One abandoned encounter in one unit: a picture of its own day, a step, an entry; what is promised of it."""
    data = number.to_bytes(4, "big") * (500 + 2_000 * (number % 3))
    taken = NOON + timedelta(days=number)
    image = picture(f"image-{number}", data)
    image = replace(image, provenance=replace(image.provenance, captured_at=taken))
    record = encounter(f"encounter-{number}", status=EncounterStatus.ABANDONED, images=(image,))
    step = JournalEntry(encounter_id=record.encounter_id, sequence=1, kind="Step", body=b"{}", at=NOON, by=OFFICER)
    body = hashlib.sha256(to_json(record)).hexdigest()
    with store.unit_of_work() as unit:
        unit.images.add(image, data, encounter_id=record.encounter_id)
        unit.encounters.add_version(record)
        unit.journal.append(step)
        vouch = unit.audit.vouch
        details = record_details(vouch, record.encounter_id, 1, body) | step_details(vouch, step)
        details |= image_details(vouch, {image.image_id: image.sha256})
        entry = unit.audit.append(
            at=NOON, by=OFFICER, act=Act.ENCOUNTER_STEP, subject=record.encounter_id, details=details
        )
        unit.commit()
    return {
        "encounter": record.encounter_id,
        "version": 1,
        "body_sha256": body,
        "image": image.image_id,
        "image_sha256": image.sha256,
        "step": 1,
        "audit_sequence": entry.sequence,
        "audit_hash": entry.hash,
    }


def days(folder: Path, count: int) -> None:
    """Save pictures, each of another day: a key is made for every one of them."""
    store = _opened(folder)
    for number in range(count):
        acknowledge(keep(store, number))
    store.close()


def erasing(folder: Path, count: int) -> None:
    """Erase some encounters at a time, and clear what they left behind now and then."""
    store = _opened(folder)
    for first in range(0, count, _AT_ONCE):
        names = [f"encounter-{number}" for number in range(first, min(first + _AT_ONCE, count))]
        with store.unit_of_work() as unit:
            with unit.retention.letting_go():
                for name in names:
                    item = unit.retention.judged(EncounterId(name), Part.RECORD)
                    assert item is not None
                    erased = unit.retention.erase(item)
                    details = erased_details(unit.audit.vouch, erased, rule="record.abandoned", erasure_id="e")
                    unit.audit.append(at=NOON, by=OFFICER, act=Act.RECORD_ERASED, subject=name, details=details)
            unit.commit()
        for name in names:
            acknowledge({"erased": name})
        if (first + _AT_ONCE) % _CLEARED_AFTER == 0:
            for day in store.clear_remains(CancelToken()):
                acknowledge({"dropped": day})
    store.close()


def pictures_kept(folder: Path, promises: Sequence[Promise]) -> None:
    """Every picture that was acknowledged opens, and the next day has a key."""
    try:
        store = _opened(folder)
        try:
            hold_to(store, promises)
            keep(store, 2_000)
        finally:
            store.close()
    except StationError as problem:
        raise DoesNotOpen(f"{type(problem).__name__}: {problem}") from problem


def never_half(folder: Path, promises: Sequence[Promise]) -> None:
    """What was erased is gone, every other encounter is whole, no dropped key is there, and the rest can be done."""
    erased = {str(one["erased"]) for one in promises if "erased" in one}
    dropped = {str(one["dropped"]) for one in promises if "dropped" in one}
    for name in (FILE_NAME, PREVIOUS_NAME):
        path = folder / name
        alive = {day for day in dropped if path.exists() and f'"{day}"' in path.read_text()}
        if alive:
            raise Lost(f"{name} still holds the keys of {sorted(alive)}")
    try:
        store = _opened(folder)
        try:
            strayed = [*store.check_pages(), *store.strayed_tables(CancelToken())]
            if strayed:
                raise Lost(f"not what was written last: {strayed}")
            _hold_to_trail(store, erased)
            store.clear_remains(CancelToken())
            _hold_to_trail(store, erased)
        finally:
            store.close()
    except StationError as problem:
        raise DoesNotOpen(f"{type(problem).__name__}: {problem}") from problem


def _hold_to_trail(store: Store, erased: set[str]) -> None:
    """The trail tells erased from missing: what is half there, or gone without an entry, is a finding."""
    with store.reading() as unit:
        findings = [
            *verify(unit.audit.entries()),
            *verify_records(
                unit.audit.entries(),
                unit.encounters.recorded_bodies(),
                unit.images.recorded_hashes(),
                unit.journal.recorded_steps(),
                vouch=unit.audit.vouch,
            ),
        ]
        there = {str(one.encounter_id) for one in unit.encounters.recorded_bodies()}
    if findings:
        raise Lost("; ".join(found.says.in_english() for found in findings))
    if there & erased:
        raise Lost(f"erased, and there again: {sorted(there & erased)}")


WORKS = {"days": days, "erasing": erasing}

if __name__ == "__main__":
    if "HBM_POWER_NO_FSYNC" in os.environ:
        os.fsync = lambda fd: None
    WORKS[sys.argv[2]](Path(sys.argv[1]), int(sys.argv[3]))
