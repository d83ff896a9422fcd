# SPDX-License-Identifier: Apache-2.0
"""The audit trail as a chain of hashes: the one rule by which an entry is made and a trail is judged.

Alone it finds whoever edits, deletes or swaps entries. Whoever can also compute hashes may write a new chain:
that is found only against a head which somebody else kept, and by the hashes of the records themselves.
"""

from __future__ import annotations

import enum
import hashlib
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from station.access.erasure_entries import forget_erased
from station.access.side_by_side import SideBySide
from station.access.vouched import vouched_body, vouched_image, vouched_step
from station.domain.identifiers import EncounterId, ImageId
from station.domain.wire import to_json
from station.domain.words import Text, say
from station.ports.journal_rows import JournalEntry, RecordedStep
from station.ports.storage import AuditEntry, RecordedBody, Vouching

#: The previous hash of the first entry.
BEGINNING = "0" * 64

_FORMAT = "hbm-station audit 1"
_BODY = "body"
_VERSION = "version"
_IMAGE = "image."
_STEP = "step"
_STEP_BODY = "step_body"
# Identifiers, counts, hashes, file names and dates; no blank, so neither a name of a person nor a sentence.
_SAYABLE = re.compile(r"[A-Za-z0-9_.:,;/@+=-]{0,200}", re.ASCII)


