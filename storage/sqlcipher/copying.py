# SPDX-License-Identifier: Apache-2.0
"""A copy of an open database that is whole and consistent while others go on writing (SQLite's online backup).

The copy has the same key, so whoever holds it needs the same slots. Each page is authenticated as it is read: a
damaged database gives no copy.
"""

from __future__ import annotations

import threading
from pathlib import Path

from station.domain.errors import StoreError
from station.domain.secrets import Secret
from station.domain.words import say
from station.ports.backup import BackupProgress
from station.ports.tasks import CancelToken
from storage.sqlcipher import connection as door


class Copying:
    """Makes copies of one open database, one at a time, over connections of its own.

    It keeps the key until ``close``, as SQLCipher itself does in every open connection; Any thread.
    """

    def __init__(self, database: Path, key: bytes) -> None:
        self._database = database
        self._key = Secret(key)
        self._ending = CancelToken()
        self._at_work = threading.Lock()

    def copy_to(self, path: Path, *, progress: BackupProgress, cancel: CancelToken) -> None:
        """Write a copy of the newest committed state to ``path``, which must not exist. Writers never wait.

        Raises StoreDamaged, StoreFull, Cancelled (also when the store is closed meanwhile), StoreError when it is
        closed already. On any of them nothing stays at ``path``.
        """
        with self._at_work:
            if self._ending.cancelled:
                raise StoreError(say("The station is locked: the store is closed."), say("Sign in again."))
            try:
                self._copy(path, progress, cancel)
            except BaseException:
                path.unlink(missing_ok=True)
                raise

    def close(self) -> None:
        """End a copy under way, wait for it, and forget the key. Calling it again does nothing."""
        self._ending.cancel()
        with self._at_work:
            self._key.forget()

    def _copy(self, path: Path, progress: BackupProgress, cancel: CancelToken) -> None:
        def step(left: int, total: int) -> None:
            cancel.raise_if_cancelled()
            self._ending.raise_if_cancelled()
            progress(total - left, total)

        source = door.open_reading(self._database, self._key.reveal())
        try:
            target = door.create_passing(path, self._key.reveal())
            try:
                door.copy_pages(source, target, step)
            finally:
                target.close()
        finally:
            source.close()
