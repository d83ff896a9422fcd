# SPDX-License-Identifier: Apache-2.0
"""Beside the picture of a page: the light it is shown under, the key for the next one, and what is to be said of it."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from station.domain.words import Text
from ui.desktop.style.tokens import NEAR, TIGHT
from ui.desktop.widgets.look import Look
from ui.desktop.widgets.parts import key_button
from ui.desktop.widgets.words import Words
from ui.presenters.keymap import Act


class LightBar(QWidget):
    """Takes no place while there is one light and nothing to say. ``turn`` asks for the next light."""

    def __init__(self, look: Look, turn: Callable[[], None]) -> None:
        super().__init__()
        self.light = Words(look, "strong")
        self.remark = Words(look, wraps=True)
        self.button = key_button(look, Act.LIGHT, part="small")
        self.button.setFocusPolicy(Qt.FocusPolicy.NoFocus)  # its key works everywhere on the page
        self.button.clicked.connect(turn)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(look.px(TIGHT))
        row = QHBoxLayout()
        row.setSpacing(look.px(NEAR))
        row.addWidget(self.light)
        row.addStretch(1)
        row.addWidget(self.button)
        column.addLayout(row)
        column.addWidget(self.remark)
        self.hide()

    def show_light(self, light: Text | None, remark: Text | None) -> None:
        """Say under which light the page is shown, where there are several, and the remark of the scanner."""
        self.light.tell(light)
        self.button.setVisible(light is not None)
        self.remark.tell(remark)
        self.setVisible(light is not None or remark is not None)
