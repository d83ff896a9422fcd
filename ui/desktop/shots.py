# SPDX-License-Identifier: Apache-2.0
"""``python -m ui.desktop.shots --out DIR``: a picture of every page in its important states, at 1280x720.

``--size 1920x1080`` takes them as they look on a larger screen, ``--language`` in another language.

Everything on them is real: the services, a training store of its own in a temporary folder, specimens of Utopia.
"""

from __future__ import annotations

import argparse
import io
import os
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import chdir, contextmanager
from dataclasses import dataclass
from datetime import UTC
from pathlib import Path

from PIL import Image
from PySide6.QtCore import QBuffer, QIODevice, QSize, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLabel, QWidget

from station.config.settings import DeskSettings
from station.domain.checks import CheckResult
from station.domain.errors import StationError
from station.domain.words import say
from station.ports.devices import DOCUMENT_SCANNER, FACE_CAMERA, PRINTER, HealthState
from station.ports.storage import StoreKind
from ui.bootstrap.demonstration import demo_settings
from ui.bootstrap.house import House
from ui.desktop.app import look_for
from ui.desktop.bench_shots import BenchShots, bench_desk
from ui.desktop.desk import Desk
from ui.desktop.inspect_shots import inspect_states
from ui.desktop.main_window import MainWindow
from ui.desktop.pages.export import ExportPage
from ui.desktop.pages.first_start import FirstStartPage
from ui.desktop.pages.inspect import InspectPage
from ui.desktop.pages.records import RecordsPage
from ui.desktop.pages.sign_in import SignInPage
from ui.desktop.safekeeping_shots import safekeeping_pages
from ui.desktop.shot_travellers import record_travellers
from ui.desktop.widgets.look import Look
from ui.presenters.first_start import Credential, Stage
from ui.presenters.frame import ROOMS, DeviceLine, FramePresenter, FrameState, Room
from ui.presenters.keymap import Act
from ui.presenters.showing import Trouble
from ui.presenters.sign_in import Why

SIZE = QSize(1280, 720)
PATIENCE = 60.0  # seconds
COLOURS = 200  # of a picture: enough for pages, and small files


@dataclass(frozen=True, slots=True)
class Variant:
    """The Inspect page in one light and one language; no ``states`` means all."""

    suffix: str
    appearance: str = "light"
    language: str = "en"
    states: frozenset[str] = frozenset()


_VARIANTS = (
    Variant(""),
    Variant("-dark", appearance="dark", states=frozenset({"idle", "clear", "lit", "doubt"})),
    Variant("-night", appearance="night", states=frozenset({"idle", "clear", "doubt"})),
    Variant("-ar", language="ar", states=frozenset({"idle", "clear", "lit", "failed", "refuse"})),
    Variant("-fr", language="fr", states=frozenset({"clear", "refuse"})),
)


class Camera:
    """Takes pictures of widgets into a folder."""

    def __init__(
        self, application: QApplication, out: Path, size: QSize, language: str, appearance: str = "light"
    ) -> None:
        self._application = application
        self._out = out
        self.size = size
        self.language = language
        self.appearance = appearance

    def look(self, wish: DeskSettings) -> Look:
        """Everything as large as it is on a screen of this size."""
        return look_for(self._application, wish, height=self.size.height())[0]

    def take(self, name: str, widget: QWidget) -> None:
        """Let what is due happen, then write ``name.png``."""
        self.settle()
        buffer = QBuffer()
        buffer.open(QIODevice.OpenModeFlag.WriteOnly)
        widget.grab().save(buffer, "PNG")
        picture = Image.open(io.BytesIO(buffer.data().data())).convert("RGB")
        picture.quantize(COLOURS, dither=Image.Dither.NONE).save(self._out / f"{name}.png", optimize=True)
        sys.stdout.write(f"{name}.png\n")

    def settle(self) -> None:
        """Layouts, repaints and what they bring about."""
        for _ in range(5):
            self._application.processEvents()

    def until(self, condition: Callable[[], bool]) -> None:
        """Let the window live until something is so."""
        began = time.monotonic()
        while not condition():
            self._application.processEvents()
            if time.monotonic() - began > PATIENCE:
                raise StationError(say("A page never came so far."), say("Run it again on a machine with less to do."))


class _Still(FramePresenter):
    """A frame around a page that stands still."""

    def hold(self, state: FrameState) -> None:
        self._show(state)


