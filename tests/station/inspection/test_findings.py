# SPDX-License-Identifier: Apache-2.0
"""No failed check goes away by turning the direction or keying the document anew while one officer is alone."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from station.access.approval_rules import APPROVALS, ApprovalKind
from station.document_reading.steps import document_of
from station.domain.crossing import Crossing
from station.domain.decision import Decision
from station.domain.words import Text
from station.inspection import events as ev
from station.inspection.findings import failed_checks
from station.inspection.overrides import override_facts
from station.inspection.state import InspectionState
from station.inspection.table import Stage
from station.mrtd.mrz import parse
from station.ports.tasks import CancelToken
from tests.station.inspection.override_window import (
    ENTRY,
    EXIT,
    EXPIRED,
    OTHER,
    REASON,
    VALID,
    Open,
    Window,
    refused,
)
from tests.station.inspection.samples import PROVENANCE


def read_at_scanner(window: Window, lines: tuple[str, str], state: InspectionState | None = None) -> InspectionState:
    """A device reads the document, and the traveller stands before the officer."""
    begun = window.service.begin_keying(ENTRY) if state is None else window.service.act(state, ev.KeyingChosen())
    document = document_of(parse(lines, today=window.service.rules.today(window.station.clock.now())))
    read = window.service.act(begun, ev.DocumentRead(document=document, provenance=PROVENANCE, engine="specimen"))
    return window.without_portrait(read)


def overstayer(window: Window, *, read: bool = True) -> InspectionState:
    """A traveller who stayed too long stands before the officer, to go out."""
    came = window.service.admit(window.deciding(VALID), ENTRY)
    window.service.run(came, cancel=CancelToken())
    window.station.clock.at += timedelta(days=100)
    state = read_at_scanner(window, VALID) if read else window.deciding(VALID)
    state = turned(window, state, EXIT)
    assert [check.name for check in failed_checks(state.checks)] == ["history.stay"]
    return state


def turned(window: Window, state: InspectionState, crossing: Crossing) -> InspectionState:
    return window.without_portrait(window.service.turn(state, crossing))


@pytest.mark.parametrize("read", [True, False], ids=["read", "keyed"])
def test_turning_the_direction_makes_no_failed_check_go_away(window: Open, read: bool) -> None:
    here = window()
    state = turned(here, overstayer(here, read=read), ENTRY)
    assert "needs a second person" in refused(here, state)
    facts = override_facts(state, ENTRY, REASON)
    shown = facts["check.1.history.stay"]
    assert isinstance(shown, Text)
    assert shown.in_english().startswith("Failed: exit: Overstayed by 71 days")
    approval = here.approved(state)
    assert here.service.admit(state, ENTRY, approval=approval).stage is Stage.RECORDING
    decision = here.kept(state.encounter_id)
    assert decision is not None
    assert decision.overridden_checks.count("history.stay") == 1


@pytest.mark.parametrize("read", [True, False], ids=["read", "keyed"])
def test_nor_does_reading_or_keying_the_same_document_again_meanwhile(
    window: Open,
    read: bool,
) -> None:
    here = window()
    state = here.service.act(overstayer(here, read=read), ev.DetailsEntered(crossing=ENTRY))
    assert "needs a second person" in refused(here, read_at_scanner(here, VALID, state))
    state = here.service.take_up(state.encounter_id)
    rekeyed = here.keyed(here.service.act(state, ev.KeyingChosen()), VALID)
    assert "needs a second person" in refused(here, rekeyed)


def test_put_aside_and_taken_up_again_it_still_counts_and_the_approval_fits(window: Open) -> None:
    here = window()
    state = turned(here, overstayer(here), ENTRY)
    approval = here.approved(state)
    here.service.act(state, ev.Parked())
    here.station.clock.at += timedelta(minutes=5)
    again = here.without_portrait(here.service.resume(state.encounter_id))
    assert "needs a second person" in refused(here, again)
    assert here.service.admit(again, ENTRY, approval=approval).stage is Stage.RECORDING


def test_what_a_device_read_as_expired_stays_so_when_another_date_is_keyed(window: Open) -> None:
    here = window()
    rekeyed = here.keyed(here.service.act(read_at_scanner(here, EXPIRED), ev.KeyingChosen()), VALID)
    assert "needs a second person" in refused(here, rekeyed)
    shown = override_facts(rekeyed, ENTRY, REASON)["check.1.document.expiry"]
    assert isinstance(shown, Text)
    assert shown.in_english().startswith("Failed: entry: The document expired")


def test_what_the_officer_keyed_wrongly_may_be_keyed_better_alone(window: Open) -> None:
    here = window()
    state = here.keyed(here.service.act(here.deciding(EXPIRED), ev.KeyingChosen()), VALID)
    assert here.service.admit(state, ENTRY).stage is Stage.RECORDING


def test_another_document_that_a_device_reads_begins_anew(window: Open) -> None:
    here = window()
    wrong = read_at_scanner(here, EXPIRED)
    right = read_at_scanner(here, OTHER, wrong)
    assert not failed_checks(right.checks)
    keyed = here.keyed(here.service.act(right, ev.KeyingChosen()), OTHER)
    assert "needs a second person" in refused(here, keyed), "what is keyed never makes a reading go away"


def test_time_that_runs_out_between_looking_and_using_leaves_the_inspection_where_it_stood(
    window: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    here = window()
    state = here.deciding()
    approval = here.approved(state)
    seconded = here.service.overrides.seconded

    def slowly(decision: Decision, *rest: Any) -> Decision:
        found = seconded(decision, *rest)
        here.station.clock.at += APPROVALS[ApprovalKind.OVERRIDE].valid
        return found

    with monkeypatch.context() as slow:
        slow.setattr(here.service.overrides, "seconded", slowly)
        assert "expired" in refused(here, state, approval=approval)
    assert here.service.take_up(state.encounter_id) == state
    assert here.service.admit(state, ENTRY, approval=here.approved(state)).stage is Stage.RECORDING
