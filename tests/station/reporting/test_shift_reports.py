# SPDX-License-Identifier: Apache-2.0
"""The report counts what happened, once, by numbers of the trail; two people sign it; it is printed again at will."""

from __future__ import annotations

import csv
import io
import subprocess
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from shutil import which

import pytest

from station.access.checkpoint_text import CheckpointReason, read
from station.domain.crossing import Direction
from station.domain.decision import DecisionKind, RefusalGround
from station.domain.errors import NotPermitted, RecordConflict, StoreDamaged
from station.domain.identifiers import OfficerId
from station.inspection import events as ev
from station.ports.tasks import CancelToken
from station.post.shift import ShiftStage, shift_of
from station.reporting.report_table import report_csv
from station.reporting.shift_report import Count, Movement, ShiftReport, canonical, read_report
from station.reporting.shift_reports import ShiftReports
from station.reporting.timings import WHOLE
from tests.open_station import OFFICER_PASSWORD, SUPERVISOR_PASSWORD
from tests.station.inspection.samples import EVENTS
from tests.station.post.post_room import NADIA, OMAR
from tests.station.reporting.working_shift import CHECKED, CONFIRMED, KEYING, PAGE, RECORDED, STRAIGHT, WorkingShift


@pytest.fixture
def post(tmp_path: Path) -> Iterator[WorkingShift]:
    room = WorkingShift(tmp_path)
    yield room
    room.close()


def drafted(post: WorkingShift) -> ShiftReport:
    return post.reports.draft().report


def counted(counts: tuple[Count, ...]) -> dict[str, int]:
    return {each.name: each.count for each in counts}


def a_day(post: WorkingShift) -> None:
    """Some of everything."""
    post.shifts.open(SUPERVISOR_PASSWORD)
    post.admitted()
    post.admitted("history.presence", "dates.expiry")
    post.admitted("dates.expiry", direction=Direction.EXIT)
    refused = post.refused(RefusalGround.NO_VALID_DOCUMENT)
    post.note_printed(refused.encounter_id)
    post.refused(RefusalGround.ALERT)
    referred = post.inspect((*STRAIGHT, ev.Referred(decision=post.decision(DecisionKind.SECOND_LINE))))
    post.time.run(timedelta(minutes=30))
    admit = ev.Admitted(decision=post.decision(DecisionKind.ADMIT))
    post.go_on(referred, ev.SecondLineOpened(), CHECKED, EVENTS[ev.PortraitOmitted], admit, RECORDED)
    post.inspect((KEYING, CONFIRMED, CHECKED, EVENTS[ev.PortraitFailed], EVENTS[ev.TakeAgain], ev.Parked()))
    post.inspect((PAGE, EVENTS[ev.ReadingFailed], EVENTS[ev.ReadAgain], EVENTS[ev.ReadingFailed], PAGE))
    post.inspect((PAGE, ev.Abandoned(reason="left the queue")))


def test_whoever_agreed_to_admit_against_a_failed_check_stands_in_the_report(post: WorkingShift) -> None:
    post.shifts.open(SUPERVISOR_PASSWORD)
    alone = post.decision(DecisionKind.ADMIT)
    irina = post.session.officer.officer_id
    agreed = replace(alone, overridden_checks=("document.expiry",), approval="request-1", approved_by=irina)
    stranger = replace(agreed, approved_by=OfficerId("long gone"))
    for decision in (alone, agreed, agreed, stranger):
        post.inspect((*STRAIGHT, ev.Admitted(decision=decision), RECORDED))
    report = drafted(post)
    assert counted(report.seconded) == {"Irina Specimen (irina)": 2, "long gone": 1}
    assert ["seconded", "Irina Specimen (irina)", "", "2"] in [
        line[5:] for line in csv.reader(io.StringIO(report_csv(report)))
    ]


def test_a_shift_is_counted(post: WorkingShift) -> None:
    a_day(post)
    report = drafted(post)
    assert report.movements == (
        Movement(direction="entry", decision="admit", count=3),
        Movement(direction="entry", decision="refuse", count=2),
        Movement(direction="exit", decision="admit", count=1),
    )
    assert counted(report.refusals) == {"A": 1, "H": 1}
    assert (report.referrals, report.abandoned, report.overridden) == (1, 1, 2)
    assert counted(report.overrides) == {"dates.expiry": 2, "history.presence": 1}
    assert counted(report.retries) == {
        "page_again": 1,
        "ReadAgain": 1,
        "KeyingChosen": 1,
        "DocumentConfirmed": 1,
        "TakeAgain": 1,
        "PortraitOmitted": 1,
    }
    assert counted(report.failures) == {"ReadingFailed": 2, "PortraitFailed": 1}
    work = report.open_work
    assert (work.unfinished, work.parked, work.notices_owed, work.waiting_for_export) == (1, 1, 1, 6)
    assert (work.approvals_undecided, work.undelivered) == (0, 0)
    assert [(each.name, each.encounters) for each in report.people] == [("Irina Specimen", 6)]
    assert counted(report.acts)["notice.printed"] == 1
    assert report.head_hash == post.entries()[-1].hash


