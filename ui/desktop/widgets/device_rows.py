# SPDX-License-Identifier: Apache-2.0
"""The bench's list: a device per row with its mark, how it is, and whether an acceptance test is due."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFont, QFontMetrics, QKeyEvent, QPainter, QResizeEvent
from PySide6.QtWidgets import QListWidget, QListWidgetItem, QStyle, QStyledItemDelegate, QStyleOptionViewItem, QWidget

from station.domain.checks import CheckResult
from station.domain.words import Text, say
from ui.desktop.style.marks import MARKS, paint_mark
from ui.desktop.style.tokens import BASE, HAIR, NEAR, SMALL, TIGHT
from ui.desktop.widgets.look import Look
from ui.desktop.widgets.words import plain_tip
from ui.presenters.bench_rows import why_idle
from ui.presenters.bench_view import DeviceRow, DriverRow
from ui.translation import END_ISOLATE, ISOLATE

_Index = QModelIndex | QPersistentModelIndex
_LINES = int(Qt.ItemDataRole.UserRole)
_MARK = _LINES + 1
_DUE = _LINES + 2


class DeviceRows(QListWidget):
    """Rows that are chosen with ↑ and ↓; Enter and Esc are the page's."""

    def __init__(self, look: Look) -> None:
        super().__init__()
        self._look = look
        self._rows: tuple[DeviceRow | DriverRow, ...] = ()
        self.setItemDelegate(_Drawing(look, self))
        self.setAccessibleName(look.said(say("Devices")))
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setVerticalScrollMode(QListWidget.ScrollMode.ScrollPerPixel)

    def show_rows(self, devices: Sequence[DeviceRow], idle: Sequence[DriverRow], chosen: int | None) -> None:
        """Show other rows, the drivers without a device last, or another choice; the place in the list stays."""
        rows: tuple[DeviceRow | DriverRow, ...] = (*devices, *idle)
        if rows != self._rows:
            self._rows = rows
            while self.count() > len(rows):
                self.takeItem(self.count() - 1)
            while self.count() < len(rows):
                self.addItem(QListWidgetItem())
            for place, row in enumerate(rows):
                if isinstance(row, DeviceRow):
                    self._fill(self.item(place), row)
                else:
                    self._fill_idle(self.item(place), row)
            self.doItemsLayout()  # a row of a driver is not as high as a device's
        self.setCurrentRow(-1 if chosen is None else chosen)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """What is told below the list takes room from it: the chosen row stays in view."""
        super().resizeEvent(event)
        self.scrollToItem(self.currentItem())

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """What moves is the list's; everything else goes to the page."""
        moves = (Qt.Key.Key_Up, Qt.Key.Key_Down, Qt.Key.Key_Home, Qt.Key.Key_End)
        if event.key() in moves:
            super().keyPressEvent(event)
        else:
            event.ignore()

    def _fill(self, item: QListWidgetItem, row: DeviceRow) -> None:
        look = self._look
        title = say("{role}: {device}", role=self._apart(row.role.title), device=row.name)
        health = row.fault or row.failed or row.health
        if row.default:
            health = say("First choice. {health}", health=self._apart(health))
        lines = (look.said(title), self._apart(health), self._apart(row.acceptance))
        spoken = look.said(
            say(
                "{role}: {device}. {health} {acceptance}",
                role=row.role.title,
                device=row.name,
                health=health,
                acceptance=row.acceptance,
            )
        )
        item.setData(_LINES, lines)
        item.setData(_MARK, row.mark.name)
        item.setData(_DUE, row.due)
        item.setData(Qt.ItemDataRole.AccessibleTextRole, f"{look.said(MARKS[row.mark].word)}: {spoken}")
        item.setToolTip(plain_tip("\n".join(lines)))

    def _fill_idle(self, item: QListWidgetItem, row: DriverRow) -> None:
        title = say("Driver {driver}: no device", driver=row.driver)
        lines = (self._apart(title), self._apart(why_idle(row)))
        item.setData(_LINES, lines)
        item.setData(_MARK, CheckResult.NOT_SUPPORTED.name)
        item.setData(_DUE, False)
        item.setData(Qt.ItemDataRole.AccessibleTextRole, "\n".join(lines))
        item.setToolTip(plain_tip("\n".join(lines)))

    def _apart(self, text: Text) -> str:
        """A sentence with a direction of its own: in a mirrored list an English one keeps its order."""
        return f"{ISOLATE}{self._look.said(text)}{END_ISOLATE}"


class _Drawing(QStyledItemDelegate):
    """A mark and three lines; the line of the acceptance has a mark of its own."""

    def __init__(self, look: Look, parent: QWidget) -> None:
        super().__init__(parent)
        self._look = look

    def sizeHint(self, option: QStyleOptionViewItem, index: _Index) -> QSize:
        """Three lines and the room around them; two for a driver without a device."""
        base, small = (QFontMetrics(self._font(size)).height() for size in (BASE, SMALL))
        smaller = max(0, len(index.data(_LINES) or ()) - 1)
        return QSize(self._look.px(200), base + smaller * small + 2 * self._look.px(TIGHT) + 2 * self._look.px(HAIR))

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: _Index) -> None:
        """The ground of the chosen row, its mark, its lines."""
        colours, look = self._look.tokens.colours, self._look
        chosen = bool(option.state & QStyle.StateFlag.State_Selected)
        rect: QRect = option.rect
        painter.save()
        painter.fillRect(rect, QColor(colours.selection if chosen else colours.surface))
        mirrored = look.translator.right_to_left
        inner = rect.adjusted(look.px(NEAR), look.px(TIGHT), -look.px(NEAR), -look.px(TIGHT))
        side, gap = look.px(BASE), look.px(NEAR)
        top = inner.top()
        for number, line in enumerate(index.data(_LINES) or ()):
            font = self._font(BASE if number == 0 else SMALL, bold=number == 0)
            painter.setFont(font)
            high = QFontMetrics(font).height()
            mark = CheckResult[index.data(_MARK)] if number == 0 else None
            if number == 2:
                mark = CheckResult.UNDETERMINED if index.data(_DUE) else CheckResult.SUCCESSFUL
            room = QRect(inner.left(), top, inner.width(), high)
            text = room.adjusted(0, 0, -(side + gap), 0) if mirrored else room.adjusted(side + gap, 0, 0, 0)
            if mark is not None:
                left = room.right() - side if mirrored else room.left()
                box = QRectF(left, top + (high - side) / 2, side, side)
                paint_mark(painter, box, mark, colours.on_selection if chosen else colours.marks[mark])
            quiet = colours.text if number == 0 else colours.quiet
            painter.setPen(QColor(colours.on_selection if chosen else quiet))
            end = Qt.AlignmentFlag.AlignRight if mirrored else Qt.AlignmentFlag.AlignLeft
            flags = int(Qt.AlignmentFlag.AlignVCenter) | int(end) | int(Qt.AlignmentFlag.AlignAbsolute)
            shown = painter.fontMetrics().elidedText(line, Qt.TextElideMode.ElideRight, text.width())
            painter.drawText(text, flags, shown)
            top += high + look.px(HAIR)
        painter.setPen(QColor(colours.hairline))
        painter.drawLine(rect.bottomLeft(), rect.bottomRight())
        painter.restore()

    def _font(self, size: int, *, bold: bool = False) -> QFont:
        parent = self.parent()
        assert isinstance(parent, QWidget)
        font = QFont(parent.font())
        font.setPixelSize(self._look.px(size))
        if bold:
            font.setWeight(QFont.Weight.DemiBold)
        return font
