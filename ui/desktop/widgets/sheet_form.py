# SPDX-License-Identifier: Apache-2.0
"""One field in which the words of two recovery sheets are typed, one after the other, by keys alone."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QFrame, QLabel, QLineEdit, QProgressBar, QVBoxLayout

from station.domain.words import Text, say
from station.ports.backup import SHARE_WORDS, SHARES_NEEDED
from ui.desktop.style.tokens import NEAR
from ui.desktop.widgets.look import Look
from ui.desktop.widgets.parts import label
from ui.presenters.sheet_typing import TypingView

_MOST_LETTERS = 2000  # a whole sheet may be pasted


class SheetForm(QFrame):
    """Renders TypingView; says what was typed, taken, and when the word before is wanted again."""

    changed = Signal(str)
    taken = Signal(str)
    back = Signal()

    def __init__(self, look: Look) -> None:
        super().__init__()
        self._look = look
        self._at = (1, 1)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, look.px(NEAR), 0, 0)
        column.setSpacing(look.px(NEAR))
        self.place: QLabel = label(look, voice="heading")
        self.word = QLineEdit()
        self.word.setProperty("data", True)
        self.word.setMaxLength(_MOST_LETTERS)
        self.word.setLayoutDirection(Qt.LayoutDirection.LeftToRight)  # the words are Latin in every language
        self.word.installEventFilter(self)
        self.matches: QLabel = label(look, voice="quiet", wrap=True)
        self.progress = QProgressBar()
        self.progress.setTextVisible(False)
        self.progress.setMaximum(SHARES_NEEDED * SHARE_WORDS)
        for widget in (self.place, self.word, self.matches, self.progress):
            column.addWidget(widget)
        self.word.textEdited.connect(self.changed)
        self.word.returnPressed.connect(lambda: self.taken.emit(self.word.text()))

    def render_typing(self, view: TypingView) -> None:
        """Which word is wanted now, and what it may be."""
        look = self._look
        said = look.said(_wanted(view))
        self.place.setText(said)
        self.word.setAccessibleName(said)
        self.word.setEnabled(not view.complete)
        if (view.sheet, view.place) != self._at:  # the word was taken: it is not left on the screen
            self._at = (view.sheet, view.place)
            self.word.clear()
        note = look.said(view.wrong) if view.wrong is not None else "\u2066" + "   ".join(view.matches) + "\u2069"
        self.matches.setText(note if view.wrong is not None or view.matches else look.said(_HINT))
        self.progress.setValue(view.done)

    def take_focus(self) -> None:
        """The field."""
        self.word.setFocus()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """A space takes the word as Enter does; Backspace in the empty field asks for the word before."""
        if watched is self.word and isinstance(event, QKeyEvent) and event.type() is QEvent.Type.KeyPress:
            if event.key() == Qt.Key.Key_Space and self.word.text().strip():
                self.taken.emit(self.word.text())
                return True
            if event.key() == Qt.Key.Key_Backspace and not self.word.text():
                self.back.emit()
                return True
        return super().eventFilter(watched, event)


_HINT = say("Four letters are enough. Enter or space takes the word; Backspace goes back to the one before.")


def _wanted(view: TypingView) -> Text:
    """The sheets by the order of typing: never by a number, which could be taken for the one on the paper."""
    if view.complete:
        return say("Both sheets are typed.")
    first, place = view.sheet == 1, view.place
    if view.correcting and first:
        return say("First sheet: type word {place} again", place=place)
    if view.correcting:
        return say("Second sheet: type word {place} again", place=place)
    if first:
        return say("First sheet: word {place} of {of}", place=place, of=SHARE_WORDS)
    return say("Second sheet: word {place} of {of}", place=place, of=SHARE_WORDS)
