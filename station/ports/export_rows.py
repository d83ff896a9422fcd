# SPDX-License-Identifier: Apache-2.0
"""What a unit of work keeps of exports: what left the station, and when."""

from __future__ import annotations

import enum
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from station.domain.identifiers import EncounterId, OfficerId


class Receipt(enum.Enum):
    """Whether headquarters hold an export, and what stands behind that."""

    NONE = "none"  # nobody said so
    UNPROVEN = "unproven"  # a person of the post typed that headquarters said so
    SIGNED = "signed"  # a text that headquarters' own key signed, kept with its signature


@dataclass(frozen=True, slots=True, kw_only=True)
class ExportRecord:
    """One sealed export that was completed."""

    sequence: int
    name: str
    made_at: datetime
    made_by: OfficerId
    bundle_sha256: str
    encounters: int
    receipt: Receipt = Receipt.NONE


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptReceipt:
    """A signed receipt as it came, so that anybody can verify it once more, and when it was taken in by whom."""

    text: str
    signature: str
    by: OfficerId
    at: datetime


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

    def keep_receipt(self, sequence: int, receipt: KeptReceipt) -> bool:
        """Keep a receipt that was verified; False when the export is unknown or has a signed one already."""
        ...

    def exports_of(self, encounter_id: EncounterId) -> Sequence[ExportRecord]:
        """The exports that an encounter was part of, newest first."""
        ...
