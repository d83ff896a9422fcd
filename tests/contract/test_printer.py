# SPDX-License-Identifier: Apache-2.0
"""What every printer promises, run against every driver that fills the role."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from devices.registry import Registry
from station.domain.errors import DeviceRemoved
from station.ports.devices import PRINTER, Printer, PrintJob, PrintReceipt
from station.ports.tasks import CancelToken
from tests.contract import benches, promises
from tests.contract.benches import Bench, held, running

Build = Callable[..., Bench]
every = pytest.mark.parametrize("build", [benches.pdf_file], ids=lambda build: build.__name__)
JOB = PrintJob("Notice", b"%PDF-1.4\n%%EOF\n")


def put_on_paper(printer: Printer, cancel: CancelToken | None = None) -> PrintReceipt:
    return printer.print(JOB, cancel=cancel or CancelToken())


@every
def test_a_receipt_names_the_place_and_carries_provenance(build: Build, tmp_path: Path) -> None:
    before = datetime.now(UTC)
    with running(build(tmp_path)) as bench, bench.registry.open(PRINTER) as printer:
        receipt = put_on_paper(printer)
        assert receipt.place
        promises.provenance_is_true(bench, PRINTER, receipt.provenance, before)


@every
def test_a_second_use_is_refused(build: Build, tmp_path: Path) -> None:
    promises.second_use_is_refused(build(tmp_path), PRINTER)


@every
def test_one_use_follows_the_other(build: Build, tmp_path: Path) -> None:
    promises.use_after_use_is_welcome(build(tmp_path), PRINTER, put_on_paper)


@every
def test_an_ended_session_prints_nothing(build: Build, tmp_path: Path) -> None:
    promises.an_ended_session_gives_nothing(build(tmp_path), PRINTER, put_on_paper)


@every
def test_a_stop_before_printing_prevents_it(build: Build, tmp_path: Path) -> None:
    promises.a_stop_before_the_call_prevents_it(build(tmp_path), PRINTER, put_on_paper)


@every
def test_a_printer_that_vanished_says_so(build: Build, tmp_path: Path) -> None:
    with running(build(tmp_path)) as bench, bench.registry.open(PRINTER) as printer:
        bench.vanish()
        with pytest.raises(DeviceRemoved):
            put_on_paper(printer)


@every
def test_a_printer_that_came_back_can_be_used(build: Build, tmp_path: Path) -> None:
    promises.what_came_back_can_be_used(build(tmp_path), PRINTER, put_on_paper)


@every
def test_nothing_is_left_behind(build: Build, tmp_path: Path) -> None:
    def use(registry: Registry) -> None:
        with registry.open(PRINTER) as printer:
            put_on_paper(printer)

    before = held()
    bench = build(tmp_path)
    promises.nothing_is_left_behind(before, lambda: bench, use)
