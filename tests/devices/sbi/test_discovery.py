# SPDX-License-Identifier: Apache-2.0
"""Scanners are found without configuration, told from strangers, and simulators never pass for them."""

from __future__ import annotations

import base64
import contextlib
import json
import threading
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

import msgspec
import pytest

from devices.hotplug import HotPlug
from devices.registry import Registry
from devices.sbi import driver as sbi_driver
from devices.sbi.driver import DRIVER, PORTS, SbiDriver, SbiSettings
from devices.sbi.scanner import Found
from devices.sbi.wire import listening
from devices.simulators.sbi.driver import SbiSimulatorDriver
from devices.simulators.sbi.server import SbiSimulator
from devices.watching import REMEMBERED
from station.config.declared import declaration
from station.domain.errors import NoDevice
from station.ports.devices import FINGERPRINT_SCANNER, HealthState
from tests.contract.benches import WallClock, until
from tests.devices.sbi.fake_service import ok, serving
from tests.devices.sbi.rig import LOOK, found, simulated

FAST = SbiSettings(look_seconds=LOOK)


def free_port(ports: range = PORTS) -> int:
    return next(port for port in reversed(ports) if port not in listening(ports))


def test_a_scanner_is_found_with_its_name_number_and_version() -> None:
    with simulated() as simulator, found(simulator) as registry:
        (state,) = registry.states()
        assert state.info.device_id == simulator.device_id
        assert state.info.name == "Simulated Slap 4-4-2"
        assert state.info.serial_number == "000000000007"
        assert state.info.version == "1.0.0"
        assert state.info.driver == DRIVER
        assert state.info.roles == (FINGERPRINT_SCANNER,)
        assert state.info.simulated


def test_a_scanner_that_comes_back_on_another_port_is_the_same() -> None:
    with simulated() as simulator, found(simulator) as registry:
        first = simulator.port
        assert first is not None
        simulator.unplug()
        until(lambda: registry.states()[0].health.state is HealthState.GONE)
        with serving(b"", port=first):
            simulator.replug()
            assert simulator.port != first
            until(lambda: registry.states()[0].health.state is HealthState.READY)
        assert len(registry.states()) == 1


def registry_of(driver: SbiDriver, *, allow_simulated: bool) -> Registry:
    return Registry([driver], allow_simulated=allow_simulated)


@pytest.mark.parametrize("allow_simulated", [True, False])
def test_a_simulator_that_is_not_of_this_station_is_never_offered(allow_simulated: bool) -> None:
    """A training station on the same computer must not give a live one its fingers."""
    with simulated() as simulator:
        driver = SbiDriver(FAST, clock=WallClock())
        registry = registry_of(driver, allow_simulated=allow_simulated)
        registry.start()
        try:
            until(lambda: driver.why_nothing() is not None)
            assert simulator.port is not None
            assert registry.states() == []
        finally:
            registry.close()


def test_a_live_store_lists_no_simulated_scanner_even_when_the_port_is_told() -> None:
    with simulated() as simulator:
        registry = registry_of(
            SbiDriver(FAST, clock=WallClock(), simulator_port=lambda: simulator.port), allow_simulated=False
        )
        registry.start()
        try:
            threading.Event().wait(4 * LOOK)
            assert registry.states() == []
            with pytest.raises(NoDevice), registry.open(FINGERPRINT_SCANNER):
                pass
        finally:
            registry.close()


