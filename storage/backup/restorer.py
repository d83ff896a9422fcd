# SPDX-License-Identifier: Apache-2.0
"""Brings a station back from a backup and two sheets of paper, at a place where no store is.

Everything is made beside the place, opened, judged and given its new supervisor there, and moved to the place at the
end: whoever is killed on the way leaves no store, and tries again.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field, replace
from pathlib import Path

from station.access.audit import Act, verify
from station.access.checkpoints import begin_generation, memory_of, remember
from station.access.store_settings import public_key
from station.domain.errors import RecordConflict, StoreDamaged, StoreError, StoreFull
from station.domain.identifiers import RANDOM_BYTES, OfficerId, new_identifier
from station.domain.secrets import Secret
from station.domain.sign_in_name import comparable
from station.domain.words import say
from station.ports.backup import (
    BackedUpStore,
    BackupManifest,
    BackupProgress,
    BackupRestorer,
    PaperShares,
    Restored,
    RestoredStore,
)
from station.ports.clock import Clock, Randomness
from station.ports.keys import KeyDesk, KeyRing, NewOfficer
from station.ports.storage import Officer, Store, StoreName
from station.ports.tasks import CancelToken
from storage.backup.left_anchors import LeftAnchors, left_anchors
from storage.backup.members import folder_of
from storage.backup.reader import Unpacking, read_backup
from storage.durable import make_folders, replace_durably, sync_folder

PUBLIC_KEY_FILE = "station.pub"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Wish:
    """One restore, as it was asked for."""

    backup: Path
    signer: str | None
    master: Secret = field(repr=False)
    supervisor: NewOfficer = field(repr=False)
    progress: BackupProgress
    cancel: CancelToken


@dataclass(frozen=True, slots=True, kw_only=True)
class _Return:
    """What every store of one restore is judged against, and told."""

    making: Path
    manifest: BackupManifest
    officer: Officer
    left: LeftAnchors


class FolderRestorer(BackupRestorer):
    """Implements the port for one place. ``desk_at`` gives the keys of stores that lie at another place."""

    def __init__(
        self,
        place: Path,
        shares: PaperShares,
        desk_at: Callable[[Path], KeyDesk],
        clock: Clock,
        randomness: Randomness,
    ) -> None:
        self._place = place.absolute()
        self._shares = shares
        self._desk_at = desk_at
        self._clock = clock
        self._randomness = randomness

    def look(self, backup: Path, *, signer: str | None, identity: Secret, cancel: CancelToken) -> BackupManifest:
        """See the port."""
        return read_backup(backup, signer, identity, None, lambda _done, _of: None, cancel)

    def restore(
        self,
        backup: Path,
        *,
        signer: str | None,
        master: Secret,
        supervisor: NewOfficer,
        progress: BackupProgress,
        cancel: CancelToken,
    ) -> Restored:
        """See the port. Takes as long as reading every page of the stores twice."""
        refuse_occupied(self._place)
        wish = _Wish(
            backup=backup, signer=signer, master=master, supervisor=supervisor, progress=progress, cancel=cancel
        )
        making = self._place.with_name(f".{self._place.name}.being-restored")
        try:
            make_folders(self._place.parent)  # a power cut may otherwise take them, and the store in them
            shutil.rmtree(making, ignore_errors=True)  # of a restore that was killed
            making.mkdir(mode=0o700)
            manifest = self._unpacked(wish, making)
            left, stores = self._taken_over(wish, making, manifest)
            cancel.raise_if_cancelled()
            self._put_in_place(making, left)
        except OSError as problem:
            raise _not_written(problem) from problem
        finally:
            shutil.rmtree(making, ignore_errors=True)
        return Restored(manifest=manifest, signature_checked=signer is not None, stores=stores)

    def _unpacked(self, wish: _Wish, making: Path) -> BackupManifest:
        identity = self._shares.identity(wish.master)
        try:
            return read_backup(wish.backup, wish.signer, identity, Unpacking(making), wish.progress, wish.cancel)
        finally:
            identity.forget()

    def _taken_over(
        self, wish: _Wish, making: Path, manifest: BackupManifest
    ) -> tuple[LeftAnchors, tuple[RestoredStore, ...]]:
        """Open and judge every store, note the restore in each, and give the supervisor their slots.

        Also given: the notes of an earlier store beside the place, which its generations go on from.
        """
        desk, person = self._desk_at(making), wish.supervisor
        officer_id = OfficerId(new_identifier(self._clock.now(), self._randomness.bytes(RANDOM_BYTES)))
        with desk.unlock_with_recovery(wish.master) as ring:
            if any(comparable(view.name) == comparable(person.name) for view in desk.people()):
                raise RecordConflict(
                    say("Somebody at this post has this sign-in name already."),
                    say("Choose another name for the new supervisor. The old people keep their passwords."),
                )
            officer = Officer(
                officer_id=officer_id,
                name=person.name,
                display_name=person.display_name,
                role=person.role,
                public_key=ring.add(person),
            )
            left = left_anchors(self._place, manifest, _station_key(ring), self._clock.now())
            back = _Return(making=making, manifest=manifest, officer=officer, left=left)
            done = []
            for described in manifest.stores:
                wish.cancel.raise_if_cancelled()
                done.append(self._judged(ring, described, back))
            return left, tuple(done)

    def _judged(self, ring: KeyRing, described: BackedUpStore, back: _Return) -> RestoredStore:
        store = ring.open(described.name)
        try:
            _refuse_another(store, back.manifest, described)
            _refuse_strayed_index(store)
            _refuse_broken_trail(store, described)
            if described.name is StoreName.BORDER:
                self._write_public_key(back.making, store)
            return self._note(store, described, back)
        finally:
            store.close()

    def _write_public_key(self, making: Path, store: Store) -> None:
        with store.reading() as unit:
            text = public_key(unit.settings)
        replace_durably(folder_of(making, StoreName.BORDER) / PUBLIC_KEY_FILE, text.encode(), mode=0o644)

    def _note(self, store: Store, described: BackedUpStore, back: _Return) -> RestoredStore:
        """The audit entry that lets headquarters see the fork, the new generation, and the supervisor's row."""
        manifest, officer, left = back.manifest, back.officer, back.left
        aside = {} if left.aside is None else {"notes_set_aside": left.aside.name}
        with store.unit_of_work() as unit:
            head = unit.audit.head()
            sequence = 0 if head is None else head.sequence
            before = memory_of(unit.settings)
            now = begin_generation(unit.settings)
            now = replace(now, generation=left.next_generation(described.name, now.generation))
            remember(unit.settings, now)
            at = self._clock.now()
            unit.audit.append(
                at=at,
                by="station",
                act=Act.RESTORED,
                subject=manifest.name,
                details={
                    "generation_before": str(before.generation),
                    "generation": str(now.generation),
                    "last_entry": str(sequence),
                    "backup_made": manifest.made_at.strftime("%Y-%m-%dT%H:%M:%SZ"),
                    **aside,
                },
            )
            if described.name is StoreName.BORDER:
                unit.officers.add(officer)
                unit.audit.append(
                    at=at,
                    by="station",
                    act=Act.OFFICER_ADDED,
                    subject=officer.officer_id,
                    details={"role": officer.role.value, "public_key": officer.public_key},
                )
            unit.commit()
        return RestoredStore(
            name=described.name,
            generation_before=before.generation,
            generation_now=now.generation,
            audit_sequence=sequence,
        )

    def _put_in_place(self, making: Path, left: LeftAnchors) -> None:
        refuse_occupied(self._place)  # seen again: it took a while
        if self._place.exists():
            self._place.rmdir()
        for folder in (*(one for one in making.iterdir() if one.is_dir()), making):
            sync_folder(folder)  # a power cut may otherwise leave the place without a store that was reported back
        left.set_aside()  # first: whoever is killed here has neither a store nor notes that would close it
        try:
            os.rename(making, self._place)
            sync_folder(self._place.parent)
        except OSError:
            with suppress(OSError):
                os.rename(self._place, making)
            with suppress(OSError):
                left.put_back()
            raise


