# SPDX-License-Identifier: Apache-2.0
"""A post for the tests of doors: a supervisor, an officer, paper shares, and what can be done to its folder."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from station.domain.identifiers import OfficerId
from station.domain.secrets import Secret
from station.ports.keys import NewOfficer, Opened
from station.ports.storage import Officer, RoleName, Store, StoreIdentity, StoreKind, StoreName
from station.ports.tasks import CancelToken
from storage.door import FolderDoor
from tests.open_station import (
    LIGHT,
    SUPERVISOR_PASSWORD,
    KeptEvents,
    SeededRandomness,
    StandingClock,
    people,
)

MASTER = Secret(bytes(range(32)))
IDENTITY = StoreIdentity(
    kind=StoreKind.TRAINING, post="Harbour", station="H1", lane="1", created_at=datetime(2026, 11, 22, tzinfo=UTC)
)
PROTECTION = StoreIdentity(
    kind=StoreKind.TRAINING,
    post="Harbour",
    station="H1",
    lane="1",
    created_at=datetime(2026, 11, 23, tzinfo=UTC),
    name=StoreName.PROTECTION,
)
FOCAL_PASSWORD = Secret.of("harvest window candle sea")
SECOND_PASSWORD = Secret.of("paper mountain silver dog")
DISTRESS_PASSWORD = Secret.of("the river is quiet tonight")


class Post:
    """A door with its desk, and the same people at every test."""

    def __init__(self, place: Path, *extra: NewOfficer, recovery: Secret | None = MASTER) -> None:
        self.place = place
        self.clock = StandingClock()
        self.door = FolderDoor(place, KeptEvents(), self.clock, SeededRandomness(), profile=LIGHT)
        self.desk = self.door.desk
        if not self.door.exists():
            self.door.create(IDENTITY, people(*extra), {}, recovery=recovery)

    def unlocked(self, name: str = "irina", password: Secret = SUPERVISOR_PASSWORD) -> Opened:
        """What a person's password opens."""
        return self.door.unlock(name, password, cancel=CancelToken())

    def opens(self, name: str = "irina", password: Secret = SUPERVISOR_PASSWORD) -> frozenset[StoreName]:
        """The stores that a person can open; they are closed again. Raises what unlocking raises."""
        return closed(self.unlocked(name, password))

    def row(self, person: NewOfficer) -> Officer:
        """Keep a new person in the border's database, as the service of people does before it gives slots."""
        officer = Officer(
            officer_id=OfficerId(f"id-{person.name}"),
            name=person.name,
            display_name=person.display_name,
            role=person.role,
        )
        opened = self.unlocked()
        with opened.store.unit_of_work() as unit:
            unit.officers.add(officer)
            unit.commit()
        closed(opened)
        return officer

    def role(self, name: str, role: RoleName) -> None:
        """Change a role in the border's database."""
        opened = self.unlocked()
        with opened.store.unit_of_work() as unit:
            officer = unit.officers.by_name(name)
            assert officer is not None
            unit.officers.replace(replace(officer, role=role))
            unit.commit()
        closed(opened)

    def with_focal_point(self) -> None:
        """Name the first focal point, and found the store with it."""
        person = focal_point()
        row = self.row(person)
        with self.desk.keys("irina", SUPERVISOR_PASSWORD) as ring:
            public_key = ring.add(person)
            ring.found(StoreName.PROTECTION, PROTECTION, [replace(row, public_key=public_key)])


def focal_point(name: str = "farah", password: Secret = FOCAL_PASSWORD) -> NewOfficer:
    """A protection focal point."""
    return NewOfficer(name=name, display_name="Farah Specimen", role=RoleName.FOCAL_POINT, password=password)


def second_supervisor() -> NewOfficer:
    """Another supervisor."""
    return NewOfficer(name="boris", display_name="Boris Specimen", role=RoleName.SUPERVISOR, password=SECOND_PASSWORD)


def closed(opened: Opened) -> frozenset[StoreName]:
    """Close everything; what it was."""
    stores: dict[StoreName, Store] = {StoreName.BORDER: opened.store, **opened.further}
    for store in stores.values():
        store.close()
    return frozenset(stores)