class Act(enum.StrEnum):
    """What is audited. The names are stable: they stand in stores for years."""

    STORE_CREATED = "store.created"  # the store was made, with its first people
    SIGNED_IN = "access.signed_in"  # a person opened the store
    SIGN_IN_REFUSED = "access.sign_in_refused"  # wrong tries, noted at the next sign-in
    SIGNED_OUT = "access.signed_out"  # a person closed it
    LOCKED = "access.locked"  # the station closed it after idle time
    PREVIOUS_KEYS_USED = "access.previous_keys_used"  # the newest key file could not be read, its copy could
    OFFICER_ADDED = "access.officer_added"  # a person was added
    OFFICER_SUSPENDED = "access.officer_suspended"  # a person may not sign in for now
    OFFICER_LIFTED = "access.officer_lifted"  # a suspended person may again
    OFFICER_REMOVED = "access.officer_removed"  # a person has no key any more
    OFFICER_RENAMED = "access.officer_renamed"  # the name that screens show
    OFFICER_VOUCHED = "access.officer_vouched"  # two people know that an account is somebody's own
    ROLE_CHANGED = "access.role_changed"  # a person was given another role
    KEY_GIVEN = "access.key_given"  # a person who was added has a slot and a one-time password
    RESET_BEGUN = "access.reset_begun"  # a person's password is about to be reset; alone: it was cut short
    PASSWORD_RESET = "access.password_reset"  # somebody gave a person a one-time password
    PASSWORD_CHANGED = "access.password_changed"  # a person chose a password
    STORE_FOUNDED = "access.store_founded"  # the first person of a further store was named, and the store made
    STORE_REKEYED = "access.store_rekeyed"  # a store was encrypted with a new key
    APPROVAL_ASKED = "approval.asked"  # somebody needs a second pair of eyes
    APPROVAL_DECIDED = "approval.decided"  # another person decided, with a signature
    APPROVAL_USED = "approval.used"  # the act that was approved is done
    PERSON_TAKEN_OVER = "person.taken_over"  # what another store said of a person was taken in
    ENCOUNTER_OPENED = "encounter.opened"  # a traveller was presented
    ENCOUNTER_STEP = "encounter.step"  # an inspection took a step that has no act of its own
    ENCOUNTER_PARKED = "encounter.parked"  # put aside
    ENCOUNTER_RESUMED = "encounter.resumed"  # taken up again
    ENCOUNTER_ABANDONED = "encounter.abandoned"  # ended without a decision
    ENCOUNTER_DECIDED = "encounter.decided"  # one line of inspection has its decision
    ENCOUNTER_RECORDED = "encounter.recorded"  # decided and recorded
    ENCOUNTER_CORRECTED = "encounter.corrected"  # a new version with its reason
    ENCOUNTER_VIEWED = "encounter.viewed"  # somebody opened a record
    NOTICE_PRINTED = "notice.printed"  # a notice of refusal left the printer
    EXPORT_BEGUN = "export.begun"  # its number is used, whatever happens next
    EXPORT_COMPLETED = "export.completed"  # a sealed bundle stands on its target
    EXPORT_FAILED = "export.failed"  # it does not
    DEVICE_TESTED = "device.tested"  # an acceptance test on the bench ended; its signed record has this hash
    DEVICE_SETTINGS_CHANGED = "device.settings_changed"  # a technician changed how drivers work, or the first choice
    SHIFT_OPENED = "shift.opened"  # a supervisor answers for the post from here on
    SHIFT_HANDED_OVER = "shift.handed_over"  # another one does
    SHIFT_CLOSING = "shift.closing"  # the report is signed by one person
    SHIFT_CLOSING_TAKEN_BACK = "shift.closing_taken_back"  # the shift goes on; that report does not count
    SHIFT_CLOSED = "shift.closed"  # the report is signed by the second person
    SHIFT_PRINTED = "shift.printed"  # its report left the printer
    CLOCK_STEPPED = "clock.stepped"  # the computer's clock went back, or far forward
    CLOCK_CONFIRMED = "clock.confirmed"  # a supervisor looked at it and says that it is right now
    BACKUP_MADE = "backup.made"  # a sealed backup stands on its medium and was read back
    BACKUP_FAILED = "backup.failed"  # it does not
    BACKUP_PLANNED = "backup.planned"  # a supervisor changed where and how often backups are made
    SHARES_MADE = "recovery.shares_made"  # recovery sheets were made and printed
    RESTORED = "backup.restored"  # the store was brought back from a backup: its generation before and now
    RECORD_ERASED = "record.erased"  # its time was over: what was erased of an encounter, and its hashes
    ERASURE_BEGUN = "erasure.begun"  # two people agreed on a list of what is let go
    ERASURE_ENDED = "erasure.ended"  # nothing of it is left in the file
    RETENTION_CHANGED = "retention.changed"  # two people agreed on another time to keep
    HOLD_PLACED = "hold.placed"  # an encounter is kept until the hold is lifted
    HOLD_LIFTED = "hold.lifted"  # two people agreed that its time runs again
    EXPORT_RECEIVED = "export.received"  # headquarters said that they hold a bundle
    OUTSIDE_EXPORT_BEGUN = "export.outside_begun"  # two people agreed on a bundle for somebody outside the plan
    OUTSIDE_EXPORT_COMPLETED = "export.outside_completed"  # it stands on its target
    OUTSIDE_EXPORT_FAILED = "export.outside_failed"  # it does not; the approval is spent all the same
    HEADQUARTERS_KEY_ADDED = "headquarters.key_added"  # two people agreed on one more key of headquarters
    HEADQUARTERS_KEY_DROPPED = "headquarters.key_dropped"  # two people agreed that a key counts no more
    COUNTER_TAKEN = "counter.taken"  # a counter in the computer's TPM stands behind the store from now on
    COUNTER_MISSED = "counter.missed"  # it did not answer when somebody signed in, or another one did
    GENERATION_BEGUN = "store.generation_begun"  # two people went on with a store that did not fit its anchors
    TRAIL_VERIFIED = "audit.verified"  # somebody checked this trail
    TRAIL_EXPORTED = "audit.exported"  # somebody took a copy of it away


