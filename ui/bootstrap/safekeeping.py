# SPDX-License-Identifier: Apache-2.0
"""What keeps the records safe, for one session: approvals, people, the shift, backups, retention, and going on
with a store that does not fit its anchors."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import tzinfo

from station.access.acceptance import AcceptanceService
from station.access.approvals import ApprovalService
from station.access.audit_service import AuditService
from station.access.checkpoints import CheckpointService
from station.access.people import PeopleService
from station.access.recovery import WordList
from station.access.sign_in import Session
from station.access.suspicion import SuspicionService
from station.exporting.audit_log import AuditLogService
from station.exporting.headquarters import HeadquartersService
from station.exporting.outside import OutsideExportService
from station.exporting.receipts import ReceiptService
from station.ports.devices import DeviceRegistry
from station.post.clock import ClockWatch
from station.post.shift_desk import ShiftDesk
from station.reporting.shift_reports import ShiftReports
from station.safekeeping.backups import BackupService
from station.safekeeping.recovery import RecoveryService
from station.safekeeping.retention import RetentionService
from ui.bootstrap.house import House
from ui.bootstrap.presses import shift_report_pdf
from ui.bootstrap.recovery import new_paper_shares, word_list


@dataclass(frozen=True, slots=True, kw_only=True)
class Safekeeping:
    """Each service checks the person's permissions itself."""

    approvals: ApprovalService
    people: PeopleService
    suspicion: SuspicionService
    shift: ShiftDesk
    reports: ShiftReports
    backups: BackupService
    retention: RetentionService
    acceptance: AcceptanceService
    checkpoints: CheckpointService
    clock: ClockWatch
    recovery: RecoveryService
    words: WordList
    trail: AuditService
    logs: AuditLogService
    headquarters: HeadquartersService
    outside: OutsideExportService
    receipts: ReceiptService


def safekeeping(
    session: Session, house: House, devices: DeviceRegistry, *, zone: tzinfo, training: bool
) -> Safekeeping:
    """The services of one session."""
    clock, randomness = house.clock, house.randomness
    approvals = ApprovalService(session, house.keys, house.steady, randomness)
    shift = ShiftDesk(session, house.keys, clock)
    return Safekeeping(
        approvals=approvals,
        people=PeopleService(session, house.keys, approvals, clock, randomness),
        suspicion=SuspicionService(session, house.keys, approvals, clock, randomness),
        shift=shift,
        reports=ShiftReports(
            session,
            shift,
            checkpoints=house.checkpoints,
            devices=devices,
            press=lambda kept, language: shift_report_pdf(kept, language, zone=zone, training=training),
            clock=clock,
        ),
        backups=BackupService(session, house.vault, house.targets, clock),
        retention=RetentionService(session, approvals, clock, randomness, zone=zone),
        acceptance=AcceptanceService(session, approvals, house.checkpoints, clock),
        checkpoints=house.checkpoints,
        clock=ClockWatch(session, clock, house.steady, house.keys),
        recovery=RecoveryService(session, house.keys, new_paper_shares(), approvals, clock),
        words=word_list(),
        trail=AuditService(session, house.signer, clock),
        logs=AuditLogService(session, house.signer, clock, house.checkpoints),
        headquarters=HeadquartersService(session, approvals, house.signer, clock),
        outside=OutsideExportService(
            session, approvals, house.signer, targets=house.targets, clock=clock, randomness=randomness, zone=zone
        ),
        receipts=ReceiptService(session, house.signer, clock),
    )
