# SPDX-License-Identifier: Apache-2.0
"""The lights of a page in the real window, by keys: the magnification stays, the words name the light."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from tests.ui.window import SUPERVISOR_PASSWORD, DrivenWindow, founded
from ui.bootstrap.demonstration import demo_settings
from ui.desktop.pages.records import RecordsPage
from ui.presenters.inspect_view import Mode


def test_one_key_goes_through_the_lights_at_the_desk_and_in_the_record(qtbot: QtBot, tmp_path: Path) -> None:
    founded(tmp_path)
    (tmp_path / "papers").mkdir()
    window = DrivenWindow(qtbot, tmp_path, settings=demo_settings(tmp_path / "papers", further_lights=True))
    try:
        window.sign_in("irina", SUPERVISOR_PASSWORD)
        window.until_mode(Mode.IDLE)
        assert not window.inspect_page.lights.isVisible()
        window.control(Qt.Key.Key_T)
        window.until(lambda: window.mode not in (Mode.IDLE, Mode.WORKING), "a reading")
        page, lights = window.inspect_page.page, window.inspect_page.lights
        window.until(lambda: window.view.page.frame is not None, "the page")
        assert lights.light.text() == "White light"
        assert lights.button.isVisible()
        assert "Ctrl+H" in lights.button.text()
        page.zoom(2)
        shown = page._zoom, page._centre
        focus = window.focus
        for light in ("Infrared", "Ultraviolet"):
            window.control(Qt.Key.Key_H)
            assert lights.light.text() == light
            window.until(lambda: window.view.page.frame is not None, f"the page, {light}")
            assert (page._zoom, page._centre) == shown
        assert window.focus is focus

        if window.mode is Mode.DOUBT:
            window.press(Qt.Key.Key_Return)
        window.until_mode(Mode.DECIDING)
        window.press(Qt.Key.Key_F4)
        window.until_mode(Mode.IDLE)
        assert not lights.isVisible()

        window.alt(Qt.Key.Key_2)
        records = window.page_of(RecordsPage)
        window.until(lambda: records.model.rowCount() == 1, "the encounter")
        window.press(Qt.Key.Key_Return)
        window.until(lambda: records.presenter.state.record is not None, "the open record")
        beside = records.record.lights
        assert beside.light.text() == "White light"
        window.control(Qt.Key.Key_H)
        assert beside.light.text() == "Infrared"
        window.until(lambda: all(shown.frame is not None for shown in records.shown_pictures), "the picture")
        window.press(Qt.Key.Key_Escape)
        assert not beside.isVisible()
    finally:
        window.close()
