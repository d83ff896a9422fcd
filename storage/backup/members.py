# SPDX-License-Identifier: Apache-2.0
"""How a store's files become members of a backup and become files again; names come from here, never from a tar.

A database may be larger than a member of a bundle: it is cut into numbered parts, which ``cat`` joins again.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from station.ports.sealing import BundleMember
from station.ports.storage import StoreName

PART_BYTES: Final = 32 * 1024 * 1024
MOST_PARTS: Final = 9999

SLOTS: Final = "slots.json"
DAY_KEYS: Final = "day_keys.json"


def folder_of(place: Path, name: StoreName) -> Path:
    """Where a store lies: the border store is the place itself, the others have a folder in it."""
    return place if name is StoreName.BORDER else place / name.value


def database_of(place: Path, name: StoreName) -> Path:
    """The database file of a store."""
    return folder_of(place, name) / f"{name.value}.db"


def log_of(database: Path) -> Path:
    """The write-ahead log of a database."""
    return database.with_name(database.name + "-wal")


def small_file(name: StoreName, file: str) -> str:
    """The member that holds one of a store's small files."""
    return f"{name.value}/{file}"


@dataclass(frozen=True, slots=True)
class Parts:
    """The members a large file is cut into, in order."""

    path: Path
    names: tuple[str, ...]

    @classmethod
    def of(cls, path: Path, name: StoreName, what: str) -> Parts:
        """For the file as large as it is now; ``what`` is ``database`` or ``log``. Raises OSError."""
        count = -(-path.stat().st_size // PART_BYTES)
        if count > MOST_PARTS:
            raise ValueError("a store of more than 300 GB is not backed up in one piece")
        return cls(path, tuple(f"{name.value}/{what}-{number:04d}.bin" for number in range(1, count + 1)))

    def members(self) -> Iterator[BundleMember]:
        """Each part with its content. Raises OSError."""
        with self.path.open("rb") as file:
            for name in self.names:
                yield BundleMember(name, file.read(PART_BYTES))
