# SPDX-License-Identifier: Apache-2.0
"""A question asked in place: lines chosen by their keys, a reason in words, Enter. Esc goes back."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QLineEdit, QListWidget, QPushButton, QVBoxLayout, QWidget

from station.domain.words import say
from ui.desktop.style.tokens import FIELD_HEIGHT, NEAR
from ui.desktop.widgets.look import Look
from ui.desktop.widgets.words import Words
from ui.presenters.inspect_view import PromptView


class _Lines(QListWidget):
    """The lines of the question; letters and figures choose, nothing is edited here."""

    pressed_key = Signal(str)
    moved = Signal(int)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Keys go out as signals; Enter, Tab and Esc are the page's."""
        if event.key() in (Qt.Key.Key_Up, Qt.Key.Key_Down):
            self.moved.emit(1 if event.key() == Qt.Key.Key_Down else -1)
        elif len(event.text()) == 1 and event.text().isalnum():
            self.pressed_key.emit(event.text())
        else:
            event.ignore()


class PromptPanel(QWidget):
    """Draws a PromptView."""

    pressed_key = Signal(str)
    moved = Signal(int)
    reasoned = Signal(str)
    confirmed = Signal()
    left = Signal()

    def __init__(self, look: Look) -> None:
        super().__init__()
        self._look = look
        self._view: PromptView | None = None
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(look.px(NEAR))
        self._title = Words(look, "large", wraps=True)
        self._lines = _Lines()
        self._lines.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._lines.setWordWrap(True)
        self._label = Words(look, "small")
        self._reason = QLineEdit()
        self._reason.setProperty("data", True)
        self._reason.setFixedHeight(look.px(FIELD_HEIGHT))
        self._label.setBuddy(self._reason)
        self._problem = Words(look, "strong", wraps=True)
        self._confirm = QPushButton()
        self._confirm.setProperty("part", "next")
        self._back = QPushButton(look.said(say("Esc  Back")))
        for widget in (self._title, self._lines, self._label, self._reason, self._problem):
            column.addWidget(widget, 1 if widget is self._lines else 0)
        column.addWidget(self._confirm)
        column.addWidget(self._back)
        column.addStretch(0)
        self._lines.pressed_key.connect(self.pressed_key)
        self._lines.moved.connect(self.moved)
        self._lines.itemClicked.connect(lambda item: self.pressed_key.emit(str(self._lines.row(item) + 1)))
        self._reason.textEdited.connect(self.reasoned)
        self._confirm.clicked.connect(self.confirmed)
        self._back.clicked.connect(self.left)

    def show_prompt(self, view: PromptView | None) -> None:
        """Show another state of the question."""
        if view is None or view == self._view:
            self._view = view
            return
        self._view = view
        self._title.tell(view.title)
        self._lines.setAccessibleName(self._title.text())
        self._lines.setVisible(bool(view.options))
        told = [self._look.said(say("{key}  {word}", key=o.key, word=o.label)) for o in view.options]
        if told != [self._lines.item(place).text() for place in range(self._lines.count())]:
            self._lines.clear()
            self._lines.addItems(told)
        self._lines.setCurrentRow(-1 if view.chosen is None else view.chosen)
        self._label.tell(view.reason_label)
        self._reason.setVisible(view.reason_label is not None)
        self._reason.setAccessibleName(self._label.text())
        if self._reason.text() != view.reason:
            self._reason.setText(view.reason)
        self._problem.tell(view.problem)
        word = self._look.said(view.confirm)
        self._confirm.setText(self._look.said(say("{key}  {word}", key="Enter", word=view.confirm)))
        self._confirm.setAccessibleName(word)

    def focus_first(self) -> None:
        """Put the keyboard where the answer begins."""
        if self._view is None:
            return
        if self._view.options:
            self._lines.setFocus(Qt.FocusReason.OtherFocusReason)
        elif self._view.reason_label is not None:
            self._reason.setFocus(Qt.FocusReason.OtherFocusReason)
        else:
            self._confirm.setFocus(Qt.FocusReason.OtherFocusReason)
