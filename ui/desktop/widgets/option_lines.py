# SPDX-License-Identifier: Apache-2.0
"""A list that is chosen from by its keys and never scrolls: long lines wrap, then grow smaller, then are shortened.

Whoever refuses somebody has to see every ground at once, in any language.
"""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QRect, QSize, Qt, Signal
from PySide6.QtGui import QColor, QFontMetrics, QKeyEvent, QPainter, QResizeEvent
from PySide6.QtWidgets import (
    QListWidget,
    QListWidgetItem,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QWidget,
)

from station.domain.words import say
from ui.desktop.style.tokens import BASE, HAIR, NEAR, SMALL, TIGHT
from ui.desktop.widgets.look import Look
from ui.desktop.widgets.words import plain_tip
from ui.presenters.inspect_view import OptionView

_Index = QModelIndex | QPersistentModelIndex
_KEY = int(Qt.ItemDataRole.UserRole)
_WORD = _KEY + 1
_NOTE = _KEY + 2
_WRAPPED = int(Qt.TextFlag.TextWordWrap) | int(Qt.AlignmentFlag.AlignVCenter)
_ONE_LINE = int(Qt.AlignmentFlag.AlignVCenter)


class _Drawing(QStyledItemDelegate):
    """Key and words of a line, in the type and the spacing that let all lines fit."""

    def __init__(self, look: Look, parent: QWidget) -> None:
        super().__init__(parent)
        self._look = look
        self.pixels = look.px(BASE)
        self.space = look.px(TIGHT)
        self.wraps = True

    def choose(self, lines: Sequence[tuple[str, str]], room: QSize) -> bool:
        """Take the largest type and spacing in which all ``lines`` fit into ``room``; if none does, one line each.

        False when not even that fits. A line is its words and its note; lines with notes scroll rather than lose words.
        """
        look = self._look
        for size, space in ((BASE, TIGHT), (BASE, HAIR), (SMALL, TIGHT), (SMALL, HAIR), (SMALL, 0)):
            self.pixels, self.space, self.wraps = look.px(size), look.px(space), True
            if sum(self._height(*line, room.width()) for line in lines) <= room.height():
                return True
        self.wraps = any(note for _, note in lines)
        return sum(self._height(*line, room.width()) for line in lines) <= room.height()

    def sizeHint(self, option: QStyleOptionViewItem, index: _Index) -> QSize:
        """As wide as the list, as high as the words need."""
        width = self._list_width()
        return QSize(width, self._height(str(index.data(_WORD)), str(index.data(_NOTE) or ""), width))

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: _Index) -> None:
        """The ground of a chosen line, its key, its words."""
        colours = self._look.tokens.colours
        chosen = bool(option.state & QStyle.StateFlag.State_Selected)
        rect: QRect = option.rect
        painter.save()
        if chosen:
            painter.fillRect(rect, QColor(colours.selection))
        painter.setPen(QColor(colours.on_selection if chosen else colours.text))
        font = self._list().font()
        font.setPixelSize(self.pixels)
        mirrored = self._look.translator.right_to_left
        side = Qt.AlignmentFlag.AlignAbsolute | (
            Qt.AlignmentFlag.AlignRight if mirrored else Qt.AlignmentFlag.AlignLeft
        )
        margin, key = self._margin, self._key_width
        inner = rect.adjusted(margin, 0, -margin, 0)
        words = inner.adjusted(0, 0, -key, 0) if mirrored else inner.adjusted(key, 0, 0, 0)
        note = str(index.data(_NOTE) or "")
        if note:
            self._paint_note(painter, note, words, side, chosen=chosen)
            words.setBottom(words.bottom() - self._note_height)
        painter.setPen(QColor(colours.on_selection if chosen else colours.text))
        painter.setFont(font)
        flags = (_WRAPPED if self.wraps else _ONE_LINE) | int(side)
        said = str(index.data(_WORD))
        if not self.wraps:
            said = painter.fontMetrics().elidedText(said, Qt.TextElideMode.ElideRight, words.width())
        painter.drawText(words, flags, said)
        font.setWeight(font.Weight.DemiBold)
        painter.setFont(font)
        painter.drawText(inner, _ONE_LINE | int(side), str(index.data(_KEY)))
        painter.restore()

    def _paint_note(self, painter: QPainter, note: str, room: QRect, side: Qt.AlignmentFlag, *, chosen: bool) -> None:
        colours = self._look.tokens.colours
        font = self._list().font()
        font.setPixelSize(self._look.px(SMALL))
        painter.setFont(font)
        painter.setPen(QColor(colours.on_selection if chosen else colours.quiet))
        below = room.adjusted(0, room.height() - self._note_height - self.space, 0, -self.space)
        painter.drawText(below, _ONE_LINE | int(side), note)

    @property
    def _note_height(self) -> int:
        font = self._list().font()
        font.setPixelSize(self._look.px(SMALL))
        return QFontMetrics(font).height()

    @property
    def _margin(self) -> int:
        return self._look.px(NEAR)

    @property
    def _key_width(self) -> int:
        return self._look.px(BASE + NEAR)

    def _height(self, word: str, note: str, width: int) -> int:
        font = self._list().font()
        font.setPixelSize(self.pixels)
        metrics = QFontMetrics(font)
        room = QRect(0, 0, max(1, width - 2 * self._margin - self._key_width), 10_000)
        high = metrics.boundingRect(room, _WRAPPED, word).height() if self.wraps else metrics.height()
        return high + 2 * self.space + (self._note_height if note else 0)

    def _list(self) -> QListWidget:
        parent = self.parent()
        assert isinstance(parent, QListWidget)
        return parent

    def _list_width(self) -> int:
        return self._list().viewport().width()


