# SPDX-License-Identifier: Apache-2.0
"""Records whose time is over: how they are found, and how every trace of them is taken out of the database."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime

from station.domain.errors import RecordConflict
from station.domain.identifiers import EncounterId, ImageId, OfficerId
from station.domain.words import say
from station.ports.retention import Erased, ErasureRecord, HeldBack, OverdueItem, Part, RecordCategory
from storage.sqlcipher.connection import Row, Value
from storage.sqlcipher.safekeeping import Approvals
from storage.sqlcipher.transaction import Transaction, from_microseconds, to_microseconds

_RULES_LIFTED = ("encounter_version_kept", "journal_entry_kept", "image_kept")

# The journal is walked from its oldest step on, and no further: what is due stands there.
_STEPS_LOOKED_AT = 200_000

_ENDED = "coalesce(e.recorded_at, e.opened_at)"
_HELD = """
    CASE
        WHEN EXISTS (SELECT 1 FROM legal_hold AS h WHERE h.encounter_id = e.encounter_id AND h.lifted_at IS NULL)
            THEN 'legal hold'
        WHEN e.status IN ('open', 'parked') THEN 'unfinished'
"""
# Pictures and records leave with an export; earlier attempts and steps never do, so they wait for none.
_HELD_UNTIL_RECEIVED = """
        WHEN e.status = 'recorded' AND e.exported_version < e.version THEN 'not exported'
        WHEN e.status = 'recorded' AND NOT EXISTS (
            SELECT 1 FROM export_member AS m JOIN export_record AS r ON r.sequence = m.sequence
            WHERE m.encounter_id = e.encounter_id AND m.version = e.version AND r.received_at IS NOT NULL
        ) THEN 'no receipt'
"""
_CATEGORY = """
    CASE
        WHEN e.status IN ('open', 'parked') THEN ''
        WHEN e.status = 'abandoned' THEN 'abandoned'
        WHEN e.decision = 'refuse' THEN 'refused'
        WHEN json_array_length(CAST(v.body AS TEXT), '$.inspections') > 1 THEN 'referred'
        ELSE 'admitted'
    END