class FindingKind(enum.Enum):
    """What is wrong with a trail or with what it vouches for."""

    GAP = "gap"  # entries are missing between two others, or at the beginning
    REORDERED = "reordered"  # an entry stands after one with the same or a higher number
    EDITED = "edited"  # an entry is not what was hashed
    BROKEN_LINK = "broken link"  # an entry does not continue the one before it
    TRUNCATED = "truncated"  # the trail ends before the head that is known
    REWRITTEN = "rewritten"  # the trail is whole, but is not the one whose head is known
    RECORD_CHANGED = "record changed"  # a version of an encounter is not what was recorded
    RECORD_MISSING = "record missing"  # a version that was recorded is not there
    RECORD_UNKNOWN = "record unknown"  # a version is there that no entry vouches for
    STEP_CHANGED = "step changed"  # a step of an inspection's journal is not what was kept
    STEP_MISSING = "step missing"  # a step that was kept is not there
    STEP_UNKNOWN = "step unknown"  # a step is there that no entry vouches for
    IMAGE_CHANGED = "image changed"  # a picture is not what was recorded
    IMAGE_MISSING = "image missing"  # a picture that was recorded is not there
    ROW_CHANGED = "row changed"  # a list shows something else than the newest version of an encounter says
    TABLE_CHANGED = "table changed"  # a table does not hold what was written into it last
    INDEX_CHANGED = "index changed"  # an index does not say what its table says
    PERSON_CHANGED = "person changed"  # a person has another role or state than the trail gave them
    CHECKPOINT_DAMAGED = "checkpoint damaged"  # a checkpoint beside the store cannot be read
    CHECKPOINT_FORGED = "checkpoint forged"  # a checkpoint beside the store is not signed by this station
    CHECKPOINT_MISSING = "checkpoint missing"  # checkpoints beside the store are missing between two others
    APPROVAL_UNPROVEN = "approval unproven"  # an approval has no second person, no signature or no request


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditFinding:
    """One thing that is wrong. ``sequence`` is the entry's number, 0 when no entry belongs to it."""

    sequence: int
    kind: FindingKind
    says: Text


@dataclass(frozen=True, slots=True)
class AuditHead:
    """The newest entry of a trail at some moment, kept where the store's owner cannot change it."""

    sequence: int
    hash: str


def chain(
    previous: AuditEntry | None, *, at: datetime, by: str, act: str, subject: str, details: Mapping[str, str]
) -> AuditEntry:
    """The entry that follows ``previous`` (``None``: the first).

    Raises ValueError for texts that are not identifiers, counts or hashes, and for a moment without zone.
    """
    if at.tzinfo is None:
        raise ValueError("a moment needs its zone")
    if not by or not act:
        raise ValueError("an entry names who acted and what was done")
    for value in (by, act, subject, *details, *details.values()):
        if not _SAYABLE.fullmatch(value):
            raise ValueError("an audit entry holds identifiers, counts and hashes only")
    entry = AuditEntry(
        sequence=1 if previous is None else previous.sequence + 1,
        at=at.astimezone(UTC),
        by=by,
        act=str(act),
        subject=subject,
        details=dict(details),
        previous_hash=BEGINNING if previous is None else previous.hash,
        hash="",
    )
    return replace(entry, hash=hashlib.sha256(canonical(entry)).hexdigest())


def canonical(entry: AuditEntry) -> bytes:
    """The bytes that are hashed: JSON with sorted keys, times with microseconds in UTC; all but ``hash`` itself."""
    return to_json(
        {
            "format": _FORMAT,
            "sequence": entry.sequence,
            "at": entry.at.astimezone(UTC).isoformat(timespec="microseconds"),
            "by": entry.by,
            "act": entry.act,
            "subject": entry.subject,
            "details": dict(entry.details),
            "previous_hash": entry.previous_hash,
        }
    )


def verify(entries: Iterable[AuditEntry], *, expected_head: AuditHead | None = None) -> tuple[AuditFinding, ...]:
    """Everything wrong with a whole trail, given from its first entry on; empty when it holds.

    ``expected_head`` is a head kept elsewhere: without it, a trail that was cut at its end or wholly rewritten
    looks right.
    """
    findings: list[AuditFinding] = []
    previous: AuditEntry | None = None
    anchored = expected_head is None
    for entry in entries:
        findings += judged(previous, entry)
        if expected_head is not None and entry.sequence == expected_head.sequence:
            anchored = True
            if entry.hash != expected_head.hash:
                findings.append(finding(entry.sequence, FindingKind.REWRITTEN))
        previous = entry
    if not anchored and expected_head is not None:
        findings.append(finding(expected_head.sequence, FindingKind.TRUNCATED))
    return tuple(findings)


def record_details(vouch: Vouching, encounter_id: EncounterId, version: int, body_sha256: str) -> dict[str, str]:
    """Details of the act that kept a version of an encounter (the entry's subject is the encounter's identifier).

    Like the other two, with keyed hashes only (``vouch``: of the trail they go on); `verify_records` reads them back.
    """
    return {_VERSION: str(version), _BODY: vouched_body(vouch, encounter_id, version, body_sha256)}


