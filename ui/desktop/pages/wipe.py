# SPDX-License-Identifier: Apache-2.0
"""What is destroyed, what stays possible, and the few fields before it; and the page after it."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import Qt
from PySide6.QtGui import QHideEvent, QKeyEvent
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QLabel, QLineEdit, QPushButton, QVBoxLayout, QWidget

from station.domain.checks import CheckResult
from station.domain.words import Text, say
from station.ports.storage import StoreKind
from ui.desktop.style.tokens import APART, NEAR, WIDE
from ui.desktop.widgets.look import Look
from ui.desktop.widgets.parts import Panel, TroubleNote, bar_of_keys, label
from ui.presenters.forms import MOST_OF_A_PASSWORD
from ui.presenters.showing import Trouble
from ui.presenters.wipe import OTHER_DIGITS, Wiped, WipeForm, WipePresenter, WipeStage, WipeState

_WIDTH = 640
_LONGEST_DIGITS = 12
_GOES = say("At once and for ever: every key of this station. Nobody can open its records here, with any password.")
_STAYS = say(
    "What stays possible: a backup and two recovery sheets bring the records back on another computer. "
    "Headquarters can read what was exported. Everything else is lost."
)
_TRAINING = say("This is practice: only the keys of this training store are destroyed.")


class _Middle(QWidget):
    """A panel in the middle of a quiet page."""

    def __init__(self, look: Look) -> None:
        super().__init__()
        self.setProperty("part", "page")
        self.panel = Panel(look)
        self.panel.setFixedWidth(look.px(_WIDTH))
        self.panel.column.setContentsMargins(*(look.px(WIDE),) * 4)
        self.panel.column.setSpacing(look.px(APART))
        across = QHBoxLayout()
        across.addStretch(1)
        across.addWidget(self.panel)
        across.addStretch(1)
        down = QVBoxLayout(self)
        down.addStretch(1)
        down.addLayout(across)
        down.addStretch(2)


class WipePage(_Middle):
    """Renders WipeState. What was typed is emptied when the page goes."""

    def __init__(self, look: Look, presenter: WipePresenter) -> None:
        super().__init__(look)
        self._look = look
        self.presenter = presenter
        self._tries = 0
        self.name, self.password, self.pin, self.digits = QLineEdit(), QLineEdit(), QLineEdit(), QLineEdit()
        self.pin_title = label(look)
        self.training = label(look, _TRAINING, voice="strong", wrap=True)
        self.trouble = TroubleNote(look)
        self.status = label(look, voice="quiet", wrap=True)
        self.go = QPushButton(look.said(say("Destroy all keys  Enter")))
        self.go.setProperty("part", "next")
        self.leave = QPushButton(look.said(say("Esc  Leave")))
        self.leave.setProperty("part", "action")
        self._build()
        self.go.clicked.connect(self._submit)
        self.leave.clicked.connect(presenter.leave)
        self.name.editingFinished.connect(lambda: presenter.named(self.name.text()))
        self.name.setText(presenter.state.name)
        presenter.show_on(self.render_state)

    def _build(self) -> None:
        look, column = self._look, self.panel.column
        column.addWidget(label(look, say("Destroy the keys of this station"), voice="title", wrap=True))
        column.addWidget(self.training)
        column.addWidget(label(look, _GOES, voice="strong", wrap=True))
        column.addWidget(label(look, _STAYS, wrap=True))
        grid = QGridLayout()
        grid.setHorizontalSpacing(look.px(APART))
        grid.setVerticalSpacing(look.px(NEAR))
        grid.setColumnStretch(1, 1)
        copied = say("Copy these digits: {digits}", digits=self.presenter.state.digits)
        titles: tuple[tuple[Text, QLabel, QLineEdit], ...] = (
            (say("Name"), label(look), self.name),
            (say("Password"), label(look), self.password),
            (say("PIN of the token"), self.pin_title, self.pin),
            (copied, label(look, voice="strong"), self.digits),
        )
        for row, (text, title, line) in enumerate(titles):
            title.setText(look.said(text))
            title.setBuddy(line)
            line.setAccessibleName(look.said(text))
            line.setProperty("data", True)
            line.setMaxLength(_LONGEST_DIGITS if line is self.digits else MOST_OF_A_PASSWORD)
            if line in (self.password, self.pin):
                line.setEchoMode(QLineEdit.EchoMode.Password)
            line.returnPressed.connect(self._entered)
            grid.addWidget(title, row, 0)
            grid.addWidget(line, row, 1)
        column.addLayout(grid)
        column.addWidget(self.trouble)
        column.addWidget(self.status)
        column.addWidget(bar_of_keys(look, self.go, self.leave))

    def render_state(self, state: WipeState) -> None:
        """Show what is asked, and how far it is."""
        self.training.setVisible(state.kind is StoreKind.TRAINING)
        self.pin.setVisible(state.pin)
        self.pin_title.setVisible(state.pin)
        asking = state.stage is WipeStage.ASKING
        for widget in (self.name, self.password, self.pin, self.digits, self.go, self.leave):
            widget.setEnabled(asking)
        self.status.setText("" if asking else self._look.said(say("The keys are being destroyed…")))
        self.status.setVisible(not asking)
        self.trouble.tell(state.trouble)
        if state.tries != self._tries:
            self._tries = state.tries
            self._empty()
            if self.isVisible():
                self.take_focus()

    def take_focus(self) -> None:
        """The first empty field."""
        next((line for line in self._lines() if not line.text()), self.go).setFocus()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Esc leaves; Enter on a button presses it, and in a field goes on to the next empty one."""
        enter = event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter)
        if event.key() == Qt.Key.Key_Escape or (enter and self.leave.hasFocus()):
            self.presenter.leave()
        elif enter and self.go.hasFocus():
            self._submit()
        else:
            super().keyPressEvent(event)

    def hideEvent(self, event: QHideEvent) -> None:
        """Another page, not a minimised window: nothing secret stays in a hidden field."""
        if not event.spontaneous():
            self._empty()
        super().hideEvent(event)

    def _empty(self) -> None:
        self.password.clear()
        self.pin.clear()

    def _lines(self) -> list[QLineEdit]:
        pin = [self.pin] if self.presenter.state.pin else []
        return [self.name, self.password, *pin, self.digits]

    def _entered(self) -> None:
        empty = next((line for line in self._lines() if not line.text()), None)
        if empty is None:
            self._submit()
        else:
            empty.setFocus()

    def _submit(self) -> None:
        pin = self.pin.text() if self.presenter.state.pin else ""
        self.presenter.submit(
            WipeForm(name=self.name.text(), password=self.password.text(), pin=pin, digits=self.digits.text())
        )
        if self.presenter.state.trouble is OTHER_DIGITS:
            self.digits.clear()
            self.digits.setFocus()


