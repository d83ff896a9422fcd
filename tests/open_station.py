# SPDX-License-Identifier: Apache-2.0
"""A station for tests: real store, real seal, real audit trail; only the password stretching is light."""

from __future__ import annotations

import hashlib
import random
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TypeVar

from station.access.checkpoints import CheckpointService
from station.access.first_start import FirstStart, set_up
from station.access.recovery import RecoverySet
from station.access.sign_in import Session, SignInService
from station.domain.crossing import Crossing, Direction
from station.domain.encounter import Encounter, EncounterStatus, ImageKind, ImageReference
from station.domain.identifiers import EncounterId, ImageId, OfficerId, new_identifier
from station.domain.provenance import Provenance
from station.domain.secrets import Secret
from station.ports.anchors import TokenCounter
from station.ports.keys import NewOfficer
from station.ports.storage import RoleName, StoreKind
from station.ports.tasks import CancelToken
from storage.door import FolderDoor
from storage.keys.stretching import KdfProfile
from storage.sealed import age
from storage.sealed.sealer import AgeMinisignSealer

E = TypeVar("E")

#: As light as the absolute floor allows: for tests only.
LIGHT = KdfProfile(memory_kib=8 * 1024, passes=1, lanes=1)

SUPERVISOR_PASSWORD = Secret.of("lantern orchid ferry nine")
OFFICER_PASSWORD = Secret.of("copper meadow violin tide")


@dataclass(slots=True)
class StandingClock:
    """Time moves a second each time it is asked for."""

    at: datetime = datetime(2026, 11, 22, 8, 0, tzinfo=UTC)

    def now(self) -> datetime:
        self.at += timedelta(seconds=1)
        return self.at

    def monotonic(self) -> float:
        return self.at.timestamp()


class SeededRandomness:
    """The same bytes for the same seed."""

    def __init__(self, seed: int = 7) -> None:
        self._random = random.Random(seed)

    def bytes(self, count: int) -> bytes:
        return self._random.randbytes(count)


@dataclass(slots=True)
class KeptEvents:
    """A bus that keeps what was published."""

    published: list[object] = field(default_factory=list)

    def publish(self, event: object) -> None:
        self.published.append(event)

    def subscribe(self, kind: type[E], listener: Callable[[E], None]) -> Callable[[], None]:
        raise AssertionError("nothing here listens")


def people(*extra: NewOfficer) -> tuple[NewOfficer, ...]:
    """A supervisor and an officer of Utopia."""
    return (
        NewOfficer(name="irina", display_name="Irina Specimen", role=RoleName.SUPERVISOR, password=SUPERVISOR_PASSWORD),
        NewOfficer(name="omar", display_name="Omar Specimen", role=RoleName.OFFICER, password=OFFICER_PASSWORD),
        *extra,
    )


class OpenStation:
    """A station that was set up in a folder, with throw-away keys of headquarters."""

    def __init__(
        self,
        folder: Path,
        kind: StoreKind = StoreKind.TRAINING,
        *,
        station: str = "Harbour 1",
        recovery: RecoverySet | None = None,
        profile: KdfProfile = LIGHT,
        counter: TokenCounter | None = None,
    ) -> None:
        self.clock = StandingClock()
        self.randomness = SeededRandomness()
        self.events = KeptEvents()
        self.store_folder = folder / "store"
        self.sealer = AgeMinisignSealer(self.clock, self.randomness)
        self.identity, self.recipient = age.new_identity()  # of headquarters
        self.door = FolderDoor(
            self.store_folder, self.events, self.clock, self.randomness, profile=profile, counter=counter
        )
        first = FirstStart(
            post="Utopia Harbour",
            station=station,
            lane="1",
            kind=kind,
            recipient=self.recipient,
            people=people(),
        )
        self.public_key = set_up(first, door=self.door, sealer=self.sealer, clock=self.clock, recovery=recovery)
        self.checkpoints = CheckpointService(self.sealer, self.clock, counter=counter)
        self.sign_ins = SignInService(self.door, self.clock, self.checkpoints)

    def signed_in(self, name: str = "irina", password: Secret = SUPERVISOR_PASSWORD) -> Session:
        """A session of one of the people."""
        return self.sign_ins.sign_in(name, password, CancelToken())

    def encounter(
        self, *, images: int = 0, status: EncounterStatus = EncounterStatus.RECORDED
    ) -> tuple[Encounter, dict[ImageId, bytes]]:
        """A traveller's encounter with made-up pictures."""
        now = self.clock.now()
        pictures = {
            ImageId(new_identifier(now, self.randomness.bytes(10))): b"\xff\xd8\xff" + self.randomness.bytes(2_000)
            for _ in range(images)
        }
        seen = Provenance(role="document_scanner", device_id="sim-1", driver="simulators", captured_at=now)
        encounter = Encounter(
            encounter_id=EncounterId(new_identifier(now, self.randomness.bytes(10))),
            version=1,
            post="Utopia Harbour",
            station="Harbour 1",
            lane="1",
            opened_at=now,
            opened_by=OfficerId("officer-1"),
            status=status,
            crossing=Crossing(direction=Direction.ENTRY),
            recorded_at=now if status is EncounterStatus.RECORDED else None,
            images=tuple(
                ImageReference(
                    image_id=image_id,
                    kind=ImageKind.PAGE,
                    media_type="image/jpeg",
                    sha256=hashlib.sha256(data).hexdigest(),
                    provenance=seen,
                )
                for image_id, data in pictures.items()
            ),
        )
        return encounter, pictures

    def keep(self, session: Session, encounter: Encounter, pictures: dict[ImageId, bytes]) -> EncounterId:
        """Put an encounter into the store."""
        references = {reference.image_id: reference for reference in encounter.images}
        with session.store.unit_of_work() as unit:
            for image_id, data in pictures.items():
                unit.images.add(references[image_id], data)
            unit.encounters.add_version(encounter)
            unit.commit()
        return encounter.encounter_id
