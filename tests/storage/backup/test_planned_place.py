# SPDX-License-Identifier: Apache-2.0
"""A planned backup goes to the medium that was planned, and never to the stores' own disk by chance."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from station.access.audit import Act
from station.domain.errors import TargetUnusable
from station.ports.tasks import CancelToken
from station.safekeeping.plan import BackupPlan
from storage.backup.vault import FOLDER
from tests.storage.backup.posts import Post, open_post, silent

MEMORY_DISK = Path("/dev/shm")


@pytest.fixture
def post(tmp_path: Path) -> Iterator[Post]:
    post = open_post(tmp_path)
    yield post
    post.session.end()


class MountPoint:
    """A place where another disk can be plugged in: the other disk is real, the mounting is a link."""

    def __init__(self, folder: Path, stick: Path) -> None:
        self.folder = folder / "mount-point"
        self._stick = stick

    def plug_in(self) -> None:
        if self.folder.is_dir():
            self.folder.rmdir()
        self.folder.symlink_to(self._stick)

    def pull_out(self) -> None:
        self.folder.unlink()
        self.folder.mkdir()


@pytest.fixture
def mount_point(tmp_path: Path) -> Iterator[MountPoint]:
    if not MEMORY_DISK.is_dir() or MEMORY_DISK.stat().st_dev == tmp_path.stat().st_dev:
        pytest.skip("needs a second disk: /dev/shm")
    with tempfile.TemporaryDirectory(dir=MEMORY_DISK) as stick:
        yield MountPoint(tmp_path, Path(stick))


def refused(post: Post, place: MountPoint) -> None:
    """Neither way of planned backups writes to the empty mount point, and the failure shows."""
    for make in (post.backups.make_due, post.backups.make_at_shift_end):
        post.station.clock.at += timedelta(hours=5)
        with pytest.raises(TargetUnusable, match="not plugged in"):
            make(silent, CancelToken())
    assert not (place.folder / FOLDER).exists()
    failure = post.backups.state().failure
    assert failure is not None
    assert "not plugged in" in failure.cause
    with post.session.store.reading() as unit:
        assert [entry.act for entry in unit.audit.entries()][-1] == Act.BACKUP_FAILED


def test_an_empty_mount_point_takes_no_planned_backup(post: Post, mount_point: MountPoint) -> None:
    mount_point.plug_in()
    post.backups.set_plan(BackupPlan(folder=str(mount_point.folder)))
    mount_point.pull_out()
    refused(post, mount_point)
    mount_point.plug_in()
    assert post.backups.make_at_shift_end(silent, CancelToken()) is not None
    assert post.backups.state().failure is None


def test_changing_the_hours_while_the_medium_is_out_makes_this_disk_no_choice(
    post: Post, mount_point: MountPoint
) -> None:
    mount_point.plug_in()
    post.backups.set_plan(BackupPlan(folder=str(mount_point.folder)))
    mount_point.pull_out()
    post.backups.set_plan(BackupPlan(folder=str(mount_point.folder), every_hours=2))
    refused(post, mount_point)


def test_a_place_that_was_a_medium_once_has_to_be_one_from_then_on(post: Post, mount_point: MountPoint) -> None:
    mount_point.folder.mkdir()
    post.backups.set_plan(BackupPlan(folder=str(mount_point.folder)))  # planned before the medium was there
    mount_point.plug_in()
    assert post.backups.make_due(silent, CancelToken()) is not None
    mount_point.pull_out()
    refused(post, mount_point)


def test_a_folder_of_this_disk_that_was_chosen_takes_backups_and_the_trail_says_so(post: Post) -> None:
    post.backups.set_plan(BackupPlan(folder=str(post.medium)))
    assert post.backups.make_due(silent, CancelToken()) is not None
    with post.session.store.reading() as unit:
        planned = next(entry for entry in unit.audit.entries() if entry.act == Act.BACKUP_PLANNED)
    assert planned.details["same_disk"] == "yes"


@pytest.mark.parametrize("at_shift_end", [False, True])
def test_what_waits_for_its_medium_is_made_as_soon_as_it_is_back(
    post: Post, mount_point: MountPoint, at_shift_end: bool
) -> None:
    mount_point.plug_in()
    post.backups.set_plan(BackupPlan(folder=str(mount_point.folder), every_hours=12))
    assert post.backups.make_due(silent, CancelToken()) is not None
    mount_point.pull_out()
    post.station.clock.at += timedelta(minutes=5) if at_shift_end else timedelta(hours=13)
    with pytest.raises(TargetUnusable, match="not plugged in"):
        (post.backups.make_at_shift_end if at_shift_end else post.backups.make_due)(silent, CancelToken())
    post.station.clock.at += timedelta(minutes=1)
    assert not post.backups.state().due  # nobody is told of it again every minute
    mount_point.plug_in()
    assert post.backups.make_due(silent, CancelToken()) is not None
    assert not post.backups.state().due


def test_a_plan_made_while_the_medium_is_out_begins_when_it_comes(post: Post, tmp_path: Path) -> None:
    folder = tmp_path / "not-yet"
    post.backups.set_plan(BackupPlan(folder=str(folder)))
    with pytest.raises(TargetUnusable, match="is not there") as refused:
        post.backups.make_due(silent, CancelToken())
    assert "It is made when the medium is plugged in" in refused.value.next_step.in_english()
    post.station.clock.at += timedelta(minutes=1)
    assert post.backups.make_due(silent, CancelToken()) is None
    if not MEMORY_DISK.is_dir() or MEMORY_DISK.stat().st_dev == tmp_path.stat().st_dev:
        pytest.skip("needs a second disk: /dev/shm")
    with tempfile.TemporaryDirectory(dir=MEMORY_DISK) as stick:
        folder.symlink_to(stick)
        made = post.backups.make_due(silent, CancelToken())
        assert made is not None
        assert made.path.exists()


def test_another_failure_on_the_medium_is_not_tried_again_every_minute(post: Post, mount_point: MountPoint) -> None:
    mount_point.plug_in()
    post.backups.set_plan(BackupPlan(folder=str(mount_point.folder)))
    (mount_point.folder / FOLDER).write_text("no folder")
    with pytest.raises(TargetUnusable):
        post.backups.make_due(silent, CancelToken())
    assert not post.backups.state().due