def refuse_occupied(place: Path) -> None:
    """Raise StoreError unless the place is free: nothing is ever restored over a store."""
    if not place.exists() or (place.is_dir() and not any(place.iterdir())):
        return
    raise StoreError(
        say("There is something in the folder of the store already: {place}.", place=str(place)),
        say("Nothing was restored. Choose an empty or a new folder; keep what is in this one."),
    )


def _station_key(ring: KeyRing) -> str:
    store = ring.open(StoreName.BORDER)
    try:
        with store.reading() as unit:
            return public_key(unit.settings)
    finally:
        store.close()


def _refuse_another(store: Store, manifest: BackupManifest, described: BackedUpStore) -> None:
    identity = store.identity
    if (identity.name, identity.kind, identity.station) != (described.name, manifest.kind, manifest.station):
        raise StoreDamaged(
            say("The store {name} in the backup belongs to another station.", name=described.name.value),
            say("Do not use this backup. Use an older one, and tell headquarters."),
        )


def _refuse_strayed_index(store: Store) -> None:
    """Every page holds, and every index fits its table."""
    if store.check_pages():
        raise StoreDamaged(
            say("An index of the store {name} in the backup does not fit its table.", name=store.name.value),
            say("Do not use this backup. Use an older one, and tell headquarters."),
        )


def _refuse_broken_trail(store: Store, described: BackedUpStore) -> None:
    """The trail holds, and is at least as long as the manifest says."""
    with store.reading() as unit:
        findings = verify(unit.audit.entries())
        head = unit.audit.head()
    if findings or head is None or head.sequence < described.audit_sequence:
        raise StoreDamaged(
            say("The audit trail of the store {name} in the backup does not hold.", name=described.name.value),
            say("Do not use this backup. Use an older one, and tell headquarters."),
        )


def _not_written(problem: OSError) -> StoreFull:
    why = os.strerror(problem.errno) if problem.errno else "?"
    return StoreFull(
        say("The store could not be restored here: {reason}.", reason=why),
        say("Nothing was restored. Make room, or choose a folder you may write to."),
    )
