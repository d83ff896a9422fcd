# SPDX-License-Identifier: Apache-2.0
"""What one person asks for is decided by another, once, for exactly what both saw, with a signature on the trail."""

from __future__ import annotations

import json
import random
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from station.access import distress
from station.access.approval_proof import verify_approvals
from station.access.approval_rules import APPROVALS, ApprovalKind, Verdict
from station.access.approvals import ApprovalMoved, RequestState
from station.access.audit import Act
from station.domain.errors import NotPermitted, SignInRefused
from station.domain.secrets import Secret
from station.domain.words import say
from station.ports.storage import RoleName
from tests.station.access.post_room import SHOWN, PostRoom


@pytest.fixture
def room(tmp_path: Path) -> Iterator[PostRoom]:
    room = PostRoom(tmp_path)
    yield room
    room.close()


def refused(caught: pytest.ExceptionInfo[NotPermitted]) -> str:
    """What is shown, which always has a next step."""
    assert caught.value.next_step.in_english()
    return caught.value.cause.in_english()


def test_what_another_person_approves_may_be_done_once(room: PostRoom) -> None:
    request = room.asked()
    assert [one.request_id for one in room.approvals("omar").inbox()] == [request.request_id]
    assert room.decide(request, "omar").state is RequestState.APPROVED
    assert room.approvals().inbox() == []
    room.use(request)
    with pytest.raises(NotPermitted) as caught:
        room.use(request)
    assert refused(caught) == "This approval was used already."
    (one,) = room.approvals().history()
    assert one.state is RequestState.USED
    assert one.decider is not None
    assert (one.asker.name, one.decider.name) == ("irina", "omar")
    assert one.shown == SHOWN


def test_the_trail_has_both_people_the_signature_and_nothing_of_what_was_shown(room: PostRoom) -> None:
    request = room.asked()
    room.decide(request, "omar")
    room.use(request)
    entries = [entry for entry in room.trail() if entry.subject == request.request_id]
    assert [entry.act for entry in entries] == [Act.APPROVAL_ASKED, Act.APPROVAL_DECIDED, Act.APPROVAL_USED]
    assert [entry.by for entry in entries] == [room.id_of("irina"), room.id_of("omar"), room.id_of("irina")]
    assert entries[1].details["asked_by"] == room.id_of("irina")
    assert "court order" not in json.dumps([dict(entry.details) for entry in entries])
    assert verify_approvals(room.trail()) == ()
    assert room.station.events.published.count(ApprovalMoved(request.request_id)) == 3


def test_the_same_facts_have_another_hash_each_time(room: PostRoom) -> None:
    assert room.asked().shown_sha256 != room.asked().shown_sha256


def test_whoever_asks_cannot_decide_with_any_spelling_or_shown_name(room: PostRoom) -> None:
    request = room.asked()
    room.change("irina", display_name="Somebody Else")
    for name in ("irina", " IRINA "):
        with pytest.raises(NotPermitted) as caught:
            room.approvals().decide(request.request_id, Verdict.APPROVED, name, room.passwords["irina"])
        assert refused(caught) == "Whoever asks cannot approve."


def test_a_wrong_password_and_an_unknown_name_decide_nothing(room: PostRoom) -> None:
    request = room.asked()
    for name in ("omar", "nobody at all"):
        with pytest.raises(SignInRefused):
            room.approvals().decide(request.request_id, Verdict.APPROVED, name, Secret.of("not the password"))
    assert room.approvals().get(request.request_id).state is RequestState.WAITING


def test_a_role_decides_only_what_the_table_gives_it(room: PostRoom) -> None:
    room.add("anna", RoleName.OFFICER)
    room.vouched("anna")
    request = room.asked(ApprovalKind.OVERRIDE, by="omar")
    with pytest.raises(NotPermitted) as caught:
        room.decide(request, "anna")
    assert refused(caught) == "The role officer may not decide this request."
    with pytest.raises(NotPermitted):
        room.asked(ApprovalKind.ERASURE, by="omar")
    assert room.decide(request, "irina").state is RequestState.APPROVED


def test_suspended_and_removed_people_decide_nothing_and_what_they_decided_falls(room: PostRoom) -> None:
    request = room.asked()
    room.decide(request, "omar")
    waiting = room.asked()
    for change in ({"suspended": True}, {"suspended": False, "removed": True}):
        room.change("omar", **change)
        with pytest.raises(NotPermitted):
            room.decide(waiting, "omar")
        with pytest.raises(NotPermitted) as caught:
            room.use(request)
        assert refused(caught) == "The person who approved this may not approve any more."


