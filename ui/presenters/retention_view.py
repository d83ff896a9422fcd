# SPDX-License-Identifier: Apache-2.0
"""What the page Retention shows, its keys and its forms; without Qt."""

from __future__ import annotations

import enum
from collections.abc import Mapping
from dataclasses import dataclass

from station.access.approvals import Request
from station.domain.words import Text, say
from station.safekeeping.retention import RetentionOverview
from ui.presenters.keymap import Key
from ui.presenters.showing import Trouble


class Part(enum.Enum):
    """What the list on the left is about."""

    RULES = "rules"  # how long each kind is kept, what is due, what is held back
    HOLDS = "holds"  # legal holds
    RECEIPTS = "receipts"  # exports that headquarters did not confirm
    HISTORY = "history"  # what was let go, and when
    EARLY = "early"  # grounds for which one record may go before its time
    APPROVED = "approved"  # what a second person agreed to, and is not done yet


class RetentionAct(enum.Enum):
    """What can be done on this page, apart from typing."""

    SEE_RULES = "see rules"
    SEE_HOLDS = "see holds"
    SEE_RECEIPTS = "see receipts"
    SEE_HISTORY = "see history"
    SEE_EARLY = "see early"
    SEE_APPROVED = "see approved"
    CHANGE = "change"  # the days of the chosen rule
    EARLY = "early"  # erase one record before its time, for the chosen ground
    ERASE = "erase"  # list what is due, and ask a second person
    FINISH = "finish"  # an erasure that was interrupted
    HOLD = "hold"  # keep a record
    LIFT = "lift"  # the chosen hold
    RECEIPT = "receipt"  # headquarters hold the chosen export
    DO_APPROVED = "do approved"  # the chosen request that was approved on the page Approvals
    SUBMIT = "submit"  # what the form asks for
    LEAVE = "leave"  # the form, or stop what runs


RETENTION_KEYS: Mapping[RetentionAct, Key] = {
    RetentionAct.SEE_RULES: Key("F2", "F2", say("Rules")),
    RetentionAct.SEE_HOLDS: Key("F3", "F3", say("Legal holds")),
    RetentionAct.SEE_RECEIPTS: Key("F4", "F4", say("Receipts")),
    RetentionAct.SEE_HISTORY: Key("F5", "F5", say("History")),
    RetentionAct.SEE_EARLY: Key("F10", "F10", say("Erase early")),
    RetentionAct.CHANGE: Key("F6", "F6", say("Change the days")),
    RetentionAct.HOLD: Key("F6", "F6", say("Keep a record")),
    RetentionAct.RECEIPT: Key("F6", "F6", say("Note the receipt")),
    RetentionAct.EARLY: Key("F6", "F6", say("Erase one record")),
    RetentionAct.LIFT: Key("F7", "F7", say("Lift the hold")),
    RetentionAct.SEE_APPROVED: Key("F8", "F8", say("What was approved")),
    RetentionAct.DO_APPROVED: Key("F6", "F6", say("Do what was approved")),
    RetentionAct.ERASE: Key("F9", "F9", say("Erase what is due")),
    RetentionAct.FINISH: Key("F9", "F9", say("Finish the erasure")),
    RetentionAct.SUBMIT: Key("Return", "Enter", say("Go on")),
    RetentionAct.LEAVE: Key("Esc", "Esc", say("Leave")),
}

#: What Enter does where it is the first thing that can be done; everything else wants its own key.
OBVIOUS = frozenset(
    {
        RetentionAct.DO_APPROVED,
        RetentionAct.ERASE,
        RetentionAct.FINISH,
        RetentionAct.RECEIPT,
        RetentionAct.EARLY,
        RetentionAct.SUBMIT,
        RetentionAct.LEAVE,
    }
)

SEEING: Mapping[RetentionAct, Part] = {
    RetentionAct.SEE_RULES: Part.RULES,
    RetentionAct.SEE_HOLDS: Part.HOLDS,
    RetentionAct.SEE_RECEIPTS: Part.RECEIPTS,
    RetentionAct.SEE_HISTORY: Part.HISTORY,
    RetentionAct.SEE_EARLY: Part.EARLY,
    RetentionAct.SEE_APPROVED: Part.APPROVED,
}


@dataclass(frozen=True, slots=True)
class Field:
    """One line to be typed into. ``secret``: shown as dots, and emptied after each try."""

    caption: Text
    secret: bool = False
    may_be_empty: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class RetentionForm:
    """What has to be typed for one act."""

    title: Text
    says: Text
    fields: tuple[Field, ...]


SECOND_PERSON = RetentionForm(
    title=say("A second person agrees"),
    says=say(
        "Another person reads what stands on the right, then types name and password. Or leave, and let another"
        " supervisor decide on the page Approvals."
    ),
    fields=(
        Field(say("Name")),
        Field(say("Password"), secret=True),
        Field(say("PIN, for who uses a token"), secret=True, may_be_empty=True),
    ),
)


def days_form(title: Text, least: int, most: int) -> RetentionForm:
    """For other days of a rule."""
    return RetentionForm(
        title=title,
        says=say("For how many days is it kept? Between {least} and {most}.", least=least, most=most),
        fields=(Field(say("Days")),),
    )


HOLD_FORM = RetentionForm(
    title=say("Keep a record"),
    says=say("A record under a legal hold is not erased until two people lift the hold."),
    fields=(Field(say("Identifier of the record")), Field(say("Reason: who asked for it, and why"))),
)


def early_form(ground: Text) -> RetentionForm:
    """For one record that goes before its time."""
    return RetentionForm(
        title=say("Erase one record before its time"),
        says=say("Ground: {ground}. Nothing is erased before a second person agreed.", ground=ground),
        fields=(Field(say("Identifier of the record")),),
    )


RECEIPT_FORM = RetentionForm(
    title=say("Note the receipt"),
    says=say("Headquarters tell you the SHA-256 of the bundle they hold. Type its first characters, at least eight."),
    fields=(Field(say("Beginning of the SHA-256")),),
)


@dataclass(frozen=True, slots=True)
class Row:
    """One row of the list: its cells, as many as there are headings. A ``str`` is data, isolated for its direction."""

    cells: tuple[Text | str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Beside:
    """What stands on the right of the list."""

    heading: Text | None = None
    shown: tuple[Text, ...] = ()
    listed: tuple[Text, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class RetentionState:
    """The page. ``overview`` is None until it was read.

    On the right stand the sentences ``shown``, and below them, line by line, what they are about: ``listed``.
    """

    part: Part = Part.RULES
    overview: RetentionOverview | None = None
    approved: tuple[Request, ...] = ()
    headings: tuple[Text, ...] = ()
    rows: tuple[Row, ...] = ()
    chosen: int = 0
    heading: Text | None = None
    shown: tuple[Text, ...] = ()
    listed: tuple[Text, ...] = ()
    form: RetentionForm | None = None
    asked: int = 0  # counts up with each form and each try: the fields begin empty
    working: Text | None = None
    stoppable: bool = False
    done: int = 0
    of: int = 0
    trouble: Trouble | None = None
    happened: Text | None = None
    acts: tuple[RetentionAct, ...] = ()
