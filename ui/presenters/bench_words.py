# SPDX-License-Identifier: Apache-2.0
"""Puts what the bench saw into lines and pictures, and the registry's states into rows."""

from __future__ import annotations

import string
from collections.abc import Mapping, Sequence
from typing import Final

from station.bench.judging import Finding
from station.bench.records import Outcome
from station.bench.seen import (
    ChipSeen,
    CodesSeen,
    FaceSeen,
    FingersSeen,
    LitPicture,
    LiveFrame,
    PageSeen,
    PrinterSeen,
    Seen,
    SwipeSeen,
)
from station.bench.target import CalibrationReading
from station.domain.checks import CheckResult
from station.domain.words import Text, say, say_count
from station.ports.chip import ChipInterface
from station.ports.devices import (
    PrinterFinding,
    PrintProgress,
    PrintStage,
)
from station.ports.fingers import FingerPosition
from ui.presenters.bench_view import FactLine, LiveView, ShownPicture, StepLine
from ui.presenters.inspect_view import Picture

OUTCOME_MARKS: Mapping[Outcome, CheckResult] = {
    Outcome.PASSED: CheckResult.SUCCESSFUL,
    Outcome.FAILED: CheckResult.FAILED,
    Outcome.SKIPPED: CheckResult.ABORTED,
    Outcome.UNFINISHED: CheckResult.ABORTED,
}
_INTERFACES: Mapping[ChipInterface, Text] = {
    ChipInterface.CONTACTLESS: say("without contact"),
    ChipInterface.CONTACT: say("through contacts"),
    ChipInterface.UNKNOWN: say("the reader does not say"),
}
_STAGES: Mapping[PrintStage, Text] = {
    PrintStage.SENDING: say("The sheet goes to the printer."),
    PrintStage.QUEUED: say("The sheet waits its turn."),
    PrintStage.PRINTING: say("The printer works on the sheet."),
    PrintStage.HELD_UP: say("The printer waits for somebody."),
    PrintStage.OUT: say("The sheet is out."),
    PrintStage.HANDED_OVER: say("The printer has the sheet. Look whether it comes out."),
}
_FINGERS: Mapping[FingerPosition, Text] = {
    FingerPosition.RIGHT_THUMB: say("Right thumb"),
    FingerPosition.RIGHT_INDEX: say("Right index finger"),
    FingerPosition.RIGHT_MIDDLE: say("Right middle finger"),
    FingerPosition.RIGHT_RING: say("Right ring finger"),
    FingerPosition.RIGHT_LITTLE: say("Right little finger"),
    FingerPosition.LEFT_THUMB: say("Left thumb"),
    FingerPosition.LEFT_INDEX: say("Left index finger"),
    FingerPosition.LEFT_MIDDLE: say("Left middle finger"),
    FingerPosition.LEFT_RING: say("Left ring finger"),
    FingerPosition.LEFT_LITTLE: say("Left little finger"),
}
_PRINTABLE: Final = frozenset(string.printable) - frozenset("\t\n\r\x0b\x0c")
_WORST_FIRST: Final = (
    CheckResult.FAILED,
    CheckResult.ABORTED,
    CheckResult.UNDETERMINED,
    CheckResult.NOT_SUPPORTED,
    CheckResult.SUCCESSFUL,
)
_A_LINE: Final = 44  # letters, as in a TD3 MRZ (Doc 9303-4, 4.2)
_MOST_HEX: Final = 96  # bytes of a wire that are shown as figures
_MOST_CONTENT: Final = 400  # characters of a code


def step_line(finding: Finding) -> StepLine:
    """A step that was done."""
    return StepLine(mark=OUTCOME_MARKS[finding.outcome], asked=finding.step.asks, says=finding.says)


def live_view(live: LiveFrame | None) -> LiveView:
    """The pace of live pictures; the pictures themselves go past the state, straight to the window."""
    if live is None or not live.per_second:
        return LiveView(says=say("Live pictures begin…"))
    return LiveView(says=say("Live: {rate} pictures a second.", rate=round(live.per_second)))


