# SPDX-License-Identifier: Apache-2.0
"""The drivers, listed by hand, each with its settings: what is not named here does not exist."""

from __future__ import annotations

from dataclasses import dataclass, field

from devices.base import Driver
from devices.cameras.driver import CameraDriver, CameraSettings
from devices.manual.keyed_mrz import KeyedMrz
from devices.manual.photo_file import PhotoFile
from devices.printing.pdf_file import PdfFileDriver, PdfFileSettings
from devices.sane.driver import SaneDriver, SaneSettings
from devices.simulators.driver import SimulatorDriver, SimulatorSettings
from devices.simulators.hand import ShownTraveller, TrainingHand
from devices.simulators.pictures import StockPictures
from devices.simulators.specimens.people import SpecimenStock, Wear
from devices.watched_folder.driver import WatchedFolderDriver, WatchedFolderSettings
from station.ports.clock import Clock

__all__ = ["DeviceSettings", "DriverSet", "ShownTraveller", "TrainingHand", "build_drivers"]


@dataclass(frozen=True, slots=True, kw_only=True)
class DeviceSettings:
    """The settings of every driver."""

    sane: SaneSettings = field(default_factory=SaneSettings)
    cameras: CameraSettings = field(default_factory=CameraSettings)
    watched_folder: WatchedFolderSettings = field(default_factory=WatchedFolderSettings)
    pdf_file: PdfFileSettings = field(default_factory=PdfFileSettings)
    simulators: SimulatorSettings = field(default_factory=SimulatorSettings)
    wear: Wear = Wear.LIGHT  # how used the specimen documents of the simulators look


@dataclass(frozen=True, slots=True, kw_only=True)
class DriverSet:
    """The drivers in default order of choice, and those that a face moves by hand.

    ``keyed_mrz.submit`` takes what the officer keyed, ``photo_file.choose_file`` a chosen photo. ``simulators``
    has the plugs and faults of training, ``hand`` places specimen travellers; both None in a live store.
    """

    drivers: tuple[Driver, ...]
    keyed_mrz: KeyedMrz
    photo_file: PhotoFile
    simulators: SimulatorDriver | None
    hand: TrainingHand | None


def build_drivers(settings: DeviceSettings, *, simulators: bool, clock: Clock) -> DriverSet:
    """Every driver of this station. Nothing is looked for until the registry starts them.

    With ``simulators`` (a training store) the simulated devices come first: what a trainee sees must not depend
    on the hardware of the room. The officer chooses real devices with F8.
    """
    keyed_mrz = KeyedMrz(clock=clock)
    photo_file = PhotoFile(clock=clock)
    simulated: SimulatorDriver | None = None
    hand: TrainingHand | None = None
    if simulators:
        stock = SpecimenStock(settings.simulators.seed, today=clock.now().date())
        pictures = StockPictures(stock, wear=settings.wear)
        simulated = SimulatorDriver(settings.simulators, pictures, clock=clock)
        hand = TrainingHand(simulated, stock)
    real: tuple[Driver, ...] = (
        SaneDriver(settings.sane, clock=clock),
        CameraDriver(settings.cameras, clock=clock),
        WatchedFolderDriver(settings.watched_folder, clock=clock),
        PdfFileDriver(settings.pdf_file, clock=clock),
        keyed_mrz,
        photo_file,
    )
    first = () if simulated is None else (simulated,)
    return DriverSet(
        drivers=(*first, *real), keyed_mrz=keyed_mrz, photo_file=photo_file, simulators=simulated, hand=hand
    )
