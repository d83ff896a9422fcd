# SPDX-License-Identifier: Apache-2.0
"""The shift: its table, its signatures, what it refuses, and that nothing of it is lost."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from station.access.approval_proof import holds
from station.access.audit import verify
from station.access.distress import DistressRaised, raised
from station.domain.errors import NotPermitted, RecordConflict, SignInRefused, StationError, StoreDamaged, StoreError
from station.domain.identifiers import OfficerId
from station.domain.secrets import Secret
from station.domain.words import say
from station.ports.storage import Officer, RoleName
from station.post.shift import (
    LONGEST,
    NEXT,
    ImpossibleStep,
    Shift,
    ShiftEvent,
    ShiftStage,
    ShiftStep,
    SignedBy,
    moved,
    record_of,
    report_sha256,
    shift_of,
    unproven,
)
from station.post.shift_desk import ShiftMoved, Signer
from storage.sqlcipher.audit_entries import AuditEntries
from tests.open_station import OFFICER_PASSWORD, SUPERVISOR_PASSWORD
from tests.station.post.post_room import IRINA, NADIA, OMAR, TARIQ, PostRoom

REPORT = '{"format":"a report"}'
NO_ROOM = say("The disk is full.")
NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
SOMEBODY = SignedBy(officer_id=OfficerId("officer-1"), name="Irina Specimen", public_key="", signature="")
WRONG = Secret.of("not the password at all")


@pytest.fixture
def post(tmp_path: Path) -> Iterator[PostRoom]:
    room = PostRoom(tmp_path)
    yield room
    room.session.end()


def closed(post: PostRoom) -> Shift:
    shift = post.shifts.open(SUPERVISOR_PASSWORD)
    post.shifts.sign_report(shift, REPORT, SUPERVISOR_PASSWORD)
    return post.shifts.countersign(OMAR)


def test_a_shift_is_opened_handed_over_and_closed_with_a_trace_of_each(post: PostRoom) -> None:
    assert post.shifts.standing().stage is ShiftStage.NONE
    opened = post.shifts.open(SUPERVISOR_PASSWORD)
    assert (opened.number, opened.leader.name, opened.stage) == (1, "Irina Specimen", ShiftStage.OPEN)
    handed = post.shifts.hand_over(NADIA, SUPERVISOR_PASSWORD)
    assert (handed.leader.name, handed.steps[-1].event) == ("Nadia Specimen", ShiftEvent.HANDED_OVER)
    signed = post.shifts.sign_report(handed, REPORT, SUPERVISOR_PASSWORD)
    assert signed.stage is ShiftStage.CLOSING
    done = post.shifts.countersign(OMAR)
    assert done.stage is ShiftStage.CLOSED
    assert [each.name for each in done.signatures] == ["Irina Specimen", "Omar Specimen"]
    assert unproven(done) == ()
    assert [entry.act for entry in post.entries() if entry.act.startswith("shift.")] == [
        "shift.opened",
        "shift.handed_over",
        "shift.closing",
        "shift.closed",
    ]
    assert post.entries("shift.closed")[0].by == done.signatures[1].officer_id
    assert verify(post.entries()) == ()
    assert ShiftMoved(1, ShiftStage.CLOSED) in post.events.published
    assert [each.number for each in post.shifts.newest()] == [1]
    assert post.shifts.open(SUPERVISOR_PASSWORD).number == 2


def kept_as(post: PostRoom, what: str, text: str) -> str:
    """What the trail of this store holds in the place of a text of the first shift."""
    with post.session.store.reading() as unit:
        return unit.audit.vouch(f"shift.{what}", "shift-1", report_sha256(text))


def test_the_trail_holds_the_signature_over_the_report(post: PostRoom) -> None:
    shift = closed(post)
    for act, who in (("shift.closing", 0), ("shift.closed", 1)):
        (entry,) = post.entries(act)
        step = next(each for each in shift.steps if kept_as(post, "signed", each.signed) == entry.details["signed"])
        assert report_sha256(REPORT) in step.signed
        assert holds(entry.details["signature_1"], step.signed.encode(), shift.signatures[who].public_key)
        assert float(entry.details["monotonic"]) == post.time.monotonic()


@pytest.mark.parametrize("part", ["report", "signed", "signature", "who"])
def test_a_change_of_what_was_signed_is_found(post: PostRoom, part: str) -> None:
    shift = closed(post)
    step = shift.steps[1]
    changed = {
        "report": replace(step, report=REPORT.replace("a ", "another ")),
        "signed": replace(step, signed=step.signed.replace('"shift":"1"', '"shift":"2"')),
        "signature": replace(step, by=(replace(step.by[0], signature=shift.steps[2].by[0].signature),)),
        "who": replace(step, by=(replace(step.by[0], public_key=shift.steps[2].by[0].public_key),)),
    }[part]
    forged = replace(shift, steps=(shift.steps[0], changed, shift.steps[2]))
    assert changed in unproven(forged)


def test_nobody_signs_twice(post: PostRoom) -> None:
    post.shifts.open(SUPERVISOR_PASSWORD)
    with pytest.raises(NotPermitted):
        post.shifts.hand_over(IRINA, SUPERVISOR_PASSWORD)
    shift = post.shifts.current()
    assert shift is not None
    post.shifts.sign_report(shift, REPORT, SUPERVISOR_PASSWORD)
    with pytest.raises(NotPermitted):
        post.shifts.countersign(IRINA)
    assert post.shifts.standing().stage is ShiftStage.CLOSING


def test_two_accounts_of_one_hand_count_and_are_named(post: PostRoom) -> None:
    with post.session.store.unit_of_work() as unit:
        omar = unit.officers.by_name("omar")
        assert omar is not None
        unit.officers.replace(replace(omar, given_by=post.session.officer.officer_id))
        unit.commit()
    shift = closed(post)
    assert [each.independent for each in shift.signatures] == [True, False]
    assert post.entries("shift.closed")[0].details["two_people"] == "unproven"


def test_only_a_supervisor_answers_and_only_who_inspects_signs_second(post: PostRoom) -> None:
    post.shifts.open(SUPERVISOR_PASSWORD)
    for signer in (OMAR, TARIQ):
        with pytest.raises(NotPermitted):
            post.shifts.hand_over(signer, SUPERVISOR_PASSWORD)
    shift = post.shifts.current()
    assert shift is not None
    post.shifts.sign_report(shift, REPORT, SUPERVISOR_PASSWORD)
    with pytest.raises(NotPermitted):
        post.shifts.countersign(TARIQ)


def test_a_wrong_password_moves_nothing(post: PostRoom) -> None:
    with pytest.raises(SignInRefused):
        post.shifts.open(WRONG)
    assert post.shifts.current() is None
    post.shifts.open(SUPERVISOR_PASSWORD)
    with pytest.raises(SignInRefused):
        post.shifts.hand_over(replace(NADIA, password=WRONG), SUPERVISOR_PASSWORD)
    with pytest.raises(SignInRefused):
        post.shifts.hand_over(NADIA, WRONG)
    with pytest.raises(SignInRefused):
        post.shifts.hand_over(Signer(name="nobody", password=WRONG), SUPERVISOR_PASSWORD)
    shift = post.shifts.current()
    assert shift is not None
    assert shift.leader.name == "Irina Specimen"


@pytest.mark.parametrize(
    "become",
    [
        lambda omar: replace(omar, suspended=True),
        lambda omar: replace(omar, removed=True),
        lambda omar: replace(omar, one_time=True),
    ],
)
def test_who_may_not_sign_in_signs_nothing(post: PostRoom, become: Callable[[Officer], Officer]) -> None:
    shift = post.shifts.open(SUPERVISOR_PASSWORD)
    post.shifts.sign_report(shift, REPORT, SUPERVISOR_PASSWORD)
    with post.session.store.unit_of_work() as unit:
        omar = unit.officers.by_name("omar")
        assert omar is not None
        unit.officers.replace(become(omar))
        unit.commit()
    with pytest.raises(SignInRefused):
        post.shifts.countersign(OMAR)


def test_a_shift_whose_leader_left_is_taken_over_before_a_witness(post: PostRoom) -> None:
    post.shifts.open(SUPERVISOR_PASSWORD)
    post.shifts.hand_over(NADIA, SUPERVISOR_PASSWORD)
    taken = post.shifts.take_over(OMAR, SUPERVISOR_PASSWORD)
    assert taken.leader.name == "Irina Specimen"
    assert taken.steps[-1].event is ShiftEvent.TAKEN_OVER
    assert unproven(taken) == ()


def test_somebody_elses_hand_over_is_a_taking_over(post: PostRoom) -> None:
    """Irina is signed in, Nadia answers: Irina cannot hand over in Nadia's name."""
    post.shifts.open(SUPERVISOR_PASSWORD)
    post.shifts.hand_over(NADIA, SUPERVISOR_PASSWORD)
    with pytest.raises(NotPermitted):
        post.shifts.hand_over(NADIA, SUPERVISOR_PASSWORD)


