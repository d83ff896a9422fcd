# SPDX-License-Identifier: Apache-2.0
"""The page Retention without a window: what is said, what can be done when, and that two people are needed."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from station.access.approval_rules import Verdict
from station.access.approvals import Request
from station.access.erasure_grounds import GROUND_TITLES, EarlyGround
from station.domain.identifiers import EncounterId
from station.domain.secrets import Secret
from station.domain.words import Text
from station.ports.retention import HeldBack
from station.safekeeping.retention_rules import HELD_BACK, RULES, RuleName
from tests.station.safekeeping.retention_post import IRINA, OMAR, PASSWORD, RetentionPost, make
from tests.ui.desk import SteppedTasks
from ui.presenters.retention import RetentionPresenter
from ui.presenters.retention_view import RETENTION_KEYS, SECOND_PERSON, Part, RetentionAct, RetentionState

SECRET = PASSWORD.reveal().decode()


class Page:
    """A presenter with a real post behind it; ``run`` lets slow work come home."""

    def __init__(self, folder: Path) -> None:
        make(folder)
        self.post = RetentionPost(folder)
        self.tasks = SteppedTasks()
        self.on_progress: Callable[[], None] = lambda: None
        self.presenter = RetentionPresenter(
            self.post.retention, self.post.approvals, self.tasks, home=self.arrived, officer_id=IRINA.officer_id
        )

    def arrived(self, call: Callable[[], None]) -> None:
        """Progress comes home."""
        call()
        self.on_progress()

    def run(self) -> RetentionState:
        self.tasks.all()
        return self.presenter.state

    def refresh(self) -> RetentionState:
        self.presenter.refresh()
        return self.run()

    def do(self, *acts: RetentionAct) -> RetentionState:
        for act in acts:
            assert act in self.presenter.state.acts
            self.presenter.do(act)
            self.run()
        return self.presenter.state

    def submit(self, *typed: str) -> RetentionState:
        self.presenter.submit(typed)
        return self.run()

    def choose(self, name: RuleName) -> RetentionState:
        self.presenter.choose([rule.name for rule in RULES].index(name))
        return self.presenter.state

    def row(self, name: RuleName) -> list[str]:
        """The numbers of a rule's row."""
        cells = self.presenter.state.rows[[rule.name for rule in RULES].index(name)].cells[1:]
        return ["".join(sign for sign in said(cell) if sign not in "\u2066\u2069") for cell in cells]


def said(text: Text | str | None) -> str:
    return text.in_english() if isinstance(text, Text) else text or ""


def lines(state: RetentionState) -> str:
    return "\n".join(said(line) for line in (*state.shown, *state.listed))


@pytest.fixture
def page(tmp_path: Path) -> Iterator[Page]:
    made = Page(tmp_path)
    yield made
    made.presenter.close()
    made.post.store.close()


def test_the_rules_stand_with_their_days_what_is_due_and_what_is_held_back(page: Page) -> None:
    page.post.keep("old", days=1200)
    page.post.keep("unsent", days=1300)
    page.post.export("old")
    state = page.refresh()
    assert page.row(RuleName.ADMITTED) == ["1096", "1", "▲ 1"]
    assert page.row(RuleName.STEPS) == ["365", "1", "0"]  # of the record that is held back; the other goes whole
    assert page.row(RuleName.AUDIT_ENTRIES) == ["–", "–", "–"]
    assert said(state.heading) == "Records of admitted travellers"
    assert "old" in lines(state)
    cause, step = HELD_BACK[HeldBack.NOT_EXPORTED]
    assert cause.source in lines(state)
    assert step.source in lines(state)
    assert "Backups made before" in lines(state)  # what erasing does not reach is said where it is asked for
    state = page.choose(RuleName.AUDIT_ENTRIES)
    assert RetentionAct.CHANGE not in state.acts
    assert RetentionAct.ERASE in state.acts


def test_what_is_due_is_erased_after_a_second_person_signed_here(page: Page) -> None:
    page.post.keep("old", days=1200)
    page.post.export("old")
    page.refresh()
    state = page.do(RetentionAct.ERASE)
    assert state.form is SECOND_PERSON
    assert "Records of admitted travellers: 1, from 2023-08-10 to 2023-08-10" in lines(state)
    assert "List with the hash" in lines(state)
    state = page.submit(OMAR.name, "wrong", "")
    assert state.trouble is not None
    assert state.form is SECOND_PERSON
    assert "Records of admitted travellers: 1" in lines(state)
    state = page.submit(IRINA.name, SECRET, "")
    assert state.trouble is not None
    assert "cannot approve" in said(state.trouble.cause)
    state = page.submit(OMAR.name, SECRET, "")
    assert said(state.happened) == "1 was erased, and what it left behind was cleared."
    assert page.post.there() == set()
    assert page.row(RuleName.ADMITTED) == ["1096", "0", "0"]
    assert RetentionAct.ERASE not in state.acts
    state = page.do(RetentionAct.SEE_HISTORY)
    assert "Ended on 2026-11-22" in lines(state)


