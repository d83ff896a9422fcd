# SPDX-License-Identifier: Apache-2.0
"""A post with recovery sheets and a second medium, for tests of backups."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from station.access.recovery import new_set
from station.access.sign_in import Session
from station.domain.secrets import Secret
from station.ports.backup import BackupMade
from station.ports.keys import NewOfficer
from station.ports.storage import RoleName
from station.ports.tasks import CancelToken
from station.safekeeping.backups import BackupService
from storage.backup.restorer import FolderRestorer
from storage.backup.vault import FolderVault
from storage.door import FolderDoor
from storage.exchange.stick import FolderTargets
from storage.keys.recovery import Slip39Shares
from tests.open_station import LIGHT, KeptEvents, OpenStation, StandingClock
from ui.host import SystemRandomness

SHARING = Slip39Shares(SystemRandomness())
MASTER = Secret(bytes(range(32)))


def silent(_done: int, _of: int) -> None:
    """Nobody watches."""


@dataclass(frozen=True, slots=True)
class Post:
    """An open station, a session of its supervisor, and an empty medium."""

    station: OpenStation
    session: Session
    medium: Path

    @property
    def vault(self) -> FolderVault:
        return FolderVault(self.station.store_folder, self.station.sealer, self.station.clock)

    @property
    def backups(self) -> BackupService:
        targets = FolderTargets(self.station.store_folder)
        return BackupService(self.session, self.vault, targets, self.station.clock)

    def backup(self) -> BackupMade:
        return self.backups.make(self.medium, silent, CancelToken())


def open_post(folder: Path) -> Post:
    """A post with recovery sheets, an open session of its supervisor, and an empty medium."""
    station = OpenStation(folder, recovery=new_set(SHARING, Secret(MASTER.reveal())))
    medium = folder / "medium"
    medium.mkdir()
    return Post(station, station.signed_in(), medium)


def restorer(folder: Path, station: OpenStation) -> FolderRestorer:
    """A second machine, a day later: an empty place under ``folder``."""
    return restorer_at(folder, station.clock.at + timedelta(days=1))


def restorer_at(folder: Path, at: datetime) -> FolderRestorer:
    """A second machine at that time."""
    clock, events = StandingClock(at=at), KeptEvents()
    randomness = SystemRandomness()
    return FolderRestorer(
        folder / "store",
        SHARING,
        lambda place: FolderDoor(place, events, clock, randomness, profile=LIGHT).desk,
        clock,
        randomness,
    )


NEW_SUPERVISOR_PASSWORD = Secret.of("harvest compass linen forty")


def new_supervisor(name: str = "vera") -> NewOfficer:
    """Whoever takes over."""
    return NewOfficer(
        name=name,
        display_name="Vera Specimen",
        role=RoleName.SUPERVISOR,
        password=Secret(NEW_SUPERVISOR_PASSWORD.reveal()),
    )
