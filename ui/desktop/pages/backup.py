# SPDX-License-Identifier: Apache-2.0
"""How old the newest backup is, in large letters; where backups go and how often; what lies on the medium."""

from __future__ import annotations

from datetime import datetime, tzinfo
from functools import partial

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeyEvent, QKeySequence, QShortcut
from PySide6.QtWidgets import (
    QCheckBox,
    QFrame,
    QGridLayout,
    QHBoxLayout,
    QLineEdit,
    QListWidget,
    QProgressBar,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from station.domain.checks import CheckResult
from station.domain.words import Text, say
from ui.desktop.style.tokens import APART, NEAR
from ui.desktop.widgets.look import Look
from ui.desktop.widgets.parts import Panel, TroubleNote, bar_of_keys, key_button, label, margins
from ui.desktop.widgets.words import give
from ui.presenters.backup import BackupPresenter
from ui.presenters.backup_view import (
    BACKUP_KEYS,
    BackupAct,
    BackupPageState,
    BackupStage,
    PlanForm,
    how_old,
    is_late,
)
from ui.presenters.showing import Trouble

_MEGABYTE = 1_000_000
_LONGEST_PATH = 1000


class BackupPage(QWidget):
    """Renders BackupPageState."""

    def __init__(self, look: Look, presenter: BackupPresenter, *, zone: tzinfo) -> None:
        super().__init__()
        self._look = look
        self._zone = zone
        self.presenter = presenter
        self._sticks: tuple[str, ...] = ()
        self.setProperty("part", "page")
        self.age = label(look, voice="title", wrap=True)
        self.last = label(look, voice="quiet", wrap=True)
        self.late = TroubleNote(look)
        self.folder, self.hours, self.keep = QLineEdit(), QLineEdit(), QLineEdit()
        self.shift_end = QCheckBox(look.said(say("Also at the end of each shift")))
        self.report = label(look, voice="quiet", wrap=True)
        self.sticks = QListWidget()
        self.progress = QProgressBar()
        self.progress_words = label(look)
        self.result = TroubleNote(look)
        self.happened = label(look, voice="strong", wrap=True)
        self.trouble = TroubleNote(look)
        self.kept = QListWidget()
        self.nothing_kept = label(look, say("No backup lies on this medium."), wrap=True)
        self.buttons = {act: key_button(look, BACKUP_KEYS[act]) for act in BackupAct}
        self._build()
        self._bind()
        presenter.show_on(self.render_state)

    # ── building ───────────────────────────────────────────────────────────────────────────────────────────

    def _build(self) -> None:
        look = self._look
        whole = QVBoxLayout(self)
        margins(whole, look.px(APART), spacing=look.px(APART))
        columns = QHBoxLayout()
        columns.setSpacing(look.px(APART))
        left = Panel(look, heading=say("Backup"))
        left.column.addWidget(self._scrolled())
        right = Panel(look, heading=say("Backups on this medium"))
        self.kept.setAccessibleName(look.said(say("Backups on this medium")))
        self.kept.setProperty("data", True)
        self.kept.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.kept.setTextElideMode(Qt.TextElideMode.ElideMiddle)
        right.column.addWidget(self.nothing_kept)
        right.column.addWidget(self.kept, 1)
        right.column.addStretch(0)
        right.column.addWidget(label(look, _RESTORE, voice="quiet", wrap=True))
        columns.addWidget(left, 3)
        columns.addWidget(right, 2)
        whole.addLayout(columns, 1)
        whole.addWidget(self.trouble)
        whole.addWidget(bar_of_keys(look, *self.buttons.values()))
        self.progress.setTextVisible(False)

    def _scrolled(self) -> QScrollArea:
        """What does not fit under an alarm, or in a language with tall letters, is scrolled to and never squeezed."""
        look = self._look
        inside = QWidget()
        column = QVBoxLayout(inside)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(look.px(NEAR))
        for widget in (self.age, self.last, self.late, self.result, self.happened):
            column.addWidget(widget)
        column.addSpacing(look.px(NEAR))
        column.addWidget(label(look, say("Plan"), voice="heading"))
        column.addLayout(self._plan())
        column.addWidget(self.shift_end)
        column.addWidget(self.progress)
        column.addWidget(self.progress_words)
        column.addStretch(1)
        column.addWidget(label(look, _MEANING, voice="quiet", wrap=True))
        self.left = QScrollArea()
        self.left.setWidgetResizable(True)
        self.left.setFrameShape(QFrame.Shape.NoFrame)
        self.left.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.left.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.left.setWidget(inside)
        return self.left

    def _plan(self) -> QGridLayout:
        look = self._look
        grid = QGridLayout()
        grid.setHorizontalSpacing(look.px(APART))
        grid.setVerticalSpacing(look.px(NEAR))
        grid.setColumnStretch(1, 1)
        self.folder.setMaxLength(_LONGEST_PATH)
        self.folder.setPlaceholderText(look.said(say("A stick or a second disk")))
        for row, (field, words) in enumerate(
            (
                (self.folder, say("Where they go")),
                (self.hours, say("Every … hours while the station is open")),
                (self.keep, say("How many are kept")),
            )
        ):
            field.setAccessibleName(look.said(words))
            field.setProperty("data", True)
            title = label(look, words)
            title.setBuddy(field)
            place = row + 2 if row else 0  # what is known of the folder stands right under it
            grid.addWidget(title, place, 0)
            grid.addWidget(field, place, 1)
        grid.addWidget(self.report, 1, 0, 1, 2)
        self.sticks.setAccessibleName(look.said(say("Sticks that are plugged in")))
        self.sticks.setMaximumHeight(look.px(48))
        grid.addWidget(self.sticks, 2, 0, 1, 2)
        for small in (self.hours, self.keep):
            small.setMaximumWidth(look.px(90))
        return grid

    def _bind(self) -> None:
        context = Qt.ShortcutContext.WidgetWithChildrenShortcut
        for act, key in BACKUP_KEYS.items():
            does = partial(self.presenter.do, act)
            self.buttons[act].clicked.connect(does)
            if act is not BackupAct.STOP:  # Esc is the page's
                QShortcut(QKeySequence(key.sequence), self, context=context).activated.connect(does)
        for field in (self.folder, self.hours, self.keep):
            field.textEdited.connect(self._typed)
            field.returnPressed.connect(partial(self.presenter.do, BackupAct.PLAN))
        self.shift_end.clicked.connect(self._typed)
        self.sticks.itemActivated.connect(lambda item: self._choose(item.text()))

    # ── what is shown and done ─────────────────────────────────────────────────────────────────────────────

    def render_state(self, state: BackupPageState) -> None:
        """Show how old the newest backup is, the plan, and how far a running one is."""
        look = self._look
        self.age.setText(look.said(how_old(state)))
        self.last.setText(look.said(self._last(state)))
        self.last.setVisible(state.known is not None and state.known.last is not None)
        self.late.tell(_lateness(state) if state.trouble is None else None, result=CheckResult.UNDETERMINED)
        self._render_form(state)
        running = state.stage in (BackupStage.RUNNING, BackupStage.STOPPING)
        for widget in (self.progress, self.progress_words):
            widget.setVisible(running)
        self.progress.setMaximum(max(1, state.of))
        self.progress.setValue(state.done)
        stopping = state.stage is BackupStage.STOPPING
        self.progress_words.setText(look.said(_STOPPING if stopping else _WORKING))
        self.result.tell(_success(state), result=CheckResult.SUCCESSFUL)
        self.happened.setText(look.said(state.happened))
        self.happened.setVisible(state.happened is not None)
        self.trouble.tell(state.trouble)
        self._render_kept(state)
        for act, button in self.buttons.items():
            button.setVisible(act in state.acts)
            give(button, "part", "next" if state.acts and act is state.acts[0] else "action")

    def _render_form(self, state: BackupPageState) -> None:
        form = state.form
        for field, text in ((self.folder, form.folder), (self.hours, form.every_hours), (self.keep, form.keep)):
            if field.text() != text:
                field.setText(text)
            field.setReadOnly(state.stage not in (BackupStage.READY, BackupStage.READING))
        self.shift_end.setChecked(form.at_shift_end)
        self.report.setText(self._look.said(state.report.says) if state.report else "")
        self.report.setVisible(state.report is not None)
        if state.sticks != self._sticks:
            self._sticks = state.sticks
            self.sticks.clear()
            self.sticks.addItems(list(state.sticks))
        self.sticks.setVisible(bool(state.sticks) and state.sticks != (form.folder,))

    def _render_kept(self, state: BackupPageState) -> None:
        self.nothing_kept.setVisible(not state.kept)
        self.kept.setVisible(bool(state.kept))
        self.kept.clear()
        for seen in state.kept:
            size = f"{seen.size / _MEGABYTE:.1f}"
            self.kept.addItem(self._look.said(say("{name}\n{size} MB", name=seen.name, size=size)))

    def _last(self, state: BackupPageState) -> Text | None:
        last = None if state.known is None else state.known.last
        if last is None:
            return None
        return say(
            "{when}, on {folder}, {size} MB",
            when=self._moment(last.made_at),
            folder=last.folder,
            size=f"{last.size / _MEGABYTE:.1f}",
        )

    def _moment(self, at: datetime) -> str:
        return f"\u2066{at.astimezone(self._zone):%Y-%m-%d %H:%M}\u2069"  # left to right also inside Arabic

    def take_focus(self) -> None:
        """Where the folder is typed."""
        self.folder.setFocus()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Esc stops a running backup."""
        if event.key() == Qt.Key.Key_Escape:
            self.presenter.do(BackupAct.STOP)
        else:
            super().keyPressEvent(event)

    def _typed(self) -> None:
        self.presenter.fill_in(
            PlanForm(
                folder=self.folder.text(),
                every_hours=self.hours.text(),
                keep=self.keep.text(),
                at_shift_end=self.shift_end.isChecked(),
            )
        )

    def _choose(self, stick: str) -> None:
        self.folder.setText(stick)
        self._typed()


_MEANING = say(
    "A backup holds every store as it lies on the disk, encrypted. Only two recovery sheets, or a password of this "
    "post, open the records in it."
)
_RESTORE = say("To restore: start the program on an empty computer, and choose Restore a backup at the first start.")
_WORKING = say("The backup is being made. Everybody can go on working.")
_STOPPING = say("Stopping. What was begun is being removed.")


def _lateness(state: BackupPageState) -> Trouble | None:
    """Why the supervisor should not be content with this."""
    known = state.known
    if known is None or not is_late(state) or state.stage is not BackupStage.READY:
        return None
    if not known.has_sheets:
        return Trouble(
            cause=say("Without recovery sheets nobody could bring a backup back."),
            next_step=say("Set the station up with recovery sheets, before records are made."),
        )
    if known.failure is not None:
        return Trouble(
            cause=say("The last backup could not be made."),
            next_step=say("Look at the medium, then make one now with F9."),
        )
    if not known.plan.folder:
        return Trouble(
            cause=say("No place for backups is chosen: none is made by itself."),
            next_step=say("Type or choose a second medium, then keep the plan with F5."),
        )
    return Trouble(cause=say("A backup is due."), next_step=say("It is made by itself soon. Or make it now with F9."))


def _success(state: BackupPageState) -> Trouble | None:
    made = state.made
    if made is None:
        return None
    return Trouble(
        cause=say("The backup stands on the medium, and was read back."),
        next_step=say(
            "{name}, {size} MB. Keep the medium away from this computer.",
            name=made.name,
            size=f"{made.size / _MEGABYTE:.1f}",
        ),
    )
