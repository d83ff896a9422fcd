# SPDX-License-Identifier: Apache-2.0
"""A bad setting names file, line and cure, and the station starts with the rest."""

from __future__ import annotations

import enum
from dataclasses import dataclass, fields
from pathlib import Path

import pytest

from station.config.declared import setting
from station.config.settings import MAX_FILE_BYTES, ROLE_NAMES, DefaultDevices, Settings, load_settings
from station.domain.words import say
from station.ports.devices import ROLES


class Lamp(enum.Enum):
    WHITE = "white"
    NONE = "none"


@dataclass(frozen=True, slots=True, kw_only=True)
class ScannerSettings:
    """What a driver declares."""

    enabled: bool = setting(True, say("Look for scanners."))
    resolution: int = setting(
        300,
        say("Dots per inch."),
        possible=lambda value: 75 <= value <= 1200,
        cure=say("Write a number from 75 to 1200."),
    )
    size: tuple[float, float] | None = setting((130.0, 180.0), say("Width and height in millimetres."))
    levels: tuple[int, ...] = setting((), say("Levels."))
    folder: Path | None = setting(None, say("Where it is."))
    lamp: Lamp = setting(Lamp.WHITE, say("Which light."))
    tuning: float = setting(0.1, say("For tests."), shown=False)


DRIVERS: dict[str, type] = {"sane": ScannerSettings}


def loaded(folder: Path, text: str) -> tuple[Settings, list[str]]:
    file = folder / "settings.toml"
    file.write_text(text)
    settings, problems = load_settings(file, DRIVERS)
    return settings, [f"{problem.cause.in_english()} {problem.next_step.in_english()}" for problem in problems]


def test_no_file_means_defaults(tmp_path: Path) -> None:
    assert load_settings(tmp_path / "none.toml") == (Settings(), ())


def test_good_settings_are_taken(tmp_path: Path) -> None:
    settings, problems = loaded(
        tmp_path,
        '[post]\ntime_zone = "Africa/Lubumbashi"\nmandatory_fields = ["purpose"]\n[desk]\ntext_scale = 1\n',
    )
    assert problems == []
    assert settings.post.time_zone == "Africa/Lubumbashi"
    assert settings.post.mandatory_fields == ("purpose",)
    assert settings.desk.text_scale == 1.0


@pytest.mark.parametrize(
    ("text", "line", "words"),
    [
        ("[desk]\n\nlock_after_minute = 5\n", 3, "There is no setting of this name. Use one of these: language"),
        ('[post]\ntime_zone = "Mars/Base"\n', 2, "Write a name of the time zone database"),
        ("[desk]\nlanguage = 7\n", 2, "Write a text in quotes."),
        ("[devices.sane]\nenabled = 1\n", 2, "Write true or false."),
        ("[devices]\nsane = 1\n", 2, "There is no group of this name. Use one of these: devices.sane"),
        ("[devices]\n\n[devices.fax]\n", 3, "There is no group of this name. Use one of these: devices.sane"),
        ("devices = 3\n", 1, "This is a group of groups."),
        ("[devices.sane]\nsize = [1]\n", 2, "Write 2 values in brackets"),
        ('[devices.sane]\nlamp = "pink"\n', 2, "Write one of these: white, none."),
        ("[devices.sane]\nresolution = 9\n", 2, "Write a number from 75 to 1200."),
        ("[devices.sane]\nlevels = 9\n", 2, "Write a list of numbers"),
        ('[post]\nmandatory_fields = "purpose"\n', 2, "Write a list of texts"),
        ('[post]\nmandatory_fields = ["shoe_size"]\n', 2, "Use only these: transport"),
        ("[desk]\ntext_scale = 9.0\n", 2, "Write a number from 0.8 to 2.0."),
        ("# hello\n[dekor]\na = 1\n", 2, "There is no group of this name."),
        ("[desk]\nlock_after_minutes = true\n", 2, "Write a whole number."),
    ],
)
def test_a_bad_setting_names_file_line_and_cure(tmp_path: Path, text: str, line: int, words: str) -> None:
    settings, problems = loaded(tmp_path, text)
    assert settings in (Settings(), Settings(devices={"sane": ScannerSettings()}))
    assert len(problems) == 1
    assert f"settings.toml, line {line}," in problems[0]
    assert words in problems[0]


