# SPDX-License-Identifier: Apache-2.0
"""The five marks: shape, word and colour, always the same, so that nobody depends on seeing colours."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPen, QPolygonF
from PySide6.QtWidgets import QSizePolicy, QWidget

from station.domain.checks import CheckResult
from station.domain.words import Text, say
from ui.desktop.style.tokens import BASE, Tokens
from ui.translation import Translator


@dataclass(frozen=True, slots=True)
class Mark:
    """A mark as a character (for plain text) and as a word."""

    symbol: str
    word: Text


MARKS: Mapping[CheckResult, Mark] = {
    CheckResult.SUCCESSFUL: Mark("●", say("successful")),
    CheckResult.UNDETERMINED: Mark("▲", say("undetermined")),
    CheckResult.FAILED: Mark("■", say("failed")),
    CheckResult.NOT_SUPPORTED: Mark("○", say("not supported")),
    CheckResult.ABORTED: Mark("◌", say("aborted")),
}


def paint_mark(painter: QPainter, box: QRectF, result: CheckResult, colour: str) -> None:
    """Draw the mark of ``result`` into the square ``box``; equal optical weight for all five."""
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    side = min(box.width(), box.height())
    centre = box.center()
    radius = side * 0.40
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(QColor(colour))
    if result is CheckResult.SUCCESSFUL:
        painter.drawEllipse(centre, radius, radius)
    elif result is CheckResult.FAILED:
        half = side * 0.36
        painter.drawRect(QRectF(centre.x() - half, centre.y() - half, 2 * half, 2 * half))
    elif result is CheckResult.UNDETERMINED:
        painter.drawPolygon(
            QPolygonF(
                [
                    QPointF(centre.x(), centre.y() - side * 0.44),
                    QPointF(centre.x() + side * 0.47, centre.y() + side * 0.38),
                    QPointF(centre.x() - side * 0.47, centre.y() + side * 0.38),
                ]
            )
        )
    else:
        pen = QPen(QColor(colour), max(1.5, side * 0.13))
        if result is CheckResult.ABORTED:
            pen.setCapStyle(Qt.PenCapStyle.FlatCap)
            pen.setDashPattern([1.3, 1.0])
        painter.setPen(pen)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        ring = radius - pen.widthF() / 3
        painter.drawEllipse(centre, ring, ring)
    painter.restore()


class MarkSign(QWidget):
    """A painted mark that a screen reader hears as its word."""

    def __init__(self, tokens: Tokens, translator: Translator, *, size: int = BASE) -> None:
        super().__init__()
        self._tokens = tokens
        self._translator = translator
        self._size = size
        self._result: CheckResult | None = None
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)

    def sizeHint(self) -> QSize:
        """A square as high as the text beside it."""
        side = self._tokens.px(self._size)
        return QSize(side, side)

    def show_result(self, result: CheckResult | None) -> None:
        """Show another mark, or none."""
        if result is self._result and self.accessibleName():
            return
        self._result = result
        word = self._translator.text(MARKS[result].word) if result else ""
        self.setAccessibleName(word)
        self.setToolTip(word)
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the mark."""
        if self._result is not None:
            painter = QPainter(self)
            paint_mark(painter, QRectF(self.rect()), self._result, self._tokens.colours.marks[self._result])
            painter.end()
