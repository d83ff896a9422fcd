# SPDX-License-Identifier: Apache-2.0
"""The real window, from the first start to the sealed export, by keys alone."""

from __future__ import annotations

import logging
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLineEdit
from pytestqt.qtbot import QtBot

from station.config.settings import Settings
from station.domain.decision import DecisionKind
from station.domain.encounter import ImageKind
from station.domain.errors import EngineUnavailable
from station.domain.words import say
from station.ports.devices import DOCUMENT_SCANNER
from station.ports.storage import StoreKind
from tests.conftest import ExpectedLogs
from tests.ui.window import OFFICER_PASSWORD, SUPERVISOR_PASSWORD, DrivenWindow, founded
from ui.bootstrap.demonstration import demo_settings
from ui.bootstrap.house import House
from ui.bootstrap.workplace import Workplace
from ui.desktop.app import caught_bugs
from ui.desktop.pages.export import ExportPage
from ui.desktop.pages.first_start import FirstStartPage
from ui.desktop.pages.records import RecordsPage
from ui.desktop.pages.sign_in import SignInPage
from ui.presenters.export import ExportStage
from ui.presenters.first_start import Stage
from ui.presenters.inspect_view import Mode
from ui.presenters.keymap import KEYMAP, Act
from ui.presenters.sign_in import Phase, Why

Open = Callable[..., DrivenWindow]


@pytest.fixture
def opened(qtbot: QtBot, tmp_path: Path) -> Iterator[Open]:
    """Opens windows and closes them after the test."""
    windows: list[DrivenWindow] = []

    def open_window(**options: object) -> DrivenWindow:
        window = DrivenWindow(qtbot, tmp_path, **options)  # type: ignore[arg-type]  # each option has its own type there
        windows.append(window)
        return window

    yield open_window
    for window in windows:
        window.close()


def _admit_next(window: DrivenWindow) -> None:
    """One specimen traveller, from the glass to the record."""
    window.until_mode(Mode.IDLE)
    window.control(Qt.Key.Key_T)
    window.until(lambda: window.mode not in (Mode.IDLE, Mode.WORKING), "a reading")
    if window.mode is Mode.DOUBT:
        window.press(Qt.Key.Key_Return)
    window.until_mode(Mode.DECIDING)
    _fill_in(window)
    window.press(Qt.Key.Key_F5)
    window.until_mode(Mode.IDLE)


def _fill_in(window: DrivenWindow) -> None:
    """What the post makes mandatory: transport and purpose."""
    fields = {view.name: view for view in window.view.crossing}
    assert fields["transport"].missing
    assert fields["purpose"].missing
    window.write("bus")
    for _ in range(4):
        window.press(Qt.Key.Key_Tab)
    window.write("holiday")
    window.press(Qt.Key.Key_Tab)
    fields = {view.name: view for view in window.view.crossing}
    assert not fields["transport"].missing
    assert not fields["purpose"].missing


def test_a_traveller_goes_from_the_first_start_to_the_sealed_export_by_keys_alone(opened: Open, tmp_path: Path) -> None:
    window = opened(wished=StoreKind.TRAINING)
    first_start = window.page_of(FirstStartPage)
    window.control(Qt.Key.Key_G)
    window.until(lambda: first_start.presenter.state.stage is Stage.CREATED, "the practice post")
    practice = first_start.presenter.state.practice
    assert practice is not None
    assert all(person.password in window.said() for person in practice.people)

    window.press(Qt.Key.Key_Return)
    window.until_mode(Mode.IDLE)
    assert practice.people[0].password not in window.said()
    _admit_next(window)

    window.alt(Qt.Key.Key_2)
    records = window.page_of(RecordsPage)
    window.until(lambda: records.model.rowCount() == 1, "the record")
    row = records.model.row(0)
    assert row is not None
    assert row.decision is DecisionKind.ADMIT
    window.write(row.primary_identifier[:3].lower())
    window.until(lambda: not records.presenter.state.searching, "the search")
    assert records.model.rowCount() == 1
    window.press(Qt.Key.Key_Return)
    window.until(lambda: records.presenter.state.record is not None, "the open record")
    assert {picture.kind for picture in records.shown_pictures} == set(ImageKind)
    window.until(lambda: all(picture.frame is not None for picture in records.shown_pictures), "both pictures")
    window.press(Qt.Key.Key_Escape)

    window.alt(Qt.Key.Key_3)
    export = window.page_of(ExportPage)
    stick = tmp_path / "stick"
    stick.mkdir()
    window.until(lambda: export.presenter.state.waiting == 1, "one record waits")
    window.write(str(stick))
    window.press(Qt.Key.Key_F9)
    window.until(lambda: export.presenter.state.outcome is not None, "the sealed bundle")
    window.until(lambda: len(export.presenter.state.receipts) == 1, "the receipt")
    assert export.presenter.state.stage is ExportStage.READY
    names = sorted(path.name for path in stick.iterdir())
    assert names == ["TRAINING-practice-1-000001.tar.age", "TRAINING-practice-1-000001.tar.age.minisig"]


