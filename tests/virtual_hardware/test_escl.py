# SPDX-License-Identifier: Apache-2.0
"""The real driver through the real sane-airscan against a network scanner on loopback: pages, faults in true words."""

from __future__ import annotations

import ctypes.util
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import cv2
import numpy as np
import pytest

from devices.registry import Registry
from devices.sane.driver import SaneDriver, SaneSettings
from station.domain.errors import Cancelled, DeviceBusy, DeviceError, DeviceFault, DeviceSilent
from station.domain.provenance import Illumination
from station.ports.devices import DOCUMENT_SCANNER, DocumentScanner, HealthState, PageCapture
from station.ports.images import EncodedImage
from station.ports.tasks import CancelToken
from tests.contract import promises
from tests.contract.benches import Bench, WallClock, held, running, until
from tests.contract.calls import Call
from tests.virtual_hardware.escl import NAME, PAPER, EsclScanner, Trouble, configure, switched_on

pytestmark = [
    pytest.mark.virtual,
    pytest.mark.skipif(
        not [
            *Path("/usr/lib").glob("*/sane/libsane-airscan.so.*"),
            *filter(None, [ctypes.util.find_library("airscan")]),
        ],
        reason="needs the package sane-airscan",
    ),
]
FEEDER = ("source=ADF",)


@pytest.fixture
def office() -> Iterator[EsclScanner]:
    with switched_on() as scanner:
        yield scanner


def bench(folder: Path, office: EsclScanner, *, options: tuple[str, ...] = (), infrared: tuple[str, ...] = ()) -> Bench:
    settings = SaneSettings(
        config_dir=configure(folder / "sane.d", office),
        resolution=150,
        options=options,
        network_seconds=1.0,
        infrared=infrared,
    )
    return Bench(SaneDriver(settings, clock=WallClock()))


def scan(scanner: DocumentScanner, cancel: CancelToken | None = None) -> PageCapture:
    return scanner.scan(cancel=cancel or CancelToken())


def pixels(image: EncodedImage) -> np.ndarray[tuple[int, ...], np.dtype[np.uint8]]:
    seen = cv2.imdecode(np.frombuffer(image.data, np.uint8), cv2.IMREAD_COLOR)
    assert seen is not None
    return cv2.cvtColor(seen, cv2.COLOR_BGR2RGB).astype(np.uint8)


def test_a_page_comes_whole_in_the_wanted_size_and_colour(tmp_path: Path, office: EsclScanner) -> None:
    before = datetime.now(UTC)
    with running(bench(tmp_path, office)) as on, on.registry.open(DOCUMENT_SCANNER) as scanner:
        assert on.registry.states()[0].info.name == NAME
        page = scan(scanner)
        promises.provenance_is_true(on, DOCUMENT_SCANNER, page.provenance, before)
    seen = pixels(page.image)
    assert seen.shape[0] == pytest.approx(180 / 25.4 * 150, abs=8)
    assert seen.shape[1] == pytest.approx(130 / 25.4 * 150, abs=8)
    assert np.abs(seen[-20, 20].astype(int) - PAPER).max() <= 3
    assert np.abs(seen[20, 20].astype(int) * 2 - PAPER).max() <= 6


@pytest.mark.parametrize("options", [(), FEEDER], ids=["flatbed", "feeder"])
def test_page_after_page_each_job_is_given_back(options: tuple[str, ...], tmp_path: Path, office: EsclScanner) -> None:
    """What the driver keeps, other stations cannot use; and a feeder's next page is not the next scan's."""
    with running(bench(tmp_path, office, options=options)) as on, on.registry.open(DOCUMENT_SCANNER) as scanner:
        for number in range(1, 4):
            scan(scanner)
            until(lambda number=number: f"/eSCL/ScanJobs/{number}" in office.deleted)  # type: ignore[misc]  # at once


def test_lights_are_scans_of_their_own(tmp_path: Path, office: EsclScanner) -> None:
    """No eSCL scanner of the counter has lamps to choose from; its colour modes stand for them."""
    with running(bench(tmp_path, office, infrared=("mode=Gray",))) as on:
        opened = on.registry.open(DOCUMENT_SCANNER)
        with opened as scanner:
            pages = [scan(scanner) for _ in range(2)]
    for page in pages:
        assert page.provenance.illumination is Illumination.WHITE
        assert [lit.provenance.illumination for lit in page.further] == [Illumination.INFRARED]
        assert np.ptp(pixels(page.image)[-20, 20]) > 100
        assert np.ptp(pixels(page.further[0].image)[-20, 20]) == 0


FAULTS = {
    Trouble.JAM: (DeviceFault, "Paper is jammed in the scanner."),
    Trouble.EMPTY: (DeviceFault, "There is no document in the scanner."),
    Trouble.COVER: (DeviceFault, "The scanner's cover is open."),
    Trouble.BUSY: (DeviceBusy, f"{NAME} is in use by another program or is warming up."),
    Trouble.CUT: (DeviceFault, f"The page from {NAME} did not arrive whole."),
    Trouble.GARBAGE: (DeviceFault, f"The page from {NAME} did not arrive whole."),
    Trouble.PARTIAL: (DeviceFault, "The scanner gave only a part of the page."),
    Trouble.REFUSES: (DeviceSilent, f"{NAME} in the network does not answer, or refuses to scan."),
}


