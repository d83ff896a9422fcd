# SPDX-License-Identifier: Apache-2.0
"""The keys are destroyed from the window in seconds, by whoever may, and never by a slip of the hand."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel
from pytestqt.qtbot import QtBot

from station.domain.errors import SignInRefused, StoreMissing
from station.domain.secrets import Secret
from station.domain.wire import from_json, to_json
from station.domain.words import say
from station.ports.keys import Opened
from station.ports.tasks import CancelToken
from storage.door import FolderDoor
from tests.ui.window import OFFICER_PASSWORD, SUPERVISOR_PASSWORD, DrivenWindow, founded
from ui.desktop.pages.first_start import FirstStartPage
from ui.desktop.pages.sign_in import SignInPage
from ui.desktop.pages.wipe import WipedPage, WipePage
from ui.desktop.runtime.successor import Handover
from ui.presenters.inspect_view import Mode
from ui.presenters.sign_in import Phase, SignInPresenter, Why
from ui.presenters.wipe import WipeStage

Open = Callable[..., DrivenWindow]
CTRL_SHIFT = Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.ShiftModifier


@pytest.fixture
def opened(qtbot: QtBot, tmp_path: Path) -> Iterator[Open]:
    windows: list[DrivenWindow] = []

    def open_window(**options: Any) -> DrivenWindow:
        windows.append(DrivenWindow(qtbot, tmp_path, **options))
        return windows[-1]

    yield open_window
    for window in windows:
        window.close()


def _asked(window: DrivenWindow) -> WipePage:
    window.press(Qt.Key.Key_Delete, with_=CTRL_SHIFT)
    return window.page_of(WipePage)


def _type(window: DrivenWindow, *texts: str) -> None:
    for text in texts:
        window.write(text)
        window.press(Qt.Key.Key_Return)


def _keys(folder: Path) -> list[Path]:
    return sorted(folder.rglob("slots.json*")) + sorted(folder.rglob("day_keys.json*"))


def _words(page: WipePage | WipedPage) -> str:
    return "\n".join(label.text() for label in page.findChildren(QLabel) if label.isVisible())


def test_the_page_of_signing_in_leads_to_it_and_three_fields_destroy_every_key(opened: Open, tmp_path: Path) -> None:
    station = founded(tmp_path)
    window = opened()
    window.page_of(SignInPage)
    page = _asked(window)
    assert "two recovery sheets" in _words(page)
    assert "only the keys of this training store" in _words(page)
    _type(window, "omar", OFFICER_PASSWORD.reveal().decode(), page.presenter.state.digits)
    window.page_of(WipedPage)
    over = window.window.page
    assert isinstance(over, WipedPage)
    assert "headquarters" in _words(over)
    assert str(station.store_folder) in _words(over)
    assert not _keys(station.store_folder)
    with pytest.raises(StoreMissing):
        station.door.unlock("irina", SUPERVISOR_PASSWORD, cancel=CancelToken())
    window.press(Qt.Key.Key_Return)
    window.until(lambda: not window.window.isVisible(), "the window to close")


def test_whoever_is_signed_in_leaves_first_and_the_name_stands_there(opened: Open, tmp_path: Path) -> None:
    station = founded(tmp_path)
    window = opened()
    window.sign_in("omar", OFFICER_PASSWORD)
    window.until_mode(Mode.IDLE)
    page = _asked(window)
    assert window.desk.session is None
    assert page.name.text() == "omar"
    session = station.signed_in()  # which works only when nobody holds the store
    session.end()
    assert page.password.hasFocus()
    _type(window, OFFICER_PASSWORD.reveal().decode(), page.presenter.state.digits)
    window.page_of(WipedPage)
    assert not _keys(station.store_folder)


def test_nothing_is_destroyed_by_wrong_digits_a_wrong_password_or_a_missing_name(opened: Open, tmp_path: Path) -> None:
    station = founded(tmp_path)
    window = opened()
    window.page_of(SignInPage)
    page = _asked(window)
    digits = page.presenter.state.digits
    page.go.click()
    assert "both needed" in _words(page)
    _type(window, "omar", OFFICER_PASSWORD.reveal().decode(), digits[::-1] + "0")
    assert "Nothing was destroyed" in _words(page)
    assert page.presenter.state.stage is WipeStage.ASKING
    assert page.digits.hasFocus()
    assert not page.digits.text()
    page.digits.setText(digits)
    page.password.setText(SUPERVISOR_PASSWORD.reveal().decode())
    page.go.click()
    window.until(lambda: page.presenter.state.tries == 1, "the refusal")
    assert not page.password.text()
    assert page.password.hasFocus()
    assert _keys(station.store_folder)
    window.press(Qt.Key.Key_Escape)
    window.page_of(SignInPage)
    station.signed_in().end()


def test_the_key_alone_is_a_lock_and_no_more(opened: Open, tmp_path: Path) -> None:
    station = founded(tmp_path)
    after: list[Handover] = []
    window = opened(start_anew=after.append)
    window.sign_in("omar", OFFICER_PASSWORD)
    window.until_mode(Mode.IDLE)
    window.press(Qt.Key.Key_Delete, with_=CTRL_SHIFT)
    window.until(lambda: bool(after), "the end of this process")
    assert after == [Handover(why=Why.WIPE, name="omar")]
    following = opened(handover=after[0], start_anew=after.append)
    page = following.page_of(WipePage)
    assert page.name.text() == "omar"
    following.press(Qt.Key.Key_Escape)
    following.sign_in("omar", OFFICER_PASSWORD)
    following.until_mode(Mode.IDLE)
    following.close()
    station.signed_in().end()


def test_a_lock_under_way_gives_way_to_it(opened: Open, tmp_path: Path) -> None:
    founded(tmp_path)
    after: list[Handover] = []
    window = opened(start_anew=after.append)
    window.sign_in("omar", OFFICER_PASSWORD)
    window.until_mode(Mode.IDLE)
    window.desk.lock()
    window.desk.wipe()
    window.until(lambda: bool(after), "the end of this process")
    assert after == [Handover(why=Why.WIPE, name="omar")]


def test_the_process_that_knew_the_password_ends_and_the_next_one_says_what_remains(
    opened: Open, tmp_path: Path
) -> None:
    station = founded(tmp_path)
    after: list[Handover] = []
    window = opened(start_anew=after.append)
    window.page_of(SignInPage)
    page = _asked(window)
    _type(window, "irina", SUPERVISOR_PASSWORD.reveal().decode(), page.presenter.state.digits)
    window.until(lambda: bool(after), "the end of this process")
    handed = from_json(Handover, to_json(after[0]))  # as it goes through the pipe
    assert handed.why is Why.WIPED
    following = opened(handover=handed)
    over = following.page_of(WipedPage)
    assert "recovery sheets" in _words(over)
    assert not _keys(station.store_folder)


def test_what_could_not_be_destroyed_is_said_with_the_next_step(opened: Open, tmp_path: Path) -> None:
    station = founded(tmp_path)
    (station.store_folder / "slots.json.resists").mkdir()  # a folder cannot be overwritten, nor removed as a file
    window = opened()
    window.page_of(SignInPage)
    page = _asked(window)
    _type(window, "irina", SUPERVISOR_PASSWORD.reveal().decode(), page.presenter.state.digits)
    window.page_of(WipedPage)
    over = window.window.page
    assert isinstance(over, WipedPage)
    assert "Take the disk out" in _words(over)
    assert not [file for file in _keys(station.store_folder) if file.is_file()]


class _Held:
    """Opens the stores as always, and then lets the one who opens them wait, whatever is cancelled meanwhile."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.go_on = threading.Event()
        self.stores: list[Opened] = []
        real = FolderDoor.unlock

        def unlock(door: FolderDoor, *given: Any, **more: Any) -> Opened:
            opened = real(door, *given, **more)
            self.stores.append(opened)
            assert self.go_on.wait(60)
            return opened

        monkeypatch.setattr(FolderDoor, "unlock", unlock)