def test_a_request_expires_before_the_decision_and_after_it(room: PostRoom) -> None:
    late, approved = room.asked(), room.asked()
    room.decide(approved, "omar")
    room.station.clock.at += APPROVALS[ApprovalKind.ERASURE].valid
    for act in (lambda: room.decide(late, "omar"), lambda: room.use(approved)):
        with pytest.raises(NotPermitted) as caught:
            act()
        assert refused(caught) == "This request has expired."
    assert {one.state for one in room.approvals().history()} == {RequestState.EXPIRED}
    assert room.approvals().inbox() == []


def test_a_clock_that_was_put_back_gives_no_second_life(room: PostRoom) -> None:
    request = room.asked()
    room.decide(request, "omar")
    room.station.clock.at -= timedelta(days=1)
    with pytest.raises(NotPermitted, match="clock was put back"):
        room.use(request)


def test_what_was_refused_is_refused_for_good(room: PostRoom) -> None:
    request = room.asked()
    assert room.decide(request, "omar", Verdict.REFUSED).state is RequestState.REFUSED
    with pytest.raises(NotPermitted) as caught:
        room.use(request)
    assert refused(caught) == "This was refused."
    with pytest.raises(NotPermitted) as caught:
        room.decide(request, "omar")
    assert refused(caught) == "This request was decided already."


def test_an_undecided_or_unknown_request_allows_nothing(room: PostRoom) -> None:
    request = room.asked()
    with pytest.raises(NotPermitted) as caught:
        room.use(request)
    assert refused(caught) == "Nobody has approved this yet."
    with pytest.raises(NotPermitted) as caught:
        room.use(replace(request, request_id="another"))
    assert refused(caught) == "There is no such request for approval."


@pytest.mark.parametrize(
    "other",
    [
        {"kind": ApprovalKind.RESTORE},
        {"subject": "record-2"},
        {"shown": {**SHOWN, "reason": "court order 8"}},
        {"shown": {"record": "record-1"}},
        {"shown": {**SHOWN, "reason": say("court order 7")}},
    ],
    ids=["kind", "subject", "value", "fewer", "sentence"],
)
def test_an_approval_holds_for_exactly_what_was_shown(room: PostRoom, other: dict[str, Any]) -> None:
    request = room.asked()
    room.decide(request, "omar")
    with pytest.raises(NotPermitted) as caught:
        room.use(request, **other)
    assert refused(caught) == "This approval is for something else, or things have changed since."
    room.use(request)


def test_nobody_uses_an_approval_that_somebody_else_asked_for(room: PostRoom) -> None:
    request = room.asked(ApprovalKind.OVERRIDE, by="omar")
    room.decide(request, "irina")
    with pytest.raises(NotPermitted) as caught:
        room.use(request, by="irina")
    assert refused(caught) == "Another person asked for this approval."
    room.use(request, by="omar")


def test_an_act_that_is_rolled_back_leaves_its_approval_unused(room: PostRoom) -> None:
    request = room.asked()
    room.decide(request, "omar")
    approvals = room.approvals()
    with room.irina.store.unit_of_work() as unit:
        approvals.use(unit, request.request_id, request.kind, request.subject, SHOWN)
    assert room.approvals().get(request.request_id).state is RequestState.APPROVED
    room.approvals().require_approved(request.request_id, request.kind, request.subject, SHOWN)
    room.use(request)


def test_a_row_whose_signature_is_not_by_the_person_allows_nothing(room: PostRoom) -> None:
    """Somebody who can write rows, but has nobody's password."""
    request = room.asked()
    omar = room.id_of("omar")
    with room.irina.store.unit_of_work() as unit:
        record = unit.approvals.get(request.request_id)
        assert record is not None
        forged = replace(
            record,
            verdict=Verdict.APPROVED.value,
            decided_by=omar,
            decided_at=room.station.clock.now(),
            signature="QUJD",
        )
        assert unit.approvals.decide(forged)
        unit.commit()
    with pytest.raises(NotPermitted, match="signature"):
        room.use(request)


def test_an_account_whose_password_the_asker_gave_out_is_no_second_person(room: PostRoom) -> None:
    room.add("sara", RoleName.SUPERVISOR)
    request = room.asked()
    with pytest.raises(NotPermitted) as caught:
        room.decide(request, "sara")
    assert "given out by the other" in refused(caught)
    room.vouched("sara")
    assert room.decide(request, "sara").state is RequestState.APPROVED