def test_one_bad_setting_does_not_cost_the_others(tmp_path: Path) -> None:
    settings, problems = loaded(tmp_path, '[desk]\nlanguage = "fr"\nappearance = "pink"\n')
    assert len(problems) == 1
    assert settings.desk.language == "fr"
    assert settings.desk.appearance == "light"


@pytest.mark.parametrize(
    "text",
    ["[desk\n", "\x00", "= 3\n", "a = " + "[" * 5000, "a = " + "{a=" * 5000, "a = " + "9" * 5000],
    ids=["open group", "zero byte", "no name", "brackets", "braces", "digits"],
)
def test_a_file_that_is_no_toml_is_one_clear_problem(tmp_path: Path, text: str) -> None:
    settings, problems = loaded(tmp_path, text)
    assert settings == Settings()
    assert len(problems) == 1
    assert "cannot be read" in problems[0]


def test_a_number_beyond_all_size_is_a_problem_of_its_setting(tmp_path: Path) -> None:
    settings, problems = loaded(tmp_path, "[desk]\ntext_scale = " + "9" * 400 + "\n")
    assert settings == Settings()
    assert len(problems) == 1


def test_a_huge_or_binary_file_or_a_folder_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "settings.toml"
    file.write_bytes(b"#" * (MAX_FILE_BYTES + 1))
    assert len(load_settings(file)[1]) == 1
    file.write_bytes(b"\xff\xfe")
    assert len(load_settings(file)[1]) == 1
    assert len(load_settings(tmp_path)[1]) == 1


def test_a_driver_gets_its_settings_in_its_own_types(tmp_path: Path) -> None:
    settings, problems = loaded(
        tmp_path,
        '[devices.sane]\nsize = [1, 2]\nfolder = "/srv/scans"\nlamp = "none"\nlevels = [1, 2]\ntuning = 1\n',
    )
    assert problems == []
    wanted = ScannerSettings(size=(1.0, 2.0), folder=Path("/srv/scans"), lamp=Lamp.NONE, levels=(1, 2), tuning=1.0)
    assert settings.devices == {"sane": wanted}


def test_an_empty_text_stands_for_nothing(tmp_path: Path) -> None:
    settings, problems = loaded(tmp_path, '[devices.sane]\nsize = ""\nfolder = ""\n')
    assert problems == []
    assert settings.devices["sane"] == ScannerSettings(size=None)


def test_a_bad_setting_of_a_driver_does_not_cost_its_others(tmp_path: Path) -> None:
    settings, problems = loaded(tmp_path, '[devices.sane]\nresolution = 600\nlamp = "pink"\n')
    assert len(problems) == 1
    assert settings.devices["sane"] == ScannerSettings(resolution=600)


def test_the_roles_of_the_file_are_the_roles_of_the_devices() -> None:
    assert [role.name for role in ROLES] == list(ROLE_NAMES)
    assert [member.name for member in fields(DefaultDevices)] == list(ROLE_NAMES)


def test_a_key_of_a_thousand_parts_is_refused_before_it_fills_the_memory(tmp_path: Path) -> None:
    path = tmp_path / "settings.toml"
    path.write_text(f"[devices]\n{'1.' * 30_000}5 = 1\n")
    settings, (problem,) = load_settings(path)
    assert settings == Settings()
    assert "dots" in problem.cause.in_english()


def test_a_path_in_the_home_of_nobody_is_named_with_its_cure(tmp_path: Path) -> None:
    path = tmp_path / "settings.toml"
    path.write_text('[devices.pdf_file]\nfolder = "~nobody-of-this-name/out"\n')
    _, (problem,) = load_settings(path, {"pdf_file": _Folder})
    assert "~" in problem.next_step.in_english()


@dataclass(frozen=True, slots=True, kw_only=True)
class _Folder:
    folder: Path | None = setting(None, say("Where to."))
