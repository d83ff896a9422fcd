# SPDX-License-Identifier: Apache-2.0
"""Who has keys of which store, and the recovery sheets: tried, and printed anew with four eyes."""

from __future__ import annotations

from functools import partial

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeyEvent, QKeySequence, QShortcut
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QScrollArea, QVBoxLayout, QWidget

from station.access.roles import ROLE_TITLES
from station.domain.checks import CheckResult
from station.domain.words import Text, say
from station.ports.keys import SlotView
from station.ports.storage import StoreName
from station.safekeeping.recovery import KeysState
from ui.desktop.pages.two_sides import TwoSides
from ui.desktop.style.tokens import APART, NEAR, WIDE
from ui.desktop.widgets.handout_form import HandoutForm
from ui.desktop.widgets.look import Look
from ui.desktop.widgets.parts import Panel, TroubleNote, bar_of_keys, key_button, label, margins
from ui.desktop.widgets.sheet_form import SheetForm
from ui.desktop.widgets.words import give
from ui.presenters.recovery import RecoveryPresenter
from ui.presenters.recovery_view import RECOVERY_KEYS, RecoveryAct, RecoveryStage, RecoveryState

STORES: dict[StoreName, Text] = {
    StoreName.BORDER: say("border"),
    StoreName.ENFORCEMENT: say("enforcement"),
    StoreName.PROTECTION: say("protection"),
}


