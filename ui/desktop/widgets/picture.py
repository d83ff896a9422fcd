# SPDX-License-Identifier: Apache-2.0
"""A decoded picture on the page, with zoom and pan by keys; words stand in its place while there is none."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QImage, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPen, QWheelEvent
from PySide6.QtWidgets import QLabel, QSizePolicy

from station.domain.words import Text
from ui.desktop.style.tokens import FOCUS_WIDTH, NEAR, RADIUS
from ui.desktop.widgets.look import Look
from ui.presenters.inspect_view import Picture

ZOOMS = (1.0, 1.5, 2.0, 3.0, 4.0, 6.0)
_STEP = 0.1  # of the picture, for each arrow key
_PAN = {
    Qt.Key.Key_Left: (-_STEP, 0.0),
    Qt.Key.Key_Right: (_STEP, 0.0),
    Qt.Key.Key_Up: (0.0, -_STEP),
    Qt.Key.Key_Down: (0.0, _STEP),
}


class PictureView(QLabel):
    """One picture. ``zooms`` decides whether it takes the keyboard for zoom and pan. Never mirrored.

    At night a veil keeps its white from dazzling; it lifts while the picture has the keyboard.
    """

    def __init__(self, look: Look, name: Text, *, zooms: bool) -> None:
        super().__init__()
        self._look = look
        self._picture = Picture()
        self._image = QImage()
        self._rgb = b""  # QImage does not own its pixels
        self._zoom = 0
        self._centre = QPointF(0.5, 0.5)
        self._held: QPointF | None = None
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setAccessibleName(look.said(name))
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setMinimumSize(look.px(80), look.px(60))
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus if zooms else Qt.FocusPolicy.NoFocus)

    def sizeHint(self) -> QSize:
        """Takes what is left."""
        return QSize(self._look.px(160), self._look.px(120))

    def minimumSizeHint(self) -> QSize:
        """Words in its place wrap."""
        return self.minimumSize()

    def show_picture(self, picture: Picture) -> None:
        """Show another picture; a new one starts unmagnified, the same page under another light does not."""
        if picture == self._picture:
            return
        if not picture.place or picture.place != self._picture.place:
            self._zoom, self._centre = 0, QPointF(0.5, 0.5)
        self._picture = picture
        frame = picture.frame
        self._rgb = frame.rgb if frame else b""
        self._image = (
            QImage(self._rgb, frame.width, frame.height, frame.width * 3, QImage.Format.Format_RGB888)
            if frame
            else QImage()
        )
        self.setText(self._look.said(picture.says) if frame is None else "")
        self.update()

    def zoom(self, by: int) -> None:
        """Make the picture larger (+1) or smaller (−1)."""
        self._zoom = min(max(self._zoom + by, 0), len(ZOOMS) - 1)
        self._pan(0, 0)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Arrows move a magnified picture."""
        step = _PAN.get(Qt.Key(event.key()))
        if step is None or not self._zoom:
            event.ignore()
            return
        self._pan(*(part / ZOOMS[self._zoom] * 2 for part in step))

    def wheelEvent(self, event: QWheelEvent) -> None:
        """The wheel zooms."""
        self.zoom(1 if event.angleDelta().y() > 0 else -1)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Take hold of the picture."""
        self._held = event.position()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Drag it."""
        if self._held is not None and self._zoom and not self._image.isNull():
            box = self._box()
            moved = event.position() - self._held
            self._held = event.position()
            self._pan(-moved.x() / box.width(), -moved.y() / box.height())

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the picture, or the words in its place."""
        painter = QPainter(self)
        painter.setRenderHints(QPainter.RenderHint.SmoothPixmapTransform | QPainter.RenderHint.Antialiasing)
        colours = self._look.tokens.colours
        frame = QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5)
        radius = self._look.px(RADIUS) - 1
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(colours.well))
        painter.drawRoundedRect(frame, radius, radius)
        if self._image.isNull():
            gap = self._look.px(NEAR)
            painter.setPen(QColor(colours.quiet))
            flags = Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap
            painter.drawText(self.rect().adjusted(gap, gap, -gap, -gap), int(flags), self.text())
        else:
            painter.setClipRect(self.rect())
            painter.drawImage(self._box(), self._image)
            if colours.veil and not self.hasFocus():
                painter.fillRect(self.rect(), QColor(0, 0, 0, colours.veil))
        if self.hasFocus():
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.setPen(QPen(QColor(colours.focus), self._look.px(FOCUS_WIDTH)))
            painter.drawRoundedRect(frame.adjusted(1, 1, -1, -1), radius, radius)
        painter.end()

    def _box(self) -> QRectF:
        """Where the whole picture lies, parts of it outside the widget when it is magnified."""
        wide, high = self._image.width(), self._image.height()
        scale = min(self.width() / wide, self.height() / high) * ZOOMS[self._zoom]
        size_x, size_y = wide * scale, high * scale
        return QRectF(
            self.width() / 2 - self._centre.x() * size_x, self.height() / 2 - self._centre.y() * size_y, size_x, size_y
        )

    def _pan(self, right: float, down: float) -> None:
        half = 0.5 / ZOOMS[self._zoom]
        x = min(max(self._centre.x() + right, half), 1 - half)
        y = min(max(self._centre.y() + down, half), 1 - half)
        self._centre = QPointF(x, y)
        self.update()
