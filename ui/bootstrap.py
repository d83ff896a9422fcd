# SPDX-License-Identifier: Apache-2.0
"""The composition root: the only module that meets drivers and storage. It imports no face."""

from __future__ import annotations

import zoneinfo
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, tzinfo
from pathlib import Path

from devices.catalogue import SETTINGS, DriverSet, ShownTraveller, Surroundings, TrainingHand, without_hardware
from devices.hotplug import HotPlug
from devices.printing.acceptance_paper import AcceptancePaper, acceptance_pdf
from devices.printing.paper import RefusalNotice as PrintedNotice
from devices.printing.paper import refusal_notice_pdf
from devices.printing.target_sheet import TargetWords, target_sheet_pdf
from devices.registry import Registry
from devices.settings_desk import FileSettingsDesk
from station.access.sign_in import Session, SignInService
from station.bench.acceptance import BenchMeans
from station.bench.calibrating import CUT, INSTRUCTIONS, RULER, TITLE, calibrated
from station.bench.diagnostics import Bug
from station.bench.hands import BenchHands
from station.bench.judging import Finding
from station.bench.kit import BenchKit
from station.bench.ledger import AcceptanceLedger
from station.bench.records import AcceptanceRecord
from station.bench.settings_door import AuditedSettings
from station.config.settings import Settings
from station.config.settings_file import SettingsFile
from station.domain.errors import EngineUnavailable, SettingsError
from station.domain.secrets import Secret
from station.domain.words import say
from station.exporting.packages import ExportService
from station.inspection.effects import Outside
from station.inspection.records import RecordsService
from station.inspection.rules import PostRules
from station.inspection.service import InspectionService
from station.inspection.state import Place
from station.optical.engines import ENGINES
from station.optical.pictures import SafePictures
from station.ports.bench import DeviceSettingsDesk
from station.ports.clock import Clock, Randomness
from station.ports.devices import PrintJob
from station.ports.exchange import ExportTargets
from station.ports.keys import StoreDoor
from station.ports.paper import NoticePress, RefusalNotice
from station.ports.recognition import MrzEngine
from station.ports.sealing import BundleSealer
from station.ports.storage import StoreKind
from station.ports.tasks import CancelToken
from storage.bench_files import FolderFiles, FolderRecords
from storage.door import FolderDoor
from storage.exchange.stick import FolderTargets
from storage.keys.stretching import SERVICE, KdfProfile
from storage.sealed.age import new_identity
from storage.sealed.sealer import AgeMinisignSealer
from ui.acceptance_words import worded_record
from ui.host import LocalEvents, SystemClock, SystemRandomness, settings_file
from ui.machine import own_words, this_machine
from ui.notices import WordedNotice, watermark, worded, worded_blank
from ui.translation import Translator

__all__ = [
    "House",
    "Services",
    "ShownTraveller",
    "TrainingHand",
    "Workplace",
    "demo_settings",
    "engine_names",
    "engine_problems",
    "new_headquarters_identity",
    "new_registry",
    "new_sealer",
    "open_engine",
    "settings_with_problems",
]


#: Inside the store's folder, beside the database: records are signed, not secret.
ACCEPTANCE_FOLDER = "acceptance"


def engine_names() -> tuple[str, ...]:
    """The recognition engines by name, the one used by default first."""
    return tuple(ENGINES)


def open_engine(name: str | None = None) -> MrzEngine:
    """An engine by name, or the default one. Its helper process starts with the first picture.

    Raises EngineUnavailable for a name that no engine has.
    """
    wanted = name or next(iter(ENGINES))
    if wanted not in ENGINES:
        raise EngineUnavailable(
            say("There is no reading program of this name: {name}.", name=wanted),
            say("Use one of these: {names}.", names=", ".join(ENGINES)),
        )
    return ENGINES[wanted]()


def engine_problems(settings: Settings, *, every: bool) -> Sequence[tuple[str, EngineUnavailable]]:
    """Name and problem of the engine in use, or of ``every`` one, that cannot run here. Starts each: seconds."""
    found: list[tuple[str, EngineUnavailable]] = []
    for name in dict.fromkeys((*(ENGINES if every else ()), settings.reading.engine or engine_names()[0])):
        try:
            with closing(open_engine(name)) as engine:
                engine.prepare(cancel=CancelToken())
        except EngineUnavailable as problem:
            found.append((name, problem))
    return found


def new_sealer() -> BundleSealer:
    """The sealer of bundles."""
    return AgeMinisignSealer(SystemClock(), SystemRandomness())


def new_headquarters_identity() -> tuple[Secret, str]:
    """A throw-away age identity and its recipient: for demonstration and training only."""
    return new_identity()


def settings_with_problems() -> tuple[Settings, tuple[SettingsError, ...]]:
    """The settings of this machine, and what in them cannot be used."""
    return SettingsFile(settings_file(), SETTINGS).load()


def write_settings() -> Path:
    """Make the settings file with every setting explained, where there is none. Raises SettingsError."""
    file = SettingsFile(settings_file(), SETTINGS)
    file.ensure()
    return file.path


