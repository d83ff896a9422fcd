# SPDX-License-Identifier: Apache-2.0
"""What an officer copies onto a paper form: numbered as on the form, large enough to read while writing."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QGridLayout, QWidget

from station.domain.words import Text, say
from ui.desktop.style.tokens import APART, HAIR
from ui.desktop.widgets.look import Look
from ui.desktop.widgets.words import Data, Words


class CopyBoxes(QWidget):
    """Labels and values, one row each. Values are data: plain text in their own direction."""

    def __init__(self, look: Look) -> None:
        super().__init__()
        self._look = look
        self._shown: tuple[tuple[Text, str], ...] = ()
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setHorizontalSpacing(look.px(APART))
        self._grid.setVerticalSpacing(look.px(HAIR))
        self._grid.setColumnStretch(1, 1)

    def show_boxes(self, boxes: tuple[tuple[Text, str], ...]) -> None:
        """Show another form; none leaves nothing of the last one behind."""
        self.setVisible(bool(boxes))
        if boxes == self._shown:
            return
        self._shown = boxes
        while (item := self._grid.takeAt(0)) is not None:
            widget = item.widget()
            if widget is not None:
                widget.hide()
                widget.deleteLater()
        for number, (label, value) in enumerate(boxes, start=1):
            name = Words(self._look, "quiet", say("{number}. {label}", number=number, label=label), wraps=True)
            box = Data(self._look, "large", wraps=True)
            box.put(value or "–")
            box.setAccessibleName(self._look.said(label))
            self._grid.addWidget(name, number, 0, Qt.AlignmentFlag.AlignTop)
            self._grid.addWidget(box, number, 1, Qt.AlignmentFlag.AlignTop)
