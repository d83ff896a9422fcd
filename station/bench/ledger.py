# SPDX-License-Identifier: Apache-2.0
"""Signs what an acceptance test found and writes it into the audit trail: the bench's one way to the store.

It reads two settings of the store (the signing key and its public half), and appends and reads one kind of audit
entry. It asks for no other repository, which a test proves. The trail says which tests there were and in which order;
a file alone proves nothing, and a file that is gone is missed.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence
from datetime import datetime
from importlib import metadata
from pathlib import PurePath

from station.access import store_settings
from station.access.audit import Act
from station.access.roles import Permission
from station.access.sign_in import Session
from station.bench.records import (
    SWAP_UNNOTICED,
    WATERMARK,
    AcceptanceRecord,
    DeviceOnBench,
    PastTest,
    StepRecord,
    outcome_of,
    read_record,
)
from station.domain.wire import to_json
from station.ports.bench_files import KeptRecord, SignedRecords
from station.ports.clock import Clock
from station.ports.storage import StoreKind

_PROGRAM = "hbm-station"


class AcceptanceLedger:
    """The acceptance records of this station. Calls block on the disk: never on the window's thread."""

    def __init__(self, session: Session, records: SignedRecords, clock: Clock) -> None:
        self._session = session
        self._records = records
        self._clock = clock

    def all(self) -> tuple[AcceptanceRecord, ...]:
        """Every record that is there as the trail knows it, oldest first. Raises NotPermitted, StoreError kinds."""
        return tuple(test.record for test in self.tests() if test.record is not None)

    def tests(self) -> tuple[PastTest, ...]:
        """Every test that the audit trail knows of, in its order. Raises NotPermitted, StoreError kinds."""
        self._session.require(Permission.SEE_DEVICES)
        with self._session.store.reading() as unit:
            public_key = store_settings.public_key(unit.settings)
            entries = tuple(unit.audit.entries(act=Act.DEVICE_TESTED))
        signed = {PurePath(kept.place).stem: kept.document for kept in self._records.all(public_key=public_key)}
        return tuple(
            PastTest(
                number=entry.sequence,
                on=entry.at.date(),
                place=entry.details.get("place", ""),
                identity=entry.details.get("identity", ""),
                record=_as_tested(signed.get(entry.subject), entry.details["sha256"]),
            )
            for entry in entries
        )

    def keep(
        self, device: DeviceOnBench, steps: Sequence[StepRecord], *, began_at: datetime
    ) -> tuple[AcceptanceRecord, KeptRecord]:
        """Sign a test that ended, write it beside the store, and put its hash into the trail, all or nothing.

        Raises NotPermitted, TargetUnusable, StoreError kinds.
        """
        self._session.require(Permission.USE_BENCH)
        record = self._record(device, tuple(steps), began_at)
        document = to_json(record)
        name = record_name(record)
        with self._session.store.unit_of_work() as unit:
            signing_key = store_settings.signing_key(unit.settings)
            try:
                kept = self._records.keep(name, document, signing_key=signing_key, trusted_comment=_comment(record))
            finally:
                signing_key.forget()
            try:
                unit.audit.append(
                    at=record.ended_at,
                    by=record.tested_by,
                    act=Act.DEVICE_TESTED,
                    subject=name,
                    details={
                        "role": device.role,
                        "outcome": record.outcome.value,
                        "sha256": hashlib.sha256(document).hexdigest(),
                        "place": device.place_hash,
                        "identity": device.identity_hash,
                    },
                )
                unit.commit()
            except BaseException:
                self._records.drop(name)  # a record that the trail does not know was never made
                raise
        return record, kept

    def _record(self, device: DeviceOnBench, steps: tuple[StepRecord, ...], began_at: datetime) -> AcceptanceRecord:
        identity, officer = self._session.store.identity, self._session.officer
        return AcceptanceRecord(
            kind=identity.kind,
            watermark=WATERMARK if identity.kind is StoreKind.TRAINING else "",
            post=identity.post,
            station=identity.station,
            lane=identity.lane,
            device=device,
            began_at=began_at,
            ended_at=self._clock.now(),
            tested_by=officer.officer_id,
            tester=officer.display_name,
            program_version=program_version(),
            outcome=outcome_of(steps),
            steps=steps,
            note="" if device.serial_number else SWAP_UNNOTICED.in_english(),
        )


def record_name(record: AcceptanceRecord) -> str:
    """``acceptance-<role>-<moment>``; a training store's says TRAINING first."""
    mark = "TRAINING-" if record.kind is StoreKind.TRAINING else ""
    role = re.sub(r"[^a-z0-9]+", "-", record.device.role)
    return f"{mark}acceptance-{role}-{record.ended_at:%Y%m%d-%H%M%S-%f}"


def _as_tested(document: bytes | None, sha256: str) -> AcceptanceRecord | None:
    """The record when its bytes are those whose hash the trail holds."""
    if document is None or hashlib.sha256(document).hexdigest() != sha256:
        return None
    return read_record(document)


def program_version() -> str:
    """The version of this program as it was installed."""
    try:
        return metadata.version(_PROGRAM)
    except metadata.PackageNotFoundError:  # run from a folder that was never installed
        return "unknown"


def _comment(record: AcceptanceRecord) -> str:
    mark = f"{WATERMARK} " if record.kind is StoreKind.TRAINING else ""
    return f"{mark}{record_name(record)} {record.outcome.value}"
