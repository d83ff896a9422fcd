# SPDX-License-Identifier: Apache-2.0
"""An acceptance test under way on the page: the step that is asked, what was done, and the signed record at its end."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import PurePath

from station.bench.acceptance import AcceptanceRun
from station.bench.judging import Finding
from station.bench.kit import BenchKit
from station.bench.records import AcceptanceRecord, Outcome, Standings
from station.bench.seen import PrinterSeen
from station.bench.steps import Deed, Step
from station.domain.words import Text, say
from station.ports.bench_files import KeptRecord
from station.ports.devices import PRINTER, DeviceState, HealthState, PrintJob
from station.ports.tasks import CancelToken
from ui.presenters.bench_panels import Answer, Place, QuestionPanel
from ui.presenters.bench_view import StepsView
from ui.presenters.bench_words import step_line

_ENDED: dict[Outcome, Text] = {
    Outcome.PASSED: say("The device passed. The record is signed and kept."),
    Outcome.FAILED: say("The device did not pass. The record is signed and kept."),
    Outcome.UNFINISHED: say("The test is not finished: a step that counts was skipped. The record is signed and kept."),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class EndedTest:
    """A test that was signed; ``findings`` hold no capture any more."""

    record: AcceptanceRecord
    kept: KeptRecord
    findings: tuple[Finding, ...]


def signed(kit: BenchKit, run: AcceptanceRun) -> tuple[EndedTest, Standings]:
    """Keep a test that ended, and see what is due now. Blocks; raises as ``BenchKit.end_test`` does."""
    record, kept = kit.end_test(run)
    findings = tuple(replace(finding, seen=None) for finding in run.findings)
    return EndedTest(record=record, kept=kept, findings=findings), kit.standings()


def sheet_question(
    changed: Callable[[], None], *, again: Callable[[], None], leave: Callable[[], None]
) -> QuestionPanel:
    """Not every printer knows whether its sheet came out well."""
    return QuestionPanel(
        changed,
        say("Look at the sheet. Is the record complete?"),
        (Answer(say("Yes"), leave), Answer(say("No, print it again"), again)),
        place=Place.BESIDE,
    )


def steps_view(run: AcceptanceRun) -> StepsView:
    """What is asked now, and what was done."""
    step = run.next
    return StepsView(
        number=min(len(run.findings) + 1, len(run.steps)),
        of=len(run.steps),
        asks=None if step is None else step.asks,
        done=tuple(step_line(finding) for finding in run.findings),
    )


def eye_question(changed: Callable[[], None], then: Callable[[Outcome], None]) -> QuestionPanel:
    """Only the technician can judge; what is asked stands above the picture already."""
    return QuestionPanel(
        changed,
        say("Your answer"),
        (
            Answer(say("Yes"), lambda: then(Outcome.PASSED)),
            Answer(say("No"), lambda: then(Outcome.FAILED)),
        ),
        place=Place.BESIDE,
    )


def failed_question(
    changed: Callable[[], None], number: int, *, repeat: Callable[[], None], go_on: Callable[[], None]
) -> QuestionPanel:
    """A step failed: often by a hand that was too slow. What came of it stands beside the question."""
    return QuestionPanel(
        changed,
        say("Step {number} failed.", number=number),
        (Answer(say("Do it again; the record counts the tries"), repeat), Answer(say("Go on; it failed"), go_on)),
        place=Place.BESIDE,
    )


def ended_question(
    changed: Callable[[], None], ended: EndedTest, *, print_it: Callable[[], None], leave: Callable[[], None]
) -> QuestionPanel:
    """The test is over: on paper too, or done."""
    return QuestionPanel(
        changed,
        _ENDED[ended.record.outcome],
        (Answer(say("Print the record"), print_it), Answer(say("Done"), leave)),
        says=say(
            "Kept in the store's folder as {file}. The file station.pub lies there too: "
            "with it and minisign anybody can check the record.",
            file="/".join(PurePath(ended.kept.place).parts[-2:]),
        ),
    )


def is_question(step: Step | None) -> bool:
    """Whether nobody but the technician can do it."""
    return step is not None and step.deed is Deed.ASK


def printer_for(states: Sequence[DeviceState]) -> DeviceState | None:
    """The printer of this station: the one chosen, else any that is ready."""
    able = [state for state in states if PRINTER in state.info.roles]
    chosen = next((state for state in able if PRINTER in state.chosen_for), None)
    ready = next((state for state in able if state.health.state is HealthState.READY), None)
    return chosen or ready


def print_record(
    kit: BenchKit,
    record: AcceptanceRecord,
    findings: Sequence[Finding],
    device_id: str,
    *,
    language: str,
    cancel: CancelToken,
) -> PrinterSeen:
    """The record on paper; no ``findings`` of an earlier test. Raises DeviceError kinds, NotPermitted, Cancelled."""
    pdf = kit.press(record, findings, language)
    job = PrintJob("acceptance record", pdf)
    return kit.hands.print(device_id, job, cancel=cancel, progress=lambda _progress: None)
