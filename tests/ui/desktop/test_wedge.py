# SPDX-License-Identifier: Apache-2.0
"""In a real window: a reader that types reaches no field and no shortcut, and an officer's keys arrive as pressed."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

import pytest
from PySide6.QtCore import QEvent, Qt
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLineEdit, QVBoxLayout, QWidget
from pytestqt.qtbot import QtBot

from ui.desktop.runtime.wedge import WedgeFilter

MRZ = "P<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<<<<<<<<<\rL898902C36UTO7408122F1204159ZE184226B<<<<<10\r"


@dataclass
class Reader:
    """Stands where the driver does."""

    listens: bool = True
    gap: float = 0.025
    least: int = 6
    waits: bool = True
    bursts: list[str] = field(default_factory=list)

    def begins_with_a_stray_key(self, text: str) -> bool:
        return text == "x" + MRZ

    def burst(self, text: str) -> bool:
        self.bursts.append(text)
        return self.waits


class Page(QWidget):
    """Two fields, and shortcuts that a stray key would start."""

    def __init__(self) -> None:
        super().__init__()
        self.first, self.second = QLineEdit(self), QLineEdit(self)
        box = QVBoxLayout(self)
        box.addWidget(self.first)
        box.addWidget(self.second)
        self.acts: list[str] = []
        self.entered = 0
        self.first.returnPressed.connect(self._enter)
        for name in ("F2", "F5", "Ctrl+P"):
            QShortcut(QKeySequence(name), self).activated.connect(lambda name=name: self.acts.append(name))

    def _enter(self) -> None:
        self.entered += 1


@dataclass
class Desk:
    page: Page
    reader: Reader
    unwanted: list[bool]

    def press(self, key: Qt.Key | str, modifier: Qt.KeyboardModifier = Qt.KeyboardModifier.NoModifier) -> None:
        """As the system does it: through the window, spontaneously."""
        window = self.page.windowHandle()
        if isinstance(key, str):
            QTest.keyClick(window, key, modifier)  # type: ignore[call-overload]  # letters are right, its stub lacks them
        else:
            QTest.keyClick(window, key, modifier)

    def burst(self, text: str) -> None:
        self.reader.gap = 0.5  # a busy test machine is no reader that types steadily
        for letter in text:
            self.press({"\r": Qt.Key.Key_Return, "\t": Qt.Key.Key_Tab}.get(letter, letter))


@pytest.fixture
def desk(qtbot: QtBot) -> Iterator[Desk]:
    page, reader, unwanted = Page(), Reader(), []
    application = QApplication.instance()
    assert isinstance(application, QApplication)
    filter_ = WedgeFilter(application, lambda: reader, unwanted=lambda: unwanted.append(True))
    qtbot.addWidget(page)
    page.show()
    page.activateWindow()
    page.first.setFocus()
    qtbot.waitUntil(page.first.hasFocus)
    yield Desk(page, reader, unwanted)
    filter_.close()
    filter_.deleteLater()


def test_a_burst_reaches_the_reader_and_nothing_else(desk: Desk, qtbot: QtBot) -> None:
    desk.burst(MRZ)
    qtbot.waitUntil(lambda: bool(desk.reader.bursts))
    assert desk.reader.bursts == [MRZ]
    assert (desk.page.first.text(), desk.page.second.text(), desk.page.entered) == ("", "", 0)
    assert desk.page.first.hasFocus()
    assert desk.unwanted == []


def test_a_key_pressed_right_before_a_burst_reaches_the_field(desk: Desk, qtbot: QtBot) -> None:
    desk.burst("x" + MRZ)
    qtbot.waitUntil(lambda: bool(desk.reader.bursts))
    assert desk.reader.bursts == [MRZ]
    assert desk.page.first.text() == "x"


def test_function_keys_enter_and_tab_inside_a_burst_start_nothing(desk: Desk, qtbot: QtBot) -> None:
    desk.burst("B0001234")
    desk.press(Qt.Key.Key_F5)
    desk.press(Qt.Key.Key_P, Qt.KeyboardModifier.ControlModifier)
    desk.burst("\t56\r")
    qtbot.waitUntil(lambda: bool(desk.reader.bursts))
    assert desk.reader.bursts == ["B0001234\t56\r"]
    assert desk.page.acts == []
    assert desk.page.first.hasFocus()
    assert desk.page.entered == 0


def test_typing_arrives_as_pressed_and_shortcuts_work(desk: Desk, qtbot: QtBot) -> None:
    for letter in "Bus 12":
        desk.press(letter)
        QTest.qWait(60)
    desk.press(Qt.Key.Key_F2)
    desk.press(Qt.Key.Key_P, Qt.KeyboardModifier.ControlModifier)
    QTest.qWait(60)
    desk.press(Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: desk.page.entered == 1)
    desk.press(Qt.Key.Key_Tab)
    qtbot.waitUntil(desk.page.second.hasFocus)
    assert desk.page.first.text() == "Bus 12"
    assert desk.page.acts == ["F2", "Ctrl+P"]
    assert desk.reader.bursts == []


def test_a_shortcut_right_after_a_letter_comes_after_it(desk: Desk, qtbot: QtBot) -> None:
    seen: list[str] = []
    desk.page.first.textEdited.connect(seen.append)
    desk.press("a")
    desk.press(Qt.Key.Key_F5)
    desk.press(Qt.Key.Key_Tab)
    desk.press("b")
    qtbot.waitUntil(lambda: desk.page.second.text() == "b")
    assert seen == ["a"]
    assert desk.page.acts == ["F5"]


def test_a_letter_that_a_field_claims_before_a_shortcut_stays_the_fields(desk: Desk, qtbot: QtBot) -> None:
    QShortcut(QKeySequence("x"), desk.page).activated.connect(lambda: desk.page.acts.append("x"))
    desk.press("x")
    qtbot.waitUntil(lambda: desk.page.first.text() == "x")
    assert desk.page.acts == []


def test_a_key_held_down_repeats(desk: Desk, qtbot: QtBot) -> None:
    desk.press("a")
    for _ in range(20):
        QTest.simulateEvent(desk.page.first, True, Qt.Key.Key_A, Qt.KeyboardModifier.NoModifier, "a", True, 0)
    qtbot.waitUntil(lambda: desk.page.first.text() == "a" * 21)
    assert desk.reader.bursts == []


def test_a_burst_that_nobody_waits_for_is_kept_from_the_page_and_told(desk: Desk, qtbot: QtBot) -> None:
    desk.reader.waits = False
    desk.burst("B00012345\r")
    qtbot.waitUntil(lambda: desk.unwanted == [True])
    assert desk.page.first.text() == ""


def test_switched_off_every_key_goes_its_way_at_once(desk: Desk) -> None:
    desk.reader.listens = False
    desk.burst("B00012345\r")
    assert desk.page.first.text() == "B00012345"
    assert desk.page.entered == 1


def test_what_the_program_sends_itself_is_not_held(desk: Desk) -> None:
    from PySide6.QtGui import QKeyEvent

    for letter in "B00012345":
        event = QKeyEvent(QEvent.Type.KeyPress, Qt.Key.Key_B, Qt.KeyboardModifier.NoModifier, letter)
        QApplication.sendEvent(desk.page.first, event)
    assert desk.page.first.text() == "B00012345"
