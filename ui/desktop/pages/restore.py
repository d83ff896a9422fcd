# SPDX-License-Identifier: Apache-2.0
"""A backup and two sheets bring a post back: fields on the left, the sheets and what came of it on the right."""

from __future__ import annotations

from functools import partial

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import (
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QProgressBar,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from station.domain.checks import CheckResult
from station.domain.words import Text, say
from ui.desktop.style.tokens import APART, TIGHT
from ui.desktop.widgets.look import Look
from ui.desktop.widgets.parts import Panel, TroubleNote, bar_of_keys, label, margins
from ui.desktop.widgets.sheet_form import SheetForm
from ui.presenters.forms import MOST_OF_A_PASSWORD
from ui.presenters.restore import RestoreForm, RestorePresenter, RestoreStage, RestoreState
from ui.presenters.showing import Trouble

_LONGEST_PATH = 4096
_FIELDS: tuple[tuple[str, Text], ...] = (
    ("backup", say("Backup (.tar.age)")),
    ("signer", say("The station's key (station.pub)")),
    ("name", say("Sign-in name")),
    ("display_name", say("Name shown")),
    ("password", say("New password")),
    ("again", say("New password again")),
)


class RestorePage(QWidget):
    """Renders RestoreState. ``take_focus`` puts the keyboard where something is wanted."""

    def __init__(self, look: Look, presenter: RestorePresenter) -> None:
        super().__init__()
        self._look = look
        self.presenter = presenter
        self._stage: RestoreStage | None = None
        self.setProperty("part", "page")
        self.fields: dict[str, QLineEdit] = {}
        self._wrong: dict[str, QLabel] = {}
        self.says = label(look, voice="title", wrap=True)
        self.steps = label(look, _STEPS, wrap=True)
        self.typing = SheetForm(look)
        self.progress = QProgressBar()
        self.progress.setTextVisible(False)
        self.trouble = TroubleNote(look)
        self.result = TroubleNote(look)
        self.go = QPushButton()
        self.go.setProperty("part", "next")
        self.leave = QPushButton(look.said(say("Esc  Leave")))
        self.leave.setProperty("part", "action")
        self._build()
        self.go.clicked.connect(self._enter)
        self.leave.clicked.connect(presenter.leave)
        self.typing.changed.connect(presenter.suggest)
        self.typing.taken.connect(presenter.take)
        self.typing.back.connect(presenter.back)
        presenter.show_on(self.render_state)

    def _build(self) -> None:
        look = self._look
        whole = QVBoxLayout(self)
        margins(whole, look.px(APART), spacing=look.px(APART))
        columns = QHBoxLayout()
        columns.setSpacing(look.px(APART))
        left = Panel(look, heading=say("Restore a backup"))
        left.column.addLayout(self._grid())
        left.column.addStretch(1)
        right = Panel(look)
        for widget in (self.says, self.steps, self.typing, self.progress, self.result, self.trouble):
            right.column.addWidget(widget)
        right.column.addStretch(1)
        columns.addWidget(left, 1)
        columns.addWidget(right, 1)
        whole.addLayout(columns, 1)
        whole.addWidget(bar_of_keys(look, self.go, self.leave))

    def _grid(self) -> QGridLayout:
        look = self._look
        grid = QGridLayout()
        grid.setHorizontalSpacing(look.px(APART))
        grid.setVerticalSpacing(look.px(TIGHT))
        grid.setColumnStretch(1, 1)
        row = 0
        for name, text in _FIELDS:
            if name == "name":
                grid.addWidget(label(look, say("New supervisor"), voice="heading"), row, 0, 1, 2)
                row += 1
            field = QLineEdit()
            field.setProperty("data", True)
            field.setMaxLength(_LONGEST_PATH if name in ("backup", "signer") else MOST_OF_A_PASSWORD)
            if name in ("password", "again"):
                field.setEchoMode(QLineEdit.EchoMode.Password)
            field.setAccessibleName(look.said(text))
            field.returnPressed.connect(partial(self._entered, name))
            title = label(look, text)
            title.setBuddy(field)
            wrong = label(look, voice="strong", wrap=True)
            wrong.hide()
            grid.addWidget(title, row, 0)
            grid.addWidget(field, row, 1)
            grid.addWidget(wrong, row + 1, 1)
            self.fields[name], self._wrong[name] = field, wrong
            row += 2
        self.fields["backup"].setPlaceholderText("…/hbm-backups/backup-….tar.age")
        return grid

    def render_state(self, state: RestoreState) -> None:
        """Show what is asked now, and what came of it."""
        look = self._look
        fresh, self._stage = state.stage is not self._stage, state.stage
        filling = state.stage is RestoreStage.FILLING_IN
        for name, field in self.fields.items():
            field.setEnabled(filling)
            text = state.wrong.get(name)
            self._wrong[name].setVisible(text is not None)
            self._wrong[name].setText("▲ " + look.said(text) if text is not None else "")
            field.setAccessibleDescription(self._wrong[name].text())
        self.says.setText(look.said(_SAYS[state.stage]))
        self.steps.setVisible(filling)
        self.typing.setVisible(state.typing is not None)
        if state.typing is not None:
            self.typing.render_typing(state.typing)
        self.progress.setVisible(state.stage is RestoreStage.RESTORING)
        self.progress.setMaximum(max(1, state.of))
        self.progress.setValue(state.done)
        self.trouble.tell(state.trouble)
        checked = state.restored is None or state.restored.signature_checked
        self.result.tell(_result(state), result=CheckResult.SUCCESSFUL if checked else CheckResult.UNDETERMINED)
        ahead = _GO.get(state.stage)
        self.go.setText(look.said(ahead) if ahead else "")
        self.go.setVisible(ahead is not None)
        self.leave.setVisible(state.stage is not RestoreStage.RESTORED)
        if state.stage is RestoreStage.RESTORED:
            for name in ("password", "again"):
                self.fields[name].clear()
        first = next(iter(state.wrong), None)
        if first is not None:
            self.fields[first].setFocus()
        elif fresh or state.typing is not None:
            self.take_focus()

    def take_focus(self) -> None:
        """Where something is to be typed."""
        if self.presenter.state.typing is not None:
            self.typing.take_focus()
        elif self.presenter.state.stage is RestoreStage.FILLING_IN:
            empty = next((field for field in self.fields.values() if not field.text()), self.fields["backup"])
            empty.setFocus()
        else:
            self.go.setFocus()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Enter goes on, Esc goes back. The Enter of a field comes here as well: it was answered there."""
        if event.key() == Qt.Key.Key_Escape:
            self.presenter.leave()
        elif event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            if not isinstance(self.focusWidget(), QLineEdit):
                self._enter()
        else:
            super().keyPressEvent(event)

    def _entered(self, name: str) -> None:
        """On to a field that is still empty. The station's key may stay so: it is only gone through."""
        names = list(self.fields)
        after = names[names.index(name) + 1 :]
        empty = (other for other in names if not self.fields[other].text() and (other in after or other != "signer"))
        wanted = next(empty, None)
        if wanted is None or wanted == name:
            self._enter()
        else:
            self.fields[wanted].setFocus()

    def _enter(self) -> None:
        if self.presenter.state.stage is RestoreStage.RESTORED:
            self.presenter.finish()
        else:
            self.presenter.go_on(RestoreForm(**{name: field.text() for name, field in self.fields.items()}))


_STEPS = say(
    "Needed: a backup, two of the three recovery sheets, and the file station.pub. The people of the post keep their "
    "passwords. Records made after the backup are not in it."
)
_SAYS: dict[RestoreStage, Text] = {
    RestoreStage.FILLING_IN: say("Bring a station back on this computer"),
    RestoreStage.TYPING: say("Type the words of two recovery sheets"),
    RestoreStage.RESTORING: say("Restoring. Every page is checked; this takes a while."),
    RestoreStage.RESTORED: say("The station is back."),
}
#: What Enter does; on the other stages there is nothing to press.
_GO: dict[RestoreStage, Text] = {
    RestoreStage.FILLING_IN: say("Type the sheets  Enter"),
    RestoreStage.RESTORED: say("Sign in  Enter"),
}


def _result(state: RestoreState) -> Trouble | None:
    manifest = state.manifest
    if manifest is None or state.restored is None:
        return None
    when = f"\u2066{manifest.made_at:%Y-%m-%d %H:%M} UTC\u2069"
    unchecked = say("Nobody checked who made this backup. Compare it with headquarters before you rely on it.")
    tell = say("Tell headquarters that this station was restored, and when the backup was made.")
    return Trouble(
        cause=say(
            "Everything recorded until {when} is here: {post}, {station}.",
            when=when,
            post=manifest.post,
            station=manifest.station,
        ),
        next_step=tell if state.restored.signature_checked else unchecked,
    )