def test_times_are_those_of_the_steps(post: WorkingShift) -> None:
    post.shifts.open(SUPERVISOR_PASSWORD)
    for seconds in range(1, 101):
        post.step = timedelta(seconds=seconds)
        post.admitted()
    times = {row.stage: row for row in drafted(post).times}
    assert set(times) == {"READING", "CHECKING", "PORTRAIT", "DECIDING", "RECORDING", WHOLE}
    assert (times["READING"].count, times["READING"].p50_s, times["READING"].p95_s) == (100, 50, 95)
    assert (times[WHOLE].p50_s, times[WHOLE].p95_s) == (250, 475)


def test_nothing_is_counted_twice_or_lost_between_shifts(post: WorkingShift) -> None:
    """Also what is recorded while a report waits for its second signature, and while nobody answers."""
    seen: Counter[str] = Counter()
    post.admitted()  # before any shift
    for _ in range(3):
        post.shifts.open(SUPERVISOR_PASSWORD)
        post.admitted()
        draft = post.reports.draft()
        seen.update(shift=sum(each.count for each in draft.report.movements))
        seen.update(before=sum(each.count for each in draft.report.before))
        post.admitted()  # after the draft was shown
        post.reports.sign(draft, SUPERVISOR_PASSWORD)
        post.admitted()  # while the second person is on the way
        post.reports.countersign(OMAR)
        post.admitted()  # nobody answers
    assert seen == {"shift": 3, "before": 1 + 2 * 3}


def test_a_report_is_signed_by_two_and_kept_as_signed(post: WorkingShift) -> None:
    a_day(post)
    draft = post.reports.draft()
    post.reports.sign(draft, SUPERVISOR_PASSWORD)
    shift = post.reports.countersign(OMAR)
    kept = post.reports.kept(shift)
    assert (kept.text, kept.sha256, kept.report, kept.proven) == (draft.text, draft.sha256, draft.report, True)
    assert [each.name for each in kept.signatures] == ["Irina Specimen", "Omar Specimen"]
    assert canonical(read_report(kept.text)) == kept.text
    assert [each.sha256 for each in post.reports.older()] == [draft.sha256]
    with post.session.store.reading() as unit:
        record = unit.shifts.last()
    assert record is not None
    assert shift_of(record) == shift


def test_a_handed_over_shift_names_everybody_who_answered(post: WorkingShift) -> None:
    post.shifts.open(SUPERVISOR_PASSWORD)
    post.shifts.hand_over(NADIA, SUPERVISOR_PASSWORD)
    post.shifts.take_over(OMAR, SUPERVISOR_PASSWORD)
    assert [(each.name, each.taken_over) for each in drafted(post).leaders] == [
        ("Irina Specimen", False),
        ("Nadia Specimen", False),
        ("Irina Specimen", True),
    ]


def test_a_draft_that_was_overtaken_is_not_signed(post: WorkingShift) -> None:
    post.shifts.open(SUPERVISOR_PASSWORD)
    draft = post.reports.draft()
    post.shifts.hand_over(NADIA, SUPERVISOR_PASSWORD)
    with pytest.raises(RecordConflict):
        post.reports.sign(draft, SUPERVISOR_PASSWORD)


def test_steps_of_the_clock_stand_in_the_report(post: WorkingShift) -> None:
    post.shifts.open(SUPERVISOR_PASSWORD)
    watch = post.watch()
    watch.look()
    state = post.inspect(STRAIGHT)
    post.time.turn(post.time.now() - timedelta(hours=1))
    watch.look()
    watch.confirm("irina", SUPERVISOR_PASSWORD)
    post.go_on(state, ev.Admitted(decision=post.decision(DecisionKind.ADMIT)), RECORDED)
    report = drafted(post)
    assert [(each.kind, each.seconds) for each in report.clock] == [("back", -3600), ("confirmed", 0)]
    assert report.times_left_out == 1
    assert WHOLE not in {row.stage for row in report.times}


