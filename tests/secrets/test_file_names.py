# SPDX-License-Identifier: Apache-2.0
"""Whatever a post calls its station, the files that leave it have names that every system takes for names."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from devices.printing.pdf_file import PdfFileDriver, PdfFileSettings
from devices.registry import Registry
from station.exporting.packages import bundle_name
from station.ports.devices import PRINTER, PrintJob
from station.ports.storage import StoreIdentity, StoreKind
from station.ports.tasks import CancelToken
from station.safekeeping.manifest import backup_name
from tests.contract.benches import until
from tests.open_station import StandingClock

_PLAIN = re.compile(r"[A-Za-z0-9][A-Za-z0-9-]*")
_RESERVED = re.compile(r"(?i)(con|prn|aux|nul|com\d|lpt\d)")
_HOSTILE = (
    "../../etc/cron.d/x",
    "/etc/passwd",
    "..",
    "con",
    "a\x00b",
    "a\nb",
    "=1+1",
    "-rf",
    "<img src=x>",
    "Ha\u0301fen \u202egpj.exe",
    "\u4e2d\u6587",
    "x" * 5000,
    "",
)


def _named(station: str, kind: StoreKind) -> tuple[str, ...]:
    made = datetime(2026, 11, 22, tzinfo=UTC)
    identity = StoreIdentity(kind=kind, post="<b>../post", station=station, lane="../1", created_at=made)
    return bundle_name(identity, 7), backup_name(identity, 7, made)


@pytest.mark.parametrize("kind", StoreKind)
@pytest.mark.parametrize("station", _HOSTILE)
def test_a_hostile_name_of_a_station_makes_a_plain_name_of_a_file(station: str, kind: StoreKind) -> None:
    for name in _named(station, kind):
        assert _PLAIN.fullmatch(name), name
        assert not _RESERVED.fullmatch(name), name
        assert len(name) < 100


@given(st.text(max_size=80))
def test_any_name_of_a_station_does(station: str) -> None:
    for name in _named(station, StoreKind.LIVE):
        assert _PLAIN.fullmatch(name), name
        assert not _RESERVED.fullmatch(name), name


@pytest.mark.parametrize("title", ["../../notice of ERIKSSON", "/etc/x", "<b>ERIKSSON</b>", "con", "a\nb"])
def test_a_sheet_on_the_disk_is_named_by_its_time_and_never_by_its_title(tmp_path: Path, title: str) -> None:
    papers = tmp_path / "papers"
    papers.mkdir()
    driver = PdfFileDriver(PdfFileSettings(folder=papers), clock=StandingClock())
    registry = Registry([driver], allow_simulated=False)
    registry.start()
    try:
        until(lambda: bool(registry.states()))
        with registry.open(PRINTER) as printer:
            printer.print(PrintJob(title, b"%PDF-1.4"), cancel=CancelToken())
    finally:
        registry.close()
    (sheet,) = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert sheet.parent == papers
    assert re.fullmatch(r"sheet-[0-9T-]+-001\.pdf", sheet.name), sheet.name