@pytest.mark.parametrize("trouble", FAULTS)
def test_each_fault_is_told_in_true_words_and_the_next_page_comes(
    trouble: Trouble, tmp_path: Path, office: EsclScanner
) -> None:
    kind, cause = FAULTS[trouble]
    with running(bench(tmp_path, office, options=FEEDER)) as on, on.registry.open(DOCUMENT_SCANNER) as scanner:
        scan(scanner)
        office.trouble = trouble
        with pytest.raises(DeviceError) as fault:
            scan(scanner)
        assert type(fault.value) is kind
        assert fault.value.cause.in_english() == cause
        assert fault.value.next_step.in_english()
        assert on.state() is HealthState.TROUBLE
        office.trouble = None
        scan(scanner)
        assert on.state() is HealthState.BUSY


@pytest.mark.parametrize("trouble", [Trouble.CUT, Trouble.GARBAGE, Trouble.PARTIAL])
def test_no_part_of_a_page_is_taken_for_a_page_on_the_flatbed(
    trouble: Trouble, tmp_path: Path, office: EsclScanner
) -> None:
    office.trouble = trouble
    with running(bench(tmp_path, office)) as on:
        opened = on.registry.open(DOCUMENT_SCANNER)
        with opened as scanner, pytest.raises(DeviceFault):
            scan(scanner)


def test_a_scanner_that_is_switched_off_is_told_as_that_and_works_when_it_is_on_again(
    tmp_path: Path, office: EsclScanner
) -> None:
    with running(bench(tmp_path, office)) as on, on.registry.open(DOCUMENT_SCANNER) as scanner:
        scan(scanner)
        office.stop()
        with pytest.raises(DeviceSilent, match="does not answer"):
            scan(scanner)
        assert on.state() is HealthState.TROUBLE
        office.start()
        scan(scanner)


def test_a_plug_pulled_in_the_middle_of_a_page_is_a_fault_at_once(tmp_path: Path, office: EsclScanner) -> None:
    office.trouble = Trouble.PULLED
    with running(bench(tmp_path, office)) as on, on.registry.open(DOCUMENT_SCANNER) as scanner:
        scanning = Call(lambda: scan(scanner))
        assert office.at_work.wait(10.0)
        office.stop()
        scanning.end()
        assert isinstance(scanning.error, DeviceFault)
        assert scanning.error.cause.in_english() == f"The page from {NAME} did not arrive whole."


def test_a_stop_frees_the_officer_and_the_scanner(tmp_path: Path, office: EsclScanner) -> None:
    office.trouble = Trouble.SLOW
    with running(bench(tmp_path, office)) as on, on.registry.open(DOCUMENT_SCANNER) as scanner:
        cancel = CancelToken()
        scanning = Call(lambda: scan(scanner, cancel))
        assert office.at_work.wait(10.0)
        cancel.cancel()
        scanning.end()
        assert isinstance(scanning.error, Cancelled)
        office.trouble = None
        office.let_go.set()
        scan(scanner)


def test_a_second_use_is_refused(tmp_path: Path, office: EsclScanner) -> None:
    promises.second_use_is_refused(bench(tmp_path, office), DOCUMENT_SCANNER)


def test_one_use_follows_the_other(tmp_path: Path, office: EsclScanner) -> None:
    promises.use_after_use_is_welcome(bench(tmp_path, office), DOCUMENT_SCANNER, scan)


def test_an_ended_session_gives_nothing(tmp_path: Path, office: EsclScanner) -> None:
    promises.an_ended_session_gives_nothing(bench(tmp_path, office), DOCUMENT_SCANNER, scan)


def test_a_stop_before_the_scan_prevents_it(tmp_path: Path, office: EsclScanner) -> None:
    promises.a_stop_before_the_call_prevents_it(bench(tmp_path, office), DOCUMENT_SCANNER, scan)


def test_waiting_ends_with_a_stop(tmp_path: Path, office: EsclScanner) -> None:
    office.trouble = Trouble.SLOW
    promises.waiting_ends_with_a_stop(bench(tmp_path, office), DOCUMENT_SCANNER, scan)


def test_nothing_is_left_behind(tmp_path: Path, office: EsclScanner) -> None:
    def use(registry: Registry) -> None:
        with registry.open(DOCUMENT_SCANNER) as scanner:
            scan(scanner)

    before = held()
    on = bench(tmp_path, office)
    promises.nothing_is_left_behind(before, lambda: on, use)


def test_a_scanner_that_left_the_list_is_gone_and_comes_back(tmp_path: Path, office: EsclScanner) -> None:
    on = bench(tmp_path, office)
    backends = tmp_path / "sane.d" / "dll.conf"
    with running(on):
        backends.write_text("")
        until(lambda: on.state() is HealthState.GONE)
        backends.write_text("airscan\n")
        until(lambda: on.state() is HealthState.READY)
        with on.registry.open(DOCUMENT_SCANNER) as scanner:
            scan(scanner)
