# SPDX-License-Identifier: Apache-2.0
"""Printing over a real CUPS to IPP Everywhere printers that run out of paper, give up, and are switched off."""

from __future__ import annotations

import socket
import subprocess
import threading
from pathlib import Path

import pytest

from devices.printing.cups_queues import CupsDriver
from devices.registry import Registry
from station.domain.errors import Cancelled, DeviceFault, DeviceRemoved, PrintStopped
from station.ports.devices import PRINTER, Health, HealthState, PrinterCondition, PrintReceipt, PrintStage
from station.ports.tasks import CancelToken
from tests.contract.benches import WallClock, until
from tests.virtual_hardware.print_server import Mood, PrintRoom, VirtualPrinter
from tests.virtual_hardware.printing_desk import WORDS, Print, desk, settings, sheet

pytestmark = pytest.mark.virtual


def text_of(pdf: bytes) -> list[str]:
    """The words of each page, read by a program of others."""
    done = subprocess.run(["pdftotext", "-", "-"], input=pdf, capture_output=True, check=True, timeout=30)
    return [page.strip() for page in done.stdout.decode().split("\f") if page.strip()]


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
        # CUPS may keep the line in its history when the purge meets a job that is just being cancelled: never the page.
        until(lambda: not any((room.folder / "cups" / "spool").glob("d*")))


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


def test_a_sheet_whose_printer_was_restarted_is_out_or_nobody_knows(room: PrintRoom, printer: VirtualPrinter) -> None:
    """CUPS takes a job that the printer has forgotten for completed."""
    before = len(printer.sheets)
    printer.mood = Mood.SLOW
    with desk(room, "Counter") as registry:
        under_way = Print(registry)
        until(lambda: under_way.reached(PrintStage.PRINTING))
        printer.switch_off()
        until(lambda: under_way.reached(PrintStage.HELD_UP, PrinterCondition.OFFLINE))
        printer.mood = Mood.WELL
        printer.switch_on()
        error = under_way.error
    if error is None:  # CUPS sent it once more, and it did come out
        assert len(printer.sheets) == before + 1
    else:
        assert isinstance(error, DeviceFault)
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


def test_a_printer_behind_a_bare_socket_has_the_sheet_and_nobody_says_that_it_came_out(room: PrintRoom) -> None:
    """CUPS calls this job completed as soon as the last byte is over: the printer may have no paper at all."""
    taken: list[bytes] = []
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def take() -> None:
            line, _ = listener.accept()
            with line:
                while data := line.recv(65536):
                    taken.append(data)

        mute = threading.Thread(target=take)
        mute.start()
        room.command("lpadmin", "-p", "Mute", "-v", f"socket://127.0.0.1:{listener.getsockname()[1]}", "-E")
        try:
            with desk(room, "Mute") as registry:
                under_way = Print(registry, sheet())
                assert under_way.error is None
                receipt = under_way.call.result
        finally:
            room.command("lpadmin", "-x", "Mute")
        mute.join(30)
    assert b"".join(taken).startswith(b"%PDF")
    assert isinstance(receipt, PrintReceipt)
    assert not receipt.confirmed
    assert under_way.told[-1].stage is PrintStage.HANDED_OVER
    assert not under_way.reached(PrintStage.OUT)
