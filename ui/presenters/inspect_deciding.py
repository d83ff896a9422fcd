# SPDX-License-Identifier: Apache-2.0
"""The ends an inspection can come to on the Inspect page: admit, refuse, refer, park, leave; always the officer's."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable
from pathlib import Path

from station.domain.decision import DecisionKind
from station.domain.words import say, say_count
from station.inspection import events as ev
from station.inspection.state import InspectionState
from station.inspection.table import DECIDED
from station.ports.devices import PRINTER, PrintReceipt
from station.ports.images import PhotoChooser
from station.ports.paper import FormByHand
from station.ports.storage import EncounterSummary
from station.ports.tasks import CancelToken
from ui.presenters import inspect_prompts as prompts
from ui.presenters.inspect_desk import Unfinished
from ui.presenters.inspect_override import InspectOverriding
from ui.presenters.inspect_printing import hand_of, has_printer
from ui.presenters.inspect_view import Mode, PromptKind, Spot
from ui.presenters.keymap import Act
from ui.translation import Translator

BLANKS = 5  # blank notices at a time: a few days of a quiet post
_NEVER_KEYED = "Nothing was keyed in."


class InspectDeciding(InspectOverriding):
    """The deciding part of the InspectPresenter."""

    _translator: Translator
    _by_hand: FormByHand | None
    _photos: PhotoChooser | None
    _unfinished: Unfinished
    _lock_waits: tuple[float, Callable[[], None]] | None = None  # since when, and what comes then
    _notice_language: str = ""  # the last one chosen; the next traveller often comes with the same bus

    @abstractmethod
    def _back_to_idle(self) -> None:
        """Nothing is in hand any more."""

    @property
    def _decided(self) -> DecisionKind | None:
        state = self._flow.state
        last = state.inspections[-1].decision if state is not None and state.inspections else None
        return last.kind if last else None

    def _answer(self, prompt: prompts.Prompt, state: InspectionState) -> None:
        service, crossing, words = self._service, self._crossing.crossing(), prompt.chosen_words
        if prompt.kind is PromptKind.REFUSE:
            ground, reason = prompt.ground, prompt.reason.strip()
            self._notice_language = prompt.language
            self._flow.go(
                self._flow.then_run(lambda _cancel: service.refuse(state, crossing, ground, reason=reason)),
            )
        elif prompt.kind is PromptKind.SECOND_LINE:
            self._flow.go(lambda _cancel, _report: service.refer(state, crossing, reason=words))
        elif prompt.kind is PromptKind.WITHOUT_PORTRAIT:
            self._flow.act_then_run(ev.PortraitOmitted(reason=words))
        elif prompt.kind is PromptKind.PHOTO_FILE:
            self._take_photo(state, Path(prompt.reason.strip()).expanduser())
        elif prompt.kind is PromptKind.ADMIT_ANYWAY:
            self._admit_now(state)
        elif prompt.kind is PromptKind.PRINT_NOTICE:
            self._notice_language = prompt.language
            self._focus_on(Spot.DECISION)
            self._print_notice()
        else:
            self._flow.act_then_run(ev.Abandoned(reason=words))

    def _take_photo(self, state: InspectionState, file: Path) -> None:
        """The portrait from a file. It is let go at once: the next traveller must not get this photo."""
        photos, service = self._photos, self._service
        if photos is None:
            return

        def taken(cancel: CancelToken) -> InspectionState:
            photos.choose_file(file)
            try:
                return service.portrait_by(photos.device_id, state, cancel=cancel)
            finally:
                photos.choose_file(None)

        self._flow.go(self._flow.then_run(taken))

    def _ask_photo_file(self) -> None:
        if self._photos is not None:
            self._ask(prompts.ask_photo_file())

    @property
    def _language_of_notice(self) -> str:
        return self._notice_language or self._translator.for_paper

    def _print_notice(self, *, device_id: str | None = None) -> None:
        if self._decided is DecisionKind.REFUSE:
            self._flow.print_notice(self._language_of_notice, device_id=device_id)

    def _repeat_notice(self) -> None:
        """The obvious thing about a notice in trouble; one that is on paper is only noted."""
        if self._flow.unnoted:
            self._flow.note_notice()
        else:
            self._print_notice()

    def _take_up_owed(self, row: EncounterSummary) -> None:
        def there(state: InspectionState) -> None:
            self._crossing.fill(state.crossing)
            self._ask(prompts.ask_notice_language(self._language_of_notice))

        self._flow.take_up_owed(row.encounter_id, then=there)

    def when_ended(self, then: Callable[[], None]) -> bool:
        """Call ``then`` once no sheet is moving any more. False where none is: it is not called."""
        since = self._clock.monotonic()
        if not self._sheet_moves(since):
            return False
        self._lock_waits = since, then
        return True

    def _sheet_moves(self, since: float) -> bool:
        by_hand = self._by_hand is not None and bool(self._by_hand.boxes)
        return self._flow.sheet_moves(since) and not by_hand

    def _look_at_lock(self) -> None:
        if self._lock_waits is not None and not self._sheet_moves(self._lock_waits[0]):
            (_, then), self._lock_waits = self._lock_waits, None
            then()

    def _write_by_hand(self) -> None:
        device_id = hand_of(self._devices.states())
        if device_id is not None:
            self._print_notice(device_id=device_id)

    def _print_blanks(self) -> None:
        def done(receipt: PrintReceipt) -> None:
            out = say_count(
                "{count} blank notice is out: {place}.",
                "{count} blank notices are out: {place}.",
                count=BLANKS,
                place=receipt.place,
            )
            handed_over = say_count(
                "{count} blank notice is handed to the printer: {place}.",
                "{count} blank notices are handed to the printer: {place}.",
                count=BLANKS,
                place=receipt.place,
            )
            self._note(out if receipt.confirmed else handed_over)
            self._back_to_idle()

        self._flow.print_blanks(self._translator.for_paper, BLANKS, done=done)

    def _look_at_form(self) -> None:
        """Show what is to be copied by hand, for as long as somebody waits for it."""
        by_hand = self._by_hand
        if by_hand is None:
            return
        shown = self._prompt is not None and self._prompt.kind is PromptKind.BY_HAND
        boxes = by_hand.boxes if self._flow.printing is not None else ()
        if boxes and self._prompt is None:
            self._flow.progress.begin(PRINTER.title, say("Waiting until it is written by hand"))
            self._ask(prompts.ask_by_hand(boxes, no_printer=not has_printer(self._devices.states())))
        elif shown and not boxes:
            self._close_form()

    def _answer_by_hand(self, act: Act) -> None:
        """Enter: written and signed. Esc: not by hand after all."""
        by_hand = self._by_hand
        if by_hand is None or act not in (Act.NEXT, Act.LEAVE):
            return
        if act is Act.NEXT:
            by_hand.confirm()
        else:
            by_hand.decline()
        self._close_form()

    def _close_form(self) -> None:
        self._prompt = None
        self._focus_now()
        self._draw()

    def _ask_notice_language(self) -> None:
        owed = self._unfinished.owed
        if self._flow.state is None and owed:
            self._take_up_owed(owed[0])
        elif self._decided is DecisionKind.REFUSE:
            self._ask(prompts.ask_notice_language(self._language_of_notice))

    def _park(self) -> None:
        self._last_words = None
        self._park_after(lambda _state: None)

    def _park_after(self, first: Callable[[InspectionState], object]) -> None:
        state = self._flow.state
        if state is None:
            return
        crossing = self._crossing.crossing()

        def park() -> InspectionState:
            first(state)
            kept = state
            if crossing != state.crossing:
                kept = self._service.act(state, ev.DetailsEntered(crossing=crossing))
            return self._service.act(kept, ev.Parked())

        self._flow.go(lambda _cancel, _report: park())

    def _leave(self) -> None:
        if self._flow.state is None or self._mode is Mode.IDLE:
            return
        if self._mode is Mode.DONE or self._flow.state.stage in DECIDED:
            # A decided encounter is only waiting to be written; it stands among the unfinished ones until it is.
            self._back_to_idle()
        elif self._nothing_keyed:
            self._flow.act_then_run(ev.Abandoned(reason=_NEVER_KEYED))
        else:
            self._ask(prompts.ask_why_leave())
