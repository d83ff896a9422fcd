# SPDX-License-Identifier: Apache-2.0
"""The rail: the pages of the station, each with its sign, its word and its key; only what this role may do."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFont, QKeySequence, QPainter, QPaintEvent, QPen, QShortcut
from PySide6.QtWidgets import QButtonGroup, QPushButton, QSizePolicy, QStyle, QStyleOptionButton, QVBoxLayout, QWidget

from station.domain.words import say
from ui.desktop.style.tokens import NEAR, SMALL, TIGHT
from ui.desktop.widgets.look import Look
from ui.desktop.widgets.words import plain_tip
from ui.presenters.frame import Room, RoomEntry
from ui.presenters.keymap import KEYMAP, Act

_WIDTH = 104
_HEIGHT = 78
_SIGN = 24


def paint_sign(painter: QPainter, box: QRectF, room: Room, colour: QColor) -> None:
    """A simple drawing of a page's work."""
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    pen = QPen(colour, max(1.6, box.width() / 13))
    pen.setJoinStyle(Qt.PenJoinStyle.RoundJoin)
    pen.setCapStyle(Qt.PenCapStyle.RoundCap)
    painter.setPen(pen)

    def at(x: float, y: float) -> QPointF:
        return QPointF(box.left() + x * box.width(), box.top() + y * box.height())

    def line(*points: tuple[float, float]) -> None:
        painter.drawPolyline([at(x, y) for x, y in points])

    if room is Room.INSPECT:  # a document with a face and two lines of MRZ
        painter.drawRoundedRect(QRectF(at(0.08, 0.12), at(0.92, 0.88)), 3, 3)
        painter.drawEllipse(at(0.32, 0.38), box.width() * 0.11, box.height() * 0.11)
        line((0.56, 0.32), (0.78, 0.32))
        line((0.56, 0.46), (0.78, 0.46))
        line((0.22, 0.70), (0.78, 0.70))
    elif room is Room.RECORDS:  # a list
        for y in (0.22, 0.5, 0.78):
            line((0.10, y), (0.16, y))
            line((0.32, y), (0.90, y))
    elif room is Room.BENCH:  # a table with a clamped piece of work on it
        line((0.06, 0.62), (0.94, 0.62))
        line((0.20, 0.62), (0.20, 0.92))
        line((0.80, 0.62), (0.80, 0.92))
        line((0.34, 0.62), (0.34, 0.30), (0.66, 0.30), (0.66, 0.62))
        line((0.50, 0.30), (0.50, 0.10))
        line((0.40, 0.10), (0.60, 0.10))
    else:  # something leaves a box
        line((0.30, 0.45), (0.12, 0.45), (0.12, 0.90), (0.88, 0.90), (0.88, 0.45), (0.70, 0.45))
        line((0.5, 0.66), (0.5, 0.10))
        line((0.32, 0.27), (0.5, 0.10), (0.68, 0.27))
    painter.restore()


class _RailButton(QPushButton):
    """Sign, word and key, one above the other."""

    def __init__(self, look: Look, entry: RoomEntry, number: int) -> None:
        super().__init__()
        self._look = look
        self.room = entry.room
        self._word = look.said(entry.word)
        self._key = f"Alt+{number}"
        self.setProperty("part", "rail")
        self.setCheckable(True)
        self.setAccessibleName(self._word)
        self.setToolTip(plain_tip(f"{self._word} ({self._key})"))
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)

    def sizeHint(self) -> QSize:
        """Room for the sign, the word and the key."""
        return QSize(self._look.px(_WIDTH), self._look.px(_HEIGHT))

    def minimumSizeHint(self) -> QSize:
        """As large as it is."""
        return self.sizeHint()

    def paintEvent(self, event: QPaintEvent) -> None:
        """The ground from the style sheet, the rest by hand."""
        painter = QPainter(self)
        option = QStyleOptionButton()
        self.initStyleOption(option)
        option.text = ""
        self.style().drawControl(QStyle.ControlElement.CE_PushButton, option, painter, self)
        colours = self._look.tokens.colours
        ink = QColor(colours.text if self.isChecked() else colours.quiet)
        side = self._look.px(_SIGN)
        area = QRectF(self.rect())
        top = self._look.px(NEAR)
        paint_sign(painter, QRectF(area.center().x() - side / 2, top, side, side), self.room, ink)
        painter.setPen(ink)
        font = QFont(self.font())
        font.setWeight(QFont.Weight.DemiBold if self.isChecked() else QFont.Weight.Normal)
        painter.setFont(font)
        line = painter.fontMetrics().height()
        word = painter.fontMetrics().elidedText(
            self._word, Qt.TextElideMode.ElideRight, int(area.width() - self._look.px(NEAR))
        )
        below = top + side + self._look.px(TIGHT) / 2
        painter.drawText(QRectF(0, below, area.width(), line), int(Qt.AlignmentFlag.AlignCenter), word)
        font.setPixelSize(self._look.px(SMALL))
        font.setWeight(QFont.Weight.Normal)
        painter.setFont(font)
        painter.setPen(QColor(colours.quiet))
        painter.drawText(
            QRectF(0, below + line - 1, area.width(), painter.fontMetrics().height()),
            int(Qt.AlignmentFlag.AlignCenter),
            self._key,
        )
        painter.end()


class Rail(QWidget):
    """The column of pages; ``go_to`` is told which one was asked for."""

    def __init__(self, look: Look, go_to: Callable[[Room], None], acts: Mapping[Act, Callable[[], None]]) -> None:
        super().__init__()
        self._look = look
        self._go_to = go_to
        self._entries: tuple[RoomEntry, ...] = ()
        self._group = QButtonGroup(self)
        self.setProperty("part", "rail")
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(look.px(TIGHT), look.px(NEAR), look.px(TIGHT), look.px(NEAR))
        self._column.setSpacing(look.px(TIGHT))
        self._column.addStretch(1)
        for act, run in acts.items():
            key = KEYMAP[act]
            button = QPushButton(look.said(say("{key}\n{word}", key=key.label, word=key.word)))
            button.setProperty("part", "plain")
            button.setAccessibleName(look.said(key.word))
            button.clicked.connect(lambda _checked=False, run=run: run())
            self._column.addWidget(button)

    def render_state(self, entries: Sequence[RoomEntry], room: Room | None) -> None:
        """List the pages and mark the open one; nothing is shown while there is none."""
        if tuple(entries) != self._entries:
            self._entries = tuple(entries)
            self._rebuild()
        for button in self.buttons:
            button.setChecked(button.room is room)
        self.setVisible(bool(entries))

    @property
    def buttons(self) -> list[_RailButton]:
        """The buttons in their order."""
        return [button for button in self._group.buttons() if isinstance(button, _RailButton)]

    def _rebuild(self) -> None:
        for button in self.buttons:
            self._group.removeButton(button)
            self._column.removeWidget(button)
            button.hide()
            button.deleteLater()
        for number, entry in enumerate(self._entries, start=1):
            button = _RailButton(self._look, entry, number)
            button.clicked.connect(lambda _checked=False, room=entry.room: self._go_to(room))
            self._group.addButton(button)
            self._column.insertWidget(number - 1, button)
            # A button's own shortcut answers a tenth of a second later, for the look of being pressed.
            QShortcut(
                QKeySequence(f"Alt+{number}"), button, context=Qt.ShortcutContext.WindowShortcut
            ).activated.connect(button.click)
