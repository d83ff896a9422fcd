# SPDX-License-Identifier: Apache-2.0
"""The doctor says where memory may reach a disk, and that nobody tells of a sleep; it calls none of it a fault."""

from __future__ import annotations

from pathlib import Path

import pytest

from station.isolation.own_memory import MemoryOnDisk
from tests.ui.command_line.commands import command, fitting
from ui.memory_remarks import login_manager_runs, memory_remarks, remarks_on


def test_a_machine_without_open_swap_gets_no_remark() -> None:
    assert remarks_on(MemoryOnDisk(open_swap=(), hibernation=False)) == ()


def test_open_swap_is_named_and_hibernation_is_told_with_what_to_do() -> None:
    remarks = dict(remarks_on(MemoryOnDisk(open_swap=("/dev/sda2", "/swap"), hibernation=True)))
    assert "/dev/sda2, /swap" in remarks["swap"].in_english()
    assert "Encrypt it" in remarks["swap"].in_english()
    assert "Forbid hibernation" in remarks["hibernation"].in_english()


def test_a_login_manager_is_a_bus_and_a_seat(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("DBUS_SYSTEM_BUS_ADDRESS", raising=False)
    bus, seats = tmp_path / "bus", tmp_path / "seats"
    assert not login_manager_runs(bus=bus, seats=seats)
    bus.touch()
    assert not login_manager_runs(bus=bus, seats=seats)
    seats.mkdir()
    assert not login_manager_runs(bus=bus, seats=seats)
    (seats / "seat0").touch()
    assert login_manager_runs(bus=bus, seats=seats)


def test_the_doctor_says_it_and_counts_it_as_no_fault(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HBM_STATION_SETTINGS", str(tmp_path / "settings.toml"))
    answers = [fitting(answer, "doctor") for answer in command("doctor", "--simulators", "--json").answers]
    said = {answer["about"]: answer for answer in answers}
    for about, words in memory_remarks():
        assert said[about]["good"] is None
        assert said[about]["says"] == words.in_english()