def test_what_was_approved_on_the_other_page_is_done_later(page: Page) -> None:
    page.post.keep("old", days=1200)
    page.post.export("old")
    page.refresh()
    page.do(RetentionAct.ERASE)
    state = page.do(RetentionAct.LEAVE)
    assert state.form is None
    (request,) = page.post.approvals.inbox()
    page.post.approve(request.request_id)
    assert RetentionAct.DO_APPROVED not in page.refresh().acts, "nothing is done that is not on the page"
    state = page.do(RetentionAct.SEE_APPROVED)
    assert "Records of admitted travellers: 1" in lines(state)
    assert state.acts[0] is RetentionAct.DO_APPROVED
    state = page.do(RetentionAct.DO_APPROVED)
    assert page.post.there() == set()
    assert state.part is Part.RULES
    assert RetentionAct.SEE_APPROVED not in state.acts


def test_days_are_changed_by_two(page: Page) -> None:
    page.refresh()
    page.choose(RuleName.PICTURES_ADMITTED)
    state = page.do(RetentionAct.CHANGE)
    assert state.form is not None
    for typed, says in (("", "not typed"), ("many", "not a number"), ("0", "no number of days"), ("30", "hold now")):
        state = page.submit(typed)
        assert state.trouble is not None
        assert says in said(state.trouble.cause)
    state = page.submit("60")
    assert state.form is SECOND_PERSON
    assert "60 days, until now 30" in lines(state)
    page.do(RetentionAct.LEAVE)
    (request,) = page.post.approvals.inbox()
    page.post.approve(request.request_id)
    page.refresh()
    state = page.do(RetentionAct.SEE_APPROVED, RetentionAct.DO_APPROVED)
    assert said(state.happened) == "The days are changed."
    assert page.row(RuleName.PICTURES_ADMITTED)[0] == "60"


def test_a_hold_is_placed_and_lifted(page: Page) -> None:
    page.post.keep("old", days=1200)
    page.post.export("old")
    page.refresh()
    state = page.do(RetentionAct.SEE_HOLDS)
    assert "no legal hold" in lines(state)
    page.do(RetentionAct.HOLD)
    state = page.submit("nobody", "court of Utopia")
    assert state.trouble is not None
    state = page.submit(" old ", "court of Utopia")
    assert state.trouble is None
    assert "court of Utopia" in lines(state)
    page.do(RetentionAct.LIFT)
    state = page.submit(OMAR.name, SECRET, "")
    assert said(state.happened) == "The hold is lifted."
    assert RetentionAct.LIFT not in state.acts
    assert "Lifted on" in lines(state)


def test_a_receipt_makes_records_due(page: Page) -> None:
    page.post.keep("old", days=1200)
    sha256 = page.post.export("old", received=False)
    page.refresh()
    assert page.row(RuleName.ADMITTED) == ["1096", "0", "▲ 1"]
    page.do(RetentionAct.SEE_RECEIPTS, RetentionAct.RECEIPT)
    assert page.submit("00000000").trouble is not None
    state = page.submit(sha256[:8])
    assert state.trouble is None
    assert "confirmed every export" in lines(state)
    page.do(RetentionAct.SEE_RULES)
    assert page.row(RuleName.ADMITTED) == ["1096", "1", "0"]


def test_an_erasure_that_was_stopped_is_finished_from_here(page: Page) -> None:
    names = [f"e{number}" for number in range(12)]
    for name in names:
        page.post.keep(name, days=1200)
    page.post.export(*names)
    page.refresh()
    page.do(RetentionAct.ERASE)
    page.presenter.submit((OMAR.name, SECRET, ""))
    page.tasks.step()  # the password
    assert page.presenter.state.stoppable
    assert page.presenter.state.acts == (RetentionAct.LEAVE,)
    assert page.presenter.when_ended(lambda: None)
    page.on_progress = lambda: page.presenter.do(RetentionAct.LEAVE)
    state = page.run()
    page.on_progress = lambda: None
    assert (state.done, state.of) == (10, 12)
    assert state.trouble is not None
    assert "You stopped it" in said(state.trouble.cause)
    assert len(page.post.there()) == 2
    assert RetentionAct.ERASE not in state.acts
    page.do(RetentionAct.FINISH)
    assert page.post.there() == set()
    assert not page.presenter.when_ended(lambda: None)


