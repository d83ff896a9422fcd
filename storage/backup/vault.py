# SPDX-License-Identifier: Apache-2.0
"""Sealed backups in a folder of a second medium: made whole, read back once, and kept in number.

A backup counts when its file and its signature stand under their names; both take them only when everything is
written. What a killed backup leaves has other names and is cleared away with the next.
"""

from __future__ import annotations

import json
import os
import re
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final, cast

from station.domain.errors import BundleRefused, FileRefused, StoreError, StoreInUse, TargetUnusable
from station.domain.wire import to_json
from station.domain.words import say
from station.isolation.intake import Intake
from station.ports.backup import (
    BackedUpStore,
    BackupFile,
    BackupMade,
    BackupManifest,
    BackupOrder,
    BackupProgress,
    BackupSeen,
    BackupVault,
)
from station.ports.clock import Clock
from station.ports.sealing import BundleMember, BundleSealer, SealedBundle
from station.ports.storage import StoreIdentity, StoreKind
from station.ports.tasks import CancelToken
from station.safekeeping.manifest import FORMAT, WATERMARK, backup_stem
from storage.backup.copies import StagedStore, present, stage, staging
from storage.durable import sync_folder
from storage.sealed.writer import BUNDLE_ENDING, SIGNATURE_ENDING, target_faults

#: The folder on the medium: an export to the same medium uses other names, and never waits for a backup.
FOLDER: Final = "hbm-backups"
#: No station counts further. A file with a higher number was put there, and does not decide the numbers to come.
HIGHEST: Final = 999_999_999


class FolderVault(BackupVault):
    """Implements the port for the stores at ``place``. Any thread; one backup at a time."""

    def __init__(self, place: Path, sealer: BundleSealer, clock: Clock) -> None:
        self._place = place
        self._sealer = sealer
        self._clock = clock
        self._at_work = threading.Lock()

    def make(self, target: Path, order: BackupOrder, *, progress: BackupProgress, cancel: CancelToken) -> BackupMade:
        """See the port. Needs as much room on the station's disk as the stores take, while it runs."""
        if not self._at_work.acquire(blocking=False):
            raise StoreInUse(say("A backup is being made already."), say("Wait until it is done."))
        try:
            with _own_words(), staging(self._place) as folder:
                staged = self._copies(order, folder, progress, cancel)
                made = self._sealed(_folder_on(target), order, staged, cancel)
                self._read_back(made, order)
        finally:
            self._at_work.release()
        return BackupMade(
            name=order.name,
            path=made.path,
            size=made.size,
            sha256=made.sha256,
            stores=tuple(store.name for store in staged),
        )

    def kept(self, target: Path, identity: StoreIdentity) -> Sequence[BackupSeen]:
        """See the port."""
        try:
            return tuple(
                BackupSeen(name=path.name.removesuffix(BUNDLE_ENDING), path=path, size=path.stat().st_size)
                for path in _whole(target / FOLDER, identity)
            )
        except (OSError, FileRefused):  # pulled out between two questions, or a folder that is none of ours
            return ()

    def beside_the_stores(self, target: Path) -> bool:
        """See the port. The empty mount point of a medium that is not plugged in lies there as well."""
        try:
            return target.is_dir() and target.stat().st_dev == self._place.stat().st_dev
        except OSError:  # pulled out between two questions
            return False

    def highest_number(self, target: Path, identity: StoreIdentity) -> int:
        """See the port. A medium that is not there has none."""
        try:
            return max((number for number in _numbers(target / FOLDER, identity) if number <= HIGHEST), default=0)
        except (OSError, FileRefused):  # not there, or pulled out: the backup itself says so
            return 0

    def expire(self, target: Path, identity: StoreIdentity, keep: int, *, spare: str) -> tuple[str, ...]:
        """See the port."""
        folder = target / FOLDER
        gone = []
        with _own_words(), target_faults(folder):
            for path in _whole(folder, identity)[max(1, keep) :]:
                if path.name == spare + BUNDLE_ENDING:
                    continue
                path.unlink()  # the bundle first: a signature alone is not a backup
                _signature(path).unlink(missing_ok=True)
                gone.append(path.name.removesuffix(BUNDLE_ENDING))
            for name in _listed(folder, identity):
                bundle = folder / name.removesuffix(SIGNATURE_ENDING)
                if name != bundle.name and not bundle.exists():
                    (folder / name).unlink(missing_ok=True)
            sync_folder(folder)
        return tuple(gone)

    def _copies(
        self, order: BackupOrder, folder: Path, progress: BackupProgress, cancel: CancelToken
    ) -> Sequence[StagedStore]:
        names = present(self._place)
        return [
            stage(self._place, name, order.stores.get(name), folder, _share(progress, number, len(names)), cancel)
            for number, name in enumerate(names)
        ]

    def _sealed(
        self, folder: Path, order: BackupOrder, staged: Sequence[StagedStore], cancel: CancelToken
    ) -> SealedBundle:
        def members() -> Iterator[BundleMember]:
            for store in staged:
                yield from store.members()

        def manifest(files: Sequence[tuple[str, int, str]]) -> Mapping[str, object]:
            return cast("Mapping[str, object]", json.loads(to_json(self._manifest(order, staged, files))))

        try:
            return self._sealer.seal(
                folder,
                order.name,
                members(),
                manifest,
                recipients=order.recipients,
                signing_key=order.signing_key,
                trusted_comment=f"{WATERMARK} {order.name}" if _training(order.identity) else order.name,
                cancel=cancel,
            )
        except OSError as problem:  # of the copies on the station's own disk; the target's are TargetUnusable
            raise StoreError(
                say("The copy of a store could not be read: {why}.", why=problem.strerror or "?"),
                say("No backup was made. Check the disk of this computer, then try again."),
            ) from problem

    def _manifest(
        self, order: BackupOrder, staged: Sequence[StagedStore], files: Sequence[tuple[str, int, str]]
    ) -> BackupManifest:
        return BackupManifest(
            format=FORMAT,
            kind=order.identity.kind,
            watermark=WATERMARK if _training(order.identity) else "",
            post=order.identity.post,
            station=order.identity.station,
            lane=order.identity.lane,
            name=order.name,
            made_at=self._clock.now(),
            made_by=order.made_by,
            public_key=order.public_key,
            stores=tuple(
                BackedUpStore(
                    name=store.name,
                    slot_generation=store.slot_generation,
                    audit_sequence=store.audit_sequence,
                    audit_hash=store.audit_hash,
                    database=store.database.names,
                    write_ahead_log=() if store.log is None else store.log.names,
                )
                for store in staged
            ),
            files=tuple(BackupFile(name=name, size=size, sha256=sha256) for name, size, sha256 in files),
        )

    def _read_back(self, made: SealedBundle, order: BackupOrder) -> None:
        """What stands on the medium is what was signed; else it is taken away again."""
        try:
            _forget_cached(made.path)
            self._sealer.open(made.path, signer=order.public_key, identity=None)
        except BundleRefused as problem:
            for path in (made.path, made.signature_path):
                with suppress(OSError):
                    path.unlink(missing_ok=True)
            raise TargetUnusable(
                say("The medium does not give back what was written on it."),
                say("No backup was made. Use another medium: this one is failing."),
            ) from problem


