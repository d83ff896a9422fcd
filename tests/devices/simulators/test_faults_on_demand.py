# SPDX-License-Identifier: Apache-2.0
"""Faults are switched by name, from a bench or a file; what a file gets wrong is named with its line and its cure."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from devices.registry import Registry
from devices.simulators.desk import DesksTogether
from devices.simulators.driver import SimulatorDriver, SimulatorSettings
from devices.simulators.faults import CATALOGUE, Fault
from devices.simulators.hand import TrainingHand
from devices.simulators.scenario import Scenario, Step, load_scenario
from devices.simulators.specimens.people import SpecimenStock
from station.domain.errors import DeviceRemoved
from station.ports.devices import CHIP_READER, DOCUMENT_SCANNER, FACE_CAMERA, MRZ_READER
from station.ports.tasks import CancelToken
from tests.contract.benches import PlainPictures, WallClock, until
from tests.contract.benches_simulators import simulators
from tests.open_station import StandingClock

SCANNER, CAMERA, PRINTER = "simulated:document-scanner", "simulated:face-camera", "simulated:printer"
KNOWN = {SCANNER: ("mute", "jam"), CAMERA: ("mute", "slow")}


@pytest.fixture
def driver() -> Iterator[SimulatorDriver]:
    made = simulators()
    yield made
    made.close()


def played(text: str, folder: Path, *, seed: int = 7) -> SimulatorDriver:
    """Simulators with a scenario."""
    path = folder / "scenario.toml"
    path.write_text(text)
    settings = SimulatorSettings(seed=seed, scan_seconds=0.0, scenario=path)
    return SimulatorDriver(settings, PlainPictures(), clock=WallClock())


def away(driver: SimulatorDriver) -> bool:
    """Whether the camera's plug is out now."""
    return driver.camera.gone


# ── the desk ───────────────────────────────────────────────────────────────────────────────────────────────────


def test_the_desk_offers_what_the_catalogue_has_for_each_role(driver: SimulatorDriver) -> None:
    camera = driver.desk.choices(CAMERA)
    assert [choice.name for choice in camera] == [fault.value for fault in CATALOGUE[FACE_CAMERA.name]]
    assert all(choice.says.in_english() for choice in camera)
    both = {choice.name for choice in driver.desk.choices(SCANNER)}
    assert {"document_scanner.jam", "chip_reader.lifted", "document_scanner.mute", "chip_reader.mute"} <= both
    assert driver.desk.choices("a real scanner") == ()


def test_a_fault_is_switched_on_for_one_role_and_off_again(driver: SimulatorDriver) -> None:
    driver.desk.switch(SCANNER, "chip_reader.mute", times=2)
    assert driver.desk.current(SCANNER) == "chip_reader.mute"
    assert driver.scanner.switches[CHIP_READER.name].current is Fault.MUTE
    assert driver.scanner.switches[DOCUMENT_SCANNER.name].current is None
    driver.desk.switch(SCANNER, "document_scanner.jam")
    assert driver.scanner.switches[CHIP_READER.name].current is None
    driver.desk.switch(SCANNER, None)
    assert driver.desk.current(SCANNER) is None


def test_a_fault_that_the_device_cannot_show_changes_nothing(driver: SimulatorDriver) -> None:
    driver.desk.switch(CAMERA, "slow")
    driver.desk.switch(CAMERA, "paper_out")
    assert driver.desk.current(CAMERA) == "slow"
    for act in (driver.desk.unplug, driver.desk.replug):
        act("a real scanner")
    driver.desk.switch("a real scanner", "mute")
    assert driver.desk.current("a real scanner") is None


def test_plugs_are_pulled_and_put_back_from_the_desk(driver: SimulatorDriver) -> None:
    driver.desk.unplug(CAMERA)
    assert away(driver)
    driver.desk.replug(CAMERA)
    assert not away(driver)


