# SPDX-License-Identifier: Apache-2.0
"""The page Retention by keys alone: look, change, hold, erase."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from station.config.settings import DeskSettings
from tests.station.safekeeping.retention_post import OMAR
from tests.ui.presenters.test_retention import SECRET, Page
from ui.desktop.app import look_for
from ui.desktop.pages.retention import RetentionPage


@pytest.fixture
def page(tmp_path: Path) -> Iterator[Page]:
    made = Page(tmp_path)
    yield made
    made.presenter.close()
    made.post.store.close()


@pytest.mark.parametrize("language", ["en", "ar"])
def test_records_are_held_let_go_and_rules_changed_by_keys(
    qapp: QApplication, qtbot: QtBot, page: Page, language: str
) -> None:
    page.post.keep("old", days=1200)
    page.post.keep("older", days=1300)
    page.post.export("old", "older")
    look, _ = look_for(qapp, DeskSettings(language=language))
    widget = RetentionPage(look, page.presenter)
    qtbot.addWidget(widget)
    widget.resize(1180, 600)
    with qtbot.waitActive(widget):
        widget.show()
        widget.activateWindow()
    page.refresh()
    widget.take_focus()

    def press(key: Qt.Key) -> None:
        QTest.keyClick(widget.focusWidget(), key)
        page.tasks.all()

    def type_in(*texts: str) -> None:
        for text in texts:
            QTest.keyClicks(widget.focusWidget(), text)
            QTest.keyClick(widget.focusWidget(), Qt.Key.Key_Return)
        page.tasks.all()

    assert widget.table.topLevelItemCount() == len(page.presenter.state.rows)
    press(Qt.Key.Key_Down)
    assert page.presenter.state.chosen == 1
    press(Qt.Key.Key_F6)
    assert widget.fields[0].hasFocus()
    type_in("1")
    assert widget.trouble.isVisible()
    assert widget.fields[0].text() == "1"  # what was typed stays for another try
    press(Qt.Key.Key_Escape)
    assert not widget.fields[0].isVisible()
    press(Qt.Key.Key_F3)
    press(Qt.Key.Key_F6)
    type_in("older", "court of Utopia")
    assert widget.table.topLevelItemCount() == 1
    press(Qt.Key.Key_F2)
    press(Qt.Key.Key_Return)  # the obvious next thing: erase what is due
    assert widget.fields[1].echoMode() is widget.fields[1].EchoMode.Password
    type_in(OMAR.name, "wrong", "")
    assert widget.trouble.isVisible()
    assert not widget.fields[1].text()
    assert widget.fields[1].hasFocus()
    type_in(SECRET, "")
    assert page.post.there() == {"older"}
    assert widget.happened.isVisible()
    press(Qt.Key.Key_F5)
    assert widget.table.topLevelItemCount() == 1
    for button in widget.buttons.values():
        assert button.accessibleName()


def test_one_record_is_erased_early_by_keys(qapp: QApplication, qtbot: QtBot, page: Page) -> None:
    page.post.keep("one", days=2)
    look, _ = look_for(qapp, DeskSettings())
    widget = RetentionPage(look, page.presenter)
    qtbot.addWidget(widget)
    with qtbot.waitActive(widget):
        widget.show()
        widget.activateWindow()
    page.refresh()
    widget.take_focus()

    def press(*keys: Qt.Key) -> None:
        for key in keys:
            QTest.keyClick(widget.focusWidget(), key)
            page.tasks.all()

    def type_in(*texts: str) -> None:
        for text in texts:
            QTest.keyClicks(widget.focusWidget(), text)
            press(Qt.Key.Key_Return)

    press(Qt.Key.Key_F10, Qt.Key.Key_F6)
    type_in("one")
    assert widget.trouble.isVisible()
    press(Qt.Key.Key_Escape, Qt.Key.Key_Down, Qt.Key.Key_Return)  # the next ground, and the obvious thing
    type_in("one")
    assert "nobody holds it" in widget.lines.toPlainText()
    type_in(OMAR.name, SECRET, "")
    assert page.post.there() == set()
    assert widget.happened.isVisible()
