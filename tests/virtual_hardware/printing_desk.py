# SPDX-License-Identifier: Apache-2.0
"""A desk that prints on the queues of a print room, and a sheet under way with everything it told."""

from __future__ import annotations

import io
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from reportlab.pdfgen.canvas import Canvas

from devices.base import Driver
from devices.printing.cups_queues import CupsDriver, CupsSettings
from devices.registry import Registry
from station.ports.devices import (
    PRINTER,
    PrinterCondition,
    PrintJob,
    PrintProgress,
    PrintReceipt,
    PrintStage,
)
from station.ports.tasks import CancelToken
from tests.contract.benches import WallClock, until
from tests.contract.calls import Call
from tests.virtual_hardware.print_server import PrintRoom

ENDS = 120.0
WORDS = "Specimen notice"


def sheet(pages: int = 1) -> PrintJob:
    out = io.BytesIO()
    canvas = Canvas(out)
    for page in range(pages):
        canvas.drawString(100, 700, f"{WORDS} {page + 1}")
        canvas.showPage()
    canvas.save()
    return PrintJob("notice-1", out.getvalue())


def settings(room: PrintRoom, *queues: str) -> CupsSettings:
    return CupsSettings(
        server=str(room.socket),
        queues=queues,
        look_seconds=0.2,
        ask_seconds=1.0,
        poll_seconds=0.1,
        patience_seconds=20.0,
    )


@contextmanager
def desk(room: PrintRoom, *queues: str) -> Iterator[Registry]:
    """A registry that has found the queues, the first of them chosen."""
    driver: Driver = CupsDriver(settings(room, *queues), clock=WallClock())
    registry = Registry([driver], allow_simulated=False)
    try:
        registry.start()
        until(lambda: len(registry.states()) == len(queues))
        registry.choose(PRINTER, f"cups:{queues[0]}")
        yield registry
    finally:
        registry.close()


class Print:
    """A sheet under way on a thread of its own, with everything it told."""

    def __init__(self, registry: Registry, job: PrintJob | None = None) -> None:
        self.told: list[PrintProgress] = []
        self.cancel = CancelToken()
        self._ended = threading.Event()
        self._registry = registry
        self._job = job or sheet()
        self.call = Call(self._print)

    def _print(self) -> PrintReceipt:
        try:
            with self._registry.open(PRINTER) as printer:
                return printer.print(self._job, cancel=self.cancel, progress=self.told.append)
        finally:
            self._ended.set()

    def reached(self, stage: PrintStage, condition: PrinterCondition | None = None) -> bool:
        return any(
            told.stage is stage and (condition is None or condition in {each.condition for each in told.findings})
            for told in tuple(self.told)
        )

    @property
    def error(self) -> BaseException | None:
        """How it ended, once it did. CUPS takes ten seconds to try a sheet once more."""
        assert self._ended.wait(ENDS), self.told
        self.call.end()
        return self.call.error
