# SPDX-License-Identifier: Apache-2.0
"""A bundle for whoever helps from afar, which cannot hold personal data because of how it is made.

Nothing is dumped. Each line is a fact of a closed kind: a number, a version of digits, or a word that this program
itself knows. Names, serial numbers, paths, messages and values of free text have no kind, so there is no way in for
them; what a person may have named (a device, a folder, a computer) appears not at all, not even as a hash that could be
guessed backwards.
"""

from __future__ import annotations

import io
import re
import tarfile
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from station.bench.records import Acceptance
from station.domain.words import Text, say
from station.ports.bench import DeviceSetting, DeviceSettingsGroup
from station.ports.devices import ROLES, DeviceState, HealthState
from station.ports.storage import StoreKind

#: Short numbers only: nine digits in a row may be somebody's document.
_VERSION = re.compile(r"\d{1,4}(?:[.-]\d{1,4}){0,4}(?![\d.-]*\d)", re.ASCII)
_WORD = re.compile(r"[A-Za-z0-9_.\- ]{1,60}", re.ASCII)


class NotAFact(ValueError):
    """Something that is not of a closed kind was to be told. Its content is in no message."""


@dataclass(frozen=True, slots=True)
class Number:
    """A count or a measure."""

    value: int | float

    def __str__(self) -> str:
        return str(self.value)


@dataclass(frozen=True, slots=True)
class Version:
    """Digits of a version; letters behind them are cut off, for somebody may have built it."""

    text: str

    @classmethod
    def of(cls, text: str) -> Version:
        """The digits at the beginning; "?" when there are none."""
        found = _VERSION.match(text)
        return cls(found[0] if found else "?")

    def __str__(self) -> str:
        return self.text


@dataclass(frozen=True, slots=True)
class Known:
    """A word out of a list that stands in this program, never one that came from outside."""

    word: str

    @classmethod
    def among(cls, word: str, vocabulary: Iterable[str]) -> Known:
        """Raise NotAFact for a word that is not in the list."""
        if word not in set(vocabulary) or _WORD.fullmatch(word) is None:
            raise NotAFact("a word that the program does not know")
        return cls(word)

    def __str__(self) -> str:
        return self.word


@dataclass(frozen=True, slots=True)
class Moment:
    """A time of the machine."""

    at: datetime

    def __str__(self) -> str:
        return self.at.isoformat(timespec="seconds")


FactValue = Number | Version | Known | Moment


@dataclass(frozen=True, slots=True)
class Fact:
    """One line: a name of ours and a value of a closed kind."""

    name: str
    value: FactValue

    def __str__(self) -> str:
        return f"{self.name}: {self.value}"


@dataclass(frozen=True, slots=True)
class Entry:
    """One file of the bundle."""

    name: str
    title: Text
    facts: tuple[Fact, ...]

    @property
    def text(self) -> str:
        """Its whole content."""
        return "".join(f"{fact}\n" for fact in self.facts)


@dataclass(frozen=True, slots=True, kw_only=True)
class Machine:
    """What the system says of itself: names of our own lists, and digits."""

    system: str  # "Linux", "Windows", "Darwin"
    kernel: str
    distribution: str  # os-release ID
    distribution_version: str
    python: str
    packages: tuple[tuple[str, str], ...]  # of our own list of libraries, with their versions
    program: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Bug:
    """One bug as the log keeps it: its kind and the places of our own code it went through."""

    at: datetime
    kind: str
    places: tuple[tuple[str, int], ...]  # module and line


@dataclass(frozen=True, slots=True, kw_only=True)
class Vocabulary:
    """The words that are the program's own: drivers, libraries, modules, and kinds of errors."""

    drivers: frozenset[str]
    packages: frozenset[str]
    modules: frozenset[str]
    errors: frozenset[str]


_SYSTEMS: Final = ("Linux", "Windows", "Darwin", "other")
_DISTRIBUTIONS: Final = ("debian", "ubuntu", "raspbian", "fedora", "opensuse-leap", "arch", "other")
_YES_NO: Final = ("yes", "no")
_SETTING: Final = ("default", "changed")
_EMPTY: Final = ("empty", "filled in")


@dataclass(frozen=True, slots=True, kw_only=True)
class Sources:
    """All that a bundle is made of."""

    at: datetime
    kind: StoreKind
    machine: Machine
    devices: Sequence[DeviceState]
    acceptances: Sequence[tuple[str, str, Acceptance]]  # device_id, role, standing
    settings: Sequence[DeviceSettingsGroup]
    bugs: Sequence[Bug]
    words: Vocabulary


def compose(sources: Sources) -> tuple[Entry, ...]:
    """The entries of a bundle, to be read on the screen before it is saved."""
    return (
        Entry("machine.txt", say("The machine and the program"), _machine(sources)),
        Entry("devices.txt", say("Devices and how they are"), _devices(sources)),
        Entry("settings.txt", say("Settings of the drivers"), _settings(sources)),
        Entry("bugs.txt", say("Mistakes of the program"), _bugs(sources)),
    )