class OptionLines(QListWidget):
    """The lines of a question; letters and figures choose, ← → go out as well, nothing is edited here."""

    pressed_key = Signal(str)
    moved = Signal(int)
    turned = Signal(int)

    def __init__(self, look: Look) -> None:
        super().__init__()
        self._look = look
        self._drawing = _Drawing(look, self)
        self.setItemDelegate(self._drawing)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.itemClicked.connect(lambda item: self.pressed_key.emit(str(self.row(item) + 1)))

    def show_options(self, options: Sequence[OptionView], chosen: int | None) -> None:
        """Show other lines, or another choice among them."""
        told = [(option.key, self._look.said(option.label), option.note) for option in options]
        items = map(self.item, range(self.count()))
        if told != [(item.data(_KEY), item.data(_WORD), item.data(_NOTE)) for item in items]:
            self.clear()
            for option, (key, word, note) in zip(options, told, strict=True):
                item = QListWidgetItem(self._look.said(say("{key}  {word}", key=key, word=option.label)))
                item.setData(_KEY, key)
                item.setData(_WORD, word)
                item.setData(_NOTE, note)
                item.setToolTip(plain_tip(word))
                self.addItem(item)
            self._fit()
        self.setCurrentRow(-1 if chosen is None else chosen)

    @property
    def fits(self) -> bool:
        """Whether every line is seen whole without scrolling."""
        return self.verticalScrollBar().maximum() == 0

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Lines wrap anew."""
        super().resizeEvent(event)
        self._fit()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Keys go out as signals; Enter, Tab and Esc are the page's."""
        key = event.key()
        if key in (Qt.Key.Key_Up, Qt.Key.Key_Down):
            self.moved.emit(1 if key == Qt.Key.Key_Down else -1)
        elif key in (Qt.Key.Key_Left, Qt.Key.Key_Right):
            self.turned.emit(1 if (key == Qt.Key.Key_Right) is not self._look.translator.right_to_left else -1)
        elif len(event.text()) == 1 and event.text().isalnum():
            self.pressed_key.emit(event.text())
        else:
            event.ignore()

    def _fit(self) -> None:
        items = [self.item(row) for row in range(self.count())]
        lines = [(str(item.data(_WORD)), str(item.data(_NOTE) or "")) for item in items]
        edges = 2 * self.frameWidth() + 2
        fits = self._drawing.choose(lines, QSize(self.width() - edges, self.height() - edges))
        bar = Qt.ScrollBarPolicy.ScrollBarAlwaysOff if fits else Qt.ScrollBarPolicy.ScrollBarAsNeeded
        self.setVerticalScrollBarPolicy(bar)
        self.scheduleDelayedItemsLayout()
