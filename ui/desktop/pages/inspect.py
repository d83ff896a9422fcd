# SPDX-License-Identifier: Apache-2.0
"""The Inspect page: passive, it draws an InspectView and passes keys on. It knows no service."""

from __future__ import annotations

from PySide6.QtCore import Qt, QTimer
from PySide6.QtGui import QFocusEvent, QHideEvent, QKeyEvent, QKeySequence, QShortcut, QShowEvent

from station.domain.words import say
from ui.desktop.pages.inspect_layout import InspectLayout
from ui.desktop.style.marks import MARKS
from ui.desktop.widgets.form import FormGrid
from ui.desktop.widgets.look import Look
from ui.desktop.widgets.words import give, plain_tip
from ui.presenters.inspect import InspectPresenter
from ui.presenters.inspect_view import ActionView, InspectView, Mode, Spot
from ui.presenters.keymap import KEYMAP, Act

TICK_MS = 100
_LIST_STEPS: dict[int, int] = {Qt.Key.Key_PageUp: -1, Qt.Key.Key_PageDown: 1}
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
    Act.PHOTO_FILE,
    Act.BY_HAND,
    Act.BLANK_FORMS,
    Act.DETAILS,
    Act.LIGHT,
    Act.UNDO,
    Act.LEAVE,
)


class InspectPage(InspectLayout):
    """Make it, make its presenter with ``render=page.show_view``, then ``driven_by(presenter)``."""

    def __init__(self, look: Look) -> None:
        super().__init__(look, resume=self._resume, do=self._do, press=self._pressed)
        self._presenter: InspectPresenter | None = None
        self._view: InspectView | None = None
        self.setProperty("part", "page")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
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
        self.prompt.turned.connect(presenter.prompt_language)
        self.prompt.reasoned.connect(presenter.prompt_reason)
        self.prompt.confirmed.connect(lambda: presenter.do(Act.NEXT))
        self.prompt.put_aside.connect(lambda: presenter.do(Act.PARK))
        self.prompt.signed.connect(presenter.sign)
        self.prompt.left.connect(lambda: presenter.do(Act.LEAVE))
        self.direction.clicked.connect(presenter.turn_direction)
        self._choices.taken.connect(self._took_choice)
        if self.isVisible():
            self._begin()

    @property
    def view(self) -> InspectView | None:
        """What the page shows now."""
        return self._view

    # ── drawing ────────────────────────────────────────────────────────────────────────────────────────────

    def show_view(self, view: InspectView) -> None:
        """Draw another view. On the window's thread."""
        before, self._view = self._view, view
        idle = view.mode is Mode.IDLE
        self._whole.setCurrentIndex(0 if idle else 1)
        self.verdict.setVisible(not idle)
        self._show_desk(view)
        if idle:
            self.idle.show_idle(view)
            self._clear()
        self.action_bar.show_actions(view.actions)
        log = view.log
        happened = self._look.said(say("{time}  {what}", time=log.at, what=log.says)) if log else ""
        self._log.setText(happened)
        self._log.setToolTip(plain_tip(happened))
        if before is None or before.focus != view.focus:
            self._move_focus(view)

    def _clear(self) -> None:
        """Nothing of the last traveller stays in a widget, seen or not."""
        self._choices.hide()
        if self.document is not None:
            self.document.hide()
            self.document.deleteLater()
            self.document = None

    def _show_desk(self, view: InspectView) -> None:
        self.verdict.show_banner(view.banner)
        self.page.show_picture(view.page)
        self.lights.show_light(view.light, view.remark)
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
        # What two people agree to is read whole, without scrolling: it takes the page's place as well.
        self._page_column.setVisible(view.prompt is None or not view.prompt.facts)
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
        """Keys that no field or button took: Enter, figures and pages of the list, + and − of the page."""
        key, text = event.key(), event.text()
        if key in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self._do(Act.NEXT)
        elif key in _LIST_STEPS and self.prompt.facts.isVisible():
            self.prompt.facts.turn(_LIST_STEPS[key])
        elif key in _LIST_STEPS and self._presenter is not None:
            self._presenter.turn_list(_LIST_STEPS[key])
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
