# SPDX-License-Identifier: Apache-2.0
"""The bench of a live post on its first day: nothing is attached, and every key works all the same."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from station.config.settings import DeskSettings
from tests.station.bench.bench_room import BenchRoom, open_bench
from tests.ui.desk import SteppedTasks
from ui.desktop.app import look_for
from ui.desktop.pages.bench import BenchPage
from ui.presenters.bench import BenchPresenter


class EmptyBench:
    """The page on a bench without a device."""

    def __init__(self, qtbot: QtBot, room: BenchRoom, application: QApplication) -> None:
        look, _ = look_for(application, DeskSettings(language="en", appearance="light"), height=720)
        self.tasks = SteppedTasks()
        self.presenter = BenchPresenter(room.kit, self.tasks, home=lambda call: call(), sticks=tuple, language="en")
        self.page = BenchPage(look, self.presenter)
        qtbot.addWidget(self.page)
        self.page.resize(1280, 720)
        self.page.show()
        self.page.activateWindow()
        qtbot.waitUntil(self.page.isActiveWindow)

    def control(self, key: Qt.Key) -> None:
        focus = self.page.focusWidget()
        assert focus is not None
        QTest.keyClick(focus, key, Qt.KeyboardModifier.ControlModifier)
        self.tasks.all()


@pytest.fixture
def bench(qtbot: QtBot, qapp: QApplication, tmp_path: Path) -> Iterator[EmptyBench]:
    room = open_bench(tmp_path)
    for device in room.simulators.devices:
        room.devices.forgotten(device.info.device_id)
    made = EmptyBench(qtbot, room, qapp)
    yield made
    made.presenter.close()
    made.tasks.all()
    room.close()


def test_the_keyboard_begins_at_what_can_be_done_and_goes_to_the_drivers_as_they_come(bench: EmptyBench) -> None:
    page = bench.page
    bench.presenter.refresh()
    page.take_focus()
    focus = page.focusWidget()
    assert focus is not None
    assert page.station_bar.isAncestorOf(focus)
    bench.tasks.all()
    assert page.rows.isVisible()
    assert page.rows.hasFocus()


def test_the_page_says_why_there_is_nothing_and_asks_for_no_test_step(bench: EmptyBench) -> None:
    bench.presenter.refresh()
    bench.tasks.all()
    assert "No device is attached" in bench.page.live.says.text()
    assert "Ctrl+N" not in bench.page.live.says.text()
    assert bench.page.rows.count() == 1
    assert "simulator" in str(bench.page.rows.item(0).data(Qt.ItemDataRole.AccessibleTextRole))


def test_diagnostics_profile_and_settings_open_by_their_keys(bench: EmptyBench) -> None:
    bench.presenter.refresh()
    bench.page.take_focus()
    for key in (Qt.Key.Key_I, Qt.Key.Key_O, Qt.Key.Key_S):
        bench.control(key)
        assert bench.presenter.state.panel is not None
        focus = bench.page.focusWidget()
        assert focus is not None
        QTest.keyClick(focus, Qt.Key.Key_Escape)
        assert bench.presenter.state.panel is None
