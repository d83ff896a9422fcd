# SPDX-License-Identifier: Apache-2.0
"""The bench by keys alone in the real window: a technician signs in, tries devices, tests one, and leaves nothing."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QPushButton, QWidget
from pytestqt.qtbot import QtBot

from station.access.first_start import FirstStart, set_up
from station.domain.secrets import Secret
from station.ports.keys import NewOfficer
from station.ports.storage import RoleName, StoreKind
from tests.open_station import LIGHT, people
from tests.ui.window import DrivenWindow
from ui.bootstrap.house import House, new_headquarters_identity
from ui.desktop.pages.bench import BenchPage
from ui.desktop.pages.sign_in import SignInPage
from ui.desktop.widgets.device_rows import DeviceRows
from ui.presenters.bench_view import BenchMode
from ui.presenters.frame import Room
from ui.presenters.keymap import KEYMAP, Act, is_of_bench
from ui.presenters.sign_in import Why

PASSWORD = Secret.of("granite lullaby onion west")


def _founded(folder: Path) -> None:
    """A training store with a technician."""
    house = House.around(folder / "store", profile=LIGHT)
    _, recipient = new_headquarters_identity()
    technician = NewOfficer(name="tess", display_name="T. Technician", role=RoleName.TECHNICIAN, password=PASSWORD)
    first = FirstStart(
        post="Utopia East",
        station="lane-2",
        lane="2",
        kind=StoreKind.TRAINING,
        recipient=recipient,
        people=people(technician),
    )
    set_up(first, door=house.door, sealer=house.sealer, clock=house.clock)


@pytest.fixture
def window(qtbot: QtBot, tmp_path: Path) -> Iterator[DrivenWindow]:
    _founded(tmp_path)
    driven = DrivenWindow(qtbot, tmp_path)
    driven.sign_in("tess", PASSWORD)
    driven.until(lambda: len(_page(driven).presenter.state.rows) > 2, "the devices")
    yield driven
    driven.close()


def _page(window: DrivenWindow) -> BenchPage:
    page = window.window.page
    assert isinstance(page, BenchPage)
    return page


def _go_to(window: DrivenWindow, role: str) -> None:
    """↑ and ↓ until the first device of a role is chosen."""
    bench = _page(window).presenter
    wanted = next(n for n, row in enumerate(bench.state.rows) if row.role.name == role)
    while bench.state.chosen != wanted:
        window.press(Qt.Key.Key_Down if (bench.state.chosen or 0) < wanted else Qt.Key.Key_Up)


def _further(done: Callable[[], int], before: int) -> bool:
    return done() > before


def _either(one: Callable[[], bool], other: Callable[[], bool]) -> bool:
    return one() or other()


def test_the_chosen_device_stays_in_view_when_the_list_gets_less_room(window: DrivenWindow) -> None:
    rows = _page(window).findChild(DeviceRows)
    assert rows is not None
    _go_to(window, "printer")
    rows.setFixedHeight(rows.height() // 2)
    window.until(lambda: rows.height() < 300, "less room")
    place = rows.visualItemRect(rows.currentItem())
    assert rows.viewport().rect().contains(place)


def test_a_technician_has_the_bench_and_sees_who_answers_for_the_shift(window: DrivenWindow) -> None:
    assert [entry.room for entry in window.desk.frame.state.rooms] == [Room.BENCH, Room.SHIFT]
    keys = window.window.key_sheet.keys
    assert {KEYMAP[act].label for act in Act if is_of_bench(act)} <= set(keys)
    assert KEYMAP[Act.ADMIT].label not in keys


def test_a_page_is_captured_stopped_and_gone_when_the_technician_leaves(window: DrivenWindow) -> None:
    bench = _page(window).presenter
    _go_to(window, "document_scanner")
    window.press(Qt.Key.Key_Return)
    window.until(lambda: bench.state.mode is BenchMode.WORKING, "the wait for a page")
    window.press(Qt.Key.Key_Escape)
    window.until(lambda: bench.state.mode is BenchMode.LOOKING, "the stop")
    window.press(Qt.Key.Key_Return)
    window.control(Qt.Key.Key_T)  # a specimen comes
    window.until(lambda: bench.state.view is not None, "the page")
    assert _page(window).live.pictures[0].isVisible()
    page = _page(window)
    window.desk.leave(Why.LOCKED)
    window.until(lambda: isinstance(window.window.page, SignInPage), "signing in")
    assert bench.state.view is None
    assert bench.state.rows == ()
    assert not page.isVisible()


def test_live_pictures_are_painted_and_enter_captures_one(window: DrivenWindow) -> None:
    bench = _page(window).presenter
    _go_to(window, "face_camera")
    window.control(Qt.Key.Key_T)
    window.press(Qt.Key.Key_Return)
    live = _page(window).live.live_picture
    window.until(lambda: live.shown is not None, "a live picture")
    window.press(Qt.Key.Key_Return)
    window.until(lambda: bool(bench.state.view and bench.state.view.pictures), "the captured picture")
    window.until(lambda: live.shown is None, "the end of the live picture")  # one may be on its way


def test_a_printer_is_accepted_by_keys_alone(window: DrivenWindow) -> None:
    bench = _page(window).presenter
    _go_to(window, "printer")
    window.control(Qt.Key.Key_B)

    def done() -> int:
        """Steps that were judged; more than there are once the record is signed."""
        steps = bench.state.steps
        return 100 if steps is None else len(steps.done)

    def asked() -> bool:
        return bench.state.panel is not None

    while (before := done()) < 100:
        further = partial(_further, done, before)
        window.press(Qt.Key.Key_Return)
        window.until(partial(_either, further, asked), "the step")
        if asked() and done() < 100:
            window.write("1")  # yes, it is clean
            window.until(further, "the answer")
    window.until(asked, "the end of the test")
    row = bench.row
    assert row is not None
    assert not row.due
    window.write("2")
    assert not asked()
    assert _page(window).rows.hasFocus()
    assert list((window.house.place / "acceptance").glob("*.minisig"))


def test_settings_and_diagnostics_open_and_close_and_the_keyboard_comes_back(window: DrivenWindow) -> None:
    page = _page(window)
    bench = page.presenter
    for key in (Qt.Key.Key_S, Qt.Key.Key_I, Qt.Key.Key_O, Qt.Key.Key_U):
        window.control(key)
        window.until(
            lambda: bool(bench.state.panel and (bench.state.panel.options or bench.state.panel.content)), "the panel"
        )
        assert page.panel.isAncestorOf(window.focus)
        window.press(Qt.Key.Key_Escape)
        window.until(lambda: bench.state.panel is None, "the panel's end")
        assert page.rows.hasFocus()


def test_every_part_of_the_page_has_a_name_to_be_heard(window: DrivenWindow) -> None:
    page = _page(window)
    window.control(Qt.Key.Key_I)
    window.until(lambda: bool(page.presenter.state.panel and page.presenter.state.panel.content), "the bundle")
    focusable = [
        widget
        for widget in page.findChildren(QWidget)
        if widget.focusPolicy() != Qt.FocusPolicy.NoFocus and not widget.objectName().startswith("qt_")
    ]
    unnamed = [type(widget).__name__ for widget in focusable if not widget.accessibleName() and widget.isVisible()]
    assert not unnamed


def test_no_picture_stays_in_a_part_of_the_window_that_is_not_shown(window: DrivenWindow) -> None:
    page = _page(window)
    bench = page.presenter
    _go_to(window, "document_scanner")
    for leave in (partial(window.press, Qt.Key.Key_Down), bench.close):
        _go_to(window, "document_scanner")
        window.press(Qt.Key.Key_Return)
        window.until(lambda: bench.state.mode is BenchMode.WORKING, "the wait for a page")
        window.control(Qt.Key.Key_T)
        window.until(lambda: bench.state.view is not None, "the page")
        assert _holds_a_picture(page)
        leave()
        assert not _holds_a_picture(page)


def _holds_a_picture(page: BenchPage) -> bool:
    return any(picture._picture.frame is not None for picture in page.live.pictures)


@pytest.mark.parametrize("width", [1280, 1000, 1920])
def test_no_action_is_cut_off_at_any_width_of_the_window(window: DrivenWindow, width: int) -> None:
    _go_to(window, "document_scanner")
    window.window.resize(width, 720)
    page = _page(window)
    window.until(lambda: page.window().width() == width or page.window().minimumWidth() > width, "the width")
    window.press(Qt.Key.Key_Down)
    window.press(Qt.Key.Key_Up)
    window.until(lambda: _whole_actions(page) >= 6, "room for every action")


def _whole_actions(page: BenchPage) -> int:
    """How many actions are shown; 0 when one of them is cut off."""
    buttons = [button for bar in (page.action_bar, page.more_bar) for button in bar.findChildren(QPushButton)]
    shown = [button for button in buttons if button.isVisible()]
    return 0 if any(button.width() < button.sizeHint().width() for button in shown) else len(shown)


def test_a_row_of_actions_says_how_many_have_room(window: DrivenWindow) -> None:
    bar = _page(window).action_bar
    shown = [button for button in bar.findChildren(QPushButton) if not button.isHidden()]
    whole = sum(button.sizeHint().width() for button in shown) + _gap(bar) * (len(shown) - 1)
    assert bar.fitting(whole) == len(shown)
    assert bar.fitting(whole - 1) == len(shown) - 1
    assert bar.fitting(1) == 1


def _gap(bar: QWidget) -> int:
    layout = bar.layout()
    assert layout is not None
    return layout.spacing()
