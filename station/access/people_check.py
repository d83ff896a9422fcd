# SPDX-License-Identifier: Apache-2.0
"""The people of the post against the audit trail: an old page of their table would give a removed right back."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from station.access.audit import Act, AuditFinding, FindingKind, finding_about
from station.ports.storage import AuditEntry, Officer


@dataclass(slots=True)
class _Standing:
    role: str = ""
    suspended: bool = False
    removed: bool = False


def verify_people(entries: Iterable[AuditEntry], officers: Iterable[Officer]) -> tuple[AuditFinding, ...]:
    """Everyone of the border store whose role, suspension or removal the trail, given whole, does not bear out."""
    standings: dict[str, _Standing] = {}
    for entry in entries:
        if entry.act == Act.OFFICER_ADDED:
            standings[entry.subject] = _Standing(role=entry.details.get("role", ""))
        elif entry.subject in standings:
            _take(standings[entry.subject], entry)
    return tuple(
        finding_about(FindingKind.PERSON_CHANGED, officer.officer_id)
        for officer in officers
        if standings.pop(officer.officer_id, None)
        != _Standing(role=officer.role.value, suspended=officer.suspended, removed=officer.removed)
    ) + tuple(finding_about(FindingKind.PERSON_CHANGED, missing) for missing in standings)


def _take(standing: _Standing, entry: AuditEntry) -> None:
    match entry.act:
        case Act.OFFICER_SUSPENDED:
            standing.suspended = True
        case Act.OFFICER_LIFTED:
            standing.suspended = False
        case Act.OFFICER_REMOVED:
            standing.removed = True
        case Act.ROLE_CHANGED:
            standing.role = entry.details.get("to") or entry.details.get("role") or standing.role
