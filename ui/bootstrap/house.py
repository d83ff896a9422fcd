# SPDX-License-Identifier: Apache-2.0
"""A store's place with everything that stands around it while nobody is signed in."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from station.access.checkpoints import CheckpointService
from station.access.sign_in import SignInService
from station.domain.secrets import Secret
from station.ports.anchors import TokenCounter
from station.ports.backup import BackupVault
from station.ports.clock import Clock, Randomness
from station.ports.exchange import ExportTargets
from station.ports.keys import KeyDesk, StoreDoor
from station.ports.sealing import AuditBundler
from station.post.clock import SteadyClock
from storage.backup.vault import FolderVault
from storage.door import FolderDoor
from storage.exchange.stick import FolderTargets
from storage.keys.hardware import Pkcs11Tokens
from storage.keys.stretching import SERVICE, KdfProfile
from storage.sealed.age import new_identity
from storage.sealed.apart import open_bundle_apart
from storage.sealed.sealer import AgeMinisignSealer
from ui.host import LocalEvents, SystemClock, SystemRandomness


def new_sealer() -> AgeMinisignSealer:
    """The sealer of bundles."""
    return AgeMinisignSealer(SystemClock(), SystemRandomness(), opener=open_bundle_apart)


def new_headquarters_identity() -> tuple[Secret, str]:
    """A throw-away age identity and its recipient: for demonstration and training only."""
    return new_identity()


@dataclass(frozen=True, slots=True, kw_only=True)
class House:
    """One store's place with everything that stands around it while nobody is signed in."""

    place: Path
    door: StoreDoor
    keys: KeyDesk
    tokens: Pkcs11Tokens
    vault: BackupVault
    sealer: AuditBundler
    signer: AuditBundler
    checkpoints: CheckpointService
    sign_in: SignInService
    events: LocalEvents
    clock: Clock
    steady: SteadyClock
    randomness: Randomness
    targets: ExportTargets

    @classmethod
    @contextmanager
    def at(
        cls,
        place: Path,
        *,
        clock: Clock | None = None,
        randomness: Randomness | None = None,
        profile: KdfProfile = SERVICE,
        token_module: str = "",
        counter: TokenCounter | None = None,
    ) -> Iterator[House]:
        """The house around the store folder ``place``, which need not exist yet."""
        house = cls.around(
            place, clock=clock, randomness=randomness, profile=profile, token_module=token_module, counter=counter
        )
        try:
            yield house
        finally:
            house.tokens.close()

    @classmethod
    def around(
        cls,
        place: Path,
        *,
        clock: Clock | None = None,
        randomness: Randomness | None = None,
        profile: KdfProfile = SERVICE,
        token_module: str = "",
        counter: TokenCounter | None = None,
    ) -> House:
        """As ``at``. ``randomness`` makes identifiers repeatable in a demo; keys always come from the system.

        ``token_module`` is the PKCS#11 library of tokens that are a second factor; without it there are none.
        ``counter``: of this computer's TPM, behind a live store.
        """
        time = clock or SystemClock()
        events = LocalEvents()
        tokens = Pkcs11Tokens(token_module)
        door = FolderDoor(
            place, events, time, SystemRandomness(), profile=profile, factors=tokens.factor, counter=counter
        )
        sealer = AgeMinisignSealer(time, SystemRandomness())
        checkpoints = CheckpointService(sealer, time, counter=counter)
        return cls(
            place=place,
            door=door,
            keys=door.desk,
            tokens=tokens,
            vault=FolderVault(place, sealer, time),
            sealer=sealer,
            signer=sealer,
            checkpoints=checkpoints,
            sign_in=SignInService(door, time, checkpoints, key_desk=door.desk),
            events=events,
            clock=time,
            steady=SteadyClock(time),
            randomness=randomness or SystemRandomness(),
            targets=FolderTargets(place),
        )
