# SPDX-License-Identifier: Apache-2.0
"""The audit trail: a filter, entries, what one entry holds, the last check, and the checkpoints beside it."""

from __future__ import annotations

from datetime import tzinfo
from functools import partial

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeyEvent, QKeySequence, QShortcut
from PySide6.QtWidgets import (
    QAbstractItemView,
    QHBoxLayout,
    QHeaderView,
    QLineEdit,
    QListWidget,
    QTableView,
    QVBoxLayout,
    QWidget,
)

from station.access.checkpoint_text import Checkpoint
from station.domain.checks import CheckResult
from station.domain.words import say
from ui.desktop.style.tokens import APART, FIELD_HEIGHT, NEAR
from ui.desktop.widgets.audit_table import AuditTable
from ui.desktop.widgets.look import Look
from ui.desktop.widgets.parts import Panel, TroubleNote, bar_of_keys, key_button, label, margins
from ui.desktop.widgets.question_form import QuestionForm
from ui.desktop.widgets.words import Words, give
from ui.presenters.audit import AuditPresenter
from ui.presenters.audit_view import AUDIT_KEYS, AuditAct, AuditState, Judged, verdict_of
from ui.presenters.audit_words import REASONS, STORES
from ui.presenters.forms import MOST_CHARACTERS
from ui.presenters.keymap import KEYMAP, Act
from ui.presenters.showing import Trouble

_WIDTHS = (60, 175, 130, 0, 135)


