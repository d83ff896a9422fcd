# SPDX-License-Identifier: Apache-2.0
"""Small parts of the pages: what they do with words that come from a document, and with too many of them."""

from __future__ import annotations

import pytest
from PySide6.QtGui import QTextDocument
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from station.config.settings import DeskSettings
from station.domain.words import say
from ui.desktop.app import look_for
from ui.desktop.widgets.form import FieldBox
from ui.desktop.widgets.parts import Elided
from ui.desktop.widgets.words import plain_tip
from ui.presenters.forms import MOST_CHARACTERS, Field


def _shown(tip: str) -> str:
    """What Qt draws of a tool tip."""
    if not tip.startswith("<qt>"):
        assert not set(tip) & set("<&"), "Qt guesses what this is"
        return tip
    document = QTextDocument()
    document.setHtml(tip)
    return document.toPlainText()


@pytest.mark.parametrize(
    "words",
    [
        "ERIKSSON, ANNA",
        "<img src='file:///etc/hostname'>",
        "&lt;b&gt;",
        "one\ntwo",
        "<b>one</b>\n<i>two</i>",
        "P<UTO<<",
    ],
)
def test_a_tool_tip_shows_words_as_they_are_and_loads_nothing(qapp: QApplication, words: str) -> None:
    assert _shown(plain_tip(words)) == words


def test_a_shortened_line_has_a_plain_tool_tip(qtbot: QtBot) -> None:
    line = Elided()
    qtbot.addWidget(line)
    line.put("<b>Utopia</b>")
    assert "<b>" not in line.toolTip()
    assert _shown(line.toolTip()) == "<b>Utopia</b>"


def test_a_pasted_file_does_not_fit_into_a_field(qapp: QApplication, qtbot: QtBot) -> None:
    look, _problems = look_for(qapp, DeskSettings())
    field = Field("address", say("Address"))
    box = FieldBox(look, field.view())
    qtbot.addWidget(box)
    box.typed.connect(lambda _name, typed: field.type(typed))
    QApplication.clipboard().setText("9" * 5000)
    box.line.paste()
    assert len(field.typed) == MOST_CHARACTERS + 1
    box.show_field(field.view())
    assert "too long" in box.line.toolTip()
