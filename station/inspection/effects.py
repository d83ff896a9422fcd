# SPDX-License-Identifier: Apache-2.0
"""What entering a stage makes the station do; every effect ends in an event, for success or for failure."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass

from station.access.checkpoints import CheckpointService
from station.access.sign_in import Session
from station.document_reading.steps import DocumentReading, NothingRead, read_page
from station.domain.encounter import ImageKind, ImageReference
from station.domain.errors import Cancelled, DeviceError, EngineUnavailable, ImageRefused, StoreError
from station.domain.provenance import Illumination
from station.domain.words import Text, say
from station.inspection import events as ev
from station.inspection.checks import checks_of
from station.inspection.history import history_of
from station.inspection.ledger import InspectionLedger, Picture
from station.inspection.rules import PostRules
from station.inspection.state import InspectionState
from station.inspection.table import Effect
from station.optical.safe_images import check as check_picture
from station.ports.clock import Clock, Randomness
from station.ports.devices import FACE_CAMERA, DeviceRegistry, FaceCamera
from station.ports.images import EncodedImage
from station.ports.paper import NoticePress
from station.ports.recognition import MrzEngine, ReadStatus
from station.ports.tasks import CancelToken

Step = tuple[ev.Event, Picture | None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Outside:
    """What an inspection needs of the outside world."""

    devices: DeviceRegistry
    engine: MrzEngine
    press: NoticePress
    clock: Clock
    randomness: Randomness
    checkpoints: CheckpointService


class Effects:
    """Carries out effects for one session. Blocks on engine, store and camera."""

    def __init__(self, session: Session, outside: Outside, ledger: InspectionLedger, rules: PostRules) -> None:
        self._session = session
        self._outside = outside
        self._ledger = ledger
        self._rules = rules
        self._effects: dict[Effect, Callable[[InspectionState, CancelToken], Step]] = {
            Effect.READ_PAGE: self._read_page,
            Effect.RUN_CHECKS: self._run_checks,
            Effect.TAKE_PORTRAIT: self._take_portrait,
            Effect.RECORD: self._record,
        }

    def carry_out(self, effect: Effect, state: InspectionState, cancel: CancelToken) -> Step:
        """Do ``effect`` and give its event, with the picture that belongs to it; a stop is an event, too."""
        return self._effects[effect](state, cancel)

    def _read_page(self, state: InspectionState, cancel: CancelToken) -> Step:
        page = state.page
        image = None if page is None else self._ledger.image(page)
        if page is None or image is None:
            return _failed_reading(say("The page is not in the store."), say("Scan the document again with F12.")), None
        try:
            source, reading = self._read_under_some_light(page, image, state.further, cancel)
        except ImageRefused as problem:
            return _failed_reading(problem.cause, say("{advice} Or key in with F2.", advice=problem.next_step)), None
        except EngineUnavailable as problem:
            return _failed_reading(problem.cause, problem.next_step), None
        except Cancelled:
            return _failed_reading(say("You stopped the reading."), say("Read again, or key in with F2.")), None
        if isinstance(reading, NothingRead):
            return _failed_reading(
                reading.reason, say("Turn or clean the document and scan again, or key in with F2.")
            ), None
        if reading.status is ReadStatus.READ:
            return (
                ev.DocumentRead(document=reading.document, provenance=source.provenance, engine=reading.engine),
                None,
            )
        return (
            ev.DocumentDoubtful(
                document=reading.document,
                provenance=source.provenance,
                engine=reading.engine,
                reason=reading.reason if source is page else _from_infrared(reading.reason),
                raw_lines=reading.raw_lines,
                doubts=reading.doubts,
                corrected=reading.corrected,
            ),
            None,
        )

    def _read_under_some_light(
        self, page: ImageReference, image: EncodedImage, further: tuple[ImageReference, ...], cancel: CancelToken
    ) -> tuple[ImageReference, DocumentReading | NothingRead]:
        """The picture that was read and its reading: infrared, without printed background, where the page gave none.

        Raises ImageRefused, EngineUnavailable, Cancelled, StoreError kinds.
        """
        engine, today = self._outside.engine, self._rules.today(self._outside.clock.now())
        reading = read_page(engine, image, today=today, cancel=cancel)
        if not isinstance(reading, NothingRead):
            return page, reading
        for lit in further:
            dark = self._ledger.image(lit) if lit.provenance.illumination is Illumination.INFRARED else None
            if dark is None:
                continue
            try:
                again = read_page(engine, dark, today=today, cancel=cancel)
            except ImageRefused:
                continue  # what the officer is told is why the page itself was not read
            if not isinstance(again, NothingRead):
                return lit, again
        return page, reading

    def _run_checks(self, state: InspectionState, cancel: CancelToken) -> Step:
        document, provenance = state.document, state.document_provenance
        if document is None or provenance is None:
            return (
                ev.ChecksFailed(
                    cause=say("There is no document to check."), next_step=say("Read or key in the document.")
                ),
                None,
            )
        if cancel.cancelled:
            return ev.ChecksFailed(cause=say("You stopped the checks."), next_step=say("Repeat them with F11.")), None
        try:
            with self._session.store.reading() as unit:
                done = checks_of(
                    state,
                    document,
                    provenance,
                    encounters=unit.encounters,
                    rules=self._rules,
                    now=self._outside.clock.now(),
                )
        except StoreError as problem:
            return ev.ChecksFailed(cause=problem.cause, next_step=problem.next_step), None
        return done, None

    def _take_portrait(self, state: InspectionState, cancel: CancelToken) -> Step:
        if state.portrait is not None:  # the checks were repeated, the bearer is the same
            return ev.PortraitTaken(image=state.portrait), None
        return self.portrait_from(self._outside.devices.open(FACE_CAMERA), cancel)

    def portrait_from(self, session: AbstractContextManager[FaceCamera], cancel: CancelToken) -> Step:
        """One picture of the bearer, from the camera chosen or from another one."""
        try:
            with session as camera:
                capture = camera.capture(cancel=cancel)
        except DeviceError as problem:
            return ev.PortraitFailed(cause=problem.cause, next_step=problem.next_step), None
        except Cancelled:
            return (
                ev.PortraitFailed(
                    cause=say("You stopped the camera."),
                    next_step=say("Take the portrait again, or go on without."),
                ),
                None,
            )
        try:
            check_picture(capture.image)
        except ImageRefused as problem:
            return _no_picture(problem, chosen=capture.provenance.manual), None
        picture = self._ledger.picture(ImageKind.PORTRAIT, capture.image, capture.provenance)
        return ev.PortraitTaken(image=picture.reference), picture

    def _record(self, state: InspectionState, _cancel: CancelToken) -> Step:
        """Link to the person known by now: the checks may be hours old when second line decides."""
        person_id = state.same_person
        if person_id is None and state.document is not None:
            try:
                with self._session.store.reading() as unit:
                    history = history_of(state.document, unit.encounters, besides=state.encounter_id)
            except StoreError as problem:
                return ev.RecordFailed(cause=problem.cause, next_step=problem.next_step), None
            person_id = history.person_id
        return ev.EncounterRecorded(person_id=person_id or self._ledger.person_id()), None


def _from_infrared(reason: Text) -> Text:
    return say("{reason} It was read from the infrared picture.", reason=reason)


def _failed_reading(cause: Text, next_step: Text) -> ev.ReadingFailed:
    return ev.ReadingFailed(cause=cause, next_step=next_step)


def _no_picture(problem: ImageRefused, *, chosen: bool) -> ev.PortraitFailed:
    """What a bad file says is meant for whoever chose it; a camera is another matter."""
    if chosen:
        return ev.PortraitFailed(cause=problem.cause, next_step=problem.next_step)
    return ev.PortraitFailed(
        cause=say("The camera gave a file that is no whole picture."),
        next_step=say("Take the portrait again, choose another camera with F8, or go on without."),
    )