def progress_view(progress: PrintProgress) -> LiveView:
    """How far a sheet is."""
    return LiveView(says=_STAGES[progress.stage], facts=_findings(progress.findings))


def seen_view(seen: Seen) -> LiveView:
    """What the last use of the device gave."""
    match seen:
        case PageSeen():
            return _page(seen)
        case FaceSeen():
            return LiveView(
                says=say("One picture, tried on the bench. It is kept nowhere."),
                pictures=(_shown(seen.picture),),
            )
        case SwipeSeen():
            return _swipe(seen)
        case CodesSeen():
            return _codes(seen)
        case ChipSeen():
            return _chip(seen)
        case FingersSeen():
            return _fingers(seen)
        case PrinterSeen():
            return _printer(seen)


def with_readings(view: LiveView, finding: Finding) -> LiveView:
    """The measured values of a target in place of the other lines, what needs somebody first."""
    facts = tuple(
        FactLine(
            label=each.title,
            value=_measured(each),
            mark=each.result,
        )
        for each in sorted(finding.readings, key=lambda each: _WORST_FIRST.index(each.result))
    )
    return LiveView(says=finding.says, pictures=view.pictures, facts=facts or view.facts)


def _measured(reading: CalibrationReading) -> Text:
    value = round(reading.value, 2) + 0.0  # a minus before nothing says nothing
    amount = say("{value} {unit}", value=value, unit=reading.unit) if reading.unit else say("{value}", value=value)
    if reading.next_step is None:
        return amount
    return say("{amount}. {step}", amount=amount, step=reading.next_step)


def printable(raw: bytes) -> str:
    """Bytes as letters; what is no letter is a dot."""
    return "".join(letter if (letter := chr(byte)) in _PRINTABLE else "·" for byte in raw)


def in_lines(letters: str) -> str:
    """Letters without a blank in lines of the width of an MRZ: nothing of them may run off the page."""
    return "\n".join(letters[at : at + _A_LINE] for at in range(0, len(letters), _A_LINE))


def hexadecimal(raw: bytes) -> str:
    """Bytes as figures, sixteen a line."""
    shown = raw[:_MOST_HEX]
    lines = [shown[at : at + 16].hex(" ").upper() for at in range(0, len(shown), 16)]
    return "\n".join(lines) + ("\n…" if len(raw) > _MOST_HEX else "")


def _page(seen: PageSeen) -> LiveView:
    if seen.withheld:
        return LiveView(
            says=say(
                "A page came out of the shared folder. It may be a traveller's, so it is measured and not shown. "
                "It stays in the folder: take your test page out of it."
            ),
            facts=tuple(_size(picture) for picture in seen.pictures),
        )
    return LiveView(
        says=say("One page, tried on the bench. It is kept nowhere."),
        pictures=tuple(_shown(picture) for picture in seen.pictures),
    )


def _shown(picture: LitPicture) -> ShownPicture:
    caption = say(
        "{light}: {width} x {height} pixels",
        light=picture.light or say("Picture"),
        width=picture.width,
        height=picture.height,
    )
    return ShownPicture(caption=caption, picture=Picture(frame=picture.frame))


def _size(picture: LitPicture) -> FactLine:
    return FactLine(
        label=picture.light or say("Picture"),
        value=say("{width} x {height} pixels", width=picture.width, height=picture.height),
    )


def _swipe(seen: SwipeSeen) -> LiveView:
    raw = seen.raw
    facts = [FactLine(label=say("Line {number}", number=n), value=line, wire=True) for n, line in _numbered(seen)]
    if raw:
        facts += _bytes_of(raw)
    else:
        facts.append(FactLine(label=say("Bytes"), value=say("This device gives lines only.")))
    if seen.refused is not None:
        return LiveView(says=seen.refused, facts=tuple(facts))
    return LiveView(
        says=say("The MRZ came whole, every check digit holds.")
        if seen.holds
        else say("Something came, and it is no whole MRZ. Swipe evenly, or look at the line settings."),
        facts=tuple(facts),
    )


