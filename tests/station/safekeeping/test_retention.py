# SPDX-License-Identifier: Apache-2.0
"""Letting go: by rules two people may change, of what two people saw listed, and of nothing that must be kept."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import cast

import pytest

from station.access.approval_proof import verify_approvals
from station.access.approval_rules import Verdict
from station.access.audit import Act, FindingKind, verify_records
from station.access.roles import Permission, allowed
from station.access.sign_in import Session
from station.domain.decision import DecisionKind
from station.domain.encounter import EncounterStatus
from station.domain.errors import Cancelled, NotPermitted, RecordConflict, RetentionRefused
from station.domain.identifiers import EncounterId
from station.domain.words import Text
from station.ports.keys import Opened
from station.ports.retention import HeldBack, Part
from station.ports.storage import RoleName
from station.ports.tasks import CancelToken
from station.post.clock import ClockWatch, SteadyClock
from station.post.confirming import Confirms
from station.safekeeping.retention import ErasureEnded
from station.safekeeping.retention_plan import read_list
from station.safekeeping.retention_rules import HELD_BACK, RULES, RuleName
from tests.station.safekeeping.retention_post import IRINA, OMAR, PASSWORD, RetentionPost, SigningDesk, make, person

QUIET = lambda done, total: None  # noqa: E731 (nobody looks at the progress)


@pytest.fixture
def post(tmp_path: Path) -> Iterator[RetentionPost]:
    make(tmp_path)
    post = RetentionPost(tmp_path)
    yield post
    post.store.close()


def due(post: RetentionPost) -> dict[RuleName, list[str]]:
    return {
        one.rule.name: [str(item.encounter_id) for item in one.due]
        for one in post.retention.overview().overdue
        if one.due
    }


def held(post: RetentionPost) -> dict[str, HeldBack]:
    return {
        str(item.encounter_id): item.held_back
        for one in post.retention.overview().overdue
        for item in one.held_back
        if item.held_back is not None
    }


def erase(post: RetentionPost) -> ErasureEnded:
    asked = post.retention.ask_erasure()
    post.approve(asked.request.request_id)
    return post.retention.erase(asked.erasure_id, CancelToken(), QUIET)


def test_every_rule_has_a_reason_and_every_hindrance_a_way_out() -> None:
    assert [rule.name for rule in RULES] == list(RuleName)
    for rule in RULES:
        assert rule.reason.source
        assert rule.days is None or rule.least <= rule.days <= rule.most
    assert set(HELD_BACK) == set(HeldBack)


def test_what_is_over_is_listed_by_its_rule(post: RetentionPost) -> None:
    post.keep("old", days=1200, raw=1)
    post.keep("refused", days=400, decisions=(DecisionKind.REFUSE,))
    post.keep("referred", days=400, decisions=(DecisionKind.SECOND_LINE, DecisionKind.ADMIT))
    post.keep("pictures", days=31, raw=2)
    post.keep("fresh", days=8, raw=1)
    post.keep("today", days=0, raw=1)
    post.keep("abandoned", days=91, status=EncounterStatus.ABANDONED, decisions=())
    post.export("old", "refused", "referred", "pictures")
    assert due(post) == {
        RuleName.ADMITTED: ["old"],
        RuleName.ABANDONED: ["abandoned"],
        RuleName.PICTURES_ADMITTED: ["pictures"],
        RuleName.PICTURES_OTHERS: ["refused", "referred"],
        RuleName.RAW_CAPTURES: ["pictures", "fresh"],
        RuleName.STEPS: ["refused", "referred"],
    }
    assert held(post) == {}


def test_what_must_be_kept_is_listed_with_the_reason(post: RetentionPost) -> None:
    for name in ("unsent", "sent", "held"):
        post.keep(name, days=1200)
    post.keep("parked", days=200, status=EncounterStatus.PARKED, decisions=())
    post.export("sent", received=False)
    post.export("held", sequence=2)
    post.retention.place_hold(EncounterId("held"), "court of Utopia")
    assert held(post) == {
        "unsent": HeldBack.NOT_EXPORTED,
        "sent": HeldBack.NO_RECEIPT,
        "held": HeldBack.LEGAL_HOLD,
        "parked": HeldBack.UNFINISHED,
    }
    assert RuleName.ADMITTED not in due(post)


def test_only_what_two_people_agreed_on_is_erased_and_the_trail_still_holds(post: RetentionPost) -> None:
    post.keep("old", days=1200, raw=1)
    post.keep("later", days=1000)
    post.export("old", "later")
    asked = post.retention.ask_erasure()
    with pytest.raises(NotPermitted, match="approved this yet"):
        post.retention.erase(asked.erasure_id, CancelToken(), QUIET)
    post.approve(asked.request.request_id, Verdict.REFUSED)
    with pytest.raises(NotPermitted, match="refused"):
        post.retention.erase(asked.erasure_id, CancelToken(), QUIET)
    assert post.there() == {"old", "later"}
    ended = erase(post)
    assert (ended.erased, ended.held, len(ended.days)) == (3, 0, 2)  # old, and pictures and steps of later
    assert post.there() == {"later"}
    assert post.findings() == []
    with post.store.reading() as unit:
        assert verify_approvals(unit.audit.entries()) == ()
        erased = [entry for entry in unit.audit.entries() if entry.act == Act.RECORD_ERASED and entry.subject == "old"]
    (entry,) = erased
    assert entry.details["erased_version"] == "1"
    assert len(entry.details["erased_body"]) == 64
    assert {name for name in entry.details if name.startswith("erased_image.")} == {
        "erased_image.image-0-old",
        "erased_image.image-1-old",
    }
    with pytest.raises(RecordConflict):
        post.retention.erase(ended.erasure_id, CancelToken(), QUIET)
    (done, refused) = post.retention.overview().erasures
    assert (done.erased, done.ended_at is not None, refused.begun_at) == (3, True, None)
    assert post.events.published[-1] == ended


def test_erased_with_an_entry_is_no_finding_and_without_one_is(post: RetentionPost) -> None:
    for name in ("one", "two"):
        post.keep(name, days=1200)
    post.export("one", "two")
    erase(post)
    assert post.findings() == []
    with post.store.reading() as unit:
        entries = [
            entry for entry in unit.audit.entries() if not (entry.act == Act.RECORD_ERASED and entry.subject == "two")
        ]
        kinds = {one.kind for one in verify_records(entries, (), (), (), vouch=unit.audit.vouch)}
        assert kinds == {FindingKind.RECORD_MISSING, FindingKind.STEP_MISSING, FindingKind.IMAGE_MISSING}


def test_an_erased_record_that_is_back_is_a_finding(post: RetentionPost) -> None:
    post.keep("one", days=1200)
    post.export("one")
    with post.store.reading() as unit:
        bodies = list(unit.encounters.recorded_bodies())
        steps = list(unit.journal.recorded_steps())
    erase(post)
    with post.store.reading() as unit:
        kinds = [one.kind for one in verify_records(unit.audit.entries(), bodies, (), steps, vouch=unit.audit.vouch)]
    assert kinds == [FindingKind.RECORD_UNKNOWN, FindingKind.STEP_UNKNOWN]


def test_what_is_held_after_the_approval_is_kept(post: RetentionPost) -> None:
    for name in ("one", "two"):
        post.keep(name, days=1200)
    post.export("one", "two")
    asked = post.retention.ask_erasure()
    post.approve(asked.request.request_id)
    post.retention.place_hold(EncounterId("two"), "court of Utopia")
    ended = post.retention.erase(asked.erasure_id, CancelToken(), QUIET)
    assert (ended.erased, ended.held) == (1, 1)
    assert post.there() == {"two"}
    assert post.findings() == []


def test_what_was_added_after_the_approval_is_kept(post: RetentionPost) -> None:
    post.keep("one", days=1200)
    post.export("one")
    asked = post.retention.ask_erasure()
    post.approve(asked.request.request_id)
    post.keep("two", days=1200)
    post.export("two", sequence=2)
    post.retention.erase(asked.erasure_id, CancelToken(), QUIET)
    assert post.there() == {"two"}


def test_a_stopped_erasure_is_finished_later_without_a_new_approval(post: RetentionPost) -> None:
    names = [f"e{number}" for number in range(25)]
    for number, name in enumerate(names):
        post.keep(name, days=1200, minutes=-number)
    post.export(*names)
    asked = post.retention.ask_erasure()
    post.approve(asked.request.request_id)
    stop, seen = CancelToken(), list[tuple[int, int]]()

    def watch(done: int, total: int) -> None:
        seen.append((done, total))
        stop.cancel()

    with pytest.raises(Cancelled):
        post.retention.erase(asked.erasure_id, stop, watch)
    assert seen == [(10, 25)]
    assert len(post.there()) == 15
    assert post.findings() == []
    overview = post.retention.overview()
    assert overview.unfinished is not None
    assert overview.unfinished.erasure_id == asked.erasure_id
    with pytest.raises(RecordConflict, match="not finished"):
        post.retention.ask_erasure()
    ended = post.retention.erase(asked.erasure_id, CancelToken(), watch)
    assert (ended.erased, ended.held, post.there()) == (25, 0, set())
    assert post.findings() == []


def test_nothing_due_is_said(post: RetentionPost) -> None:
    post.keep("fresh", days=1)
    with pytest.raises(RetentionRefused, match="Nothing is due"):
        post.retention.ask_erasure()


def test_a_rule_is_changed_by_two_people_within_its_bounds(post: RetentionPost) -> None:
    post.keep("one", days=40)
    post.export("one")
    assert due(post) == {RuleName.PICTURES_ADMITTED: ["one"]}
    wanted = {RuleName.PICTURES_ADMITTED: 60}
    request = post.retention.ask_change(wanted)
    with pytest.raises(NotPermitted):
        post.retention.change(request.request_id, wanted)
    post.approve(request.request_id)
    with pytest.raises(NotPermitted, match="something else"):
        post.retention.change(request.request_id, {RuleName.PICTURES_ADMITTED: 61})
    post.retention.change(request.request_id, wanted)
    assert due(post) == {}
    assert post.retention.overview().days[RuleName.PICTURES_ADMITTED] == 60
    assert post.acts()[-1] == Act.RETENTION_CHANGED
    for refused in ({RuleName.REFUSED: 10}, {RuleName.AUDIT_ENTRIES: 10}, {RuleName.STEPS: 10**6}, wanted):
        with pytest.raises(RetentionRefused):
            post.retention.ask_change(refused)


def test_a_hold_is_placed_by_one_and_lifted_by_two(post: RetentionPost) -> None:
    post.keep("one", days=1200)
    post.export("one")
    with pytest.raises(RetentionRefused, match="reason"):
        post.retention.place_hold(EncounterId("one"), "  ")
    with pytest.raises(RecordConflict):
        post.retention.place_hold(EncounterId("nobody"), "court")
    hold = post.retention.place_hold(EncounterId("one"), "court of Utopia")
    request = post.retention.ask_lift(hold.hold_id)
    with pytest.raises(NotPermitted):
        post.retention.lift(request.request_id, hold.hold_id)
    post.approve(request.request_id)
    post.retention.lift(request.request_id, hold.hold_id)
    with pytest.raises(RecordConflict):
        post.retention.ask_lift(hold.hold_id)
    assert due(post)[RuleName.ADMITTED] == ["one"]
    erase(post)
    with post.store.reading() as unit:
        (lifted,) = unit.holds.all()
        assert lifted.reason == ""
        shown = {one.approval_id: one.shown for one in unit.approvals.newest(10)}
    assert shown[request.request_id] == b""
    assert b"court" not in b"".join(shown.values())


def test_a_receipt_needs_the_hash_that_headquarters_saw(post: RetentionPost) -> None:
    post.keep("one", days=1200)
    sha256 = post.export("one", received=False)
    assert [one.sequence for one in post.retention.overview().without_receipt] == [1]
    for wrong in ("", sha256[:7], "0" * 8, f"{sha256}0"):
        with pytest.raises(RetentionRefused, match="not the hash"):
            post.retention.note_receipt(1, wrong)
    with pytest.raises(RetentionRefused, match="not the hash"):
        post.retention.note_receipt(2, sha256)
    post.retention.note_receipt(1, f"{sha256[:4]} {sha256[4:8].upper()}")
    with pytest.raises(RetentionRefused, match="before"):
        post.retention.note_receipt(1, sha256)
    assert due(post) == {RuleName.ADMITTED: ["one"]}
    assert post.acts()[-1] == Act.EXPORT_RECEIVED


def test_a_list_that_cannot_be_read_erases_nothing() -> None:
    assert read_list(b"{") is None
    assert read_list(b'{"items": [{"rule": "x", "encounter_id": "e", "part": "RECORD", "ended_on": ""}]}') is None
    assert read_list(b'{"items": [{"rule": "steps", "encounter_id": "e", "part": "x", "ended_on": ""}]}') is None


def test_only_a_supervisor_keeps_and_lets_go(post: RetentionPost) -> None:
    for role in RoleName:
        assert (Permission.MANAGE_RETENTION in allowed(role)) == (role is RoleName.SUPERVISOR)
    for officer in (OMAR, person("tech", RoleName.TECHNICIAN), person("audit", RoleName.AUDITOR)):
        service, _ = post.services(officer)
        with pytest.raises(NotPermitted):
            service.overview()
        with pytest.raises(NotPermitted):
            service.ask_erasure()
        with pytest.raises(NotPermitted):
            service.note_receipt(1, "")


def test_parts_of_a_record_wait_for_their_own_time(post: RetentionPost) -> None:
    post.keep("one", days=40, raw=1)
    post.export("one")
    ended = erase(post)
    assert ended.erased == 1  # its pictures, and the attempts with them
    with post.store.reading() as unit:
        assert unit.encounters.get(EncounterId("one")) is not None
        assert unit.retention.judged(EncounterId("one"), Part.PICTURES) is None
        assert list(unit.images.recorded_hashes()) == []
    assert post.findings() == []


def watch(post: RetentionPost) -> ClockWatch:
    session = Session(Opened(officer=IRINA, store=post.store, further={}))
    return ClockWatch(session, post.clock, SteadyClock(post.clock), cast("Confirms", SigningDesk()))


TWELVE_YEARS = timedelta(days=12 * 365)


@pytest.mark.parametrize("turned", [TWELVE_YEARS, -TWELVE_YEARS])
@pytest.mark.parametrize("looked", [True, False], ids=["seen", "not yet seen"])
def test_by_a_clock_that_nobody_confirmed_nothing_is_listed(
    post: RetentionPost, turned: timedelta, *, looked: bool
) -> None:
    post.keep("old", days=1200 + 12 * 365)
    post.keep("fresh", days=3)
    post.export("old", "fresh")
    watch(post).look()
    post.clock.at += turned
    if looked:
        assert watch(post).look().steps  # the station was started again
    with pytest.raises(RetentionRefused, match="clock") as refused:
        post.retention.ask_erasure()
    assert "confirms it on the page Shift" in refused.value.next_step.in_english()
    assert post.there() == {"old", "fresh"}


def test_an_erasure_agreed_on_does_not_begin_by_a_turned_clock_until_it_is_confirmed(post: RetentionPost) -> None:
    post.keep("old", days=1200)
    post.export("old")
    clock = watch(post)
    clock.look()
    asked = post.retention.ask_erasure()
    post.approve(asked.request.request_id)
    post.clock.at += timedelta(minutes=3)
    clock.look()
    post.clock.at -= timedelta(minutes=10)
    clock.look()
    with pytest.raises(RetentionRefused, match="clock"):
        post.retention.erase(asked.erasure_id, CancelToken(), QUIET)
    assert post.there() == {"old"}
    assert Act.ERASURE_BEGUN not in post.acts()
    post.clock.at += timedelta(minutes=10)
    clock.confirm(IRINA.name, PASSWORD)
    assert post.retention.erase(asked.erasure_id, CancelToken(), QUIET).erased == 1
    assert post.there() == set()


def test_both_people_see_the_date_by_which_it_is_due(post: RetentionPost) -> None:
    post.keep("old", days=1200)
    post.export("old")
    asked = post.retention.ask_erasure()
    for shown in (asked.request.shown, post.approvals.get(asked.request.request_id).shown):
        today = shown["today"]
        assert isinstance(today, Text)
        assert today.in_english() == "By the clock of this computer, today is 2026-11-22"
