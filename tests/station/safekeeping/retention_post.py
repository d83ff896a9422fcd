# SPDX-License-Identifier: Apache-2.0
"""A post with records of several years: real store, real approvals with signatures; only the passwords are cheap."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import cast

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from station.access.approval_rules import Verdict
from station.access.approvals import ApprovalService
from station.access.audit import Act, AuditFinding, image_details, record_details, step_details, verify, verify_records
from station.access.sign_in import Session
from station.domain.decision import Decision, DecisionKind, RefusalGround
from station.domain.encounter import Encounter, EncounterStatus, InspectionLine
from station.domain.errors import SignInRefused
from station.domain.identifiers import EncounterId, OfficerId
from station.domain.secrets import Secret
from station.domain.wire import to_json
from station.domain.words import say
from station.ports.export_rows import ExportRecord
from station.ports.journal_rows import JournalEntry
from station.ports.keys import Confirmed, KeyDesk, Opened
from station.ports.storage import Officer, RoleName
from station.safekeeping.retention import RetentionService
from storage.sqlcipher.store import SqlcipherStore, create_database, open_database
from tests.open_station import KeptEvents, SeededRandomness, StandingClock
from tests.storage.sqlcipher.specimens import IDENTITY, KEY, document, encounter, picture

TODAY = datetime.fromisoformat("2026-11-22T08:00:00+00:00")
PASSWORD = Secret.of("specimen password")


def signing_key(name: str) -> Ed25519PrivateKey:
    """As a password makes it, without the stretching."""
    return Ed25519PrivateKey.from_private_bytes(hashlib.sha256(name.encode() + PASSWORD.reveal()).digest())


def person(name: str, role: RoleName) -> Officer:
    """Somebody of the post with a signing key."""
    raw = signing_key(name).public_key().public_bytes(serialization.Encoding.Raw, serialization.PublicFormat.Raw)
    key = base64.b64encode(raw).decode()
    return Officer(officer_id=OfficerId(f"id-{name}"), name=name, display_name=name, role=role, public_key=key)


IRINA, OMAR = person("irina", RoleName.SUPERVISOR), person("omar", RoleName.OFFICER)


class SigningDesk:
    """The one part of a key desk that approvals use: signs for whoever types the password of all specimens."""

    def confirm(self, name: str, password: Secret, message: bytes, *, pin: Secret | None = None) -> Confirmed:
        """See station.ports.keys.KeyDesk."""
        known = {one.name: one for one in (IRINA, OMAR)}
        if name not in known or password.reveal() != PASSWORD.reveal() or pin is not None:
            raise SignInRefused(say("Wrong password."), say("Type it again."))
        signature = base64.b64encode(signing_key(name).sign(message)).decode()
        one = known[name]
        return Confirmed(name=name, role=one.role, public_key=one.public_key, signature=signature)


def make(folder: Path) -> None:
    """The store of the post, with its two people."""
    at = TODAY - timedelta(days=2000)
    create_database(folder, KEY, IDENTITY, {}, [IRINA, OMAR], at)
    store = open_database(folder, KEY, KeptEvents())
    with store.unit_of_work() as unit:
        for one in (IRINA, OMAR):
            details = {"role": one.role.value, "public_key": one.public_key}
            unit.audit.append(at=at, by="station", act=Act.OFFICER_ADDED, subject=one.officer_id, details=details)
        unit.commit()
    store.close()


class RetentionPost:
    """The open store with a supervisor signed in, and an officer as the second person."""

    def __init__(self, folder: Path, *, seed: int = 7) -> None:
        self.folder = folder
        self.clock = StandingClock(TODAY)
        self.randomness = SeededRandomness(seed)
        self.events = KeptEvents()
        self.store: SqlcipherStore = open_database(folder, KEY, self.events)
        self.retention, self.approvals = self.services(IRINA)

    def services(self, officer: Officer) -> tuple[RetentionService, ApprovalService]:
        """The services for one person."""
        session = Session(Opened(officer=officer, store=self.store, further={}))
        approvals = ApprovalService(session, cast("KeyDesk", SigningDesk()), self.clock, self.randomness)
        return RetentionService(session, approvals, self.clock, self.randomness), approvals

    def approve(self, request_id: str, verdict: Verdict = Verdict.APPROVED) -> None:
        """The second person decides."""
        self.approvals.decide(request_id, verdict, OMAR.name, PASSWORD)

    def keep(  # the parts of a specimen
        self,
        name: str,
        *,
        days: int,
        status: EncounterStatus = EncounterStatus.RECORDED,
        decisions: Sequence[DecisionKind] = (DecisionKind.ADMIT,),
        raw: int = 0,
        minutes: int = 0,
    ) -> EncounterId:
        """An encounter that ended ``days`` ago: a picture of its own day, ``raw`` attempts, a step, an audit entry."""
        at = self.clock.at - timedelta(days=days, minutes=minutes)
        images = {}
        for number in range(1 + raw):
            data = f"picture {number} of {name}".encode() * 50
            reference = picture(f"image-{number}-{name}", data)
            images[replace(reference, provenance=replace(reference.provenance, captured_at=at))] = data
        lines = tuple(
            InspectionLine(number=number, decision=_decision(kind, at)) for number, kind in enumerate(decisions, 1)
        )
        record: Encounter = replace(
            encounter(name, status=status, holder=document(f"SPECIMEN{name}"), images=(next(iter(images)),)),
            opened_at=at,
            recorded_at=at if status is EncounterStatus.RECORDED else None,
            inspections=lines,
        )
        step = JournalEntry(
            encounter_id=record.encounter_id, sequence=1, kind="Step", body=b"{}", at=at, by=OMAR.officer_id
        )
        with self.store.unit_of_work() as unit:
            for reference, data in images.items():
                unit.images.add(reference, data, encounter_id=record.encounter_id)
            unit.encounters.add_version(record)
            unit.journal.append(step)
            body = hashlib.sha256(to_json(record)).hexdigest()
            vouch = unit.audit.vouch
            details = record_details(vouch, record.encounter_id, 1, body) | step_details(vouch, step)
            details |= image_details(vouch, {one.image_id: one.sha256 for one in images})
            unit.audit.append(at=at, by=OMAR.officer_id, act=Act.ENCOUNTER_STEP, subject=name, details=details)
            unit.commit()
        return record.encounter_id

    def export(self, *names: str, sequence: int = 1, received: bool = True) -> str:
        """Mark as exported; the hash of the bundle. ``received``: with the receipt of headquarters."""
        sha256 = hashlib.sha256(f"bundle {sequence}".encode()).hexdigest()
        record = ExportRecord(
            sequence=sequence,
            name=f"S1-{sequence:06d}",
            made_at=self.clock.now(),
            made_by=IRINA.officer_id,
            bundle_sha256=sha256,
            encounters=len(names),
        )
        with self.store.unit_of_work() as unit:
            unit.exports.add(record, [(EncounterId(name), 1) for name in names])
            unit.commit()
        if received:
            self.retention.note_receipt(sequence, sha256[:12])
        return sha256

    def findings(self) -> list[AuditFinding]:
        """What is wrong with the trail and with what it vouches for."""
        with self.store.reading() as unit:
            return [
                *verify(unit.audit.entries()),
                *verify_records(
                    unit.audit.entries(),
                    unit.encounters.recorded_bodies(),
                    unit.images.recorded_hashes(),
                    unit.journal.recorded_steps(),
                    vouch=unit.audit.vouch,
                ),
            ]

    def there(self) -> set[str]:
        """Every encounter of which anything is left."""
        with self.store.reading() as unit:
            bodies = {str(one.encounter_id) for one in unit.encounters.recorded_bodies()}
            return bodies | {str(one.encounter_id) for one in unit.journal.recorded_steps()}

    def acts(self) -> list[str]:
        """The trail's acts in order."""
        with self.store.reading() as unit:
            return [entry.act for entry in unit.audit.entries()]


def _decision(kind: DecisionKind, at: datetime) -> Decision:
    ground = RefusalGround.NO_VALID_VISA if kind is DecisionKind.REFUSE else None
    return Decision(kind=kind, decided_by=OMAR.officer_id, decided_at=at, ground=ground)