def main() -> int:
    """Take all pictures; ``--only`` names those whose name begins so."""
    parser = argparse.ArgumentParser(prog="./run shots", description="Take a picture of every page.")
    parser.add_argument("--out", type=Path, required=True, metavar="DIR")
    parser.add_argument(
        "--only", choices=("inspect", "pages", "bench"), help="only the Inspect page, the bench, or the others"
    )
    parser.add_argument("--size", type=_size, default=SIZE, metavar="1280x720", help="of the window")
    parser.add_argument("--language", default="", help="all pictures in this one, in the light appearance")
    parser.add_argument("--appearance", choices=("light", "dark", "night"), default="light", help="of the bench")
    wanted = parser.parse_args()
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    wanted.out.mkdir(parents=True, exist_ok=True)
    application = QApplication(sys.argv[:1])
    camera = Camera(application, wanted.out.resolve(), wanted.size, wanted.language or "en", wanted.appearance)
    variants = (Variant("", language=wanted.language),) if wanted.language else _VARIANTS
    with tempfile.TemporaryDirectory(prefix="hbm-shots-") as folder:
        if wanted.only in (None, "pages"):
            _pages(camera, application, Path(folder) / "pages")
            if not wanted.language:
                _mirrored(camera, application, Path(folder) / "mirrored", wanted.out.resolve())
        if wanted.only in (None, "bench"):
            _bench(camera, application, Path(folder) / "bench")
        if wanted.only in (None, "inspect"):
            for variant in variants:
                _inspect(camera, application, Path(folder), variant)
    return 0


def _bench(camera: Camera, application: QApplication, folder: Path) -> None:
    look = camera.look(DeskSettings(language=camera.language, appearance=camera.appearance))
    folder.mkdir()
    # So that no folder of this machine stands on the picture.
    with chdir(folder), bench_desk(application, Path("post"), look, camera.until) as desk:
        desk.window.resize(camera.size)
        desk.window.activateWindow()
        BenchShots(desk, lambda name: camera.take(name, desk.window), camera.until).all(Path("stick"))


def _size(words: str) -> QSize:
    width, _, height = words.partition("x")
    if not (width.isdecimal() and height.isdecimal()):
        raise argparse.ArgumentTypeError("a size is written like 1280x720")
    return QSize(int(width), int(height))


# ── the Inspect page, state by state ───────────────────────────────────────────────────────────────────────────


def _inspect(camera: Camera, application: QApplication, folder: Path, variant: Variant) -> None:
    wish = DeskSettings(appearance=variant.appearance, language=variant.language)
    look = camera.look(wish)
    place, suffix = folder / f"inspect{variant.suffix}", variant.suffix
    place.mkdir()
    clock = House.around(folder / "none").clock
    frame = _Still()
    window = MainWindow(
        look, frame, now=clock.now, zone=UTC, open_room=lambda _room: None, acts={Act.SIGN_OUT: _nothing}
    )
    frame.hold(_frame_state())
    window.resize(camera.size)
    window.show()
    for name, page in inspect_states(place, look, window.area.size(), only=variant.states):
        window.put(page)
        window.activateWindow()
        camera.take(f"inspect-{name}{suffix}", window)
        window.drop(page)
    window.close()


def _frame_state() -> FrameState:
    ready = say("Ready.")
    return FrameState(
        training=True,
        post="Utopia East",
        lane="2",
        officer="A. Officer",
        rooms=ROOMS[:2],
        room=Room.INSPECT,
        devices=tuple(
            DeviceLine(mark=CheckResult.SUCCESSFUL, says=say("{role}: {health}", role=role.title, health=ready))
            for role in (DOCUMENT_SCANNER, FACE_CAMERA, PRINTER)
        ),
    )


def _nothing() -> None:
    """A still page does nothing."""


# ── the other pages, through a whole run of the desk ───────────────────────────────────────────────────────────


@contextmanager
def _desk(camera: Camera, application: QApplication, folder: Path) -> Iterator[Desk]:
    folder.mkdir()
    (folder / "papers").mkdir()
    look = camera.look(DeskSettings(language=camera.language))
    desk = Desk(
        application,
        House.around(folder / "store"),
        demo_settings(folder / "papers", further_lights=True),
        look,
        wished=StoreKind.TRAINING,
    )
    desk.window.resize(camera.size)
    desk.window.show()
    desk.window.activateWindow()
    desk.start()
    try:
        yield desk
    finally:
        desk.window.close()


def _pages(camera: Camera, application: QApplication, folder: Path) -> None:
    with _desk(camera, application, folder) as desk:
        people = _first_start(camera, desk)
        _sign_in(camera, desk, people)
        _records(camera, desk)
        _export(camera, desk, folder / "stick")
        _frame(camera, desk)
        safekeeping_pages(desk, people[0].password, lambda name: camera.take(name, desk.window), camera.until)
        desk.leave(Why.LOCKED)
        _ready_to_sign_in(camera, desk)
        camera.take("locked", desk.window)


def _mirrored(camera: Camera, application: QApplication, folder: Path, out: Path) -> None:
    """The two pages with most words, from right to left."""
    arabic = Camera(application, out, camera.size, "ar")
    first = Camera(application, folder.parent, camera.size, "ar")  # these are taken in English already
    with _desk(arabic, application, folder) as desk:
        people = _first_start(first, desk)

        def take(name: str) -> None:
            if name in ("approvals", "audit"):
                arabic.take(f"{name}-ar", desk.window)

        safekeeping_pages(desk, people[0].password, take, camera.until)


