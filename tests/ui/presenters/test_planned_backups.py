# SPDX-License-Identifier: Apache-2.0
"""Planned backups are made by themselves, one at a time, and speak only when one could not be made."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from station.access.audit import Act
from station.safekeeping.plan import BackupPlan
from tests.storage.backup.posts import Post, open_post
from tests.ui.desk import SteppedTasks
from ui.presenters.planned_backups import PlannedBackups
from ui.presenters.showing import Trouble


class Planned:
    def __init__(self, folder: Path) -> None:
        self.post: Post = open_post(folder)
        self.tasks = SteppedTasks()
        self.told: list[Trouble] = []
        self.planned = PlannedBackups(self.post.backups, self.tasks, self.told.append)

    def plan(self, folder: Path, **changed: bool) -> None:
        self.post.backups.set_plan(BackupPlan(folder=str(folder), every_hours=4, **changed))

    def tick(self) -> None:
        self.planned.tick()
        self.tasks.all()

    def made(self) -> int:
        with self.post.session.store.reading() as unit:
            return sum(entry.act == Act.BACKUP_MADE for entry in unit.audit.entries())


@pytest.fixture
def planned(tmp_path: Path) -> Iterator[Planned]:
    made = Planned(tmp_path)
    yield made
    made.planned.close()
    made.post.session.end()


def test_nothing_is_made_before_a_place_is_chosen(planned: Planned) -> None:
    planned.tick()
    assert planned.made() == 0
    assert planned.told == []


def test_one_is_made_when_it_is_due_and_not_again_before_the_hours_are_over(planned: Planned) -> None:
    planned.plan(planned.post.medium)
    for _ in range(3):
        planned.tick()
    assert planned.made() == 1
    planned.post.station.clock.at += timedelta(hours=4)
    planned.tick()
    assert planned.made() == 2


def test_two_are_never_made_at_once(planned: Planned) -> None:
    planned.plan(planned.post.medium)
    planned.planned.tick()
    planned.planned.tick()
    planned.planned.at_shift_end()
    planned.tasks.all()
    assert planned.made() == 1
    assert not planned.planned.running


def test_the_end_of_a_shift_makes_one_when_the_plan_says_so(planned: Planned) -> None:
    planned.plan(planned.post.medium, at_shift_end=False)
    planned.tick()
    planned.planned.at_shift_end()
    planned.tasks.all()
    assert planned.made() == 1
    planned.plan(planned.post.medium, at_shift_end=True)
    planned.planned.at_shift_end()
    planned.tasks.all()
    assert planned.made() == 2


def test_a_failure_is_told_once_and_tried_again_after_a_while(planned: Planned) -> None:
    medium = planned.post.medium / "stick"
    medium.mkdir()
    planned.plan(medium)
    medium.rmdir()
    for _ in range(3):
        planned.tick()
    assert len(planned.told) == 1
    medium.mkdir()
    planned.post.station.clock.at += timedelta(minutes=15)
    planned.tick()
    assert planned.made() == 1


def test_who_leaves_stops_it_and_hears_nothing(planned: Planned) -> None:
    planned.plan(planned.post.medium)
    planned.planned.tick()
    planned.planned.close()
    planned.tasks.all()
    planned.tick()
    assert planned.made() == 0
    assert planned.told == []
