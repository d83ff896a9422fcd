# SPDX-License-Identifier: Apache-2.0
"""After a removal with suspicion the stores get new keys, from the window and by keys alone."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from station.access.approval_rules import Verdict
from station.access.audit import Act
from station.domain.errors import StoreFull
from station.domain.words import say
from station.ports.storage import RoleName, StoreName
from storage.doors.ring import FolderKeyRing
from tests.station.access.post_room import PostRoom
from tests.ui.window import OFFICER_PASSWORD, SUPERVISOR_PASSWORD, DrivenWindow
from ui.desktop.desk_words import NEW_KEYS_DUE
from ui.desktop.pages.people import PeoplePage
from ui.desktop.pages.sign_in import SignInPage
from ui.presenters.frame import Room
from ui.presenters.sign_in import Phase, Why

BOTH = {StoreName.BORDER, StoreName.ENFORCEMENT}


@pytest.fixture
def window(qtbot: QtBot, tmp_path: Path) -> Iterator[DrivenWindow]:
    """Sara, a supervisor like Irina, was just removed with suspicion by Irina, whose page People is open."""
    room = PostRoom(tmp_path)
    room.add("sara", RoleName.SUPERVISOR)
    sara = room.id_of("sara")
    room.close()
    window = DrivenWindow(qtbot, tmp_path)
    window.sign_in("irina", SUPERVISOR_PASSWORD)
    desk = window.desk
    assert desk.workplace is not None
    assert desk.session is not None
    safe = desk.workplace.services(desk.session).safe
    asked = safe.suspicion.ask(sara, "photographed the key sheet")
    safe.approvals.decide(asked.request_id, Verdict.APPROVED, "omar", OFFICER_PASSWORD)
    desk.frame.go_to(Room.PEOPLE)
    page = window.page_of(PeoplePage)
    window.until(lambda: len(page.presenter.state.people) == 3, "the list of people")
    page.table.setFocus()
    names = [one.officer.name for one in page.presenter.state.people]
    for _ in range(names.index("sara") - page.table.currentRow()):
        window.press(Qt.Key.Key_Down)
    window.press(Qt.Key.Key_F10)
    window.until(page.form.isVisible, "the question for the own password")
    _answer(window)
    window.until(lambda: page.presenter.state.rekey_due == BOTH, "the removal")
    yield window
    window.close()
    window.house.tokens.close()


def _answer(window: DrivenWindow) -> None:
    window.write(SUPERVISOR_PASSWORD.reveal().decode())
    window.press(Qt.Key.Key_Return)


def _keys(window: DrivenWindow) -> dict[StoreName, bytes]:
    with window.house.keys.keys("irina", SUPERVISOR_PASSWORD) as ring:
        assert isinstance(ring, FolderKeyRing)
        return {store: key.reveal() for store, key in ring.keys.items()}


def _rekeyed(window: DrivenWindow) -> list[str]:
    """Which stores the trail says got a new key."""
    assert window.desk.session is not None
    with window.desk.session.store.reading() as unit:
        return [entry.subject for entry in unit.audit.entries() if entry.act == Act.STORE_REKEYED]


def test_one_key_and_the_own_password_give_the_stores_new_keys(window: DrivenWindow) -> None:
    before = _keys(window)
    window.press(Qt.Key.Key_F11)
    page = window.page_of(SignInPage)
    presenter = window.desk.sign_in
    assert presenter is not None
    assert presenter.state.why is Why.NEW_KEYS
    assert page.name.text() == "irina"
    window.until(lambda: presenter.ready, "the closed store")
    _answer(window)
    window.until(lambda: window.desk.session is not None, "the open station")
    assert presenter.state.doing is not None, "nobody was told what took long"
    after = _keys(window)
    assert set(before) == set(after) == BOTH
    assert all(after[store] != key for store, key in before.items())
    assert _rekeyed(window) == ["border", "enforcement"]
    window.until(lambda: not isinstance(window.window.page, SignInPage), "the first page")
    window.desk.frame.go_to(Room.PEOPLE)
    people = window.page_of(PeoplePage)
    window.until(lambda: len(people.presenter.state.people) == 3, "the list of people")
    assert not people.due.isVisible()


def test_whoever_comes_in_between_works_with_the_old_keys_and_they_stay_due(window: DrivenWindow) -> None:
    before = _keys(window)
    window.press(Qt.Key.Key_F11)
    page = window.page_of(SignInPage)
    page.name.clear()
    page.take_focus()
    window.sign_in("omar", OFFICER_PASSWORD)
    assert _keys(window) == before
    window.control(Qt.Key.Key_L)
    window.sign_in("irina", SUPERVISOR_PASSWORD)
    assert _rekeyed(window) == ["border", "enforcement"]


def test_keys_that_cannot_be_made_keep_nobody_out_and_are_said_to_be_due(
    window: DrivenWindow, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(_ring: FolderKeyRing, _name: StoreName) -> None:
        raise StoreFull(say("The disk is full."), say("Make room."))

    monkeypatch.setattr(FolderKeyRing, "rekey", full)
    window.press(Qt.Key.Key_F11)
    window.page_of(SignInPage)
    _answer(window)
    window.until(lambda: window.note() == NEW_KEYS_DUE, "the word that keys are due")
    assert _rekeyed(window) == []
    monkeypatch.undo()
    window.control(Qt.Key.Key_L)
    window.sign_in("irina", SUPERVISOR_PASSWORD)
    assert _rekeyed(window) == ["border", "enforcement"]
    assert window.note() is None


@pytest.mark.parametrize("without_room", [StoreName.BORDER, StoreName.ENFORCEMENT])
def test_a_store_that_gets_no_key_hides_none_that_got_one(
    window: DrivenWindow, monkeypatch: pytest.MonkeyPatch, without_room: StoreName
) -> None:
    real = FolderKeyRing.rekey

    def full(ring: FolderKeyRing, name: StoreName) -> None:
        if name is without_room:
            raise StoreFull(say("The disk is full."), say("Make room."))
        real(ring, name)

    (with_room,) = BOTH - {without_room}
    before = _keys(window)
    monkeypatch.setattr(FolderKeyRing, "rekey", full)
    window.press(Qt.Key.Key_F11)
    window.page_of(SignInPage)
    _answer(window)
    window.until(lambda: window.note() == NEW_KEYS_DUE, "the word that keys are due")
    after = _keys(window)
    assert {store for store in BOTH if after[store] != before[store]} == {with_room}
    assert _rekeyed(window) == [with_room.value]
    monkeypatch.undo()
    window.control(Qt.Key.Key_L)
    window.sign_in("irina", SUPERVISOR_PASSWORD)
    assert _keys(window)[with_room] == after[with_room], "it got a key again, and nobody needed one"
    assert _rekeyed(window) == [with_room.value, without_room.value]


def test_nothing_of_the_flow_blocks_the_window(window: DrivenWindow) -> None:
    window.press(Qt.Key.Key_F11)
    presenter = window.desk.sign_in
    assert presenter is not None
    _answer(window)
    assert presenter.state.phase is Phase.UNLOCKING  # the key press came back while the store is still being opened
    window.until(lambda: window.desk.session is not None, "the open station")
