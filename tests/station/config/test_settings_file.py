# SPDX-License-Identifier: Apache-2.0
"""The settings file is written whole or not at all, and whoever commented it finds the comments again."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest

from station.config.settings import Settings
from station.config.settings_file import SettingsFile, explained
from station.domain.errors import SettingsError
from tests.station.config.test_settings import DRIVERS, Lamp, ScannerSettings


@pytest.fixture
def file(tmp_path: Path) -> SettingsFile:
    return SettingsFile(tmp_path / "config" / "settings.toml", DRIVERS)


def test_the_file_explains_every_setting_and_changes_none(file: SettingsFile) -> None:
    file.ensure()
    text = file.path.read_text()
    assert file.load() == (Settings(devices={"sane": ScannerSettings()}), ())
    assert "# Dots per inch.\n#resolution = 300\n" in text
    assert "tuning" not in text  # not for people
    active = "\n".join(line.removeprefix("#") if not line.startswith("# ") else "" for line in text.splitlines())
    file.path.write_text(active)
    settings, problems = file.load()
    assert problems == ()  # every default that is shown is possible
    assert settings == Settings(devices={"sane": ScannerSettings()})


def test_a_change_is_there_at_once_and_after_the_next_start(file: SettingsFile) -> None:
    after = file.change("devices.sane", "lamp", "none")
    assert after.devices["sane"] == ScannerSettings(lamp=Lamp.NONE)
    file.change("desk", "lock_after_minutes", 9)
    settings, problems = file.load()
    assert problems == ()
    assert settings.devices["sane"].lamp is Lamp.NONE
    assert settings.desk.lock_after_minutes == 9


def test_a_change_leaves_the_words_of_others_in_place(file: SettingsFile) -> None:
    file.path.parent.mkdir()
    file.path.write_text("# Lane 2, set by A. Technician\n[desk]\nlanguage = 'fr' # asked for\n\n[unknown]\na = 1\n")
    file.change("desk", "text_scale", 1.5)
    file.change("devices.sane", "size", None)
    text = file.path.read_text()
    assert "# Lane 2, set by A. Technician\n" in text
    assert "language = 'fr' # asked for\n" in text
    assert "[unknown]\na = 1\n" in text
    assert file.load()[0].devices["sane"].size is None


@pytest.mark.parametrize(
    ("key", "value", "cure"),
    [
        ("resolution", 9, "Write a number from 75 to 1200."),
        ("resolution", "300", "Write a whole number."),
        ("lamp", "pink", "Write one of these: white, none."),
        ("size", (1.0,), "Write 2 values in brackets, such as [100, 100]."),
    ],
)
def test_an_impossible_value_is_refused_and_nothing_is_written(
    file: SettingsFile, key: str, value: object, cure: str
) -> None:
    with pytest.raises(SettingsError) as refused:
        file.change("devices.sane", key, value)
    assert refused.value.next_step.in_english() == cure
    assert f"devices.sane.{key}" in refused.value.cause.in_english()
    assert not file.path.exists()


def test_a_broken_file_is_never_overwritten(file: SettingsFile) -> None:
    file.path.parent.mkdir()
    file.path.write_text("[desk\n")
    with pytest.raises(SettingsError, match="cannot be read"):
        file.change("desk", "language", "fr")
    assert file.path.read_text() == "[desk\n"
    file.path.write_text("desk = 3\n")
    with pytest.raises(SettingsError, match="is no group"):
        file.change("desk", "language", "fr")
    assert file.path.read_text() == "desk = 3\n"


def test_groups_written_in_one_line_are_a_problem_of_the_file_and_not_of_the_program(file: SettingsFile) -> None:
    file.path.parent.mkdir()
    file.path.write_text("devices = {}\n")
    with pytest.raises(SettingsError) as refused:
        file.change("devices.sane", "lamp", "none")
    assert refused.value.next_step.in_english().startswith("Write [devices.sane] on a line of its own")
    assert file.path.read_text() == "devices = {}\n"


def test_a_mark_before_the_first_letter_does_no_harm(file: SettingsFile) -> None:
    file.path.parent.mkdir()
    file.path.write_bytes(b"\xef\xbb\xbf[desk]\nlanguage = 'fr'\n")
    file.change("desk", "text_scale", 1.5)
    assert file.load()[0].desk.language == "fr"


def test_a_file_that_cannot_be_written_stands_as_it_stood(file: SettingsFile, monkeypatch: pytest.MonkeyPatch) -> None:
    file.change("desk", "language", "fr")
    before = file.path.read_bytes()

    def full(_descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("station.config.settings_file.os.fsync", full)
    with pytest.raises(SettingsError) as refused:
        file.change("desk", "language", "ar")
    assert "No space left" in refused.value.cause.in_english()
    assert file.path.read_bytes() == before
    assert [path.name for path in file.path.parent.iterdir()] == ["settings.toml"]


def test_two_threads_lose_no_change_of_each_other(file: SettingsFile) -> None:
    threads = [
        threading.Thread(target=file.change, args=("devices.sane", "resolution", 300)),
        threading.Thread(target=file.change, args=("desk", "language", "fr")),
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    settings, _ = file.load()
    assert settings.devices["sane"].resolution == 300
    assert settings.desk.language == "fr"


def test_a_name_that_nobody_declared_is_a_bug_of_ours(file: SettingsFile) -> None:
    with pytest.raises(ValueError, match="no setting"):
        file.change("desk", "colour", "red")
    with pytest.raises(ValueError, match="no group"):
        file.change("devices.fax", "enabled", value=True)


def test_the_explanation_is_stable() -> None:
    assert explained(DRIVERS) == explained(dict(DRIVERS))
