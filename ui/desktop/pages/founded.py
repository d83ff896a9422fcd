# SPDX-License-Identifier: Apache-2.0
"""What is said once after a station was founded; for a practice post also its generated people."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QPushButton, QVBoxLayout, QWidget

from station.domain.words import say
from ui.desktop.style.tokens import APART, WIDE
from ui.desktop.widgets.look import Look
from ui.desktop.widgets.parts import Panel, label
from ui.presenters.first_start import FirstStartState, Practice

_WIDTH = 680


class FoundedView(QWidget):
    """The station is set up; Enter goes on."""

    def __init__(self, look: Look, go_on: Callable[[], None]) -> None:
        super().__init__()
        self._look = look
        self._panel = Panel(look)
        self._panel.setFixedWidth(look.px(_WIDTH))
        self._panel.column.setContentsMargins(*(look.px(WIDE),) * 4)
        self._panel.column.setSpacing(look.px(APART))
        self.go = QPushButton()
        self.go.setProperty("part", "next")
        self.go.clicked.connect(go_on)
        across = QHBoxLayout()
        across.addStretch(1)
        across.addWidget(self._panel)
        across.addStretch(1)
        down = QVBoxLayout(self)
        down.addStretch(1)
        down.addLayout(across)
        down.addStretch(2)

    def render_state(self, state: FirstStartState) -> None:
        """Say what was made."""
        look, column = self._look, self._panel.column
        if column.count():
            return
        column.addWidget(label(look, say("The station is set up."), voice="title"))
        if state.practice is None:
            column.addWidget(
                label(look, say("The people you named can sign in now, each with their own password."), wrap=True)
            )
            self.go.setText(look.said(say("Sign in  Enter")))
        else:
            self._practice(state.practice)
            self.go.setText(look.said(say("Sign in as the first person  Enter")))
        column.addWidget(self.go)

    def _practice(self, practice: Practice) -> None:
        look, column = self._look, self._panel.column
        column.addWidget(
            label(
                look,
                say("These people were made up. Write the passwords down: they are shown only now."),
                wrap=True,
            )
        )
        table = QGridLayout()
        table.setHorizontalSpacing(look.px(WIDE))
        for place, heading in enumerate((say("Name"), say("Role"), say("Password"))):
            table.addWidget(label(look, heading, voice="heading"), 0, place)
        for row, person in enumerate(practice.people, start=1):
            password = label(look, person.password, voice="large")
            password.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
            table.addWidget(label(look, person.name, voice="large"), row, 0)
            table.addWidget(label(look, person.role), row, 1)
            table.addWidget(password, row, 2)
        column.addLayout(table)
        column.addWidget(
            label(
                look,
                say("The key that opens the exports of this practice post is in {file}.", file=practice.key_file),
                voice="quiet",
                wrap=True,
            )
        )

    def take_focus(self) -> None:
        """The one thing to do."""
        self.go.setFocus()
