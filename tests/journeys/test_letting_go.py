# SPDX-License-Identifier: Apache-2.0
"""Travellers are inspected, exported and, years later, let go: nobody finds them again, and the trail still holds."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from station.access.approval_proof import verify_approvals
from station.access.approval_rules import Verdict
from station.access.approvals import ApprovalService
from station.access.audit import verify, verify_records
from station.domain.errors import PictureErased
from station.domain.secrets import Secret
from station.inspection import events as ev
from station.inspection.records import understood
from station.ports.clock import Clock
from station.ports.retention import HeldBack, Part
from station.ports.storage import RoleName, SearchQuery
from station.ports.tasks import CancelToken
from station.safekeeping.retention import RetentionService
from station.safekeeping.retention_rules import RuleName
from tests.journeys.test_inspection_service import ENTRY, PASSWORDS, Post, inspected, presented
from tests.journeys.test_inspection_service import post as a_post
from ui.bootstrap.workplace import Services

post = a_post


class Later:
    """The post's clock, some days on."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self.days = 0

    def now(self) -> datetime:
        return self._clock.now() + timedelta(days=self.days)

    def monotonic(self) -> float:
        return self._clock.monotonic()


@pytest.fixture
def services(post: Post) -> Iterator[Services]:
    session = post.sign_in(RoleName.SUPERVISOR)
    yield post.workplace.services(session)
    post.house.sign_in.sign_out(session)


class Keeping:
    """Retention of a signed-in supervisor, and the officer who agrees."""

    def __init__(self, post: Post, services: Services) -> None:
        self.clock = Later(post.house.clock)
        self._approvals = ApprovalService(services.session, post.house.keys, self.clock, post.house.randomness)
        self.retention = RetentionService(services.session, self._approvals, self.clock, post.house.randomness)

    def erase(self) -> int:
        """Ask, agree, erase; how many."""
        asked = self.retention.ask_erasure()
        officer = RoleName.OFFICER
        password = Secret.of(PASSWORDS[officer])
        self._approvals.decide(asked.request.request_id, Verdict.APPROVED, officer.value, password)
        return self.retention.erase(asked.erasure_id, CancelToken(), lambda _done, _of: None).erased

    def due(self, name: RuleName) -> list[str]:
        """Identifiers that are due by a rule."""
        (found,) = (one for one in self.retention.overview().overdue if one.rule.name is name)
        return [str(item.encounter_id) for item in found.due]


def findings(services: Services) -> list[str]:
    """What is wrong with the trail, the records and the approvals."""
    with services.session.store.reading() as unit:
        entries = list(unit.audit.entries())
        found = [
            *verify(entries),
            *verify_approvals(entries),
            *verify_records(
                entries,
                unit.encounters.recorded_bodies(),
                unit.images.recorded_hashes(),
                unit.journal.recorded_steps(),
                vouch=unit.audit.vouch,
            ),
        ]
    return [one.says.in_english() for one in found]


def test_travellers_are_let_go_when_headquarters_hold_them_and_their_time_is_over(
    post: Post, services: Services, tmp_path: Path
) -> None:
    inspection, keeping = services.inspection, Keeping(post, services)
    admitted = inspection.run(inspection.admit(inspected(post, services, 21), ENTRY), cancel=CancelToken())
    left = presented(post, services, 22)
    inspection.act(left, ev.Abandoned(reason="walked away"))
    with services.session.store.reading() as unit:
        record = unit.encounters.get(admitted.encounter_id)
    assert record is not None
    assert record.document is not None

    keeping.clock.days = 31
    overview = keeping.retention.overview()
    held = {item.held_back for one in overview.overdue if one.rule.part is Part.PICTURES for item in one.held_back}
    assert held == {HeldBack.NOT_EXPORTED}
    outcome = services.exports.export(tmp_path, None, CancelToken(), lambda _done, _of: None)
    keeping.retention.note_receipt(outcome.record.sequence, outcome.record.bundle_sha256[:8])
    assert admitted.encounter_id in keeping.due(RuleName.PICTURES_ADMITTED)
    assert keeping.erase() >= 1
    with pytest.raises(PictureErased):
        services.records.image(record.images[0])
    view = services.records.view(admitted.encounter_id)
    assert view is not None
    assert findings(services) == []

    keeping.clock.days = 1200
    assert left.encounter_id in keeping.due(RuleName.ABANDONED)
    assert admitted.encounter_id in keeping.due(RuleName.ADMITTED)
    keeping.erase()
    assert services.records.view(admitted.encounter_id) is None
    with services.session.store.reading() as unit:
        assert unit.encounters.get(left.encounter_id) is None
        assert not unit.journal.of(admitted.encounter_id)
        assert not unit.journal.of(left.encounter_id)
        assert list(unit.images.recorded_hashes()) == []
        assert unit.encounters.search(SearchQuery()) == []
    assert services.records.search(understood(record.document.document_number, zone=inspection.rules.zone)) == []
    assert findings(services) == []
