# SPDX-License-Identifier: Apache-2.0
"""What two people look at before both agree: labels and values, and sentences across both columns."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QGridLayout, QScrollArea, QVBoxLayout, QWidget

from station.domain.words import Text, say
from ui.desktop.style.tokens import APART, HAIR
from ui.desktop.widgets.look import Look
from ui.desktop.widgets.words import Data, Words
from ui.presenters.approvals import FactLine

_SHORT = 34  # characters: two of them stand side by side


class FactGrid(QWidget):
    """Draws fact lines. Sentences come first here: they say what is wrong. Scrolls where there is no room."""

    def __init__(self, look: Look) -> None:
        super().__init__()
        self._look = look
        self._shown: tuple[FactLine, ...] = ()
        self._area = QScrollArea()
        self._area.setWidgetResizable(True)
        self._area.setFrameShape(QFrame.Shape.NoFrame)
        self._area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._area.setAccessibleName(look.said(say("What is to be approved")))
        self._rest = Words(look, "small", say("PgDn and PgUp show the rest."))
        kept = self._rest.sizePolicy()
        kept.setRetainSizeWhenHidden(True)  # or showing it would take the room that it speaks of
        self._rest.setSizePolicy(kept)
        self._rest.hide()
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self._area, 1)
        column.addWidget(self._rest)
        self._area.verticalScrollBar().rangeChanged.connect(lambda _least, most: self._rest.setVisible(most > 0))
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
        for column in (1, 3):
            grid.setColumnStretch(column, 1)
        row, beside = 0, False  # whether the right half of the row is free for another short one
        ordered = [*(one for one in facts if one.label is None), *(one for one in facts if one.label is not None)]
        for fact in ordered:
            said = self._look.said(fact.value) if isinstance(fact.value, Text) else fact.value
            value = Data(self._look, "strong" if fact.label is None else "", wraps=True)
            value.put(said)
            short = fact.label is not None and len(said) <= _SHORT
            row, column, beside = (row, 2, False) if beside and short else (row + 1, 0, short)
            if fact.label is None:
                grid.addWidget(value, row, 0, 1, 4)
            else:
                grid.addWidget(Words(self._look, "quiet", fact.label), row, column, Qt.AlignmentFlag.AlignTop)
                grid.addWidget(value, row, column + 1, 1, 1 if short else 3)
        grid.setRowStretch(row + 1, 1)
        self._area.setWidget(inside)  # the widget before goes with it

    def turn(self, by: int) -> None:
        """Scroll a page on or back, where there is not room for everything."""
        bar = self._area.verticalScrollBar()
        bar.setValue(bar.value() + by * bar.pageStep())
