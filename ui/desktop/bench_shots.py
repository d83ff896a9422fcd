# SPDX-License-Identifier: Apache-2.0
"""The bench in every state, for pictures that people look at: real services, simulators, specimens of Utopia."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from station.access.first_start import FirstStart, set_up
from station.config.settings import Settings
from station.domain.secrets import Secret
from station.ports.devices import (
    BARCODE_READER,
    CHIP_READER,
    DOCUMENT_SCANNER,
    FACE_CAMERA,
    FINGERPRINT_SCANNER,
    MRZ_READER,
    PRINTER,
    HealthState,
    Role,
)
from station.ports.keys import NewOfficer
from station.ports.storage import RoleName, StoreKind
from ui.bootstrap.demonstration import demo_settings
from ui.bootstrap.house import House, new_headquarters_identity
from ui.desktop.desk import Desk
from ui.desktop.pages.bench import BenchPage
from ui.desktop.pages.sign_in import SignInPage
from ui.desktop.shot_desk import FILM, lay
from ui.desktop.widgets.look import Look
from ui.practice import spoken_password
from ui.presenters.bench import BenchPresenter
from ui.presenters.bench_view import BenchMode
from ui.presenters.keymap import Act

Until = Callable[[Callable[[], bool]], None]
Take = Callable[[str], None]
_STOCK = "bench"


class BenchShots:
    """Walks through the bench of a training station; ``take`` writes a picture, ``until`` lets the window live."""

    def __init__(self, desk: Desk, take: Take, until: Until) -> None:
        self._desk = desk
        self._take = take
        self._until = until
        page = desk.window.page
        assert isinstance(page, BenchPage)
        self._page = page
        self._bench: BenchPresenter = page.presenter
        self._travellers = 0

    def all(self, stick: Path) -> None:
        """Every state."""
        self._until(lambda: self._bench.row is not None)
        self._until(lambda: len(self._bench.state.rows) >= 3)
        self._take("bench")
        self._scanner()
        self._camera()
        self._panels(stick)
        self._acceptance()
        self._faults()
        self._printer()
        self._desk_camera()
        self._readers()

    def choose(self, role: Role[object]) -> None:
        """The first device of a role."""
        rows = self._bench.state.rows
        self._bench.choose(next(place for place, row in enumerate(rows) if row.role.name == role.name))

    def _scanner(self) -> None:
        self.choose(DOCUMENT_SCANNER)
        self._bench.do(Act.NEXT)
        self._until(lambda: self._bench.state.mode is BenchMode.WORKING)
        self._take("bench-waiting")
        self._place()
        self._until(lambda: self._bench.state.view is not None)
        self._take("bench-page")

    def _camera(self) -> None:
        self.choose(FACE_CAMERA)
        self._bench.do(Act.NEXT)
        self._until(lambda: bool(self._bench.state.view and self._bench.state.view.says.values))  # its pace is known
        self._take("bench-live")
        self._bench.do(Act.NEXT)
        self._until(lambda: self._bench.state.mode is BenchMode.LOOKING and self._bench.state.view is not None)
        self._take("bench-face")

    def _panels(self, stick: Path) -> None:
        stick.mkdir(exist_ok=True)
        self.choose(DOCUMENT_SCANNER)
        self._press(Qt.Key.Key_S)
        self._until(lambda: bool(self._bench.state.panel and self._bench.state.panel.options))
        self._take("bench-settings")
        self._bench.do(Act.LEAVE)
        self._press(Qt.Key.Key_I)
        self._until(lambda: bool(self._bench.state.panel and self._bench.state.panel.content))
        self._type(stick)
        self._take("bench-diagnostics")
        self._bench.do(Act.NEXT)
        self._until(lambda: bool(self._bench.state.panel and "Saved" in str(self._bench.state.panel.says)))
        self._take("bench-diagnostics-saved")
        self._bench.do(Act.LEAVE)
        self._press(Qt.Key.Key_O)
        self._until(lambda: bool(self._bench.state.panel and self._bench.state.panel.content))
        self._take("bench-profile")
        self._bench.do(Act.LEAVE)

    def _acceptance(self) -> None:
        self.choose(DOCUMENT_SCANNER)
        self._press(Qt.Key.Key_B)
        self._until(lambda: self._bench.state.steps is not None)
        self._take("bench-test")
        for number in range(3):
            done = number + 1
            self._bench.do(Act.NEXT)
            if number < 2:
                self._until(lambda: self._bench.state.mode is BenchMode.WORKING)
                self._place()
            self._until_done(done)
        self._take("bench-test-half")
        self._press(Qt.Key.Key_N)
        self._take("bench-test-skip")
        self._bench.do(Act.LEAVE)
        while self._bench.state.steps is not None and self._bench.state.steps.asks is not None:
            done = self._done() + 1
            self._bench.do(Act.NEXT)
            self._until_done(done)
        self._until(lambda: self._bench.state.panel is not None)
        self._take("bench-test-ended")
        self._bench.press("1")
        self._until(lambda: self._bench.state.view is not None)
        self._take("bench-record-printed")
        self._bench.do(Act.LEAVE)
        self._take("bench-accepted")

    def _faults(self) -> None:
        self.choose(DOCUMENT_SCANNER)
        self._press(Qt.Key.Key_U)
        self._until(lambda: self._bench.state.panel is not None)
        self._take("bench-faults")
        self._bench.press("5")  # a file that is no picture
        self._bench.do(Act.LEAVE)
        self._bench.do(Act.NEXT)
        self._place()
        self._until(lambda: self._bench.state.trouble is not None)
        self._take("bench-trouble")
        self._press(Qt.Key.Key_B)
        self._until(lambda: self._bench.state.steps is not None)
        self._bench.do(Act.NEXT)
        self._until(lambda: self._bench.state.mode is BenchMode.WORKING)
        self._place()
        self._until(lambda: self._bench.state.panel is not None)
        self._take("bench-test-failed")
        self._bench.press("1")
        self._bench.do(Act.LEAVE)  # the test is given up
        self._press(Qt.Key.Key_U)
        self._bench.press("1")
        self._bench.do(Act.LEAVE)

    def _printer(self) -> None:
        self.choose(PRINTER)
        self._bench.do(Act.NEXT)
        self._until(lambda: self._bench.state.view is not None)
        self._take("bench-printer")

    def _desk_camera(self) -> None:
        """The target is printed, laid under the camera over the desk, and measured."""
        self.choose(PRINTER)
        self._press(Qt.Key.Key_J)
        self._until(lambda: self._bench.state.told is not None and self._bench.state.mode is BenchMode.LOOKING)
        rows = self._bench.state.rows
        desk = next(n for n, row in enumerate(rows) if row.driver == "cameras" and row.role == DOCUMENT_SCANNER)
        self._bench.choose(desk)
        self._press(Qt.Key.Key_K)
        self._until(lambda: self._bench.state.mode is BenchMode.WORKING)
        lay(max(Path("post/papers").glob("*.pdf"), key=lambda sheet: sheet.stat().st_mtime_ns))
        self._until(lambda: self._bench.state.view is not None and bool(self._bench.state.view.facts))
        self._take("bench-target")
        self._bench.do(Act.LEAVE)

    def _readers(self) -> None:
        """What comes over wires and through the air."""
        workplace = self._desk.workplace
        assert workplace is not None
        hand = workplace.hand
        for role, name, give in (
            (MRZ_READER, "bench-swipe", hand.swipe),
            (BARCODE_READER, "bench-code", hand.show_code),
            (CHIP_READER, "bench-chip", hand.place),
        ):
            self.choose(role)
            hand.remove()
            self._bench.do(Act.NEXT)
            self._until(partial(self._waits, role))
            give(self._travellers)
            self._until(lambda: self._bench.state.view is not None)
            self._take(name)
        if any(row.role.name == FINGERPRINT_SCANNER.name for row in self._bench.state.rows):
            self.choose(FINGERPRINT_SCANNER)
            self._bench.do(Act.NEXT)
            self._until(lambda: bool(self._bench.state.view and self._bench.state.view.says.values))
            self._bench.do(Act.NEXT)
            self._until(lambda: self._bench.state.mode is BenchMode.LOOKING)
            self._take("bench-fingers")

    def _waits(self, role: Role[object]) -> bool:
        """Whether the bench holds the device, so that a gesture before it is not missed."""
        workplace = self._desk.workplace
        assert workplace is not None
        states = [state for state in workplace.devices.states() if role in state.info.roles]
        return any(state.health.state is HealthState.BUSY for state in states)

    def _done(self) -> int:
        steps = self._bench.state.steps
        return 10**6 if steps is None else len(steps.done)

    def _until_done(self, steps: int) -> None:
        self._until(lambda: self._done() >= steps)

    def _type(self, folder: Path) -> None:
        self._page.panel.line.setText(str(folder))
        self._bench.type(str(folder))

    def _place(self) -> None:
        workplace = self._desk.workplace
        assert workplace is not None
        workplace.hand.place(self._travellers)
        self._travellers += 1

    def _press(self, key: Qt.Key) -> None:
        QTest.keyClick(self._desk.window, key, Qt.KeyboardModifier.ControlModifier)


@contextmanager
def bench_desk(application: QApplication, folder: Path, look: Look, until: Until) -> Iterator[Desk]:
    """A desk at which a technician of a new training station is signed in."""
    folder.mkdir(parents=True)
    papers = folder / "papers"
    papers.mkdir()
    house = House.around(folder / _STOCK)
    password = spoken_password()
    _found(house, password)
    lay(None)
    settings: Settings = demo_settings(papers)
    cameras = replace(settings.devices["cameras"], files=(FILM,), document_cameras=(Path(FILM).parent.name,))
    settings = replace(settings, devices={**settings.devices, "cameras": cameras})
    desk = Desk(application, house, settings, look)
    desk.window.show()
    desk.start()
    until(lambda: isinstance(desk.window.page, SignInPage) and bool(desk.sign_in and desk.sign_in.ready))
    assert desk.sign_in is not None
    desk.sign_in.submit("technician", password)
    until(lambda: isinstance(desk.window.page, BenchPage))
    try:
        yield desk
    finally:
        desk.window.close()


def _found(house: House, password: str) -> None:
    people = (
        NewOfficer(
            name="supervisor",
            display_name="B. Supervisor",
            role=RoleName.SUPERVISOR,
            password=Secret.of(spoken_password()),
        ),
        NewOfficer(
            name="technician", display_name="T. Technician", role=RoleName.TECHNICIAN, password=Secret.of(password)
        ),
    )
    _, recipient = new_headquarters_identity()
    first = FirstStart(
        post="Utopia East",
        station="practice-1",
        lane="2",
        kind=StoreKind.TRAINING,
        recipient=recipient,
        people=people,
    )
    set_up(first, door=house.door, sealer=house.sealer, clock=house.clock)
