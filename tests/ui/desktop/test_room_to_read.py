# SPDX-License-Identifier: Apache-2.0
"""On the smallest screen that is meant, under an alarm and with tall letters, nothing is squeezed or cut off."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import pytest
from PySide6.QtCore import QPoint, QRect, Qt
from PySide6.QtWidgets import QPushButton, QWidget
from pytestqt.qtbot import QtBot

from station.domain.words import say
from tests.ui.window import SUPERVISOR_PASSWORD, DrivenWindow, founded
from ui.desktop.pages.backup import BackupPage
from ui.desktop.pages.records import RecordsPage
from ui.presenters.frame import Room
from ui.presenters.inspect_view import Mode
from ui.presenters.showing import Trouble

ALARM = Trouble(
    cause=say("The clock of this computer stepped back by two hours."),
    next_step=say("Times on papers may be wrong. A supervisor looks at the clock and confirms it on the page Shift."),
)


def _place(widget: QWidget, around: QWidget) -> QRect:
    return QRect(widget.mapTo(around, QPoint(0, 0)), widget.size())


@pytest.mark.parametrize("language", ["en", "ar"])
def test_a_supervisors_rail_records_and_backup_page_have_room(
    qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, language: str
) -> None:
    monkeypatch.setenv("HBM_STATION_LANGUAGE", language)
    station = founded(tmp_path)
    session = station.signed_in()
    for _ in range(3):
        station.keep(session, *station.encounter())
    session.end()
    window = DrivenWindow(qtbot, tmp_path)
    try:
        window.sign_in("irina", SUPERVISOR_PASSWORD)
        window.until_mode(Mode.IDLE)
        rail = window.window.rail
        foot = [button for button in rail.findChildren(QPushButton) if button not in rail.buttons]
        assert len(rail.buttons) >= 10
        assert len(foot) == 2
        for button in (*foot, *rail.buttons):
            assert button.height() >= button.sizeHint().height(), button.text()
            assert rail.rect().contains(button.geometry())

        window.desk.frame.go_to(Room.RECORDS)
        records = window.page_of(RecordsPage)
        window.until(lambda: records.model.rowCount() == 3, "the records")
        for row in (1, 2):
            window.press(Qt.Key.Key_Down)
            assert records.table.currentIndex().row() == row
            assert [one.row() for one in records.table.selectionModel().selectedRows()] == [row]
        records._open_current()
        window.until(lambda: records.presenter.state.record is not None, "the record")
        records.search.setFocus()
        window.press(Qt.Key.Key_Up)
        assert records.table.currentIndex().row() == 1, "also while columns are hidden"

        window.desk.frame.go_to(Room.BACKUP)
        page = window.page_of(BackupPage)
        window.desk.frame.stand(None, ALARM)
        window.until(window.window.note.isVisible, "the alarm")
        content = page.left.widget()
        assert content is not None
        inside: QWidget = content
        window.until(lambda: inside.height() >= inside.minimumSizeHint().height(), "the room that it needs")
        fields = [_place(field, inside) for field in (page.folder, page.hours, page.keep)]
        assert all(upper.bottom() < lower.top() for upper, lower in pairwise(fields)), fields
        for field in (page.folder, page.hours, page.keep):
            assert field.height() >= field.minimumSizeHint().height()
        page.left.ensureWidgetVisible(page.folder)
        seen = QRect(QPoint(0, 0), page.left.viewport().size())
        assert seen.contains(_place(page.folder, page.left.viewport()))
    finally:
        window.close()
