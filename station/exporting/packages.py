# SPDX-License-Identifier: Apache-2.0
"""The sealed export: records leave for headquarters, and the station knows which.

A number is used once. It is reserved, durably, before anything is written to the target; records are marked and
the audit entry is written, together, after the bundle is durable there. A power cut in between leaves a whole
bundle that the station does not count as exported: its number stays used, the next export holds the same records
again, names that number in its manifest, and says when it finds the file. Headquarters sees records by identifier
and version, so holding both bundles does no harm.
"""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import cast

from station.access import distress, store_settings
from station.access.audit import Act, AuditHead
from station.access.checkpoint_text import CheckpointReason
from station.access.checkpoints import CheckpointService
from station.access.reduced_view import View
from station.access.roles import Permission
from station.access.sign_in import Session
from station.domain.errors import ExportError, RecordConflict, StoreError
from station.domain.identifiers import EncounterId, ImageId
from station.domain.wire import NotThisShape, from_json, to_json
from station.domain.words import say
from station.exporting.manifest import FORMAT, WATERMARK, Manifest, ManifestCounts, ManifestFile
from station.exporting.packing import Packing, Progress, is_recorded
from station.ports.anchors import SignedCheckpoint
from station.ports.clock import Clock
from station.ports.export_rows import ExportRecord
from station.ports.sealing import BundleSealer, SealedBundle
from station.ports.setting_rows import SettingRepository
from station.ports.storage import StoreIdentity, StoreKind, StoreName, UnitOfWork
from station.ports.tasks import CancelToken

_NUMBER_RESERVED = "export.number_reserved"
_AUDIT_EXPORTED = "export.audit_exported"
_ALL = 1_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class ExportOutcome:
    """What left. ``left_waiting`` did not fit into this bundle; ``left_behind`` are bundles of interrupted
    exports found on the target: whole and sealed, but never recorded here, and repeated by this one."""

    record: ExportRecord
    bundle: SealedBundle
    images: int
    audit_entries: int
    left_waiting: int
    left_behind: tuple[Path, ...]
    damaged_images: tuple[ImageId, ...]


@dataclass(frozen=True, slots=True)
class ExportCompleted:
    """Event: an export is durable and recorded."""

    record: ExportRecord


@dataclass(frozen=True, slots=True, kw_only=True)
class _Reserved:
    """One export under way."""

    sequence: int
    name: str
    after: ExportRecord | None

    @property
    def unfinished(self) -> tuple[int, ...]:
        """Numbers between the last completed export and this one."""
        return tuple(range(1 if self.after is None else self.after.sequence + 1, self.sequence))


