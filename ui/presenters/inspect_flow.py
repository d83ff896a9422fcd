# SPDX-License-Identifier: Apache-2.0
"""The inspection under way: one service call after the other on one lane, and what stands in the way of it.

Home thread only. ``moved`` is called when work has brought the inspection to a new place (or to no place at all),
``changed`` when only what is shown has changed.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from station.domain.crossing import Crossing
from station.domain.errors import (
    Cancelled,
    DeviceRemoved,
    IncompleteRecord,
    NoDevice,
    NotPermitted,
)
from station.domain.words import Text, say
from station.inspection import events as ev
from station.inspection.service import InspectionService
from station.inspection.state import InspectionState
from station.ports.clock import Clock
from station.ports.devices import (
    DOCUMENT_SCANNER,
    MRZ_READER,
    DeviceRegistry,
    DeviceState,
    HealthState,
    MrzLines,
    PageCapture,
)
from station.ports.tasks import CancelToken, TaskRunner
from ui.presenters.inspect_notices import NoticeFlow
from ui.presenters.inspect_progress import Progress
from ui.presenters.inspect_view import Spot
from ui.presenters.inspect_woe import INTERRUPTED, WITHOUT_SCANNER, Woe, woe_of, woe_of_state
from ui.presenters.inspect_words import WORK
from ui.presenters.lane import Lane

Report = Callable[[InspectionState], None]
Steps = Callable[[CancelToken, Report], InspectionState]


#: Nothing was stored, and the inspection stands where it stood.
_HARMLESS = (IncompleteRecord, NotPermitted)


class InspectFlow(NoticeFlow):
    """The state of the inspection in hand, and the only caller of acts that move it."""

    def __init__(
        self,
        service: InspectionService,
        tasks: TaskRunner,
        devices: DeviceRegistry,
        clock: Clock,
        *,
        moved: Callable[[InspectionState | None], None],
        changed: Callable[[], None],
    ) -> None:
        self._service = service
        self._devices = devices
        self._clock = clock
        self._moved = moved
        self._changed = changed
        self.lane = Lane(tasks)
        self.state: InspectionState | None = None
        self.woe: Woe | None = None
        self.progress = Progress(clock)
        self.scanner_senses = False
        self.waiting = False  # for a document to be placed
        self._page_in_hand: PageCapture | None = None  # captured, and not yet in the store
        self._waited_at: str | None = None  # the scanner that was asked last, by its name; None where there was none
        self._was_unwell = False  # whether the scanner was in trouble or away since it was asked
        self._closed = False

    @property
    def working(self) -> bool:
        """Whether work runs that the officer waits for."""
        return self.lane.busy and not self.lane.quiet

    @property
    def has_page_in_hand(self) -> bool:
        """Whether a captured page could not be stored yet."""
        return self._page_in_hand is not None

    # ── the idle station ───────────────────────────────────────────────────────────────────────────────────

    def wait_for_document(self, crossing: Callable[[], Crossing]) -> None:
        """Let a scanner that senses documents wait for one; the rest then starts by itself."""
        if self.lane.busy or self.state is not None:
            return
        chosen = self._scanner
        self._waited_at, self._was_unwell = chosen.info.device_id if chosen is not None else None, False

        def work(cancel: CancelToken) -> PageCapture | None:
            with self._devices.open(DOCUMENT_SCANNER) as scanner:
                senses = scanner.senses_documents
            return self._service.scan(cancel=cancel) if senses else None

        def done(page: PageCapture | None) -> None:
            self.waiting, self.woe = False, None
            if page is None:
                self.scanner_senses = False
                self._changed()
            else:
                self._begin(page, crossing())

        self.waiting = self.scanner_senses = True
        self.lane.start(work, done=done, failed=self._scan_failed, late=self._late_page(crossing), quiet=True)

    def scanner_is_back(self) -> bool:
        """Whether the idle page may ask by itself: another scanner is there, or the one that failed is well again.

        Ask on news of devices. Our own use of the scanner is such news, and no reason: what failed would fail again,
        ten times a second. A scanner that senses nothing is asked once.
        """
        chosen = self._scanner
        self._notice_trouble(chosen)
        if chosen is None or chosen.health.state is not HealthState.READY or self.waiting or self.has_page_in_hand:
            return False
        return chosen.info.device_id != self._waited_at or (self.woe is not None and self._was_unwell)

    def _notice_trouble(self, chosen: DeviceState | None) -> None:
        self._was_unwell |= chosen is None or chosen.health.state in (HealthState.TROUBLE, HealthState.GONE)

    @property
    def _scanner(self) -> DeviceState | None:
        return next((state for state in self._devices.states() if DOCUMENT_SCANNER in state.chosen_for), None)

    def scan(self, crossing: Callable[[], Crossing]) -> None:
        """Capture a page now and begin; a page that could not be stored before is taken instead."""
        self.leave_idle()
        if self._page_in_hand is not None:
            self._begin(self._page_in_hand, crossing())
            return
        self._fresh_progress(DOCUMENT_SCANNER.title, say("Capturing the page"))
        self.lane.start(
            lambda cancel: self._service.scan(cancel=cancel),
            done=lambda page: self._begin(page, crossing()),
            failed=self._scan_failed,
            late=self._late_page(crossing),
        )
        self._changed()

    def leave_idle(self) -> None:
        """Stop waiting for a document. A page that was captured all the same begins an inspection."""
        self.waiting = False
        self.woe = None
        self.lane.drop()

    def close(self, typed: Callable[[], ev.Event | None]) -> None:
        """The page goes away: stop what runs, and keep what was ``typed`` last. A page that is captured all the same
        waits in the list.
        """
        self._closed = True
        self.waiting = False
        if self.state is None or self.working:
            self.lane.drop()
        else:
            self.lane.after_quiet(lambda: self._keep_last(typed()))

    def _keep_last(self, event: ev.Event | None) -> None:
        if event is not None:
            state = self._held()
            self.lane.start(
                lambda _cancel: self._service.act(state, event), done=lambda _kept: None, failed=lambda _problem: None
            )

    def _late_page(self, crossing: Callable[[], Crossing]) -> Callable[[PageCapture | None], Callable[[], None] | None]:
        """The officer placed this document: it comes before whatever was asked for while it was being captured."""

        def late(page: PageCapture | None) -> Callable[[], None] | None:
            if page is None:
                return None
            return partial(self._keep_late if self._closed else self._begin, page, crossing())

        return late

    def _keep_late(self, page: PageCapture, crossing: Crossing) -> None:
        self.lane.start(
            lambda _cancel: self._service.begin(page, crossing), done=lambda _kept: None, failed=lambda _problem: None
        )

    def _begin(self, page: PageCapture, crossing: Crossing) -> None:
        self.waiting = False
        self._page_in_hand = page
        keep = self.then_run(lambda _cancel: self._service.begin(page, crossing))
        self.go(keep, begins=(DOCUMENT_SCANNER.title, say("Keeping the page")))

    def take_swipe(self, mrz: MrzLines, crossing: Callable[[], Crossing]) -> None:
        """The lines of a document that was swiped: they begin an inspection, or go on with the one in hand."""
        state = self.state
        if state is None:
            self.leave_idle()
            mine = crossing()
            steps = self.then_run(lambda _cancel: self._service.begin_swiped(mrz, mine))
        else:
            steps = self.then_run(lambda _cancel: self._service.take_swipe(state, mrz))
        self.go(steps, begins=(MRZ_READER.title, say("Keeping the lines")))

    def _scan_failed(self, problem: BaseException) -> None:
        self.waiting = False
        self.progress.end()
        if not isinstance(problem, Cancelled):
            self.woe = woe_of(problem, Spot.IDLE)
        self._notice_trouble(self._scanner)
        if isinstance(problem, NoDevice):
            self._waited_at = None
        if isinstance(problem, DeviceRemoved):
            self.woe = Woe(problem.cause, WITHOUT_SCANNER, Spot.IDLE)
        self._changed()

    # ── work on the inspection ─────────────────────────────────────────────────────────────────────────────

    def then_run(self, first: Callable[[CancelToken], InspectionState]) -> Steps:
        """``first``, and then everything that the station does by itself."""

        def steps(cancel: CancelToken, report: Report) -> InspectionState:
            state = first(cancel)
            report(state)
            return self._service.run(state, cancel=cancel, on_step=report)

        return steps

    def go(
        self,
        steps: Steps,
        *,
        begins: tuple[Text, Text] | None = None,
        failed: Callable[[BaseException], None] | None = None,
    ) -> None:
        """Do work that the officer sees and waits for; ``begins`` says whose work comes first, and what it is.

        ``failed`` is told of a problem instead of ``fail``.
        """
        self.woe = None
        state = self.state
        work = WORK.get(state.stage) if state is not None else None
        self._fresh_progress(*(begins or work or (say("Store"), say("Keeping the step"))))
        report = self.progress.report
        self.lane.start(lambda cancel: steps(cancel, report), done=self._arrived, failed=failed or self._failed)
        self._changed()

    def act_then_run(self, event: ev.Event) -> None:
        """Keep an act of the officer and go on."""
        state = self._held()
        self.go(self.then_run(lambda _cancel: self._service.act(state, event)))

    def keep_quietly(self, event: ev.Event) -> None:
        """Keep an act that moves nothing, such as details of the crossing, while the officer goes on typing."""
        state = self._held()
        if not self.lane.busy:
            self.lane.start(
                lambda _cancel: self._service.act(state, event), done=self._kept, failed=self._failed, quiet=True
            )

    def scan_again(self) -> None:
        """Another page for the inspection in hand."""
        state = self._held()
        steps = self.then_run(
            lambda cancel: self._service.new_page(state, self._service.scan(cancel=cancel)),
        )
        self.go(steps, begins=(DOCUMENT_SCANNER.title, say("Capturing the page")))

    def finish(self) -> None:
        """Nothing is in hand any more."""
        self.lane.drop()
        self.state = self.woe = self.notice = self.printing = None
        self.unnoted = False

    def look(self) -> bool:
        """Take in what the work reported meanwhile. True while there is something to show."""
        if self.printing is not None:
            self.printing.news(self.progress)
        news = self.progress.news() if self.working else None
        if news is not None:
            self.state = news
            self._page_in_hand = None
        return self.working

    def _held(self) -> InspectionState:
        if self.state is None:
            raise RuntimeError("no inspection is in hand")
        return self.state

    def _fresh_progress(self, who: Text, does: Text) -> None:
        self.progress = Progress(self._clock)
        self.progress.begin(who, does)

    def _kept(self, state: InspectionState) -> None:
        self.state = state
        self._changed()

    def _arrived(self, state: InspectionState) -> None:
        self.progress.news()
        self.progress.end()
        self._page_in_hand = None
        self.state = state
        self.woe = woe_of_state(state)
        self._moved(state)

    def fail(self, problem: BaseException) -> None:
        """Work has ended with a problem: say so, and stand where the store stands."""
        self._failed(problem)

    def _failed(self, problem: BaseException) -> None:
        news = self.progress.news()
        self.progress.end()
        if news is not None:
            self.state = news
            self._page_in_hand = None
        stopped = isinstance(problem, Cancelled)
        woe = None if stopped else woe_of(problem, Spot.DECISION)
        if self.state is None or isinstance(problem, _HARMLESS):
            self.woe = woe
            self._moved(self.state)
            return
        self._reload(woe)

    def _reload(self, woe: Woe | None) -> None:
        """What the store has is what counts: nobody knows how far the work came."""
        encounter_id = self._held().encounter_id

        def done(state: InspectionState) -> None:
            self.state = state
            self.woe = woe or woe_of_state(state)
            self._moved(state)

        def failed(_problem: BaseException) -> None:
            self.woe = woe or INTERRUPTED
            self._moved(self.state)

        self.lane.start(lambda _cancel: self._service.take_up(encounter_id), done=done, failed=failed, quiet=True)
