# SPDX-License-Identifier: Apache-2.0
"""Wraps a few secret bytes to somebody's X25519 key, so that a key can be given to a person who is not there.

A fresh key pair for each wrapping, HKDF-SHA256, AES-256-GCM. What the wrapping is about goes into key and tag alike:
moved to another place it opens nothing.
"""

from __future__ import annotations

import hashlib

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from station.domain.secrets import Secret
from station.ports.clock import Randomness
from storage.keys.derivation import derived

PUBLIC_BYTES = 32
#: A wrapping is so much longer than what it holds: the fresh public key before it, the tag behind.
LONGER = PUBLIC_BYTES + 16

_INFO = b"hbm-station keys 2: wrapping of "
_NONCE = bytes(12)  # each key is used once: the pair is fresh


class NotForThisKey(ValueError):
    """The wrapping was made for another key or another place, or was changed."""


def wrap(content: bytes, public: bytes, about: bytes, randomness: Randomness) -> bytes:
    """``content`` for the holder of ``public``, bound to ``about``. Raises ValueError when that is no usable key."""
    fresh = X25519PrivateKey.from_private_bytes(randomness.bytes(32))
    shared = fresh.exchange(X25519PublicKey.from_public_bytes(public))
    mine = fresh.public_key().public_bytes_raw()
    return mine + AESGCM(_key(shared, mine, public, about)).encrypt(_NONCE, content, about)


def unwrap(wrapped: bytes, private: X25519PrivateKey, about: bytes) -> Secret:
    """What was wrapped. Raises NotForThisKey."""
    theirs, sealed = wrapped[:PUBLIC_BYTES], wrapped[PUBLIC_BYTES:]
    try:
        shared = private.exchange(X25519PublicKey.from_public_bytes(theirs))
        key = _key(shared, theirs, private.public_key().public_bytes_raw(), about)
        return Secret(AESGCM(key).decrypt(_NONCE, sealed, about))
    except (InvalidTag, ValueError):
        raise NotForThisKey from None


def _key(shared: bytes, fresh: bytes, public: bytes, about: bytes) -> bytes:
    return derived(shared, _INFO + hashlib.sha256(about).digest(), salt=fresh + public)
