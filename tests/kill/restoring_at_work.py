# SPDX-License-Identifier: Apache-2.0
"""Kills machines while a backup is brought back at an empty place, and looks after each kill what stands there.

Every second kill falls at a step of the restore, one after the other, the rest at any moment. The place is new, an
empty folder, or one beside which the notes of a lost store lie: its own, or another station's. The last line on
standard output is a JSON object with what was counted.

    python -m tests.kill.restoring_at_work FOLDER KILLS SEED
"""

from __future__ import annotations

import hashlib
import itertools
import json
import os
import random
import shutil
import sys
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from station.domain.secrets import Secret
from station.ports.tasks import CancelToken
from storage.anchors.anchor_files import anchors_folder
from tests.kill.forked import Tell, aim, killed, measured
from tests.open_station import OpenStation
from tests.power.promises import save
from tests.storage.backup.posts import MASTER, SHARING, new_supervisor, open_post, restorer
from tests.storage.backup.restored import Held, held_by, whole

RECORDS = 20
PICTURE_BYTES = 12_000


@dataclass(slots=True)
class Log:
    """What the kills left."""

    kills: int = 0
    nothing: int = 0  # no store, and nothing begun
    half_beside: int = 0  # no store, and an unfinished folder beside the place
    whole: int = 0
    acknowledged: int = 0
    notes: Counter[str] = field(default_factory=Counter)


@dataclass(frozen=True, slots=True, kw_only=True)
class Loss:
    """A post whose machine is gone: what its backup holds, and what of it a second machine may find."""

    station: OpenStation
    backup: Path
    hashes: Mapping[str, str]  # of the files on the medium
    held: Held
    master: Secret  # from two of the three sheets
    notes: Path  # of the store that is lost
    foreign: Path  # of another station


def lost_post(folder: Path) -> Loss:
    """Records, a backup, and two days after it; another station that only leaves its notes."""
    post = open_post(folder / "first")
    for number in range(RECORDS):
        save(post.session.store, number, picture_bytes=PICTURE_BYTES)
    held = held_by(post.session, post.station.public_key, post.station.clock.at, RECORDS)
    sheets = SHARING.split(MASTER)
    made = post.backup()
    save(post.session.store, RECORDS, picture_bytes=PICTURE_BYTES)  # no backup holds this one
    post.station.sign_ins.sign_out(post.session)
    other = OpenStation(folder / "other", station="Harbour 2")
    other.sign_ins.sign_out(other.signed_in())
    return Loss(
        station=post.station,
        backup=made.path,
        hashes=_hashes(made.path.parent),
        held=held,
        master=SHARING.combine([SHARING.read(number, sheets[number].words()) for number in (1, 2)]),
        notes=anchors_folder(post.station.store_folder),
        foreign=anchors_folder(other.store_folder),
    )


def _hashes(medium: Path) -> Mapping[str, str]:
    return {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in sorted(medium.iterdir())}


SITUATIONS = ("new place", "empty folder", "own notes", "foreign notes")


def made_ready(loss: Loss, second: Path, situation: str) -> None:
    """The second machine before the restore."""
    shutil.rmtree(second, ignore_errors=True)
    if situation != "new place":
        (second / "store").mkdir(parents=True)
    if situation == "own notes":
        shutil.copytree(loss.notes, second / "store-anchors")
    if situation == "foreign notes":
        shutil.copytree(loss.foreign, second / "store-anchors")


def restoring(loss: Loss, second: Path, tell: Tell) -> None:
    """Bring the backup back with what two sheets of paper gave."""
    restored = restorer(second, loss.station).restore(
        loss.backup,
        signer=loss.station.public_key,
        master=Secret(loss.master.reveal()),
        supervisor=new_supervisor(),
        progress=lambda _done, _of: None,
        cancel=CancelToken(),
    )
    tell({"restored": {one.name.value: one.generation_now for one in restored.stores}})


def looked_at(loss: Loss, second: Path, log: Log, told: list[dict[str, object]]) -> None:
    """Raise AssertionError unless the whole store stands there, or none and the restore can be done again."""
    place = second / "store"
    there = place.exists() and any(place.iterdir())
    begun = [path.name for path in second.glob(".store*")] if second.exists() else []
    assert there or not told, "a restore was acknowledged, and no store is there"
    log.acknowledged += len(told)
    log.whole += there
    log.half_beside += not there and bool(begun)
    log.nothing += not there and not begun
    assert _hashes(loss.backup.parent) == loss.hashes, "the backup was touched"
    if not there:
        restoring(loss, second, lambda _words: None)
        assert not list(second.glob(".store*")), "the second restore left something"
    whole(loss.held, second)


def main() -> None:
    """Kill and look, so many times."""
    folder, kills, dice = Path(sys.argv[1]), int(sys.argv[2]), random.Random(int(sys.argv[3]))
    loss, second, log = lost_post(folder), folder / "second", Log()
    work = partial(restoring, loss, second)
    lengths = {}
    for situation in SITUATIONS:
        made_ready(loss, second, situation)
        lengths[situation] = measured(work, second)
        whole(loss.held, second)
    for number, situation in zip(range(kills), itertools.cycle(SITUATIONS), strict=False):
        made_ready(loss, second, situation)
        told = killed(work, aim(number, kills, *lengths[situation], second, dice, group=len(SITUATIONS)))
        log.kills += 1
        looked_at(loss, second, log, told)
    counted = {
        "kills": log.kills,
        "steps": lengths["new place"][0],
        "acknowledged": log.acknowledged,
        "nothing": log.nothing,
        "half_beside": log.half_beside,
        "whole": log.whole,
    }
    os.write(sys.stdout.fileno(), json.dumps(counted).encode() + b"\n")


if __name__ == "__main__":
    main()
