# SPDX-License-Identifier: Apache-2.0
"""The page of the shift without a window: what can be done when, what is asked, and what a wrong password changes."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from station.domain.words import Text
from station.post.shift import ShiftStage
from station.post.shift_desk import ShiftDesk
from station.reporting.shift_reports import Draft, KeptReport, ShiftReports
from tests.open_station import OFFICER_PASSWORD, SUPERVISOR_PASSWORD
from tests.station.post.post_room import SECOND_PASSWORD
from tests.station.reporting.working_shift import WorkingShift
from tests.ui.desk import SteppedTasks
from ui.presenters.shift import ShiftPresenter
from ui.presenters.shift_view import FORMS, SHIFT_KEYS, ShiftAct, ShiftState
from ui.presenters.standing import StandingPresenter

OWN, OFFICERS, OTHERS = (
    secret.reveal().decode() for secret in (SUPERVISOR_PASSWORD, OFFICER_PASSWORD, SECOND_PASSWORD)
)


class Page:
    """A presenter with everything behind it; ``run`` lets slow work come home."""

    def __init__(self, folder: Path) -> None:
        self.post = WorkingShift(folder)
        self.tasks = SteppedTasks()
        self.watch = self.post.watch()
        self.seen: list[ShiftState] = []
        self.presenter = ShiftPresenter(
            self.post.session, self.post.shifts, self.post.reports, self.watch, self.tasks, language="en"
        )
        self.presenter.show_on(self.seen.append)
        self.presenter.refresh()
        self.tasks.all()

    @property
    def state(self) -> ShiftState:
        return self.presenter.state

    def do(self, act: ShiftAct) -> None:
        self.presenter.do(act)
        self.tasks.all()

    def sign(self, name: str = "", password: str = "", own: str = "") -> None:
        self.presenter.submit(name, password, own)
        self.tasks.all()

    def acts(self) -> tuple[ShiftAct, ...]:
        """What can be done now."""
        return self.presenter.state.acts

    def kept(self) -> KeptReport:
        """The signed report that is shown."""
        shown = self.presenter.state.shown
        assert isinstance(shown, KeptReport)
        return shown

    def said(self, text: Text | None) -> str:
        assert text is not None
        return text.in_english()


@pytest.fixture
def page(tmp_path: Path) -> Iterator[Page]:
    made = Page(tmp_path)
    yield made
    made.presenter.close()
    made.post.close()


def opened(page: Page) -> None:
    page.do(ShiftAct.OPEN)
    page.sign(own=OWN)


def waiting(page: Page) -> None:
    opened(page)
    page.do(ShiftAct.CLOSE)
    page.sign(own=OWN)


def test_a_shift_goes_from_nobody_to_paper(page: Page) -> None:
    assert page.acts() == (ShiftAct.OPEN,)
    opened(page)
    assert page.acts() == (ShiftAct.CLOSE, ShiftAct.HAND_OVER)
    assert page.said(page.state.happened) == "The shift is open."
    page.do(ShiftAct.CLOSE)
    assert isinstance(page.state.shown, Draft)
    assert page.acts() == (ShiftAct.SIGN, ShiftAct.LEAVE)
    page.sign(own=OWN)
    assert len(page.kept().signatures) == 1
    assert page.acts() == (ShiftAct.COUNTERSIGN, ShiftAct.TAKE_BACK, ShiftAct.PRINT)
    page.do(ShiftAct.COUNTERSIGN)
    page.sign("omar", OFFICERS)
    assert page.state.line is not None
    assert page.state.line.stage is ShiftStage.NONE
    assert len(page.kept().signatures) == 2
    assert page.acts() == (ShiftAct.OPEN, ShiftAct.PRINT)
    page.do(ShiftAct.PRINT)
    assert page.said(page.state.happened).startswith("Printed: ")
    assert len(page.post.printed) == 1


def test_a_report_of_long_ago_is_shown_and_printed(page: Page) -> None:
    for _ in range(2):
        waiting(page)
        page.do(ShiftAct.COUNTERSIGN)
        page.sign("omar", OFFICERS)
    page.presenter.choose(1)
    assert page.kept().shift.number == 1
    page.do(ShiftAct.PRINT)
    assert page.post.printed[-1].shift.number == 1
    page.presenter.choose(9)
    assert page.kept().shift.number == 1


def test_a_wrong_password_leaves_the_form_and_says_so(page: Page) -> None:
    page.do(ShiftAct.OPEN)
    asked = page.state.asked
    page.sign(own="not this one at all")
    refused = page.state
    assert refused.trouble is not None
    assert (refused.form, refused.asked) == (FORMS[ShiftAct.OPEN], asked + 1)
    page.sign(own=OWN)
    assert (page.state.trouble, page.state.form) == (None, None)


def test_an_empty_field_asks_nobody(page: Page) -> None:
    opened(page)
    page.do(ShiftAct.HAND_OVER)
    for name, password, own in (("", OTHERS, OWN), ("nadia", "", OWN), ("nadia", OTHERS, "")):
        page.sign(name, password, own)
        assert page.said(page.state.trouble.cause if page.state.trouble else None) == "Something is not typed yet."
    assert page.state.line is not None
    assert page.state.line.leader == "Irina Specimen"


def test_after_a_hand_over_the_page_offers_to_take_over(page: Page) -> None:
    opened(page)
    page.do(ShiftAct.HAND_OVER)
    page.sign("nadia", OTHERS, OWN)
    assert page.state.line is not None
    assert page.state.line.leader == "Nadia Specimen"
    assert page.acts() == (ShiftAct.CLOSE, ShiftAct.TAKE_OVER)
    page.do(ShiftAct.TAKE_OVER)
    page.sign("omar", OFFICERS, OWN)
    assert page.state.leads


def test_a_report_is_left_unsigned_and_taken_back(page: Page) -> None:
    opened(page)
    page.do(ShiftAct.CLOSE)
    page.do(ShiftAct.LEAVE)
    assert (page.state.shown, page.state.form) == (None, None)
    page.do(ShiftAct.CLOSE)
    page.sign(own=OWN)
    page.do(ShiftAct.TAKE_BACK)
    page.sign(own=OWN)
    assert page.acts() == (ShiftAct.CLOSE, ShiftAct.HAND_OVER)
    assert page.state.shown is None


def test_a_clock_that_stepped_is_confirmed_here(page: Page) -> None:
    page.post.time.turn(page.post.time.now() - timedelta(hours=3))
    page.presenter.refresh()
    page.tasks.all()
    assert page.acts() == (ShiftAct.OPEN, ShiftAct.CONFIRM_CLOCK)
    page.do(ShiftAct.CONFIRM_CLOCK)
    page.sign("irina", OWN)
    assert page.state.clock.banner is None


def test_what_cannot_be_done_now_does_nothing(page: Page) -> None:
    for act in (ShiftAct.PRINT, ShiftAct.CLOSE, ShiftAct.COUNTERSIGN, ShiftAct.SIGN, ShiftAct.LEAVE):
        page.do(act)
    assert page.state.form is None
    page.presenter.submit("omar", OFFICERS, "")
    page.presenter.do(ShiftAct.OPEN)
    page.presenter.submit("", "", OWN)
    page.presenter.submit("", "", OWN)  # while the first is being checked
    assert page.acts() == ()
    page.tasks.all()
    assert len(page.post.entries("shift.opened")) == 1


def test_a_stopped_printer_is_told_and_nothing_is_noted(page: Page) -> None:
    waiting(page)
    page.presenter.do(ShiftAct.PRINT)
    page.presenter.do(ShiftAct.LEAVE)
    page.tasks.all()
    assert page.said(page.state.trouble.cause if page.state.trouble else None) == "You stopped it."
    assert not page.post.entries("shift.printed")
    assert page.acts() == (ShiftAct.COUNTERSIGN, ShiftAct.TAKE_BACK, ShiftAct.PRINT)


def test_no_password_stays_in_a_state(page: Page) -> None:
    opened(page)
    page.do(ShiftAct.HAND_OVER)
    page.sign("nadia", OTHERS, OWN)
    for state in page.seen:
        assert OTHERS not in repr(state)
        assert OWN not in repr(state)


def test_an_officer_sees_the_line_and_may_let_the_clock_be_confirmed(page: Page) -> None:
    opened(page)
    page.post.session.end()
    session = page.post.signed_in("omar", OFFICER_PASSWORD)
    desk = ShiftDesk(session, page.post.desk, page.post.time)
    reports = ShiftReports(
        session,
        desk,
        checkpoints=page.post.checkpoints,
        devices=page.post.devices,
        press=lambda _kept, _language: b"",
        clock=page.post.time,
    )
    watch = page.post.watch(session)
    presenter = ShiftPresenter(session, desk, reports, watch, page.tasks, language="en")
    presenter.refresh()
    page.tasks.all()
    assert not presenter.state.acts
    assert presenter.state.line is not None
    assert presenter.state.line.leader == "Irina Specimen"
    page.post.time.turn(page.post.time.now() - timedelta(hours=3))
    presenter.refresh()
    page.tasks.all()
    assert list(presenter.state.acts) == [ShiftAct.CONFIRM_CLOCK]
    presenter.close()
    session.end()


def test_the_line_of_the_frame_says_what_must_not_be_overlooked(page: Page) -> None:
    standing = StandingPresenter(page.post.shifts, page.watch, page.tasks)
    standing.look()
    standing.look()  # asked twice, looked once
    page.tasks.all()
    assert page.said(standing.state.banner).startswith("No shift is open. Inspections go on.")
    opened(page)
    standing.look()
    page.tasks.all()
    assert standing.state.banner is None
    page.post.time.run(timedelta(hours=15))
    standing.look()
    page.tasks.all()
    assert "forgotten" in page.said(standing.state.banner)
    page.post.time.turn(page.post.time.now() - timedelta(days=2))
    standing.look()
    page.tasks.all()
    assert page.said(standing.state.banner).startswith("The clock went back by 2 days.")
    page.post.session.end()
    standing.look()
    page.tasks.all()
    assert standing.state.trouble is not None
    standing.close()


def test_every_act_has_a_key_of_its_own_and_every_form_its_words() -> None:
    assert set(SHIFT_KEYS) == set(ShiftAct)
    assert len({key.sequence for key in SHIFT_KEYS.values()}) == len(SHIFT_KEYS)
    assert set(FORMS) == set(ShiftAct) - {ShiftAct.PRINT, ShiftAct.SIGN, ShiftAct.LEAVE}
    assert all(form.act is act for act, form in FORMS.items())
