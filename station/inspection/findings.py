# SPDX-License-Identifier: Apache-2.0
"""Checks that failed earlier in an encounter still speak: turning the direction, or keying the document anew, must
not let one officer alone make them go away. docs/decisions/0019-overrides.md gives the reasons.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace

from station.domain.checks import Check, CheckFamily, CheckResult, CheckWeight
from station.domain.crossing import Direction
from station.domain.words import say


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """What one round of checks was about. ``reading`` counts how often the encounter's document was settled.

    ``by_device``: a device read the document. ``untouched``: and no person changed a character of it.
    """

    direction: Direction
    reading: int
    issuing_state: str
    document_number: str = field(repr=False)
    by_device: bool
    untouched: bool

    def same_document(self, other: Seen) -> bool:
        """Whether both are about a document of this issuer and number."""
        return (self.issuing_state, self.document_number) == (other.issuing_state, other.document_number)


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """A check that failed, and what it was about."""

    check: Check
    seen: Seen

    def speaks_against(self, now: Seen) -> bool:
        """Whether it still counts in the round of checks ``now``.

        What a device's reading brought up goes only when a device reads another document. What the officer keyed
        may be keyed better, but not what this station's records say of that very document.
        """
        if self.seen.reading == now.reading:
            return True
        if self.seen.by_device:
            return not now.untouched or self.seen.same_document(now)
        return self.check.family is CheckFamily.HISTORY and self.seen.same_document(now)


def failed_checks(checks: Iterable[Check]) -> tuple[Check, ...]:
    """The checks that were done and do not hold. One that counts for nothing (evaluatory) is none of them."""
    return tuple(
        check for check in checks if check.result is CheckResult.FAILED and check.weight is not CheckWeight.EVALUATORY
    )


def with_earlier(checks: tuple[Check, ...], earlier: Iterable[Finding], now: Seen) -> tuple[Check, ...]:
    """``checks``, and those that failed earlier and still count, each with the direction it was found for."""
    failing = {check.name for check in failed_checks(checks)}
    standing = {one.check.name: one for one in earlier if one.speaks_against(now)}  # of each name the newest
    return (*checks, *(_said(one) for name, one in standing.items() if name not in failing))


def and_found(earlier: tuple[Finding, ...], checks: Iterable[Check], now: Seen) -> tuple[Finding, ...]:
    """``earlier`` findings and those of this round, newest last; of one name about the same, only the newest."""
    new = tuple(Finding(check=check, seen=now) for check in failed_checks(checks))
    again = {(one.check.name, one.seen) for one in new}
    return (*(one for one in earlier if (one.check.name, one.seen) not in again), *new)


def _said(finding: Finding) -> Check:
    direction = _DIRECTIONS[finding.seen.direction]
    return replace(finding.check, says=say("{label}: {value}", label=direction, value=finding.check.says))


_DIRECTIONS = {Direction.ENTRY: say("entry"), Direction.EXIT: say("exit")}
