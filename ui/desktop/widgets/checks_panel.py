# SPDX-License-Identifier: Apache-2.0
"""The checks with their marks, and while work runs what each device is doing, with tenths of seconds."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QVBoxLayout, QWidget

from station.domain.checks import CheckResult
from station.domain.words import say
from ui.desktop.style.marks import MARKS, MarkSign
from ui.desktop.style.tokens import HAIR, NEAR, SMALL, TIGHT
from ui.desktop.widgets.look import Look
from ui.desktop.widgets.words import Words, give, plain_tip
from ui.presenters.inspect_view import ActivityView, CheckView


class _CheckRow(QWidget):
    """One check: mark and name in a line; the sentence below when it is not successful or details are wanted."""

    def __init__(self, look: Look) -> None:
        super().__init__()
        self._look = look
        self._grid = grid = QGridLayout(self)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setHorizontalSpacing(look.px(NEAR))
        grid.setVerticalSpacing(0)
        self._mark = MarkSign(look.tokens, look.translator)
        self._name = Words(look, wraps=True)
        self._word = Words(look, "small", wraps=True)
        self._word.setAlignment(Qt.AlignmentFlag.AlignTrailing | Qt.AlignmentFlag.AlignVCenter)
        self._says = Words(look, "small", wraps=True)
        grid.addWidget(self._mark, 0, 0)
        grid.addWidget(self._name, 0, 1)
        grid.addWidget(self._word, 0, 2)
        grid.addWidget(self._says, 1, 1, 1, 2)
        grid.setColumnStretch(1, 3)

    def show_check(self, check: CheckView, *, details: bool) -> None:
        self._mark.show_result(check.result)
        self._name.tell(check.name)
        sound = check.result is CheckResult.SUCCESSFUL
        give(self._name, "voice", "small" if sound and not details else "")
        self._grid.setColumnStretch(2, 0 if sound else 2)
        self._word.tell(None if sound else MARKS[check.result].word)
        self._says.tell(check.says if details or check.result is CheckResult.FAILED else None)
        said = self._look.said(check.says)
        self.setToolTip(plain_tip(said))
        self.setAccessibleName(self._look.said(check.name))
        self.setAccessibleDescription(f"{self._look.said(MARKS[check.result].word)}: {said}")


class ChecksPanel(QWidget):
    """Draws CheckViews, the ones that need an eye first; the sound ones stand small, side by side below them."""

    def __init__(self, look: Look) -> None:
        super().__init__()
        self._look = look
        self._rows: list[_CheckRow] = []
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(look.px(TIGHT))
        self._none = Words(look, "quiet", say("Nothing was checked yet."))
        column.addWidget(self._none)
        self._grid = QGridLayout()
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setHorizontalSpacing(look.px(NEAR))
        self._grid.setVerticalSpacing(look.px(TIGHT))
        for place in range(_COLUMNS):
            self._grid.setColumnStretch(place, 1)
        column.addLayout(self._grid)
        column.addStretch(1)

    def show_checks(self, checks: Sequence[CheckView], *, details: bool) -> None:
        """Show other checks."""
        while len(self._rows) < len(checks):
            self._rows.append(_CheckRow(self._look))
        ordered = sorted(checks, key=_urgency)
        first_beside = len(ordered) if details else sum(_urgency(check) < _SOUND for check in ordered)
        for place, (row, check) in enumerate(zip(self._rows, ordered, strict=False)):
            self._grid.removeWidget(row)
            if place < first_beside:
                self._grid.addWidget(row, place, 0, 1, _COLUMNS)
            else:
                down, across = divmod(place - first_beside, _COLUMNS)
                self._grid.addWidget(row, first_beside + down, across)
            row.show_check(check, details=details)
            row.show()
        for row in self._rows[len(checks) :]:
            row.hide()
        self._none.setVisible(not checks)


_COLUMNS = 2  # of sound checks
_SOUND = 4
_URGENCY = {
    CheckResult.FAILED: 0,
    CheckResult.ABORTED: 1,
    CheckResult.UNDETERMINED: 2,
    CheckResult.NOT_SUPPORTED: 3,
    CheckResult.SUCCESSFUL: _SOUND,
}


def _urgency(check: CheckView) -> int:
    return _URGENCY[check.result]


class ActivityPanel(QWidget):
    """What is being done, by whom, for how long."""

    def __init__(self, look: Look) -> None:
        super().__init__()
        self._look = look
        self._lines: list[tuple[Words, Words, Words]] = []
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(look.px(NEAR))
        self._column.addStretch(1)

    def show_activities(self, activities: Sequence[ActivityView]) -> None:
        """Show other activities; an ended one stays, quietly."""
        while len(self._lines) < len(activities):
            self._lines.append(self._line())
        for (who, does, time), activity in zip(self._lines, activities, strict=False):
            who.tell(activity.who)
            does.tell(activity.does)
            time.tell(say("{seconds} s", seconds=f"{activity.tenths // 10}.{activity.tenths % 10}"))
            does.setEnabled(activity.running)
        for line in self._lines[len(activities) :]:
            for part in line:
                part.tell(None)

    def _line(self) -> tuple[Words, Words, Words]:
        look = self._look
        who, does, time = Words(look, "small"), Words(look, wraps=True), Words(look, "strong")
        box = QWidget()
        rows = QVBoxLayout(box)
        rows.setContentsMargins(0, 0, 0, 0)
        rows.setSpacing(look.px(HAIR))
        rows.addWidget(who)
        row = QHBoxLayout()
        row.addWidget(does, 1)
        row.addWidget(time, 0, Qt.AlignmentFlag.AlignTop)
        rows.addLayout(row)
        time.setMinimumWidth(look.px(SMALL) * 3)
        time.setAlignment(Qt.AlignmentFlag.AlignTrailing | Qt.AlignmentFlag.AlignTop)
        self._column.insertWidget(self._column.count() - 1, box)
        return who, does, time