def test_a_report_can_be_taken_back_and_does_not_count(post: PostRoom) -> None:
    shift = post.shifts.open(SUPERVISOR_PASSWORD)
    post.shifts.sign_report(shift, REPORT, SUPERVISOR_PASSWORD)
    back = post.shifts.take_back(SUPERVISOR_PASSWORD)
    assert (back.stage, back.report_step, back.signatures) == (ShiftStage.OPEN, None, ())
    with pytest.raises(RecordConflict):
        post.shifts.countersign(OMAR)


def test_a_second_shift_waits_for_the_first(post: PostRoom) -> None:
    shift = post.shifts.open(SUPERVISOR_PASSWORD)
    with pytest.raises(RecordConflict):
        post.shifts.open(SUPERVISOR_PASSWORD)
    post.shifts.sign_report(shift, REPORT, SUPERVISOR_PASSWORD)
    with pytest.raises(RecordConflict):
        post.shifts.open(SUPERVISOR_PASSWORD)


def test_a_report_of_a_shift_that_moved_is_not_signed(post: PostRoom) -> None:
    shift = post.shifts.open(SUPERVISOR_PASSWORD)
    post.shifts.hand_over(NADIA, SUPERVISOR_PASSWORD)
    with pytest.raises(RecordConflict):
        post.shifts.sign_report(shift, REPORT, SUPERVISOR_PASSWORD)


