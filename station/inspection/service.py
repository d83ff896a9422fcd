# SPDX-License-Identifier: Apache-2.0
"""The runner of the inspection table, and the officer's acts on it.

Every step is in the store with its audit entry before the caller sees the new state. Methods block on devices
or disk: never on the window's thread.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial

from station.access.approvals import ApprovalService
from station.access.roles import Permission
from station.access.sign_in import Session
from station.document_reading.steps import NothingRead, changed_characters, document_of, read_lines
from station.domain.checks import CheckResult
from station.domain.crossing import Crossing
from station.domain.decision import Decision, DecisionKind, RefusalGround
from station.domain.document import TravelDocument
from station.domain.encounter import Correction, Encounter, EncounterStatus, ImageKind, ImageReference
from station.domain.errors import ImageRefused, IncompleteRecord, RecordConflict, StoreError
from station.domain.identifiers import EncounterId
from station.domain.provenance import Provenance
from station.domain.words import say
from station.inspection import events as ev
from station.inspection.completing import completed
from station.inspection.effects import Effects, Outside
from station.inspection.findings import failed_checks
from station.inspection.ledger import InspectionLedger, Picture, Within
from station.inspection.notice import OWED_FOR, boxes, put_on_paper, refusal_notice
from station.inspection.overrides import OverrideService, second_person_needed
from station.inspection.rules import PostRules
from station.inspection.state import InspectionState, Place
from station.inspection.swiped import swiped
from station.inspection.table import CHECKED, Stage
from station.mrtd.mrz import parse
from station.ports.devices import (
    DOCUMENT_SCANNER,
    FACE_CAMERA,
    MRZ_READER,
    MrzLines,
    PageCapture,
    PrintJob,
    PrintReceipt,
    PrintWatcher,
)
from station.ports.images import MOST_IMAGE_BYTES, EncodedImage
from station.ports.storage import EncounterSummary
from station.ports.tasks import CancelToken


class InspectionService:
    """Inspections of one signed-in officer at one place. Each method states the permission it needs."""

    def __init__(
        self, session: Session, outside: Outside, place: Place, rules: PostRules, approvals: ApprovalService
    ) -> None:
        self._session = session
        self._outside = outside
        self._place = place
        self._rules = rules
        self._ledger = InspectionLedger(session, place, outside.clock, outside.randomness)
        self._effects = Effects(session, outside, self._ledger, rules)
        self.overrides = OverrideService(session, approvals, rules, outside.clock)

    @property
    def rules(self) -> PostRules:
        """The rules that hold here."""
        return self._rules

    # ── beginning, going on ────────────────────────────────────────────────────────────────────────────────

    def scan(self, *, cancel: CancelToken) -> PageCapture:
        """Wait for a document and capture its page; nothing is stored yet. Needs INSPECT. Raises DeviceError."""
        self._session.require(Permission.INSPECT)
        with self._outside.devices.open(DOCUMENT_SCANNER) as scanner:
            return scanner.scan(cancel=cancel)

    def begin(self, page: PageCapture, crossing: Crossing) -> InspectionState:
        """Open an encounter with its first page. Needs INSPECT. Raises ImageRefused for a page too large to keep."""
        captured, pictures = self._page(page)
        state = self._ledger.open(crossing, captured, pictures)
        page.settle()
        return state

    def begin_keying(self, crossing: Crossing) -> InspectionState:
        """Open an encounter whose document the officer keys in. Needs INSPECT."""
        self._session.require(Permission.INSPECT)
        return self._ledger.open(crossing, ev.KeyingChosen())

    def swipe(self, device_id: str, *, cancel: CancelToken) -> MrzLines:
        """Wait for a swipe at one MRZ reader; nothing is stored yet. Needs INSPECT. Raises DeviceError."""
        self._session.require(Permission.INSPECT)
        with self._outside.devices.open_device(MRZ_READER, device_id) as reader:
            return reader.read(cancel=cancel)

    def begin_swiped(self, mrz: MrzLines, crossing: Crossing) -> InspectionState:
        """Open an encounter with a swiped document. Needs INSPECT. Raises IncompleteRecord for what is no MRZ."""
        return self._ledger.open(crossing, self._read_swipe(mrz))

    def take_swipe(self, state: InspectionState, mrz: MrzLines) -> InspectionState:
        """A swiped document for an inspection whose document is still missing. Needs INSPECT. As ``begin_swiped``."""
        return self._ledger.keep(state, self._read_swipe(mrz))

    def portrait_by(self, device_id: str, state: InspectionState, *, cancel: CancelToken) -> InspectionState:
        """Take the portrait by one device, chosen or not, as from a photo in a file. Needs INSPECT."""
        again = self.act(state, ev.TakeAgain())
        session = self._outside.devices.open_device(FACE_CAMERA, device_id)
        event, picture = self._effects.portrait_from(session, cancel)
        return self._kept_or_troubled(again, event, picture)

    def new_page(self, state: InspectionState, page: PageCapture) -> InspectionState:
        """Another page for an inspection under way. Needs INSPECT. Raises ImageRefused as ``begin``."""
        captured, pictures = self._page(page)
        moved = self._ledger.keep(state, captured, pictures)
        page.settle()
        return moved

    def run(
        self,
        state: InspectionState,
        *,
        cancel: CancelToken,
        on_step: Callable[[InspectionState], None] = lambda _state: None,
    ) -> InspectionState:
        """Do what is pending until the officer is needed. ``on_step`` sees every state, on this thread."""
        self._session.require(Permission.INSPECT)
        while state.pending:
            event, picture = self._effects.carry_out(state.pending[0], state, cancel)
            state = self._kept_or_troubled(state, event, picture)
            on_step(state)
        return state

    def act(self, state: InspectionState, event: ev.Event) -> InspectionState:
        """Keep an act of the officer that carries no decision (retry, omit, details, park, resume, abandon)."""
        self._session.require(Permission.INSPECT)
        if isinstance(event, (ev.Admitted, ev.Refused, ev.Referred)):
            raise ValueError("decisions go through admit, refuse and refer")
        return self._ledger.keep(state, event)

    def unfinished(self) -> Sequence[EncounterSummary]:
        """Open and parked encounters, oldest first. Needs INSPECT."""
        self._session.require(Permission.INSPECT)
        return self._ledger.unfinished()

    def notices_owed(self) -> Sequence[EncounterSummary]:
        """Refusals of the last day whose notice is not on record, oldest first. Needs INSPECT."""
        self._session.require(Permission.INSPECT)
        return self._ledger.notices_owed(self._outside.clock.now() - OWED_FOR)

    def take_up(self, encounter_id: EncounterId) -> InspectionState:
        """The state of an unfinished encounter as the store has it. Needs INSPECT."""
        self._session.require(Permission.INSPECT)
        return self._ledger.take_up(encounter_id)

    def resume(self, encounter_id: EncounterId) -> InspectionState:
        """Take an unfinished encounter up where it stood; ``run`` what is pending. Needs INSPECT.

        What was checked before it was put aside or interrupted is checked anew: the day, the lists and the
        records of the same traveller may have changed.
        """
        state = self.take_up(encounter_id)
        if state.stage is Stage.PARKED:
            return self._ledger.keep(state, ev.Resumed())
        if state.stage in CHECKED:
            return self._ledger.keep(state, ev.CheckAgain())
        return state

    def turn(self, state: InspectionState, crossing: Crossing) -> InspectionState:
        """Keep details whose direction is another; checks done for the old one are pending again. Needs INSPECT."""
        kept = self.act(state, ev.DetailsEntered(crossing=crossing))
        if kept.stage in CHECKED and kept.checked_direction is not crossing.direction:
            return self._ledger.keep(kept, ev.CheckAgain())
        return kept

    def image(self, reference: ImageReference) -> EncodedImage | None:
        """A picture of the store. Needs INSPECT."""
        self._session.require(Permission.INSPECT)
        return self._ledger.image(reference)

    # ── what the officer says of the document ──────────────────────────────────────────────────────────────

    def confirm_lines(self, state: InspectionState, lines: Sequence[str]) -> InspectionState:
        """Take the MRZ as the officer confirmed, changed or keyed it. Needs INSPECT.

        Raises IncompleteRecord when the lines are no MRZ at all.
        """
        self._session.require(Permission.INSPECT)
        today = self._rules.today(self._outside.clock.now())
        reading = read_lines(lines, today=today)
        if isinstance(reading, NothingRead):
            raise IncompleteRecord(reading.reason, say("Compare with the page, line by line."))
        seen = state.doubt.raw_lines if state.doubt else ()
        provenance = state.document_provenance if state.doubt else None
        return self._ledger.keep(
            state,
            ev.DocumentConfirmed(
                document=document_of(parse(lines, today=today)),
                provenance=provenance or self._keyed(),
                changed_characters=changed_characters(seen, reading.mrz.lines) if seen else (),
            ),
        )

    def key_document(self, state: InspectionState, document: TravelDocument) -> InspectionState:
        """Take the printed values as the officer keyed them, without an MRZ. Needs INSPECT."""
        self._session.require(Permission.INSPECT)
        if not document.name.primary.strip():
            raise IncompleteRecord(say("The name is missing."), say("Key in at least one name."))
        return self._ledger.keep(state, ev.DocumentConfirmed(document=document, provenance=self._keyed()))

    # ── decisions: always a person's ───────────────────────────────────────────────────────────────────────

    def admit(self, state: InspectionState, crossing: Crossing, *, approval: str = "") -> InspectionState:
        """Let the traveller cross. Needs DECIDE. Raises IncompleteRecord when mandatory fields are empty.

        Against a failed check only with ``approval``, the identifier of a second person's, which is used up with
        the decision. Raises NotPermitted where it is missing, or is for anything else than what is decided now.
        """
        self._session.require(Permission.DECIDE)
        complete = completed(crossing, self._rules, self._outside.clock.now())
        state = self._ledger.as_kept(state)  # the checks that count are those of the store
        unsound = tuple(
            dict.fromkeys(check.name for check in state.checks if check.result is not CheckResult.SUCCESSFUL)
        )
        decision = self._decision(DecisionKind.ADMIT, overridden=unsound)
        if not failed_checks(state.checks):
            return self._decided(state, complete, ev.Admitted(decision=decision))
        if not approval:
            raise second_person_needed()
        seconded = self.overrides.seconded(decision, approval, state, complete)
        used = partial(self.overrides.use, state=state, crossing=complete, decision=seconded)
        return self._decided(state, complete, ev.Admitted(decision=seconded), used)

    def refuse(
        self, state: InspectionState, crossing: Crossing, ground: RefusalGround, *, reason: str = ""
    ) -> InspectionState:
        """Refuse the crossing on a ground. Needs DECIDE."""
        decision = self._decision(DecisionKind.REFUSE, ground=ground, reason=reason)
        return self._decided(state, crossing, ev.Refused(decision=decision))

    def refer(self, state: InspectionState, crossing: Crossing, *, reason: str = "") -> InspectionState:
        """Refer to second line; the encounter waits there. Needs DECIDE."""
        decision = self._decision(DecisionKind.SECOND_LINE, reason=reason)
        return self._decided(state, crossing, ev.Referred(decision=decision))

    def print_notice(
        self,
        state: InspectionState,
        *,
        language: str,
        device_id: str | None = None,
        cancel: CancelToken,
        progress: PrintWatcher | None = None,
        on_paper: Callable[[PrintReceipt], None] = lambda _receipt: None,
    ) -> PrintReceipt:
        """Print the notice of a refusal, with its audit entry. Needs DECIDE. Raises DeviceError, StoreError.

        ``device_id`` prints this one notice elsewhere than on the chosen printer. ``on_paper`` is called on this
        thread before the audit entry: where that cannot be kept, ``note_notice`` with this receipt tries again.
        """
        self._session.require(Permission.DECIDE)
        notice = refusal_notice(state, self._place, self._rules)
        pdf = self._outside.press.refusal(notice, language=language)
        job = PrintJob(title=f"notice-{state.encounter_id}", pdf=pdf, by_hand=boxes(notice))
        receipt = put_on_paper(job, self._outside.devices, device_id=device_id, cancel=cancel, progress=progress)
        on_paper(receipt)
        self.note_notice(state, receipt)
        return receipt

    def note_notice(self, state: InspectionState, receipt: PrintReceipt) -> None:
        """The audit entry of a notice that is on paper. Needs DECIDE. Raises StoreError."""
        self._session.require(Permission.DECIDE)
        manner = {"written": "by-hand"} if receipt.provenance.manual else {}
        if not receipt.confirmed:
            manner["out"] = "unconfirmed"
        self._ledger.note_printed(state.encounter_id, manner, self._outside.checkpoints)

    def print_blank_notices(
        self, *, language: str, copies: int, cancel: CancelToken, progress: PrintWatcher | None = None
    ) -> PrintReceipt:
        """Print notices with empty boxes, for the day no printer works. Needs DECIDE. Raises DeviceError."""
        self._session.require(Permission.DECIDE)
        pdf = self._outside.press.blank_refusal(self._place.post, language=language, copies=copies)
        job = PrintJob(title="blank-notices", pdf=pdf)
        return put_on_paper(job, self._outside.devices, cancel=cancel, progress=progress)

    def correct(
        self,
        encounter_id: EncounterId,
        *,
        reason: str,
        document: TravelDocument | None = None,
        crossing: Crossing | None = None,
    ) -> Encounter:
        """Add the next version of a recorded encounter, with its reason. Needs CORRECT_RECORD."""
        self._session.require(Permission.CORRECT_RECORD)
        if not reason.strip():
            raise IncompleteRecord(say("A correction needs its reason."), say("Say in a few words what was wrong."))
        with self._session.store.reading() as unit:
            newest = unit.encounters.get(encounter_id)
        if newest is None or newest.status is not EncounterStatus.RECORDED:
            raise RecordConflict(
                say("Only a recorded encounter can be corrected."), say("Finish the inspection first.")
            )
        corrected = replace(
            newest,
            version=newest.version + 1,
            document=document or newest.document,
            crossing=crossing or newest.crossing,
            correction=Correction(
                reason=reason.strip(),
                corrected_by=self._session.officer.officer_id,
                corrected_at=self._outside.clock.now(),
            ),
        )
        self._ledger.add_correction(corrected)
        return corrected

    def _kept_or_troubled(self, state: InspectionState, event: ev.Event, picture: Picture | None) -> InspectionState:
        try:
            return self._ledger.keep(state, event, () if picture is None else (picture,))
        except StoreError as problem:
            if not isinstance(event, ev.EncounterRecorded):
                raise
            # The journal still stands at RECORDING: a restart would try again by itself.
            return self._ledger.keep(state, ev.RecordFailed(cause=problem.cause, next_step=problem.next_step))

    # ── parts of decisions ─────────────────────────────────────────────────────────────────────────────────

    def _decision(
        self,
        kind: DecisionKind,
        *,
        ground: RefusalGround | None = None,
        reason: str = "",
        overridden: tuple[str, ...] = (),
    ) -> Decision:
        self._session.require(Permission.DECIDE)
        return Decision(
            kind=kind,
            decided_by=self._session.officer.officer_id,
            decided_at=self._outside.clock.now(),
            ground=ground,
            reason=reason,
            overridden_checks=overridden,
        )

    def _decided(
        self, state: InspectionState, crossing: Crossing, event: ev.Event, within: Within | None = None
    ) -> InspectionState:
        if state.checked_direction is not crossing.direction:
            raise IncompleteRecord(
                say("The checks were done for the other direction."),
                say("Let them be repeated, look at them, then decide."),
            )
        details = crossing if crossing != state.crossing else None
        return self._ledger.keep(state, event, details=details, within=within)

    def _page(self, page: PageCapture) -> tuple[ev.PageCaptured, tuple[Picture, ...]]:
        """A page under all its lights, on its way into the store; what no export could carry is refused before."""
        self._session.require(Permission.INSPECT)
        if any(len(image.data) > MOST_IMAGE_BYTES for image in (page.image, *(lit.image for lit in page.further))):
            raise ImageRefused(
                say("The page is too large to be kept: more than {most} megabytes.", most=MOST_IMAGE_BYTES >> 20),
                say("Scan it with 300 dots per inch, or as JPEG."),
            )
        picture = partial(self._ledger.picture, ImageKind.PAGE)
        first = picture(page.image, page.provenance, remark=page.remark)
        others = tuple(
            picture(lit.image, lit.provenance, same_page_as=first.reference.image_id) for lit in page.further
        )
        captured = ev.PageCaptured(image=first.reference, further=tuple(other.reference for other in others))
        return captured, (first, *others)

    def _read_swipe(self, mrz: MrzLines) -> ev.Event:
        self._session.require(Permission.INSPECT)
        return swiped(mrz, self._rules.today(self._outside.clock.now()))

    def _keyed(self) -> Provenance:
        return Provenance(
            role="mrz_reader",
            device_id="officer",
            driver="manual",
            captured_at=self._outside.clock.now(),
            manual=True,
        )
