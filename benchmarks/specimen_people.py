# SPDX-License-Identifier: Apache-2.0
"""Seeded travellers of Utopia for the measurements: few names are common, most are rare, people come back."""

from __future__ import annotations

import hashlib
import random
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from station.domain.checks import Check, CheckFamily, CheckResult, CheckWeight
from station.domain.crossing import Crossing, Direction, Purpose, Transport
from station.domain.dates import PartialDate
from station.domain.decision import Decision, DecisionKind
from station.domain.document import TravelDocument
from station.domain.encounter import Encounter, EncounterStatus, ImageKind, ImageReference, InspectionLine
from station.domain.identifiers import EncounterId, ImageId, OfficerId, PersonId, new_identifier
from station.domain.person import PersonName, Sex
from station.domain.provenance import Provenance
from station.domain.words import say
from station.ports.storage import Officer, RoleName, StoreIdentity, StoreKind

OFFICER = OfficerId("specimen-officer")
FIRST_DAY = datetime(2020, 1, 1, tzinfo=UTC)
ENCOUNTERS_A_DAY = 400
_SYLLABLES = tuple(
    "BA BE DO DRA EL FA GOR HA IN JA KA KO LA LI MA MI MU NA NO OS PE RA RI SA SHE SI TA TU VA YO ZA".split()  # noqa: SIM905 (readable)
)


@dataclass(frozen=True, slots=True)
class Specimen:
    """One traveller who does not exist."""

    person_id: PersonId
    document: TravelDocument


class Utopia:
    """A country's worth of travellers, the same for the same seed."""

    def __init__(self, people: int, *, seed: int = 9303) -> None:
        self._draw = random.Random(seed)
        self.surnames = self._names(20_000, 2, 4)
        self.given_names = self._names(3_000, 2, 3)
        self.people = [self._person(number) for number in range(people)]

    def encounters(self, count: int) -> Iterator[Encounter]:
        """Recorded encounters without pictures, oldest first, some 400 a day."""
        step = timedelta(days=1) / ENCOUNTERS_A_DAY
        for number in range(count):
            yield self.encounter(self._draw.choice(self.people), FIRST_DAY + number * step)

    def encounter(self, who: Specimen, at: datetime, *, images: Mapping[ImageKind, bytes] | None = None) -> Encounter:
        """One recorded encounter, with references to the pictures given."""
        checks = tuple(
            Check(
                name=name,
                family=CheckFamily.OPTICAL,
                result=CheckResult.SUCCESSFUL,
                weight=CheckWeight.MANDATORY,
                says=say("The check {name} holds.", name=name),
            )
            for name in ("mrz.check_digits", "mrz.expiry", "mrz.document_code", "history.same_document")
        )
        decision = Decision(kind=DecisionKind.ADMIT, decided_by=OFFICER, decided_at=at)
        return Encounter(
            encounter_id=EncounterId(self._identifier(at)),
            version=1,
            post="UTOPIA NORTH",
            station="S1",
            lane="1",
            opened_at=at,
            opened_by=OFFICER,
            status=EncounterStatus.RECORDED,
            crossing=Crossing(
                direction=self._draw.choice(list(Direction)),
                transport=Transport.BUS,
                coming_from="UTO",
                destination="UTO",
                purpose=Purpose.FAMILY_VISIT,
                intended_stay_days=30,
            ),
            person_id=who.person_id,
            document=who.document,
            inspections=(InspectionLine(number=1, checks=checks, decision=decision),),
            images=tuple(self._reference(kind, data, at) for kind, data in (images or {}).items()),
            recorded_at=at,
        )

    def _reference(self, kind: ImageKind, data: bytes, at: datetime) -> ImageReference:
        return ImageReference(
            image_id=ImageId(self._identifier(at)),
            kind=kind,
            media_type="image/jpeg",
            sha256=hashlib.sha256(data).hexdigest(),
            provenance=Provenance(
                role="document scanner", device_id="specimen", driver="simulators", captured_at=at, simulated=True
            ),
        )

    def _names(self, count: int, least: int, most: int) -> list[str]:
        names = {"".join(self._draw.choices(_SYLLABLES, k=self._draw.randint(least, most))) for _ in range(count)}
        return sorted(names, key=lambda _: self._draw.random())

    def _person(self, number: int) -> Specimen:
        given = {self._skewed(self.given_names) for _ in range(self._draw.randint(1, 2))}
        birth = PartialDate.of((FIRST_DAY - timedelta(days=self._draw.randrange(365, 80 * 365))).date())
        document = TravelDocument(
            document_code="P",
            issuing_state="UTO",
            document_number=f"{self._draw.choice('LPX')}{number + 10_000_000:08d}",
            name=PersonName(primary=self._skewed(self.surnames), secondary=" ".join(sorted(given))),
            nationality="UTO",
            birth_date=birth,
            sex=self._draw.choice(list(Sex)),
            expiry_date=PartialDate(2032, 4, 15),
        )
        return Specimen(PersonId(self._identifier(FIRST_DAY)), document)

    def _skewed(self, names: list[str]) -> str:
        """A name: the first ones are very common, as in any country."""
        return names[int(len(names) * self._draw.random() ** 4)]

    def _identifier(self, at: datetime) -> str:
        return new_identifier(at, self._draw.randbytes(10))


def specimen_identity() -> StoreIdentity:
    """A training store's identity."""
    return StoreIdentity(kind=StoreKind.TRAINING, post="UTOPIA NORTH", station="S1", lane="1", created_at=FIRST_DAY)


def specimen_officer() -> Officer:
    """The one officer of the measurements."""
    return Officer(officer_id=OFFICER, name="specimen", display_name="Specimen", role=RoleName.OFFICER)
