# SPDX-License-Identifier: Apache-2.0
"""A power cut at any moment loses nothing that was acknowledged, and leaves a store that opens.

What a disk may hold after a cut is the model in ``disk.py``. The negative control shows that the same images catch a
store whose commits are not forced to the disk. ``HBM_POWER_IMAGES`` and ``HBM_POWER_SEED`` change number and dice.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pytest

from station.domain.errors import SignInRefused, StationError
from station.ports.tasks import CancelToken
from storage.keys.keeper import SlotKeeper
from storage.keys.slot_file import SlotFile
from storage.keys.slots import Stage
from storage.keys.wrong_tries import FILE_NAME as WRONG_TRIES
from storage.keys.wrong_tries import WrongTries
from tests.open_station import LIGHT, OFFICER_PASSWORD, SeededRandomness, StandingClock
from tests.power.disk import Disk
from tests.power.images import Examine, Outcome, cut_the_power
from tests.power.migrating import hold_to_shape, old_store
from tests.power.noting import make_signing, notes_fit
from tests.power.promises import (
    CHANGING,
    PLACE,
    DoesNotOpen,
    Lost,
    Promise,
    door_at,
    hold_to,
    make,
    numbered,
    save,
    unlocked,
)
from tests.power.recording import recorder, run_recorded

IMAGES = int(os.environ.get("HBM_POWER_IMAGES", "3400"))
SEED = int(os.environ.get("HBM_POWER_SEED", "1"))
FEW_IMAGES = 200


@dataclass(frozen=True, slots=True)
class Work:
    """One kind of work: what stands there before, what a cut must have left, and its share of the images."""

    name: str
    prepare: Callable[[Path], object]
    examine: Examine
    share: float
    count: int  # acts in the full run
    few: int  # acts in the short one


def _newest(promises: Sequence[Promise], name: str) -> int:
    return max((int(str(promise[name])) for promise in promises), default=0)


def _opens(folder: Path, promises: Sequence[Promise]) -> None:
    """What was promised is there, and the store takes another record."""
    try:
        store = unlocked(folder)
    except StationError as problem:
        raise DoesNotOpen(f"{type(problem).__name__}: {problem}") from problem
    try:
        hold_to(store, promises)
        hold_to(store, [save(store, 2_000, picture_bytes=2_000).promise()])
    except StationError as problem:
        raise DoesNotOpen(f"{type(problem).__name__}: {problem}") from problem
    finally:
        store.close()


def _created_whole_or_not(folder: Path, promises: Sequence[Promise]) -> None:
    if not door_at(folder).exists():
        if promises:
            raise Lost("the store that was created")
        make(folder)  # the first start is simply done again
    _opens(folder, [])


def _still_counted(folder: Path, promises: Sequence[Promise]) -> None:
    counted = WrongTries(folder / PLACE, StandingClock()).owed()
    if counted < _newest(promises, "tries"):
        raise Lost(f"{_newest(promises, 'tries')} wrong tries were counted, {counted} are there")


def _slots_open(folder: Path, promises: Sequence[Promise]) -> None:
    """The password that was promised last opens the store, or the one after it, which was being changed to."""
    promised = _newest(promises, "password")
    opening = [number for number in range(promised - 1, promised + 2) if _officer_opens(folder, number)]
    if opening not in ([promised], [promised + 1]):
        raise Lost(f"password {promised} was promised, {opening} open")
    _opens(folder, [])


def _officer_opens(folder: Path, number: int) -> bool:
    password = numbered(number) if number else OFFICER_PASSWORD
    try:
        door_at(folder).unlock(CHANGING, password, cancel=CancelToken()).store.close()
    except SignInRefused:
        (folder / PLACE / WRONG_TRIES).unlink(missing_ok=True)  # the next one is not to wait
        return False
    except StationError as problem:
        raise DoesNotOpen(f"{type(problem).__name__}: {problem}") from problem
    return True


def _rekeyed(folder: Path, promises: Sequence[Promise]) -> None:
    """Whatever key the database has, the key file leads to it, and nothing of the other is left."""
    _opens(folder, promises)
    left = [path.name for path in (folder / PLACE).glob("*.rekeyed*")]
    if (
        left
        or SlotFile(folder / PLACE, SlotKeeper(SeededRandomness(), profile=LIGHT)).read().table.stage
        is not Stage.STEADY
    ):
        raise Lost(f"a re-key was not settled: {left}")


def _migrated(folder: Path, promises: Sequence[Promise]) -> None:
    hold_to_shape(folder, _newest(promises, "shape"))


def _nothing_before(_folder: Path) -> None:
    """A first start."""


WORKS = (
    Work("creating", _nothing_before, _created_whole_or_not, 0.15, count=1, few=1),
    Work("saving", make, _opens, 0.4, count=140, few=40),
    Work("guessing", make, _still_counted, 0.05, count=40, few=10),
    Work("slots", make, _slots_open, 0.15, count=40, few=8),
    Work("migrating", old_store, _migrated, 0.1, count=6, few=2),
    Work("rekeying", make, _rekeyed, 0.15, count=12, few=2),
    Work("noting", make_signing, notes_fit, 0.1, count=60, few=6),
)


CONTROLS = (
    ("saving", {"HBM_POWER_SYNCHRONOUS": "NORMAL"}),
    ("slots", {"HBM_POWER_NO_FSYNC": "1"}),
    ("creating", {"HBM_POWER_NO_FSYNC": "1"}),
    ("rekeying", {"HBM_POWER_NO_FSYNC": "1"}),
    ("noting", {"HBM_POWER_SYNCHRONOUS": "NORMAL"}),  # the notes lead, and the store looks put back
)


#: Founding promises once, at its end: hardly an image is cut after that, so this control may show nothing.
_SELDOM = frozenset({"control: creating, HBM_POWER_NO_FSYNC=1"})


def _cut(room: Path, work: Work, *, images: int, count: int, environment: Mapping[str, str] | None = None) -> Outcome:
    watched = room / work.name
    watched.mkdir()
    work.prepare(watched)
    before = Disk(watched)
    recorded = run_recorded(
        recorder(room), "tests.power.station_at_work", watched, work.name, str(count), environment=environment
    )
    assert recorded.status == 0, recorded.errors
    assert len(recorded.said) >= count, "an act was not acknowledged"
    return cut_the_power(work.name, before, recorded.events, work.examine, count=images, seed=SEED, room=room)


def _table(outcomes: Sequence[Outcome], seconds: float) -> str:
    now = datetime.now(UTC)
    head = f"power cuts, {now:%Y-%m-%d}, seed {SEED}, {sum(one.images for one in outcomes)} images, {seconds:.0f} s"
    rows = [
        "| work | writes and syncs | acknowledged | images | different | lost | do not open |",
        "|---|---|---|---|---|---|---|",
    ]
    rows += [
        f"| {one.work} | {one.events} | {one.acknowledged} | {one.images} | {one.different} "
        f"| {one.lost} | {one.unopened} |"
        for one in outcomes
    ]
    return "\n".join([head, *rows])


def test_a_few_hundred_power_cuts_lose_nothing_acknowledged(room: Path) -> None:
    outcomes = [_cut(room, work, images=int(FEW_IMAGES * work.share), count=work.few) for work in WORKS]
    assert not [words for one in outcomes for words in one.first_words]


@pytest.mark.power
@pytest.mark.timeout(0)
def test_thousands_of_power_cuts_lose_nothing_acknowledged(room: Path, capfd: pytest.CaptureFixture[str]) -> None:
    began = time.monotonic()
    outcomes = [_cut(room, work, images=int(IMAGES * work.share), count=work.count) for work in WORKS]
    controls = _controls(room, images=IMAGES // 10, few=False)
    with capfd.disabled():
        print("\n" + _table([*outcomes, *controls], time.monotonic() - began))
        print("model: the docstring of tests/power/disk.py")
    assert not [words for one in outcomes for words in one.first_words]
    assert sum(one.images for one in outcomes) >= IMAGES - len(WORKS)
    assert {one.work for one in controls if not one.bad} <= _SELDOM, (
        "the images do not even catch what is not forced to the disk"
    )


def test_the_images_catch_what_is_not_forced_to_the_disk(room: Path) -> None:
    quiet = {one.work for one in _controls(room, images=100, few=True) if not one.bad}
    assert quiet <= _SELDOM, "the images do not even catch what is not forced to the disk"


def _controls(room: Path, *, images: int, few: bool) -> list[Outcome]:
    """The same work, weakened in the recorded process alone."""
    found = []
    for name, weakness in CONTROLS:
        work = next(work for work in WORKS if work.name == name)
        inner = room / f"control-{name}"
        inner.mkdir()
        outcome = _cut(inner, work, images=images, count=work.few if few else work.count, environment=weakness)
        outcome.work = f"control: {name}, " + ", ".join(f"{key}={value}" for key, value in weakness.items())
        found.append(outcome)
    return found
