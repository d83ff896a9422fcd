# SPDX-License-Identifier: Apache-2.0
"""An inspection's state in an officer's words: person, checks, verdict, and which acts there are now."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date

from station.document_reading.verdict import verdict
from station.domain.checks import Check
from station.domain.document import TravelDocument
from station.domain.encounter import EncounterStatus
from station.domain.words import Text, say, say_count
from station.inspection import events as ev
from station.inspection.state import InspectionState
from station.inspection.table import Stage
from ui.presenters.code_words import SEXES
from ui.presenters.inspect_view import ActionView, Banner, CheckView, Mode, PersonView, Spot
from ui.presenters.keymap import KEYMAP, Act
from ui.translation import Translator

CHECK_NAMES: Mapping[str, Text] = {
    "mrz.check_digits": say("MRZ check digits"),
    "mrz.reading": say("Reading"),
    "document.code": say("Kind of document"),
    "document.expiry": say("Validity"),
    "document.dates": say("Dates"),
    "document.issuer": say("Issuer"),
    "document.nationality": say("Nationality"),
    "history.seen_before": say("Seen before"),
    "history.presence": say("Inside or outside"),
    "history.stay": say("Stay"),
}

STATUSES: Mapping[EncounterStatus, Text] = {
    EncounterStatus.OPEN: say("interrupted or waiting"),
    EncounterStatus.PARKED: say("parked"),
    EncounterStatus.RECORDED: say("recorded"),
    EncounterStatus.ABANDONED: say("abandoned"),
}

#: What the station does by itself in a stage: whose work it is, and what is done.
WORK: Mapping[Stage, tuple[Text, Text]] = {
    Stage.READING: (say("Page"), say("Reading the MRZ")),
    Stage.CHECKING: (say("Checks"), say("Comparing with the rules and the records")),
    Stage.PORTRAIT: (say("Camera"), say("Taking the portrait")),
    Stage.RECORDING: (say("Store"), say("Keeping the record")),
}

#: What the officer's wish to repeat means in a stage.
AGAIN: Mapping[Stage, ev.Event] = {
    Stage.READ_TROUBLE: ev.ReadAgain(),
    Stage.CHECK_TROUBLE: ev.CheckAgain(),
    Stage.PORTRAIT_TROUBLE: ev.TakeAgain(),
    Stage.RECORD_TROUBLE: ev.RecordAgain(),
    Stage.DECIDING: ev.CheckAgain(),
}

#: Where the cause of a trouble is shown.
TROUBLE_SPOTS: Mapping[Stage, Spot] = {
    Stage.READ_TROUBLE: Spot.PAGE,
    Stage.CHECK_TROUBLE: Spot.CHECKS,
    Stage.PORTRAIT_TROUBLE: Spot.FACES,
    Stage.RECORD_TROUBLE: Spot.DECISION,
}

#: What the log line says when an inspection came to an end.
ENDS: Mapping[Stage, Text] = {
    Stage.RECORDED: say("Admitted. The record is kept."),
    Stage.REFERRED: say("Referred to second line. It waits in the list."),
    Stage.PARKED: say("Parked. Its key in the list takes it up again."),
    Stage.ABANDONED: say("Ended without a decision. The reason is kept."),
}

MODES: Mapping[Stage, Mode] = {
    Stage.CONFIRMING: Mode.DOUBT,
    Stage.KEYING: Mode.KEYING,
    Stage.DECIDING: Mode.DECIDING,
    Stage.RECORDED: Mode.DONE,
}


def mode_of(stage: Stage) -> Mode:
    """The mode of a stage in which nothing runs. A stage with work to do was interrupted: that is trouble."""
    return MODES.get(stage, Mode.TROUBLE)


def person_of(document: TravelDocument, last_seen: Text | None, today: date, translator: Translator) -> PersonView:
    """The lines of the person panel."""
    age = document.birth_date.age_on(today)
    return PersonView(
        primary=document.name.primary,
        secondary=document.name.secondary,
        sex=SEXES[document.sex],
        age=None if age is None else _age(*age),
        born=translator.date(document.birth_date),
        nationality=_country(document.nationality, translator),
        document=_numbered(document),
        valid_until=say("valid until {date}", date=translator.date(document.expiry_date))
        if document.expiry_date.year
        else None,
        issued_by=say("issued by {state}", state=_country(document.issuing_state, translator))
        if document.issuing_state
        else None,
        last_seen=say("last seen: {seen}", seen=last_seen) if last_seen else None,
    )


def _age(least: int, most: int) -> Text:
    if least == most:
        return say_count("{count} year", "{count} years", count=least)
    return say("{least} to {most} years", least=least, most=most)


def _country(code: str, translator: Translator) -> str:
    name = translator.country(code)
    return f"{name} ({code})" if code and name != code else code


def _numbered(document: TravelDocument) -> Text | None:
    code, number = document.document_code, document.document_number
    if not code and not number:
        return None
    return say("{kind} {number}", kind=code or "–", number=number or "–")


def checks_of(checks: Sequence[Check]) -> tuple[CheckView, ...]:
    """The checks with their short names, in their order."""
    return tuple(
        CheckView(result=check.result, name=CHECK_NAMES.get(check.name, check.says), says=check.says)
        for check in checks
    )


def verdict_banner(checks: Sequence[Check]) -> Banner:
    """The verdict in the bar."""
    found = verdict(checks)
    return Banner(result=found.result, says=found.says, next_step=found.next_step)


_ACTS: Mapping[Mode, tuple[Act, ...]] = {
    Mode.IDLE: (Act.NEXT, Act.PRINT_NOTICE, Act.BLANK_FORMS),
    Mode.WORKING: (Act.LEAVE,),
    Mode.DOUBT: (Act.NEXT, Act.KEY_IN, Act.SCAN_AGAIN, Act.UNDO, Act.PARK, Act.LEAVE),
    Mode.KEYING: (Act.NEXT, Act.KEY_IN, Act.NO_DOCUMENT, Act.SCAN_AGAIN, Act.UNDO, Act.PARK, Act.LEAVE),
    Mode.DECIDING: (Act.ADMIT, Act.SECOND_LINE, Act.REFUSE, Act.PARK, Act.LEAVE),
}
#: The notice came out: once more only after a question.
NOTICE_OUT: tuple[Act, ...] = (Act.NEXT, Act.PRINT_NOTICE)
#: The printer has it, and cannot be asked whether it came out.
NOTICE_UNCONFIRMED: tuple[Act, ...] = (Act.NEXT, Act.REPEAT, Act.OTHER_DEVICE, Act.BY_HAND, Act.PRINT_NOTICE)
#: It came out, and the audit trail does not have it.
NOTICE_UNNOTED: tuple[Act, ...] = (Act.REPEAT, Act.PRINT_NOTICE, Act.LEAVE)
#: Where a notice did not come out: the same printer, another one, or the hand; leaving it is never the obvious thing.
NOTICE_TROUBLE: tuple[Act, ...] = (Act.REPEAT, Act.OTHER_DEVICE, Act.BY_HAND, Act.PRINT_NOTICE, Act.LEAVE)
_TROUBLE_ACTS: Mapping[Stage, tuple[Act, ...]] = {
    Stage.READ_TROUBLE: (Act.SCAN_AGAIN, Act.KEY_IN, Act.NO_DOCUMENT, Act.REPEAT, Act.PARK, Act.LEAVE),
    Stage.PORTRAIT_TROUBLE: (Act.REPEAT, Act.OTHER_DEVICE, Act.WITHOUT_PORTRAIT, Act.PHOTO_FILE, Act.PARK, Act.LEAVE),
}
_HIDDEN: Mapping[Mode, frozenset[Act]] = {
    Mode.DECIDING: frozenset({Act.REPEAT, Act.SCAN_AGAIN, Act.KEY_IN, Act.NO_DOCUMENT, Act.NEXT}),
    Mode.TROUBLE: frozenset({Act.NEXT, Act.OTHER_DEVICE}),
    Mode.IDLE: frozenset({Act.KEY_IN, Act.NO_DOCUMENT, Act.OTHER_DEVICE, Act.SCAN_AGAIN}),
    Mode.DONE: frozenset({Act.NEXT}),
}
_ALWAYS = frozenset({Act.DETAILS, Act.LEAVE})

_WORDS: Mapping[tuple[Mode, Act], Text] = {
    (Mode.IDLE, Act.NEXT): say("Scan"),
    (Mode.WORKING, Act.LEAVE): say("Stop"),
    (Mode.DOUBT, Act.NEXT): say("Confirm"),
    (Mode.KEYING, Act.NEXT): say("Take it"),
    (Mode.KEYING, Act.KEY_IN): say("With MRZ"),
    (Mode.KEYING, Act.NO_DOCUMENT): say("Without MRZ"),
    (Mode.IDLE, Act.PRINT_NOTICE): say("Notice that is owed"),
    (Mode.DONE, Act.NEXT): say("Next traveller"),
    (Mode.DONE, Act.REPEAT): say("Try again"),
    (Mode.DONE, Act.OTHER_DEVICE): say("Other printer"),
    (Mode.DONE, Act.LEAVE): say("Without a notice"),
}


def acts_of(mode: Mode, state: InspectionState | None) -> tuple[Act, ...]:
    """The acts shown now; the first is the obvious one. Those of a refusal that is done stand with its notice."""
    if mode is Mode.TROUBLE and state is not None:
        return _TROUBLE_ACTS.get(state.stage, (Act.REPEAT, Act.PARK, Act.LEAVE))
    return _ACTS.get(mode, ())


def may(act: Act, mode: Mode, state: InspectionState | None) -> bool:
    """Whether an act does something now, shown or not."""
    return act in _ALWAYS or act in acts_of(mode, state) or act in _HIDDEN.get(mode, frozenset())


def actions_of(acts: Sequence[Act], mode: Mode, *, obvious: Act | None) -> tuple[ActionView, ...]:
    """The row of actions; ``obvious`` is the one that stands out."""
    return tuple(
        ActionView(
            act=act, key=KEYMAP[act].label, word=_WORDS.get((mode, act), KEYMAP[act].word), primary=act is obvious
        )
        for act in acts
    )
