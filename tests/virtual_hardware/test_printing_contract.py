# SPDX-License-Identifier: Apache-2.0
"""A queue of a real CUPS keeps what every printer promises."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from devices.printing.cups_queues import CupsDriver
from station.ports.devices import PRINTER, Printer, PrintReceipt
from station.ports.tasks import CancelToken
from tests.contract import promises
from tests.contract.benches import Bench, WallClock
from tests.contract.test_printer import PROMISES
from tests.virtual_hardware.print_server import Mood, PrintRoom, VirtualPrinter
from tests.virtual_hardware.printing_desk import settings, sheet

pytestmark = pytest.mark.virtual


def bench(room: PrintRoom) -> Bench:
    """A queue that is taken away and set up again."""
    printer = room.printers["Counter"]
    return Bench(
        CupsDriver(settings(room, "Counter"), clock=WallClock()),
        vanish=lambda: room.remove_queue("Counter"),
        come_back=lambda: _set_up(room, printer),
    )


def _set_up(room: PrintRoom, printer: VirtualPrinter) -> None:
    room.command("lpadmin", "-p", printer.name, "-v", printer.uri, "-E", "-m", "everywhere")


@pytest.mark.parametrize("promise", PROMISES, ids=lambda promise: promise.__name__)
def test_it_keeps_what_every_printer_promises(room: PrintRoom, promise: Callable[..., None], tmp_path: Path) -> None:
    try:
        promise(lambda _folder, **_: bench(room), tmp_path)
    finally:
        _set_up(room, room.printers["Counter"])


def test_a_stop_ends_a_sheet_that_is_stuck(room: PrintRoom, printer: VirtualPrinter) -> None:
    printer.mood = Mood.SLOW

    def put(device: Printer, cancel: CancelToken) -> PrintReceipt:
        return device.print(sheet(), cancel=cancel)

    promises.waiting_ends_with_a_stop(bench(room), PRINTER, put)
