# SPDX-License-Identifier: Apache-2.0
"""Makes slots and opens them: the only place where a password, a key and a slot meet."""

from __future__ import annotations

import hmac
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

from station.domain.errors import NoDevice, SettingsError, SignInRefused
from station.domain.secrets import Secret
from station.domain.words import say
from station.ports.clock import Randomness
from station.ports.keys import FactorSpec, NewOfficer, SecondFactors
from station.ports.storage import RoleName, StoreKind, StoreName
from storage.keys.derivation import challenge, opening_key, recovery_key, with_answer
from storage.keys.slots import (
    FORMAT,
    Lock,
    RecoverySlot,
    Slot,
    SlotTable,
    Stage,
    StoreKeys,
    bound,
    bound_recovery,
    bound_seed,
    check,
    damaged,
    refused,
    seal_of,
)
from storage.keys.stretching import KEY_BYTES, SALT_BYTES, SERVICE, KdfProfile, stretch
from storage.keys.wrapping import NotForThisKey, unwrap, wrap

ORDINARY, DISTRESS = 0, 1  # the place of an entry, and the purpose written inside of it
_RECOVERY_PURPOSE = 2


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody whose password opened their lock. ``entry``: ORDINARY or DISTRESS."""

    lock: Lock
    entry: int
    opening: X25519PrivateKey = field(repr=False)


@dataclass(frozen=True, slots=True)
class Member:
    """Somebody who is to have a slot, with the lock they have or are given."""

    role: RoleName
    lock: Lock


class SlotKeeper:
    """Wraps and unwraps database keys. Any thread; every password costs about a second.

    ``profile`` is what new slots cost at least. Stored slots must cost at least as much as ``profile`` or ``SERVICE``,
    whichever is cheaper: only who builds the keeper can lower the floor, never a file.
    """

    def __init__(
        self, randomness: Randomness, *, profile: KdfProfile = SERVICE, factors: SecondFactors | None = None
    ) -> None:
        self._randomness = randomness
        self._profile = profile
        self._floor = SERVICE if profile.is_at_least(SERVICE) else profile
        self._factors = factors

    def new_key(self) -> Secret:
        """A fresh database key of 32 random bytes."""
        return Secret(self._randomness.bytes(KEY_BYTES))

    def cost(self, table: SlotTable) -> KdfProfile:
        """What a new lock costs where these slots stand: as much as the dearest, which was calibrated."""
        dearest = max((slot.lock.kdf for slot in table.slots), key=_work, default=self._profile)
        return dearest if dearest.is_at_least(self._profile) else self._profile

    def new_lock(self, person: NewOfficer, cost: KdfProfile) -> Lock:
        """A lock for a person's password. About a second, two with a distress password; a token may want a touch.

        Raises SettingsError when both passwords are the same, DeviceError kinds, SignInRefused for a wrong PIN.
        """
        salt = self._randomness.bytes(SALT_BYTES)
        answer = self._answer(person.factor, salt, person.pin)
        first = self._public(person.password, salt, cost, answer)
        forced = person.distress_password
        second = self._nobody() if forced is None else self._public(forced, salt, cost, answer)
        if first == second:
            raise SettingsError(
                say("The distress password is the same as the password."), say("Choose another distress password.")
            )
        return self._locked(person.name, cost, salt, person.factor, (first, second))

    def lock_under_distress(self, person: NewOfficer, cost: KdfProfile, before: Lock | None) -> Lock:
        """As ``new_lock`` while the acting person is forced: whoever uses the new password is taken to be forced too.

        ``before``: of somebody who has a lock; their own password goes on opening it, with a new key to sign with as
        after every change. The distress password is not kept: there are two entries. Raises as ``new_lock``.
        """
        salt = self._randomness.bytes(SALT_BYTES) if before is None else before.salt
        kdf, factor = (cost, person.factor) if before is None else (before.kdf, before.factor)
        answer = self._answer(factor, salt, person.pin)
        forced = self._public(person.password, salt, kdf, answer)
        if person.distress_password is not None:  # the same time as for anybody
            self._public(person.distress_password, salt, kdf, answer)
        ordinary = self._nobody() if before is None else before.openings[ORDINARY]
        if forced == ordinary:
            raise SettingsError(
                say("The passwords are not all different."), say("Choose one that was not used before.")
            )
        return self._locked(person.name, kdf, salt, factor, (ordinary, forced))

    def _locked(
        self, name: str, kdf: KdfProfile, salt: bytes, factor: FactorSpec | None, openings: tuple[bytes, bytes]
    ) -> Lock:
        """The lock with these ways in, and a new key to sign with behind either."""
        seed = self._randomness.bytes(KEY_BYTES)
        signing = Ed25519PrivateKey.from_private_bytes(seed).public_key().public_bytes_raw()
        bare = Lock(name=name, kdf=kdf, salt=salt, factor=factor, signing=signing, openings=openings, seeds=(b"", b""))
        try:
            seeds = [wrap(seed, one, bound_seed(bare, entry), self._randomness) for entry, one in enumerate(openings)]
        except ValueError:  # no usable public key: this program never wrote it
            raise damaged() from None
        return replace(bare, seeds=(seeds[ORDINARY], seeds[DISTRESS]))

    def _elsewhere(self, lock: Lock) -> Lock:
        """What of a lock stands outside of the border's table: the ordinary way in, and noise."""
        seeds = (self._randomness.bytes(len(lock.seeds[ORDINARY])), self._randomness.bytes(len(lock.seeds[DISTRESS])))
        openings = (lock.openings[ORDINARY], self._nobody())
        return replace(lock, openings=openings, signing=self._randomness.bytes(len(lock.signing)), seeds=seeds)

    def _nobody(self) -> bytes:
        """A public key like any other, whose private half is forgotten at once."""
        private = X25519PrivateKey.from_private_bytes(self._randomness.bytes(KEY_BYTES))
        return private.public_key().public_bytes_raw()

    def new_table(
        self,
        store: StoreName,
        kind: StoreKind,
        key: Secret,
        members: Sequence[Member],
        *,
        founded: tuple[StoreName, ...] = (),
        recovery: bytes | None = None,
    ) -> SlotTable:
        """A sealed table with a slot for each member. ``recovery``: the public opening key of the paper shares."""
        bare = SlotTable(
            format=FORMAT,
            store=store,
            store_id=self._randomness.bytes(16).hex(),
            kind=kind,
            base_generation=0,
            stage=Stage.STEADY,
            founded=founded,
            slots=tuple(self._bare(store, number, member) for number, member in enumerate(members, start=1)),
            gone=(),
            recovery=None if recovery is None else RecoverySlot(opening=recovery, wrapped=b""),
            seal=b"",
        )
        return self.wrapped_again(bare, StoreKeys(current=key))

    def with_member(self, table: SlotTable, keys: StoreKeys, member: Member, *instead_of: Slot) -> SlotTable:
        """The next generation of ``table``, with one more slot and without those it stands for."""
        number = max((slot.number for slot in table.slots), default=0) + 1
        slot = self._wrapped(table, self._bare(table.store, number, member), keys)
        staying = tuple(one for one in table.slots if one not in instead_of)
        return self.sealed(replace(table, slots=(*staying, slot)), keys.current)

    def sealed(self, table: SlotTable, key: Secret) -> SlotTable:
        """The next generation of a table whose slots are right as they stand."""
        bare = replace(table, base_generation=table.generation + 1, gone=(), seal=b"")
        return replace(bare, seal=seal_of(bare, key))

    def wrapped_again(self, table: SlotTable, keys: StoreKeys) -> SlotTable:
        """The next generation of a table, with every slot holding ``keys``; nobody's password is needed."""
        bare = replace(table, stage=keys.stage)
        slots = tuple(self._wrapped(bare, slot, keys) for slot in table.slots)
        recovery = table.recovery
        if recovery is not None:
            content = _content(_RECOVERY_PURPOSE, keys)
            wrapped = wrap(content, recovery.opening, bound_recovery(bare, recovery.opening), self._randomness)
            recovery = replace(recovery, wrapped=wrapped)
        return self.sealed(replace(bare, slots=slots, recovery=recovery), keys.current)

    def recognise(self, table: SlotTable, name: str, password: Secret, pin: Secret | None = None) -> Person:
        """Who types, by the border's table. About a second, whoever asks.

        Raises SignInRefused with the same words for an unknown name and for a wrong password.
        """
        slot = table.of(name)
        if slot is None:
            # The same work as for a known name: time must not tell who is a person of this post.
            cost = table.slots[0].lock.kdf if table.slots else self._profile
            stretch(password, self._randomness.bytes(SALT_BYTES), cost).forget()
            raise refused()
        lock = slot.lock
        answer = self._answer(lock.factor, lock.salt, pin)
        private = self._opening(password, lock.salt, lock.kdf, answer)
        mine = private.public_key().public_bytes_raw()
        for entry in (ORDINARY, DISTRESS):
            if hmac.compare_digest(lock.openings[entry], mine):
                return Person(lock, entry, private)
        raise refused()

    def keys_of(self, table: SlotTable, slot: Slot, person: Person) -> StoreKeys:
        """The keys in a person's slot. Raises StoreDamaged when the slot or the table was changed."""
        try:
            content = unwrap(slot.wrapped[person.entry], person.opening, bound(table, slot, person.entry))
        except NotForThisKey:
            raise damaged() from None
        return _held(table, content, person.entry)

    def keys_of_recovery(self, table: SlotTable, master: Secret) -> StoreKeys:
        """The keys in the recovery's slot. Raises SignInRefused for other shares, StoreDamaged for a changed table."""
        private, recovery = recovery_key(master), table.recovery
        mine = private.public_key().public_bytes_raw()
        if recovery is None or not hmac.compare_digest(recovery.opening, mine):
            raise SignInRefused(
                say("These recovery sheets do not belong to this store."),
                say("Look for the sheets that were printed when this station was set up."),
            )
        try:
            content = unwrap(recovery.wrapped, private, bound_recovery(table, recovery.opening))
        except NotForThisKey:
            raise damaged() from None
        return _held(table, content, _RECOVERY_PURPOSE)

    def signing_key(self, person: Person) -> Ed25519PrivateKey:
        """What a person signs with. Raises StoreDamaged when it is not the one their lock names."""
        try:
            seed = unwrap(person.lock.seeds[person.entry], person.opening, bound_seed(person.lock, person.entry))
            key = Ed25519PrivateKey.from_private_bytes(seed.reveal())
        except (NotForThisKey, ValueError):
            raise damaged() from None
        seed.forget()
        if key.public_key().public_bytes_raw() != person.lock.signing:
            raise damaged()
        return key

    def check(self, table: SlotTable) -> None:
        """Raise StoreDamaged when a table, well-formed as it is, holds what this program never writes."""
        check(table, self._floor)

    def _bare(self, store: StoreName, number: int, member: Member) -> Slot:
        lock = member.lock if store is StoreName.BORDER else self._elsewhere(member.lock)
        return Slot(number=number, role=member.role, lock=lock, wrapped=(b"", b""))

    def _wrapped(self, table: SlotTable, slot: Slot, keys: StoreKeys) -> Slot:
        try:
            wrapped = [
                wrap(_content(entry, keys), opening, bound(table, slot, entry), self._randomness)
                for entry, opening in enumerate(slot.lock.openings)
            ]
        except ValueError:  # no usable public key: this program never wrote it
            raise damaged() from None
        return replace(slot, wrapped=(wrapped[ORDINARY], wrapped[DISTRESS]))

    def _opening(self, password: Secret, salt: bytes, cost: KdfProfile, answer: Secret | None) -> X25519PrivateKey:
        root = stretch(password, salt, cost)
        if answer is not None:
            stretched, root = root, with_answer(root, answer)
            stretched.forget()
        try:
            return opening_key(root)
        finally:
            root.forget()

    def _public(self, password: Secret, salt: bytes, cost: KdfProfile, answer: Secret | None) -> bytes:
        return self._opening(password, salt, cost, answer).public_key().public_bytes_raw()

    def _answer(self, factor: FactorSpec | None, salt: bytes, pin: Secret | None) -> Secret | None:
        if factor is None:
            return None
        if self._factors is None:
            raise NoDevice(
                say("This person needs the token {label}, and this station reads no tokens.", label=factor.label),
                say("Sign in with the name of somebody who needs no token, or call a technician."),
            )
        answer = self._factors(factor).answer(challenge(salt), pin or Secret(b""))
        if len(answer.reveal()) != KEY_BYTES:
            raise ValueError(f"a token answers with {KEY_BYTES} bytes")
        return answer


def _content(purpose: int, keys: StoreKeys) -> bytes:
    following = b"" if keys.following is None else keys.following.reveal()
    return bytes([purpose]) + keys.current.reveal() + following


def _held(table: SlotTable, content: Secret, purpose: int) -> StoreKeys:
    """The keys, once the table proves to be sealed by somebody who had them."""
    data = content.reveal()
    content.forget()
    both = len(data) == 1 + 2 * KEY_BYTES
    keys = StoreKeys(current=Secret(data[1 : 1 + KEY_BYTES]), following=Secret(data[1 + KEY_BYTES :]) if both else None)
    if data[0] != purpose or not hmac.compare_digest(seal_of(table, keys.current), table.seal):
        keys.forget()
        raise damaged()
    return keys


def _work(profile: KdfProfile) -> int:
    return profile.memory_kib * profile.passes