def image_details(vouch: Vouching, images: Mapping[ImageId, str]) -> dict[str, str]:
    """Details of the act that kept pictures; ``images`` maps them to the hex SHA-256 of their bytes."""
    return {f"{_IMAGE}{image_id}": vouched_image(vouch, image_id, sha256) for image_id, sha256 in images.items()}


def step_details(vouch: Vouching, step: JournalEntry) -> dict[str, str]:
    """Details of the act that kept a step of an inspection's journal."""
    sha256 = step_hash(step.kind, step.body)
    return {_STEP: str(step.sequence), _STEP_BODY: vouched_step(vouch, step.encounter_id, step.sequence, sha256)}


def step_hash(kind: str, body: bytes) -> str:
    """Hex SHA-256 over what a step of a journal says; it never stands on a trail itself."""
    return hashlib.sha256(kind.encode() + b"\0" + body).hexdigest()


def verify_records(
    entries: Iterable[AuditEntry],
    bodies: Iterable[RecordedBody],
    images: Iterable[tuple[ImageId, str]],
    steps: Iterable[RecordedStep],
    *,
    vouch: Vouching,
) -> tuple[AuditFinding, ...]:
    """Compare what the trail vouches for with what stands in the store now; empty when all of it agrees.

    A picture no entry vouches for is no finding: it may belong to an encounter that is still open. What an entry
    says was erased is missing rightly; if it is there nevertheless, nothing vouches for it any more.
    """
    versions = SideBySide(
        ((one.encounter_id, one.version), vouched_body(vouch, one.encounter_id, one.version, one.sha256))
        for one in bodies
    )
    kept_steps = SideBySide(
        ((one.encounter_id, one.sequence), vouched_step(vouch, one.encounter_id, one.sequence, one.sha256))
        for one in steps
    )
    pictures = SideBySide((one, vouched_image(vouch, one, sha256)) for one, sha256 in images)
    for entry in entries:
        details, record = entry.details, EncounterId(entry.subject)
        if _STEP_BODY in details and details.get(_STEP, "").isdecimal():
            kept_steps.vouched((record, int(details[_STEP])), entry.sequence, details[_STEP_BODY])
        if _BODY in details and details.get(_VERSION, "").isdecimal():
            versions.vouched((record, int(details[_VERSION])), entry.sequence, details[_BODY])
        for name, keyed in details.items():
            if name.startswith(_IMAGE):
                pictures.vouched(ImageId(name.removeprefix(_IMAGE)), entry.sequence, keyed)
        if entry.act == Act.RECORD_ERASED:
            forget_erased(entry, versions=versions, steps=kept_steps, images=pictures)
    return (*_told(versions, _OF_RECORDS), *_told(kept_steps, _OF_STEPS), *_told_of_images(pictures))


@dataclass(frozen=True, slots=True)
class _Kinds:
    """What the three ways to disagree are called for one sort of thing."""

    unknown: FindingKind
    changed: FindingKind
    missing: FindingKind


_OF_RECORDS = _Kinds(FindingKind.RECORD_UNKNOWN, FindingKind.RECORD_CHANGED, FindingKind.RECORD_MISSING)
_OF_STEPS = _Kinds(FindingKind.STEP_UNKNOWN, FindingKind.STEP_CHANGED, FindingKind.STEP_MISSING)


def _told(walk: SideBySide[tuple[EncounterId, int]], kinds: _Kinds) -> list[AuditFinding]:
    unknown = [*walk.back, *walk.unknown()]
    return [
        *(_about_record(0, kinds.unknown, record, number) for record, number in unknown),
        *(_about_record(sequence, kinds.changed, record, number) for sequence, (record, number) in walk.changed),
        *(_about_record(sequence, kinds.missing, record, number) for sequence, (record, number) in walk.missing()),
    ]


def _told_of_images(walk: SideBySide[ImageId]) -> list[AuditFinding]:
    for _ in walk.unknown():
        pass  # of an encounter that is still open
    return [
        *(_about_image(sequence, FindingKind.IMAGE_CHANGED, image) for sequence, image in walk.changed),
        *(_about_image(sequence, FindingKind.IMAGE_MISSING, image) for sequence, image in walk.missing()),
    ]


