# SPDX-License-Identifier: Apache-2.0
"""What two people look at before both agree: labels and values, and sentences across both columns."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QGridLayout, QScrollArea, QWidget

from station.domain.words import Text, say
from ui.desktop.style.tokens import APART, HAIR
from ui.desktop.widgets.look import Look
from ui.desktop.widgets.words import Data, Words
from ui.presenters.approvals import FactLine


class FactGrid(QScrollArea):
    """Draws fact lines. Sentences come first here: they say what is wrong. Scrolls where there is no room."""

    def __init__(self, look: Look) -> None:
        super().__init__()
        self._look = look
        self._shown: tuple[FactLine, ...] = ()
        self.setWidgetResizable(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setAccessibleName(look.said(say("What is to be approved")))
        self.hide()

    def show_facts(self, facts: tuple[FactLine, ...]) -> None:
        """Show others; none leaves nothing of the last ones behind."""
        self.setVisible(bool(facts))
        if facts == self._shown:
            return
        self._shown = facts
        inside = QWidget()
        grid = QGridLayout(inside)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setHorizontalSpacing(self._look.px(APART))
        grid.setVerticalSpacing(self._look.px(HAIR))
        grid.setColumnStretch(1, 1)
        ordered = [*(one for one in facts if one.label is None), *(one for one in facts if one.label is not None)]
        for row, fact in enumerate(ordered):
            value = Data(self._look, "strong" if fact.label is None else "", wraps=True)
            value.put(self._look.said(fact.value) if isinstance(fact.value, Text) else fact.value)
            if fact.label is None:
                grid.addWidget(value, row, 0, 1, 2)
            else:
                grid.addWidget(Words(self._look, "quiet", fact.label), row, 0, Qt.AlignmentFlag.AlignTop)
                grid.addWidget(value, row, 1)
        grid.setRowStretch(len(ordered), 1)
        self.setWidget(inside)  # the widget before goes with it
