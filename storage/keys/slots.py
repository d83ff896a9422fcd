# SPDX-License-Identifier: Apache-2.0
"""What a key file holds: one slot per person, in which the random database key lies wrapped for that person.

Everything a slot says in the open (store, kind, name, role, cost) is bound to the wrapped key, and the whole table is
sealed with a key that only comes out of the store's own: a changed word makes the slot useless instead of making
somebody a supervisor, and a public key slipped in is noticed before anything is wrapped for it.
"""

from __future__ import annotations

import enum
import hashlib
import hmac
from dataclasses import dataclass, field, replace

from station.domain.errors import SignInRefused, StoreDamaged
from station.domain.secrets import Secret
from station.domain.sign_in_name import comparable
from station.domain.wire import to_json
from station.domain.words import say
from station.ports.keys import FactorSpec
from station.ports.storage import RoleName, StoreKind, StoreName
from storage.keys.derivation import seal_key
from storage.keys.stretching import KEY_BYTES, SALT_BYTES, KdfProfile
from storage.keys.wrapping import LONGER, PUBLIC_BYTES

FORMAT = 2
MAX_SLOTS = 256
MAX_NAME = 100

_DIGEST_BYTES = 32
_SEED_BYTES = 32
_MAX_FACTOR = 4096  # bytes of a factor's description


class Stage(enum.Enum):
    """How many keys the wrapped entries hold."""

    STEADY = "steady"  # one: the store's
    CHANGING = "changing"  # two: a re-key is under way, the database has the old one or the new one


@dataclass(frozen=True, slots=True, kw_only=True)
class Lock:
    """A person's own part, the same in every store: what opens for their password, and what they sign with.

    There are always two entries: the password's, then the distress password's or one that nobody can open. Which of
    the two the second is, its bytes do not tell. ``seeds`` hold the one signing key, wrapped for either.

    That holds in the border's table. Elsewhere the second entry is always one that nobody can open, and ``signing``
    and ``seeds`` are noise: under distress nothing opens there, and no two files side by side tell what was changed.
    """

    name: str
    kdf: KdfProfile
    salt: bytes = field(repr=False)
    factor: FactorSpec | None
    signing: bytes = field(repr=False)
    openings: tuple[bytes, bytes] = field(repr=False)
    seeds: tuple[bytes, bytes] = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Slot:
    """One person's way into one store. Nothing in it is secret: it is as strong as the password."""

    number: int
    role: RoleName
    lock: Lock
    wrapped: tuple[bytes, bytes] = field(repr=False)

    @property
    def name(self) -> str:
        """Whose it is."""
        return self.lock.name


@dataclass(frozen=True, slots=True, kw_only=True)
class RecoverySlot:
    """The paper shares' way into one store."""

    opening: bytes = field(repr=False)
    wrapped: bytes = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class SlotTable:
    """All slots of a store; ``kind`` can be read without a password.

    ``gone``: digests of slots that were taken away since the table was sealed. So a slot can be removed by somebody
    who has not this store's key, and nothing else can be changed. ``founded``: the border's table names all stores.
    """

    format: int
    store: StoreName
    store_id: str
    kind: StoreKind
    base_generation: int
    stage: Stage
    founded: tuple[StoreName, ...]
    slots: tuple[Slot, ...]
    gone: tuple[bytes, ...] = field(repr=False)
    recovery: RecoverySlot | None
    seal: bytes = field(repr=False)

    @property
    def generation(self) -> int:
        """Counts the writings; it cannot be raised without the store's key, except by removing slots."""
        return self.base_generation + len(self.gone)

    def of(self, name: str) -> Slot | None:
        """The slot of a person; the newest where a change was left half done."""
        return max(self.all_of(name), key=lambda slot: slot.number, default=None)

    def all_of(self, name: str) -> tuple[Slot, ...]:
        """Every slot of a person: more than one only outside the border's store, after a change left half done."""
        wanted = comparable(name)
        return tuple(slot for slot in self.slots if comparable(slot.name) == wanted)


@dataclass(frozen=True, slots=True, kw_only=True)
class StoreKeys:
    """What the entries of a table hold. ``following``: the new key while a re-key is under way."""

    current: Secret
    following: Secret | None = None

    @property
    def stage(self) -> Stage:
        """The stage of a table with these keys."""
        return Stage.STEADY if self.following is None else Stage.CHANGING

    def forget(self) -> None:
        """Overwrite both."""
        self.current.forget()
        if self.following is not None:
            self.following.forget()


