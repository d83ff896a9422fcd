# SPDX-License-Identifier: Apache-2.0
"""Lends open connections to one unit of work each. All are opened when the store is: nobody keeps the key."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from station.domain.errors import StoreError
from station.domain.words import say
from storage.sqlcipher.connection import Connection


class ConnectionPool:
    """Connections to lend. Any thread; whoever finds none waits."""

    def __init__(self, connections: Sequence[Connection]) -> None:
        self._idle = list(connections)
        self._size = len(connections)
        self._closed = False
        self._changed = threading.Condition()

    @contextmanager
    def lease(self) -> Iterator[Connection]:
        """Exclusive use of one connection. Raises StoreError when the store was closed."""
        with self._changed:
            self._changed.wait_for(lambda: self._closed or self._idle)
            if self._closed:
                raise StoreError(
                    say("The station is locked: the store is closed."),
                    say("Sign in again, then repeat what you did last."),
                )
            connection = self._idle.pop()  # the one used last has the warmest cache
        try:
            yield connection
        finally:
            with self._changed:
                self._idle.append(connection)
                self._changed.notify_all()

    def drain(self) -> list[Connection]:
        """Lend no more, wait for what is lent, and hand over all connections; an empty list the second time."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()
            self._changed.wait_for(lambda: len(self._idle) == self._size)
            taken, self._idle, self._size = self._idle, [], 0
            return taken
