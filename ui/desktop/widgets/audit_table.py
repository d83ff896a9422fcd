# SPDX-License-Identifier: Apache-2.0
"""The entries of an audit trail as rows; a cell is put into words only when it is looked at."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import tzinfo

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QPersistentModelIndex, Qt

from station.domain.identifiers import OfficerId
from station.ports.storage import AuditEntry
from ui.desktop.widgets.look import Look
from ui.presenters.audit_view import COLUMNS
from ui.presenters.audit_words import act_words

_Index = QModelIndex | QPersistentModelIndex
_ROOT = QModelIndex()


class AuditTable(QAbstractTableModel):
    """Rows as the store gave them."""

    def __init__(self, look: Look, *, zone: tzinfo) -> None:
        super().__init__()
        self._look = look
        self._zone = zone
        self._headings = [look.said(column) for column in COLUMNS]
        self._rows: tuple[AuditEntry, ...] = ()
        self._people: Mapping[OfficerId, str] = {}

    def show_rows(self, rows: tuple[AuditEntry, ...], people: Mapping[OfficerId, str]) -> None:
        """Another list; more rows at the end of the same one leave the chosen row where it is."""
        if rows == self._rows and people == self._people:
            return
        known = len(self._rows)
        self._people = people
        if known and rows[:known] == self._rows and len(rows) > known:
            self.beginInsertRows(_ROOT, known, len(rows) - 1)
            self._rows = rows
            self.endInsertRows()
            return
        self.beginResetModel()
        self._rows = rows
        self.endResetModel()

    def entry(self, number: int) -> AuditEntry | None:
        """The entry of a row."""
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
        entry = self._rows[index.row()]
        match index.column():
            case 0:
                return str(entry.sequence)
            case 1:
                return f"\u2066{entry.at.astimezone(self._zone):%Y-%m-%d %H:%M:%S}\u2069"  # also inside Arabic
            case 2:
                return self._people.get(OfficerId(entry.by), entry.by)
            case 3:
                return self._look.said(act_words(entry.act))
            case _:
                return self._people.get(OfficerId(entry.subject), entry.subject)

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        """A column's heading."""
        if orientation is Qt.Orientation.Horizontal and role == Qt.ItemDataRole.DisplayRole:
            return self._headings[section]
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return int(Qt.AlignmentFlag.AlignLeading | Qt.AlignmentFlag.AlignVCenter)
        return None
