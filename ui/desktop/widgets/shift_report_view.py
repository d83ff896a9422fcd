# SPDX-License-Identifier: Apache-2.0
"""A shift's report on the screen: the same sections in the same order as on its paper."""

from __future__ import annotations

from datetime import tzinfo

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QGridLayout, QScrollArea, QVBoxLayout, QWidget

from station.domain.words import Text, say
from station.reporting.shift_reports import Draft, KeptReport
from ui.desktop.style.tokens import APART, HAIR, NEAR, TIGHT
from ui.desktop.widgets.look import Look
from ui.desktop.widgets.parts import label
from ui.desktop.widgets.words import Words
from ui.shift_sections import Section, moment, sections
from ui.shift_words import short_hash

_NUMBER = 84  # pixels of a column of numbers


class ShiftReportView(QScrollArea):
    """A report, or one sentence while there is none."""

    def __init__(self, look: Look, *, zone: tzinfo) -> None:
        super().__init__()
        self._look = look
        self._zone = zone
        self._shown: Draft | KeptReport | None = None
        self.setWidgetResizable(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAccessibleName(look.said(say("Report of the shift")))
        self._put(None)

    def show_report(self, shown: Draft | KeptReport | None) -> None:
        """Show another report; the same one is left as it is."""
        if shown is not self._shown:
            self._shown = shown
            self._put(shown)
            self.verticalScrollBar().setValue(0)

    def turn(self, *, forward: bool) -> None:
        """One page down or up."""
        bar = self.verticalScrollBar()
        bar.setValue(bar.value() + (bar.pageStep() if forward else -bar.pageStep()))

    def _put(self, shown: Draft | KeptReport | None) -> None:
        look, inside = self._look, QWidget()
        column = QVBoxLayout(inside)
        column.setContentsMargins(look.px(HAIR), 0, look.px(NEAR), 0)
        if look.translator.right_to_left:
            column.setContentsMargins(look.px(NEAR), 0, look.px(HAIR), 0)
        column.setSpacing(look.px(TIGHT))
        for text in _head(shown, self._zone):
            column.addWidget(Words(look, text=text, wraps=True))
        if shown is not None:
            for section in sections(shown.report, self._zone):
                column.addSpacing(look.px(NEAR))
                column.addLayout(self._table(section))
        column.addStretch(1)
        self.setWidget(inside)

    def _table(self, section: Section) -> QGridLayout:
        look = self._look
        grid = QGridLayout()
        grid.setHorizontalSpacing(look.px(APART))
        grid.setVerticalSpacing(look.px(HAIR))
        grid.setColumnStretch(0, 1)
        grid.addWidget(Words(look, "heading", section.heading), 0, 0)
        for number, caption in enumerate(section.columns, start=1):
            grid.addWidget(self._beside(look.said(caption), voice="small"), 0, number)
        for place, row in enumerate(section.rows, start=1):
            grid.addWidget(Words(look, text=row.says, wraps=True), place, 0)
            for number, cell in enumerate(row.cells, start=1):
                grid.addWidget(self._beside(cell, voice="strong"), place, number)
        return grid

    def _beside(self, text: str, *, voice: str) -> QWidget:
        """A cell of a column of numbers; in Arabic its end is at the left."""
        made = label(self._look, text, voice=voice, wrap=voice == "small")
        side = Qt.AlignmentFlag.AlignLeft if self._look.translator.right_to_left else Qt.AlignmentFlag.AlignRight
        made.setAlignment(side | Qt.AlignmentFlag.AlignAbsolute | Qt.AlignmentFlag.AlignVCenter)
        made.setMinimumWidth(self._look.px(_NUMBER))
        return made


def _head(shown: Draft | KeptReport | None, zone: tzinfo) -> list[Text]:
    if shown is None:
        return [say("A report appears here when a shift is closed, or when an earlier one is chosen in the list.")]
    report = shown.report
    head = [
        say(
            "Shift {number}, {begun} to {made}",
            number=report.number,
            begun=moment(report.opened_at, zone),
            made=moment(report.made_at, zone),
        ),
        say("The report's fingerprint (SHA-256): {hash}", hash=short_hash(shown.sha256)),
    ]
    if isinstance(shown, Draft):
        return [say("Not signed yet."), *head]
    head += [say("Signed by {name}", name=each.name) for each in shown.signatures]
    if len(shown.signatures) < 2:
        head.append(say("Nobody has signed this as the second person yet."))
    if not all(each.independent for each in shown.signatures):
        head.append(say("It is not known that these two accounts are two people."))
    if not shown.proven:
        head.append(say("A signature does not hold. Tell headquarters."))
    return head
