# SPDX-License-Identifier: Apache-2.0
"""What the recorded process promises, and how a store is held to it; both sides use this module."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from station.access.audit import Act, AuditHead, image_details, record_details, step_details, verify, verify_records
from station.domain.encounter import EncounterStatus, ImageReference
from station.domain.errors import StationError
from station.domain.identifiers import EncounterId
from station.domain.secrets import Secret
from station.domain.wire import to_json
from station.ports.journal_rows import JournalEntry
from station.ports.storage import Store, StoreIdentity, StoreKind, StoreName, UnitOfWork
from station.ports.tasks import CancelToken
from storage.door import FolderDoor
from storage.keys.slots import SlotTable
from tests.open_station import LIGHT, SUPERVISOR_PASSWORD, KeptEvents, SeededRandomness, StandingClock, people
from tests.storage.sqlcipher.specimens import NOON, OFFICER, document, encounter, picture

PLACE = "store"  # within the watched folder
WHO = "irina"
CHANGING = "omar"  # whose password is changed again and again
IDENTITY = StoreIdentity(
    kind=StoreKind.TRAINING, post="Utopia", station="P1", lane="1", created_at=datetime(2026, 11, 22, tzinfo=UTC)
)
PUBLIC_KEY = {"public_key": b"a specimen of a public key"}

Promise = Mapping[str, object]


class Lost(AssertionError):
    """Something acknowledged is not there, or something is half there."""


class DoesNotOpen(AssertionError):
    """The store, or what stands in its place, cannot be used."""


@dataclass(frozen=True, slots=True)
class Saved:
    """One unit of work that was committed, in the words of the acknowledgement."""

    encounter: str
    version: int
    body_sha256: str
    image: str
    image_sha256: str
    step: int
    audit_sequence: int
    audit_hash: str

    def promise(self) -> dict[str, object]:
        """What goes down the pipe."""
        return {name: getattr(self, name) for name in self.__slots__}


def door_at(folder: Path) -> FolderDoor:
    """The door of the store below ``folder``."""
    return FolderDoor(folder / PLACE, KeptEvents(), StandingClock(), SeededRandomness(), profile=LIGHT)


def make(folder: Path) -> None:
    """A store with two people, by the station's own door."""
    door_at(folder).create(IDENTITY, people(), PUBLIC_KEY)


def unlocked(folder: Path) -> Store:
    """The open border store; the others were opened and closed. Raises what the door raises."""
    opened = door_at(folder).unlock(WHO, SUPERVISOR_PASSWORD, cancel=CancelToken())
    for store in opened.further.values():
        store.close()
    return opened.store


def change_password(folder: Path, number: int) -> None:
    """Give the officer of the post their password number so and so."""
    with door_at(folder).desk.keys(WHO, SUPERVISOR_PASSWORD) as ring:
        ring.change_password(CHANGING, numbered(number), distress_password=None)


def numbered(number: int) -> Secret:
    """One of the officer's passwords."""
    return Secret.of(f"copper meadow violin {number}")


def next_table(folder: Path) -> SlotTable:
    """The next generation of the border's key table, sealed as whoever changes people seals it."""
    door = door_at(folder)
    with door.desk.keys(WHO, SUPERVISOR_PASSWORD) as ring:
        station = door.desk.station
        return station.keeper.sealed(station.slots(StoreName.BORDER).read().table, ring.keys[StoreName.BORDER])


def save(store: Store, number: int, *, picture_bytes: int) -> Saved:
    """One unit as an inspection keeps it: a version of a record, a picture, a step, the entry that vouches for them.

    Even numbers open an encounter, odd ones record the one before.
    """
    name = f"encounter-{number // 2}"
    data = b"\xff\xd8\xff" + number.to_bytes(4, "big") * (picture_bytes // 4)
    image = picture(f"image-{number}", data)
    with store.unit_of_work() as unit:
        kept = unit.encounters.get(EncounterId(name))
        images: tuple[ImageReference, ...] = (*(kept.images if kept else ()), image)
        version = kept.version + 1 if kept else 1
        record = replace(
            encounter(
                name,
                version=version,
                minutes=number,
                holder=document(f"SPECIMEN{number:04}"[:12], "ANNA"),
                images=images,
            ),
            status=EncounterStatus.RECORDED if version > 1 else EncounterStatus.OPEN,
        )
        at = NOON + timedelta(minutes=number)
        step = JournalEntry(
            encounter_id=record.encounter_id, sequence=version, kind="Step", body=b"{}", at=at, by=OFFICER
        )
        unit.images.add(image, data)
        unit.encounters.add_version(record)
        unit.journal.append(step)
        body = hashlib.sha256(to_json(record)).hexdigest()
        vouch = unit.audit.vouch
        details = record_details(vouch, record.encounter_id, version, body) | step_details(vouch, step)
        details |= image_details(vouch, {image.image_id: image.sha256})
        entry = unit.audit.append(at=at, by=OFFICER, act=Act.ENCOUNTER_STEP, subject=name, details=details)
        unit.commit()
    return Saved(name, version, body, image.image_id, image.sha256, version, entry.sequence, entry.hash)


def hold_to(store: Store, promises: Sequence[Promise]) -> None:
    """Everything promised is in the open store, nothing is half there, and every page is whole. Raises Lost."""
    try:
        strayed = [*store.check_pages(), *store.strayed_tables(CancelToken())]
    except StationError as problem:
        raise DoesNotOpen(f"its pages: {problem}") from problem
    if strayed:
        raise Lost(f"not what was written last: {strayed}")
    with store.reading() as unit:
        last = max(promises, key=_sequence, default=None)
        head = AuditHead(_sequence(last), str(last["audit_hash"])) if last else None
        findings = [
            *verify(unit.audit.entries(), expected_head=head),
            *verify_records(
                unit.audit.entries(),
                unit.encounters.recorded_bodies(),
                unit.images.recorded_hashes(),
                unit.journal.recorded_steps(),
                vouch=unit.audit.vouch,
            ),
        ]
        if findings:
            raise Lost("; ".join(found.says.in_english() for found in findings))
        images = dict(unit.images.recorded_hashes())
        for promise in promises:
            _kept(unit, promise, {str(name): sha256 for name, sha256 in images.items()})
        _nothing_half(unit, len(images))


def _sequence(promise: Promise) -> int:
    return int(str(promise["audit_sequence"]))


def _kept(unit: UnitOfWork, promise: Promise, images: Mapping[str, str]) -> None:
    name = EncounterId(str(promise["encounter"]))
    if unit.encounters.body_hash(name, int(str(promise["version"]))) != promise["body_sha256"]:
        raise Lost(f"{name} version {promise['version']}")
    if images.get(str(promise["image"])) != promise["image_sha256"]:
        raise Lost(f"{promise['image']}")
    if len(unit.journal.of(name)) < int(str(promise["step"])):
        raise Lost(f"step {promise['step']} of {name}")


def _nothing_half(unit: UnitOfWork, images: int) -> None:
    """A unit has one version, one picture, one step, one entry: each of these is there as often as the others."""
    versions = len(list(unit.encounters.recorded_bodies()))
    steps = len(list(unit.journal.recorded_steps()))
    entries = sum(entry.act == Act.ENCOUNTER_STEP for entry in unit.audit.entries())
    if not versions == steps == entries == images:
        raise Lost(f"half a unit: {versions} versions, {images} pictures, {steps} steps, {entries} entries")