def as_tar(entries: Sequence[Entry], *, at: datetime) -> bytes:
    """A plain tar with the entries under their fixed names; its headers name nobody."""
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w", format=tarfile.USTAR_FORMAT) as archive:
        for entry in entries:
            data = entry.text.encode("ascii")
            about = tarfile.TarInfo(entry.name)
            about.size, about.mode, about.mtime = len(data), 0o644, int(at.timestamp())
            archive.addfile(about, io.BytesIO(data))
    return out.getvalue()


def bundle_file(at: datetime) -> str:
    """The name of a bundle's file."""
    return f"diagnostics-{at:%Y%m%d-%H%M%S}.tar"


def _machine(sources: Sources) -> tuple[Fact, ...]:
    machine, words = sources.machine, sources.words
    return (
        Fact("made at", Moment(sources.at)),
        Fact("store", Known.among(sources.kind.value, [kind.value for kind in StoreKind])),
        Fact("program", Version.of(machine.program)),
        Fact("system", _known_or_other(machine.system, _SYSTEMS)),
        Fact("kernel", Version.of(machine.kernel)),
        Fact("distribution", _known_or_other(machine.distribution, _DISTRIBUTIONS)),
        Fact("distribution version", Version.of(machine.distribution_version)),
        Fact("python", Version.of(machine.python)),
        *(
            Fact(f"library {Known.among(name, words.packages)}", Version.of(version))
            for name, version in machine.packages
        ),
    )


def _devices(sources: Sources) -> tuple[Fact, ...]:
    facts: list[Fact] = [Fact("devices", Number(len(sources.devices)))]
    for number, state in enumerate(sources.devices, start=1):
        info, name = state.info, f"device {number}"
        facts += [
            Fact(f"{name} driver", Known.among(info.driver, sources.words.drivers)),
            Fact(f"{name} state", Known.among(state.health.state.value, [each.value for each in HealthState])),
            Fact(f"{name} simulated", _yes(info.simulated)),
            Fact(f"{name} says its serial number", _yes(bool(info.serial_number))),
            Fact(f"{name} version", Version.of(info.version)),
        ]
        for role in info.roles:
            known = Known.among(role.name, [each.name for each in ROLES])
            facts.append(Fact(f"{name} {known} chosen", _yes(role in state.chosen_for)))
            facts += [
                Fact(f"{name} {known} acceptance", Known(acceptance.standing.value))
                for device_id, of_role, acceptance in sources.acceptances
                if device_id == info.device_id and of_role == role.name
            ]
    return tuple(facts)


def _settings(sources: Sources) -> tuple[Fact, ...]:
    facts: list[Fact] = []
    for group in sources.settings:
        driver = Known.among(group.driver, sources.words.drivers)
        for each in group.settings:
            facts += [Fact(f"{driver}.{_key(each.key)}{part}", value) for part, value in _setting(each)]
    return tuple(facts)


def _setting(each: DeviceSetting) -> list[tuple[str, FactValue]]:
    """Whether it was changed; and its value where that is a switch, a number, or one of our own words."""
    changed = Known.among(_SETTING[each.value != each.default], _SETTING)
    told: list[tuple[str, FactValue]] = [("", changed)]
    match each.value:
        case bool():
            told.append((" value", _yes(each.value)))
        case int() | float():
            told.append((" value", Number(each.value)))
        case str() if each.value in each.choices:
            told.append((" value", Known.among(each.value, each.choices)))
        case None:
            told.append((" value", Known(_EMPTY[0])))
        case _:  # a path, an address, a list of them: somebody's words
            told.append((" value", Known(_EMPTY[bool(each.value)])))
    return told


def _bugs(sources: Sources) -> tuple[Fact, ...]:
    words = sources.words
    facts: list[Fact] = [Fact("bugs", Number(len(sources.bugs)))]
    for number, bug in enumerate(sources.bugs, start=1):
        facts.append(Fact(f"bug {number} at", Moment(bug.at)))
        facts.append(Fact(f"bug {number} kind", _known_or_other(bug.kind, (*words.errors, "other"))))
        facts += [
            Fact(f"bug {number} line in {_known_or_other(module, (*words.modules, 'other'))}", Number(line))
            for module, line in bug.places
        ]
    return tuple(facts)


def _key(key: str) -> str:
    """The name of a setting, which its driver declares in our source."""
    if not key.isidentifier() or not key.isascii():
        raise NotAFact("a setting whose name is not one of a declaration")
    return key


def _known_or_other(word: str, vocabulary: Sequence[str]) -> Known:
    return Known.among(word if word in vocabulary else "other", vocabulary)


def _yes(value: object) -> Known:
    return Known(_YES_NO[not value])
