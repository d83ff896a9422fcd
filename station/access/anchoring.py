# SPDX-License-Identifier: Apache-2.0
"""Whether a store is still the one that was noted outside of it: the rules, without any file.

An old database, a database without its newest log, and an old key file look whole by themselves. They are found
because a checkpoint or a mark beside the store knows more than they do.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from station.access import checkpoint_text
from station.access.audit import FindingKind, finding_about
from station.access.checkpoint_text import Checkpoint, NotACheckpoint
from station.domain.words import Text, say
from station.ports.anchors import AnchorFinding, AnchorKind, Mark, MarksRead, Memory, SignedCheckpoint
from station.ports.storage import StoreIdentity


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """What stands in the store at its opening. ``hash_at`` gives the hash of an entry by number, None for none."""

    identity: StoreIdentity
    memory: Memory
    slots: int
    size: int
    hash_at: Callable[[int], str | None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Noted:
    """What lies outside. ``signed_by_us`` tells whether the station's key signed a checkpoint."""

    newest: SignedCheckpoint | None
    marks: MarksRead
    signed_by_us: Callable[[SignedCheckpoint], bool]


def compared(found: Found, noted: Noted) -> tuple[AnchorFinding, ...]:
    """Everything that does not fit, the weightiest first; empty when the store is the one that was noted."""
    memory = found.memory
    if noted.newest is None:
        missing = (_found(AnchorKind.ANCHORS_MISSING, _MISSING),) if memory.begun else ()
        return (*missing, *_old_keys(found, memory.slots))
    checkpoint = _ours(noted.newest, found.identity, noted.signed_by_us)
    if checkpoint is None:
        return (_found(AnchorKind.ANCHORS_CHANGED, _CHANGED), *_old_keys(found, memory.slots))
    if checkpoint.generation < memory.generation:
        # A generation that was accepted begins with its first checkpoint: until then the old ones say nothing of it.
        old = (_found(AnchorKind.ANCHORS_OLD, _OLD_ANCHORS),) if memory.begun else ()
        return (*old, *_old_keys(found, memory.slots))
    if checkpoint.generation > memory.generation:
        return (_old_store(checkpoint.size, checkpoint.at, found.size), *_old_keys(found, memory.slots))
    return (
        *_old_entries(found, checkpoint, noted.marks),
        *_old_anchors(memory, checkpoint, noted.newest, noted.marks),
        *_old_keys(found, max(memory.slots, checkpoint.slots)),
    )


def behind(memory: Memory, known: tuple[int, int] | None) -> tuple[AnchorFinding, ...]:
    """A store besides the border's that is older than the border store remembers (station.access.checkpoints)."""
    if known is None or (memory.generation, memory.number) >= known:
        return ()
    text = say(
        "The store is older than it was: the border store remembers its checkpoint {known}, and here is {here}.",
        known=known[1],
        here=memory.number,
    )
    return (_found(AnchorKind.OLD_STORE, text),)


def without_sums() -> AnchorFinding:
    """A store in which a table has no sum of its rows."""
    return _found(AnchorKind.SUMS_MISSING, finding_about(FindingKind.TABLE_CHANGED, "row_sum").says)


def reason(findings: tuple[AnchorFinding, ...]) -> Text | None:
    """Why the store is read only, in one sentence; None when it may be written."""
    return next((finding.happened for finding in findings if finding.closes), None)


def _ours(
    signed: SignedCheckpoint, identity: StoreIdentity, signed_by_us: Callable[[SignedCheckpoint], bool]
) -> Checkpoint | None:
    try:
        checkpoint = checkpoint_text.read(signed.text)
    except NotACheckpoint:
        return None
    same = (checkpoint.station, checkpoint.store) == (identity.station, identity.name)
    return checkpoint if same and signed_by_us(signed) else None


def _old_entries(found: Found, checkpoint: Checkpoint, marks: MarksRead) -> list[AnchorFinding]:
    """Entries that were noted and are not there, or are others."""
    noted = [Mark(checkpoint.size, checkpoint.head)]
    if marks.generation == checkpoint.generation:
        noted += marks.marks[-1:]  # its hash vouches for every mark before it
    newest = max(noted, key=lambda mark: mark.sequence)
    if newest.sequence > found.size:
        return [_old_store(newest.sequence, checkpoint.at, found.size)]
    for mark in noted:
        if found.hash_at(mark.sequence) != mark.hash:
            text = say("Entry {sequence} of the audit trail is not the one that was noted.", sequence=mark.sequence)
            return [_found(AnchorKind.OTHER_STORE, text, sequence=mark.sequence)]
    return []


