# SPDX-License-Identifier: Apache-2.0
"""A reader that types and an officer who types, both through the X server: each gets where it belongs."""

from __future__ import annotations

import sys
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.journeys.test_real_keys import RealScreen, _running, _until, pytestmark
from tests.journeys.typing_reader import swipe

__all__ = ["pytestmark"]

LINES = ("P<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<<<<<<<<<", "L898902C36UTO7408122F1204159ZE184226B<<<<<10")


@pytest.fixture
def stack() -> ExitStack:
    return ExitStack()


def test_a_burst_leaves_the_field_empty_and_typing_arrives_complete(tmp_path: Path, stack: ExitStack) -> None:
    report = tmp_path / "report"
    report.touch()
    log = tmp_path / "window.log"
    with stack:
        screen = RealScreen(tmp_path, stack)
        program = [sys.executable, "-m", "tests.journeys.typing_window", str(report)]
        stack.enter_context(_running(program, screen.environment, log))
        _until(lambda: bool(screen.windows()), "the window", log)
        screen.ask("windowfocus", "--sync", screen.windows()[0])

        officer = "bus to Utopia 12"
        screen.ask("type", "--delay", "83", officer)  # twelve keys a second
        _until(lambda: f"field {officer}\n" in report.read_text(), "what the officer typed", log)

        swipe(screen.environment["DISPLAY"], LINES)
        _until(lambda: "mrz" in report.read_text() or "refused" in report.read_text(), "the lines", log)
        screen.ask("type", "--delay", "83", "!")
        _until(lambda: f"field {officer}!\n" in report.read_text(), "the next key", log)

    told = report.read_text().splitlines()
    assert [line for line in told if not line.startswith("field")] == [f"mrz {'|'.join(LINES)}"]
    assert [line for line in told if "<" in line or "ERIKSSON" in line] == [f"mrz {'|'.join(LINES)}"]
    assert told[:16] == [f"field {officer[: n + 1]}" for n in range(16)]
