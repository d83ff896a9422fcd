# SPDX-License-Identifier: Apache-2.0
"""The technician's hands on the drivers' settings: written to the one file, and in force a moment later."""

from __future__ import annotations

import threading
import tomllib
import typing
from collections.abc import Sequence
from dataclasses import Field, fields
from pathlib import Path
from typing import Any

import tomlkit

from devices.catalogue import SETTINGS, DriverSet
from devices.registry import Registry
from station.config.declared import declaration
from station.config.settings import DEVICES, Settings, settings_of
from station.config.settings_file import SettingsFile
from station.config.values import as_toml, choices
from station.domain.errors import SettingsError
from station.domain.words import Text, say
from station.ports.bench import DeviceSetting, DeviceSettingsGroup, ProfileChange, SettingValue
from station.ports.devices import Role

_PROFILE_HEAD = "# Device profile of a station: settings of drivers only. It holds no recipient, no key and no person."
_PROFILE = Path("profile.toml")  # how a profile's own lines are named in words


class FileSettingsDesk:
    """``station.ports.bench.DeviceSettingsDesk`` on the settings file. Methods block: never the face's thread."""

    def __init__(self, file: SettingsFile, drivers: DriverSet, registry: Registry) -> None:
        self._file = file
        self._drivers = drivers
        self._registry = registry
        self._changing = threading.Lock()

    def groups(self) -> Sequence[DeviceSettingsGroup]:
        """Every driver with its settings, in the catalogue's order."""
        return [self._group(name) for name in self._drivers.names]

    def _group(self, name: str) -> DeviceSettingsGroup:
        now = self._drivers.settings[name]
        types = typing.get_type_hints(SETTINGS[name])
        settings = [
            DeviceSetting(
                key=member.name,
                says=declared.says,
                value=_plain(getattr(now, member.name)),
                default=_plain(member.default),
                choices=choices(types[member.name]),
            )
            for member in fields(SETTINGS[name])
            if (declared := declaration(member)) is not None and _of_the_bench(member)
        ]
        return DeviceSettingsGroup(driver=self._drivers.driver_name(name), settings=tuple(settings))

    def change(self, driver: str, key: str, value: SettingValue) -> None:
        """Write one setting and let its driver start again. Raises SettingsError; then nothing changed."""
        name = next(name for name in self._drivers.names if self._drivers.driver_name(name) == driver)
        if not any(member.name == key and _of_the_bench(member) for member in fields(SETTINGS[name])):
            raise ValueError(f"{key} of {name} is not for the bench")
        with self._changing:
            settings = self._file.change(f"{DEVICES}.{name}", key, value)
            self._restart(name, settings.devices[name])

    def make_default(self, role: Role[object], device_id: str) -> None:
        """Let the device fill the role, now and after the next start. Raises NoDevice, SettingsError."""
        self._registry.choose(role, device_id)
        with self._changing:
            self._file.change("default_devices", role.name, device_id)

    def profile(self) -> str:
        """What differs from the defaults, as TOML."""
        lines = [_PROFILE_HEAD]
        for name in self._drivers.names:
            now = self._drivers.settings[name]
            changed = [
                (member.name, getattr(now, member.name))
                for member in fields(SETTINGS[name])
                if _of_the_bench(member) and getattr(now, member.name) != member.default
            ]
            if changed:
                lines += ["", f"[{DEVICES}.{name}]", *(f"{key} = {_toml_text(value)}" for key, value in changed)]
        return "\n".join(lines) + "\n"

    def compare_profile(self, text: str) -> tuple[tuple[ProfileChange, ...], tuple[Text, ...]]:
        """What taking another post's profile would change; only groups of drivers, and only what stands in it."""
        settings, problems = settings_of(text, _PROFILE, SETTINGS)
        complaints = [_sentence(problem) for problem in problems]
        if settings != Settings(devices=settings.devices):
            complaints.append(say("The profile holds settings that are no device's. They were not used."))
        changes: list[ProfileChange] = []
        for name, keys in _keys_of(text).items():
            if name in settings.devices and name in self._drivers.names:  # not a simulator's, at a live post
                for member in fields(SETTINGS[name]):
                    if member.name not in keys:
                        continue
                    if not _of_the_bench(member):
                        complaints.append(_not_carried(f"{name}.{member.name}"))
                    elif (change := self._change(name, member, settings.devices[name])) is not None:
                        changes.append(change)
        return tuple(changes), tuple(complaints)

    def _change(self, name: str, member: Field[Any], wanted: object) -> ProfileChange | None:
        here, there = getattr(self._drivers.settings[name], member.name), getattr(wanted, member.name)
        declared = declaration(member)
        if here == there or declared is None:
            return None
        return ProfileChange(
            driver=self._drivers.driver_name(name),
            key=member.name,
            says=declared.says,
            here=_plain(here),
            there=_plain(there),
        )

    def take_profile(self, text: str) -> tuple[Text, ...]:
        """Use another post's profile. What it would change says ``compare_profile``."""
        changes, complaints = self.compare_profile(text)
        refused: list[Text] = []
        names = {self._drivers.driver_name(name): name for name in self._drivers.names}
        with self._changing:
            for driver in dict.fromkeys(change.driver for change in changes):
                written: Settings | None = None
                for change in changes:
                    if change.driver == driver:
                        try:
                            written = self._file.change(f"{DEVICES}.{names[driver]}", change.key, change.there)
                        except SettingsError as problem:
                            refused.append(_sentence(problem))
                if written is not None:
                    self._restart(names[driver], written.devices[names[driver]])
        return (*complaints, *refused)

    def _restart(self, name: str, settings: object) -> None:
        old, new = self._drivers.rebuild(name, settings)
        self._registry.replace(old, new)


def _keys_of(text: str) -> dict[str, set[str]]:
    """Which settings of which drivers stand in a profile; nothing for one that is no TOML."""
    try:
        groups = tomllib.loads(text).get(DEVICES, {})
    except (ValueError, RecursionError):
        return {}
    if not isinstance(groups, dict):
        return {}
    return {name: set(table) for name, table in groups.items() if isinstance(table, dict)}


def _not_carried(name: str) -> Text:
    return say("{name} is not a setting that a profile may carry. An administrator writes it into the file.", name=name)


def _of_the_bench(member: Field[Any]) -> bool:
    """Whether the technician may change and carry a setting: no trust anchor, and not where papers and pages go."""
    declared = declaration(member)
    return declared is not None and declared.shown and declared.bench


def _plain(value: object) -> SettingValue:
    """A setting's value without types of our own: what the bench shows and gives back."""
    if value is None:
        return None
    plain = as_toml(value)
    return tuple(plain) if isinstance(plain, list) else plain


def _toml_text(value: object) -> str:
    return tomlkit.item(as_toml(value)).as_string()


def _sentence(problem: SettingsError) -> Text:
    return say("{cause} {next_step}", cause=problem.cause, next_step=problem.next_step)
