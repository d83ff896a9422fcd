# SPDX-License-Identifier: Apache-2.0
"""What the page of the shift shows, and its keys; without Qt."""

from __future__ import annotations

import enum
from collections.abc import Mapping
from dataclasses import dataclass, field

from station.domain.words import Text, say
from station.post.clock import ClockState
from station.post.shift import ShiftStage
from station.post.shift_desk import ShiftLine
from station.reporting.shift_reports import Draft, KeptReport
from ui.presenters.keymap import Key
from ui.presenters.showing import Trouble


class ShiftAct(enum.Enum):
    """What can be done on this page, apart from typing."""

    OPEN = "open"
    HAND_OVER = "hand over"
    TAKE_OVER = "take over"
    CLOSE = "close"  # makes the report, and asks for the first signature
    COUNTERSIGN = "countersign"
    TAKE_BACK = "take back"
    CONFIRM_CLOCK = "confirm clock"
    PRINT = "print"
    SIGN = "sign"  # what the form asks for
    LEAVE = "leave"  # the form


SHIFT_KEYS: Mapping[ShiftAct, Key] = {
    ShiftAct.OPEN: Key("F2", "F2", say("Open the shift")),
    ShiftAct.HAND_OVER: Key("F3", "F3", say("Hand over")),
    ShiftAct.TAKE_OVER: Key("F4", "F4", say("Take over")),
    ShiftAct.CLOSE: Key("F5", "F5", say("Close…")),
    ShiftAct.COUNTERSIGN: Key("F6", "F6", say("Second signature")),
    ShiftAct.TAKE_BACK: Key("F7", "F7", say("Take it back")),
    ShiftAct.CONFIRM_CLOCK: Key("F9", "F9", say("Clock is right")),
    ShiftAct.PRINT: Key("Ctrl+P", "Ctrl+P", say("Print")),
    ShiftAct.SIGN: Key("Return", "Enter", say("Sign")),
    ShiftAct.LEAVE: Key("Esc", "Esc", say("Leave")),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class ShiftForm:
    """What has to be typed for one act. ``person``: caption over the name and password of somebody else.

    ``own``: the signed-in person's password is asked for as well, or alone.
    """

    act: ShiftAct
    title: Text
    says: Text
    person: Text | None = None
    own: bool = True


FORMS: Mapping[ShiftAct, ShiftForm] = {
    ShiftAct.OPEN: ShiftForm(
        act=ShiftAct.OPEN,
        title=say("Open the shift"),
        says=say("From now on you answer for this post. Sign with your password."),
    ),
    ShiftAct.HAND_OVER: ShiftForm(
        act=ShiftAct.HAND_OVER,
        title=say("Hand over"),
        says=say("Both sign. The other supervisor types name and password, then you type yours."),
        person=say("The supervisor who takes over"),
    ),
    ShiftAct.TAKE_OVER: ShiftForm(
        act=ShiftAct.TAKE_OVER,
        title=say("Take over"),
        says=say("For when the person who answers is not here. You take over, and a colleague signs as witness."),
        person=say("The witness: an officer or supervisor"),
    ),
    ShiftAct.CLOSE: ShiftForm(
        act=ShiftAct.CLOSE,
        title=say("Sign the report"),
        says=say("Read the report. Then sign it with your password. A second person signs after you."),
    ),
    ShiftAct.COUNTERSIGN: ShiftForm(
        act=ShiftAct.COUNTERSIGN,
        title=say("Second signature"),
        says=say("An officer or supervisor reads the report and signs it. Then the shift is closed."),
        person=say("The second person"),
        own=False,
    ),
    ShiftAct.TAKE_BACK: ShiftForm(
        act=ShiftAct.TAKE_BACK,
        title=say("Take the report back"),
        says=say("The shift goes on, and the report that was signed does not count. Sign with your password."),
    ),
    ShiftAct.CONFIRM_CLOCK: ShiftForm(
        act=ShiftAct.CONFIRM_CLOCK,
        title=say("Confirm the clock"),
        says=say("Compare this computer's clock with another one. If it is wrong, have it set first."),
        person=say("A supervisor"),
        own=False,
    ),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class ShiftState:
    """The page. ``line`` is None until it was read; ``shown`` is the report on the right, a draft or a kept one."""

    line: ShiftLine | None = None
    leads: bool = False  # the signed-in person answers for the shift
    may_run: bool = False
    clock: ClockState = field(default_factory=ClockState)
    form: ShiftForm | None = None
    pin: bool = False  # whoever has the name that was typed signs with a token
    own_pin: bool = False  # so does the signed-in person
    asked: int = 0  # counts up with each form and each try: the fields begin empty
    working: Text | None = None
    trouble: Trouble | None = None
    happened: Text | None = None
    shown: Draft | KeptReport | None = None
    older: tuple[KeptReport, ...] = ()

    @property
    def acts(self) -> tuple[ShiftAct, ...]:
        """What can be done now, the obvious next thing first."""
        if self.working is not None or self.line is None:
            return ()
        if self.form is not None:
            return (ShiftAct.SIGN, ShiftAct.LEAVE)
        confirm = (ShiftAct.CONFIRM_CLOCK,) if self.clock.steps else ()
        if not self.may_run:
            return confirm
        printing = (ShiftAct.PRINT,) if isinstance(self.shown, KeptReport) else ()
        return (*self._by_stage(self.line.stage), *printing, *confirm)

    def _by_stage(self, stage: ShiftStage) -> tuple[ShiftAct, ...]:
        if stage is ShiftStage.NONE:
            return (ShiftAct.OPEN,)
        if stage is ShiftStage.CLOSING:
            return (ShiftAct.COUNTERSIGN, ShiftAct.TAKE_BACK)
        return (ShiftAct.CLOSE, ShiftAct.HAND_OVER if self.leads else ShiftAct.TAKE_OVER)
