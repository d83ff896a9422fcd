# SPDX-License-Identifier: Apache-2.0
"""The Inspect page: passive, it draws an InspectView and passes keys on. It knows no service."""

from __future__ import annotations

from PySide6.QtCore import Qt, QTimer
from PySide6.QtGui import QFocusEvent, QHideEvent, QKeyEvent, QKeySequence, QShortcut, QShowEvent
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QPushButton,
    QScrollArea,
    QSizePolicy,
    QStackedLayout,
    QVBoxLayout,
    QWidget,
)

from station.domain.words import Text, say
from ui.desktop.style.marks import MARKS
from ui.desktop.style.tokens import APART, KEY_HEIGHT, NEAR, SIDE_COLUMN, TIGHT
from ui.desktop.widgets.action_bar import ActionBar
from ui.desktop.widgets.checks_panel import ActivityPanel, ChecksPanel
from ui.desktop.widgets.form import Choices, FormGrid
from ui.desktop.widgets.idle_panel import IdlePanel
from ui.desktop.widgets.look import Look
from ui.desktop.widgets.mrz_strip import MrzStrip
from ui.desktop.widgets.parts import Elided
from ui.desktop.widgets.person_panel import PersonPanel
from ui.desktop.widgets.picture import PictureView
from ui.desktop.widgets.prompt_panel import PromptPanel
from ui.desktop.widgets.verdict_bar import VerdictBar
from ui.desktop.widgets.words import Words, give
from ui.presenters.inspect import InspectPresenter
from ui.presenters.inspect_view import ActionView, InspectView, Mode, Spot
from ui.presenters.keymap import KEYMAP, Act

TICK_MS = 100
#: Bound to their keys by the page. Enter is not: it is asked for last, when no field or button took it.
INSPECT_ACTS = (
    Act.KEY_IN,
    Act.NO_DOCUMENT,
    Act.PARK,
    Act.ADMIT,
    Act.SECOND_LINE,
    Act.REFUSE,
    Act.OTHER_DEVICE,
    Act.WITHOUT_PORTRAIT,
    Act.REPEAT,
    Act.SCAN_AGAIN,
    Act.PRINT_NOTICE,
    Act.DETAILS,
    Act.UNDO,
    Act.LEAVE,
)