@pytest.mark.parametrize(
    "answer",
    [
        b"SSH-2.0-nothing\r\n",
        b"HTTP/1.1 501 Unsupported\r\nContent-Length: 0\r\n\r\n",
        ok(b"[]"),
        ok(b"{}"),
        ok(b"[" * 5000),
        ok(b'[{"deviceId": "1", "digitalId": "!!!"}]'),
        ok(b'[{"deviceId": "1", "deviceStatus": "Ready", "digitalId": "e30"}]'),
        ok(b'[{"deviceId": 1.5}]'),
    ],
    ids=["ssh", "501", "empty", "object", "deep", "no base64", "empty identity", "wrong type"],
)
def test_a_stranger_on_a_port_is_no_scanner_and_is_left_in_peace(
    answer: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Other stations on this computer look at the true range, and would be counted.
    own = range(14501, 14521)
    monkeypatch.setattr(sbi_driver, "PORTS", own)
    with serving(answer, port=free_port(own)) as stranger, simulated() as simulator, found(simulator) as registry:
        threading.Event().wait(4 * LOOK)
        assert len(registry.states()) == 1
        if not answer.startswith(b"HTTP/1.1 200"):
            assert len(stranger.requests) == 1


def named(**changes: str) -> bytes:
    """A discovery answer of a scanner that names itself so."""
    names = {"serialNo": "1", "make": "Maker", "model": "Model", "type": "Finger", **changes}
    digital_id = base64.urlsafe_b64encode(json.dumps(names).encode()).decode()
    return ok(json.dumps([{"deviceId": "1", "deviceStatus": "Ready", "digitalId": digital_id}] * 20).encode())


@pytest.mark.parametrize(
    ("changes", "listed"),
    [
        ({}, 1),
        ({"type": "Fingerprint"}, 1),
        ({"type": "Iris"}, 0),
        ({"serialNo": " "}, 0),
        ({"make": "M" * 65}, 0),
        ({"model": "a\nb"}, 0),
    ],
)
def test_a_device_is_listed_when_its_names_can_be_shown(changes: dict[str, str], listed: int) -> None:
    """It describes itself unsigned only, so it is listed in trouble and cannot be used."""
    with serving(named(**changes), port=free_port()) as service:
        registry = registry_of(SbiDriver(FAST, clock=WallClock()), allow_simulated=False)
        with contextlib.closing(registry):
            registry.start()
            until(lambda: len(service.requests) >= 2)
            until(lambda: len(registry.states()) == listed)
            for state in registry.states():
                until(lambda: registry.states()[0].health.state is HealthState.TROUBLE)
                assert not state.info.simulated


def test_a_scanner_that_its_maker_does_not_know_says_so() -> None:
    unknown = ok(b'[{"deviceInfo": "", "error": {"errorCode": "100", "errorInfo": "Device not registered"}}]')
    with serving(named(), unknown, port=free_port()):
        registry = registry_of(SbiDriver(FAST, clock=WallClock()), allow_simulated=False)
        with contextlib.closing(registry):
            registry.start()
            until(lambda: bool(registry.states()))
            until(lambda: "not registered with its maker" in registry.states()[0].health.says.in_english())


def test_closing_does_not_wait_for_a_service_that_says_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """With an hour of patience the test would never end if it did."""
    monkeypatch.setattr("devices.sbi.driver.INFO_SECONDS", 3600.0)
    with serving(b"", hold=True, port=free_port()) as mute:
        registry = registry_of(SbiDriver(FAST, clock=WallClock()), allow_simulated=True)
        registry.start()
        until(lambda: len(mute.requests) == 1)
        registry.close()


def test_a_known_scanner_whose_service_hangs_is_in_trouble_and_not_gone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("devices.sbi.driver.INFO_SECONDS", 0.1)
    simulator = SbiSimulator(seed=7, clock=WallClock())
    simulator.start()
    port = simulator.port
    assert port is not None
    try:
        with found(simulator) as registry:
            simulator.unplug()
            with serving(b"", hold=True, port=port):
                until(lambda: registry.states()[0].health.state is HealthState.TROUBLE)
                assert "has not answered" in registry.states()[0].health.says.in_english()
            until(lambda: registry.states()[0].health.state is HealthState.GONE)
    finally:
        simulator.close()


def test_nothing_there_and_nothing_wanted_are_said() -> None:
    driver = SbiDriver(FAST, clock=WallClock())
    registry = registry_of(driver, allow_simulated=True)
    registry.start()
    with contextlib.closing(registry):
        until(lambda: driver.why_nothing() is not None)
        why = driver.why_nothing()
        assert why is not None
        assert "service of its maker" in why.in_english()
    off = SbiDriver(SbiSettings(enabled=False), clock=WallClock())
    with contextlib.closing(registry_of(off, allow_simulated=True)) as registry:
        registry.start()
        why = off.why_nothing()
        assert why is not None
        assert "switched off" in why.in_english()


def test_a_demonstration_sees_its_own_simulator_and_no_hardware() -> None:
    with simulated() as simulator, serving(named(), port=free_port()) as service:
        with found(simulator, SbiSettings(enabled=False)) as registry:
            threading.Event().wait(4 * LOOK)
            assert [state.info.device_id for state in registry.states()] == [simulator.device_id]
        assert service.requests == []


def test_a_wrong_certificate_file_is_named_by_the_doctor(tmp_path: Path) -> None:
    driver = SbiDriver(SbiSettings(trust=(tmp_path / "maker.pem",), look_seconds=LOOK), clock=WallClock())
    with contextlib.closing(registry_of(driver, allow_simulated=True)) as registry:
        registry.start()
        until(lambda: driver.why_nothing() is not None)
        why = driver.why_nothing()
        assert why is not None
        assert "maker.pem" in why.in_english()


class Announcing(HotPlug):
    """The system's word, said by the test."""

    def __init__(self) -> None:
        super().__init__()
        self.subsystems: tuple[str, ...] = ()
        self.say: Callable[[], None] = lambda: None

    def subscribe(self, subsystems: Sequence[str], changed: Callable[[], None]) -> Callable[[], None]:
        self.subsystems, self.say = tuple(subsystems), changed
        return lambda: None


def test_the_system_reporting_a_usb_device_brings_the_look_forward() -> None:
    hotplug = Announcing()
    simulator = SbiSimulator(seed=3, clock=WallClock())
    driver = SbiDriver(
        SbiSettings(look_seconds=3600.0), clock=WallClock(), hotplug=hotplug, simulator_port=lambda: simulator.port
    )
    registry = Registry([driver], allow_simulated=True)
    registry.start()
    try:
        until(lambda: driver.why_nothing() is not None)
        assert hotplug.subsystems == ("usb",)
        simulator.start()
        hotplug.say()
        until(lambda: len(registry.states()) == 1)
    finally:
        registry.close()
        simulator.close()


def test_every_setting_is_declared_and_trust_is_not_the_technicians() -> None:
    fields = {name: declaration(member) for name, member in SbiSettings.__dataclass_fields__.items()}
    assert all(fields.values())
    for name in ("trust", "require_certified"):
        declared = fields[name]
        assert declared is not None
        assert declared.shown
        assert not declared.bench


def test_a_simulator_leaves_no_thread_and_no_line() -> None:
    before = {thread.ident for thread in threading.enumerate()}
    for _ in range(3):
        simulator = SbiSimulator(seed=5, clock=WallClock())
        simulator.start()
        simulator.unplug()
        simulator.unplug()
        simulator.replug()
        simulator.replug()
        simulator.close()
        assert simulator.port is None
    assert {thread.ident for thread in threading.enumerate()} <= before


def test_a_live_store_starts_no_simulator() -> None:
    driver = SbiSimulatorDriver(seed=2, clock=WallClock(), traveller=lambda: 1)
    with contextlib.closing(Registry([driver], allow_simulated=False)) as registry:
        registry.start()
        assert driver.port is None
        assert driver.why_nothing() is None


def test_a_full_range_is_an_error_of_the_system_and_not_a_hang(monkeypatch: pytest.MonkeyPatch) -> None:
    with simulated() as simulator:
        assert simulator.port is not None
        monkeypatch.setattr("devices.simulators.sbi.server.PORTS", range(simulator.port, simulator.port + 1))
        second = SbiSimulator(seed=2, clock=WallClock())
        with pytest.raises(OSError, match="no port"):
            second.start()
        driver = SbiSimulatorDriver(seed=2, clock=WallClock(), traveller=lambda: 1)
        with contextlib.closing(Registry([driver], allow_simulated=True)) as registry:
            registry.start()
            until(lambda: driver.why_nothing() is not None)
            why = driver.why_nothing()
            assert why is not None
            assert "no free port" in why.in_english()


def test_a_service_that_makes_up_numbers_fills_no_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[Found] = []
    with simulated() as simulator:
        assert simulator.port is not None
        driver = SbiDriver(FAST, clock=WallClock(), simulator_port=lambda: simulator.port)
        (one,) = driver._ask(simulator.port)

        def made_up() -> dict[str, Found]:
            others = [
                replace(one, identity=msgspec.structs.replace(one.identity, serialNo=f"S{len(made) + number}"))
                for number in range(8)
            ]
            made.extend(others)
            return {other.device_id: other for other in others}

        monkeypatch.setattr(driver._watch, "_look_now", made_up)
        registry = registry_of(driver, allow_simulated=True)
        registry.start()
        try:
            until(lambda: len(made) > 100)
            assert driver._scanners
            assert len(registry.states()) <= REMEMBERED
            assert len(driver._scanners) <= REMEMBERED
        finally:
            registry.close()
