# SPDX-License-Identifier: Apache-2.0
"""The sheets of the inspection under way: its notice of refusal on its way to paper and into the audit trail.

A notice that is owed is owed until the trail has it: no lock, no stop and no power cut makes it forgotten.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from functools import partial
from typing import Final

from station.domain.identifiers import EncounterId
from station.domain.words import Text, say
from station.inspection.service import InspectionService
from station.inspection.state import InspectionState
from station.ports.clock import Clock
from station.ports.devices import PRINTER, PrintReceipt, PrintStage
from station.ports.tasks import CancelToken
from ui.presenters.inspect_printing import Printing
from ui.presenters.inspect_progress import Progress
from ui.presenters.inspect_view import Spot
from ui.presenters.inspect_woe import OWED, Woe, woe_of_note, woe_of_print
from ui.presenters.inspect_words import NOTICE_OUT, NOTICE_TROUBLE, NOTICE_UNCONFIRMED, NOTICE_UNNOTED
from ui.presenters.keymap import Act
from ui.presenters.lane import Lane

#: Seconds that a sheet may keep the lock away: a printer that never comes to an end leaves no station open.
LOCK_WAITS: Final = 120.0


class NoticeFlow(ABC):
    """The printing part of the InspectFlow. Home thread only."""

    _service: InspectionService
    _clock: Clock
    _changed: Callable[[], None]
    lane: Lane
    state: InspectionState | None
    woe: Woe | None
    progress: Progress
    notice: PrintReceipt | None = None
    unnoted: bool = False  # the notice is on paper, and the audit trail does not have it yet
    printing: Printing | None = None  # while a sheet is on its way

    @abstractmethod
    def leave_idle(self) -> None:
        """Stop waiting for a document."""

    @abstractmethod
    def _held(self) -> InspectionState:
        """The inspection in hand."""

    @abstractmethod
    def _fresh_progress(self, who: Text, does: Text) -> None:
        """Begin to show new work."""

    @abstractmethod
    def _failed(self, problem: BaseException) -> None:
        """Work on the inspection came to a bad end."""

    @property
    def notice_acts(self) -> tuple[Act, ...]:
        """What may be done about the notice now: a second one is never printed by a key that was not offered."""
        if self.woe is not None:
            return NOTICE_UNNOTED if self.unnoted else NOTICE_TROUBLE
        return NOTICE_OUT if self.notice is None or self.notice.confirmed else NOTICE_UNCONFIRMED

    def sheet_moves(self, since: float) -> bool:
        """Whether a lock that is due since then waits for a sheet; never for one that waits for somebody itself."""
        printing = self.printing
        if printing is None or self._clock.monotonic() - since > LOCK_WAITS:
            return False
        return printing.now is None or printing.now.stage is not PrintStage.HELD_UP

    def print_notice(self, language: str, *, device_id: str | None = None) -> None:
        """Print the notice of the refusal in hand, on the chosen printer or on ``device_id``."""
        state = self._held()
        printing = Printing()
        self.unnoted = False

        def done(receipt: PrintReceipt) -> None:
            self.notice = receipt
            self._changed()

        self._print(
            printing,
            lambda cancel: self._service.print_notice(
                state,
                language=language,
                device_id=device_id,
                cancel=cancel,
                progress=printing.report,
                on_paper=printing.on_paper,
            ),
            done=done,
            spot=Spot.DECISION,
        )

    def note_notice(self) -> None:
        """Try again to keep the audit entry of the notice that is on paper already."""
        state, receipt = self._held(), self.notice
        if receipt is None:
            raise RuntimeError("no notice is on paper")
        self.woe = None
        self._fresh_progress(say("Store"), say("Keeping the step"))

        def done(_noted: None) -> None:
            self.progress.end()
            self.unnoted = False
            self._changed()

        def failed(problem: BaseException) -> None:
            self.progress.end()
            self.woe = woe_of_note(problem)
            self._changed()

        self.lane.start(lambda _cancel: self._service.note_notice(state, receipt), done=done, failed=failed)
        self._changed()

    def take_up_owed(self, encounter_id: EncounterId, *, then: Callable[[InspectionState], None]) -> None:
        """Put a refusal whose notice is not on record back on the page; ``then`` is called when it stands there."""
        self.leave_idle()
        self._fresh_progress(say("Store"), say("Looking up the refusal"))

        def done(state: InspectionState) -> None:
            self.progress.end()
            self.state, self.woe = state, OWED
            then(state)

        self.lane.start(lambda _cancel: self._service.take_up(encounter_id), done=done, failed=self._failed)
        self._changed()

    def print_blanks(self, language: str, copies: int, *, done: Callable[[PrintReceipt], None]) -> None:
        """Print notices with empty boxes, while nobody is at the desk."""
        self.leave_idle()
        printing = Printing()
        print_them = partial(
            self._service.print_blank_notices, language=language, copies=copies, progress=printing.report
        )
        self._print(printing, lambda cancel: print_them(cancel=cancel), done=done, spot=Spot.IDLE)

    def _print(
        self,
        printing: Printing,
        work: Callable[[CancelToken], PrintReceipt],
        *,
        done: Callable[[PrintReceipt], None],
        spot: Spot,
    ) -> None:
        self.woe = None
        self._fresh_progress(PRINTER.title, say("Preparing the sheet and asking the printer"))
        self.printing = printing

        def ended() -> None:
            printing.news(self.progress)
            self.progress.end()
            self.printing = None

        def out(receipt: PrintReceipt) -> None:
            ended()
            done(receipt)

        def failed(problem: BaseException) -> None:
            ended()
            if printing.receipt is None:
                self.woe = woe_of_print(problem, spot)
            else:
                self.notice, self.unnoted, self.woe = printing.receipt, True, woe_of_note(problem)
            self._changed()

        self.lane.start(work, done=out, failed=failed)
        self._changed()
