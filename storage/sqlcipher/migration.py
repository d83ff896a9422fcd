# SPDX-License-Identifier: Apache-2.0
"""Brings a database to the shape this program knows, one numbered step at a time.

A step and its number are one transaction: a process killed half-way leaves the shape before it, whole.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from importlib import resources

from station.domain.errors import StoreTooNew
from station.domain.words import say
from storage.sqlcipher.connection import Connection, statements
from storage.sqlcipher.row_sums import RowSums
from storage.sqlcipher.trail_key import has_trail_key, trail_key

_NUMBERED = re.compile(r"(\d{4})_\w+\.sql", re.ASCII)


def shipped() -> dict[int, str]:
    """The steps that came with this program: number to SQL text, from 1 without gaps."""
    steps = {}
    for entry in resources.files("storage.sqlcipher.migrations").iterdir():
        named = _NUMBERED.fullmatch(entry.name)
        if named:
            steps[int(named[1])] = entry.read_text(encoding="utf-8")
    if sorted(steps) != list(range(1, len(steps) + 1)):
        raise ValueError("the numbers of the migrations have a gap")
    return dict(sorted(steps.items()))


def version_of(connection: Connection) -> int:
    """The number of the last step taken; 0 for an empty database."""
    row = connection.one("PRAGMA user_version")
    return int(row[0]) if row else 0


def migrate(connection: Connection, steps: Mapping[int, str]) -> None:
    """Take the steps that are missing. Raises StoreTooNew when the database knows steps that we do not.

    A step counts the rows anew in its own transaction (storage/sqlcipher/row_sums.py), in a store that has a key for
    it. A table that strayed before the step has no sum after it: no step makes good what somebody did.
    """
    known = len(steps)
    current = version_of(connection)
    if current > known:
        raise StoreTooNew(
            say(
                "A newer program wrote this store (version {found}, this program knows {known}).",
                found=current,
                known=known,
            ),
            say("Start the newer program, or install it on this computer."),
        )
    for number in range(current + 1, known + 1):
        _take(connection, number, steps[number])


def _take(connection: Connection, number: int, script: str) -> None:
    connection.run("BEGIN IMMEDIATE")
    try:
        sums = _sums(connection)
        strayed = set(sums.strayed_inside(connection)) if sums else set()
        for statement in statements(script):
            connection.run(statement)
        if sums:
            sums.count(connection, except_for=strayed)
        connection.run(f"PRAGMA user_version = {number}")
        connection.run("COMMIT")
    finally:
        if connection.in_transaction:
            connection.run("ROLLBACK")


def _sums(connection: Connection) -> RowSums | None:
    """The sums of a store that was founded; None before the shape that has them, and while it is being founded."""
    return RowSums(trail_key(connection)) if has_trail_key(connection) else None
