# SPDX-License-Identifier: Apache-2.0
"""Details of the crossing while work runs: nothing typed is lost, and checks are always about the direction shown."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from station.domain.crossing import Crossing, Direction
from station.domain.errors import StoreFull
from station.domain.words import say
from station.inspection.state import InspectionState
from station.inspection.table import Stage
from station.ports.tasks import CancelToken
from tests.ui.desk import Desk, open_desk
from ui.presenters.forms import MOST_CHARACTERS, DaysField, Field
from ui.presenters.inspect_forms import CrossingForm, DocumentForm
from ui.presenters.inspect_view import Mode
from ui.presenters.keymap import Act
from ui.translation import Translator


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    made = open_desk(tmp_path)
    yield made
    made.close()


def _in_hand(desk: Desk) -> InspectionState:
    state = desk.presenter._flow.state
    assert state is not None
    return state


def _stands(desk: Desk) -> Mode:
    return desk.view.mode


def _inspect(desk: Desk) -> None:
    desk.place()
    desk.presenter.start()
    desk.tasks.all()


def _stay(desk: Desk) -> str:
    return next(field.typed for field in desk.view.crossing if field.name == "permitted_stay_days")


def test_turning_the_direction_makes_the_checks_anew_for_it(desk: Desk) -> None:
    _inspect(desk)
    assert _in_hand(desk).checked_direction is Direction.ENTRY
    desk.presenter.turn_direction()
    assert _stands(desk) is Mode.WORKING
    desk.tasks.all()
    assert _stands(desk) is Mode.DECIDING
    assert _in_hand(desk).checked_direction is Direction.EXIT
    assert _in_hand(desk).crossing.direction is Direction.EXIT


def test_turning_the_direction_while_details_are_kept_waits_for_them(desk: Desk) -> None:
    _inspect(desk)
    desk.presenter.type_field("address", "Harbour Street 1")
    desk.presenter.leave_field("address")
    desk.presenter.turn_direction()
    desk.tasks.all()
    assert _in_hand(desk).checked_direction is Direction.EXIT
    assert _in_hand(desk).crossing.address == "Harbour Street 1"


def test_turning_the_direction_while_the_station_works_counts_when_it_has_done(desk: Desk) -> None:
    desk.presenter.start()
    desk.presenter.do(Act.NEXT)
    desk.place()
    desk.tasks.step()  # the wait for a document, which was given up
    desk.presenter.turn_direction()
    desk.tasks.all()
    assert desk.view.mode is Mode.DECIDING
    assert _in_hand(desk).checked_direction is Direction.EXIT


def test_a_direction_that_cannot_be_kept_is_told_once(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    _inspect(desk)

    def full(*_: object) -> InspectionState:
        raise StoreFull(say("The disk is full."), say("Free some space."))

    monkeypatch.setattr(desk.service, "turn", full)
    desk.presenter.turn_direction()
    desk.tasks.all()
    assert desk.view.mode is Mode.DECIDING
    assert desk.view.banner.says.in_english() == "The disk is full."


def test_an_entry_has_a_permitted_stay_however_the_direction_was_turned(desk: Desk) -> None:
    desk.presenter.start()
    default = str(desk.service.rules.default_permitted_days)
    form = CrossingForm(desk.service.rules, Translator("en"))
    form.direction = Direction.EXIT
    form.begin_anew()
    form.turn()
    assert form.direction is Direction.ENTRY
    assert str(form.crossing().permitted_stay_days) == default
    assert _stay(desk) == default


def test_enter_on_the_last_field_waits_while_details_are_being_kept(desk: Desk) -> None:
    desk.presenter.start()
    desk.presenter.do(Act.NO_DOCUMENT)
    desk.tasks.all()
    desk.place()
    desk.presenter.type_field("primary", "Specimen")
    desk.presenter.type_field("transport_detail", "AB 123")
    desk.presenter.leave_field("transport_detail")
    desk.presenter.enter_field("expiry_date")
    desk.tasks.all()
    assert desk.view.mode is Mode.DECIDING
    assert _in_hand(desk).crossing.transport_detail == "AB 123"


@pytest.mark.parametrize("typed", ["9" * 5000, "٣٠", "0", "-1", "30.5"])
def test_what_is_no_number_of_days_is_refused_in_words(typed: str) -> None:
    field = DaysField("stay", say("Stay"))
    field.type(typed)
    assert field.days is None
    assert not field.filled
    assert field.view().problem is not None


def test_a_text_that_is_too_long_is_refused_in_words() -> None:
    field = Field("address", say("Address"))
    field.type("a" * MOST_CHARACTERS)
    assert field.view().problem is None
    field.type("a" * (MOST_CHARACTERS + 1))
    assert field.view().problem is not None


def test_an_interrupted_inspection_is_checked_anew_when_it_is_taken_up(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    service = desk.service
    form = DocumentForm(Translator("en"))
    form.type("primary", "Specimen")
    keyed = service.key_document(service.begin_keying(Crossing(direction=Direction.ENTRY)), form.document())
    desk.place()
    left = service.run(keyed, cancel=CancelToken())
    assert left.stage is Stage.DECIDING
    began: list[Stage] = []
    run = service.run

    def watched(state: InspectionState, **options: Any) -> InspectionState:
        began.append(state.stage)
        return run(state, **options)

    monkeypatch.setattr(service, "run", watched)
    desk.presenter.start()
    desk.tasks.step()  # the list of unfinished encounters
    desk.presenter.resume(0)
    desk.tasks.all()
    assert began == [Stage.CHECKING]
    assert desk.view.mode is Mode.DECIDING
