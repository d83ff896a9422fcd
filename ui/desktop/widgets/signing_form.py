# SPDX-License-Identifier: Apache-2.0
"""Where people type name and password to sign: only the fields that the act needs, empty again after each try."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QFrame, QGridLayout, QLineEdit, QVBoxLayout

from station.domain.words import Text, say
from ui.desktop.style.tokens import NEAR
from ui.desktop.widgets.look import Look
from ui.desktop.widgets.parts import label
from ui.desktop.widgets.words import Words
from ui.presenters.forms import MOST_OF_A_PASSWORD
from ui.presenters.shift_view import ShiftForm, ShiftState


class SigningForm(QFrame):
    """Name and password of somebody else, and the own password; where a token is needed, its PIN as well.

    ``signed`` carries name, password, own password, PIN and own PIN; ``named`` a name that was typed.
    """

    signed = Signal(str, str, str, str, str)
    named = Signal(str)

    def __init__(self, look: Look) -> None:
        super().__init__()
        self._look = look
        self._asked = -1
        self._form: ShiftForm | None = None
        self._pins = (False, False)
        self.title = Words(look, "title", wraps=True)
        self.says = Words(look, wraps=True)
        self.person = Words(look, "strong", wraps=True)
        self.name, self.password, self.pin = QLineEdit(), QLineEdit(), QLineEdit()
        self.own, self.own_pin = QLineEdit(), QLineEdit()
        captions = (
            (say("Name"), self.name),
            (say("Password"), self.password),
            (say("PIN of the token"), self.pin),
            (say("Your own password"), self.own),
            (say("PIN of your token"), self.own_pin),
        )
        column = QVBoxLayout(self)
        column.setContentsMargins(0, look.px(NEAR), 0, 0)
        column.setSpacing(look.px(NEAR))
        for widget in (self.title, self.says, self.person):
            column.addWidget(widget)
        grid = QGridLayout()
        grid.setHorizontalSpacing(look.px(NEAR))
        grid.setVerticalSpacing(look.px(NEAR))
        self._captions = [self._row(grid, row, text, line) for row, (text, line) in enumerate(captions)]
        grid.setColumnStretch(1, 1)
        column.addLayout(grid)
        self.name.editingFinished.connect(lambda: self.named.emit(self.name.text()))
        self.hide()

    def _row(self, grid: QGridLayout, row: int, text: Text, line: QLineEdit) -> QFrame:
        caption = label(self._look, text)
        caption.setBuddy(line)
        line.setAccessibleName(self._look.said(text))
        line.setMaxLength(MOST_OF_A_PASSWORD)
        line.setProperty("data", True)
        if line is not self.name:
            line.setEchoMode(QLineEdit.EchoMode.Password)
        line.returnPressed.connect(self._entered)
        grid.addWidget(caption, row, 0)
        grid.addWidget(line, row, 1)
        return caption

    def show_form(self, state: ShiftState) -> None:
        """Show what one act needs, or nothing. Passwords go with each new ``asked``; a name stays for another try."""
        form, asked, busy = state.form, state.asked, state.working is not None
        self._pins = (state.pin, state.own_pin)
        fresh = asked != self._asked or form is None
        another = form is not self._form
        self._asked, self._form = asked, form
        self.setVisible(form is not None)
        if fresh:
            for line in (self.password, self.pin, self.own, self.own_pin):
                line.clear()
        if another:
            self.name.clear()
        if form is None:
            return
        self.title.tell(form.title)
        self.says.tell(form.says)
        self.person.tell(form.person)
        wanted = self._lines()
        lines = (self.name, self.password, self.pin, self.own, self.own_pin)
        for caption, line in zip(self._captions, lines, strict=True):
            caption.setVisible(line in wanted)
            line.setVisible(line in wanted)
            line.setEnabled(not busy)
        if (fresh or another) and not busy and self.isVisible():
            self.take_focus()

    def take_focus(self) -> bool:
        """Put the keyboard into the first empty field. False when there is no form."""
        if self._form is None:
            return False
        lines = self._lines()
        next((line for line in lines if not line.text()), lines[0]).setFocus()
        return True

    def submit(self) -> None:
        """As Enter in the last field."""
        pin, own_pin = (line.text() if line in self._lines() else "" for line in (self.pin, self.own_pin))
        self.signed.emit(self.name.text(), self.password.text(), self.own.text(), pin, own_pin)

    def _entered(self) -> None:
        empty = next((line for line in self._lines() if not line.text()), None)
        if empty is None:
            self.submit()
        else:
            empty.setFocus()

    def _lines(self) -> list[QLineEdit]:
        if self._form is None:
            return []
        pin, own_pin = self._pins
        person = [self.name, self.password, *([self.pin] if pin else [])] if self._form.person is not None else []
        return [*person, *([self.own, *([self.own_pin] if own_pin else [])] if self._form.own else [])]
