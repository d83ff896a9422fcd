# SPDX-License-Identifier: Apache-2.0
"""An officer's desk for tests: real service, real store, simulated devices, and work that runs when it is told to."""

from __future__ import annotations

import io
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import TypeVar

from PIL import Image

from devices.printing.pdf_file import PdfFileDriver, PdfFileSettings
from devices.registry import Registry
from devices.simulators.driver import SimulatorDriver, SimulatorSettings
from devices.simulators.specimens.people import SpecimenStock
from devices.simulators.tray import SpecimenPictures
from station.access.approvals import ApprovalService
from station.domain.errors import Cancelled, StationError
from station.domain.provenance import Illumination
from station.domain.words import Text, say
from station.inspection.effects import Outside
from station.inspection.rules import PostRules
from station.inspection.service import InspectionService
from station.inspection.state import Place
from station.mrtd.mrz import MrzFormat, parse
from station.ports.barcodes import Barcode, Symbology
from station.ports.images import EncodedImage, PreviewFrame
from station.ports.paper import RefusalNotice
from station.ports.recognition import DoubtfulCharacter, ReadStatus, RecognisedZone, Recognition
from station.ports.tasks import CancelToken, TaskHandle
from tests.open_station import OpenStation
from ui.presenters.inspect import InspectPresenter
from ui.presenters.inspect_view import InspectView
from ui.translation import Translator

T = TypeVar("T")


class _Job:
    def __init__(self, run: Callable[[CancelToken], None]) -> None:
        self.token = CancelToken()
        self._run = run

    def cancel(self) -> None:
        self.token.cancel()

    def run(self) -> None:
        self._run(self.token)


class SteppedTasks:
    """A TaskRunner without threads: work waits in line until the test lets it run."""

    def __init__(self) -> None:
        self._line: deque[_Job] = deque()

    def run(
        self, work: Callable[[CancelToken], T], *, done: Callable[[T], None], failed: Callable[[BaseException], None]
    ) -> TaskHandle:
        def run(token: CancelToken) -> None:
            try:
                token.raise_if_cancelled()
                outcome = work(token)
                token.raise_if_cancelled()
            except (StationError, Cancelled, KeyError) as problem:
                failed(problem)
            else:
                done(outcome)

        job = _Job(run)
        self._line.append(job)
        return job

    def step(self) -> None:
        """Run the next piece of work, and bring its outcome home."""
        self._line.popleft().run()

    def all(self) -> None:
        """Run everything, and what comes of it."""
        while self._line:
            self.step()


TODAY = date(2026, 11, 22)
STOCK = SpecimenStock(1, today=TODAY)


class FewPictures:
    """Small flat pictures: their content does not matter here, and drawing specimens takes time."""

    def page(self, traveller: int) -> EncodedImage:
        return _flat((120, 160, 200 - traveller % 50), (320, 220))

    def further(self, traveller: int) -> tuple[tuple[Illumination, EncodedImage], ...]:
        return ()

    def portrait(self, traveller: int) -> EncodedImage:
        return _flat((200, 170, 140 + traveller % 50), (120, 160))

    def mrz_lines(self, traveller: int) -> tuple[str, ...]:
        return STOCK.traveller(traveller).mrz_lines

    def codes(self, traveller: int) -> tuple[Barcode, ...]:
        return (Barcode(Symbology.QR, f"traveller {traveller}".encode()),)


def _flat(colour: tuple[int, int, int], size: tuple[int, int]) -> EncodedImage:
    out = io.BytesIO()
    Image.new("RGB", size, colour).save(out, "JPEG")
    return EncodedImage(out.getvalue(), "image/jpeg")


def decode_here(image: EncodedImage, longest: int, cancel: CancelToken) -> PreviewFrame:
    """Decodes the pictures of this file, which are ours; the product decodes in a helper process."""
    picture = Image.open(io.BytesIO(image.data)).convert("RGB")
    picture.thumbnail((longest, longest))
    return PreviewFrame(picture.width, picture.height, picture.tobytes())


