# SPDX-License-Identifier: Apache-2.0
"""A sealed bundle for somebody outside the plan, with four eyes; headquarters can always open it, too.

It takes nothing from the ordinary export: no number, no record that waits, no place in the succession. It holds
neither the audit trail nor anything about the station that a stranger need not know. The approval is used up before
the first byte is written: whatever happens then, it is on the trail, and a second try needs a second approval.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import date, datetime, tzinfo
from pathlib import Path
from typing import Protocol, cast

from station.access import store_settings
from station.access.approval_rules import ApprovalKind
from station.access.approvals import ApprovalService, Request, RequestState
from station.access.audit import Act
from station.access.roles import Permission
from station.access.sign_in import Session
from station.domain.errors import (
    ExportError,
    NotPermitted,
    RecipientRefused,
    RecordConflict,
    StoreError,
    TargetUnusable,
)
from station.domain.identifiers import RANDOM_BYTES, OfficerId, new_identifier
from station.domain.wire import NotThisShape, from_json, to_json
from station.domain.words import say
from station.exporting.headquarters_keys import PublicKeyOf, read_key
from station.exporting.manifest import (
    FORMAT,
    WATERMARK,
    Manifest,
    ManifestCounts,
    ManifestFile,
    OutsidePlan,
)
from station.exporting.outside_order import (
    OutsideOrder,
    chosen_records,
    hash_of_list,
    order_of,
    refuse_order,
    shown_order,
)
from station.exporting.packages import bundle_name
from station.exporting.packing import OutsidePacking, Progress
from station.ports.clock import Clock, Randomness
from station.ports.exchange import ExportTargets
from station.ports.sealing import BundleSealer, SealedBundle, TextSigner
from station.ports.setting_rows import SettingRepository
from station.ports.storage import StoreKind, UnitOfWork
from station.ports.tasks import CancelToken

_NUMBER = "export.outside_number"
_MADE = 50


class OutsideSealer(BundleSealer, TextSigner, Protocol):
    """What seals, and what judges keys."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OutsideOutcome:
    """What left."""

    name: str
    bundle: SealedBundle
    encounters: int
    images: int


@dataclass(frozen=True, slots=True, kw_only=True)
class OutsideMade:
    """One that left before, as the trail knows it."""

    name: str
    at: datetime
    encounters: int


@dataclass(frozen=True, slots=True)
class OutsideExportCompleted:
    """Event: a bundle outside the plan is durable."""

    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class _Begun:
    """One whose approval is used up."""

    request: Request
    order: OutsideOrder
    name: str
    number: int
    approved_by: OfficerId


