# SPDX-License-Identifier: Apache-2.0
"""A bundle for a stranger leaves once for each agreement, holds what was agreed on, and takes nothing from the plan."""

from __future__ import annotations

import io
import json
import tarfile
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date
from pathlib import Path
from typing import Any

import pyrage
import pytest

from station.access.approval_rules import ApprovalKind, Verdict
from station.access.shown_facts import Shown
from station.domain.encounter import EncounterStatus
from station.domain.errors import Cancelled, ExportError, NotPermitted, RecipientRefused, RecordConflict, TargetUnusable
from station.domain.identifiers import EncounterId
from station.domain.secrets import Secret
from station.domain.wire import from_json, to_json
from station.exporting import outside_order
from station.exporting.headquarters import Change
from station.exporting.headquarters_keys import KeyUse, PublicKeyOf
from station.exporting.manifest import Manifest, Pictures
from station.exporting.outside import OutsideExportService, OutsideOutcome
from station.exporting.outside_order import OutsideOrder
from station.exporting.succession import breaks
from station.ports.tasks import CancelToken
from storage.exchange.stick import FolderTargets
from tests.open_station import OFFICER_PASSWORD
from tests.station.exporting.headquarters_post import HeadquartersPost

DAY = date(2026, 11, 22)


class AskedPost(HeadquartersPost):
    """A consulate asks this post about its citizens."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self.outside = self.service()
        self.consulate, self.consulate_key = self.another_recipient()
        self.records = [self.keep(self.session, *self.encounter(images=2)) for _ in range(3)]

    def service(self) -> OutsideExportService:
        """For the session of now."""
        return OutsideExportService(
            self.session,
            self.approvals,
            self.sealer,
            targets=FolderTargets(self.store_folder),
            clock=self.clock,
            randomness=self.randomness,
            zone=UTC,
        )

    def order(self, **other: Any) -> OutsideOrder:
        """All of the day, or something else."""
        said: dict[str, Any] = {
            "recipient": self.consulate_key,
            "whom": "Consulate of Utopia",
            "purpose": "Notify the families",
            "days": (DAY, DAY),
        }
        return OutsideOrder(**(said | other))

    def agreed(self, order: OutsideOrder) -> str:
        """The request for it, approved."""
        return self.decided(self.outside.ask(order)).request_id

    def left(self, order: OutsideOrder) -> OutsideOutcome:
        """What both agreed on, on the stick."""
        return self.outside.export(self.agreed(order), self.stick, CancelToken(), lambda _done, _of: None)

    def content(self, outcome: OutsideOutcome, identity: Secret) -> dict[str, bytes]:
        """The files of a bundle."""
        key = pyrage.x25519.Identity.from_str(identity.reveal().decode())
        plain = pyrage.decrypt(outcome.bundle.path.read_bytes(), [key])
        with tarfile.open(fileobj=io.BytesIO(plain)) as tar:
            files = {member.name: tar.extractfile(member) for member in tar.getmembers()}
        return {name: file.read() for name, file in files.items() if file is not None}


@pytest.fixture
def post(tmp_path: Path) -> Iterator[AskedPost]:
    post = AskedPost(tmp_path)
    yield post
    post.close()


def test_the_stranger_and_headquarters_open_it_and_nobody_else(post: AskedPost) -> None:
    outcome = post.left(post.order())
    stranger, _ = post.another_recipient()
    assert outcome.name == "TRAINING-Harbour-1-outside-000001"
    assert [post.opens(outcome.bundle.path, one) for one in (post.consulate, post.identity, stranger)] == [
        True,
        True,
        False,
    ]
    assert post.content(outcome, post.consulate).keys() == post.content(outcome, post.identity).keys()


def test_it_holds_records_only_and_no_pictures_unless_asked_for(post: AskedPost) -> None:
    files = post.content(post.left(post.order()), post.consulate)
    records = sorted(name for name in files if name != "manifest.json")
    assert records == sorted(f"encounters/{one}.v1.json" for one in post.records)
    assert all(json.loads(files[name])["images"] == [] for name in records)
    files = post.content(post.left(post.order(pictures=Pictures.INCLUDED)), post.consulate)
    assert sum(name.startswith("images/") for name in files) == 6


def test_its_manifest_says_why_it_left_and_tells_a_stranger_nothing_of_the_station(post: AskedPost) -> None:
    request_id = post.agreed(post.order())
    outcome = post.outside.export(request_id, post.stick, CancelToken(), lambda _done, _of: None)
    opened = post.sealer.open(outcome.bundle.path, signer=post.public_key, identity=post.consulate)
    manifest = from_json(Manifest, to_json(opened.manifest))
    assert manifest.outside is not None
    people = {one.name: one.officer_id for one in _people(post)}
    assert (manifest.outside.asked_by, manifest.outside.approved_by) == (people["irina"], people["omar"])
    assert (manifest.outside.request, manifest.outside.purpose) == (request_id, "Notify the families")
    assert (manifest.audit_head, manifest.audit_follows, manifest.checkpoints, manifest.distress) == (
        None,
        None,
        (),
        (),
    )
    assert "outside the plan" in opened.trusted_comment


def test_the_plan_goes_on_as_if_nothing_had_left(post: AskedPost) -> None:
    before = post.exported()
    waiting = post.keep(post.session, *post.encounter())
    outside = post.left(post.order())
    assert post.exports.waiting() == 1
    after = post.exports.export(post.stick, None, CancelToken(), lambda _done, _of: None)
    assert (before.record.sequence, after.record.sequence) == (1, 2)
    assert [one.sequence for one in post.exports.completed()] == [2, 1]
    manifests = [
        from_json(Manifest, to_json(post.sealer.open(path, signer=post.public_key, identity=post.identity).manifest))
        for path in (before.bundle.path, after.bundle.path, outside.bundle.path)
    ]
    assert not list(breaks(manifests[0], before.bundle.sha256, manifests[1], lambda _one: True))
    assert list(breaks(manifests[0], before.bundle.sha256, manifests[2], lambda _one: True))
    assert waiting in {one.encounter_id for one in _waiting_versions(post, after.record.sequence)}


def test_nothing_leaves_without_agreement_nor_twice_for_one(post: AskedPost) -> None:
    request = post.outside.ask(post.order())
    with pytest.raises(NotPermitted, match="Nobody has approved"):
        post.outside.export(request.request_id, post.stick, CancelToken(), lambda _done, _of: None)
    post.decided(request)
    post.outside.export(request.request_id, post.stick, CancelToken(), lambda _done, _of: None)
    with pytest.raises(NotPermitted, match="used already"):
        post.outside.export(request.request_id, post.stick, CancelToken(), lambda _done, _of: None)
    refused = post.decided(post.outside.ask(post.order()), Verdict.REFUSED)
    with pytest.raises(NotPermitted, match="refused"):
        post.outside.export(refused.request_id, post.stick, CancelToken(), lambda _done, _of: None)
    assert len(list(post.stick.glob("*outside*.age"))) == 1


def test_a_record_that_was_added_in_between_is_not_taken_along(post: AskedPost) -> None:
    request_id = post.agreed(post.order())
    post.keep(post.session, *post.encounter())
    with pytest.raises(NotPermitted, match="things have changed"):
        post.outside.export(request_id, post.stick, CancelToken(), lambda _done, _of: None)
    assert not list(post.stick.glob("*.age"))


def test_an_approval_of_another_kind_lets_nothing_leave(post: AskedPost) -> None:
    shown: Shown = outside_order.shown_order(post.order(), [(EncounterId("x"), 1)])
    request = post.decided(post.approvals.ask(ApprovalKind.ERASURE, "x", shown))
    with pytest.raises(NotPermitted, match="something else"):
        post.outside.export(request.request_id, post.stick, CancelToken(), lambda _done, _of: None)


def test_one_record_leaves_alone(post: AskedPost) -> None:
    outcome = post.left(post.order(days=None, record=post.records[1]))
    assert (outcome.encounters, outcome.images) == (1, 0)
    assert f"encounters/{post.records[1]}.v1.json" in post.content(outcome, post.consulate)


def test_a_missing_stick_costs_no_approval_and_a_stop_costs_it(post: AskedPost) -> None:
    request_id = post.agreed(post.order())
    with pytest.raises(TargetUnusable):
        post.outside.export(request_id, post.stick / "gone", CancelToken(), lambda _done, _of: None)
    assert "export.outside_begun" not in post.acts()
    cancel = CancelToken()
    cancel.cancel()
    with pytest.raises(Cancelled):
        post.outside.export(request_id, post.stick, cancel, lambda _done, _of: None)
    assert post.acts()[-1] == "export.outside_failed"
    assert not list(post.stick.glob("*outside*"))
    with pytest.raises(NotPermitted, match="used already"):
        post.outside.export(request_id, post.stick, CancelToken(), lambda _done, _of: None)


def test_the_trail_names_request_recipient_and_hash_but_not_for_whom(post: AskedPost) -> None:
    outcome = post.left(post.order())
    with post.session.store.reading() as unit:
        begun, completed = list(unit.audit.entries())[-2:]
    assert (begun.act, completed.act) == ("export.outside_begun", "export.outside_completed")
    assert begun.details["recipient"] == post.consulate_key.text
    assert begun.details["approval"] == completed.details["approval"]
    assert completed.details["sha256"] == outcome.bundle.sha256
    assert "Consulate" not in str(begun) + str(completed)
    (made,) = post.outside.made()
    assert (made.name, made.encounters) == (outcome.name, 3)


def test_new_keys_of_headquarters_open_it(post: AskedPost) -> None:
    identity, key = post.another_recipient()
    post.changed(Change.ADD, key)
    assert post.opens(post.left(post.order()).bundle.path, identity)


@pytest.mark.parametrize(
    "other",
    [
        {"whom": " "},
        {"purpose": ""},
        {"purpose": "x" * 161},
        {"whom": "Consulate\nApproved by all"},
        {"whom": "Consulate \u202eaipotu fo"},
        {"days": None},
        {"days": (DAY, date(2026, 11, 1))},
        {"days": (date(2020, 1, 1), date(2020, 1, 2))},
        {"record": EncounterId("x")},
        {"days": None, "record": EncounterId("../x")},
        {"days": None, "record": EncounterId("no-such-record")},
        {"recipient": PublicKeyOf(KeyUse.SIGNING, "RWQ")},
    ],
)
def test_an_order_that_is_none_is_not_even_asked(post: AskedPost, other: dict[str, Any]) -> None:
    with pytest.raises(ExportError):
        post.outside.ask(post.order(**other))
    assert not post.approvals.history()


def test_headquarters_and_mistyped_keys_are_no_strangers(post: AskedPost) -> None:
    with pytest.raises(ExportError, match="key of headquarters"):
        post.outside.ask(post.order(recipient=PublicKeyOf(KeyUse.SEALING, post.recipient)))
    with pytest.raises(RecipientRefused):
        post.outside.ask(post.order(recipient=PublicKeyOf(KeyUse.SEALING, post.recipient[:-1] + "q")))


def test_too_many_records_are_refused(post: AskedPost, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(outside_order, "MOST_RECORDS", 2)
    with pytest.raises(ExportError, match="more than"):
        post.outside.ask(post.order())


def test_what_is_not_complete_stays(post: AskedPost) -> None:
    post.keep(post.session, *post.encounter(status=EncounterStatus.OPEN))
    assert post.left(post.order()).encounters == 3


def test_what_was_approved_is_found_again_with_all_that_was_shown(post: AskedPost) -> None:
    wanted = post.order(pictures=Pictures.INCLUDED)
    request_id = post.agreed(wanted)
    (found,) = post.outside.approved()
    assert (found.request_id, outside_order.order_of(found)) == (request_id, wanted)
    with pytest.raises(RecordConflict):
        outside_order.order_of(replace(found, shown={}))


def test_an_officer_asks_for_nothing(post: AskedPost) -> None:
    post.close()
    post.session = post.signed_in("omar", OFFICER_PASSWORD)
    with pytest.raises(NotPermitted):
        post.service().ask(post.order())


def _people(post: AskedPost) -> Any:
    with post.session.store.reading() as unit:
        return unit.officers.all()


def _waiting_versions(post: AskedPost, sequence: int) -> Any:
    with post.session.store.reading() as unit:
        return [
            one
            for encounter_id in {*post.records, *(row.encounter_id for row in unit.encounters.recorded_bodies())}
            if any(record.sequence == sequence for record in unit.exports.exports_of(encounter_id))
            and (one := unit.encounters.get(encounter_id)) is not None
        ]
