# SPDX-License-Identifier: Apache-2.0
"""Looks one person up without opening the store: for an act that must not wait for whoever has it open."""

from __future__ import annotations

from pathlib import Path

from station.ports.storage import Officer
from storage.sqlcipher import connection as door
from storage.sqlcipher.migration import shipped, version_of
from storage.sqlcipher.repositories import Officers
from storage.sqlcipher.transaction import Transaction


def officer_of_closed(path: Path, key: bytes, name: str) -> Officer | None:
    """The row of a sign-in name in the border's database at ``path``, which another program may have open.

    Raises StoreError kinds when it cannot be read, also when it has the shape of another version.
    """
    if not path.is_file():
        raise door.missing()
    connection = door.open_reading(path, key)
    try:
        if version_of(connection) != max(shipped()):
            raise door.damaged()
        transaction = Transaction(connection, begin="BEGIN")
        try:
            return Officers(transaction).by_name(name)
        finally:
            transaction.end()
    finally:
        connection.close()
