# SPDX-License-Identifier: Apache-2.0
"""A disk that takes no more: the message is true, nothing is half there, and what was there is safe."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from station.domain.errors import StoreFull
from station.domain.identifiers import ImageId
from storage.sqlcipher.store import SqlcipherStore
from tests.storage.sqlcipher.specimens import NOON, OFFICER, create, opened, picture

DATA = bytes(300_000)

# A file size limit stands in for a full disk where no small disk can be mounted; the limit is the child's own.
LIMITED = """
import resource, sys
from pathlib import Path
from station.domain.errors import StoreFull
from tests.storage.sqlcipher.specimens import opened
from tests.storage.sqlcipher.test_full_disk import fill_up, keep_picture
store = opened(Path(sys.argv[1]))
resource.setrlimit(resource.RLIMIT_FSIZE, (2_000_000, resource.RLIM_INFINITY))
kept = fill_up(store)
resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
keep_picture(store, kept)
store.close()
print(kept + 1)
"""


def keep_picture(store: SqlcipherStore, number: int) -> None:
    with store.unit_of_work() as unit:
        unit.images.add(picture(f"i{number}", DATA), DATA)
        unit.audit.append(at=NOON, by=OFFICER, act="setting.changed", subject=f"i{number}", details={})
        unit.commit()


def fill_up(store: SqlcipherStore) -> int:
    """Keep pictures until the disk is full; how many were acknowledged."""
    for number in range(1000):
        try:
            keep_picture(store, number)
        except StoreFull:
            return number
    raise AssertionError("the disk was never full")


def acknowledged(folder: Path) -> int:
    """How many pictures are there, each with its entry in the trail, and whole."""
    store = opened(folder)
    store.check_pages()
    with store.reading() as unit:
        pictures = len(list(unit.images.recorded_hashes()))
        entries = [entry.subject for entry in unit.audit.entries() if entry.subject != "store"]
        assert entries == [f"i{number}" for number in range(pictures)]
        assert all(unit.images.data(ImageId(f"i{number}")) == DATA for number in range(pictures))
    store.close()
    return pictures


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A real disk of 24 MB."""
    folder = tmp_path / "disk"
    folder.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=24m", "tmpfs", str(folder)]
    if (
        sys.platform != "linux"
        or os.geteuid() != 0
        or subprocess.run(mount, check=False, capture_output=True).returncode
    ):
        pytest.skip("mounting a small disk needs Linux and an administrator")
    yield folder
    subprocess.run(["umount", "--lazy", str(folder)], check=True)


def test_a_full_disk_loses_nothing_acknowledged_and_recovers(small_disk: Path) -> None:
    create(small_disk)
    (small_disk / "ballast").write_bytes(bytes(8_000_000))
    store = opened(small_disk)
    kept = fill_up(store)
    assert kept > 0
    with store.reading() as unit:
        assert unit.images.data(ImageId("i0")) == DATA, "reading goes on"
    (small_disk / "ballast").unlink()
    keep_picture(store, kept)
    store.close()
    assert acknowledged(small_disk) == kept + 1


def test_a_store_cannot_be_created_on_a_full_disk(small_disk: Path) -> None:
    (small_disk / "ballast").write_bytes(bytes(24 * 1024 * 1024 - 40_000))
    with pytest.raises(StoreFull) as refused:
        create(small_disk)
    assert "full or cannot be written" in refused.value.cause.in_english()
    (small_disk / "ballast").unlink()
    create(small_disk)
    assert acknowledged(small_disk) == 0


def test_a_failed_write_cannot_be_committed_by_swallowing_the_error(small_disk: Path) -> None:
    create(small_disk)
    store = opened(small_disk)
    # The cache takes what the disk cannot: the refusal comes with the commit, or with a page that does not fit.
    with pytest.raises(StoreFull), store.unit_of_work() as unit:
        for number in range(200):
            try:
                unit.images.add(picture(f"i{number}", DATA), DATA)
            except StoreFull:
                break
        unit.commit()
    store.close()
    assert acknowledged(small_disk) == 0


def test_a_disk_that_became_read_only_is_told_as_such(small_disk: Path) -> None:
    create(small_disk)
    subprocess.run(["mount", "-o", "remount,ro", str(small_disk)], check=True)
    try:
        with pytest.raises(StoreFull):
            opened(small_disk)
    finally:
        subprocess.run(["mount", "-o", "remount,rw", str(small_disk)], check=True)
    assert acknowledged(small_disk) == 0


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no limit on the size of a process's files")
def test_writes_that_fail_lose_nothing_acknowledged(tmp_path: Path) -> None:
    create(tmp_path)
    child = subprocess.run(
        [sys.executable, "-c", LIMITED, str(tmp_path)], check=False, capture_output=True, text=True, timeout=100
    )
    assert child.stderr == ""
    assert int(child.stdout) > 1
    assert acknowledged(tmp_path) == int(child.stdout)


@pytest.mark.skipif(sys.platform == "win32" or os.geteuid() == 0, reason="an administrator may write everywhere")
def test_a_folder_that_cannot_be_written_says_so(tmp_path: Path) -> None:
    create(tmp_path)
    (tmp_path / "store.lock").unlink()
    tmp_path.chmod(0o500)
    try:
        with pytest.raises(StoreFull):
            opened(tmp_path)
    finally:
        tmp_path.chmod(0o700)
