# SPDX-License-Identifier: Apache-2.0
"""Counts one stretch of the audit trail in a single pass; a record is opened only to see how it was decided."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from station.access.audit import Act
from station.domain.decision import DecisionKind
from station.domain.identifiers import EncounterId
from station.ports.storage import AuditEntry, EncounterRepository
from station.reporting.shift_report import ClockEvent, Count, Movement
from station.reporting.timings import WHOLE, StageClock

#: Steps of an inspection by the name of their event, in the order of the report.
RETRIES = ("page_again", "ReadAgain", "KeyingChosen", "DocumentConfirmed", "CheckAgain", "TakeAgain", "PortraitOmitted")
FAILURES = ("ReadingFailed", "ChecksFailed", "PortraitFailed", "RecordFailed")
PAGE_AGAIN = RETRIES[0]

STAGES = (
    "READING",
    "READ_TROUBLE",
    "CONFIRMING",
    "KEYING",
    "CHECKING",
    "CHECK_TROUBLE",
    "PORTRAIT",
    "PORTRAIT_TROUBLE",
    "DECIDING",
    "RECORDING",
    "RECORD_TROUBLE",
    WHOLE,
)

#: Acts that are counted as they are.
COUNTED = (
    Act.NOTICE_PRINTED,
    Act.ENCOUNTER_CORRECTED,
    Act.ENCOUNTER_VIEWED,
    Act.EXPORT_COMPLETED,
    Act.EXPORT_FAILED,
    Act.APPROVAL_DECIDED,
    Act.DEVICE_TESTED,
    Act.DEVICE_SETTINGS_CHANGED,
    Act.LOCKED,
)

_UNKNOWN = "erased"  # recorded in this stretch, and erased since


@dataclass(slots=True)
class Tally:
    """What was counted so far."""

    encounters: EncounterRepository
    movements: Counter[tuple[str, str]] = field(default_factory=Counter)
    refusals: Counter[str] = field(default_factory=Counter)
    overrides: Counter[str] = field(default_factory=Counter)
    seconded: Counter[str] = field(default_factory=Counter)
    events: Counter[str] = field(default_factory=Counter)
    acts: Counter[str] = field(default_factory=Counter)
    recorded_by: Counter[str] = field(default_factory=Counter)
    people: dict[str, None] = field(default_factory=dict)
    overridden: int = 0
    clock: list[ClockEvent] = field(default_factory=list)
    times: StageClock = field(default_factory=StageClock)
    _pages: set[str] = field(default_factory=set)
    _owed: set[str] = field(default_factory=set)

    def take(self, entries: Iterable[AuditEntry], *, until: int) -> None:
        """Count entries, in their order, up to the one numbered ``until``."""
        for entry in entries:
            if entry.sequence > until:
                return
            self._take(entry)

    @property
    def owed(self) -> int:
        """Refusals of this stretch whose notice did not leave the printer in it."""
        return len(self._owed)

    def _take(self, entry: AuditEntry) -> None:
        self.people.setdefault(entry.by)
        self.acts[entry.act] += 1
        if "stage" in entry.details:
            self._step(entry)
        if entry.act == Act.ENCOUNTER_RECORDED:
            self._recorded(entry)
        elif entry.act == Act.NOTICE_PRINTED:
            self._owed.discard(entry.subject)
        elif entry.act in (Act.CLOCK_STEPPED, Act.CLOCK_CONFIRMED):
            self._clock(entry)

    def _step(self, entry: AuditEntry) -> None:
        event, stage = entry.details.get("event", ""), entry.details["stage"]
        self.events[event] += 1
        if event == "PageCaptured":
            if entry.subject in self._pages:
                self.events[PAGE_AGAIN] += 1
            self._pages.add(entry.subject)
        self.times.step(entry.subject, stage, entry.at, first=entry.act == Act.ENCOUNTER_OPENED)

    def _recorded(self, entry: AuditEntry) -> None:
        self.recorded_by[entry.by] += 1
        version = entry.details.get("version", "")
        record = self.encounters.get(EncounterId(entry.subject), version=int(version) if version.isdecimal() else None)
        decision = None if record is None else record.final_decision
        if record is None or decision is None:
            self.movements[_UNKNOWN, _UNKNOWN] += 1
            return
        self.movements[record.crossing.direction.value, decision.kind.value] += 1
        if decision.ground is not None:
            self.refusals[decision.ground.value] += 1
        if decision.kind is DecisionKind.REFUSE:
            self._owed.add(entry.subject)
        if decision.overridden_checks:
            self.overridden += 1
            self.overrides.update(decision.overridden_checks)
        if decision.approved_by is not None:
            self.seconded[decision.approved_by] += 1

    def _clock(self, entry: AuditEntry) -> None:
        confirmed = entry.act == Act.CLOCK_CONFIRMED
        kind = "confirmed" if confirmed else entry.details.get("step", "")
        self.clock.append(ClockEvent(kind=kind, at=entry.at, seconds=int(entry.details.get("seconds", "0"))))
        if not confirmed:
            self.times.clock_stepped()


def movements_of(counted: Counter[tuple[str, str]]) -> tuple[Movement, ...]:
    """In the order of direction and decision; what did not happen has no row."""
    return tuple(
        Movement(direction=direction, decision=decision, count=count)
        for (direction, decision), count in sorted(counted.items())
    )


def counts_of(counted: Counter[str], names: Sequence[str] | None = None) -> tuple[Count, ...]:
    """Those of ``names`` that happened, in that order; all of them by name without."""
    chosen = sorted(counted) if names is None else names
    return tuple(Count(name=str(name), count=counted[name]) for name in chosen if counted[name])
