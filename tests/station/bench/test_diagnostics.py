# SPDX-License-Identifier: Apache-2.0
"""No name gets into a diagnostics bundle, wherever it was planted; and what helps does."""

from __future__ import annotations

import io
import re
import tarfile
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from station.bench.diagnostics import (
    Bug,
    Entry,
    Known,
    Machine,
    NotAFact,
    Sources,
    Version,
    Vocabulary,
    as_tar,
    compose,
)
from station.bench.records import Acceptance, Standing
from station.domain.words import say
from station.ports.bench import DeviceSetting, DeviceSettingsGroup
from station.ports.devices import DOCUMENT_SCANNER, PRINTER, DeviceInfo, DeviceState, Health, HealthState
from station.ports.storage import StoreKind

AT = datetime(2026, 11, 22, 8, 0, tzinfo=UTC)
WORDS = Vocabulary(
    drivers=frozenset({"sane", "printing"}),
    packages=frozenset({"numpy"}),
    modules=frozenset({"station.bench.hands"}),
    errors=frozenset({"KeyError"}),
)
#: A hundred people, in the scripts of the region, with documents and rooms of their own.
NAMES = tuple(
    f"{given_name} {family}"
    for given_name in ("Anna", "Omar", "Irina", "Aung", "Fatou", "Łukasz", "علي", "မောင်", "Zoë", "John")
    for family in ("Eriksson", "Kabila", "Petrova", "Thant", "Diallo", "Nowak", "حسن", "Smith", "L898902C3", "Müller")
)


def _sources(name: str = "x") -> Sources:
    """Every place where somebody outside can put a word holds ``name``."""
    info = DeviceInfo(
        f"sane:{name}", f"{name}'s scanner", "sane", (DOCUMENT_SCANNER,), serial_number=name, version=f"1.2 {name}"
    )
    printer = DeviceInfo(f"ipp://{name}.local", name, "printing", (PRINTER,), version=name)
    said = say("The folder {folder} is gone. Ask {who}.", folder=f"/home/{name}", who=name)
    return Sources(
        at=AT,
        kind=StoreKind.LIVE,
        machine=Machine(
            system=name,
            kernel=f"6.1.0-13-{name}",
            distribution=name,
            distribution_version=name,
            python=f"3.11.2+{name}",
            packages=(("numpy", f"2.1-{name}"),),
            program=name,
        ),
        devices=(
            DeviceState(info, Health(HealthState.TROUBLE, said), (DOCUMENT_SCANNER,)),
            DeviceState(printer, Health(HealthState.READY, said)),
        ),
        acceptances=((info.device_id, DOCUMENT_SCANNER.name, Acceptance(standing=Standing.PASSED, on=name)),),
        settings=(
            DeviceSettingsGroup(
                driver="sane",
                settings=(
                    DeviceSetting(key="enabled", says=said, value=True, default=True),
                    DeviceSetting(key="resolution", says=said, value=300, default=200),
                    DeviceSetting(key="host", says=said, value=name, default=""),
                    DeviceSetting(key="folders", says=said, value=(f"/srv/{name}", name), default=()),
                    DeviceSetting(key="mode", says=said, value="grey", default="colour", choices=("grey", "colour")),
                ),
            ),
        ),
        bugs=(Bug(at=AT, kind=name, places=((f"/home/{name}/x.py", 3), ("station.bench.hands", 17))),),
        words=WORDS,
    )


def _whole(entries: tuple[Entry, ...]) -> str:
    with tarfile.open(fileobj=io.BytesIO(as_tar(entries, at=AT))) as archive:
        assert archive.getnames() == ["machine.txt", "devices.txt", "settings.txt", "bugs.txt"]
        texts = []
        for member in archive.getmembers():
            assert (member.uname, member.gname, member.uid) == ("", "", 0)
            file = archive.extractfile(member)
            assert file is not None
            texts.append(file.read().decode("ascii"))
    return "\n".join(texts)


@pytest.mark.parametrize("name", NAMES)
def test_a_planted_name_is_nowhere_in_the_bundle(name: str) -> None:
    bundle = as_tar(compose(_sources(name)), at=AT)
    text = _whole(compose(_sources(name)))
    for part in (name, *name.split()):
        assert part not in text
        assert part.encode() not in bundle


@given(st.text(min_size=4).filter(lambda name: any(letter.isalpha() for letter in name)))
def test_no_line_differs_whatever_the_outside_says(name: str) -> None:
    assert _whole(compose(_sources("ordinary " + name))) == _whole(compose(_sources("ordinary")))


@pytest.mark.parametrize("number", ["123456789", "12345", "98765-4321-0000", "1.2.3.4.123456"])
def test_a_number_of_a_document_is_no_version(number: str) -> None:
    text = _whole(compose(_sources(number)))
    assert number not in text
    assert not re.search(r"\d{5}", re.sub(r"made at.*|bug 1 at.*", "", text))


def test_a_name_in_a_device_cannot_be_guessed_backwards() -> None:
    """Whoever knows every name of a post and the moment of the bundle finds none of them: all names give one bundle."""
    assert len({_whole(compose(_sources("x" + name))) for name in NAMES}) == 1


def test_what_helps_is_there() -> None:
    text = _whole(compose(_sources()))
    for line in (
        "store: live",
        "kernel: 6.1.0-13",
        "library numpy: 2.1",
        "device 1 driver: sane",
        "device 1 state: trouble",
        "device 1 version: 1.2",
        "device 1 document_scanner chosen: yes",
        "device 1 document_scanner acceptance: passed",
        "sane.resolution: changed",
        "sane.resolution value: 300",
        "sane.mode value: grey",
        "sane.host value: filled in",
        "bug 1 line in station.bench.hands: 17",
    ):
        assert line in text.splitlines(), line


def test_a_setting_that_no_driver_declares_stops_the_bundle() -> None:
    sources = _sources()
    strange = DeviceSetting(key="for Anna", says=say("?"), value=1, default=1)
    with pytest.raises(NotAFact):
        compose(replace(sources, settings=(DeviceSettingsGroup(driver="sane", settings=(strange,)),)))


def test_a_word_the_program_does_not_know_is_no_fact() -> None:
    with pytest.raises(NotAFact):
        Known.among("Anna", ["sane"])
    assert str(Version.of("Anna 1.2")) == "?"
    assert str(Version.of("6.1.0-anna")) == "6.1.0"
