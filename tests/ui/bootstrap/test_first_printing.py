# SPDX-License-Identifier: Apache-2.0
"""The first sheets of a live station wait for a printer that is found after writing by hand, which is always there."""

from __future__ import annotations

import threading
from pathlib import Path
from types import SimpleNamespace
from typing import cast

import pytest

from devices.printing.pdf_file import PdfFileSettings
from station.config.settings import Settings
from station.domain.errors import NoDevice
from station.ports.storage import StoreKind
from station.ports.tasks import CancelToken
from storage.keys.recovery import Slip39Shares
from tests.contract.benches import LOOK, WallClock
from ui.bootstrap import first_printing
from ui.bootstrap.first_printing import FirstPrinting
from ui.bootstrap.house import House
from ui.host import SystemRandomness

SHARES = Slip39Shares(SystemRandomness())


def printing(tmp_path: Path) -> tuple[FirstPrinting, Path]:
    sheets = tmp_path / "sheets"
    settings = Settings(devices={"pdf_file": PdfFileSettings(folder=sheets, look_seconds=LOOK)})
    house = cast(House, SimpleNamespace(clock=WallClock(), place=tmp_path / "store"))
    return FirstPrinting(house, settings, "en"), sheets


def test_a_printer_that_is_found_a_moment_later_prints_at_the_first_enter(tmp_path: Path) -> None:
    prints, sheets = printing(tmp_path)
    (share, *_) = SHARES.split(SHARES.new_master())
    plugged_in = threading.Timer(0.5, sheets.mkdir)
    plugged_in.start()
    try:
        prints.outlet_for("Post", "Station", "Lane", StoreKind.LIVE)(share, CancelToken())
    finally:
        plugged_in.join()
        prints.close()
    assert len(list(sheets.glob("*.pdf"))) == 1


def test_without_a_printer_nothing_is_written_by_hand(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(first_printing, "_FOUND_WITHIN", 0.2)
    prints, _ = printing(tmp_path)
    (share, *_) = SHARES.split(SHARES.new_master())
    try:
        with pytest.raises(NoDevice) as refused:
            prints.outlet_for("Post", "Station", "Lane", StoreKind.LIVE)(share, CancelToken())
    finally:
        prints.close()
    assert refused.value.next_step.in_english() == "Plug a printer in and wait a moment. Then go on with Enter."
