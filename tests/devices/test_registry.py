# SPDX-License-Identifier: Apache-2.0
"""Which device fills a role: default order, the officer's choice, a stand-in, and never a simulator in a live store."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from devices import registry as registry_module
from devices import shell as shell_module
from devices.base import DriverListener
from devices.catalogue import CATALOGUE, DriverSet, Surroundings, without_hardware
from devices.hotplug import HotPlug
from devices.registry import Registry
from devices.shell import Shell
from devices.simulators.driver import SimulatorDriver, SimulatorSettings
from devices.watched_folder.driver import WatchedFolderDriver, WatchedFolderSettings
from station.domain.errors import NoDevice
from station.domain.words import Text
from station.ports.devices import DOCUMENT_SCANNER, FACE_CAMERA, MRZ_READER, DeviceInfo, DeviceState, HealthState
from station.ports.tasks import CancelToken
from tests.contract.benches import LOOK, PlainPictures, WallClock, until


class TwoScanners:
    """A simulated scanner first, a watched folder second."""

    def __init__(self, inbox: Path) -> None:
        self.inbox = inbox
        inbox.mkdir()
        self.simulators = SimulatorDriver(SimulatorSettings(), PlainPictures(), clock=WallClock())
        folder = WatchedFolderDriver(
            WatchedFolderSettings(folders=(inbox,), settle_seconds=LOOK, look_seconds=LOOK), clock=WallClock()
        )
        self.registry = Registry([self.simulators, folder], allow_simulated=True)
        self.registry.start()
        until(lambda: len(self.registry.states()) == len(self.simulators.devices) + 1)

    def chosen(self) -> DeviceState | None:
        """Who fills the scanner's role."""
        return next((state for state in self.registry.states() if DOCUMENT_SCANNER in state.chosen_for), None)

    def chosen_driver(self) -> str | None:
        chosen = self.chosen()
        return None if chosen is None else chosen.info.driver


@pytest.fixture
def two(tmp_path: Path) -> Iterator[TwoScanners]:
    scanners = TwoScanners(tmp_path / "inbox")
    yield scanners
    scanners.registry.close()


def drivers_of(simulators: bool) -> DriverSet:
    return DriverSet(without_hardware(), Surroundings(clock=WallClock(), hotplug=HotPlug(), training=simulators))


def test_the_first_driver_fills_the_role_by_default(two: TwoScanners) -> None:
    assert two.chosen_driver() == "simulator"


def test_the_officers_choice_fills_the_role(two: TwoScanners) -> None:
    two.registry.choose(DOCUMENT_SCANNER, f"folder:{two.inbox}")
    assert two.chosen_driver() == "watched_folder"


def test_a_device_that_does_not_fill_the_role_cannot_be_chosen(two: TwoScanners) -> None:
    for device_id in ("simulated:face-camera", "never seen"):
        with pytest.raises(NoDevice):
            two.registry.choose(DOCUMENT_SCANNER, device_id)


def test_the_next_ready_device_stands_in_and_says_so(two: TwoScanners) -> None:
    two.simulators.scanner.unplug()
    chosen = two.chosen()
    assert chosen is not None
    assert chosen.info.driver == "watched_folder"
    assert chosen.health.says.in_english() == "Ready. Stands in for Simulated page scanner, which is gone."
    with two.registry.open(DOCUMENT_SCANNER) as scanner:
        assert scanner.senses_documents


def test_the_device_that_came_back_takes_over_again(two: TwoScanners) -> None:
    two.simulators.scanner.unplug()
    two.simulators.scanner.replug()
    chosen = two.chosen()
    assert chosen is not None
    assert chosen.info.driver == "simulator"
    assert chosen.health.says.in_english() == "Ready."


def test_a_gone_device_stays_listed_in_its_place(two: TwoScanners) -> None:
    before = [state.info.device_id for state in two.registry.states()]
    two.simulators.scanner.unplug()
    states = two.registry.states()
    assert [state.info.device_id for state in states] == before
    assert states[0].health.state is HealthState.GONE
    assert not states[0].chosen_for


def test_subscribers_hear_of_changes_until_they_end_it(two: TwoScanners) -> None:
    heard: list[int] = []
    end = two.registry.subscribe(lambda: heard.append(1))
    two.simulators.scanner.unplug()
    assert heard
    end()
    heard.clear()
    two.simulators.scanner.replug()
    assert not heard


def test_a_session_that_fails_lets_the_device_go(two: TwoScanners) -> None:
    with pytest.raises(ValueError, match="a bug"), two.registry.open(DOCUMENT_SCANNER):
        raise ValueError("a bug")
    with two.registry.open(DOCUMENT_SCANNER):
        pass