class OutsideExportService:
    """Exports outside the plan for one session. Calls block on disk and stick, and need EXPORT.

    ``zone``: of the post, in which a day begins and ends. Under distress it sees what the person sees, no more.
    """

    def __init__(
        self,
        session: Session,
        approvals: ApprovalService,
        sealer: OutsideSealer,
        *,
        targets: ExportTargets,
        clock: Clock,
        randomness: Randomness,
        zone: tzinfo,
    ) -> None:
        self._session = session
        self._approvals = approvals
        self._sealer = sealer
        self._targets = targets
        self._clock = clock
        self._randomness = randomness
        self._zone = zone

    def recipient(self, path: Path) -> PublicKeyOf:
        """The age key of somebody in a file on a stick. Raises NotPermitted, FileRefused, RecipientRefused."""
        self._session.require(Permission.EXPORT)
        try:
            return read_key(path, self._sealer)
        except OSError as problem:
            raise RecipientRefused(
                say("The file {name} cannot be read: {why}.", name=path.name, why=problem.strerror or "?"),
                say("Check the name of the file and the stick, and try again."),
            ) from None

    def ask(self, order: OutsideOrder) -> Request:
        """Ask a second person to agree to one bundle. Raises NotPermitted, ExportError when the order is not one."""
        self._session.require(Permission.EXPORT)
        refuse_order(order)
        with self._session.store.reading() as unit:
            self._refuse_headquarters(unit, order)
            shown = shown_order(order, chosen_records(unit, order, self._zone))
        subject = new_identifier(self._clock.now(), self._randomness.bytes(RANDOM_BYTES))
        return self._approvals.ask(ApprovalKind.EXPORT_OUTSIDE_PLAN, subject, shown)

    def approved(self) -> Sequence[Request]:
        """What this person asked for, that was approved and has not left. Raises NotPermitted."""
        self._session.require(Permission.EXPORT)
        return [
            one
            for one in self._approvals.history()
            if one.kind is ApprovalKind.EXPORT_OUTSIDE_PLAN
            and one.state is RequestState.APPROVED
            and one.asker.officer_id == self._session.officer.officer_id
        ]

    def made(self) -> Sequence[OutsideMade]:
        """What left so, newest first, as the trail tells it. Raises NotPermitted."""
        self._session.require(Permission.EXPORT)
        with self._session.store.reading() as unit:
            entries = list(unit.audit.entries(act=Act.OUTSIDE_EXPORT_COMPLETED))[-_MADE:]
        return [
            OutsideMade(name=one.subject, at=one.at, encounters=int(one.details.get("encounters", "0")))
            for one in reversed(entries)
        ]

    def export(self, request_id: str, target: Path, cancel: CancelToken, progress: Progress) -> OutsideOutcome:
        """Seal what two people agreed on into the folder ``target``.

        Raises NotPermitted without an approval of exactly this, TargetUnusable before it is used up; and after that
        TargetUnusable, RecordConflict, ExportError, StoreError kinds, Cancelled: nothing half-written stays.
        """
        self._session.require(Permission.EXPORT)
        request = self._approvals.get(request_id)
        if request.kind is not ApprovalKind.EXPORT_OUTSIDE_PLAN:
            raise NotPermitted(say("This approval is for something else."), say("Ask again."))
        report = self._targets.look_at(target)
        if not report.usable:
            raise TargetUnusable(report.says, say("The approval still holds. Try again with another stick."))
        begun = self._begin(request, order_of(request))
        try:
            with self._session.store.reading() as unit:
                packing = self._packing(unit, begun, progress)
                bundle = self._seal(target, begun, packing, cancel)
        except BaseException as problem:
            # The first problem is the one to be told, also when the store itself is the trouble.
            with suppress(StoreError):
                self._note(Act.OUTSIDE_EXPORT_FAILED, begun, {"reason": type(problem).__name__})
            raise
        details = {"sha256": bundle.sha256, "encounters": str(len(packing.included)), "images": str(packing.images)}
        self._note(Act.OUTSIDE_EXPORT_COMPLETED, begun, details)
        return OutsideOutcome(name=begun.name, bundle=bundle, encounters=len(packing.included), images=packing.images)

    def _begin(self, request: Request, order: OutsideOrder) -> _Begun:
        with self._session.store.unit_of_work() as unit:
            refuse_order(order)
            self._refuse_headquarters(unit, order)
            chosen = chosen_records(unit, order, self._zone)
            shown = shown_order(order, chosen)
            kind = ApprovalKind.EXPORT_OUTSIDE_PLAN
            self._approvals.use(unit, request.request_id, kind, request.subject, shown)
            if request.decider is None:
                raise NotPermitted(say("Nobody has approved this yet."), say("Ask again."))
            number = _last_number(unit.settings) + 1
            unit.settings.put(_NUMBER, to_json(number))
            begun = _Begun(
                request=request,
                order=order,
                name=bundle_name(self._session.store.identity, number, sort="outside-"),
                number=number,
                approved_by=request.decider.officer_id,
            )
            details = {
                "recipient": order.recipient.text,
                "records": str(len(chosen)),
                "pictures": order.pictures.value,
            }
            self._audit(unit, Act.OUTSIDE_EXPORT_BEGUN, begun, details)
            unit.commit()
        return begun

    def _packing(self, unit: UnitOfWork, begun: _Begun, progress: Progress) -> OutsidePacking:
        chosen = chosen_records(unit, begun.order, self._zone)
        if hash_of_list(chosen) != begun.request.shown.get("listed"):
            raise RecordConflict(
                say("A record was corrected or added while the bundle was begun."), say("Ask for approval again.")
            )
        return OutsidePacking(
            unit, [one for one, _ in chosen], 0, progress, chosen=chosen, pictures=begun.order.pictures
        )

    def _seal(self, target: Path, begun: _Begun, packing: OutsidePacking, cancel: CancelToken) -> SealedBundle:
        def manifest(files: Sequence[tuple[str, int, str]]) -> dict[str, object]:
            return cast("dict[str, object]", json.loads(to_json(self._manifest(begun, packing, files))))

        settings, identity = packing.unit.settings, self._session.store.identity
        mark = f"{WATERMARK} " if identity.kind is StoreKind.TRAINING else ""
        signing_key = store_settings.signing_key(settings)
        try:
            return self._sealer.seal(
                target,
                begun.name,
                packing.members(),
                manifest,
                recipients=(begun.order.recipient.text, *store_settings.recipients(settings)),
                signing_key=signing_key,
                trusted_comment=f"{mark}{begun.name} outside the plan, request:{begun.request.request_id}",
                cancel=cancel,
            )
        finally:
            signing_key.forget()

    def _manifest(self, begun: _Begun, packing: OutsidePacking, files: Sequence[tuple[str, int, str]]) -> Manifest:
        identity, order = self._session.store.identity, begun.order
        days: tuple[date, date] | tuple[None, None] = order.days or (None, None)
        return Manifest(
            format=FORMAT,
            kind=identity.kind,
            watermark=WATERMARK if identity.kind is StoreKind.TRAINING else "",
            post=identity.post,
            station=identity.station,
            lane=identity.lane,
            sequence=begun.number,
            previous_bundle_sha256="",
            unfinished_sequences=(),
            made_at=self._clock.now(),
            made_by=self._session.officer.officer_id,
            counts=ManifestCounts(encounters=len(packing.included), images=packing.images, audit_entries=0),
            audit_head=None,
            damaged_images=tuple(packing.damaged_images),
            files=tuple(ManifestFile(name=name, size=size, sha256=sha256) for name, size, sha256 in files),
            outside=OutsidePlan(
                request=begun.request.request_id,
                asked_by=begun.request.asker.officer_id,
                approved_by=begun.approved_by,
                recipient=order.recipient.text,
                whom=order.whom,
                purpose=order.purpose,
                first_day=days[0],
                last_day=days[1],
                pictures=order.pictures,
            ),
        )

    def _refuse_headquarters(self, unit: UnitOfWork, order: OutsideOrder) -> None:
        self._sealer.check_recipient(order.recipient.text)
        if order.recipient.text in store_settings.recipients(unit.settings):
            raise ExportError(
                say("This is the key of headquarters."),
                say("What is for headquarters leaves with the ordinary export."),
            )

    def _note(self, act: Act, begun: _Begun, details: dict[str, str]) -> None:
        with self._session.store.unit_of_work() as unit:
            self._audit(unit, act, begun, details)
            if act is Act.OUTSIDE_EXPORT_COMPLETED:
                unit.publish(OutsideExportCompleted(begun.name))
            unit.commit()

    def _audit(self, unit: UnitOfWork, act: Act, begun: _Begun, details: dict[str, str]) -> None:
        unit.audit.append(
            at=self._clock.now(),
            by=self._session.officer.officer_id,
            act=act,
            subject=begun.name,
            details={"approval": begun.request.request_id, **details},
        )


def _last_number(settings: SettingRepository) -> int:
    try:
        return from_json(int, settings.get(_NUMBER) or b"0")
    except NotThisShape:
        raise store_settings.damaged(_NUMBER) from None
