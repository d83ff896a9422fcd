# SPDX-License-Identifier: Apache-2.0
"""The random key of one store under which the trail vouches for personal data; it never leaves the database.

It lies in a table of its own that no repository reads, so that nothing which holds a unit of work can give it away.
"""

from __future__ import annotations

import hmac
import os
from collections.abc import Callable

from storage.sqlcipher.connection import Connection, damaged

KEY_BYTES = 32
_SEPARATOR = b"\0"


class TrailKey:
    """The key of one open store. Any thread."""

    __slots__ = ("_key",)

    def __init__(self, key: bytes) -> None:
        self._key = key

    def vouch(self, kind: str, subject: str, said: str) -> str:
        """See station.ports.storage.AuditTrail. Raises ValueError for a kind or subject with a zero in it."""
        if "\0" in kind + subject:
            raise ValueError("a kind and a subject are identifiers")
        return hmac.digest(self._key, _SEPARATOR.join((kind.encode(), subject.encode(), said.encode())), "sha256").hex()

    def derived(self, purpose: str) -> bytes:
        """A key for something else than the trail: 32 bytes."""
        return hmac.digest(self._key, purpose.encode(), "sha256")


def found_trail_key(connection: Connection, random: Callable[[int], bytes] = os.urandom) -> None:
    """Make the key of a store that is being made, in the running transaction."""
    connection.run("INSERT INTO trail_key (only_row, key) VALUES (1, ?)", (random(KEY_BYTES),))


def has_trail_key(connection: Connection) -> bool:
    """Whether a store was founded: not before the shape that has this table, nor while it is being founded."""
    there = connection.one("SELECT 1 FROM sqlite_schema WHERE name = 'trail_key'")
    return there is not None and connection.one("SELECT 1 FROM trail_key") is not None


def trail_key(connection: Connection) -> TrailKey:
    """The key of a store that exists. Raises StoreDamaged when it is not there."""
    row = connection.one("SELECT key FROM trail_key")
    if row is None or len(row[0]) != KEY_BYTES:
        raise damaged()
    return TrailKey(bytes(row[0]))