def test_a_wrong_password_is_told_with_its_next_step_and_empties_the_field(opened: Open, tmp_path: Path) -> None:
    founded(tmp_path)
    window = opened()
    window.write("omar")
    window.press(Qt.Key.Key_Return)
    window.write("not the password of omar")
    window.press(Qt.Key.Key_Return)
    presenter = window.desk.sign_in
    assert presenter is not None
    assert presenter.state.phase is Phase.UNLOCKING
    window.until(lambda: presenter.state.trouble is not None, "the refusal")
    assert window.sign_in_page.password.text() == ""
    assert window.sign_in_page.trouble.isVisible()
    assert isinstance(window.focus, QLineEdit)


def test_an_officer_sees_only_what_the_role_may_do(opened: Open, tmp_path: Path) -> None:
    founded(tmp_path)
    window = opened()
    window.sign_in("omar", OFFICER_PASSWORD)
    words = [button.accessibleName() for button in window.window.rail.buttons]
    assert words == ["Inspect", "Records", "Shift", "Approvals"]


def test_an_untouched_station_locks_leaves_nothing_of_the_traveller_and_goes_on_after_signing_in(
    opened: Open, tmp_path: Path
) -> None:
    founded(tmp_path)
    window = opened()
    window.sign_in("omar", OFFICER_PASSWORD)
    window.until_mode(Mode.IDLE)
    window.control(Qt.Key.Key_T)
    window.until(lambda: window.mode not in (Mode.IDLE, Mode.WORKING), "a reading")
    view = window.view
    assert view.person is not None
    name = view.person.primary
    assert name in window.said()

    window.desk._activity._idle()

    window.until(lambda: isinstance(window.window.page, SignInPage), "the lock")
    window.until(lambda: name not in window.said(), "no word of the traveller")
    assert window.sign_in_page.name.text() == "omar"
    window.sign_in("omar", OFFICER_PASSWORD)
    window.until_mode(Mode.IDLE)
    window.until(lambda: bool(window.view.unfinished), "what was begun")
    window.press(Qt.Key.Key_1)
    window.until(lambda: window.mode not in (Mode.IDLE, Mode.WORKING), "the inspection goes on")
    assert window.view.person is not None
    assert window.view.person.primary == name


def test_the_station_locks_by_itself_after_its_idle_time(opened: Open, tmp_path: Path) -> None:
    founded(tmp_path)
    window = opened(idle_seconds=0.4)
    page = window.sign_in_page
    page.name.setText("omar")
    page.password.setText(OFFICER_PASSWORD.reveal().decode())
    page.go.click()  # on a busy machine the first page comes after the lock, and never does
    window.until(
        lambda: window.desk.sign_in is not None and window.desk.sign_in.state.why is Why.LOCKED,
        "the lock after idle time",
    )


