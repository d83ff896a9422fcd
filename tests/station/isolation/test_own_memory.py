# SPDX-License-Identifier: Apache-2.0
"""A process that forbids dumps leaves none, and it is told where a machine may write memory to a disk."""

from __future__ import annotations

import os
import resource
import subprocess
import sys
from pathlib import Path

import pytest

from station.isolation.own_memory import memory_on_disk

_ABORTS = """
import os, resource
{first}
os.abort()
"""
_FORBIDS = """
import ctypes, resource
from station.isolation.own_memory import forbid_dumps
assert forbid_dumps()
print(ctypes.CDLL(None).prctl(3, 0, 0, 0, 0), resource.getrlimit(resource.RLIMIT_CORE))
"""


def test_a_process_that_forbids_dumps_is_not_dumpable() -> None:
    done = subprocess.run([sys.executable, "-c", _FORBIDS], capture_output=True, text=True, check=True)
    assert done.stdout.split("\n")[0] == "0 (0, 0)"


def _dumped(first: str, folder: Path) -> bool:
    """Whether a process that aborts was dumped; where the kernel does so into the working folder."""
    ended = subprocess.Popen(
        [sys.executable, "-c", _ABORTS.format(first=first)], cwd=folder, env={**os.environ, "PYTHONPATH": os.getcwd()}
    )
    _, status = os.waitpid(ended.pid, 0)
    ended.returncode = status  # it was waited for here, where the whole status is seen
    assert os.WIFSIGNALED(status)
    return os.WCOREDUMP(status)


def test_a_process_that_forbids_dumps_leaves_none_when_it_crashes(tmp_path: Path) -> None:
    if resource.getrlimit(resource.RLIMIT_CORE)[1] == 0:
        pytest.skip("this account may make no dumps at all")
    hard = "resource.setrlimit(resource.RLIMIT_CORE, (resource.getrlimit(resource.RLIMIT_CORE)[1],) * 2)"
    if not _dumped(hard, tmp_path):
        pytest.skip("this kernel makes no dumps here")
    for core in tmp_path.iterdir():
        core.unlink()
    assert not _dumped(f"{hard}\nfrom station.isolation.own_memory import forbid_dumps; forbid_dumps()", tmp_path)
    assert list(tmp_path.iterdir()) == []


class _Machine:
    """Folders as the kernel shows them."""

    def __init__(self, folder: Path) -> None:
        self.proc, self.sys = folder / "proc", folder / "sys"
        self.write(self.proc / "swaps", "Filename Type Size Used Priority\n")
        self.write(self.sys / "power" / "state", "freeze mem disk\n")
        self.write(self.sys / "power" / "disk", "[platform] shutdown reboot\n")

    @staticmethod
    def write(path: Path, content: str) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content)

    def swap(self, *devices: str) -> None:
        lines = "".join(f"/dev/{device} partition 1000 0 -2\n" for device in devices)
        self.write(self.proc / "swaps", f"Filename Type Size Used Priority\n{lines}")

    def block(self, name: str, *, uuid: str = "", on: str = "") -> None:
        folder = self.sys / "class" / "block" / name
        folder.mkdir(parents=True)
        if uuid:
            self.write(folder / "dm" / "uuid", uuid)
        if on:
            (folder / "slaves").mkdir()
            (folder / "slaves" / on).symlink_to(self.sys / "class" / "block" / on)

    def looked_at(self) -> tuple[tuple[str, ...], bool]:
        seen = memory_on_disk(proc=self.proc, sys_folder=self.sys)
        return seen.open_swap, seen.hibernation


@pytest.fixture
def machine(tmp_path: Path) -> _Machine:
    return _Machine(tmp_path)


def test_without_swap_nothing_is_written(machine: _Machine) -> None:
    assert machine.looked_at() == ((), False)


def test_plain_swap_is_named_and_can_take_a_hibernation(machine: _Machine) -> None:
    machine.block("sda2")
    machine.swap("sda2")
    assert machine.looked_at() == (("/dev/sda2",), True)


def test_swap_on_luks_is_encrypted_also_below_a_volume(machine: _Machine) -> None:
    machine.block("sda3")
    machine.block("dm-0", uuid="CRYPT-LUKS2-0a1b-crypt", on="sda3")
    machine.block("dm-1", uuid="LVM-xyz", on="dm-0")
    machine.swap("dm-1")
    assert machine.looked_at() == ((), True)


def test_a_volume_on_a_plain_disk_is_not_encrypted(machine: _Machine) -> None:
    machine.block("sda3")
    machine.block("dm-1", uuid="LVM-xyz", on="sda3")
    machine.swap("dm-1")
    assert machine.looked_at()[0] == ("/dev/dm-1",)


def test_compressed_memory_is_memory_unless_it_writes_back(machine: _Machine) -> None:
    machine.block("zram0")
    machine.swap("zram0")
    assert machine.looked_at()[0] == ()
    machine.write(machine.sys / "class" / "block" / "zram0" / "backing_dev", "/dev/sda5\n")
    assert machine.looked_at()[0] == ("/dev/zram0",)


def test_hibernation_that_the_kernel_forbids_is_none(machine: _Machine) -> None:
    machine.block("sda2")
    machine.swap("sda2")
    machine.write(machine.sys / "power" / "disk", "[disabled]\n")
    assert machine.looked_at()[1] is False


def test_a_command_of_the_station_cannot_be_dumped_from_its_first_line_on() -> None:
    asks = """
import ctypes, resource, ui.__main__, ui.command_line.main
ui.command_line.main.run = lambda given, window: print(ctypes.CDLL(None).prctl(3, 0, 0, 0, 0)) or 0
for given in (["audit", "verify"], ["desktop"]):
    ctypes.CDLL(None).prctl(4, 1, 0, 0, 0)
    ui.__main__.main(given)
"""
    done = subprocess.run([sys.executable, "-c", asks], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["0", "1"]  # the window decides when it knows whose store it opens
