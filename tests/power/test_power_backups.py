# SPDX-License-Identifier: Apache-2.0
"""A power cut loses no backup and no restore that was acknowledged, and lets no half one count.

``HBM_POWER_IMAGES`` and ``HBM_POWER_SEED`` as for the other power cuts; of that number a fifth is cut here.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pytest

from tests.power.backing_up import BackupsHold, RestoresHold, backup_in, make_lost, make_planned
from tests.power.disk import Disk
from tests.power.images import Examine, Outcome, cut_the_power
from tests.power.recording import recorder, run_recorded

IMAGES = int(os.environ.get("HBM_POWER_IMAGES", "3400")) // 5
SEED = int(os.environ.get("HBM_POWER_SEED", "1"))
FEW_IMAGES = 12
FEW = 3  # acts in the short run
MANY = 12
_ACKNOWLEDGED = {"backups": "backup", "restores": "restored"}


def _backups(watched: Path) -> Examine:
    make_planned(watched)
    return BackupsHold(watched.parent)


def _restores(watched: Path) -> Examine:
    held = make_lost(watched)
    return RestoresHold(held, backup_in(watched).read_bytes())


@dataclass(frozen=True, slots=True)
class Work:
    """One kind of work, and what stands there before; it gives what a cut must have left."""

    name: str
    prepare: Callable[[Path], Examine]


WORKS = (Work("backups", _backups), Work("restores", _restores))


def cut(room: Path, work: Work, images: int, acts: int, *, environment: Mapping[str, str] | None = None) -> Outcome:
    watched = room / work.name
    watched.mkdir()
    examine = work.prepare(watched)
    before = Disk(watched)
    recorded = run_recorded(
        recorder(room), "tests.power.backing_up", watched, work.name, str(acts), environment=environment
    )
    assert recorded.status == 0, recorded.errors
    assert sum(f'"{_ACKNOWLEDGED[work.name]}"' in line for line in recorded.said) == acts, "an act was not acknowledged"
    outcome = cut_the_power(work.name, before, recorded.events, examine, count=images, seed=SEED, room=room)
    outcome.acknowledged = acts  # of the work itself: the records saved meanwhile are acknowledged as well
    return outcome


@pytest.mark.parametrize("work", WORKS, ids=lambda work: work.name)
def test_a_few_power_cuts_leave_no_half_backup_and_no_half_restore(room: Path, work: Work) -> None:
    assert cut(room, work, FEW_IMAGES, FEW).first_words == []


@pytest.mark.parametrize("work", WORKS, ids=lambda work: work.name)
def test_the_images_catch_what_is_not_forced_to_the_medium(room: Path, work: Work) -> None:
    assert cut(room, work, FEW_IMAGES, FEW, environment={"HBM_POWER_NO_FSYNC": "1"}).bad > 0


@pytest.mark.power
@pytest.mark.timeout(0)
def test_many_power_cuts_leave_no_half_backup_and_no_half_restore(
    room: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    began, outcomes = time.monotonic(), []
    for work in WORKS:
        outcomes.append(cut(room, work, IMAGES // len(WORKS), MANY))
    for work in WORKS:
        inner = room / f"control-{work.name}"
        inner.mkdir()
        outcomes.append(cut(inner, work, IMAGES // 10, MANY, environment={"HBM_POWER_NO_FSYNC": "1"}))
        outcomes[-1].work = f"control: {work.name}, nothing of it forced to the disk"
    with capfd.disabled():
        print(f"\npower cuts of backups, {datetime.now(UTC):%Y-%m-%d}, seed {SEED}, {time.monotonic() - began:.0f} s")
        print("| work | writes and syncs | acknowledged | images | different | lost | do not open |")
        for one in outcomes:
            print(
                f"| {one.work} | {one.events} | {one.acknowledged} | {one.images} | {one.different}"
                f" | {one.lost} | {one.unopened} |"
            )
    assert not [words for one in outcomes[: len(WORKS)] for words in one.first_words]
    assert all(one.bad for one in outcomes[len(WORKS) :]), "the images do not even catch what is not forced"
