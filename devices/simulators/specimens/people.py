# SPDX-License-Identifier: Apache-2.0
"""The stock of specimen travellers: the n-th traveller of a seed is always the same person with the same document.

Importing this module is cheap; the drawing libraries are loaded with the first picture.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from random import Random

from devices.simulators.specimens.document import ISSUER, SpecimenDocument, draw_document
from devices.simulators.specimens.person import SpecimenPerson, draw_person
from devices.simulators.specimens.specimen import Specimen
from devices.simulators.specimens.wear import Orientation, Wear
from station.domain.dates import PartialDate
from station.domain.provenance import Illumination
from station.mrtd.mrz_compose import MrzValues, compose
from station.ports.images import EncodedImage

__all__ = ["Orientation", "SpecimenPerson", "SpecimenStock", "SpecimenTraveller", "Wear"]

MAXIMUM_TURN = 45.0  # degrees: beyond, half of the face would be hidden and the drawing does not hold
LEAST_DPI, MOST_DPI = 72, 1200


@dataclass(frozen=True, slots=True, kw_only=True)
class SpecimenTraveller(Specimen):
    """A specimen that can be scanned and photographed. Pictures are drawn at each call and are always equal."""

    def page_image(
        self,
        wear: Wear = Wear.LIGHT,
        *,
        dpi: int = 300,
        orientation: Orientation = 0,
        light: Illumination = Illumination.WHITE,
    ) -> EncodedImage:
        """The page with the MRZ as a scanner or camera sees it, with some bed around it.

        The page of a TD1 is its back (Doc 9303-5, 3). ``orientation`` turns the whole picture clockwise, in
        degrees. In another ``light`` the page lies at the same place, with the same dust. NEW is PNG, everything
        else JPEG; both carry ``dpi``. Raises DeviceFault when a typeface is not installed and ValueError outside
        72 to 1200 dpi. Any thread; about 0.2 s at 300 dpi.
        """
        from devices.simulators.specimens import capture, lights, pages

        if not LEAST_DPI <= dpi <= MOST_DPI:
            raise ValueError(f"a scanner has {LEAST_DPI} to {MOST_DPI} dpi, not {dpi}")
        page = pages.draw_page(self, dpi=dpi) if light is Illumination.WHITE else lights.lit_page(self, light, dpi=dpi)
        return capture.captured(
            page, wear, self.random(f"page {wear.value}"), dpi=dpi, orientation=orientation, light=light
        )

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