def test_desks_together_answer_for_the_devices_of_each(driver: SimulatorDriver) -> None:
    other = simulators()
    desks = DesksTogether(lambda: [other.desk, driver.desk])
    assert desks.choices(CAMERA) == driver.desk.choices(CAMERA)
    assert desks.choices("a real scanner") == ()
    desks.switch(CAMERA, "mute")
    assert desks.current(CAMERA) == "mute"
    desks.unplug(CAMERA)
    assert away(driver)
    desks.replug(CAMERA)
    assert not away(driver)
    other.close()


# ── the hand ───────────────────────────────────────────────────────────────────────────────────────────────────


def test_the_hand_places_swipes_and_shows(driver: SimulatorDriver) -> None:
    hand = TrainingHand(driver, SpecimenStock(7, today=StandingClock().now().date()))
    registry = Registry([driver], allow_simulated=True)
    registry.start()
    found = []
    for jam in (True, False):
        hand.place(3, jam=jam)
        found.append(driver.scanner.faults.current)
    driver.scanner.faults.switch(Fault.SLOW)
    hand.place(3)
    found.append(driver.scanner.faults.current)
    assert found == [Fault.JAM, None, Fault.SLOW], "what the bench switched stays"
    with registry.open(MRZ_READER) as reader:
        hand.swipe(3)
        assert reader.read(cancel=CancelToken()).lines == PlainPictures().mrz_lines(3)
    hand.show_code(3)
    hand.remove()
    assert driver.tray.traveller is None


# ── scenario files ─────────────────────────────────────────────────────────────────────────────────────────────


def test_a_step_strikes_with_the_traveller_it_names(tmp_path: Path) -> None:
    driver = played(f'[[step]]\nafter_traveller = 2\ndevice = "{CAMERA}"\nfault = "mute"\ntimes = 3\n', tmp_path)
    assert driver.problems == ()
    registry = Registry([driver], allow_simulated=True)
    registry.start()
    struck = []
    for number in range(4):
        driver.tray.place(number)
        struck.append(driver.desk.current(CAMERA))
        driver.desk.switch(CAMERA, None)
    registry.close()
    assert struck == [None, None, "mute", None]


def test_a_step_before_the_first_traveller_is_there_from_the_start(tmp_path: Path) -> None:
    driver = played(f'[[step]]\nafter_traveller = 0\ndevice = "{CAMERA}"\nfault = "unplug"\n', tmp_path)
    registry = Registry([driver], allow_simulated=True)
    registry.start()
    assert away(driver)
    registry.close()


def test_steps_by_time_strike_in_their_order_and_end_with_the_station(tmp_path: Path) -> None:
    steps = [(0.06, "unplug"), (0.0, "jam"), (0.03, "none"), (3600.0, "replug")]
    text = "".join(f'[[step]]\nafter_seconds = {at}\ndevice = "{PRINTER}"\nfault = "{fault}"\n' for at, fault in steps)
    driver = played(text, tmp_path)
    registry = Registry([driver], allow_simulated=True)
    registry.start()
    until(lambda: driver.printer.gone)
    assert driver.printer.faults.current is None
    registry.close()


def test_equal_seeds_give_equal_surprises(tmp_path: Path) -> None:
    def day(text: str, seed: int) -> list[str | None]:
        driver = played(text, tmp_path, seed=seed)
        found = []
        for number in range(30):
            driver.tray.place(number)
            found.append(driver.desk.current(CAMERA))
            driver.desk.switch(CAMERA, None)
        driver.close()
        return found

    surprise = f'[surprise]\nshare = 0.5\ndevices = ["{CAMERA}"]\n'
    first = day(surprise, 7)
    assert first == day(surprise, 7)
    assert first != day(surprise, 8)
    assert 5 < len([fault for fault in first if fault]) < 25
    assert day(f"seed = 3\n{surprise}", 7) == day(f"seed = 3\n{surprise}", 8)


def test_a_call_meets_what_the_scenario_says(tmp_path: Path) -> None:
    driver = played(
        f'[[step]]\nafter_traveller = 0\ndevice = "{SCANNER}"\nfault = "document_scanner.disconnect"\ntimes = 1\n',
        tmp_path,
    )
    registry = Registry([driver], allow_simulated=True)
    registry.start()
    driver.tray.place(1)
    with registry.open(DOCUMENT_SCANNER) as scanner, pytest.raises(DeviceRemoved):
        scanner.scan(cancel=CancelToken())
    registry.close()


