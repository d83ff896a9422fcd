# SPDX-License-Identifier: Apache-2.0
"""The inspection as a table: events in, effects out, no I/O. The handbook's diagram is drawn from it.

Every effect has an event for success and one for failure. Every open stage before the decision can be parked or
abandoned; after it only the record is left to write, and nothing may undo what the officer decided.
"""

from __future__ import annotations

import enum

from station.inspection.events import (
    Abandoned,
    Admitted,
    CheckAgain,
    ChecksDone,
    ChecksFailed,
    DetailsEntered,
    DocumentConfirmed,
    DocumentDoubtful,
    DocumentRead,
    EncounterRecorded,
    Event,
    KeyingChosen,
    PageCaptured,
    Parked,
    PortraitFailed,
    PortraitOmitted,
    PortraitTaken,
    ReadAgain,
    ReadingFailed,
    RecordAgain,
    RecordFailed,
    Referred,
    Refused,
    Resumed,
    SecondLineOpened,
    TakeAgain,
)


class Stage(enum.Enum):
    """Where an inspection stands."""

    WAITING = "waiting"  # no document yet; nothing is stored
    READING = "reading"  # the engine looks for the MRZ
    READ_TROUBLE = "read trouble"  # nothing could be read: again, another page, or key in
    CONFIRMING = "confirming"  # the officer looks at doubtful characters
    KEYING = "keying"  # the officer keys in the document
    CHECKING = "checking"  # the checks run
    CHECK_TROUBLE = "check trouble"  # the checks could not be done
    PORTRAIT = "portrait"  # the camera takes the bearer's face
    PORTRAIT_TROUBLE = "portrait trouble"  # no portrait: again, or go on without, with a reason
    DECIDING = "deciding"  # everything is on the screen; the officer decides
    REFERRED = "referred"  # waits for second line
    RECORDING = "recording"  # the decided encounter goes into the store
    RECORD_TROUBLE = "record trouble"  # it did not; nothing is lost, try again
    RECORDED = "recorded"  # the end
    PARKED = "parked"  # put aside
    ABANDONED = "abandoned"  # ended without a decision


class Effect(enum.Enum):
    """What the runner has to do on entering a stage."""

    READ_PAGE = "read page"  # -> DocumentRead | DocumentDoubtful, or ReadingFailed
    RUN_CHECKS = "run checks"  # -> ChecksDone, or ChecksFailed
    TAKE_PORTRAIT = "take portrait"  # -> PortraitTaken, or PortraitFailed
    RECORD = "record"  # -> EncounterRecorded, or RecordFailed


CLOSED = frozenset({Stage.RECORDED, Stage.ABANDONED})
DECIDED = frozenset({Stage.RECORDING, Stage.RECORD_TROUBLE})
OPEN = frozenset(Stage) - CLOSED - DECIDED - {Stage.WAITING, Stage.PARKED}
#: Stages whose checks may be old when they are taken up again: they are done anew first.
CHECKED = frozenset({Stage.PORTRAIT, Stage.PORTRAIT_TROUBLE, Stage.DECIDING})

NEXT: dict[Stage, dict[type[Event], Stage]] = {
    Stage.WAITING: {
        PageCaptured: Stage.READING,
        KeyingChosen: Stage.KEYING,
        # A swipe reader gives lines and no page.
        DocumentRead: Stage.CHECKING,
        DocumentDoubtful: Stage.CONFIRMING,
    },
    Stage.READING: {
        DocumentRead: Stage.CHECKING,
        DocumentDoubtful: Stage.CONFIRMING,
        ReadingFailed: Stage.READ_TROUBLE,
    },
    Stage.READ_TROUBLE: {
        ReadAgain: Stage.READING,
        PageCaptured: Stage.READING,
        KeyingChosen: Stage.KEYING,
        DocumentRead: Stage.CHECKING,
        DocumentDoubtful: Stage.CONFIRMING,
    },
    Stage.CONFIRMING: {
        DocumentConfirmed: Stage.CHECKING,
        PageCaptured: Stage.READING,
        KeyingChosen: Stage.KEYING,
    },
    Stage.KEYING: {
        DocumentConfirmed: Stage.CHECKING,
        PageCaptured: Stage.READING,
        DocumentRead: Stage.CHECKING,
        DocumentDoubtful: Stage.CONFIRMING,
    },
    Stage.CHECKING: {ChecksDone: Stage.PORTRAIT, ChecksFailed: Stage.CHECK_TROUBLE},
    Stage.CHECK_TROUBLE: {CheckAgain: Stage.CHECKING},
    Stage.PORTRAIT: {
        PortraitTaken: Stage.DECIDING,
        PortraitFailed: Stage.PORTRAIT_TROUBLE,
        PortraitOmitted: Stage.DECIDING,
        CheckAgain: Stage.CHECKING,
    },
    Stage.PORTRAIT_TROUBLE: {
        TakeAgain: Stage.PORTRAIT,
        PortraitOmitted: Stage.DECIDING,
        CheckAgain: Stage.CHECKING,
    },
    Stage.DECIDING: {
        Admitted: Stage.RECORDING,
        Refused: Stage.RECORDING,
        Referred: Stage.REFERRED,
        PageCaptured: Stage.READING,
        KeyingChosen: Stage.KEYING,
        CheckAgain: Stage.CHECKING,
        TakeAgain: Stage.PORTRAIT,
    },
    Stage.REFERRED: {SecondLineOpened: Stage.CHECKING},
    Stage.RECORDING: {EncounterRecorded: Stage.RECORDED, RecordFailed: Stage.RECORD_TROUBLE},
    Stage.RECORD_TROUBLE: {RecordAgain: Stage.RECORDING},
    Stage.RECORDED: {},
    Stage.PARKED: {Abandoned: Stage.ABANDONED},  # Resumed leads back: see ``next_stage``
    Stage.ABANDONED: {},
}
for _stage in OPEN:
    NEXT[_stage] |= {Parked: Stage.PARKED, Abandoned: Stage.ABANDONED, DetailsEntered: _stage}

ON_ENTRY: dict[Stage, tuple[Effect, ...]] = {
    Stage.READING: (Effect.READ_PAGE,),
    Stage.CHECKING: (Effect.RUN_CHECKS,),
    Stage.PORTRAIT: (Effect.TAKE_PORTRAIT,),
    Stage.RECORDING: (Effect.RECORD,),
}


class ImpossibleEvent(Exception):
    """A bug of the caller: the table has no way from this stage by this event."""

    def __init__(self, stage: Stage, event: type[Event]) -> None:
        super().__init__(f"{event.__name__} cannot happen while {stage.value}")


def next_stage(stage: Stage, event: type[Event], *, parked_from: Stage | None = None) -> Stage:
    """Where ``event`` leads from ``stage``. Raises ImpossibleEvent where the table has no way."""
    if stage is Stage.PARKED and event is Resumed and parked_from is not None:
        return Stage.CHECKING if parked_from in CHECKED else parked_from
    try:
        return NEXT[stage][event]
    except KeyError:
        raise ImpossibleEvent(stage, event) from None
