# SPDX-License-Identifier: Apache-2.0
"""Recovery on paper, and sealed backups: what brings a post back when its computer or its people are gone.

Everything here blocks on a disk or stretches keys: never on the window's thread.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Protocol

from station.domain.identifiers import OfficerId
from station.domain.secrets import Secret
from station.ports.keys import NewOfficer
from station.ports.storage import Store, StoreIdentity, StoreKind, StoreName
from station.ports.tasks import CancelToken

#: How many sheets are printed, how many of them bring the master secret back, and how many words each holds.
SHARES, SHARES_NEEDED, SHARE_WORDS = 3, 2, 33


@dataclass(frozen=True, slots=True, kw_only=True)
class PaperShare:
    """One sheet of recovery words. ``number``: 1 to SHARES; ``set_mark``: one for all sheets of a set, no secret."""

    number: int
    set_mark: str
    text: Secret = field(repr=False)  # SHARE_WORDS words with one blank between them

    def words(self) -> tuple[str, ...]:
        """The words in their order."""
        return tuple(self.text.reveal().decode("ascii").split())


class PaperShares(Protocol):
    """The recovery's master secret and the paper it is kept on (SLIP-39, any two of three)."""

    def vocabulary(self) -> Sequence[str]:
        """The 1024 words there are, sorted; the first four letters tell each."""
        ...

    def new_master(self) -> Secret:
        """A fresh master secret of 32 bytes. It is printed as shares, and kept nowhere."""
        ...

    def split(self, master: Secret) -> tuple[PaperShare, ...]:
        """New sheets for a master secret; those of an earlier split of it do not go together with them."""
        ...

    def read(self, sheet: int, words: Sequence[str]) -> PaperShare:
        """The share typed as sheet ``sheet`` (1: the first typed). Raises ShareRefused, naming sheet and word."""
        ...

    def combine(self, shares: Sequence[PaperShare]) -> Secret:
        """The master secret of two or three shares of one set. Raises ShareRefused."""
        ...

    def identity(self, master: Secret) -> Secret:
        """The age identity (AGE-SECRET-KEY-1…) that opens the backups."""
        ...

    def recipient(self, master: Secret) -> str:
        """The age recipient (age1…) that backups are sealed to; it is public."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class BackupFile:
    """One member of a backup as its manifest lists it. ``sha256``: hex."""

    name: str
    size: int
    sha256: str


@dataclass(frozen=True, slots=True, kw_only=True)
class BackedUpStore:
    """One store in a backup.

    ``audit_sequence`` and ``audit_hash`` are the newest entry of its trail at that moment; 0 and empty for a store
    that nobody had open, which was copied as files.
    """

    name: StoreName
    slot_generation: int
    audit_sequence: int
    audit_hash: str
    database: tuple[str, ...]  # members that make up the database file, in order
    write_ahead_log: tuple[str, ...] = ()  # of a store that was not open and had not been closed well


@dataclass(frozen=True, slots=True, kw_only=True)
class BackupManifest:
    """What a backup says of itself; its last member. ``public_key``: the station's minisign key file."""

    format: str
    kind: StoreKind
    watermark: str
    post: str
    station: str
    lane: str
    name: str
    made_at: datetime
    made_by: OfficerId
    public_key: str
    stores: tuple[BackedUpStore, ...]
    files: tuple[BackupFile, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class BackupOrder:
    """What a backup is made of: the open stores of a session, and what it is sealed with."""

    name: str
    identity: StoreIdentity
    stores: Mapping[StoreName, Store] = field(repr=False)
    recipients: tuple[str, ...]
    signing_key: Secret = field(repr=False)
    public_key: str
    made_by: OfficerId


@dataclass(frozen=True, slots=True, kw_only=True)
class BackupMade:
    """A backup that lies on its medium, whole, signed and read back once."""

    name: str
    path: Path
    size: int
    sha256: str
    stores: tuple[StoreName, ...]
    expired: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class BackupSeen:
    """A backup that lies on a medium with its signature, as its name and size say; nothing of it was read."""

    name: str
    path: Path
    size: int


#: Called with bytes done and bytes in all.
BackupProgress = Callable[[int, int], None]


class BackupVault(Protocol):
    """Makes sealed backups of this station's stores on another medium, and keeps them in number."""

    def make(self, target: Path, order: BackupOrder, *, progress: BackupProgress, cancel: CancelToken) -> BackupMade:
        """Copy, seal, sign and read back. Raises TargetUnusable, StoreError kinds, Cancelled; nothing half stays."""
        ...

    def kept(self, target: Path, identity: StoreIdentity) -> Sequence[BackupSeen]:
        """The whole backups of this station on a medium, newest first; empty when it is not there."""
        ...

    def beside_the_stores(self, target: Path) -> bool:
        """Whether a folder lies on the disk that the stores lie on; False when it is not there."""
        ...

    def highest_number(self, target: Path, identity: StoreIdentity) -> int:
        """The highest number that a backup of this station has on a medium, whole or not; 0 without any."""
        ...

    def expire(self, target: Path, identity: StoreIdentity, keep: int, *, spare: str) -> tuple[str, ...]:
        """Delete all but the newest ``keep`` (at least 1), and what killed backups left; the names that went.

        The backup called ``spare`` stays, whatever its number: it was just made. Raises TargetUnusable.
        """
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class RestoredStore:
    """One store that was brought back: the generation of its keys in the backup, and the one it goes on with."""

    name: StoreName
    generation_before: int
    generation_now: int
    audit_sequence: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Restored:
    """What a restore brought back."""

    manifest: BackupManifest
    signature_checked: bool
    stores: tuple[RestoredStore, ...]


class BackupRestorer(Protocol):
    """Brings a backup back at a place where no store is."""

    def look(self, backup: Path, *, signer: str | None, identity: Secret, cancel: CancelToken) -> BackupManifest:
        """Read all of a backup and hold it against signature and manifest; writes nothing. Raises BundleRefused."""
        ...

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
        """Bring everything back, whole or not at all, with a slot for a new supervisor.

        ``signer`` is the text of station.pub; without it nobody can tell who made the backup. Raises BundleRefused,
        StoreError when there is a store already, StoreDamaged, Cancelled.
        """
        ...
