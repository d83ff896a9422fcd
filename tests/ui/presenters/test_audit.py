# SPDX-License-Identifier: Apache-2.0
"""The auditor's page without a window: filters, checks, the log to take away, and two people who go on."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC
from pathlib import Path

import pytest

from station.access.acceptance import AcceptanceService
from station.access.approvals import ApprovalService
from station.access.audit import Act
from station.access.audit_service import AuditService, Depth
from station.access.sign_in import Session
from station.domain.identifiers import OfficerId
from station.domain.secrets import Secret
from station.exporting.audit_log import AuditLogService
from station.ports.storage import StoreName
from tests.open_station import OFFICER_PASSWORD, SUPERVISOR_PASSWORD, OpenStation
from tests.storage.anchors.test_rollback import DATABASE, Post
from tests.ui.desk import SteppedTasks
from ui.presenters.audit import AuditDesk, AuditPresenter
from ui.presenters.audit_view import AuditAct, AuditState, verdict_of
from ui.presenters.audit_words import ACTS, act_words, understood

OFFICERS = OFFICER_PASSWORD.reveal().decode()


class Page:
    """A presenter with everything behind it; ``run`` lets slow work come home."""

    def __init__(self, post: OpenStation, name: str = "irina", password: Secret = SUPERVISOR_PASSWORD) -> None:
        self.post = post
        self.session: Session = post.signed_in(name, password)
        self.tasks = SteppedTasks()
        approvals = ApprovalService(self.session, post.door.desk, post.clock, post.randomness)
        self.presenter = AuditPresenter(
            AuditDesk(
                session=self.session,
                trail=AuditService(self.session, post.sealer, post.clock),
                logs=AuditLogService(self.session, post.sealer, post.clock, post.checkpoints),
                acceptance=AcceptanceService(self.session, approvals, post.checkpoints, post.clock),
                approvals=approvals,
            ),
            self.tasks,
            zone=UTC,
            typing_pause=0,
        )
        self.seen: list[AuditState] = []
        self.presenter.show_on(self.seen.append)
        self.presenter.refresh()
        self.tasks.all()

    @property
    def state(self) -> AuditState:
        return self.presenter.state

    def is_closed(self) -> bool:
        return self.presenter.state.closed

    def store(self) -> StoreName:
        return self.presenter.state.store

    def asks(self) -> bool:
        return self.presenter.state.question is not None

    def do(self, act: AuditAct) -> None:
        self.presenter.do(act)
        self.tasks.all()

    def answer(self, **answers: str) -> None:
        self.presenter.answer(answers)
        self.tasks.all()

    def look_for(self, query: str) -> list[str]:
        self.presenter.look_for(query)
        self.tasks.all()
        return [row.act for row in self.state.rows]

    def close(self) -> None:
        self.presenter.close()
        self.post.sign_ins.sign_out(self.session)


@pytest.fixture
def post(tmp_path: Path) -> Post:
    made = Post(tmp_path)
    made.a_day()
    return made


@pytest.fixture
def page(post: Post) -> Iterator[Page]:
    made = Page(post)
    yield made
    made.close()


def test_every_act_has_words_and_an_unknown_one_keeps_its_name() -> None:
    assert set(ACTS) == set(Act)
    assert act_words("later.act").in_english() == "later.act"


def test_the_page_begins_with_the_newest_entries_and_the_checkpoints(page: Page) -> None:
    state = page.state
    assert state.stores == (StoreName.BORDER, StoreName.ENFORCEMENT)
    assert state.rows[0].act == Act.SIGNED_IN
    assert [row.sequence for row in state.rows] == sorted((row.sequence for row in state.rows), reverse=True)
    assert state.checkpoints is not None
    assert len(state.checkpoints) == 3
    assert state.checkpoints[0].number == 3
    assert state.acts[0] is AuditAct.VERIFY
    assert AuditAct.ACCEPT not in state.acts


def test_entries_are_filtered_by_act_person_and_day(page: Page) -> None:
    assert set(page.look_for("encounter.")) == {Act.ENCOUNTER_OPENED}
    assert set(page.look_for("access.signed Irina")) == {Act.SIGNED_IN, Act.SIGNED_OUT}
    assert page.look_for("1999-01-01") == []
    assert page.look_for("2026-11-22 station") == [Act.OFFICER_ADDED, Act.OFFICER_ADDED, Act.STORE_CREATED]
    assert page.look_for("") != []


def test_a_filter_is_told_in_words() -> None:
    people = {OfficerId("o1"): "Irina Specimen", OfficerId("o2"): "Omar Specimen"}
    wanted, words = understood("omar 2026-03-01 export", people, zone=UTC)
    assert (wanted.by, wanted.act) == ("o2", "export")
    assert words.in_english() == "Entries by Omar Specimen, of the kind export, on 2026-03-01."
    both, _ = understood("specimen", people, zone=UTC)  # of two people: no person
    assert (both.by, both.act) == ("", "specimen")
    wrong, _ = understood("2026-02-31", people, zone=UTC)
    assert wrong.at_from is None


def test_a_check_is_told_and_stands_on_the_trail(page: Page) -> None:
    for act, depth in ((AuditAct.VERIFY, Depth.TRAIL), (AuditAct.EVERYTHING, Depth.EVERYTHING)):
        page.do(act)
        judged = page.state.judged
        assert judged is not None
        assert (judged.depth, judged.verdict.findings) == (depth, ())
        assert verdict_of(judged).cause.in_english().startswith("It holds, from entry 1 to entry ")
        assert page.state.rows[0].act == Act.TRAIL_VERIFIED


def test_another_store_has_a_trail_of_its_own(page: Page) -> None:
    page.do(AuditAct.VERIFY)
    page.do(AuditAct.STORE)
    assert page.store() is StoreName.ENFORCEMENT
    assert page.state.judged is None
    assert page.state.rows[-1].act == Act.STORE_CREATED
    page.do(AuditAct.STORE)
    assert page.store() is StoreName.BORDER


def test_the_log_is_taken_away(page: Page, tmp_path: Path) -> None:
    stick = tmp_path / "stick"
    stick.mkdir()
    page.do(AuditAct.EXPORT)
    assert page.state.acts == (AuditAct.ANSWER, AuditAct.LEAVE)
    page.answer(target="", cover="open")
    assert page.state.trouble is not None
    page.answer(target=str(tmp_path / "nowhere"), cover="open")
    assert page.state.trouble is not None
    assert page.asks()
    page.answer(target=str(stick), cover="open")
    assert not page.asks()
    assert page.state.happened is not None
    assert sorted(path.suffix for path in stick.iterdir()) == [".minisig", ".tar"]
    page.do(AuditAct.EXPORT)
    page.do(AuditAct.LEAVE)
    assert not page.asks()


def test_a_store_put_back_is_told_and_two_people_go_on(post: Post) -> None:
    post.keep_files("yesterday")
    post.a_day()
    post.put_back("yesterday", *DATABASE)
    page = Page(post)
    assert page.is_closed()
    assert "older than it was" in page.state.told[0].in_english()
    assert page.state.acts[0] is AuditAct.ACCEPT
    page.do(AuditAct.VERIFY)
    judged = page.state.judged
    assert judged is not None
    assert "truncated" in {finding.kind.value for finding in judged.verdict.findings}
    page.do(AuditAct.ACCEPT)
    page.answer(name="omar", password="not the right one")
    assert page.state.trouble is not None
    assert page.is_closed()
    page.answer(name="irina", password=SUPERVISOR_PASSWORD.reveal().decode())  # the same person twice
    assert page.is_closed()
    page.answer(name="omar", password=OFFICERS)
    assert not page.is_closed()
    assert page.state.told == ()
    page.do(AuditAct.VERIFY)
    judged = page.state.judged
    assert judged is not None
    assert judged.verdict.findings == ()
    assert len(judged.verdict.gaps) == 1
    page.close()


def test_more_rows_come_with_a_key(page: Page, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ui.presenters.audit.ROWS_AT_ONCE", 3)
    page.look_for("")
    lengths = [len(page.state.rows)]
    assert page.state.more
    page.do(AuditAct.OLDER)
    lengths.append(len(page.state.rows))
    assert lengths == [3, 6]
    page.do(AuditAct.OLDER)
    assert len({row.sequence for row in page.state.rows}) == len(page.state.rows)
