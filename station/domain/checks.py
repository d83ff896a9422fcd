# SPDX-License-Identifier: Apache-2.0
"""Results of checks in the words of BSI TR-03135-1, and how several become one."""

from __future__ import annotations

import enum
from collections.abc import Iterable
from dataclasses import dataclass, field

from station.domain.words import Text


class CheckResult(enum.Enum):
    """How a check ended (BSI TR-03135-1)."""

    SUCCESSFUL = "successful"  # it was done and holds
    FAILED = "failed"  # it was done and does not hold
    UNDETERMINED = "undetermined"  # it was done, and the answer cannot be known here
    NOT_SUPPORTED = "not supported"  # the document or this station cannot do it
    ABORTED = "aborted"  # it was begun and broken off


class CheckWeight(enum.Enum):
    """How much a check counts (BSI TR-03135-1)."""

    MANDATORY = "mandatory"  # it must be done, and enters the combined result
    OPTIONAL = "optional"  # it enters the combined result when it was done
    EVALUATORY = "evaluatory"  # shown and recorded for study only; never enters the combined result


class CheckFamily(enum.Enum):
    """Which part of the inspection a check belongs to (BSI TR-03135-1)."""

    OPTICAL = "optical"  # page, MRZ and printed values
    ELECTRONIC = "electronic"  # the chip
    COMBINED = "combined"  # one source against another
    DIGITAL_SEAL = "digital seal"  # visible digital seals
    HISTORY = "history"  # the station's own records; not of TR-03135, kept apart


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """One check: ``name`` is stable and for machines; ``says`` tells a person what was found and why."""

    name: str
    family: CheckFamily
    result: CheckResult
    weight: CheckWeight
    says: Text = field(repr=False)


_ORDER = (
    CheckResult.FAILED,
    CheckResult.ABORTED,
    CheckResult.UNDETERMINED,
    CheckResult.SUCCESSFUL,
    CheckResult.NOT_SUPPORTED,
)


def combined(checks: Iterable[Check]) -> CheckResult:
    """Failed, else aborted, else undetermined, else successful, else not supported (BSI TR-03135-1).

    Evaluatory checks never count. A mandatory check that is not supported makes the whole undetermined at best:
    something that had to be done was not. No check at all is 'not supported'.
    """
    results: set[CheckResult] = set()
    for check in checks:
        if check.weight is CheckWeight.EVALUATORY:
            continue
        result = check.result
        if check.weight is CheckWeight.MANDATORY and result is CheckResult.NOT_SUPPORTED:
            result = CheckResult.UNDETERMINED
        results.add(result)
    return next((result for result in _ORDER if result in results), CheckResult.NOT_SUPPORTED)
