# SPDX-License-Identifier: Apache-2.0
"""The device bar: how each device is, words first, the next step in the line."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtWidgets import QHBoxLayout, QWidget

from ui.desktop.style.marks import MarkSign
from ui.desktop.style.tokens import APART, NEAR, TIGHT
from ui.desktop.widgets.look import Look
from ui.desktop.widgets.parts import Elided
from ui.presenters.frame import DeviceLine


class DeviceBar(QWidget):
    """One line; a long word is shortened with dots and stands whole in its tool tip."""

    def __init__(self, look: Look) -> None:
        super().__init__()
        self._look = look
        self.setProperty("part", "devices")
        self._row = QHBoxLayout(self)
        self._row.setContentsMargins(look.px(APART), look.px(TIGHT), look.px(APART), look.px(TIGHT))
        self._row.setSpacing(look.px(NEAR))
        self._slots: list[tuple[MarkSign, Elided]] = []

    def render_state(self, lines: Sequence[DeviceLine]) -> None:
        """Show the lines in their order."""
        while len(self._slots) < len(lines):
            slot = (MarkSign(self._look.tokens, self._look.translator), Elided())
            if self._slots:
                self._row.addSpacing(self._look.px(APART))
            self._row.addWidget(slot[0])
            self._row.addWidget(slot[1], 1)
            self._slots.append(slot)
        for (mark, words), line in zip(self._slots, lines, strict=False):
            mark.show_result(line.mark)
            words.put(self._look.said(line.says))

    @property
    def says(self) -> tuple[str, ...]:
        """What stands there, for those who cannot see it."""
        return tuple(words.text() for _mark, words in self._slots)
