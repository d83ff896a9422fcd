# SPDX-License-Identifier: Apache-2.0
"""Clears what erased rows leave behind in the file, in steps so short that nobody waits for them."""

from __future__ import annotations

from collections.abc import Sequence

from station.ports.tasks import CancelToken
from storage.keys.day_keys import DayKeys
from storage.sqlcipher.connection import Connection, unwritable
from storage.sqlcipher.pool import ConnectionPool

_PAGES_AT_ONCE = 64  # of the index of words: 0.15 s at most with 300,000 records
_FREE_PAGES_AT_ONCE = 512
_SHARE_WORTH_IT = 0.2  # of the file: below, new pictures soon use the free pages again
_SMALL_FILE = 256 * 1024 * 1024  # up to here a file that cannot shrink by steps is written anew
_INCREMENTAL = 2


class Clearing:
    """One clearing of one store. Each step leases the writing connection for itself."""

    def __init__(self, writing: ConnectionPool, day_keys: DayKeys, cancel: CancelToken) -> None:
        self._writing = writing
        self._day_keys = day_keys
        self._cancel = cancel

    def words(self) -> None:
        """Merge the index of words into one part, which leaves out every word of a deleted row.

        Deleting only marks the row; a merge of all parts (https://sqlite.org/fts5.html, 6.8) writes what is left.
        """
        pages = -_PAGES_AT_ONCE  # the first call, negative, begins with all parts, also a single one
        while self._step("INSERT INTO encounter_words (encounter_words, rank) VALUES ('merge', ?)", pages) > 1:
            pages = _PAGES_AT_ONCE

    def day_keys(self) -> Sequence[str]:
        """Drop the keys that no picture uses; the days. Raises StoreFull."""
        self._cancel.raise_if_cancelled()
        with self._writing.lease() as connection:
            connection.run("BEGIN IMMEDIATE")  # nobody takes a key into use meanwhile
            try:
                return self._day_keys.keep_only(_used(connection))
            except OSError as problem:
                raise unwritable() from problem
            finally:
                connection.run("ROLLBACK")

    def free_pages(self) -> None:
        """Give pages back to the disk when many are free. They hold zeros already (secure_delete)."""
        with self._writing.lease() as connection:
            pages, free, mode, size = (
                int((connection.one(f"PRAGMA {name}") or (0,))[0])  # SQLCipher says the size of a page as text
                for name in ("page_count", "freelist_count", "auto_vacuum", "page_size")
            )
            if free < pages * _SHARE_WORTH_IT:
                return
            if mode != _INCREMENTAL:
                if pages * size <= _SMALL_FILE:
                    connection.run("VACUUM")
                return
        while free > 0:
            self._cancel.raise_if_cancelled()
            with self._writing.lease() as connection:
                connection.all(f"PRAGMA incremental_vacuum({_FREE_PAGES_AT_ONCE})")
            free -= _FREE_PAGES_AT_ONCE

    def _step(self, sql: str, pages: int) -> int:
        """Run one step; how many rows of the index it changed."""
        self._cancel.raise_if_cancelled()
        with self._writing.lease() as connection:
            before = connection.changes()
            connection.run(sql, (pages,))
            return connection.changes() - before


def _used(connection: Connection) -> frozenset[str]:
    """Keys of the pictures that are there: one look into the index for each."""
    used = set[str]()
    last = ""
    while row := connection.one("SELECT min(day_key) FROM image WHERE day_key > ?", (last,)):
        if row[0] is None:
            break
        last = row[0]
        used.add(last)
    return frozenset(used)
