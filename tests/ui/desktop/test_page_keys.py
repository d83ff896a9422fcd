# SPDX-License-Identifier: Apache-2.0
"""The keys of the pages where there is no such page: nothing of them falls into a field, above all not a hidden one."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLineEdit
from pytestqt.qtbot import QtBot

from station.ports.storage import StoreKind
from tests.ui.window import SUPERVISOR_PASSWORD, DrivenWindow, founded
from ui.desktop.pages.first_start import FirstStartPage
from ui.desktop.pages.inspect import InspectPage
from ui.desktop.pages.records import RecordsPage
from ui.desktop.pages.restore import RestorePage
from ui.desktop.pages.sign_in import SignInPage
from ui.desktop.pages.wipe import WipePage

Open = Callable[..., DrivenWindow]
DIGITS = tuple(Qt.Key(Qt.Key.Key_0 + digit) for digit in range(10))
CTRL_SHIFT = Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.ShiftModifier


@pytest.fixture
def opened(qtbot: QtBot, tmp_path: Path) -> Iterator[Open]:
    """Opens one window and closes it after the test."""
    windows: list[DrivenWindow] = []

    def open_window(**options: Any) -> DrivenWindow:
        windows.append(DrivenWindow(qtbot, tmp_path, **options))
        return windows[-1]

    yield open_window
    for window in windows:
        window.close()


def _nothing_is_typed(window: DrivenWindow) -> None:
    page = window.window.page
    assert page is not None
    lines = [line for line in page.findChildren(QLineEdit) if line.isVisible() and line.isEnabled()]
    assert any(line.echoMode() is QLineEdit.EchoMode.Password for line in lines)
    for line in lines:
        line.setFocus()
        before = line.text()
        window.write("7")
        assert line.text() == before + "7", "the digit alone is typed"
        for digit in DIGITS:
            window.alt(digit)
        assert line.text() == before + "7", line.accessibleName()
    assert window.window.page is page


def test_signing_in_and_destroying_the_keys_swallow_the_keys_of_the_pages(opened: Open, tmp_path: Path) -> None:
    founded(tmp_path)
    window = opened()
    window.page_of(SignInPage)
    _nothing_is_typed(window)
    window.press(Qt.Key.Key_Delete, with_=CTRL_SHIFT)
    window.page_of(WipePage)
    _nothing_is_typed(window)


def test_a_first_start_and_a_restore_swallow_the_keys_of_the_pages(opened: Open) -> None:
    window = opened(wished=StoreKind.LIVE)
    window.page_of(FirstStartPage)
    _nothing_is_typed(window)
    window.press(Qt.Key.Key_F6)
    window.page_of(RestorePage)
    _nothing_is_typed(window)


def test_a_key_beyond_the_last_page_is_not_typed_and_the_others_go_there(opened: Open, tmp_path: Path) -> None:
    founded(tmp_path)
    window = opened()
    window.sign_in("irina", SUPERVISOR_PASSWORD)
    window.alt(Qt.Key.Key_2)
    records = window.page_of(RecordsPage)
    window.until(records.search.hasFocus, "the search field")
    beyond = len(window.window.rail.buttons) + 1
    if beyond <= len(DIGITS):
        window.alt(DIGITS[beyond % 10])
    assert records.search.text() == ""
    window.alt(Qt.Key.Key_1)
    window.page_of(InspectPage)
