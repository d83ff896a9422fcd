# SPDX-License-Identifier: Apache-2.0
"""Requests at the left, exactly what is to be approved at the right, and the other person's password below it."""

from __future__ import annotations

from datetime import datetime, tzinfo
from functools import partial

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeyEvent, QKeySequence, QShortcut
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QListWidget, QScrollArea, QVBoxLayout, QWidget

from station.access.approvals import Request
from station.access.roles import ROLE_TITLES
from station.domain.words import Text, say
from station.ports.storage import Officer
from ui.desktop.style.marks import MarkSign
from ui.desktop.style.tokens import APART, NEAR
from ui.desktop.widgets.look import Look
from ui.desktop.widgets.parts import Panel, TroubleNote, bar_of_keys, key_button, label, margins
from ui.desktop.widgets.question_form import QuestionForm
from ui.desktop.widgets.words import Data, Words, give
from ui.presenters.approvals import (
    APPROVAL_KEYS,
    STATE_MARKS,
    ApprovalAct,
    ApprovalsPresenter,
    ApprovalsState,
    FactLine,
    deadline,
    title_of,
)

_SHOWN_OF_HASH = 16


class ApprovalsPage(QWidget):
    """Renders ApprovalsState."""

    def __init__(self, look: Look, presenter: ApprovalsPresenter, *, zone: tzinfo) -> None:
        super().__init__()
        self._look = look
        self._zone = zone
        self.presenter = presenter
        self._requests: tuple[Request, ...] = ()
        self._facts: tuple[tuple[Text | None, str], ...] = ()
        self.setProperty("part", "page")
        self.list = QListWidget()
        self.nothing = label(look, wrap=True)
        self.title = Words(look, "title", wraps=True)
        self.mark = MarkSign(look.tokens, look.translator)
        self.status = Words(look, "strong", wraps=True)
        self.facts = QWidget()
        self.form = QuestionForm(look)
        self.trouble = TroubleNote(look)
        self.happened = label(look, voice="strong", wrap=True)
        self.working = label(look, voice="quiet", wrap=True)
        self.buttons = {act: key_button(look, APPROVAL_KEYS[act]) for act in ApprovalAct}
        self._build()
        self._bind()
        presenter.show_on(self.render_state)

    def _build(self) -> None:
        look = self._look
        whole = QVBoxLayout(self)
        margins(whole, look.px(APART), spacing=look.px(APART))
        columns = QHBoxLayout()
        columns.setSpacing(look.px(APART))
        left = Panel(look, heading=say("Requests"))
        self.list.setAccessibleName(look.said(say("Requests")))
        self.list.setProperty("data", True)
        self.list.setWordWrap(True)
        self.list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        left.column.addWidget(self.nothing)
        left.column.addWidget(self.list, 1)
        left.column.addStretch(0)  # keeps the sentence at the top while there is no list
        right = Panel(look)
        right.column.addWidget(self.title)
        line = QHBoxLayout()
        line.setSpacing(look.px(NEAR))
        line.addWidget(self.mark)
        line.addWidget(self.status, 1)
        right.column.addLayout(line)
        self._grid = QGridLayout(self.facts)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setHorizontalSpacing(look.px(APART))
        self._grid.setVerticalSpacing(look.px(NEAR))
        self._grid.setColumnStretch(1, 1)
        self.facts_area = QScrollArea()
        self.facts_area.setWidgetResizable(True)
        self.facts_area.setWidget(self.facts)
        self.facts_area.setAccessibleName(look.said(say("What is to be approved")))
        right.column.addWidget(self.facts_area, 1)
        for widget in (self.happened, self.form, self.trouble, self.working):
            right.column.addWidget(widget)
        right.column.addStretch(0)
        columns.addWidget(left, 2)
        columns.addWidget(right, 3)
        whole.addLayout(columns, 1)
        whole.addWidget(bar_of_keys(look, *self.buttons.values()))

    def _bind(self) -> None:
        context = Qt.ShortcutContext.WidgetWithChildrenShortcut
        for act, key in APPROVAL_KEYS.items():
            does = partial(self._do, act)
            self.buttons[act].clicked.connect(does)
            if act not in (ApprovalAct.DECIDE, ApprovalAct.LEAVE):  # Enter is the fields', Esc the page's
                QShortcut(QKeySequence(key.sequence), self, context=context).activated.connect(does)
        self.form.answered.connect(self.presenter.submit)
        self.list.currentRowChanged.connect(self.presenter.choose)

    def _do(self, act: ApprovalAct) -> None:
        if act is ApprovalAct.DECIDE:
            self.form.submit()
        else:
            self.presenter.do(act)
            if act is ApprovalAct.LEAVE:
                self.take_focus()

    def render_state(self, state: ApprovalsState) -> None:
        """Show the list, one request, and the form."""
        look = self._look
        self._render_list(state)
        nothing = say("Nobody has asked for an approval yet.") if state.read else say("Reading…")
        self.nothing.setText(look.said(nothing))
        self.nothing.setVisible(not state.requests)
        self.list.setVisible(bool(state.requests))
        chosen = state.chosen
        for widget in (self.title, self.mark, self.status, self.facts_area):
            widget.setVisible(chosen is not None)
        if chosen is not None:
            mark, word = STATE_MARKS[chosen.state]
            self.title.tell(title_of(chosen))
            self.mark.show_result(mark)
            what, when = deadline(chosen)
            self.status.tell(say("{state}. {what}: {time}", state=word, what=what, time=self._moment(when)))
            self._render_facts(chosen, state.facts)
        self.happened.setText(look.said(state.happened))
        self.happened.setVisible(state.happened is not None)
        self.trouble.tell(state.trouble)
        self.working.setText(look.said(state.working))
        self.working.setVisible(state.working is not None)
        self.list.setEnabled(state.question is None)
        had_form = self.form.isVisible()
        self.form.show_question(state.question, state.asked, busy=state.working is not None)
        if had_form and state.question is None:
            self.take_focus()
        acts = state.acts
        for act, button in self.buttons.items():
            button.setVisible(act in acts)
            give(button, "part", "next" if acts and act is acts[0] else "action")

    def _render_list(self, state: ApprovalsState) -> None:
        if state.requests != self._requests:
            self._requests = state.requests
            self.list.blockSignals(True)
            self.list.clear()
            for request in state.requests:
                _, word = STATE_MARKS[request.state]
                words = say(
                    "{title}\n{person}, {time}: {state}",
                    title=title_of(request),
                    person=request.asker.display_name,
                    time=self._moment(request.asked_at),
                    state=word,
                )
                self.list.addItem(self._look.said(words))
            self.list.blockSignals(False)
        if state.chosen in state.requests:
            place = state.requests.index(state.chosen)
            if self.list.currentRow() != place:
                self.list.setCurrentRow(place)

    def _render_facts(self, request: Request, facts: tuple[FactLine, ...]) -> None:
        said = [
            (line.label, self._look.said(line.value) if isinstance(line.value, Text) else line.value) for line in facts
        ]
        if not facts:
            said.append((None, self._look.said(say("What was shown was erased with the record. Its hash stays."))))
        said.append((say("Asked by"), self._person(request.asker)))
        said.append((say("Asked"), self._moment(request.asked_at)))
        if request.decider is not None and request.decided_at is not None:
            said.append((say("Decided by"), self._person(request.decider)))
            said.append((say("Decided"), self._moment(request.decided_at)))
        said.append((say("Hash, beginning"), request.shown_sha256[:_SHOWN_OF_HASH]))
        if tuple(said) == self._facts:
            return
        self._facts = tuple(said)
        while (item := self._grid.takeAt(0)) is not None:
            widget = item.widget()
            if widget is not None:
                widget.hide()  # it goes only when the loop turns, and must not be seen until then
                widget.deleteLater()
        for row in range(self._grid.rowCount()):
            self._grid.setRowStretch(row, 0)
        for row, (caption, value) in enumerate(said):
            words = Data(self._look, "strong" if caption is None else "", wraps=True)
            words.put(value)
            if caption is None:
                self._grid.addWidget(words, row, 0, 1, 2)
            else:
                self._grid.addWidget(label(self._look, caption, voice="quiet"), row, 0, Qt.AlignmentFlag.AlignTop)
                self._grid.addWidget(words, row, 1)
        self._grid.setRowStretch(len(said), 1)

    def _person(self, officer: Officer) -> str:
        words = say("{name} ({role})", name=officer.display_name, role=ROLE_TITLES[officer.role])
        return self._look.said(words)

    def _moment(self, at: datetime) -> str:
        return f"{at.astimezone(self._zone):%Y-%m-%d %H:%M}"

    def take_focus(self) -> None:
        """The form, or the list of requests."""
        if not self.form.take_focus():
            self.list.setFocus() if self.list.isVisible() else self.setFocus()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Esc leaves the form; Enter in the list does the obvious next thing. In the form, Enter is the fields'."""
        if event.key() == Qt.Key.Key_Escape:
            self._do(ApprovalAct.LEAVE)
        elif event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and self.presenter.state.question is None:
            for act in self.presenter.state.acts[:1]:
                self._do(act)
        else:
            super().keyPressEvent(event)