def test_a_whole_file_is_read(tmp_path: Path) -> None:
    path = tmp_path / "day.toml"
    path.write_text(
        f'seed = 9\n[[step]]\nafter_seconds = 1.5\ndevice = "{CAMERA}"\nfault = "none"\n[surprise]\nshare = 1\n'
    )
    scenario, problems = load_scenario(path, KNOWN)
    assert problems == ()
    assert scenario == Scenario(
        seed=9,
        steps=(Step(device=CAMERA, fault="none", after_seconds=1.5),),
        share=1.0,
        surprised=tuple(KNOWN),
    )


GOOD = f'[[step]]\nafter_traveller = 1\ndevice = "{CAMERA}"\nfault = "mute"\n'


@pytest.mark.parametrize(
    ("text", "line", "cause", "cure"),
    [
        ('seed = "nine"\n', 1, "cannot be used", "whole number"),
        ("seeds = 9\n", 1, "no setting of this name", "seed, step, surprise"),
        (f"{GOOD}colour = 1\n", 5, "no setting of this name", "after_traveller"),
        (GOOD.replace("mute", "melt"), 4, "no fault of this name", "mute, slow, unplug, replug, none"),
        (GOOD.replace(CAMERA, "camera"), 3, "no simulated device", CAMERA),
        (GOOD.replace("= 1", "= -1"), 2, "cannot be used", "whole number from 0"),
        (f"{GOOD}after_seconds = 2\n", 2, "one time", "either"),
        (GOOD.replace("after_traveller = 1\n", ""), 1, "one time", "either"),
        (f"{GOOD}times = 0\n", 5, "cannot be used", "from 1"),
        (GOOD + GOOD.replace("mute", "melt"), 8, "no fault of this name", "mute"),
        ("step = 4\n", 1, "cannot be used", "[[step]]"),
        ("surprise = 4\n", 1, "cannot be used", "[surprise]"),
        ("[surprise]\nshare = 2\n", 2, "cannot be used", "0.0 to 1.0"),
        ('[surprise]\ndevices = ["camera"]\n', 2, "no simulated device", CAMERA),
        ("[surprise]\nshares = 1\n", 2, "no setting of this name", "share"),
    ],
)
def test_what_cannot_be_used_is_named_with_its_line_and_cure(
    text: str, line: int, cause: str, cure: str, tmp_path: Path
) -> None:
    path = tmp_path / "day.toml"
    path.write_text(text)
    _, problems = load_scenario(path, KNOWN)
    assert len(problems) == 1
    said = problems[0].cause.in_english()
    assert f"{path}, line {line}, " in said
    assert cause in said
    assert cure in problems[0].next_step.in_english()


def test_the_good_steps_of_a_file_with_faults_are_played(tmp_path: Path) -> None:
    path = tmp_path / "day.toml"
    path.write_text(GOOD.replace("mute", "melt") + GOOD)
    scenario, problems = load_scenario(path, KNOWN)
    assert len(problems) == 1
    assert [step.fault for step in scenario.steps] == ["mute"]


@pytest.mark.parametrize("raw", [b"[[step", b"\xff\xfe", b"seed = 1\n" * 40_000, b"a = " + b"[" * 5_000])
def test_a_file_that_is_none_is_one_problem(raw: bytes, tmp_path: Path) -> None:
    path = tmp_path / "day.toml"
    path.write_bytes(raw)
    scenario, problems = load_scenario(path, KNOWN)
    assert scenario == Scenario()
    assert len(problems) == 1
    assert "cannot be read" in problems[0].cause.in_english()


def test_a_file_that_is_not_there_is_said_and_the_simulators_work(tmp_path: Path) -> None:
    settings = SimulatorSettings(scenario=tmp_path / "none.toml")
    driver = SimulatorDriver(settings, PlainPictures(), clock=WallClock())
    assert len(driver.problems) == 1
    driver.close()
