# SPDX-License-Identifier: Apache-2.0
"""Printing over a real CUPS to IPP Everywhere printers that run out of paper, give up, and are switched off."""

from __future__ import annotations

import io
import subprocess
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from reportlab.pdfgen.canvas import Canvas

from devices.base import Driver
from devices.printing.cups_queues import CupsDriver, CupsSettings
from devices.registry import Registry
from station.domain.errors import Cancelled, DeviceFault, DeviceRemoved, PrintStopped
from station.ports.devices import (
    PRINTER,
    Health,
    HealthState,
    Printer,
    PrinterCondition,
    PrintJob,
    PrintProgress,
    PrintReceipt,
    PrintStage,
)
from station.ports.tasks import CancelToken
from tests.contract import promises
from tests.contract.benches import Bench, WallClock, until
from tests.contract.calls import Call
from tests.contract.test_printer import PROMISES
from tests.virtual_hardware.print_server import Mood, PrintRoom, VirtualPrinter, print_room

pytestmark = pytest.mark.virtual

ENDS = 40.0
WORDS = "Specimen notice"


@pytest.fixture(scope="module")
def shared_room() -> Iterator[PrintRoom]:
    with print_room() as room:
        room.add("Counter")
        yield room


@pytest.fixture
def room(shared_room: PrintRoom) -> PrintRoom:
    """The room as it is when nothing has happened yet."""
    for printer in shared_room.printers.values():
        printer.clear()
    return shared_room


@pytest.fixture
def printer(room: PrintRoom) -> VirtualPrinter:
    return room.printers["Counter"]


def sheet(pages: int = 1) -> PrintJob:
    out = io.BytesIO()
    canvas = Canvas(out)
    for page in range(pages):
        canvas.drawString(100, 700, f"{WORDS} {page + 1}")
        canvas.showPage()
    canvas.save()
    return PrintJob("notice-1", out.getvalue())


def text_of(pdf: bytes) -> list[str]:
    """The words of each page, read by a program of others."""
    done = subprocess.run(["pdftotext", "-", "-"], input=pdf, capture_output=True, check=True, timeout=30)
    return [page.strip() for page in done.stdout.decode().split("\f") if page.strip()]


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


def health(registry: Registry, name: str = "Counter") -> Health:
    return next(state.health for state in registry.states() if state.info.name == name)


def jobs(room: PrintRoom) -> str:
    return room.command("lpstat", "-W", "all", "-o").strip()


def preflight(registry: Registry) -> dict[PrinterCondition, bool]:
    with registry.open(PRINTER) as printer:
        return {found.condition: found.blocks for found in printer.preflight(cancel=CancelToken())}


def test_every_page_comes_out_and_the_queue_keeps_nothing_of_it(room: PrintRoom, printer: VirtualPrinter) -> None:
    before = len(printer.sheets)
    with desk(room, "Counter") as registry:
        under_way = Print(registry, sheet(pages=3))
        assert under_way.error is None
        receipt = under_way.call.result
        assert isinstance(receipt, PrintReceipt)
        assert receipt.place == "Counter"
        assert not receipt.provenance.manual
    assert under_way.told[0].stage is PrintStage.SENDING
    assert under_way.told[-1].stage is PrintStage.OUT
    assert len(printer.sheets) == before + 1
    assert text_of(printer.sheets[-1]) == [f"{WORDS} {page}" for page in (1, 2, 3)]
    assert not [path for path in (room.folder / "cups" / "spool").iterdir() if path.is_file()]
    assert jobs(room) == ""


def test_a_well_printer_has_nothing_to_say(room: PrintRoom) -> None:
    with desk(room, "Counter") as registry:
        assert preflight(registry) == {}
        assert health(registry).state is HealthState.READY


def test_paper_out_holds_the_sheet_up_until_there_is_paper(room: PrintRoom, printer: VirtualPrinter) -> None:
    before = len(printer.sheets)
    printer.mood = Mood.PAPER_OUT
    with desk(room, "Counter") as registry:
        under_way = Print(registry)
        until(lambda: under_way.reached(PrintStage.HELD_UP, PrinterCondition.PAPER_OUT))
        until(lambda: health(registry).state is HealthState.TROUBLE)
        assert health(registry).says.in_english() == "The printer has no paper. Put paper in."
        assert len(printer.sheets) == before
        printer.mood = Mood.WELL
        assert under_way.error is None
        until(lambda: health(registry).state is HealthState.READY)
    assert len(printer.sheets) == before + 1
    stages = [told.stage for told in under_way.told]
    assert stages.count(PrintStage.HELD_UP) == 1, "what has not changed is told once"


