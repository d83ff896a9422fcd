# SPDX-License-Identifier: Apache-2.0
"""A bench for tests: real registry, simulated devices, real store and signatures; nothing is stood in for."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

from devices.registry import Registry
from devices.simulators.driver import SimulatorDriver, SimulatorSettings
from devices.simulators.tray import SpecimenPictures
from station.access.sign_in import Session
from station.bench.acceptance import BenchMeans, Calibrate
from station.bench.calibrating import calibrated
from station.bench.hands import BenchHands
from station.bench.judging import Finding
from station.bench.kit import BenchKit
from station.bench.ledger import AcceptanceLedger
from station.bench.records import AcceptanceRecord
from station.bench.settings_door import AuditedSettings
from station.bench.target import CalibrationReading
from station.domain.errors import SettingsError
from station.domain.words import Text, say
from station.optical.pictures import SafePictures
from station.optical.target_verdict import TargetUse
from station.ports.bench import DeviceSetting, DeviceSettingsGroup, ProfileChange, SettingValue
from station.ports.devices import DeviceInfo, PrintJob, Role
from station.ports.images import EncodedImage
from station.ports.keys import Opened
from station.ports.storage import RoleName
from station.ports.tasks import CancelToken
from storage.bench_files import FolderFiles, FolderRecords
from tests.open_station import OpenStation
from tests.ui.desk import FewPictures
from ui.host import SystemClock
from ui.machine import own_words, this_machine


class SettingsInMemory:
    """The port in a few lines: what the bench does with settings is under test, not how they are kept."""

    def __init__(self) -> None:
        self.changed: list[tuple[str, str, SettingValue]] = []
        self.defaults: list[tuple[str, str]] = []
        self.taken: list[str] = []
        self._settings = {
            "pages": DeviceSetting(key="pages", says=say("How many pages."), value=3, default=3),
            "enabled": DeviceSetting(key="enabled", says=say("Look for it."), value=True, default=True),
            "light": DeviceSetting(
                key="light", says=say("Which light."), value="white", default="white", choices=("white", "infrared")
            ),
            "names": DeviceSetting(key="names", says=say("Whose pages."), value=("a", "b"), default=()),
        }

    def groups(self) -> Sequence[DeviceSettingsGroup]:
        return (DeviceSettingsGroup(driver="simulator", settings=tuple(self._settings.values())),)

    def change(self, driver: str, key: str, value: SettingValue) -> None:
        if key == "pages" and isinstance(value, int) and value > 9:
            raise SettingsError(say("Line 3: too many pages."), say("Use at most 9."))
        if key == "pages" and not isinstance(value, int):
            raise SettingsError(say("This cannot be used for pages."), say("Write a whole number."))
        self.changed.append((driver, key, value))
        self._settings[key] = replace(self._settings[key], value=value)

    def make_default(self, role: Role[object], device_id: str) -> None:
        self.defaults.append((role.name, device_id))

    def profile(self) -> str:
        return "[devices.simulator]\npages = 4\n"

    def compare_profile(self, text: str) -> tuple[tuple[ProfileChange, ...], tuple[Text, ...]]:
        pages = self._settings["pages"]
        change = ProfileChange(driver="simulator", key="pages", says=pages.says, here=pages.value, there=4)
        changes = (change,) if "pages = 4" in text and pages.value != 4 else ()
        return changes, (say("Line 1 could not be used."),) if "wrong" in text else ()

    def take_profile(self, text: str) -> tuple[Text, ...]:
        self.taken.append(text)
        return (say("Line 1 could not be used."),) if "wrong" in text else ()


@dataclass(slots=True)
class BenchRoom:
    """A technician's bench with everything around it."""

    station: OpenStation
    session: Session
    simulators: SimulatorDriver
    devices: Registry
    pictures: SafePictures
    settings: SettingsInMemory
    kit: BenchKit

    def info(self, role: Role[object]) -> DeviceInfo:
        """The simulated device of a role."""
        return next(state.info for state in self.devices.states() if role in state.info.roles)

    def place(self, traveller: int = 0) -> None:
        """Put a specimen document on the glass."""
        self.simulators.tray.place(traveller)

    def close(self) -> None:
        self.devices.close()
        self.pictures.close()
        self.session.end()


def open_bench(
    folder: Path,
    *,
    role: RoleName = RoleName.TECHNICIAN,
    calibrate: Calibrate | None = None,
    sheet: PrintJob | None = None,
    scan_seconds: float = 0.0,
    drawn: SpecimenPictures | None = None,
) -> BenchRoom:
    """A technician's bench around a new training store in ``folder``."""
    station = OpenStation(folder)
    whole = station.signed_in()
    session = Session(
        Opened(officer=replace(whole.officer, role=role, display_name="T. Technician"), store=whole.store, further={})
    )
    clock = SystemClock()
    sheets = folder / "sheets"
    sheets.mkdir()
    simulators = SimulatorDriver(
        SimulatorSettings(scan_seconds=scan_seconds, sheets=sheets), drawn or FewPictures(), clock=clock
    )
    devices = Registry((simulators,), allow_simulated=True)
    devices.start()
    pictures = SafePictures()
    settings = SettingsInMemory()
    kit = BenchKit(
        require=session.require,
        kind=session.store.identity.kind,
        hands=BenchHands(session.require, devices, pictures, clock),
        ledger=AcceptanceLedger(session, FolderRecords(station.store_folder / "acceptance"), clock),
        means=BenchMeans(
            calibrate=calibrate or partial(_measured, pictures),
            sheet=None if sheet is None else lambda: sheet,
            faults=simulators.desk,
        ),
        settings=AuditedSettings(session, settings, clock),
        faults=simulators.desk,
        files=FolderFiles(),
        press=_press,
        machine=this_machine,
        bugs=lambda: (),
        words=lambda: own_words(["simulator"]),
    )
    return BenchRoom(station, session, simulators, devices, pictures, settings, kit)


def _measured(
    pictures: SafePictures, image: EncodedImage, use: TargetUse, cancel: CancelToken
) -> tuple[CalibrationReading, ...]:
    return calibrated(pictures, image, use, cancel=cancel)


def _press(record: AcceptanceRecord, findings: Sequence[Finding], language: str) -> bytes:
    return f"%PDF-1.4\n% {record.outcome.value} {len(findings)} {language}\n%%EOF\n".encode()