def test_a_refused_request_erases_nothing(page: Page) -> None:
    page.post.keep("old", days=1200)
    page.post.export("old")
    page.refresh()
    page.do(RetentionAct.ERASE)
    (request,) = page.post.approvals.inbox()
    page.post.approve(request.request_id, Verdict.REFUSED)
    state = page.submit(OMAR.name, SECRET, "")
    assert state.trouble is not None
    assert page.post.there() == {"old"}
    assert RetentionAct.SEE_APPROVED not in page.refresh().acts


def test_every_act_has_a_key_and_no_part_has_two_acts_on_one(page: Page) -> None:
    assert set(RETENTION_KEYS) == set(RetentionAct)
    page.post.keep("old", days=1200)
    page.post.export("old", received=False)
    page.post.keep("aborted", days=1200)
    page.refresh()
    for part in Part:
        acts = page.presenter.state.acts
        keys = [RETENTION_KEYS[act].sequence for act in acts]
        assert len(set(keys)) == len(keys), part
        page.do(next(act for act in acts if act.name.startswith("SEE")))


def test_one_record_goes_before_its_time_for_a_ground_two_people_read(page: Page) -> None:
    page.post.keep("one", days=2)
    page.post.keep("other", days=2)
    page.post.export("one")
    page.refresh()
    state = page.do(RetentionAct.SEE_EARLY)
    assert [said(row.cells[0]) for row in state.rows] == [said(title) for title in GROUND_TITLES.values()]
    assert "Other records of the same person stay" in lines(state)
    page.presenter.choose(2)
    state = page.do(RetentionAct.EARLY)
    assert state.form is not None
    assert "It was recorded by mistake" in said(state.form.says)
    state = page.submit("other")
    assert state.trouble is not None
    assert "not exported" in said(state.trouble.cause)
    assert state.form is not None  # the identifier stays for another try
    state = page.submit(" one ")
    assert state.form is SECOND_PERSON
    for fact in ("Record: one", "Ground: It was recorded by mistake", "Headquarters hold it", "Backups made before"):
        assert fact in lines(state)
    state = page.submit(OMAR.name, SECRET, "")
    assert state.trouble is None
    assert page.post.there() == {"other"}
    state = page.do(RetentionAct.SEE_HISTORY)
    assert "One record, before its time. Ground: It was recorded by mistake." in lines(state)


def test_an_early_erasure_approved_on_the_other_page_is_done_later(page: Page) -> None:
    page.post.keep("one", days=2)
    asked = page.post.retention.ask_early(EncounterId("one"), EarlyGround.PROTECTION)
    page.post.approve(asked.request.request_id)
    page.refresh()
    page.do(RetentionAct.SEE_APPROVED, RetentionAct.DO_APPROVED)
    assert page.post.there() == set()


def test_a_void_approval_keeps_no_older_one_back(page: Page) -> None:
    for name in ("one", "two"):
        page.post.keep(name, days=2)
        asked = page.post.retention.ask_early(EncounterId(name), EarlyGround.COURT)
        page.post.approve(asked.request.request_id)
        page.post.clock.at += timedelta(minutes=1)
    page.post.export("two")  # the newer one fits no longer: something else is known of the record
    page.refresh()
    state = page.do(RetentionAct.SEE_APPROVED)
    assert "Record: two" in lines(state)
    state = page.do(RetentionAct.DO_APPROVED)
    assert state.trouble is not None
    assert page.post.there() == {"one", "two"}
    assert "Record: two" in lines(state), "the refused one stays chosen"
    page.presenter.choose(1)
    assert "Record: one" in lines(page.presenter.state)
    state = page.do(RetentionAct.DO_APPROVED)
    assert said(state.happened) == "1 was erased, and what it left behind was cleared."
    assert page.post.there() == {"two"}
    assert state.part is Part.RULES, "the same key does not go on to another one"


def test_the_pin_of_the_second_person_goes_to_their_token(page: Page, monkeypatch: pytest.MonkeyPatch) -> None:
    pins = list[bytes]()
    decide = page.post.approvals.decide

    def with_token(
        request_id: str, verdict: Verdict, name: str, password: Secret, *, pin: Secret | None = None
    ) -> Request:
        pins.append(b"" if pin is None else pin.reveal())
        return decide(request_id, verdict, name, password)

    monkeypatch.setattr(page.post.approvals, "decide", with_token)
    page.post.keep("old", days=1200)
    page.post.export("old")
    page.refresh()
    page.do(RetentionAct.ERASE)
    state = page.submit(OMAR.name, "", "2468")
    assert state.trouble is not None, "the password is never left out"
    page.submit(OMAR.name, SECRET, "2468")
    assert pins == [b"2468"]
    assert page.post.there() == set()
