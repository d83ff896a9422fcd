# SPDX-License-Identifier: Apache-2.0
"""Name and password in the middle of a quiet page; what is wrong stands beside them, with the next step."""

from __future__ import annotations

import time
from collections.abc import Callable

from PySide6.QtCore import Qt, QTimer
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QLineEdit, QPushButton, QVBoxLayout, QWidget

from station.domain.words import Text, say
from station.ports.storage import StoreKind
from ui.desktop.style.tokens import APART, WIDE
from ui.desktop.widgets.look import Look
from ui.desktop.widgets.parts import Panel, TroubleNote, key_button, label
from ui.presenters.forms import MOST_OF_A_PASSWORD
from ui.presenters.keymap import Act
from ui.presenters.sign_in import Phase, SignInPresenter, SignInState, Why

_WIDTH = 460
_TENTH = 100  # ms
_PIN = say("PIN of the token")

_FORGOTTEN = say(
    "Password forgotten? A supervisor gives a new one for one time on the page People. If no supervisor can sign in, "
    "two recovery sheets and a backup bring the station back in an empty folder, with a new supervisor."
)

_TITLES: dict[Why, Text] = {
    Why.START: say("Sign in"),
    Why.SIGNED_OUT: say("Signed out"),
    Why.LOCKED: say("Locked"),
    Why.SLEPT: say("Locked"),
    Why.SCREEN: say("Locked"),
    Why.NEW_KEYS: say("New keys"),
    Why.WIPE: say("Destroy the keys"),
}
_EXPLANATIONS: dict[Why, Text] = {
    Why.START: say("The records are encrypted. Your password opens them."),
    Why.SIGNED_OUT: say("The records are closed. The next person can sign in."),
    Why.LOCKED: say("Nobody touched the station for a while. What was begun is kept: sign in to go on."),
    Why.SLEPT: say("The computer went to sleep. What was begun is kept: sign in to go on."),
    Why.SCREEN: say("The screen went off or was locked. What was begun is kept: sign in to go on."),
    Why.WIPE: say("The records are closed first. Then this page asks for your name and password."),
    Why.NEW_KEYS: say(
        "Type your password again: then the stores get new keys, which may take some minutes, and the station opens. "
        "Until it is done, new keys stay due."
    ),
}


