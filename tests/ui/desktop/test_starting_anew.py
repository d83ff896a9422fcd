# SPDX-License-Identifier: Apache-2.0
"""Whoever leaves takes the process along: the store is closed, what was typed is kept, and the next one knows why."""

from __future__ import annotations

import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from dataclasses import fields, replace
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLineEdit, QWidget
from pytestqt.qtbot import QtBot

from station.ports.storage import StoreKind
from station.ports.tasks import CancelToken
from tests.open_station import OpenStation
from tests.ui.window import OFFICER_PASSWORD, DrivenWindow, founded
from ui.desktop.pages.first_start import FirstStartPage
from ui.desktop.pages.restore import RestorePage
from ui.desktop.pages.sign_in import SignInPage
from ui.desktop.runtime.successor import PIPE_NAME, Handover, at_the_latest, own_command
from ui.presenters.first_start import Stage
from ui.presenters.inspect_view import Mode
from ui.presenters.sign_in import Phase, Why

REPOSITORY = Path(__file__).parents[3]
Open = Callable[..., DrivenWindow]

_TWICE = """
import os, subprocess, sys
from ui.desktop.runtime.successor import PIPE_NAME, Handover, left_behind, start_anew
from ui.presenters.sign_in import Why
def descriptors(): return len(os.listdir("/proc/self/fd"))
before = left_behind()
if before is None:
    print("first", os.getpid(), descriptors(), flush=True)
    late = subprocess.Popen(["true"])  # a helper that nobody waited for
    os.waitid(os.P_PID, late.pid, os.WEXITED | os.WNOWAIT)
    secret = open(sys.argv[0])  # not closed
    start_anew(Handover(why=Why.LOCKED, name="omar", recorded=False, specimens=3))
print("second", os.getpid(), descriptors())
print(before.why.name, before.name, before.recorded, before.specimens, sys.argv[1:], PIPE_NAME in os.environ)
try: os.waitpid(-1, os.WNOHANG); print("a child is left")
except ChildProcessError: print("no child is left")
print(b"omar" in open("/proc/self/environ", "rb").read() + open("/proc/self/cmdline", "rb").read())
"""


@pytest.fixture
def opened(qtbot: QtBot, tmp_path: Path) -> Iterator[Open]:
    """Opens one window and closes it after the test."""
    windows: list[DrivenWindow] = []

    def open_window(**options: Any) -> DrivenWindow:
        windows.append(DrivenWindow(qtbot, tmp_path, **options))
        return windows[-1]

    yield open_window
    for window in windows:
        window.close()


def _acts(station: OpenStation) -> list[str]:
    session = station.signed_in()  # which only works when nobody holds the store any more
    with session.store.reading() as unit:
        acts = [entry.act for entry in unit.audit.entries()]
    session.end()
    return acts


@pytest.mark.skipif(sys.platform != "linux", reason="looks into /proc")
def test_a_process_becomes_another_with_the_same_words_and_nothing_else(tmp_path: Path) -> None:
    script = tmp_path / "twice.py"
    script.write_text(_TWICE)
    words = [sys.executable, "-X", "utf8", str(script), "desktop", "--training"]
    done = subprocess.run(words, capture_output=True, text=True, check=True, env={"PYTHONPATH": str(REPOSITORY)})
    first, second, said, children, personal = done.stdout.splitlines()
    assert first.split()[1:] == second.split()[1:], "another process number, or a file left open"
    assert said == "LOCKED omar False 3 ['desktop', '--training'] False"
    assert children == "no child is left"
    assert personal == "False"


@pytest.mark.parametrize("number", ["", "x", "-1", "999", "99999999999999999999", "0"])
def test_a_start_with_a_pipe_that_is_none_is_an_ordinary_start(number: str) -> None:
    asks = "from ui.desktop.runtime.successor import left_behind; print(left_behind())"
    done = subprocess.run(
        [sys.executable, "-c", asks],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=True,
        env={"PYTHONPATH": str(REPOSITORY), PIPE_NAME: number},
    )
    assert done.stdout == "None\n"


def test_a_pipe_with_anything_else_in_it_is_an_ordinary_start() -> None:
    asks = "from ui.desktop.runtime.successor import left_behind; print(left_behind())"
    done = subprocess.run(
        [sys.executable, "-c", asks],
        input='{"why": "locked", "name": ["omar"]}',
        capture_output=True,
        text=True,
        check=True,
        env={"PYTHONPATH": str(REPOSITORY), PIPE_NAME: "0"},
    )
    assert done.stdout == "None\n"


def test_a_frozen_program_starts_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "frozen", True, raising=False)
    monkeypatch.setattr(sys, "argv", ["station", "desktop"])
    assert own_command() == [sys.executable, "desktop"]


def test_only_the_name_on_the_page_is_handed_over() -> None:
    assert {field.name for field in fields(Handover)} == {"why", "name", "recorded", "specimens", "remains"}
    assert "omar" not in repr(Handover(why=Why.LOCKED, name="omar"))


