# SPDX-License-Identifier: Apache-2.0
"""A refused traveller is owed one notice: it is never forgotten, and a second one never comes unasked."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import timedelta
from functools import partial
from pathlib import Path

import pytest

from devices.printing import pdf_file
from station.domain.errors import StoreFull
from station.domain.words import say
from station.ports.devices import PrinterCondition, PrinterFinding, PrintProgress, PrintReceipt, PrintStage
from tests.ui.desk import Desk, open_desk
from tests.ui.presenters.test_inspect import inspect, stands
from ui.presenters.inspect_notices import LOCK_WAITS
from ui.presenters.inspect_view import Mode, PromptKind
from ui.presenters.keymap import Act


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    made = open_desk(tmp_path)
    yield made
    made.close()


def refuse(desk: Desk) -> None:
    """Up to the record; the notice is the next piece of work."""
    inspect(desk)
    desk.presenter.do(Act.REFUSE)
    desk.presenter.prompt_key("c")
    desk.presenter.do(Act.NEXT)
    desk.tasks.step()


def sheets(desk: Desk) -> int:
    return len(list(desk.papers.rglob("*.pdf")))


def noted(desk: Desk) -> list[Mapping[str, str]]:
    with desk.service._session.store.reading() as unit:
        return [entry.details for entry in unit.audit.entries() if entry.act == "notice.printed"]


def leave_it_owed(desk: Desk) -> None:
    """The printer fails, and the officer goes on without the notice."""
    desk.papers.rmdir()
    refuse(desk)
    desk.tasks.all()
    desk.presenter.do(Act.LEAVE)
    desk.tasks.step()  # the list
    desk.papers.mkdir()


def test_a_notice_that_is_out_and_could_not_be_noted_is_noted_and_not_printed_again(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_given: object) -> None:
        raise StoreFull(say("The disk is full."), say("Make room."))

    with monkeypatch.context() as broken:
        broken.setattr(desk.service._ledger, "note", full)
        refuse(desk)
        desk.tasks.all()
        desk.presenter.do(Act.REPEAT)
        desk.tasks.all()
    assert desk.view.banner.says.in_english().startswith("The notice is on paper, but that could not be noted.")
    assert [action.act for action in desk.view.actions] == [Act.REPEAT, Act.PRINT_NOTICE, Act.LEAVE]
    desk.presenter.do(Act.OTHER_DEVICE)
    desk.presenter.do(Act.NEXT)
    desk.tasks.all()
    assert sheets(desk) == 1
    assert noted(desk) == [{}]
    assert desk.view.banner.says.in_english().startswith("Refused. The notice is out")


def test_a_notice_that_is_out_is_not_printed_again_by_a_key_that_nobody_offered(desk: Desk) -> None:
    refuse(desk)
    desk.tasks.all()
    for act in (Act.OTHER_DEVICE, Act.REPEAT, Act.BY_HAND):
        desk.presenter.do(act)
        desk.tasks.all()
    assert sheets(desk) == 1
    assert noted(desk) == [{}]
    assert stands(desk) is Mode.DONE


def test_a_printer_that_cannot_be_asked_leaves_the_look_and_the_next_try_to_the_officer(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pdf_file, "PrintReceipt", partial(PrintReceipt, confirmed=False))
    monkeypatch.setattr("devices.simulators.printer.PrintReceipt", partial(PrintReceipt, confirmed=False))
    refuse(desk)
    desk.tasks.all()
    assert desk.view.banner.says.in_english().startswith("Refused. The notice is handed to the printer")
    assert desk.view.banner.next_step is not None
    assert "If none comes, repeat with F11" in desk.view.banner.next_step.in_english()
    assert desk.view.actions[0].act is Act.NEXT
    desk.presenter.do(Act.REPEAT)
    desk.tasks.all()
    assert sheets(desk) == 2
    assert noted(desk) == [{"out": "unconfirmed"}] * 2


@pytest.mark.parametrize("by_its_figure", [False, True])
def test_a_notice_that_is_owed_is_listed_at_the_idle_desk_and_printed_from_there(
    desk: Desk, by_its_figure: bool
) -> None:
    leave_it_owed(desk)
    assert stands(desk) is Mode.IDLE
    (row,) = desk.view.unfinished
    assert row.status.in_english() == "refused, the notice is owed"
    assert Act.PRINT_NOTICE in [action.act for action in desk.view.actions]
    if by_its_figure:
        desk.presenter.resume(0)
    else:
        desk.presenter.do(Act.PRINT_NOTICE)
    desk.tasks.all()
    assert stands(desk) is Mode.DONE
    assert desk.view.person is not None
    assert "Look at the printer" in (desk.view.banner.next_step or say("")).in_english()
    assert desk.view.prompt is not None
    assert desk.view.prompt.kind is PromptKind.PRINT_NOTICE
    assert sheets(desk) == 0, "it may be out already: nothing is printed unasked"
    desk.presenter.do(Act.NEXT)
    desk.tasks.all()
    assert sheets(desk) == 1
    assert noted(desk) == [{}]
    desk.presenter.do(Act.NEXT)
    desk.tasks.step()  # the list
    assert not desk.view.unfinished
    assert Act.PRINT_NOTICE not in [action.act for action in desk.view.actions]


def test_without_a_notice_owed_its_key_does_nothing_at_the_idle_desk(desk: Desk) -> None:
    desk.presenter.start()
    desk.tasks.step()  # the list
    desk.presenter.do(Act.PRINT_NOTICE)
    assert stands(desk) is Mode.IDLE
    assert desk.view.prompt is None


def test_the_lock_waits_for_a_sheet_that_moves(desk: Desk) -> None:
    refuse(desk)
    locks: list[str] = []
    assert desk.presenter.when_ended(lambda: locks.append("lock"))
    desk.presenter.tick()
    assert not locks
    desk.tasks.step()  # the notice
    desk.presenter.tick()
    desk.presenter.tick()
    assert locks == ["lock"]
    assert noted(desk) == [{}]


def test_the_lock_waits_for_no_sheet_that_waits_for_somebody(desk: Desk) -> None:
    refuse(desk)
    locks: list[str] = []
    assert desk.presenter.when_ended(lambda: locks.append("lock"))
    finding = PrinterFinding(PrinterCondition.PAPER_OUT, True, say("The printer has no paper."), say("Put paper in."))
    printing = desk.presenter._flow.printing
    assert printing is not None
    printing.report(PrintProgress(PrintStage.HELD_UP, (finding,)))
    desk.presenter.tick()
    desk.presenter.tick()
    assert locks == ["lock"]
    assert not desk.presenter.when_ended(lambda: locks.append("again"))


def test_the_lock_waits_for_no_sheet_for_ever(desk: Desk) -> None:
    refuse(desk)
    locks: list[str] = []
    assert desk.presenter.when_ended(lambda: locks.append("lock"))
    desk.station.clock.at += timedelta(seconds=LOCK_WAITS + 1)
    desk.presenter.tick()
    assert locks == ["lock"]


def test_the_lock_waits_for_nothing_where_no_sheet_is_under_way(desk: Desk) -> None:
    assert not desk.presenter.when_ended(lambda: None)
