# SPDX-License-Identifier: Apache-2.0
"""What the officer types on the Inspect page: fields, MRZ characters, answers to questions asked in place."""

from __future__ import annotations

from abc import ABC, abstractmethod
from datetime import date

from station.domain.words import Text, say
from station.inspection import events as ev
from station.inspection.service import InspectionService
from station.inspection.state import InspectionState
from station.inspection.table import CHECKED, OPEN, Stage
from station.ports.clock import Clock
from ui.presenters import inspect_prompts as prompts
from ui.presenters.forms import Form
from ui.presenters.inspect_flow import InspectFlow
from ui.presenters.inspect_forms import CrossingForm, DocumentForm
from ui.presenters.inspect_view import Focus, Mode, PromptKind, Spot
from ui.presenters.keymap import Act
from ui.presenters.mrz_editor import MrzEditor, Place


class InspectTyping(ABC):
    """The typing half of the InspectPresenter."""

    _service: InspectionService
    _clock: Clock
    _crossing: CrossingForm
    _document_form: DocumentForm | None
    _editor: MrzEditor | None
    _prompt: prompts.Prompt | None
    _hint: Text | None
    _details: bool
    _focus: Focus
    _flow: InspectFlow
    _filled: bool = True

    @property
    @abstractmethod
    def _mode(self) -> Mode:
        """What the officer sees the station do."""

    @abstractmethod
    def _draw(self) -> None:
        """Render what stands now."""

    @abstractmethod
    def _answer(self, prompt: prompts.Prompt, state: InspectionState) -> None:
        """Do what an answered question asked for."""

    @abstractmethod
    def _answer_by_hand(self, act: Act) -> None:
        """A key while a form is filled in by hand."""

    @abstractmethod
    def _do_in_override(self, prompt: prompts.Prompt, state: InspectionState, act: Act) -> None:
        """A key while a second person is asked."""

    @abstractmethod
    def _park(self) -> None:
        """Put the inspection aside."""

    @property
    def _today(self) -> date:
        return self._service.rules.today(self._clock.now())

    # ── fields ─────────────────────────────────────────────────────────────────────────────────────────────

    def type_field(self, name: str, typed: str) -> None:
        """The officer changed a field of the crossing or of the keyed document."""
        form = self._form_of(name)
        if form is None:
            return
        form.type(name, typed)
        if self._flow.woe is not None and self._flow.woe.spot is Spot.CROSSING:
            self._flow.woe = None
        self._draw()

    def move_choice(self, name: str, by: int) -> None:
        """Choose another suggestion of a field."""
        form = self._form_of(name)
        if form is not None and form.move(name, by):
            self._draw()

    def leave_field(self, name: str) -> None:
        """The officer left a field: what was chosen is taken, and details of the crossing are kept."""
        form = self._form_of(name)
        if form is None:
            return
        form.settle(name)
        if form is self._crossing:
            self._keep_details()
        self._draw()

    def enter_field(self, name: str) -> None:
        """Enter in a field: on to the next, and behind the last to what comes next."""
        form = self._form_of(name)
        if form is None:
            return
        form.settle(name)
        after = form.after(name)
        if form is self._crossing:
            self._keep_details()
            self._focus_on(Spot.CROSSING, after) if after else self._focus_decision()
        elif after:
            self._focus_on(Spot.PERSON, after)
        else:
            self._flow.lane.after_quiet(self._take_document)
        self._draw()

    def turn_direction(self) -> None:
        """Entry becomes exit, and back: checks that were made for the other one are made anew."""
        self._crossing.turn()
        if self._prompt is not None and self._prompt.kind in _OF_CHECKS:  # it asked about those checks
            self._prompt = None
        self._flow.lane.after_quiet(self._keep_details)
        self._draw()

    def _form_of(self, name: str) -> Form | None:
        """The form with this field; None for a field that is being taken away while the keyboard leaves it."""
        forms = (self._document_form, self._crossing)
        return next((form for form in forms if form is not None and name in form.fields), None)

    def _keep_details(self) -> None:
        """Details are kept as they are entered, so that nothing typed is lost."""
        state = self._flow.state
        if state is None or state.stage not in OPEN or not self._filled or self._flow.lane.busy:
            return
        crossing = self._crossing.crossing()
        if state.stage in CHECKED and state.checked_direction is not crossing.direction:
            self._flow.go(self._flow.then_run(lambda _cancel: self._service.turn(state, crossing)))
        elif crossing != state.crossing:
            self._flow.keep_quietly(ev.DetailsEntered(crossing=crossing))

    def _typed_at_last(self) -> ev.Event | None:
        """What stands typed of the crossing, and is not kept yet. A suggestion that nobody took is no answer."""
        state = self._flow.state
        if state is None or state.stage not in OPEN or not self._filled:
            return None
        crossing = self._crossing.crossing()
        turned = state.stage in CHECKED and state.checked_direction is not crossing.direction
        return None if turned or crossing == state.crossing else ev.DetailsEntered(crossing=crossing)

    # ── the MRZ ────────────────────────────────────────────────────────────────────────────────────────────

    def mrz_type(self, character: str) -> None:
        """A character for the MRZ; one that it does not have changes nothing and says so."""
        if self._editor is None:
            return
        known = self._editor.type(character)
        self._hint = None if known else say("An MRZ has only A to Z, 0 to 9 and <.")
        self._draw()

    def mrz_rub_out(self) -> None:
        """Backspace in the MRZ."""
        if self._editor is not None:
            self._editor.rub_out()
            self._draw()

    def mrz_move(self, by: int) -> None:
        """← →: along the doubtful characters, or along the line where the MRZ is keyed."""
        if self._editor is not None:
            self._editor.along_doubts(by)
            self._draw()

    def mrz_step(self, by: int) -> None:
        """One character on or back, doubtful or not."""
        if self._editor is not None:
            self._editor.step(by)
            self._draw()

    def mrz_to(self, place: Place) -> None:
        """Put the cursor at a character (line, column)."""
        if self._editor is not None:
            self._editor.to(place)
            self._draw()

    def mrz_form(self, by: int) -> None:
        """The next form of MRZ, while it is keyed."""
        if self._editor is not None and self._mode is Mode.KEYING:
            self._editor.other_form(by)
            self._draw()

    def _undo(self) -> None:
        if self._editor is not None and not self._editor.undo():
            self._hint = say("There is nothing to undo.")
        self._draw()

    @property
    def _nothing_keyed(self) -> bool:
        """Whether the officer only looked at an empty form."""
        state = self._flow.state
        if state is None or state.stage is not Stage.KEYING or state.page is not None or state.document is not None:
            return False
        empty_form = self._document_form is None or self._document_form.is_empty
        return empty_form and (self._editor is None or self._editor.is_empty)

    def _take_document(self) -> None:
        """Enter on the document: confirm one thing more, or take it as it stands and go on."""
        state = self._flow.state
        if state is None or self._flow.working:
            return
        if self._document_form is not None:
            self._take_form(state, self._document_form)
        elif self._editor is not None:
            self._take_lines(state, self._editor)
        self._draw()

    def _take_form(self, state: InspectionState, form: DocumentForm) -> None:
        form.settle_all()
        wrong = form.first_wrong
        if wrong is not None:
            self._hint = say("This field cannot be taken as it stands.")
            self._focus_on(Spot.PERSON, wrong)
            return
        document = form.document()
        self._flow.go(self._flow.then_run(lambda _cancel: self._service.key_document(state, document)))

    def _take_lines(self, state: InspectionState, editor: MrzEditor) -> None:
        if not editor.confirm():
            self._hint = None
            return
        if not editor.holds and self._hint != _DOES_NOT_HOLD:
            self._hint = _DOES_NOT_HOLD
            return
        lines = editor.lines
        self._flow.go(self._flow.then_run(lambda _cancel: self._service.confirm_lines(state, lines)))

    # ── questions asked in place ───────────────────────────────────────────────────────────────────────────

    def prompt_key(self, key: str) -> None:
        """A key in the list of an open question."""
        if self._prompt is not None and self._prompt.press(key):
            self._draw()

    def prompt_move(self, by: int) -> None:
        """↑ ↓ in the list of an open question."""
        if self._prompt is not None:
            self._prompt.move(by)
            self._draw()

    def prompt_language(self, by: int) -> None:
        """← → in an open question that a notice comes of: the traveller's language."""
        if self._prompt is not None:
            self._prompt.turn_language(by)
            self._draw()

    def prompt_reason(self, words: str) -> None:
        """What is typed as the reason."""
        if self._prompt is not None:
            self._prompt.say_reason(words)
            self._draw()

    def _ask(self, prompt: prompts.Prompt) -> None:
        self._prompt = prompt
        self._focus_on(Spot.PROMPT)
        self._draw()

    def _do_in_prompt(self, act: Act) -> None:
        """Only what answers the question, closes it, or parks instead."""
        prompt, state = self._prompt, self._flow.state
        if prompt is None or state is None:
            return
        if prompt.kind is PromptKind.BY_HAND:
            self._answer_by_hand(act)
            return
        if prompt.kind in (PromptKind.SECOND_PERSON, PromptKind.SIGNATURE):
            self._do_in_override(prompt, state, act)
            return
        again = act is Act.ADMIT and prompt.kind is PromptKind.ADMIT_ANYWAY
        if act is Act.LEAVE:
            self._prompt = None
            self._focus_now()
        elif act is Act.PARK and state.stage in OPEN:
            self._prompt = None
            self._flow.lane.after_quiet(self._park)
        elif (act is Act.NEXT or again) and prompt.complete():
            self._prompt = None
            self._flow.lane.after_quiet(lambda: self._answer(prompt, self._flow.state or state))
        self._draw()

    def _turn_details(self) -> None:
        self._details = not self._details
        self._draw()

    # ── where the keyboard is ──────────────────────────────────────────────────────────────────────────────

    def _focus_on(self, spot: Spot, field: str = "") -> None:
        self._focus = Focus(spot, field, self._focus.serial + 1)

    def _focus_now(self) -> None:
        """The place where the officer is needed."""
        mode = self._mode
        if self._prompt is not None:
            self._focus_on(Spot.PROMPT)
        elif mode is Mode.KEYING and self._document_form is not None:
            self._focus_on(Spot.PERSON, next(iter(self._document_form.fields)))
        elif mode in (Mode.DOUBT, Mode.KEYING):
            self._focus_on(Spot.MRZ)
        elif mode is Mode.DECIDING:
            self._focus_decision()
        else:
            self._focus_on(Spot.IDLE if mode is Mode.IDLE else Spot.DECISION)

    def _focus_decision(self) -> None:
        """The first field that is missing, else the decision."""
        missing = self._crossing.first_missing
        if missing is not None:
            self._focus_on(Spot.CROSSING, missing)
        else:
            self._focus_on(Spot.DECISION)
        self._draw()


_DOES_NOT_HOLD = say("A check digit does not hold. Compare with the page; Enter once more takes it as it stands.")
_OF_CHECKS = frozenset({PromptKind.ADMIT_ANYWAY, PromptKind.SECOND_PERSON, PromptKind.SIGNATURE})