class WipedPage(_Middle):
    """The keys are gone: what stays possible, and the next step. Enter closes the window."""

    def __init__(self, look: Look, wiped: Wiped, *, folder: str, close: Callable[[], None]) -> None:
        super().__init__(look)
        self._close = close
        column = self.panel.column
        self.go = QPushButton(look.said(say("Close the station  Enter")))
        self.go.setProperty("part", "next")
        self.go.clicked.connect(close)
        if wiped.complete:
            column.addWidget(label(look, say("The keys are destroyed"), voice="title", wrap=True))
            for line in wiped.remains:
                column.addWidget(label(look, line, wrap=True))
            later = say("To begin again later: remove the folder {folder}, or choose another one.", folder=folder)
            column.addWidget(label(look, say("Next: leave the computer, and tell headquarters."), voice="strong"))
            column.addWidget(label(look, later, voice="quiet", wrap=True))
        else:
            column.addWidget(label(look, say("Not all keys are destroyed"), voice="title", wrap=True))
            trouble = TroubleNote(look)
            trouble.tell(Trouble(cause=wiped.remains[0], next_step=wiped.remains[-1]), result=CheckResult.FAILED)
            column.addWidget(trouble)
        column.addWidget(self.go)

    def take_focus(self) -> None:
        """The one thing to do."""
        self.go.setFocus()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Enter closes the window."""
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self._close()
        else:
            super().keyPressEvent(event)