def test_it_is_printed_with_a_checkpoint_and_noted_each_time(post: WorkingShift) -> None:
    post.shifts.open(SUPERVISOR_PASSWORD)
    post.reports.sign(post.reports.draft(), SUPERVISOR_PASSWORD)
    shift = post.reports.countersign(OMAR)
    for count in (1, 2):
        receipt = post.reports.print(shift, language="en", cancel=CancelToken())
        assert receipt.place
        assert len(post.entries("shift.printed")) == count
        checkpoint = read(post.printed[-1].checkpoint.split("\nuntrusted")[0].rstrip("\n") + "\n")
        assert checkpoint.reason is CheckpointReason.PRINT
        assert checkpoint.size >= post.entries("shift.closed")[0].sequence
    assert len(list(post.sheets.iterdir())) == 2


def test_the_code_of_the_paper_is_checked_with_minisign_alone(post: WorkingShift, tmp_path: Path) -> None:
    """As docs/supervisors.md tells headquarters to do."""
    if which("minisign") is None:
        pytest.skip("minisign is not on this machine")
    post.shifts.open(SUPERVISOR_PASSWORD)
    post.reports.print(
        post.reports.sign(post.reports.draft(), SUPERVISOR_PASSWORD), language="en", cancel=CancelToken()
    )
    (tmp_path / "code.txt").write_text(post.printed[0].checkpoint)
    (tmp_path / "station.pub").write_text(post.public_key)
    script = """
        sed '/^$/q' code.txt | sed '$d' > checkpoint.txt
        sed '1,/^$/d' code.txt > checkpoint.txt.minisig
        minisign -V -p station.pub -m checkpoint.txt
    """
    told = subprocess.run(["sh", "-e", "-c", script], cwd=tmp_path, capture_output=True, text=True, check=True)
    assert "Signature and comment signature verified" in told.stdout


def test_a_report_waiting_for_its_second_signature_can_be_printed_for_the_hand(post: WorkingShift) -> None:
    shift = post.shifts.open(SUPERVISOR_PASSWORD)
    with pytest.raises(RecordConflict):
        post.reports.kept(shift)
    signed = post.reports.sign(post.reports.draft(), SUPERVISOR_PASSWORD)
    post.reports.print(signed, language="ar", cancel=CancelToken())
    assert [each.name for each in post.printed[0].signatures] == ["Irina Specimen"]
    with pytest.raises(RecordConflict):
        post.reports.draft()


def test_only_a_supervisor_sees_reports(post: WorkingShift) -> None:
    shift = post.shifts.open(SUPERVISOR_PASSWORD)
    draft = post.reports.draft()
    post.session.end()
    session = post.signed_in("omar", OFFICER_PASSWORD)
    reports = ShiftReports(
        session,
        post.desk_of(session),
        checkpoints=post.checkpoints,
        devices=post.devices,
        press=lambda _kept, _language: b"",
        clock=post.time,
    )
    for act in (
        reports.draft,
        lambda: reports.sign(draft, OFFICER_PASSWORD),
        lambda: reports.countersign(OMAR),
        lambda: reports.kept(shift),
        reports.older,
        lambda: reports.print(shift, language="en", cancel=CancelToken()),
    ):
        with pytest.raises(NotPermitted):
            act()
    session.end()


def test_a_report_that_is_none_is_told(post: WorkingShift) -> None:
    post.shifts.open(SUPERVISOR_PASSWORD)
    signed = post.shifts.sign_report(post.reports.draft().shift, '{"format":"x"}', SUPERVISOR_PASSWORD)
    assert signed.stage is ShiftStage.CLOSING
    with pytest.raises(StoreDamaged):
        post.reports.kept(signed)


def test_a_record_that_was_erased_is_still_counted(post: WorkingShift) -> None:
    post.shifts.open(SUPERVISOR_PASSWORD)
    with post.session.store.unit_of_work() as unit:
        unit.audit.append(
            at=post.time.now(), by="station", act="encounter.recorded", subject="gone", details={"version": "1"}
        )
        unit.commit()
    assert drafted(post).movements == (Movement(direction="erased", decision="erased", count=1),)


def test_no_name_of_a_traveller_stands_in_a_report(post: WorkingShift) -> None:
    a_day(post)
    text = post.reports.draft().text
    for planted in ("ERIKSSON", "ANNA", "L898902C3", "1974", "left the queue", "camera broken"):
        assert planted not in text
    assert replace(read_report(text), number=9) != read_report(text)
