# SPDX-License-Identifier: Apache-2.0
"""The stock of specimen travellers: the n-th traveller of a seed is always the same person with the same document.

Importing this module is cheap; the drawing libraries are loaded with the first picture.
"""

from __future__ import annotations

import enum
from dataclasses import dataclass, field
from datetime import date
from random import Random
from typing import TYPE_CHECKING, Literal

from devices.simulators.specimens.document import ISSUER, SpecimenDocument, draw_document
from devices.simulators.specimens.person import SpecimenPerson, draw_person
from station.domain.dates import PartialDate
from station.domain.document import TravelDocument
from station.domain.person import PersonName
from station.mrtd.mrz import parse
from station.mrtd.mrz_compose import MrzValues, compose
from station.mrtd.mrz_formats import MrzFormat
from station.ports.devices import EncodedImage

if TYPE_CHECKING:
    from devices.simulators.specimens.face import Face

__all__ = ["SpecimenPerson", "SpecimenStock", "SpecimenTraveller", "Wear"]

Orientation = Literal[0, 90, 180, 270]

MAXIMUM_TURN = 45.0  # degrees: beyond, half of the face would be hidden and the drawing does not hold
LEAST_DPI, MOST_DPI = 72, 1200


class Wear(enum.Enum):
    """The state of a document and the way its picture was taken."""

    NEW = "new"  # fresh from the printer, scanned straight
    LIGHT = "light"  # carried a little: laid down not quite straight, faint dust and softness
    WORN = "worn"  # carried for years: folds, stains, faded print, rubbed edges
    PHOTOGRAPHED = "photographed"  # by a hand-held camera: perspective, uneven light, noise, blur


@dataclass(frozen=True, slots=True, kw_only=True)
class SpecimenTraveller:
    """One invented person with one document of Utopia. Pictures are drawn anew at each call and are always equal."""

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

    def page_image(self, wear: Wear = Wear.LIGHT, *, dpi: int = 300, orientation: Orientation = 0) -> EncodedImage:
        """The page with the MRZ as a scanner or camera sees it, with some bed around it.

        The page of a TD1 is its back (Doc 9303-5, 3). ``orientation`` turns the whole picture clockwise, in
        degrees. NEW is PNG, everything else JPEG; both carry ``dpi``. Raises DeviceFault when a typeface is
        not installed and ValueError outside 72 to 1200 dpi. Any thread; about 0.2 s at 300 dpi.
        """
        from devices.simulators.specimens import capture, pages

        if not LEAST_DPI <= dpi <= MOST_DPI:
            raise ValueError(f"a scanner has {LEAST_DPI} to {MOST_DPI} dpi, not {dpi}")
        page = pages.draw_page(self, dpi=dpi)
        return capture.captured(page, wear, self.random(f"page {wear.value}"), dpi=dpi, orientation=orientation)

    def portrait_image(self, *, turn: float = 0.0) -> EncodedImage:
        """The bearer before the post's camera today: 720 x 960 JPEG, the face of the page in other light and clothes.

        ``turn`` turns the head, in degrees, positive to the right of the picture; 45 either way at most, else
        ValueError. Any thread.
        """
        from devices.simulators.specimens import capture, portrait

        if not -MAXIMUM_TURN <= turn <= MAXIMUM_TURN:
            raise ValueError(f"the head turns {MAXIMUM_TURN:.0f} degrees at most")
        picture = portrait.live_portrait(self.face(), self.random("live"), turn=turn)
        return capture.as_jpeg(picture, quality=90, dpi=96)

    def face(self) -> Face:
        """The numbers the portraits are drawn from."""
        from devices.simulators.specimens.face import draw_face

        age = self.person.age_on(self.today)
        return draw_face(self.random("face"), sex=self.person.sex, age=age)

    def random(self, purpose: str) -> Random:
        """A random source of this traveller's own, always at its start, so that no drawing depends on another."""
        return Random(f"{self.seed}/{self.index}/{purpose}")


@dataclass(frozen=True, slots=True)
class SpecimenStock:
    """All specimen travellers of one seed. ``today`` is the day at which ages and expiry are judged."""

    seed: int
    today: date = field(kw_only=True)

    def traveller(self, index: int) -> SpecimenTraveller:
        """The traveller at ``index``, from 0. Document numbers differ for the first ten million."""
        if index < 0:
            raise ValueError("travellers are counted from 0")
        person = draw_person(Random(f"{self.seed}/{index}/person"), self.today)
        papers = draw_document(Random(f"{self.seed}/{index}/document"), person, index, today=self.today)
        return SpecimenTraveller(
            seed=self.seed,
            index=index,
            today=self.today,
            person=person,
            papers=papers,
            mrz_lines=_mrz_lines(person, papers),
        )


def _mrz_lines(person: SpecimenPerson, papers: SpecimenDocument) -> tuple[str, ...]:
    return compose(
        papers.format,
        MrzValues(
            document_code=papers.code,
            issuing_state=ISSUER,
            primary_identifier=person.name.primary,
            secondary_identifier=person.name.secondary,
            document_number=papers.number,
            nationality=person.nationality,
            birth_date=person.birth_date,
            sex=person.sex,
            expiry_date=PartialDate.of(papers.expiry_date),
            optional_data=papers.optional_data,
        ),
    )