class KnownEngine:
    """An engine that knows what stands on the page, and can be told to doubt or to see nothing."""

    name = "known"

    def __init__(self, truth: Callable[[], tuple[str, ...]]) -> None:
        self._truth = truth
        self.doubts: tuple[DoubtfulCharacter, ...] = ()
        self.misread: tuple[tuple[int, int, str], ...] = ()
        self.blind = False

    def recognise(self, image: EncodedImage, *, cancel: CancelToken) -> Recognition:
        cancel.raise_if_cancelled()
        spent = {"decode": 1.0, "locate": 1.0, "recognise": 1.0}
        if self.blind:
            return Recognition(
                status=ReadStatus.NOT_READ,
                reason=say("No MRZ was found on this page."),
                zones=(),
                engine=self.name,
                milliseconds=spent,
            )
        lines = list(self._truth())
        for line, column, character in self.misread:
            lines[line] = lines[line][:column] + character + lines[line][column + 1 :]
        fmt = parse(lines, today=TODAY).format or MrzFormat.TD3
        zone = RecognisedZone(format=fmt, lines=tuple(lines), raw_lines=tuple(lines), doubts=self.doubts)
        return Recognition(
            status=ReadStatus.DOUBT if self.doubts else ReadStatus.READ,
            reason=_reason(len(self.doubts)),
            zones=(zone,),
            engine=self.name,
            milliseconds=spent,
        )

    def prepare(self, *, cancel: CancelToken) -> None:
        """There is nothing to start."""

    def close(self) -> None:
        """Nothing runs."""


def _reason(doubts: int) -> Text:
    if doubts:
        return say("{number} characters are not certain.", number=doubts)
    return say("Every check digit holds.")


class PlainPress:
    """A press that needs no typefaces."""

    def refusal(self, notice: RefusalNotice, *, language: str) -> bytes:
        return f"%PDF-1.4\n% notice {notice.ground_code} {language}\n%%EOF\n".encode()

    def blank_refusal(self, post: str, *, language: str, copies: int) -> bytes:
        return f"%PDF-1.4\n% blank {post} {language} {copies}\n%%EOF\n".encode()


@dataclass(slots=True)
class Desk:
    """Everything a test moves: the tray, the engine, the line of work, and what the page shows."""

    station: OpenStation
    service: InspectionService
    devices: Registry
    simulators: SimulatorDriver
    engine: KnownEngine
    tasks: SteppedTasks
    presenter: InspectPresenter
    views: list[InspectView]
    stock: SpecimenStock
    papers: Path

    @property
    def view(self) -> InspectView:
        return self.views[-1]

    def place(self, traveller: int = 0) -> None:
        """Put a document on the glass; what waits for one then runs."""
        self.simulators.tray.place(traveller)

    def close(self) -> None:
        self.presenter.close()
        self.devices.close()


def open_desk(
    folder: Path,
    *,
    language: str = "en",
    mandatory: frozenset[str] = frozenset({"transport", "purpose"}),
    pictures: SpecimenPictures | None = None,
) -> Desk:
    """A signed-in officer's desk around a new training store in ``folder``."""
    station = OpenStation(folder)
    session = station.signed_in()
    papers = folder / "papers"
    papers.mkdir()
    settings = SimulatorSettings(scan_seconds=0.0, print_seconds=0.0, sheets=papers)
    simulators = SimulatorDriver(settings, pictures or FewPictures(), clock=station.clock)
    printer = PdfFileDriver(PdfFileSettings(folder=papers), clock=station.clock)
    registry = Registry((simulators, printer), allow_simulated=True)
    registry.start()
    stock = STOCK
    engine = KnownEngine(lambda: stock.traveller(simulators.tray.traveller or 0).mrz_lines)
    identity = session.store.identity
    service = InspectionService(
        session,
        Outside(
            devices=registry,
            engine=engine,
            press=PlainPress(),
            clock=station.clock,
            randomness=station.randomness,
            checkpoints=station.checkpoints,
        ),
        Place(post=identity.post, station=identity.station, lane=identity.lane),
        replace(PostRules(), mandatory_fields=mandatory, specimens_allowed=True),
        ApprovalService(session, station.door.desk, station.clock, station.randomness),
    )
    tasks = SteppedTasks()
    views: list[InspectView] = []
    presenter = InspectPresenter(
        service,
        tasks,
        registry,
        translator=Translator(language),
        clock=station.clock,
        decode=decode_here,
        render=views.append,
    )
    return Desk(station, service, registry, simulators, engine, tasks, presenter, views, stock, papers)
