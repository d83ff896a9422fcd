# SPDX-License-Identifier: Apache-2.0
"""The page of keys and recovery without a window: sheets are tried, and new ones printed, typed back and noted."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from station.access.approval_rules import Verdict
from station.access.approvals import ApprovalService
from station.access.recovery import RecoverySet, WordList, new_set
from station.domain.errors import DeviceFault
from station.domain.words import Text, say
from station.ports.backup import PaperShare
from station.ports.tasks import CancelToken
from station.safekeeping.recovery import RecoveryService
from storage.keys.recovery import Slip39Shares
from tests.open_station import OFFICER_PASSWORD, OpenStation
from tests.ui.desk import SteppedTasks
from ui.host import SystemRandomness
from ui.presenters.recovery import RecoveryPresenter
from ui.presenters.recovery_view import RecoveryAct, RecoveryStage, RecoveryState
from ui.presenters.sheet_handout import HandoutStage

PAPER = Slip39Shares(SystemRandomness())
WORDS = WordList(PAPER.vocabulary())


class Page:
    """A presenter with a real station behind it; what it prints lies in ``printed``."""

    def __init__(self, folder: Path) -> None:
        self.first = new_set(PAPER)
        self.station = OpenStation(folder, recovery=self.first)
        self.session = self.station.signed_in()
        self.approvals = ApprovalService(self.session, self.station.door.desk, self.station.clock, SystemRandomness())
        self.service = RecoveryService(self.session, self.station.door.desk, PAPER, self.approvals, self.station.clock)
        self.tasks = SteppedTasks()
        self.printed: list[tuple[int, tuple[str, ...]]] = []
        self.jammed = False
        self.presenter = RecoveryPresenter(
            self.service, self.tasks, words=WORDS, randomness=SystemRandomness(), outlet=self._outlet
        )
        self.seen: list[RecoveryState] = []
        self.presenter.show_on(self.seen.append)
        self.presenter.refresh()
        self.tasks.all()

    def _outlet(self, share: PaperShare, _cancel: CancelToken) -> Text:
        if self.jammed:
            raise DeviceFault(say("The printer is jammed."), say("Clear it."))
        self.printed.append((share.number, share.words()))
        return say("Sheet {number} left the printer.", number=share.number)

    @property
    def state(self) -> RecoveryState:
        return self.presenter.state

    def complaint(self) -> str:
        """The beginning of what is said of a word that was typed back."""
        handout = self.state.handout
        return "" if handout is None or handout.wrong is None else handout.wrong.in_english()[:16]

    def stage(self) -> RecoveryStage:
        """Asked anew each time."""
        return self.state.stage

    def do(self, act: RecoveryAct) -> None:
        self.presenter.do(act)
        self.tasks.all()

    def type_sheets(self, made: RecoverySet, *numbers: int) -> None:
        for number in numbers:
            self.presenter.take(" ".join(made.shares[number - 1].words()))
        self.tasks.all()

    def approve(self) -> None:
        (request,) = self.approvals.inbox()
        self.approvals.decide(request.request_id, Verdict.APPROVED, "omar", OFFICER_PASSWORD)

    def print_all(self) -> None:
        while self.state.handout is not None and self.state.handout.stage is HandoutStage.PRINT:
            self.presenter.print_next()
            self.tasks.all()

    def answer_right(self) -> None:
        handout = self.state.handout
        assert handout is not None
        assert handout.asked is not None
        words = dict(self.printed)[handout.asked.sheet]
        self.presenter.answer(words[handout.asked.place - 1][:4])
        self.tasks.all()


@pytest.fixture
def page(tmp_path: Path) -> Iterator[Page]:
    made = Page(tmp_path)
    yield made
    made.presenter.close()
    made.session.end()


def test_two_sheets_are_tried_and_nothing_typed_stays(page: Page) -> None:
    page.do(RecoveryAct.TEST)
    assert page.state.stage is RecoveryStage.TYPING_TEST
    page.type_sheets(page.first, 1, 3)
    assert page.state.happened is not None
    assert "fit" in page.state.happened.cause.in_english()
    assert page.state.typing is None
    assert page.state.acts == (RecoveryAct.TEST, RecoveryAct.NEW, RecoveryAct.HEADQUARTERS)


def test_the_one_wrong_word_is_typed_again_and_the_rest_stays(page: Page) -> None:
    page.do(RecoveryAct.TEST)
    words = list(page.first.shares[1].words())
    right, words[20] = words[20], next(word for word in ("academic", "acid") if word != words[20])
    page.type_sheets(page.first, 1)
    page.presenter.take(" ".join(words))
    page.tasks.all()
    assert page.state.trouble is not None
    assert page.state.typing is not None
    assert (page.state.typing.sheet, page.state.typing.place) == (2, 21)
    page.presenter.take(right)
    page.tasks.all()
    assert page.state.happened is not None
    assert page.state.trouble is None


def test_one_sheet_twice_begins_anew(page: Page) -> None:
    page.do(RecoveryAct.TEST)
    page.type_sheets(page.first, 1, 1)
    assert page.state.trouble is not None
    assert page.state.typing is not None
    assert page.state.typing.done == 0 or page.state.typing.sheet == 1


def test_new_sheets_are_asked_for_approved_printed_typed_back_and_noted(page: Page) -> None:
    page.do(RecoveryAct.NEW)
    page.approve()
    page.do(RecoveryAct.NEW)
    assert page.stage() is RecoveryStage.TYPING_OLD
    page.type_sheets(page.first, 2, 3)
    assert page.stage() is RecoveryStage.HANDING_OUT
    page.print_all()
    assert [number for number, _ in page.printed] == [1, 2, 3]
    page.presenter.answer("zzzz")
    assert page.complaint() == "This is not word"
    page.answer_right()
    page.answer_right()
    keys = page.state.keys
    assert keys is not None
    assert keys.mark != page.first.mark
    assert page.state.handout is None
    assert not page.presenter.state.asked_for
    page.do(RecoveryAct.TEST)
    for _, words in page.printed[:2]:
        page.presenter.take(" ".join(words))
    page.tasks.all()
    assert page.state.happened is not None
    assert "are this station's" in page.state.happened.cause.in_english()


def test_without_an_approval_nothing_is_printed(page: Page) -> None:
    page.do(RecoveryAct.NEW)
    page.do(RecoveryAct.NEW)
    page.type_sheets(page.first, 1, 2)
    assert page.state.trouble is not None
    assert "Nobody has approved" in page.state.trouble.cause.in_english()
    assert not page.printed


def test_a_jam_is_told_and_the_sheet_is_printed_again(page: Page) -> None:
    page.do(RecoveryAct.NEW)
    page.approve()
    page.do(RecoveryAct.NEW)
    page.type_sheets(page.first, 1, 2)
    page.jammed = True
    page.presenter.print_next()
    page.tasks.all()
    assert page.state.handout is not None
    assert page.state.handout.trouble is not None
    page.jammed = False
    page.presenter.print_next()
    page.tasks.all()
    page.do(RecoveryAct.AGAIN)
    assert [number for number, _ in page.printed] == [1, 1]


def test_leaving_half_way_leaves_the_old_set_in_force(page: Page) -> None:
    page.do(RecoveryAct.NEW)
    page.approve()
    page.do(RecoveryAct.NEW)
    page.type_sheets(page.first, 1, 2)
    page.presenter.print_next()
    page.tasks.all()
    page.do(RecoveryAct.LEAVE)
    assert page.state.trouble is not None
    assert "do not count" in page.state.trouble.cause.in_english()
    assert page.service.state().mark == page.first.mark


def test_a_request_is_found_again_after_the_page_was_left(page: Page) -> None:
    page.do(RecoveryAct.NEW)
    page.approve()
    again = RecoveryPresenter(
        page.service, page.tasks, words=WORDS, randomness=SystemRandomness(), outlet=lambda _share, _cancel: say("x")
    )
    again.refresh()
    page.tasks.all()
    assert again.state.asked_for