def test_signing_out_by_key_closes_the_store_for_the_next_person(opened: Open, tmp_path: Path) -> None:
    station = founded(tmp_path)
    window = opened()
    window.sign_in("irina", SUPERVISOR_PASSWORD)
    window.control(Qt.Key.Key_L)
    assert window.sign_in_page.name.text() == ""
    presenter = window.desk.sign_in
    assert presenter is not None
    window.until(lambda: presenter.state.phase is Phase.READY, "the store is closed")
    session = station.signed_in()
    with session.store.reading() as unit:
        acts = [entry.act for entry in unit.audit.entries()]
    assert acts[-3:] == ["access.signed_in", "access.signed_out", "access.signed_in"]
    session.end()


def _spoil(folder: Path, words: bytes) -> None:
    for path in folder.glob("store/slots.json*"):
        path.write_bytes(words)


@pytest.mark.parametrize(
    ("words", "cause"),
    [
        (b"not a key file", "The key file of the store (slots.json) is damaged, and so is its copy."),
        (b'{"format": 9999}', "A newer version of this program wrote the store."),
    ],
)
def test_a_store_that_cannot_be_opened_is_told_before_anybody_types(
    opened: Open, tmp_path: Path, words: bytes, cause: str
) -> None:
    founded(tmp_path)
    _spoil(tmp_path, words)
    window = opened()
    presenter = window.desk.sign_in
    assert presenter is not None
    assert presenter.state.trouble is not None
    assert presenter.state.trouble.cause.in_english() == cause
    assert window.sign_in_page.trouble.isVisible()


def test_a_store_that_vanished_meanwhile_is_told_as_missing(opened: Open, tmp_path: Path) -> None:
    founded(tmp_path)
    window = opened()
    window.until(lambda: window.desk.workplace is not None, "the workplace")
    (tmp_path / "store").rename(tmp_path / "elsewhere")
    presenter = window.desk.sign_in
    assert presenter is not None
    presenter.submit("omar", OFFICER_PASSWORD.reveal().decode())
    window.until(lambda: presenter.state.trouble is not None, "the cause")
    assert presenter.state.trouble is not None
    assert "no store" in presenter.state.trouble.cause.in_english()


def test_every_field_of_the_first_start_says_what_is_wrong_with_it(opened: Open) -> None:
    window = opened()
    page = window.page_of(FirstStartPage)
    page.fields["post"].setFocus()
    window.write("Utopia East")
    window.press(Qt.Key.Key_Return)
    wrong = page.presenter.state.wrong
    assert "post" not in wrong
    assert {"station", "lane", "kind", "recipient", "person1.name", "person2.password"} <= set(wrong)
    assert window.focus is page.fields["station"]
    assert not (page.presenter.state.practice_offered)


def test_the_sheet_of_keys_opens_over_the_page_and_gives_the_keyboard_back(opened: Open, tmp_path: Path) -> None:
    founded(tmp_path)
    window = opened()
    window.sign_in("omar", OFFICER_PASSWORD)
    window.until_mode(Mode.IDLE)
    before = window.focus
    window.press(Qt.Key.Key_F1)
    assert window.window.key_sheet.isVisible()
    training = {KEYMAP[act].label for act in (Act.SPECIMEN, Act.PRACTICE)}
    sheet = window.window.key_sheet
    assert training <= set(sheet.keys)
    sheet.of_kind(StoreKind.LIVE)
    assert not training & set(sheet.keys)
    sheet.of_kind(StoreKind.TRAINING)
    assert training <= set(sheet.keys)
    window.press(Qt.Key.Key_Escape)
    assert not window.window.key_sheet.isVisible()
    assert window.focus is before
    assert window.mode is Mode.IDLE


def test_another_device_is_chosen_without_leaving_the_page(opened: Open, tmp_path: Path) -> None:
    founded(tmp_path)
    window = opened()
    window.sign_in("omar", OFFICER_PASSWORD)
    window.until_mode(Mode.IDLE)
    window.control(Qt.Key.Key_F8)
    choices = window.desk.frame.state.choices
    assert choices is not None
    assert choices[0].role is DOCUMENT_SCANNER
    window.press(Qt.Key.Key_Return)
    assert window.desk.frame.state.choices is None


