# SPDX-License-Identifier: Apache-2.0
"""Everything in the database beside encounters, pictures and the audit trail: steps, people, exports, settings."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from station.access.audit import step_hash
from station.domain.errors import RecordConflict
from station.domain.identifiers import EncounterId, OfficerId
from station.domain.sign_in_name import comparable
from station.domain.words import say
from station.ports.export_rows import ExportRecord, KeptReceipt, Receipt
from station.ports.journal_rows import JournalEntry, RecordedStep
from station.ports.storage import Officer, RoleName
from storage.sqlcipher.connection import Row
from storage.sqlcipher.transaction import Transaction, from_microseconds, to_microseconds

_ENTRIES_AT_ONCE = 1000


class Journal:
    """Implements station.ports.storage.JournalRepository."""

    def __init__(self, transaction: Transaction) -> None:
        self._transaction = transaction

    def append(self, entry: JournalEntry) -> None:
        """Keep the next step. Raises RecordConflict when the sequence is not the next."""
        row = self._transaction.one(
            "SELECT coalesce(max(sequence), 0) FROM journal_entry WHERE encounter_id = ?", (entry.encounter_id,)
        )
        if row is None or entry.sequence != row[0] + 1:
            raise RecordConflict(
                say("Another step of this inspection was saved in between. Your step was not kept."),
                say("Resume the encounter and repeat the step."),
            )
        self._transaction.run(
            "INSERT INTO journal_entry (encounter_id, sequence, kind, body, at, by) VALUES (?, ?, ?, ?, ?, ?)",
            (entry.encounter_id, entry.sequence, entry.kind, entry.body, to_microseconds(entry.at), entry.by),
        )

    def of(self, encounter_id: EncounterId) -> Sequence[JournalEntry]:
        """All steps of an encounter in order."""
        rows = self._transaction.all(
            "SELECT sequence, kind, body, at, by FROM journal_entry WHERE encounter_id = ? ORDER BY sequence",
            (encounter_id,),
        )
        return [
            JournalEntry(
                encounter_id=encounter_id,
                sequence=sequence,
                kind=kind,
                body=body,
                at=from_microseconds(at),
                by=OfficerId(by),
            )
            for sequence, kind, body, at, by in rows
        ]

    def recorded_steps(self) -> Iterator[RecordedStep]:
        """Every step in the order it was kept, with the hash of what stands there now."""
        serial = 0
        while rows := self._transaction.all(
            "SELECT serial, encounter_id, sequence, kind, body FROM journal_entry WHERE serial > ? "
            "ORDER BY serial LIMIT ?",
            (serial, _ENTRIES_AT_ONCE),
        ):
            serial = rows[-1][0]
            for _, encounter_id, sequence, kind, body in rows:
                sha256 = step_hash(kind, body)
                yield RecordedStep(encounter_id=EncounterId(encounter_id), sequence=sequence, sha256=sha256)


_OFFICER = "officer_id, name, display_name, role, suspended, public_key, removed, one_time, given_by"


class Officers:
    """Implements station.ports.storage.OfficerRepository."""

    def __init__(self, transaction: Transaction) -> None:
        self._transaction = transaction

    def add(self, officer: Officer) -> None:
        """Keep a new person. Raises RecordConflict when the name is taken."""
        if self.by_name(officer.name) is not None:
            raise RecordConflict(
                say("The sign-in name {name} belongs to somebody else already.", name=officer.name),
                say("Choose another sign-in name."),
            )
        self._transaction.run(
            "INSERT INTO officer (officer_id, name, folded_name, display_name, role, suspended, public_key,"
            " removed, one_time, given_by) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (
                officer.officer_id,
                officer.name,
                comparable(officer.name),
                officer.display_name,
                officer.role.value,
                int(officer.suspended),
                officer.public_key,
                int(officer.removed),
                int(officer.one_time),
                officer.given_by,
            ),
        )

    def replace(self, officer: Officer) -> None:
        """Keep all of a person but the sign-in name. Raises RecordConflict for an unknown person."""
        changed = self._transaction.run(
            "UPDATE officer SET display_name = ?, role = ?, suspended = ?, public_key = ?, removed = ?, one_time = ?,"
            " given_by = ? WHERE officer_id = ?",
            (
                officer.display_name,
                officer.role.value,
                int(officer.suspended),
                officer.public_key,
                int(officer.removed),
                int(officer.one_time),
                officer.given_by,
                officer.officer_id,
            ),
        )
        if changed != 1:
            raise RecordConflict(say("This person is not in the store."), say("Look at the list of people again."))

    def get(self, officer_id: OfficerId) -> Officer | None:
        """The person with this identifier."""
        row = self._transaction.one(f"SELECT {_OFFICER} FROM officer WHERE officer_id = ?", (officer_id,))  # noqa: S608 (our own text)
        return None if row is None else _officer(row)

    def by_name(self, name: str) -> Officer | None:
        """The person who signs in with ``name``, however it is written (station.domain.sign_in_name)."""
        row = self._transaction.one(
            f"SELECT {_OFFICER} FROM officer WHERE folded_name = ?",  # noqa: S608 (our own text)
            (comparable(name),),
        )
        return None if row is None else _officer(row)

    def all(self) -> Sequence[Officer]:
        """Everyone, by name; removed people too."""
        rows = self._transaction.all(f"SELECT {_OFFICER} FROM officer ORDER BY folded_name")  # noqa: S608 (our own text)
        return [_officer(row) for row in rows]


class Exports:
    """Implements station.ports.storage.ExportRepository."""

    def __init__(self, transaction: Transaction) -> None:
        self._transaction = transaction

    def last(self) -> ExportRecord | None:
        """The newest completed export."""
        return next(iter(self._records("ORDER BY r.sequence DESC LIMIT 1")), None)

    def all(self) -> Sequence[ExportRecord]:
        """Completed exports, newest first."""
        return self._records("ORDER BY r.sequence DESC")

    def add(self, record: ExportRecord, encounters: Sequence[tuple[EncounterId, int]]) -> None:
        """Keep a completed export and the encounter versions that were in it. Raises RecordConflict when its
        sequence does not lie after the last one's."""
        last = self.last()
        if last is not None and record.sequence <= last.sequence:
            raise RecordConflict(
                say("Another export with this number was completed in between."),
                say("Start the export again."),
            )
        self._transaction.run(
            "INSERT INTO export_record (sequence, name, made_at, made_by, bundle_sha256, encounters)"
            " VALUES (?, ?, ?, ?, ?, ?)",
            (
                record.sequence,
                record.name,
                to_microseconds(record.made_at),
                record.made_by,
                record.bundle_sha256,
                record.encounters,
            ),
        )
        for encounter_id, version in encounters:
            self._transaction.run(
                "INSERT INTO export_member (sequence, encounter_id, version) VALUES (?, ?, ?)",
                (record.sequence, encounter_id, version),
            )
            self._transaction.run(
                "UPDATE encounter SET exported_version = max(exported_version, ?) WHERE encounter_id = ?",
                (version, encounter_id),
            )

    def keep_receipt(self, sequence: int, receipt: KeptReceipt) -> bool:
        """Keep a receipt that was verified; when headquarters were first said to hold the export stays."""
        changed = self._transaction.run(
            "UPDATE export_record SET receipt = ?, receipt_signature = ?, received_at = coalesce(received_at, ?),"
            " received_by = coalesce(received_by, ?) WHERE sequence = ? AND receipt IS NULL",
            (receipt.text, receipt.signature, to_microseconds(receipt.at), receipt.by, sequence),
        )
        return changed == 1

    def exports_of(self, encounter_id: EncounterId) -> Sequence[ExportRecord]:
        """The exports that an encounter was part of, newest first."""
        return self._records(
            "JOIN export_member AS m ON m.sequence = r.sequence WHERE m.encounter_id = ? ORDER BY r.sequence DESC",
            encounter_id,
        )

    def _records(self, rest: str, *parameters: str) -> list[ExportRecord]:
        rows = self._transaction.all(
            f"SELECT r.sequence, r.name, r.made_at, r.made_by, r.bundle_sha256, r.encounters,"  # noqa: S608 (our own text)
            f" r.received_at IS NOT NULL, r.receipt IS NOT NULL FROM export_record AS r {rest}",
            parameters,
        )
        return [
            ExportRecord(
                sequence=sequence,
                name=name,
                made_at=from_microseconds(made_at),
                made_by=OfficerId(made_by),
                bundle_sha256=bundle_sha256,
                encounters=encounters,
                receipt=Receipt.SIGNED if signed else Receipt.UNPROVEN if received else Receipt.NONE,
            )
            for sequence, name, made_at, made_by, bundle_sha256, encounters, received, signed in rows
        ]


class Settings:
    """Implements station.ports.setting_rows.SettingRepository."""

    def __init__(self, transaction: Transaction) -> None:
        self._transaction = transaction

    def get(self, name: str) -> bytes | None:
        """The value, or None."""
        row = self._transaction.one("SELECT value FROM setting WHERE name = ?", (name,))
        return None if row is None else bytes(row[0])

    def put(self, name: str, value: bytes) -> None:
        """Keep or replace a value."""
        self._transaction.run(
            "INSERT INTO setting (name, value) VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET value = excluded.value",
            (name, value),
        )


def _officer(row: Row) -> Officer:
    officer_id, name, display_name, role, suspended, public_key, removed, one_time, given_by = row
    return Officer(
        officer_id=officer_id,
        name=name,
        display_name=display_name,
        role=RoleName(role),
        suspended=bool(suspended),
        public_key=public_key,
        removed=bool(removed),
        one_time=bool(one_time),
        given_by=None if given_by is None else OfficerId(given_by),
    )
