# SPDX-License-Identifier: Apache-2.0
"""One slot per person: the random database key, wrapped under that person's password.

Everything a slot says in the open (store, kind, name, role, cost) is bound to the wrapped key as associated
data, so that changing a word of it makes the slot useless instead of making somebody a supervisor.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from station.domain.errors import SignInRefused, StoreDamaged
from station.domain.secrets import Secret
from station.domain.sign_in_name import comparable
from station.domain.wire import to_json
from station.domain.words import say
from station.ports.clock import Randomness
from station.ports.keys import NewOfficer
from station.ports.storage import RoleName, StoreKind
from storage.keys.stretching import KEY_BYTES, SALT_BYTES, SERVICE, KdfProfile, stretch

FORMAT = 1
MAX_SLOTS = 256
MAX_NAME = 100

_NONCE_BYTES = 12
_WRAPPED_BYTES = KEY_BYTES + 16  # AES-GCM appends a tag of 16 bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Slot:
    """One person's way to the database key. Nothing in it is secret: it is as strong as the password."""

    number: int
    name: str
    role: RoleName
    kdf: KdfProfile
    salt: bytes = field(repr=False)
    nonce: bytes = field(repr=False)
    wrapped: bytes = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class SlotTable:
    """All slots of a store; ``kind`` can be read without a password. ``generation`` counts the writings."""

    format: int
    generation: int
    store_id: str
    kind: StoreKind
    slots: tuple[Slot, ...]


class SlotKeeper:
    """Wraps and unwraps the database key.

    ``profile`` is what new slots cost. Stored slots must cost at least as much as ``profile`` or ``SERVICE``,
    whichever is cheaper: only who builds the keeper can lower the floor, never a file.
    """

    def __init__(self, randomness: Randomness, *, profile: KdfProfile = SERVICE) -> None:
        self._randomness = randomness
        self._profile = profile
        self._floor = SERVICE if profile.is_at_least(SERVICE) else profile

    def new_key(self) -> Secret:
        """A fresh database key of 32 random bytes."""
        return Secret(self._randomness.bytes(KEY_BYTES))

    def new_table(self, kind: StoreKind, key: Secret, people: Sequence[NewOfficer]) -> SlotTable:
        """A slot for each of ``people`` in a store of its own new identity. About a second each."""
        store_id = self._randomness.bytes(16).hex()
        slots = tuple(
            self._wrapped(store_id, kind, number, person, key) for number, person in enumerate(people, start=1)
        )
        return SlotTable(format=FORMAT, generation=1, store_id=store_id, kind=kind, slots=slots)

    def unwrap(self, table: SlotTable, name: str, password: Secret) -> tuple[Slot, Secret]:
        """The slot of ``name`` and the database key. About a second, whoever asks.

        Raises SignInRefused with the same words for an unknown name and for a wrong password.
        """
        wanted = comparable(name)
        slot = next((slot for slot in table.slots if comparable(slot.name) == wanted), None)
        if slot is None:
            # The same work as for a known name: time must not tell who is a person of this post.
            cost = table.slots[0].kdf if table.slots else self._profile
            stretch(password, self._randomness.bytes(SALT_BYTES), cost).forget()
            raise refused()
        wrapping_key = stretch(password, slot.salt, slot.kdf)
        try:
            bound = _bound(table.store_id, table.kind, slot)
            key = AESGCM(wrapping_key.reveal()).decrypt(slot.nonce, slot.wrapped, bound)
        except InvalidTag:
            raise refused() from None
        finally:
            wrapping_key.forget()
        return slot, Secret(key)

    def check(self, table: SlotTable) -> None:
        """Raise StoreDamaged when a table, well-formed as it is, holds what this program never writes."""
        numbers = [slot.number for slot in table.slots]
        names = {comparable(slot.name) for slot in table.slots}
        sound = (
            table.format == FORMAT
            and len(numbers) <= MAX_SLOTS
            and len(set(numbers)) == len(numbers)
            and len(names) == len(numbers)
            and all(self._is_sound(slot) for slot in table.slots)
        )
        if not sound:
            raise damaged()

    def _is_sound(self, slot: Slot) -> bool:
        return (
            len(slot.salt) == SALT_BYTES
            and len(slot.nonce) == _NONCE_BYTES
            and len(slot.wrapped) == _WRAPPED_BYTES
            and 0 < len(slot.name) <= MAX_NAME
            and slot.kdf.is_at_least(self._floor)
        )

    def _wrapped(self, store_id: str, kind: StoreKind, number: int, person: NewOfficer, key: Secret) -> Slot:
        salt = self._randomness.bytes(SALT_BYTES)
        nonce = self._randomness.bytes(_NONCE_BYTES)
        bare = Slot(
            number=number,
            name=person.name,
            role=person.role,
            kdf=self._profile,
            salt=salt,
            nonce=nonce,
            wrapped=b"",
        )
        wrapping_key = stretch(person.password, salt, self._profile)
        wrapped = AESGCM(wrapping_key.reveal()).encrypt(nonce, key.reveal(), _bound(store_id, kind, bare))
        wrapping_key.forget()
        return replace(bare, wrapped=wrapped)


def refused() -> SignInRefused:
    """The one answer to a wrong password and to an unknown name."""
    return SignInRefused(
        say("The name or the password is not right."),
        say("Type both again. If you are sure, tell the supervisor: the key file may have been changed."),
    )


def damaged() -> StoreDamaged:
    """The key slots cannot be used; what exactly is wrong would only help who damaged them."""
    return StoreDamaged(
        say("The key file of the store (slots.json) is damaged, and so is its copy."),
        say("Do not delete anything. Put the key file back from the last backup, or call a technician."),
    )


def _bound(store_id: str, kind: StoreKind, slot: Slot) -> bytes:
    """The associated data of a slot: everything it says in the open, as the one JSON for these values."""
    return to_json(
        {
            "format": FORMAT,
            "store_id": store_id,
            "kind": kind,
            "slot": slot.number,
            "name": slot.name,
            "role": slot.role,
            "kdf": {"algorithm": "argon2id", "salt": slot.salt, "profile": slot.kdf},
        }
    )
