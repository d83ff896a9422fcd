# SPDX-License-Identifier: Apache-2.0
"""What can happen to an inspection. Each event is one line of the journal, so each is a plain value."""

from __future__ import annotations

from dataclasses import dataclass, field

from station.domain.checks import Check
from station.domain.crossing import Crossing
from station.domain.decision import Decision
from station.domain.document import TravelDocument
from station.domain.encounter import ImageReference
from station.domain.identifiers import PersonId
from station.domain.provenance import Provenance
from station.domain.words import Text
from station.ports.recognition import CorrectedCharacter, DoubtfulCharacter


@dataclass(frozen=True, slots=True, kw_only=True)
class PageCaptured:
    """A page of the document is in the store; ``further`` is the same page under other lights."""

    image: ImageReference
    further: tuple[ImageReference, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyingChosen:
    """The officer keys in the document; nothing needs to be on the scanner."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DocumentRead:
    """The MRZ was read, and nothing of it is in doubt."""

    document: TravelDocument
    provenance: Provenance
    engine: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DocumentDoubtful:
    """An MRZ was read, and some of it needs the officer's eye."""

    document: TravelDocument
    provenance: Provenance
    engine: str
    reason: Text
    raw_lines: tuple[str, ...] = field(repr=False)
    doubts: tuple[DoubtfulCharacter, ...] = field(repr=False)
    corrected: tuple[CorrectedCharacter, ...] = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadingFailed:
    """Nothing could be read from the page."""

    cause: Text
    next_step: Text


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadAgain:
    """The officer wants the same page read once more."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DocumentConfirmed:
    """The officer confirmed, changed or keyed the document's values."""

    document: TravelDocument
    provenance: Provenance
    changed_characters: tuple[str, ...] = field(default=(), repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class ChecksDone:
    """Every check has its result. ``same_person`` is the person whose earlier crossings were found, if any."""

    checks: tuple[Check, ...]
    same_person: PersonId | None
    last_seen: Text | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class ChecksFailed:
    """The checks could not be done."""

    cause: Text
    next_step: Text


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckAgain:
    """The officer wants the checks repeated."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PortraitTaken:
    """A live portrait of the bearer is in the store."""

    image: ImageReference


@dataclass(frozen=True, slots=True, kw_only=True)
class PortraitFailed:
    """The camera gave no portrait."""

    cause: Text
    next_step: Text


@dataclass(frozen=True, slots=True, kw_only=True)
class TakeAgain:
    """The officer wants another portrait."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PortraitOmitted:
    """The officer goes on without a portrait, with a reason."""

    reason: str = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class DetailsEntered:
    """What is known of the crossing so far; never moves the inspection."""

    crossing: Crossing


@dataclass(frozen=True, slots=True, kw_only=True)
class Admitted:
    """The officer lets the traveller cross."""

    decision: Decision


@dataclass(frozen=True, slots=True, kw_only=True)
class Refused:
    """The officer refuses the crossing, with a ground."""

    decision: Decision


@dataclass(frozen=True, slots=True, kw_only=True)
class Referred:
    """The officer refers to second line."""

    decision: Decision


@dataclass(frozen=True, slots=True, kw_only=True)
class SecondLineOpened:
    """The second inspection of the same encounter begins."""


@dataclass(frozen=True, slots=True, kw_only=True)
class EncounterRecorded:
    """The record is in the store, final but for corrections."""

    person_id: PersonId


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordFailed:
    """The record could not be kept; nothing of it was."""

    cause: Text
    next_step: Text


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordAgain:
    """The officer wants the record tried again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Parked:
    """Put aside; another traveller comes first."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Resumed:
    """Taken up again where it stood."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Abandoned:
    """Ended without a decision, with a reason."""

    reason: str = field(repr=False)


Event = (
    PageCaptured
    | KeyingChosen
    | DocumentRead
    | DocumentDoubtful
    | ReadingFailed
    | ReadAgain
    | DocumentConfirmed
    | ChecksDone
    | ChecksFailed
    | CheckAgain
    | PortraitTaken
    | PortraitFailed
    | TakeAgain
    | PortraitOmitted
    | DetailsEntered
    | Admitted
    | Refused
    | Referred
    | SecondLineOpened
    | EncounterRecorded
    | RecordFailed
    | RecordAgain
    | Parked
    | Resumed
    | Abandoned
)

#: Every kind of event by the name it has in the journal.
EVENTS: dict[str, type[Event]] = {kind.__name__: kind for kind in Event.__args__}
