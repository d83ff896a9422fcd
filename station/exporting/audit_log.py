# SPDX-License-Identifier: Apache-2.0
"""An audit trail to take away: readable lines that ``sha256sum`` alone can verify (docs/auditors.md).

A line holds exactly the bytes whose SHA-256 is the hash of its entry, so the next line's ``previous_hash`` is the
SHA-256 of this line. It names identifiers only: whoever reads the log learns nothing of a traveller.
"""

from __future__ import annotations

import enum
import hashlib
from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from station.access import checkpoint_text, store_settings
from station.access.audit import Act, AuditHead, canonical
from station.access.checkpoint_text import CheckpointReason, NotACheckpoint
from station.access.checkpoints import CheckpointService
from station.access.roles import Permission
from station.access.sign_in import Session
from station.exporting.packages import bundle_name
from station.exporting.packing import ENTRIES_PER_FILE
from station.ports.anchors import SignedCheckpoint
from station.ports.clock import Clock
from station.ports.sealing import AuditBundler, BundleMember, SealedBundle
from station.ports.storage import Store, StoreName, UnitOfWork
from station.ports.tasks import CancelToken

#: The newest checkpoints that go along; each is two files.
MOST_CHECKPOINTS = 20_000

_FORMAT = 1


class Cover(enum.Enum):
    """How the log travels."""

    OPEN = "open"  # signed: everybody may read it, nobody may change it
    SEALED = "sealed"  # signed, and sealed for headquarters


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditLog:
    """What was written."""

    bundle: SealedBundle
    entries: int
    head: AuditHead | None
    checkpoints: int


class AuditLogService:
    """Exports audit trails. Calls block on disk and stick: never on the window's thread."""

    def __init__(self, session: Session, bundler: AuditBundler, clock: Clock, checkpoints: CheckpointService) -> None:
        self._session = session
        self._bundler = bundler
        self._clock = clock
        self._checkpoints = checkpoints

    def export(self, name: StoreName, target: Path, cover: Cover, cancel: CancelToken) -> AuditLog:
        """Write the whole trail of one store into the folder ``target``. Needs VERIFY_AUDIT.

        That it was taken away goes on the trail first, so the log ends with it. Raises TargetUnusable, Cancelled,
        StoreError kinds; then nothing half-written is on the target.
        """
        self._session.require(Permission.VERIFY_AUDIT)
        store = self._session.whole[name]  # identifiers only, and with a gap nobody could check it
        self._note(store)
        self._checkpoints.make(self._session.stores, CheckpointReason.EXPORT)
        with self._session.store.reading() as unit:
            signing_key = store_settings.signing_key(unit.settings)
            public_key = store_settings.public_key(unit.settings)
            recipients = store_settings.recipients(unit.settings)
        try:
            with store.reading() as unit:
                packing = _Packing(unit, public_key, store)
                bundle_of = f"{bundle_name(store.identity, packing.size)}-audit-{name.value}"
                comment = f"audit log {bundle_of}"
                if cover is Cover.SEALED:
                    bundle = self._bundler.seal(
                        target,
                        bundle_of,
                        packing.members(),
                        packing.manifest,
                        recipients=recipients,
                        signing_key=signing_key,
                        trusted_comment=comment,
                        cancel=cancel,
                    )
                else:
                    bundle = self._bundler.bundle(
                        target,
                        bundle_of,
                        packing.members(),
                        packing.manifest,
                        signing_key=signing_key,
                        trusted_comment=comment,
                        cancel=cancel,
                    )
        finally:
            signing_key.forget()
        return AuditLog(bundle=bundle, entries=packing.size, head=packing.head, checkpoints=packing.checkpoints)

    def _note(self, store: Store) -> None:
        if store.read_only is not None:
            return
        with store.unit_of_work() as unit:
            unit.audit.append(
                at=self._clock.now(),
                by=self._session.officer.officer_id,
                act=Act.TRAIL_EXPORTED,
                subject="audit",
                details={},
            )
            unit.commit()


class _Packing:
    """The files of one log, from one view of the store."""

    def __init__(self, unit: UnitOfWork, public_key: str, store: Store) -> None:
        newest = unit.audit.head()
        self._unit = unit
        self._public_key = public_key
        self._store = store
        self.head = None if newest is None else AuditHead(newest.sequence, newest.hash)
        self.size = 0 if newest is None else newest.sequence
        self.checkpoints = 0

    def members(self) -> Iterator[BundleMember]:
        sums: list[str] = []
        for member in self._files():
            sums.append(f"{hashlib.sha256(member.data).hexdigest()}  {member.name}\n")
            yield member
        yield BundleMember("sha256sums.txt", "".join(sums).encode())

    def manifest(self, _: Sequence[tuple[str, int, str]]) -> Mapping[str, object]:
        identity = self._store.identity
        return {
            "format": _FORMAT,
            "content": "audit log",
            "kind": identity.kind.value,
            "post": identity.post,
            "station": identity.station,
            "store": identity.name.value,
            "entries": self.size,
            "head": "" if self.head is None else self.head.hash,
        }

    def _files(self) -> Iterator[BundleMember]:
        lines: list[bytes] = []
        number = 1
        for entry in self._unit.audit.entries():
            lines.append(canonical(entry) + b"\n")
            if len(lines) == ENTRIES_PER_FILE:
                yield BundleMember(f"log/{number:06d}.jsonl", b"".join(lines))
                number, lines = number + 1, []
        if lines:
            yield BundleMember(f"log/{number:06d}.jsonl", b"".join(lines))
        yield from self._signed()
        yield BundleMember("keys/station.pub", self._public_key.encode())
        people = (f"{one.officer_id} {one.role.value} {one.public_key}\n" for one in self._unit.officers.all())
        yield BundleMember("keys/people.txt", "".join(people).encode())

    def _signed(self) -> Iterator[BundleMember]:
        if self._store.anchors is None:
            return
        newest: deque[SignedCheckpoint] = deque(maxlen=MOST_CHECKPOINTS)
        newest.extend(one for one in self._store.anchors.checkpoints() if one is not None)
        named: set[int] = set()
        for one in newest:
            try:
                number = checkpoint_text.read(one.text).number
            except NotACheckpoint:
                continue  # told by the verification; an auditor's tools could not name it
            if number in named:
                continue
            named.add(number)
            name = f"checkpoints/{self._store.name.value}-{number:08d}.txt"
            self.checkpoints += 1
            yield BundleMember(name, one.text.encode())
            yield BundleMember(f"{name}.minisig", one.signature.encode())
