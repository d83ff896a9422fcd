# SPDX-License-Identifier: Apache-2.0
"""A list at the left; at the right what two people agree on, and below it what is asked."""

from __future__ import annotations

from functools import partial
from typing import Any

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeyEvent, QKeySequence, QShortcut
from PySide6.QtWidgets import QHBoxLayout, QListWidget, QPlainTextEdit, QVBoxLayout, QWidget

from station.domain.checks import CheckResult
from station.domain.words import Text, say
from ui.desktop.style.tokens import APART
from ui.desktop.widgets.look import Look
from ui.desktop.widgets.parts import Panel, TroubleNote, bar_of_keys, key_button, label, margins
from ui.desktop.widgets.question_form import QuestionForm
from ui.desktop.widgets.words import give
from ui.presenters.agreeing import BACK, GO_ON, AgreeingPresenter, AgreeingState
from ui.presenters.keymap import Key


class AgreeingView(QWidget):
    """Renders AgreeingState. It stands in the place of another page of the same room."""

    def __init__(self, look: Look, presenter: AgreeingPresenter[Any]) -> None:
        super().__init__()
        self._look = look
        self.presenter = presenter
        self._rows: tuple[Text, ...] = ()
        self._words = ""
        self.setProperty("part", "page")
        self.list = QListWidget()
        self.nothing = label(look, wrap=True)
        self.meaning = label(look, presenter.meaning, voice="quiet", wrap=True)
        self.shown = QPlainTextEdit()
        self.form = QuestionForm(look)
        self.happened = TroubleNote(look)
        self.trouble = TroubleNote(look)
        self.working = label(look, voice="quiet", wrap=True)
        self.buttons = [(key, key_button(look, key)) for key in presenter.keys]
        self._build()
        self._bind()
        presenter.show_on(self.render_state)

    def _build(self) -> None:
        look, heading = self._look, self.presenter.heading
        whole = QVBoxLayout(self)
        margins(whole, look.px(APART), spacing=look.px(APART))
        columns = QHBoxLayout()
        columns.setSpacing(look.px(APART))
        left = Panel(look, heading=heading)
        self.list.setAccessibleName(look.said(heading))
        self.list.setProperty("data", True)
        self.list.setWordWrap(True)
        self.list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        left.column.addWidget(self.nothing)
        left.column.addWidget(self.list, 1)
        left.column.addStretch(0)  # keeps the sentence at the top while there is no list
        right = Panel(look)
        self.shown.setReadOnly(True)
        self.shown.setTabChangesFocus(True)
        self.shown.setAccessibleName(look.said(say("What both agree to")))
        self.shown.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        right.column.addWidget(self.meaning)
        right.column.addWidget(self.shown, 1)
        for widget in (self.happened, self.form, self.trouble, self.working):
            right.column.addWidget(widget)
        right.column.addStretch(0)
        columns.addWidget(left, 2)
        columns.addWidget(right, 3)
        whole.addLayout(columns, 1)
        whole.addWidget(bar_of_keys(look, *(button for _, button in self.buttons)))

    def _bind(self) -> None:
        context = Qt.ShortcutContext.WidgetWithChildrenShortcut
        for key, button in self.buttons:
            does = partial(self._do, key)
            button.clicked.connect(does)
            if key not in (GO_ON, BACK):  # Enter is the fields', Esc the page's
                QShortcut(QKeySequence(key.sequence), self, context=context).activated.connect(does)
        self.form.answered.connect(self.presenter.submit)
        self.list.currentRowChanged.connect(self.presenter.choose)

    def _do(self, key: Key) -> None:
        if key is GO_ON:
            self.form.submit()
        else:
            self.presenter.do(key)

    def render_state(self, state: AgreeingState) -> None:
        """Show the list, what both agree to, and what is asked."""
        look = self._look
        self._render_rows(state)
        words = "\n".join(look.said(text) for text in state.shown)
        if words != self._words:  # or the place to which somebody has scrolled would be lost
            self._words = words
            self.shown.setPlainText(words)
        self.shown.setVisible(bool(words))
        self.meaning.setVisible(not words)
        self.happened.tell(state.happened, result=CheckResult.SUCCESSFUL)
        self.trouble.tell(state.trouble)
        self.working.setText(look.said(state.working))
        self.working.setVisible(state.working is not None)
        asking = state.question is not None
        self.form.show_question(state.question, state.asked, busy=state.working is not None)
        for key, button in self.buttons:
            button.setVisible(key in state.keys)
            give(button, "part", "next" if key in state.keys[:1] and key is not BACK else "action")
        if not asking and self.isVisible() and not self.list.hasFocus():
            self.take_focus()

    def _render_rows(self, state: AgreeingState) -> None:
        nothing = say("There was none yet.") if state.read else say("Reading…")
        self.nothing.setText(self._look.said(nothing))
        self.nothing.setVisible(not state.rows)
        self.list.setVisible(bool(state.rows))
        self.list.setEnabled(state.question is None)
        if state.rows != self._rows:
            self._rows = state.rows
            self.list.blockSignals(True)
            self.list.clear()
            self.list.addItems([self._look.said(row) for row in state.rows])
            self.list.blockSignals(False)
        if state.rows and self.list.currentRow() != state.chosen:
            self.list.blockSignals(True)
            self.list.setCurrentRow(state.chosen)
            self.list.blockSignals(False)

    def take_focus(self) -> None:
        """Where something is asked, or the list, or the page, whose keys work everywhere on it."""
        if self.form.take_focus():
            return
        if self.list.isVisible():
            self.list.setFocus()
        else:
            self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
            self.setFocus()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Esc leaves the form, or the page."""
        if event.key() == Qt.Key.Key_Escape:
            self.presenter.do(BACK)
        else:
            super().keyPressEvent(event)
