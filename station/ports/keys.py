# SPDX-License-Identifier: Apache-2.0
"""The doors of a station's stores, closed: who can open them with what, and how that is changed.

Every call that takes a password blocks for about a second and may block on the disk: never on the window's thread.
A wrong password and an unknown name get the same answer after the same time, and count as a wrong try.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from typing import Protocol

from station.domain.identifiers import OfficerId
from station.domain.secrets import Secret
from station.domain.words import Text
from station.ports.storage import Officer, RoleName, Store, StoreIdentity, StoreKind, StoreName
from station.ports.tasks import CancelToken


@dataclass(frozen=True, slots=True, kw_only=True)
class FactorSpec:
    """A second factor as the key file describes it in the open: which token, and which of its keys.

    ``kind`` says which SecondFactor understands it, ``parameters`` are that factor's own and public.
    """

    kind: str
    label: str
    parameters: Mapping[str, str] = field(default_factory=dict)


class SecondFactor(Protocol):
    """A token whose secret key never leaves it. Its calls block, and may wait for a touch."""

    def answer(self, challenge: bytes, pin: Secret) -> Secret:
        """32 bytes that only this token can give to this challenge of 32 bytes, always the same ones.

        Raises SignInRefused for a wrong PIN, DeviceError kinds when there is no such token.
        """
        ...


#: The token that a key file describes. Raises DeviceError kinds when this station cannot reach such a one.
SecondFactors = Callable[[FactorSpec], SecondFactor]


@dataclass(frozen=True, slots=True, kw_only=True)
class TokenView:
    """A token that is there, as its library names it."""

    label: str
    maker: str
    serial: str


class TokenTray(Protocol):
    """The tokens this station reaches. Any thread; every call blocks, some until a finger touches the token."""

    @property
    def known(self) -> bool:
        """Whether this station reads tokens at all."""
        ...

    def present(self, *, cancel: CancelToken) -> Sequence[TokenView]:
        """The tokens that are plugged in and ready. Raises DeviceError kinds, Cancelled."""
        ...

    def enrol(self, token: str, pin: Secret, *, cancel: CancelToken) -> FactorSpec:
        """Make ``token`` a second factor: what a slot says of it in the open.

        Raises SignInRefused for a wrong PIN, DeviceError kinds, Cancelled.
        """
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class NewOfficer:
    """Someone to be given slots. ``distress_password`` opens a reduced view and raises a silent flag.

    ``factor`` and its ``pin``: the token that has to be there each time besides the password.
    """

    name: str
    display_name: str
    role: RoleName
    password: Secret = field(repr=False)
    distress_password: Secret | None = field(default=None, repr=False)
    factor: FactorSpec | None = None
    pin: Secret | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Opened:
    """What a password opened: the border store and whatever else the person has a slot in.

    ``distress``: the distress password was typed; nobody in the room may notice that the station knows.
    ``old_keys``: stores whose key file is older than one that the store has seen: somebody put an old one back.
    ``generations``: of the key file of each store that was opened.
    """

    officer: Officer
    store: Store
    further: Mapping[StoreName, Store]
    distress: bool = field(default=False, repr=False)
    old_keys: frozenset[StoreName] = frozenset()
    generations: Mapping[StoreName, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Confirmed:
    """A person typed their own password for one purpose. ``signature``: base64, Ed25519 over the message.

    The distress password signs with the same key: nobody can tell it from the signature.
    """

    name: str
    role: RoleName
    public_key: str
    signature: str
    distress: bool = field(default=False, repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class SlotView:
    """What the key files say in the open about one person.

    ``stores`` differs from what the role asks for while a change of people was left half done.
    ``public_key``: base64, as in Officer.
    """

    name: str
    role: RoleName
    stores: frozenset[StoreName]
    second_factor: bool
    public_key: str = ""
    factor_label: str = ""


class KeyRing(Protocol):
    """The keys of the stores that the acting person can open, in hand for one act and forgotten after it.

    Each call changes the key files durably, or raises and leaves them as they were. Rows of people in the
    databases are the caller's: adding, row first; removing, slot first. Every call raises StoreError kinds.
    """

    @property
    def distress(self) -> bool:
        """Whether the distress password was typed.

        Then the border's key alone is in hand, a password that is set opens no more than the distress password does,
        and whoever had one of their own keeps it. A token stays as it is: another one is refused with DeviceFault.
        """
        ...

    @property
    def stores(self) -> frozenset[StoreName]:
        """Which keys are in hand."""
        ...

    def add(self, person: NewOfficer) -> str:
        """Give slots in every store the role asks for; the person's public key. About a second.

        Raises NotPermitted when the role needs a store whose key the acting person has not, RecordConflict when
        somebody has this name.
        """
        ...

    def remove(self, name: str) -> None:
        """Take all slots of a person away, in both generations of each key file; no key is needed for that.

        Raises NotPermitted for the last supervisor, and when nobody could open the station without a token.
        """
        ...

    def change_role(self, name: str, role: RoleName) -> None:
        """Bind a person's slots to another role, giving and taking stores. The password stays.

        Raises NotPermitted as ``add`` and ``remove`` do.
        """
        ...

    def change_password(
        self,
        name: str,
        password: Secret,
        *,
        distress_password: Secret | None,
        factor: FactorSpec | None = None,
        pin: Secret | None = None,
    ) -> str:
        """New slots under a new password; the person's new public key. About a second.

        Without ``factor`` the person needs no token any more. Raises NotPermitted when the person can open a store
        whose key the acting person has not.
        """
        ...

    def refuse_other_token(self, name: str, factor: FactorSpec | None) -> None:
        """Raise DeviceFault when ``change_password`` with this ``factor`` would, before anything is changed."""
        ...

    def found(self, name: StoreName, identity: StoreIdentity, people: Sequence[Officer]) -> None:
        """Make a store that does not exist yet, with a slot for each of ``people`` and the recovery's.

        They need not be present. Raises StoreError when there is one, StoreDamaged when the public key of one of
        them in the database is not the one in the key file.
        """
        ...

    def rekey(self, name: StoreName) -> None:
        """Encrypt a store with a new key: who knew the old one can read only old copies. Reads and writes all of it.

        The store must be closed: raises StoreInUse while a session holds it. Whenever the power goes, the next
        unlocking finishes it or takes it back.
        """
        ...

    def open(self, name: StoreName) -> Store:
        """The open store itself, for a restored station in which nobody can sign in yet. Raises as ``unlock``."""
        ...


class StoreDoor(Protocol):
    """The place of a station's stores, closed: how they are created, and opened with a person's password."""

    def exists(self) -> bool:
        """Whether a store is there."""
        ...

    def kind(self) -> StoreKind:
        """Live or training, readable without a password. Raises StoreMissing."""
        ...

    def create(
        self,
        identity: StoreIdentity,
        people: Sequence[NewOfficer],
        settings: Mapping[str, bytes],
        *,
        recovery: Secret | None = None,
    ) -> None:
        """Make every store that the roles of the first people need, whole or not at all; ``settings`` in the border's.

        ``recovery``: the master secret of 32 bytes on the paper shares. Only what it opens is kept, never itself.
        """
        ...

    def unlock(self, name: str, password: Secret, *, cancel: CancelToken, pin: Secret | None = None) -> Opened:
        """Open every store of this person. About a second of key stretching.

        ``pin``: of the token, for whom SlotView says that one is needed. Raises SignInRefused, StoreMissing,
        StoreInUse, StoreDamaged, StoreTooNew, and DeviceError kinds of the token.
        """
        ...


class KeyDesk(Protocol):
    """Where people prove who they are for one act, and where their slots are changed."""

    def confirm(self, name: str, password: Secret, message: bytes, *, pin: Secret | None = None) -> Confirmed:
        """Prove who types, without opening anything; the signature binds the person to ``message``.

        Whether the person is suspended stands in the database: that is the caller's. Raises SignInRefused.
        """
        ...

    def keys(self, name: str, password: Secret, *, pin: Secret | None = None) -> AbstractContextManager[KeyRing]:
        """The keys in hand for one act of the person ``name``.

        Raises SignInRefused, and StoreInUse while somebody else has them in hand.
        """
        ...

    def unlock_with_recovery(self, master: Secret) -> AbstractContextManager[KeyRing]:
        """The keys of all stores in hand, by the master secret of the paper shares. Raises SignInRefused."""
        ...

    def wipe(self, name: str, password: Secret, *, pin: Secret | None = None) -> Sequence[Text]:
        """Destroy every key file and the file of day keys, for ever; what remains possible, in words.

        Two seconds at most after the password. An open session must be ended by the caller. Raises SignInRefused,
        NotPermitted also for whoever the database says is suspended, removed or has a one-time password (a database
        that cannot be read says nothing), and StoreFull when a file could not be overwritten.
        """
        ...

    def people(self) -> Sequence[SlotView]:
        """Who has slots, as the key files say without a password."""
        ...


@dataclass(frozen=True, slots=True)
class PersonChanged:
    """Event: somebody was added, suspended, given another role or password."""

    officer_id: OfficerId
