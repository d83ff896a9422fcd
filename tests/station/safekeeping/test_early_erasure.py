# SPDX-License-Identifier: Apache-2.0
"""One record goes before its time: for a ground that two people read, and never past what must keep it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta, timezone
from pathlib import Path

import pytest

from station.access.approval_proof import verify_approvals
from station.access.approval_rules import ApprovalKind, Verdict
from station.access.audit import Act
from station.access.erasure_grounds import EarlyGround
from station.access.trail_check import TrailCheck
from station.domain.encounter import EncounterStatus
from station.domain.errors import Cancelled, NotPermitted, RecordConflict, RetentionRefused
from station.domain.identifiers import EncounterId
from station.domain.words import Text
from station.ports.retention import HeldBack
from station.ports.storage import AuditEntry
from station.ports.tasks import CancelToken
from station.safekeeping.early_erasure import GROUNDS
from station.safekeeping.retention import ErasureAsked, ErasureEnded, RetentionService
from station.safekeeping.retention_plan import read_list
from tests.station.safekeeping.retention_post import OMAR, RetentionPost, make

ONE = EncounterId("one")
QUIET = lambda done, total: None  # noqa: E731 (nobody looks at the progress)
PATIENT = (EarlyGround.ASKED, EarlyGround.MISTAKE)
URGENT = (EarlyGround.COURT, EarlyGround.PROTECTION)


@pytest.fixture(name="post")
def _post(tmp_path: Path) -> Iterator[RetentionPost]:
    make(tmp_path)
    post = RetentionPost(tmp_path)
    yield post
    post.store.close()


def agreed(post: RetentionPost, ground: EarlyGround) -> ErasureAsked:
    asked = post.retention.ask_early(ONE, ground)
    post.approve(asked.request.request_id)
    return asked


def erase(post: RetentionPost, ground: EarlyGround) -> ErasureEnded:
    return post.retention.erase(agreed(post, ground).erasure_id, CancelToken(), QUIET)


def entry_of(post: RetentionPost) -> AuditEntry:
    with post.store.reading() as unit:
        (entry,) = (one for one in unit.audit.entries() if one.act == Act.RECORD_ERASED)
    return entry


def sent(post: RetentionPost) -> None:
    post.keep("one", days=2, raw=1)
    post.export("one")


def test_a_hold_and_an_open_inspection_count_whatever_the_ground() -> None:
    assert set(GROUNDS) == set(EarlyGround)
    for ground in GROUNDS.values():
        assert not ground.goes_without & {HeldBack.LEGAL_HOLD, HeldBack.UNFINISHED}


@pytest.mark.parametrize("ground", EarlyGround)
def test_a_record_that_headquarters_hold_goes_whole_and_the_trail_says_why(
    post: RetentionPost, ground: EarlyGround
) -> None:
    sent(post)
    post.keep("other", days=2)
    ended = erase(post, ground)
    assert (ended.erased, ended.held) == (1, 0)
    assert post.there() == {"other"}
    details = entry_of(post).details
    assert (details["ground"], details["part"], details["erased_version"]) == (ground.value, "record", "1")
    assert "without" not in details
    assert post.findings() == []
    with post.store.reading() as unit:
        assert verify_approvals(unit.audit.entries()) == ()
        begun = next(one for one in unit.audit.entries() if one.act == Act.ERASURE_BEGUN)
    assert begun.details["ground"] == ground.value


def test_the_key_of_its_day_goes_with_its_last_picture_and_not_before(post: RetentionPost) -> None:
    sent(post)
    post.keep("neighbour", days=2)
    assert erase(post, EarlyGround.COURT).days == ()
    with post.store.reading() as unit:
        assert unit.images.data(next(iter(unit.images.recorded_hashes()))[0]) is not None
    post.keep("alone", days=5)
    asked = post.retention.ask_early(EncounterId("alone"), EarlyGround.COURT)
    post.approve(asked.request.request_id)
    assert len(post.retention.erase(asked.erasure_id, CancelToken(), QUIET).days) == 1


def test_a_correction_in_between_voids_the_approval(post: RetentionPost) -> None:
    post.keep("one", days=2)
    asked = agreed(post, EarlyGround.COURT)
    assert asked.request.shown["version"] == 1
    with post.store.unit_of_work() as unit:
        record = unit.encounters.get(ONE)
        assert record is not None
        unit.encounters.add_version(replace(record, version=2))
        unit.commit()
    with pytest.raises(NotPermitted, match="things have changed"):
        post.retention.erase(asked.erasure_id, CancelToken(), QUIET)
    assert post.there() == {"one"}


def test_the_day_that_both_see_is_the_day_of_the_post(post: RetentionPost) -> None:
    post.keep("one", days=2)  # at 08:00 in UTC
    session = post.retention._session
    far_west = timezone(-timedelta(hours=10))
    there = RetentionService(session, post.approvals, post.clock, post.randomness, zone=far_west)
    assert there.ask_early(ONE, EarlyGround.COURT).request.shown["day"] == "2026-11-19"
    assert post.retention.ask_early(ONE, EarlyGround.COURT).request.shown["day"] == "2026-11-20"


@pytest.mark.parametrize("exported", [False, True])
@pytest.mark.parametrize("ground", PATIENT)
def test_what_headquarters_do_not_hold_waits(post: RetentionPost, ground: EarlyGround, exported: bool) -> None:
    post.keep("one", days=2)
    if exported:
        post.export("one", received=False)
    with pytest.raises(RetentionRefused, match="receipt|did not say" if exported else "not exported"):
        post.retention.ask_early(ONE, ground)
    assert post.approvals.inbox() == []


@pytest.mark.parametrize("ground", URGENT)
def test_an_order_and_a_danger_do_not_wait_and_the_trail_says_what_was_missing(
    post: RetentionPost, ground: EarlyGround
) -> None:
    post.keep("one", days=2)
    asked = agreed(post, ground)
    said = [fact.in_english() for fact in asked.request.shown.values() if isinstance(fact, Text)]
    assert any("nobody holds it" in sentence for sentence in said)
    assert post.retention.erase(asked.erasure_id, CancelToken(), QUIET).erased == 1
    assert entry_of(post).details["without"] == "not_exported"
    assert post.findings() == []


@pytest.mark.parametrize("ground", EarlyGround)
def test_nothing_goes_past_a_legal_hold_or_out_of_an_open_inspection(post: RetentionPost, ground: EarlyGround) -> None:
    sent(post)
    post.retention.place_hold(ONE, "court of Utopia")
    with pytest.raises(RetentionRefused, match="legal hold"):
        post.retention.ask_early(ONE, ground)
    post.keep("open", days=1, status=EncounterStatus.PARKED, decisions=())
    with pytest.raises(RetentionRefused, match="not finished"):
        post.retention.ask_early(EncounterId("open"), ground)


def test_a_hold_placed_after_both_agreed_still_counts(post: RetentionPost) -> None:
    sent(post)
    asked = agreed(post, EarlyGround.COURT)
    post.retention.place_hold(ONE, "court of Utopia")
    with pytest.raises(RetentionRefused, match="legal hold"):
        post.retention.erase(asked.erasure_id, CancelToken(), QUIET)
    assert post.there() == {"one"}
    assert post.retention.overview().unfinished is None


def test_what_changed_since_both_agreed_is_asked_for_again(post: RetentionPost) -> None:
    post.keep("one", days=2)
    asked = agreed(post, EarlyGround.COURT)
    post.export("one", received=False)
    with pytest.raises(NotPermitted, match="changed since"):
        post.retention.erase(asked.erasure_id, CancelToken(), QUIET)
    assert post.there() == {"one"}


def test_nobody_erases_alone_or_with_an_approval_for_something_else(post: RetentionPost) -> None:
    sent(post)
    asked = post.retention.ask_early(ONE, EarlyGround.ASKED)
    with pytest.raises(NotPermitted, match="approved this yet"):
        post.retention.erase(asked.erasure_id, CancelToken(), QUIET)
    post.approve(asked.request.request_id, Verdict.REFUSED)
    with pytest.raises(NotPermitted, match="refused"):
        post.retention.erase(asked.erasure_id, CancelToken(), QUIET)
    retention, _ = post.services(OMAR)
    with pytest.raises(NotPermitted):
        retention.ask_early(ONE, EarlyGround.ASKED)
    assert post.there() == {"one"}


def test_what_both_saw_is_erased_with_the_record_and_its_hash_stays(post: RetentionPost) -> None:
    sent(post)
    asked = agreed(post, EarlyGround.ASKED)
    assert asked.request.kind is ApprovalKind.EARLY_ERASURE
    assert "SPECIMEN" not in str(asked.request.shown)  # whoever approves may be somebody who may not read records
    post.retention.erase(asked.erasure_id, CancelToken(), QUIET)
    now = post.approvals.get(asked.request.request_id)
    assert now.shown == {}
    assert now.shown_sha256 == asked.request.shown_sha256


def test_what_was_begun_is_finished_without_a_new_approval(post: RetentionPost) -> None:
    sent(post)
    asked = agreed(post, EarlyGround.PROTECTION)
    stop = CancelToken()
    with pytest.raises(Cancelled):
        post.retention.erase(asked.erasure_id, stop, lambda done, total: stop.cancel())
    unfinished = post.retention.overview().unfinished
    assert unfinished is not None
    listed = read_list(unfinished.body)
    assert listed is not None
    assert listed.ground is EarlyGround.PROTECTION
    with pytest.raises(RecordConflict, match="not finished"):
        post.retention.ask_early(ONE, EarlyGround.COURT)
    ended = post.retention.erase(asked.erasure_id, CancelToken(), QUIET)
    assert (ended.erased, ended.held, len(ended.days)) == (1, 0, 1)
    assert post.there() == set()
    assert post.findings() == []


def test_a_record_that_is_not_there_is_said(post: RetentionPost) -> None:
    with pytest.raises(RecordConflict, match="no record"):
        post.retention.ask_early(EncounterId("nobody"), EarlyGround.COURT)


def test_a_verification_says_how_many_went_early_why_and_past_whom(post: RetentionPost) -> None:
    sent(post)
    erase(post, EarlyGround.ASKED)
    for name in ("two", "three"):
        post.keep(name, days=2)
        asked = post.retention.ask_early(EncounterId(name), EarlyGround.COURT)
        post.approve(asked.request.request_id)
        post.retention.erase(asked.erasure_id, CancelToken(), QUIET)
    check = TrailCheck(())
    with post.store.reading() as unit:
        assert all(check.through(unit.audit.entries()))
    verdict = check.verdict()
    assert verdict.findings == ()
    assert [text.in_english() for text in verdict.gaps] == [
        "1 record was erased before its time. Ground: The person asked for it.",
        "2 records were erased before their time. Ground: A court or the data protection authority ordered it.",
        "2 of these were erased while headquarters did not hold them.",
    ]
