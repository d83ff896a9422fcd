# SPDX-License-Identifier: Apache-2.0
"""Leaving the station, by lock, key or window: what runs comes to an end first, and nothing of anybody stays."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from station.config.settings import Settings
from station.ports.sealing import BundleMember, BundleSealer, SealedBundle
from tests.open_station import OpenStation
from tests.ui.window import SUPERVISOR_PASSWORD, DrivenWindow, founded
from ui.bootstrap.house import House
from ui.bootstrap.workplace import Workplace
from ui.desktop.pages.export import ExportPage
from ui.desktop.pages.records import RecordsPage
from ui.desktop.pages.sign_in import SignInPage
from ui.presenters.frame import Room
from ui.presenters.inspect_view import Mode
from ui.presenters.sign_in import Phase

Open = Callable[..., DrivenWindow]


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


class _HeldSealer:
    """The real sealer, which waits for the test in the middle of a bundle, as on a slow stick."""

    def __init__(self, sealer: BundleSealer) -> None:
        self._sealer = sealer
        self.begun, self.go_on = threading.Event(), threading.Event()

    def seal(
        self, target: Path, name: str, members: Iterable[BundleMember], manifest: Any, **options: Any
    ) -> SealedBundle:
        def held() -> Iterator[BundleMember]:
            for member in members:
                yield member
                self.begun.set()
                assert self.go_on.wait(60)

        return self._sealer.seal(target, name, held(), manifest, **options)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._sealer, name)


@pytest.fixture
def exporting(opened: Open, tmp_path: Path) -> Iterator[tuple[DrivenWindow, OpenStation, _HeldSealer]]:
    """A supervisor's export that has begun and waits."""
    station = founded(tmp_path)
    session = station.signed_in()
    station.keep(session, *station.encounter())
    session.end()
    stick = tmp_path / "stick"
    stick.mkdir()
    held: list[_HeldSealer] = []

    def workplace(house: House, settings: Settings) -> Workplace:
        held.append(_HeldSealer(house.sealer))
        return Workplace(replace(house, sealer=held[-1]), settings)

    window = opened(make_workplace=workplace)
    window.sign_in("irina", SUPERVISOR_PASSWORD)
    window.until_mode(Mode.IDLE)
    window.desk.frame.go_to(Room.EXPORT)
    page = window.page_of(ExportPage)
    page.presenter.aim(str(stick))
    page.presenter.export()
    window.until(held[0].begun.is_set, "the export")
    yield window, station, held[0]
    held[0].go_on.set()


def _acts(station: OpenStation) -> list[str]:
    session = station.signed_in()
    with session.store.reading() as unit:
        acts = [entry.act for entry in unit.audit.entries()]
    session.end()
    return acts[acts.index("export.begun") :]


def test_an_export_goes_on_to_its_end_before_an_untouched_station_locks(
    exporting: tuple[DrivenWindow, OpenStation, _HeldSealer],
) -> None:
    window, station, sealer = exporting
    window.desk._activity._idle()
    window.page_of(ExportPage)
    assert [entry.room for entry in window.desk.frame.state.rooms] == [Room.EXPORT]
    note = window.note()
    assert note is not None
    assert "locks as soon as" in note.cause.in_english()
    sealer.go_on.set()
    window.until(lambda: isinstance(window.window.page, SignInPage), "the lock")
    window.until(lambda: window.desk.sign_in is not None and window.desk.sign_in.ready, "the store is closed")
    assert _acts(station)[:3] == ["export.begun", "export.completed", "access.locked"]


def test_signing_out_stops_an_export_and_writes_down_how_it_ended(
    exporting: tuple[DrivenWindow, OpenStation, _HeldSealer],
) -> None:
    window, station, sealer = exporting
    window.control(Qt.Key.Key_L)
    presenter = window.desk.sign_in
    assert presenter is not None
    assert presenter.state.phase is Phase.CLOSING
    sealer.go_on.set()
    window.until(lambda: presenter.ready, "the store is closed")
    assert _acts(station)[:3] == ["export.begun", "export.failed", "access.signed_out"]


def test_closing_the_window_waits_for_the_end_of_an_export(
    exporting: tuple[DrivenWindow, OpenStation, _HeldSealer],
) -> None:
    window, station, sealer = exporting
    released = threading.Timer(0.2, sealer.go_on.set)
    released.start()
    window.close()
    released.join()
    assert _acts(station)[:3] == ["export.begun", "export.failed", "access.signed_out"]


def test_closing_the_window_while_a_session_closes_leaves_no_store_open(
    exporting: tuple[DrivenWindow, OpenStation, _HeldSealer],
) -> None:
    window, station, sealer = exporting
    window.control(Qt.Key.Key_L)
    presenter = window.desk.sign_in
    assert presenter is not None
    presenter.submit("irina", SUPERVISOR_PASSWORD.reveal().decode())
    released = threading.Timer(0.2, sealer.go_on.set)
    released.start()
    window.close()
    released.join()
    acts = _acts(station)  # the store can be opened again
    assert acts[:5] == ["export.begun", "export.failed", "access.signed_out", "access.signed_in", "access.signed_out"]


def test_what_was_copied_does_not_outlive_the_lock(opened: Open, tmp_path: Path) -> None:
    founded(tmp_path)
    window = opened()
    window.sign_in("irina", SUPERVISOR_PASSWORD)
    window.until_mode(Mode.IDLE)
    window.desk.frame.go_to(Room.RECORDS)
    window.page_of(RecordsPage).take_focus()
    window.write("ERIKSSON")
    window.control(Qt.Key.Key_A)
    window.control(Qt.Key.Key_C)
    assert QApplication.clipboard().text() == "ERIKSSON"
    window.desk._activity._idle()
    assert QApplication.clipboard().text() == ""
