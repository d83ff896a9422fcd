# SPDX-License-Identifier: Apache-2.0
"""Turns a password into a key, slowly: Argon2id, so that each guess at a stolen store costs memory and time.

The parameters are stored beside each slot; a floor keeps a tampered file from making them cheap, a ceiling
keeps it from making the station run out of memory.
"""

from __future__ import annotations

from dataclasses import dataclass

from argon2.low_level import Type, hash_secret_raw

from station.domain.secrets import Secret

KEY_BYTES = 32
SALT_BYTES = 16

MOST_PASSES = 16

_MIB = 1024  # Argon2 counts memory in KiB


@dataclass(frozen=True, slots=True)
class KdfProfile:
    """Cost of Argon2id (RFC 9106): memory in KiB, passes over it, lanes in parallel.

    Raises ValueError outside the absolute limits: nothing below or above them is ever computed.
    """

    memory_kib: int
    passes: int
    lanes: int

    def __post_init__(self) -> None:
        if not 8 * _MIB <= self.memory_kib <= 256 * _MIB:
            raise ValueError("Argon2id memory lies between 8 and 256 MiB")
        if not 1 <= self.passes <= MOST_PASSES:
            raise ValueError("Argon2id passes lie between 1 and 16")
        if not 1 <= self.lanes <= 8:
            raise ValueError("Argon2id lanes lie between 1 and 8")

    def is_at_least(self, floor: KdfProfile) -> bool:
        """Whether a guess costs no less memory and no fewer passes than ``floor`` asks.

        Lanes only spread the same work over processors, so they have no floor of their own.
        """
        return self.memory_kib >= floor.memory_kib and self.passes >= floor.passes


#: RFC 9106, section 4, second recommended option: what new slots get, and what stored slots may not go below.
SERVICE = KdfProfile(memory_kib=64 * _MIB, passes=3, lanes=4)


def stretch(password: Secret, salt: bytes, profile: KdfProfile) -> Secret:
    """The 32-byte key of a password. Takes about a second with ``SERVICE``; cannot be interrupted."""
    return Secret(
        hash_secret_raw(
            secret=password.reveal(),
            salt=salt,
            time_cost=profile.passes,
            memory_cost=profile.memory_kib,
            parallelism=profile.lanes,
            hash_len=KEY_BYTES,
            type=Type.ID,
        )
    )