def test_a_shift_forgotten_over_night_is_shown_and_stays_open(post: PostRoom) -> None:
    post.shifts.open(SUPERVISOR_PASSWORD)
    post.time.run(LONGEST)
    assert not post.shifts.standing().forgotten
    post.time.run(timedelta(minutes=1))
    line = post.shifts.standing()
    assert (line.forgotten, line.stage) == (True, ShiftStage.OPEN)
    assert line.next_step is not None
    assert "forgotten" in line.next_step.in_english()


def test_everybody_sees_the_line_and_only_a_supervisor_runs_the_shift(post: PostRoom) -> None:
    post.shifts.open(SUPERVISOR_PASSWORD)
    post.session.end()
    session = post.signed_in("omar", OFFICER_PASSWORD)
    desk = post.desk_of(session)
    assert desk.standing().leader == "Irina Specimen"
    shift = desk.current()
    assert shift is not None
    for act in (
        lambda: desk.open(OFFICER_PASSWORD),
        lambda: desk.hand_over(NADIA, OFFICER_PASSWORD),
        lambda: desk.take_over(NADIA, OFFICER_PASSWORD),
        lambda: desk.sign_report(shift, REPORT, OFFICER_PASSWORD),
        lambda: desk.countersign(NADIA),
        lambda: desk.take_back(OFFICER_PASSWORD),
        lambda: desk.note_printed(shift),
        desk.newest,
    ):
        with pytest.raises(NotPermitted):
            act()
    session.end()


