# SPDX-License-Identifier: Apache-2.0
"""The window where a check failed: the second person signs here or later, and every key says true what became of it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from station.access.approval_rules import Verdict
from station.access.approvals import RequestState
from station.domain.crossing import Direction
from station.domain.encounter import EncounterStatus
from station.domain.errors import StoreFull
from station.domain.secrets import Secret
from station.domain.words import say
from station.inspection import events as ev
from station.inspection.ledger import InspectionLedger
from station.inspection.state import InspectionState
from station.inspection.table import Stage
from tests.open_station import OFFICER_PASSWORD
from tests.ui.desk import Desk, open_desk
from tests.ui.presenters.test_inspect import fill_in, recorded, stands
from ui.presenters.inspect_view import Mode, PromptKind, PromptView
from ui.presenters.keymap import Act

EXPIRED = "P<UTOERIKSSON<<ANNA<MARIA".ljust(44, "<") + "L898902C36UTO7408122F1204159ZE184226B<<<<<10"
REASON = "The consulate confirmed it."
OMAR = {"name": "omar", "password": OFFICER_PASSWORD.reveal().decode(), "pin": ""}


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    made = open_desk(tmp_path)
    yield made
    made.close()


def expired(desk: Desk) -> None:
    """A traveller whose document expired long ago stands before a supervisor who has to decide."""
    desk.presenter.start()
    desk.presenter.do(Act.KEY_IN)
    desk.tasks.all()
    for character in EXPIRED:
        desk.presenter.mrz_type(character)
    desk.place()
    desk.presenter.do(Act.NEXT)
    desk.tasks.all()
    assert stands(desk) is Mode.DECIDING
    fill_in(desk)


def asking(desk: Desk) -> PromptView:
    prompt = desk.view.prompt
    assert prompt is not None
    return prompt


def signing(desk: Desk) -> PromptView:
    """The panel at which the second person signs."""
    desk.presenter.do(Act.ADMIT)
    desk.tasks.all()
    if asking(desk).kind is PromptKind.SECOND_PERSON:
        desk.presenter.prompt_reason(REASON)
        desk.presenter.do(Act.NEXT)
        desk.tasks.all()
    prompt = asking(desk)
    assert prompt.kind is PromptKind.SIGNATURE
    return prompt


def requests(desk: Desk) -> list[RequestState]:
    return [one.state for one in desk.service.overrides._approvals.history()]


def decide(desk: Desk, verdict: Verdict) -> None:
    """The second person, on the page Approvals."""
    approvals = desk.service.overrides._approvals
    approvals.decide(approvals.inbox()[0].request_id, verdict, "omar", Secret(OFFICER_PASSWORD.reveal()))


def log(desk: Desk) -> str:
    assert desk.view.log is not None
    return desk.view.log.says.in_english()


def test_the_second_person_signs_at_once_and_the_traveller_crosses(desk: Desk) -> None:
    expired(desk)
    desk.presenter.do(Act.ADMIT)
    desk.tasks.all()
    prompt = asking(desk)
    assert prompt.kind is PromptKind.SECOND_PERSON
    sentences = [line.value if isinstance(line.value, str) else line.value.in_english() for line in prompt.facts]
    assert "ERIKSSON, ANNA MARIA, 1974-08-12, F, UTO" in sentences
    assert any(sentence.startswith("Failed: The document expired") for sentence in sentences)
    desk.presenter.do(Act.NEXT)
    assert asking(desk).problem is not None, "a reason there must be"
    assert not requests(desk)
    prompt = signing(desk)
    assert REASON in [line.value for line in prompt.facts]
    desk.presenter.sign(OMAR)
    assert stands(desk) is Mode.WORKING
    assert asking(desk).kind is PromptKind.SIGNATURE
    desk.tasks.step()
    assert recorded(desk) == 1
    assert stands(desk) is Mode.IDLE
    assert desk.view.prompt is None
    assert requests(desk) == [RequestState.USED]


def test_a_wrong_password_is_said_where_it_was_typed_and_can_be_typed_again(desk: Desk) -> None:
    expired(desk)
    before = signing(desk).asked
    desk.presenter.sign({**OMAR, "password": "not the password"})
    desk.tasks.all()
    prompt = asking(desk)
    assert prompt.problem is not None
    assert prompt.asked > before, "what was typed in secret goes"
    assert stands(desk) is Mode.DECIDING
    assert recorded(desk) == 0
    desk.station.clock.at += timedelta(minutes=5)  # wrong tries have to wait
    desk.presenter.sign(OMAR)
    desk.tasks.all()
    assert recorded(desk) == 1


def test_whoever_asks_cannot_sign(desk: Desk) -> None:
    expired(desk)
    signing(desk)
    desk.presenter.sign({**OMAR, "name": "irina", "password": "lantern orchid ferry nine"})
    desk.tasks.all()
    problem = asking(desk).problem
    assert problem is not None
    assert "Whoever asks cannot approve." in problem.in_english()
    assert recorded(desk) == 0


def test_stopped_while_the_password_is_checked_nobody_crosses_and_one_key_goes_on(desk: Desk) -> None:
    expired(desk)
    signing(desk)
    desk.presenter.sign(OMAR)
    token = desk.tasks._line[0].token
    sign = desk.service.overrides.sign

    def and_stopped(*args: object, **named: object) -> object:
        signed = sign(*args, **named)  # type: ignore[arg-type]  # passed on as they came
        desk.presenter.do(Act.LEAVE)
        assert token.cancelled
        return signed

    desk.service.overrides.sign = and_stopped  # type: ignore[assignment, method-assign]  # Esc comes in between
    desk.tasks.all()
    assert stands(desk) is Mode.DECIDING
    assert desk.view.prompt is None
    assert recorded(desk) == 0
    assert log(desk) == "You stopped. Nobody was admitted."
    desk.presenter.do(Act.ADMIT)
    desk.tasks.all()
    assert recorded(desk) == 1


def test_escape_goes_back_step_by_step_and_asks_nothing_twice(desk: Desk) -> None:
    expired(desk)
    signing(desk)
    desk.presenter.do(Act.LEAVE)
    desk.tasks.all()
    prompt = asking(desk)
    assert (prompt.kind, prompt.reason, prompt.problem) == (PromptKind.SECOND_PERSON, REASON, None)
    desk.presenter.do(Act.LEAVE)
    assert desk.view.prompt is None
    assert stands(desk) is Mode.DECIDING
    signing(desk)
    assert requests(desk) == [RequestState.WAITING]


def test_asked_and_put_aside_one_key_admits_when_it_was_approved_meanwhile(desk: Desk) -> None:
    expired(desk)
    desk.presenter.do(Act.ADMIT)
    desk.tasks.all()
    desk.presenter.do(Act.PARK)
    assert asking(desk).problem is not None, "a reason there must be"
    desk.presenter.prompt_reason(REASON)
    desk.presenter.do(Act.PARK)
    desk.tasks.step()
    assert stands(desk) is Mode.IDLE
    assert "Asked, and put aside." in log(desk)
    desk.tasks.step()
    assert [row.status for row in desk.service.unfinished()] == [EncounterStatus.PARKED]
    decide(desk, Verdict.APPROVED)
    desk.presenter.resume(0)
    desk.tasks.all()
    assert stands(desk) is Mode.DECIDING
    assert desk.view.banner.next_step is not None
    assert desk.view.banner.next_step.in_english() == "Omar Specimen agreed. F5 admits."
    assert next(action for action in desk.view.actions if action.primary).act is Act.ADMIT
    desk.presenter.do(Act.ADMIT)
    desk.tasks.all()
    assert recorded(desk) == 1


def taken_up_after(desk: Desk, verdict: Verdict | None, *, minutes: int = 0) -> None:
    """Asked, put aside, perhaps decided, taken up again."""
    expired(desk)
    signing(desk)
    desk.presenter.do(Act.PARK)
    desk.tasks.step()
    desk.tasks.step()
    if verdict is not None:
        decide(desk, verdict)
    desk.station.clock.at += timedelta(minutes=minutes)
    desk.presenter.resume(0)
    desk.tasks.all()
    assert stands(desk) is Mode.DECIDING


def test_not_decided_yet_the_second_person_signs_here(desk: Desk) -> None:
    taken_up_after(desk, None)
    desk.presenter.do(Act.ADMIT)
    desk.tasks.all()
    assert asking(desk).kind is PromptKind.SIGNATURE
    assert requests(desk) == [RequestState.WAITING]


def test_refused_by_the_second_person_says_by_whom_and_what_can_be_done(desk: Desk) -> None:
    taken_up_after(desk, Verdict.REFUSED)
    desk.presenter.do(Act.ADMIT)
    desk.tasks.all()
    problem = asking(desk).problem
    assert problem is not None
    assert problem.in_english().startswith("Omar Specimen did not agree. Refer to second line")
    assert recorded(desk) == 0


def test_expired_it_is_asked_again_with_the_same_reason(desk: Desk) -> None:
    taken_up_after(desk, Verdict.APPROVED, minutes=31)
    assert desk.view.banner.next_step is not None
    assert "agreed" not in desk.view.banner.next_step.in_english()
    desk.presenter.do(Act.ADMIT)
    desk.tasks.all()
    prompt = asking(desk)
    assert prompt.reason == REASON
    assert prompt.problem is not None
    assert "expired" in prompt.problem.in_english()


def test_details_that_changed_since_are_said_to_have_changed(desk: Desk) -> None:
    taken_up_after(desk, Verdict.APPROVED)
    desk.presenter.type_field("purpose", "holiday")
    desk.presenter.leave_field("purpose")
    desk.tasks.all()
    assert desk.view.banner.next_step is not None
    assert "agreed" not in desk.view.banner.next_step.in_english()
    desk.presenter.do(Act.ADMIT)
    desk.tasks.all()
    problem = asking(desk).problem
    assert problem is not None
    assert "have changed since this was asked" in problem.in_english()
    assert recorded(desk) == 0


def test_refusing_and_referring_ask_nobody(desk: Desk) -> None:
    expired(desk)
    desk.presenter.do(Act.SECOND_LINE)
    desk.presenter.do(Act.NEXT)
    desk.tasks.step()
    assert stands(desk) is Mode.IDLE
    assert not requests(desk)
    assert desk.presenter._crossing.direction is Direction.ENTRY


def test_a_record_that_cannot_be_written_after_it_was_signed_asks_for_no_other_signature(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    expired(desk)
    signing(desk)
    keep = InspectionLedger.keep

    def full(ledger: InspectionLedger, state: InspectionState, event: ev.Event, *rest: Any, **named: Any) -> Any:
        if isinstance(event, ev.EncounterRecorded):
            raise StoreFull(say("The disk is full."), say("Make room."))
        return keep(ledger, state, event, *rest, **named)

    with monkeypatch.context() as disk:
        disk.setattr(InspectionLedger, "keep", full)
        desk.presenter.sign(OMAR)
        desk.tasks.all()
    assert desk.presenter._flow.state is not None
    assert desk.presenter._flow.state.stage is Stage.RECORD_TROUBLE
    assert stands(desk) is Mode.TROUBLE
    assert desk.view.prompt is None
    desk.presenter.do(Act.REPEAT)
    desk.tasks.step()
    assert recorded(desk) == 1
    assert requests(desk) == [RequestState.USED]


def test_an_approval_that_expires_while_it_is_used_is_said_and_one_asks_and_signs_again(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    expired(desk)
    signing(desk)
    seconded = desk.service.overrides.seconded

    def slowly(*args: Any) -> Any:
        found = seconded(*args)
        desk.station.clock.at += timedelta(minutes=31)
        return found

    with monkeypatch.context() as slow:
        slow.setattr(desk.service.overrides, "seconded", slowly)
        desk.presenter.sign(OMAR)
        desk.tasks.all()
    problem = asking(desk).problem
    assert problem is not None
    assert "expired" in problem.in_english()
    state = desk.presenter._flow.state
    assert state is not None
    assert desk.service.take_up(state.encounter_id) == state
    desk.presenter.do(Act.LEAVE)
    desk.tasks.all()
    desk.presenter.do(Act.NEXT)
    desk.tasks.all()
    assert asking(desk).kind is PromptKind.SIGNATURE
    desk.presenter.sign(OMAR)
    desk.tasks.all()
    assert recorded(desk) == 1
