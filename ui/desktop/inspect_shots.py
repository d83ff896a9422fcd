# SPDX-License-Identifier: Apache-2.0
"""The Inspect page in every state, for pictures that people look at: real services, simulators, specimens of Utopia."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator
from contextlib import chdir, contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TypeVar

from PySide6.QtCore import QSize
from PySide6.QtWidgets import QApplication

from station.document_reading.steps import document_of
from station.domain.crossing import Crossing, Direction
from station.domain.errors import Cancelled, StationError
from station.domain.secrets import Secret
from station.domain.words import say
from station.inspection import events as ev
from station.inspection.service import InspectionService
from station.mrtd.mrz import parse
from station.optical.pictures import SafePictures
from station.ports.images import EncodedImage, PreviewFrame
from station.ports.recognition import DoubtfulCharacter
from station.ports.tasks import CancelToken, TaskHandle
from ui.bootstrap.demonstration import demo_settings
from ui.bootstrap.house import House
from ui.bootstrap.workplace import Workplace
from ui.desktop.pages.inspect import InspectPage
from ui.desktop.widgets.look import Look
from ui.practice import make_practice_post
from ui.presenters.inspect import InspectPresenter
from ui.presenters.inspect_view import Mode
from ui.presenters.keymap import Act

T = TypeVar("T")

_MOST_DOUBTS = 90  # characters of an MRZ

_NO_PAGE = say(
    "No page was made out in the last picture: the whole picture was taken. Lay the page on a darker ground."
)

#: Doc 9303-4, Appendix A: the specimen of Utopia, with one wrong check digit.
_WRONG = "P<UTOERIKSSON<<ANNA<MARIA".ljust(44, "<") + "L898902C35UTO7408122F1204159ZE184226B<<<<<10"


class _Job:
    def __init__(self, run: Callable[[CancelToken], None]) -> None:
        self.token = CancelToken()
        self.run = run

    def cancel(self) -> None:
        self.token.cancel()


class TurnByTurn:
    """A TaskRunner without threads: a picture is taken between two pieces of work."""

    def __init__(self) -> None:
        self._line: deque[_Job] = deque()

    def run(
        self, work: Callable[[CancelToken], T], *, done: Callable[[T], None], failed: Callable[[BaseException], None]
    ) -> TaskHandle:
        """Put work in line."""

        def run(token: CancelToken) -> None:
            try:
                token.raise_if_cancelled()
                outcome = work(token)
            except (StationError, Cancelled) as problem:
                failed(problem)
            else:
                done(outcome)

        job = _Job(run)
        self._line.append(job)
        return job

    def step(self) -> None:
        """Do the next piece of work."""
        job = self._line.popleft()
        job.run(job.token)

    def all(self) -> None:
        """Do everything in line, and what comes of it."""
        while self._line:
            self.step()


class InspectStage:
    """One Inspect page with its hands: places documents, presses keys, lets work run."""

    def __init__(self, workplace: Workplace, service: InspectionService, look: Look, pictures: SafePictures) -> None:
        self.workplace = workplace
        self.service = service
        self.tasks = TurnByTurn()
        self.page = InspectPage(look)

        def decode(image: EncodedImage, longest: int, cancel: CancelToken) -> PreviewFrame:
            return pictures.for_display(image, longest_side=longest, cancel=cancel)

        self.presenter = InspectPresenter(
            service,
            self.tasks,
            workplace.devices,
            translator=look.translator,
            clock=workplace.house.clock,
            decode=decode,
            render=self.page.show_view,
        )
        self.page.driven_by(self.presenter)

    @property
    def mode(self) -> Mode:
        """Where the page stands."""
        view = self.page.view
        return Mode.IDLE if view is None else view.mode

    def inspect(self, traveller: int = 0) -> None:
        """From the empty desk to the decision; a doubt is confirmed as the officer would."""
        self.workplace.hand.place(traveller)
        self.tasks.all()
        self.confirm()

    def take_up(self) -> None:
        """Go on with the inspection that was begun without the page."""
        self.presenter.stop()  # the idle station waits for a document, and there will be none
        self.tasks.all()
        self.presenter.start()
        self.tasks.step()
        self.presenter.resume(0)
        self.tasks.all()

    def confirm(self) -> None:
        """Every doubt, as it was read."""
        for _ in range(_MOST_DOUBTS):
            if self.mode is Mode.DOUBT:
                self.presenter.do(Act.NEXT)
                self.tasks.all()

    def fill_in(self) -> None:
        """The details of a crossing."""
        for name, typed in (
            ("transport", "BUS"),
            ("coming_from", "KEN"),
            ("destination", "UTO"),
            ("purpose", "VFR"),
            ("intended_stay_days", "12"),
        ):
            self.presenter.type_field(name, typed)
            self.presenter.leave_field(name)
            self.tasks.all()

    def key(self, lines: str) -> None:
        """Key an MRZ in by hand."""
        self.presenter.do(Act.KEY_IN)
        self.tasks.all()
        for character in lines:
            self.presenter.mrz_type(character)


def _idle(stage: InspectStage) -> None:
    """The empty desk, with one inspection that was parked and one that was recorded."""
    stage.inspect(1)
    stage.presenter.do(Act.PARK)
    stage.tasks.step()
    stage.inspect(0)
    stage.fill_in()
    stage.presenter.do(Act.ADMIT)
    stage.tasks.step()
    stage.tasks.step()


def _working(stage: InspectStage) -> None:
    stage.workplace.hand.place(0)
    stage.tasks.step()
    stage.tasks.step()


def _doubt(stage: InspectStage) -> None:
    """What a worn page gives: a reading of which two characters are in doubt."""
    stage.workplace.hand.place(0)
    page = stage.service.scan(cancel=CancelToken())
    opened = stage.service.begin(page, Crossing(direction=Direction.ENTRY))
    lines = stage.workplace.hand.traveller(0).mrz_lines
    alike = say("Two characters look alike here.")
    stage.service.act(
        opened,
        ev.DocumentDoubtful(
            document=document_of(parse(lines, today=stage.workplace.house.clock.now().date())),
            provenance=page.provenance,
            engine="",
            reason=say("Two characters of the MRZ are not certain."),
            raw_lines=lines,
            doubts=tuple(
                DoubtfulCharacter(line=1, column=column, read=lines[1][column], alternatives=others, reason=alike)
                for column, others in ((1, (lines[1][1], "I")), (7, (lines[1][7], "T")))
            ),
            corrected=(),
        ),
    )
    stage.take_up()


def _lit(stage: InspectStage) -> None:
    """The page in infrared, magnified, with what a camera says of a page that it did not make out."""
    stage.workplace.hand.place(0)
    page = stage.service.scan(cancel=CancelToken())
    stage.service.begin(replace(page, remark=_NO_PAGE), Crossing(direction=Direction.ENTRY))
    stage.take_up()
    stage.confirm()
    stage.fill_in()
    stage.page.page.zoom(1)
    stage.presenter.do(Act.LIGHT)
    stage.tasks.all()


def _clear(stage: InspectStage) -> None:
    stage.inspect(0)
    stage.fill_in()
    stage.presenter.do(Act.NEXT)


def _typing(stage: InspectStage) -> None:
    stage.inspect(0)
    stage.presenter.type_field("transport", "b")


def _refuse(stage: InspectStage) -> None:
    _clear(stage)
    stage.presenter.do(Act.REFUSE)
    stage.presenter.prompt_key("C")


def _refused(stage: InspectStage) -> None:
    _refuse(stage)
    stage.presenter.do(Act.NEXT)
    stage.tasks.all()


def _reprint(stage: InspectStage) -> None:
    _refused(stage)
    stage.presenter.do(Act.PRINT_NOTICE)
    stage.presenter.prompt_language(1)


def _failed(stage: InspectStage) -> None:
    stage.key(_WRONG)
    stage.presenter.do(Act.NEXT)
    stage.workplace.hand.place(0)
    stage.presenter.do(Act.NEXT)
    stage.tasks.all()
    stage.fill_in()


def _keying(stage: InspectStage) -> None:
    stage.key(_WRONG[:60])


def _no_document(stage: InspectStage) -> None:
    stage.presenter.do(Act.NO_DOCUMENT)
    stage.tasks.all()
    for name, typed in (
        ("primary", "Eriksson"),
        ("secondary", "Anna Maria"),
        ("sex", "F"),
        ("birth_date", "XX.08.1974"),
    ):
        stage.presenter.type_field(name, typed)
        stage.presenter.leave_field(name)


def _jam(stage: InspectStage) -> None:
    stage.workplace.hand.place(0, jam=True)
    stage.tasks.all()


def _leave(stage: InspectStage) -> None:
    _clear(stage)
    stage.presenter.do(Act.LEAVE)


_STATES: tuple[tuple[str, Callable[[InspectStage], None]], ...] = (
    ("idle", _idle),
    ("working", _working),
    ("doubt", _doubt),
    ("lit", _lit),
    ("clear", _clear),
    ("typing", _typing),
    ("refuse", _refuse),
    ("refused", _refused),
    ("reprint", _reprint),
    ("failed", _failed),
    ("keying", _keying),
    ("no-document", _no_document),
    ("jam", _jam),
    ("leave", _leave),
)


def inspect_states(
    folder: Path, look: Look, size: QSize, *, only: frozenset[str] = frozenset()
) -> Iterator[tuple[str, InspectPage]]:
    """Name and shown page of each state, each in a training store of its own below ``folder``.

    Whoever takes the picture lets events run first. The page is gone when the next one is asked for.
    """
    for name, bring in _STATES:
        if only and name not in only:
            continue
        place = folder / name
        place.mkdir(parents=True)
        with chdir(place), _stage(place, look) as stage:  # so that no folder of this machine stands on the picture
            stage.page.resize(size)
            stage.page.show()
            stage.page.activateWindow()
            QApplication.processEvents()  # the window takes the keyboard, so that focus shows
            bring(stage)
            yield name, stage.page
            stage.page.hide()


@contextmanager
def _stage(folder: Path, look: Look) -> Iterator[InspectStage]:
    house = House.around(folder / "store")
    practice = make_practice_post(house)
    officer = next(person for person in practice.people if person.name == "officer")
    pictures = SafePictures()
    papers = Path("papers")
    papers.mkdir()
    workplace = Workplace(house, demo_settings(papers, further_lights=True))
    try:
        session = house.sign_in.sign_in(officer.name, Secret.of(officer.password), CancelToken())
        stage = InspectStage(workplace, workplace.services(session).inspection, look, pictures)
        try:
            yield stage
        finally:
            stage.presenter.close()
            house.sign_in.sign_out(session)
            stage.page.deleteLater()
    finally:
        workplace.close()
        pictures.close()
