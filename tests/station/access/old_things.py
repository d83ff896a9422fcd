# SPDX-License-Identifier: Apache-2.0
"""What seldom stands in a store, for questions under distress that must have something to keep silent about."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from station.domain.decision import Decision, DecisionKind, RefusalGround
from station.domain.identifiers import EncounterId, ImageId, OfficerId
from station.ports.safekeeping import ApprovalRecord, OutboxMessage
from station.ports.storage import StoreName
from storage.sqlcipher.unit_of_work import SqlcipherUnitOfWork
from tests.storage.sqlcipher.specimens import NOON, OFFICER, encounter

STRAYED = EncounterId("old-2")
SECOND = OfficerId("officer-2")


def fill_seldom(unit: SqlcipherUnitOfWork, approval: ApprovalRecord, image: ImageId) -> None:
    """A refusal without its notice, a used-up message, an approved request, an erased picture, a strayed row.

    ``approval``: a request to make another one like; ``image``: one that counts as erased as well.
    """
    refused = encounter("old-refused")
    decision = Decision(
        kind=DecisionKind.REFUSE, decided_by=OFFICER, decided_at=NOON, ground=RefusalGround.NO_VALID_DOCUMENT
    )
    unit.encounters.add_version(replace(refused, inspections=(replace(refused.inspections[0], decision=decision),)))
    approved = replace(approval, approval_id="old-approved", subject="old-other")
    unit.approvals.add(approved)
    assert unit.approvals.decide(replace(approved, verdict="approved", decided_by=SECOND, decided_at=NOON))
    message = OutboxMessage(
        message_id="old-message", target=StoreName.PROTECTION.value, kind="person", body=b"{}", made_at=NOON
    )
    unit.outbox.put(message)
    unit.outbox.delivered(message.message_id, NOON + timedelta(days=1))
    running = unit._running()  # what no method of a repository does
    running.run("INSERT INTO erased_image (image_id) VALUES (?)", (image,))
    running.run("UPDATE encounter SET nationality = 'XXX' WHERE encounter_id = ?", (STRAYED,))
    unit.commit()