def _first_start(camera: Camera, desk: Desk) -> tuple[Credential, ...]:
    window = desk.window
    camera.until(lambda: isinstance(window.page, FirstStartPage))
    page = window.page
    assert isinstance(page, FirstStartPage)
    camera.take("first-start", window)
    page.fields["post"].setText("Utopia East")
    page.fields["recipient"].setText("age1qqqq")
    page.fields["person1.name"].setText("b.supervisor")
    page.presenter.create(page.typed)
    camera.take("first-start-wrong", window)
    page.presenter.make_practice_post()
    camera.until(lambda: page.presenter.state.stage is Stage.CREATED)
    practice = page.presenter.state.practice
    assert practice is not None
    for words in page.founded.findChildren(QLabel):  # so that no folder of this machine stands on the picture
        words.setText(words.text().replace(practice.key_file, "training-headquarters.age"))
    camera.take("first-start-practice", window)
    page.presenter.go_on()
    camera.until(lambda: isinstance(window.page, InspectPage))
    return practice.people


def _sign_in(camera: Camera, desk: Desk, people: tuple[Credential, ...]) -> None:
    desk.leave(Why.SIGNED_OUT)
    _ready_to_sign_in(camera, desk)
    camera.take("signed-out", desk.window)
    presenter = desk.sign_in
    assert presenter is not None
    presenter.submit(people[1].name, "not this password")
    camera.take("sign-in-unlocking", desk.window)
    camera.until(lambda: presenter.state.trouble is not None)
    camera.take("sign-in-wrong", desk.window)
    presenter.submit(people[0].name, people[0].password)
    camera.until(lambda: isinstance(desk.window.page, InspectPage))


def _ready_to_sign_in(camera: Camera, desk: Desk) -> None:
    camera.until(lambda: isinstance(desk.window.page, SignInPage) and bool(desk.sign_in and desk.sign_in.ready))


def _records(camera: Camera, desk: Desk) -> None:
    desk.frame.go_to(Room.RECORDS)  # the Inspect page lets go of the scanner
    page = desk.window.page
    assert isinstance(page, RecordsPage)
    presenter = page.presenter
    devices = desk.workplace.devices if desk.workplace else None
    assert devices is not None
    camera.until(lambda: all(state.health.state is not HealthState.BUSY for state in devices.states()))
    record_travellers(desk)
    presenter.refresh()
    camera.until(lambda: page.model.rowCount() > 1)
    camera.take("records", desk.window)
    last = presenter.state.rows[0]
    presenter.look_for(last.primary_identifier[:4].lower())
    camera.until(lambda: not presenter.state.searching)
    camera.take("records-search", desk.window)
    presenter.open(last.encounter_id)
    camera.until(lambda: all(shown.frame for shown in page.shown_pictures) and bool(page.shown_pictures))
    camera.take("records-one", desk.window)
    presenter.turn_light()
    camera.until(lambda: all(shown.frame for shown in page.shown_pictures))
    camera.take("records-light", desk.window)
    presenter.begin_correction()
    presenter.type("destination", "Ken")
    camera.take("records-correcting", desk.window)
    presenter.settle("destination")
    presenter.type("secondary", f"{last.secondary_identifier} ANNE")
    presenter.type("reason", "Second given name was cut off by the page")
    presenter.save_correction()
    camera.until(lambda: bool(presenter.state.record and presenter.state.record.corrections))
    camera.until(lambda: all(shown.frame for shown in page.shown_pictures))
    camera.take("records-corrected", desk.window)
    presenter.look_for("nobody 2026-01-01")
    camera.until(lambda: not presenter.state.searching)
    presenter.close_record()
    camera.take("records-nothing", desk.window)


def _export(camera: Camera, desk: Desk, stick: Path) -> None:
    desk.frame.go_to(Room.EXPORT)
    page = desk.window.page
    assert isinstance(page, ExportPage)
    presenter = page.presenter
    presenter.aim("/media/stick")
    camera.until(lambda: presenter.state.waiting is not None and presenter.state.report is not None)
    camera.take("export-no-stick", desk.window)
    stick.mkdir()
    with chdir(stick.parent):  # so that no folder of this machine stands on the picture
        presenter.aim(stick.name)
        camera.until(lambda: presenter.state.report is not None)
        camera.take("export-waiting", desk.window)
        presenter.export()
        camera.until(lambda: presenter.state.outcome is not None and bool(presenter.state.receipts))
        camera.take("export-done", desk.window)


def _frame(camera: Camera, desk: Desk) -> None:
    desk.frame.go_to(Room.INSPECT)
    camera.settle()
    QTest.keyClick(desk.window, Qt.Key.Key_F1)
    desk.window.key_sheet.open()
    camera.take("keys", desk.window)
    desk.window.key_sheet.close_sheet()
    desk.frame.toggle_choices()
    camera.take("devices", desk.window)
    desk.frame.toggle_choices()
    desk.frame.tell(
        Trouble(
            cause=say("The program made a mistake. What was saved is kept."),
            next_step=say("Try again. If it happens again, call a technician."),
        )
    )
    camera.take("mistake", desk.window)
    desk.frame.tell(None)


if __name__ == "__main__":
    sys.exit(main())
