# SPDX-License-Identifier: Apache-2.0
"""Sheet after sheet to the printer, and one word of two of them typed back: one big sentence at a time."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QFrame, QLineEdit, QPushButton, QVBoxLayout

from station.access.recovery import HOLDER_TITLES
from station.domain.words import Text, say
from station.ports.backup import SHARES
from ui.desktop.style.tokens import APART, NEAR
from ui.desktop.widgets.look import Look
from ui.desktop.widgets.parts import TroubleNote, label
from ui.presenters.sheet_handout import HandoutStage, HandoutView

_MOST_LETTERS = 40


class HandoutForm(QFrame):
    """Renders HandoutView. ``answered`` carries the word that was typed."""

    print_next = Signal()
    answered = Signal(str)

    def __init__(self, look: Look) -> None:
        super().__init__()
        self._look = look
        self._tries = -1
        column = QVBoxLayout(self)
        column.setContentsMargins(0, look.px(NEAR), 0, 0)
        column.setSpacing(look.px(APART))
        self.title = label(look, voice="title", wrap=True)
        self.says = label(look, wrap=True)
        self.word = QLineEdit()
        self.word.setProperty("data", True)
        self.word.setMaxLength(_MOST_LETTERS)
        self.word.setLayoutDirection(Qt.LayoutDirection.LeftToRight)  # the words are Latin in every language
        self.wrong = label(look, voice="strong", wrap=True)
        self.trouble = TroubleNote(look)
        self.went = label(look, voice="quiet", wrap=True)
        self.go = QPushButton()
        self.go.setProperty("part", "next")
        for widget in (self.title, self.says, self.word, self.wrong, self.trouble, self.went, self.go):
            column.addWidget(widget)
        self.word.returnPressed.connect(lambda: self.answered.emit(self.word.text()))
        self.go.clicked.connect(self.submit)

    def render_handout(self, view: HandoutView | None) -> None:
        """Show which sheet is next, or which word is asked for."""
        self.setVisible(view is not None)
        if view is None:
            self.word.clear()
            return
        look = self._look
        self.title.setText(look.said(_title(view)))
        self.says.setText(look.said(_says(view)))
        asking = view.stage is HandoutStage.ASK
        if view.tries != self._tries:
            self._tries = view.tries
            self.word.clear()
        self.word.setVisible(asking)
        self.word.setAccessibleName(self.title.text())
        self.wrong.setVisible(view.wrong is not None)
        self.wrong.setText("▲ " + look.said(view.wrong) if view.wrong is not None else "")
        self.trouble.tell(view.trouble)
        self.went.setText("\n".join(look.said(text) for text in view.went))
        self.went.setVisible(bool(view.went))
        self.go.setText(look.said(say("Go on  Enter") if asking else say("Print this sheet  Enter")))
        self.go.setVisible(view.stage in (HandoutStage.ASK, HandoutStage.PRINT))
        self.take_focus()

    def submit(self) -> None:
        """As Enter."""
        if self.word.isVisible():
            self.answered.emit(self.word.text())
        else:
            self.print_next.emit()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Enter in the field has answered already: the page would answer the next question with it."""
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and self.word.hasFocus():
            event.accept()
        else:
            super().keyPressEvent(event)

    def take_focus(self) -> bool:
        """The field, or the key that prints. False while nothing is asked."""
        if not self.isVisible():
            return False
        (self.word if self.word.isVisible() else self.go).setFocus()
        return True


def _title(view: HandoutView) -> Text:
    if view.stage is HandoutStage.ASK and view.asked is not None:
        return say("Type word {place} of sheet {sheet}", place=view.asked.place, sheet=view.asked.sheet)
    if view.stage is HandoutStage.DONE:
        return say("The sheets are handed out.")
    holder = HOLDER_TITLES[view.holder]
    if view.stage is HandoutStage.PRINTING:
        return say("Printing sheet {sheet} of {of}: {holder}", sheet=view.sheet, of=SHARES, holder=holder)
    return say("Sheet {sheet} of {of}: {holder}", sheet=view.sheet, of=SHARES, holder=holder)


def _says(view: HandoutView) -> Text:
    if view.stage is HandoutStage.ASK:
        return say(
            "This shows that the sheets came out and can be read. One word each is enough: nobody should hear more."
        )
    if view.stage is HandoutStage.DONE:
        return say("Set {mark}.", mark=view.set_mark)
    return say(
        "Set {mark}. Any two of the three sheets bring this station back. Let only its holder see each one: fold it "
        "and hand it over before the next one is printed.",
        mark=view.set_mark,
    )
