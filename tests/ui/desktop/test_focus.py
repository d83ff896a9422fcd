# SPDX-License-Identifier: Apache-2.0
"""The keyboard stays in the page when the page takes away what has it; whoever goes elsewhere is let go."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLineEdit, QVBoxLayout, QWidget
from pytestqt.qtbot import QtBot

from tests.ui.window import SUPERVISOR_PASSWORD, DrivenWindow, founded
from ui.presenters.frame import Room
from ui.presenters.inspect_view import Mode


@pytest.fixture
def window(qtbot: QtBot, tmp_path: Path) -> Iterator[DrivenWindow]:
    founded(tmp_path)
    made = DrivenWindow(qtbot, tmp_path)
    made.sign_in("irina", SUPERVISOR_PASSWORD)
    made.until_mode(Mode.IDLE)
    yield made
    made.close()


class _Page(QWidget):
    """Two fields, the first of which can go."""

    def __init__(self) -> None:
        super().__init__()
        self.first, self.second = QLineEdit(), QLineEdit()
        column = QVBoxLayout(self)
        column.addWidget(self.first)
        column.addWidget(self.second)
        self.second.setFocusPolicy(Qt.FocusPolicy.ClickFocus)  # Tab goes past it, and so does Qt

    def take_focus(self) -> None:
        self.second.setFocus()


@pytest.mark.parametrize("goes", ["hidden", "disabled", "with its parent", "deleted"])
def test_a_page_keeps_the_keyboard_of_what_it_takes_away(window: DrivenWindow, goes: str) -> None:
    page = _Page()
    window.window.put(page)
    page.first.setFocus()
    if goes == "hidden":
        page.first.hide()
    elif goes == "disabled":
        page.first.setEnabled(False)
    elif goes == "deleted":
        page.first.hide()
        page.first.deleteLater()
    else:
        around = QWidget(page)
        page.first.setParent(around)
        around.show()
        page.first.show()
        page.first.setFocus()
        around.hide()
    focused = QApplication.focusWidget()
    assert focused is page or (focused is not None and page.isAncestorOf(focused)), "never the rail, not for a moment"
    window.until(page.second.hasFocus, "the page to say where the keyboard belongs")


def test_tab_may_leave_the_page(window: DrivenWindow) -> None:
    page = _Page()
    window.window.put(page)
    page.first.setFocus()
    QTest.keyClick(page.first, Qt.Key.Key_Tab)
    focused = QApplication.focusWidget()
    QApplication.processEvents()
    assert focused is not None
    assert not page.isAncestorOf(focused)
    assert QApplication.focusWidget() is focused


@pytest.mark.parametrize("room", list(Room))
def test_no_page_of_the_station_leaves_the_keyboard_in_the_rail(window: DrivenWindow, room: Room) -> None:
    if room not in {entry.room for entry in window.desk.frame.state.rooms}:
        pytest.skip("not of this role")
    before = window.window.page
    window.desk.frame.go_to(room)
    window.until(lambda: room is Room.INSPECT or window.window.page is not before, "the page")
    window.until(lambda: QApplication.focusWidget() is not None, "the keyboard")
    assert not window.window.rail.isAncestorOf(window.focus)
