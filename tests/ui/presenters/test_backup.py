# SPDX-License-Identifier: Apache-2.0
"""The page of backups without a window: the plan, a backup by one key, a stop, and what is said when none is there."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from station.safekeeping.plan import BackupPlan
from tests.storage.backup.posts import Post, open_post
from tests.ui.desk import SteppedTasks
from ui.presenters.backup import BackupPresenter
from ui.presenters.backup_view import BackupAct, BackupPageState, BackupStage, PlanForm, how_old, is_late


class Page:
    """A presenter with a real post behind it; ``all`` lets slow work come home."""

    def __init__(self, folder: Path) -> None:
        self.post: Post = open_post(folder)
        self.tasks = SteppedTasks()
        self.seen: list[BackupPageState] = []
        self.presenter = BackupPresenter(
            self.post.backups,
            self.tasks,
            self.post.station.clock,
            home=lambda call: call(),
            sticks=lambda: (str(self.post.medium),),
            look_after=0,
        )
        self.presenter.show_on(self.seen.append)
        self.presenter.refresh()
        self.tasks.all()

    @property
    def state(self) -> BackupPageState:
        return self.presenter.state

    def do(self, act: BackupAct) -> None:
        self.presenter.do(act)
        self.tasks.all()


@pytest.fixture
def page(tmp_path: Path) -> Iterator[Page]:
    made = Page(tmp_path)
    yield made
    made.presenter.close()
    made.post.session.end()


def test_a_fresh_station_says_that_there_is_no_backup_and_offers_the_stick(page: Page) -> None:
    assert how_old(page.state).in_english() == "No backup was made yet."
    assert is_late(page.state)
    assert page.state.form.folder == str(page.post.medium)
    assert page.state.report is not None
    assert page.state.acts == (BackupAct.MAKE, BackupAct.PLAN)


def test_one_key_makes_a_backup_and_shows_it(page: Page) -> None:
    page.do(BackupAct.MAKE)
    assert page.state.made is not None
    assert [seen.name for seen in page.state.kept] == [page.state.made.name]
    assert how_old(page.state).in_english() == "The newest backup is less than an hour old."
    assert not is_late(page.state)  # nothing is planned, so nothing is due
    page.do(BackupAct.PLAN)
    assert any(state.stage is BackupStage.RUNNING and state.of for state in page.seen)
    page.post.station.clock.at += timedelta(hours=7)
    page.presenter.refresh()
    page.tasks.all()
    assert how_old(page.state).in_english() == "The newest backup is 7 h old."
    assert is_late(page.state)


def test_the_plan_is_kept_as_typed(page: Page) -> None:
    page.presenter.fill_in(PlanForm(folder=str(page.post.medium), every_hours="12", keep="5", at_shift_end=False))
    page.do(BackupAct.PLAN)
    assert page.post.backups.state().plan == BackupPlan(
        folder=str(page.post.medium), every_hours=12, keep=5, at_shift_end=False
    )
    assert page.state.happened is not None


@pytest.mark.parametrize(("hours", "keep"), [("four", "30"), ("4", ""), ("0", "30"), ("4", "100000")])
def test_what_is_no_plan_is_told_and_not_kept(page: Page, hours: str, keep: str) -> None:
    page.presenter.fill_in(PlanForm(folder=str(page.post.medium), every_hours=hours, keep=keep))
    page.do(BackupAct.PLAN)
    assert page.state.trouble is not None
    assert page.state.stage is BackupStage.READY
    assert page.post.backups.state().plan == BackupPlan()


def test_a_stop_is_told_and_leaves_nothing(page: Page) -> None:
    page.presenter.do(BackupAct.MAKE)
    page.presenter.do(BackupAct.STOP)
    assert page.state.stage is BackupStage.STOPPING
    page.tasks.all()
    assert page.state.trouble is not None
    assert "You stopped" in page.state.trouble.cause.in_english()
    assert not list(page.post.medium.rglob("*.tar.age*"))


def test_without_a_folder_nothing_is_begun(page: Page) -> None:
    page.presenter.fill_in(PlanForm(folder="  "))
    page.do(BackupAct.MAKE)
    assert page.state.trouble is not None
    assert page.state.stage is BackupStage.READY


def test_a_medium_that_went_is_told_with_its_cause(page: Page) -> None:
    page.presenter.fill_in(PlanForm(folder=str(page.post.medium / "gone"), every_hours="4", keep="3"))
    page.tasks.all()
    page.do(BackupAct.MAKE)
    assert page.state.trouble is not None
    assert "not there" in page.state.trouble.cause.in_english()
    assert page.state.known is not None
    assert page.state.known.failure is not None


def test_a_plan_whose_medium_is_out_is_kept_and_says_when_it_begins(page: Page, tmp_path: Path) -> None:
    page.presenter.fill_in(PlanForm(folder=str(tmp_path / "not-plugged-in"), every_hours="4", keep="3"))
    page.tasks.all()
    page.do(BackupAct.PLAN)
    assert page.state.happened is not None
    assert "the first backup is made when it is" in page.state.happened.in_english()
    assert page.post.backups.state().plan.folder == str(tmp_path / "not-plugged-in")
