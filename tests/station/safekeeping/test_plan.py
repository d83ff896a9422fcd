# SPDX-License-Identifier: Apache-2.0
"""When a backup is due, and what plans are refused."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from station.domain.errors import SettingsError
from station.ports.storage import StoreIdentity, StoreKind
from station.safekeeping.manifest import backup_name, backup_stem
from station.safekeeping.plan import AGAIN_AFTER, BackupPlan, LastBackup, LastFailure, check_plan, is_due

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
PLAN = BackupPlan(folder="/media/backup", every_hours=4)


def last(hours_ago: float) -> LastBackup:
    at = NOW - timedelta(hours=hours_ago)
    return LastBackup(name="b", made_at=at, folder="/media/backup", size=1, sha256="00")


def failed(minutes_ago: float) -> LastFailure:
    return LastFailure(at=NOW - timedelta(minutes=minutes_ago), cause="full")


@pytest.mark.parametrize(
    ("plan", "last_made", "failure", "due"),
    [
        (BackupPlan(), None, None, False),  # nobody chose a folder
        (PLAN, None, None, True),
        (PLAN, last(3.9), None, False),
        (PLAN, last(4), None, True),
        (PLAN, last(-1), None, True),  # the clock was put back
        (PLAN, last(-100), None, True),
        (PLAN, last(5), failed(14), False),
        (PLAN, last(5), failed(15), True),
        (PLAN, last(5), failed(-60), True),  # a failure in the future puts nothing off
        (PLAN, last(1), failed(20), False),
    ],
)
def test_when_a_backup_is_due(
    plan: BackupPlan, last_made: LastBackup | None, failure: LastFailure | None, due: bool
) -> None:
    assert is_due(plan, last_made, failure, NOW) is due


def test_a_failure_puts_the_next_try_off_for_a_while_only() -> None:
    assert timedelta(minutes=5) <= AGAIN_AFTER <= timedelta(hours=1)


@pytest.mark.parametrize(
    "plan",
    [
        BackupPlan(every_hours=0),
        BackupPlan(every_hours=169),
        BackupPlan(keep=0),
        BackupPlan(keep=1001),
        BackupPlan(folder="/media/\n"),
        BackupPlan(folder="x" * 1001),
    ],
)
def test_plans_that_no_station_can_keep_are_refused(plan: BackupPlan) -> None:
    with pytest.raises(SettingsError):
        check_plan(plan)


def test_the_default_plan_is_one() -> None:
    check_plan(BackupPlan())


def identity(station: str, kind: StoreKind = StoreKind.LIVE) -> StoreIdentity:
    return StoreIdentity(kind=kind, post="Utopia", station=station, lane="1", created_at=NOW)


def test_names_are_made_of_letters_digits_and_dashes_only() -> None:
    assert backup_name(identity("Pörtö / 2"), 7, NOW) == "backup-Porto-2-000007-20261122-1200Z"
    assert backup_stem(identity("../../etc")) == "backup-etc"
    assert backup_stem(identity("عبور")) == "backup-station"
    assert backup_stem(identity("a", StoreKind.TRAINING)) == "TRAINING-backup-a"
    assert len(backup_name(identity("x" * 100), 1, NOW)) < 80