def new_registry(settings: Settings, *, simulators: bool) -> Registry:
    """The devices of this machine, without any store."""
    around = Surroundings(clock=SystemClock(), hotplug=HotPlug(), training=simulators)
    drivers = DriverSet(settings.devices, around)
    return Registry(
        drivers.drivers,
        allow_simulated=simulators,
        preferred=settings.default_devices.by_role(),
        hotplug=around.hotplug,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Services:
    """What a signed-in person works with. Each service checks the person's permissions itself."""

    session: Session
    inspection: InspectionService
    records: RecordsService
    exports: ExportService


@dataclass(frozen=True, slots=True, kw_only=True)
class House:
    """One store's place with everything that stands around it while nobody is signed in."""

    place: Path
    door: StoreDoor
    sealer: BundleSealer
    sign_in: SignInService
    events: LocalEvents
    clock: Clock
    randomness: Randomness
    targets: ExportTargets

    @classmethod
    @contextmanager
    def at(
        cls,
        place: Path,
        *,
        clock: Clock | None = None,
        randomness: Randomness | None = None,
        profile: KdfProfile = SERVICE,
    ) -> Iterator[House]:
        """The house around the store folder ``place``, which need not exist yet."""
        yield cls.around(place, clock=clock, randomness=randomness, profile=profile)

    @classmethod
    def around(
        cls,
        place: Path,
        *,
        clock: Clock | None = None,
        randomness: Randomness | None = None,
        profile: KdfProfile = SERVICE,
    ) -> House:
        """As ``at``. ``randomness`` makes identifiers repeatable in a demo; keys always come from the system."""
        time = clock or SystemClock()
        events = LocalEvents()
        door = FolderDoor(place, events, time, SystemRandomness(), profile=profile)
        return cls(
            place=place,
            door=door,
            sealer=AgeMinisignSealer(time, SystemRandomness()),
            sign_in=SignInService(door, time),
            events=events,
            clock=time,
            randomness=randomness or SystemRandomness(),
            targets=FolderTargets(place),
        )


@dataclass(frozen=True, slots=True)
class PdfNoticePress:
    """Notices as PDF, watermarked where nothing may be taken for real."""

    training: bool

    def refusal(self, notice: RefusalNotice, *, language: str) -> bytes:
        """See station.ports.paper."""
        translator = Translator(language)
        return self._drawn(worded(notice, translator), translator)

    def blank_refusal(self, post: str, *, language: str, copies: int) -> bytes:
        """See station.ports.paper."""
        translator = Translator(language)
        return self._drawn(worded_blank(post, translator), translator, copies=copies)

    def _drawn(self, words: WordedNotice, translator: Translator, *, copies: int = 1) -> bytes:
        printed = PrintedNotice(
            title=words.title,
            post=words.post,
            facts=words.facts,
            sections=words.sections,
            choices=words.choices,
            signatures=words.signatures,
            footer=words.footer,
        )
        return refusal_notice_pdf(
            printed,
            watermark=watermark(translator) if self.training else None,
            right_to_left=words.right_to_left,
            copies=copies,
        )


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
            papers=_training_papers(house.place, settings) if training else None,
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
        inspection = InspectionService(
            session,
            Outside(
                devices=self.devices,
                engine=self.engine,
                press=self.press,
                clock=self.house.clock,
                randomness=self.house.randomness,
            ),
            Place(post=identity.post, station=identity.station, lane=identity.lane),
            rules_of(self.settings, training=self.training),
        )
        return Services(
            session=session,
            inspection=inspection,
            records=RecordsService(session, self.house.clock),
            exports=ExportService(session, self.house.sealer, self.house.clock),
        )

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
                sheet=lambda: _target_sheet(Translator(language)),
                faults=faults,
            ),
            settings=AuditedSettings(session, self.device_settings, clock),
            faults=faults,
            files=FolderFiles(),
            press=self._press_record,
            machine=this_machine,
            bugs=bugs,
            words=lambda: own_words(driver.name for driver in self.drivers.drivers),
        )

    def _press_record(self, record: AcceptanceRecord, findings: Sequence[Finding], language: str) -> bytes:
        translator = Translator(language)
        words = worded_record(record, findings, translator)
        paper = AcceptancePaper(
            title=words.title,
            post=words.post,
            facts=words.facts,
            steps=words.steps,
            signatures=words.signatures,
            footer=words.footer,
        )
        mark = watermark(translator) if self.training else None
        return acceptance_pdf(paper, watermark=mark, right_to_left=words.right_to_left)

    def close(self) -> None:
        """Let go of devices and helper processes."""
        self.devices.close()
        self.engine.close()


def _target_sheet(translator: Translator) -> PrintJob:
    """The calibration target on paper."""
    put = translator.text
    words = TargetWords(title=put(TITLE), instructions=tuple(map(put, INSTRUCTIONS)), ruler=put(RULER), cut=put(CUT))
    return PrintJob("calibration target", target_sheet_pdf(words, right_to_left=translator.right_to_left))


def rules_of(settings: Settings, *, training: bool) -> PostRules:
    """The post's rules from its settings; specimens are accepted in training only."""
    zone: tzinfo = UTC if settings.post.time_zone == "UTC" else zoneinfo.ZoneInfo(settings.post.time_zone)
    return PostRules(
        zone=zone,
        mandatory_fields=frozenset(settings.post.mandatory_fields),
        default_permitted_days=settings.post.default_permitted_days,
        specimens_allowed=training,
    )


def demo_settings(papers: Path, *, further_lights: bool = False) -> Settings:
    """Settings of a demonstration: no real device takes part, so that it can be repeated anywhere.

    ``further_lights``: pages come in infrared and ultraviolet too, which takes half a second more.
    """
    pdf_file = SETTINGS["pdf_file"](folder=papers)
    simulators = SETTINGS["simulators"](sheets=papers, further_lights=further_lights)
    return Settings(devices=without_hardware(pdf_file=pdf_file, simulators=simulators))


def _training_papers(place: Path, settings: Settings) -> Path | None:
    """Where a training store's printed files go when no setting says. Paper as a file is plain text on a disk."""
    named = settings.devices.get("pdf_file")
    if named is not None and named.folder is not None:
        return None
    papers = place.parent / f"{place.name}-papers"
    papers.mkdir(parents=True, exist_ok=True)
    return papers
