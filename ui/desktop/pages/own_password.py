# SPDX-License-Identifier: Apache-2.0
"""The form for one's own password, in the middle of a quiet page."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QVBoxLayout, QWidget

from station.domain.words import say
from ui.desktop.style.tokens import APART, WIDE
from ui.desktop.widgets.look import Look
from ui.desktop.widgets.parts import Panel, TroubleNote, label
from ui.desktop.widgets.question_form import QuestionForm
from ui.presenters.own_password import OwnPasswordPresenter, OwnPasswordState

_WIDTH = 620


class OwnPasswordPage(QWidget):
    """Renders OwnPasswordState."""

    def __init__(
        self, look: Look, presenter: OwnPasswordPresenter, *, leave: Callable[[], None] = lambda: None
    ) -> None:
        """``leave``: back to the page before; nobody who has a one-time password goes back."""
        super().__init__()
        self._leave = leave
        self._look = look
        self.presenter = presenter
        self.setProperty("part", "page")
        self.form = QuestionForm(look)
        self.trouble = TroubleNote(look)
        self.working = label(look, voice="quiet", wrap=True)
        self.must = label(look, say("Somebody else knows your password. Nothing opens before you choose your own."))
        self.must.setWordWrap(True)
        self.after = label(look, say("After it you sign in again with the new password."), voice="quiet", wrap=True)
        self.go = QPushButton(look.said(say("{key}  {word}", key="Enter", word=look.said(say("Change it")))))
        self.go.setProperty("part", "next")
        self.go.setAccessibleName(look.said(say("Change it")))
        self.back = QPushButton(look.said(say("{key}  {word}", key="Esc", word=look.said(say("Back")))))
        self.back.setProperty("part", "action")
        self.back.setAccessibleName(look.said(say("Back")))
        panel = Panel(look)
        panel.setFixedWidth(look.px(_WIDTH))
        panel.column.setContentsMargins(look.px(WIDE), look.px(APART), look.px(WIDE), look.px(APART))
        panel.column.setSpacing(look.px(APART))
        for widget in (self.must, self.form, self.trouble, self.working, self.after):
            panel.column.addWidget(widget)
        acts = QHBoxLayout()
        acts.setSpacing(look.px(APART))
        acts.addWidget(self.go, 1)
        acts.addWidget(self.back)
        panel.column.addLayout(acts)
        across = QHBoxLayout()
        across.addStretch(1)
        across.addWidget(panel)
        across.addStretch(1)
        down = QVBoxLayout(self)
        down.addStretch(2)
        down.addLayout(across)
        down.addStretch(3)
        self.form.answered.connect(presenter.submit)
        self.go.clicked.connect(self.form.submit)
        self.back.clicked.connect(self._go_back)
        presenter.show_on(self.render_state)

    def render_state(self, state: OwnPasswordState) -> None:
        """Show the form, and what is wrong with the last try."""
        busy = state.working is not None
        self.must.setVisible(state.must)
        self.trouble.tell(state.trouble)
        self.after.setVisible(state.trouble is None)
        self.working.setText(self._look.said(state.working))
        self.working.setVisible(busy)
        self.go.setEnabled(not busy)
        self.back.setEnabled(not busy)
        self.back.setVisible(not state.must)
        self.form.show_question(state.question, state.asked, busy=busy)
        self.form.says.setVisible(state.trouble is None)  # room for what is wrong

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Esc goes back, unless a new password is being set or has to be."""
        if event.key() == Qt.Key.Key_Escape:
            self._go_back()
        else:
            super().keyPressEvent(event)

    def _go_back(self) -> None:
        state = self.presenter.state
        if not state.must and state.working is None:
            self._leave()

    def take_focus(self) -> None:
        """The first empty field."""
        self.form.take_focus()