def _bytes_of(raw: bytes) -> list[FactLine]:
    return [
        FactLine(label=say("Bytes as letters"), value=in_lines(printable(raw)), wire=True),
        FactLine(label=say("Bytes as figures"), value=hexadecimal(raw), wire=True),
    ]


def _numbered(seen: SwipeSeen) -> list[tuple[int, str]]:
    return list(enumerate((printable(line.encode()) for line in seen.lines), start=1))


def _codes(seen: CodesSeen) -> LiveView:
    if seen.refused is not None:
        return LiveView(says=seen.refused, facts=tuple(_bytes_of(seen.raw)))
    facts: list[FactLine] = []
    for code in seen.codes:
        content = printable(code.content)
        facts += [
            FactLine(label=say("Kind of code"), value=code.symbology.name.replace("_", " "), wire=True),
            FactLine(label=say("Content"), value=in_lines(content[:_MOST_CONTENT]), wire=True),
            FactLine(
                label=say("Length"),
                value=say_count("{count} byte", "{count} bytes", count=len(code.content)),
            ),
        ]
    return LiveView(
        says=say_count("{count} code was read.", "{count} codes were read.", count=len(seen.codes)),
        facts=tuple(facts),
    )


def _chip(seen: ChipSeen) -> LiveView:
    facts = [
        FactLine(label=say("Reached"), value=_INTERFACES[seen.presence.interface]),
        FactLine(label=say("ATR"), value=hexadecimal(seen.presence.atr), wire=True),
        FactLine(
            label=say("Longest command"),
            value=say_count("{count} byte", "{count} bytes", count=seen.presence.longest_command),
        ),
    ]
    for each in seen.exchanges:
        facts += [
            FactLine(label=say("Command"), value=f"{each.kind.value}\n{each.command}", wire=True),
            FactLine(
                label=say("Response"),
                value=each.response,
                mark=CheckResult.SUCCESSFUL if each.good else CheckResult.FAILED,
                wire=True,
            ),
            FactLine(label=say("Time"), value=say("{spent} ms", spent=round(each.milliseconds))),
        ]
    return LiveView(
        says=say("The chip answered. Random bytes of the chip are masked.")
        if all(each.good for each in seen.exchanges)
        else say("A chip is there, and it refused a command. Is it the chip of a travel document?"),
        facts=tuple(facts),
    )


def _fingers(seen: FingersSeen) -> LiveView:
    facts = tuple(
        FactLine(
            label=_FINGERS[sample.position],
            value=say("no quality given")
            if sample.quality is None
            else say("quality {quality} of 100", quality=sample.quality),
        )
        for sample in seen.capture.samples
    )
    shown = ShownPicture(caption=say("What the scanner sees"), picture=Picture(frame=seen.frame))
    pictures = () if seen.frame is None else (shown,)
    return LiveView(
        says=say_count(
            "{count} finger was captured.", "{count} fingers were captured.", count=len(seen.capture.samples)
        ),
        pictures=pictures,
        facts=facts,
    )


def _printer(seen: PrinterSeen) -> LiveView:
    if seen.receipt is not None:
        where = FactLine(label=say("Where it came out"), value=seen.receipt.place)
        return LiveView(says=seen.out, facts=(where, *_findings(seen.findings)))
    if not seen.findings:
        return LiveView(says=say("Nothing keeps it from printing."))
    blocked = any(finding.blocks for finding in seen.findings)
    return LiveView(
        says=say("A sheet sent now would not come out.") if blocked else say("It prints, and soon needs somebody."),
        facts=_findings(seen.findings),
    )


def _findings(findings: Sequence[PrinterFinding]) -> tuple[FactLine, ...]:
    return tuple(
        FactLine(
            label=finding.cause,
            value=finding.next_step,
            mark=CheckResult.FAILED if finding.blocks else CheckResult.UNDETERMINED,
        )
        for finding in findings
    )
