# SPDX-License-Identifier: Apache-2.0
"""The auditor's page by keys alone: filter, look at an entry, check, take the log away, go on with an older store."""

from __future__ import annotations

from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from station.config.settings import DeskSettings
from station.ports.storage import StoreName
from tests.storage.anchors.test_rollback import DATABASE, Post
from tests.ui.presenters.test_audit import OFFICERS, Page
from ui.desktop.app import look_for
from ui.desktop.pages.audit import AuditPage


@pytest.mark.parametrize("language", ["en", "ar"])
def test_everything_on_the_page_has_a_key(qapp: QApplication, qtbot: QtBot, tmp_path: Path, language: str) -> None:
    post = Post(tmp_path)
    post.a_day()
    post.keep_files("yesterday")
    post.a_day()
    post.put_back("yesterday", *DATABASE)
    page = Page(post)
    look, _ = look_for(qapp, DeskSettings(language=language))
    widget = AuditPage(look, page.presenter, zone=ZoneInfo("Africa/Lubumbashi"))
    qtbot.addWidget(widget)
    widget.resize(1180, 620)
    with qtbot.waitActive(widget):
        widget.show()
        widget.activateWindow()
    widget.take_focus()

    def press(key: Qt.Key) -> None:
        QTest.keyClick(widget.focusWidget(), key)
        page.tasks.all()

    assert widget.closed.isVisible()
    assert widget.search.hasFocus()
    press(Qt.Key.Key_Down)
    assert "access." in widget.entry.text()
    QTest.keyClicks(widget.search, "encounter.")
    page.tasks.all()
    assert widget.model.rowCount() == 2
    press(Qt.Key.Key_F6)
    assert widget.findings.count() >= 1
    press(Qt.Key.Key_F7)
    assert not widget.findings.isVisible()
    assert widget.form.take_focus()
    for text in ("omar", OFFICERS, ""):  # no token, no PIN
        QTest.keyClicks(widget.focusWidget(), text)
        press(Qt.Key.Key_Return)
    assert not widget.closed.isVisible()
    assert widget.happened.isVisible()
    widget.take_focus()
    press(Qt.Key.Key_F8)
    assert widget.findings.count() == 1  # the gap, in words
    press(Qt.Key.Key_F3)
    assert page.state.store is StoreName.ENFORCEMENT
    press(Qt.Key.Key_F9)
    assert widget.form.isVisible()
    press(Qt.Key.Key_Escape)
    assert not widget.form.isVisible()
    assert widget.search.hasFocus()  # or no key of the page would work any more
    page.close()
