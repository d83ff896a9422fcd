# SPDX-License-Identifier: Apache-2.0
"""A live picture: whoever has frames offers them from any thread, the window paints the newest when it comes to it.

A slow window skips frames and never queues them, so what is shown is never old; a fast camera never fills its loop.
"""

from __future__ import annotations

import threading

from PySide6.QtCore import QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QImage, QPainter, QPaintEvent
from PySide6.QtWidgets import QLabel, QSizePolicy

from station.domain.words import Text
from station.ports.images import PreviewFrame
from ui.desktop.style.tokens import NEAR, RADIUS
from ui.desktop.widgets.look import Look


class LivePicture(QLabel):
    """Shows the newest frame offered, whole and in its shape; words stand in its place while there is none.

    A screen reader hears the name and the words, never that a frame changed. At night a veil keeps white from dazzling.
    """

    _news = Signal()

    def __init__(self, look: Look, name: Text) -> None:
        super().__init__()
        self._look = look
        self._lock = threading.Lock()
        self._offered: PreviewFrame | None = None
        self._shown: PreviewFrame | None = None
        self._image = QImage()  # over the bytes of the frame shown, which it does not own
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setAccessibleName(look.said(name))
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setMinimumSize(look.px(80), look.px(60))
        self._news.connect(self._take, Qt.ConnectionType.QueuedConnection)

    def sizeHint(self) -> QSize:
        """Takes what is left."""
        return QSize(self._look.px(320), self._look.px(240))

    def minimumSizeHint(self) -> QSize:
        """Words in its place wrap."""
        return self.minimumSize()

    def offer(self, frame: PreviewFrame) -> None:
        """Show this frame soon, unless a newer one is offered before. Any thread; returns at once."""
        with self._lock:
            pending, self._offered = self._offered is not None, frame
        if not pending:
            self._news.emit()

    def say(self, text: Text) -> None:
        """No picture any more, but these words. The window's thread."""
        with self._lock:
            self._offered = None
        self._shown, self._image = None, QImage()
        self.setText(self._look.said(text))
        self.update()

    @property
    def shown(self) -> PreviewFrame | None:
        """The frame on the screen."""
        return self._shown

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the newest frame, or the words in its place."""
        painter = QPainter(self)
        colours = self._look.tokens.colours
        if self._image.isNull():
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(QColor(colours.well))
            radius = self._look.px(RADIUS) - 1
            painter.drawRoundedRect(QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5), radius, radius)
            gap = self._look.px(NEAR)
            painter.setPen(QColor(colours.quiet))
            flags = Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap
            painter.drawText(self.rect().adjusted(gap, gap, -gap, -gap), int(flags), self.text())
        else:
            box = self._box()
            # Smoothing costs three times the painting, and at less than half the size a live picture needs it.
            smooth = box.width() * 2 < self._image.width()
            painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, smooth)
            painter.drawImage(box, self._image)
            if colours.veil:
                painter.fillRect(box, QColor(0, 0, 0, colours.veil))
        painter.end()

    def _take(self) -> None:
        with self._lock:
            frame, self._offered = self._offered, None
        if frame is None:
            return
        if self._shown is None:
            self.setText("")
        self._image = QImage(frame.rgb, frame.width, frame.height, frame.width * 3, QImage.Format.Format_RGB888)
        self._shown = frame
        self.update()

    def _box(self) -> QRectF:
        """Where the whole picture lies; at its own size to the pixel where it fits, for that paints fastest."""
        wide, high = self._image.width(), self._image.height()
        scale = min(self.width() / wide, self.height() / high)
        size_x, size_y = round(wide * scale), round(high * scale)
        return QRectF((self.width() - size_x) // 2, (self.height() - size_y) // 2, size_x, size_y)
