# SPDX-License-Identifier: Apache-2.0
"""The one window: the frame around whatever page stands in it. It knows no service; it renders a FrameState."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime, tzinfo

from PySide6.QtCore import Qt, QTimer
from PySide6.QtGui import QCloseEvent, QKeyEvent, QKeySequence, QShortcut
from PySide6.QtWidgets import QHBoxLayout, QMainWindow, QVBoxLayout, QWidget

from station.domain.words import say
from station.ports.storage import StoreKind
from ui.desktop.frame.device_bar import DeviceBar
from ui.desktop.frame.focus_keeper import FocusKeeper
from ui.desktop.frame.rail import Rail
from ui.desktop.frame.sheets import DeviceSheet, KeySheet
from ui.desktop.frame.top_line import TopLine, TrainingBand
from ui.desktop.style.tokens import NEAR
from ui.desktop.widgets.look import Look
from ui.desktop.widgets.parts import TroubleNote
from ui.presenters.frame import FramePresenter, FrameState, Room
from ui.presenters.keymap import KEYMAP, Act

_SMALLEST = (960, 600)


class MainWindow(QMainWindow):
    """The frame. ``acts`` are bound to their keys for as long as the window lives."""

    def __init__(
        self,
        look: Look,
        frame: FramePresenter,
        *,
        now: Callable[[], datetime],
        zone: tzinfo,
        open_room: Callable[[Room], None],
        acts: Mapping[Act, Callable[[], None]],
        closing: Callable[[], None] = lambda: None,
    ) -> None:
        super().__init__()
        self._look = look
        self._frame = frame
        self._now = now
        self._zone = zone
        self._closing = closing
        self._open_room = open_room
        self._room: Room | None = None
        self._page: QWidget | None = None
        self.setWindowTitle(look.said(say("Border-post station")))
        self.setMinimumSize(*_SMALLEST)
        self.top = TopLine(look)
        self.band = TrainingBand(look)
        self.rail = Rail(look, frame.go_to, {Act.KEYS: self.toggle_keys, Act.SIGN_OUT: acts[Act.SIGN_OUT]})
        self.devices = DeviceBar(look)
        self.note = TroubleNote(look)
        self.area = QWidget()
        self._place = QVBoxLayout(self.area)
        self._place.setContentsMargins(0, 0, 0, 0)
        self._build()
        self.key_sheet = KeySheet(look, self.area, self.toggle_keys)
        self.device_sheet = DeviceSheet(look, self.area, frame.choose, frame.toggle_choices)
        self._focus_keeper = FocusKeeper(self.area, lambda: self._page)
        for act, run in {Act.KEYS: self.toggle_keys, Act.DEVICES: frame.toggle_choices, **acts}.items():
            shortcut = QShortcut(QKeySequence(KEYMAP[act].sequence), self)
            shortcut.activated.connect(run)
        self.rail.bind(self)
        self._clock = QTimer(self)
        self._clock.setTimerType(Qt.TimerType.PreciseTimer)
        self._clock.timeout.connect(self._tick)
        self._tick()
        frame.show_on(self.render_state)

    def _build(self) -> None:
        whole = QWidget()
        whole.setProperty("part", "window")
        column = QVBoxLayout(whole)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.top)
        column.addWidget(self.band)
        middle = QHBoxLayout()
        middle.setSpacing(0)
        middle.addWidget(self.rail)
        right = QVBoxLayout()
        right.setSpacing(0)
        note_row = QHBoxLayout()
        gap = self._look.px(NEAR)
        note_row.setContentsMargins(gap, gap, gap, 0)
        note_row.addWidget(self.note)
        right.addLayout(note_row)
        right.addWidget(self.area, 1)
        middle.addLayout(right, 1)
        column.addLayout(middle, 1)
        column.addWidget(self.devices)
        self.setCentralWidget(whole)

    # ── what the frame shows ───────────────────────────────────────────────────────────────────────────────

    def render_state(self, state: FrameState) -> None:
        """Show another state of the frame."""
        self.top.render_state(state)
        self.band.setVisible(state.training)
        self.band.render_state(state)
        at_bench = any(entry.room is Room.BENCH for entry in state.rooms)
        self.key_sheet.of_kind(StoreKind.TRAINING if state.training else None, bench=at_bench, room=state.room)
        self.rail.render_state(state.rooms, state.room)
        self.devices.setVisible(bool(state.devices))
        self.devices.render_state(state.devices)
        self.device_sheet.render_state(state.choices)
        self.note.tell(state.note or state.alarm)
        if state.room is not self._room:
            self._room = state.room
            if state.room is not None:
                self._open_room(state.room)

    def put(self, page: QWidget) -> None:
        """Show another page. The one before is hidden, not destroyed: its owner decides."""
        self.key_sheet.forget_before()
        self.key_sheet.close_sheet()
        self.device_sheet.forget_before()
        if self._page is not None and self._page is not page:
            self._place.removeWidget(self._page)
            self._page.hide()
        self._page = page
        if self._place.indexOf(page) < 0:
            self._place.addWidget(page)
        page.show()
        page.setFocus()  # until it says where in it: what it cannot say must not fall to the rail

    def drop(self, page: QWidget) -> None:
        """Destroy a page whose person has left, with everything that stands in it."""
        if page is self._page:
            self._page = None
        self._place.removeWidget(page)
        page.hide()
        page.deleteLater()

    @property
    def page(self) -> QWidget | None:
        """What stands in the frame."""
        return self._page

    def toggle_keys(self) -> None:
        """The sheet with all keys."""
        if self.key_sheet.isVisible():
            self.key_sheet.close_sheet()
        else:
            self.key_sheet.open()

    def shut(self) -> None:
        """Close the window, as its corner does."""
        self.close()

    # ── what Qt tells ──────────────────────────────────────────────────────────────────────────────────────

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """F8 where the page has no use for it: choose among all devices."""
        if event.key() == Qt.Key.Key_F8:
            self._frame.toggle_choices()
            return
        super().keyPressEvent(event)

    def focusNextPrevChild(self, next: bool) -> bool:  # noqa: FBT001 (Qt calls it)
        """With Tab, and when what has the keyboard goes: then it stays in the page."""
        return self._focus_keeper.keeps(self.focusWidget()) or super().focusNextPrevChild(next)

    def closeEvent(self, event: QCloseEvent) -> None:
        """The window goes: whoever is signed in is signed out first."""
        self._clock.stop()
        self._closing()
        event.accept()

    def _tick(self) -> None:
        now = self._now()
        self.top.tick(now.astimezone(self._zone))
        self._frame.devices_looked_at()
        self._clock.start(1000 - now.microsecond // 1000)
