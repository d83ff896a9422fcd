# SPDX-License-Identifier: Apache-2.0
"""The technician's bench: a device per row, its live view on the right. Passive: it draws a BenchState."""

from __future__ import annotations

from PySide6.QtCore import Qt, QTimer
from PySide6.QtGui import QFocusEvent, QKeyEvent, QKeySequence, QResizeEvent, QShortcut
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QVBoxLayout, QWidget

from station.domain.words import say
from ui.desktop.style.tokens import APART, NEAR
from ui.desktop.widgets.action_bar import ActionBar
from ui.desktop.widgets.bench_live import FEW_STEPS, LivePanel, StepsPanel
from ui.desktop.widgets.bench_panel import PanelBox
from ui.desktop.widgets.device_rows import DeviceRows
from ui.desktop.widgets.look import Look
from ui.desktop.widgets.parts import Panel, TroubleNote, label, margins
from ui.desktop.widgets.words import Words
from ui.presenters.bench import BenchPresenter
from ui.presenters.bench_view import BenchMode, BenchState
from ui.presenters.inspect_view import ActionView
from ui.presenters.keymap import KEYMAP, Act, is_of_bench

#: Acts that are about the station and not about the chosen device: they stand under the list.
_OF_STATION = frozenset({Act.BENCH_DIAGNOSTICS, Act.BENCH_PROFILE})


_LOOK_AGAIN = 1000  # ms, while some driver did not say yet why it has no device
_BESIDE = 124  # of a question under the live view
_ANY_HEIGHT = 16_777_215  # QWIDGETSIZE_MAX


