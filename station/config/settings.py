# SPDX-License-Identifier: Apache-2.0
"""The station's settings: one typed TOML file. A bad setting names file, line and cure; the rest still counts."""

from __future__ import annotations

import re
import tomllib
import zoneinfo
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import cast

from station.domain.crossing import CROSSING_FIELDS
from station.domain.errors import SettingsError
from station.domain.words import Text, say

MAX_FILE_BYTES = 256 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class PostSettings:
    """What the post's law and geography say."""

    time_zone: str = "UTC"  # name of the IANA time zone database
    mandatory_fields: tuple[str, ...] = ("transport", "purpose")  # fields of a crossing
    default_permitted_days: int = 30
    country: str = "UTO"  # ISO 3166 alpha-3 of the territory behind the post


@dataclass(frozen=True, slots=True, kw_only=True)
class DeskSettings:
    """How the workplace looks and behaves."""

    language: str = "en"
    appearance: str = "light"
    text_scale: float = 1.0
    lock_after_minutes: int = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class DeviceSettings:
    """Where devices that cannot be discovered are."""

    scanners: bool = True  # look for SANE scanners
    cameras: bool = True  # look for cameras
    watched_folder: str = ""  # a shared scanner drops its files here
    camera_files: tuple[str, ...] = ()  # video files or image sequences that stand for a camera
    paper_folder: str = ""  # PDF to file; empty: beside the store


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadingSettings:
    """Which engine reads the MRZ; empty takes the first that there is."""

    engine: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """All settings; every one has a default that works."""

    post: PostSettings = field(default_factory=PostSettings)
    desk: DeskSettings = field(default_factory=DeskSettings)
    devices: DeviceSettings = field(default_factory=DeviceSettings)
    reading: ReadingSettings = field(default_factory=ReadingSettings)


def load_settings(path: Path) -> tuple[Settings, tuple[SettingsError, ...]]:
    """The settings of ``path``, and one error per setting that cannot be used; that setting keeps its default.

    A file that is not there means all defaults; one that cannot be read as TOML is one error.
    """
    try:
        raw = path.read_bytes()
    except FileNotFoundError:
        return Settings(), ()
    except OSError as problem:
        return Settings(), (_unreadable(path, problem.strerror or type(problem).__name__),)
    if len(raw) > MAX_FILE_BYTES:
        return Settings(), (_unreadable(path, "too large"),)
    try:
        text = raw.decode()
        tables = tomllib.loads(text)
    except ValueError as problem:  # no UTF-8, no TOML, or a number of thousands of digits
        return Settings(), (_unreadable(path, str(problem)),)
    except RecursionError:
        return Settings(), (_unreadable(path, "too many brackets inside brackets"),)
    return _checked(_File(path, text), tables)


def _checked(file: _File, tables: Mapping[str, object]) -> tuple[Settings, tuple[SettingsError, ...]]:
    problems: list[SettingsError] = []
    groups: dict[str, object] = {}
    default = Settings()
    known = {group.name: getattr(default, group.name) for group in fields(Settings)}
    for name, table in tables.items():
        if name not in known or not isinstance(table, dict):
            problems.append(file.problem("", name, say("There is no group of this name."), _names(known)))
            continue
        values: dict[str, object] = {}
        group = known[name]
        settings = {setting.name: getattr(group, setting.name) for setting in fields(group)}
        for key, value in table.items():
            if key not in settings:
                cause = say("There is no setting of this name.")
                problems.append(file.problem(name, key, cause, _names(settings)))
                continue
            accepted, cure = _accepted(f"{name}.{key}", value, settings[key])
            if cure is None:
                values[key] = accepted
            else:
                problems.append(file.problem(name, key, say("This value cannot be used."), cure))
        groups[name] = type(group)(**values)
    return Settings(**groups), tuple(problems)  # type: ignore[arg-type]  # each group is of its own type, by its name


def _accepted(name: str, value: object, default: object) -> tuple[object, Text | None]:
    """The value as the setting's type, or the cure."""
    if isinstance(default, tuple):
        if not isinstance(value, list) or not all(isinstance(part, str) for part in value):
            return None, say("Write a list of texts, such as {example}.", example='["a", "b"]')
        value = tuple(cast("list[str]", value))
    elif isinstance(default, float) and isinstance(value, int) and not isinstance(value, bool):
        try:
            value = float(value)
        except OverflowError:
            return None, _TYPE_CURES[float]
    elif type(value) is not type(default):
        return None, _TYPE_CURES[type(default)]
    rule = _RULES.get(name)
    return (value, None) if rule is None or rule[0](value) else (None, rule[1])


_TYPE_CURES: dict[type, Text] = {
    str: say("Write a text in quotes."),
    int: say("Write a whole number."),
    float: say("Write a number."),
    bool: say("Write true or false."),
}


def _is_zone(value: object) -> bool:
    return value in zoneinfo.available_timezones()


_RULES: dict[str, tuple[Callable[[object], bool], Text]] = {
    "post.time_zone": (_is_zone, say("Write a name of the time zone database, such as Africa/Lubumbashi.")),
    "post.mandatory_fields": (
        lambda value: set(cast("tuple[str, ...]", value)) <= set(CROSSING_FIELDS),
        say("Use only these: {names}.", names=", ".join(CROSSING_FIELDS)),
    ),
    "post.default_permitted_days": (
        lambda value: 0 < cast("int", value) <= 366,
        say("Write a number of days from 1 to 366."),
    ),
    "post.country": (
        lambda value: re.fullmatch("[A-Z]{3}", cast("str", value)) is not None,
        say("Write the three capital letters of the country."),
    ),
    "desk.appearance": (lambda value: value in ("light", "dark", "night"), say("Write light, dark or night.")),
    "desk.text_scale": (lambda value: 0.8 <= cast("float", value) <= 2.0, say("Write a number from 0.8 to 2.0.")),
    "desk.lock_after_minutes": (
        lambda value: 1 <= cast("int", value) <= 60,
        say("Write a number of minutes from 1 to 60."),
    ),
}


def _names(known: Mapping[str, object]) -> Text:
    return say("Use one of these: {names}.", names=", ".join(known))


def _line_of(text: str, group: str, key: str) -> int:
    """The line of a key inside its group, counted from 1; 1 where it cannot be found."""
    inside = not group
    for number, line in enumerate(text.splitlines(), start=1):
        header = re.match(r"\s*\[\s*([\w.-]+)\s*\]", line)
        if header:
            inside = header.group(1) == group
            if not group and header.group(1) == key:
                return number
        elif inside and re.match(rf"\s*\"?{re.escape(key)}\"?\s*=", line):
            return number
    return 1


@dataclass(frozen=True, slots=True)
class _File:
    """The file at fault, and its text to find the line in."""

    path: Path
    text: str

    def problem(self, group: str, key: str, cause: Text, cure: Text) -> SettingsError:
        where = say(
            "{file}, line {line}, {setting}: {cause}",
            file=str(self.path),
            line=_line_of(self.text, group, key),
            setting=f"{group}.{key}" if group else key,
            cause=cause,
        )
        return SettingsError(where, cure)


def _unreadable(path: Path, why: str) -> SettingsError:
    return SettingsError(
        say("The settings in {file} cannot be read: {why}.", file=str(path), why=why),
        say("Correct the file. Until then the station uses its defaults."),
    )
