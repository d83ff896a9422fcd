# SPDX-License-Identifier: Apache-2.0
"""Removing a person who may have copied a key: four eyes, no key any more, and new keys for the stores.

The removal happens at once. The stores get their new keys at the next sign-in (station.access.rekeying).
"""

from __future__ import annotations

from station.access import rekeying
from station.access.approval_rules import ApprovalKind
from station.access.approvals import ApprovalService, Request
from station.access.people_ledger import PeopleLedger
from station.access.people_state import found_officer
from station.access.roles import ROLE_TITLES, STORES_OF, Permission
from station.access.shown_facts import Shown
from station.access.sign_in import Session
from station.domain.errors import NotPermitted
from station.domain.identifiers import OfficerId
from station.domain.secrets import Secret
from station.domain.words import say
from station.ports.clock import Clock, Randomness
from station.ports.keys import KeyDesk
from station.ports.storage import Officer, StoreName


class SuspicionService:
    """Removal with suspicion for one session. Blocks on the disk and stretches passwords."""

    def __init__(
        self, session: Session, key_desk: KeyDesk, approvals: ApprovalService, clock: Clock, randomness: Randomness
    ) -> None:
        self._session = session
        self._approvals = approvals
        self._clock = clock
        self._ledger = PeopleLedger(session, key_desk, clock, randomness)

    def ask(self, officer_id: OfficerId, reason: str) -> Request:
        """Ask another person to approve the removal. Needs MANAGE_PEOPLE and ASK_APPROVAL."""
        self._session.require(Permission.MANAGE_PEOPLE)
        if not reason.strip():
            raise NotPermitted(say("A removal with suspicion needs a reason."), say("Write why, in a few words."))
        with self._session.store.reading() as unit:
            officer = found_officer(unit, officer_id)
        return self._approvals.ask(ApprovalKind.REMOVAL_WITH_SUSPICION, officer_id, _shown(officer, reason.strip()))

    def remove(
        self, officer_id: OfficerId, request_id: str, password: Secret, *, pin: Secret | None = None
    ) -> frozenset[StoreName]:
        """Take the person's key away; the stores that are due for a new one.

        Needs MANAGE_PEOPLE and the approval that ``ask`` asked for. Raises as PeopleService.
        """
        self._session.require(Permission.MANAGE_PEOPLE)
        kind = ApprovalKind.REMOVAL_WITH_SUSPICION
        reason = str(self._approvals.get(request_id).shown.get("reason", ""))
        with self._session.store.reading() as unit:
            officer = found_officer(unit, officer_id)
        shown = _shown(officer, reason)
        self._approvals.require_approved(request_id, kind, officer_id, shown)
        with self._ledger.acting(password, pin) as (ring, actor):
            opened = STORES_OF[self._ledger.take_key(ring, actor, officer_id).role]
            with self._session.store.unit_of_work() as unit:
                self._approvals.use(unit, request_id, kind, officer_id, shown)
                due = rekeying.make_due(unit, opened)
                self._ledger.keep_removed(unit, officer, {"suspicion": "1", "approval": request_id}, ring)
                unit.commit()
        return due

    def rekey_due(self) -> frozenset[StoreName]:
        """Stores that need a new key since somebody was removed with suspicion. Needs MANAGE_PEOPLE."""
        self._session.require(Permission.MANAGE_PEOPLE)
        with self._session.store.reading() as unit:
            return rekeying.rekey_due(unit.settings)


def _shown(officer: Officer, reason: str) -> Shown:
    return {
        "person": officer.display_name,
        "sign_in_name": officer.name,
        "role": ROLE_TITLES[officer.role],
        "reason": reason,
        "meaning": say("The person loses every key. The stores they could open get new keys."),
    }
