# SPDX-License-Identifier: Apache-2.0
"""The machine goes to sleep or its screen goes off while an officer works: the station locks, and its memory is new."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from station.ports.tasks import CancelToken
from tests.secrets.memory import content_of, files_under
from tests.secrets.planted import OFFICER, PASSWORD, LivedStation, PlantedStore, plant
from tests.virtual_hardware.login_manager import LONGEST_DELAY, MachineThatSleeps, machine_that_sleeps
from ui.bootstrap.house import House
from ui.desktop.runtime.sleep_watch import SleepWatch

_MISSING = [program for program in ("dbus-daemon", "Xvfb", "openbox", "xdotool") if shutil.which(program) is None]

pytestmark = [
    pytest.mark.virtual,
    pytest.mark.skipif(bool(_MISSING), reason=f"not on this machine: {', '.join(_MISSING)}"),
    pytest.mark.timeout(600),
]


@pytest.fixture
def machine(tmp_path: Path) -> Iterator[MachineThatSleeps]:
    folder = tmp_path / "machine"
    folder.mkdir()
    with machine_that_sleeps(folder) as made:
        yield made


@pytest.fixture
def planted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> PlantedStore:
    folder = tmp_path / "station"
    folder.mkdir()
    return plant(folder, monkeypatch)


def _on(machine: MachineThatSleeps) -> dict[str, str]:
    return {"DBUS_SYSTEM_BUS_ADDRESS": machine.address, "DBUS_SESSION_BUS_ADDRESS": machine.address}


def _acts(planted: PlantedStore) -> list[str]:
    house = House.around(planted.place)
    session = house.sign_in.sign_in(OFFICER, PASSWORD.__class__.of(PASSWORD.reveal().decode()), CancelToken())
    with session.store.reading() as unit:
        acts = [entry.act for entry in unit.audit.entries()]
    house.sign_in.sign_out(session)
    return [act for act in acts if act.startswith("access.")]


def test_the_machine_sleeps_only_when_the_old_memory_is_gone(
    machine: MachineThatSleeps, planted: PlantedStore, capsys: pytest.CaptureFixture[str]
) -> None:
    with ExitStack() as stack:
        station = LivedStation(planted, stack, _on(machine))
        machine.wait_for("inhibited")
        station.sign_in()
        station.look_at_everything()
        before = station.found_in_memory()
        open_before = station.descriptors()
        machine.order("sleep")
        slept = machine.wait_for("asleep")
        replaced = station.starts_again()  # already, in the moment of sleep
        after = station.found_in_memory()
        machine.order("wake")
        machine.wait_for("inhibited", count=2)
        station.until_signing_in()
        after_waking = station.found_in_memory()
        station.sign_in(name="")  # it stands on the page of the lock
        open_after = station.descriptors()
    assert slept["why"] == "released"
    assert replaced
    assert len(before) > 3 * 90
    assert any(name.startswith("key ") for name in before)
    assert after == after_waking == set()
    assert open_after <= open_before + 5  # nothing is inherited but the pipe, which was read and closed
    left = planted.needles.found_in(content_of(files_under([planted.folder, Path("/dev/shm")])))
    assert left == set()
    assert _acts(planted)[-4:] == ["access.signed_in", "access.locked", "access.signed_in", "access.signed_in"]
    seconds = float(str(slept["seconds"]))
    with capsys.disabled():
        print(f"\nslept {seconds:.2f} s after PrepareForSleep; a login manager waits {LONGEST_DELAY / 1000:.0f} s")
        print(f"planted things found: {len(before)} in memory before, {len(after)} after, {len(left)} in files")


@pytest.mark.parametrize("word", ["lock", "idle", "saver"])
def test_a_dark_or_locked_screen_locks_the_station(
    machine: MachineThatSleeps, planted: PlantedStore, word: str
) -> None:
    with ExitStack() as stack:
        station = LivedStation(planted, stack, _on(machine))
        machine.wait_for("inhibited")
        station.sign_in()
        machine.order(word)
        station.until(station.starts_again, "another process in the place of the first")
        station.until_signing_in()
    assert _acts(planted)[-3:-1] == ["access.signed_in", "access.locked"]


def test_a_machine_sleeps_at_once_when_nobody_is_signed_in_and_the_next_time_too(
    machine: MachineThatSleeps, planted: PlantedStore
) -> None:
    with ExitStack() as stack:
        station = LivedStation(planted, stack, _on(machine))
        for count in (1, 2):
            machine.wait_for("inhibited", count=count)
            machine.order("sleep")
            assert machine.wait_for("asleep", count=count)["why"] == "released"
            machine.order("wake")
            station.until_signing_in()
        assert station.process.poll() is None


def test_a_watch_that_stays_in_its_process_lets_sleep_when_it_is_told_to(
    machine: MachineThatSleeps, qtbot: QtBot
) -> None:
    assert QApplication.instance() is not None
    told: list[object] = []
    watch = SleepWatch(
        told.append, lambda: told.append("lock"), system_bus=machine.address, session_bus=machine.address
    )
    qtbot.waitUntil(lambda: watch.holds_sleep_back)
    machine.order("sleep")
    qtbot.waitUntil(lambda: len(told) == 1)
    assert not [event for event in machine.events if event["event"] == "asleep"]
    released = told[0]
    assert callable(released)
    released()
    assert machine.wait_for("asleep")["why"] == "released"
    machine.order("wake")
    qtbot.waitUntil(lambda: watch.holds_sleep_back)
    watch.close()
    machine.order("sleep")
    assert machine.wait_for("asleep", count=2)["why"] in ("released", "nobody held it")


def test_no_bus_and_no_login_manager_are_no_fault(tmp_path: Path, qtbot: QtBot) -> None:
    nowhere = f"unix:path={tmp_path / 'nothing'}"
    watch = SleepWatch(lambda released: released(), lambda: None, system_bus=nowhere, session_bus=nowhere)
    qtbot.wait(50)
    assert not watch.holds_sleep_back
    watch.close()