class BenchPage(QWidget):
    """Renders BenchState."""

    def __init__(self, look: Look, presenter: BenchPresenter) -> None:
        super().__init__()
        self._look = look
        self.presenter = presenter
        self.setProperty("part", "page")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.rows = DeviceRows(look)
        self.none = label(look, say("No device is attached. It appears here by itself."), wrap=True)
        self.live = LivePanel(look)
        self.steps = StepsPanel(look)
        self.panel = PanelBox(look)
        self.trouble = TroubleNote(look)
        self.told = Words(look, "strong", wraps=True)
        self.action_bar = ActionBar(look, self._pressed)
        self.more_bar = ActionBar(look, self._pressed)
        self.station_bar = ActionBar(look, self._pressed)
        self._panel_before = False
        self._of_device: list[ActionView] = []
        self._again = QTimer(self)
        self._again.setInterval(_LOOK_AGAIN)
        self._build()
        self._bind()
        presenter.live_to(self.live.live_picture.offer)
        presenter.show_on(self.render_state)

    def _build(self) -> None:
        look = self._look
        whole = self._whole = QVBoxLayout(self)
        margins(whole, look.px(APART), spacing=look.px(NEAR))
        columns = QHBoxLayout()
        columns.setSpacing(look.px(APART))
        left = Panel(look, heading=say("Devices"))
        left.column.addWidget(self.none)
        left.column.addWidget(self.rows, 1)
        left.column.addWidget(self.station_bar)
        right = QVBoxLayout()
        right.setSpacing(look.px(NEAR))
        right.addWidget(self.steps)
        right.addWidget(self.live, 1)
        right.addWidget(self.panel, 1)
        columns.addWidget(left, 2)
        columns.addLayout(right, 3)
        whole.addLayout(columns, 1)
        whole.addWidget(self.told)
        whole.addWidget(self.trouble)
        whole.addWidget(self.action_bar)
        whole.addWidget(self.more_bar)

    def _bind(self) -> None:
        presenter = self.presenter
        self._again.timeout.connect(presenter.look_again)
        self.rows.currentRowChanged.connect(presenter.choose)
        self.rows.itemActivated.connect(lambda _item: presenter.do(Act.NEXT))
        self.panel.options.pressed_key.connect(presenter.press)
        self.panel.options.moved.connect(presenter.move)
        self.panel.line.textEdited.connect(presenter.type)
        self.panel.moved.connect(presenter.move)
        for act in (act for act in Act if is_of_bench(act)):
            shortcut = QShortcut(QKeySequence(KEYMAP[act].sequence), self)
            shortcut.setContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
            shortcut.activated.connect(lambda act=act: presenter.do(act))

    # ── drawing ────────────────────────────────────────────────────────────────────────────────────────────

    def render_state(self, state: BenchState) -> None:
        """Show another state; the keyboard moves only when a panel opens or closes."""
        self.none.setVisible(not state.rows)
        nowhere = self.rows.isHidden()
        self.rows.setVisible(bool(state.rows or state.idle))
        self.rows.blockSignals(True)
        self.rows.show_rows(state.rows, state.idle, state.chosen)
        self.rows.blockSignals(False)
        if any(row.why is None for row in state.idle) is not self._again.isActive():
            self._again.stop() if self._again.isActive() else self._again.start()
        testing = state.mode is BenchMode.TESTING
        about = None if state.working is not None or testing else state.about
        live = state.mode is BenchMode.LIVE
        self.live.show_view(
            state.view or about, otherwise=state.working or (_INVITATION if testing else None), live=live
        )
        self.panel.show_panel(state.panel)
        beside = state.panel is not None and state.panel.beside
        self.steps.show_steps(state.steps, room=0 if beside else FEW_STEPS)
        self.live.setVisible(state.panel is None or beside)
        self.panel.setVisible(state.panel is not None)
        self.panel.setMaximumHeight(self._look.px(_BESIDE) if beside else _ANY_HEIGHT)
        self.told.tell(state.working if state.working is not None and state.view is not None else state.told)
        self.trouble.tell(state.trouble)
        self._of_device = [action for action in state.actions if action.act not in _OF_STATION]
        self._lay_actions()
        self.station_bar.show_actions([action for action in state.actions if action.act in _OF_STATION])
        self._move_focus(open_panel=state.panel is not None)
        if nowhere and any(button.hasFocus() for button in self.station_bar.findChildren(QPushButton)):
            self.take_focus()  # the first row has come

    def _lay_actions(self) -> None:
        """As many actions in the first row as have room there with this language and these letters."""
        self.action_bar.show_actions(self._of_device)
        sides = self._whole.contentsMargins()
        count = self.action_bar.fitting(self.width() - sides.left() - sides.right())
        self.action_bar.show_actions(self._of_device[:count])
        self.more_bar.show_actions(self._of_device[count:])
        self.more_bar.setVisible(len(self._of_device) > count)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Another width has room for other actions."""
        super().resizeEvent(event)
        self._lay_actions()

    def _move_focus(self, *, open_panel: bool) -> None:
        if open_panel and not self._panel_before:
            self.panel.take_focus()
        elif self._panel_before and not open_panel:
            self.take_focus()
        elif open_panel and self.panel.wants_focus:
            self.panel.take_focus()
        self._panel_before = open_panel

    def take_focus(self) -> None:
        """The list of devices and drivers; what can be done with the station while it is empty."""
        if self.rows.isHidden():
            self.station_bar.focus_first()
        else:
            self.rows.setFocus(Qt.FocusReason.OtherFocusReason)

    # ── what the technician does ───────────────────────────────────────────────────────────────────────────

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Enter, Esc, and the keys that larger or smaller pictures and longer lists need."""
        key = event.key()
        if key in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.presenter.do(Act.NEXT)
        elif key == Qt.Key.Key_Escape:
            self.presenter.do(Act.LEAVE)
        elif key in (Qt.Key.Key_PageUp, Qt.Key.Key_PageDown):
            pages = 1 if key == Qt.Key.Key_PageDown else -1
            (self.panel if self.panel.isVisible() else self.live).turn_page(pages)
        elif key in (Qt.Key.Key_Plus, Qt.Key.Key_Minus):
            for picture in self.live.pictures:
                picture.zoom(1 if key == Qt.Key.Key_Plus else -1)
        else:
            super().keyPressEvent(event)

    def focusInEvent(self, event: QFocusEvent) -> None:
        """The page itself never holds the keyboard."""
        super().focusInEvent(event)
        self.take_focus()

    def _pressed(self, action: ActionView) -> None:
        self.presenter.do(action.act)


#: What stands on the right while a test waits for the technician.
_INVITATION = say("Do what is asked above, then press Enter. Ctrl+N skips a step that cannot be done here.")