def test_a_bug_is_logged_without_its_message_and_the_window_stays(
    opened: Open, tmp_path: Path, expected_logs: ExpectedLogs
) -> None:
    founded(tmp_path)
    window = opened()
    expected_logs.expect("ui.desktop.app", logging.ERROR, r"^a bug: ZeroDivisionError at .*test_window\.py:\d+ ")
    told: list[bool] = []
    with caught_bugs(lambda: told.append(True)):
        try:
            raise ZeroDivisionError("ERIKSSON")
        except ZeroDivisionError:
            sys.excepthook(*sys.exc_info())
    assert told == [True]
    assert window.window.isVisible()


SANE_TEST = "test\n"


def _sane_settings(papers: Path) -> Settings:
    quiet = demo_settings(papers).devices
    return Settings(devices={name: value for name, value in quiet.items() if name != "sane"})


def test_a_real_scanner_with_a_page_without_mrz_leads_to_keying_in_by_hand(
    opened: Open, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if not any(path.exists() for path in (Path("/usr/lib/x86_64-linux-gnu/sane/libsane-test.so.1"),)):
        pytest.skip("SANE's test backend is not on this machine")
    folder = tmp_path / "sane.d"
    folder.mkdir()
    (folder / "dll.conf").write_text(SANE_TEST)
    monkeypatch.setenv("SANE_CONFIG_DIR", str(folder))
    founded(tmp_path)
    made: list[Workplace] = []

    def workplace(house: House, settings: Settings) -> Workplace:
        made.append(Workplace(house, settings))
        return made[-1]

    window = opened(settings=_sane_settings(tmp_path / "papers"), make_workplace=workplace)
    window.sign_in("omar", OFFICER_PASSWORD)
    window.until_mode(Mode.IDLE)

    def scanners() -> list[str]:
        return [
            state.info.device_id
            for state in made[0].devices.states()
            if DOCUMENT_SCANNER in state.info.roles and not state.info.simulated
        ]

    window.until(lambda: bool(scanners()), "the scanner of SANE")
    made[0].devices.choose(DOCUMENT_SCANNER, scanners()[0])
    window.press(Qt.Key.Key_Return)
    window.until_mode(Mode.TROUBLE)
    banner = window.view.banner
    assert banner.next_step is not None

    window.press(Qt.Key.Key_F2)
    window.until_mode(Mode.KEYING)
    specimen = made[0].hand.traveller(0)
    made[0].hand.place(0)
    for line in specimen.mrz_lines:
        window.write(line)
    window.press(Qt.Key.Key_Return)
    window.until(lambda: window.mode in (Mode.DECIDING, Mode.TROUBLE), "the checks")
    window.until_mode(Mode.DECIDING)
    _fill_in(window)
    window.press(Qt.Key.Key_F5)
    window.until(lambda: window.mode is Mode.IDLE or window.desk_asks(), "admitted")
    if window.desk_asks():  # a check speaks against it: once more, on purpose
        window.press(Qt.Key.Key_Return)
    window.until_mode(Mode.IDLE)


def test_an_empty_password_is_not_even_tried(opened: Open, tmp_path: Path) -> None:
    founded(tmp_path)
    window = opened()
    presenter = window.desk.sign_in
    assert presenter is not None
    presenter.submit("omar", "")
    assert presenter.state.phase is Phase.READY
    assert presenter.state.trouble is not None


def test_a_workplace_that_cannot_be_set_up_is_told_and_tried_again(opened: Open, tmp_path: Path) -> None:
    founded(tmp_path)
    tries: list[int] = []

    def workplace(house: House, settings: Settings) -> Workplace:
        tries.append(len(tries))
        if len(tries) == 1:
            raise EngineUnavailable(say("The reading engine is not on this machine."), say("Call a technician."))
        return Workplace(house, settings)

    window = opened(make_workplace=workplace)
    window.until(lambda: window.note() is not None, "the cause")
    assert window.window.note.isVisible()
    window.sign_in("omar", OFFICER_PASSWORD)
    window.until_mode(Mode.IDLE)
    assert tries == [0, 1]