def test_a_step_without_its_audit_entry_does_not_happen(post: PostRoom, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object, **__: object) -> None:
        raise StoreError(NO_ROOM, NO_ROOM)

    with monkeypatch.context() as patch:
        patch.setattr(AuditEntries, "append", full)
        with pytest.raises(StoreError):
            post.shifts.open(SUPERVISOR_PASSWORD)
    assert post.shifts.current() is None


def test_what_stands_in_the_store_is_read_or_refused_with_a_sentence(post: PostRoom) -> None:
    shift = closed(post)
    assert shift_of(record_of(shift)) == shift
    broken = replace(record_of(shift), body=b'{"steps":[]}')
    torn = replace(record_of(shift), body=record_of(shift).body[:-4])
    for record in (broken, torn):
        with pytest.raises(StoreDamaged):
            shift_of(record)


def _step(event: ShiftEvent) -> ShiftStep:
    return ShiftStep(event=event, at=NOON, monotonic=1.0, entry=3, by=(SOMEBODY,), signed="{}")


EVENTS = st.lists(st.sampled_from(list(ShiftEvent)), max_size=12)


@given(EVENTS)
def test_no_order_of_events_reaches_the_end_without_two_signatures(events: list[ShiftEvent]) -> None:
    shift: Shift | None = None
    for event in events:
        stage = ShiftStage.NONE if shift is None else shift.stage
        if event in NEXT[stage]:
            shift = moved(shift, _step(event))
        else:
            with pytest.raises(ImpossibleStep):
                moved(shift, _step(event))
    if shift is not None:
        assert shift_of(record_of(shift)) == shift
        assert shift.steps[0].event is ShiftEvent.OPENED
        if shift.stage is ShiftStage.CLOSED:
            assert [each.event for each in shift.steps[-2:]] == [ShiftEvent.REPORT_SIGNED, ShiftEvent.COUNTERSIGNED]


def test_every_stage_but_the_last_has_a_way_on() -> None:
    assert set(NEXT) == set(ShiftStage)
    assert [stage for stage, ways in NEXT.items() if not ways] == [ShiftStage.CLOSED]


def test_a_refusal_says_its_cause_and_the_next_step(post: PostRoom) -> None:
    with pytest.raises(StationError) as refused:
        post.shifts.countersign(OMAR)
    assert refused.value.cause.in_english()
    assert refused.value.next_step.in_english()


def test_a_key_that_the_store_does_not_know_signs_nothing(post: PostRoom) -> None:
    with post.session.store.unit_of_work() as unit:
        irina, omar = unit.officers.by_name("irina"), unit.officers.by_name("omar")
        assert irina is not None
        assert omar is not None
        unit.officers.replace(replace(irina, public_key=omar.public_key))
        unit.commit()
    with pytest.raises(NotPermitted):
        post.shifts.open(SUPERVISOR_PASSWORD)
    assert post.shifts.current() is None


def test_a_signature_under_duress_looks_the_same_and_is_told_to_headquarters(post: PostRoom) -> None:
    forced = Secret.of("velvet anchor mosaic two")
    post.add("selma", RoleName.OFFICER, Secret.of("marble signal orchard ten"), distress_password=forced)
    calm = closed(post)
    assert raised_in(post) == ()
    shift = post.shifts.open(SUPERVISOR_PASSWORD)
    post.shifts.sign_report(shift, REPORT, SUPERVISOR_PASSWORD)
    done = post.shifts.countersign(Signer(name="selma", password=forced))
    assert (done.stage, unproven(done)) == (calm.stage, ())
    (flag,) = raised_in(post)
    assert (flag.act, flag.subject, flag.by) == ("shift.closed", "shift-2", "officer-selma")
    first, second = post.entries("shift.closed")
    assert set(first.details) == set(second.details)


def raised_in(post: PostRoom) -> tuple[DistressRaised, ...]:
    with post.session.store.reading() as unit:
        return raised(unit.settings)
