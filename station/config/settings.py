# SPDX-License-Identifier: Apache-2.0
"""The station's settings: one typed TOML file. A bad setting names file, line and cure; the rest still counts."""

from __future__ import annotations

import re
import tomllib
import typing
import zoneinfo
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any, Final

from station.config.declared import declaration, setting
from station.config.values import NotThisType, as_type
from station.domain.crossing import CROSSING_FIELDS
from station.domain.errors import SettingsError
from station.domain.words import Text, say

MAX_FILE_BYTES = 256 * 1024
_MOST_DOTS = 100  # in a line: the parser's memory grows with the square of a dotted key's parts
DEVICES: Final = "devices"  # the group whose members are the drivers' own groups

Groups = Mapping[str, type]  # a driver's name to its settings type


#: Names of the roles of devices (station.ports.devices), as the file writes them.
ROLE_NAMES: Final = (
    "document_scanner",
    "chip_reader",
    "mrz_reader",
    "barcode_reader",
    "face_camera",
    "fingerprint_scanner",
    "printer",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class PostSettings:
    """What the post's law and geography say."""

    time_zone: str = setting(
        "UTC",
        say("The post's time zone, as the IANA time zone database names it."),
        possible=lambda value: value in zoneinfo.available_timezones(),
        cure=say("Write a name of the time zone database, such as Africa/Lubumbashi."),
    )
    mandatory_fields: tuple[str, ...] = setting(
        ("transport", "purpose"),
        say("Fields of a crossing without which nothing is recorded."),
        possible=lambda value: set(value) <= set(CROSSING_FIELDS),
        cure=say("Use only these: {names}.", names=", ".join(CROSSING_FIELDS)),
    )
    default_permitted_days: int = setting(
        30,
        say("Days of stay that are offered."),
        possible=lambda value: 0 < value <= 366,
        cure=say("Write a number of days from 1 to 366."),
    )
    country: str = setting(
        "UTO",
        say("ISO 3166 alpha-3 code of the territory behind the post."),
        possible=lambda value: re.fullmatch("[A-Z]{3}", value) is not None,
        cure=say("Write the three capital letters of the country."),
    )
    needed_roles: tuple[str, ...] = setting(
        ("document_scanner", "face_camera", "printer"),
        say("Devices without which this post is not ready, by what they are for."),
        possible=lambda value: set(value) <= set(ROLE_NAMES),
        cure=say("Use only these: {names}.", names=", ".join(ROLE_NAMES)),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class DeskSettings:
    """How the workplace looks and behaves."""

    language: str = setting("en", say("The language of the window."))
    appearance: str = setting(
        "light",
        say("Colours of the window: light, dark or night."),
        possible=lambda value: value in ("light", "dark", "night"),
        cure=say("Write light, dark or night."),
    )
    text_scale: float = setting(
        1.0,
        say("Size of the letters; 1.0 is ordinary."),
        possible=lambda value: 0.8 <= value <= 2.0,
        cure=say("Write a number from 0.8 to 2.0."),
    )
    lock_after_minutes: int = setting(
        5,
        say("Minutes without a key until the window locks."),
        possible=lambda value: 1 <= value <= 60,
        cure=say("Write a number of minutes from 1 to 60."),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadingSettings:
    """Which engine reads the MRZ."""

    engine: str = setting("", say("The program that reads the MRZ; empty takes the first that there is."))


@dataclass(frozen=True, slots=True, kw_only=True)
class KeySettings:
    """What a second factor needs."""

    token_module: str = setting(
        "",
        say("The PKCS#11 library of the tokens that may be a second factor; empty where there are none."),
        possible=lambda value: not value or Path(value).is_absolute(),
        cure=say("Write the whole path of the library, such as /usr/lib/softhsm/libsofthsm2.so."),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class CounterSettings:
    """The counter in the computer's TPM that tells when all files together were put back."""

    index: str = setting(
        "",
        say("Where in the TPM this station's counter lies; empty where it has none."),
        possible=lambda value: not value or re.fullmatch("0x01[89ab][0-9a-f]{5}", value) is not None,
        cure=say("Write a number from 0x01800000 to 0x01bfffff, such as 0x01800100."),
        bench=False,
    )
    tpm: str = setting(
        "device:/dev/tpmrm0",
        say("How the TPM is reached: its device, or the socket of a TPM that is a program."),
        possible=lambda value: re.fullmatch(r"device:/dev/[a-z0-9]+|swtpm:path=/[^\s,]+", value) is not None,
        cure=say("Write device:/dev/tpmrm0."),
        bench=False,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class DefaultDevices:
    """The device that fills each role when several can, by its identifier; empty takes the first that is there."""

    document_scanner: str = setting("", say("Identifier of the page scanner to use first."))
    chip_reader: str = setting("", say("Identifier of the chip reader to use first."))
    mrz_reader: str = setting("", say("Identifier of the MRZ reader to use first."))
    barcode_reader: str = setting("", say("Identifier of the barcode reader to use first."))
    face_camera: str = setting("", say("Identifier of the camera to use first."))
    fingerprint_scanner: str = setting("", say("Identifier of the fingerprint scanner to use first."))
    printer: str = setting("", say("Identifier of the printer to use first."))

    def by_role(self) -> dict[str, str]:
        """Role name to device identifier, for the roles that have one."""
        return {member.name: wanted for member in fields(self) if (wanted := getattr(self, member.name))}


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """All settings; every one has a default that works.

    ``devices`` maps a driver's name to its settings, each of the type that the driver declares; a driver that is not
    in it has its defaults.
    """

    post: PostSettings = field(default_factory=PostSettings)
    desk: DeskSettings = field(default_factory=DeskSettings)
    reading: ReadingSettings = field(default_factory=ReadingSettings)
    keys: KeySettings = field(default_factory=KeySettings)
    counter: CounterSettings = field(default_factory=CounterSettings)
    default_devices: DefaultDevices = field(default_factory=DefaultDevices)
    devices: Mapping[str, Any] = field(default_factory=dict)


#: The groups that are the station's own, in the order of the file.
OWN_GROUPS: Final[Groups] = {
    "post": PostSettings,
    "desk": DeskSettings,
    "reading": ReadingSettings,
    "keys": KeySettings,
    "counter": CounterSettings,
    "default_devices": DefaultDevices,
}


def load_settings(path: Path, drivers: Groups | None = None) -> tuple[Settings, tuple[SettingsError, ...]]:
    """The settings of ``path``, and one error per setting that cannot be used; that setting keeps its default.

    ``drivers`` maps the name of each driver to the type of its settings. A file that is not there means all
    defaults; one that cannot be read as TOML is one error.
    """
    try:
        text = settings_text(path)
    except FileNotFoundError:
        return Settings(), ()
    except SettingsError as problem:
        return Settings(), (problem,)
    return settings_of(text, path, drivers or {})


def settings_text(path: Path) -> str:
    """The text of a settings file. Raises FileNotFoundError, and SettingsError for what cannot be read."""
    try:
        with path.open("rb") as file:
            raw = file.read(MAX_FILE_BYTES + 1)
    except FileNotFoundError:
        raise
    except OSError as problem:
        raise _unreadable(path, problem.strerror or type(problem).__name__) from None
    if len(raw) > MAX_FILE_BYTES:
        raise _unreadable(path, "too large")
    try:
        return raw.decode("utf-8-sig")  # some editors put a mark before the first letter
    except UnicodeDecodeError as problem:
        raise _unreadable(path, str(problem)) from None


def settings_of(text: str, path: Path, drivers: Groups) -> tuple[Settings, tuple[SettingsError, ...]]:
    """As ``load_settings``, of a text; ``path`` is for the words only."""
    if any(line.count(".") > _MOST_DOTS for line in text.split("\n")):
        return Settings(), (_unreadable(path, "a line with more than a hundred dots"),)
    try:
        tables = tomllib.loads(text)
    except ValueError as problem:  # no TOML, or a number of thousands of digits
        return Settings(), (_unreadable(path, str(problem)),)
    except RecursionError:
        return Settings(), (_unreadable(path, "too many brackets inside brackets"),)
    reader = _Reader(path, text)
    own = {name: table for name, table in tables.items() if name != DEVICES}
    groups = reader.groups("", own, {**OWN_GROUPS, DEVICES: dict})
    devices = tables.get(DEVICES, {})
    if not isinstance(devices, dict):
        reader.complain("", DEVICES, say("This is a group of groups."), _names("devices.", drivers))
        devices = {}
    found = reader.groups(DEVICES, devices, drivers)
    return Settings(**groups, devices=found), tuple(reader.problems)


class _Reader:
    """Turns tables into groups of settings, and keeps one problem for each thing that cannot be used."""

    def __init__(self, path: Path, text: str) -> None:
        self.problems: list[SettingsError] = []
        self._path = path
        self._text = text

    def groups(self, above: str, tables: Mapping[str, object], known: Groups) -> dict[str, Any]:
        """The groups that stand in the file, each with what is good in it."""
        read: dict[str, Any] = {}
        prefix = f"{above}." if above else ""
        for name, table in tables.items():
            if name not in known or not isinstance(table, dict):
                self.complain(above, name, say("There is no group of this name."), _names(prefix, known))
            else:
                read[name] = known[name](**self._values(prefix + name, table, known[name]))
        return read

    def _values(self, group: str, table: Mapping[str, object], kind: type) -> dict[str, object]:
        types = typing.get_type_hints(kind)
        members = {member.name: member for member in fields(kind) if declaration(member) is not None}
        values: dict[str, object] = {}
        for key, value in table.items():
            if key not in members:
                self.complain(group, key, say("There is no setting of this name."), _names("", members))
                continue
            try:
                values[key] = checked(value, types[key], members[key])
            except NotThisType as problem:
                self.complain(group, key, say("This value cannot be used."), problem.cure)
        return values

    def complain(self, group: str, key: str, cause: Text, cure: Text) -> None:
        """Keep one problem, with its line."""
        where = say(
            "{file}, line {line}, {setting}: {cause}",
            file=str(self._path),
            line=_line_of(self._text, group, key),
            setting=f"{group}.{key}" if group else key,
            cause=cause,
        )
        self.problems.append(SettingsError(where, cure))


def checked(value: object, wanted: Any, member: Any) -> object:
    """A value of the right type that its setting's rule calls possible. Raises NotThisType."""
    taken = as_type(value, wanted)
    declared = declaration(member)
    if declared is None or declared.possible is None or declared.cure is None or declared.possible(taken):
        return taken
    raise NotThisType(declared.cure)


def _names(prefix: str, known: Mapping[str, object]) -> Text:
    return say("Use one of these: {names}.", names=", ".join(prefix + name for name in known))


def _line_of(text: str, group: str, key: str) -> int:
    """The line of a key inside its group, counted from 1; 1 where it cannot be found."""
    inside = not group
    whole = f"{group}.{key}" if group else key
    for number, line in enumerate(text.splitlines(), start=1):
        header = re.match(r"\s*\[\s*([\w.\"-]+)\s*\]", line)
        if header:
            name = header.group(1).replace('"', "")
            inside = name == group
            if name == whole:
                return number
        elif inside and re.match(rf"\s*\"?{re.escape(key)}\"?\s*[.=]", line):
            return number
    return 1


def _unreadable(path: Path, why: str) -> SettingsError:
    return SettingsError(
        say("The settings in {file} cannot be read: {why}.", file=str(path), why=why),
        say("Correct the file. Until then the station uses its defaults."),
    )
