# SPDX-License-Identifier: Apache-2.0
"""The Inspect page without its widgets: what the officer does becomes calls of the inspection service, and what
comes of it one InspectView. Everything here runs on the home thread; slow work goes through the TaskRunner.
"""

from __future__ import annotations

import threading
from collections.abc import Callable

from station.domain.decision import DecisionKind
from station.domain.errors import LineRefused
from station.domain.words import Text, say
from station.inspection import events as ev
from station.inspection.service import InspectionService
from station.inspection.state import InspectionState
from station.inspection.table import Stage
from station.mrtd.mrz import MrzFormat
from station.ports.clock import Clock
from station.ports.devices import DeviceRegistry, MrzLines
from station.ports.images import PhotoChooser
from station.ports.paper import FormByHand
from station.ports.tasks import TaskRunner
from ui.presenters import inspect_prompts as prompts
from ui.presenters.inspect_deciding import InspectDeciding
from ui.presenters.inspect_desk import Tally, Unfinished, clock_time, owes_notice
from ui.presenters.inspect_drawing import Desk, draw
from ui.presenters.inspect_flow import InspectFlow
from ui.presenters.inspect_forms import CrossingForm, DocumentForm
from ui.presenters.inspect_lights import PageLights
from ui.presenters.inspect_printing import has_printer
from ui.presenters.inspect_swipe import Swipes
from ui.presenters.inspect_view import Focus, InspectView, LogLine, Mode, Spot
from ui.presenters.inspect_words import AGAIN, ENDS, may, mode_of
from ui.presenters.keymap import Act
from ui.presenters.mrz_editor import MrzEditor
from ui.presenters.pictures import Decode, Pictures
from ui.translation import Translator


