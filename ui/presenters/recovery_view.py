# SPDX-License-Identifier: Apache-2.0
"""What the page of keys and recovery shows, and its keys; without Qt."""

from __future__ import annotations

import enum
from collections.abc import Mapping
from dataclasses import dataclass

from station.domain.words import say
from station.safekeeping.recovery import KeysState
from ui.presenters.keymap import Key
from ui.presenters.sheet_handout import HandoutView
from ui.presenters.sheet_typing import TypingView
from ui.presenters.showing import Trouble


class RecoveryAct(enum.Enum):
    """What can be done on this page, apart from typing."""

    TEST = "test"  # type two sheets, and be told whether they fit
    NEW = "new"  # ask for new sheets, or print them once somebody approved
    AGAIN = "again"  # print the last sheet once more
    HEADQUARTERS = "headquarters"  # to the keys that exports and backups are sealed to
    LEAVE = "leave"


RECOVERY_KEYS: Mapping[RecoveryAct, Key] = {
    RecoveryAct.TEST: Key("F2", "F2", say("Test two sheets")),
    RecoveryAct.NEW: Key("F5", "F5", say("Print new sheets")),
    RecoveryAct.AGAIN: Key("F7", "F7", say("Print the last sheet again")),
    RecoveryAct.HEADQUARTERS: Key("F6", "F6", say("Keys of headquarters")),
    RecoveryAct.LEAVE: Key("Esc", "Esc", say("Leave")),
}


class RecoveryStage(enum.Enum):
    """Where the page stands."""

    READING = "reading"
    READY = "ready"
    TYPING_TEST = "typing to test"
    TYPING_OLD = "typing old sheets"  # for new ones
    WORKING = "working"
    HANDING_OUT = "handing out"


@dataclass(frozen=True, slots=True, kw_only=True)
class RecoveryState:
    """The page. ``keys`` is None until it was read; ``asked_for``: a request for new sheets waits or was approved."""

    stage: RecoveryStage = RecoveryStage.READING
    keys: KeysState | None = None
    asked_for: bool = False
    typing: TypingView | None = None
    handout: HandoutView | None = None
    happened: Trouble | None = None  # what was done, and what to do now
    trouble: Trouble | None = None

    @property
    def acts(self) -> tuple[RecoveryAct, ...]:
        """What can be done now."""
        match self.stage:
            case RecoveryStage.READY:
                return (RecoveryAct.TEST, RecoveryAct.NEW, RecoveryAct.HEADQUARTERS)
            case RecoveryStage.TYPING_TEST | RecoveryStage.TYPING_OLD:
                return (RecoveryAct.LEAVE,)
            case RecoveryStage.HANDING_OUT:
                return (RecoveryAct.AGAIN, RecoveryAct.LEAVE)
            case _:
                return ()
