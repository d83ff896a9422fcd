# SPDX-License-Identifier: Apache-2.0
"""The people of the post as a plain table, one of them in words beside it, and what an act on them asks."""

from __future__ import annotations

from functools import partial

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeyEvent, QKeySequence, QShortcut
from PySide6.QtWidgets import (
    QAbstractItemView,
    QHBoxLayout,
    QHeaderView,
    QPushButton,
    QTableWidget,
    QTableWidgetItem,
    QVBoxLayout,
    QWidget,
)

from station.access.people_state import Person, PersonState
from station.access.roles import ROLE_TITLES
from station.domain.words import say
from ui.desktop.style.marks import MarkSign
from ui.desktop.style.tokens import APART, FIELD_HEIGHT, NEAR
from ui.desktop.widgets.look import Look
from ui.desktop.widgets.parts import Panel, TroubleNote, bar_of_keys, label, margins
from ui.desktop.widgets.question_form import QuestionForm
from ui.desktop.widgets.words import Data, Words, give
from ui.presenters.people import PeoplePresenter
from ui.presenters.people_view import NOT_VOUCHED, PEOPLE_KEYS, STATES, PeopleAct, PeopleState
from ui.presenters.showing import Trouble
from ui.translation import END_ISOLATE, ISOLATE

_HEADINGS = (say("Name"), say("Signs in as"), say("Role"), say("State"))


