# SPDX-License-Identifier: Apache-2.0
"""Admitting against a failed check takes two people, for exactly what both saw, and once."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from station.access.approval_proof import verify_approvals
from station.access.approval_rules import APPROVALS, ApprovalKind, Verdict
from station.access.approvals import RequestState
from station.access.audit import Act, verify
from station.domain.checks import Check, CheckResult, CheckWeight
from station.domain.crossing import Crossing, Direction, Purpose
from station.domain.decision import Decision, DecisionKind, RefusalGround
from station.domain.errors import IncompleteRecord, NotPermitted, RecordConflict, StationError, StoreError
from station.domain.secrets import Secret
from station.domain.wire import from_json, to_json
from station.domain.words import say
from station.inspection import events as ev
from station.inspection.findings import failed_checks
from station.inspection.overrides import override_facts
from station.inspection.state import InspectionState
from station.inspection.table import Stage
from station.ports.tasks import CancelToken
from storage.sqlcipher.unit_of_work import SqlcipherUnitOfWork
from tests.open_station import OFFICER_PASSWORD, SUPERVISOR_PASSWORD
from tests.station.inspection.override_window import (
    ENTRY,
    EXPIRED,
    NAME,
    REASON,
    VALID,
    Open,
    Window,
    refused,
)
from tests.station.inspection.samples import CHECK


def test_one_officer_alone_cannot_admit_against_a_failed_check(window: Open) -> None:
    here = window()
    why = refused(here, here.deciding())
    assert "needs a second person" in why
    assert "never a ground to refuse" in why


def test_nor_can_a_supervisor(window: Open) -> None:
    here = window("irina")
    assert "needs a second person" in refused(here, here.deciding())


@pytest.mark.parametrize(("asks", "signs"), [("omar", "irina"), ("irina", "omar")])
def test_with_a_second_person_it_is_done_and_says_who_it_was(window: Open, asks: str, signs: str) -> None:
    here = window(asks)
    state = here.deciding()
    approval = here.approved(state, signs)
    recorded = here.service.run(here.service.admit(state, ENTRY, approval=approval), cancel=CancelToken())
    assert recorded.stage is Stage.RECORDED
    decision = here.kept(state.encounter_id)
    assert decision is not None
    assert decision.kind is DecisionKind.ADMIT
    assert (decision.approval, decision.reason) == (approval, REASON)
    decider = here.approvals.get(approval).decider
    assert decider is not None
    assert (decider.name, decider.officer_id) == (signs, decision.approved_by)
    assert "document.expiry" in decision.overridden_checks
    assert here.state_of(approval) is RequestState.USED
    with here.session.store.reading() as unit:
        entries = list(unit.audit.entries())
    assert not verify(entries)
    assert not verify_approvals(entries)
    decided = next(entry for entry in entries if entry.act == Act.ENCOUNTER_DECIDED)
    assert decided.details["approval"] == approval


@pytest.mark.parametrize("name", ["omar", "nobody"])
def test_who_asks_cannot_sign_and_nor_can_a_stranger(window: Open, name: str) -> None:
    here = window()
    state = here.deciding()
    request_id = here.asked(state)
    with pytest.raises(StationError):
        here.service.overrides.sign(request_id, name, Secret(OFFICER_PASSWORD.reveal()))
    assert here.state_of(request_id) is RequestState.WAITING
    assert "Nobody has approved this yet." in refused(here, state, approval=request_id)


def test_a_refused_request_admits_nobody(window: Open) -> None:
    here = window()
    state = here.deciding()
    request_id = here.asked(state)
    here.approvals.decide(request_id, Verdict.REFUSED, "irina", Secret(SUPERVISOR_PASSWORD.reveal()))
    assert "This was refused." in refused(here, state, approval=request_id)


def test_an_approval_expires_and_can_be_asked_for_again(window: Open) -> None:
    here = window()
    state = here.deciding()
    approval = here.approved(state)
    here.station.clock.at += APPROVALS[ApprovalKind.OVERRIDE].valid
    assert "This request has expired." in refused(here, state, approval=approval)
    again = here.approved(state)
    assert again != approval
    assert here.service.admit(state, ENTRY, approval=again).stage is Stage.RECORDING


def test_an_approval_that_does_not_exist_is_none(window: Open) -> None:
    here = window()
    assert "no such request" in refused(here, here.deciding(), approval="01JZ000000000000000000000")


@pytest.mark.parametrize(
    "changed",
    [
        {"purpose": Purpose.HOLIDAY},
        {"permitted_stay_days": 90},
        {"coming_from": "UTO"},
        {"address": "Hotel Utopia"},
        {"transport_detail": "UT 123"},
    ],
    ids=lambda changed: next(iter(changed)),
)
def test_a_crossing_that_changed_since_does_not_fit(window: Open, changed: dict[str, object]) -> None:
    here = window()
    state = here.deciding()
    approval = here.approved(state)
    other = replace(ENTRY, **changed)  # type: ignore[arg-type]  # the parametrised fields have their own types
    with pytest.raises(NotPermitted) as problem:
        here.service.admit(state, other, approval=approval)
    assert "things have changed since" in problem.value.cause.in_english()
    assert here.kept(state.encounter_id) is None
    assert here.state_of(approval) is RequestState.APPROVED


def test_another_document_does_not_fit(window: Open) -> None:
    here = window()
    state = here.deciding()
    approval = here.approved(state)
    other = (NAME.replace("ANNA", "INGA"), EXPIRED[1])
    rekeyed = here.keyed(here.service.act(state, ev.KeyingChosen()), other)
    assert "things have changed since" in refused(here, rekeyed, approval=approval)


def test_checks_that_come_out_differently_do_not_fit(window: Open) -> None:
    here = window()
    state = here.deciding()
    approval = here.approved(state)
    standing = here.service.overrides.standing(state, ENTRY)
    assert standing is not None
    assert standing.fits
    other = here.keyed(here.service.begin_keying(ENTRY), VALID)
    here.service.admit(other, ENTRY)  # the same document number, so the same traveller as far as records know
    here.service.run(here.service.take_up(other.encounter_id), cancel=CancelToken())
    checked = here.without_portrait(here.service.act(state, ev.CheckAgain()))
    assert checked.checks != state.checks
    standing = here.service.overrides.standing(checked, ENTRY)
    assert standing is not None
    assert not standing.fits
    assert "things have changed since" in refused_with(here, checked, approval)


def refused_with(window: Window, state: InspectionState, approval: str) -> str:
    with pytest.raises(NotPermitted) as problem:
        window.service.admit(state, ENTRY, approval=approval)
    assert window.kept(state.encounter_id) is None
    return problem.value.cause.in_english()


def test_an_approval_is_for_one_encounter_and_once(window: Open) -> None:
    here = window()
    first, second = here.deciding(), here.deciding()
    approval = here.approved(first)
    assert "for something else" in refused(here, second, approval=approval)
    here.service.admit(first, ENTRY, approval=approval)
    assert refused_with(here, second, approval) == "This approval was used already."


def test_somebody_else_at_the_window_asks_anew(window: Open) -> None:
    here = window()
    state = here.deciding()
    approval = here.approved(state)
    there = window("irina")
    assert there.service.overrides.standing(state, ENTRY) is None
    assert "Another person asked" in refused(there, state, approval=approval)


def test_put_aside_and_taken_up_again_the_approval_still_fits(window: Open) -> None:
    here = window()
    state = here.deciding()
    request_id = here.asked(state)
    here.service.act(state, ev.Parked())
    window("irina").approvals.decide(request_id, Verdict.APPROVED, "irina", Secret(SUPERVISOR_PASSWORD.reveal()))
    again = window()
    taken_up = again.without_portrait(again.service.resume(state.encounter_id))
    standing = again.service.overrides.standing(taken_up, ENTRY)
    assert standing is not None
    assert (standing.fits, standing.request.state, standing.reason) == (True, RequestState.APPROVED, REASON)
    again.service.admit(taken_up, ENTRY, approval=request_id)
    assert again.state_of(request_id) is RequestState.USED


def test_decision_and_use_are_kept_together_or_not_at_all(window: Open, monkeypatch: pytest.MonkeyPatch) -> None:
    here = window()
    state = here.deciding()
    crossing = replace(
        ENTRY,
        permitted_until=here.service.rules.permitted_until(ENTRY, here.service.rules.today(here.station.clock.now())),
    )
    state = here.service.act(state, ev.DetailsEntered(crossing=crossing))
    approval = here.approved(state)
    tried: list[SqlcipherUnitOfWork] = []

    def full(unit: SqlcipherUnitOfWork) -> None:
        tried.append(unit)
        raise StoreError(say("The disk is full."), say("Make room."))

    with monkeypatch.context() as disk:
        disk.setattr(SqlcipherUnitOfWork, "commit", full)
        with pytest.raises(StoreError):
            here.service.admit(state, ENTRY, approval=approval)
    assert tried
    assert here.kept(state.encounter_id) is None
    assert here.state_of(approval) is RequestState.APPROVED
    assert here.service.admit(state, ENTRY, approval=approval).stage is Stage.RECORDING


def test_the_checks_that_count_are_those_of_the_store(window: Open) -> None:
    here = window()
    state = here.deciding()
    forged = replace(state, checks=())
    assert "needs a second person" in refused(here, forged)
    with pytest.raises(RecordConflict):
        here.service.admit(replace(state, steps=state.steps + 1), ENTRY)


def test_a_check_that_is_not_certain_the_officer_weighs_alone(window: Open) -> None:
    here = window()
    state = here.deciding(VALID)
    assert CheckResult.UNDETERMINED in {check.result for check in state.checks}
    here.service.admit(state, ENTRY)
    decision = here.kept(state.encounter_id)
    assert decision is not None
    assert "mrz.reading" in decision.overridden_checks
    assert (decision.approval, decision.approved_by) == ("", None)


@pytest.mark.parametrize("result", CheckResult)
@pytest.mark.parametrize("weight", CheckWeight)
def test_only_a_failed_check_that_counts_needs_two(result: CheckResult, weight: CheckWeight) -> None:
    check = replace(CHECK, result=result, weight=weight)
    needs = result is CheckResult.FAILED and weight is not CheckWeight.EVALUATORY
    assert failed_checks((CHECK, check)) == ((check,) if needs else ())


def test_refusing_and_referring_never_need_it(window: Open) -> None:
    here = window()
    assert here.service.refuse(here.deciding(), ENTRY, RefusalGround.NO_VALID_DOCUMENT).stage is Stage.RECORDING
    assert here.service.refer(here.deciding(), ENTRY).stage is Stage.REFERRED
    assert Act.APPROVAL_ASKED not in here.acts()


def test_second_line_needs_it_too(window: Open) -> None:
    here = window()
    referred = here.service.refer(here.deciding(), ENTRY)
    second = here.without_portrait(here.service.act(referred, ev.SecondLineOpened()))
    with pytest.raises(NotPermitted):
        here.service.admit(second, ENTRY)


def test_a_request_has_a_reason_and_is_made_once(window: Open) -> None:
    here = window()
    state = here.deciding()
    with pytest.raises(IncompleteRecord):
        here.asked(state, "  ")
    with pytest.raises(IncompleteRecord):
        here.service.overrides.ask(state, Crossing(direction=Direction.ENTRY), REASON)
    first = here.asked(state)
    assert here.asked(state, f" {REASON} ") == first
    assert here.asked(state, "Another reason.") != first
    assert here.acts().count(Act.APPROVAL_ASKED) == 2


def test_what_both_see_is_bearer_document_crossing_reason_and_every_check_that_speaks(window: Open) -> None:
    here = window()
    state = here.deciding()
    shown = override_facts(state, ENTRY, REASON)
    assert shown["person"] == "ERIKSSON, ANNA MARIA, 1974-08-12, F, UTO"
    assert shown["document"] == "P, L898902C3, UTO, 2012-04-15"
    assert shown["reason"] == REASON
    words = [
        fact if isinstance(fact, str) else fact.in_english()
        for fact in map(shown.__getitem__, shown)
        if not isinstance(fact, int)
    ]
    assert any(word.startswith("Failed: The document expired") for word in words)
    assert "Not certain: Keyed by hand: no device has seen the document." in words


def test_records_of_before_read_as_decided_by_one(window: Open) -> None:
    here = window()
    state = here.deciding(VALID)
    here.service.admit(state, ENTRY)
    decision = here.kept(state.encounter_id)
    old = to_json(decision).replace(b',"approval":"","approved_by":null', b"")
    assert b"approv" not in old
    assert from_json(Decision, old) == decision


def test_a_failed_check_stays_one_however_often_it_is_repeated(window: Open) -> None:
    here = window()
    state = here.without_portrait(here.service.act(here.deciding(), ev.CheckAgain()))
    failed: tuple[Check, ...] = failed_checks(state.checks)
    assert [check.name for check in failed] == ["document.expiry"]
    assert "needs a second person" in refused(here, state)
    assert timedelta(minutes=30) == APPROVALS[ApprovalKind.OVERRIDE].valid