class InspectPresenter(InspectDeciding):
    """Drives one Inspect page. ``render`` is called at home with each new view.

    ``start`` when the page is shown, ``stop`` when it is hidden, ``close`` at sign-out or lock: whatever was
    confirmed is in the store. ``tick`` every 100 ms while the page is shown. ``swipe_tasks`` is where a swipe reader
    is waited for beside all other work; without it no reader is listened to.
    """

    def __init__(
        self,
        service: InspectionService,
        tasks: TaskRunner,
        devices: DeviceRegistry,
        *,
        translator: Translator,
        clock: Clock,
        decode: Decode,
        by_hand: FormByHand | None = None,
        photos: PhotoChooser | None = None,
        swipe_tasks: TaskRunner | None = None,
        render: Callable[[InspectView], None],
    ) -> None:
        self._service = service
        self._devices = devices
        self._translator = translator
        self._by_hand = by_hand
        self._photos = photos
        self._clock = clock
        self._render = render
        self._shown, self._closed = False, False
        self._news_of_devices = threading.Event()
        self._forget_devices = devices.subscribe(self._news_of_devices.set)
        self._crossing = CrossingForm(service.rules, translator)
        self._crossing.begin_anew()
        self._document_form: DocumentForm | None = None
        self._editor: MrzEditor | None = None
        self._prompt: prompts.Prompt | None = None
        self._hint: Text | None = None
        self._details = False
        self._log: LogLine | None = None
        self._focus = Focus(Spot.IDLE)
        self._tally = Tally()
        self._lights = PageLights()
        self._pictures = Pictures(service, tasks, decode, self._draw)
        self._unfinished = Unfinished(service, tasks, self._draw)
        self._flow = InspectFlow(service, tasks, devices, clock, moved=self._moved, changed=self._draw)
        self._swipes = Swipes(service, swipe_tasks, devices, clock, swiped=self._swiped, refused=self._not_swiped)

    # ── the life of the page ───────────────────────────────────────────────────────────────────────────────

    def start(self) -> None:
        """The page is shown."""
        self._shown = True
        if self._flow.state is None:
            self._be_idle()
        self._draw()

    def stop(self) -> None:
        """The page is hidden: the scanner is let go; an inspection in hand stays in hand."""
        self._shown = False
        self._swipes.stop()
        if self._flow.state is None and self._flow.waiting:
            self._flow.leave_idle()

    def close(self) -> None:
        """Sign-out or lock."""
        self._shown, self._closed = False, True
        self._forget_devices()
        self._swipes.close()
        self._flow.close(self._typed_at_last)
        self._pictures.forget()

    def tick(self) -> None:
        """Show elapsed tenths and steps that were reported; notice devices that came and went."""
        self._look_at_lock()
        if self._flow.look():
            self._draw()
        self._look_at_form()
        self._swipes.look(wanted=self._shown and self._takes_swipes)
        if self._news_of_devices.is_set() and not self._flow.waiting:  # news that comes meanwhile is not missed
            self._news_of_devices.clear()
            back = self._flow.scanner_is_back()
            if back and self._shown and self._mode is Mode.IDLE:
                self._flow.wait_for_document(self._crossing.crossing)
                self._draw()

    # ── acts ───────────────────────────────────────────────────────────────────────────────────────────────

    def do(self, act: Act) -> None:
        """The officer pressed a key of the keymap. What makes no sense now does nothing."""
        if act is Act.LIGHT:  # one may look at any time
            self._lights.turn(self._flow.state)
            self._draw()
            return
        if self._prompt is not None:
            self._do_in_prompt(act)
            return
        mode = self._mode
        if not (may(act, mode, self._flow.state) or (mode is Mode.DONE and act in self._flow.notice_acts)):
            return
        if self._flow.working:
            if act is Act.LEAVE:
                self._flow.lane.stop()
            return
        if self._mode is Mode.IDLE or act is Act.DETAILS:
            self._do_now(act)
        else:
            self._flow.lane.after_quiet(lambda: self._do_now(act))

    def _do_now(self, act: Act) -> None:
        done = {
            Act.NEXT: self._next,
            Act.KEY_IN: lambda: self._key_in(with_mrz=True),
            Act.NO_DOCUMENT: lambda: self._key_in(with_mrz=False),
            Act.SCAN_AGAIN: self._scan,
            Act.REPEAT: self._repeat,
            Act.OTHER_DEVICE: self._other_device,
            Act.WITHOUT_PORTRAIT: lambda: self._ask(prompts.ask_why_no_portrait()),
            Act.PHOTO_FILE: self._ask_photo_file,
            Act.ADMIT: self._admit,
            Act.SECOND_LINE: lambda: self._ask(prompts.ask_second_line()),
            Act.REFUSE: lambda: self._ask(prompts.ask_ground(self._language_of_notice)),
            Act.PRINT_NOTICE: self._ask_notice_language,
            Act.BY_HAND: self._write_by_hand,
            Act.BLANK_FORMS: self._print_blanks,
            Act.PARK: self._park,
            Act.UNDO: self._undo,
            Act.DETAILS: self._turn_details,
            Act.LEAVE: self._leave,
        }.get(act)
        if done is not None:
            done()

    def resume(self, place: int) -> None:
        """Take up the unfinished encounter with the key ``place + 1``."""
        row = self._unfinished.at(place)
        if row is None or self._mode is not Mode.IDLE or self._flow.working:
            return
        if owes_notice(row):
            self._take_up_owed(row)
            return
        self._flow.leave_idle()
        service, encounter_id = self._service, row.encounter_id

        def taken_up() -> InspectionState:
            state = service.resume(encounter_id)
            return service.act(state, ev.SecondLineOpened()) if state.stage is Stage.REFERRED else state

        self._filled = False
        self._flow.go(self._flow.then_run(lambda _cancel: taken_up()))

    def turn_list(self, by: int) -> None:
        """Show the next or the previous unfinished encounters."""
        if self._mode is Mode.IDLE:
            self._unfinished.turn(by)
            self._draw()

    def _next(self) -> None:
        mode = self._mode
        if mode is Mode.IDLE:
            self._flow.scan(self._crossing.crossing)
        elif mode is Mode.TROUBLE:
            state = self._flow.state
            if state is not None and state.stage is Stage.READ_TROUBLE:
                self._scan()
            else:
                self._repeat()
        elif mode in (Mode.DOUBT, Mode.KEYING):
            self._take_document()
        elif mode is Mode.DECIDING:
            self._focus_decision()
        elif mode is Mode.DONE and self._flow.woe is not None:
            self._repeat_notice()  # Enter never leaves a traveller without the notice they are owed
        elif mode is Mode.DONE:
            self._back_to_idle()

    def _scan(self) -> None:
        if self._flow.state is None:
            self._flow.scan(self._crossing.crossing)
        else:
            self._flow.scan_again()

    def _repeat(self) -> None:
        state = self._flow.state
        if state is None:
            return
        if self._mode is Mode.DONE:
            self._repeat_notice()
            return
        event = AGAIN.get(state.stage)
        if event is not None:
            self._flow.act_then_run(event)
        elif state.pending:
            self._flow.go(self._flow.then_run(lambda _cancel: state))

    def _key_in(self, *, with_mrz: bool) -> None:
        state = self._flow.state
        self._hint = None
        if with_mrz:
            self._document_form, self._editor = None, MrzEditor.empty(MrzFormat.TD3, today=self._today)
        else:
            self._document_form, self._editor = DocumentForm(self._translator), None
        if state is None:
            self._flow.leave_idle()
            crossing = self._crossing.crossing()
            self._flow.go(lambda _cancel, _report: self._service.begin_keying(crossing))
        elif state.stage is not Stage.KEYING:
            self._flow.act_then_run(ev.KeyingChosen())
        else:
            self._focus_now()
            self._draw()

    @property
    def _takes_swipes(self) -> bool:
        """Whether a document is expected that a swipe could be: at the idle desk, and where no page could be read."""
        state = self._flow.state
        if self._flow.working or self._flow.has_page_in_hand:
            return False
        return state is None or state.stage in (Stage.READ_TROUBLE, Stage.KEYING)

    def _swiped(self, mrz: MrzLines) -> None:
        if self._closed:
            return
        if self._takes_swipes:
            self._flow.take_swipe(mrz, self._crossing.crossing)
        else:
            self._note(say("The swipe was not used: another document is in hand."))
        self._draw()

    def _not_swiped(self, problem: LineRefused) -> None:
        if not self._closed:
            self._note(say("{cause} {next_step}", cause=problem.cause, next_step=problem.next_step))
            self._draw()

    # ── where the work has come to ─────────────────────────────────────────────────────────────────────────

    def _moved(self, state: InspectionState | None) -> None:
        """Work has ended: open what the officer needs now."""
        self._hint = None
        self._drop_override_prompt()
        if state is None:
            self._be_idle()
        elif state.stage in ENDS:
            self._ended(state)
        else:
            if not self._filled:
                self._crossing.fill(state.crossing)
                self._filled = True
            self._open_editor(state)
            if self._flow.woe is None:  # else what cannot be kept would be tried again and again
                self._keep_details()
                self._flow.lane.after_quiet(self._look_for_approval)
        self._focus_now()
        self._draw()

    def _ended(self, state: InspectionState) -> None:
        kind = self._decided
        if state.stage is Stage.RECORDED and kind is not None:
            self._tally.add(kind)
        if state.stage is Stage.RECORDED and kind is DecisionKind.REFUSE:
            self._note(say("Refused. The record is kept."))
            self._print_notice()
            return
        if state.stage is Stage.REFERRED:
            self._tally.add(DecisionKind.SECOND_LINE)
        self._note(self._said_at_end(state.stage))
        self._back_to_idle()

    def _back_to_idle(self) -> None:
        self._flow.finish()
        self._be_idle()
        self._focus_now()
        self._draw()

    def _be_idle(self) -> None:
        self._pictures.forget()
        self._editor = self._document_form = self._prompt = self._hint = None
        self._details = False
        self._crossing.begin_anew()
        self._filled = True
        self._unfinished.look_up()
        if self._shown and self._flow.woe is None:
            self._flow.wait_for_document(self._crossing.crossing)

    def _open_editor(self, state: InspectionState) -> None:
        if state.stage is Stage.CONFIRMING and state.doubt is not None:
            self._document_form = None
            self._editor = MrzEditor.of_doubt(state.doubt, today=self._today)
        elif state.stage is Stage.KEYING:
            if self._editor is None and self._document_form is None:
                self._editor = MrzEditor.empty(MrzFormat.TD3, today=self._today)
        else:
            self._editor = self._document_form = None

    # ── drawing ────────────────────────────────────────────────────────────────────────────────────────────

    @property
    def _mode(self) -> Mode:
        state = self._flow.state
        if self._flow.working:
            return Mode.WORKING
        return Mode.IDLE if state is None else mode_of(state.stage)

    def _note(self, says: Text) -> None:
        self._log = LogLine(clock_time(self._clock.now(), self._service.rules.zone), says)

    def _draw(self) -> None:
        if self._closed:  # the page is taken apart; a late outcome must not bring a traveller back into it
            return
        self._render(
            draw(
                Desk(
                    mode=self._mode,
                    flow=self._flow,
                    crossing=self._crossing,
                    document_form=self._document_form,
                    editor=self._editor,
                    prompt=self._prompt,
                    hint=self._hint,
                    details=self._details,
                    focus=self._focus,
                    log=self._log,
                    approval=self._approval,
                    unfinished=self._unfinished,
                    tally=self._tally,
                    pictures=self._pictures,
                    lights=self._lights,
                    translator=self._translator,
                    has_printer=has_printer(self._devices.states()),
                    today=self._today,
                    zone=self._service.rules.zone,
                )
            )
        )
