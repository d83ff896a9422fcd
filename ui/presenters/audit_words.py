# SPDX-License-Identifier: Apache-2.0
"""What the acts of an audit trail, its checkpoints and its filter are called on the screen."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date, datetime, time, timedelta, tzinfo

from station.access.audit import Act
from station.access.audit_service import EntryFilter
from station.access.checkpoint_text import CheckpointReason
from station.domain.identifiers import OfficerId
from station.domain.words import Text, say
from station.ports.storage import StoreName

ACTS: Mapping[str, Text] = {
    Act.STORE_CREATED: say("Store made"),
    Act.SIGNED_IN: say("Signed in"),
    Act.SIGN_IN_REFUSED: say("Wrong passwords before this"),
    Act.SIGNED_OUT: say("Signed out"),
    Act.LOCKED: say("Locked"),
    Act.PREVIOUS_KEYS_USED: say("Older key file used"),
    Act.OFFICER_ADDED: say("Person added"),
    Act.OFFICER_SUSPENDED: say("Person suspended"),
    Act.OFFICER_LIFTED: say("Suspension lifted"),
    Act.OFFICER_REMOVED: say("Person removed"),
    Act.OFFICER_RENAMED: say("Person renamed"),
    Act.OFFICER_VOUCHED: say("Person vouched for"),
    Act.ROLE_CHANGED: say("Role changed"),
    Act.KEY_GIVEN: say("Key given"),
    Act.RESET_BEGUN: say("Password reset begun"),
    Act.PASSWORD_RESET: say("Password reset"),
    Act.PASSWORD_CHANGED: say("Password changed"),
    Act.STORE_FOUNDED: say("Further store founded"),
    Act.STORE_REKEYED: say("Store given a new key"),
    Act.APPROVAL_ASKED: say("Approval asked for"),
    Act.APPROVAL_DECIDED: say("Approval decided"),
    Act.APPROVAL_USED: say("Approval used"),
    Act.PERSON_TAKEN_OVER: say("Person taken over from another store"),
    Act.ENCOUNTER_OPENED: say("Inspection begun"),
    Act.ENCOUNTER_STEP: say("Inspection step"),
    Act.ENCOUNTER_PARKED: say("Inspection parked"),
    Act.ENCOUNTER_RESUMED: say("Inspection resumed"),
    Act.ENCOUNTER_ABANDONED: say("Inspection abandoned"),
    Act.ENCOUNTER_DECIDED: say("Line decided"),
    Act.ENCOUNTER_RECORDED: say("Encounter recorded"),
    Act.ENCOUNTER_CORRECTED: say("Record corrected"),
    Act.ENCOUNTER_VIEWED: say("Record looked at"),
    Act.NOTICE_PRINTED: say("Notice of refusal printed"),
    Act.EXPORT_BEGUN: say("Export begun"),
    Act.EXPORT_COMPLETED: say("Export completed"),
    Act.EXPORT_FAILED: say("Export failed"),
    Act.DEVICE_TESTED: say("Device tested"),
    Act.DEVICE_SETTINGS_CHANGED: say("Device settings changed"),
    Act.SHIFT_OPENED: say("Shift opened"),
    Act.SHIFT_HANDED_OVER: say("Shift handed over"),
    Act.SHIFT_CLOSING: say("Shift report signed once"),
    Act.SHIFT_CLOSING_TAKEN_BACK: say("Shift goes on after all"),
    Act.SHIFT_CLOSED: say("Shift closed"),
    Act.SHIFT_PRINTED: say("Shift report printed"),
    Act.CLOCK_STEPPED: say("Clock stepped"),
    Act.CLOCK_CONFIRMED: say("Clock confirmed"),
    Act.BACKUP_MADE: say("Backup made"),
    Act.BACKUP_FAILED: say("Backup failed"),
    Act.BACKUP_PLANNED: say("Backup plan changed"),
    Act.SHARES_MADE: say("Recovery sheets made"),
    Act.RESTORED: say("Restored from a backup"),
    Act.RECORD_ERASED: say("Record erased"),
    Act.ERASURE_BEGUN: say("Erasure begun"),
    Act.ERASURE_ENDED: say("Erasure ended"),
    Act.RETENTION_CHANGED: say("Time to keep changed"),
    Act.HOLD_PLACED: say("Legal hold placed"),
    Act.HOLD_LIFTED: say("Legal hold lifted"),
    Act.EXPORT_RECEIVED: say("Export received by headquarters"),
    Act.OUTSIDE_EXPORT_BEGUN: say("Export outside the plan begun"),
    Act.OUTSIDE_EXPORT_COMPLETED: say("Export outside the plan completed"),
    Act.OUTSIDE_EXPORT_FAILED: say("Export outside the plan failed"),
    Act.HEADQUARTERS_KEY_ADDED: say("Key of headquarters added"),
    Act.HEADQUARTERS_KEY_DROPPED: say("Key of headquarters dropped"),
    Act.COUNTER_TAKEN: say("Counter taken up"),
    Act.COUNTER_MISSED: say("Counter missed"),
    Act.GENERATION_BEGUN: say("Older store accepted"),
    Act.TRAIL_VERIFIED: say("Audit trail checked"),
    Act.TRAIL_EXPORTED: say("Audit trail taken away"),
}

REASONS: Mapping[CheckpointReason, Text] = {
    CheckpointReason.SIGN_IN: say("sign-in"),
    CheckpointReason.SIGN_OUT: say("sign-out"),
    CheckpointReason.LOCK: say("lock"),
    CheckpointReason.PRINT: say("print"),
    CheckpointReason.EXPORT: say("export"),
    CheckpointReason.SHIFT_END: say("end of a shift"),
    CheckpointReason.BACKUP: say("backup"),
    CheckpointReason.NEW_GENERATION: say("new generation"),
}

STORES: Mapping[StoreName, Text] = {
    StoreName.BORDER: say("border records"),
    StoreName.PROTECTION: say("protection records"),
    StoreName.ENFORCEMENT: say("enforcement records"),
}

_DAY = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)


def act_words(act: str) -> Text:
    """An act in words; one that a newer program wrote keeps its stable name."""
    return ACTS.get(act, say("{act}", act=act))


def understood(query: str, people: Mapping[OfficerId, str], *, zone: tzinfo) -> tuple[EntryFilter, Text]:
    """What a line of the search field asks for, and the same in words: a day, a person, or the beginning of an act."""
    by, act, day = "", "", None
    for word in query.split():
        if _DAY.fullmatch(word) and (found := _day(word)) is not None:
            day = found
        elif person := _person(word, people):
            by = person
        else:
            act = word.lower()
    at_from = None if day is None else datetime.combine(day, time(), zone)
    wanted = EntryFilter(
        act=act,
        by=by,
        at_from=at_from,
        at_before=None if at_from is None else at_from + timedelta(days=1),
    )
    if not query.strip():
        return wanted, say("All entries, the newest first.")
    return wanted, say(
        "Entries by {person}, of the kind {act}, on {day}.",
        person=people.get(OfficerId(by), by) if by else say("anybody"),
        act=act or say("any"),
        day=day.isoformat() if day is not None else say("any day"),
    )


def _day(word: str) -> date | None:
    try:
        return date.fromisoformat(word)
    except ValueError:
        return None


def _person(word: str, people: Mapping[OfficerId, str]) -> str:
    """The one person a word of whose name, or whose identifier, begins so; empty when there is none."""
    low = word.casefold()
    if low == "station":
        return low
    fitting = [
        officer_id
        for officer_id, name in people.items()
        if officer_id == word or any(part.casefold().startswith(low) for part in name.split())
    ]
    return fitting[0] if len(fitting) == 1 else ""
