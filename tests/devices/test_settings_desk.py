# SPDX-License-Identifier: Apache-2.0
"""A setting changed on the bench is in the file and in force, and no other driver notices."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from devices.catalogue import SETTINGS, DriverSet, Surroundings, without_hardware
from devices.hotplug import HotPlug
from devices.printing.pdf_file import PdfFileSettings
from devices.registry import Registry
from devices.settings_desk import FileSettingsDesk
from station.config.settings_file import SettingsFile
from station.domain.errors import DeviceRemoved, NoDevice, SettingsError
from station.ports.devices import DOCUMENT_SCANNER, PRINTER, HealthState
from station.ports.tasks import CancelToken
from tests.contract.benches import WallClock, until


@dataclass
class Desk:
    file: SettingsFile
    drivers: DriverSet
    registry: Registry
    desk: FileSettingsDesk

    def names(self) -> list[str]:
        """The devices that are there."""
        return [s.info.device_id for s in self.registry.states() if s.health.state is not HealthState.GONE]


def _desk(folder: Path, **given: object) -> Desk:
    hotplug = HotPlug()
    drivers = DriverSet(without_hardware(**given), Surroundings(clock=WallClock(), hotplug=hotplug, training=False))
    registry = Registry(drivers.drivers, allow_simulated=False, hotplug=hotplug)
    file = SettingsFile(folder / "settings.toml", SETTINGS)
    return Desk(file, drivers, registry, FileSettingsDesk(file, drivers, registry))


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    made = _desk(tmp_path)
    made.registry.start()
    yield made
    made.registry.close()


def test_every_driver_with_settings_is_listed_with_what_each_one_means(desk: Desk) -> None:
    groups = {group.driver: group for group in desk.desk.groups()}
    assert {"sane", "watched_folder", "pdf_file"} <= groups.keys()
    for group in groups.values():
        for setting in group.settings:
            assert setting.says.in_english()


def test_a_changed_folder_is_a_device_at_once_and_written_down(desk: Desk, tmp_path: Path) -> None:
    inbox = tmp_path / "inbox"
    inbox.mkdir()
    desk.desk.change("watched_folder", "folders", (str(inbox),))
    until(lambda: f"folder:{inbox}" in desk.names())
    assert desk.file.load()[0].devices["watched_folder"].folders == (inbox,)
    desk.desk.change("watched_folder", "folders", ())
    until(lambda: f"folder:{inbox}" not in [s.info.device_id for s in desk.registry.states()])


def test_a_driver_that_starts_again_ends_its_sessions_and_disturbs_no_other(tmp_path: Path) -> None:
    inbox, sheets = tmp_path / "inbox", tmp_path / "sheets"
    inbox.mkdir()
    sheets.mkdir()
    desk = _desk(tmp_path, pdf_file=PdfFileSettings(folder=sheets))
    desk.registry.start()
    try:
        _a_driver_starts_again_beside_a_printer_in_use(desk, inbox, sheets)
    finally:
        desk.registry.close()


def _a_driver_starts_again_beside_a_printer_in_use(desk: Desk, inbox: Path, sheets: Path) -> None:
    desk.desk.change("watched_folder", "folders", (str(inbox),))
    until(lambda: f"folder:{inbox}" in desk.names() and f"pdf:{sheets}" in desk.names())
    with desk.registry.open_device(PRINTER, f"pdf:{sheets}") as printer:
        with desk.registry.open(DOCUMENT_SCANNER) as scanner:
            desk.desk.change("watched_folder", "folders", (str(inbox.parent),))
            with pytest.raises(DeviceRemoved):
                scanner.scan(cancel=CancelToken())
        assert printer.preflight(cancel=CancelToken()) == ()


def test_an_impossible_value_changes_nothing(desk: Desk) -> None:
    before = desk.drivers.drivers
    with pytest.raises(SettingsError):
        desk.desk.change("watched_folder", "folders", 3)
    assert desk.drivers.drivers == before
    assert not desk.file.path.exists()


def test_a_default_device_is_chosen_now_and_after_the_next_start(desk: Desk, tmp_path: Path) -> None:
    inboxes = [tmp_path / "one", tmp_path / "two"]
    for inbox in inboxes:
        inbox.mkdir()
    desk.desk.change("watched_folder", "folders", tuple(str(inbox) for inbox in inboxes))
    until(lambda: {f"folder:{inbox}" for inbox in inboxes} <= set(desk.names()))
    desk.desk.make_default(DOCUMENT_SCANNER, f"folder:{inboxes[1]}")
    chosen = [s.info.device_id for s in desk.registry.states() if DOCUMENT_SCANNER in s.chosen_for]
    assert chosen == [f"folder:{inboxes[1]}"]
    assert desk.file.load()[0].default_devices.document_scanner == f"folder:{inboxes[1]}"
    with pytest.raises(NoDevice):
        desk.desk.make_default(PRINTER, f"folder:{inboxes[0]}")


def test_a_profile_carries_the_drivers_settings_to_another_post(desk: Desk, tmp_path: Path) -> None:
    inbox = tmp_path / "inbox"
    inbox.mkdir()
    desk.desk.change("watched_folder", "folders", (str(inbox),))
    desk.file.change("desk", "language", "fr")
    profile = desk.desk.profile()
    assert "fr" not in profile
    (tmp_path / "other").mkdir()
    other = _desk(tmp_path / "other")
    try:
        other.registry.start()
        assert other.desk.take_profile(profile) == ()
        until(lambda: f"folder:{inbox}" in other.names())
        assert other.desk.profile() == profile
    finally:
        other.registry.close()


def test_a_profile_says_what_of_it_was_not_used(desk: Desk) -> None:
    said = desk.desk.take_profile(
        '[devices.watched_folder]\nfolders = "x"\n[devices.fax]\na = 1\n[desk]\nlanguage = "fr"\n'
    )
    sentences = "\n".join(sentence.in_english() for sentence in said)
    assert "profile.toml, line 2" in sentences
    assert "devices.fax" in sentences
    assert "no device's" in sentences
    assert desk.file.load()[0].desk.language == "en"


def test_what_an_administrator_decides_is_neither_on_the_bench_nor_in_a_profile(desk: Desk, tmp_path: Path) -> None:
    shown = {(g.driver, s.key) for g in desk.desk.groups() for s in g.settings}
    decided = [
        ("sbi", "trust", f'["{tmp_path}/mine.pem"]'),  # whom the post trusts
        ("pdf_file", "folder", f'"{tmp_path}"'),  # where papers of travellers go
        ("cups", "server", '"elsewhere:631"'),
        ("watched_folder", "afterwards", '"keep"'),  # whether their pages stay in a shared folder
    ]
    for driver, key, value in decided:
        before = getattr(desk.drivers.settings[driver], key)
        assert (driver, key) not in shown
        with pytest.raises(ValueError, match="not for the bench"):
            desk.desk.change(driver, key, "x")
        (said,) = desk.desk.take_profile(f"[devices.{driver}]\n{key} = {value}\n")
        assert f"{driver}.{key}" in said.in_english()
        assert getattr(desk.drivers.settings[driver], key) == before
    assert not desk.file.path.exists()


def test_a_profile_is_compared_before_it_is_taken_and_blamed_only_for_what_it_holds(desk: Desk) -> None:
    changes, complaints = desk.desk.compare_profile("[devices.sane]\nresolution = 600\nenabled = false\n")
    assert complaints == ()
    (change,) = changes  # it is off here, too
    assert (change.driver, change.key, change.here, change.there) == ("sane", "resolution", 300, 600)
    assert desk.drivers.settings["sane"].resolution == 300
    assert desk.desk.take_profile("[devices.sane]\nresolution = 600\n") == ()
    assert desk.drivers.settings["sane"].resolution == 600
