# SPDX-License-Identifier: Apache-2.0
"""Encounters in the database: every version whole and for ever, the newest one laid out for lists and searches."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from datetime import date, datetime, timedelta

from station.domain.crossing import Direction
from station.domain.dates import PartialDate
from station.domain.decision import DecisionKind
from station.domain.encounter import Encounter, EncounterStatus
from station.domain.errors import RecordConflict
from station.domain.identifiers import EncounterId, PersonId
from station.domain.wire import NotThisShape, from_json, to_json
from station.domain.words import say
from station.ports.storage import EncounterSummary, RecordedBody, SearchQuery
from storage.sqlcipher import search_words
from storage.sqlcipher.connection import Row, Value, damaged
from storage.sqlcipher.transaction import Transaction, from_microseconds, to_microseconds

_SUMMARY = """
    SELECT e.encounter_id, e.version, e.status, e.opened_at, e.recorded_at, e.direction, e.decision, e.person_id,
           e.primary_identifier, e.secondary_identifier, e.document_number, e.issuing_state, e.nationality,
           e.birth_date, e.permitted_until, e.exported_version = e.version
    FROM encounter AS e
"""

# CROSS JOIN keeps SQLite's planner to this order: the index of words gives rows newest first, and stops early.
_FOUND = _SUMMARY.replace(
    "FROM encounter AS e",
    "FROM encounter_words AS w CROSS JOIN encounter AS e ON e.serial = w.rowid",
)

# The unary plus takes the order from the index of the question, sorted after: never a walk through all encounters.
_RECORDED_NEWEST_FIRST = "AND e.status = 'recorded' ORDER BY +e.serial DESC"

# Walks the trail back to that moment, and no further: it has no index, and is the longest table of all.
_NOTICES_SINCE = """
    SELECT subject FROM audit_entry WHERE act = 'notice.printed' AND sequence > coalesce(
        (SELECT sequence FROM audit_entry WHERE at < ?2 ORDER BY sequence DESC LIMIT 1), 0
    )
