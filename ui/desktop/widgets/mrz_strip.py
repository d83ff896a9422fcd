# SPDX-License-Identifier: Apache-2.0
"""The MRZ in OCR-B, one cell a character, always from left to right: doubts on their own ground, a cursor that is seen.

A QLineEdit underneath, so that a screen reader and a keyboard-wedge reader find a text field.
"""

from __future__ import annotations

from PySide6.QtCore import QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QFontMetricsF, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QLineEdit, QSizePolicy

from station.domain.checks import CheckResult
from station.domain.words import say
from ui.desktop.style.fonts import mrz_font
from ui.desktop.style.tokens import FOCUS_WIDTH, MRZ, TIGHT
from ui.desktop.widgets.look import Look
from ui.presenters.mrz_editor import MrzView

_LEFT_TO_RIGHT = "\u202d"  # Unicode mirrors < where text runs from the right
_NAME = say("Machine readable zone")


class MrzStrip(QLineEdit):
    """Shows an MrzView; keys go out as signals, nothing is edited here."""

    typed = Signal(str)
    moved = Signal(int)  # along the doubtful characters
    stepped = Signal(int)  # by characters
    rubbed_out = Signal()
    placed = Signal(int, int)  # line, column
    formed = Signal(int)  # the next or previous form

    def __init__(self, look: Look) -> None:
        super().__init__()
        self._look = look
        self._view = MrzView(lines=())
        self.setAccessibleName(look.said(_NAME))
        self.setLayoutDirection(Qt.LayoutDirection.LeftToRight)
        self.setContextMenuPolicy(Qt.ContextMenuPolicy.NoContextMenu)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setProperty("data", True)
        self._fit()

    def sizeHint(self) -> QSize:
        """As many lines as the MRZ has."""
        return QSize(self._look.px(200), self._height())

    def show_mrz(self, view: MrzView | None) -> None:
        """Show another state. Without a cursor nothing can be typed."""
        view = view or MrzView(lines=())
        if view == self._view:
            return
        rows = len(self._view.lines)
        self._view = view
        text = " ".join(view.lines)
        if text != self.text():
            self.setText(text)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus if view.cursor else Qt.FocusPolicy.NoFocus)
        self.setAccessibleDescription(self._described())
        if rows != len(view.lines):
            self._fit()
        self.update()

    def _described(self) -> str:
        view = self._view
        if view.cursor is None:
            return ""
        line, column = view.cursor
        name = self._look.said(view.field_name)
        return f"{name}: {view.lines[line][column]}"

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Typing and moving; everything else is the page's."""
        steps = {Qt.Key.Key_Left: -1, Qt.Key.Key_Right: 1}
        forms = {Qt.Key.Key_PageUp: -1, Qt.Key.Key_PageDown: 1}
        key = Qt.Key(event.key())
        if key in steps:
            careful = event.modifiers() & Qt.KeyboardModifier.ControlModifier
            (self.stepped if careful else self.moved).emit(steps[key])
        elif key in (Qt.Key.Key_Up, Qt.Key.Key_Down):
            columns = len(self._view.lines[0]) if self._view.lines else 0
            self.stepped.emit(columns if key is Qt.Key.Key_Down else -columns)
        elif key in forms:
            self.formed.emit(forms[key])
        elif key is Qt.Key.Key_Backspace:
            self.rubbed_out.emit()
        elif self._is_typing(event):
            self.typed.emit(event.text())
        else:
            event.ignore()

    @staticmethod
    def _is_typing(event: QKeyEvent) -> bool:
        plain = event.modifiers() in (
            Qt.KeyboardModifier.NoModifier,
            Qt.KeyboardModifier.ShiftModifier,
            Qt.KeyboardModifier.KeypadModifier,
        )
        text = event.text()
        return plain and len(text) == 1 and text.isprintable() and text not in "+-−"

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Put the cursor where the officer points."""
        cell, high = self._cell(), self._line_height()
        if self._view.cursor is not None and cell:
            column = int((event.position().x() - self._left()) / cell)
            self.placed.emit(int((event.position().y() - self._look.px(TIGHT)) / high), column)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw every character in its cell."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setLayoutDirection(Qt.LayoutDirection.LeftToRight)
        colours = self._look.tokens.colours
        painter.fillRect(self.rect(), QColor(colours.well))
        cell, high = self._cell(), self._line_height()
        painter.setFont(mrz_font(self._pixels(cell)))
        doubts = {doubt.place: doubt for doubt in self._view.doubts}
        for row, line in enumerate(self._view.lines):
            for column, character in enumerate(line):
                box = QRectF(self._left() + column * cell, self._look.px(TIGHT) + row * high, cell, high)
                doubt = doubts.get((row, column))
                if doubt is not None and not doubt.confirmed:
                    painter.fillRect(box.adjusted(0, 2, 0, -2), QColor(colours.doubt))
                ink = colours.on_doubt if doubt is not None and not doubt.confirmed else colours.text
                painter.setPen(QColor(ink if character != " " else colours.outline))
                painter.drawText(
                    box, int(Qt.AlignmentFlag.AlignCenter), _LEFT_TO_RIGHT + (character if character != " " else "·")
                )
                if doubt is not None and doubt.confirmed:
                    self._underline(painter, box, colours.marks[CheckResult.SUCCESSFUL])
                elif (row, column) in self._view.wrong:
                    self._underline(painter, box, colours.marks[CheckResult.FAILED])
                if (row, column) == self._view.cursor:
                    pen = QPen(
                        QColor(colours.focus if self.hasFocus() else colours.outline), self._look.px(FOCUS_WIDTH)
                    )
                    painter.setPen(pen)
                    painter.drawRect(box.adjusted(-1, 1, 1, -1))
        if self.hasFocus():
            painter.setPen(QPen(QColor(colours.focus), self._look.px(FOCUS_WIDTH)))
            painter.drawRect(self.rect().adjusted(1, 1, -1, -1))
        painter.end()

    def _underline(self, painter: QPainter, box: QRectF, colour: str) -> None:
        width = self._look.px(3)
        painter.fillRect(QRectF(box.left() + 1, box.bottom() - width - 1, box.width() - 2, width), QColor(colour))

    def _fit(self) -> None:
        self.setFixedHeight(self._height())

    def _height(self) -> int:
        rows = max(2, len(self._view.lines))
        return round(rows * self._line_height() + 2 * self._look.px(TIGHT))

    def _line_height(self) -> float:
        return self._look.px(MRZ) * 1.35

    def _cell(self) -> float:
        columns = max((len(line) for line in self._view.lines), default=0)
        room = self.width() - 2 * self._look.px(TIGHT)
        return min(room / columns, self._look.px(MRZ) * 0.8) if columns else 0.0

    def _left(self) -> float:
        return float(self._look.px(TIGHT))

    def _pixels(self, cell: float) -> int:
        """The largest size of the type scale whose letters fit their cells."""
        for pixels in range(self._look.px(MRZ), 7, -1):
            if QFontMetricsF(mrz_font(pixels)).horizontalAdvance("M") <= cell:
                return pixels
        return 7