def test_a_locked_station_hands_over_once_its_store_is_closed(opened: Open, tmp_path: Path) -> None:
    station = founded(tmp_path)
    after: list[Handover] = []
    window = opened(start_anew=after.append)
    window.sign_in("omar", OFFICER_PASSWORD)
    window.until_mode(Mode.IDLE)
    window.control(Qt.Key.Key_T)
    window.until(lambda: window.mode not in (Mode.IDLE, Mode.WORKING), "a reading")
    line = next(
        line
        for line in window.inspect_page.findChildren(QLineEdit)
        if line.accessibleName() == "Plate, flight or vessel"
    )
    line.setFocus()
    QTest.keyClicks(line, "UTO 4711")
    window.desk.lock()
    presenter = window.desk.sign_in
    assert presenter is not None
    assert presenter.state.phase is Phase.ENDING
    assert not window.sign_in_page.password.isEnabled()  # what would be typed now would be lost
    window.until(lambda: bool(after), "the end of this process")
    assert after == [Handover(why=Why.LOCKED, name="omar", specimens=1)]
    assert _acts(station)[-2] == "access.locked"
    session = station.signed_in()
    with session.store.reading() as unit:
        begun = {step.encounter_id for step in unit.journal.recorded_steps()}
        kept = b"".join(entry.body for one in begun for entry in unit.journal.of(one))
    session.end()
    assert b"UTO 4711" in kept  # typed, and the field was never left


def test_whoever_signs_out_leaves_no_name(opened: Open, tmp_path: Path) -> None:
    station = founded(tmp_path)
    after: list[Handover] = []
    window = opened(start_anew=after.append)
    window.sign_in("omar", OFFICER_PASSWORD)
    window.control(Qt.Key.Key_L)
    window.until(lambda: bool(after), "the end of this process")
    assert after == [Handover(why=Why.SIGNED_OUT)]
    assert _acts(station)[-2] == "access.signed_out"


def test_the_next_process_shows_why_it_is_there(opened: Open, tmp_path: Path) -> None:
    founded(tmp_path)
    window = opened(handover=Handover(why=Why.LOCKED, name="omar", recorded=False, specimens=4))
    window.until(lambda: bool(window.sign_in_page.name.text()), "the page")
    assert window.sign_in_page.title.text() == "Locked"
    assert window.sign_in_page.name.text() == "omar"
    assert window.focus is window.sign_in_page.password
    assert "audit trail" in window.said()
    window.sign_in("omar", OFFICER_PASSWORD)
    assert window.desk.workplace is not None
    window.until(lambda: window.desk.workplace is not None, "the devices")
    tray = window.desk.workplace.hand._driver.tray
    assert tray.traveller == 3  # whose document lay there when it locked


def test_a_store_that_vanished_since_the_lock_is_no_first_start(opened: Open) -> None:
    window = opened(handover=Handover(why=Why.LOCKED, name="omar"))
    assert window.sign_in_page.trouble.isVisible()
    assert "no store" in window.said()


def test_what_never_ends_cannot_keep_the_memory(opened: Open, tmp_path: Path) -> None:
    station = founded(tmp_path)
    after: list[Handover] = []
    window = opened(start_anew=after.append)
    window.sign_in("omar", OFFICER_PASSWORD)
    window.until_mode(Mode.IDLE)
    stuck: list[CancelToken] = []
    released = threading.Event()

    def never(cancel: CancelToken) -> None:
        stuck.append(cancel)
        released.wait()  # deaf to every stop, as a broken driver is

    window.desk._tasks.run(never, done=lambda _none: None, failed=lambda _problem: None)
    window.until(lambda: bool(stuck), "the work")
    window.desk.leave(Why.LOCKED, within=0.3)
    window.until(lambda: bool(after), "the end of this process")
    assert after == [Handover(why=Why.LOCKED, name="omar", recorded=False)]
    released.set()
    window.close()
    assert _acts(station)


def test_a_machine_that_sleeps_takes_a_half_typed_password_along(opened: Open, tmp_path: Path) -> None:
    founded(tmp_path)
    after: list[Handover] = []
    window = opened(start_anew=after.append, handover=Handover(why=Why.LOCKED, name="omar"))
    window.until(lambda: bool(window.sign_in_page.name.text()), "the page")
    window.write("half a pass")
    window.desk.fall_asleep(lambda: after.append(Handover(why=Why.START)))
    assert after == [Handover(why=Why.LOCKED, name="omar")]


@pytest.mark.parametrize("restoring", [False, True])
def test_a_sleep_before_there_is_a_station_takes_what_was_typed_along_and_says_so(
    opened: Open, *, restoring: bool
) -> None:
    after: list[Handover] = []
    window = opened(start_anew=after.append, wished=StoreKind.LIVE)
    page: QWidget = window.page_of(FirstStartPage)
    if restoring:
        window.press(Qt.Key.Key_F6)
        page = window.page_of(RestorePage)
    secret = next(line for line in page.findChildren(QLineEdit) if line.echoMode() is QLineEdit.EchoMode.Password)
    secret.setText("half a password")
    window.desk.fall_asleep(lambda: after.append(Handover(why=Why.START)))
    assert after == [Handover(why=Why.BEGAN_ANEW)]
    following = opened(handover=after[0])
    fresh = following.page_of(FirstStartPage)
    assert "went to sleep" in following.said()
    assert "destroy those" not in following.said(), "the sheets for a restore are the ones that open backups"
    assert not any(line.text() for line in fresh.findChildren(QLineEdit))


