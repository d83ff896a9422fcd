# SPDX-License-Identifier: Apache-2.0
"""Files of the bench: new ones only, whole or not at all, and read with care."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from station.domain.errors import TargetUnusable
from station.domain.secrets import Secret
from storage.bench_files import FolderFiles, FolderRecords

KEY = Secret(bytes(range(40)))


def test_a_file_is_written_once_and_never_over_another(tmp_path: Path) -> None:
    files = FolderFiles()
    place = files.write(tmp_path, "device-profile.toml", b"pages = 4\n")
    assert place.read_bytes() == b"pages = 4\n"
    with pytest.raises(TargetUnusable) as refused:
        files.write(tmp_path, "device-profile.toml", b"other")
    assert "device-profile.toml" in refused.value.cause.in_english()
    assert place.read_bytes() == b"pages = 4\n"
    assert [path.name for path in tmp_path.iterdir()] == ["device-profile.toml"]


def test_nothing_is_written_through_a_link(tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere"
    (tmp_path / "stick").mkdir()
    (tmp_path / "stick" / "a.tar").symlink_to(elsewhere)
    with pytest.raises(TargetUnusable):
        FolderFiles().write(tmp_path / "stick", "a.tar", b"x")
    assert not elsewhere.exists()


@pytest.mark.parametrize("name", ["../a", "a/b", "", ".hidden"])
def test_a_name_is_ours(tmp_path: Path, name: str) -> None:
    with pytest.raises(ValueError, match="a file's name"):
        FolderFiles().write(tmp_path, name, b"")
    with pytest.raises(ValueError, match="a record's name"):
        FolderRecords(tmp_path).keep(name, b"", signing_key=KEY, trusted_comment="c")


def test_a_folder_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(TargetUnusable) as refused:
        FolderFiles().write(tmp_path / "none", "a.tar", b"x")
    assert refused.value.next_step.in_english() == "Plug the stick in, or choose another folder."


def test_what_is_no_small_file_is_not_read(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "large").write_bytes(b"x" * 11)
    (tmp_path / "folder").mkdir()
    for name in ("pipe", "large", "folder", "none"):
        with pytest.raises(TargetUnusable):
            FolderFiles().read(tmp_path / name, most_bytes=10)


def test_a_record_that_fails_leaves_no_signature_behind(tmp_path: Path) -> None:
    records = FolderRecords(tmp_path)
    (tmp_path / "one.json").write_bytes(b"somebody else's")
    with pytest.raises(TargetUnusable):
        records.keep("one", b"{}", signing_key=KEY, trusted_comment="c")
    assert [path.name for path in tmp_path.iterdir()] == ["one.json"]


def test_dropping_what_is_not_there_does_nothing(tmp_path: Path) -> None:
    FolderRecords(tmp_path / "none").drop("one")
    assert not (tmp_path / "none").exists()
