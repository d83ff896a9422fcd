# SPDX-License-Identifier: Apache-2.0
"""The process that is recorded: the station's own store at one kind of work, acknowledging each act when it is kept.

    python -m tests.power.station_at_work FOLDER WORK COUNT

Negative controls, for this process only: ``HBM_POWER_SYNCHRONOUS=NORMAL`` weakens the commits of the database,
``HBM_POWER_NO_FSYNC=1`` leaves out what forces the small files and their folders to the disk.
"""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path

from station.domain.errors import SignInRefused
from station.domain.secrets import Secret
from station.ports.storage import StoreName
from station.ports.tasks import CancelToken
from storage.keys.wrong_tries import WrongTries
from storage.sqlcipher import connection as door
from storage.sqlcipher.connection import Connection
from storage.sqlcipher.migration import migrate, shipped
from storage.sqlcipher.store import DATABASE_FILE
from tests.open_station import SUPERVISOR_PASSWORD, StandingClock
from tests.power.migrating import NEXT_STEPS
from tests.power.noting import noting
from tests.power.promises import PLACE, WHO, change_password, door_at, make, save, unlocked
from tests.storage.sqlcipher.specimens import KEY

PICTURE_BYTES = (900, 5_000, 20_000, 60_000)


def acknowledge(promise: dict[str, object]) -> None:
    """Acknowledge: from here on it must never be lost."""
    os.write(int(os.environ["HBM_POWER_SAID"]), json.dumps(promise).encode() + b"\n")


def creating(folder: Path, _count: int) -> None:
    """A first start."""
    make(folder)
    acknowledge({"created": True})


def saving(folder: Path, count: int) -> None:
    """Records with pictures; the station is closed and opened again in between, which writes the log back."""
    number = 0
    while number < count:
        store = unlocked(folder)
        for _ in range(min(count - number, 35)):
            acknowledge(save(store, number, picture_bytes=PICTURE_BYTES[number % 4]).promise())
            number += 1
        store.close()


def guessing(folder: Path, count: int) -> None:
    """Wrong passwords, each of which makes the next wait longer."""
    tries = WrongTries(folder / PLACE, StandingClock())
    try:
        door_at(folder).unlock(WHO, Secret.of("not the password"), cancel=CancelToken())
    except SignInRefused:
        acknowledge({"tries": 1})
    for number in range(2, count + 1):
        tries.add(WHO)
        acknowledge({"tries": number})


def changing_slots(folder: Path, count: int) -> None:
    """Password after password of one person, whose new slot takes the place of the old one in both generations."""
    for number in range(1, count + 1):
        change_password(folder, number)
        acknowledge({"password": number})


def rekeying(folder: Path, count: int) -> None:
    """Record, new key, record, new key."""
    for number in range(count):
        store = unlocked(folder)
        acknowledge(save(store, number, picture_bytes=PICTURE_BYTES[number % 4]).promise())
        store.close()
        with door_at(folder).desk.keys(WHO, SUPERVISOR_PASSWORD) as ring:
            ring.rekey(StoreName.BORDER)


def migrating(folder: Path, count: int) -> None:
    """Steps to a newer shape that touch every row."""
    connection = door.open_writing(folder / DATABASE_FILE, KEY)
    for number in sorted(NEXT_STEPS)[:count]:
        migrate(connection, {**shipped(), **{n: sql for n, sql in NEXT_STEPS.items() if n <= number}})
        acknowledge({"shape": number})
    connection.close()


def noting_it(folder: Path, count: int) -> None:
    """Whole days, with what lies beside the store."""
    noting(folder, count, acknowledge)


WORKS = {
    "creating": creating,
    "saving": saving,
    "guessing": guessing,
    "slots": changing_slots,
    "migrating": migrating,
    "rekeying": rekeying,
    "noting": noting_it,
}


def weaken(level: str) -> None:
    """Let every writing connection of this process commit with another ``synchronous``."""
    real = door.open_writing

    def weakened(path: Path, key: bytes) -> Connection:
        connection = real(path, key)
        connection.run(f"PRAGMA synchronous = {level}")
        return connection

    door.open_writing = weakened


if __name__ == "__main__":
    if "HBM_POWER_SYNCHRONOUS" in os.environ:
        weaken(os.environ["HBM_POWER_SYNCHRONOUS"])
    if "HBM_POWER_NO_FSYNC" in os.environ:
        os.fsync = lambda fd: None
    WORKS[sys.argv[2]](Path(sys.argv[1]), int(sys.argv[3]))
