# SPDX-License-Identifier: Apache-2.0
"""The traveller's language of a notice: all of them side by side in their own words, turned with ← →."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QPushButton, QVBoxLayout

from station.domain.words import say
from ui.desktop.style.tokens import FIELD_HEIGHT, HAIR, TIGHT
from ui.desktop.widgets.look import Look
from ui.desktop.widgets.words import Words


class LanguageRow(QFrame):
    """``turned`` says by how many places the choice moves."""

    turned = Signal(int)

    def __init__(self, look: Look) -> None:
        super().__init__()
        self._look = look
        self._names: tuple[str, ...] = ()
        self._chosen = 0
        self._buttons: list[QPushButton] = []
        self.setProperty("part", "languages")
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        column = QVBoxLayout(self)
        column.setContentsMargins(look.px(HAIR), look.px(HAIR), look.px(HAIR), look.px(HAIR))
        column.setSpacing(look.px(HAIR))
        self._label = Words(look, "small", say("← →  Language of the notice"))
        column.addWidget(self._label)
        self._row = QHBoxLayout()
        self._row.setSpacing(look.px(TIGHT))
        column.addLayout(self._row)
        self.setAccessibleName(look.said(say("Language of the notice")))

    def show_languages(self, names: Sequence[str], chosen: int) -> None:
        """Show these languages, or go away when there are none."""
        self.setVisible(bool(names))
        if tuple(names) != self._names:
            self._names = tuple(names)
            for gone in self._buttons:
                gone.deleteLater()
            self._buttons = [self._button(place, name) for place, name in enumerate(names)]
        self._chosen = chosen
        for place, button in enumerate(self._buttons):
            button.setChecked(place == chosen)
        self.setAccessibleDescription(names[chosen] if names else "")

    @property
    def chosen(self) -> str:
        """The chosen language in its own words; empty while none is asked for."""
        return self._names[self._chosen] if self._names else ""

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """← → turn; on a mirrored page the other way round."""
        if event.key() in (Qt.Key.Key_Left, Qt.Key.Key_Right):
            forward = (event.key() == Qt.Key.Key_Right) is not self._look.translator.right_to_left
            self.turned.emit(1 if forward else -1)
        else:
            event.ignore()

    def _button(self, place: int, name: str) -> QPushButton:
        button = QPushButton(name)
        button.setProperty("part", "small")
        button.setProperty("data", True)
        button.setFixedHeight(self._look.px(FIELD_HEIGHT))
        button.setCheckable(True)
        button.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        button.clicked.connect(lambda: self._clicked(place))
        self._row.addWidget(button, 1)
        return button

    def _clicked(self, place: int) -> None:
        self._buttons[place].setChecked(place == self._chosen)  # the presenter decides what is chosen
        self.turned.emit(place - self._chosen)