class PeoplePage(QWidget):
    """Renders PeopleState."""

    def __init__(self, look: Look, presenter: PeoplePresenter) -> None:
        super().__init__()
        self._look = look
        self.presenter = presenter
        self._had_one_time = False
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)  # holds the keys while a one-time password is shown
        self._people: tuple[Person, ...] = ()
        self.setProperty("part", "page")
        self.table = QTableWidget(0, len(_HEADINGS))
        self.name = Data(look, "title", wraps=True)
        self.role = Words(look, wraps=True)
        self.mark = MarkSign(look.tokens, look.translator)
        self.means = Words(look, wraps=True)
        self.not_vouched = Words(look, "strong", NOT_VOUCHED, wraps=True)
        self.one_time_says = Words(look, "strong", wraps=True)
        self.one_time = Data(look, "title")
        self.due = TroubleNote(look)
        self.form = QuestionForm(look)
        self.trouble = TroubleNote(look)
        self.happened = label(look, voice="strong", wrap=True)
        self.working = label(look, voice="quiet", wrap=True)
        self.buttons = {act: self._button(act) for act in PeopleAct}
        self._build()
        self._bind()
        presenter.show_on(self.render_state)

    def _build(self) -> None:
        look, table = self._look, self.table
        table.setHorizontalHeaderLabels([look.said(heading) for heading in _HEADINGS])
        table.setAccessibleName(look.said(say("People")))
        table.setProperty("data", True)
        table.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        table.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        table.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        table.setShowGrid(False)
        table.setTabKeyNavigation(False)
        table.verticalHeader().hide()
        table.verticalHeader().setDefaultSectionSize(look.px(FIELD_HEIGHT))
        heads = table.horizontalHeader()
        heads.setHighlightSections(False)
        heads.setDefaultAlignment(Qt.AlignmentFlag.AlignLeading | Qt.AlignmentFlag.AlignVCenter)
        heads.setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
        heads.setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)
        whole = QVBoxLayout(self)
        margins(whole, look.px(APART), spacing=look.px(APART))
        columns = QHBoxLayout()
        columns.setSpacing(look.px(APART))
        columns.addWidget(table, 3)
        right = Panel(look)
        right.column.addWidget(self.name)
        right.column.addWidget(self.role)
        line = QHBoxLayout()
        line.setSpacing(look.px(NEAR))
        line.addWidget(self.mark, 0, Qt.AlignmentFlag.AlignTop)
        line.addWidget(self.means, 1)
        right.column.addLayout(line)
        for widget in (
            self.not_vouched,
            self.one_time_says,
            self.one_time,
            self.happened,
            self.form,
            self.trouble,
            self.working,
        ):
            right.column.addWidget(widget)
        self.one_time.setTextInteractionFlags(Qt.TextInteractionFlag.NoTextInteraction)
        right.column.addStretch(1)
        columns.addWidget(right, 2)
        whole.addLayout(columns, 1)
        whole.addWidget(self.due)
        shown = [button for act, button in self.buttons.items() if act is not PeopleAct.LIFT]
        whole.addWidget(bar_of_keys(look, *shown))

    def _button(self, act: PeopleAct) -> QPushButton:
        made = QPushButton()
        made.setProperty("part", "action")
        self._name_button(made, act)
        return made

    def _name_button(self, button: QPushButton, act: PeopleAct) -> None:
        key = PEOPLE_KEYS[act]
        said = self._look.said(key.word)
        button.setText(self._look.said(say("{key}  {word}", key=key.label, word=said)))
        button.setAccessibleName(said)

    def _bind(self) -> None:
        context = Qt.ShortcutContext.WidgetWithChildrenShortcut
        for act, key in PEOPLE_KEYS.items():
            does = partial(self._do, act)
            if act is PeopleAct.LIFT:
                continue
            self.buttons[act].clicked.connect(does)
            if act not in (PeopleAct.CONFIRM, PeopleAct.LEAVE):  # Enter is the fields', Esc the page's
                QShortcut(QKeySequence(key.sequence), self, context=context).activated.connect(does)
        self.form.answered.connect(self.presenter.submit)
        self.table.currentCellChanged.connect(lambda row, *_: self.presenter.choose(row))

    def _do(self, act: PeopleAct) -> None:
        if act is PeopleAct.CONFIRM:
            self.form.submit()
            return
        if act is PeopleAct.SUSPEND and PeopleAct.LIFT in self.presenter.state.acts:
            act = PeopleAct.LIFT  # the same key: whoever is suspended is let in again
        self.presenter.do(act)
        if act is PeopleAct.LEAVE:
            self.take_focus()

    def render_state(self, state: PeopleState) -> None:
        """Show the list, one person, and what is asked."""
        look = self._look
        self._render_table(state)
        chosen = state.chosen
        for widget in (self.name, self.role, self.mark, self.means):
            widget.setVisible(chosen is not None)
        self.not_vouched.setVisible(
            chosen is not None and not chosen.vouched and chosen.state is PersonState.ACTIVE and state.question is None
        )
        if chosen is not None:
            mark, _, means = STATES[chosen.state]
            self.name.put(chosen.officer.display_name)
            self.role.tell(
                say("{role}, signs in as {name}", role=ROLE_TITLES[chosen.officer.role], name=chosen.officer.name)
            )
            self.mark.show_result(mark)
            self.means.tell(means)
        self._render_one_time(state)
        due = Trouble(
            cause=say("Somebody was removed with suspicion, and the stores still have the old keys."),
            next_step=say(
                "Give them new keys now: your session ends, and you type your password again. It may take some minutes."
            ),
        )
        self.due.tell(due if state.rekey_due else None)
        self.happened.setText(look.said(state.happened))
        self.happened.setVisible(state.happened is not None)
        self.trouble.tell(state.trouble)
        self.working.setText(look.said(state.working))
        self.working.setVisible(state.working is not None)
        self.table.setEnabled(state.question is None and state.one_time is None)
        had_form = self.form.isVisible()
        self.form.show_question(state.question, state.asked, busy=state.working is not None)
        had_one_time, self._had_one_time = self._had_one_time, state.one_time is not None
        if (had_form and state.question is None) or had_one_time != self._had_one_time:
            self.take_focus()
        self._render_acts(state)

    def _render_acts(self, state: PeopleState) -> None:
        acts = state.acts
        suspending = PeopleAct.LIFT if PeopleAct.LIFT in acts else PeopleAct.SUSPEND
        self._name_button(self.buttons[PeopleAct.SUSPEND], suspending)
        for act, button in self.buttons.items():
            if act is PeopleAct.LIFT:
                continue
            there = act in acts or (act is PeopleAct.SUSPEND and suspending in acts)
            button.setVisible(there)
            give(button, "part", "next" if acts and act is acts[0] else "action")

    def _render_one_time(self, state: PeopleState) -> None:
        one_time = state.one_time
        self.one_time.put("" if one_time is None else one_time.password)
        words = say(
            "One-time password of {name}. It is shown only now: let this person write it down. "
            "At the first sign-in they choose their own.",
            name="" if one_time is None else one_time.person,
        )
        self.one_time_says.tell(words if one_time is not None else None)

    def _render_table(self, state: PeopleState) -> None:
        table = self.table
        if state.people != self._people:
            self._people = state.people
            table.blockSignals(True)
            table.setRowCount(len(state.people))
            for row, person in enumerate(state.people):
                officer = person.officer
                _, word, _ = STATES[person.state]
                said = self._look.said(word)
                if not person.vouched and person.state is PersonState.ACTIVE:
                    said = self._look.said(say("{state}, not confirmed", state=word))
                cells = (
                    _apart(officer.display_name),
                    _apart(officer.name),
                    self._look.said(ROLE_TITLES[officer.role]),
                    said,
                )
                for column, cell in enumerate(cells):
                    table.setItem(row, column, QTableWidgetItem(cell))
            table.blockSignals(False)
        if state.chosen in state.people and table.currentRow() != state.people.index(state.chosen):
            table.blockSignals(True)
            table.setCurrentCell(state.people.index(state.chosen), 0)  # selectRow does nothing in a mirrored table
            table.blockSignals(False)

    def take_focus(self) -> None:
        """The form, or the list of people; the page itself while the list rests beside a one-time password."""
        if not self.form.take_focus():
            (self.table if self.table.isEnabled() else self).setFocus()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Esc leaves the form or the password that is shown."""
        if event.key() == Qt.Key.Key_Escape:
            self._do(PeopleAct.LEAVE)
        else:
            super().keyPressEvent(event)


def _apart(name: str) -> str:
    """Data in a cell, whose direction is its own."""
    return f"{ISOLATE}{name}{END_ISOLATE}"
