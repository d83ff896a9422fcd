# SPDX-License-Identifier: Apache-2.0
"""Only ordinary files of an allowed name and size come in, whatever lies on a stick; nothing makes the door wait."""

from __future__ import annotations

import os
import re
import socket
from collections.abc import Callable
from pathlib import Path

import pytest

from station.domain.errors import FileRefused
from station.isolation.intake import MOST_ENTRIES, Intake, open_regular, read_regular

NAMES = re.compile(r"[a-z]+\.csv")


def _link(path: Path) -> None:
    (path.parent / "target").write_bytes(b"a secret of this machine")
    path.symlink_to(path.parent / "target")


def _dangling(path: Path) -> None:
    path.symlink_to("/nowhere")


def _socket(path: Path) -> None:
    before = Path.cwd()
    os.chdir(path.parent)  # the name of a socket is short
    try:
        with socket.socket(socket.AF_UNIX) as made:
            made.bind(path.name)
    finally:
        os.chdir(before)


def _device(path: Path) -> None:
    try:
        os.mknod(path, 0o600 | 0o020000, os.makedev(1, 5))  # /dev/zero under another name
    except OSError:
        pytest.skip("this account makes no devices")


NO_FILES: dict[str, Callable[[Path], object]] = {
    "a link": _link,
    "a link to nothing": _dangling,
    "a folder": Path.mkdir,
    "a pipe that nobody writes to": os.mkfifo,
    "a socket": _socket,
    "a device without end": _device,
}


@pytest.mark.parametrize("kind", NO_FILES)
def test_what_is_no_ordinary_file_is_refused_at_once(tmp_path: Path, kind: str) -> None:
    path = tmp_path / "list.csv"
    NO_FILES[kind](path)
    with pytest.raises(FileRefused):
        read_regular(path, most_bytes=100)
    with Intake.of(tmp_path, NAMES) as intake:
        assert intake.listed() == ()
        with pytest.raises(FileRefused):
            intake.read("list.csv", most_bytes=100)


def test_a_file_is_read_up_to_the_last_allowed_byte(tmp_path: Path) -> None:
    path = tmp_path / "list.csv"
    path.write_bytes(b"x" * 100)
    assert read_regular(path, most_bytes=100) == b"x" * 100
    with pytest.raises(FileRefused, match="larger"):
        read_regular(path, most_bytes=99)


def test_a_sparse_file_of_a_terabyte_is_refused_without_reading_it(tmp_path: Path) -> None:
    path = tmp_path / "list.csv"
    with path.open("wb") as file:
        file.truncate(1 << 40)
    with pytest.raises(FileRefused, match="larger"):
        read_regular(path, most_bytes=1 << 20)


def test_a_file_that_lies_about_its_size_is_cut_by_what_it_gives() -> None:
    with pytest.raises(FileRefused, match="larger"):  # proc says 0 bytes, and gives more
        read_regular(Path("/proc/self/status"), most_bytes=10)


@pytest.mark.parametrize(
    "name",
    ["../list.csv", "/etc/list.csv", "below/list.csv", "..", "list.exe", "LIST.CSV", "liśt.csv", "list.csv\n", ""],
)
def test_a_name_that_is_not_expected_is_never_opened(tmp_path: Path, name: str) -> None:
    inside = tmp_path / "stick"
    inside.mkdir()
    (tmp_path / "list.csv").write_bytes(b"outside")
    with Intake.of(inside, NAMES) as intake, pytest.raises(FileRefused):
        intake.read(name, most_bytes=100)


def test_only_expected_names_are_listed(tmp_path: Path) -> None:
    for name in ("b.csv", "a.csv", "autorun.inf", "A.csv", "á.csv", ".csv"):
        (tmp_path / name).write_bytes(b"1")
    with Intake.of(tmp_path, NAMES) as intake:
        assert intake.listed() == ("a.csv", "b.csv")
        assert intake.read("a.csv", most_bytes=1) == b"1"


def test_a_folder_that_is_swapped_for_a_link_is_still_the_folder_that_was_opened(tmp_path: Path) -> None:
    stick, other = tmp_path / "stick", tmp_path / "other"
    for folder, content in ((stick, b"mine"), (other, b"another's")):
        folder.mkdir()
        (folder / "a.csv").write_bytes(content)
    with Intake.of(stick, NAMES) as intake:
        stick.rename(tmp_path / "away")
        stick.symlink_to(other)
        assert intake.read("a.csv", most_bytes=10) == b"mine"
    with pytest.raises(FileRefused), Intake.of(stick, NAMES):
        pass


def test_a_folder_with_endless_entries_is_refused(tmp_path: Path) -> None:
    for number in range(MOST_ENTRIES + 1):
        (tmp_path / str(number)).touch()
    with Intake.of(tmp_path, NAMES) as intake, pytest.raises(FileRefused):
        intake.listed()


def test_what_is_not_there_is_what_the_disk_says(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        open_regular(tmp_path / "nothing")
