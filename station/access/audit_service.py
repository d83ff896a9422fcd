# SPDX-License-Identifier: Apache-2.0
"""Reading and verifying the audit trails of a session, for supervisors and auditors."""

from __future__ import annotations

import enum
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import islice
from typing import TypeVar

from station.access import checkpoint_text, store_settings
from station.access.approval_proof import verify_approvals
from station.access.audit import Act, AuditFinding, AuditHead, FindingKind, finding_about, verify_records
from station.access.checkpoint_text import Checkpoint
from station.access.checkpoints import memory_of
from station.access.people_check import verify_people
from station.access.roles import Permission
from station.access.sign_in import Session
from station.access.trail_check import Anchored, KnownHead, TrailCheck, TrailVerdict, read_anchors
from station.domain.errors import BundleRefused
from station.domain.identifiers import OfficerId
from station.ports.anchors import SignedCheckpoint
from station.ports.clock import Clock
from station.ports.sealing import TextSigner
from station.ports.storage import AuditEntry, Store, StoreName, UnitOfWork
from station.ports.tasks import CancelToken

T = TypeVar("T")


class Depth(enum.Enum):
    """How much is looked at."""

    TRAIL = "trail"  # the trail, its approvals, and everything that was noted outside
    EVERYTHING = "everything"  # every page of the file, every record, picture, list row and person as well


@dataclass(frozen=True, slots=True, kw_only=True)
class EntryFilter:
    """Which entries to show; all given parts must hold."""

    act: str = ""  # matches from its beginning: "access." shows all of its kind
    by: str = ""
    subject: str = ""
    at_from: datetime | None = None  # aware
    at_before: datetime | None = None  # aware; not included

    def shows(self, entry: AuditEntry) -> bool:
        """Whether an entry is one of them."""
        return (
            entry.act.startswith(self.act)
            and (not self.by or entry.by == self.by)
            and (not self.subject or entry.subject == self.subject)
            and (self.at_from is None or entry.at >= self.at_from)
            and (self.at_before is None or entry.at < self.at_before)
        )


class AuditService:
    """Trails of the stores that this person can open. Blocks on the disk, ``verify`` for minutes."""

    def __init__(self, session: Session, signer: TextSigner, clock: Clock) -> None:
        self._session = session
        self._signer = signer
        self._clock = clock

    def stores(self) -> tuple[StoreName, ...]:
        """Whose trails can be read. Needs VERIFY_AUDIT."""
        self._session.require(Permission.VERIFY_AUDIT)
        return tuple(self._session.stores)

    def verify(
        self, name: StoreName, depth: Depth, *, known: AuditHead | None = None, cancel: CancelToken | None = None
    ) -> TrailVerdict:
        """Judge the trail of one store; that somebody looked goes on the trail as well. Needs VERIFY_AUDIT.

        ``known``: a head noted on paper or by headquarters. Raises StoreDamaged, Cancelled.
        """
        self._session.require(Permission.VERIFY_AUDIT)
        cancel = cancel or CancelToken()
        store = self._session.whole[name]  # a trail is judged whole, or it would seem to have gaps
        strayed = list(_strayed(store, cancel)) if depth is Depth.EVERYTHING else []
        anchored = self._anchored(store)
        with store.reading() as unit:
            heads = list(anchored.heads)
            if known is not None:
                heads.append(KnownHead(known.sequence, known.hash, memory_of(unit.settings).generation))
            check = TrailCheck(heads)
            # One walk: the approvals are judged while the trail passes by.
            approvals = verify_approvals(check.through(_until(cancel, unit.audit.entries())))
            verdict = check.verdict()
            findings = [*anchored.findings, *verdict.findings, *approvals, *strayed]
            if depth is Depth.EVERYTHING:
                findings += _compared(unit, name, cancel)
        verdict = replace(verdict, findings=tuple(findings))
        self._note(store, verdict, depth)
        return verdict

    def checkpoints(self, name: StoreName) -> tuple[Checkpoint, ...]:
        """Every checkpoint beside a store that this station signed, newest first. Needs VERIFY_AUDIT."""
        self._session.require(Permission.VERIFY_AUDIT)
        return tuple(reversed(self._anchored(self._session.stores[name]).checkpoints))

    def entries(
        self, name: StoreName, wanted: EntryFilter, cancel: CancelToken, *, before: int | None = None, limit: int = 200
    ) -> Sequence[AuditEntry]:
        """Entries, newest first. ``before``: go on below the entry with this number. Needs VERIFY_AUDIT.

        A filter that fits little walks through the whole trail. Raises Cancelled.
        """
        self._session.require(Permission.VERIFY_AUDIT)

        def shows(entry: AuditEntry) -> bool:
            cancel.raise_if_cancelled()
            return wanted.shows(entry)

        with self._session.stores[name].reading() as unit:
            return tuple(islice(filter(shows, unit.audit.newest(before=before)), limit))

    def people(self) -> dict[OfficerId, str]:
        """The names that screens show for the people in entries. Needs VERIFY_AUDIT."""
        self._session.require(Permission.VERIFY_AUDIT)
        with self._session.store.reading() as unit:
            return {officer.officer_id: officer.display_name for officer in unit.officers.all()}

    def _anchored(self, store: Store) -> Anchored:
        with self._session.store.reading() as unit:
            public_key = store_settings.public_key(unit.settings)

        def signed(one: SignedCheckpoint) -> bool:
            try:
                return self._signer.verify_text(one.text, one.signature, signer=public_key) == checkpoint_text.comment(
                    checkpoint_text.read(one.text)
                )
            except BundleRefused:
                return False

        if store.anchors is None:
            return Anchored(checkpoints=(), heads=(), findings=())
        return read_anchors(store.anchors.checkpoints(), store.anchors.marks(), signed)

    def _note(self, store: Store, verdict: TrailVerdict, depth: Depth) -> None:
        if store.read_only is not None:
            return
        details = {
            "findings": str(len(verdict.findings)),
            "full": "yes" if depth is Depth.EVERYTHING else "no",
        }
        with store.unit_of_work() as unit:
            by = self._session.officer.officer_id
            unit.audit.append(at=self._clock.now(), by=by, act=Act.TRAIL_VERIFIED, subject="audit", details=details)
            unit.commit()


def _strayed(store: Store, cancel: CancelToken) -> Iterator[AuditFinding]:
    """Pages that are not the newest of their place, as far as the database itself can tell."""
    yield from (finding_about(FindingKind.INDEX_CHANGED, one) for one in store.check_pages(cancel))
    yield from (finding_about(FindingKind.TABLE_CHANGED, one) for one in store.strayed_tables(cancel))


def _compared(unit: UnitOfWork, name: StoreName, cancel: CancelToken) -> Iterator[AuditFinding]:
    """What the store shows against what its trail vouches for."""
    yield from verify_records(
        _until(cancel, unit.audit.entries()),
        _until(cancel, unit.encounters.recorded_bodies()),
        _until(cancel, unit.images.recorded_hashes()),
        _until(cancel, unit.journal.recorded_steps()),
        vouch=unit.audit.vouch,
    )
    strayed = _until(cancel, unit.encounters.strayed_rows())
    yield from (finding_about(FindingKind.ROW_CHANGED, one) for one in strayed)
    if name is StoreName.BORDER:
        yield from verify_people(unit.audit.entries(), unit.officers.all())


def _until(cancel: CancelToken, things: Iterable[T]) -> Iterator[T]:
    """The same, until somebody asks for the stop. Raises Cancelled."""
    for thing in things:
        cancel.raise_if_cancelled()
        yield thing