class AuditPage(QWidget):
    """Renders AuditState."""

    def __init__(self, look: Look, presenter: AuditPresenter, *, zone: tzinfo) -> None:
        super().__init__()
        self._look = look
        self._zone = zone
        self.presenter = presenter
        self._checkpoints: tuple[Checkpoint, ...] | None = ()
        self.setProperty("part", "page")
        self.search = QLineEdit()
        self.search.setMaxLength(MOST_CHARACTERS)
        self.search.setAccessibleName(look.said(say("Filter")))
        self.search.setPlaceholderText(look.said(say("A day (2026-03-03), a person, or a kind (access, export …)")))
        self.title = Words(look, "title", wraps=True)
        self.understood = Words(look, "quiet", wraps=True)
        self.model = AuditTable(look, zone=zone)
        self.table = QTableView()
        self.entry = Words(look, "quiet", wraps=True)
        self.closed = TroubleNote(look)
        self.means = Words(look, wraps=True)
        self.verdict = TroubleNote(look)
        self.findings = QListWidget()
        self.checkpoints = QListWidget()
        self.form = QuestionForm(look)
        self.happened = TroubleNote(look)
        self.trouble = TroubleNote(look)
        self.working = Words(look, "strong", wraps=True)
        self.buttons = {act: key_button(look, AUDIT_KEYS[act]) for act in AuditAct}
        self._build()
        self._bind()
        presenter.show_on(self.render_state)

    def _build(self) -> None:
        look = self._look
        self._build_table()
        whole = QVBoxLayout(self)
        margins(whole, look.px(APART), spacing=look.px(NEAR))
        whole.addWidget(self.closed)
        columns = QHBoxLayout()
        columns.setSpacing(look.px(APART))
        left = QVBoxLayout()
        left.setSpacing(look.px(NEAR))
        for widget in (self.title, self.search, self.understood):
            left.addWidget(widget)
        left.addWidget(self.table, 1)
        left.addWidget(self.entry)
        right = Panel(look)
        self._check_heading = label(look, say("Last check"), voice="heading")
        right.column.addWidget(self._check_heading)
        for part in (self.verdict, self.findings):
            right.column.addWidget(part)
        self._unchecked = label(look, say("Not checked yet."), wrap=True)
        right.column.addWidget(self._unchecked)
        for note in (self.means, self.working, self.form, self.happened, self.trouble):
            right.column.addWidget(note)
        self._checkpoint_heading = label(look, say("Checkpoints, signed by this station"), voice="heading")
        right.column.addWidget(self._checkpoint_heading)
        right.column.addWidget(self.checkpoints, 10)
        right.column.addStretch(1)
        for listed, name in (
            (self.findings, say("Findings")),
            (self.checkpoints, say("Checkpoints, signed by this station")),
        ):
            listed.setAccessibleName(look.said(name))
            listed.setWordWrap(True)
            listed.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
            listed.setResizeMode(QListWidget.ResizeMode.Adjust)
            listed.setProperty("data", True)
        columns.addLayout(left, 9)
        columns.addWidget(right, 5)
        whole.addLayout(columns, 1)
        whole.addWidget(bar_of_keys(look, *self.buttons.values()))

    def _build_table(self) -> None:
        look, table = self._look, self.table
        table.setModel(self.model)
        table.setAccessibleName(look.said(say("Entries")))
        table.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        table.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        table.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        table.setShowGrid(False)
        table.setTabKeyNavigation(False)
        table.setWordWrap(False)
        table.verticalHeader().hide()
        table.verticalHeader().setDefaultSectionSize(look.px(FIELD_HEIGHT))
        heads = table.horizontalHeader()
        heads.setHighlightSections(False)
        for column, width in enumerate(_WIDTHS):
            mode = QHeaderView.ResizeMode.Interactive if width else QHeaderView.ResizeMode.Stretch
            heads.setSectionResizeMode(column, mode)
            if width:
                heads.resizeSection(column, look.px(width))

    def _bind(self) -> None:
        context = Qt.ShortcutContext.WidgetWithChildrenShortcut
        for act, key in AUDIT_KEYS.items():
            does = partial(self._do, act)
            self.buttons[act].clicked.connect(does)
            if act not in (AuditAct.ANSWER, AuditAct.LEAVE):  # Enter is the fields', Esc the page's
                QShortcut(QKeySequence(key.sequence), self, context=context).activated.connect(does)
        finding = QShortcut(QKeySequence(KEYMAP[Act.SEARCH].sequence), self, context=context)
        finding.activated.connect(self.take_focus)
        self.search.textEdited.connect(self.presenter.look_for)
        self.form.answered.connect(self.presenter.answer)
        self.table.selectionModel().currentRowChanged.connect(lambda now, _before: self._show_entry(now.row()))
        self.model.modelReset.connect(lambda: self._show_entry(-1))

    def _do(self, act: AuditAct) -> None:
        if act is AuditAct.ANSWER:
            self.form.submit()
        else:
            self.presenter.do(act)

    def render_state(self, state: AuditState) -> None:
        """Show entries, the last check, and what is asked."""
        if self.search.text() != state.query:
            self.search.setText(state.query)
        self.title.tell(say("Audit trail: {store}", store=STORES[state.store]))
        self.understood.tell(state.understood)
        self.model.show_rows(state.rows, state.people)
        self._render_told(state)
        self._render_judged(state.judged, room=state.question is None)
        self._render_checkpoints(state)
        self.working.tell(state.working)
        self.happened.tell(state.happened, result=CheckResult.SUCCESSFUL)
        self.trouble.tell(state.trouble)
        had_form = self.form.isVisible()
        self.form.show_question(state.question, state.asked, busy=state.working is not None)
        if had_form and state.question is None:
            self.take_focus()
        acts = state.acts
        for act, button in self.buttons.items():
            button.setVisible(act in acts)
            give(button, "part", "next" if acts and act is acts[0] else "action")

    def _render_told(self, state: AuditState) -> None:
        told = state.told
        note = Trouble(cause=told[0], next_step=told[-1]) if told else None
        self.closed.tell(note, result=CheckResult.FAILED if state.closed else CheckResult.UNDETERMINED)
        between = told[1:-1]
        self.means.setVisible(bool(between))
        self.means.setText("\n".join(self._look.said(text) for text in between))

    def _render_judged(self, judged: Judged | None, *, room: bool) -> None:
        findings = () if judged is None else (*(one.says for one in judged.verdict.findings), *judged.verdict.gaps)
        good = judged is not None and not judged.verdict.findings
        self._check_heading.setVisible(room)
        self._unchecked.setVisible(judged is None and room)
        self.verdict.tell(
            verdict_of(judged) if judged is not None and room else None,
            result=CheckResult.SUCCESSFUL if good else CheckResult.FAILED,
        )
        self.findings.setVisible(bool(findings) and room)
        self.findings.clear()
        self.findings.addItems([self._look.said(text) for text in findings])

    def _render_checkpoints(self, state: AuditState) -> None:
        room = state.question is None
        self.checkpoints.setVisible(room)
        self._checkpoint_heading.setVisible(room)
        if state.checkpoints == self._checkpoints:
            return
        self._checkpoints = state.checkpoints
        self.checkpoints.clear()
        for one in state.checkpoints or ():
            self.checkpoints.addItem(
                self._look.said(
                    say(
                        "{when}  {reason}, entry {size}, generation {generation}",
                        when=f"\u2066{one.at.astimezone(self._zone):%Y-%m-%d %H:%M}\u2069",
                        reason=REASONS[one.reason],
                        size=one.size,
                        generation=one.generation,
                    )
                )
            )

    def _show_entry(self, row: int) -> None:
        entry = self.model.entry(row)
        if entry is None:
            self.entry.tell(None)
            return
        details = "  ".join(f"{name}={value}" for name, value in sorted(entry.details.items()))
        self.entry.tell(
            say(
                "Entry {number}: {act}. {details}",
                number=entry.sequence,
                act=entry.act,
                details=f"\u2066{details}\u2069" if details else "–",
            )
        )

    def take_focus(self) -> None:
        """What is asked, or the filter, ready to be typed over."""
        if not self.form.take_focus():
            self.search.setFocus()
            self.search.selectAll()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Arrows move in the list also from the filter; Esc leaves what is asked."""
        key = event.key()
        if key == Qt.Key.Key_Escape:
            self.presenter.do(AuditAct.LEAVE)
        elif key in (Qt.Key.Key_Down, Qt.Key.Key_Up) and self.search.hasFocus():
            step = 1 if key == Qt.Key.Key_Down else -1
            row = min(max(self.table.currentIndex().row() + step, 0), self.model.rowCount() - 1)
            self.table.setCurrentIndex(self.model.index(row, 0))  # selectRow does nothing in a mirrored table
        else:
            super().keyPressEvent(event)
