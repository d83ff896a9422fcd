# SPDX-License-Identifier: Apache-2.0
"""Signed in with the distress password, every page stands there as always, and shows nobody who was there before."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QAbstractItemModel, QAbstractListModel, QAbstractTableModel, QModelIndex, Qt
from PySide6.QtWidgets import QAbstractItemView, QLabel, QLineEdit, QPlainTextEdit, QWidget
from pytestqt.qtbot import QtBot

from station.access.approval_rules import ApprovalKind
from station.access.approvals import ApprovalService
from station.access.people import PeopleService
from station.domain.encounter import EncounterStatus
from station.domain.secrets import Secret
from station.ports.safekeeping import LegalHold
from tests.open_station import SUPERVISOR_PASSWORD, OpenStation
from tests.storage.sqlcipher.specimens import NOON, document, encounter
from tests.ui.window import DrivenWindow, founded
from ui.desktop.pages.retention import RetentionPage
from ui.presenters.frame import Room
from ui.presenters.inspect_view import Mode
from ui.presenters.retention_view import RetentionAct

Open = Callable[[], DrivenWindow]
FORCED = Secret.of("thistle harbour nine owls")
FREE = Secret.of("slate pencil winter moth")
RECORDED, PARKED, REASON = "MARCHMAIN", "FLYTE", "letter of the court"


@pytest.fixture
def opened(qtbot: QtBot, tmp_path: Path) -> Iterator[Open]:
    windows: list[DrivenWindow] = []

    def open_window() -> DrivenWindow:
        windows.append(DrivenWindow(qtbot, tmp_path))
        return windows[-1]

    yield open_window
    for window in windows:
        window.close()


@pytest.fixture
def station(tmp_path: Path) -> OpenStation:
    """Somebody crossed, somebody was put aside, a court wrote, an approval waits; then Irina chose two passwords."""
    made = founded(tmp_path)
    made.clock.at = NOON
    irina = made.signed_in()
    with irina.store.unit_of_work() as unit:
        unit.encounters.add_version(encounter("old-record", holder=document(primary=RECORDED)))
        parked = encounter("two", status=EncounterStatus.PARKED, holder=document(primary=PARKED), minutes=3)
        unit.encounters.add_version(parked)
        by, one = irina.officer.officer_id, encounter("old-record").encounter_id
        unit.holds.place(LegalHold(hold_id="hold", encounter_id=one, reason=REASON, placed_by=by, placed_at=NOON))
        unit.commit()
    approvals = ApprovalService(irina, made.door.desk, made.clock, made.randomness)
    approvals.ask(ApprovalKind.HOLD_LIFT, "old-record", {"record": "old-record", "reason": REASON})
    people = PeopleService(irina, made.door.desk, approvals, made.clock, made.randomness)
    people.change_own_password(SUPERVISOR_PASSWORD, FREE, distress_password=FORCED)
    made.sign_ins.sign_out(irina)
    return made


def visible(window: DrivenWindow) -> None:
    """The same again while the window stands there, for somebody who may be seen."""
    session, workplace = window.desk.session, window.desk.workplace
    assert session is not None
    assert workplace is not None
    clock, now = workplace.house.clock, workplace.house.clock.now()
    with session.store.unit_of_work() as unit:
        unit.encounters.add_version(encounter("three", holder=document(primary="RYDER")))
        parked = encounter("four", status=EncounterStatus.PARKED, holder=document(primary="BLANCHE"), minutes=4)
        unit.encounters.add_version(parked)
        by, three = session.officer.officer_id, encounter("three").encounter_id
        unit.holds.place(LegalHold(hold_id="new", encounter_id=three, reason="new words", placed_by=by, placed_at=now))
        unit.commit()
    approvals = ApprovalService(session, workplace.house.keys, clock, workplace.house.randomness)
    approvals.ask(ApprovalKind.HOLD_LIFT, "three", {"record": "three", "reason": "new words"})


def everything(within: QWidget) -> str:
    """Every word in there, and of every list, with what belongs to its rows."""
    words = [label.text() for label in within.findChildren(QLabel)]
    words += [field.text() for field in within.findChildren(QLineEdit)]
    words += [text.toPlainText() for text in within.findChildren(QPlainTextEdit)]
    words += [f"{one.accessibleName()} {one.accessibleDescription()}" for one in within.findChildren(QWidget)]
    for view in within.findChildren(QAbstractItemView):
        words += cells(view.model(), QModelIndex())
    return "\n".join(words)


def cells(model: QAbstractItemModel, above: QModelIndex) -> list[str]:
    """The words of every row below one."""
    words = []
    for row in range(model.rowCount(above)):
        columns = 1 if isinstance(model, QAbstractListModel) else model.columnCount(above)
        words += [str(model.index(row, at, above).data()) for at in range(columns)]
        if not isinstance(model, QAbstractListModel | QAbstractTableModel):
            words += cells(model, model.index(row, 0, above))
    return words


def page_says(window: DrivenWindow) -> str:
    """What stands on the page in the window."""
    page = window.window.page
    assert page is not None
    return everything(page)


#: What each page says of the past, and of what was begun before somebody's eyes.
PAGES = {
    Room.INSPECT: (PARKED, "BLANCHE"),
    Room.RECORDS: (RECORDED, "RYDER"),
    Room.RETENTION: ("old-record", "new words"),
    Room.APPROVALS: ("expired", "new words"),  # of the chosen one all is shown, of others how they stand
}


@pytest.mark.parametrize("password", [FREE, FORCED], ids=["in freedom", "under distress"])
def test_the_pages_show_whom_they_may(opened: Open, station: OpenStation, password: Secret) -> None:
    window = opened()
    window.sign_in("irina", password)
    window.until_mode(Mode.IDLE)
    visible(window)
    rail = [entry.room for entry in window.desk.frame.state.rooms]
    assert rail == [room for room in Room if room is not Room.BENCH]
    for room in (*(one for one in rail if one is not Room.INSPECT), Room.INSPECT):
        window.desk.frame.go_to(room)
        if room is Room.RETENTION:
            holds = window.page_of(RetentionPage).presenter
            window.until(lambda: RetentionAct.SEE_HOLDS in holds.state.acts, "what is kept")  # noqa: B023 (at once)
            window.press(Qt.Key.Key_F3)
        past, new = PAGES.get(room, ("", ""))
        window.until(lambda word=new: word in page_says(window), f"{new} on the page {room.value}")  # type: ignore[misc]  # bound as it is now
        words = page_says(window)
        if password is FREE:
            assert past in words, (room, words)
        else:
            assert not past or past not in words
            assert not [one for one in (RECORDED, PARKED, REASON) if one in words]
            assert "distress" not in words.casefold()
        assert window.note() is None
    if password is FORCED:  # once more, when every page has come to rest
        assert not [one for one in (RECORDED, PARKED, REASON) if one in everything(window.window)]
