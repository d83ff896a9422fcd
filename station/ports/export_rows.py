# SPDX-License-Identifier: Apache-2.0
"""What a unit of work keeps of exports: what left the station, and when."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from station.domain.identifiers import EncounterId, OfficerId


@dataclass(frozen=True, slots=True, kw_only=True)
class ExportRecord:
    """One sealed export that was completed."""

    sequence: int
    name: str
    made_at: datetime
    made_by: OfficerId
    bundle_sha256: str
    encounters: int


class ExportRepository(Protocol):
    """What left the station, and when."""

    def last(self) -> ExportRecord | None:
        """The newest completed export."""
        ...

    def all(self) -> Sequence[ExportRecord]:
        """Completed exports, newest first."""
        ...

    def add(self, record: ExportRecord, encounters: Sequence[tuple[EncounterId, int]]) -> None:
        """Keep a completed export and the encounter versions that were in it."""
        ...

    def exports_of(self, encounter_id: EncounterId) -> Sequence[ExportRecord]:
        """The exports that an encounter was part of, newest first."""
        ...
