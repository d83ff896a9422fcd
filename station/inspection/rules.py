# SPDX-License-Identifier: Apache-2.0
"""What a post's law and settings say about its inspections."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, tzinfo

from station.domain.crossing import Crossing, Direction


@dataclass(frozen=True, slots=True, kw_only=True)
class PostRules:
    """Rules of one post. ``specimens_allowed`` is true in a training store only."""

    zone: tzinfo = UTC
    mandatory_fields: frozenset[str] = frozenset({"transport", "purpose"})
    default_permitted_days: int = 30
    specimens_allowed: bool = False

    def today(self, now: datetime) -> date:
        """The post's calendar day at an aware moment."""
        return now.astimezone(self.zone).date()

    def permitted_until(self, crossing: Crossing, today: date) -> date | None:
        """The last permitted day of an entry, the day of entry counted as the first; None where none was set."""
        days = crossing.permitted_stay_days
        if crossing.direction is not Direction.ENTRY or days is None:
            return None
        return today + timedelta(days=days - 1)
