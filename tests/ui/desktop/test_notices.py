# SPDX-License-Identifier: Apache-2.0
"""A notice that does not come out, in the real window: every way on by its key, none without it by accident."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel
from pytestqt.qtbot import QtBot

from devices.printing.pdf_file import PdfFilePrinter
from devices.simulators.driver import SimulatorDriver
from devices.simulators.faults import Fault
from station.domain.checks import CheckResult
from station.ports.devices import PRINTER, PrintStage
from station.ports.tasks import CancelToken
from tests.open_station import OpenStation
from tests.ui.window import OFFICER_PASSWORD, DrivenWindow, founded
from ui.desktop.pages.sign_in import SignInPage
from ui.presenters.inspect import InspectPresenter
from ui.presenters.inspect_view import Mode, PromptKind
from ui.presenters.keymap import Act
from ui.presenters.sign_in import Phase


@pytest.fixture
def post(tmp_path: Path) -> OpenStation:
    return founded(tmp_path)


@pytest.fixture
def window(qtbot: QtBot, tmp_path: Path, post: OpenStation) -> Iterator[DrivenWindow]:
    """An officer at an idle desk."""
    driven = DrivenWindow(qtbot, tmp_path)
    driven.sign_in("omar", OFFICER_PASSWORD)
    driven.until_mode(Mode.IDLE)
    yield driven
    driven.close()


def simulators(window: DrivenWindow) -> SimulatorDriver:
    assert window.desk.workplace is not None
    found = window.desk.workplace.drivers.simulators
    assert found is not None
    return found


def refuse(window: DrivenWindow) -> InspectPresenter:
    """A specimen traveller, refused on ground C."""
    window.control(Qt.Key.Key_T)
    window.until(lambda: window.mode not in (Mode.IDLE, Mode.WORKING), "a reading")
    while window.mode is Mode.DOUBT:
        window.press(Qt.Key.Key_Return)
        window.until(lambda: window.mode is not Mode.WORKING, "the doubt is answered")
    window.until_mode(Mode.DECIDING)
    presenter = window.inspect_page._presenter
    assert presenter is not None
    for name, typed in (("transport", "BUS"), ("purpose", "VISIT")):
        presenter.type_field(name, typed)
        presenter.enter_field(name)
    window.until(lambda: not presenter._flow.lane.busy, "the details are kept")
    window.press(Qt.Key.Key_F7)
    window.until(window.desk_asks, "the grounds")
    window.write("C")
    presenter.do(Act.NEXT)
    return presenter


def held_up(presenter: InspectPresenter) -> bool:
    printing = presenter._flow.printing
    return printing is not None and printing.now is not None and printing.now.stage is PrintStage.HELD_UP


def asked_to_write(window: DrivenWindow) -> bool:
    prompt = window.view.prompt
    return prompt is not None and prompt.kind is PromptKind.BY_HAND


def details_of_notice(post: OpenStation) -> list[dict[str, str]]:
    session = post.signed_in()
    with session.store.reading() as unit:
        found = [dict(entry.details) for entry in unit.audit.entries() if entry.act == "notice.printed"]
    session.end()
    return found


def test_a_notice_waits_for_paper_says_so_and_comes_by_itself(window: DrivenWindow) -> None:
    printer = simulators(window).printer
    printer.faults.switch(Fault.PAPER_OUT)
    presenter = refuse(window)
    window.until(lambda: held_up(presenter), "the printer waits")
    window.until(lambda: window.view.banner.says.in_english() == "The printer has no paper.", "the bar says so")
    assert window.view.banner.result is CheckResult.UNDETERMINED
    printer.faults.switch(None)
    window.until(lambda: presenter._flow.notice is not None, "the notice")
    window.until_mode(Mode.DONE)


def test_a_notice_that_was_stopped_can_be_written_by_hand_and_the_trail_says_so(
    window: DrivenWindow, post: OpenStation
) -> None:
    simulators(window).printer.faults.switch(Fault.PAPER_OUT)
    presenter = refuse(window)
    window.until(lambda: held_up(presenter), "the printer waits")
    window.press(Qt.Key.Key_Escape)
    window.until(lambda: window.mode is Mode.DONE and presenter._flow.woe is not None, "the stop")
    assert window.view.banner.says.in_english() == "You stopped the printing. Nothing was printed."
    offered = {action.act for action in window.view.actions}
    assert {Act.REPEAT, Act.OTHER_DEVICE, Act.BY_HAND} <= offered

    window.control(Qt.Key.Key_W)
    window.until(lambda: asked_to_write(window), "what to copy")
    prompt = window.view.prompt
    assert prompt is not None
    boxes = {label.in_english(): value for label, value in prompt.boxes}
    assert window.view.person is not None
    assert boxes["Name"].startswith(window.view.person.primary)
    assert boxes["Ground: tick this letter"] == "C"
    assert boxes["Name"] in window.said()

    window.press(Qt.Key.Key_Return)
    window.until(lambda: presenter._flow.notice is not None, "the notice is written")
    window.until(lambda: not window.desk_asks(), "the form is put away")
    assert window.view.banner.says.in_english() == "Refused. The notice is written by hand."
    shown = window.inspect_page.prompt.boxes
    window.until(lambda: not shown.findChildren(QLabel), "no value stays in the form")
    window.press(Qt.Key.Key_Return)
    window.until_mode(Mode.IDLE)
    window.control(Qt.Key.Key_L)
    sign_in = window.desk.sign_in
    assert sign_in is not None
    window.until(lambda: sign_in.state.phase is Phase.READY, "the store is closed")
    assert details_of_notice(post) == [{"written": "by-hand"}]


def test_declining_to_write_leads_back_to_the_printers(window: DrivenWindow) -> None:
    printer = simulators(window).printer
    printer.faults.switch(Fault.GARBAGE, times=1)
    presenter = refuse(window)
    window.until(lambda: window.mode is Mode.DONE and presenter._flow.woe is not None, "the failure")
    window.control(Qt.Key.Key_W)
    window.until(lambda: asked_to_write(window), "what to copy")
    window.press(Qt.Key.Key_Escape)
    window.until(lambda: window.mode is Mode.DONE, "declined")
    assert presenter._flow.notice is None
    window.press(Qt.Key.Key_Return)  # the obvious thing: try again, not leave
    window.until(lambda: presenter._flow.notice is not None, "the notice")
    assert window.mode is Mode.DONE


def test_a_post_without_a_printer_says_so_and_asks_for_the_hand(window: DrivenWindow, tmp_path: Path) -> None:
    simulators(window).printer.unplug()
    window.papers.rename(tmp_path / "elsewhere")
    bar = window.desk.frame
    window.until(
        lambda: any("Notices are written by hand" in line.says.in_english() for line in bar.state.devices),
        "the bar says it",
    )
    refuse(window)
    window.until(lambda: asked_to_write(window), "what to copy")
    prompt = window.view.prompt
    assert prompt is not None
    assert "No printer is attached" in window.said()
    window.press(Qt.Key.Key_Return)
    window.until(lambda: window.mode is Mode.DONE, "written")


def test_blank_notices_are_printed_before_they_are_needed(window: DrivenWindow) -> None:
    window.control(Qt.Key.Key_E)
    window.until(lambda: window.view.log is not None, "they are out")
    assert window.view.log is not None
    assert window.view.log.says.in_english().startswith("5 blank notices are out")
    window.until_mode(Mode.IDLE)


def test_a_notice_that_the_lock_withdrew_is_not_forgotten_by_the_station(
    window: DrivenWindow, post: OpenStation
) -> None:
    printer = simulators(window).printer
    printer.faults.switch(Fault.PAPER_OUT)
    presenter = refuse(window)
    window.until(lambda: held_up(presenter), "the printer waits; the officer goes to fetch paper")
    window.desk._activity._idle()
    window.until(lambda: isinstance(window.window.page, SignInPage), "the lock waits for no paper")
    window.until(lambda: window.desk.sign_in is not None and window.desk.sign_in.ready, "the store is closed")
    assert not list(window.papers.rglob("*.pdf"))

    printer.faults.switch(None)
    window.sign_in("omar", OFFICER_PASSWORD)
    window.until_mode(Mode.IDLE)
    window.until(lambda: bool(window.view.unfinished), "what is owed")
    assert "refused, the notice is owed" in window.said()
    window.control(Qt.Key.Key_P)
    window.until(window.desk_asks, "in which language")
    assert window.view.banner.says.in_english() == "This traveller was refused, and no notice is on record."
    window.press(Qt.Key.Key_Return)
    later = window.inspect_page._presenter
    assert later is not None
    window.until(lambda: later._flow.notice is not None, "the notice")
    window.press(Qt.Key.Key_Return)
    window.until_mode(Mode.IDLE)
    window.until(lambda: not window.view.unfinished, "nothing is owed any more")
    window.control(Qt.Key.Key_L)
    window.until(lambda: window.desk.sign_in is not None and window.desk.sign_in.ready, "the store is closed again")
    assert details_of_notice(post) == [{}]


def test_an_untouched_station_locks_once_the_sheet_is_out(
    window: DrivenWindow, post: OpenStation, monkeypatch: pytest.MonkeyPatch
) -> None:
    goes_on = threading.Event()
    printed = PdfFilePrinter.write

    def slowly(printer: PdfFilePrinter, pdf: bytes, token: CancelToken) -> Path:
        assert goes_on.wait(30)
        return printed(printer, pdf, token)

    monkeypatch.setattr(PdfFilePrinter, "write", slowly)
    assert window.desk.workplace is not None
    devices = window.desk.workplace.devices
    file = next(state.info for state in devices.states() if state.info.driver == "pdf_file")
    devices.choose(PRINTER, file.device_id)
    presenter = refuse(window)
    window.until(lambda: presenter._flow.printing is not None, "the sheet is on its way")
    window.desk._activity._idle()
    note = window.desk.frame.state.note
    assert note is not None
    assert note.cause.in_english() == "The station locks as soon as the sheet is out."
    assert not isinstance(window.window.page, SignInPage)
    goes_on.set()
    window.until(lambda: isinstance(window.window.page, SignInPage), "the lock")
    window.until(lambda: window.desk.sign_in is not None and window.desk.sign_in.ready, "the store is closed")
    assert len(list(window.papers.rglob("*.pdf"))) == 1
    assert details_of_notice(post) == [{}]