class ExportService:
    """Exports for one session. Calls block on disk and stick: never on the window's thread."""

    def __init__(self, session: Session, sealer: BundleSealer, clock: Clock, checkpoints: CheckpointService) -> None:
        self._session = session
        self._sealer = sealer
        self._clock = clock
        self._checkpoints = checkpoints

    def waiting(self) -> int:
        """How many recorded encounters were not exported yet. Raises NotPermitted."""
        self._session.require(Permission.EXPORT)
        with self._session.store.reading() as unit:
            return len(unit.encounters.waiting_for_export(limit=_ALL))

    def completed(self) -> Sequence[ExportRecord]:
        """The receipts of what left, newest first. Raises NotPermitted."""
        self._session.require(Permission.EXPORT)
        with self._session.store.reading() as unit:
            return unit.exports.all()

    def export(
        self,
        target: Path,
        selection: Sequence[EncounterId] | None,
        cancel: CancelToken,
        progress: Progress,
    ) -> ExportOutcome:
        """Seal what is waiting (``None``) or a selection into the folder ``target``.

        Raises NotPermitted, ExportError when there is nothing to export, TargetUnusable, RecipientRefused,
        RecordConflict for a selected encounter that is not recorded, StoreError kinds, Cancelled. After any of
        them nothing is marked as exported and nothing half-written is on the target.
        """
        self._session.require(Permission.EXPORT)
        self._wanted(selection)
        reserved = self._reserve()
        try:
            signed = tuple(self._checkpoints.make(self._session.stores, CheckpointReason.EXPORT).values())
            # Under distress as well everything goes to headquarters, of which the window counts what may be seen.
            with self._session.whole[StoreName.BORDER].reading() as unit:
                # Seen again, in the view that is exported: a correction may have come in between.
                wanted = _wanted_in(unit, selection)
                packing = Packing(unit, wanted, _number(unit.settings, _AUDIT_EXPORTED), self._shown(progress, wanted))
                bundle, manifest = self._seal(target, reserved, packing, signed, cancel)
        except BaseException as problem:
            # The first problem is the one to be told, also when the store itself is the trouble.
            with suppress(StoreError):
                self._record_failure(reserved, problem)
            raise
        record = ExportRecord(
            sequence=reserved.sequence,
            name=reserved.name,
            made_at=manifest.made_at,
            made_by=self._session.officer.officer_id,
            bundle_sha256=bundle.sha256,
            encounters=len(packing.included),
        )
        self._record_success(record, packing, manifest.audit_head)
        outcome = ExportOutcome(
            record=record,
            bundle=bundle,
            images=packing.images,
            audit_entries=packing.audit_entries,
            left_waiting=len(wanted) - len(packing.included),
            left_behind=self._left_behind(target, reserved),
            damaged_images=tuple(packing.damaged_images),
        )
        return outcome if self._session.view is None else self._fitting(outcome, self._session.view, packing)

    def _shown(self, progress: Progress, wanted: Sequence[EncounterId]) -> Progress:
        """Under distress the window counts to what may be seen."""
        if self._session.view is None:
            return progress
        seen = self._session.view.count(wanted)
        return lambda done, of: progress(seen * done // max(1, of), seen)

    def _fitting(self, outcome: ExportOutcome, view: View, packing: Packing) -> ExportOutcome:
        """Under distress: what the window would say if there were nothing but what may be seen."""
        included = [encounter_id for encounter_id, _ in packing.included]
        with self._session.store.reading() as unit:
            taken = [one for one in map(unit.encounters.get, included) if one is not None]
        return replace(
            outcome,
            record=replace(outcome.record, encounters=len(taken)),
            images=len({image.image_id for one in taken for image in one.images}),
            left_waiting=view.count(packing.wanted) - len(taken),
            damaged_images=tuple(one for one in outcome.damaged_images if view.shows(one)),
        )

    def _wanted(self, selection: Sequence[EncounterId] | None) -> None:
        """Refuse what cannot be exported before a number is used for it."""
        with self._session.store.reading() as unit:
            wanted = _wanted_in(unit, selection)
        if not wanted:
            raise ExportError(
                say("Nothing is waiting for export."), say("Records appear here as soon as they are complete.")
            )

    def _reserve(self) -> _Reserved:
        with self._session.store.unit_of_work() as unit:
            last = unit.exports.last()
            used = max(0 if last is None else last.sequence, _number(unit.settings, _NUMBER_RESERVED))
            sequence = used + 1
            name = bundle_name(self._session.store.identity, sequence)
            unit.settings.put(_NUMBER_RESERVED, to_json(sequence))
            self._audit(unit, Act.EXPORT_BEGUN, name, {"sequence": str(sequence)})
            unit.commit()
        return _Reserved(sequence=sequence, name=name, after=last)

    def _seal(
        self,
        target: Path,
        reserved: _Reserved,
        packing: Packing,
        signed: tuple[SignedCheckpoint, ...],
        cancel: CancelToken,
    ) -> tuple[SealedBundle, Manifest]:
        made: list[Manifest] = []

        def manifest(files: Sequence[tuple[str, int, str]]) -> dict[str, object]:
            made.append(replace(self._manifest(reserved, packing, files), checkpoints=signed))
            return cast("dict[str, object]", json.loads(to_json(made[0])))

        settings = packing.unit.settings
        signing_key = store_settings.signing_key(settings)
        try:
            bundle = self._sealer.seal(
                target,
                reserved.name,
                packing.members(),
                manifest,
                recipients=store_settings.recipients(settings),
                signing_key=signing_key,
                trusted_comment=_trusted_comment(self._session.store.identity, reserved),
                cancel=cancel,
            )
        finally:
            signing_key.forget()
        return bundle, made[0]

    def _manifest(self, reserved: _Reserved, packing: Packing, files: Sequence[tuple[str, int, str]]) -> Manifest:
        identity = self._session.store.identity
        head = packing.unit.audit.head()
        before = packing.unit.audit.entry(packing.audit_after)
        return Manifest(
            format=FORMAT,
            kind=identity.kind,
            watermark=WATERMARK if identity.kind is StoreKind.TRAINING else "",
            post=identity.post,
            station=identity.station,
            lane=identity.lane,
            sequence=reserved.sequence,
            previous_bundle_sha256="" if reserved.after is None else reserved.after.bundle_sha256,
            unfinished_sequences=reserved.unfinished,
            made_at=self._clock.now(),
            made_by=self._session.officer.officer_id,
            counts=ManifestCounts(
                encounters=len(packing.included), images=packing.images, audit_entries=packing.audit_entries
            ),
            audit_head=None if head is None else AuditHead(head.sequence, head.hash),
            damaged_images=tuple(packing.damaged_images),
            files=tuple(ManifestFile(name=name, size=size, sha256=sha256) for name, size, sha256 in files),
            audit_follows=None if before is None else AuditHead(before.sequence, before.hash),
            distress=distress.raised(packing.unit.settings),
        )

    def _record_success(self, record: ExportRecord, packing: Packing, head: AuditHead | None) -> None:
        with self._session.store.unit_of_work() as unit:
            unit.exports.add(record, packing.included)
            if head is not None:
                unit.settings.put(_AUDIT_EXPORTED, to_json(head.sequence))
            details = {
                "sequence": str(record.sequence),
                "encounters": str(record.encounters),
                "sha256": record.bundle_sha256,
            }
            self._audit(unit, Act.EXPORT_COMPLETED, record.name, details)
            unit.publish(ExportCompleted(record))
            unit.commit()

    def _record_failure(self, reserved: _Reserved, problem: BaseException) -> None:
        with self._session.store.unit_of_work() as unit:
            details = {"sequence": str(reserved.sequence), "reason": type(problem).__name__}
            self._audit(unit, Act.EXPORT_FAILED, reserved.name, details)
            unit.commit()

    def _audit(self, unit: UnitOfWork, act: str, subject: str, details: dict[str, str]) -> None:
        unit.audit.append(
            at=self._clock.now(),
            by=self._session.officer.officer_id,
            act=act,
            subject=subject,
            details=details,
        )

    def _left_behind(self, target: Path, reserved: _Reserved) -> tuple[Path, ...]:
        identity = self._session.store.identity
        names = (bundle_name(identity, sequence) for sequence in reserved.unfinished)
        return tuple(path for name in names if (path := target / f"{name}.tar.age").exists())


def bundle_name(identity: StoreIdentity, sequence: int, *, sort: str = "") -> str:
    """``<station>-<sort><sequence>`` in letters, digits and dashes; a training store's says TRAINING first."""
    plain = unicodedata.normalize("NFKD", identity.station)
    bare = "".join(letter for letter in plain if not unicodedata.combining(letter))
    words = re.sub(r"[^A-Za-z0-9]+", " ", bare)
    station = "-".join(words.split())[:40].strip("-") or "station"
    mark = "TRAINING-" if identity.kind is StoreKind.TRAINING else ""
    return f"{mark}{station}-{sort}{sequence:06d}"


def _trusted_comment(identity: StoreIdentity, reserved: _Reserved) -> str:
    mark = f"{WATERMARK} " if identity.kind is StoreKind.TRAINING else ""
    return f"{mark}{reserved.name} sequence:{reserved.sequence}"


def _wanted_in(unit: UnitOfWork, selection: Sequence[EncounterId] | None) -> Sequence[EncounterId]:
    if selection is None:
        return unit.encounters.waiting_for_export(limit=_ALL)
    wanted = tuple(dict.fromkeys(selection))
    for encounter_id in wanted:
        encounter = unit.encounters.get(encounter_id)
        if encounter is None or not is_recorded(encounter):
            raise RecordConflict(
                say("A selected encounter is not recorded yet, or is not there."),
                say("Select again: only complete records can be exported."),
            )
    return wanted


def _number(settings: SettingRepository, name: str) -> int:
    """A count kept in the store; 0 before the first."""
    value = settings.get(name)
    if value is None:
        return 0
    try:
        return from_json(int, value)
    except NotThisShape:
        raise store_settings.damaged(name) from None
