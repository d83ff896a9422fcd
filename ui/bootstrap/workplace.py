# SPDX-License-Identifier: Apache-2.0
"""The desk with its devices, and the services of whoever is signed in."""

from __future__ import annotations

import zoneinfo
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, tzinfo
from functools import partial
from pathlib import Path

from devices.catalogue import SETTINGS, DriverSet, ShownTraveller, Surroundings, TrainingHand
from devices.hotplug import HotPlug
from devices.registry import Registry
from devices.settings_desk import FileSettingsDesk
from station.access.sign_in import Session
from station.bench.acceptance import BenchMeans
from station.bench.calibrating import calibrated
from station.bench.diagnostics import Bug
from station.bench.hands import BenchHands
from station.bench.kit import BenchKit
from station.bench.ledger import AcceptanceLedger
from station.bench.settings_door import AuditedSettings
from station.config.settings import Settings
from station.config.settings_file import SettingsFile
from station.domain.words import Text
from station.exporting.packages import ExportService
from station.inspection.effects import Outside
from station.inspection.records import RecordsService
from station.inspection.rules import PostRules
from station.inspection.service import InspectionService
from station.inspection.state import Place
from station.optical.pictures import SafePictures
from station.ports.backup import PaperShare
from station.ports.bench import DeviceSettingsDesk
from station.ports.paper import NoticePress
from station.ports.storage import StoreKind
from station.ports.tasks import CancelToken
from storage.bench_files import FolderFiles, FolderRecords
from ui.bootstrap.engines import open_engine
from ui.bootstrap.house import House
from ui.bootstrap.presses import PdfNoticePress, acceptance_record_pdf, recovery_sheet_outlet, target_sheet
from ui.bootstrap.safekeeping import Safekeeping, safekeeping
from ui.host import settings_file
from ui.machine import own_words, this_machine
from ui.translation import Translator

__all__ = ["Services", "ShownTraveller", "TrainingHand", "Workplace"]

#: Inside the store's folder, beside the database: records are signed, not secret.
ACCEPTANCE_FOLDER = "acceptance"


@dataclass(frozen=True, slots=True, kw_only=True)
class Services:
    """What a signed-in person works with. Each service checks the person's permissions itself."""

    session: Session
    inspection: InspectionService
    records: RecordsService
    exports: ExportService
    safe: Safekeeping


class Workplace:
    """The desk: devices and engine, attached for as long as the program runs, whoever is signed in.

    ``seed`` picks the specimen travellers of a training store.
    """

    def __init__(self, house: House, settings: Settings, *, seed: int = 1) -> None:
        training = house.door.kind() is StoreKind.TRAINING
        self.house = house
        self.settings = settings
        self.training = training
        around = Surroundings(
            clock=house.clock,
            hotplug=HotPlug(),
            training=training,
            papers=training_papers(house.place, settings) if training else None,
            seed=seed,
        )
        self.drivers = DriverSet(settings.devices, around)
        self.devices = Registry(
            self.drivers.drivers,
            allow_simulated=training,
            preferred=settings.default_devices.by_role(),
            hotplug=around.hotplug,
        )
        self.device_settings: DeviceSettingsDesk = FileSettingsDesk(
            SettingsFile(settings_file(), SETTINGS), self.drivers, self.devices
        )
        self.engine = open_engine(settings.reading.engine or None)
        self.press: NoticePress = PdfNoticePress(training)
        self.devices.start()

    @property
    def hand(self) -> TrainingHand:
        """Places specimen travellers. Raises ValueError in a live store, where no simulator opens."""
        if self.drivers.hand is None:
            raise ValueError("there are no specimen travellers at a live post")
        return self.drivers.hand

    def services(self, session: Session) -> Services:
        """The services of one session."""
        identity = session.store.identity
        rules = rules_of(self.settings, training=self.training)
        safe = safekeeping(session, self.house, self.devices, zone=rules.zone, training=self.training)
        inspection = InspectionService(
            session,
            Outside(
                devices=self.devices,
                engine=self.engine,
                press=self.press,
                clock=self.house.clock,
                randomness=self.house.randomness,
                checkpoints=self.house.checkpoints,
            ),
            Place(post=identity.post, station=identity.station, lane=identity.lane),
            rules,
            safe.approvals,
        )
        return Services(
            session=session,
            inspection=inspection,
            records=RecordsService(session, self.house.clock),
            exports=ExportService(session, self.house.sealer, self.house.clock, self.house.checkpoints),
            safe=safe,
        )

    def sheet_outlet(self, session: Session, language: str) -> Callable[[PaperShare, CancelToken], Text]:
        """Puts recovery sheets of this station on paper."""
        zone = rules_of(self.settings, training=self.training).zone
        return recovery_sheet_outlet(self.devices, session.store.identity, self.house.clock, language, zone=zone)

    def bench(
        self,
        session: Session,
        pictures: SafePictures,
        *,
        bugs: Callable[[], Sequence[Bug]],
        language: str,
    ) -> BenchKit:
        """The technician's bench of one session. ``pictures`` decode what is captured there."""
        clock = self.house.clock
        faults = self.drivers.faults
        return BenchKit(
            require=session.require,
            kind=session.store.identity.kind,
            hands=BenchHands(session.require, self.devices, pictures, clock),
            ledger=AcceptanceLedger(session, FolderRecords(self.house.place / ACCEPTANCE_FOLDER), clock),
            means=BenchMeans(
                recognise=lambda image, cancel: self.engine.recognise(image, cancel=cancel),
                calibrate=lambda image, use, cancel: calibrated(pictures, image, use, cancel=cancel),
                sheet=lambda: target_sheet(Translator(language)),
                faults=faults,
            ),
            settings=AuditedSettings(session, self.device_settings, clock),
            faults=faults,
            files=FolderFiles(),
            press=partial(acceptance_record_pdf, training=self.training),
            machine=this_machine,
            bugs=bugs,
            words=lambda: own_words(driver.name for driver in self.drivers.drivers),
        )

    def close(self) -> None:
        """Let go of devices and helper processes."""
        self.devices.close()
        self.engine.close()


def rules_of(settings: Settings, *, training: bool) -> PostRules:
    """The post's rules from its settings; specimens are accepted in training only."""
    zone: tzinfo = UTC if settings.post.time_zone == "UTC" else zoneinfo.ZoneInfo(settings.post.time_zone)
    return PostRules(
        zone=zone,
        mandatory_fields=frozenset(settings.post.mandatory_fields),
        default_permitted_days=settings.post.default_permitted_days,
        specimens_allowed=training,
    )


def training_papers(place: Path, settings: Settings) -> Path | None:
    """Where a training store's printed files go when no setting says. Paper as a file is plain text on a disk."""
    named = settings.devices.get("pdf_file")
    if named is not None and named.folder is not None:
        return None
    papers = place.parent / f"{place.name}-papers"
    papers.mkdir(parents=True, exist_ok=True)
    return papers