def test_under_distress_an_approval_looks_the_same_and_raises_the_flag(room: PostRoom) -> None:
    under = Secret.of("the distress of omar")
    own = Secret.of("another own password")
    room.people("omar").change_own_password(room.passwords["omar"], own, distress_password=under)
    calm, forced = room.asked(), room.asked()
    room.passwords["omar"] = own
    room.decide(calm, "omar")
    room.passwords["omar"] = under
    seen = room.decide(forced, "omar")
    assert seen.state is RequestState.APPROVED
    room.use(forced)
    assert verify_approvals(room.trail()) == ()
    marks = {entry.subject: entry.details["mark"] for entry in room.trail() if entry.act == Act.APPROVAL_DECIDED}
    with room.irina.store.reading() as unit:
        assert distress.is_distress(unit.settings, forced.request_id, marks[forced.request_id])
        assert not distress.is_distress(unit.settings, calm.request_id, marks[calm.request_id])
        (flag,) = distress.raised(unit.settings)
    assert (flag.by, flag.subject, flag.act) == (room.id_of("omar"), forced.request_id, Act.APPROVAL_DECIDED)


def test_what_was_shown_can_be_erased_and_its_hash_stays(room: PostRoom) -> None:
    request = room.asked()
    room.decide(request, "omar")
    with room.irina.store.unit_of_work() as unit:
        assert unit.approvals.erase_shown("record-1") == 1
        unit.commit()
    after = room.approvals().get(request.request_id)
    assert (after.shown, after.shown_sha256) == ({}, request.shown_sha256)
    with pytest.raises(NotPermitted):
        room.use(request)
    assert verify_approvals(room.trail()) == ()


def test_a_fact_without_a_label_is_a_mistake_of_the_program(room: PostRoom) -> None:
    with pytest.raises(ValueError, match="no label"):
        room.approvals().ask(ApprovalKind.ERASURE, "record-1", {"colour": "red"})
    with pytest.raises(ValueError, match="what it is about"):
        room.approvals().ask(ApprovalKind.ERASURE, "record-1", {})


def test_every_change_of_the_entries_of_an_approval_is_found(room: PostRoom) -> None:
    """The chain of the trail is left out: whoever wrote it anew would still have to forge the signature."""
    for verdict in Verdict:
        request = room.asked()
        room.decide(request, "omar", verdict)
    request = room.asked()
    room.decide(request, "omar")
    room.use(request)
    trail = room.trail()
    decided = [number for number, entry in enumerate(trail) if entry.act == Act.APPROVAL_DECIDED]
    choice = random.Random(20261122)
    tried = 0
    for number in decided:
        for name, value in trail[number].details.items():
            if name == "mark":  # proves distress to the store alone, and is not signed
                continue
            for _ in range(20):
                place = choice.randrange(len(value))
                letter = choice.choice([one for one in "0123456789abcdefXYZ+" if one != value[place]])
                details = dict(trail[number].details) | {name: value[:place] + letter + value[place + 1 :]}
                changed = [*trail]
                changed[number] = replace(trail[number], details=details)
                if name == "signature" and place >= len(value) - 3:
                    continue  # bits of base64 that no byte is made of
                assert verify_approvals(changed), (name, value, details[name])
                tried += 1
    assert tried > 500


@pytest.mark.parametrize("act", [Act.APPROVAL_ASKED, Act.APPROVAL_DECIDED, Act.OFFICER_ADDED])
def test_a_missing_entry_leaves_the_approval_unproven(room: PostRoom, act: Act) -> None:
    request = room.asked()
    room.decide(request, "omar")
    room.use(request)
    assert verify_approvals([entry for entry in room.trail() if entry.act != act])


def test_a_use_twice_or_by_somebody_else_is_found(room: PostRoom) -> None:
    request = room.asked()
    room.decide(request, "omar")
    room.use(request)
    trail = room.trail()
    used = trail[-1]
    assert used.act == Act.APPROVAL_USED
    for wrong in (
        [*trail, replace(used, sequence=used.sequence + 1)],
        [*trail[:-1], replace(used, by=room.id_of("omar"))],
        [*trail[:-1], replace(used, details={**used.details, "about": "record-2"})],
        [*trail[:-1], replace(used, at=used.at + timedelta(days=1))],
        [*trail, replace(trail[-2], sequence=used.sequence + 1)],
        [*trail, replace(trail[-3], sequence=used.sequence + 1)],
    ):
        assert len(verify_approvals(wrong)) == 1
