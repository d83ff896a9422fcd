# SPDX-License-Identifier: Apache-2.0
"""Writing the settings file: one value at a time, whole or not at all, with everybody's comments left in place."""

from __future__ import annotations

import contextlib
import os
import tempfile
import threading
import typing
from dataclasses import fields
from pathlib import Path
from typing import Any, Final

import tomlkit
from tomlkit.exceptions import TOMLKitError
from tomlkit.items import Table

from station.config.declared import declaration
from station.config.settings import (
    DEVICES,
    OWN_GROUPS,
    Groups,
    Settings,
    checked,
    load_settings,
    settings_of,
    settings_text,
)
from station.config.values import NotThisType, as_toml
from station.domain.errors import SettingsError
from station.domain.words import say

_HEAD: Final = (
    "Settings of this station. Each one stands here with what it means and its default.",
    "To change one, take the # away from its line and write another value.",
)


class SettingsFile:
    """The file at ``path``. ``drivers`` maps the name of each driver to its settings type.

    Any thread may call any method; one writes at a time. A file that two programs write keeps the later change of
    the same setting and both changes of different ones, unless they fall into the same moment.
    """

    def __init__(self, path: Path, drivers: Groups) -> None:
        self.path = path
        self.drivers = dict(drivers)
        self._lock = threading.Lock()

    def load(self) -> tuple[Settings, tuple[SettingsError, ...]]:
        """What stands in it; see ``load_settings``."""
        return load_settings(self.path, self.drivers)

    def change(self, group: str, key: str, value: object) -> Settings:
        """Write one setting and return all of them. ``group`` as in the file: ``desk``, ``devices.sane``.

        Raises SettingsError when the value is not possible, or the file cannot be read or written: then it stands
        as it stood.
        """
        kind = self._kind(group)
        member = next((m for m in fields(kind) if m.name == key and declaration(m) is not None), None)
        if member is None:
            raise ValueError(f"{group} has no setting {key}")
        try:
            good = checked(value, typing.get_type_hints(kind)[key], member)
        except NotThisType as problem:
            raise SettingsError(
                say("{value} cannot be used for {setting}.", value=str(_shown(value)), setting=f"{group}.{key}"),
                problem.cure,
            ) from None
        with self._lock:
            document = self._document()
            try:
                _table(document, group)[key] = as_toml(good)
                text = tomlkit.dumps(document)
            except ValueError:  # a group inside a group in one line cannot be added to
                raise _no_group(group) from None
            self._write(text)
        return settings_of(text, self.path, self.drivers)[0]

    def ensure(self) -> None:
        """Make the file with every setting as a comment, where there is none. Raises SettingsError."""
        with self._lock:
            if not self.path.exists():
                self._write(explained(self.drivers))

    def _kind(self, group: str) -> Any:
        above, _, name = group.rpartition(".")
        known = self.drivers if above == DEVICES else OWN_GROUPS
        if name not in known:
            raise ValueError(f"there is no group {group}")
        return known[name]

    def _document(self) -> tomlkit.TOMLDocument:
        try:
            return tomlkit.parse(settings_text(self.path))
        except FileNotFoundError:
            return tomlkit.parse(explained(self.drivers))
        except (TOMLKitError, ValueError) as problem:
            raise SettingsError(
                say("The settings in {file} cannot be read: {why}.", file=str(self.path), why=str(problem)),
                say("Correct the file, or move it away to start with a new one."),
            ) from None

    def _write(self, text: str) -> None:
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            _replace(self.path, text.encode())
        except OSError as problem:
            raise SettingsError(
                say(
                    "The settings file {file} cannot be written: {why}.",
                    file=str(self.path),
                    why=problem.strerror or type(problem).__name__,
                ),
                say("Ask an administrator for the right to write it, or make room on the disk."),
            ) from None


def _shown(value: object) -> object:
    """For an error's words: the value as the file would show it, or as Python does."""
    try:
        return as_toml(value)
    except TypeError:
        return repr(type(value).__name__)


def explained(drivers: Groups) -> str:
    """A settings file in which every setting is a comment: its meaning, and its default."""
    lines = [f"# {line}" for line in _HEAD]
    groups = {**OWN_GROUPS, **{f"{DEVICES}.{name}": kind for name, kind in drivers.items()}}
    for group, kind in groups.items():
        shown = [(m, d) for m in fields(kind) if (d := declaration(m)) is not None and d.shown]
        if not shown:
            continue
        lines += ["", f"[{group}]"]
        for member, declared in shown:
            default = tomlkit.item(as_toml(member.default)).as_string()
            lines += [f"# {declared.says.in_english()}", f"#{member.name} = {default}"]
    return "\n".join(lines) + "\n"


def _table(document: tomlkit.TOMLDocument, group: str) -> Table:
    """The table of a group, made where it is missing."""
    here: Any = document
    for name in group.split("."):
        if name not in here:
            here[name] = tomlkit.table()
        here = here[name]
        if not isinstance(here, dict):
            raise _no_group(group)
    return typing.cast("Table", here)


def _replace(path: Path, data: bytes) -> None:
    """The new bytes in the old place, whole or not at all, also when the power fails."""
    descriptor, name = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
    unfinished = Path(name)
    try:
        with open(descriptor, "wb") as stream:
            stream.write(data)
            stream.flush()
            os.fsync(stream.fileno())
        unfinished.chmod(0o644 if not path.exists() else path.stat().st_mode & 0o777)
        unfinished.replace(path)
    finally:
        with contextlib.suppress(FileNotFoundError):
            unfinished.unlink()
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def _no_group(group: str) -> SettingsError:
    return SettingsError(
        say("In the settings file {group} is no group of its own.", group=group),
        say("Write [{group}] on a line of its own, and its settings below it.", group=group),
    )
