# SPDX-License-Identifier: Apache-2.0
"""What is known in the middle of an inspection: the fold of its journal, so a killed process loses nothing."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import datetime

from station.domain.checks import Check
from station.domain.crossing import Crossing, Direction
from station.domain.document import TravelDocument
from station.domain.encounter import (
    Encounter,
    EncounterStatus,
    ImageReference,
    InspectionLine,
)
from station.domain.identifiers import EncounterId, OfficerId, PersonId
from station.domain.provenance import Provenance
from station.domain.words import Text
from station.inspection import events as ev
from station.inspection.findings import Finding, Seen, and_found, with_earlier
from station.inspection.table import ON_ENTRY, Effect, Stage, next_stage


@dataclass(frozen=True, slots=True, kw_only=True)
class Trouble:
    """What stands in the way, and the next step."""

    cause: Text
    next_step: Text


@dataclass(frozen=True, slots=True, kw_only=True)
class InspectionState:
    """One inspection at one moment. ``steps`` counts the journal; ``version`` the versions of the record."""

    encounter_id: EncounterId
    opened_at: datetime
    opened_by: OfficerId
    crossing: Crossing
    stage: Stage = Stage.WAITING
    parked_from: Stage | None = None
    steps: int = 0
    version: int = 0
    page: ImageReference | None = None
    further: tuple[ImageReference, ...] = ()  # the same page under other lights
    document: TravelDocument | None = None
    document_provenance: Provenance | None = None
    doubt: ev.DocumentDoubtful | None = None
    changed_characters: tuple[str, ...] = field(default=(), repr=False)
    checks: tuple[Check, ...] = ()  # with those that failed earlier and still count
    findings: tuple[Finding, ...] = ()  # every check that failed in this encounter
    readings: int = 0  # how often its document was settled
    same_person: PersonId | None = None
    last_seen: Text | None = field(default=None, repr=False)
    portrait: ImageReference | None = None
    portrait_omitted: str = field(default="", repr=False)
    checked_direction: Direction | None = None  # the direction that the checks are about
    decided: bool = False  # the running line of inspection has its decision
    inspections: tuple[InspectionLine, ...] = ()  # those that are decided
    person_id: PersonId | None = None
    trouble: Trouble | None = None
    abandoned_reason: str = field(default="", repr=False)

    @property
    def pending(self) -> tuple[Effect, ...]:
        """What the runner has to do now."""
        return ON_ENTRY.get(self.stage, ())

    @property
    def line(self) -> int:
        """1 in first line, 2 and more in second line."""
        return len(self.inspections) + (not self.decided)

    @property
    def images(self) -> tuple[ImageReference, ...]:
        """The pictures that belong to the document and bearer before the officer now."""
        return tuple(image for image in (self.page, *self.further, self.portrait) if image is not None)


#: Events of a store that could not be written: they cannot be in its journal either.
UNWRITTEN: frozenset[type[ev.Event]] = frozenset({ev.RecordFailed, ev.RecordAgain})


def advance(state: InspectionState, event: ev.Event) -> InspectionState:
    """The state after ``event``. Raises ImpossibleEvent where the table has no way."""
    stage = next_stage(state.stage, type(event), parked_from=state.parked_from)
    steps = state.steps + (type(event) not in UNWRITTEN)
    moved = replace(state, stage=stage, steps=steps, trouble=None)
    return _kept(moved, event, came_from=state.stage)


def _kept(  # noqa: PLR0911, PLR0912 (one case per event is the shortest way to read the fold)
    state: InspectionState, event: ev.Event, *, came_from: Stage
) -> InspectionState:
    match event:
        case ev.PageCaptured(image=image, further=further):
            return replace(_another_document(state), page=image, further=further)
        case ev.KeyingChosen():
            # What was read so far stays in sight while the officer keys.
            return replace(
                _another_document(state),
                document=state.document,
                document_provenance=state.document_provenance,
            )
        case ev.DocumentRead(document=document, provenance=provenance):
            return replace(
                state,
                document=document,
                document_provenance=provenance,
                doubt=None,
                readings=state.readings + 1,
            )
        case ev.DocumentDoubtful(document=document, provenance=provenance):
            return replace(state, document=document, document_provenance=provenance, doubt=event)
        case ev.DocumentConfirmed(document=document, provenance=provenance, changed_characters=changed):
            return replace(
                state,
                document=document,
                document_provenance=provenance,
                changed_characters=changed,
                doubt=None,
                readings=state.readings + 1,
            )
        case ev.ChecksDone(checks=checks, same_person=same, last_seen=last_seen):
            now = _seen(state)
            return replace(
                state,
                checks=with_earlier(checks, state.findings, now),
                findings=and_found(state.findings, checks, now),
                same_person=same,
                last_seen=last_seen,
                checked_direction=state.crossing.direction,
                decided=False,
            )
        case ev.TakeAgain():
            return replace(state, portrait=None)
        case ev.PortraitTaken(image=image):
            return replace(state, portrait=image, portrait_omitted="")
        case ev.PortraitOmitted(reason=reason):
            return replace(state, portrait=None, portrait_omitted=reason)
        case ev.DetailsEntered(crossing=crossing):
            return replace(state, crossing=crossing)
        case ev.Admitted(decision=decision) | ev.Refused(decision=decision) | ev.Referred(decision=decision):
            line = InspectionLine(number=state.line, checks=state.checks, decision=decision, images=state.images)
            return replace(state, inspections=(*state.inspections, line), decided=True)
        case ev.SecondLineOpened():
            return replace(state, decided=False)
        case ev.EncounterRecorded(person_id=person_id):
            return replace(state, person_id=person_id)
        case ev.Parked():
            return replace(state, parked_from=came_from)
        case ev.Resumed():
            return replace(state, parked_from=None)
        case ev.Abandoned(reason=reason):
            return replace(state, abandoned_reason=reason)
        case (
            ev.ReadingFailed(cause=cause, next_step=next_step)
            | ev.ChecksFailed(cause=cause, next_step=next_step)
            | ev.PortraitFailed(cause=cause, next_step=next_step)
            | ev.RecordFailed(cause=cause, next_step=next_step)
        ):
            return replace(state, trouble=Trouble(cause=cause, next_step=next_step))
        case _:
            return state


def _seen(state: InspectionState) -> Seen:
    """What the checks of this moment are about."""
    document, provenance = state.document, state.document_provenance
    by_device = provenance is not None and not provenance.manual
    return Seen(
        direction=state.crossing.direction,
        reading=state.readings,
        issuing_state=document.issuing_state if document else "",
        document_number=document.document_number if document else "",
        by_device=by_device,
        untouched=by_device and not state.changed_characters,
    )


def _another_document(state: InspectionState) -> InspectionState:
    """Nothing that was read, checked or photographed before is about the document that comes now."""
    return replace(
        state,
        document=None,
        document_provenance=None,
        doubt=None,
        changed_characters=(),
        checks=(),
        same_person=None,
        last_seen=None,
        portrait=None,
        portrait_omitted="",
    )


_STATUS = {
    Stage.RECORDED: EncounterStatus.RECORDED,
    Stage.PARKED: EncounterStatus.PARKED,
    Stage.ABANDONED: EncounterStatus.ABANDONED,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where encounters of this session happen."""

    post: str
    station: str
    lane: str


def record_of(state: InspectionState, place: Place, *, recorded_at: datetime | None) -> Encounter:
    """The encounter as the store keeps it, at the version after ``state.version``."""
    lines = state.inspections
    if state.checks and not state.decided:
        lines = (*lines, InspectionLine(number=state.line, checks=state.checks, images=state.images))
    earlier = {image.image_id: image for line in state.inspections for image in line.images}
    now = {image.image_id: image for image in state.images}
    before = [image for image_id, image in earlier.items() if image_id not in now]
    return Encounter(
        encounter_id=state.encounter_id,
        version=state.version + 1,
        post=place.post,
        station=place.station,
        lane=place.lane,
        opened_at=state.opened_at,
        opened_by=state.opened_by,
        status=_STATUS.get(state.stage, EncounterStatus.OPEN),
        crossing=state.crossing,
        person_id=state.person_id,
        document=state.document,
        document_provenance=state.document_provenance,
        corrected_characters=state.changed_characters,
        inspections=lines,
        images=(*before, *state.images),
        portrait_omitted=state.portrait_omitted,
        recorded_at=recorded_at,
        abandoned_reason=state.abandoned_reason,
    )