"""
_NEWEST = "JOIN encounter_version AS v ON v.encounter_id = e.encounter_id AND v.version = e.version"
_NOT_SHOWN = "instr(v.body, CAST(i.image_id AS BLOB)) = 0"
_PARTS_THERE: dict[Part, str] = {
    Part.RECORD: "TRUE",
    Part.PICTURES: "EXISTS (SELECT 1 FROM image AS i WHERE i.encounter_id = e.encounter_id)",
    Part.RAW_CAPTURES: f"EXISTS (SELECT 1 FROM image AS i WHERE i.encounter_id = e.encounter_id AND {_NOT_SHOWN})",  # noqa: S608 (our own text)
    Part.STEPS: "EXISTS (SELECT 1 FROM journal_entry AS j WHERE j.encounter_id = e.encounter_id)",
}


def _select(part: Part, source: str, condition: str) -> str:
    until_received = _HELD_UNTIL_RECEIVED if part in (Part.RECORD, Part.PICTURES) else ""
    return (
        f"SELECT * FROM (SELECT e.encounter_id, {_CATEGORY} AS category, {_ENDED}, e.version,"  # noqa: S608 (our own text)
        f" {_HELD} {until_received} END"
        f" FROM {source} {_NEWEST} WHERE {condition} AND {_PARTS_THERE[part]} ORDER BY e.opened_at)"
    )


def _statuses(category: RecordCategory) -> str:
    """What the row itself says of a category, so that the record is read for the rest only."""
    if category is RecordCategory.ABANDONED:
        return "e.status = 'abandoned'"
    refused = "=" if category is RecordCategory.REFUSED else "IS NOT"
    return f"e.status = 'recorded' AND e.decision {refused} 'refuse'"


class Retention:
    """Implements station.ports.retention.RetentionRepository."""

    def __init__(self, transaction: Transaction) -> None:
        self._transaction = transaction

    def overdue_records(self, category: RecordCategory, *, before: datetime, limit: int) -> Sequence[OverdueItem]:
        """Whole encounters of a category that ended before then."""
        condition = f"{_statuses(category)} AND e.opened_at < ?1 AND {_ENDED} < ?1"
        return self._items(Part.RECORD, "encounter AS e", condition, category, (before, limit))

    def overdue_unfinished(self, *, before: datetime, limit: int) -> Sequence[OverdueItem]:
        """Encounters opened before then that are still open or parked."""
        condition = "e.status IN ('open', 'parked') AND e.opened_at < ?1"
        return self._items(Part.RECORD, "encounter AS e", condition, None, (before, limit))

    def overdue_pictures(
        self, category: RecordCategory, *, before: datetime, limit: int, part: Part = Part.PICTURES
    ) -> Sequence[OverdueItem]:
        """Encounters that ended before then and still have pictures: few beside all, so these are walked first."""
        source = (
            "(SELECT DISTINCT encounter_id FROM image WHERE encounter_id IS NOT NULL) AS p"
            " CROSS JOIN encounter AS e ON e.encounter_id = p.encounter_id"
        )
        return self._items(part, source, f"{_statuses(category)} AND {_ENDED} < ?1", category, (before, limit))

    def overdue_steps(self, *, before: datetime, limit: int) -> Sequence[OverdueItem]:
        """Ended encounters whose steps are among the oldest there are."""
        source = (
            "(SELECT DISTINCT encounter_id FROM (SELECT encounter_id, at FROM journal_entry ORDER BY serial"  # noqa: S608 (our own text)
            f" LIMIT {_STEPS_LOOKED_AT}) WHERE at < ?1) AS p"
            " CROSS JOIN encounter AS e ON e.encounter_id = p.encounter_id"
        )
        condition = f"e.status IN ('recorded', 'abandoned') AND {_ENDED} < ?1"
        return self._items(Part.STEPS, source, condition, None, (before, limit))

    def judged(self, encounter_id: EncounterId, part: Part) -> OverdueItem | None:
        """One encounter as it stands now."""
        row = self._transaction.one(_select(part, "encounter AS e", "e.encounter_id = ?"), (encounter_id,))
        return None if row is None else _item(part, row)

    @contextmanager
    def letting_go(self) -> Iterator[None]:
        """Drop the rules that forbid deletion and make them again, in this transaction: no other sees it without."""
        names = ", ".join(f"'{name}'" for name in _RULES_LIFTED)
        rules = self._transaction.all(
            f"SELECT name, sql FROM sqlite_schema WHERE type = 'trigger' AND name IN ({names})"  # noqa: S608 (our own text)
        )
        for name, _ in rules:
            self._transaction.run(f"DROP TRIGGER {name}")
        try:
            yield
        finally:
            for _, sql in rules:
                self._transaction.run(sql)

    def erase(self, item: OverdueItem) -> Erased:
        """Take a part of an encounter out of the database. Raises RecordConflict when it is not there."""
        newest = self._transaction.one(
            f"SELECT e.serial, e.version, v.body FROM encounter AS e {_NEWEST} WHERE e.encounter_id = ?",  # noqa: S608 (our own text)
            (item.encounter_id,),
        )
        if newest is None:
            raise RecordConflict(
                say("This encounter is not in the store."), say("Look again at what is due: it may be erased already.")
            )
        serial, version, body = newest
        images: tuple[tuple[ImageId, str], ...] = ()
        steps = 0
        if item.part is not Part.STEPS:
            images = self._erase_images(item.encounter_id, body if item.part is Part.RAW_CAPTURES else None)
        if item.part is Part.PICTURES:
            for image_id, _ in images:
                self._transaction.run("INSERT OR IGNORE INTO erased_image (image_id) VALUES (?)", (image_id,))
        if item.part in (Part.STEPS, Part.RECORD):
            steps = self._erase_steps(item.encounter_id)
        whole = item.part is Part.RECORD
        if whole:
            self._erase_rows(item.encounter_id, serial)
        return Erased(
            encounter_id=item.encounter_id,
            part=item.part,
            version=version if whole else 0,
            body_sha256=hashlib.sha256(body).hexdigest() if whole else "",
            steps=steps,
            images=images,
        )

    def erase_delivered_messages(self, *, before: datetime) -> int:
        """Let go of what other stores have taken before then."""
        return self._transaction.run("DELETE FROM outbox WHERE delivered_at < ?", (to_microseconds(before),))

    def note_receipt(self, sequence: int, *, by: OfficerId, at: datetime) -> bool:
        """Headquarters hold this export."""
        changed = self._transaction.run(
            "UPDATE export_record SET received_at = ?, received_by = ? WHERE sequence = ? AND received_at IS NULL",
            (to_microseconds(at), by, sequence),
        )
        return changed == 1

    def without_receipt(self) -> Sequence[int]:
        """Numbers of exports that headquarters did not confirm."""
        rows = self._transaction.all("SELECT sequence FROM export_record WHERE received_at IS NULL ORDER BY sequence")
        return [sequence for (sequence,) in rows]

    def add_erasure(self, record: ErasureRecord) -> None:
        """Keep a list that is to be approved."""
        self._transaction.run(
            "INSERT INTO erasure (erasure_id, approval_id, asked_by, asked_at, body) VALUES (?, ?, ?, ?, ?)",
            (record.erasure_id, record.approval_id, record.asked_by, to_microseconds(record.asked_at), record.body),
        )

    def put_erasure(self, record: ErasureRecord) -> None:
        """Keep how far it has come."""
        if record.begun_at is not None and record.ended_at is None:
            (other,) = self._transaction.one(
                "SELECT count(*) FROM erasure WHERE begun_at IS NOT NULL AND ended_at IS NULL AND erasure_id <> ?",
                (record.erasure_id,),
            ) or (0,)
            if other:
                raise RecordConflict(say("Another erasure is under way."), say("Finish it first, then begin this one."))
        changed = self._transaction.run(
            "UPDATE erasure SET begun_at = ?, ended_at = ?, erased = ?, held = ? WHERE erasure_id = ?",
            (_count(record.begun_at), _count(record.ended_at), record.erased, record.held, record.erasure_id),
        )
        if changed != 1:
            raise RecordConflict(say("This erasure is not in the store."), say("Look again at what is due."))

    def erasures(self, *, limit: int) -> Sequence[ErasureRecord]:
        """Newest first."""
        rows = self._transaction.all(
            "SELECT erasure_id, approval_id, asked_by, asked_at, body, begun_at, ended_at, erased, held"
            " FROM erasure ORDER BY serial DESC LIMIT ?",
            (limit,),
        )
        return [_erasure(row) for row in rows]

    def _items(
        self,
        part: Part,
        source: str,
        condition: str,
        category: RecordCategory | None,
        bounds: tuple[datetime, int],
    ) -> Sequence[OverdueItem]:
        before, limit = bounds
        wanted = "TRUE" if category is None else "category = ?3"
        parameters: list[Value] = [to_microseconds(before), max(0, limit)]
        if category is not None:
            parameters.append(category.value)
        rows = self._transaction.all(f"{_select(part, source, condition)} WHERE {wanted} LIMIT ?2", parameters)
        return [_item(part, row) for row in rows]

    def _erase_images(self, encounter_id: EncounterId, shown_in: bytes | None) -> tuple[tuple[ImageId, str], ...]:
        """Pictures of an encounter; with ``shown_in`` only those that this record does not show."""
        rows = self._transaction.all(
            "SELECT image_id, sha256 FROM image WHERE encounter_id = ? ORDER BY serial", (encounter_id,)
        )
        if shown_in is None:
            rows += self._images_without_encounter(encounter_id)
        else:
            rows = [(image_id, sha256) for image_id, sha256 in rows if image_id.encode() not in shown_in]
        for image_id, _ in rows:
            self._transaction.run("DELETE FROM image WHERE image_id = ?", (image_id,))
        return tuple((ImageId(image_id), sha256) for image_id, sha256 in rows)

    def _images_without_encounter(self, encounter_id: EncounterId) -> list[Row]:
        """Pictures kept before a picture knew its encounter: whatever its versions and steps name."""
        return self._transaction.all(
            "SELECT image_id, sha256 FROM image WHERE encounter_id IS NULL AND image_id IN ("
            " SELECT t.value FROM encounter_version AS v, json_tree(CAST(v.body AS TEXT)) AS t"
            " WHERE v.encounter_id = ?1 AND t.key = 'image_id'"
            " UNION SELECT t.value FROM journal_entry AS j, json_tree(CAST(j.body AS TEXT)) AS t"
            " WHERE j.encounter_id = ?1 AND t.key = 'image_id')",
            (encounter_id,),
        )

    def _erase_steps(self, encounter_id: EncounterId) -> int:
        (steps,) = self._transaction.one(
            "SELECT coalesce(max(sequence), 0) FROM journal_entry WHERE encounter_id = ?", (encounter_id,)
        ) or (0,)
        self._transaction.run("DELETE FROM journal_entry WHERE encounter_id = ?", (encounter_id,))
        return int(steps)

    def _erase_rows(self, encounter_id: EncounterId, serial: int) -> None:
        self._transaction.run("DELETE FROM encounter_words WHERE rowid = ?", (serial,))
        for table in ("export_member", "encounter_version", "encounter"):
            self._transaction.run(f"DELETE FROM {table} WHERE encounter_id = ?", (encounter_id,))  # noqa: S608 (our own names)
        # What two people saw, and why it was held: the words go, the fact that it was so stays.
        Approvals(self._transaction).erase_shown(encounter_id)
        self._transaction.run("UPDATE legal_hold SET reason = '' WHERE encounter_id = ?", (encounter_id,))


def _item(part: Part, row: Row) -> OverdueItem:
    encounter_id, category, ended_at, version, held = row
    return OverdueItem(
        encounter_id=EncounterId(encounter_id),
        part=part,
        category=RecordCategory(category) if category else None,
        ended_at=from_microseconds(ended_at),
        version=version,
        held_back=None if held is None else HeldBack(held),
    )


def _erasure(row: Row) -> ErasureRecord:
    erasure_id, approval_id, asked_by, asked_at, body, begun_at, ended_at, erased, held = row
    return ErasureRecord(
        erasure_id=erasure_id,
        approval_id=approval_id,
        asked_by=OfficerId(asked_by),
        asked_at=from_microseconds(asked_at),
        body=bytes(body),
        begun_at=None if begun_at is None else from_microseconds(begun_at),
        ended_at=None if ended_at is None else from_microseconds(ended_at),
        erased=erased,
        held=held,
    )


def _count(moment: datetime | None) -> int | None:
    return None if moment is None else to_microseconds(moment)
