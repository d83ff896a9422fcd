# SPDX-License-Identifier: Apache-2.0
"""The doors of a station's stores, closed: who can open them with what, and how that is changed.

Every call that takes a password blocks for about a second and may block on the disk: never on the window's thread.
A wrong password and an unknown name get the same answer after the same time, and count as a wrong try.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from typing import Protocol

from station.domain.identifiers import OfficerId
from station.domain.secrets import Secret
from station.ports.storage import Officer, RoleName, Store, StoreIdentity, StoreKind, StoreName
from station.ports.tasks import CancelToken


@dataclass(frozen=True, slots=True, kw_only=True)
class NewOfficer:
    """Someone to be given slots. ``distress_password`` opens a reduced view and raises a silent flag."""

    name: str
    display_name: str
    role: RoleName
    password: Secret = field(repr=False)
    distress_password: Secret | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Opened:
    """What a password opened: the border store and whatever else the person has a slot in.

    ``distress``: the distress password was typed; nobody in the room may notice that the station knows.
    """

    officer: Officer
    store: Store
    further: Mapping[StoreName, Store]
    distress: bool = field(default=False, repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Confirmed:
    """A person typed their own password for one purpose. ``signature``: base64, Ed25519 over the message."""

    name: str
    role: RoleName
    public_key: str
    signature: str
    distress: bool = field(default=False, repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class SlotView:
    """What a key file says in the open about one person."""

    name: str
    role: RoleName
    stores: frozenset[StoreName]
    second_factor: bool


class KeyRing(Protocol):
    """The keys of the stores that the acting person can open, in hand for one act and forgotten after it.

    Each call changes the key files durably, or raises and leaves them as they were. Rows of people in the
    databases are the caller's: adding, row first; removing, slot first.
    """

    @property
    def stores(self) -> frozenset[StoreName]:
        """Which keys are in hand."""
        ...

    def add(self, person: NewOfficer) -> str:
        """Give slots in every store the role asks for; the person's public key. About a second.

        Raises NotPermitted when the role needs a store whose key the acting person has not.
        """
        ...

    def remove(self, name: str) -> None:
        """Take all slots of a person away. Raises NotPermitted for the last supervisor."""
        ...

    def change_role(self, name: str, role: RoleName) -> None:
        """Bind a person's slots to another role, giving and taking stores. The password stays."""
        ...

    def change_password(self, name: str, password: Secret, *, distress_password: Secret | None) -> str:
        """New slots under a new password; the person's new public key. About a second."""
        ...

    def found(self, name: StoreName, identity: StoreIdentity, people: Sequence[Officer]) -> None:
        """Make a store that does not exist yet, with a slot for each of ``people`` and the recovery's."""
        ...


class StoreDoor(Protocol):
    """The place of a station's stores, closed: how they are created, and opened with a person's password."""

    def exists(self) -> bool:
        """Whether a store is there."""
        ...

    def kind(self) -> StoreKind:
        """Live or training, readable without a password. Raises StoreMissing."""
        ...

    def create(self, identity: StoreIdentity, people: Sequence[NewOfficer], settings: Mapping[str, bytes]) -> None:
        """Make the store with its first people and settings, whole or not at all."""
        ...

    def unlock(self, name: str, password: Secret, *, cancel: CancelToken) -> Opened:
        """Open what this person can open. About a second of key stretching.

        Raises SignInRefused, StoreMissing, StoreInUse, StoreDamaged, StoreTooNew.
        """
        ...


class KeyDesk(Protocol):
    """Where people prove who they are for one act, and where their slots are changed."""

    def confirm(self, name: str, password: Secret, message: bytes) -> Confirmed:
        """Prove who types, without opening anything; the signature binds the person to ``message``.

        Raises SignInRefused.
        """
        ...

    def keys(self, name: str, password: Secret) -> AbstractContextManager[KeyRing]:
        """The keys in hand for one act of the person ``name``. Raises SignInRefused."""
        ...

    def people(self) -> Sequence[SlotView]:
        """Who has slots, as the key files say without a password."""
        ...


@dataclass(frozen=True, slots=True)
class PersonChanged:
    """Event: somebody was added, suspended, given another role or password."""

    officer_id: OfficerId
