# SPDX-License-Identifier: Apache-2.0
"""Folders come and go, each by itself, and what cannot be done with a file is told in true words."""

from __future__ import annotations

import os
import threading
from dataclasses import fields
from pathlib import Path

import pytest

from devices.registry import Registry
from devices.watched_folder import driver as driver_module
from devices.watched_folder.driver import WatchedFolderDriver, WatchedFolderSettings
from devices.watched_folder.folder import Afterwards
from station.config.declared import declaration
from station.domain.errors import DeviceFault, DeviceRemoved
from station.ports.devices import DOCUMENT_SCANNER, HealthState
from station.ports.tasks import CancelToken
from tests.contract.benches import LOOK, WallClock, picture, until
from tests.contract.calls import Call


def watching(*folders: Path, afterwards: Afterwards = Afterwards.REMOVE) -> Registry:
    settings = WatchedFolderSettings(folders=folders, afterwards=afterwards, settle_seconds=LOOK, look_seconds=LOOK)
    registry = Registry([WatchedFolderDriver(settings, clock=WallClock())], allow_simulated=False)
    registry.start()
    return registry


def folder(parent: Path, name: str) -> Path:
    made = parent / name
    made.mkdir()
    return made


def test_each_folder_is_a_device_and_a_missing_one_has_a_reason(tmp_path: Path) -> None:
    first, second = folder(tmp_path, "first"), tmp_path / "second"
    registry = watching(first, second)
    try:
        until(lambda: len(registry.states()) == 1)
        second.mkdir()
        until(lambda: len(registry.states()) == 2)
        first.rmdir()
        second.rmdir()
        until(lambda: {state.health.state for state in registry.states()} == {HealthState.GONE})
        until(lambda: bool(registry.why_nothing()))
        assert str(first) in registry.why_nothing()[0][1].in_english()
    finally:
        registry.close()


def test_a_network_drive_that_hangs_hides_no_other_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A drive whose server is gone blocks whoever asks for it; here an event stands for it."""
    good, hung, let_go = folder(tmp_path, "good"), folder(tmp_path, "hung"), threading.Event()

    class Drive(type(tmp_path)):  # type: ignore[misc]  # the class of paths on this system
        def stat(self, *, follow_symlinks: bool = True) -> os.stat_result:
            let_go.wait(20.0)
            return os.stat(self, follow_symlinks=follow_symlinks)

    registry = watching(Drive(hung), good)
    try:
        until(lambda: [state.info.name for state in registry.states()] == ["Scanner folder good"])
    finally:
        let_go.set()
        registry.close()


def test_a_page_that_cannot_be_put_away_is_told_because_others_can_see_it(tmp_path: Path) -> None:
    inbox = folder(tmp_path, "inbox")
    (inbox / "taken").write_text("a file where the subfolder should be")
    registry = watching(inbox, afterwards=Afterwards.KEEP)
    try:
        until(lambda: bool(registry.states()))
        picture(inbox / "page.jpg")
        with registry.open(DOCUMENT_SCANNER) as scanner:
            scanner.scan(cancel=CancelToken()).settle()
            until(lambda: registry.states()[0].health.state is HealthState.TROUBLE)
        says = registry.states()[0].health.says.in_english()
        assert says.startswith("A page that was read could not be removed from the scanner's folder.")
        assert "Ask the technician" in says
    finally:
        registry.close()


def test_a_folder_that_may_not_be_read_is_a_fault_and_no_removal(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Root may read everything, so the refusal of the system is played."""

    def refused(_folder: Path) -> list[object]:
        raise PermissionError

    inbox = folder(tmp_path, "inbox")
    monkeypatch.setattr(driver_module, "sightings", refused)
    registry = watching(inbox)
    try:
        until(lambda: bool(registry.states()))
        opened = registry.open(DOCUMENT_SCANNER)
        with opened as scanner, pytest.raises(DeviceFault) as fault:
            scanner.scan(cancel=CancelToken())
        assert fault.value.cause.in_english() == "The scanner's folder inbox cannot be used."
        assert registry.states()[0].health.state is HealthState.TROUBLE
    finally:
        registry.close()


def test_a_folder_that_goes_is_told_by_its_name(tmp_path: Path) -> None:
    inbox = folder(tmp_path, "inbox")
    registry = watching(inbox)
    try:
        until(lambda: bool(registry.states()))
        with registry.open(DOCUMENT_SCANNER) as scanner:
            scanning = Call(lambda: scanner.scan(cancel=CancelToken()))
            inbox.rmdir()
            scanning.end()
        assert isinstance(scanning.error, DeviceRemoved)
        assert scanning.error.cause.in_english() == "The scanner's folder inbox is gone."
    finally:
        registry.close()


def test_a_driver_that_is_switched_off_watches_nothing(tmp_path: Path) -> None:
    settings = WatchedFolderSettings(enabled=False, folders=(folder(tmp_path, "inbox"),))
    driver = WatchedFolderDriver(settings, clock=WallClock())
    registry = Registry([driver], allow_simulated=False)
    registry.start()
    registry.close()
    assert driver.why_nothing() is None
    assert not registry.states()


def test_every_setting_says_what_it_means_and_its_default_is_possible() -> None:
    settings = WatchedFolderSettings()
    for member in fields(settings):
        declared = declaration(member)
        assert declared is not None
        assert declared.possible is None or declared.possible(getattr(settings, member.name)), member.name
    folders = declaration(next(member for member in fields(settings) if member.name == "folders"))
    assert folders is not None
    assert folders.possible is not None
    assert not folders.possible((Path("pages"),))
    assert not folders.possible((Path("/pages"), Path("/pages")))
