# SPDX-License-Identifier: Apache-2.0
"""A notice of refusal from the officer's page over a real CUPS onto paper that ran out in between."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from devices.printing.cups_queues import CupsSettings
from station.ports.devices import PRINTER
from tests.ui.desktop.test_notices import asked_to_write, held_up, refuse
from tests.ui.window import OFFICER_PASSWORD, DrivenWindow, founded
from tests.virtual_hardware.print_server import Mood, PrintRoom, print_room
from ui.bootstrap.demonstration import demo_settings
from ui.presenters.inspect_view import Mode

pytestmark = pytest.mark.virtual


@pytest.fixture
def room() -> Iterator[PrintRoom]:
    with print_room() as made:
        made.add("Counter")
        yield made


@pytest.fixture
def window(qtbot: QtBot, tmp_path: Path, room: PrintRoom) -> Iterator[DrivenWindow]:
    """An officer whose station prints on the queue."""
    founded(tmp_path)
    settings = demo_settings(tmp_path / "papers")
    cups = CupsSettings(server=str(room.socket), look_seconds=0.2, ask_seconds=1.0, poll_seconds=0.1)
    driven = DrivenWindow(qtbot, tmp_path, settings=replace(settings, devices={**settings.devices, "cups": cups}))
    driven.sign_in("omar", OFFICER_PASSWORD)
    driven.until_mode(Mode.IDLE)
    workplace = driven.desk.workplace
    assert workplace is not None
    there = workplace.devices.states
    driven.until(lambda: any(state.info.device_id == "cups:Counter" for state in there()), "the queue")
    workplace.devices.choose(PRINTER, "cups:Counter")
    yield driven
    driven.close()


def test_a_notice_comes_out_when_there_is_paper_again(window: DrivenWindow, room: PrintRoom) -> None:
    printer = room.printers["Counter"]
    printer.mood = Mood.PAPER_OUT
    presenter = refuse(window)
    window.until(lambda: held_up(presenter), "the printer waits")
    window.until(lambda: window.view.banner.says.in_english() == "The printer has no paper.", "the bar says so")
    assert not printer.sheets
    printer.mood = Mood.WELL
    window.until(lambda: presenter._flow.notice is not None, "the notice")
    window.until_mode(Mode.DONE)
    assert window.view.banner.says.in_english() == "Refused. The notice is out: Counter."
    (sheet,) = printer.sheets
    words = subprocess.run(["pdftotext", "-", "-"], input=sheet, capture_output=True, check=True, timeout=30)
    assert "Notice of refusal" in words.stdout.decode()
    assert window.view.person is not None
    assert window.view.person.primary in words.stdout.decode()


def test_a_printer_that_is_switched_off_is_told_before_anything_is_sent(window: DrivenWindow, room: PrintRoom) -> None:
    printer = room.printers["Counter"]
    printer.switch_off()
    presenter = refuse(window)
    window.until(lambda: window.mode is Mode.DONE and presenter._flow.woe is not None, "the finding")
    assert window.view.banner.says.in_english() == "Nothing was printed. The printer does not answer."
    assert room.command("lpstat", "-W", "all", "-o").strip() == ""
    window.control(Qt.Key.Key_W)
    window.until(lambda: asked_to_write(window), "what to copy")
    window.press(Qt.Key.Key_Return)
    window.until(lambda: presenter._flow.notice is not None, "written by hand")
