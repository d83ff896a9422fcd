# SPDX-License-Identifier: Apache-2.0
"""A swiped document begins an inspection by itself, or completes one whose page could not be read."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from devices.base import IN_USE
from devices.manual.keyed_mrz import KeyedMrz
from devices.registry import Registry
from devices.simulators.tray import Gesture
from station.domain.crossing import Crossing, Direction
from station.domain.errors import IncompleteRecord, LineRefused
from station.domain.provenance import Provenance
from station.domain.words import say
from station.inspection.table import Stage
from station.ports.devices import MRZ_READER, HealthState, MrzLines
from tests.contract.benches import until
from tests.contract.calls import Call
from tests.ui.desk import Desk, SteppedTasks, decode_here, open_desk
from ui.presenters.inspect import InspectPresenter
from ui.presenters.inspect_swipe import swipe_reader
from ui.presenters.inspect_view import InspectView, Mode
from ui.translation import Translator


@dataclass
class Swiping:
    """A desk whose swipe reader is waited for on a line of its own."""

    desk: Desk
    swipes: SteppedTasks
    presenter: InspectPresenter
    views: list[InspectView]

    @property
    def view(self) -> InspectView:
        return self.views[-1]

    def _listens(self) -> bool:
        reader = self.desk.simulators.mrz_reader.info
        health = next(state.health for state in self.desk.devices.states() if state.info == reader)
        return health.state is HealthState.BUSY and health.says != IN_USE

    def swipe(self, traveller: int = 0) -> None:
        """A document through the reader, and all that comes of it."""
        waiting = Call(self.swipes.step)
        until(self._listens)
        self.desk.simulators.tray.move(Gesture.SWIPE, traveller)
        waiting.end()
        self.desk.tasks.all()


@pytest.fixture
def at(tmp_path: Path) -> Iterator[Swiping]:
    desk = open_desk(tmp_path)
    views: list[InspectView] = []
    swipes = SteppedTasks()
    presenter = InspectPresenter(
        desk.service,
        desk.tasks,
        desk.devices,
        translator=Translator("en"),
        clock=desk.station.clock,
        decode=decode_here,
        swipe_tasks=swipes,
        render=views.append,
    )
    yield Swiping(desk, swipes, presenter, views)
    presenter.close()
    desk.close()


def test_a_swipe_at_the_idle_desk_brings_the_traveller_up_to_the_decision(at: Swiping) -> None:
    at.presenter.start()
    at.presenter.tick()
    at.swipe(4)
    state = at.presenter._flow.state
    assert at.view.mode is Mode.DECIDING
    assert state is not None
    assert state.document is not None
    assert state.document.mrz_lines == at.desk.stock.traveller(4).mrz_lines
    assert state.page is None
    provenance = state.document_provenance
    assert provenance is not None
    assert (provenance.role, provenance.manual, provenance.simulated) == (MRZ_READER.name, False, True)


def test_a_swipe_completes_what_the_page_scanner_could_not_read(at: Swiping) -> None:
    at.desk.engine.blind = True
    at.desk.place(2)
    at.presenter.start()
    at.desk.tasks.all()
    assert at.view.mode is Mode.TROUBLE
    at.presenter.tick()
    at.swipe(2)
    state = at.presenter._flow.state
    assert state is not None
    assert state.stage is Stage.DECIDING
    assert state.page is not None


def test_while_a_traveller_is_in_hand_no_reader_is_waited_for(at: Swiping) -> None:
    at.presenter.start()
    at.presenter.tick()
    at.swipe(1)
    at.presenter.tick()
    with pytest.raises(IndexError):
        at.swipes.step()


def test_a_swipe_that_came_too_late_is_told_and_changes_nothing(at: Swiping) -> None:
    at.presenter.start()
    at.presenter.tick()
    at.swipe(1)
    state = at.presenter._flow.state
    at.presenter._swiped(MrzLines(at.desk.stock.traveller(3).mrz_lines, _provenance(at)))
    assert at.presenter._flow.state is state
    assert at.view.log is not None
    assert "another document" in at.view.log.says.in_english()


def test_a_swipe_that_makes_no_mrz_is_told_and_the_reader_is_waited_for_again(at: Swiping) -> None:
    with broken_swipe(at.desk):
        at.presenter.start()
        at.presenter.tick()
        at.swipes.step()
    assert at.presenter._flow.state is None
    assert at.view.log is not None
    assert "Swipe again" in at.view.log.says.in_english()
    at.presenter.tick()
    at.swipe(1)
    assert at.view.mode is Mode.DECIDING


def test_a_hidden_page_waits_for_no_swipe(at: Swiping) -> None:
    at.presenter.start()
    at.presenter.tick()
    at.presenter.stop()
    at.presenter.tick()
    at.swipes.all()  # what was asked to stop ends; nothing new begins
    assert not at.presenter._swipes.listening


def test_a_reader_that_is_plugged_in_later_is_waited_for(at: Swiping) -> None:
    reader = at.desk.simulators.mrz_reader
    reader.unplug()
    at.presenter.start()
    at.presenter.tick()
    assert not at.presenter._swipes.listening
    reader.replug()
    at.presenter.tick()
    at.swipe(1)
    assert at.view.mode is Mode.DECIDING


def test_the_officers_keyboard_is_no_swipe_reader(at: Swiping) -> None:
    keyboard = Registry([KeyedMrz(clock=at.desk.station.clock)], allow_simulated=True)
    keyboard.start()
    try:
        assert swipe_reader(keyboard) is None
        assert swipe_reader(at.desk.devices) == at.desk.simulators.mrz_reader.info.device_id
    finally:
        keyboard.close()


def test_what_does_not_hold_goes_before_the_officers_eyes_with_the_unread_character_marked(at: Swiping) -> None:
    first, second = at.desk.stock.traveller(0).mrz_lines[:2]
    state = at.desk.service.begin_swiped(
        MrzLines((first, second[:3] + "?" + second[4:], *at.desk.stock.traveller(0).mrz_lines[2:]), _provenance(at)),
        Crossing(direction=Direction.ENTRY),
    )
    assert state.stage is Stage.CONFIRMING
    assert state.doubt is not None
    assert [(doubt.line, doubt.column, doubt.read) for doubt in state.doubt.doubts] == [(1, 3, "?")]


def test_lines_that_are_no_mrz_begin_nothing(at: Swiping) -> None:
    with pytest.raises(IncompleteRecord):
        at.desk.service.begin_swiped(MrzLines(("UTOPIA",), _provenance(at)), Crossing(direction=Direction.ENTRY))
    assert not at.desk.service.unfinished()


def _provenance(at: Swiping) -> Provenance:
    return Provenance(
        role=MRZ_READER.name, device_id="reader", driver="serial_lines", captured_at=at.desk.station.clock.now()
    )


@contextmanager
def broken_swipe(desk: Desk) -> Iterator[None]:
    """The next reading of a swipe finds no MRZ in it."""
    whole: Callable[..., MrzLines] = desk.service.swipe

    def broken(_device_id: str, **_: object) -> MrzLines:
        raise LineRefused(say("The lines were not whole."), say("Swipe again."), raw=b"P<UTO")

    desk.service.swipe = broken  # type: ignore[method-assign, assignment]  # a fault that the simulated reader does not have
    try:
        yield
    finally:
        desk.service.swipe = whole  # type: ignore[method-assign]  # as it was
