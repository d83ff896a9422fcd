# SPDX-License-Identifier: Apache-2.0
"""The report of a shift for one session: drafted from the store, signed by two people, printed as often as needed."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from station.access.checkpoint_text import CheckpointReason
from station.access.checkpoints import CheckpointService
from station.access.roles import Permission
from station.access.sign_in import Session
from station.domain.encounter import EncounterStatus
from station.domain.errors import DeviceFault, RecordConflict
from station.domain.identifiers import OfficerId
from station.domain.secrets import Secret
from station.domain.words import say
from station.ports.clock import Clock
from station.ports.devices import (
    PRINTER,
    DeviceRegistry,
    PrinterCondition,
    PrintJob,
    PrintReceipt,
    PrintWatcher,
)
from station.ports.storage import StoreKind, StoreName, UnitOfWork
from station.ports.tasks import CancelToken
from station.post.shift import Shift, ShiftEvent, ShiftStage, SignedBy, report_sha256, unproven
from station.post.shift_desk import ShiftDesk, Signer, closed_before
from station.reporting.shift_report import (
    WATERMARK,
    Count,
    Leader,
    Movement,
    OpenWork,
    PersonAtWork,
    ShiftReport,
    canonical,
    read_report,
)
from station.reporting.tally import COUNTED, FAILURES, RETRIES, STAGES, Tally, counts_of, movements_of

_ALL = 1_000_000
_HOPELESS = frozenset({PrinterCondition.STOPPED, PrinterCondition.OFFLINE})


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """A report as it would be signed now: ``text`` is what both people sign, by its ``sha256``."""

    shift: Shift
    report: ShiftReport
    text: str = field(repr=False)
    sha256: str


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptReport:
    """A signed report. ``proven`` is False when a signature of the shift does not hold.

    ``checkpoint``: where the audit trail stands at this print, for the code on the paper; empty on a screen.
    """

    shift: Shift
    report: ShiftReport
    text: str = field(repr=False)
    sha256: str
    signatures: tuple[SignedBy, ...]
    proven: bool
    checkpoint: str = field(default="", repr=False)


#: Draws a report as PDF, A4, in a language. Some 100 ms, off the window's thread.
ShiftPress = Callable[[KeptReport, str], bytes]


class ShiftReports:
    """Reports of shifts. Calls block on the store, a draft of a long day for seconds: never on the window's thread."""

    def __init__(
        self,
        session: Session,
        desk: ShiftDesk,
        *,
        checkpoints: CheckpointService,
        devices: DeviceRegistry,
        press: ShiftPress,
        clock: Clock,
    ) -> None:
        self._session = session
        self._desk = desk
        self._checkpoints = checkpoints
        self._devices = devices
        self._press = press
        self._clock = clock

    def draft(self) -> Draft:
        """The report of the open shift as things stand now. Needs RUN_SHIFT. Raises RecordConflict without one."""
        self._session.require(Permission.RUN_SHIFT)
        shift = self._desk.current()
        if shift is None or shift.stage is not ShiftStage.OPEN:
            raise RecordConflict(say("There is no open shift to report on."), say("Look at the page Shift again."))
        with self._session.store.reading() as unit:
            report = self._report(unit, shift)
        text = canonical(report)
        return Draft(shift=shift, report=report, text=text, sha256=report_sha256(text))

    def sign(self, draft: Draft, password: Secret, *, pin: Secret | None = None) -> Shift:
        """Fix the draft and sign it as the first of two. Needs RUN_SHIFT. Raises as ShiftDesk.sign_report."""
        self._session.require(Permission.RUN_SHIFT)
        return self._desk.sign_report(draft.shift, draft.text, password, pin=pin)

    def countersign(self, second: Signer) -> Shift:
        """The second person signs; the shift is closed, and a checkpoint of the trail made. Needs RUN_SHIFT."""
        self._session.require(Permission.RUN_SHIFT)
        shift = self._desk.countersign(second)
        self._checkpoints.make(self._session.stores, CheckpointReason.SHIFT_END)
        return shift

    def kept(self, shift: Shift) -> KeptReport:
        """The report that was signed. Needs RUN_SHIFT. Raises RecordConflict for a shift without one."""
        self._session.require(Permission.RUN_SHIFT)
        step = shift.report_step
        if step is None:
            raise RecordConflict(say("This shift has no signed report."), say("Close the shift first."))
        return KeptReport(
            shift=shift,
            report=read_report(step.report),
            text=step.report,
            sha256=report_sha256(step.report),
            signatures=shift.signatures,
            proven=not unproven(shift),
        )

    def older(self, *, limit: int = 100) -> Sequence[KeptReport]:
        """Reports of closed shifts, newest first. Needs RUN_SHIFT."""
        self._session.require(Permission.RUN_SHIFT)
        return [self.kept(shift) for shift in self._desk.newest(limit=limit) if shift.stage is ShiftStage.CLOSED]

    def print(
        self,
        shift: Shift,
        *,
        language: str,
        cancel: CancelToken,
        progress: PrintWatcher | None = None,
    ) -> PrintReceipt:
        """Put a signed report on paper, with a code of where the trail stands now. Needs RUN_SHIFT.

        Raises DeviceError, StoreError kinds, Cancelled.
        """
        self._session.require(Permission.RUN_SHIFT)
        kept = self._with_checkpoint(self.kept(shift))
        job = PrintJob(title=f"shift-{shift.number}", pdf=self._press(kept, language))
        with self._devices.open(PRINTER) as printer:
            for finding in printer.preflight(cancel=cancel):
                if finding.blocks and finding.condition in _HOPELESS:
                    raise DeviceFault(
                        say("Nothing was printed. {cause}", cause=finding.cause),
                        say("{next_step} Or choose another printer with F8.", next_step=finding.next_step),
                    )
            receipt = printer.print(job, cancel=cancel, progress=progress)
        self._desk.note_printed(shift)
        return receipt

    def _with_checkpoint(self, kept: KeptReport) -> KeptReport:
        made = self._checkpoints.make(self._session.stores, CheckpointReason.PRINT).get(StoreName.BORDER)
        report = kept.report
        return KeptReport(
            shift=kept.shift,
            report=report,
            text=kept.text,
            sha256=kept.sha256,
            signatures=kept.signatures,
            proven=kept.proven,
            # A store without anchors has no checkpoints: then the head that both people signed.
            checkpoint=f"hbm-station head\n{report.station}\n{report.last}\n{report.head_hash}\n"
            if made is None
            else made.whole,
        )

    def _report(self, unit: UnitOfWork, shift: Shift) -> ShiftReport:
        head = unit.audit.head()
        last, head_hash = (0, "") if head is None else (head.sequence, head.hash)
        tally = Tally(unit.encounters)
        tally.take(unit.audit.entries(after=shift.begins_after), until=last)
        identity = self._session.store.identity
        training = identity.kind is StoreKind.TRAINING
        return ShiftReport(
            kind=identity.kind,
            watermark=WATERMARK if training else "",
            post=identity.post,
            station=identity.station,
            lane=identity.lane,
            number=shift.number,
            opened_at=shift.opened_at,
            made_at=self._clock.now(),
            leaders=_leaders(shift),
            first=shift.begins_after + 1,
            last=last,
            head_hash=head_hash,
            movements=movements_of(tally.movements),
            before=_before(unit, shift),
            referrals=tally.events["Referred"],
            abandoned=tally.events["Abandoned"],
            refusals=counts_of(tally.refusals),
            overridden=tally.overridden,
            overrides=counts_of(tally.overrides),
            retries=counts_of(tally.events, RETRIES),
            failures=counts_of(tally.events, FAILURES),
            acts=counts_of(tally.acts, COUNTED),
            times=tally.times.times(STAGES),
            times_left_out=tally.times.left_out,
            open_work=self._open_work(unit, tally),
            people=_people(unit, tally),
            clock=tuple(tally.clock),
            seconded=_seconded(unit, tally),
        )

    def _open_work(self, unit: UnitOfWork, tally: Tally) -> OpenWork:
        unfinished = unit.encounters.unfinished()
        parked = sum(row.status is EncounterStatus.PARKED for row in unfinished)
        now = self._clock.now()
        return OpenWork(
            unfinished=len(unfinished) - parked,
            parked=parked,
            notices_owed=tally.owed,
            waiting_for_export=len(unit.encounters.waiting_for_export(limit=_ALL)),
            approvals_undecided=sum(each.expires_at > now for each in unit.approvals.undecided()),
            undelivered=sum(len(unit.outbox.waiting(name.value)) for name in StoreName),
        )