def test_a_live_store_never_lists_a_simulator(tmp_path: Path) -> None:
    drivers = drivers_of(simulators=True)
    registry = Registry(drivers.drivers, allow_simulated=False)
    registry.start()
    assert drivers.simulators is not None
    try:
        registry.attached(drivers.simulators.scanner.shell)  # even if a driver reports it all the same
        assert not any(state.info.simulated for state in registry.states())
        reasons = [reason.in_english() for _, reason in registry.why_nothing()]
        assert "Simulated page scanner is a film or simulated: it can be used in a training store only." in reasons
        for role in (DOCUMENT_SCANNER, FACE_CAMERA):
            with pytest.raises(NoDevice), registry.open(role):
                pass
    finally:
        registry.close()


def test_without_hardware_the_officer_can_still_key_in() -> None:
    drivers = drivers_of(simulators=False)
    assert drivers.simulators is None
    registry = Registry(drivers.drivers, allow_simulated=False)
    registry.start()
    try:
        with registry.open(MRZ_READER) as reader:
            drivers.keyed_mrz.submit(("A<", "B<"))
            assert reader.read(cancel=CancelToken()).lines == ("A<", "B<")
    finally:
        registry.close()


def test_a_training_store_reads_a_drawn_specimen() -> None:
    drivers = drivers_of(simulators=True)
    assert drivers.simulators is not None
    registry = Registry(drivers.drivers, allow_simulated=True)
    registry.start()
    try:
        with registry.open(DOCUMENT_SCANNER) as scanner:
            drivers.simulators.tray.place(4)
            page = scanner.scan(cancel=CancelToken())
        assert page.provenance.simulated
        assert len(page.image.data) > 10_000
    finally:
        registry.close()


class Desk:
    """A driver that tells what its test wants."""

    simulated = False

    def __init__(self, device_id: str, *, name: str = "desk") -> None:
        self.name = name
        self.told: list[DriverListener] = []
        info = DeviceInfo(device_id, device_id, name, (FACE_CAMERA,))
        self.shell = Shell(info, clock=WallClock(), changed=lambda _id: None, fills={FACE_CAMERA.name: lambda use: use})
        self.closed = False

    def start(self, listener: DriverListener) -> None:
        self.told.append(listener)
        listener.attached(self.shell)

    def why_nothing(self) -> Text | None:
        return None

    def close(self) -> None:
        self.closed = True
        self.shell.close()


def listed(registry: Registry) -> list[str]:
    return [state.info.device_id for state in registry.states()]


def test_what_a_replaced_driver_still_tells_is_not_heard() -> None:
    old, new, other = Desk("old"), Desk("new"), Desk("other")
    registry = Registry([old, other], allow_simulated=False)
    registry.start()
    registry.replace(old, new)
    (ear,) = old.told
    ear.attached(old.shell)
    ear.detached("new")
    ear.forgotten("other")
    assert listed(registry) == ["new", "other"]  # a driver of the same name keeps what is its own
    assert all(state.health.state is HealthState.READY for state in registry.states())
    registry.close()


def test_a_registry_that_was_closed_starts_no_driver() -> None:
    old, new = Desk("old"), Desk("new")
    registry = Registry([old], allow_simulated=False)
    registry.start()
    registry.close()
    registry.replace(old, new)
    assert not new.told
    assert new.closed


def test_a_device_that_its_driver_forgot_is_not_listed() -> None:
    desk = Desk("desk")
    registry = Registry([desk], allow_simulated=False)
    registry.start()
    desk.told[0].detached("desk")
    assert listed(registry) == ["desk"]
    desk.told[0].forgotten("desk")
    assert listed(registry) == []
    registry.close()


def test_devices_that_hang_are_waited_for_together(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each call ends only when the other device, too, was told to end: one after another they never would."""
    monkeypatch.setattr(registry_module, "_CLOSING", 60.0)
    monkeypatch.setattr(shell_module, "CLOSING", 60.0)
    desks = [Desk("one"), Desk("two")]
    registry = Registry(desks, allow_simulated=False)
    registry.start()
    both = threading.Barrier(2)

    def hang(token: CancelToken) -> None:
        token.wait(60.0)
        both.wait(50.0)

    for desk in desks:
        desk.shell.worker(FACE_CAMERA).begin(hang)
    until(lambda: all(desk.shell.worker(FACE_CAMERA).busy_since is not None for desk in desks))
    registry.close()
    assert not both.broken
    assert not [thread for thread in threading.enumerate() if thread.name.startswith("device ")]


def test_a_reader_that_types_was_switched_on_and_goes_before_what_any_line_may_be() -> None:
    names = [entry.name for entry in CATALOGUE]
    assert names.index("keyboard_wedge") < names.index("serial_lines")
