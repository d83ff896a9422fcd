# SPDX-License-Identifier: Apache-2.0
"""What a second person signs, and how anybody who has the audit trail can check it later.

The trail alone suffices: it holds the public key that each person's password makes, and every part of the signed
message. It does not prove that two accounts were two people; station.access.approval_rules sees to that.
"""

from __future__ import annotations

import base64
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from station.access.approval_rules import Verdict
from station.access.audit import Act, AuditFinding, FindingKind
from station.domain.wire import to_json
from station.domain.words import Text, say
from station.ports.safekeeping import ApprovalRecord
from station.ports.storage import AuditEntry

#: The detail that names a person's public signing key, of the acts that bring one.
PUBLIC_KEY = "public_key"

_FORMAT = "hbm-station approval 1"
_BRINGS_A_KEY = frozenset({Act.OFFICER_ADDED, Act.KEY_GIVEN, Act.PASSWORD_RESET, Act.PASSWORD_CHANGED})


def asked_details(record: ApprovalRecord) -> dict[str, str]:
    """Details of the entry that a request was made; its subject is the request."""
    return {
        "kind": record.kind,
        "about": record.subject,
        "shown": record.shown_sha256,
        "asked_by": record.asked_by,
        "asked_at": _moment(record.asked_at),
        "expires_at": _moment(record.expires_at),
    }


def decided_details(record: ApprovalRecord, mark: str) -> dict[str, str]:
    """Details of the entry that it was decided. ``mark``: see station.access.distress."""
    if record.decided_by is None or record.decided_at is None:
        raise ValueError("a decision has a person and a time")
    return asked_details(record) | {
        "verdict": record.verdict,
        "decided_by": record.decided_by,
        "decided_at": _moment(record.decided_at),
        "signature": record.signature,
        "mark": mark,
    }


def used_details(record: ApprovalRecord) -> dict[str, str]:
    """Details of the entry that the approved act is done."""
    return {"kind": record.kind, "about": record.subject, "shown": record.shown_sha256}


def message(record: ApprovalRecord) -> bytes:
    """The bytes that the deciding person signs: canonical JSON of everything but the signature."""
    details = decided_details(record, "")
    return _message(record.approval_id, details)


def holds(signature: str, signed: bytes, public_key: str) -> bool:
    """Whether a base64 Ed25519 signature over ``signed`` is by the base64 key (32 bytes)."""
    try:
        key = Ed25519PublicKey.from_public_bytes(base64.b64decode(public_key, validate=True))
        key.verify(base64.b64decode(signature, validate=True), signed)
    except (InvalidSignature, ValueError):  # not base64, not 32 or 64 bytes
        return False
    return True


def verify_approvals(entries: Iterable[AuditEntry]) -> tuple[AuditFinding, ...]:
    """Everything wrong with the approvals of a whole trail, given from its first entry on; empty when all hold.

    Found: a decision without its request or not as it was asked, by the person who asked, too late, decided
    twice, or not signed with the key that person had; a use without an approval, twice, late, for something else
    or by somebody else.
    """
    trail = _Trail()
    findings = []
    for entry in entries:
        objection = trail.take(entry)
        if objection is not None:
            kind = FindingKind.APPROVAL_UNPROVEN
            findings.append(AuditFinding(sequence=entry.sequence, kind=kind, says=objection))
    return tuple(findings)


@dataclass(slots=True)
class _Trail:
    """What the entries so far say."""

    keys: dict[str, str] = field(default_factory=dict)
    asked: dict[str, Mapping[str, str]] = field(default_factory=dict)
    decided: dict[str, Mapping[str, str]] = field(default_factory=dict)
    used: set[str] = field(default_factory=set)

    def take(self, entry: AuditEntry) -> Text | None:
        """Take the next entry in; what is wrong with it."""
        if entry.act in _BRINGS_A_KEY and entry.details.get(PUBLIC_KEY):
            self.keys[entry.subject] = entry.details[PUBLIC_KEY]
        elif entry.act == Act.APPROVAL_ASKED:
            return self._take_request(entry)
        elif entry.act == Act.APPROVAL_DECIDED:
            return self._take_decision(entry)
        elif entry.act == Act.APPROVAL_USED:
            return self._take_use(entry)
        return None

    def _take_request(self, entry: AuditEntry) -> Text | None:
        if entry.subject in self.asked:
            return say("Entry {entry}: this approval was asked for before.", entry=entry.sequence)
        self.asked[entry.subject] = entry.details
        if entry.details.get("asked_by") != entry.by:
            return say("Entry {entry}: an approval was asked for in another person's name.", entry=entry.sequence)
        return None

    def _take_decision(self, entry: AuditEntry) -> Text | None:
        said, asked = entry.details, self.asked.get(entry.subject)
        decided_before = entry.subject in self.decided
        self.decided.setdefault(entry.subject, said)
        if asked is None or any(said.get(name) != value for name, value in asked.items()):
            return say("Entry {entry}: what was decided is not what was asked.", entry=entry.sequence)
        if decided_before:
            return say("Entry {entry}: this approval was decided before.", entry=entry.sequence)
        if said.get("decided_by") != entry.by or entry.by == said["asked_by"]:
            return say("Entry {entry}: an approval was not decided by a second person.", entry=entry.sequence)
        if not _between(said.get("asked_at"), said.get("decided_at"), said.get("expires_at")):
            return say("Entry {entry}: an approval was decided too late.", entry=entry.sequence)
        if not holds(said.get("signature", ""), _message(entry.subject, said), self.keys.get(entry.by, "")):
            return say(
                "Entry {entry}: the signature of an approval is not by the person who is named.", entry=entry.sequence
            )
        return None

    def _take_use(self, entry: AuditEntry) -> Text | None:
        said, decided = entry.details, self.decided.get(entry.subject)
        used_before = entry.subject in self.used
        self.used.add(entry.subject)
        if decided is None or decided.get("verdict") != Verdict.APPROVED:
            return say("Entry {entry}: an act was done that nobody approved.", entry=entry.sequence)
        if used_before:
            return say("Entry {entry}: an approval was used twice.", entry=entry.sequence)
        if any(said.get(name) != decided.get(name) for name in ("kind", "about", "shown")):
            return say("Entry {entry}: an approval was used for something else.", entry=entry.sequence)
        if entry.by != decided.get("asked_by"):
            return say("Entry {entry}: an approval was used by somebody else.", entry=entry.sequence)
        if not _between(decided.get("decided_at"), _moment(entry.at), decided.get("expires_at")):
            return say("Entry {entry}: an approval was used too late.", entry=entry.sequence)
        return None


def _message(approval_id: str, details: Mapping[str, str]) -> bytes:
    names = ("kind", "about", "shown", "asked_by", "asked_at", "expires_at", "verdict", "decided_by", "decided_at")
    parts = {name: details.get(name, "") for name in names}
    return to_json({"format": _FORMAT, "request": approval_id, **parts})


def _between(first: str | None, moment: str | None, last: str | None) -> bool:
    """``first <= moment < last``; False when one of them is no moment."""
    try:
        begins, at, ends = (datetime.fromisoformat(text or "") for text in (first, moment, last))
    except ValueError:
        return False
    if begins.tzinfo is None or at.tzinfo is None or ends.tzinfo is None:
        return False
    return begins <= at < ends


def _moment(moment: datetime) -> str:
    return moment.isoformat(timespec="microseconds")