def test_a_jam_is_told_as_a_jam(room: PrintRoom, printer: VirtualPrinter) -> None:
    printer.mood = Mood.JAM
    with desk(room, "Counter") as registry:
        under_way = Print(registry)
        until(lambda: under_way.reached(PrintStage.HELD_UP, PrinterCondition.JAM))
        printer.mood = Mood.ABORT  # nobody could free it
        error = under_way.error
    assert isinstance(error, DeviceFault)
    assert error.cause.in_english() in {
        "Paper is jammed in the printer.",
        "The printer gave the sheet up, or somebody cancelled it there.",
    }


def test_a_sheet_the_printer_gave_up_is_never_called_printed(room: PrintRoom, printer: VirtualPrinter) -> None:
    printer.mood = Mood.ABORT
    with desk(room, "Counter") as registry:
        under_way = Print(registry)
        error = under_way.error
        assert isinstance(error, DeviceFault)
        assert error.cause.in_english() == "The printer gave the sheet up, or somebody cancelled it there."
        assert not under_way.reached(PrintStage.OUT)
        printer.mood = Mood.WELL
        assert Print(registry).error is None, "the next one comes out"


def test_a_sheet_taken_out_of_the_queue_is_told_so(room: PrintRoom, printer: VirtualPrinter) -> None:
    printer.mood = Mood.SLOW
    with desk(room, "Counter") as registry:
        under_way = Print(registry)
        until(lambda: under_way.reached(PrintStage.PRINTING))
        room.command("cancel", "-a", "Counter")
        error = under_way.error
    assert isinstance(error, DeviceFault)
    assert error.cause.in_english() == "Somebody took the sheet out of the print queue."


def test_a_stopped_queue_holds_the_sheet_up_and_says_who(room: PrintRoom, printer: VirtualPrinter) -> None:
    before = len(printer.sheets)
    room.command("cupsdisable", "Counter")
    try:
        with desk(room, "Counter") as registry:
            assert preflight(registry) == {PrinterCondition.STOPPED: True}
            under_way = Print(registry)
            until(lambda: under_way.reached(PrintStage.HELD_UP, PrinterCondition.STOPPED))
            room.command("cupsenable", "Counter")
            assert under_way.error is None
    finally:
        room.command("cupsenable", "Counter")
    assert len(printer.sheets) == before + 1


def test_a_queue_that_takes_nothing_gets_nothing(room: PrintRoom, printer: VirtualPrinter) -> None:
    before = len(printer.sheets)
    room.command("cupsreject", "Counter")
    try:
        with desk(room, "Counter") as registry:
            assert preflight(registry)[PrinterCondition.STOPPED]
            error = Print(registry).error
            assert isinstance(error, DeviceFault)
            assert error.cause.in_english() == "The print queue did not take the sheet."
    finally:
        room.command("cupsaccept", "Counter")
    assert len(printer.sheets) == before


def test_others_sheets_before_ours_are_told(room: PrintRoom, printer: VirtualPrinter, tmp_path: Path) -> None:
    others = tmp_path / "others.pdf"
    others.write_bytes(sheet().pdf)
    printer.mood = Mood.SLOW
    with desk(room, "Counter") as registry:
        room.command("lp", "-d", "Counter", str(others))
        assert preflight(registry) == {PrinterCondition.QUEUE_LONG: False}
        under_way = Print(registry)
        until(lambda: under_way.reached(PrintStage.QUEUED, PrinterCondition.QUEUE_LONG))
        printer.mood = Mood.WELL
        assert under_way.error is None
    room.command("cancel", "-a", "-x")


def test_a_stop_withdraws_a_sheet_that_waits(room: PrintRoom, printer: VirtualPrinter) -> None:
    before = len(printer.sheets)
    room.command("cupsdisable", "Counter")
    try:
        with desk(room, "Counter") as registry:
            under_way = Print(registry)
            until(lambda: under_way.reached(PrintStage.HELD_UP))
            under_way.cancel.cancel()
            error = under_way.error
            assert isinstance(error, Cancelled)
            until(lambda: jobs(room) == "")
    finally:
        room.command("cupsenable", "Counter")
    assert len(printer.sheets) == before


