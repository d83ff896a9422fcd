# SPDX-License-Identifier: Apache-2.0
"""The drivers, listed by hand, each with its settings type: what is not named here does not exist."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import Any, Final, Generic, TypeVar

from devices.base import Driver
from devices.cameras.driver import CameraDriver, CameraSettings
from devices.hotplug import HotPlug
from devices.keyboard_wedge.wedge import KeyboardWedge, WedgeSettings
from devices.manual.hand_form import HandForm
from devices.manual.keyed_mrz import KeyedMrz
from devices.manual.photo_file import PhotoFile
from devices.pcsc.driver import PcscDriver, PcscSettings
from devices.printing.cups_queues import CupsDriver, CupsSettings
from devices.printing.pdf_file import PdfFileDriver, PdfFileSettings
from devices.sane.driver import SaneDriver, SaneSettings
from devices.sbi.driver import SbiDriver, SbiSettings
from devices.serial_lines.driver import SerialDriver, SerialSettings
from devices.simulators.desk import DesksTogether
from devices.simulators.driver import SimulatorDriver, SimulatorSettings
from devices.simulators.hand import ShownTraveller, TrainingHand
from devices.simulators.pictures import StockPictures
from devices.simulators.sbi.driver import SbiSimulatorDriver
from devices.simulators.specimens.people import SpecimenStock, Wear
from devices.watched_folder.driver import WatchedFolderDriver, WatchedFolderSettings
from station.ports.bench import FaultDesk
from station.ports.clock import Clock

__all__ = ["SETTINGS", "DriverSet", "ShownTraveller", "Surroundings", "TrainingHand", "without_hardware"]

S = TypeVar("S")
D = TypeVar("D")


@dataclass(frozen=True, slots=True, kw_only=True)
class Surroundings:
    """What the drivers of one station share.

    ``training`` lets simulators be built. ``papers``: where PDF to file goes when the settings name no folder.
    ``seed`` picks the specimen travellers, ``wear`` says how used their documents look. ``simulator_port`` and
    ``traveller`` let simulators and the driver of their interface know each other in training: where the simulated
    fingerprint scanner listens, and whose fingers lie on it. The set of drivers fills them in.
    """

    clock: Clock
    hotplug: HotPlug
    training: bool
    papers: Path | None = None
    seed: int = 1
    wear: Wear = Wear.LIGHT
    simulator_port: Callable[[], int | None] | None = None
    traveller: Callable[[], int | None] = lambda: None


@dataclass(frozen=True, slots=True)
class Entry(Generic[S]):
    """One driver: its name in the settings file, the type of its settings, and how it is built."""

    name: str
    settings: type[S]
    build: Callable[[S, Surroundings], Driver]
    training_only: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class NoSettings:
    """For a driver that has none."""


def _simulators(settings: SimulatorSettings, around: Surroundings) -> Driver:
    stock = SpecimenStock(around.seed, today=around.clock.now().date())
    pictures = StockPictures(stock, wear=around.wear)
    chosen = replace(settings, seed=around.seed, sheets=settings.sheets or around.papers)
    return SimulatorDriver(chosen, pictures, clock=around.clock)


def _pdf_file(settings: PdfFileSettings, around: Surroundings) -> Driver:
    return PdfFileDriver(replace(settings, folder=settings.folder or around.papers), clock=around.clock)


def _sbi_simulator(_settings: NoSettings, around: Surroundings) -> Driver:
    return SbiSimulatorDriver(seed=around.seed, clock=around.clock, traveller=around.traveller)


def _sbi(settings: SbiSettings, around: Surroundings) -> Driver:
    return SbiDriver(settings, clock=around.clock, hotplug=around.hotplug, simulator_port=around.simulator_port)


#: In default order of choice. Simulators come first: what a trainee sees must not depend on the hardware of the room.
CATALOGUE: Final[tuple[Entry[Any], ...]] = (
    Entry("simulators", SimulatorSettings, _simulators, training_only=True),
    Entry("sbi_simulator", NoSettings, _sbi_simulator, training_only=True),
    Entry("sane", SaneSettings, lambda s, around: SaneDriver(s, clock=around.clock, hotplug=around.hotplug)),
    Entry("cameras", CameraSettings, lambda s, around: CameraDriver(s, clock=around.clock, hotplug=around.hotplug)),
    Entry("watched_folder", WatchedFolderSettings, lambda s, around: WatchedFolderDriver(s, clock=around.clock)),
    Entry("pcsc", PcscSettings, lambda s, around: PcscDriver(s, clock=around.clock)),
    # Switched on by a technician, so before what any serial line may turn out to be.
    Entry("keyboard_wedge", WedgeSettings, lambda s, around: KeyboardWedge(s, clock=around.clock)),
    Entry(
        "serial_lines", SerialSettings, lambda s, around: SerialDriver(s, clock=around.clock, hotplug=around.hotplug)
    ),
    Entry("sbi", SbiSettings, _sbi),
    Entry("cups", CupsSettings, lambda s, around: CupsDriver(s, clock=around.clock)),
    Entry("pdf_file", PdfFileSettings, _pdf_file),
    Entry("keyed_mrz", NoSettings, lambda _, around: KeyedMrz(clock=around.clock)),
    Entry("photo_file", NoSettings, lambda _, around: PhotoFile(clock=around.clock)),
    Entry("hand_form", NoSettings, lambda _, around: HandForm(clock=around.clock)),
)

#: Driver name to settings type, for the drivers that have settings.
SETTINGS: Final[dict[str, type]] = {
    entry.name: entry.settings for entry in CATALOGUE if entry.settings is not NoSettings
}


def without_hardware(**given: object) -> dict[str, object]:
    """Settings with which no driver looks for hardware, so that a demonstration repeats itself anywhere."""
    off: dict[str, object] = {}
    for name, kind in SETTINGS.items():
        switches = {m.name: False for m in fields(kind) if m.name in ("enabled", "discover")}
        off[name] = kind(**switches)
    return {**off, **given}


class DriverSet:
    """The drivers of one station, in default order of choice, and those that a face moves by hand.

    Nothing is looked for until a registry starts them. ``settings`` maps driver names to their settings; one that is
    missing has its defaults. Any thread.
    """

    def __init__(self, settings: Mapping[str, Any], around: Surroundings) -> None:
        if around.training:
            around = replace(around, simulator_port=self._simulator_port, traveller=self._traveller)
        self._around = around
        self._lock = threading.Lock()
        self._built: dict[str, Driver] = {}
        self.settings: dict[str, Any] = {}
        for entry in CATALOGUE:
            if entry.training_only and not around.training:
                continue
            self.settings[entry.name] = settings.get(entry.name) or entry.settings()
            self._built[entry.name] = entry.build(self.settings[entry.name], around)
        self._hand = self._new_hand()

    @property
    def drivers(self) -> tuple[Driver, ...]:
        """All of them."""
        with self._lock:
            return tuple(self._built.values())

    @property
    def names(self) -> tuple[str, ...]:
        """The names of those that have settings, in order."""
        return tuple(name for name in self._built if name in SETTINGS)

    def driver_name(self, name: str) -> str:
        """How provenance and ``DeviceInfo.driver`` call the driver of a group of settings."""
        with self._lock:
            return self._built[name].name

    def rebuild(self, name: str, settings: object) -> tuple[Driver, Driver]:
        """The driver as it was and as it is with other settings. Neither is started or closed here."""
        entry = next(entry for entry in CATALOGUE if entry.name == name)
        new = entry.build(settings, self._around)
        with self._lock:
            old, self._built[name] = self._built[name], new
            self.settings[name] = settings
        if name == "simulators":
            self._hand = self._new_hand()
        return old, new

    def _desks(self) -> Sequence[FaultDesk]:
        return (
            self._one("simulators", SimulatorDriver).desk,
            self._one("sbi_simulator", SbiSimulatorDriver).desk,
        )

    def _simulator_port(self) -> int | None:
        return self._one("sbi_simulator", SbiSimulatorDriver).port

    def _traveller(self) -> int | None:
        return self._one("simulators", SimulatorDriver).tray.traveller

    def _new_hand(self) -> TrainingHand | None:
        simulators = self.simulators
        if simulators is None:
            return None
        return TrainingHand(simulators, SpecimenStock(self._around.seed, today=self._around.clock.now().date()))

    @property
    def keyed_mrz(self) -> KeyedMrz:
        """Takes what the officer keyed."""
        return self._one("keyed_mrz", KeyedMrz)

    @property
    def photo_file(self) -> PhotoFile:
        """Takes a chosen photo."""
        return self._one("photo_file", PhotoFile)

    @property
    def keyboard_wedge(self) -> KeyboardWedge:
        """Takes the bursts of a reader that types."""
        return self._one("keyboard_wedge", KeyboardWedge)

    @property
    def faults(self) -> FaultDesk | None:
        """Faults on demand, of all simulators as they are when asked; None in a live store."""
        return DesksTogether(self._desks) if self._around.training else None

    @property
    def hand_form(self) -> HandForm:
        """Shows what is to be copied onto a form when no printer works."""
        return self._one("hand_form", HandForm)

    @property
    def simulators(self) -> SimulatorDriver | None:
        """The plugs and faults of training; None in a live store."""
        return self._one("simulators", SimulatorDriver) if "simulators" in self._built else None

    @property
    def hand(self) -> TrainingHand | None:
        """Places specimen travellers; None in a live store."""
        return self._hand

    def _one(self, name: str, kind: type[D]) -> D:
        with self._lock:
            driver = self._built[name]
        assert isinstance(driver, kind)
        return driver
