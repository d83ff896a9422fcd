# SPDX-License-Identifier: Apache-2.0
"""Kills stations that are unlocked while their stores are of an older shape, and looks after each kill what is there.

The shapes to come are those of tests.power.migrating. Every second kill falls at a step of the migration, one after
the other, the rest at any moment. Its last line on standard output is a JSON object with what it counted.

    python -m tests.kill.migrating_at_work FOLDER KILLS SEED
"""

from __future__ import annotations

import json
import os
import random
import shutil
import sys
from collections import Counter
from functools import partial
from pathlib import Path

from station.domain.errors import StationError
from station.ports.storage import Store, StoreName
from station.ports.tasks import CancelToken
from storage.sqlcipher import connection as databases
from storage.sqlcipher import looking, migration
from storage.sqlcipher import store as stores
from storage.sqlcipher.connection import Connection
from storage.sqlcipher.migration import version_of
from tests.kill.forked import Tell, aim, killed, measured
from tests.kill.keys_at_work import close, door, unlocked
from tests.open_station import SUPERVISOR_PASSWORD
from tests.power.migrating import NEXT_STEPS
from tests.power.promises import PLACE, WHO, Promise, hold_to, make, save

RECORDS = 60
PICTURE_BYTES = 12_000
SAVED_AFTER = 3  # records a victim saves once it is in, if it lives
_OLD = max(migration.shipped())
NEWEST = max(NEXT_STEPS)


def know_the_next_shapes() -> None:
    """From here on this process is the newer program."""
    steps = {**migration.shipped(), **NEXT_STEPS}
    for module in (stores, looking):  # whoever asks for the steps
        setattr(module, migration.shipped.__name__, lambda: steps)


def old_station(folder: Path) -> list[Promise]:
    """A station of the shape of today with records in it; what was promised of them."""
    folder.mkdir()
    make(folder)
    opened = unlocked(folder)
    promises: list[Promise] = [
        save(opened[0], number, picture_bytes=PICTURE_BYTES).promise() for number in range(RECORDS)
    ]
    close(opened)
    return promises


def unlocking(folder: Path, tell: Tell) -> None:
    """Unlock, which migrates both stores, and go on with the day."""
    opened = unlocked(folder)
    tell({"unlocked": True})
    for number in range(RECORDS, RECORDS + SAVED_AFTER):
        tell(save(opened[0], number, picture_bytes=PICTURE_BYTES).promise())
    close(opened)


def shape_left(folder: Path, look_at: Path) -> dict[StoreName, int]:
    """The shape each store was left in, whole; seen in a copy, so that nothing of it is mended."""
    shutil.rmtree(look_at, ignore_errors=True)
    shutil.copytree(folder, look_at)
    station = door(look_at)
    shapes = {}
    with station.desk.keys(WHO, SUPERVISOR_PASSWORD) as ring:
        for name in ring.stores:
            connection = databases.open_writing(station.desk.station.database(name), ring.keys[name].reveal())
            try:
                shapes[name] = _whole_shape(connection)
            finally:
                connection.close()
    return shapes


def _whole_shape(connection: Connection) -> int:
    shape = version_of(connection)
    tables = {name for (name,) in connection.all("SELECT name FROM sqlite_schema WHERE name GLOB 'picture_[0-9]'")}
    assert tables == ({f"picture_{shape}"} if shape > _OLD else set()), f"shape {shape} has tables {sorted(tables)}"
    if shape > _OLD:
        moved = connection.one(
            f"SELECT count(*), sum(length(data)), count(*) FILTER (WHERE moved = {shape}) FROM picture_{shape}"
        )
        old = f"(SELECT data FROM image ORDER BY serial LIMIT {RECORDS})"  # the rest came after the migration
        assert moved == connection.one(f"SELECT count(*), sum(length(data)), count(*) FROM {old}"), f"{shape} is half"
    return shape


def looked_at(folder: Path, promises: list[Promise], look_at: Path, told: list[dict[str, object]]) -> int:
    """The shape the border's store was left in. Raises AssertionError for whatever is lost, half or closed."""
    shapes = shape_left(folder, look_at)
    unlocked_before = {"unlocked": True} in told
    assert not unlocked_before or set(shapes.values()) == {NEWEST}, f"it worked already, and has {shapes}"
    try:
        opened = unlocked(folder)
    except StationError as problem:
        raise AssertionError(f"after shape {shapes} it does not open: {problem.cause.in_english()}") from problem
    try:
        assert len(opened) == 2, "a store disappeared"
        _holds(opened[0], [*promises, *(one for one in told if "encounter" in one)])
        for store in opened:
            assert not [*store.check_pages(), *store.strayed_tables(CancelToken())]
        save(opened[0], 2_000, picture_bytes=PICTURE_BYTES)
    finally:
        close(opened)
    assert set(shape_left(folder, look_at).values()) == {NEWEST}
    return shapes[StoreName.BORDER]


def _holds(store: Store, promises: list[Promise]) -> None:
    hold_to(store, promises)
    with store.reading() as unit:
        for image_id, _ in unit.images.recorded_hashes():
            assert unit.images.data(image_id), f"{image_id} does not open"


def main() -> None:
    """Kill and look, so many times."""
    folder, kills, dice = Path(sys.argv[1]), int(sys.argv[2]), random.Random(int(sys.argv[3]))
    old, place, look_at = folder / "old", folder / "station", folder / "looked-at"
    promises = old_station(old)
    know_the_next_shapes()
    work = partial(unlocking, place)
    shutil.copytree(old, place)
    steps, seconds = measured(work, place / PLACE)
    assert set(shape_left(place, look_at).values()) == {NEWEST}
    left, acknowledged = Counter[int](), 0
    for number in range(kills):
        shutil.rmtree(place)
        shutil.copytree(old, place)
        told = killed(work, aim(number, kills, steps, seconds, place / PLACE, dice))
        acknowledged += len(told)
        left[looked_at(place, promises, look_at, told)] += 1
    counted = {
        "kills": kills,
        "steps": steps,
        "acknowledged": acknowledged + len(promises),
        "untouched": left[_OLD],
        "between": sum(count for shape, count in left.items() if _OLD < shape < NEWEST),
        "finished": left[NEWEST],
        "shapes_met": len(left),
    }
    os.write(sys.stdout.fileno(), json.dumps(counted).encode() + b"\n")


if __name__ == "__main__":
    main()
