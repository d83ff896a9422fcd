# SPDX-License-Identifier: Apache-2.0
"""The rail: the pages of the station, each with its sign, its word and its key; only what this role may do."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFont, QKeySequence, QPainter, QPaintEvent, QShortcut
from PySide6.QtWidgets import QButtonGroup, QPushButton, QSizePolicy, QStyle, QStyleOptionButton, QVBoxLayout, QWidget

from station.domain.words import say
from ui.desktop.frame.signs import paint_sign
from ui.desktop.style.tokens import NEAR, SMALL, TIGHT
from ui.desktop.widgets.look import Look
from ui.desktop.widgets.words import plain_tip
from ui.presenters.frame import Room, RoomEntry
from ui.presenters.keymap import KEYMAP, Act

_WIDTH = 104
_HEIGHT = 78
_SIGN = 24


#: With more pages than this, each takes half the height: sign and word side by side.
_ROOMY = 6
_MOST = 10  # one key of Alt and a digit for each
_LOW = 38
_SMALL_SIGN = 16
_UPPER = 0.55  # of a low button: the word's part, however tall the script's lines are; below it the key


@dataclass(frozen=True, slots=True)
class _Places:
    """Where a button has its sign and its words, and to which side the words lean."""

    sign: QRectF
    words: QRectF
    flag: Qt.AlignmentFlag


class _RailButton(QPushButton):
    """Sign, word and key: one above the other, or where ``low`` the sign beside the words."""

    def __init__(self, look: Look, entry: RoomEntry, number: int, *, low: bool) -> None:
        super().__init__()
        self._look = look
        self._low = low
        self.room = entry.room
        self._word = look.said(entry.word)
        self._key = f"Alt+{number % 10}"
        self.setProperty("part", "rail")
        self.setCheckable(True)
        self.setAccessibleName(self._word)
        self.setToolTip(plain_tip(f"{self._word} ({self._key})"))
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)

    def sizeHint(self) -> QSize:
        """Room for the sign, the word and the key."""
        return QSize(self._look.px(_WIDTH), self._look.px(_LOW if self._low else _HEIGHT))

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
        area, where = QRectF(self.rect()), self._places(QRectF(self.rect()))
        paint_sign(painter, where.sign, self.room, ink)
        painter.setPen(ink)
        font = QFont(self.font())
        font.setWeight(QFont.Weight.DemiBold if self.isChecked() else QFont.Weight.Normal)
        painter.setFont(font)
        words = where.words
        line = area.height() * _UPPER if self._low else painter.fontMetrics().height()
        word = painter.fontMetrics().elidedText(self._word, Qt.TextElideMode.ElideRight, int(words.width()))
        place = int(where.flag | Qt.AlignmentFlag.AlignVCenter | Qt.TextFlag.TextDontClip)
        painter.drawText(QRectF(words.left(), words.top(), words.width(), line), place, word)
        font.setPixelSize(self._look.px(SMALL))
        font.setWeight(QFont.Weight.Normal)
        painter.setFont(font)
        painter.setPen(QColor(colours.quiet))
        height = area.height() * (1 - _UPPER) if self._low else painter.fontMetrics().height()
        below = QRectF(words.left(), words.top() + line - 1, words.width(), height)
        painter.drawText(below, place, self._key)
        painter.end()

    def _places(self, area: QRectF) -> _Places:
        near = self._look.px(NEAR)
        if not self._low:
            side = self._look.px(_SIGN)
            below = near + side + self._look.px(TIGHT) / 2
            return _Places(
                sign=QRectF(area.center().x() - side / 2, near, side, side),
                words=area.adjusted(near / 2, below, -near / 2, 0),
                flag=Qt.AlignmentFlag.AlignHCenter,
            )
        side = self._look.px(_SMALL_SIGN)
        tight, top = self._look.px(TIGHT), area.center().y() - side / 2
        if self.layoutDirection() is Qt.LayoutDirection.RightToLeft:
            sign = QRectF(area.right() - tight - side, top, side, side)
            words = area.adjusted(tight / 2, 0, -(side + 2 * tight), 0)
            return _Places(sign=sign, words=words, flag=Qt.AlignmentFlag.AlignRight)
        sign = QRectF(area.left() + tight, top, side, side)
        words = area.adjusted(side + 2 * tight, 0, -tight / 2, 0)
        return _Places(sign=sign, words=words, flag=Qt.AlignmentFlag.AlignLeft)


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

    def bind(self, window: QWidget) -> None:
        """Take the keys of the pages, also while there is no page: a key without one must not fall into a field."""
        for number in range(1, _MOST + 1):
            # A button's own shortcut answers a tenth of a second later, and sleeps while the rail is hidden.
            shortcut = QShortcut(QKeySequence(f"Alt+{number % 10}"), window)
            shortcut.activated.connect(partial(self._pressed, number))

    def _pressed(self, number: int) -> None:
        button = next(iter(self.buttons[number - 1 : number]), None)
        if button is not None:
            button.click()

    def _rebuild(self) -> None:
        for button in self.buttons:
            self._group.removeButton(button)
            self._column.removeWidget(button)
            button.hide()
            button.deleteLater()
        for number, entry in enumerate(self._entries, start=1):
            button = _RailButton(self._look, entry, number, low=len(self._entries) > _ROOMY)
            button.clicked.connect(lambda _checked=False, room=entry.room: self._go_to(room))
            self._group.addButton(button)
            self._column.insertWidget(number - 1, button)
