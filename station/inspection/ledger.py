# SPDX-License-Identifier: Apache-2.0
"""Keeps every step of an inspection, its picture, its record and its audit entry in one transaction."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import datetime

from station.access.audit import Act, image_details, record_details, step_details
from station.access.checkpoint_text import CheckpointReason
from station.access.checkpoints import CheckpointService
from station.access.sign_in import Session
from station.domain.crossing import Crossing
from station.domain.encounter import Encounter, ImageKind, ImageReference
from station.domain.errors import RecordConflict, StoreError
from station.domain.identifiers import RANDOM_BYTES, EncounterId, ImageId, PersonId, new_identifier
from station.domain.provenance import Provenance
from station.domain.wire import to_json
from station.domain.words import Text, say
from station.inspection import events as ev
from station.inspection.journal import entry_of, replayed
from station.inspection.state import InspectionState, Place, advance, record_of
from station.inspection.table import Stage
from station.ports.clock import Clock, Randomness
from station.ports.images import EncodedImage
from station.ports.storage import EncounterSummary, UnitOfWork

#: Events after which the encounter's record gets its next version; the others live in the journal alone.
VERSIONED: frozenset[type[ev.Event]] = frozenset(
    {ev.ChecksDone, ev.Referred, ev.EncounterRecorded, ev.Parked, ev.Resumed, ev.Abandoned}
)


_ACTS: dict[type[ev.Event], Act] = {
    ev.Parked: Act.ENCOUNTER_PARKED,
    ev.Resumed: Act.ENCOUNTER_RESUMED,
    ev.Abandoned: Act.ENCOUNTER_ABANDONED,
    ev.Admitted: Act.ENCOUNTER_DECIDED,
    ev.Refused: Act.ENCOUNTER_DECIDED,
    ev.Referred: Act.ENCOUNTER_DECIDED,
    ev.EncounterRecorded: Act.ENCOUNTER_RECORDED,
}

#: What has to stay with a step or go with it, inside its unit of work.
Within = Callable[[UnitOfWork], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class InspectionMoved:
    """Published after the commit: an inspection has a new stage."""

    encounter_id: EncounterId
    stage: Stage


@dataclass(frozen=True, slots=True, kw_only=True)
class Picture:
    """A picture on its way into the store: the reference and the encoded bytes belong together."""

    reference: ImageReference
    data: bytes = field(repr=False)


class InspectionLedger:
    """The only writer of inspections. Blocks on the disk; any thread, one at a time per encounter."""

    def __init__(self, session: Session, place: Place, clock: Clock, randomness: Randomness) -> None:
        self._session = session
        self._place = place
        self._clock = clock
        self._randomness = randomness

    def picture(
        self,
        kind: ImageKind,
        image: EncodedImage,
        provenance: Provenance,
        *,
        same_page_as: ImageId | None = None,
        remark: Text | None = None,
    ) -> Picture:
        """Give a captured picture its identity."""
        reference = ImageReference(
            image_id=ImageId(self._identifier()),
            kind=kind,
            media_type=image.media_type,
            sha256=hashlib.sha256(image.data).hexdigest(),
            provenance=provenance,
            same_page_as=same_page_as,
            remark=remark,
        )
        return Picture(reference=reference, data=image.data)

    def person_id(self) -> PersonId:
        """An identifier for a person who was not linked to anybody."""
        return PersonId(self._identifier())

    def open(self, crossing: Crossing, first: ev.Event, pictures: Sequence[Picture] = ()) -> InspectionState:
        """Begin an encounter with its first event. Nothing is stored when this raises StoreError."""
        fresh = InspectionState(
            encounter_id=EncounterId(self._identifier()),
            opened_at=self._clock.now(),
            opened_by=self._session.officer.officer_id,
            crossing=crossing,
        )
        return self.keep(fresh, first, pictures)

    def keep(
        self,
        state: InspectionState,
        event: ev.Event,
        pictures: Sequence[Picture] = (),
        *,
        details: Crossing | None = None,
        within: Within | None = None,
    ) -> InspectionState:
        """Store ``event`` with its ``pictures`` and return the state after it; only that acknowledges the state.

        ``details`` of the crossing are a step before it. They and ``within`` are done in the same unit of work: when
        it raises, nothing is stored. Raises StoreError kinds, RecordConflict when somebody else moved this inspection;
        then nothing was stored either.
        """
        if advance(state, event).steps == state.steps:
            return advance(state, event)
        with self._session.store.unit_of_work() as unit:
            if within is not None:
                within(unit)
            if details is not None:
                state = self._step(unit, state, ev.DetailsEntered(crossing=details))
            moved = self._step(unit, state, event, pictures)
            unit.commit()
        return moved

    def _step(
        self, unit: UnitOfWork, state: InspectionState, event: ev.Event, pictures: Sequence[Picture] = ()
    ) -> InspectionState:
        moved = advance(state, event)
        step = entry_of(moved, event, at=self._clock.now(), by=self._session.officer.officer_id)
        details = step_details(unit.audit.vouch, step) | {"event": step.kind, "stage": moved.stage.name}
        if isinstance(event, ev.Admitted) and event.decision.approval:
            details["approval"] = event.decision.approval
        for picture in pictures:
            unit.images.add(picture.reference, picture.data, encounter_id=moved.encounter_id)
            details |= image_details(unit.audit.vouch, {picture.reference.image_id: picture.reference.sha256})
        if state.steps == 0 or type(event) in VERSIONED:
            recorded_at = self._clock.now() if moved.stage is Stage.RECORDED else None
            record = record_of(moved, self._place, recorded_at=recorded_at)
            unit.encounters.add_version(record)
            moved = replace(moved, version=record.version)
            details |= _vouched(unit, record)
        unit.journal.append(step)
        act = Act.ENCOUNTER_OPENED if state.steps == 0 else _ACTS.get(type(event), Act.ENCOUNTER_STEP)
        self._audit(unit, act, moved.encounter_id, details)
        unit.publish(InspectionMoved(encounter_id=moved.encounter_id, stage=moved.stage))
        return moved

    def take_up(self, encounter_id: EncounterId) -> InspectionState:
        """The state in which an encounter stands in the store. Raises RecordConflict when there is none."""
        with self._session.store.reading() as unit:
            first = unit.encounters.get(encounter_id, version=1)
            newest = unit.encounters.get(encounter_id)
            entries = unit.journal.of(encounter_id)
        if first is None or newest is None:
            raise RecordConflict(
                say("This encounter is not in the store."), say("Go back to the list and choose again.")
            )
        return replayed(first, entries, version=newest.version)

    def as_kept(self, state: InspectionState) -> InspectionState:
        """The same state as the store has it. Raises RecordConflict when it has come further, or not so far."""
        kept = self.take_up(state.encounter_id)
        if kept.steps != state.steps:
            raise RecordConflict(
                say("Another step of this inspection was saved in between. Your step was not kept."),
                say("Resume the encounter and repeat the step."),
            )
        return kept

    def unfinished(self) -> Sequence[EncounterSummary]:
        """Open and parked encounters, oldest first."""
        with self._session.store.reading() as unit:
            return unit.encounters.unfinished()

    def notices_owed(self, since: datetime) -> Sequence[EncounterSummary]:
        """Refusals recorded since then without a notice on record, oldest first."""
        with self._session.store.reading() as unit:
            return unit.encounters.owing_notice(since=since)

    def image(self, reference: ImageReference) -> EncodedImage | None:
        """The bytes of a stored picture."""
        with self._session.store.reading() as unit:
            data = unit.images.data(reference.image_id)
        return None if data is None else EncodedImage(data, reference.media_type)

    def add_correction(self, corrected: Encounter) -> None:
        """Keep the next version of a recorded encounter, with its audit entry."""
        with self._session.store.unit_of_work() as unit:
            unit.encounters.add_version(corrected)
            self._audit(unit, Act.ENCOUNTER_CORRECTED, corrected.encounter_id, _vouched(unit, corrected))
            unit.commit()

    def note(self, act: Act, encounter_id: EncounterId, details: Mapping[str, str]) -> None:
        """An audit entry of its own, for an act that changes no record."""
        with self._session.store.unit_of_work() as unit:
            self._audit(unit, act, encounter_id, details)
            unit.commit()

    def note_printed(
        self, encounter_id: EncounterId, details: Mapping[str, str], checkpoints: CheckpointService
    ) -> None:
        """The audit entry of a notice that is on paper, and a checkpoint."""
        self.note(Act.NOTICE_PRINTED, encounter_id, details)
        with suppress(StoreError):  # the entry is kept and marked: tried again, it would stand there twice
            checkpoints.make(self._session.stores, CheckpointReason.PRINT)

    def _audit(self, unit: UnitOfWork, act: Act, encounter_id: EncounterId, details: Mapping[str, str]) -> None:
        unit.audit.append(
            at=self._clock.now(),
            by=self._session.officer.officer_id,
            act=act,
            subject=encounter_id,
            details=details,
        )

    def _identifier(self) -> str:
        return new_identifier(self._clock.now(), self._randomness.bytes(RANDOM_BYTES))


def _vouched(unit: UnitOfWork, record: Encounter) -> dict[str, str]:
    sha256 = hashlib.sha256(to_json(record)).hexdigest()
    return record_details(unit.audit.vouch, record.encounter_id, record.version, sha256)
