# SPDX-License-Identifier: Apache-2.0
"""What is kept, what is due and what is held back, with the words beside it: nothing is erased unseen."""

from __future__ import annotations

from functools import partial

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeyEvent, QKeySequence, QShortcut
from PySide6.QtWidgets import (
    QAbstractItemView,
    QHBoxLayout,
    QHeaderView,
    QLineEdit,
    QPlainTextEdit,
    QProgressBar,
    QTreeWidget,
    QTreeWidgetItem,
    QVBoxLayout,
    QWidget,
)

from station.domain.words import say
from ui.desktop.style.tokens import APART
from ui.desktop.widgets.look import Look
from ui.desktop.widgets.parts import Panel, TroubleNote, bar_of_keys, key_button, label, margins
from ui.desktop.widgets.words import give, plain_tip
from ui.presenters.retention import RetentionPresenter
from ui.presenters.retention_view import (
    OBVIOUS,
    RETENTION_KEYS,
    SEEING,
    RetentionAct,
    RetentionForm,
    RetentionState,
    Row,
)

_LONGEST = 512  # characters of a reason
_MOST_FIELDS = 3


class RetentionPage(QWidget):
    """Renders RetentionState."""

    def __init__(self, look: Look, presenter: RetentionPresenter) -> None:
        super().__init__()
        self._look = look
        self.presenter = presenter
        self._rows: tuple[Row, ...] = ()
        self._words = ""
        self._form: RetentionForm | None = None
        self._asked = -1
        self.setProperty("part", "page")
        self.table = QTreeWidget()
        self.form_title = label(look, voice="heading")
        self.form_says = label(look, wrap=True)
        self.captions = [label(look) for _ in range(_MOST_FIELDS)]
        self.fields = [QLineEdit() for _ in range(_MOST_FIELDS)]
        self.trouble = TroubleNote(look)
        self.working = label(look, voice="quiet", wrap=True)
        self.progress = QProgressBar()
        self.happened = label(look, voice="strong", wrap=True)
        self.heading = label(look, voice="title", wrap=True)
        self.lines = QPlainTextEdit()
        self.buttons = {act: key_button(look, RETENTION_KEYS[act]) for act in RetentionAct}
        self._build()
        self._bind()
        presenter.show_on(self.render_state)

    def _build(self) -> None:
        look = self._look
        whole = QVBoxLayout(self)
        margins(whole, look.px(APART), spacing=look.px(APART))
        columns = QHBoxLayout()
        columns.setSpacing(look.px(APART))
        left = Panel(look, heading=say("Keeping and letting go"))
        self.table.setRootIsDecorated(False)
        self.table.setUniformRowHeights(True)
        self.table.setAllColumnsShowFocus(True)
        self.table.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.table.setAccessibleName(look.said(say("Keeping and letting go")))
        left.column.addWidget(self.table, 1)
        for widget in (self.happened, self.form_title, self.form_says):
            left.column.addWidget(widget)
        for caption, line in zip(self.captions, self.fields, strict=True):
            caption.setBuddy(line)
            line.setMaxLength(_LONGEST)
            line.setProperty("data", True)
            left.column.addWidget(caption)
            left.column.addWidget(line)
        left.column.addWidget(self.trouble)
        left.column.addWidget(self.working)
        left.column.addWidget(self.progress)
        left.column.addStretch(0)  # keeps the rest at the top while there is no table
        self.progress.setTextVisible(False)
        right = Panel(look)
        right.column.addWidget(self.heading)
        self.lines.setReadOnly(True)
        self.lines.setTabChangesFocus(True)
        self.lines.setAccessibleName(look.said(say("About the chosen line")))
        self.lines.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        right.column.addWidget(self.lines, 1)
        columns.addWidget(left, 3)
        columns.addWidget(right, 2)
        whole.addLayout(columns, 1)
        # Two rows: in one, the longer words of some languages are wider than the smallest window.
        whole.addWidget(bar_of_keys(look, *(self.buttons[act] for act in SEEING)))
        whole.addWidget(bar_of_keys(look, *(button for act, button in self.buttons.items() if act not in SEEING)))

    def _bind(self) -> None:
        for act, button in self.buttons.items():
            button.clicked.connect(partial(self._do, act))
        context = Qt.ShortcutContext.WidgetWithChildrenShortcut
        own = (RetentionAct.SUBMIT, RetentionAct.LEAVE)  # Enter is the fields', Esc the page's
        for sequence in dict.fromkeys(key.sequence for act, key in RETENTION_KEYS.items() if act not in own):
            shortcut = QShortcut(QKeySequence(sequence), self, context=context)
            shortcut.activated.connect(partial(self._pressed, sequence))
        self.table.currentItemChanged.connect(lambda item, _: self._chosen(item))
        self.table.activated.connect(lambda _index: self._activated())
        for place, line in enumerate(self.fields):
            line.returnPressed.connect(partial(self._entered, place))

    def _pressed(self, sequence: str) -> None:
        """A key means the one of its acts that can be done now."""
        acts = (act for act in self.presenter.state.acts if RETENTION_KEYS[act].sequence == sequence)
        act = next(acts, None)
        if act is not None:
            self._do(act)

    def _do(self, act: RetentionAct) -> None:
        if act is RetentionAct.SUBMIT:
            self._submit()
        else:
            self.presenter.do(act)

    def _obvious(self) -> RetentionAct | None:
        """What Enter does now."""
        first = next(iter(self.presenter.state.acts), None)
        return first if first in OBVIOUS else None

    def _activated(self) -> None:
        act = self._obvious()
        if act is not None:
            self._do(act)

    def _chosen(self, item: QTreeWidgetItem | None) -> None:
        if item is not None:
            self.presenter.choose(self.table.indexOfTopLevelItem(item))

    def _entered(self, place: int) -> None:
        """On to a field that is still empty; one that may stay so is only gone through."""
        if self._form is None:
            return
        asked = zip(self._form.fields, self._lines_asked(), strict=True)
        open_ones = [
            line
            for number, (field, line) in enumerate(asked)
            if not line.text() and (number > place or not field.may_be_empty)
        ]
        if open_ones:
            open_ones[0].setFocus()
        else:
            self._submit()

    def _submit(self) -> None:
        self.presenter.submit(tuple(line.text() for line in self._lines_asked()))

    def _lines_asked(self) -> list[QLineEdit]:
        return self.fields[: len(self._form.fields)] if self._form is not None else []

    def render_state(self, state: RetentionState) -> None:
        """Show the list, what stands beside it, and what is asked."""
        look = self._look
        self._render_rows(state)
        self.heading.setText(look.said(state.heading))
        self._render_lines(state)
        self._render_form(state)
        self.trouble.tell(state.trouble)
        for widget, text in ((self.working, state.working), (self.happened, state.happened)):
            widget.setText(look.said(text))
            widget.setVisible(text is not None)
        self.progress.setVisible(state.stoppable)
        self.progress.setMaximum(max(1, state.of))
        self.progress.setValue(state.done)
        obvious = self._obvious()
        for act, button in self.buttons.items():
            button.setVisible(act in state.acts)
            give(button, "part", "next" if act is obvious else "action")

    def _render_rows(self, state: RetentionState) -> None:
        table = self.table
        table.setEnabled(state.form is None)
        if state.rows != self._rows or table.columnCount() != len(state.headings):
            self._rows = state.rows
            table.blockSignals(True)
            table.clear()
            table.setColumnCount(len(state.headings))
            table.setHeaderLabels([self._look.said(text) for text in state.headings])
            table.addTopLevelItems([self._item(row) for row in state.rows])
            header = table.header()
            header.setStretchLastSection(False)
            for column in range(table.columnCount()):
                mode = QHeaderView.ResizeMode.ResizeToContents if column else QHeaderView.ResizeMode.Stretch
                header.setSectionResizeMode(column, mode)
            table.blockSignals(False)
        table.setVisible(bool(state.rows))
        item = table.topLevelItem(state.chosen)
        if item is not None and table.currentItem() is not item:
            table.blockSignals(True)
            table.setCurrentItem(item)
            table.blockSignals(False)

    def _item(self, row: Row) -> QTreeWidgetItem:
        words = [cell if isinstance(cell, str) else self._look.said(cell) for cell in row.cells]
        item = QTreeWidgetItem(words)
        item.setToolTip(0, plain_tip(words[0]))
        for column in range(1, len(words)):
            item.setTextAlignment(column, Qt.AlignmentFlag.AlignTrailing | Qt.AlignmentFlag.AlignVCenter)
        return item

    def _render_lines(self, state: RetentionState) -> None:
        sentences = (self._look.said(text) for text in state.shown)
        listed = (self._look.said(text) for text in state.listed)
        words = "\n\n".join((*sentences, "\n".join(listed))).strip()
        if words != self._words:  # or the place to which somebody has scrolled would be lost
            self._words = words
            self.lines.setPlainText(words)

    def _render_form(self, state: RetentionState) -> None:
        form, look = state.form, self._look
        fresh, another = state.asked != self._asked or form is None, form is not self._form
        self._asked, self._form = state.asked, form
        for widget, text in (
            (self.form_title, form.title if form else None),
            (self.form_says, form.says if form else None),
        ):
            widget.setText(look.said(text))
            widget.setVisible(form is not None)
        asked = form.fields if form is not None else ()
        for place, (caption, line) in enumerate(zip(self.captions, self.fields, strict=True)):
            there = place < len(asked)
            caption.setVisible(there)
            line.setVisible(there)
            line.setEnabled(state.working is None)
            secret = there and asked[place].secret
            if another or (fresh and secret):
                line.clear()
            line.setEchoMode(QLineEdit.EchoMode.Password if secret else QLineEdit.EchoMode.Normal)
            if there:
                said = look.said(asked[place].caption)
                caption.setText(said)
                line.setAccessibleName(said)
        if form is not None and (fresh or another) and state.working is None:
            self.take_focus()
        elif form is None and another:
            self.table.setFocus()

    def take_focus(self) -> None:
        """Where something is asked, or the list."""
        lines = self._lines_asked()
        target = next((line for line in lines if not line.text()), lines[0] if lines else None)
        if target is not None:
            target.setFocus()
        else:
            self.table.setFocus()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Esc leaves the form, or stops an erasure between two records."""
        if event.key() == Qt.Key.Key_Escape:
            self.presenter.do(RetentionAct.LEAVE)
        else:
            super().keyPressEvent(event)
