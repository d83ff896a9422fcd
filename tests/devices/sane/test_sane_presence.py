# SPDX-License-Identifier: Apache-2.0
"""Which scanners are there: lasting names, a look that waits for a session's end, and a cable pulled in use."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import fields
from pathlib import Path

import pytest

from devices import watching
from devices.hotplug import HotPlug
from devices.registry import Registry
from devices.sane import presence
from devices.sane.driver import SaneDriver
from devices.sane.presence import FoundScanner, by_lasting_name, scanners, still_attached
from devices.sane.settings import SaneSettings
from station.config.declared import declaration
from station.ports.devices import DOCUMENT_SCANNER, HealthState
from station.ports.tasks import CancelToken
from tests.contract.benches import WallClock, until

NEVER = 3600.0
DESK = FoundScanner("genesys:libusb:001:004", "Canon LiDE")


def test_scanners_keep_their_names_when_they_are_plugged_in_again() -> None:
    first = by_lasting_name([DESK, FoundScanner("genesys:libusb:001:005", "Canon LiDE")])
    again = by_lasting_name([FoundScanner("genesys:libusb:001:009", "Canon LiDE"), DESK])
    assert list(first) == list(again) == ["sane:Canon LiDE:1", "sane:Canon LiDE:2"]


def test_a_scanner_in_the_network_is_another_one_than_its_twin_at_the_cable() -> None:
    found = by_lasting_name([DESK, FoundScanner("airscan:e0:Canon LiDE", "Canon LiDE", in_network=True)])
    assert list(found) == ["sane:Canon LiDE:1", "sane:network:Canon LiDE:1"]


def test_what_the_helper_says_is_read_with_care() -> None:
    answer: dict[str, object] = {
        "devices": [
            ["airscan:e0:Office", "eSCL", "Office", "ip=192.0.2.7"],
            ["epson2:net:192.0.2.8", "Epson", "WF", "flatbed"],
            ["genesys:libusb:001:004", "Canon", "LiDE", "flatbed"],  # plugged in between the two looks of the helper
            ["too short"],
            "no list",
        ]
    }
    assert scanners(answer, in_network=True) == [
        FoundScanner("airscan:e0:Office", "Office", True),
        FoundScanner("epson2:net:192.0.2.8", "Epson WF", True),
    ]
    assert scanners({}) == []


def test_a_pulled_cable_is_seen_without_asking_the_library(tmp_path: Path) -> None:
    node = tmp_path / "001" / "004"
    node.parent.mkdir()
    node.touch()
    found = {"a": DESK, "b": FoundScanner("airscan:e0:Office", "Office", True)}
    assert still_attached(found, nodes=tmp_path) == found
    node.unlink()
    assert list(still_attached(found, nodes=tmp_path)) == ["b"]
    assert still_attached(found, nodes=tmp_path / "none") == found  # a system without these files tells nothing


def test_every_setting_says_what_it_means_and_its_default_is_possible() -> None:
    settings = SaneSettings()
    for member in fields(settings):
        declared = declaration(member)
        assert declared is not None
        assert declared.possible is None or declared.possible(getattr(settings, member.name)), member.name
    options = declaration(next(member for member in fields(settings) if member.name == "infrared"))
    assert options is not None
    assert options.possible is not None
    assert options.possible(("source=Infrared", "lamp = 2"))
    assert not options.possible(("source",))
    assert not options.possible(("=Infrared",))


class Events(HotPlug):
    """A cable in the hand of the test."""

    def __init__(self) -> None:
        super().__init__()
        self.told = threading.Event()

    @property
    def listening(self) -> bool:
        return True

    def happen(self, subsystem: str) -> None:
        self._tell(f"add@/x\0ACTION=add\0SUBSYSTEM={subsystem}\0".encode())


@pytest.fixture
def events(monkeypatch: pytest.MonkeyPatch) -> Iterator[Events]:
    monkeypatch.setattr(watching, "AFTERWARDS", ())
    source = Events()
    yield source
    source.close()


@pytest.fixture
def config(tmp_path: Path) -> Path:
    (tmp_path / "dll.conf").write_text("test\n")
    (tmp_path / "test.conf").write_text("number_of_devices 1\n")
    return tmp_path


def driver(config: Path, events: HotPlug, *, network: bool = False) -> SaneDriver:
    settings = SaneSettings(
        config_dir=config, network=network, look_seconds=NEVER, quiet_seconds=NEVER, network_seconds=NEVER
    )
    return SaneDriver(settings, clock=WallClock(), hotplug=events)


def test_a_scanner_is_found_and_missed_when_the_system_says_so(config: Path, events: Events) -> None:
    (config / "dll.conf").write_text("")
    registry = Registry([driver(config, events)], allow_simulated=False)
    registry.start()
    try:
        until(lambda: bool(registry.why_nothing()))
        (config / "dll.conf").write_text("test\n")
        events.happen("usb")
        until(lambda: bool(registry.states()) and registry.states()[0].health.state is HealthState.READY)
        (config / "dll.conf").write_text("")
        events.happen("usb")
        until(lambda: registry.states()[0].health.state is HealthState.GONE)
    finally:
        registry.close()


def test_what_was_plugged_in_during_a_session_is_found_at_its_end(config: Path, events: Events) -> None:
    registry = Registry([driver(config, events)], allow_simulated=False)
    registry.start()
    try:
        until(lambda: bool(registry.states()))
        with registry.open(DOCUMENT_SCANNER) as scanner:
            (config / "test.conf").write_text("number_of_devices 2\n")
            events.happen("usb")
            scanner.scan(cancel=CancelToken())
            assert len(registry.states()) == 1
        until(lambda: len(registry.states()) == 2)
    finally:
        registry.close()


def test_a_cable_pulled_while_nothing_is_scanned_ends_the_session(
    config: Path, events: Events, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """The system's files are played by a folder: no scanner is really attached here."""
    nodes = tmp_path / "nodes"
    (nodes / "001").mkdir(parents=True)
    (nodes / "001" / "004").touch()
    monkeypatch.setattr(presence, "_pulled", lambda _name, _nodes: not (nodes / "001" / "004").exists())
    registry = Registry([driver(config, events)], allow_simulated=False)
    registry.start()
    try:
        until(lambda: bool(registry.states()))
        with registry.open(DOCUMENT_SCANNER):
            (nodes / "001" / "004").unlink()
            events.happen("usb")
            until(lambda: registry.states()[0].health.state is HealthState.GONE)
    finally:
        registry.close()


def test_a_look_under_way_gives_way_to_a_scan(config: Path, events: Events) -> None:
    registry = Registry([one := driver(config, events)], allow_simulated=False)
    registry.start()
    try:
        until(lambda: bool(registry.states()))
        for _ in range(3):
            events.happen("usb")
            with registry.open(DOCUMENT_SCANNER) as scanner:
                scanner.scan(cancel=CancelToken())
        assert one.why_nothing() is None
        assert registry.states()[0].health.state is HealthState.READY
    finally:
        registry.close()


def test_the_same_scanner_is_not_listed_again_as_one_in_the_network(config: Path, events: Events) -> None:
    one = driver(config, events, network=True)
    try:
        assert one.listed(cancel=CancelToken(), network=True) == []
        assert [found.name for found in one.listed(cancel=CancelToken()) or ()] == ["Noname frontend-tester"]
    finally:
        one.close()
