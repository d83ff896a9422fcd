# SPDX-License-Identifier: Apache-2.0
"""The shift as a table: who answers for the post from when to when, each step signed by the people it binds.

A shift covers a stretch of the audit trail, by numbers and not by times: nothing is counted twice or lost when the
clock is wrong. No I/O.
"""

from __future__ import annotations

import enum
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from station.access.approval_proof import holds
from station.domain.errors import StoreDamaged
from station.domain.identifiers import OfficerId
from station.domain.wire import NotThisShape, from_json, to_json
from station.domain.words import say
from station.ports.safekeeping import ShiftRecord
from station.ports.storage import StoreIdentity

FORMAT = "hbm-station shift 1"

#: After so long somebody has forgotten to hand over or to close.
LONGEST = timedelta(hours=14)


class ShiftStage(enum.Enum):
    """Where a shift stands."""

    NONE = "none"  # nobody answers for the post; travellers are still inspected
    OPEN = "open"  # somebody does
    CLOSING = "closing"  # one person signed the report, a second one has to
    CLOSED = "closed"  # both signed; never changed again


class ShiftEvent(enum.Enum):
    """What can happen to a shift."""

    OPENED = "opened"  # a supervisor signs for it
    HANDED_OVER = "handed over"  # to another supervisor; both sign
    TAKEN_OVER = "taken over"  # whoever answered is not here: the new one signs, and a witness
    REPORT_SIGNED = "report signed"  # the report is fixed, one person signed it
    TAKEN_BACK = "taken back"  # the shift goes on, that report does not count
    COUNTERSIGNED = "countersigned"  # a second person signed the same report


NEXT: dict[ShiftStage, dict[ShiftEvent, ShiftStage]] = {
    ShiftStage.NONE: {ShiftEvent.OPENED: ShiftStage.OPEN},
    ShiftStage.OPEN: {
        ShiftEvent.HANDED_OVER: ShiftStage.OPEN,
        ShiftEvent.TAKEN_OVER: ShiftStage.OPEN,
        ShiftEvent.REPORT_SIGNED: ShiftStage.CLOSING,
    },
    ShiftStage.CLOSING: {
        ShiftEvent.TAKEN_BACK: ShiftStage.OPEN,
        ShiftEvent.COUNTERSIGNED: ShiftStage.CLOSED,
    },
    ShiftStage.CLOSED: {},
}

#: After these events somebody else answers for the post: the first who signed.
_NEW_LEADER = frozenset({ShiftEvent.OPENED, ShiftEvent.HANDED_OVER, ShiftEvent.TAKEN_OVER})


@dataclass(frozen=True, slots=True, kw_only=True)
class SignedBy:
    """One person's signature (base64, Ed25519) over the text of the step; ``name`` is the one shown.

    ``independent`` is False when this account and the other signer's are not known to be two people
    (station.access.approval_rules): it counts, and the paper says so beside the line for the hand.
    """

    officer_id: OfficerId
    name: str
    public_key: str
    signature: str
    independent: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class ShiftStep:
    """One event. ``entry`` is the newest number of the audit trail before it, ``monotonic`` seconds since the start
    of the computer, ``signed`` the exact text that ``by`` signed, in their order."""

    event: ShiftEvent
    at: datetime
    monotonic: float
    entry: int
    by: tuple[SignedBy, ...]
    signed: str
    report: str = field(default="", repr=False)  # canonical JSON (station.reporting), with REPORT_SIGNED only


@dataclass(frozen=True, slots=True, kw_only=True)
class _Body:
    """What the store keeps of a shift beside its number."""

    steps: tuple[ShiftStep, ...]


