# SPDX-License-Identifier: Apache-2.0
"""When a backup is due: rules without any disk."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from station.domain.errors import SettingsError
from station.domain.words import say

MOST_HOURS: Final = 7 * 24
MOST_KEPT: Final = 1000
#: After a failure, a planned backup is tried again this much later: a medium is plugged in again by then, or not.
AGAIN_AFTER: Final = timedelta(minutes=15)


@dataclass(frozen=True, slots=True, kw_only=True)
class BackupPlan:
    """Where backups go and how often. ``folder`` is empty while nobody chose one; then none is due."""

    folder: str = ""
    every_hours: int = 4
    keep: int = 30
    at_shift_end: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class LastBackup:
    """The newest backup that stands on its medium. ``sha256``: hex, of the sealed file."""

    name: str
    made_at: datetime
    folder: str
    size: int
    sha256: str


@dataclass(frozen=True, slots=True, kw_only=True)
class LastFailure:
    """The newest attempt that failed; ``cause`` is the English source of what was said, without values.

    ``waits``: a planned backup is owed that lacked nothing but its medium.
    """

    at: datetime
    cause: str
    waits: bool = False


def check_plan(plan: BackupPlan) -> None:
    """Raise SettingsError for what no station can do."""
    if not 1 <= plan.every_hours <= MOST_HOURS:
        raise SettingsError(
            say("Backups cannot be made every {hours} hours.", hours=plan.every_hours),
            say("Give a number from 1 to {most}.", most=MOST_HOURS),
        )
    if not 1 <= plan.keep <= MOST_KEPT:
        raise SettingsError(
            say("{count} backups cannot be kept.", count=plan.keep),
            say("Give a number from 1 to {most}.", most=MOST_KEPT),
        )
    if not plan.folder.isprintable() or len(plan.folder) > 1000:
        raise SettingsError(say("The folder for backups is no plain text."), say("Choose the folder again."))


def is_due(plan: BackupPlan, last: LastBackup | None, failure: LastFailure | None, now: datetime) -> bool:
    """Whether a planned backup is to be made now.

    A clock that was put back never puts a backup off: a moment in the future counts as long ago.
    """
    if not plan.folder:
        return False
    if failure is not None and failure.at <= now < failure.at + AGAIN_AFTER:
        return False
    if last is None:
        return True
    return not last.made_at <= now < last.made_at + timedelta(hours=plan.every_hours)
