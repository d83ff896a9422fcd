# SPDX-License-Identifier: Apache-2.0
"""A step of an acceptance test that failed can be done again, and a film offers no faults on demand."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from devices.simulators.faults import Fault
from station.bench.records import Outcome
from station.ports.devices import DOCUMENT_SCANNER, PRINTER
from tests.station.bench.bench_room import open_bench
from tests.ui.presenters.test_bench import SHEET, Bench
from ui.presenters.bench_actions import actions_of
from ui.presenters.bench_view import BenchMode
from ui.presenters.keymap import Act


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    stick = tmp_path / "stick"
    stick.mkdir()
    room = open_bench(tmp_path, sheet=SHEET)
    bench = Bench(room, stick)
    yield bench
    bench.presenter.close()
    bench.tasks.all()
    room.close()


def _failed_once(bench: Bench) -> None:
    """The first step of a printer's test failed: there was no paper."""
    bench.choose(PRINTER)
    row = bench.presenter.row
    assert row is not None
    desk = bench.room.simulators.desk
    name = next(choice.name for choice in desk.choices(row.device_id) if choice.name.endswith(Fault.PAPER_OUT.value))
    desk.switch(row.device_id, name)
    bench.do(Act.BENCH_TEST, Act.NEXT)
    desk.switch(row.device_id, None)


def _heading(bench: Bench) -> str:
    return "" if bench.state.panel is None else bench.state.panel.heading.in_english()


def _number(bench: Bench) -> int:
    """Of the step that is asked; 0 when no test is under way."""
    return 0 if bench.state.steps is None else bench.state.steps.number


def test_a_failed_step_is_done_again_where_it_failed(bench: Bench) -> None:
    _failed_once(bench)
    assert _heading(bench) == "Step 1 failed."
    bench.presenter.press("1")
    assert (_heading(bench), _number(bench)) == ("", 1)
    bench.do(Act.NEXT)
    assert _number(bench) == 2
    while _number(bench):
        bench.do(Act.NEXT)
        if _heading(bench) and _number(bench):  # only the eye can judge
            bench.presenter.press("1")
            bench.tasks.all()
    (record,) = bench.room.kit.ledger.all()
    assert record.outcome is Outcome.PASSED
    assert [measure.value for measure in record.steps[0].measures if measure.name == "tries"] == [2.0]


@pytest.mark.parametrize("leave", ["2", "Esc"])
def test_a_step_may_stay_failed_and_the_test_goes_on(bench: Bench, leave: str) -> None:
    _failed_once(bench)
    if leave == "Esc":
        bench.do(Act.LEAVE)
    else:
        bench.presenter.press(leave)
    assert bench.mode() is BenchMode.TESTING
    assert _number(bench) == 2
    while _number(bench):
        bench.do(Act.BENCH_SKIP)
        bench.presenter.press("3")
        bench.tasks.all()
    (record,) = bench.room.kit.ledger.all()
    assert record.outcome is Outcome.FAILED
    assert record.steps[0].outcome is Outcome.FAILED


def test_what_the_technician_judged_is_not_asked_twice(bench: Bench) -> None:
    bench.choose(PRINTER)
    bench.do(Act.BENCH_TEST, Act.NEXT, Act.NEXT, Act.NEXT)
    bench.presenter.press("2")  # the sheet is not clean
    bench.tasks.all()
    assert (_heading(bench), _number(bench)) == ("", 4)


def test_a_simulated_device_that_nobody_plays_offers_no_faults(bench: Bench) -> None:
    bench.choose(DOCUMENT_SCANNER)
    row = bench.presenter.row
    assert row is not None
    film = replace(row, device_id="video:desk.avi", name="desk.avi")
    for offered, of in ((True, row), (False, film)):
        acts = {action.act for action in actions_of(bench.state, of, bench.room.kit)}
        assert (Act.BENCH_FAULTS in acts) is offered