def test_a_stop_while_it_prints_says_that_the_sheet_may_be_out(room: PrintRoom, printer: VirtualPrinter) -> None:
    printer.mood = Mood.SLOW
    with desk(room, "Counter") as registry:
        under_way = Print(registry)
        until(lambda: under_way.reached(PrintStage.PRINTING))
        under_way.cancel.cancel()
        error = under_way.error
        assert isinstance(error, PrintStopped)
        assert "may be out" in error.cause.in_english()
        until(lambda: jobs(room) == "")


def test_a_printer_switched_off_is_offline_and_ready_when_it_is_back(room: PrintRoom, printer: VirtualPrinter) -> None:
    with desk(room, "Counter") as registry:
        printer.switch_off()
        try:
            assert preflight(registry) == {PrinterCondition.OFFLINE: True}
            until(lambda: health(registry).state is HealthState.TROUBLE)
            assert health(registry).says.in_english().startswith("The printer does not answer.")
        finally:
            printer.switch_on()
        until(lambda: health(registry).state is HealthState.READY)
        assert Print(registry).error is None


def test_a_printer_restarted_under_a_sheet_leaves_nobody_the_wiser(room: PrintRoom, printer: VirtualPrinter) -> None:
    """CUPS takes a job that the printer has forgotten for completed."""
    printer.mood = Mood.SLOW
    with desk(room, "Counter") as registry:
        under_way = Print(registry)
        until(lambda: under_way.reached(PrintStage.PRINTING))
        printer.switch_off()
        until(lambda: under_way.reached(PrintStage.HELD_UP, PrinterCondition.OFFLINE))
        printer.mood = Mood.WELL
        printer.switch_on()
        error = under_way.error
    assert isinstance(error, DeviceFault), under_way.told
    assert "Look at the printer whether the sheet came out" in error.next_step.in_english()
    assert not under_way.reached(PrintStage.OUT)


def test_a_print_service_killed_and_started_again_finds_the_sheet(room: PrintRoom, printer: VirtualPrinter) -> None:
    printer.mood = Mood.SLOW
    with desk(room, "Counter") as registry:
        under_way = Print(registry)
        until(lambda: under_way.reached(PrintStage.PRINTING))
        room.kill_cups()
        until(lambda: under_way.reached(PrintStage.HELD_UP))
        room.start_cups()
        printer.mood = Mood.WELL
        error = under_way.error
    assert error is None
    assert any("twice" in found.next_step.in_english() for told in under_way.told for found in told.findings)
    assert under_way.told[-1].stage is PrintStage.OUT


def test_without_a_print_service_the_driver_says_so(room: PrintRoom) -> None:
    driver = CupsDriver(settings(room, "Counter"), clock=WallClock())
    registry = Registry([driver], allow_simulated=False)
    room.kill_cups()
    try:
        registry.start()
        until(lambda: driver.why_nothing() is not None)
        says = driver.why_nothing()
        assert says is not None
        assert says.in_english() == "The print service CUPS is not running. Ask the technician to start it."
        room.start_cups()
        until(lambda: bool(registry.states()))
        assert driver.why_nothing() is None
        room.kill_cups()
        until(lambda: registry.states()[0].health.state is HealthState.GONE)
    finally:
        registry.close()
        room.start_cups()


def test_another_printer_stands_in_for_one_whose_queue_is_gone(room: PrintRoom) -> None:
    first, second = room.add("Front"), room.add("Back")
    with desk(room, "Front", "Back") as registry:
        assert Print(registry).error is None
        assert (len(first.sheets), len(second.sheets)) == (1, 0)
        room.remove_queue("Front")
        until(lambda: health(registry, "Front").state is HealthState.GONE)
        under_way = Print(registry)
        assert under_way.error is None
        assert (len(first.sheets), len(second.sheets)) == (1, 1)
        assert "Stands in for Front" in health(registry, "Back").says.in_english()
    for printer in (first, second):
        printer.switch_off()
        del room.printers[printer.name]
    room.remove_queue("Back")


def test_a_queue_taken_away_under_a_sheet_is_a_removal(room: PrintRoom) -> None:
    printer = room.add("Side")
    printer.mood = Mood.SLOW
    with desk(room, "Side") as registry:
        under_way = Print(registry)
        until(lambda: under_way.reached(PrintStage.PRINTING))
        room.remove_queue("Side")
        error = under_way.error
    assert isinstance(error, DeviceRemoved), error
    printer.switch_off()
    del room.printers["Side"]


# ── the contract of every printer ──────────────────────────────────────────────────────────────────────────────


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
