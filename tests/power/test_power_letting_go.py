# SPDX-License-Identifier: Apache-2.0
"""A power cut leaves no picture without its key, no half encounter of an erasure, and no dropped key alive.

``HBM_POWER_IMAGES`` and ``HBM_POWER_SEED`` as for the other power cuts; of that number a third is cut here.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pytest

from tests.power.disk import Disk
from tests.power.images import Examine, Outcome, cut_the_power
from tests.power.letting_go import ENCOUNTERS, make, make_old, never_half, pictures_kept
from tests.power.recording import recorder, run_recorded

IMAGES = int(os.environ.get("HBM_POWER_IMAGES", "3400")) // 3
SEED = int(os.environ.get("HBM_POWER_SEED", "1"))
FEW_IMAGES = 60


@dataclass(frozen=True, slots=True)
class Work:
    """One kind of work: what stands there before, and what a cut must have left."""

    name: str
    prepare: Callable[[Path], object]
    examine: Examine


WORKS = (Work("days", make, pictures_kept), Work("erasing", make_old, never_half))


def cut(room: Path, work: Work, images: int, *, environment: Mapping[str, str] | None = None) -> Outcome:
    watched = room / work.name
    watched.mkdir()
    work.prepare(watched)
    before = Disk(watched)
    recorded = run_recorded(
        recorder(room), "tests.power.letting_go", watched, work.name, str(ENCOUNTERS), environment=environment
    )
    assert recorded.status == 0, recorded.errors
    assert len(recorded.said) >= ENCOUNTERS, "an act was not acknowledged"
    return cut_the_power(work.name, before, recorded.events, work.examine, count=images, seed=SEED, room=room)


def test_a_few_power_cuts_leave_no_picture_without_key_and_no_half_erasure(room: Path) -> None:
    outcomes = [cut(room, work, FEW_IMAGES) for work in WORKS]
    assert not [words for one in outcomes for words in one.first_words]


def test_the_images_catch_a_key_file_that_is_not_forced_to_the_disk(room: Path) -> None:
    for work in WORKS:
        inner = room / f"control-{work.name}"
        inner.mkdir()
        assert cut(inner, work, FEW_IMAGES, environment={"HBM_POWER_NO_FSYNC": "1"}).bad > 0, work.name


@pytest.mark.power
@pytest.mark.timeout(0)
def test_many_power_cuts_leave_no_picture_without_key_and_no_half_erasure(
    room: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    outcomes = [cut(room, work, IMAGES // 2) for work in WORKS]
    with capfd.disabled():
        print(f"\npower cuts while letting go, {datetime.now(UTC):%Y-%m-%d}, seed {SEED}")
        for one in outcomes:
            print(
                f"| {one.work} | {one.events} | {one.acknowledged} | {one.images} | {one.different}"
                f" | {one.lost} | {one.unopened} |"
            )
    assert not [words for one in outcomes for words in one.first_words]