class InspectPage(QWidget):
    """Make it, make its presenter with ``render=page.show_view``, then ``driven_by(presenter)``."""

    def __init__(self, look: Look) -> None:
        super().__init__()
        self._look = look
        self._presenter: InspectPresenter | None = None
        self._view: InspectView | None = None
        self.setProperty("part", "page")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self._build()
        self._ticker = QTimer(self)
        self._ticker.setInterval(TICK_MS)
        self._ticker.timeout.connect(self._tick)
        for act in INSPECT_ACTS:
            shortcut = QShortcut(QKeySequence(KEYMAP[act].sequence), self)
            shortcut.setContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
            shortcut.activated.connect(lambda act=act: self._do(act))

    def driven_by(self, presenter: InspectPresenter) -> None:
        """Pass on to this presenter what the officer does."""
        self._presenter = presenter
        self.mrz.typed.connect(presenter.mrz_type)
        self.mrz.moved.connect(presenter.mrz_move)
        self.mrz.stepped.connect(presenter.mrz_step)
        self.mrz.rubbed_out.connect(presenter.mrz_rub_out)
        self.mrz.placed.connect(lambda line, column: presenter.mrz_to((line, column)))
        self.mrz.formed.connect(presenter.mrz_form)
        self.prompt.pressed_key.connect(presenter.prompt_key)
        self.prompt.moved.connect(presenter.prompt_move)
        self.prompt.reasoned.connect(presenter.prompt_reason)
        self.prompt.confirmed.connect(lambda: presenter.do(Act.NEXT))
        self.prompt.left.connect(lambda: presenter.do(Act.LEAVE))
        self.direction.clicked.connect(presenter.turn_direction)
        self._choices.taken.connect(self._took_choice)
        if self.isVisible():
            self._begin()

    @property
    def view(self) -> InspectView | None:
        """What the page shows now."""
        return self._view

    # ── parts ──────────────────────────────────────────────────────────────────────────────────────────────

    def _build(self) -> None:
        look = self._look
        self.idle = IdlePanel(look, self._resume, self._do)
        self.page = PictureView(look, say("Page of the document"), zooms=True)
        self.mrz = MrzStrip(look)
        self._mrz_hint = Words(look, "strong", wraps=True)
        self._digits = Words(look, "small")
        self.person = PersonPanel(look)
        self.prompt = PromptPanel(look)
        self.direction = QPushButton()
        self.direction.setProperty("part", "small")
        self.direction.setAccessibleDescription(look.said(say("Press Space to change the direction.")))
        self.portrait = PictureView(look, say("Live portrait"), zooms=False)
        self.checks = ChecksPanel(look)
        self.activities = ActivityPanel(look)
        self.verdict = VerdictBar(look)
        self.action_bar = ActionBar(look, self._pressed)
        self._log = Elided()
        self._log.setProperty("voice", "quiet")
        self._log.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        self._line = Words(look, "strong")
        self.crossing: FormGrid | None = None
        self.document: FormGrid | None = None
        self._choices = Choices(look, self)

        column = QVBoxLayout(self)
        gap = look.px(APART)
        column.setContentsMargins(gap, gap, gap, look.px(NEAR))
        column.setSpacing(look.px(NEAR))
        # A stack shows its first widget at once: it needs its place first, or that is a window for a moment.
        self._whole = QStackedLayout()
        column.addLayout(self._whole, 1)
        self._whole.addWidget(self.idle)
        self._whole.addWidget(self._desk())
        column.addWidget(self.verdict)
        foot = QHBoxLayout()
        foot.setSpacing(gap)
        self.action_bar.setMinimumHeight(look.px(KEY_HEIGHT) + 2)
        foot.addWidget(self.action_bar)
        foot.addWidget(self._log, 1)
        column.addLayout(foot)

    def _desk(self) -> QWidget:
        look = self._look
        desk = QWidget()
        row = QHBoxLayout(desk)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(look.px(NEAR))
        self._page_panel, left = self._panel()
        left.addWidget(self.page, 1)
        left.addWidget(self.mrz)
        left.addWidget(self._mrz_hint)
        left.addWidget(self._digits)
        row.addWidget(_by_stretch(self._page_panel), 11)
        row.addWidget(_by_stretch(self._middle()), 9)
        side = QVBoxLayout()
        side.setSpacing(look.px(NEAR))
        self._faces_panel, faces = self._panel(say("Live portrait"))
        faces.addWidget(self.portrait, 1)
        self._checks_panel, checks = self._panel(say("Checks"))
        self._side_heading = self._checks_panel.findChild(Words)
        self._side = QStackedLayout()
        checks.addLayout(self._side, 1)
        self._side.addWidget(_scrolled(self.checks, look))
        self._side.addWidget(self.activities)
        side.addWidget(self._faces_panel, 9)
        side.addWidget(self._checks_panel, 11)
        holder = QWidget()
        holder.setFixedWidth(look.px(SIDE_COLUMN))
        side.setContentsMargins(0, 0, 0, 0)
        holder.setLayout(side)
        row.addWidget(holder)
        return desk

    def _middle(self) -> QWidget:
        """Person above, crossing below; an open question takes both places."""
        look = self._look
        self._person_panel, inside = self._panel()
        self._person_stack = QStackedLayout()
        inside.addLayout(self._person_stack)
        self._person_stack.addWidget(_scrolled(self.person, look))
        self._document_place = QWidget()
        QVBoxLayout(self._document_place).setContentsMargins(0, 0, 0, 0)
        self._person_stack.addWidget(_scrolled(self._document_place, look))
        self._crossing_panel, below = self._panel()
        top = QHBoxLayout()
        top.addWidget(Words(look, "heading", say("Crossing")))
        top.addStretch(1)
        top.addWidget(self._line)
        top.addWidget(self.direction)
        below.addLayout(top)
        self._crossing_place = QVBoxLayout()
        below.addLayout(self._crossing_place)
        below.addStretch(1)
        both = QWidget()
        column = QVBoxLayout(both)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(look.px(NEAR))
        column.addWidget(self._person_panel, 1)
        column.addWidget(self._crossing_panel)
        self._prompt_panel, asking = self._panel()
        asking.addWidget(self.prompt)
        middle = QWidget()
        self._middle_stack = QStackedLayout(middle)
        self._middle_stack.addWidget(both)
        self._middle_stack.addWidget(self._prompt_panel)
        return middle

    def _panel(self, heading: Text | None = None) -> tuple[QFrame, QVBoxLayout]:
        frame = QFrame()
        frame.setProperty("part", "panel")
        column = QVBoxLayout(frame)
        gap = self._look.px(NEAR)
        column.setContentsMargins(self._look.px(APART), gap, self._look.px(APART), gap)
        column.setSpacing(self._look.px(TIGHT))
        if heading is not None:
            column.addWidget(Words(self._look, "heading", heading))
        return frame, column

    # ── drawing ────────────────────────────────────────────────────────────────────────────────────────────

    def show_view(self, view: InspectView) -> None:
        """Draw another view. On the window's thread."""
        before, self._view = self._view, view
        idle = view.mode is Mode.IDLE
        self._whole.setCurrentIndex(0 if idle else 1)
        self.verdict.setVisible(not idle)
        if idle:
            self.idle.show_idle(view)
            self._choices.hide()
        else:
            self._show_desk(view)
        self.action_bar.show_actions(view.actions)
        log = view.log
        happened = self._look.said(say("{time}  {what}", time=log.at, what=log.says)) if log else ""
        self._log.setText(happened)
        self._log.setToolTip(happened)
        if before is None or before.focus != view.focus:
            self._move_focus(view)

    def _show_desk(self, view: InspectView) -> None:
        self.verdict.show_banner(view.banner)
        self.page.show_picture(view.page)
        self.portrait.show_picture(view.portrait)
        self.mrz.setVisible(view.mrz is not None)
        self.mrz.show_mrz(view.mrz)
        self._mrz_hint.tell(view.mrz_hint)
        self._digits.put(self._digit_words(view))
        self.person.show_person(view.person)
        self._line.tell(say("Second line") if view.line > 1 else None)
        self._show_forms(view)
        self.checks.show_checks(view.checks, details=view.details)
        working = view.mode is Mode.WORKING
        self._side.setCurrentIndex(1 if working else 0)
        if self._side_heading is not None:
            self._side_heading.tell(say("What is being done") if working else say("Checks"))
        self.activities.show_activities(view.activities if working else ())
        self.prompt.show_prompt(view.prompt)
        self._middle_stack.setCurrentIndex(0 if view.prompt is None else 1)
        for spot, frame in (
            (Spot.PAGE, self._page_panel),
            (Spot.FACES, self._faces_panel),
            (Spot.CHECKS, self._checks_panel),
            (Spot.CROSSING, self._crossing_panel),
        ):
            give(frame, "trouble", view.trouble_at is spot)

    def _show_forms(self, view: InspectView) -> None:
        self.direction.setText(self._look.said(view.direction))
        self.direction.setAccessibleName(self._look.said(view.direction))
        if self.crossing is None and view.crossing:
            self.crossing = self._grid(view, keyed=False)
            self._crossing_place.addWidget(self.crossing)
            self.crossing.show()  # at once, so that the keyboard can go there
        if self.crossing is not None:
            self.crossing.show_fields(view.crossing, self._choices)
        place = self._document_place.layout()
        if view.document_form and self.document is None and place is not None:
            self.document = self._grid(view, keyed=True)
            place.addWidget(self.document)
            self.document.show()
        if self.document is not None and view.document_form:
            self.document.show_fields(view.document_form, self._choices)
        self._person_stack.setCurrentIndex(1 if view.document_form else 0)

    def _grid(self, view: InspectView, *, keyed: bool) -> FormGrid:
        fields = view.document_form if keyed else view.crossing
        spans = {"primary": 2, "secondary": 2, "document_number": 2} if keyed else {}
        grid = FormGrid(self._look, fields, columns=3 if keyed else 2, spans=spans)
        grid.left.connect(self._left_field)
        if self._presenter is not None:
            grid.typed.connect(self._presenter.type_field)
            grid.entered.connect(self._presenter.enter_field)
            grid.chose.connect(self._presenter.move_choice)
        return grid

    def _digit_words(self, view: InspectView) -> str:
        """The check digits in one line of marks and words."""
        digits = view.mrz.digits if view.mrz is not None else ()
        return "   ".join(f"{MARKS[digit.result].symbol} {self._look.said(digit.name)}" for digit in digits)

    def _move_focus(self, view: InspectView) -> None:
        self._choices.hide()
        spot, name = view.focus.spot, view.focus.field
        if spot is Spot.MRZ:
            self.mrz.setFocus(Qt.FocusReason.OtherFocusReason)
        elif spot is Spot.PROMPT:
            self.prompt.focus_first()
        elif spot is Spot.CROSSING and self.crossing is not None:
            self.crossing.focus(name)
        elif spot is Spot.PERSON and self.document is not None:
            self.document.focus(name)
        elif spot is Spot.DECISION and view.actions:
            self.action_bar.focus_first()
        elif not self.hasFocus():
            self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
            self.setFocus(Qt.FocusReason.OtherFocusReason)

    # ── what the officer does ──────────────────────────────────────────────────────────────────────────────

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Keys that no field or button took: Enter, figures of the list, + and − of the page."""
        key, text = event.key(), event.text()
        if key in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self._do(Act.NEXT)
        elif text and text in "+=":
            self.page.zoom(1)
        elif text and text in "-−":
            self.page.zoom(-1)
        elif text.isdigit() and text != "0" and self._view is not None and self._view.mode is Mode.IDLE:
            self._resume(int(text) - 1)
        else:
            super().keyPressEvent(event)

    def showEvent(self, event: QShowEvent) -> None:
        """The page is shown: the scanner may wait for a document."""
        super().showEvent(event)
        self._begin()

    def focusInEvent(self, event: QFocusEvent) -> None:
        """The page itself was given the keyboard: hand it to where it is needed."""
        super().focusInEvent(event)
        if self._view is not None and self._view.mode is not Mode.IDLE:
            self._move_focus(self._view)

    def hideEvent(self, event: QHideEvent) -> None:
        """Another page is shown: the scanner is let go."""
        super().hideEvent(event)
        self._ticker.stop()
        if self._presenter is not None:
            self._presenter.stop()

    def _begin(self) -> None:
        if self._presenter is not None:
            self._presenter.start()
            self._ticker.start()
            if self._view is not None:
                self._move_focus(self._view)

    def _tick(self) -> None:
        if self._presenter is not None:
            self._presenter.tick()

    def _do(self, act: Act) -> None:
        if self._presenter is not None:
            self._presenter.do(act)

    def _pressed(self, action: ActionView) -> None:
        self._do(action.act)

    def _resume(self, place: int) -> None:
        if self._presenter is not None:
            self._presenter.resume(place)

    def _left_field(self, name: str) -> None:
        self._choices.hide()
        if self._presenter is not None:
            self._presenter.leave_field(name)

    def _took_choice(self, place: int) -> None:
        """A suggestion was clicked: as if it had been chosen with the arrows and taken with Enter."""
        if self._presenter is None or self._view is None:
            return
        for field in (*self._view.crossing, *self._view.document_form):
            if field.choices:
                self._presenter.move_choice(field.name, place - field.chosen)
                self._presenter.enter_field(field.name)
                return


def _by_stretch(part: QWidget) -> QWidget:
    """A column whose width does not depend on what stands in it, so that nothing moves from state to state."""
    part.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
    return part


def _scrolled(inside: QWidget, look: Look) -> QScrollArea:
    """A part that scrolls where it does not fit, with room for its bar, which is only seen when needed."""
    area = QScrollArea()
    area.setWidgetResizable(True)
    area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
    area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
    room = look.px(APART)
    mirrored = look.translator.right_to_left
    inside.setContentsMargins(room if mirrored else 0, 0, 0 if mirrored else room, 0)
    area.setWidget(inside)
    return area
