# SPDX-License-Identifier: Apache-2.0
"""How long the parts of inspections took, measured from the moments at which their steps were kept.

Times are of the wall clock, which may step: whatever was under way when it did is left out and counted as such.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

#: Names of stages (station.inspection.table.Stage, as the audit trail writes them) in which nobody works on it.
_RESTS = frozenset({"PARKED", "REFERRED"})
_ENDS = frozenset({"RECORDED", "ABANDONED"})

#: The whole encounter, from its first step to its record, without the time it rested.
WHOLE = "WHOLE"


@dataclass(frozen=True, slots=True, kw_only=True)
class StageTime:
    """Seconds that one stage took: the median and the 95th percentile (nearest rank) of ``count`` measured ones."""

    stage: str
    count: int
    p50_s: float
    p95_s: float


@dataclass(slots=True)
class _Under:
    """One encounter on its way."""

    stage: str
    since: datetime
    from_the_start: bool
    worked_s: float = 0.0


@dataclass(slots=True)
class StageClock:
    """Takes the steps of all encounters in the order they were kept."""

    left_out: int = 0
    _under: dict[str, _Under] = field(default_factory=dict)
    _measured: dict[str, list[float]] = field(default_factory=dict)

    def step(self, encounter: str, stage: str, at: datetime, *, first: bool) -> None:
        """An encounter came to ``stage``; ``first`` when it began with that."""
        before = self._under.get(encounter)
        if before is None:
            self._under[encounter] = _Under(stage, at, from_the_start=first)
            return
        if stage == before.stage:  # details were entered: it goes on
            return
        took = (at - before.since).total_seconds()
        if took < 0:
            self.left_out += 1
            before.from_the_start = False
        elif before.stage not in _RESTS:
            self._measured.setdefault(before.stage, []).append(took)
            before.worked_s += took
        before.stage, before.since = stage, at
        if stage in _ENDS:
            del self._under[encounter]
            if stage == "RECORDED" and before.from_the_start:
                self._measured.setdefault(WHOLE, []).append(before.worked_s)

    def clock_stepped(self) -> None:
        """What is under way now cannot be measured."""
        self.left_out += len(self._under)
        self._under.clear()

    def times(self, order: Sequence[str]) -> tuple[StageTime, ...]:
        """One row per stage that was measured: those of ``order`` first, then the others."""
        names = [*(name for name in order if name in self._measured), *sorted(set(self._measured) - set(order))]
        return tuple(
            StageTime(
                stage=name,
                count=len(self._measured[name]),
                p50_s=percentile(self._measured[name], 50),
                p95_s=percentile(self._measured[name], 95),
            )
            for name in names
        )


def percentile(values: Sequence[float], percent: int) -> float:
    """The smallest value that is not exceeded by ``percent`` of all (nearest rank), rounded to hundredths.

    Raises ValueError for no values at all.
    """
    if not values:
        raise ValueError("nothing was measured")
    rank = max(1, math.ceil(percent * len(values) / 100))
    return round(sorted(values)[rank - 1], 2)
