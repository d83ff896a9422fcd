# SPDX-License-Identifier: Apache-2.0
"""A sheet on its way as the officer sees it: how far it is, what holds it up, and what else could be done."""

from __future__ import annotations

import queue
from collections.abc import Sequence

from station.domain.checks import CheckResult
from station.domain.words import Text, say
from station.ports.devices import PRINTER, DeviceState, HealthState, PrintProgress, PrintReceipt, PrintStage
from ui.presenters.inspect_progress import Progress
from ui.presenters.inspect_view import Banner

STAGES: dict[PrintStage, Text] = {
    PrintStage.SENDING: say("Sending the sheet to the printer"),
    PrintStage.QUEUED: say("The sheet waits for its turn"),
    PrintStage.PRINTING: say("The printer works on the sheet"),
    PrintStage.HELD_UP: say("The printer waits, and goes on by itself"),
    PrintStage.OUT: say("The sheet is out"),
    PrintStage.HANDED_OVER: say("The printer has the sheet"),
}


class Printing:
    """What a print told, fed from the working thread and read at home."""

    def __init__(self) -> None:
        self._told: queue.SimpleQueue[PrintProgress] = queue.SimpleQueue()
        self.now: PrintProgress | None = None
        self.receipt: PrintReceipt | None = None  # once the sheet is on paper

    def report(self, told: PrintProgress) -> None:
        """The printer is further; any thread."""
        self._told.put(told)

    def on_paper(self, receipt: PrintReceipt) -> None:
        """The sheet is on paper, whatever comes of its audit entry; on the working thread, before that ends."""
        self.receipt = receipt

    def news(self, progress: Progress) -> None:
        """Take in what was told since the last call."""
        while not self._told.empty():
            before, self.now = self.now, self._told.get()
            if before is None or before.stage is not self.now.stage:
                progress.begin(PRINTER.title, STAGES[self.now.stage])

    def banner(self) -> Banner | None:
        """What the bar says while a sheet is on its way; None before the printer told anything."""
        now = self.now
        if now is None:
            return None
        if now.findings:
            finding = now.findings[0]
            return Banner(
                says=finding.cause,
                next_step=say("{next_step} Esc stops.", next_step=finding.next_step),
                result=CheckResult.UNDETERMINED,
            )
        return Banner(says=say("{what}…", what=STAGES[now.stage]), next_step=say("Esc stops."))


def hand_of(states: Sequence[DeviceState]) -> str | None:
    """The device that stands for filling in a form by hand."""
    able = (state for state in states if state.info.manual and PRINTER in state.info.roles)
    return next((state.info.device_id for state in able), None)


def has_printer(states: Sequence[DeviceState]) -> bool:
    """Whether a printer is attached that is not the officer's own hand."""
    return any(
        PRINTER in state.info.roles and not state.info.manual and state.health.state is not HealthState.GONE
        for state in states
    )
