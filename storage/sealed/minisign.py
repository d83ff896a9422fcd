# SPDX-License-Identifier: Apache-2.0
"""Signatures that anybody can check with the public ``minisign`` tool, written and verified without it.

The format of minisign 0.11: Ed25519 over the BLAKE2b-512 of the file ("ED", prehashed), then a second signature
over the first one and the trusted comment.
"""

from __future__ import annotations

import base64
import binascii
from dataclasses import dataclass, field

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from station.domain.errors import BundleRefused
from station.domain.secrets import Secret
from station.domain.words import Text, say

MAX_SIGNATURE_FILE = 16 * 1024

_PREHASHED = b"ED"
_LEGACY = b"Ed"
_UNTRUSTED = "untrusted comment: "
_TRUSTED = "trusted comment: "
_KEY_ID_BYTES = 8
_MAX_COMMENT = 1000


@dataclass(frozen=True, slots=True)
class SigningKey:
    """A station's signing key. ``key_id`` is random and only helps to find the right public key."""

    key_id: bytes
    seed: Secret = field(repr=False)

    @classmethod
    def of(cls, secret: Secret) -> SigningKey:
        """From 8 bytes of key identifier and 32 of seed. Raises ValueError for any other length."""
        raw = secret.reveal()
        if len(raw) != _KEY_ID_BYTES + 32:
            raise ValueError("a signing key has 40 bytes")
        return cls(raw[:_KEY_ID_BYTES], Secret(raw[_KEY_ID_BYTES:]))

    @property
    def readable_id(self) -> str:
        """The key identifier as minisign prints it."""
        return _readable(self.key_id)

    def public_key_file(self) -> str:
        """The text of the public key file for ``minisign -V -p``."""
        raw = _LEGACY + self.key_id + self._key().public_key().public_bytes_raw()
        return f"{_UNTRUSTED}minisign public key {self.readable_id}\n{_base64(raw)}\n"

    def sign(self, blake2b: bytes, trusted_comment: str) -> str:
        """The text of the signature file for a message with this BLAKE2b-512 digest."""
        if not trusted_comment.isprintable() or len(trusted_comment) > _MAX_COMMENT:
            raise ValueError("a trusted comment is one printable line")
        signature = self._key().sign(blake2b)
        over_all = self._key().sign(signature + trusted_comment.encode())
        first = _base64(_PREHASHED + self.key_id + signature)
        return f"{_UNTRUSTED}signature of a border station\n{first}\n{_TRUSTED}{trusted_comment}\n{_base64(over_all)}\n"

    def _key(self) -> Ed25519PrivateKey:
        return Ed25519PrivateKey.from_private_bytes(self.seed.reveal())


@dataclass(frozen=True, slots=True)
class PublicKey:
    """Whose signatures are accepted."""

    key_id: bytes
    key: Ed25519PublicKey

    @classmethod
    def from_file_text(cls, text: str) -> PublicKey:
        """From a public key file, or its second line alone. Raises BundleRefused."""
        lines = [line.strip() for line in text.splitlines() if line.strip()]
        raw = _from_base64(lines[-1]) if 1 <= len(lines) <= 2 else None
        if raw is None or len(raw) != 2 + _KEY_ID_BYTES + 32 or raw[:2] != _LEGACY:
            raise BundleRefused(
                say("The signer's key is not a minisign public key."),
                say("Give the file station.pub that the station wrote when it was set up."),
            )
        return cls(raw[2:10], Ed25519PublicKey.from_public_bytes(raw[10:]))

    @property
    def readable_id(self) -> str:
        """The key identifier as minisign prints it."""
        return _readable(self.key_id)


@dataclass(frozen=True, slots=True)
class Signature:
    """A signature file taken apart; nothing of it can be relied on before ``verify``."""

    key_id: bytes
    signature: bytes
    trusted_comment: str
    over_all: bytes

    @classmethod
    def from_file_text(cls, data: bytes) -> Signature:
        """Raises BundleRefused when this is not a prehashed minisign signature."""
        try:
            lines = data.decode().removesuffix("\n").split("\n")
        except UnicodeDecodeError:
            lines = []
        if len(lines) != 4 or not lines[0].startswith(_UNTRUSTED) or not lines[2].startswith(_TRUSTED):
            raise _refused(say("The signature file is not a minisign signature."))
        first, over_all = _from_base64(lines[1]), _from_base64(lines[3])
        if first is None or over_all is None or len(first) != 2 + _KEY_ID_BYTES + 64 or len(over_all) != 64:
            raise _refused(say("The signature file is not a minisign signature."))
        if first[:2] != _PREHASHED:
            raise _refused(say("The signature is of an old kind (not prehashed), which stations never make."))
        return cls(first[2:10], first[10:], lines[2].removeprefix(_TRUSTED), over_all)

    def verify(self, blake2b: bytes, signer: PublicKey) -> None:
        """Raise BundleRefused when ``signer`` did not sign a message with this BLAKE2b-512 and this comment."""
        if self.key_id != signer.key_id:
            raise _refused(
                say(
                    "Somebody else signed this bundle: key {found} instead of {wanted}.",
                    found=_readable(self.key_id),
                    wanted=signer.readable_id,
                )
            )
        try:
            signer.key.verify(self.signature, blake2b)
        except InvalidSignature:
            raise _refused(say("The bundle was changed after it was signed, or the signature was.")) from None
        try:
            signer.key.verify(self.over_all, self.signature + self.trusted_comment.encode())
        except InvalidSignature:
            raise _refused(say("The comment of the signature was changed after it was signed.")) from None


def _refused(cause: Text) -> BundleRefused:
    return BundleRefused(cause, say("Do not use this bundle. Ask the station to export again."))


def _readable(key_id: bytes) -> str:
    return f"{int.from_bytes(key_id, 'little'):016X}"


def _base64(raw: bytes) -> str:
    return base64.b64encode(raw).decode()


def _from_base64(text: str) -> bytes | None:
    """The bytes, or None; the one spelling of each value only, so that no character can change unnoticed."""
    try:
        raw = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        return None
    return raw if _base64(raw) == text else None
