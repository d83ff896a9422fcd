# SPDX-License-Identifier: Apache-2.0
"""Judges what the bench saw: passed or failed by figures, in one sentence with the next step."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

from station.bench.records import Measure, Outcome, StepRecord
from station.bench.seen import (
    ChipSeen,
    CodesSeen,
    FaceSeen,
    FingersSeen,
    PageSeen,
    PrinterSeen,
    Seen,
    SwipeSeen,
)
from station.bench.steps import Step
from station.bench.target import CalibrationReading
from station.domain.checks import CheckResult
from station.domain.words import Text, say, say_count
from station.ports.recognition import ReadStatus, Recognition

LEAST_PAGE: Final = 1000  # pixels of the longer side: 125 mm of a TD3 page at 200 dpi, where OCR-B can be read
LEAST_FACE: Final = 480  # pixels of the shorter side, so that eyes can be 90 pixels apart
LEAST_FINGER: Final = 40  # quality 0..100 of the best finger


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """How one step ended, and what was seen, which stays in memory only."""

    step: Step
    outcome: Outcome
    says: Text
    measures: tuple[Measure, ...] = ()
    seen: Seen | None = field(default=None, repr=False)
    readings: tuple[CalibrationReading, ...] = ()
    essential: bool = False  # for this device, though not for each of its role

    @property
    def record(self) -> StepRecord:
        """As it stands in the record."""
        return StepRecord(
            step=self.step.name,
            asks=self.step.asks.in_english(),
            outcome=self.outcome,
            says=self.says.in_english(),
            measures=self.measures,
            essential=self.essential or self.step.essential,
        )


def judged(step: Step, seen: Seen, *, milliseconds: float) -> Finding:
    """One use of a device, judged as its role needs it."""
    time = Measure(name="time", value=round(milliseconds), unit="ms")
    match seen:
        case PageSeen():
            return _picture(step, seen, seen.pictures[0].width, seen.pictures[0].height, time)
        case FaceSeen():
            return _picture(step, seen, seen.picture.width, seen.picture.height, time)
        case SwipeSeen():
            return _swipe(step, seen, time)
        case CodesSeen() if seen.refused is not None:
            sent = Measure(name="bytes", value=float(len(seen.raw)))
            return Finding(step=step, outcome=Outcome.FAILED, says=seen.refused, measures=(time, sent), seen=seen)
        case CodesSeen():
            says = say_count("{count} code was read.", "{count} codes were read.", count=len(seen.codes))
            return Finding(step=step, outcome=Outcome.PASSED, says=says, measures=(time,), seen=seen)
        case ChipSeen():
            return _chip(step, seen, time)
        case FingersSeen():
            return _fingers(step, seen, time)
        case PrinterSeen():
            return _printer(step, seen, time)


def judged_mrz(step: Step, seen: PageSeen, recognition: Recognition) -> Finding:
    """Whether the MRZ of a page could be read without a doubt."""
    spent = round(sum(recognition.milliseconds.values()))
    measures = (Measure(name="reading", value=float(spent), unit="ms"),)
    if recognition.status is ReadStatus.READ:
        says = say("The MRZ was read in {spent} ms, every check digit holds.", spent=spent)
        return Finding(step=step, outcome=Outcome.PASSED, says=says, measures=measures, seen=seen)
    says = (
        say("The MRZ was found, but characters are doubtful. Clean the glass, lay the page flat, try again.")
        if recognition.status is ReadStatus.DOUBT
        else say("No MRZ could be read. Lay the data page flat on the glass and scan at 300 dpi.")
    )
    return Finding(step=step, outcome=Outcome.FAILED, says=says, measures=measures, seen=seen)


def judged_calibration(step: Step, seen: Seen, readings: Sequence[CalibrationReading]) -> Finding:
    """Failed when one property failed or none was measured for certain; one undetermined beside good ones is told."""
    measures = tuple(Measure(name=each.name, value=round(each.value, 3), unit=each.unit) for each in readings)
    failed = [each for each in readings if each.result is CheckResult.FAILED]
    good = [each for each in readings if each.result is CheckResult.SUCCESSFUL]
    if failed:
        says = say("{title}: {step}", title=failed[0].title, step=failed[0].next_step or say("Measure again."))
        if len(failed) > 1:
            says = say("{count} values are not good. {says}", count=len(failed), says=says)
    elif not good:
        says = say("The target was seen, but nothing of it could be measured. Lay it flat in even light, try again.")
    elif len(good) == len(readings):
        says = say("Geometry, focus and light are good.")
    else:
        says = say("The target was measured; see the marks.")
    outcome = Outcome.PASSED if good and not failed else Outcome.FAILED
    return Finding(step=step, outcome=outcome, says=says, measures=measures, seen=seen, readings=tuple(readings))


def _picture(step: Step, seen: PageSeen | FaceSeen, width: int, height: int, time: Measure) -> Finding:
    measures: tuple[Measure, ...] = (
        time,
        Measure(name="width", value=float(width), unit="pixels"),
        Measure(name="height", value=float(height), unit="pixels"),
    )
    if isinstance(seen, PageSeen):
        measures += (Measure(name="lights", value=float(len(seen.pictures))),)
        small = max(width, height) < LEAST_PAGE
    else:
        small = min(width, height) < LEAST_FACE
    if small:
        says = say(
            "The picture has only {width} x {height} pixels. Choose a higher resolution in the settings.",
            width=width,
            height=height,
        )
        return Finding(step=step, outcome=Outcome.FAILED, says=says, measures=measures, seen=seen)
    says = say(
        "A picture of {width} x {height} pixels came in {spent} ms.", width=width, height=height, spent=int(time.value)
    )
    return Finding(step=step, outcome=Outcome.PASSED, says=says, measures=measures, seen=seen)


def _swipe(step: Step, seen: SwipeSeen, time: Measure) -> Finding:
    measures = (time, Measure(name="bytes", value=float(len(seen.raw))))
    if seen.refused is not None:
        return Finding(step=step, outcome=Outcome.FAILED, says=seen.refused, measures=measures, seen=seen)
    if seen.holds:
        says = say("The MRZ came whole, every check digit holds.")
        return Finding(step=step, outcome=Outcome.PASSED, says=says, measures=measures, seen=seen)
    says = say("What came is no whole MRZ. Swipe evenly; if it stays so, look at the bytes and at the line settings.")
    return Finding(step=step, outcome=Outcome.FAILED, says=says, measures=measures, seen=seen)


def _chip(step: Step, seen: ChipSeen, time: Measure) -> Finding:
    measures = (
        time,
        *(Measure(name=each.kind.value, value=round(each.milliseconds), unit="ms") for each in seen.exchanges),
    )
    if seen.exchanges and all(each.good for each in seen.exchanges):
        says = say("The chip answered both commands.")
        return Finding(step=step, outcome=Outcome.PASSED, says=says, measures=measures, seen=seen)
    says = say("The chip is there, and refused a command. Use the chip of a travel document for this test.")
    return Finding(step=step, outcome=Outcome.FAILED, says=says, measures=measures, seen=seen)


def _fingers(step: Step, seen: FingersSeen, time: Measure) -> Finding:
    qualities = [sample.quality for sample in seen.capture.samples if sample.quality is not None]
    measures = (
        time,
        Measure(name="fingers", value=float(len(seen.capture.samples))),
        *((Measure(name="best quality", value=float(max(qualities))),) if qualities else ()),
    )
    if not seen.capture.samples:
        says = say("No finger was captured. Press lightly, all four fingers flat, and try again.")
        return Finding(step=step, outcome=Outcome.FAILED, says=says, measures=measures, seen=seen)
    if qualities and max(qualities) < LEAST_FINGER:
        says = say(
            "The best finger has quality {quality} of 100; {least} is needed. Clean the glass and dry the fingers.",
            quality=max(qualities),
            least=LEAST_FINGER,
        )
        return Finding(step=step, outcome=Outcome.FAILED, says=says, measures=measures, seen=seen)
    says = say_count("{count} finger was captured.", "{count} fingers were captured.", count=len(seen.capture.samples))
    return Finding(step=step, outcome=Outcome.PASSED, says=says, measures=measures, seen=seen)


def _printer(step: Step, seen: PrinterSeen, time: Measure) -> Finding:
    blocking = [finding for finding in seen.findings if finding.blocks]
    if blocking:
        first = blocking[0]
        says = say("{cause} {step}", cause=first.cause, step=first.next_step)
        return Finding(step=step, outcome=Outcome.FAILED, says=says, measures=(time,), seen=seen)
    says = say("Nothing keeps it from printing.")
    return Finding(step=step, outcome=Outcome.PASSED, says=says, measures=(time,), seen=seen)
