# SPDX-License-Identifier: Apache-2.0
"""Backups onto a second medium while records are saved, and their way back: recorded work, and what a cut must leave.

    python -m tests.power.backing_up FOLDER backups|restores COUNT

Negative control: ``HBM_POWER_NO_FSYNC=1`` leaves out what forces bundles, small files and folders to the disk.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import sys
import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

from station.access.checkpoints import CheckpointService
from station.access.sign_in import Session, SignInService
from station.domain.errors import BundleRefused, StationError
from station.domain.secrets import Secret
from station.ports.backup import BackupSeen
from station.ports.tasks import CancelToken
from station.safekeeping.backups import BackupService
from station.safekeeping.plan import BackupPlan
from storage.anchors.anchor_files import anchors_folder
from storage.backup.copies import STAGING
from storage.backup.vault import FOLDER, FolderVault
from storage.door import FolderDoor
from storage.exchange.stick import FolderTargets
from storage.sealed.sealer import AgeMinisignSealer
from storage.sealed.writer import BUNDLE_ENDING
from tests.open_station import LIGHT, SUPERVISOR_PASSWORD, KeptEvents, StandingClock
from tests.power.promises import PLACE, WHO, DoesNotOpen, Lost, Promise, hold_to, save
from tests.storage.backup.posts import (
    MASTER,
    NEW_SUPERVISOR_PASSWORD,
    new_supervisor,
    open_post,
    restorer_at,
    silent,
)
from tests.storage.backup.restored import Held, held_by, whole
from ui.host import SystemRandomness

MEDIUM = "medium"
KEPT = 3
PICTURE_BYTES = 9_000
BEFORE = 6  # records before the first backup
_BETWEEN = 0.02  # seconds between two records: a busy post, not a flood
_A_DAY = timedelta(days=1)


def acknowledge(promise: dict[str, object]) -> None:
    """Acknowledge: from here on it must never be lost."""
    os.write(int(os.environ["HBM_POWER_SAID"]), json.dumps(promise).encode() + b"\n")


@dataclass(frozen=True, slots=True)
class PostAt:
    """Whoever works at the station in ``folder``."""

    folder: Path
    clock: StandingClock = field(default_factory=StandingClock)

    @property
    def sealer(self) -> AgeMinisignSealer:
        return AgeMinisignSealer(self.clock, SystemRandomness())

    @property
    def vault(self) -> FolderVault:
        return FolderVault(self.folder / PLACE, self.sealer, self.clock)

    @property
    def sign_ins(self) -> SignInService:
        door = FolderDoor(self.folder / PLACE, KeptEvents(), self.clock, SystemRandomness(), profile=LIGHT)
        return SignInService(door, self.clock, CheckpointService(self.sealer, self.clock))

    def signed_in(self) -> Session:
        return self.sign_ins.sign_in(WHO, SUPERVISOR_PASSWORD, CancelToken())

    def backups(self, session: Session) -> BackupService:
        return BackupService(session, self.vault, FolderTargets(self.folder / PLACE), self.clock)


def make_planned(folder: Path) -> None:
    """A station with recovery sheets, some records and a plan for backups; the medium is empty."""
    post = open_post(folder)
    for number in range(BEFORE):
        save(post.session.store, number, picture_bytes=PICTURE_BYTES)
    post.backups.set_plan(BackupPlan(folder=str(post.medium), keep=KEPT))
    post.station.sign_ins.sign_out(post.session)


def backups(folder: Path, count: int) -> None:
    """One backup after the other; records are saved meanwhile, and acknowledged as they are kept."""
    post = PostAt(folder)
    session = post.signed_in()
    ending = CancelToken()
    writing = threading.Thread(target=_records, args=(session, ending))
    writing.start()
    for number in range(count):
        acknowledge({"begun": number})
        made = post.backups(session).make(folder / MEDIUM, silent, CancelToken())
        acknowledge({"backup": made.name, "number": number})
    ending.cancel()
    writing.join()
    post.sign_ins.sign_out(session)


def _records(session: Session, ending: CancelToken) -> None:
    number = BEFORE
    while not ending.cancelled:
        acknowledge(save(session.store, number, picture_bytes=PICTURE_BYTES).promise())
        number += 1
        ending.wait(_BETWEEN)


class BackupsHold:
    """Holds images to what was promised of backups. One bundle has one content: it is brought back once."""

    def __init__(self, room: Path) -> None:
        self._second = room / "second"
        self._brought_back: set[tuple[bytes, str]] = set()

    def __call__(self, folder: Path, promises: Sequence[Promise]) -> None:
        """Raises Lost, DoesNotOpen."""
        post, saved = PostAt(folder), [one for one in promises if "encounter" in one]
        try:
            session = post.signed_in()
        except StationError as problem:
            raise DoesNotOpen(f"{type(problem).__name__}: {problem}") from problem
        try:
            if any(store.read_only is not None for store in session.stores.values()):
                raise DoesNotOpen("an honest store is only read")
            hold_to(session.store, saved)
            self._backups(post, session, promises)
        except StationError as problem:
            raise DoesNotOpen(f"{type(problem).__name__}: {problem.cause.in_english()}") from problem
        finally:
            post.sign_ins.sign_out(session)

    def _backups(self, post: PostAt, session: Session, promises: Sequence[Promise]) -> None:
        medium, identity = post.folder / MEDIUM, session.store.identity
        counted = {seen.name: seen for seen in post.vault.kept(medium, identity)}
        # The one after the last may have pushed out one more than is kept, and be cut before it was acknowledged.
        made = [str(one["backup"]) for one in promises if "backup" in one][-KEPT + 1 :]
        gone = [name for name in made if name not in counted]
        if gone:
            raise Lost(f"{gone} were acknowledged, {sorted(counted)} count")
        for seen in counted.values():
            self._comes_back(post.folder, seen, _promised_before(promises, seen.name))
        following = post.backups(session).make(medium, silent, CancelToken())
        if following.name not in {seen.name for seen in post.vault.kept(medium, identity)}:
            raise Lost("the backup after the cut")
        left = [*medium.rglob("*.partial"), *post.folder.rglob(STAGING)]
        if left:
            raise Lost(f"the backup after the cut left {left}")

    def _comes_back(self, folder: Path, seen: BackupSeen, saved: Sequence[Promise]) -> None:
        signer = (folder / PLACE / "station.pub").read_text()
        known = (hashlib.sha256(seen.path.read_bytes()).digest(), json.dumps(saved))
        if known in self._brought_back:
            try:
                AgeMinisignSealer(StandingClock(), SystemRandomness()).open(seen.path, signer=signer, identity=None)
            except BundleRefused as problem:
                raise Lost(f"{seen.name} counts, and {problem.cause.in_english()}") from problem
            return
        shutil.rmtree(self._second, ignore_errors=True)
        place = self._second / PLACE
        door = FolderDoor(place, KeptEvents(), StandingClock(), SystemRandomness(), profile=LIGHT)
        try:
            bring_back(self._second, seen.path, signer)
            opened = door.unlock("vera", NEW_SUPERVISOR_PASSWORD, cancel=CancelToken())
        except StationError as problem:
            raise Lost(f"{seen.name} counts, and does not come back: {problem.cause.in_english()}") from problem
        try:
            hold_to(opened.store, saved)
        finally:
            for store in (opened.store, *opened.further.values()):
                store.close()
        self._brought_back.add(known)


def _promised_before(promises: Sequence[Promise], name: str) -> list[Promise]:
    """The records that were acknowledged before a backup was begun; none for one that was not acknowledged itself."""
    number = next((one["number"] for one in promises if one.get("backup") == name), None)
    begun = next((at for at, one in enumerate(promises) if one.get("begun") == number), 0)
    return [one for one in promises[:begun] if "encounter" in one] if number is not None else []


def bring_back(second: Path, backup: Path, signer: str) -> Mapping[str, int]:
    """Restore a backup for a new supervisor at ``second``; the generation of each store."""
    restored = restorer_at(second, StandingClock().at + _A_DAY).restore(
        backup,
        signer=signer,
        master=Secret(MASTER.reveal()),
        supervisor=new_supervisor(),
        progress=silent,
        cancel=CancelToken(),
    )
    return {one.name.value: one.generation_now for one in restored.stores}


def make_lost(folder: Path) -> Held:
    """A medium with one backup and nothing else; what the backup holds."""
    first = folder / "first"
    first.mkdir()
    post = open_post(first)
    for number in range(BEFORE):
        save(post.session.store, number, picture_bytes=PICTURE_BYTES)
    held = held_by(post.session, post.station.public_key, post.station.clock.at + 2 * _A_DAY, BEFORE)
    post.backup()
    post.session.end()
    post.medium.rename(folder / MEDIUM)
    (folder / "station.pub").write_text(post.station.public_key)
    shutil.rmtree(first)
    shutil.rmtree(anchors_folder(first / PLACE), ignore_errors=True)
    return held


def restores(folder: Path, count: int) -> None:
    """One backup, brought back at one new place after the other."""
    signer = (folder / "station.pub").read_text()
    for number in range(count):
        bring_back(_machine(folder, number), backup_in(folder), signer)
        acknowledge({"restored": number})


def _machine(folder: Path, number: int) -> Path:
    return folder / f"machine-{number}"


def backup_in(folder: Path) -> Path:
    """The one backup on the medium of ``make_lost``."""
    (found,) = (folder / MEDIUM / FOLDER).glob(f"*{BUNDLE_ENDING}")
    return found


class RestoresHold:
    """Holds images to what was promised of restores: whole, or none and it can be done again."""

    def __init__(self, held: Held, backup: bytes) -> None:
        self._held, self._backup = held, backup

    def __call__(self, folder: Path, promises: Sequence[Promise]) -> None:
        """Raises Lost, DoesNotOpen."""
        done = len(promises)
        if backup_in(folder).read_bytes() != self._backup:
            raise Lost("the backup was touched")
        for number in range(max(0, done - 1), done + 1):
            second = _machine(folder, number)
            there = (second / PLACE).exists() and any((second / PLACE).iterdir())
            if number < done and not there:
                raise Lost(f"the restore at {second.name}")
            try:
                if not there:
                    bring_back(second, backup_in(folder), self._held.public_key)
                whole(self._held, second)
            except AssertionError as problem:
                raise Lost(str(problem)) from problem
            except (StationError, OSError) as problem:
                raise DoesNotOpen(f"{second.name}: {type(problem).__name__}: {problem}") from problem


WORKS = {"backups": backups, "restores": restores}

if __name__ == "__main__":
    if "HBM_POWER_NO_FSYNC" in os.environ:
        os.fsync = lambda fd: None
    WORKS[sys.argv[2]](Path(sys.argv[1]), int(sys.argv[3]))
