# SPDX-License-Identifier: Apache-2.0
"""One person at one post at one time, and everything the post recorded of it.

A recorded encounter is never edited: a correction is the next version, with its reason.
"""

from __future__ import annotations

import enum
from dataclasses import dataclass, field
from datetime import datetime

from station.domain.checks import Check
from station.domain.crossing import Crossing
from station.domain.decision import Decision
from station.domain.document import TravelDocument
from station.domain.identifiers import EncounterId, ImageId, OfficerId, PersonId
from station.domain.provenance import Provenance
from station.domain.words import Text


class EncounterStatus(enum.Enum):
    """Where an encounter stands as a whole."""

    OPEN = "open"  # being worked on, or interrupted by a crash: can be resumed
    PARKED = "parked"  # put aside by the officer, can be resumed
    RECORDED = "recorded"  # decided and recorded: from now on only corrections
    ABANDONED = "abandoned"  # ended without a decision, with a reason


class ImageKind(enum.Enum):
    """What a stored picture shows."""

    PAGE = "page"  # the document's data page as scanned
    PORTRAIT = "portrait"  # the live portrait of the bearer


@dataclass(frozen=True, slots=True, kw_only=True)
class ImageReference:
    """A picture in the store: its identity, kind, SHA-256 (hex) of the encoded bytes, and where it came from.

    The light a page was captured under is in ``provenance.illumination``.
    """

    image_id: ImageId
    kind: ImageKind
    media_type: str
    sha256: str
    provenance: Provenance
    same_page_as: ImageId | None = None  # the page of which this is the picture under another light
    remark: Text | None = None  # what a person should know of this capture, in the device's words


@dataclass(frozen=True, slots=True, kw_only=True)
class InspectionLine:
    """One inspection of an encounter: 1 is the first line; each referral opens the next."""

    number: int
    checks: tuple[Check, ...] = ()
    decision: Decision | None = None
    images: tuple[ImageReference, ...] = ()  # what lay before the officer when this line was decided


@dataclass(frozen=True, slots=True, kw_only=True)
class Correction:
    """Why a version differs from the one before it."""

    reason: str = field(repr=False)
    corrected_by: OfficerId
    corrected_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Encounter:
    """The record of one encounter, version by version. Times are aware, in UTC."""

    encounter_id: EncounterId
    version: int
    post: str
    station: str
    lane: str
    opened_at: datetime
    opened_by: OfficerId
    status: EncounterStatus
    crossing: Crossing
    person_id: PersonId | None = None
    document: TravelDocument | None = None
    document_provenance: Provenance | None = None
    corrected_characters: tuple[str, ...] = field(
        default=(), repr=False
    )  # "line,column,from,to", confirmed by the officer
    inspections: tuple[InspectionLine, ...] = ()
    images: tuple[ImageReference, ...] = ()  # those of every line, the newest of each kind last
    portrait_omitted: str = field(default="", repr=False)  # why there is no portrait
    recorded_at: datetime | None = None
    abandoned_reason: str = field(default="", repr=False)
    correction: Correction | None = None

    @property
    def final_decision(self) -> Decision | None:
        """The decision of the last inspection that has one."""
        return next((line.decision for line in reversed(self.inspections) if line.decision), None)

    @property
    def newest_page(self) -> tuple[ImageReference, ...]:
        """The page that was captured last, and after it the same page under other lights; empty without a page."""
        pages = [image for image in self.images if image.kind is ImageKind.PAGE]
        page = next((image for image in reversed(pages) if image.same_page_as is None), None)
        return () if page is None else (page, *(lit for lit in pages if lit.same_page_as == page.image_id))
