# SPDX-License-Identifier: Apache-2.0
"""What an officer is told when a real SANE backend reports each of its faults, and what a pulled cable looks like."""

from __future__ import annotations

import os
import signal
from pathlib import Path

import cv2
import numpy as np
import pytest

from devices.registry import Registry
from devices.sane import scanner as scanner_module
from devices.sane.driver import CHILD, SaneDriver, SaneSettings
from devices.sane.presence import FoundScanner
from station.domain.errors import Cancelled, DeviceBusy, DeviceError, DeviceFault, DeviceRemoved
from station.ports.devices import DOCUMENT_SCANNER, HealthState
from station.ports.tasks import CancelToken
from tests.contract import benches
from tests.contract.benches import WallClock, children, running, until
from tests.contract.calls import Call

FAULTS = {
    "SANE_STATUS_JAMMED": (DeviceFault, "Paper is jammed in the scanner."),
    "SANE_STATUS_COVER_OPEN": (DeviceFault, "The scanner's cover is open."),
    "SANE_STATUS_NO_DOCS": (DeviceFault, "There is no document in the scanner."),
    "SANE_STATUS_DEVICE_BUSY": (DeviceBusy, "is in use by another program or is warming up."),
    "SANE_STATUS_IO_ERROR": (DeviceFault, "The scanner stopped in the middle."),
    "SANE_STATUS_NO_MEM": (DeviceFault, "There is not enough memory to scan."),
    "SANE_STATUS_ACCESS_DENIED": (DeviceFault, "This account may not use the scanner."),
    "SANE_STATUS_CANCELLED": (DeviceFault, "The scan was stopped at the scanner."),
    "SANE_STATUS_EOF": (DeviceFault, "The scanner gave only a part of the page."),
    "SANE_STATUS_UNSUPPORTED": (DeviceFault, "a fault that the station does not know"),
}


def serving(before: set[int]) -> set[int]:
    """New helpers that run their own program: a child stopped before that would stop its parent's thread too."""
    programs = {child: Path(f"/proc/{child}/cmdline") for child in children() - before}
    return {child for child, program in programs.items() if CHILD.encode() in _content(program)}


