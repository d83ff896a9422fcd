# SPDX-License-Identifier: Apache-2.0
"""The pages that keep the records safe, each with something on it, for pictures that people look at."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from contextlib import chdir
from pathlib import Path
from typing import TypeVar

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLineEdit, QWidget

from ui.desktop.desk import Desk
from ui.desktop.pages.approvals import ApprovalsPage
from ui.desktop.pages.audit import AuditPage
from ui.desktop.pages.backup import BackupPage
from ui.desktop.pages.people import PeoplePage
from ui.desktop.pages.recovery import RecoveryPage
from ui.desktop.pages.retention import RetentionPage
from ui.desktop.pages.shift import ShiftPage
from ui.presenters.backup_view import BackupAct, BackupStage
from ui.presenters.frame import Room
from ui.presenters.people_view import PeopleAct

P = TypeVar("P", bound=QWidget)
Until = Callable[[Callable[[], bool]], None]
Take = Callable[[str], None]


def safekeeping_pages(desk: Desk, password: str, take: Take, until: Until) -> None:
    """Take people, approvals, shift, recovery sheets, backup, retention and audit. A supervisor is signed in."""
    pages = _Pages(desk, password, take, until)
    pages.people()
    pages.approvals()
    pages.shift()
    pages.recovery()
    pages.backup()
    pages.retention()
    pages.audit()


class _Pages:
    """One page after the other, by the keys that a supervisor presses."""

    def __init__(self, desk: Desk, password: str, take: Take, until: Until) -> None:
        self._desk = desk
        self._password = password
        self._take = take
        self._until = until

    def people(self) -> None:
        """Somebody is chosen; removing with suspicion is asked for, so that the next page has a request."""
        page = self._page(Room.PEOPLE, PeoplePage)
        self._until(lambda: page.table.rowCount() > 1)
        self._take("people")
        self._press(Qt.Key.Key_F10)
        self._type("Seen with a copy of the key file")
        self._until(lambda: page.presenter.state.happened is not None)
        self._press(Qt.Key.Key_F1)
        self._desk.window.key_sheet.open()
        self._take("keys-people")
        self._desk.window.key_sheet.close_sheet()
        page.presenter.do(PeopleAct.LEAVE)

    def approvals(self) -> None:
        """The request that was just made, and the form of the second person."""
        page = self._page(Room.APPROVALS, ApprovalsPage)
        self._until(lambda: page.list.count() > 0)
        self._press(Qt.Key.Key_F5)
        self._take("approvals")
        self._press(Qt.Key.Key_Escape)

    def shift(self) -> None:
        """A shift is open, and its report waits for the first signature."""
        page = self._page(Room.SHIFT, ShiftPage)
        self._until(lambda: page.presenter.state.line is not None)
        self._press(Qt.Key.Key_F2)
        self._type(self._password)
        self._until(lambda: page.presenter.state.happened is not None)
        self._press(Qt.Key.Key_F5)
        self._until(lambda: page.presenter.state.shown is not None)
        self._take("shift")
        self._press(Qt.Key.Key_Escape)

    def recovery(self) -> None:
        """What the sheets are, and where they stand."""
        page = self._page(Room.KEYS, RecoveryPage)
        self._until(lambda: page.presenter.state.keys is not None)
        self._take("keys-recovery")

    def backup(self) -> None:
        """A plan is kept and a backup made, onto a second folder."""
        page = self._page(Room.BACKUP, BackupPage)
        with tempfile.TemporaryDirectory(prefix="hbm-shots-") as folder, chdir(folder):
            Path("second-disk").mkdir()
            self._until(lambda: page.presenter.state.stage is BackupStage.READY)
            page.folder.setText("second-disk")
            page.folder.textEdited.emit(page.folder.text())
            self._until(lambda: page.presenter.state.report is not None)
            page.presenter.do(BackupAct.PLAN)
            self._until(lambda: page.presenter.state.stage is BackupStage.READY)
            page.presenter.do(BackupAct.MAKE)
            self._until(lambda: page.presenter.state.made is not None)
            self._take("backup")

    def retention(self) -> None:
        """Every kind of record with its days."""
        page = self._page(Room.RETENTION, RetentionPage)
        self._until(lambda: page.table.topLevelItemCount() > 1)
        self._take("retention")

    def audit(self) -> None:
        """The trail after a check."""
        page = self._page(Room.AUDIT, AuditPage)
        self._until(lambda: page.model.rowCount() > 1)
        self._press(Qt.Key.Key_F6)
        self._until(lambda: page.presenter.state.judged is not None)
        self._take("audit")

    def _page(self, room: Room, kind: type[P]) -> P:
        self._desk.frame.go_to(room)
        page = self._desk.window.page
        assert isinstance(page, kind)
        self._desk.window.activateWindow()
        return page

    def _press(self, key: Qt.Key) -> None:
        QTest.keyClick(QApplication.focusWidget() or self._desk.window, key)

    def _type(self, words: str) -> None:
        """Into the field that waits for it, and Enter."""
        self._until(lambda: isinstance(QApplication.focusWidget(), QLineEdit))
        field = QApplication.focusWidget()
        assert isinstance(field, QLineEdit)
        field.setText(words)
        self._press(Qt.Key.Key_Return)
