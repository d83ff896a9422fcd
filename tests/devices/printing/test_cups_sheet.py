# SPDX-License-Identifier: Apache-2.0
"""A sheet is out when its own job says so and nobody can have lost it; every other end has its true words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pytest

from devices.printing.child import GOOD, NO_SERVER, NOT_FOUND, REFUSED
from devices.printing.cups_sheet import Sheet
from station.domain.errors import Cancelled, DeviceFault, DeviceRemoved
from station.ports.devices import PrinterCondition, PrintJob, PrintProgress, PrintStage
from station.ports.tasks import CancelToken

Answer = Mapping[str, object]
FORGOT = "cups-ipp-missing-job-history"
NO_ANSWER: Answer = {"status": NO_SERVER}
UNKNOWN_JOB: Answer = {"status": NOT_FOUND}


def job(state: int, *reasons: str, printer: Mapping[str, object] | None = None, itself: Sequence[str] = ()) -> Answer:
    return {
        "status": GOOD,
        "job-state": state,
        "job-uuid": "urn:uuid:1",
        "job-state-reasons": list(reasons),
        "queue": {"printer-state-reasons": ["none"], "queued-job-count": 1},
        "printer": printer,
        "job-printer-state-reasons": list(itself),
    }


class ScriptedSpooler:
    """Answers ``job`` from a list, the last one again and again; the rest as a well CUPS does."""

    def __init__(self, *answers: Answer, **other: Answer) -> None:
        self._answers = list(answers)
        self._other = other
        self.asked: list[str] = []

    def __call__(self, request: Mapping[str, object], parts: Sequence[bytes]) -> Answer:
        do = str(request["do"])
        self.asked.append(do)
        if do in self._other:
            return self._other[do]
        if do == "create":
            return {"status": GOOD, "job": 7, "job-uuid": "urn:uuid:1"}
        if do == "job":
            return self._answers.pop(0) if len(self._answers) > 1 else self._answers[0]
        if do == "withdraw":
            return {"status": GOOD, "job-state": 3, "withdrawn": True}
        if do == "fate":
            return {"status": GOOD, "ended": 9, "itself": True}
        return {"status": GOOD}


def run(spooler: ScriptedSpooler, *, patience: float = 5.0, cancel: CancelToken | None = None) -> list[PrintProgress]:
    told: list[PrintProgress] = []
    sheet = Sheet(
        PrintJob("notice-1", b"%PDF"),
        queue="Counter",
        media="",
        ask=spooler,
        progress=told.append,
        poll=0.001,
        ask_itself=0.0,
        patience=patience,
    )
    sheet.run(cancel or CancelToken())
    return told


def fault_of(spooler: ScriptedSpooler, *, patience: float = 5.0) -> DeviceFault:
    with pytest.raises(DeviceFault) as caught:
        run(spooler, patience=patience)
    return caught.value


def test_a_sheet_goes_from_the_queue_through_the_printer_out() -> None:
    spooler = ScriptedSpooler(job(3), job(5), job(5), job(9))
    assert [told.stage for told in run(spooler)] == [
        PrintStage.SENDING,
        PrintStage.QUEUED,
        PrintStage.PRINTING,
        PrintStage.OUT,
    ]
    assert spooler.asked[-1] == "purge", "CUPS keeps no page"


def test_a_sheet_that_is_held_up_goes_on() -> None:
    empty = job(5, printer={"printer-state-reasons": ["media-empty-error"]})
    told = run(ScriptedSpooler(job(5), empty, job(5, printer={"printer-state-reasons": ["none"]}), job(9)))
    held = next(each for each in told if each.stage is PrintStage.HELD_UP)
    assert held.findings[0].condition is PrinterCondition.PAPER_OUT
    assert told[-1].stage is PrintStage.OUT


@pytest.mark.parametrize(
    ("end", "cause"),
    [
        (job(7, "job-canceled-by-user"), "Somebody took the sheet out of the print queue."),
        (job(7, "processing-to-stop-point"), "The printer gave the sheet up, or somebody cancelled it there."),
        (job(8, "aborted-by-system"), "The print service gave the sheet up."),
        (
            job(8, "aborted-by-system", printer={"printer-state-reasons": ["media-jam-error"]}),
            "Paper is jammed in the printer.",
        ),
    ],
)
def test_a_sheet_that_was_given_up_is_never_out(end: Answer, cause: str) -> None:
    spooler = ScriptedSpooler(job(5), end)
    assert fault_of(spooler).cause.in_english() == cause
    assert spooler.asked[-1] == "purge"


@pytest.mark.parametrize("state", [7, 8])
def test_a_sheet_that_the_printer_itself_gave_up_is_not_out_whatever_cups_says(state: int) -> None:
    spooler = ScriptedSpooler(job(5), job(9), fate={"status": GOOD, "ended": state})
    assert "gave the sheet up" in fault_of(spooler).cause.in_english()


def test_a_printer_that_says_nothing_of_its_jobs_is_believed_through_cups() -> None:
    told = run(ScriptedSpooler(job(5), job(9), fate={"status": GOOD, "ended": None, "itself": True}))
    assert told[-1].stage is PrintStage.OUT


@pytest.mark.parametrize("fate", [{"status": GOOD, "ended": None, "itself": False}, {"status": NO_SERVER}])
def test_a_printer_that_nobody_can_ask_has_the_sheet_and_nothing_is_claimed(fate: Answer) -> None:
    told = run(ScriptedSpooler(job(5), job(9), fate=fate))
    assert told[-1].stage is PrintStage.HANDED_OVER
    assert PrintStage.OUT not in [each.stage for each in told]


def test_a_printer_that_was_started_again_in_between_leaves_it_open_whether_the_sheet_came() -> None:
    before, after = {"printer-up-time": [500]}, {"printer-up-time": [2]}
    fault = fault_of(ScriptedSpooler(job(5, printer=before), job(9, printer=after)))
    assert "Look at the printer whether the sheet came out" in fault.next_step.in_english()


def test_a_printer_that_never_keeps_a_history_still_prints() -> None:
    well = {"printer-up-time": [500], "printer-state-reasons": ["none"]}
    told = run(ScriptedSpooler(job(5, printer=well), job(9, printer=well, itself=[FORGOT])))
    assert told[-1].stage is PrintStage.OUT


def test_a_usb_printer_that_forgot_the_sheet_leaves_it_open() -> None:
    fault = fault_of(ScriptedSpooler(job(5), job(9, itself=[FORGOT])))
    assert "Look at the printer" in fault.next_step.in_english()


def test_a_print_service_that_comes_back_is_asked_for_the_same_sheet() -> None:
    told = run(ScriptedSpooler(job(5), NO_ANSWER, NO_ANSWER, job(5), job(9)))
    stages = [each.stage for each in told]
    assert stages == [
        PrintStage.SENDING,
        PrintStage.PRINTING,
        PrintStage.HELD_UP,
        PrintStage.PRINTING,
        PrintStage.OUT,
    ]
    assert "twice" in told[3].findings[-1].next_step.in_english()


def test_a_print_service_that_stays_away_leaves_it_open() -> None:
    fault = fault_of(ScriptedSpooler(job(5), NO_ANSWER), patience=0.02)
    assert "Look at the printer" in fault.next_step.in_english()


def test_another_job_of_the_same_number_is_not_ours() -> None:
    fault = fault_of(ScriptedSpooler(job(5), {**job(9), "job-uuid": "urn:uuid:other"}))
    assert fault.cause.in_english() == "The print service does not know the sheet any more."


def test_a_queue_that_vanished_with_the_sheet_is_a_removal() -> None:
    with pytest.raises(DeviceRemoved):
        run(ScriptedSpooler(job(5), UNKNOWN_JOB, state=UNKNOWN_JOB))


@pytest.mark.parametrize("status", [NO_SERVER, REFUSED])
def test_a_sheet_that_was_not_taken_was_not_printed(status: str) -> None:
    spooler = ScriptedSpooler(job(9), create={"status": status})
    assert fault_of(spooler).next_step.in_english()
    assert spooler.asked == ["create"]


def test_a_sheet_whose_page_never_arrived_is_withdrawn_and_said_not_to_be_printed() -> None:
    spooler = ScriptedSpooler(NO_ANSWER, job(4, "job-incoming"), send=NO_ANSWER)
    assert "not printed" in fault_of(spooler).cause.in_english()
    assert "withdraw" in spooler.asked


def test_a_stop_withdraws_the_sheet() -> None:
    cancel = CancelToken()

    class Stopping(ScriptedSpooler):
        def __call__(self, request: Mapping[str, object], parts: Sequence[bytes]) -> Answer:
            if request["do"] == "job":
                cancel.cancel()
            return super().__call__(request, parts)

    spooler = Stopping(job(3))
    with pytest.raises(Cancelled):
        run(spooler, cancel=cancel)
    assert spooler.asked[-2:] == ["withdraw", "purge"]
