# SPDX-License-Identifier: Apache-2.0
"""One search field, results as one types, and the record beside them."""

from __future__ import annotations

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QPersistentModelIndex, Qt
from PySide6.QtGui import QKeyEvent, QKeySequence, QShortcut
from PySide6.QtWidgets import QAbstractItemView, QHBoxLayout, QHeaderView, QLineEdit, QTableView, QVBoxLayout, QWidget

from station.domain.words import Text, say, say_count
from station.ports.storage import EncounterSummary
from ui.desktop.pages.record_view import RecordPanel
from ui.desktop.style.tokens import APART, FIELD_HEIGHT, NEAR
from ui.desktop.widgets.look import Look
from ui.desktop.widgets.parts import TroubleNote, bar_of_keys, key_button, label, margins
from ui.presenters.forms import MOST_CHARACTERS
from ui.presenters.keymap import KEYMAP, Act
from ui.presenters.record_words import COLUMNS, RecordWords
from ui.presenters.records import RecordsPresenter, RecordsState, ShownPicture

_Index = QModelIndex | QPersistentModelIndex
_ROOT = QModelIndex()
#: Columns that stay beside an open record: when and name.
_NARROW = frozenset({0, 2})
_WIDTHS = (150, 90, 0, 130, 120, 100, 120, 90)


class RecordTable(QAbstractTableModel):
    """Rows as the store gave them; a cell is put into words only when it is looked at."""

    def __init__(self, look: Look, words: RecordWords) -> None:
        super().__init__()
        self._words = words
        self._headings = [look.said(column) for column in COLUMNS]
        self._rows: tuple[EncounterSummary, ...] = ()
        self._cells: dict[int, tuple[str, ...]] = {}

    def show_rows(self, rows: tuple[EncounterSummary, ...]) -> bool:
        """Another list. False when it is the same."""
        if rows == self._rows:
            return False
        self.beginResetModel()
        self._rows = rows
        self._cells = {}
        self.endResetModel()
        return True

    def row(self, number: int) -> EncounterSummary | None:
        """The record of a row."""
        return self._rows[number] if 0 <= number < len(self._rows) else None

    def rowCount(self, parent: _Index = _ROOT) -> int:
        """How many rows."""
        return 0 if parent.isValid() else len(self._rows)

    def columnCount(self, parent: _Index = _ROOT) -> int:
        """How many columns."""
        return 0 if parent.isValid() else len(COLUMNS)

    def data(self, index: _Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        """A cell's words."""
        if not index.isValid() or role not in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.AccessibleTextRole):
            return None
        number = index.row()
        if number not in self._cells:
            self._cells[number] = self._words.cells(self._rows[number])
        return self._cells[number][index.column()]

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        """A column's heading."""
        if orientation is Qt.Orientation.Horizontal and role == Qt.ItemDataRole.DisplayRole:
            return self._headings[section]
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return int(Qt.AlignmentFlag.AlignLeading | Qt.AlignmentFlag.AlignVCenter)
        return None


