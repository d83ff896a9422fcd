# SPDX-License-Identifier: Apache-2.0
"""A failed check in the real window, by keys: the supervisor signs at once, or decides while others are inspected."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import Qt, QTimer
from PySide6.QtWidgets import QLineEdit
from pytestqt.qtbot import QtBot

from station.access.sign_in import Session
from station.domain.decision import DecisionKind
from station.ports.storage import EncounterSummary, SearchQuery
from tests.ui.window import OFFICER_PASSWORD, SUPERVISOR_PASSWORD, DrivenWindow, founded
from ui.desktop.pages.approvals import ApprovalsPage
from ui.desktop.pages.records import RecordsPage
from ui.desktop.pages.sign_in import SignInPage
from ui.presenters.frame import Room
from ui.presenters.inspect_view import Mode, PromptKind

MRZ = "P<UTOERIKSSON<<ANNA<MARIA".ljust(44, "<") + "L898902C36UTO7408122F1204159ZE184226B<<<<<10"
REASON = "The consulate confirmed it."
ENTER, ESC, TAB = Qt.Key.Key_Return, Qt.Key.Key_Escape, Qt.Key.Key_Tab
F2, F4, F5 = Qt.Key.Key_F2, Qt.Key.Key_F4, Qt.Key.Key_F5
SUPERVISOR = SUPERVISOR_PASSWORD.reveal().decode()


@pytest.fixture
def window(qtbot: QtBot, tmp_path: Path) -> Iterator[DrivenWindow]:
    founded(tmp_path)
    window = DrivenWindow(qtbot, tmp_path)
    yield window
    window.close()


def deciding(window: DrivenWindow) -> None:
    """An officer keys in a document that expired, and everything that has to be known of the crossing."""
    window.sign_in("omar", OFFICER_PASSWORD)
    window.until_mode(Mode.IDLE)
    window.press(F2)
    window.until_mode(Mode.KEYING)
    window.write(MRZ)
    window.press(ENTER)
    window.until(lambda: window.mode in (Mode.DECIDING, Mode.TROUBLE), "the checks")
    if window.mode is Mode.TROUBLE:  # nobody stands before the camera of a practice post
        window.press(Qt.Key.Key_F10)
        window.press(Qt.Key.Key_1)
        window.press(ENTER)
    window.until_mode(Mode.DECIDING)
    window.write("bus")
    for _ in range(4):
        window.press(TAB)
    window.write("tra")
    window.press(TAB)
    assert not any(field.missing for field in window.view.crossing)


def leave(window: DrivenWindow) -> None:
    """Sign out; the next person comes."""
    window.control(Qt.Key.Key_L)
    window.page_of(SignInPage)


def banner(window: DrivenWindow) -> str:
    """What the bar of the verdict says to do next."""
    step = window.view.banner.next_step
    return "" if step is None else step.in_english()


def prompt(window: DrivenWindow, kind: PromptKind) -> None:
    def there() -> bool:
        asked = window.view.prompt
        return asked is not None and asked.kind is kind

    window.until(there, f"the question {kind.value}")


def session(window: DrivenWindow) -> Session:
    """Whoever is signed in."""
    signed_in = window.desk.session
    assert signed_in is not None
    return signed_in


def found(window: DrivenWindow) -> list[EncounterSummary]:
    with session(window).store.reading() as unit:
        return list(unit.encounters.search(SearchQuery()))


def test_the_supervisor_comes_and_signs_and_the_window_goes_on_turning(window: DrivenWindow) -> None:
    deciding(window)
    window.press(F5)
    prompt(window, PromptKind.SECOND_PERSON)
    window.press(ENTER)
    assert window.view.prompt is not None
    assert window.view.prompt.problem is not None
    window.write(REASON)
    window.press(ENTER)
    prompt(window, PromptKind.SIGNATURE)
    assert REASON in window.said()
    window.write("irina")
    window.press(ENTER)
    secret = window.focus
    assert isinstance(secret, QLineEdit)
    assert secret.echoMode() is QLineEdit.EchoMode.Password
    window.write("not the password")
    window.press(ENTER)
    window.press(ENTER)
    window.until(lambda: window.view.prompt is not None and window.view.prompt.problem is not None, "the refusal")
    assert window.mode is Mode.DECIDING
    assert not secret.text()
    window.until(lambda: window.focus is secret, "the keyboard in the password")
    turns: list[float] = []
    beat = QTimer(interval=0)
    beat.timeout.connect(lambda: turns.append(time.monotonic()))
    window.write(SUPERVISOR)
    beat.start()
    window.press(ENTER)
    window.press(ENTER)
    window.until_mode(Mode.IDLE)
    beat.stop()
    assert len(turns) > 1, "the window went on turning while the password was checked"
    (row,) = found(window)
    assert row.decision is DecisionKind.ADMIT
    assert SUPERVISOR not in window.said()
    assert "ERIKSSON" not in window.said()


def test_asked_and_put_aside_the_supervisor_decides_later_and_one_key_admits(window: DrivenWindow) -> None:
    deciding(window)
    window.press(F5)
    prompt(window, PromptKind.SECOND_PERSON)
    window.write(REASON)
    window.press(F4)
    window.until_mode(Mode.IDLE)
    assert window.view.log is not None
    assert "Asked, and put aside." in window.view.log.says.in_english()
    leave(window)
    window.sign_in("irina", SUPERVISOR_PASSWORD)
    rooms = [entry.room for entry in window.desk.frame.state.rooms]
    window.alt(Qt.Key(Qt.Key.Key_1 + rooms.index(Room.APPROVALS)))
    page = window.page_of(ApprovalsPage)
    window.until(lambda: bool(page.presenter.state.requests), "the request")
    assert REASON in window.said()
    window.press(F5)
    for typed in ("irina", SUPERVISOR, ""):
        window.write(typed)
        window.press(ENTER)
    window.until(lambda: page.presenter.state.happened is not None, "the decision")
    leave(window)
    window.sign_in("omar", OFFICER_PASSWORD)
    window.until_mode(Mode.IDLE)
    window.until(lambda: bool(window.view.unfinished), "the parked encounter")
    window.press(Qt.Key.Key_1)
    window.until(lambda: window.mode in (Mode.DECIDING, Mode.TROUBLE), "the checks")
    if window.mode is Mode.TROUBLE:
        window.press(Qt.Key.Key_F10)
        window.press(Qt.Key.Key_1)
        window.press(ENTER)
        window.until_mode(Mode.DECIDING)
    window.until(lambda: "agreed" in banner(window), "who agreed")
    window.press(F5)
    window.until_mode(Mode.IDLE)
    (row,) = found(window)
    assert row.decision is DecisionKind.ADMIT
    window.alt(Qt.Key.Key_2)
    records = window.page_of(RecordsPage)
    window.until(lambda: records.model.rowCount() == 1, "the record")
    window.press(ENTER)
    window.until(lambda: records.presenter.state.record is not None, "the open record")
    record = records.presenter.state.record
    assert record is not None
    facts = {fact.label.in_english(): fact.value for fact in record.facts}
    assert facts["Second person"] == "Irina Specimen"
    assert facts["In words"] == REASON


def test_escape_goes_back_to_the_decision_and_nobody_is_asked(window: DrivenWindow) -> None:
    deciding(window)
    window.press(F5)
    prompt(window, PromptKind.SECOND_PERSON)
    window.write(REASON)
    window.press(ESC)
    assert window.view.prompt is None
    assert window.mode is Mode.DECIDING
    with session(window).store.reading() as unit:
        assert not unit.approvals.newest(10)
