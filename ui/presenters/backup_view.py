# SPDX-License-Identifier: Apache-2.0
"""What the page of backups shows, and its keys; without Qt."""

from __future__ import annotations

import enum
from collections.abc import Mapping
from dataclasses import dataclass

from station.domain.words import Text, say
from station.ports.backup import BackupMade, BackupSeen
from station.ports.exchange import TargetReport
from station.safekeeping.backups import BackupState
from ui.presenters.keymap import Key
from ui.presenters.showing import Trouble


class BackupAct(enum.Enum):
    """What can be done on this page, apart from typing."""

    MAKE = "make"
    PLAN = "plan"  # keep what stands in the fields
    STOP = "stop"


BACKUP_KEYS: Mapping[BackupAct, Key] = {
    BackupAct.MAKE: Key("F9", "F9", say("Make a backup now")),
    BackupAct.PLAN: Key("F5", "F5", say("Keep this plan")),
    BackupAct.STOP: Key("Esc", "Esc", say("Stop the backup")),
}


class BackupStage(enum.Enum):
    """Where the page stands."""

    READING = "reading"
    READY = "ready"
    RUNNING = "running"
    STOPPING = "stopping"  # nothing half-written will stay


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanForm:
    """The plan as typed; numbers are not judged before it is kept."""

    folder: str = ""
    every_hours: str = ""
    keep: str = ""
    at_shift_end: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class BackupPageState:
    """The page. ``known`` is None until it was read; ``age_hours`` of the newest backup, None without one."""

    stage: BackupStage = BackupStage.READING
    known: BackupState | None = None
    age_hours: int | None = None
    kept: tuple[BackupSeen, ...] = ()
    form: PlanForm = PlanForm()
    sticks: tuple[str, ...] = ()
    report: TargetReport | None = None
    done: int = 0
    of: int = 0
    made: BackupMade | None = None
    happened: Text | None = None
    trouble: Trouble | None = None

    @property
    def acts(self) -> tuple[BackupAct, ...]:
        """What can be done now, the obvious thing first."""
        if self.stage is BackupStage.READY:
            return (BackupAct.MAKE, BackupAct.PLAN)
        return (BackupAct.STOP,) if self.stage is BackupStage.RUNNING else ()


def how_old(state: BackupPageState) -> Text:
    """The newest backup in one sentence: the first thing a supervisor wants to know."""
    if state.known is None:
        return say("Reading…")
    if not state.known.has_sheets:
        return say("No backup can be made: this station has no recovery sheets.")
    if state.age_hours is None:
        return say("No backup was made yet.")
    if state.age_hours == 0:
        return say("The newest backup is less than an hour old.")
    return say("The newest backup is {hours} h old.", hours=state.age_hours)


def is_late(state: BackupPageState) -> bool:
    """Whether the newest backup is older than the plan wants, or the last try failed."""
    known = state.known
    if known is None:
        return False
    return known.due or known.failure is not None or not known.has_sheets or known.last is None