class RecordsPage(QWidget):
    """Renders RecordsState."""

    def __init__(self, look: Look, presenter: RecordsPresenter) -> None:
        super().__init__()
        self._look = look
        self.presenter = presenter
        self._correcting = False
        self.setProperty("part", "page")
        self.search = QLineEdit()
        self.search.setMaxLength(MOST_CHARACTERS)
        self.search.setAccessibleName(look.said(say("Search")))
        self.search.setPlaceholderText(look.said(say("Name, document number, or day (2026-03-03)")))
        self.understood = label(look, voice="quiet")
        self.count = label(look, voice="quiet")
        self.trouble = TroubleNote(look)
        self.model = RecordTable(look, presenter.words)
        self.table = QTableView()
        self.record = RecordPanel(look, presenter)
        self.finder = key_button(look, Act.SEARCH)
        self.open = key_button(look, Act.NEXT, word=say("Open the record"), part="next")
        self.correct = key_button(look, Act.CORRECT)
        self.back = key_button(look, Act.LEAVE, word=say("Back"))
        self._build()
        self._bind()
        presenter.show_on(self.render_state)

    def _build(self) -> None:
        look, table = self._look, self.table
        table.setModel(self.model)
        table.setAccessibleName(look.said(say("Records")))
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
            heads.setSectionResizeMode(
                column, QHeaderView.ResizeMode.Interactive if width else QHeaderView.ResizeMode.Stretch
            )
            if width:
                heads.resizeSection(column, look.px(width))
        whole = QVBoxLayout(self)
        margins(whole, look.px(APART), spacing=look.px(NEAR))
        whole.addWidget(self.search)
        facts = QHBoxLayout()
        facts.addWidget(self.understood, 1)
        facts.addWidget(self.count)
        whole.addLayout(facts)
        whole.addWidget(self.trouble)
        middle = QHBoxLayout()
        middle.setSpacing(look.px(APART))
        middle.addWidget(table, 5)
        middle.addWidget(self.record, 8)
        whole.addLayout(middle, 1)
        whole.addWidget(bar_of_keys(look, self.open, self.finder, self.correct, self.back))

    def _bind(self) -> None:
        self.search.textEdited.connect(self.presenter.look_for)
        self.search.returnPressed.connect(self._open_current)
        self.table.activated.connect(lambda index: self._open_row(index.row()))
        self.open.clicked.connect(self._open_current)
        self.finder.clicked.connect(self.take_focus)
        self.correct.clicked.connect(self.presenter.begin_correction)
        self.back.clicked.connect(self._leave)
        context = Qt.ShortcutContext.WidgetWithChildrenShortcut
        for act, run in (
            (Act.SEARCH, self.take_focus),
            (Act.CORRECT, self.presenter.begin_correction),
            (Act.LIGHT, self.presenter.turn_light),
        ):
            QShortcut(QKeySequence(KEYMAP[act].sequence), self, context=context).activated.connect(run)

    def render_state(self, state: RecordsState) -> None:
        """Show the list, and the record beside it."""
        look = self._look
        if self.search.text() != state.query:
            self.search.setText(state.query)
        self.understood.setText(look.said(say("Searching…") if state.searching else state.understood))
        self.count.setText(look.said(_count(state)))
        self.trouble.tell(state.trouble)
        current = self.model.row(self.table.currentIndex().row())
        if self.model.show_rows(state.rows) and state.rows:
            kept = next(
                (n for n, row in enumerate(state.rows) if current and row.encounter_id == current.encounter_id), 0
            )
            self._mark(kept)
        wide = state.record is None
        for column in range(len(COLUMNS)):
            self.table.setColumnHidden(column, not wide and column not in _NARROW)
        self.record.setVisible(not wide)
        if self._correcting and state.form is None:
            self.table.setFocus()  # before its field goes, so that the keyboard stays on this page
        self._correcting = state.form is not None
        self.record.render_state(state)
        self.open.setVisible(wide)
        self.correct.setVisible(state.record is not None and state.record.may_correct and state.form is None)
        self.back.setVisible(not wide)

    @property
    def shown_pictures(self) -> tuple[ShownPicture, ...]:
        """The pictures of the open record."""
        record = self.presenter.state.record
        return () if record is None else record.pictures

    def take_focus(self) -> None:
        """The search field, ready to be typed over."""
        self.search.setFocus()
        self.search.selectAll()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Arrows move in the list also from the search field; Esc goes one step back."""
        key = event.key()
        if key == Qt.Key.Key_Escape:
            self._leave()
        elif key in (Qt.Key.Key_Down, Qt.Key.Key_Up) and self.search.hasFocus():
            step = 1 if key == Qt.Key.Key_Down else -1
            row = min(max(self.table.currentIndex().row() + step, 0), self.model.rowCount() - 1)
            self._mark(row)
            if self.presenter.state.record is not None:
                self._open_row(row)
        else:
            super().keyPressEvent(event)

    def _mark(self, row: int) -> None:
        """Make a row the current one. ``selectRow`` does nothing in a mirrored table."""
        self.table.setCurrentIndex(self.model.index(row, 0))

    def _leave(self) -> None:
        state = self.presenter.state
        if state.record is not None:
            self.presenter.close_record()
            self.table.setFocus() if state.form is None else self.record.setFocus()
        elif state.query:
            self.presenter.look_for("")
            self.take_focus()

    def _open_current(self) -> None:
        self._open_row(max(0, self.table.currentIndex().row()))

    def _open_row(self, number: int) -> None:
        row = self.model.row(number)
        if row is not None:
            self.presenter.open(row.encounter_id)


def _count(state: RecordsState) -> Text:
    if state.more:
        return say("the newest {count}; type more to narrow it down", count=len(state.rows))
    if not state.rows:
        return say("nothing found") if not state.searching else say("…")
    return say_count("{count} record", "{count} records", count=len(state.rows))
