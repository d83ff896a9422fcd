# SPDX-License-Identifier: Apache-2.0
"""People and approvals by keys alone: added, confirmed by two, suspended, removed with suspicion, own password."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLabel, QLineEdit, QWidget
from pytestqt.qtbot import QtBot

from station.access.approval_rules import ApprovalKind, Verdict
from station.access.approvals import RequestState
from station.access.people_state import PersonState
from station.config.settings import DeskSettings
from station.domain.secrets import Secret
from station.ports.storage import RoleName
from tests.station.access.post_room import SHOWN, PostRoom
from tests.ui.desk import SteppedTasks
from ui.desktop.app import look_for
from ui.desktop.pages.approvals import ApprovalsPage
from ui.desktop.pages.own_password import OwnPasswordPage
from ui.desktop.pages.people import PeoplePage
from ui.presenters.approvals import ApprovalAct, ApprovalsPresenter
from ui.presenters.own_password import OwnPasswordPresenter
from ui.presenters.people import PeoplePresenter
from ui.presenters.people_view import PeopleAct

F2, F4, F5, F6, F7, F9, F10 = (getattr(Qt.Key, f"Key_F{number}") for number in (2, 4, 5, 6, 7, 9, 10))
ENTER, ESC, DOWN = Qt.Key.Key_Return, Qt.Key.Key_Escape, Qt.Key.Key_Down


class Desk:
    """A page on a real post, its keys, and its slow work done at once."""

    def __init__(self, qapp: QApplication, qtbot: QtBot, room: PostRoom, language: str) -> None:
        self.room, self.tasks, self.bot = room, SteppedTasks(), qtbot
        self.look, _ = look_for(qapp, DeskSettings(language=language))
        self.irina = room.passwords["irina"].reveal().decode()

    def show(self, page: QWidget) -> None:
        """Put a page in front."""
        self.page = page
        page.resize(1184, 640)
        with self.bot.waitActive(page):
            page.show()
            page.activateWindow()
        self.tasks.all()
        page.take_focus()  # type: ignore[attr-defined]  # every page of the station has it

    def press(self, *keys: Qt.Key) -> None:
        """Press keys where the keyboard is."""
        for key in keys:
            focused: QWidget | None = self.page.focusWidget()
            QTest.keyClick(self.page if focused is None else focused, key)
            self.tasks.all()

    def fill(self, *texts: str) -> None:
        """Type into one field after the other; an empty text leaves the field as it is."""
        for text in texts:
            field = self.page.focusWidget()
            assert field is not None
            if text and isinstance(field, QLineEdit):
                field.selectAll()
                QTest.keyClicks(field, text)
            QTest.keyClick(field, ENTER)
        self.tasks.all()

    def seen(self) -> str:
        """All sentences that are visible."""
        QApplication.processEvents()  # what was added to a page that is shown comes with the next turn of the loop
        return "\n".join(one.text() for one in self.page.findChildren(QLabel) if one.isVisible())


@pytest.fixture
def room(tmp_path: Path) -> Iterator[PostRoom]:
    room = PostRoom(tmp_path)
    yield room
    room.close()


@pytest.fixture(params=["en", "ar"])
def desk(qapp: QApplication, qtbot: QtBot, room: PostRoom, request: pytest.FixtureRequest) -> Desk:
    return Desk(qapp, qtbot, room, request.param)


def people_page(desk: Desk) -> tuple[PeoplePage, PeoplePresenter]:
    room = desk.room
    presenter = PeoplePresenter(room.irina, room.people(), room.suspicion(), room.approvals(), desk.tasks)
    page = PeoplePage(desk.look, presenter)
    desk.bot.addWidget(page)
    presenter.refresh()
    desk.show(page)
    return page, presenter


def choose(desk: Desk, page: PeoplePage, presenter: PeoplePresenter, name: str) -> None:
    """Go to somebody by the arrow keys."""
    names = [one.officer.name for one in presenter.state.people]
    page.table.setFocus()
    while page.table.currentRow() != names.index(name):
        desk.press(DOWN if page.table.currentRow() < names.index(name) else Qt.Key.Key_Up)


def approve(desk: Desk, name: str) -> None:
    """The second person, at the page Approvals of the same window."""
    presenter = ApprovalsPresenter(desk.room.approvals(), desk.tasks)
    page = ApprovalsPage(desk.look, presenter, zone=UTC)
    desk.bot.addWidget(page)
    presenter.refresh()
    before = desk.page
    desk.show(page)
    desk.press(F5)
    desk.fill(name, desk.room.passwords[name].reveal().decode(), "")
    presenter.close()
    page.hide()
    desk.show(before)


def test_a_person_is_added_and_the_one_time_password_is_shown_once(desk: Desk) -> None:
    page, presenter = people_page(desk)
    desk.press(F2)
    desk.fill("anna", "Anna <i>Specimen</i>", "", "not the password")
    assert page.trouble.isVisible()
    assert isinstance(page.form.fields["password"], QLineEdit)
    assert not page.form.fields["password"].text()
    desk.fill(desk.irina)
    one_time = page.one_time.text()
    assert page.one_time.isVisible()
    assert page.one_time.textFormat() is Qt.TextFormat.PlainText
    assert "Anna <i>Specimen</i>" in desk.seen()
    assert one_time not in repr(presenter.state)
    desk.press(ESC)
    assert one_time not in desk.seen()
    assert not page.one_time.text()
    assert page.table.hasFocus()  # or no key of the page would work any more
    with desk.room.signed_in("anna", Secret.of(one_time)):
        pass


def test_a_person_is_suspended_let_in_given_a_role_and_removed(desk: Desk) -> None:
    page, presenter = people_page(desk)
    choose(desk, page, presenter, "omar")
    for key, state in ((F4, PersonState.SUSPENDED), (F4, PersonState.ACTIVE)):
        desk.press(key)
        desk.fill(desk.irina)
        assert presenter.state.chosen is not None
        assert presenter.state.chosen.state is state
    desk.press(F5)
    page.form.fields["role"].setFocus()
    desk.press(DOWN, DOWN, ENTER)
    desk.fill(desk.irina)
    assert desk.room.row("omar").role is RoleName.TECHNICIAN
    desk.press(F7, ESC)
    assert presenter.state.question is None
    desk.press(F7)
    desk.fill(desk.irina)
    assert desk.room.row("omar").removed
    assert presenter.state.acts == (PeopleAct.ADD,)


def test_nobody_can_do_anything_to_the_own_account(desk: Desk) -> None:
    page, presenter = people_page(desk)
    choose(desk, page, presenter, "irina")
    assert presenter.state.acts == (PeopleAct.ADD,)
    desk.press(F7)
    assert presenter.state.question is None


def test_two_people_confirm_an_account(desk: Desk) -> None:
    desk.room.add("sara", RoleName.SUPERVISOR)
    page, presenter = people_page(desk)
    choose(desk, page, presenter, "sara")
    assert page.not_vouched.isVisible()
    desk.press(F9)
    desk.press(F9)  # nobody decided in between
    assert desk.room.row("sara").given_by is not None
    assert len(desk.room.approvals().inbox()) == 1
    approve(desk, "omar")
    desk.press(F9)
    assert desk.room.row("sara").given_by is None
    assert not page.not_vouched.isVisible()


def test_a_removal_with_suspicion_asks_another_person_first(desk: Desk) -> None:
    desk.room.add("sara", RoleName.SUPERVISOR)
    page, presenter = people_page(desk)
    choose(desk, page, presenter, "sara")
    desk.press(F10)
    desk.fill("photographed the key sheet")
    assert not desk.room.row("sara").removed
    approve(desk, "omar")
    desk.press(F10)
    desk.fill(desk.irina)
    assert desk.room.row("sara").removed
    assert page.due.isVisible()


def test_the_page_of_approvals_shows_exactly_what_was_asked_and_takes_the_other_persons_word(desk: Desk) -> None:
    request = desk.room.approvals().ask(
        ApprovalKind.ERASURE, "record-1", {**SHOWN, "reason": "court order 7 <img src='x'>"}
    )
    presenter = ApprovalsPresenter(desk.room.approvals(), desk.tasks)
    page = ApprovalsPage(desk.look, presenter, zone=UTC)
    desk.bot.addWidget(page)
    presenter.refresh()
    desk.show(page)
    assert "court order 7 <img src='x'>" in desk.seen()
    assert all(one.textFormat() is Qt.TextFormat.PlainText for one in page.findChildren(QLabel))
    assert request.shown_sha256[:16] in desk.seen()
    desk.press(F5)
    desk.fill("irina", desk.irina, "")
    assert page.trouble.isVisible()
    assert presenter.state.acts[0] is ApprovalAct.DECIDE
    desk.press(ESC, F7)
    desk.fill("omar", desk.room.passwords["omar"].reveal().decode(), "")
    assert desk.room.approvals().get(request.request_id).state is RequestState.REFUSED
    assert presenter.state.acts == ()
    desk.press(F5)
    assert presenter.state.question is None


def test_a_list_without_requests_says_so_and_a_missing_name_is_told(desk: Desk) -> None:
    presenter = ApprovalsPresenter(desk.room.approvals(), desk.tasks)
    page = ApprovalsPage(desk.look, presenter, zone=UTC)
    desk.bot.addWidget(page)
    presenter.refresh()
    desk.show(page)
    assert page.nothing.isVisible()
    desk.room.asked()
    presenter.refresh()
    desk.tasks.all()
    presenter.do(ApprovalAct.APPROVE)
    presenter.submit({"name": " ", "password": "x"})
    assert presenter.state.trouble is not None
    assert "Name" in presenter.state.trouble.cause.in_english()
    presenter.close()


def test_what_was_erased_says_so(desk: Desk) -> None:
    request = desk.room.asked()
    desk.room.decide(request, "omar", Verdict.REFUSED)
    with desk.room.irina.store.unit_of_work() as unit:
        unit.approvals.erase_shown("record-1")
        unit.commit()
    presenter = ApprovalsPresenter(desk.room.approvals(), desk.tasks)
    page = ApprovalsPage(desk.look, presenter, zone=UTC)
    desk.bot.addWidget(page)
    presenter.refresh()
    desk.show(page)
    assert "court order" not in desk.seen()
    assert request.shown_sha256[:16] in desk.seen()


def test_an_own_password_is_typed_twice_and_ends_the_session(desk: Desk) -> None:
    room, ended = desk.room, list[str]()
    presenter = OwnPasswordPresenter(
        room.session("omar"), room.people("omar"), desk.tasks, changed=lambda: ended.append("omar")
    )
    page = OwnPasswordPage(desk.look, presenter)
    desk.bot.addWidget(page)
    desk.show(page)
    old, new = room.passwords["omar"].reveal().decode(), "meadow copper tide violin"
    desk.fill(old, new, new + "x", "", "")
    assert page.trouble.isVisible()
    assert not any(one.text() for one in page.findChildren(QLineEdit))
    desk.fill("not the old one at all", new, new, "", "")
    assert page.trouble.isVisible()
    assert not ended
    desk.fill(old, new, new, "", "")
    assert ended == ["omar"]
    with room.signed_in("omar", Secret.of(new)):
        pass
