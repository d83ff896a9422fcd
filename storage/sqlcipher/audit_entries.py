# SPDX-License-Identifier: Apache-2.0
"""The rows of the audit trail; the rule of the chain lives in station.access.audit."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import datetime

from station.access.audit import chain
from station.domain.wire import NotThisShape, from_json, to_json
from station.ports.storage import AuditEntry
from storage.sqlcipher.connection import Row, damaged
from storage.sqlcipher.trail_key import TrailKey
from storage.sqlcipher.transaction import Transaction, from_microseconds, to_microseconds

_ENTRIES_AT_ONCE = 1000
_COLUMNS = "sequence, at, by, act, subject, details, previous_hash, hash"


class AuditEntries:
    """Implements station.ports.storage.AuditTrail. ``appended`` is told of each new entry, before any commit."""

    def __init__(
        self, transaction: Transaction, key: TrailKey, appended: Callable[[AuditEntry], None] = lambda entry: None
    ) -> None:
        self._transaction = transaction
        self._key = key
        self._appended = appended

    def vouch(self, kind: str, subject: str, said: str) -> str:
        """What stands on the trail in the place of ``said``."""
        return self._key.vouch(kind, subject, said)

    def append(self, *, at: datetime, by: str, act: str, subject: str, details: Mapping[str, str]) -> AuditEntry:
        """Chain an entry in the running transaction."""
        entry = chain(self.head(), at=at, by=by, act=act, subject=subject, details=details)
        self._transaction.run(
            f"INSERT INTO audit_entry ({_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",  # noqa: S608 (our own text)
            (
                entry.sequence,
                to_microseconds(entry.at),
                entry.by,
                entry.act,
                entry.subject,
                to_json(dict(entry.details)),
                entry.previous_hash,
                entry.hash,
            ),
        )
        self._appended(entry)
        return entry

    def entries(self, *, after: int = 0, act: str | None = None) -> Iterator[AuditEntry]:
        """Entries in order, from the one after ``after``; with ``act`` only those of this kind."""
        while rows := self._transaction.all(
            f"SELECT {_COLUMNS} FROM audit_entry"  # noqa: S608 (our own text)
            " WHERE sequence > ?1 AND (?2 IS NULL OR act = ?2) ORDER BY sequence LIMIT ?3",
            (after, act, _ENTRIES_AT_ONCE),
        ):
            yield from map(_entry, rows)
            after = rows[-1][0]

    def newest(self, *, before: int | None = None) -> Iterator[AuditEntry]:
        """Entries from the newest on, or from the one before ``before``."""
        place = before
        while rows := self._transaction.all(
            f"SELECT {_COLUMNS} FROM audit_entry"  # noqa: S608 (our own text)
            " WHERE ?1 IS NULL OR sequence < ?1 ORDER BY sequence DESC LIMIT ?2",
            (place, _ENTRIES_AT_ONCE),
        ):
            yield from map(_entry, rows)
            place = rows[-1][0]

    def entry(self, sequence: int) -> AuditEntry | None:
        """The entry with this number."""
        row = self._transaction.one(
            f"SELECT {_COLUMNS} FROM audit_entry WHERE sequence = ?",  # noqa: S608 (our own text)
            (sequence,),
        )
        return None if row is None else _entry(row)

    def head(self) -> AuditEntry | None:
        """The newest entry."""
        row = self._transaction.one(
            f"SELECT {_COLUMNS} FROM audit_entry ORDER BY sequence DESC LIMIT 1"  # noqa: S608 (our own text)
        )
        return None if row is None else _entry(row)


def _entry(row: Row) -> AuditEntry:
    sequence, at, by, act, subject, details, previous_hash, own_hash = row
    try:
        known: dict[str, str] = from_json(dict[str, str], details)
    except NotThisShape as problem:
        raise damaged() from problem
    return AuditEntry(
        sequence=sequence,
        at=from_microseconds(at),
        by=by,
        act=act,
        subject=subject,
        details=known,
        previous_hash=previous_hash,
        hash=own_hash,
    )
