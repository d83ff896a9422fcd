# SPDX-License-Identifier: Apache-2.0
"""What an acceptance test leaves behind: one signed record of what was tested, when, by whom, and how it went.

A record holds for the device as it was: another model, serial number, version or driver is tested again.
"""

from __future__ import annotations

import enum
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from station.domain.identifiers import OfficerId
from station.domain.wire import NotThisShape, from_json
from station.domain.words import Text, say
from station.ports.bench_files import KeptRecord
from station.ports.devices import DeviceInfo, Role
from station.ports.storage import StoreKind

FORMAT: Final = "hbm-station acceptance 1"
WATERMARK: Final = "TRAINING - NOT VALID"


class Outcome(enum.Enum):
    """How a step, or a whole test, ended."""

    PASSED = "passed"  # it did what the role needs
    FAILED = "failed"  # it did not; the sentence says what to do
    SKIPPED = "skipped"  # nobody tried, and the sentence says why


@dataclass(frozen=True, slots=True, kw_only=True)
class Measure:
    """One measured figure with its unit: "ms", "s", "frames/s", "pixels", "%" or "" for a count."""

    name: str
    value: float
    unit: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class StepRecord:
    """One step of a test. ``asks`` and ``says`` are the sentences that stood on the screen, in English."""

    step: str
    asks: str
    outcome: Outcome
    says: str
    measures: tuple[Measure, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class DeviceOnBench:
    """The device in one role, as the registry knew it when it was tested."""

    role: str
    device_id: str
    driver: str
    name: str
    serial_number: str
    version: str
    simulated: bool

    @classmethod
    def of(cls, info: DeviceInfo, role: Role[object]) -> DeviceOnBench:
        """What stands in a record."""
        return cls(
            role=role.name,
            device_id=info.device_id,
            driver=info.driver,
            name=info.name,
            serial_number=info.serial_number,
            version=info.version,
            simulated=info.simulated,
        )

    @property
    def identity(self) -> tuple[str, str, str, str]:
        """What must be the same for a test to hold; the plug it hangs on may change."""
        return self.driver, self.name, self.serial_number, self.version


@dataclass(frozen=True, slots=True, kw_only=True)
class AcceptanceRecord:
    """What, when, who, how. ``watermark`` is set in a training store: such a record accepts nothing for real work."""

    format: str = FORMAT
    kind: StoreKind
    watermark: str
    post: str
    station: str
    lane: str
    device: DeviceOnBench
    began_at: datetime
    ended_at: datetime
    tested_by: OfficerId
    tester: str
    program_version: str
    outcome: Outcome
    steps: tuple[StepRecord, ...]


def outcome_of(steps: Iterable[StepRecord]) -> Outcome:
    """Failed when one failed, passed when at least one passed: a test of skipped steps alone says nothing."""
    outcomes = [step.outcome for step in steps]
    if Outcome.FAILED in outcomes:
        return Outcome.FAILED
    return Outcome.PASSED if Outcome.PASSED in outcomes else Outcome.SKIPPED


def read_records(kept: Iterable[KeptRecord]) -> tuple[AcceptanceRecord, ...]:
    """The records among signed documents, oldest first; what a newer program wrote in another format is left out."""
    found: list[AcceptanceRecord] = []
    for each in kept:
        try:
            record = from_json(AcceptanceRecord, each.document)
        except NotThisShape:
            continue
        if record.format == FORMAT:
            found.append(record)
    return tuple(sorted(found, key=lambda record: record.ended_at))


class Standing(enum.Enum):
    """What the records say of a device in a role."""

    NONE = "none"  # never tested here
    PASSED = "passed"  # tested as it is now, and well
    FAILED = "failed"  # tested as it is now, and not well
    UNFINISHED = "unfinished"  # every step of the last test was skipped
    CHANGED = "changed"  # tested, but it was another one then


@dataclass(frozen=True, slots=True, kw_only=True)
class Acceptance:
    """The standing, and the day of the test behind it."""

    standing: Standing
    on: str = ""  # ISO date

    @property
    def demanded(self) -> bool:
        """Whether a test is due."""
        return self.standing is not Standing.PASSED

    @property
    def says(self) -> Text:
        """The same in words, with the next step in them."""
        match self.standing:
            case Standing.NONE:
                return say("Acceptance: none. Test it.")
            case Standing.PASSED:
                return say("Acceptance: passed {day}.", day=self.on)
            case Standing.FAILED:
                return say("Acceptance: failed {day}. Test again.", day=self.on)
            case Standing.UNFINISHED:
                return say("Acceptance: nothing was tested {day}. Test again.", day=self.on)
            case Standing.CHANGED:
                return say("Acceptance: device changed. Test again.")


_OF_OUTCOME = {
    Outcome.PASSED: Standing.PASSED,
    Outcome.FAILED: Standing.FAILED,
    Outcome.SKIPPED: Standing.UNFINISHED,
}


def acceptance_of(info: DeviceInfo, role: Role[object], records: Iterable[AcceptanceRecord]) -> Acceptance:
    """What the newest record of this device in this role says.

    A device is the same one at the same place (``device_id``), or anywhere with the same serial number.
    """
    now = DeviceOnBench.of(info, role)
    of_it = [
        record
        for record in records
        if record.device.role == now.role
        and (
            record.device.device_id == now.device_id
            or (bool(now.serial_number) and record.device.identity == now.identity)
        )
    ]
    if not of_it:
        return Acceptance(standing=Standing.NONE)
    newest = max(of_it, key=lambda record: record.ended_at)
    day = newest.ended_at.date().isoformat()
    if newest.device.identity != now.identity:
        return Acceptance(standing=Standing.CHANGED, on=day)
    return Acceptance(standing=_OF_OUTCOME[newest.outcome], on=day)
