# SPDX-License-Identifier: Apache-2.0
"""Who may do what: one table, and whatever is not in it is denied."""

from __future__ import annotations

import enum

from station.domain.words import Text, say
from station.ports.storage import RoleName, StoreName


class Permission(enum.Enum):
    """One kind of act that a role may or may not do."""

    INSPECT = "inspect"  # open, park, resume and abandon an inspection
    DECIDE = "decide"  # admit, refuse, refer to second line
    SEARCH_RECORDS = "search records"  # look up and read recorded encounters
    CORRECT_RECORD = "correct record"  # make the next version of a recorded encounter
    EXPORT = "export"  # seal records for headquarters
    VERIFY_AUDIT = "verify audit"  # read and verify the audit trail
    MANAGE_STATION = "manage station"  # settings, recipients
    MANAGE_PEOPLE = "manage people"  # add, suspend, remove people and change their roles; see MANAGES
    ASK_APPROVAL = "ask approval"  # ask for a second pair of eyes, and see what was asked
    APPROVE = "approve"  # be that second pair; APPROVALS says for which kinds
    SEE_DEVICES = "see devices"  # state of the devices, and which one is used
    KEEP_BACKUPS = "keep backups"  # make backups, say where and how often, test and renew recovery sheets
    LET_BACKUP_RUN = "let backup run"  # be signed in while the station makes the backup that its plan asks for
    USE_BENCH = "use bench"  # test, set up and accept devices on the technician's bench
    SEE_SHIFT = "see shift"  # who answers for the shift, since when, and whether the clock stepped
    RUN_SHIFT = "run shift"  # open, hand over and close the shift, with its report
    MANAGE_RETENTION = "manage retention"  # how long records are kept, legal holds, and erasing what is overdue
    WIPE = "wipe"  # destroy the keys when the station is about to be taken: whoever keeps records may
    CONFIRM_CLOCK = "confirm clock"  # say that the clock is right after it stepped


ALLOWED: dict[RoleName, frozenset[Permission]] = {
    RoleName.OFFICER: frozenset(
        {
            Permission.WIPE,
            Permission.INSPECT,
            Permission.DECIDE,
            Permission.SEARCH_RECORDS,
            Permission.SEE_DEVICES,
            Permission.SEE_SHIFT,
            Permission.ASK_APPROVAL,
            Permission.APPROVE,
            Permission.LET_BACKUP_RUN,
        }
    ),
    RoleName.SUPERVISOR: frozenset(
        {
            Permission.WIPE,
            Permission.INSPECT,
            Permission.DECIDE,
            Permission.SEARCH_RECORDS,
            Permission.CORRECT_RECORD,
            Permission.EXPORT,
            Permission.VERIFY_AUDIT,
            Permission.MANAGE_STATION,
            Permission.MANAGE_PEOPLE,
            Permission.ASK_APPROVAL,
            Permission.APPROVE,
            Permission.SEE_DEVICES,
            Permission.SEE_SHIFT,
            Permission.RUN_SHIFT,
            Permission.CONFIRM_CLOCK,
            Permission.MANAGE_RETENTION,
            Permission.KEEP_BACKUPS,
            Permission.LET_BACKUP_RUN,
        }
    ),
    RoleName.TECHNICIAN: frozenset({Permission.SEE_DEVICES, Permission.USE_BENCH, Permission.SEE_SHIFT}),
    RoleName.AUDITOR: frozenset({Permission.VERIFY_AUDIT, Permission.SEE_SHIFT}),
    # Its own acts come with its records.
    RoleName.FOCAL_POINT: frozenset(
        {
            Permission.WIPE,
            Permission.SEE_DEVICES,
            Permission.SEE_SHIFT,
            Permission.MANAGE_PEOPLE,
            Permission.ASK_APPROVAL,
            Permission.LET_BACKUP_RUN,
        }
    ),
}

#: In which stores a role has a key. The border store is everybody's door; a protection store is opened by no
#: supervisor, an enforcement store by no focal point.
STORES_OF: dict[RoleName, frozenset[StoreName]] = {
    RoleName.OFFICER: frozenset({StoreName.BORDER}),
    RoleName.SUPERVISOR: frozenset({StoreName.BORDER, StoreName.ENFORCEMENT}),
    RoleName.TECHNICIAN: frozenset({StoreName.BORDER}),
    RoleName.AUDITOR: frozenset({StoreName.BORDER, StoreName.ENFORCEMENT}),
    RoleName.FOCAL_POINT: frozenset({StoreName.BORDER, StoreName.PROTECTION}),
}

#: Whose accounts a role manages. A supervisor names the first focal point, suspends and removes focal points; only
#: a focal point has the key that another one needs.
MANAGES: dict[RoleName, frozenset[RoleName]] = {
    RoleName.SUPERVISOR: frozenset(RoleName),
    RoleName.FOCAL_POINT: frozenset({RoleName.FOCAL_POINT}),
}

ROLE_TITLES: dict[RoleName, Text] = {
    RoleName.OFFICER: say("officer"),
    RoleName.SUPERVISOR: say("supervisor"),
    RoleName.TECHNICIAN: say("technician"),
    RoleName.AUDITOR: say("auditor"),
    RoleName.FOCAL_POINT: say("protection focal point"),
}


def allowed(role: RoleName) -> frozenset[Permission]:
    """What a role may do; nothing when the table does not know it."""
    return ALLOWED.get(role, frozenset())


def role_needed(permission: Permission) -> Text:
    """The words for the least role that may do an act, in the order of ``RoleName``."""
    least = next(role for role in RoleName if permission in allowed(role))
    return ROLE_TITLES[least]
