# SPDX-License-Identifier: Apache-2.0
"""What the bench page shows, as one frozen value: devices on the left, the live view of one of them on the right."""

from __future__ import annotations

import enum
from dataclasses import dataclass, field

from station.bench.records import AcceptanceRecord
from station.domain.checks import CheckResult
from station.domain.words import Text
from station.ports.devices import Role
from ui.presenters.inspect_view import ActionView, OptionView, Picture
from ui.presenters.showing import Trouble


class BenchMode(enum.Enum):
    """What the technician sees the bench do."""

    LOOKING = "looking"  # nothing runs
    WORKING = "working"  # the chosen device is in use by the bench, once
    LIVE = "live"  # live pictures run until Enter or Esc
    TESTING = "testing"  # a step of an acceptance test waits for the technician


@dataclass(frozen=True, slots=True, kw_only=True)
class DeviceRow:
    """One device in one role. ``name`` is data; ``due`` says that an acceptance test is demanded."""

    role: Role[object]
    device_id: str
    name: str
    driver: str
    serial_number: str = ""
    version: str = ""
    mark: CheckResult
    health: Text
    acceptance: Text
    due: bool
    record: AcceptanceRecord | None = field(default=None, repr=False)  # of the last test of this very device
    default: bool
    simulated: bool = False
    fault: Text | None = None
    failed: Text | None = None  # why the bench's last try failed; the next good one takes it away


@dataclass(frozen=True, slots=True, kw_only=True)
class DriverRow:
    """A driver without a device, which can be set up all the same. ``why`` is None until its first look is over."""

    driver: str
    why: Text | None


@dataclass(frozen=True, slots=True, kw_only=True)
class FactLine:
    """One line beside the picture. A ``str`` value is data as it came over the wire, already printable."""

    label: Text
    value: Text | str = field(repr=False)
    mark: CheckResult | None = None
    wire: bool = False  # in a typeface of even width, left to right


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownPicture:
    """A picture and what it is called."""

    caption: Text
    picture: Picture


@dataclass(frozen=True, slots=True, kw_only=True)
class LiveView:
    """What was last seen of the chosen device."""

    says: Text
    pictures: tuple[ShownPicture, ...] = ()
    facts: tuple[FactLine, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class StepLine:
    """A step of a test that was done."""

    mark: CheckResult
    asked: Text
    says: Text


@dataclass(frozen=True, slots=True, kw_only=True)
class StepsView:
    """An acceptance test under way: what is asked now, and what was done. ``asks`` is None at its end."""

    number: int
    of: int
    asks: Text | None
    done: tuple[StepLine, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class InputView:
    """A line to type into. ``serial`` changes when the page is to show ``typed`` instead of what stands there."""

    label: Text
    typed: str
    serial: int
    hint: Text | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PanelView:
    """A question or a list in place of the live view: lines to choose from, or a line to type into."""

    heading: Text
    says: Text | None = None
    options: tuple[OptionView, ...] = ()
    chosen: int | None = None
    content: tuple[str | Text, ...] = ()  # lines that are shown whole before something is saved or used
    input: InputView | None = None
    trouble: Trouble | None = None
    confirm: Text
    beside: bool = False  # the live view stays: the question is about what stands there


@dataclass(frozen=True, slots=True, kw_only=True)
class BenchState:
    """The whole page. ``told`` is what happened last, and stays until something else happens."""

    mode: BenchMode = BenchMode.LOOKING
    rows: tuple[DeviceRow, ...] = ()
    idle: tuple[DriverRow, ...] = ()  # listed below the devices
    chosen: int | None = None  # counted through both
    about: LiveView | None = None  # the chosen device or driver, for as long as nothing was seen of it
    view: LiveView | None = None
    steps: StepsView | None = None
    panel: PanelView | None = None
    working: Text | None = None
    trouble: Trouble | None = None
    told: Text | None = None
    actions: tuple[ActionView, ...] = ()
