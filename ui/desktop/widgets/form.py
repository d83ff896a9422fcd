# SPDX-License-Identifier: Apache-2.0
"""Fields with their labels above and suggestions below, filled by keyboard alone."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QEvent, QPoint, Qt, Signal
from PySide6.QtGui import QFocusEvent, QKeyEvent
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QLineEdit, QListWidget, QScrollArea, QVBoxLayout, QWidget

from station.domain.words import say
from ui.desktop.style.tokens import FIELD_HEIGHT, HAIR, NEAR, SMALL, TIGHT
from ui.desktop.widgets.look import Look
from ui.desktop.widgets.parts import Elided
from ui.desktop.widgets.words import Words, give, plain_tip
from ui.presenters.code_search import Entry
from ui.presenters.forms import MOST_CHARACTERS, FieldView

_NEEDED = say("needed")
_LINE = 1.5  # height of a label, in sizes of its letters


class Choices(QListWidget):
    """Suggestions under a field. The keyboard stays in the field; a click takes a line."""

    taken = Signal(int)

    def __init__(self, look: Look, parent: QWidget) -> None:
        super().__init__(parent)
        self._look = look
        self._around = parent
        self._entries: tuple[Entry, ...] = ()
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setAccessibleName(look.said(say("Suggestions")))
        self.setProperty("part", "choices")
        self.setProperty("data", True)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.itemClicked.connect(lambda item: self.taken.emit(self.row(item)))
        self.hide()

    def offer(self, field: QLineEdit, entries: tuple[Entry, ...], chosen: int) -> None:
        """Show suggestions under ``field``; above it where there is no room below."""
        if entries != self._entries:
            self._entries = entries
            self.clear()
            self.addItems([f"{entry.code}   {entry.name}" for entry in entries])
        if not entries:
            self.hide()
            return
        self.setCurrentRow(chosen)
        around = self._around
        high = self.sizeHintForRow(0) * len(entries) + self._look.px(TIGHT)
        wide = max(field.width(), self.sizeHintForColumn(0) + self._look.px(NEAR) * 3)
        corner = field.mapTo(around, QPoint(0, field.height()))
        top = corner.y() if corner.y() + high <= around.height() else corner.y() - field.height() - high
        left = corner.x() + field.width() - wide if self.isRightToLeft() else corner.x()
        left = min(max(left, 0), around.width() - wide)
        self.setGeometry(left, top, wide, high)
        self.show()
        self.raise_()


class FieldBox(QWidget):
    """One field: label, line, and what the typed code means or what is wrong with it."""

    typed = Signal(str, str)
    left = Signal(str)
    entered = Signal(str)
    chose = Signal(str, int)

    def __init__(self, look: Look, field: FieldView) -> None:
        super().__init__()
        self._look = look
        self.name = field.name
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(look.px(HAIR))
        top = QHBoxLayout()
        top.setSpacing(look.px(TIGHT))
        self._label = Elided(look.said(field.label))
        self._label.setProperty("voice", "small")
        self._label.setToolTip(plain_tip(look.said(field.label)))
        self._label.setFixedHeight(round(look.px(SMALL) * _LINE))  # tall scripts must not push the form off the page
        self._needed = Words(look, "needed", _NEEDED)
        self._needed.setFixedHeight(round(look.px(SMALL) * _LINE))
        self._meaning = Elided()
        self._meaning.setProperty("voice", "small")
        self._meaning.setProperty("data", True)
        top.addWidget(self._label, 1)
        top.addWidget(self._needed)
        column.addLayout(top)
        self.line = QLineEdit()
        self.line.setProperty("data", True)
        self.line.setMaxLength(MOST_CHARACTERS + 1)
        self.line.setFixedHeight(look.px(FIELD_HEIGHT))
        self.line.setMinimumWidth(look.px(60))
        if look.translator.right_to_left:  # codes are Latin, and stand where the line begins
            self.line.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignAbsolute)
        self.line.setAccessibleName(look.said(field.label))
        self._label.setBuddy(self.line)
        row = QHBoxLayout()
        row.setSpacing(look.px(TIGHT))
        row.addWidget(self.line, 1)
        column.addLayout(row)
        self._inside = inside = QHBoxLayout(self.line)
        inside.addStretch(1)
        inside.addWidget(self._meaning)
        self._meaning.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.line.textEdited.connect(lambda text: self.typed.emit(self.name, text))
        self.line.installEventFilter(self)

    def show_field(self, field: FieldView) -> None:
        """Show another state. What is being typed is never overwritten by itself."""
        if self.line.text() != field.typed:
            self.line.setText(field.typed)
        self._meaning.put(field.meaning)
        self._keep_off_the_code(field.typed)
        self._needed.setVisible(field.missing)
        give(self.line, "missing", field.missing or field.problem is not None)
        problem = self._look.said(field.problem) if field.problem else ""
        self.line.setToolTip(plain_tip(problem))
        needed = self._look.said(_NEEDED) if field.missing else ""
        self.line.setAccessibleDescription(problem or field.meaning or needed)

    def _keep_off_the_code(self, typed: str) -> None:
        """What a code means stands behind it, and is shortened where there is no room."""
        near = self._look.px(NEAR)
        code = self.line.fontMetrics().horizontalAdvance(typed) + 3 * near
        left, right = (near, code) if self._look.translator.right_to_left else (code, near)
        self._inside.setContentsMargins(left, 0, right, 0)

    def _come_into_sight(self) -> None:
        """Where the form scrolls, it scrolls to the field that has the keyboard."""
        around = self.parentWidget()
        while around is not None and not isinstance(around, QScrollArea):
            around = around.parentWidget()
        if isinstance(around, QScrollArea):
            around.ensureWidgetVisible(self, 0, 0)

    def eventFilter(self, watched: object, event: QEvent) -> bool:
        """Enter, ↑, ↓ and leaving are the form's; everything else stays the line's."""
        if isinstance(event, QKeyEvent) and event.type() is QEvent.Type.KeyPress:
            if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
                self.entered.emit(self.name)
                return True
            if event.key() in (Qt.Key.Key_Up, Qt.Key.Key_Down):
                self.chose.emit(self.name, 1 if event.key() == Qt.Key.Key_Down else -1)
                return True
        if isinstance(event, QFocusEvent) and event.type() is QEvent.Type.FocusIn:
            self._come_into_sight()
        if isinstance(event, QFocusEvent) and event.type() is QEvent.Type.FocusOut:
            self.left.emit(self.name)
        return False


class FormGrid(QWidget):
    """A form in columns. Signals carry the field's name."""

    typed = Signal(str, str)
    left = Signal(str)
    entered = Signal(str)
    chose = Signal(str, int)

    def __init__(self, look: Look, fields: Sequence[FieldView], *, columns: int, spans: dict[str, int]) -> None:
        super().__init__()
        self.boxes: dict[str, FieldBox] = {}
        grid = QGridLayout(self)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setHorizontalSpacing(look.px(NEAR))
        grid.setVerticalSpacing(look.px(HAIR))
        row = column = 0
        for field in fields:
            box = FieldBox(look, field)
            self.boxes[field.name] = box
            span = min(spans.get(field.name, 1), columns)
            if column + span > columns:
                row, column = row + 1, 0
            grid.addWidget(box, row, column, 1, span)
            column += span
            for signal, mine in (
                (box.typed, self.typed),
                (box.left, self.left),
                (box.entered, self.entered),
                (box.chose, self.chose),
            ):
                signal.connect(mine)
        for place in range(columns):
            grid.setColumnStretch(place, 1)

    def show_fields(self, fields: Sequence[FieldView], choices: Choices) -> None:
        """Show all fields, and the suggestions of the one that has the keyboard."""
        offered = False
        for field in fields:
            box = self.boxes[field.name]
            box.show_field(field)
            if field.choices and box.line.hasFocus():
                choices.offer(box.line, field.choices, field.chosen)
                offered = True
        if not offered and any(box.line.hasFocus() for box in self.boxes.values()):
            choices.hide()

    def focus(self, name: str) -> None:
        """Put the keyboard into a field."""
        box = self.boxes.get(name)
        if box is not None:
            box.line.setFocus(Qt.FocusReason.OtherFocusReason)
            box.line.selectAll()
