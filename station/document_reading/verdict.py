# SPDX-License-Identifier: Apache-2.0
"""Many checks, one sentence and one next step: what an officer can take in while a queue waits."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from station.domain.checks import Check, CheckResult, CheckWeight, combined
from station.domain.words import Text, say


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """The combined result, the sentence that explains it, and what to do next. Never a decision."""

    result: CheckResult
    says: Text
    next_step: Text


def verdict(checks: Sequence[Check]) -> Verdict:
    """The verdict over all checks: the worst one speaks, the first among equals."""
    result = combined(checks)
    if not checks:
        return Verdict(result=result, says=say("Nothing was checked."), next_step=say("Read or key in the document."))
    if result is CheckResult.SUCCESSFUL:
        return Verdict(
            result=result,
            says=say("Nothing speaks against this document."),
            next_step=say("Compare the faces, then decide."),
        )
    speaking = next((check for check in checks if _speaks(check, result)), checks[0])
    return Verdict(result=result, says=speaking.says, next_step=_NEXT[result])


def _speaks(check: Check, result: CheckResult) -> bool:
    if check.weight is CheckWeight.EVALUATORY:
        return False
    if check.weight is CheckWeight.MANDATORY and check.result is CheckResult.NOT_SUPPORTED:
        return result is CheckResult.UNDETERMINED
    return check.result is result


_NEXT = {
    CheckResult.FAILED: say("Look at the marked check. Second line with F6."),
    CheckResult.ABORTED: say("A check was broken off. Repeat it with F11, or decide without it."),
    CheckResult.UNDETERMINED: say("Look at the marked check yourself, then decide."),
    CheckResult.NOT_SUPPORTED: say("Look at the document yourself, then decide."),
}
