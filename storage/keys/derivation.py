# SPDX-License-Identifier: Apache-2.0
"""Every key that is made from another one, in one place, so that no two uses can ever share a key.

All by HKDF-SHA256 (RFC 5869) with an info string of their own. A person's and the recovery's key pair is the same for
all stores of a station: a store can be founded, and re-keyed, for people who are not there. What binds a wrapped key
to one store is the wrapping itself (storage.keys.wrapping).
"""

from __future__ import annotations

from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from station.domain.secrets import Secret

DERIVED_BYTES = 32

_OPENING = b"hbm-station keys 2: a person's opening key"
_FACTOR = b"hbm-station keys 2: password and token"
_CHALLENGE = b"hbm-station keys 2: what a token is asked"
_RECOVERY = b"hbm-station keys 2: the recovery's opening key"
#: Documented for whoever opens a backup without this program (docs/cli/README.md): never changed.
_BACKUPS = b"hbm-station recovery 1: age X25519 identity"
_SEAL = b"hbm-station keys 2: the seal of a key file"


def derived(secret: bytes, info: bytes, *, salt: bytes | None = None) -> bytes:
    """32 bytes for the use that ``info`` names."""
    return HKDF(algorithm=SHA256(), length=DERIVED_BYTES, salt=salt, info=info).derive(secret)


def with_answer(stretched: Secret, answer: Secret) -> Secret:
    """The root of a person who needs a token: neither the password nor the token alone leads to it."""
    return Secret(derived(stretched.reveal(), _FACTOR, salt=answer.reveal()))


def challenge(salt: bytes) -> bytes:
    """The 32 bytes that a person's token is asked, public as the salt is."""
    return derived(salt, _CHALLENGE)


def opening_key(root: Secret) -> X25519PrivateKey:
    """What opens a person's entries. ``root``: the stretched password, or ``with_answer``."""
    return X25519PrivateKey.from_private_bytes(derived(root.reveal(), _OPENING))


def recovery_key(master: Secret) -> X25519PrivateKey:
    """What opens the recovery's entry in every store. ``master``: the 32 bytes that the paper shares make."""
    return X25519PrivateKey.from_private_bytes(derived(master.reveal(), _RECOVERY))


def backup_identity(master: Secret) -> bytes:
    """The age X25519 identity that backups are sealed to. ``master``: as for ``recovery_key``."""
    return derived(master.reveal(), _BACKUPS)


def seal_key(database_key: Secret) -> bytes:
    """The key of the seal over a key file: only who can open the store can make it."""
    return derived(database_key.reveal(), _SEAL)
