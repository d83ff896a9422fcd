# SPDX-License-Identifier: Apache-2.0
"""What was measured on the printed target, as lines with a mark and the next step."""

from __future__ import annotations

from dataclasses import dataclass

from station.domain.checks import CheckResult
from station.domain.words import Text


@dataclass(frozen=True, slots=True, kw_only=True)
class CalibrationReading:
    """One measured property of a scanner or camera. ``name`` is stable; ``next_step`` is None when all is well."""

    name: str
    title: Text
    value: float
    unit: str
    result: CheckResult
    next_step: Text | None = None
