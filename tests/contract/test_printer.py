# SPDX-License-Identifier: Apache-2.0
"""What every printer promises, run against every driver and simulator that fills the role.

``PROMISES`` are run once more against a real CUPS, in tests/virtual_hardware.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from devices.registry import Registry
from station.domain.errors import DeviceRemoved
from station.domain.words import say
from station.ports.devices import PRINTER, Printer, PrintJob, PrintProgress, PrintReceipt, PrintStage
from station.ports.tasks import CancelToken
from tests.contract import benches, benches_printing, benches_simulators, promises
from tests.contract.benches import Bench, held, running

Build = Callable[..., Bench]
ALL = [benches.pdf_file, benches_simulators.simulated_printer, benches_printing.hand_form]
WAITING = [benches_simulators.simulated_printer, benches_printing.hand_form]

PDF = (
    b"%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n2 0 obj<</Type/Pages/Kids[3 0 R]/Count 1>>endobj\n"
    b"3 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n"
)
JOB = PrintJob("Notice", PDF, by_hand=((say("Name"), "ERIKSSON, ANNA MARIA"), (say("Date"), "2026-06-01")))


def put_on_paper(printer: Printer, cancel: CancelToken | None = None) -> PrintReceipt:
    return printer.print(JOB, cancel=cancel or CancelToken())


def a_receipt_names_the_place_and_carries_provenance(build: Build, folder: Path) -> None:
    before = datetime.now(UTC)
    with running(build(folder)) as bench, bench.registry.open(PRINTER) as printer:
        receipt = put_on_paper(printer)
        assert receipt.place
        promises.provenance_is_true(bench, PRINTER, receipt.provenance, before)


def a_second_use_is_refused(build: Build, folder: Path) -> None:
    promises.second_use_is_refused(build(folder), PRINTER)


def one_use_follows_the_other(build: Build, folder: Path) -> None:
    promises.use_after_use_is_welcome(build(folder), PRINTER, put_on_paper)


def an_ended_session_prints_nothing(build: Build, folder: Path) -> None:
    promises.an_ended_session_gives_nothing(build(folder), PRINTER, put_on_paper)


def an_ended_session_answers_no_preflight(build: Build, folder: Path) -> None:
    promises.an_ended_session_gives_nothing(
        build(folder), PRINTER, lambda printer: printer.preflight(cancel=CancelToken())
    )


def a_stop_before_printing_prevents_it(build: Build, folder: Path) -> None:
    promises.a_stop_before_the_call_prevents_it(build(folder), PRINTER, put_on_paper)


def a_stop_before_the_preflight_prevents_it(build: Build, folder: Path) -> None:
    promises.a_stop_before_the_call_prevents_it(
        build(folder), PRINTER, lambda printer, cancel: printer.preflight(cancel=cancel)
    )


def a_well_printer_finds_nothing_that_blocks(build: Build, folder: Path) -> None:
    with running(build(folder)) as bench, bench.registry.open(PRINTER) as printer:
        assert not any(found.blocks for found in printer.preflight(cancel=CancelToken()))


def progress_ends_with_the_sheet_out(build: Build, folder: Path) -> None:
    told: list[PrintProgress] = []
    with running(build(folder)) as bench, bench.registry.open(PRINTER) as printer:
        printer.print(JOB, cancel=CancelToken(), progress=told.append)
    assert told[-1].stage is PrintStage.OUT
    assert [each.stage for each in told].count(PrintStage.OUT) == 1


def a_printer_that_vanished_says_so(build: Build, folder: Path) -> None:
    with running(build(folder)) as bench, bench.registry.open(PRINTER) as printer:
        bench.vanish()
        # Whoever comes before the next look finds out by trying.
        with pytest.raises(DeviceRemoved):
            for _ in range(100):
                printer.preflight(cancel=CancelToken())
                put_on_paper(printer)


def a_printer_that_came_back_can_be_used(build: Build, folder: Path) -> None:
    promises.what_came_back_can_be_used(build(folder), PRINTER, put_on_paper)


def nothing_is_left_behind(build: Build, folder: Path) -> None:
    def use(registry: Registry) -> None:
        with registry.open(PRINTER) as printer:
            put_on_paper(printer)

    before = held()
    bench = build(folder)
    promises.nothing_is_left_behind(before, lambda: bench, use)


PROMISES: tuple[Callable[[Build, Path], None], ...] = (
    a_receipt_names_the_place_and_carries_provenance,
    a_second_use_is_refused,
    one_use_follows_the_other,
    an_ended_session_prints_nothing,
    an_ended_session_answers_no_preflight,
    a_stop_before_printing_prevents_it,
    a_stop_before_the_preflight_prevents_it,
    a_well_printer_finds_nothing_that_blocks,
    progress_ends_with_the_sheet_out,
    a_printer_that_vanished_says_so,
    a_printer_that_came_back_can_be_used,
    nothing_is_left_behind,
)


@pytest.mark.parametrize("build", ALL, ids=lambda build: build.__name__)
@pytest.mark.parametrize("promise", PROMISES, ids=lambda promise: promise.__name__)
def test_every_printer_keeps(promise: Callable[[Build, Path], None], build: Build, tmp_path: Path) -> None:
    promise(build, tmp_path)


@pytest.mark.parametrize("build", WAITING, ids=lambda build: build.__name__)
def test_waiting_ends_with_a_stop(build: Build, tmp_path: Path) -> None:
    promises.waiting_ends_with_a_stop(build(tmp_path, waits=True), PRINTER, put_on_paper)


@pytest.mark.parametrize("build", WAITING, ids=lambda build: build.__name__)
def test_waiting_ends_when_the_printer_vanishes(build: Build, tmp_path: Path) -> None:
    promises.waiting_ends_when_the_device_vanishes(build(tmp_path, waits=True), PRINTER, put_on_paper)
