# SPDX-License-Identifier: Apache-2.0
"""One specimen: a person, the document, and the source of chance for everything that is drawn of them."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from random import Random
from typing import TYPE_CHECKING

from devices.simulators.specimens.document import SpecimenDocument
from devices.simulators.specimens.person import SpecimenPerson
from station.domain.document import TravelDocument
from station.domain.person import PersonName
from station.mrtd.mrz import parse
from station.mrtd.mrz_formats import MrzFormat

if TYPE_CHECKING:
    from devices.simulators.specimens.face import Face


@dataclass(frozen=True, slots=True, kw_only=True)
class Specimen:
    """One invented person with one document of Utopia."""

    seed: int
    index: int
    today: date
    person: SpecimenPerson
    papers: SpecimenDocument
    mrz_lines: tuple[str, ...] = field(repr=False)

    @property
    def format(self) -> MrzFormat:
        """The layout of the document."""
        return self.papers.format

    @property
    def expired(self) -> bool:
        """Whether the document expired before the reference date of the stock."""
        return self.papers.expiry_date < self.today

    @property
    def document(self) -> TravelDocument:
        """What a faultless reading of the MRZ gives: names in MRZ letters, truncated where the MRZ truncates."""
        fields = parse(self.mrz_lines, today=self.today).fields
        return TravelDocument(
            document_code=fields.document_code.value,
            issuing_state=fields.issuing_state.value,
            document_number=fields.document_number.value,
            name=PersonName(primary=fields.primary_identifier.value, secondary=fields.secondary_identifier.value),
            nationality=fields.nationality.value,
            birth_date=fields.birth_date.date,
            sex=self.person.sex,
            expiry_date=fields.expiry_date.date,
            optional_data=fields.optional_data.value,
            mrz_lines=self.mrz_lines,
        )

    def face(self) -> Face:
        """The numbers the portraits are drawn from."""
        from devices.simulators.specimens.face import draw_face

        age = self.person.age_on(self.today)
        return draw_face(self.random("face"), sex=self.person.sex, age=age)

    def random(self, purpose: str) -> Random:
        """A random source of this traveller's own, always at its start, so that no drawing depends on another."""
        return Random(f"{self.seed}/{self.index}/{purpose}")