def _training(identity: StoreIdentity) -> bool:
    return identity.kind is StoreKind.TRAINING


def _share(progress: BackupProgress, number: int, of: int) -> BackupProgress:
    """Progress of one store out of several, as if all were of one size."""
    return lambda done, total: progress(number * total + done, of * total)


def _folder_on(target: Path) -> Path:
    with target_faults(target):
        folder = target / FOLDER
        folder.mkdir(mode=0o700, exist_ok=True)  # not its parents: a medium that is not plugged in is not made up
        sync_folder(target)  # or a power cut takes the folder, and every backup in it
        return folder


def _signature(bundle: Path) -> Path:
    return bundle.with_name(bundle.name + SIGNATURE_ENDING)


def _number(bundle: Path, identity: StoreIdentity) -> int | None:
    """The number in the name of one of this station's backups."""
    found = _names(identity).fullmatch(bundle.name)
    return None if found is None or found["signature"] else int(found["number"])


def _names(identity: StoreIdentity) -> re.Pattern[str]:
    """What this station calls a backup and its signature."""
    stem, signature = re.escape(backup_stem(identity)), re.escape(SIGNATURE_ENDING)
    return re.compile(
        rf"{stem}-(?P<number>[0-9]{{6,18}})-[0-9]{{8}}-[0-9]{{4}}Z{re.escape(BUNDLE_ENDING)}(?P<signature>{signature})?"
    )


def _numbers(folder: Path, identity: StoreIdentity) -> Iterator[int]:
    """Every number that was used on a medium, also by a bundle or a signature alone. Raises OSError, FileRefused."""
    for name in _listed(folder, identity):
        number = _number(folder / name.removesuffix(SIGNATURE_ENDING), identity)
        if number is not None:
            yield number


def _whole(folder: Path, identity: StoreIdentity) -> list[Path]:
    """This station's backups that have their signature, newest first. Raises OSError, FileRefused."""
    if not folder.is_dir():
        return []
    names = _listed(folder, identity)
    numbered = [(number, folder / name) for name in names if (number := _number(folder / name, identity)) is not None]
    return [path for _, path in sorted(numbered, reverse=True) if _signature(path).name in names]


def _listed(folder: Path, identity: StoreIdentity) -> frozenset[str]:
    """The ordinary files of this station's backups on a medium that anybody may have filled."""
    with Intake.of(folder, _names(identity)) as medium:
        return frozenset(medium.listed())


def _forget_cached(path: Path) -> None:
    """Let the next reading come from the medium, where the system can be asked for that."""
    if not hasattr(os, "posix_fadvise"):
        return
    with suppress(OSError), path.open("rb") as file:
        os.posix_fadvise(file.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)


@contextmanager
def _own_words() -> Iterator[None]:
    """The cause as the sealer knows it, and the next step of a backup."""
    try:
        yield
    except TargetUnusable as problem:
        raise TargetUnusable(
            problem.cause, say("No backup was made. Check the medium or use another one, then make the backup again.")
        ) from problem
