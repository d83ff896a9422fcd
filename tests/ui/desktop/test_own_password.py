# SPDX-License-Identifier: Apache-2.0
"""The form for one's own password is a key away from every page, and nothing else is open to a one-time password."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLineEdit
from pytestqt.qtbot import QtBot

from station.access.people import NewPerson
from station.domain.secrets import Secret
from station.ports.storage import RoleName
from tests.station.access.post_room import PostRoom
from tests.ui.window import OFFICER_PASSWORD, DrivenWindow, founded
from ui.desktop.pages.own_password import OwnPasswordPage
from ui.desktop.pages.records import RecordsPage
from ui.desktop.pages.sign_in import SignInPage
from ui.presenters.frame import Room
from ui.presenters.inspect_view import Mode

Open = Callable[[], DrivenWindow]
NEW = "meadow copper tide violin"


@pytest.fixture
def opened(qtbot: QtBot, tmp_path: Path) -> Iterator[Open]:
    windows: list[DrivenWindow] = []

    def open_window() -> DrivenWindow:
        windows.append(DrivenWindow(qtbot, tmp_path))
        return windows[-1]

    yield open_window
    for window in windows:
        window.close()


def _form(window: DrivenWindow) -> OwnPasswordPage:
    page = window.page_of(OwnPasswordPage)
    window.until(lambda: page.presenter.state.working is None, "the tokens that are there")
    return page


def test_it_opens_over_any_page_and_goes_back_to_it_or_to_another(opened: Open, tmp_path: Path) -> None:
    founded(tmp_path)
    window = opened()
    window.sign_in("omar", OFFICER_PASSWORD)
    window.until_mode(Mode.IDLE)
    window.desk.frame.go_to(Room.RECORDS)
    records = window.page_of(RecordsPage)
    window.control(Qt.Key.Key_F2)
    _form(window)
    window.write(OFFICER_PASSWORD.reveal().decode())
    window.press(Qt.Key.Key_Escape)
    assert window.window.page is records
    window.control(Qt.Key.Key_F2)
    fresh = _form(window)
    assert not any(field.text() for field in fresh.findChildren(QLineEdit)), "what was typed before is gone"
    window.alt(Qt.Key.Key_1)
    window.until_mode(Mode.IDLE)
    window.control(Qt.Key.Key_F2)
    _form(window)
    window.desk.lock()
    window.page_of(SignInPage)
    assert not window.window.findChildren(OwnPasswordPage) or not any(
        field.text() for page in window.window.findChildren(OwnPasswordPage) for field in page.findChildren(QLineEdit)
    )


def test_a_one_time_password_opens_this_form_and_nothing_else(opened: Open, tmp_path: Path) -> None:
    room = PostRoom(tmp_path)
    anna = NewPerson(name="anna", display_name="Anna Specimen", role=RoleName.OFFICER)
    one_time = room.people().add(anna, room.passwords["irina"]).one_time_password.reveal().decode()
    room.close()
    window = opened()
    window.sign_in("anna", Secret.of(one_time))
    page = _form(window)
    window.press(Qt.Key.Key_Escape)
    window.control(Qt.Key.Key_F2)
    assert window.window.page is page
    for text in (one_time, NEW, NEW, "", ""):
        window.write(text)
        window.press(Qt.Key.Key_Return)
    window.page_of(SignInPage)
    window.until(lambda: window.desk.sign_in is not None and window.desk.sign_in.ready, "the closed store")
    window.sign_in("anna", Secret.of(NEW))
    window.until_mode(Mode.IDLE)
