# SPDX-License-Identifier: Apache-2.0
"""What a document says is never taken for rich text: no label, tip or list draws it bold or loads what it names."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial
from pathlib import Path

import pytest
from PySide6.QtCore import QAbstractItemModel, QModelIndex, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractItemView, QLabel, QLineEdit, QTextEdit, QWidget
from pytestqt.qtbot import QtBot

from station.domain.crossing import Crossing, Direction
from station.domain.dates import PartialDate
from station.domain.document import TravelDocument
from station.domain.person import PersonName, Sex
from tests.ui.window import SUPERVISOR_PASSWORD, DrivenWindow, founded
from ui.desktop.pages.inspect import InspectPage
from ui.desktop.pages.records import RecordsPage
from ui.presenters.frame import Room
from ui.presenters.inspect_view import Mode

PRIMARY = '<b>ERIKSSON</b><img src="file:///nowhere/planted.png">'
SECONDARY = '<a href="http://planted.invalid">ANNA</a> &amp; MARIA'
NUMBER = "<i>L898902</i>"
ADDRESS = "<h1>TENT 9</h1><br>"
PLANTED = (PRIMARY, SECONDARY, NUMBER, ADDRESS)
_TAGS = ("<b>", "<img", "<a ", "<i>", "<h1>")


@pytest.fixture
def window(qtbot: QtBot, tmp_path: Path) -> Iterator[DrivenWindow]:
    """A supervisor at work on a store whose newest record has tags in every field."""
    station = founded(tmp_path)
    session = station.signed_in()
    encounter, pictures = station.encounter()
    document = TravelDocument(
        document_code="P",
        issuing_state="UTO",
        document_number=NUMBER,
        name=PersonName(primary=PRIMARY, secondary=SECONDARY),
        nationality="UTO",
        birth_date=PartialDate(1974, 8, 12),
        sex=Sex.FEMALE,
        expiry_date=PartialDate(2032, 4, 15),
    )
    crossing = Crossing(direction=Direction.ENTRY, transport_detail=ADDRESS, address=ADDRESS)
    station.keep(session, replace(encounter, document=document, crossing=crossing), pictures)
    session.end()
    made = DrivenWindow(qtbot, tmp_path)
    made.sign_in("irina", SUPERVISOR_PASSWORD)
    made.until_mode(Mode.IDLE)
    yield made
    made.close()


def _cells(model: QAbstractItemModel, roles: tuple[Qt.ItemDataRole, ...]) -> Iterator[str]:
    for row in range(model.rowCount(QModelIndex())):
        for column in range(model.columnCount(QModelIndex())):
            for role in roles:
                value = model.data(model.index(row, column), role)
                if isinstance(value, str):
                    yield value


def rich(root: QWidget) -> list[str]:
    """Every place below ``root`` where Qt would read a tag in data as a tag."""
    found: list[str] = []
    for widget in root.findChildren(QWidget):
        kind = type(widget).__name__
        if isinstance(widget, QTextEdit):
            found.append(f"{kind} can hold rich text at all")
        if isinstance(widget, QLabel) and widget.textFormat() is not Qt.TextFormat.PlainText:
            found.append(f"{kind} in {type(widget.parentWidget()).__name__} is not plain: {widget.text()[:40]!r}")
        tips = [widget.toolTip(), widget.whatsThis(), widget.statusTip()]
        if isinstance(widget, QAbstractItemView):
            tips += _cells(widget.model(), (Qt.ItemDataRole.ToolTipRole, Qt.ItemDataRole.WhatsThisRole))
        for tip in tips:
            if any(tag in tip.lower() for tag in _TAGS):
                found.append(f"{kind} has a tip with a tag: {tip[:60]!r}")
    return found


def shown(root: QWidget) -> str:
    """Everything that stands in labels, fields and lists below ``root``."""
    words = [label.text() for label in root.findChildren(QLabel)]
    words += [line.text() for line in root.findChildren(QLineEdit)]
    for view in root.findChildren(QAbstractItemView):
        words += _cells(view.model(), (Qt.ItemDataRole.DisplayRole,))
    return "\n".join(words)


def _records(window: DrivenWindow) -> RecordsPage:
    window.desk.frame.go_to(Room.RECORDS)
    page = window.page_of(RecordsPage)
    window.until(lambda: PRIMARY in shown(page), "the planted person in the list")
    return page


def test_a_record_with_tags_in_every_field_is_shown_letter_by_letter(window: DrivenWindow) -> None:
    page = _records(window)
    assert rich(window.window) == []
    window.press(Qt.Key.Key_Down)
    window.press(Qt.Key.Key_Return)
    window.until(lambda: ADDRESS in shown(page), "the record itself")
    assert all(words in shown(page) for words in PLANTED)
    assert rich(window.window) == []
    window.control(Qt.Key.Key_R)
    window.until(lambda: any(line.text() == PRIMARY for line in page.findChildren(QLineEdit)), "the correction")
    assert rich(window.window) == []


def _stands_in(window: DrivenWindow, room: Room) -> bool:
    return window.desk.pages is not None and window.desk.pages._room is room


def test_no_page_of_the_window_can_draw_rich_text(window: DrivenWindow) -> None:
    seen = set()
    for entry in window.desk.frame.state.rooms:
        window.desk.frame.go_to(entry.room)
        window.until(partial(_stands_in, window, entry.room), entry.room.value)
        seen.add(type(window.window.page))
        assert rich(window.window) == []
    assert {InspectPage, RecordsPage} <= seen
    window.press(Qt.Key.Key_F1)
    assert rich(window.window) == []


def test_an_inspection_with_a_tag_in_what_is_typed_is_shown_letter_by_letter(window: DrivenWindow) -> None:
    window.control(Qt.Key.Key_T)
    window.until(lambda: window.mode not in (Mode.IDLE, Mode.WORKING), "a reading")
    page = window.inspect_page
    line = next(line for line in page.findChildren(QLineEdit) if line.accessibleName() == "Plate, flight or vessel")
    line.setFocus()
    QTest.keyClicks(line, ADDRESS)
    window.until(lambda: ADDRESS in shown(page), "what was typed")
    assert rich(window.window) == []


@pytest.mark.parametrize("make", [lambda: QLabel("<b>x</b>"), lambda: _tipped("<b>x</b>")])
def test_the_walk_finds_a_label_that_is_not_plain(qtbot: QtBot, make: Callable[[], QWidget]) -> None:
    root = QWidget()
    qtbot.addWidget(root)
    make().setParent(root)
    assert len(rich(root)) == 1


def _tipped(words: str) -> QWidget:
    made = QWidget()
    made.setToolTip(words)
    return made
