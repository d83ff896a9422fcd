# SPDX-License-Identifier: Apache-2.0
"""The top line: post and lane, the mode in its own colour and pattern, the officer, and the shift clock."""

from __future__ import annotations

from datetime import datetime

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFont, QPainter, QPaintEvent, QPen, QPolygonF
from PySide6.QtWidgets import QGridLayout, QLabel, QSizePolicy, QWidget

from station.domain.words import say
from ui.desktop.style.tokens import APART, NEAR, SMALL, TIGHT, Ground
from ui.desktop.widgets.look import Look
from ui.presenters.frame import FrameState
from ui.presenters.keymap import KEYMAP, Act

_STRIPE = 18


def paint_ground(painter: QPainter, area: QRectF, ground: Ground, stripe: int) -> None:
    """A ground with its slanted stripes, so that the mode is seen without seeing colours."""
    painter.save()
    painter.fillRect(area, QColor(ground.fill))
    if ground.pattern != ground.fill:
        painter.setClipRect(area)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(ground.pattern))
        height, x = area.height(), area.left() - area.height()
        while x < area.right():
            painter.drawPolygon(
                QPolygonF(
                    [
                        QPointF(x, area.bottom()),
                        QPointF(x + height, area.top()),
                        QPointF(x + height + stripe, area.top()),
                        QPointF(x + stripe, area.bottom()),
                    ]
                )
            )
            x += 2 * stripe
    painter.restore()


class _Word(QLabel):
    """A word in the colour of the ground it stands on."""

    def __init__(self) -> None:
        super().__init__()
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.colour = QColor()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the word."""
        painter = QPainter(self)
        painter.setPen(QPen(self.colour))
        shown = self.fontMetrics().elidedText(self.text(), Qt.TextElideMode.ElideRight, self.width())
        painter.drawText(self.rect(), int(self.alignment()), shown)
        painter.end()


class TopLine(QWidget):
    """One line; its whole colour and pattern say the mode."""

    def __init__(self, look: Look) -> None:
        super().__init__()
        self._look = look
        self._ground = look.tokens.colours.ordinary
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        row = QGridLayout(self)
        row.setContentsMargins(look.px(APART), look.px(TIGHT), look.px(APART), look.px(TIGHT))
        row.setHorizontalSpacing(look.px(APART))
        self._place, self._mode, self._shift = _Word(), _Word(), _Word()
        self._officer, self._clock = _Word(), _Word()
        bold = QFont(self.font())
        bold.setWeight(QFont.Weight.DemiBold)
        for word in (self._place, self._mode, self._clock):
            word.setFont(bold)
        leading = Qt.AlignmentFlag.AlignLeading | Qt.AlignmentFlag.AlignVCenter
        trailing = Qt.AlignmentFlag.AlignTrailing | Qt.AlignmentFlag.AlignVCenter
        self._place.setAlignment(leading)
        self._mode.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._shift.setAlignment(trailing)
        self._officer.setAlignment(trailing)
        self._clock.setAlignment(trailing)
        self._clock.setMinimumWidth(self._clock.fontMetrics().horizontalAdvance("00:00:00") + look.px(NEAR))
        row.addWidget(self._place, 0, 0)
        row.addWidget(self._mode, 0, 1)
        row.addWidget(self._shift, 0, 2)
        row.addWidget(self._officer, 0, 3)
        row.addWidget(self._clock, 0, 4)
        row.setColumnStretch(0, 3)
        row.setColumnStretch(2, 3)
        self._shift.setObjectName("shift")
        self._mode.setObjectName("mode")
        self._clock.setObjectName("clock")

    def render_state(self, state: FrameState) -> None:
        """Show whose station it is, who works here and in which mode."""
        colours = self._look.tokens.colours
        self._ground = colours.training if state.training else colours.ordinary
        for word in (self._place, self._mode, self._shift, self._officer, self._clock):
            word.colour = QColor(self._ground.text)
        place = say("{post} · Lane {lane}", post=state.post, lane=state.lane) if state.post else say("Border post")
        self._put(self._place, self._look.said(place))
        mode = say("TRAINING") if state.training else say("ORDINARY")
        self._put(self._mode, self._look.said(mode) if state.post or state.training else "")
        self._put(self._shift, "" if state.shift is None else self._look.said(state.shift))
        self._put(self._officer, state.officer)
        self.update()

    def tick(self, now: datetime) -> None:
        """Show the time of the post."""
        self._put(self._clock, f"{now:%H:%M:%S}")

    def _put(self, word: _Word, text: str) -> None:
        if word.text() != text:
            word.setText(text)
            word.setAccessibleName(text)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the ground."""
        painter = QPainter(self)
        paint_ground(painter, QRectF(self.rect()), self._ground, self._look.px(_STRIPE))
        painter.end()


class TrainingBand(QWidget):
    """The constant watermark of a training store."""

    def __init__(self, look: Look) -> None:
        super().__init__()
        self._look = look
        font = QFont(self.font())
        font.setPixelSize(look.px(SMALL))
        font.setWeight(QFont.Weight.DemiBold)
        self.setFont(font)
        self.setFixedHeight(self.fontMetrics().height() + look.px(TIGHT))
        self._says = ""
        self.render_state(FrameState())

    def render_state(self, state: FrameState) -> None:
        """While somebody works here, also how the next traveller comes."""
        words = self._look.said(say("Training: specimen travellers only. Nothing here is real."))
        if state.officer:
            key = KEYMAP[Act.SPECIMEN]
            words += "   " + self._look.said(say("{key}  {word}", key=key.label, word=key.word))
        self._says = words
        self.setAccessibleName(words)
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        """The same words again and again, on the pattern."""
        painter = QPainter(self)
        ground = self._look.tokens.colours.training
        area = QRectF(self.rect())
        paint_ground(painter, area, ground, self._look.px(_STRIPE))
        painter.setPen(QColor(ground.text))
        step = self.fontMetrics().horizontalAdvance(self._says) + self._look.px(60)
        count = max(1, int(area.width() // step))
        width = area.width() / count
        for place in range(count):
            box = QRectF(area.left() + place * width, area.top(), width, area.height())
            painter.drawText(box, int(Qt.AlignmentFlag.AlignCenter), self._says)
        painter.end()