def _opening(window: DrivenWindow) -> SignInPresenter:
    """The name and the password are typed, and the stores are being opened."""
    page = window.page_of(SignInPage)
    _type(window, "omar", OFFICER_PASSWORD.reveal().decode())
    presenter = window.desk.sign_in
    assert presenter is not None
    window.until(lambda: presenter.state.phase is Phase.UNLOCKING, "the try")
    assert page.isVisible()
    return presenter


def test_asked_while_the_stores_are_being_opened_it_comes_when_they_are_closed_again(
    opened: Open, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    station = founded(tmp_path)
    window = opened()
    held = _Held(monkeypatch)
    _opening(window)
    window.until(lambda: bool(held.stores), "the stores to open")
    window.press(Qt.Key.Key_Delete, with_=CTRL_SHIFT)
    said = "\n".join(label.text() for label in window.page_of(SignInPage).findChildren(QLabel) if label.isVisible())
    assert "The records are closed first" in said
    held.go_on.set()
    page = window.page_of(WipePage)
    monkeypatch.undo()
    assert window.desk.session is None
    assert page.name.text() == "omar"
    station.signed_in().end()  # which works only when nobody holds the store
    _type(window, OFFICER_PASSWORD.reveal().decode(), page.presenter.state.digits)
    window.page_of(WipedPage)
    assert not _keys(station.store_folder)


def test_asked_while_a_password_is_tried_that_is_wrong_it_comes_as_well(
    opened: Open, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    founded(tmp_path)
    window = opened()
    page = window.page_of(SignInPage)
    go_on = threading.Event()

    def unlock(*_: Any, **__: Any) -> Opened:
        assert go_on.wait(60)
        raise SignInRefused(say("Name or password is not right."), say("Type both again."))

    monkeypatch.setattr(FolderDoor, "unlock", unlock)
    assert _opening(window) is window.desk.sign_in
    assert page.isVisible()
    window.press(Qt.Key.Key_Delete, with_=CTRL_SHIFT)
    window.press(Qt.Key.Key_Delete, with_=CTRL_SHIFT)
    go_on.set()
    assert window.page_of(WipePage).name.text() == "omar"


def test_asked_while_the_stores_are_being_opened_this_process_ends_at_once(
    opened: Open, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    founded(tmp_path)
    after: list[Handover] = []
    window = opened(start_anew=after.append)
    held = _Held(monkeypatch)
    _opening(window)
    window.press(Qt.Key.Key_Delete, with_=CTRL_SHIFT)
    assert after == [Handover(why=Why.WIPE, name="omar")]
    held.go_on.set()


def test_where_there_is_no_station_the_key_does_nothing(opened: Open) -> None:
    window = opened()
    window.page_of(FirstStartPage)
    window.desk.wipe()
    window.page_of(FirstStartPage)


def test_a_window_at_a_station_whose_keys_were_destroyed_says_so(opened: Open, tmp_path: Path) -> None:
    station = founded(tmp_path)
    station.door.desk.wipe("irina", SUPERVISOR_PASSWORD)
    page = opened().page_of(SignInPage)
    said = "\n".join(label.text() for label in page.findChildren(QLabel) if label.isVisible())
    assert "The keys of this station are destroyed." in said


def test_a_sleep_while_it_is_asked_leaves_no_password_in_the_process(opened: Open, tmp_path: Path) -> None:
    founded(tmp_path)
    after: list[Handover] = []
    window = opened(start_anew=after.append)
    window.page_of(SignInPage)
    page = _asked(window)
    _type(window, "omar", Secret.of("half a passw").reveal().decode())
    page.digits.setFocus()
    window.desk.fall_asleep(lambda: after.append(Handover(why=Why.START)))
    assert [handover.why for handover in after] == [Why.WIPE]
