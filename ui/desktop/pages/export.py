# SPDX-License-Identifier: Apache-2.0
"""What is waiting, where it goes, one key; then the receipts."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, tzinfo

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeyEvent, QKeySequence, QShortcut
from PySide6.QtWidgets import (
    QHBoxLayout,
    QLineEdit,
    QListWidget,
    QProgressBar,
    QVBoxLayout,
    QWidget,
)

from station.domain.checks import CheckResult
from station.domain.words import Text, say, say_count
from station.exporting.packages import ExportOutcome
from station.ports.export_rows import Receipt
from ui.desktop.pages.two_sides import TwoSides
from ui.desktop.style.tokens import APART, NEAR
from ui.desktop.widgets.look import Look
from ui.desktop.widgets.parts import Panel, TroubleNote, bar_of_keys, key_button, label, margins
from ui.desktop.widgets.words import give
from ui.presenters.export import OUTSIDE, RECEIPTS, ExportPresenter, ExportStage, ExportState
from ui.presenters.keymap import KEYMAP, Act
from ui.presenters.showing import Trouble

RECEIPT_WORDS: Mapping[Receipt, Text] = {
    Receipt.SIGNED: say("● headquarters hold it: signed receipt"),
    Receipt.UNPROVEN: say("▲ headquarters hold it, as somebody typed: unproven"),
    Receipt.NONE: say("○ no receipt yet"),
}
_MEGABYTE = 1_000_000
_LONGEST_PATH = 4096  # characters: what Linux takes


class ExportPage(QWidget):
    """Renders ExportState."""

    def __init__(self, look: Look, presenter: ExportPresenter, *, zone: tzinfo) -> None:
        super().__init__()
        self._look = look
        self.presenter = presenter
        self._zone = zone
        self._sticks: tuple[str, ...] = ()
        self.setProperty("part", "page")
        self.front = QWidget()
        self.sides = TwoSides(self, self.front)
        self.waiting = label(look, voice="title")
        self.target = QLineEdit()
        self.target.setMaxLength(_LONGEST_PATH)
        self.target.setAccessibleName(look.said(say("Folder for the export")))
        self.target.setPlaceholderText(look.said(say("A stick or a folder")))
        self.sticks = QListWidget()
        self.report = label(look, voice="quiet", wrap=True)
        self.progress = QProgressBar()
        self.progress_words = label(look)
        self.trouble = TroubleNote(look)
        self.result = TroubleNote(look)
        self.remarks = label(look, voice="strong", wrap=True)
        self.hint = label(look, voice="quiet", wrap=True)
        self.receipts = QListWidget()
        self.no_receipts = label(look, say("Nothing was exported yet. Each export leaves its receipt here."), wrap=True)
        self.go = key_button(look, Act.EXPORT, part="next")
        self.take = key_button(look, RECEIPTS)
        self.outside = key_button(look, OUTSIDE)
        self.stop = key_button(look, Act.LEAVE, word=say("Stop the export"))
        self.stop_taking = key_button(look, Act.LEAVE, word=say("Stop"))
        self._build()
        self._bind()
        presenter.show_on(self.render_state)

    def _build(self) -> None:
        look = self._look
        whole = QVBoxLayout(self.front)
        margins(whole, look.px(APART), spacing=look.px(APART))
        columns = QHBoxLayout()
        columns.setSpacing(look.px(APART))
        left = Panel(look, heading=say("Sealed export for headquarters"))
        left.column.addWidget(self.waiting)
        left.column.addSpacing(look.px(NEAR))
        left.column.addWidget(label(look, say("Where it goes"), voice="heading"))
        left.column.addWidget(self.target)
        left.column.addWidget(self.report)
        self._stick_heading = label(look, say("Sticks that are plugged in"), voice="heading")
        left.column.addWidget(self._stick_heading)
        left.column.addWidget(self.sticks)
        self.sticks.setAccessibleName(look.said(say("Sticks that are plugged in")))
        self.sticks.setMaximumHeight(look.px(110))
        left.column.addWidget(self.progress)
        left.column.addWidget(self.progress_words)
        left.column.addWidget(self.result)
        left.column.addWidget(self.remarks)
        left.column.addWidget(self.hint)
        left.column.addStretch(1)
        right = Panel(look, heading=say("Receipts"))
        self.receipts.setAccessibleName(look.said(say("Receipts")))
        self.receipts.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        right.column.addWidget(self.no_receipts)
        right.column.addWidget(self.receipts, 1)
        right.column.addStretch(0)
        columns.addWidget(left, 3)
        columns.addWidget(right, 2)
        whole.addLayout(columns, 1)
        whole.addWidget(self.trouble)
        whole.addWidget(bar_of_keys(look, self.go, self.take, self.outside, self.stop, self.stop_taking))
        self.progress.setTextVisible(False)

    def _bind(self) -> None:
        self.target.textEdited.connect(self.presenter.aim)
        self.target.returnPressed.connect(self.presenter.export)
        self.sticks.itemActivated.connect(lambda item: self.presenter.aim(item.text()))
        self.go.clicked.connect(self.presenter.export)
        self.take.clicked.connect(self.presenter.take_receipts)
        self.outside.clicked.connect(self.presenter.turn_outside)
        for stop in (self.stop, self.stop_taking):
            stop.clicked.connect(self.presenter.cancel)
        context = Qt.ShortcutContext.WidgetWithChildrenShortcut
        for key, does in (
            (KEYMAP[Act.EXPORT], self.presenter.export),
            (RECEIPTS, self.presenter.take_receipts),
            (OUTSIDE, self.presenter.turn_outside),
        ):
            # Of the front: the second side has keys of its own.
            QShortcut(QKeySequence(key.sequence), self.front, context=context).activated.connect(does)

    def render_state(self, state: ExportState) -> None:
        """Show what waits, how far it is, and what left."""
        look = self._look
        running = state.stage is not ExportStage.READY
        self.waiting.setText(look.said(_waiting(state.waiting)))
        if self.target.text() != state.target:
            self.target.setText(state.target)
        self.target.setReadOnly(running)
        self.report.setText(look.said(state.report.says) if state.report else "")
        self._render_sticks(state.sticks)
        ready = not running and not state.taking and state.waiting != 0
        self.go.setEnabled(ready)
        give(self.go, "part", "next" if ready else "action")
        for button in (self.take, self.outside):
            button.setEnabled(not running and not state.taking)
            button.setVisible(not running)
        self.stop.setVisible(running)
        self.stop_taking.setVisible(state.taking)
        self.progress.setVisible(running)
        self.progress_words.setVisible(running or state.taking)
        self.progress.setMaximum(max(1, state.of))
        self.progress.setValue(state.done)
        self.progress_words.setText(look.said(_progress(state)))
        self.trouble.tell(state.trouble)
        self._render_outcome(state)
        self.no_receipts.setVisible(not state.receipts)
        self.receipts.setVisible(bool(state.receipts))
        self.receipts.setUpdatesEnabled(False)
        self.receipts.clear()
        for receipt in state.receipts:
            self.receipts.addItem(
                look.said(
                    say(
                        "{name}\n{when}, {records}\n{receipt}",
                        when=self._moment(receipt.made_at),
                        name=receipt.name,
                        records=say_count("{count} record", "{count} records", count=receipt.encounters),
                        receipt=RECEIPT_WORDS[receipt.receipt],
                    )
                )
            )
        self.receipts.setUpdatesEnabled(True)

    def _render_sticks(self, sticks: tuple[str, ...]) -> None:
        if sticks != self._sticks:
            self._sticks = sticks
            self.sticks.clear()
            self.sticks.addItems(list(sticks))
        self._stick_heading.setVisible(bool(sticks))
        self.sticks.setVisible(bool(sticks))

    def _render_outcome(self, state: ExportState) -> None:
        outcome = state.outcome
        self.result.tell(state.taken if outcome is None else _success(outcome), result=CheckResult.SUCCESSFUL)
        self.remarks.setVisible(bool(state.remarks))
        self.remarks.setText("\n".join(f"▲ {self._look.said(text)}" for text in state.remarks))
        self.hint.setText(self._look.said(_check_hint(outcome)) if outcome else "")
        self.hint.setVisible(outcome is not None)

    def _moment(self, at: datetime) -> str:
        return f"\u2066{at.astimezone(self._zone):%Y-%m-%d %H:%M}\u2069"  # left to right also inside Arabic

    def take_focus(self) -> None:
        """Where the folder is typed, or on the second side where that wants it."""
        if self.sides.turned:
            self.sides.take_focus()
        else:
            self.target.setFocus()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Esc stops a running export, or the looking for receipts."""
        if event.key() == Qt.Key.Key_Escape and not self.sides.turned:
            self.presenter.cancel()
        else:
            super().keyPressEvent(event)


def _waiting(count: int | None) -> Text:
    if count is None:
        return say("Counting what is waiting…")
    if not count:
        return say("Nothing is waiting.")
    return say_count("{count} record is waiting", "{count} records are waiting", count=count)


def _progress(state: ExportState) -> Text:
    if state.taking:
        return say("Looking for receipts… Esc stops.")
    if state.stage is ExportStage.STOPPING:
        return say("Stopping. What was begun is being removed.")
    left = max(0, state.of - state.done)
    return say_count("{count} record left", "{count} records left", count=left)


def _success(outcome: ExportOutcome) -> Trouble:
    return Trouble(
        cause=say_count(
            "{count} record was sealed and stands on the target.",
            "{count} records were sealed and stand on the target.",
            count=outcome.record.encounters,
        ),
        next_step=say(
            "Carry {file} and its .minisig to headquarters. {size} MB.",
            file=outcome.bundle.path.name,
            size=f"{outcome.bundle.size / _MEGABYTE:.1f}",
        ),
    )


def _check_hint(outcome: ExportOutcome) -> Text:
    return say("Anybody can check who sealed it: minisign -V -p station.pub -m {file}", file=outcome.bundle.path.name)