class RecoveryPage(QWidget):
    """Renders RecoveryState."""

    def __init__(self, look: Look, presenter: RecoveryPresenter) -> None:
        super().__init__()
        self._look = look
        self.presenter = presenter
        self._known: KeysState | None = None
        self.setProperty("part", "page")
        self.front = QWidget()
        self.sides = TwoSides(self, self.front)
        self.people = QWidget()
        self.set_mark = label(look, voice="title", wrap=True)
        self.meaning = label(look, _MEANING, voice="quiet", wrap=True)
        self.typing_words = label(look, wrap=True)
        self.typing = SheetForm(look)
        self.handout = HandoutForm(look)
        self.happened = TroubleNote(look)
        self.working = label(look, say("Working…"), voice="quiet")
        self.trouble = TroubleNote(look)
        self.buttons = {act: key_button(look, RECOVERY_KEYS[act]) for act in RecoveryAct}
        self._build()
        self._bind()
        presenter.show_on(self.render_state)

    def _build(self) -> None:
        look = self._look
        whole = QVBoxLayout(self.front)
        margins(whole, look.px(APART), spacing=look.px(APART))
        columns = QHBoxLayout()
        columns.setSpacing(look.px(APART))
        left = Panel(look, heading=say("Who has keys"))
        scroll = QScrollArea()
        scroll.setWidgetResizable(True)
        scroll.setAccessibleName(look.said(say("Who has keys")))
        scroll.setWidget(self.people)
        left.column.addWidget(scroll, 1)
        self._table = QGridLayout(self.people)
        self._table.setContentsMargins(0, 0, 0, 0)
        self._table.setHorizontalSpacing(look.px(WIDE))
        self._table.setVerticalSpacing(look.px(NEAR))
        self._table.setAlignment(Qt.AlignmentFlag.AlignTop)
        left.column.addWidget(label(look, _KEYS, voice="quiet", wrap=True))
        right = Panel(look, heading=say("Recovery sheets"))
        for widget in (
            self.set_mark,
            self.meaning,
            self.typing_words,
            self.typing,
            self.handout,
            self.working,
            self.happened,
            self.trouble,
        ):
            right.column.addWidget(widget)
        right.column.addStretch(1)
        columns.addWidget(left, 1)
        columns.addWidget(right, 1)
        whole.addLayout(columns, 1)
        whole.addWidget(bar_of_keys(look, *self.buttons.values()))

    def _bind(self) -> None:
        presenter = self.presenter
        context = Qt.ShortcutContext.WidgetWithChildrenShortcut
        for act, key in RECOVERY_KEYS.items():
            does = partial(presenter.do, act)
            self.buttons[act].clicked.connect(does)
            if act is not RecoveryAct.LEAVE:  # Esc is the page's
                QShortcut(QKeySequence(key.sequence), self.front, context=context).activated.connect(does)
        self.typing.changed.connect(presenter.suggest)
        self.typing.taken.connect(presenter.take)
        self.typing.back.connect(presenter.back)
        self.handout.print_next.connect(presenter.print_next)
        self.handout.answered.connect(presenter.answer)

    def render_state(self, state: RecoveryState) -> None:
        """Show who has keys, and where the sheets stand."""
        look = self._look
        if state.keys is not None and state.keys != self._known:
            self._known = state.keys
            self._render_people(state.keys)
        self.set_mark.setText(look.said(_mark(state)))
        resting = state.typing is None and state.handout is None
        self.set_mark.setVisible(resting)
        self.meaning.setVisible(resting)
        self.typing.setVisible(state.typing is not None)
        self.typing_words.setVisible(state.typing is not None)
        if state.typing is not None:
            old = state.stage is RecoveryStage.TYPING_OLD
            self.typing_words.setText(look.said(_TYPE_OLD if old else _TYPE_TEST))
            self.typing.render_typing(state.typing)
            self.typing.setEnabled(state.stage is not RecoveryStage.WORKING)
        self.handout.render_handout(state.handout)
        self.working.setVisible(state.stage is RecoveryStage.WORKING)
        self.happened.tell(state.happened, result=CheckResult.SUCCESSFUL)
        self.trouble.tell(state.trouble)
        for act, button in self.buttons.items():
            button.setVisible(act in state.acts)
            # While something is typed or handed out, the next thing is Enter in its form.
            obvious = state.stage is RecoveryStage.READY and act is state.acts[0]
            give(button, "part", "next" if obvious else "action")
        if state.typing is not None and self.isVisible():
            self.typing.take_focus()

    def _render_people(self, keys: KeysState) -> None:
        look, table = self._look, self._table
        while (item := table.takeAt(0)) is not None:
            widget = item.widget()
            if widget is not None:
                widget.deleteLater()
        headings = (say("Sign-in name"), say("Role"), say("Stores"), say("Second factor"))
        for column, heading in enumerate(headings):
            table.addWidget(label(look, heading, voice="quiet"), 0, column)
        for row, person in enumerate(keys.people, start=1):
            for column, text in enumerate(self._row(person)):
                table.addWidget(label(look, text), row, column)
        table.setColumnStretch(len(headings), 1)

    def _row(self, person: SlotView) -> tuple[str, str, str, str]:
        said = self._look.said
        stores = ", ".join(said(STORES[name]) for name in StoreName if name in person.stores)
        factor = f"\u2068{person.factor_label}\u2069" if person.second_factor else said(say("none"))
        return (f"\u2068{person.name}\u2069", said(ROLE_TITLES[person.role]), stores, factor)

    def take_focus(self) -> None:
        """The field that waits, or the page, whose keys work everywhere on it."""
        if self.sides.turned:
            self.sides.take_focus()
        elif self.presenter.state.typing is not None:
            self.typing.take_focus()
        elif not self.handout.take_focus():
            self.front.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
            self.front.setFocus()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Esc leaves what is being typed or handed out."""
        if self.sides.turned:
            super().keyPressEvent(event)
        elif event.key() == Qt.Key.Key_Escape:
            self.presenter.do(RecoveryAct.LEAVE)
        elif event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and self.handout.isVisible():
            self.handout.submit()
        else:
            super().keyPressEvent(event)


_MEANING = say(
    "Three sheets of paper hold the recovery: with the post commander, with headquarters, and in a sealed envelope. "
    "Any two of them, with a backup, bring everything back. The station itself does not know the words."
)
_KEYS = say("Each person's key is opened by their own password. Nobody's password is kept.")
_TYPE_TEST = say("Type the words of two sheets. You are told whether they fit; nothing is restored or opened.")
_TYPE_OLD = say("Type the words of two sheets that count now. The new ones are made from them.")


def _mark(state: RecoveryState) -> Text:
    if state.keys is None:
        return say("Reading…")
    if state.keys.mark is None:
        return say("This station has no recovery sheets.")
    return say("The sheets of set {mark} count.", mark=state.keys.mark)