def _before(unit: UnitOfWork, shift: Shift) -> tuple[Movement, ...]:
    """What was recorded since the last report, while no shift was open."""
    earlier = closed_before(unit, shift.number)
    step = None if earlier is None else earlier.report_step
    after = 0 if step is None else read_report(step.report).last
    tally = Tally(unit.encounters)
    tally.take(unit.audit.entries(after=after), until=shift.begins_after)
    return movements_of(tally.movements)


def _leaders(shift: Shift) -> tuple[Leader, ...]:
    steps = [
        step for step in shift.steps if step.event in (ShiftEvent.OPENED, ShiftEvent.HANDED_OVER, ShiftEvent.TAKEN_OVER)
    ]
    return tuple(
        Leader(name=step.by[0].name, since=step.at, taken_over=step.event is ShiftEvent.TAKEN_OVER) for step in steps
    )


def _seconded(unit: UnitOfWork, tally: Tally) -> tuple[Count, ...]:
    """By name and sign-in name, which nobody else has; by the identifier where the store does not know the person."""

    def named(officer_id: str) -> str:
        person = unit.officers.get(OfficerId(officer_id))
        return officer_id if person is None else f"{person.display_name} ({person.name})"

    return tuple(Count(name=named(each), count=tally.seconded[each]) for each in sorted(tally.seconded))


def _people(unit: UnitOfWork, tally: Tally) -> tuple[PersonAtWork, ...]:
    found = [unit.officers.get(OfficerId(each)) for each in tally.people]
    return tuple(
        PersonAtWork(
            officer_id=person.officer_id,
            name=person.display_name,
            role=person.role,
            encounters=tally.recorded_by[person.officer_id],
        )
        for person in found
        if person is not None
    )