class SignInPage(QWidget):
    """Renders SignInState. The password never leaves the field except to the presenter."""

    def __init__(self, look: Look, presenter: SignInPresenter, *, wipe: Callable[[], None] = lambda: None) -> None:
        """``wipe`` asks for the page that destroys the keys; the window binds its key."""
        super().__init__()
        self._look = look
        self._presenter = presenter
        self._tries = 0
        self._since = 0.0
        self.setProperty("part", "page")
        self.title = label(look, voice="title")
        self.explanation = label(look, voice="quiet", wrap=True)
        self.kind = label(look, voice="strong", wrap=True)
        self.name, self.password, self.pin = QLineEdit(), QLineEdit(), QLineEdit()
        for line in (self.name, self.password, self.pin):
            line.setMaxLength(MOST_OF_A_PASSWORD)
        for line in (self.password, self.pin):
            line.setEchoMode(QLineEdit.EchoMode.Password)
        self.pin_title = label(look, _PIN)
        self.go = QPushButton(look.said(say("Sign in  Enter")))
        self.go.setProperty("part", "next")
        self.forgotten = label(look, _FORGOTTEN, voice="quiet", wrap=True)
        self.wipe = key_button(look, Act.WIPE, part="plain")
        self.wipe.clicked.connect(wipe)
        self.status = label(look, voice="quiet", wrap=True)
        self.trouble = TroubleNote(look)
        self._build()
        self._tenths = QTimer(self)
        self._tenths.setInterval(_TENTH)
        self._tenths.timeout.connect(self._count)
        self.go.clicked.connect(self._submit)
        self.name.returnPressed.connect(self._from_name)
        self.name.editingFinished.connect(lambda: presenter.named(self.name.text()))
        self.password.returnPressed.connect(self._from_password)
        self.pin.returnPressed.connect(self._submit)
        self.name.setText(presenter.state.name)
        presenter.named(presenter.state.name)
        presenter.show_on(self.render_state)

    def _build(self) -> None:
        look = self._look
        panel = Panel(look)
        panel.setFixedWidth(look.px(_WIDTH))
        panel.column.setContentsMargins(*(look.px(WIDE),) * 4)
        panel.column.setSpacing(look.px(APART))
        for widget in (self.title, self.explanation, self.kind):
            panel.column.addWidget(widget)
        fields = QGridLayout()
        fields.setHorizontalSpacing(look.px(APART))
        fields.setVerticalSpacing(look.px(APART))
        rows = (
            (say("Name"), label(look, say("Name")), self.name),
            (say("Password"), label(look, say("Password")), self.password),
            (_PIN, self.pin_title, self.pin),
        )
        for row, (text, title, field) in enumerate(rows):
            title.setBuddy(field)
            field.setAccessibleName(look.said(text))
            fields.addWidget(title, row, 0)
            fields.addWidget(field, row, 1)
        panel.column.addLayout(fields)
        panel.column.addWidget(self.trouble)
        panel.column.addWidget(self.forgotten)
        panel.column.addWidget(self.status)
        panel.column.addWidget(self.go)
        across = QHBoxLayout()
        across.addStretch(1)
        across.addWidget(panel)
        across.addStretch(1)
        foot = QHBoxLayout()
        foot.addStretch(1)
        foot.addWidget(self.wipe)
        down = QVBoxLayout(self)
        down.addStretch(2)
        down.addLayout(across)
        down.addStretch(3)
        down.addLayout(foot)

    def render_state(self, state: SignInState) -> None:
        """Show why this page is here, and where signing in stands."""
        look = self._look
        self.title.setText(look.said(_TITLES[state.why]))
        self.explanation.setText(look.said(_EXPLANATIONS[state.why]))
        self.kind.setVisible(state.kind is StoreKind.TRAINING)
        self.kind.setText(look.said(say("This is a training store: specimen travellers only.")))
        unlocking = state.phase is Phase.UNLOCKING
        self.pin_title.setVisible(state.pin)
        self.pin.setVisible(state.pin)
        for widget in (self.name, self.password, self.pin, self.go):
            widget.setEnabled(state.phase not in (Phase.UNLOCKING, Phase.ENDING))
        self.trouble.tell(state.trouble)
        self.forgotten.setVisible(state.tries > 0 and state.phase is Phase.READY)
        if state.tries != self._tries:
            self._tries = state.tries
            self.password.clear()
            self.pin.clear()
            if self.isVisible():
                self.password.setFocus()
        if unlocking and not self._tenths.isActive():
            self._since = time.monotonic()
            self._tenths.start()
            self._count()
        elif not unlocking:
            self._tenths.stop()
            closing = state.phase in (Phase.CLOSING, Phase.ENDING)
            self.status.setText(look.said(say("The records are being closed.")) if closing else "")
        self.status.setVisible(bool(self.status.text()))

    def take_focus(self) -> None:
        """The first empty field."""
        (self.password if self.name.text() else self.name).setFocus()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Esc stops a try under way."""
        if event.key() == Qt.Key.Key_Escape:
            self._presenter.cancel()
        else:
            super().keyPressEvent(event)

    def _from_name(self) -> None:
        if self.password.text():
            self._submit()
        else:
            self.password.setFocus()

    def _from_password(self) -> None:
        if self._presenter.state.pin and not self.pin.text():
            self.pin.setFocus()
        else:
            self._submit()

    def _submit(self) -> None:
        pin = self.pin.text() if self._presenter.state.pin else ""
        self._presenter.submit(self.name.text(), self.password.text(), pin)

    def _count(self) -> None:
        spent = f"{time.monotonic() - self._since:.1f}"
        doing = self._presenter.state.doing
        if doing is None:
            words = say("Opening the records… {seconds} s. Esc stops.", seconds=spent)
        else:
            words = say("{doing} {seconds} s.", doing=doing, seconds=spent)
        self.status.setText(self._look.said(words))
