# SPDX-License-Identifier: Apache-2.0
"""Steps to shapes that do not exist: while only one shape was ever shipped, they stand in for the next ones."""

from __future__ import annotations

from pathlib import Path

from station.domain.errors import StationError
from storage.sqlcipher import connection as door
from storage.sqlcipher.migration import migrate, shipped, version_of
from storage.sqlcipher.store import DATABASE_FILE
from tests.power.promises import DoesNotOpen, Lost
from tests.storage.sqlcipher.specimens import KEY, create, opened, picture

ROWS = 40
_PICTURE = bytes(range(256)) * 40

_SHIPPED = len(shipped())
_FIRST = _SHIPPED + 1

#: Each one moves every picture to a table of a new name; the last column says how often.
NEXT_STEPS = {
    number: f"""
CREATE TABLE picture_{number} (
    image_id TEXT PRIMARY KEY,
    moved INTEGER NOT NULL,
    data BLOB NOT NULL
) STRICT;
INSERT INTO picture_{number} SELECT image_id, {number}, data
FROM {"image" if number == _FIRST else f"picture_{number - 1}"};
{"" if number == _FIRST else f"DROP TABLE picture_{number - 1};"}
CREATE INDEX picture_{number}_moved ON picture_{number} (moved);
"""
    for number in range(_FIRST, _FIRST + 6)
}


def old_store(folder: Path) -> None:
    """A database of the shipped shape with something in it."""
    create(folder)
    store = opened(folder)
    with store.unit_of_work() as unit:
        for number in range(ROWS):
            unit.images.add(picture(f"i{number}", _PICTURE), _PICTURE)
        unit.commit()
    store.close()


def hold_to_shape(folder: Path, promised: int) -> None:
    """The database has one whole shape, at least ``promised``, and the rest of the steps can be taken."""
    try:
        connection = door.open_writing(folder / DATABASE_FILE, KEY)
    except StationError as problem:
        raise DoesNotOpen(str(problem)) from problem
    try:
        shape = version_of(connection)
        if shape < promised:
            raise Lost(f"shape {promised} was promised, {shape} is there")
        _hold_rows(connection, shape)
        migrate(connection, {**shipped(), **NEXT_STEPS})
        _hold_rows(connection, _SHIPPED + len(NEXT_STEPS))
        door.write_log_back(connection)
        if door.forged_pages(connection) or door.strayed_indexes(connection):
            raise DoesNotOpen("broken pages")
    finally:
        connection.close()


def _hold_rows(connection: door.Connection, shape: int) -> None:
    tables = {name for (name,) in connection.all("SELECT name FROM sqlite_schema WHERE name GLOB 'picture_[0-9]'")}
    if tables != ({f"picture_{shape}"} if shape > _SHIPPED else set()):
        raise Lost(f"shape {shape} has tables {sorted(tables)}")
    table = f"picture_{shape}" if shape > _SHIPPED else "image"
    row = connection.one(f"SELECT count(*), sum(length(data)) FROM {table}")
    if row is None or row[0] != ROWS or row != connection.one("SELECT count(*), sum(length(data)) FROM image"):
        raise Lost(f"shape {shape}: {row}")
