# SPDX-License-Identifier: Apache-2.0
"""What the auditor's page shows, and its keys; without Qt."""

from __future__ import annotations

import enum
from collections.abc import Mapping
from dataclasses import dataclass, field

from station.access.audit_service import Depth
from station.access.checkpoint_text import Checkpoint
from station.access.trail_check import TrailVerdict
from station.domain.identifiers import OfficerId
from station.domain.words import Text, say
from station.ports.storage import AuditEntry, StoreName
from ui.presenters.asking import Asked, Entry, Question
from ui.presenters.keymap import Key
from ui.presenters.showing import Trouble

#: As many rows as are asked for at once; older ones come with a key.
ROWS_AT_ONCE = 200


class AuditAct(enum.Enum):
    """What can be done on this page, apart from typing."""

    ACCEPT = "accept"  # go on with a store that does not fit
    VERIFY = "verify"  # the trail and what lies outside
    EVERYTHING = "everything"  # every page, record, picture, list and person as well
    OLDER = "older"  # more rows
    STORE = "store"  # the next store whose trail can be read
    EXPORT = "export"  # a log for somebody away from the station
    ANSWER = "answer"  # what is asked
    LEAVE = "leave"


AUDIT_KEYS: Mapping[AuditAct, Key] = {
    AuditAct.VERIFY: Key("F6", "F6", say("Check the trail")),
    AuditAct.EVERYTHING: Key("F8", "F8", say("Check everything")),
    AuditAct.OLDER: Key("F11", "F11", say("Older entries")),
    AuditAct.STORE: Key("F3", "F3", say("Other store")),
    AuditAct.EXPORT: Key("F9", "F9", say("Take the log away")),
    AuditAct.ACCEPT: Key("F7", "F7", say("Go on with this store")),
    AuditAct.ANSWER: Key("Return", "Enter", say("Go on")),
    AuditAct.LEAVE: Key("Esc", "Esc", say("Leave")),
}

COLUMNS: tuple[Text, ...] = (say("No."), say("When"), say("Who"), say("Act"), say("What"))

TAKE_AWAY = Question(
    title=say("Take the log away"),
    says=say("It holds identifiers and hashes, no names of travellers. Anybody can verify it, nobody can change it."),
    fields=(
        Asked(name="target", label=say("Folder or stick")),
        Asked(
            name="cover",
            label=say("Who may read it"),
            entry=Entry.CHOICE,
            choices=(("open", say("everybody")), ("sealed", say("headquarters only"))),
            value="open",
        ),
    ),
    does=say("Write the log"),
)
GO_ON = Question(
    title=say("Go on with this store"),
    says=say("What is lost stays lost. A second person reads what happened, and signs with name and password."),
    fields=(
        Asked(name="name", label=say("Second person")),
        Asked(name="password", label=say("Their password"), entry=Entry.SECRET),
        Asked(name="pin", label=say("PIN, for who uses a token"), entry=Entry.SECRET, may_be_empty=True),
    ),
    does=say("Accept"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """The last check of the store that is shown."""

    verdict: TrailVerdict
    depth: Depth


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditState:
    """The page. ``told``: what did not fit when the store was opened, what it means, what to do."""

    stores: tuple[StoreName, ...] = ()
    store: StoreName = StoreName.BORDER
    query: str = ""
    understood: Text = field(default_factory=lambda: say("Reading…"))
    rows: tuple[AuditEntry, ...] = ()
    people: Mapping[OfficerId, str] = field(default_factory=dict, repr=False)
    more: bool = False
    checkpoints: tuple[Checkpoint, ...] | None = None
    judged: Judged | None = None
    told: tuple[Text, ...] = ()
    closed: bool = False  # the store is read only, or its counter is missed: two people can accept it
    may_accept: bool = False
    question: Question | None = None
    asked: int = 0
    working: Text | None = None
    trouble: Trouble | None = None
    happened: Trouble | None = None

    @property
    def acts(self) -> tuple[AuditAct, ...]:
        """What can be done now, the obvious next thing first."""
        if self.question is not None:
            return () if self.working is not None else (AuditAct.ANSWER, AuditAct.LEAVE)
        if self.working is not None:
            return ()
        accept = (AuditAct.ACCEPT,) if self.closed and self.may_accept else ()
        other = (AuditAct.STORE,) if len(self.stores) > 1 else ()
        older = (AuditAct.OLDER,) if self.more else ()
        return (*accept, AuditAct.VERIFY, AuditAct.EVERYTHING, *older, *other, AuditAct.EXPORT)


def verdict_of(judged: Judged) -> Trouble:
    """The last check in two sentences."""
    verdict, count = judged.verdict, len(judged.verdict.findings)
    looked = (
        say("Trail, every page, record, picture, list and person were compared.")
        if judged.depth is Depth.EVERYTHING
        else say("The trail was compared with {count} notes outside of the store.", count=verdict.anchors)
    )
    if count:
        return Trouble(cause=say("It does not hold. Findings: {count}.", count=count), next_step=looked)
    return Trouble(cause=say("It holds, from entry 1 to entry {count}.", count=verdict.entries), next_step=looked)
