# SPDX-License-Identifier: Apache-2.0
"""The real window on a real training store, driven by keys. Only the password stretching is light."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Protocol, TypeVar

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLabel, QLineEdit, QWidget

from station.config.settings import DeskSettings, Settings
from station.domain.secrets import Secret
from station.ports.storage import StoreKind
from tests.open_station import LIGHT, OFFICER_PASSWORD, SUPERVISOR_PASSWORD, OpenStation
from ui.bootstrap.demonstration import demo_settings
from ui.bootstrap.house import House
from ui.bootstrap.workplace import Workplace
from ui.desktop.app import look_for
from ui.desktop.desk import Desk, MakeWorkplace
from ui.desktop.pages.inspect import InspectPage
from ui.desktop.pages.sign_in import SignInPage
from ui.desktop.runtime.farewell import StartAnew
from ui.desktop.runtime.successor import Handover
from ui.presenters.inspect_view import InspectView, Mode
from ui.presenters.showing import Trouble

P = TypeVar("P", bound=QWidget)

PATIENCE = 30_000  # ms: how long an outcome may take on a busy machine before the test says that it never came


class Loop(Protocol):
    """Turns the event loop while a test waits; pytest-qt's ``QtBot`` is one."""

    def waitActive(self, widget: QWidget) -> object: ...

    def waitUntil(self, callback: Callable[[], None], *, timeout: int = ...) -> None: ...


class DrivenWindow:
    """A desk whose keys are pressed by a test."""

    def __init__(
        self,
        loop: Loop,
        folder: Path,
        *,
        settings: Settings | None = None,
        wished: StoreKind | None = None,
        idle_seconds: float | None = None,
        make_workplace: MakeWorkplace = Workplace,
        place: Path | None = None,
        start_anew: StartAnew | None = None,
        handover: Handover | None = None,
        token_module: str = "",
    ) -> None:
        self.bot = loop
        self.papers = folder / "papers"
        self.papers.mkdir(exist_ok=True)
        application = QApplication.instance()
        assert isinstance(application, QApplication)
        chosen = settings or demo_settings(self.papers)
        look, problems = look_for(application, DeskSettings())
        assert not problems
        self.house = House.around(place or folder / "store", profile=LIGHT, token_module=token_module)
        self.desk = Desk(
            application,
            self.house,
            chosen,
            look,
            wished=wished,
            idle_seconds=idle_seconds,
            make_workplace=make_workplace,
            start_anew=start_anew,
            handover=handover,
        )
        self.window = self.desk.window
        self.window.resize(1280, 720)
        self.window.show()
        loop.waitActive(self.window)
        self.desk.start()
        self.until(lambda: self.window.page is not None, "the first page")

    def until(self, condition: Callable[[], bool], what: str) -> None:
        """Wait for an outcome; a test that waits in vain says for what."""
        __tracebackhide__ = True

        def come() -> None:
            assert condition(), f"never came: {what}"

        self.bot.waitUntil(come, timeout=PATIENCE)

    def press(self, key: Qt.Key, *, with_: Qt.KeyboardModifier = Qt.KeyboardModifier.NoModifier) -> None:
        """A key, to whatever has the keyboard."""
        QTest.keyClick(self.focus, key, with_)

    def control(self, key: Qt.Key) -> None:
        """A key with Ctrl."""
        self.press(key, with_=Qt.KeyboardModifier.ControlModifier)

    def alt(self, key: Qt.Key) -> None:
        """A key with Alt."""
        self.press(key, with_=Qt.KeyboardModifier.AltModifier)

    def write(self, text: str) -> None:
        """Letters, to whatever has the keyboard."""
        QTest.keyClicks(self.focus, text)

    @property
    def focus(self) -> QWidget:
        """What has the keyboard; a page without it would be a dead end."""
        focused = QApplication.focusWidget()
        assert focused is not None, "nothing has the keyboard"
        return focused

    def page_of(self, kind: type[P]) -> P:
        """The page in the window, once it is of this kind."""
        self.until(lambda: isinstance(self.window.page, kind), f"a {kind.__name__}")
        page = self.window.page
        assert isinstance(page, kind)
        return page

    @property
    def sign_in_page(self) -> SignInPage:
        """The page of signing in."""
        page = self.window.page
        assert isinstance(page, SignInPage)
        return page

    @property
    def inspect_page(self) -> InspectPage:
        """The page of the inspection."""
        page = self.window.page
        assert isinstance(page, InspectPage)
        return page

    @property
    def view(self) -> InspectView:
        """What the page of the inspection shows."""
        view = self.inspect_page._view
        assert view is not None
        return view

    def desk_asks(self) -> bool:
        """Whether an inline question stands on the page of the inspection."""
        return self.view.prompt is not None

    def sign_in(self, name: str, password: Secret) -> None:
        """Type name and password, and wait for the first page."""
        self.until(lambda: isinstance(self.window.page, SignInPage), "signing in")
        if not self.sign_in_page.name.text():
            self.write(name)
            self.press(Qt.Key.Key_Return)
        self.write(password.reveal().decode())
        self.press(Qt.Key.Key_Return)
        self.until(lambda: not isinstance(self.window.page, SignInPage), "the first page of the person")

    def until_mode(self, mode: Mode) -> None:
        """Wait until the inspection stands in ``mode``."""
        self.until(lambda: self.mode is mode, f"mode {mode.value}, there was {self.mode}")

    @property
    def mode(self) -> Mode | None:
        """Where the inspection stands; None on another page."""
        page = self.window.page
        view = page._view if isinstance(page, InspectPage) else None
        return None if view is None else view.mode

    def said(self) -> str:
        """Every word that stands in the window now, hidden widgets and their fields included."""
        words = [label.text() for label in self.window.findChildren(QLabel)]
        words += [field.text() for field in self.window.findChildren(QLineEdit)]
        words += [widget.accessibleName() for widget in self.window.findChildren(QWidget)]
        words += [widget.accessibleDescription() for widget in self.window.findChildren(QWidget)]
        words += [widget.toolTip() for widget in self.window.findChildren(QWidget)]
        return "\n".join(words)

    def note(self) -> Trouble | None:
        """What the frame says happened."""
        return self.desk.frame.state.note

    def close(self) -> None:
        """Close the window as a person does."""
        self.window.close()


def founded(folder: Path) -> OpenStation:
    """A training store with a supervisor and an officer."""
    return OpenStation(folder, StoreKind.TRAINING)


__all__ = ["OFFICER_PASSWORD", "SUPERVISOR_PASSWORD", "DrivenWindow", "founded"]