def _content(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError:  # it ended in between
        return b""


@pytest.mark.parametrize("status", FAULTS)
def test_a_fault_is_told_with_its_true_cause_and_shown_until_it_is_over(status: str, tmp_path: Path) -> None:
    kind, cause = FAULTS[status]
    with running(benches.sane(tmp_path, read_return_value=status)) as bench:
        with bench.registry.open(DOCUMENT_SCANNER) as scanner, pytest.raises(DeviceError) as fault:
            scanner.scan(cancel=CancelToken())
        assert type(fault.value) is kind
        assert cause in fault.value.cause.in_english()
        assert fault.value.next_step.in_english()
        health = bench.registry.states()[0].health
        assert health.state is HealthState.TROUBLE
        assert cause in health.says.in_english()


def test_an_option_the_scanner_lacks_is_told_as_that(tmp_path: Path) -> None:
    with running(benches.sane(tmp_path, ultraviolet_lamp=1)) as bench:
        opened = bench.registry.open(DOCUMENT_SCANNER)
        with opened as scanner, pytest.raises(DeviceFault, match="option"):
            scanner.scan(cancel=CancelToken())


def test_an_input_error_of_a_scanner_that_is_not_listed_any_more_is_a_removal(tmp_path: Path) -> None:
    with running(benches.sane(tmp_path, read_return_value="SANE_STATUS_IO_ERROR")) as bench:
        with bench.registry.open(DOCUMENT_SCANNER) as scanner:
            (tmp_path / "sane.d" / "dll.conf").write_text("")
            with pytest.raises(DeviceRemoved) as removed:
                scanner.scan(cancel=CancelToken())
        assert removed.value.cause.in_english() == "Noname frontend-tester was unplugged or switched off."
        until(lambda: bench.state() is HealthState.GONE)  # a look begun before may still tell what it saw


def test_a_crash_of_the_library_is_a_fault_and_the_next_scan_works(tmp_path: Path) -> None:
    slow_at_first = benches.sane(tmp_path, waits=True)
    with running(slow_at_first) as bench, bench.registry.open(DOCUMENT_SCANNER) as scanner:
        before = children()
        scanning = Call(lambda: scanner.scan(cancel=CancelToken()))
        until(lambda: bool(serving(before)))
        for child in serving(before):
            os.kill(child, signal.SIGSEGV)
        scanning.end()
        assert isinstance(scanning.error, DeviceFault)
        assert "stopped" in scanning.error.cause.in_english()


def test_a_stopped_scan_leaves_the_scanner_usable(tmp_path: Path) -> None:
    with running(benches.sane(tmp_path, waits=True)) as bench, bench.registry.open(DOCUMENT_SCANNER) as scanner:
        for _ in range(2):
            cancel = CancelToken()
            scanning = Call(lambda stop=cancel: scanner.scan(cancel=stop))  # type: ignore[misc]  # bound at once
            cancel.cancel()
            scanning.end()
        until(lambda: bench.state() is HealthState.BUSY)


def test_a_scanned_page_has_the_very_pixels_of_the_paper(tmp_path: Path) -> None:
    with running(benches.sane_page(tmp_path)) as bench, bench.registry.open(DOCUMENT_SCANNER) as scanner:
        page = scanner.scan(cancel=CancelToken())
    seen = cv2.imdecode(np.frombuffer(page.image.data, np.uint8), cv2.IMREAD_COLOR)
    paper = cv2.imread(str(tmp_path / "page.pnm"))
    assert seen is not None
    assert paper is not None
    assert np.array_equal(seen, paper)


def test_resolution_and_area_are_what_the_settings_ask_for(tmp_path: Path) -> None:
    with running(benches.sane(tmp_path)) as bench, bench.registry.open(DOCUMENT_SCANNER) as scanner:
        page = scanner.scan(cancel=CancelToken())
    seen = cv2.imdecode(np.frombuffer(page.image.data, np.uint8), cv2.IMREAD_COLOR)
    assert seen is not None
    height, width = seen.shape[:2]
    assert width == pytest.approx(130 / 25.4 * 150, abs=8)
    assert height == pytest.approx(180 / 25.4 * 150, abs=8)


@pytest.mark.parametrize("network", [False, True])
def test_no_scanner_has_a_reason_for_the_doctor(network: bool, tmp_path: Path) -> None:
    (tmp_path / "dll.conf").write_text("")
    driver = SaneDriver(SaneSettings(config_dir=tmp_path, network=network), clock=WallClock())
    registry = Registry([driver], allow_simulated=False)
    try:
        assert driver.why_nothing() is None  # it has not looked yet
        registry.start()
        until(lambda: driver.why_nothing() is not None)
        reason = driver.why_nothing()
        assert reason is not None
        assert reason.in_english() == "No scanner was found. Plug one in and switch it on."
    finally:
        registry.close()


def test_a_helper_that_heeds_no_stop_holds_nobody_and_is_replaced(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(scanner_module, "GRACE", 0.2)
    with running(benches.sane(tmp_path, waits=True)) as bench, bench.registry.open(DOCUMENT_SCANNER) as scanner:
        before = children()
        cancel = CancelToken()
        scanning = Call(lambda: scanner.scan(cancel=cancel))
        until(lambda: bool(serving(before)))
        hung = serving(before)
        for child in hung:
            os.kill(child, signal.SIGSTOP)
        cancel.cancel()
        scanning.end()
        assert isinstance(scanning.error, Cancelled)
        until(lambda: not hung & children())
        again = CancelToken()
        rescanning = Call(lambda: scanner.scan(cancel=again))
        until(lambda: bool(serving(before)))
        again.cancel()
        rescanning.end()
        assert isinstance(rescanning.error, Cancelled)


def test_each_look_for_scanners_has_a_process_of_its_own(tmp_path: Path) -> None:
    """The library keeps file handles of each look; a process that looks for ever ends up finding nothing."""
    (tmp_path / "dll.conf").write_text("test\n")
    (tmp_path / "test.conf").write_text("number_of_devices 1\n")
    driver = SaneDriver(SaneSettings(config_dir=tmp_path, network=False), clock=WallClock())
    before = children()
    for _ in range(2):
        assert driver.listed(cancel=CancelToken()) == [FoundScanner("test:0", "Noname frontend-tester")]
        assert children() <= before
    driver.close()
