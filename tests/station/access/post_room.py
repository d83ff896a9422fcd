# SPDX-License-Identifier: Apache-2.0
"""A post with real stores and real keys, at which several people act at one open store."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

from station.access.approval_rules import ApprovalKind, Verdict
from station.access.approvals import ApprovalService, Request
from station.access.people import NewPerson, PeopleService
from station.access.sign_in import Session, SignInService
from station.access.suspicion import SuspicionService
from station.domain.identifiers import OfficerId
from station.domain.secrets import Secret
from station.ports.keys import Opened
from station.ports.storage import AuditEntry, Officer, RoleName
from station.ports.tasks import CancelToken
from tests.open_station import OFFICER_PASSWORD, SUPERVISOR_PASSWORD, OpenStation

SHOWN = {"record": "record-1", "reason": "court order 7"}


class PostRoom:
    """Irina (supervisor) is signed in and holds the store open; anybody else may act at the same store."""

    def __init__(self, folder: Path) -> None:
        self.station = OpenStation(folder)
        self.desk = self.station.door.desk
        self.sign_ins = SignInService(
            self.station.door, self.station.clock, self.station.checkpoints, key_desk=self.desk
        )
        self.irina = self.station.signed_in()
        self.passwords = {"irina": SUPERVISOR_PASSWORD, "omar": OFFICER_PASSWORD}

    def close(self) -> None:
        """Close the store."""
        self.irina.end()

    def row(self, name: str) -> Officer:
        """A person as the database has them."""
        with self.irina.store.reading() as unit:
            officer = unit.officers.by_name(name)
        assert officer is not None
        return officer

    def id_of(self, name: str) -> OfficerId:
        """The identifier behind a sign-in name."""
        return self.row(name).officer_id

    def change(self, name: str, **changes: object) -> None:
        """Change a row behind the back of the services."""
        with self.irina.store.unit_of_work() as unit:
            officer = unit.officers.by_name(name)
            assert officer is not None
            unit.officers.replace(replace(officer, **changes))  # type: ignore[arg-type]  # the test names the field
            unit.commit()

    def session(self, name: str) -> Session:
        """A session of somebody at the store that is open."""
        return Session(Opened(officer=self.row(name), store=self.irina.store, further={}))

    def approvals(self, name: str = "irina") -> ApprovalService:
        """Approvals as somebody sees them."""
        return ApprovalService(self.session(name), self.desk, self.station.clock, self.station.randomness)

    def people(self, name: str = "irina") -> PeopleService:
        """People as somebody may change them."""
        approvals, session = self.approvals(name), self.session(name)
        return PeopleService(session, self.desk, approvals, self.station.clock, self.station.randomness)

    def suspicion(self, name: str = "irina") -> SuspicionService:
        """Removal with suspicion."""
        approvals, session = self.approvals(name), self.session(name)
        return SuspicionService(session, self.desk, approvals, self.station.clock, self.station.randomness)

    def add(self, name: str, role: RoleName, *, by: str = "irina") -> Secret:
        """Add somebody, who chooses a password of their own; that password."""
        new = NewPerson(name=name, display_name=f"{name.title()} Specimen", role=role)
        added = self.people(by).add(new, self.passwords[by])
        own = Secret.of(f"own password of {name}")
        self.people(name).change_own_password(added.one_time_password, own)
        self.passwords[name] = own
        return own

    def vouched(self, name: str, *, asker: str = "irina", decider: str = "omar") -> None:
        """Two people say that the account is somebody's own."""
        request = self.people(asker).ask_vouching(self.id_of(name))
        self.decide(request, decider)
        self.people(asker).vouch(self.id_of(name), request.request_id)

    def decide(self, request: Request, name: str, verdict: Verdict = Verdict.APPROVED) -> Request:
        """Somebody decides at Irina's window."""
        return self.approvals().decide(request.request_id, verdict, name, self.passwords[name])

    def use(self, request: Request, *, by: str = "irina", **other: Any) -> None:
        """Do the act that was approved; ``other`` changes what it is said to be."""
        kind, subject, shown = request.kind, request.subject, dict(request.shown)
        parts: dict[str, Any] = {"kind": kind, "subject": subject, "shown": shown, **other}
        approvals = self.approvals(by)
        with self.irina.store.unit_of_work() as unit:
            approvals.use(unit, request.request_id, **parts)
            unit.commit()

    def asked(self, kind: ApprovalKind = ApprovalKind.ERASURE, *, by: str = "irina") -> Request:
        """A request about a record."""
        return self.approvals(by).ask(kind, "record-1", SHOWN)

    def trail(self) -> list[AuditEntry]:
        """The whole audit trail."""
        with self.irina.store.reading() as unit:
            return list(unit.audit.entries())

    @contextmanager
    def signed_in(self, name: str, password: Secret) -> Iterator[Session]:
        """Irina leaves, somebody signs in through the door, and Irina comes back after."""
        self.irina.end()
        try:
            session = self.sign_ins.sign_in(name, password, CancelToken())
            try:
                yield session
            finally:
                session.end()
        finally:
            self.irina = self.sign_ins.sign_in("irina", self.passwords["irina"], CancelToken())
