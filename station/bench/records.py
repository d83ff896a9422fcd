# SPDX-License-Identifier: Apache-2.0
"""What an acceptance test leaves behind: one signed record of what was tested, when, by whom, and how it went.

A record holds for the device as it was: another model, serial number, version, driver or setting of the driver is
tested again. Which records there are says the audit trail, not the folder.
"""

from __future__ import annotations

import enum
import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Final

from station.domain.identifiers import OfficerId
from station.domain.wire import NotThisShape, from_json
from station.domain.words import Text, say
from station.ports.bench import DeviceSettingsGroup
from station.ports.devices import DeviceInfo, Role
from station.ports.storage import StoreKind

FORMAT: Final = "hbm-station acceptance 1"
WATERMARK: Final = "TRAINING - NOT VALID"


class Outcome(enum.Enum):
    """How a step, or a whole test, ended."""

    PASSED = "passed"  # it did what the role needs
    FAILED = "failed"  # it did not; the sentence says what to do
    SKIPPED = "skipped"  # nobody tried, and the sentence says why
    UNFINISHED = "unfinished"  # of a whole test: a step was skipped without which it says nothing


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
    essential: bool = False  # skipped, it leaves the test unfinished


@dataclass(frozen=True, slots=True, kw_only=True)
class DeviceOnBench:
    """The device in one role, as the registry knew it when it was tested.

    ``settings`` is the hash of its driver's settings then (``settings_hash``); empty for a driver without any.
    """

    role: str
    device_id: str
    driver: str
    name: str
    serial_number: str
    version: str
    simulated: bool
    settings: str = ""

    @classmethod
    def of(cls, info: DeviceInfo, role: Role[object], *, settings: str = "") -> DeviceOnBench:
        """What stands in a record."""
        return cls(
            role=role.name,
            device_id=info.device_id,
            driver=info.driver,
            name=info.name,
            serial_number=info.serial_number,
            version=info.version,
            simulated=info.simulated,
            settings=settings,
        )

    @property
    def identity(self) -> tuple[str, str, str, str]:
        """What must be the same for a test to hold; the plug it hangs on may change."""
        return self.driver, self.name, self.serial_number, self.version

    @property
    def place_hash(self) -> str:
        """Role and place, as the audit trail names them: hex SHA-256."""
        return _hash([self.role, self.device_id])

    @property
    def identity_hash(self) -> str:
        """Role and identity, as the audit trail names them; empty without a serial number, which alone makes it one."""
        return _hash([self.role, *self.identity]) if self.serial_number else ""


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
    note: str = ""  # what it does not prove, in English


#: A device without a serial number cannot be told from another one of its kind.
SWAP_UNNOTICED: Final = say(
    "The device tells no serial number: nobody notices when another one of its kind stands in its place. "
    "Test again after each exchange."
)


def settings_hash(group: DeviceSettingsGroup) -> str:
    """One driver's settings as the bench shows them: hex SHA-256."""
    return _hash(sorted([each.key, each.value] for each in group.settings))


def _hash(parts: Sequence[object]) -> str:
    return hashlib.sha256(json.dumps(parts).encode()).hexdigest()


def outcome_of(steps: Iterable[StepRecord]) -> Outcome:
    """Failed when one failed; unfinished when an essential one was skipped or none was done; else passed."""
    done = tuple(steps)
    outcomes = {step.outcome for step in done}
    if Outcome.FAILED in outcomes:
        return Outcome.FAILED
    left_out = any(step.essential and step.outcome is Outcome.SKIPPED for step in done)
    return Outcome.UNFINISHED if left_out or Outcome.PASSED not in outcomes else Outcome.PASSED


def read_record(document: bytes) -> AcceptanceRecord | None:
    """The record in a signed document; None for one that a newer program wrote in another format."""
    try:
        record = from_json(AcceptanceRecord, document)
    except NotThisShape:
        return None
    return record if record.format == FORMAT else None


@dataclass(frozen=True, slots=True, kw_only=True)
class PastTest:
    """A test that the audit trail knows of. ``record`` is None when its file is gone, was changed or cannot be read."""

    number: int  # of the entry in the trail: what came later has a higher one, whatever the clock said
    on: date
    place: str  # DeviceOnBench.place_hash
    identity: str  # DeviceOnBench.identity_hash
    record: AcceptanceRecord | None


class Standing(enum.Enum):
    """What the records say of a device in a role."""

    NONE = "none"  # never tested here
    PASSED = "passed"  # tested as it is now, and well
    FAILED = "failed"  # tested as it is now, and not well
    UNFINISHED = "unfinished"  # an essential step of the last test was skipped
    CHANGED = "changed"  # tested, but it was another one then
    SET_OTHERWISE = "set otherwise"  # tested, but its driver had other settings then
    LOST = "lost"  # tested, but the record is missing or was changed


@dataclass(frozen=True, slots=True, kw_only=True)
class Acceptance:
    """The standing, and the day and record of the test behind it."""

    standing: Standing
    on: str = ""  # ISO date
    record: AcceptanceRecord | None = None

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
                return say("Acceptance: not finished {day}. Test again.", day=self.on)
            case Standing.CHANGED:
                return say("Acceptance: device changed. Test again.")
            case Standing.SET_OTHERWISE:
                return say("Acceptance: settings changed. Test again.")
            case Standing.LOST:
                return say("Acceptance: record of {day} missing. Test again.", day=self.on)


_OF_OUTCOME = {
    Outcome.PASSED: Standing.PASSED,
    Outcome.FAILED: Standing.FAILED,
    Outcome.SKIPPED: Standing.UNFINISHED,
    Outcome.UNFINISHED: Standing.UNFINISHED,
}


def acceptance_of(info: DeviceInfo, role: Role[object], tests: Iterable[PastTest], *, settings: str = "") -> Acceptance:
    """What the last test of this device in this role says; ``tests`` in the trail's order.

    A device is the same one at the same place (``device_id``), or anywhere with the same serial number. Tests of this
    very device come before tests of another one that stood in its place: two spares may share a plug.
    """
    now = DeviceOnBench.of(info, role, settings=settings)
    near = [
        test
        for test in tests
        if test.place == now.place_hash or (now.identity_hash and test.identity == now.identity_hash)
    ]
    if not near:
        return Acceptance(standing=Standing.NONE)
    last = max((test for test in near if _of_this_very(test, now)), default=None, key=_number)
    if last is None:
        changed = max(near, key=_number)
        return Acceptance(standing=Standing.CHANGED, on=changed.on.isoformat())
    day, record = last.on.isoformat(), last.record
    if record is None:
        return Acceptance(standing=Standing.LOST, on=day)
    standing = _OF_OUTCOME[record.outcome]
    if standing is Standing.PASSED and record.device.settings != now.settings:
        standing = Standing.SET_OTHERWISE
    return Acceptance(standing=standing, on=day, record=record)


@dataclass(frozen=True, slots=True, kw_only=True)
class Standings:
    """All that acceptance is judged by at one moment: the tests in the trail's order, the settings hash by driver."""

    tests: tuple[PastTest, ...] = ()
    settings: Mapping[str, str] = field(default_factory=dict)

    def of(self, info: DeviceInfo, role: Role[object]) -> Acceptance:
        """What they say of one device in one role."""
        return acceptance_of(info, role, self.tests, settings=self.settings.get(info.driver, ""))


def _number(test: PastTest) -> int:
    return test.number


def _of_this_very(test: PastTest, now: DeviceOnBench) -> bool:
    """A lost record without a serial number may be of this one: it counts as one."""
    if test.record is not None:
        return test.record.device.identity == now.identity
    return test.identity == now.identity_hash
