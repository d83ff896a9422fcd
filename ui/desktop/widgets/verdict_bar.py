# SPDX-License-Identifier: Apache-2.0
"""The verdict: one mark, one sentence, one next step, always at the same place."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QHBoxLayout, QVBoxLayout

from ui.desktop.style.marks import MARKS, MarkSign
from ui.desktop.style.tokens import APART, HAIR, NEAR, TITLE, WIDE
from ui.desktop.widgets.look import Look
from ui.desktop.widgets.words import Words, give
from ui.presenters.inspect_view import Banner


class VerdictBar(QFrame):
    """Draws a Banner."""

    def __init__(self, look: Look) -> None:
        super().__init__()
        self._look = look
        self.setProperty("part", "verdict")
        self.setProperty("result", "NONE")
        row = QHBoxLayout(self)
        row.setContentsMargins(look.px(APART), look.px(NEAR), look.px(APART), look.px(NEAR))
        row.setSpacing(look.px(APART))
        self._mark = MarkSign(look.tokens, look.translator, size=TITLE)
        self._says = Words(look, "verdict", wraps=True)
        self._next = Words(look, wraps=True)
        self._word = Words(look, "strong")
        words = QVBoxLayout()
        words.setSpacing(look.px(HAIR))
        words.addWidget(self._says)
        words.addWidget(self._next)
        row.addWidget(self._mark)
        row.addLayout(words, 1)
        row.addSpacing(look.px(WIDE))
        row.addWidget(self._word, 0, Qt.AlignmentFlag.AlignVCenter)

    def show_banner(self, banner: Banner) -> None:
        """Say something else."""
        self._mark.show_result(banner.result)
        self._mark.setVisible(banner.result is not None)
        self._says.tell(banner.says)
        self._next.tell(banner.next_step)
        self._word.tell(MARKS[banner.result].word if banner.result else None)
        give(self, "result", banner.result.name if banner.result else "NONE")
        self.setAccessibleName(self._says.text())
        self.setAccessibleDescription(self._next.text())
