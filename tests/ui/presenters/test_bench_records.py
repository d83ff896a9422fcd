# SPDX-License-Identifier: Apache-2.0
"""An acceptance record on the bench: nothing done is lost on its way to the disk, and it is printed whenever wanted."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from station.domain.errors import StoreFull
from station.domain.words import Text, say
from station.ports.devices import MRZ_READER, PRINTER
from storage.bench_files import FolderRecords
from tests.station.bench.bench_room import open_bench
from tests.ui.presenters.test_bench import SHEET, Bench
from ui.presenters.bench_rows import about_device
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


def _english(text: Text | None) -> str:
    assert text is not None
    return text.in_english()


def _trouble(bench: Bench) -> str:
    trouble = bench.state.trouble
    return "" if trouble is None else trouble.cause.in_english()


def _to_sign(bench: Bench) -> None:
    """Everything of a printer's test is done, and the record is on its way to the disk."""
    bench.choose(PRINTER)
    bench.do(Act.BENCH_TEST)
    while True:
        assert bench.state.steps is not None
        last = bench.state.steps.number == bench.state.steps.of
        bench.do(Act.BENCH_SKIP)
        bench.presenter.press("3")
        if last:
            return
        bench.tasks.all()


def test_esc_while_the_record_is_signed_gives_nothing_up(bench: Bench) -> None:
    _to_sign(bench)
    assert bench.offered() == set()
    bench.presenter.do(Act.LEAVE)
    bench.presenter.do(Act.NEXT)  # nor is it signed twice
    bench.tasks.all()
    assert "given up" not in "".join(_english(state.told) for state in bench.states if state.told)
    assert bench.state.panel is not None
    assert len(bench.room.kit.ledger.all()) == 1


def test_a_record_that_could_not_be_kept_stays_to_be_signed(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object, **__: object) -> None:
        raise StoreFull(say("The disk is full."), say("Make room. Try again."))

    _to_sign(bench)
    with monkeypatch.context() as patch:
        patch.setattr(FolderRecords, "keep", full)
        bench.tasks.all()
    assert "disk is full" in _trouble(bench)
    assert bench.state.steps is not None
    assert bench.offered() == {Act.NEXT, Act.LEAVE}
    bench.do(Act.NEXT)
    assert _trouble(bench) == ""
    assert len(bench.room.kit.ledger.all()) == 1


def test_a_record_of_an_earlier_test_can_be_printed_and_nothing_captured_outlives_the_test(bench: Bench) -> None:
    bench.choose(MRZ_READER)
    assert Act.BENCH_RECORD not in bench.offered()
    _to_sign(bench)
    bench.tasks.all()
    bench.do(Act.LEAVE)
    assert Act.BENCH_RECORD in bench.offered()
    bench.do(Act.BENCH_RECORD)
    assert bench.state.view is not None
    assert "The sheet was out" in bench.state.view.says.in_english()
    assert bench.state.panel is not None  # only the eye sees whether it is complete
    assert "complete" in bench.state.panel.heading.in_english()
    bench.presenter.press("2")
    bench.tasks.all()
    bench.presenter.press("1")
    assert bench.state.panel is None


def test_a_changed_setting_demands_the_test_again(bench: Bench) -> None:
    bench.choose(PRINTER)
    bench.do(Act.BENCH_TEST)
    while bench.state.steps is not None:
        bench.do(Act.NEXT)
        if bench.state.panel is not None and bench.state.steps is not None:  # only the eye can judge
            bench.presenter.press("1")
            bench.tasks.all()
    bench.do(Act.LEAVE)
    row = bench.presenter.row
    assert row is not None
    assert not row.due
    bench.room.settings.change("simulator", "pages", 5)
    bench.presenter.refresh()
    bench.tasks.all()
    row = bench.presenter.row
    assert row is not None
    assert row.due
    assert "settings changed" in row.acceptance.in_english()


def test_a_device_without_a_serial_number_says_that_a_swap_is_not_noticed(bench: Bench) -> None:
    row = bench.presenter.row
    assert row is not None
    for serial_number, noticed in (("S1", True), ("", False)):
        about = about_device(replace(row, serial_number=serial_number))
        said = " ".join(fact.value if isinstance(fact.value, str) else _english(fact.value) for fact in about.facts)
        assert ("nobody notices" not in said) is noticed
