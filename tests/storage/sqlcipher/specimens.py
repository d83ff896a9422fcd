# SPDX-License-Identifier: Apache-2.0
"""Travellers of Utopia, and a store to put them in."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

from station.domain.crossing import Crossing, Direction
from station.domain.dates import PartialDate
from station.domain.decision import Decision, DecisionKind
from station.domain.document import TravelDocument
from station.domain.encounter import Encounter, EncounterStatus, ImageKind, ImageReference, InspectionLine
from station.domain.identifiers import EncounterId, ImageId, OfficerId, PersonId
from station.domain.person import PersonName, Sex
from station.domain.provenance import Provenance
from station.ports.events import E, Unsubscribe
from station.ports.storage import Officer, RoleName, StoreIdentity, StoreKind
from storage.sqlcipher.store import SqlcipherStore, create_database, open_database

KEY = bytes(range(32))
OFFICER = OfficerId("officer-1")
BIRTH = PartialDate(1974, 8, 12)
NOON = datetime(2026, 3, 1, 12, 0, 0, 123456, tzinfo=UTC)
IDENTITY = StoreIdentity(kind=StoreKind.TRAINING, post="UTOPIA NORTH", station="S1", lane="2", created_at=NOON)
ANA = Officer(officer_id=OFFICER, name="Ana", display_name="Ana of Utopia", role=RoleName.OFFICER)


class ListeningBus:
    """An event bus that remembers what was published, and runs one listener."""

    def __init__(self) -> None:
        self.heard: list[object] = []
        self.listener: Callable[[object], None] = lambda event: None

    def publish(self, event: object) -> None:
        self.heard.append(event)
        self.listener(event)

    def subscribe(self, kind: type[E], listener: Callable[[E], None]) -> Unsubscribe:
        raise NotImplementedError("the store only publishes")


def create(folder: Path) -> None:
    """A new store with one officer."""
    create_database(folder, KEY, IDENTITY, {"recipient": b"age1"}, [ANA], NOON)


def opened(folder: Path, events: ListeningBus | None = None) -> SqlcipherStore:
    """The store of `create`."""
    return open_database(folder, KEY, events or ListeningBus())


def document(
    primary: str = "ERIKSSON",
    secondary: str = "ANNA MARIA",
    *,
    number: str = "L898902C3",
    birth: PartialDate = BIRTH,
) -> TravelDocument:
    """A passport of Utopia."""
    return TravelDocument(
        document_code="P",
        issuing_state="UTO",
        document_number=number,
        name=PersonName(primary=primary, secondary=secondary),
        nationality="UTO",
        birth_date=birth,
        sex=Sex.FEMALE,
        expiry_date=PartialDate(2032, 4, 15),
    )


def encounter(
    name: str = "encounter-1",
    *,
    version: int = 1,
    minutes: int = 0,
    status: EncounterStatus = EncounterStatus.RECORDED,
    holder: TravelDocument | None = None,
    person: str | None = None,
    images: tuple[ImageReference, ...] = (),
) -> Encounter:
    """An encounter opened ``minutes`` after noon; decided when it is recorded."""
    at = NOON + timedelta(minutes=minutes)
    decision = Decision(kind=DecisionKind.ADMIT, decided_by=OFFICER, decided_at=at)
    recorded = status is EncounterStatus.RECORDED
    return Encounter(
        encounter_id=EncounterId(name),
        version=version,
        post="UTOPIA NORTH",
        station="S1",
        lane="2",
        opened_at=at,
        opened_by=OFFICER,
        status=status,
        crossing=Crossing(direction=Direction.ENTRY, permitted_until=NOON.date()),
        person_id=None if person is None else PersonId(person),
        document=holder,
        inspections=(InspectionLine(number=1, decision=decision if recorded else None),),
        images=images,
        recorded_at=at if recorded else None,
    )


def picture(name: str, data: bytes, kind: ImageKind = ImageKind.PORTRAIT) -> ImageReference:
    """The reference to a picture of these bytes."""
    return ImageReference(
        image_id=ImageId(name),
        kind=kind,
        media_type="image/png",
        sha256=hashlib.sha256(data).hexdigest(),
        provenance=Provenance(role="face camera", device_id="d", driver="simulators", captured_at=NOON),
    )
