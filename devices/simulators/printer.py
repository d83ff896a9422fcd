# SPDX-License-Identifier: Apache-2.0
"""A simulated printer: it has so much paper, jams, and keeps its sheets where a trainee can look at them."""

from __future__ import annotations

import os
import threading
from collections import deque
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from devices.simulators.faults import Fault
from devices.simulators.simulated import Part, Simulated, Surroundings
from station.domain.errors import DeviceFault
from station.domain.words import Text, say
from station.ports.devices import (
    PRINTER,
    PrinterCondition,
    PrinterFinding,
    PrintJob,
    PrintProgress,
    PrintReceipt,
    PrintStage,
    PrintWatcher,
)
from station.ports.tasks import CancelToken

LOW: Final = 5  # sheets: from here on the printer warns
KEPT: Final = 50  # sheets that are kept in memory; older ones are let go

PAPER_OUT: Final = PrinterFinding(
    PrinterCondition.PAPER_OUT,
    blocks=True,
    cause=say("The printer has no paper."),
    next_step=say("Put paper in. Printing then goes on by itself."),
)
JAMMED: Final = PrinterFinding(
    PrinterCondition.JAM,
    blocks=True,
    cause=say("Paper is jammed in the printer."),
    next_step=say("Open it, take the paper out, close it. Printing then goes on by itself."),
)
PAPER_LOW: Final = PrinterFinding(
    PrinterCondition.PAPER_LOW,
    blocks=False,
    cause=say("The printer has little paper left."),
    next_step=say("Put paper in soon."),
)
_HOLDS_UP: Final = {Fault.JAM: JAMMED, Fault.PAPER_OUT: PAPER_OUT}


@dataclass(frozen=True, slots=True)
class Sheet:
    """What came out."""

    title: str
    pdf: bytes = field(repr=False)


class PaperPath:
    """Paper in, sheets out. ``folder``: sheets are put there as files that their owner alone may read."""

    def __init__(self, *, paper: int, print_seconds: float, folder: Path | None) -> None:
        self._lock = threading.Lock()
        self._full = paper
        self._paper = paper
        self._print_seconds = print_seconds
        self._folder = folder
        self._sheets: deque[Sheet] = deque(maxlen=KEPT)
        self._count = 0

    def printer(self, part: Part) -> SimulatedPrinter:
        """The role object of one session."""
        return SimulatedPrinter(self, part)

    @property
    def sheets(self) -> tuple[Sheet, ...]:
        """The last sheets that came out, the oldest first. Any thread."""
        return tuple(self._sheets)

    @property
    def paper(self) -> int:
        """Sheets of paper left. Any thread."""
        return self._paper

    def fill(self) -> None:
        """Put paper in. Any thread."""
        with self._lock:
            self._paper = self._full

    def findings(self, fault: Fault | None) -> tuple[PrinterFinding, ...]:
        """What keeps it from printing, or will soon. Any thread."""
        held = _HOLDS_UP.get(fault) if fault is not None else None
        if held is not None:
            return (held,)
        if self._paper == 0:
            return (PAPER_OUT,)
        return (PAPER_LOW,) if self._paper <= LOW else ()

    def put_out(self, part: Part, job: PrintJob, tell: PrintWatcher, token: CancelToken) -> Path | None:
        """One job from the first byte to the sheet; gives the file when there is a folder. On the device's thread."""
        tell(PrintProgress(PrintStage.SENDING))
        self._hold_up(part, tell, token)
        fault = part.faults.take()
        part.meet(fault, token)
        if fault is Fault.GARBAGE:
            raise _given_up(say("The printer answered with something that nobody understands."))
        tell(PrintProgress(PrintStage.PRINTING, self.findings(None)))
        token.wait(self._print_seconds)
        with self._lock:
            self._paper = max(0, self._paper - 1)
        if fault is Fault.PARTIAL:
            raise _given_up(say("The printer gave the sheet up in the middle."))
        place = None if fault is Fault.WRONG_ANSWER else self._keep(job)
        tell(PrintProgress(PrintStage.OUT))
        return place

    def _hold_up(self, part: Part, tell: PrintWatcher, token: CancelToken) -> None:
        """Wait, as printers do, until somebody put paper in or took it out."""
        if self._paper == 0:
            part.faults.switch(Fault.PAPER_OUT)
        while (fault := part.faults.current) in _HOLDS_UP:
            assert fault is not None
            finding = _HOLDS_UP[fault]
            part.use.trouble(DeviceFault(finding.cause, finding.next_step))
            tell(PrintProgress(PrintStage.HELD_UP, (finding,)))
            with part.use.awaiting(finding.cause):
                part.faults.wait_for_another(fault, cancel=token)
            if fault is Fault.PAPER_OUT:
                self.fill()

    def _keep(self, job: PrintJob) -> Path | None:
        self._sheets.append(Sheet(job.title, job.pdf))
        if self._folder is None:
            return None
        while True:
            self._count += 1
            path = self._folder / f"simulated-sheet-{self._count:03d}.pdf"
            try:
                descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            except FileExistsError:
                continue
            except OSError as problem:
                raise DeviceFault(
                    say("The folder for printed files cannot be written."),
                    say("Ask the technician for the right to write there, then print again."),
                ) from problem
            with open(descriptor, "wb") as stream:
                stream.write(job.pdf)
            return path


class SimulatedPrinter:
    """One session's Printer."""

    def __init__(self, paper: PaperPath, part: Part) -> None:
        self._paper = paper
        self._part = part

    def preflight(self, *, cancel: CancelToken) -> tuple[PrinterFinding, ...]:
        """What keeps it from printing, or will soon."""
        return self._part.run(lambda _token: self._paper.findings(self._part.faults.current), cancel=cancel)

    def print(self, job: PrintJob, *, cancel: CancelToken, progress: PrintWatcher | None = None) -> PrintReceipt:
        """Print, and wait while paper is missing or jammed. A stop withdraws the job."""
        tell = progress or _nobody
        path = self._part.run(lambda token: self._paper.put_out(self._part, job, tell, token), cancel=cancel)
        return PrintReceipt(str(path or "Simulated printer"), self._part.use.provenance())


def _nobody(_progress: PrintProgress) -> None:
    """Nobody wants to know."""


def _given_up(cause: Text) -> DeviceFault:
    return DeviceFault(cause, say("Look whether a sheet came out. Print again, or choose another printer with F8."))


def printer(around: Surroundings, paper: PaperPath) -> Simulated:
    """A printer with its paper."""
    return Simulated("printer", "Simulated printer", ((PRINTER, paper.printer),), around)