def test_a_sleep_while_sheets_are_printed_says_that_they_open_nothing(opened: Open) -> None:
    after: list[Handover] = []
    window = opened(start_anew=after.append, wished=StoreKind.LIVE)
    page = window.page_of(FirstStartPage)
    page.presenter._show(replace(page.presenter.state, stage=Stage.CREATING))  # as between two sheets and the station
    window.desk.fall_asleep(lambda: after.append(Handover(why=Why.START)))
    assert after == [Handover(why=Why.SHEETS_VOID)]
    following = opened(handover=after[0])
    following.page_of(FirstStartPage)
    assert "destroy those" in following.said()


def test_made_up_passwords_that_are_shown_only_now_outlive_a_sleep(opened: Open) -> None:
    after: list[Handover] = []
    slept: list[str] = []
    window = opened(start_anew=after.append, wished=StoreKind.TRAINING)
    page = window.page_of(FirstStartPage)
    assert page.practice.hasFocus(), "Enter is enough for practice"
    window.press(Qt.Key.Key_Return)
    window.until(lambda: page.presenter.state.practice is not None, "the practice post")
    window.desk.fall_asleep(lambda: slept.append("released"))
    assert slept == ["released"]
    assert not after


def test_a_restored_station_asks_for_its_new_supervisor_by_name(opened: Open, tmp_path: Path) -> None:
    window = opened(wished=StoreKind.TRAINING)
    window.page_of(FirstStartPage)
    founded(tmp_path)
    window.desk._beginnings._founded("irina", "")  # as the restore page does
    page = window.page_of(SignInPage)
    assert page.name.text() == "irina"
    assert page.password.hasFocus()


def test_whoever_is_refused_reads_what_to_do_about_a_forgotten_password(opened: Open, tmp_path: Path) -> None:
    founded(tmp_path)
    window = opened()
    page = window.page_of(SignInPage)
    assert not page.forgotten.isVisible()
    page.name.setText("irina")
    page.password.setText(OFFICER_PASSWORD.reveal().decode())
    page.go.click()
    window.until(lambda: page._presenter.state.tries == 1, "the refusal")
    assert page.forgotten.isVisible()
    assert "recovery sheets" in page.forgotten.text()


def test_a_sleep_after_the_station_was_founded_goes_on_with_signing_in(opened: Open, tmp_path: Path) -> None:
    founded(tmp_path)
    window = opened(handover=Handover(why=Why.BEGAN_ANEW))
    window.page_of(SignInPage)
    window.sign_in("omar", OFFICER_PASSWORD)
    window.until_mode(Mode.IDLE)


@pytest.mark.parametrize(
    ("why", "words"), [(Why.LOCKED, "Nobody touched"), (Why.SLEPT, "sleep"), (Why.SCREEN, "screen")]
)
def test_the_lock_page_says_what_locked(opened: Open, tmp_path: Path, why: Why, words: str) -> None:
    station = founded(tmp_path)
    after: list[Handover] = []
    window = opened(start_anew=after.append)
    window.sign_in("omar", OFFICER_PASSWORD)
    window.until_mode(Mode.IDLE)
    if why is Why.SLEPT:
        window.desk.fall_asleep(lambda: None)
    else:
        window.desk.lock(why)
    window.until(lambda: bool(after), "the end of this process")
    assert after == [Handover(why=why, name="omar")]
    assert _acts(station)[-2] == "access.locked"
    following = opened(handover=after[0])
    following.until(lambda: words in following.said(), "the reason")
    assert following.sign_in_page.name.text() == "omar"


def test_a_window_that_stays_in_its_process_lets_the_machine_sleep_when_the_store_is_closed(
    opened: Open, tmp_path: Path
) -> None:
    station = founded(tmp_path)
    window = opened()
    slept: list[str] = []
    window.desk.fall_asleep(lambda: slept.append("nobody"))
    assert slept == ["nobody"]
    window.sign_in("omar", OFFICER_PASSWORD)
    window.until_mode(Mode.IDLE)
    window.desk.fall_asleep(lambda: slept.append("closed"))
    assert slept == ["nobody"]
    window.until(lambda: len(slept) == 2, "the sleep")
    assert _acts(station)[-2] == "access.locked"


def test_what_takes_too_long_is_done_without_waiting_for_it() -> None:
    ended = threading.Event()
    with at_the_latest(0.01, ended.set):
        assert ended.wait(60)
    called: list[int] = []
    with at_the_latest(3600.0, lambda: called.append(1)):
        pass
    assert not called