def judged(previous: AuditEntry | None, entry: AuditEntry) -> list[AuditFinding]:
    """What is wrong with one entry by itself and after the one before it."""
    findings = []
    if entry.hash != hashlib.sha256(canonical(entry)).hexdigest():
        findings.append(finding(entry.sequence, FindingKind.EDITED))
    last, last_hash = (0, BEGINNING) if previous is None else (previous.sequence, previous.hash)
    if entry.sequence <= last:
        findings.append(finding(entry.sequence, FindingKind.REORDERED))
    elif entry.sequence > last + 1:
        findings.append(finding(entry.sequence, FindingKind.GAP))
    elif entry.previous_hash != last_hash:
        findings.append(finding(entry.sequence, FindingKind.BROKEN_LINK))
    return findings


_SAYS: dict[FindingKind, Text] = {
    FindingKind.GAP: say("Entries are missing before entry {sequence} of the audit trail."),
    FindingKind.REORDERED: say("Entry {sequence} of the audit trail stands in the wrong place."),
    FindingKind.EDITED: say("Entry {sequence} of the audit trail was changed after it was written."),
    FindingKind.BROKEN_LINK: say("Entry {sequence} of the audit trail does not continue the entry before it."),
    FindingKind.TRUNCATED: say("The audit trail ends too early: entry {sequence} was there before."),
    FindingKind.REWRITTEN: say("The audit trail was written anew: entry {sequence} is not the one that is known."),
    FindingKind.RECORD_CHANGED: say("Encounter {record}, version {version}, is not what entry {sequence} recorded."),
    FindingKind.RECORD_MISSING: say("Encounter {record}, version {version}, recorded by entry {sequence}, is missing."),
    FindingKind.RECORD_UNKNOWN: say("No entry of the audit trail records encounter {record}, version {version}."),
    FindingKind.STEP_CHANGED: say("Step {version} of encounter {record} is not what entry {sequence} recorded."),
    FindingKind.STEP_MISSING: say("Step {version} of encounter {record}, recorded by entry {sequence}, is missing."),
    FindingKind.STEP_UNKNOWN: say("No entry of the audit trail records step {version} of encounter {record}."),
    FindingKind.ROW_CHANGED: say("Lists show something else for encounter {record} than its newest version says."),
    FindingKind.TABLE_CHANGED: say(
        "The table {record} of the store is not what was written last: an older state of it was put back."
    ),
    FindingKind.INDEX_CHANGED: say(
        "The index {record} of the store does not say what the records say: a search may miss some of them."
    ),
    FindingKind.PERSON_CHANGED: say("Person {record} has another role or state than the audit trail gave them."),
    FindingKind.CHECKPOINT_DAMAGED: say("A checkpoint beside the store cannot be read, after checkpoint {sequence}."),
    FindingKind.CHECKPOINT_FORGED: say("Checkpoint {sequence} beside the store was not signed by this station."),
    FindingKind.CHECKPOINT_MISSING: say("Checkpoints are missing beside the store, before checkpoint {sequence}."),
    FindingKind.IMAGE_CHANGED: say("Picture {record} is not what entry {sequence} recorded."),
    FindingKind.IMAGE_MISSING: say("Picture {record}, recorded by entry {sequence}, is missing."),
}


def finding(sequence: int, kind: FindingKind) -> AuditFinding:
    """A finding about one entry (or, of the CHECKPOINT kinds, one checkpoint), in its words."""
    return AuditFinding(sequence=sequence, kind=kind, says=replace(_SAYS[kind], values={"sequence": sequence}))


def _about_record(sequence: int, kind: FindingKind, record: EncounterId, version: int) -> AuditFinding:
    text = replace(_SAYS[kind], values={"sequence": sequence, "record": record, "version": version})
    return AuditFinding(sequence=sequence, kind=kind, says=text)


def finding_about(kind: FindingKind, record: str) -> AuditFinding:
    """A finding about a row that no single entry vouches for."""
    return AuditFinding(sequence=0, kind=kind, says=replace(_SAYS[kind], values={"record": record}))


def _about_image(sequence: int, kind: FindingKind, record: str) -> AuditFinding:
    return AuditFinding(
        sequence=sequence, kind=kind, says=replace(_SAYS[kind], values={"sequence": sequence, "record": record})
    )
