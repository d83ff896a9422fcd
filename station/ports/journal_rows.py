# SPDX-License-Identifier: Apache-2.0
"""What a unit of work keeps of inspections while they go on: each step as it happened."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from station.domain.identifiers import EncounterId, OfficerId


@dataclass(frozen=True, slots=True, kw_only=True)
class JournalEntry:
    """One step of an encounter's inspections, saved as it happened. ``body`` is JSON of the event."""

    encounter_id: EncounterId
    sequence: int  # 1, 2, … within the encounter
    kind: str
    body: bytes = field(repr=False)
    at: datetime
    by: OfficerId


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordedStep:
    """One kept step of an inspection's journal, and the hash of what it says now (station.access.audit.step_hash)."""

    encounter_id: EncounterId
    sequence: int
    sha256: str


class JournalRepository(Protocol):
    """Steps of inspections, saved as they happen, so that a killed process loses nothing confirmed."""

    def append(self, entry: JournalEntry) -> None:
        """Keep the next step. Raises RecordConflict when the sequence is not the next."""
        ...

    def of(self, encounter_id: EncounterId) -> Sequence[JournalEntry]:
        """All steps of an encounter in order."""
        ...

    def recorded_steps(self) -> Iterator[RecordedStep]:
        """Every step, to compare with what the audit trail vouches for."""
        ...