class ImpossibleStep(Exception):
    """A bug of the caller: the table has no way from this stage by this event."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Shift:
    """One shift, as its steps say. ``previous_end`` is the last audit entry that belongs to an earlier shift."""

    number: int
    steps: tuple[ShiftStep, ...]
    stage: ShiftStage

    @property
    def leader(self) -> SignedBy:
        """Who answers, or answered last."""
        return self._leading.by[0]

    @property
    def since(self) -> datetime:
        """Since when that person does."""
        return self._leading.at

    @property
    def opened_at(self) -> datetime:
        """When it began."""
        return self.steps[0].at

    @property
    def begins_after(self) -> int:
        """The audit entry before its first one."""
        return self.steps[0].entry

    @property
    def report_step(self) -> ShiftStep | None:
        """The report that was signed and not taken back."""
        if self.stage not in (ShiftStage.CLOSING, ShiftStage.CLOSED):
            return None
        return next(step for step in reversed(self.steps) if step.event is ShiftEvent.REPORT_SIGNED)

    @property
    def closed_at(self) -> datetime | None:
        """When the second person signed."""
        return self.steps[-1].at if self.stage is ShiftStage.CLOSED else None

    @property
    def signatures(self) -> tuple[SignedBy, ...]:
        """Whoever signed the report, in their order."""
        step = self.report_step
        if step is None:
            return ()
        return step.by + (self.steps[-1].by if self.stage is ShiftStage.CLOSED else ())

    @property
    def _leading(self) -> ShiftStep:
        return next(step for step in reversed(self.steps) if step.event in _NEW_LEADER)

    def forgotten(self, now: datetime) -> bool:
        """Whether nobody handed over or closed for longer than anybody works."""
        return self.stage is not ShiftStage.CLOSED and now - self.since > LONGEST


def moved(shift: Shift | None, step: ShiftStep, *, number: int = 1) -> Shift:
    """The shift after ``step``; ``number`` is for the first one. Raises ImpossibleStep."""
    stage = ShiftStage.NONE if shift is None else shift.stage
    if step.event not in NEXT[stage]:
        raise ImpossibleStep(f"{step.event.value} cannot happen while the shift is {stage.value}")
    earlier = () if shift is None else shift.steps
    return Shift(
        number=number if shift is None else shift.number, steps=(*earlier, step), stage=NEXT[stage][step.event]
    )


def shift_of(record: ShiftRecord) -> Shift:
    """The shift that stands in the store. Raises StoreDamaged for what is none."""
    shift: Shift | None = None
    try:
        for step in from_json(_Body, record.body).steps:
            shift = moved(shift, step, number=record.number)
    except (NotThisShape, ImpossibleStep):
        shift = None
    if shift is None:
        raise StoreDamaged(
            say("Shift {number} in the store cannot be read.", number=record.number),
            say("Call a technician. The records are not touched."),
        )
    return shift


def record_of(shift: Shift) -> ShiftRecord:
    """As the store keeps it."""
    return ShiftRecord(
        number=shift.number,
        opened_by=shift.steps[0].by[0].officer_id,
        opened_at=shift.opened_at,
        closed_at=shift.closed_at,
        body=to_json(_Body(steps=shift.steps)),
    )


def to_sign(event: ShiftEvent, identity: StoreIdentity, number: int, details: Mapping[str, str]) -> str:
    """The text people sign for one step: canonical JSON of what they answer for."""
    place = {"store": identity.kind.value, "post": identity.post, "station": identity.station, "lane": identity.lane}
    text = {"format": FORMAT, "event": event.value, "shift": str(number), **place, **details}
    return to_json(text).decode()


def report_sha256(report: str) -> str:
    """Hex SHA-256 of a report's canonical JSON: what both people sign, and what stands on the paper."""
    return hashlib.sha256(report.encode()).hexdigest()


def unproven(shift: Shift) -> tuple[ShiftStep, ...]:
    """Steps whose signatures do not hold, or whose report is not the one that was signed; empty when all is well.

    That the keys belong to these people is what the audit trail says of them.
    """
    return tuple(step for step in shift.steps if not _proven(shift, step))


def _proven(shift: Shift, step: ShiftStep) -> bool:
    try:
        says = from_json(dict[str, str], step.signed.encode())
    except NotThisShape:
        return False
    if (says.get("format"), says.get("event"), says.get("shift")) != (FORMAT, step.event.value, str(shift.number)):
        return False
    if step.event is ShiftEvent.REPORT_SIGNED and says.get("report_sha256") != report_sha256(step.report):
        return False
    if step.event is ShiftEvent.COUNTERSIGNED:
        report = shift.report_step
        if report is None or says.get("report_sha256") != report_sha256(report.report):
            return False
    return all(holds(each.signature, step.signed.encode(), each.public_key) for each in step.by)
