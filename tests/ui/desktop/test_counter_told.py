# SPDX-License-Identifier: Apache-2.0
"""A counter that does not answer is told on the page Audit, and two people accept it there by keys."""

from __future__ import annotations

from datetime import UTC
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from station.config.settings import DeskSettings
from tests.counters import SILENT, FileCounter
from tests.storage.anchors.test_counter import CountedPost
from tests.ui.presenters.test_audit import OFFICERS, Page
from ui.desktop.app import look_for
from ui.desktop.pages.audit import AuditPage


@pytest.mark.parametrize("language", ["en", "ar"])
@pytest.mark.parametrize("trouble", ["silent", "ahead"])
def test_a_missed_counter_is_told_and_accepted_by_keys(
    qapp: QApplication, qtbot: QtBot, tmp_path: Path, language: str, trouble: str
) -> None:
    counter = FileCounter(tmp_path / "counter")
    post = CountedPost(tmp_path, counter)
    post.a_day()
    if trouble == "silent":
        counter.problem = SILENT
    else:
        counter.increment(seconds=1)
    page = Page(post)
    look, _ = look_for(qapp, DeskSettings(language=language))
    widget = AuditPage(look, page.presenter, zone=UTC)
    qtbot.addWidget(widget)
    widget.resize(1180, 620)
    with qtbot.waitActive(widget):
        widget.show()
        widget.activateWindow()
    widget.take_focus()
    assert widget.closed.isVisible()
    QTest.keyClick(widget.focusWidget(), Qt.Key.Key_F7)
    page.tasks.all()
    assert widget.form.take_focus()
    for text in ("omar", OFFICERS, ""):  # no token, no PIN
        QTest.keyClicks(widget.focusWidget(), text)
        QTest.keyClick(widget.focusWidget(), Qt.Key.Key_Return)
    page.tasks.all()
    assert widget.happened.isVisible()
    assert not widget.closed.isVisible()
    page.close()
    assert post.found() == []