def _old_anchors(
    memory: Memory, checkpoint: Checkpoint, signed: SignedCheckpoint, marks: MarksRead
) -> list[AnchorFinding]:
    """Anchors that were put back, cut, exchanged or damaged themselves.

    A kill between the files and the memory lets the files be one ahead of it, and the checkpoints one ahead of the
    marks; never the other way round.
    """
    if memory.begun and memory.number > checkpoint.number:
        return [_found(AnchorKind.ANCHORS_OLD, _OLD_ANCHORS)]
    if memory.number == checkpoint.number and memory.sha256 != checkpoint_text.text_hash(signed.text):
        return [_found(AnchorKind.ANCHORS_CHANGED, _CHANGED)]
    if marks.checkpoint > checkpoint.number:
        return [_found(AnchorKind.ANCHORS_OLD, _OLD_ANCHORS)]
    if memory.begun and _marks_are_gone(memory, checkpoint, marks):
        return [_found(AnchorKind.ANCHORS_MISSING, _MARKS_MISSING)]
    if marks.damaged:
        return [_found(AnchorKind.ANCHORS_DAMAGED, _DAMAGED)]
    return []


def _marks_are_gone(memory: Memory, checkpoint: Checkpoint, marks: MarksRead) -> bool:
    return marks.checkpoint < min(memory.number, checkpoint.number - 1) or (
        marks.checkpoint == 0 and memory.number == checkpoint.number
    )


def _old_keys(found: Found, known: int) -> list[AnchorFinding]:
    if found.slots >= known:
        return []
    text = say("The key file is older than it was: writing {found} instead of {known}.", found=found.slots, known=known)
    return [_found(AnchorKind.OLD_KEYS, text)]


def _old_store(known: int, at: datetime, here: int) -> AnchorFinding:
    text = say(
        "The store is older than it was: its record of acts ends at entry {here}, and {known} were noted (at {day}).",
        here=here,
        known=known,
        day=f"{at:%Y-%m-%d %H:%M} UTC",
    )
    return _found(AnchorKind.OLD_STORE, text, sequence=known)


def _found(kind: AnchorKind, happened: Text, *, sequence: int = 0) -> AnchorFinding:
    return AnchorFinding(kind=kind, happened=happened, sequence=sequence)


_MISSING = say("The notes beside the store are missing.")
_MARKS_MISSING = say("The newest notes beside the store are missing.")
_OLD_ANCHORS = say("The notes beside the store are older than the store.")
_CHANGED = say("The notes beside the store are not the ones this station signed.")
_DAMAGED = say("A note beside the store is damaged. Everything else fits.")

#: What each kind means, and what to do: for the supervisor, at sign-in.
MEANS: dict[AnchorKind, Text] = {
    AnchorKind.OLD_STORE: say(
        "Somebody put an old copy back, or the disk lost its newest writes. Records made since then are not here."
    ),
    AnchorKind.OTHER_STORE: say(
        "Somebody put another copy of the store in its place, or wrote the record of acts anew."
    ),
    AnchorKind.OLD_KEYS: say(
        "An old key file was put back, or the newest one was damaged. People who were removed since then may have "
        "their keys again."
    ),
    AnchorKind.ANCHORS_MISSING: say(
        "Without them nobody can tell at this station whether the store is the newest one."
    ),
    AnchorKind.ANCHORS_OLD: say("Somebody put old notes back, or cut them, so that an old store would not be noticed."),
    AnchorKind.ANCHORS_CHANGED: say("Somebody wrote to them, or the disk damaged them."),
    AnchorKind.ANCHORS_DAMAGED: say("A power cut can do this. Nothing in the store is older than it should be."),
    AnchorKind.SUMS_MISSING: say(
        "Without it nobody can tell whether a part of the store is older than the rest. The work goes on. Tell the "
        "technician: a backup may have to be restored."
    ),
    AnchorKind.COUNTER_AHEAD: say(
        "Somebody put old files back, all of them together, or something else raised the counter."
    ),
    AnchorKind.COUNTER_UNKNOWN: say(
        "Somebody put back files from before the counter was taken up, or another store on this computer uses it."
    ),
    AnchorKind.COUNTER_SILENT: say(
        "Without it nobody can tell at this station whether all files together were put back. The work goes on."
    ),
    AnchorKind.COUNTER_OTHER: say(
        "The TPM was cleared or exchanged, or the counter was made anew. Nobody can tell at this station whether all "
        "files together were put back. The work goes on."
    ),
}
#: For a finding that closes nothing, and that two people can accept.
ACCEPT_COUNTER = say(
    "Tell the technician. If it stays like this, a supervisor and a second person accept it on the page Audit."
)
DO_NEXT = say(
    "Nothing can be recorded now. Keep the computer as it is. Tell headquarters and compare with the last shift "
    "report. Two people can then accept this state, or restore the last backup."
)