"""
_LONGEST_OPEN = timedelta(days=7)  # from the first page to the refusal, with second line in between

_HASHES_AT_ONCE = 500


class Encounters:
    """Implements station.ports.storage.EncounterRepository. Newest first means by order of arrival."""

    def __init__(self, transaction: Transaction) -> None:
        self._transaction = transaction

    def add_version(self, encounter: Encounter) -> None:
        """Keep a new encounter (version 1) or the next version. Raises RecordConflict when it is not the next."""
        found = self._transaction.one(
            "SELECT serial, version FROM encounter WHERE encounter_id = ?", (encounter.encounter_id,)
        )
        serial, version = found or (None, 0)
        if encounter.version != version + 1:
            raise RecordConflict(
                say("This encounter was changed in between. Your change was not kept."),
                say("Open the encounter again and repeat your change."),
            )
        self._put_head(serial, encounter)
        self._transaction.run(
            "INSERT INTO encounter_version (encounter_id, version, body) VALUES (?, ?, ?)",
            (encounter.encounter_id, encounter.version, to_json(encounter)),
        )

    def _put_head(self, serial: int | None, encounter: Encounter) -> None:
        head = _head(encounter)
        if serial is None:
            places = ", ".join("?" for _ in head)
            self._transaction.run(
                f"INSERT INTO encounter ({', '.join(head)}) VALUES ({places})",  # noqa: S608 (our own column names)
                tuple(head.values()),
            )
            (serial,) = self._transaction.one("SELECT last_insert_rowid()") or (None,)
        else:
            changes = ", ".join(f"{column} = ?" for column in head)
            self._transaction.run(
                f"UPDATE encounter SET {changes} WHERE serial = ?",  # noqa: S608 (our own column names)
                (*head.values(), serial),
            )
        self._transaction.run(
            "INSERT OR REPLACE INTO encounter_words (rowid, name, document_number, birth, day) VALUES (?, ?, ?, ?, ?)",
            (
                serial,
                *search_words.indexed(encounter.document),
                f"{from_microseconds(to_microseconds(encounter.opened_at)):%Y%m%d}",
            ),
        )

    def get(self, encounter_id: EncounterId, *, version: int | None = None) -> Encounter | None:
        """The newest version, or the one asked for."""
        row = self._transaction.one(
            "SELECT body FROM encounter_version WHERE encounter_id = ?1 AND (?2 IS NULL OR version = ?2)"
            " ORDER BY version DESC LIMIT 1",
            (encounter_id, version),
        )
        return None if row is None else _encounter(row[0])

    def versions(self, encounter_id: EncounterId) -> Sequence[Encounter]:
        """All versions, oldest first."""
        rows = self._transaction.all(
            "SELECT body FROM encounter_version WHERE encounter_id = ? ORDER BY version", (encounter_id,)
        )
        return [_encounter(body) for (body,) in rows]

    def unfinished(self) -> Sequence[EncounterSummary]:
        """Open and parked encounters, oldest first."""
        return self._listed(f"{_SUMMARY} WHERE e.status IN ('open', 'parked') ORDER BY e.serial", ())

    def owing_notice(self, *, since: datetime) -> Sequence[EncounterSummary]:
        """Refusals recorded since then whose notice has no audit entry, oldest first."""
        return self._listed(
            f"{_SUMMARY} WHERE e.status = 'recorded' AND e.opened_at >= ?1 AND e.decision = 'refuse'"
            f" AND e.recorded_at >= ?2 AND e.encounter_id NOT IN ({_NOTICES_SINCE}) ORDER BY +e.serial",
            (to_microseconds(since - _LONGEST_OPEN), to_microseconds(since)),
        )

    def search(self, query: SearchQuery) -> Sequence[EncounterSummary]:
        """Newest first, at most ``query.limit``; all encounters when the query asks for nothing."""
        expression = search_words.expression(query)
        if expression is None or query.limit < 1:
            return []
        parameters: list[Value] = [expression] if expression else []
        found = f"{_FOUND} WHERE w.encounter_words MATCH ?" if expression else f"{_SUMMARY} WHERE TRUE"
        if query.opened_from is not None:
            found, parameters = f"{found} AND e.opened_at >= ?", [*parameters, to_microseconds(query.opened_from)]
        if query.opened_before is not None:
            found, parameters = f"{found} AND e.opened_at < ?", [*parameters, to_microseconds(query.opened_before)]
        # The index gives its rows by rowid, which is the serial: in its own order nothing is sorted.
        order = "w.rowid" if expression else "e.serial"
        return self._listed(f"{found} ORDER BY {order} DESC LIMIT ?", [*parameters, query.limit])

    def of_document(self, issuing_state: str, document_number: str) -> Sequence[EncounterSummary]:
        """Recorded encounters with exactly this document, newest first; none for an empty number."""
        return self._listed(
            f"{_SUMMARY} WHERE e.document_number = ? AND e.document_number <> '' AND e.issuing_state = ?"
            f" {_RECORDED_NEWEST_FIRST}",
            (document_number, issuing_state),
        )

    def of_name_and_birth(self, primary: str, secondary: str, birth: PartialDate) -> Sequence[EncounterSummary]:
        """Recorded encounters with exactly these MRZ names and birth date, newest first; none for an empty name."""
        return self._listed(
            f"{_SUMMARY} WHERE e.primary_identifier = ? AND e.primary_identifier <> ''"
            f" AND e.secondary_identifier = ? AND e.birth_date = ? {_RECORDED_NEWEST_FIRST}",
            (primary, secondary, birth.iso()),
        )

    def of_person(self, person_id: PersonId) -> Sequence[EncounterSummary]:
        """Recorded encounters linked to this person, newest first."""
        return self._listed(f"{_SUMMARY} WHERE e.person_id = ? {_RECORDED_NEWEST_FIRST}", (person_id,))

    def waiting_for_export(self, *, limit: int) -> Sequence[EncounterId]:
        """Recorded encounters whose newest version was not exported yet, oldest first."""
        rows = self._transaction.all(
            # The planner would read all recorded encounters to find the few that wait.
            "SELECT encounter_id FROM encounter INDEXED BY encounter_waiting"
            " WHERE status = 'recorded' AND exported_version < version ORDER BY serial LIMIT ?",
            (max(0, limit),),
        )
        return [EncounterId(encounter_id) for (encounter_id,) in rows]

    def count(self, status: EncounterStatus, *, since: datetime) -> int:
        """How many encounters of a status were opened since."""
        row = self._transaction.one(
            "SELECT count(*) FROM encounter WHERE status = ? AND opened_at >= ?",
            (status.value, to_microseconds(since)),
        )
        return 0 if row is None else int(row[0])

    def body_hash(self, encounter_id: EncounterId, version: int) -> str | None:
        """Hex SHA-256 of the kept bytes of one version, for the audit entry of the act that kept it."""
        row = self._transaction.one(
            "SELECT body FROM encounter_version WHERE encounter_id = ? AND version = ?", (encounter_id, version)
        )
        return None if row is None else hashlib.sha256(row[0]).hexdigest()

    def recorded_bodies(self) -> Iterator[RecordedBody]:
        """Every version in the order it was kept, hashed from the bytes that stand there now."""
        serial = 0
        while rows := self._transaction.all(
            "SELECT serial, encounter_id, version, body FROM encounter_version WHERE serial > ?"
            " ORDER BY serial LIMIT ?",
            (serial, _HASHES_AT_ONCE),
        ):
            for serial, encounter_id, version, body in rows:  # noqa: B007 (the last serial begins the next page)
                yield RecordedBody(
                    encounter_id=EncounterId(encounter_id),
                    version=version,
                    sha256=hashlib.sha256(body).hexdigest(),
                )

    def strayed_rows(self) -> Iterator[EncounterId]:
        """Encounters whose row in lists and searches does not say what their newest version says."""
        columns = ", ".join(f"e.{column}" for column in _HEAD_COLUMNS)
        serial = 0
        while rows := self._transaction.all(
            f"SELECT e.serial, v.body, {columns} FROM encounter AS e JOIN encounter_version AS v"  # noqa: S608 (our own column names)
            " ON v.encounter_id = e.encounter_id AND v.version ="
            " (SELECT max(version) FROM encounter_version WHERE encounter_id = e.encounter_id)"
            " WHERE e.serial > ? ORDER BY e.serial LIMIT ?",
            (serial, _HASHES_AT_ONCE),
        ):
            for serial, body, *shown in rows:  # noqa: B007 (the last serial begins the next page)
                if tuple(shown) != tuple(_head(_encounter(body)).values()):
                    yield EncounterId(shown[0])

    def _listed(self, sql: str, parameters: Sequence[Value]) -> list[EncounterSummary]:
        return [_summary(row) for row in self._transaction.all(sql, parameters)]


def _head(encounter: Encounter) -> dict[str, Value]:
    document, decision = encounter.document, encounter.final_decision
    return {
        "encounter_id": encounter.encounter_id,
        "version": encounter.version,
        "status": encounter.status.value,
        "opened_at": to_microseconds(encounter.opened_at),
        "recorded_at": None if encounter.recorded_at is None else to_microseconds(encounter.recorded_at),
        "direction": encounter.crossing.direction.value,
        "decision": None if decision is None else decision.kind.value,
        "person_id": encounter.person_id,
        "primary_identifier": "" if document is None else document.name.primary,
        "secondary_identifier": "" if document is None else document.name.secondary,
        "document_number": "" if document is None else document.document_number,
        "issuing_state": "" if document is None else document.issuing_state,
        "nationality": "" if document is None else document.nationality,
        "birth_date": "" if document is None else document.birth_date.iso(),
        "permitted_until": _iso(encounter.crossing.permitted_until),
    }


_HEAD_COLUMNS = (
    "encounter_id", "version", "status", "opened_at", "recorded_at", "direction", "decision", "person_id",
    "primary_identifier", "secondary_identifier", "document_number", "issuing_state", "nationality", "birth_date",
    "permitted_until",
)  # fmt: skip  # the keys of _head, in its order


def _iso(day: date | None) -> str | None:
    return None if day is None else day.isoformat()


def _summary(row: Row) -> EncounterSummary:
    (encounter_id, version, status, opened_at, recorded_at, direction, decision, person_id,
     primary, secondary, number, issuing_state, nationality, birth_date, permitted_until, exported) = row  # fmt: skip
    return EncounterSummary(
        encounter_id=encounter_id,
        version=version,
        status=EncounterStatus(status),
        opened_at=from_microseconds(opened_at),
        recorded_at=None if recorded_at is None else from_microseconds(recorded_at),
        direction=Direction(direction),
        decision=None if decision is None else DecisionKind(decision),
        person_id=person_id,
        primary_identifier=primary,
        secondary_identifier=secondary,
        document_number=number,
        issuing_state=issuing_state,
        nationality=nationality,
        birth_date=PartialDate.from_iso(birth_date),
        permitted_until=None if permitted_until is None else date.fromisoformat(permitted_until),
        exported=bool(exported),
    )


def _encounter(body: bytes) -> Encounter:
    try:
        return from_json(Encounter, body)
    except NotThisShape as problem:
        raise damaged() from problem
