# SPDX-License-Identifier: Apache-2.0
"""Sheets that open over a page without closing it: all keys, and the devices to choose from. Esc closes them."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import (
    QApplication,
    QFrame,
    QGridLayout,
    QHBoxLayout,
    QListWidget,
    QListWidgetItem,
    QVBoxLayout,
    QWidget,
)

from station.domain.words import say
from station.ports.storage import StoreKind
from ui.desktop.style.marks import MARKS
from ui.desktop.style.tokens import APART, NEAR, TIGHT, WIDE
from ui.desktop.widgets.look import Look
from ui.desktop.widgets.parts import label, margins
from ui.presenters.frame import DeviceChoice, Room
from ui.presenters.keymap import LIST_KEYS, PLACE_KEYS, keys_everywhere, keys_of
from ui.presenters.page_keys import keys_of_page


class Sheet(QFrame):
    """Lies over the area of ``over``, takes the keyboard, and gives it back where it was."""

    def __init__(self, look: Look, over: QWidget) -> None:
        super().__init__(over)
        self.look = look
        self._over = over
        self._before: QWidget | None = None
        self.setProperty("part", "note")
        self.setAutoFillBackground(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.column = QVBoxLayout(self)
        margins(self.column, look.px(WIDE), spacing=look.px(APART))
        over.installEventFilter(self)
        self.hide()

    def open(self) -> None:
        """Lie over the page."""
        if self.isVisible():
            return
        self._before = QApplication.focusWidget()
        self._lay()
        self.show()
        self.raise_()
        self.setFocus(Qt.FocusReason.PopupFocusReason)

    def close_sheet(self) -> None:
        """Go away."""
        if not self.isVisible():
            return
        self.hide()
        before, self._before = self._before, None
        if before is not None and before.isVisible():
            before.setFocus(Qt.FocusReason.PopupFocusReason)

    def forget_before(self) -> None:
        """The page beneath is going away: nothing there takes the keyboard back."""
        self._before = None

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Follow the size of the page."""
        if watched is self._over and event.type() == QEvent.Type.Resize and self.isVisible():
            self._lay()
        return False

    def _lay(self) -> None:
        self.setGeometry(self._over.rect())


class KeySheet(Sheet):
    """The keys of the page that is open, first, then those of the station, each with its word."""

    #: With more keys than this in two columns the tall letters of some scripts would be cut.
    TWO_COLUMNS = 28

    def __init__(self, look: Look, over: QWidget, closed: Callable[[], None]) -> None:
        super().__init__(look, over)
        self._closed = closed
        self.column.addWidget(label(look, say("All keys"), voice="title"))
        self._kind: StoreKind | None = None
        self._bench = False
        self._room: Room | None = None
        self._table = QWidget()
        self._grid = QGridLayout(self._table)
        margins(self._grid, 0)
        self._grid.setHorizontalSpacing(look.px(APART))
        self._grid.setVerticalSpacing(look.px(NEAR))
        self.column.addWidget(self._table)
        self.column.addStretch(1)
        marks = QHBoxLayout()
        marks.setSpacing(look.px(WIDE))
        for mark in MARKS.values():
            marks.addWidget(label(look, say("{mark} {word}", mark=mark.symbol, word=mark.word), voice="quiet"))
        marks.addStretch(1)
        self.column.addLayout(marks)
        self.column.addWidget(label(look, say("Esc closes this sheet."), voice="quiet"))
        self._fill()

    def of_kind(self, kind: StoreKind | None, *, bench: bool = False, room: Room | None = None) -> None:
        """Show the keys of a store of this kind; those of the bench for whoever works there; those of a page there."""
        if (kind, bench, room) != (self._kind, self._bench, self._room):
            self._kind, self._bench, self._room = kind, bench, room
            self._fill()

    @property
    def keys(self) -> tuple[str, ...]:
        """The keys that are named."""
        return tuple(key for key, _word in self._rows())

    def _rows(self) -> list[tuple[str, str]]:
        own = keys_of_page(self._room)
        shared = keys_everywhere(self._kind) if own else keys_of(self._kind, bench=self._bench)
        rows = [(key.label, self.look.said(key.word)) for key in (*own, *shared)]
        return rows + [(keys, self.look.said(word)) for keys, word in (LIST_KEYS if own else PLACE_KEYS)]

    def _fill(self) -> None:
        while (item := self._grid.takeAt(0)) is not None:
            gone = item.widget()
            if gone is not None:
                gone.hide()
                gone.deleteLater()
        rows = self._rows()
        columns = 2 if len(rows) <= self.TWO_COLUMNS else 3
        for column in range(3):
            self._grid.setColumnStretch(2 * column + 1, 1 if column < columns else 0)
        height = -(-len(rows) // columns)
        for place, (key, word) in enumerate(rows):
            column, row = divmod(place, height)
            self._grid.addWidget(label(self.look, key, voice="key"), row, 2 * column, Qt.AlignmentFlag.AlignLeading)
            self._grid.addWidget(label(self.look, word), row, 2 * column + 1)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Any of the keys that mean 'done' closes it."""
        if event.key() in (Qt.Key.Key_Escape, Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self._closed()
        else:
            event.accept()


class DeviceSheet(Sheet):
    """Which device fills which role; Enter lets the marked one fill its role from now on."""

    def __init__(
        self, look: Look, over: QWidget, choose: Callable[[DeviceChoice], None], closed: Callable[[], None]
    ) -> None:
        super().__init__(look, over)
        self._choose = choose
        self._closed = closed
        self._choices: tuple[DeviceChoice, ...] = ()
        self.column.addWidget(label(look, say("Choose a device"), voice="title"))
        self._list = QListWidget()
        self._list.setAccessibleName(look.said(say("Choose a device")))
        self._list.setSpacing(look.px(TIGHT) // 2)
        self._list.itemActivated.connect(self._activated)
        self.setFocusProxy(self._list)
        self.column.addWidget(self._list, 1)
        self.column.addWidget(
            label(look, say("↑ ↓ to choose, Enter to use it from now on, Esc to leave it as it is."), voice="quiet")
        )

    def render_state(self, choices: Sequence[DeviceChoice] | None) -> None:
        """Show the devices, or go away."""
        if choices is None:
            self._choices = ()
            self.close_sheet()
            return
        if tuple(choices) != self._choices:
            row = self._list.currentRow()
            self._choices = tuple(choices)
            self._list.clear()
            for choice in self._choices:
                self._list.addItem(QListWidgetItem(self._words(choice)))
            self._list.setCurrentRow(min(max(row, 0), self._list.count() - 1))
        self.open()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Esc closes; the list has handled the others."""
        if event.key() == Qt.Key.Key_Escape:
            self._closed()
        else:
            event.accept()

    def _activated(self, item: QListWidgetItem) -> None:
        row = self._list.row(item)
        if 0 <= row < len(self._choices):
            self._choose(self._choices[row])

    def _words(self, choice: DeviceChoice) -> str:
        mark = MARKS[choice.mark].symbol
        if choice.chosen:
            text = say(
                "{mark} {role}: {device}. Chosen. {health}",
                mark=mark,
                role=choice.role.title,
                device=choice.name,
                health=choice.says,
            )
        else:
            text = say(
                "{mark} {role}: {device}. {health}",
                mark=mark,
                role=choice.role.title,
                device=choice.name,
                health=choice.says,
            )
        return self.look.said(text)
