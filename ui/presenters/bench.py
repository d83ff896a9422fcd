# SPDX-License-Identifier: Apache-2.0
"""The technician's bench: devices and their state, one of them in use by the bench, and what is asked about it.

Home thread only. Nothing of what was captured outlives ``close``; no traveller's record is within reach.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial

from station.bench.acceptance import AcceptanceRun
from station.bench.calibrating import use_of
from station.bench.judging import Finding, judged_calibration
from station.bench.kit import BenchKit
from station.bench.records import AcceptanceRecord, Standings
from station.bench.seen import LiveFrame, Seen, encoded_of
from station.bench.steps import Deed, Step
from station.domain.errors import Cancelled, StationError
from station.domain.words import say
from station.ports.devices import DOCUMENT_SCANNER, PrintProgress
from station.ports.images import PreviewFrame
from station.ports.tasks import CancelToken, TaskRunner
from ui.presenters.bench_carrying import DiagnosticsPanel, ProfilePanel, Sticks
from ui.presenters.bench_desk import BenchDesk, Home
from ui.presenters.bench_panels import FaultsPanel, SettingsPanel, skip_question
from ui.presenters.bench_rows import BUSY_WITH, BUSY_WITH_DESK, BUSY_WITH_PRINTER, shows_live, trouble_with
from ui.presenters.bench_testing import (
    EndedTest,
    ended_question,
    eye_question,
    failed_question,
    is_question,
    print_record,
    printer_for,
    sheet_question,
    signed,
)
from ui.presenters.bench_view import BenchMode, DeviceRow
from ui.presenters.bench_words import live_view, progress_view, seen_view, with_readings
from ui.presenters.keymap import Act
from ui.presenters.showing import Trouble

TELL_PACE = 8  # live pictures between two words about their pace

#: Shows a live picture; any thread, returns at once.
Offer = Callable[[PreviewFrame], None]


class BenchPresenter(BenchDesk):
    """One technician's bench. ``home`` brings live pictures to this thread; ``sticks`` names what is plugged in."""

    def __init__(self, kit: BenchKit, runner: TaskRunner, *, home: Home, sticks: Sticks, language: str) -> None:
        super().__init__(kit, runner, home=home)
        self._sticks = sticks
        self._language = language
        self._offer: Offer = lambda _frame: None

    def live_to(self, offer: Offer) -> None:
        """Where live pictures are shown: called from the device's task, returns at once."""
        self._offer = offer

    # ── keys ───────────────────────────────────────────────────────────────────────────────────────────────

    def do(self, act: Act) -> None:
        """What a key asks for; nothing where the page does not offer it."""
        if act is Act.LEAVE:
            self._leave()
        elif act is Act.NEXT:
            self._next()
        elif act in {action.act for action in self.state.actions}:
            self._asked(act)

    def press(self, key: str) -> None:
        """A figure or letter chooses a line of the panel."""
        if self._panel is not None:
            self._panel.press(key)

    def type(self, text: str) -> None:
        """Something was typed into the panel's line."""
        if self._panel is not None:
            self._panel.type(text)

    def _asked(self, act: Act) -> None:
        row = self.row
        match act:
            case Act.BENCH_DIAGNOSTICS:
                self._open(DiagnosticsPanel(self._redraw, self._elsewhere, self._kit, self._sticks))
            case Act.BENCH_PROFILE:
                self._open(ProfilePanel(self._redraw, self._elsewhere, self._kit, self._sticks))
            case Act.BENCH_SKIP if self._run is not None and self._run.next is not None:
                step, run = self._run.next, self._run
                self._open(skip_question(self._redraw, step, lambda reason: self._found(run.skip(step, reason))))
            case Act.BENCH_SETTINGS:
                chosen = row or self.driver_row
                driver = "" if chosen is None else chosen.driver
                self._open(SettingsPanel(self._redraw, self._elsewhere, self._kit.settings, driver))
            case _ if row is not None:
                self._asked_of(act, row)
            case _:
                return

    def _asked_of(self, act: Act, row: DeviceRow) -> None:
        match act:
            case Act.BENCH_TEST:
                self._begin_test(row)
            case Act.BENCH_DEFAULT:
                self._make_default(row)
            case Act.BENCH_TARGET:
                self._calibrate(row)
            case Act.BENCH_PRINT_TARGET:
                self._print_target()
            case Act.BENCH_RECORD if row.record is not None:
                self._print_record(row.record, ())
            case Act.BENCH_FAULTS if self._kit.faults is not None:
                self._open(FaultsPanel(self._redraw, self._kit.faults, row, gone=lambda: self._is_gone(row.device_id)))
            case _:
                return

    def _next(self) -> None:
        """Enter: the panel's line, the step that is asked, a capture out of live pictures, or the device once."""
        row = self.row
        if self._panel is not None:
            self._panel.enter()
        elif self.state.mode is BenchMode.TESTING:
            self._do_step()
        elif row is not None and self.state.mode is BenchMode.LIVE:
            self._lane.drop()
            self._look(row)
        elif row is not None and self.state.mode is BenchMode.LOOKING:
            if shows_live(row.role):
                self._show_live(row)
            else:
                self._look(row)
        elif self.driver_row is not None:
            self._asked(Act.BENCH_SETTINGS)

    def _leave(self) -> None:
        """Esc: stop what runs, close what is open, give up the test; in this order, one at a time."""
        if self._lane.busy:
            self._lane.stop()
        elif self._panel is not None:
            if not self._panel.back():
                self._end_panel()
        elif self._signing:
            return  # every step is done, and the record is on its way to the disk
        elif self._run is not None:
            self._run = None
            self._set(
                mode=BenchMode.LOOKING,
                told=say("The test was given up. Nothing of it is kept."),
            )
        else:
            self._set(view=None, trouble=None, told=None)

    # ── one device in use ──────────────────────────────────────────────────────────────────────────────────

    def _look(self, row: DeviceRow) -> None:
        over_a_desk = row.role.name == DOCUMENT_SCANNER.name and self._info(row).info.by_camera
        self._use(
            BUSY_WITH_DESK if over_a_desk else BUSY_WITH.get(row.role.name, BUSY_WITH_PRINTER),
            lambda cancel: self._kit.hands.look(row.role, row.device_id, cancel=cancel),
            lambda seen: self._set(view=seen_view(seen)),
            of=row,
        )

    def _show_live(self, row: DeviceRow) -> None:
        def work(cancel: CancelToken) -> None:
            self._kit.hands.live(row.role, row.device_id, self._frame, cancel=cancel)

        def stopped(problem: BaseException) -> None:
            self._set(view=None)
            if not isinstance(problem, Cancelled):
                self._told(trouble_with(row, problem))

        self._use(BUSY_WITH[row.role.name], work, lambda _done: None, mode=BenchMode.LIVE, failed=stopped, of=row)
        self._set(view=live_view(None))

    def _frame(self, live: LiveFrame) -> None:
        """From the device's task. The picture goes straight to the window; the state tells its pace now and then."""
        self._offer(live.frame)
        if live.number % TELL_PACE == 0:
            self._home(lambda: self._show_pace(live))

    def _show_pace(self, live: LiveFrame) -> None:
        if self.state.mode is BenchMode.LIVE:
            self._set(view=live_view(live))

    def _calibrate(self, row: DeviceRow) -> None:
        calibrate = self._kit.means.calibrate
        if calibrate is None:
            return

        info = self._info(row).info

        def work(cancel: CancelToken) -> tuple[Seen, Finding]:
            seen = (
                self._kit.hands.face(row.device_id, cancel=cancel)
                if shows_live(row.role)
                else self._kit.hands.page(row.device_id, cancel=cancel)
            )
            image = encoded_of(seen)
            assert image is not None
            return seen, judged_calibration(_TARGET, seen, calibrate(image, use_of(row.role, info), cancel))

        self._use(
            say("Lay the printed target down. The bench waits for its picture."),
            work,
            lambda outcome: self._set(view=with_readings(seen_view(outcome[0]), outcome[1])),
            of=row,
        )

    def _print_target(self) -> None:
        sheet = self._kit.means.sheet
        printer = printer_for(self._kit.hands.devices.states())
        if sheet is None or printer is None:
            self._told(_no_printer())
            return
        hands, device_id = self._kit.hands, printer.info.device_id

        def watch(progress: PrintProgress) -> None:
            self._home(lambda: self._set(view=progress_view(progress)) if self._lane.busy else None)

        self._use(
            say("The target is printed by {printer}.", printer=printer.info.name),
            lambda cancel: hands.print(device_id, sheet(), cancel=cancel, progress=watch),
            lambda seen: self._set(
                view=seen_view(seen), told=say("The target is out. Choose a scanner or camera. Ctrl+K measures it.")
            ),
        )

    def _make_default(self, row: DeviceRow) -> None:
        def done(_done: None) -> None:
            self._set(told=say("{device} is used for: {role}.", device=row.name, role=row.role.title))
            self.devices_changed()

        self._elsewhere(lambda _cancel: self._kit.settings.make_default(row.role, row.device_id), done, self._told)

    # ── the acceptance test ────────────────────────────────────────────────────────────────────────────────

    def _begin_test(self, row: DeviceRow) -> None:
        try:
            self._run = self._kit.begin_test(self._info(row).info, row.role)
        except StationError as problem:
            self._told(Trouble.of(problem))
            return
        self._close_panel()
        self._set(mode=BenchMode.TESTING, view=None, trouble=None, told=None)

    def _do_step(self) -> None:
        run = self._run
        step = None if run is None else run.next
        if run is None:
            return
        if step is None:
            self._sign(run)  # it could not be kept before
            return
        if is_question(step):
            self._open(eye_question(self._redraw, lambda outcome: self._found(run.answer(step, outcome))))
            return
        self._use(step.asks, lambda cancel: run.do(step, cancel=cancel), self._found)

    def _found(self, finding: Finding) -> None:
        """A step is over: show what came, ask the next one, or sign the record."""
        run = self._run
        if run is None:
            return
        self._close_panel()
        run.take(finding)
        view = self.state.view
        if finding.seen is not None:
            view = seen_view(finding.seen)
            view = with_readings(view, finding) if finding.readings else view
        self._set(mode=BenchMode.TESTING, view=view, trouble=None, told=finding.says)
        if run.may_repeat:
            again, go_on = partial(self._again, run), partial(self._go_on, run)
            self._open(failed_question(self._redraw, len(run.findings), repeat=again, go_on=go_on))
        elif run.next is None:
            self._sign(run)

    def _again(self, run: AcceptanceRun) -> None:
        run.repeat()
        self._end_panel()

    def _go_on(self, run: AcceptanceRun) -> None:
        self._end_panel()
        if run.next is None:
            self._sign(run)

    def _sign(self, run: AcceptanceRun) -> None:
        """Keep the record. While that goes on nothing can be given up; what could not be kept stays to be signed."""
        if self._signing:
            return

        def done(outcome: tuple[EndedTest, Standings]) -> None:
            ended, self._standings = outcome
            self._signing, self._run = False, None
            self._set(mode=BenchMode.LOOKING, told=None)
            self.devices_changed()
            printed = partial(self._print_record, ended.record, ended.findings)
            self._open(ended_question(self._redraw, ended, print_it=printed, leave=self._end_panel))

        def failed(trouble: Trouble) -> None:
            self._signing = False
            self._told(trouble)

        self._signing = True
        self._set(trouble=None)
        self._elsewhere(lambda _cancel: signed(self._kit, run), done, failed)

    def _print_record(self, record: AcceptanceRecord, findings: Sequence[Finding]) -> None:
        printer = printer_for(self._kit.hands.devices.states())
        if printer is None:
            self._end_panel()
            self._told(_no_printer())
            return
        device_id, again = printer.info.device_id, partial(self._print_record, record, findings)

        def done(seen: Seen) -> None:
            self._set(view=seen_view(seen))
            self._open(sheet_question(self._redraw, again=again, leave=self._end_panel))

        self._use(
            say("The record is printed by {printer}.", printer=printer.info.name),
            lambda cancel: print_record(self._kit, record, findings, device_id, language=self._language, cancel=cancel),
            done,
        )

    def close(self) -> None:
        """The page goes away, and with it everything that was captured."""
        super().close()
        self._offer = lambda _frame: None


_TARGET = Step("target", Deed.TARGET, say("Lay the printed target down."))


def _no_printer() -> Trouble:
    return Trouble(
        cause=say("No printer is attached to print on."),
        next_step=say("Plug a printer in. The record is kept as a file all the same."),
    )
