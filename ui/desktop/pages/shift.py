# SPDX-License-Identifier: Apache-2.0
"""Who answers for the post, what is to be signed, and the report beside it: nothing is signed unseen."""

from __future__ import annotations

from datetime import tzinfo
from functools import partial

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeyEvent, QKeySequence, QShortcut
from PySide6.QtWidgets import QFrame, QHBoxLayout, QListWidget, QScrollArea, QVBoxLayout, QWidget

from station.domain.words import say
from station.post.clock import CONFIRM_IT
from station.reporting.shift_reports import KeptReport
from ui.desktop.style.tokens import APART, NEAR
from ui.desktop.widgets.look import Look
from ui.desktop.widgets.parts import Panel, TroubleNote, bar_of_keys, key_button, label, margins
from ui.desktop.widgets.shift_report_view import ShiftReportView
from ui.desktop.widgets.signing_form import SigningForm
from ui.desktop.widgets.words import Words, give
from ui.presenters.shift import ShiftPresenter
from ui.presenters.shift_view import SHIFT_KEYS, ShiftAct, ShiftState
from ui.presenters.showing import Trouble
from ui.shift_sections import moment


class ShiftPage(QWidget):
    """Renders ShiftState."""

    def __init__(self, look: Look, presenter: ShiftPresenter, *, zone: tzinfo) -> None:
        super().__init__()
        self._look = look
        self._zone = zone
        self.presenter = presenter
        self._older: tuple[KeptReport, ...] = ()
        self.setProperty("part", "page")
        self.line = Words(look, "title", wraps=True)
        self.next_step = Words(look, wraps=True)
        self.since = Words(look, "quiet", wraps=True)
        self.clock = TroubleNote(look)
        self.form = SigningForm(look)
        self.trouble = TroubleNote(look)
        self.working = Words(look, "quiet", wraps=True)
        self.happened = Words(look, "strong", wraps=True)
        self.older = QListWidget()
        self.report = ShiftReportView(look, zone=zone)
        self.turning = Words(look, "quiet")
        self.buttons = {act: key_button(look, SHIFT_KEYS[act]) for act in ShiftAct}
        self._build()
        self._bind()
        presenter.show_on(self.render_state)

    def _build(self) -> None:
        look = self._look
        whole = QVBoxLayout(self)
        margins(whole, look.px(APART), spacing=look.px(APART))
        columns = QHBoxLayout()
        columns.setSpacing(look.px(APART))
        left = Panel(look, heading=say("Shift"))
        inside = QWidget()
        column = QVBoxLayout(inside)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(look.px(NEAR))
        for widget in (self.line, self.since, self.next_step, self.clock, self.happened, self.form, self.trouble):
            column.addWidget(widget)
        column.addWidget(self.working)
        column.addStretch(1)
        self._left = QScrollArea()
        self._left.setWidgetResizable(True)
        self._left.setFrameShape(QFrame.Shape.NoFrame)
        self._left.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._left.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._left.setWidget(inside)
        left.column.addWidget(self._left, 3)
        self._older_heading = label(look, say("Reports of earlier shifts"), voice="heading")
        left.column.addWidget(self._older_heading)
        self.older.setAccessibleName(look.said(say("Reports of earlier shifts")))
        self.older.setProperty("data", True)
        left.column.addWidget(self.older, 2)
        right = Panel(look, heading=say("Report"))
        right.column.addWidget(self.report, 1)
        right.column.addWidget(self.turning)
        columns.addWidget(left, 2)
        columns.addWidget(right, 3)
        whole.addLayout(columns, 1)
        whole.addWidget(bar_of_keys(look, *self.buttons.values()))

    def _bind(self) -> None:
        context = Qt.ShortcutContext.WidgetWithChildrenShortcut
        for act, key in SHIFT_KEYS.items():
            does = partial(self._do, act)
            self.buttons[act].clicked.connect(does)
            if act not in (ShiftAct.SIGN, ShiftAct.LEAVE):  # Enter is the fields', Esc the page's
                QShortcut(QKeySequence(key.sequence), self, context=context).activated.connect(does)
        for name, forward in (("PgUp", False), ("PgDown", True)):  # from every field, so that what is signed is read
            turning = QShortcut(QKeySequence(name), self, context=context)
            turning.activated.connect(partial(self.report.turn, forward=forward))
        self.form.signed.connect(self.presenter.submit)
        self.form.named.connect(self.presenter.named)
        self.older.currentRowChanged.connect(self.presenter.choose)

    def _do(self, act: ShiftAct) -> None:
        if act is ShiftAct.SIGN:
            self.form.submit()
        else:
            self.presenter.do(act)

    def render_state(self, state: ShiftState) -> None:
        """Show who answers, what is asked, and the report."""
        line = state.line
        asked = state.form is not None  # what is being signed needs the room; the frame says the rest meanwhile
        self.line.tell(None if asked else line.says if line else say("Reading…"))
        self.next_step.tell(line.next_step if line and not asked else None)
        begun = None
        if line is not None and line.since is not None:
            begun = say("Shift {number}, since {time}", number=line.number, time=moment(line.since, self._zone))
        self.since.tell(None if asked else begun)
        steps = state.clock.steps
        self.clock.tell(Trouble(cause=steps[-1].says, next_step=CONFIRM_IT) if steps and not asked else None)
        self.happened.tell(state.happened)
        self.trouble.tell(state.trouble)
        self.working.tell(state.working)
        self.form.show_form(state)
        self._render_older(state)
        self.report.show_report(state.shown)
        self.turning.tell(say("PgUp PgDn: move the report") if state.shown is not None else None)
        acts = state.acts
        for act, button in self.buttons.items():
            button.setVisible(act in acts)
            give(button, "part", "next" if acts and act is acts[0] else "action")

    def _render_older(self, state: ShiftState) -> None:
        for widget in (self.older, self._older_heading):
            widget.setVisible(state.form is None and state.may_run and bool(state.older))
        if state.older == self._older:
            return
        self._older = state.older
        self.older.blockSignals(True)
        self.older.clear()
        for kept in state.older:
            words = say(
                "Shift {number}, {time}",
                number=kept.shift.number,
                time=moment(kept.shift.opened_at, self._zone),
            )
            self.older.addItem(self._look.said(words))
        self.older.blockSignals(False)

    def take_focus(self) -> None:
        """The form's first field, or the page, whose keys work everywhere on it."""
        if not self.form.take_focus():
            self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
            self.setFocus()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Esc leaves the form or stops the printer; Enter does the obvious next thing, in the form its fields'."""
        if event.key() == Qt.Key.Key_Escape:
            self.presenter.do(ShiftAct.LEAVE)
        elif event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and self.presenter.state.acts:
            here = next((act for act, button in self.buttons.items() if button.hasFocus()), None)
            if here is not None or self.presenter.state.form is None:
                self._do(here or self.presenter.state.acts[0])
        else:
            super().keyPressEvent(event)
