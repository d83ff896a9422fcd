# SPDX-License-Identifier: Apache-2.0
"""The fields that an act needs, one under the other: Enter goes through them, secrets are emptied after each try."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFrame, QGridLayout, QLabel, QLineEdit, QListWidget, QVBoxLayout, QWidget

from ui.desktop.style.tokens import NEAR
from ui.desktop.widgets.look import Look
from ui.desktop.widgets.parts import label
from ui.presenters.asking import Asked, Entry, Question
from ui.presenters.forms import MOST_CHARACTERS, MOST_OF_A_PASSWORD

_NARROWEST = 120


class QuestionForm(QFrame):
    """Renders a Question. ``answered`` carries a dict of names and what stands in the fields."""

    answered = Signal(dict)

    def __init__(self, look: Look) -> None:
        super().__init__()
        self._look = look
        self._question: Question | None = None
        self._asked = -1
        self.fields: dict[str, QLineEdit | QListWidget] = {}
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, look.px(NEAR), 0, 0)
        self._column.setSpacing(look.px(NEAR))
        self.title = label(look, voice="heading")
        self.says = label(look, wrap=True)
        self._column.addWidget(self.title)
        self._column.addWidget(self.says)
        self._grid: QWidget | None = None
        self.hide()

    def show_question(self, question: Question | None, asked: int, *, busy: bool) -> None:
        """Ask, or go away. With each new ``asked`` the secrets are emptied; other fields keep what was typed."""
        if question != self._question:
            self._question = question
            self._build(question)
        elif asked != self._asked:
            self._empty_secrets()
        fresh, self._asked = asked != self._asked, asked
        self.setVisible(question is not None)
        if self._grid is not None:
            self._grid.setEnabled(not busy)
        if fresh and not busy and question is not None and self.isVisible():
            self.take_focus()

    def take_focus(self) -> bool:
        """Put the keyboard into the first field that is empty. False when nothing is asked."""
        if self._question is None:
            return False
        names = [asked.name for asked in self._question.fields]
        empty = next((name for name in names if not self._value(name)), names[0])
        self.fields[empty].setFocus()
        return True

    def submit(self) -> None:
        """As Enter in the last field."""
        if self._question is not None:
            self.answered.emit({asked.name: self._value(asked.name) for asked in self._question.fields})

    def _build(self, question: Question | None) -> None:
        self._empty_secrets()
        self.fields = {}
        if self._grid is not None:
            self._column.removeWidget(self._grid)
            self._grid.hide()
            self._grid.deleteLater()
            self._grid = None
        if question is None:
            return
        self.title.setText(self._look.said(question.title))
        self.says.setText(self._look.said(question.says))
        self.says.setVisible(question.says is not None)
        self._grid = QWidget()
        grid = QGridLayout(self._grid)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setHorizontalSpacing(self._look.px(NEAR))
        grid.setVerticalSpacing(self._look.px(NEAR))
        grid.setColumnStretch(1, 1)
        for row, asked in enumerate(question.fields):
            made = self._choices(asked) if asked.entry is Entry.CHOICE else self._line(asked)
            caption: QLabel = label(self._look, asked.label)
            caption.setBuddy(made)
            made.setAccessibleName(self._look.said(asked.label))
            grid.addWidget(caption, row, 0, Qt.AlignmentFlag.AlignTop)
            grid.addWidget(made, row, 1)
            self.fields[asked.name] = made
        self._column.addWidget(self._grid)

    def _line(self, asked: Asked) -> QLineEdit:
        line = QLineEdit(asked.value)
        line.setProperty("data", True)
        line.setMaxLength(MOST_OF_A_PASSWORD if asked.entry is Entry.SECRET else MOST_CHARACTERS)
        if asked.entry is Entry.SECRET:
            line.setEchoMode(QLineEdit.EchoMode.Password)
        line.returnPressed.connect(lambda: self._entered(asked.name))
        return line

    def _choices(self, asked: Asked) -> QListWidget:
        made = QListWidget()
        made.setMinimumWidth(self._look.px(_NARROWEST))
        made.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        made.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        for _, words in asked.choices:
            made.addItem(self._look.said(words))
        values = [value for value, _ in asked.choices]
        made.setCurrentRow(values.index(asked.value) if asked.value in values else 0)
        made.setMaximumHeight(made.sizeHintForRow(0) * len(values) + self._look.px(NEAR))
        made.itemActivated.connect(lambda _item: self._entered(asked.name))
        return made

    def _value(self, name: str) -> str:
        made = self.fields[name]
        if isinstance(made, QLineEdit):
            return made.text()
        asked = next(one for one in self._question.fields if one.name == name) if self._question else None
        return asked.choices[made.currentRow()][0] if asked is not None and made.currentRow() >= 0 else ""

    def _entered(self, name: str) -> None:
        """On to the next field; the last one answers."""
        names = list(self.fields)
        place = names.index(name) + 1
        if place == len(names):
            self.submit()
        else:
            self.fields[names[place]].setFocus()

    def _empty_secrets(self) -> None:
        for made in self.fields.values():
            if isinstance(made, QLineEdit) and made.echoMode() is QLineEdit.EchoMode.Password:
                made.clear()
