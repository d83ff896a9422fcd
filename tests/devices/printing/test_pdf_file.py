# SPDX-License-Identifier: Apache-2.0
"""A printed file is whole or not there, overwrites nothing, and only its owner can read it."""

from __future__ import annotations

import errno
import os
import stat
from datetime import UTC, datetime
from pathlib import Path

import pytest

from devices.printing import pdf_file
from devices.printing.pdf_file import PdfFileDriver, PdfFilePrinter, PdfFileSettings
from devices.registry import Registry
from station.domain.errors import DeviceError, DeviceFault, DeviceRemoved
from station.ports.devices import PRINTER, HealthState, PrinterCondition, PrintJob
from station.ports.tasks import CancelToken
from tests.contract import benches
from tests.contract.benches import WallClock, running, until


class StoppedClock(WallClock):
    """Two sheets in one second must not meet."""

    def now(self) -> datetime:
        return datetime(2026, 5, 4, 12, 30, 15, tzinfo=UTC)


def test_the_file_holds_the_very_bytes_and_nothing_else_lies_beside_it(tmp_path: Path) -> None:
    with running(benches.pdf_file(tmp_path)) as bench, bench.registry.open(PRINTER) as printer:
        receipt = printer.print(PrintJob("Notice", b"%PDF-1.4 one"), cancel=CancelToken())
    path = Path(receipt.place)
    assert path.read_bytes() == b"%PDF-1.4 one"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert list(path.parent.iterdir()) == [path]


def test_sheets_of_one_second_get_names_of_their_own(tmp_path: Path) -> None:
    printer = PdfFilePrinter("pdf:here", tmp_path, clock=StoppedClock(), changed=lambda _device_id: None)
    printer.came(())
    sheets = printer.open(PRINTER)
    try:
        places = [
            sheets.print(PrintJob("Notice", b"%PDF"), cancel=CancelToken()).place  # type: ignore[attr-defined]  # Printer
            for _ in range(3)
        ]
    finally:
        printer.close()
    assert [Path(place).name for place in places] == [
        "sheet-20260504-123015-001.pdf",
        "sheet-20260504-123015-002.pdf",
        "sheet-20260504-123015-003.pdf",
    ]


@pytest.mark.parametrize(
    ("number", "kind", "cause"),
    [
        (errno.ENOSPC, DeviceFault, "The disk is full"),
        (errno.EDQUOT, DeviceFault, "The disk is full"),
        (errno.EROFS, DeviceFault, "cannot be written"),
        (errno.EACCES, DeviceFault, "cannot be written"),
        (errno.EIO, DeviceFault, "could not be written"),
    ],
)
def test_each_fault_of_the_disk_has_its_own_words(
    number: int, kind: type[DeviceError], cause: str, tmp_path: Path
) -> None:
    printer = PdfFilePrinter("pdf:here", tmp_path, clock=WallClock(), changed=lambda _device_id: None)
    try:
        error = printer._translated(OSError(number, "as the system says it"))
    finally:
        printer.close()
    assert type(error) is kind
    assert cause in error.cause.in_english()


def test_a_folder_that_is_gone_is_a_removal(tmp_path: Path) -> None:
    printer = PdfFilePrinter("pdf:gone", tmp_path / "gone", clock=WallClock(), changed=lambda _device_id: None)
    try:
        assert type(printer._translated(OSError(errno.ENOENT, "none"))) is DeviceRemoved
    finally:
        printer.close()


def test_a_missing_folder_is_told_to_the_doctor(tmp_path: Path) -> None:
    driver = PdfFileDriver(PdfFileSettings(folder=tmp_path / "gone", look_seconds=benches.LOOK), clock=WallClock())
    registry = Registry([driver], allow_simulated=False)
    registry.start()
    try:
        until(lambda: driver.why_nothing() is not None)
        reason = driver.why_nothing()
    finally:
        registry.close()
    assert reason is not None
    assert "not there" in reason.in_english()


def test_without_a_folder_there_is_no_such_printer_and_nothing_to_complain_of() -> None:
    driver = PdfFileDriver(PdfFileSettings(), clock=WallClock())
    registry = Registry([driver], allow_simulated=False)
    registry.start()
    registry.close()
    assert driver.why_nothing() is None
    assert not registry.states()


def test_a_full_disk_is_found_before_a_sheet_is_sent(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with running(benches.pdf_file(tmp_path)) as bench, bench.registry.open(PRINTER) as printer:
        assert printer.preflight(cancel=CancelToken()) == ()
        monkeypatch.setattr(pdf_file, "ROOM", 1 << 62)
        (found,) = printer.preflight(cancel=CancelToken())
        assert found.blocks
        assert found.condition is PrinterCondition.OTHER
        assert "full" in found.cause.in_english()
        until(lambda: bench.state() is HealthState.TROUBLE)
        monkeypatch.undo()
        assert printer.preflight(cancel=CancelToken()) == ()
    until(lambda: bench.state() is not HealthState.TROUBLE)


def test_a_folder_that_cannot_be_written_is_found_before_a_sheet_is_sent(tmp_path: Path) -> None:
    if os.geteuid() == 0:
        pytest.skip("root may write everywhere")
    with running(benches.pdf_file(tmp_path)) as bench, bench.registry.open(PRINTER) as printer:
        (tmp_path / "sheets").chmod(0o500)
        try:
            (found,) = printer.preflight(cancel=CancelToken())
        finally:
            (tmp_path / "sheets").chmod(0o700)
        assert found.blocks
        assert found.condition is PrinterCondition.STOPPED
        assert bench.state() is not HealthState.GONE


@pytest.mark.parametrize("number", [errno.EPERM, errno.EOPNOTSUPP])
def test_a_stick_without_links_gets_whole_sheets_that_overwrite_nothing(
    number: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def no_links(_source: Path, _target: Path) -> None:  # as the vfat and exfat drivers answer link(2)
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(os, "link", no_links)
    printer = PdfFilePrinter("pdf:stick", tmp_path, clock=StoppedClock(), changed=lambda _device_id: None)
    try:
        places = [printer.write(pdf, CancelToken()) for pdf in (b"%PDF one", b"%PDF two")]
    finally:
        printer.close()
    assert [place.read_bytes() for place in places] == [b"%PDF one", b"%PDF two"]
    assert sorted(tmp_path.iterdir()) == sorted(places)


def test_a_sheet_that_a_stick_without_links_does_not_take_leaves_no_empty_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refused(_source: Path, _target: Path) -> None:
        raise OSError(errno.EPERM, "as a file system without links says it")

    def full(_source: Path, _target: Path) -> None:
        raise OSError(errno.ENOSPC, "no room for the name")

    monkeypatch.setattr(os, "link", refused)
    monkeypatch.setattr(os, "replace", full)
    printer = PdfFilePrinter("pdf:stick", tmp_path, clock=WallClock(), changed=lambda _device_id: None)
    try:
        with pytest.raises(DeviceFault) as raised:
            printer.write(b"%PDF", CancelToken())
    finally:
        printer.close()
    assert "full" in raised.value.cause.in_english()
    assert list(tmp_path.iterdir()) == []
