# SPDX-License-Identifier: Apache-2.0
"""The page of the shift by keys alone: open, close with two signatures, print."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from station.config.settings import DeskSettings
from station.domain.decision import RefusalGround
from station.post.shift import ShiftStage
from tests.ui.presenters.test_shift import OFFICERS, OWN, Page
from ui.desktop.app import look_for
from ui.desktop.pages.shift import ShiftPage
from ui.presenters.shift_view import ShiftAct


@pytest.fixture
def page(tmp_path: Path) -> Iterator[Page]:
    made = Page(tmp_path)
    yield made
    made.presenter.close()
    made.post.close()


@pytest.mark.parametrize("language", ["en", "ar"])
def test_a_shift_is_opened_closed_and_printed_by_keys(
    qapp: QApplication, qtbot: QtBot, page: Page, language: str
) -> None:
    look, _ = look_for(qapp, DeskSettings(language=language))
    widget = ShiftPage(look, page.presenter, zone=ZoneInfo("Africa/Lubumbashi"))
    qtbot.addWidget(widget)
    widget.resize(1180, 600)
    with qtbot.waitActive(widget):
        widget.show()
        widget.activateWindow()
    widget.take_focus()

    def press(key: Qt.Key, modifier: Qt.KeyboardModifier = Qt.KeyboardModifier.NoModifier) -> None:
        QTest.keyClick(widget.focusWidget(), key, modifier)
        page.tasks.all()
        widget.take_focus()

    def type_in(*texts: str) -> None:
        for text in texts:
            field = widget.focusWidget()
            assert field is not None
            QTest.keyClicks(field, text)
            QTest.keyClick(field, Qt.Key.Key_Return)
        page.tasks.all()
        widget.take_focus()

    widget.buttons[ShiftAct.OPEN].setFocus()
    QTest.keyClick(widget.buttons[ShiftAct.OPEN], Qt.Key.Key_Return)  # Enter presses what has the keyboard
    press(Qt.Key.Key_Escape)
    press(Qt.Key.Key_F2)
    assert widget.form.own.hasFocus()
    type_in("a wrong one altogether")
    assert widget.trouble.isVisible()
    assert not widget.form.own.text()
    type_in(OWN)
    assert not widget.form.isVisible()
    press(Qt.Key.Key_Return)  # the obvious next thing: close with its report
    assert widget.form.isVisible()
    press(Qt.Key.Key_Escape)
    assert not widget.form.isVisible()
    for _ in range(3):
        page.post.refused(RefusalGround.ALERT)
    page.post.admitted("history.stay")
    widget.resize(1180, 420)
    press(Qt.Key.Key_F5)
    bar = widget.report.verticalScrollBar()
    qtbot.waitUntil(lambda: bar.maximum() > 0)
    press(Qt.Key.Key_PageDown)
    assert bar.value() == min(bar.pageStep(), bar.maximum())
    press(Qt.Key.Key_PageUp)
    assert bar.value() == 0
    type_in(OWN)
    press(Qt.Key.Key_F6)
    type_in("omar", OFFICERS)
    assert page.state.line is not None
    assert page.state.line.stage is ShiftStage.NONE
    assert widget.older.count() == 1
    press(Qt.Key.Key_P, Qt.KeyboardModifier.ControlModifier)
    assert len(page.post.printed) == 1
    assert [act for act, button in widget.buttons.items() if button.isVisible()] == [ShiftAct.OPEN, ShiftAct.PRINT]
    for button in widget.buttons.values():
        assert button.accessibleName()