def without(table: SlotTable, *leaving: Slot) -> SlotTable:
    """The table without these slots. Its seal holds as before: nobody's key is needed."""
    digests = tuple(digest(slot) for slot in leaving)
    staying = tuple(slot for slot in table.slots if slot not in leaving)
    return replace(table, slots=staying, gone=(*table.gone, *digests))


def same_way_in(one: Lock, other: Lock) -> bool:
    """Whether the same password opens both for the same person, whatever the distress password is."""
    return (one.name, one.kdf, one.salt, one.factor) == (other.name, other.kdf, other.salt, other.factor) and (
        hmac.compare_digest(one.openings[0], other.openings[0])
    )


def digest(slot: Slot) -> bytes:
    """What the seal holds of a slot."""
    return hashlib.sha256(to_json(slot)).digest()


def seal_of(table: SlotTable, key: Secret) -> bytes:
    """HMAC-SHA256 over the whole table, with a key that only comes out of the database key."""
    about = {
        "format": table.format,
        "store": table.store,
        "store_id": table.store_id,
        "kind": table.kind,
        "base_generation": table.base_generation,
        "stage": table.stage,
        "founded": table.founded,
        "recovery": table.recovery,
        "slots": sorted((*(digest(slot) for slot in table.slots), *table.gone)),
    }
    return hmac.digest(seal_key(key), to_json(about), "sha256")


def bound(table: SlotTable, slot: Slot, entry: int) -> bytes:
    """What a wrapped key is bound to: everything that its slot and table say in the open about it."""
    return to_json({**_of_table(table), "slot": slot.number, "role": slot.role, "lock": slot.lock, "entry": entry})


def bound_recovery(table: SlotTable, opening: bytes) -> bytes:
    """As ``bound``, for the paper shares' entry."""
    return to_json({**_of_table(table), "recovery": opening})


def bound_seed(lock: Lock, entry: int) -> bytes:
    """What a wrapped signing key is bound to: its person, in whichever store the slot stands."""
    return to_json({"format": FORMAT, "lock": replace(lock, seeds=(b"", b"")), "seed": entry})


def _of_table(table: SlotTable) -> dict[str, object]:
    return {
        "format": table.format,
        "store": table.store,
        "store_id": table.store_id,
        "kind": table.kind,
        "stage": table.stage,
    }


def check(table: SlotTable, floor: KdfProfile) -> None:
    """Raise StoreDamaged when a table, well-formed as it is, holds what this program never writes."""
    numbers = [slot.number for slot in table.slots]
    people = {comparable(slot.name) for slot in table.slots}
    home = table.store is StoreName.BORDER
    sound = (
        table.format == FORMAT
        and table.base_generation >= 1
        and len(table.seal) == _DIGEST_BYTES
        and len(numbers) + len(table.gone) <= 2 * MAX_SLOTS
        and len(set(numbers)) == len(numbers)
        and (len(people) == len(numbers) or not home)  # elsewhere a half done change leaves the old slot too
        and len(set(table.gone)) == len(table.gone)
        and all(len(one) == _DIGEST_BYTES for one in table.gone)
        and (StoreName.BORDER in table.founded if home else not table.founded)
        and len(set(table.founded)) == len(table.founded)
        and all(_is_sound(slot, table.stage, floor) for slot in table.slots)
        and (table.recovery is None or _recovery_is_sound(table.recovery, table.stage))
    )
    if not sound:
        raise damaged()


def _is_sound(slot: Slot, stage: Stage, floor: KdfProfile) -> bool:
    lock = slot.lock
    return (
        0 < len(lock.name) <= MAX_NAME
        and lock.kdf.is_at_least(floor)
        and len(lock.salt) == SALT_BYTES
        and len(lock.signing) == PUBLIC_BYTES
        and all(len(opening) == PUBLIC_BYTES for opening in lock.openings)
        and all(len(seed) == _SEED_BYTES + LONGER for seed in lock.seeds)
        and all(len(wrapped) == _wrapped_bytes(stage) for wrapped in slot.wrapped)
        and (lock.factor is None or len(to_json(lock.factor)) <= _MAX_FACTOR)
    )


def _recovery_is_sound(recovery: RecoverySlot, stage: Stage) -> bool:
    return len(recovery.opening) == PUBLIC_BYTES and len(recovery.wrapped) == _wrapped_bytes(stage)


def _wrapped_bytes(stage: Stage) -> int:
    keys = 1 if stage is Stage.STEADY else 2
    return 1 + keys * KEY_BYTES + LONGER  # the purpose is one byte


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
