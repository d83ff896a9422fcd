# SPDX-License-Identifier: Apache-2.0
"""When the idle page asks a scanner again by itself, and when it leaves the officer's sentence standing."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager
from pathlib import Path

import pytest

from devices.simulators.faults import Fault
from station.domain.crossing import Crossing
from station.domain.errors import ImageRefused
from station.domain.words import say
from station.inspection.state import InspectionState
from station.ports.devices import DOCUMENT_SCANNER, DocumentScanner, PageCapture, Role, no_device
from station.ports.tasks import CancelToken
from tests.ui.desk import Desk, open_desk
from ui.presenters.inspect_view import Mode
from ui.presenters.keymap import Act


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    made = open_desk(tmp_path)
    yield made
    made.close()


def banner(desk: Desk) -> str:
    shown = desk.view.banner
    return f"{shown.says.in_english()} {shown.next_step.in_english() if shown.next_step else ''}"


def test_a_scanner_that_comes_back_while_none_is_found_is_not_missed(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk.simulators.scanner.unplug()
    look = desk.devices.open

    def too_early(role: Role[DocumentScanner]) -> AbstractContextManager[DocumentScanner]:
        monkeypatch.setattr(desk.devices, "open", look)
        desk.simulators.scanner.replug()
        desk.presenter.tick()
        raise no_device(role)

    monkeypatch.setattr(desk.devices, "open", too_early)
    desk.presenter.start()
    desk.tasks.all()
    desk.presenter.tick()
    desk.place()
    desk.tasks.all()
    assert desk.view.mode is Mode.DECIDING


def test_a_scanner_that_goes_and_comes_between_two_looks_is_asked_again(desk: Desk) -> None:
    desk.simulators.scanner.faults.switch(Fault.DISCONNECT, times=1)
    desk.place()
    desk.presenter.start()
    desk.tasks.all()
    desk.simulators.scanner.replug()
    desk.presenter.tick()
    desk.tasks.all()
    assert desk.view.mode is Mode.DECIDING


def test_a_scanner_that_is_jammed_is_not_asked_until_the_officer_says_so(desk: Desk) -> None:
    desk.simulators.scanner.faults.switch(Fault.JAM)
    desk.place()
    desk.presenter.start()
    desk.tasks.all()
    for _ in range(3):
        desk.presenter.tick()
        assert banner(desk).startswith("Paper is jammed in the scanner.")
        with pytest.raises(IndexError):
            desk.tasks.step()


def test_a_removed_scanner_is_named_and_the_keyboard_is_offered(desk: Desk) -> None:
    desk.simulators.scanner.faults.switch(Fault.DISCONNECT, times=1)
    desk.place()
    desk.presenter.start()
    desk.tasks.all()
    for _ in range(2):
        desk.presenter.tick()
        desk.tasks.all()
        assert banner(desk).startswith("Simulated page scanner was unplugged.")
        assert "F2" in banner(desk)


def test_a_scan_that_fails_while_its_scanner_stays_well_is_not_tried_again_by_itself(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    tries = 0

    def scan(*, cancel: CancelToken) -> PageCapture:
        nonlocal tries
        with desk.devices.open(DOCUMENT_SCANNER):  # whose end is news of the device
            tries += 1
            raise KeyError("a driver's mistake")

    monkeypatch.setattr(desk.service, "scan", scan)
    desk.presenter.start()
    desk.tasks.all()
    for _ in range(5):
        desk.presenter.tick()
        desk.tasks.all()
    assert tries == 1
    assert banner(desk).startswith("The program made a mistake.")
    desk.presenter.do(Act.NEXT)
    desk.tasks.all()
    assert tries == 2


def test_a_scanner_that_is_well_again_after_its_trouble_is_asked_again(desk: Desk) -> None:
    desk.simulators.scanner.faults.switch(Fault.JAM)
    desk.place()
    desk.presenter.start()
    desk.tasks.all()
    desk.presenter.tick()
    desk.simulators.scanner.faults.switch(None)
    desk.simulators.scanner.replug()
    desk.presenter.tick()
    desk.tasks.all()
    assert desk.view.mode is Mode.DECIDING


def test_a_page_that_could_not_be_kept_is_not_overtaken_by_waiting_for_the_next(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    tries = 0

    def begin(page: PageCapture, crossing: Crossing) -> InspectionState:
        nonlocal tries
        tries += 1
        raise ImageRefused(say("The page is too large to be kept."), say("Scan it smaller."))

    monkeypatch.setattr(desk.service, "begin", begin)
    desk.place()
    desk.presenter.start()
    desk.tasks.all()
    desk.simulators.scanner.unplug()
    desk.presenter.tick()
    desk.simulators.scanner.replug()
    for _ in range(3):
        desk.presenter.tick()
        desk.tasks.all()
    assert tries == 1
    assert banner(desk).startswith("The page is too large to be kept.")
