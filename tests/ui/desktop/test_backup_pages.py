# SPDX-License-Identifier: Apache-2.0
"""The pages of backups, of keys and recovery, and of restoring, by keys alone; in both directions of writing."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QWidget
from pytestqt.qtbot import QtBot

from station.config.settings import DeskSettings
from station.domain.words import say
from tests.ui.presenters import test_backup, test_recovery, test_restore
from ui.desktop.app import look_for
from ui.desktop.pages.backup import BackupPage
from ui.desktop.pages.first_start import FirstStartPage
from ui.desktop.pages.recovery import RecoveryPage
from ui.desktop.pages.restore import RestorePage
from ui.desktop.widgets.look import Look
from ui.presenters.first_start import Stage
from ui.presenters.restore import RestoreStage


@pytest.fixture(params=["en", "ar"])
def look(qapp: QApplication, request: pytest.FixtureRequest) -> Look:
    made, _ = look_for(qapp, DeskSettings(language=request.param))
    return made


def shown(qtbot: QtBot, widget: QWidget) -> Callable[..., None]:
    """Show a page; what presses a key wherever the keyboard is."""
    qtbot.addWidget(widget)
    widget.resize(1180, 600)
    with qtbot.waitActive(widget):
        widget.show()
        widget.activateWindow()

    def press(key: Qt.Key) -> None:
        focused: QWidget | None = widget.focusWidget()  # None where nothing on the page has the keyboard
        QTest.keyClick(widget if focused is None else focused, key)

    return press


def type_words(page: QWidget, words: tuple[str, ...]) -> None:
    """Four letters of each word and a space, as a person would."""
    for word in words:
        field = page.focusWidget()
        assert field is not None
        QTest.keyClicks(field, word[:4])
        QTest.keyClick(field, Qt.Key.Key_Space)


def test_a_backup_is_planned_and_made_by_keys(qtbot: QtBot, look: Look, tmp_path: Path) -> None:
    page = test_backup.Page(tmp_path)
    widget = BackupPage(look, page.presenter, zone=ZoneInfo("Africa/Lubumbashi"))
    press = shown(qtbot, widget)
    widget.take_focus()
    assert widget.late.isVisible()
    press(Qt.Key.Key_F5)
    page.tasks.all()
    press(Qt.Key.Key_F9)
    page.tasks.all()
    assert widget.result.isVisible()
    assert widget.kept.count() == 1
    assert not widget.late.isVisible()
    page.presenter.close()
    page.post.session.end()


def test_two_sheets_are_typed_and_tried_by_keys(qtbot: QtBot, look: Look, tmp_path: Path) -> None:
    page = test_recovery.Page(tmp_path)
    widget = RecoveryPage(look, page.presenter)
    press = shown(qtbot, widget)
    widget.take_focus()
    press(Qt.Key.Key_F2)
    assert widget.typing.word.hasFocus()
    first, second = (page.first.shares[number].words() for number in (0, 2))
    told = widget.typing.place.text
    assert told() == look.said(say("First sheet: word {place} of {of}", place=1, of=33))
    type_words(widget, first[:4])
    press(Qt.Key.Key_Backspace)
    assert told() == look.said(say("First sheet: type word {place} again", place=4))
    type_words(widget, first[3:])
    assert widget.typing.word.text() == ""
    assert told() == look.said(say("Second sheet: word {place} of {of}", place=1, of=33))  # its own number is another
    type_words(widget, second[:2])
    press(Qt.Key.Key_Backspace)
    assert told() == look.said(say("Second sheet: type word {place} again", place=2))
    second = second[1:]
    type_words(widget, second)
    page.tasks.all()
    assert widget.happened.isVisible()
    assert not widget.typing.isVisible()
    press(Qt.Key.Key_F2)
    press(Qt.Key.Key_Escape)
    assert not widget.typing.isVisible()
    page.presenter.close()
    page.session.end()


def test_a_post_comes_back_by_keys(qtbot: QtBot, look: Look, tmp_path: Path) -> None:
    restoring = test_restore.Restoring(tmp_path)
    widget = RestorePage(look, restoring.presenter)
    press = shown(qtbot, widget)
    widget.take_focus()
    press(Qt.Key.Key_Return)
    assert widget.fields["backup"].hasFocus()  # what is missing is told there
    form = restoring.form()
    for name, field in widget.fields.items():
        field.setText(getattr(form, name))
    press(Qt.Key.Key_Return)
    assert widget.typing.word.hasFocus()
    for number in (1, 3):
        type_words(widget, test_restore.FIRST.shares[number - 1].words())
    restoring.tasks.all()
    assert restoring.stage() is RestoreStage.RESTORED
    assert widget.fields["password"].text() == ""
    press(Qt.Key.Key_Return)
    assert restoring.went_on == ["vera"]
    restoring.presenter.close()


def test_enter_goes_through_the_fields_of_a_restore_and_a_missing_key_of_the_station_is_marked(
    qtbot: QtBot, look: Look, tmp_path: Path
) -> None:
    restoring = test_restore.Restoring(tmp_path)
    widget = RestorePage(look, restoring.presenter)
    press = shown(qtbot, widget)
    widget.take_focus()
    form = restoring.form()
    for name, field in widget.fields.items():
        assert field.hasFocus(), f"Enter did not come to {name}"
        assert not restoring.state.wrong, "nothing is wrong while it is being filled in"
        if name != "signer":
            field.setText(getattr(form, name))
        press(Qt.Key.Key_Return)
    assert restoring.stage() is RestoreStage.FILLING_IN, "one Enter is not both the warning and its answer"
    assert widget.fields["signer"].hasFocus()
    assert widget.fields["signer"].accessibleDescription().startswith("▲")
    assert widget.trouble.isVisible()
    press(Qt.Key.Key_Return)
    assert restoring.stage() is RestoreStage.TYPING, "the form says that it may stay empty"
    assert not restoring.state.wrong
    restoring.presenter.close()


def test_a_missing_key_of_the_station_is_marked_beside_what_else_is_missing(
    qtbot: QtBot, look: Look, tmp_path: Path
) -> None:
    restoring = test_restore.Restoring(tmp_path)
    widget = RestorePage(look, restoring.presenter)
    press = shown(qtbot, widget)
    widget.fields["backup"].setText("backup.tar.age")
    widget.fields["name"].setFocus()
    press(Qt.Key.Key_Return)
    assert widget.fields["name"].hasFocus()
    assert {"signer", "name"} <= set(restoring.state.wrong)
    assert not restoring.state.unsigned, "the warning is still to come"
    restoring.presenter.close()


def test_the_first_sheets_are_printed_and_typed_back_by_keys(qtbot: QtBot, look: Look, tmp_path: Path) -> None:
    founding = test_restore.Founding(tmp_path)
    left: list[str] = []
    widget = FirstStartPage(look, founding.presenter, restore=lambda: left.append("restore"))
    press = shown(qtbot, widget)
    widget.take_focus()
    press(Qt.Key.Key_F6)
    assert left == ["restore"]
    founding.begin()
    for _ in range(3):
        press(Qt.Key.Key_Return)
        founding.tasks.all()
    for _ in range(2):
        handout = founding.presenter.state.handout
        assert handout is not None
        assert handout.asked is not None
        assert handout.wrong is None  # the Enter of the word before answers nothing else
        assert widget.handout.word.hasFocus()
        QTest.keyClicks(widget.handout.word, founding.printed[handout.asked.sheet][handout.asked.place - 1][:4])
        press(Qt.Key.Key_Return)
        founding.tasks.all()
    assert founding.stage() is Stage.CREATED
    assert widget.founded.isVisible()
