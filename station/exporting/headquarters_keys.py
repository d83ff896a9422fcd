# SPDX-License-Identifier: Apache-2.0
"""A key of headquarters as it comes on a stick: what it is, how two people compare it, and never a secret one.

Whoever changes what exports are sealed to reads every later export. So the key is compared with a paper or over the
telephone, by its fingerprint, before two people agree on it.
"""

from __future__ import annotations

import base64
import binascii
import enum
import hashlib
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Protocol

from station.domain.errors import BundleRefused, RecipientRefused
from station.domain.words import Text, say
from station.isolation.intake import read_regular

#: A key file has some 200 bytes; comments above the key may be long.
MOST_KEY_FILE_BYTES: Final = 16 * 1024

#: 128 bits: nobody finds another key with the same fingerprint.
_FINGERPRINT_DIGITS = 32
_GROUP = 4

_AGE = re.compile(r"age1[02-9ac-hj-np-z]{58}")
_MINISIGN_PUBLIC_BYTES = 42
_MINISIGN_SECRET_BYTES = 158
# As text of any width: a secret key that an editor saved with two bytes a letter is one, too.
_SECRET = re.compile(rb"AGE-SECRET-KEY|SECRET KEY|PRIVATE KEY|AGE ENCRYPTED FILE|age-encryption\.org", re.IGNORECASE)


class KeyUse(enum.StrEnum):
    """What headquarters have the key for. The names stand on the trail."""

    SEALING = "sealing"  # exports and backups are sealed to it
    SIGNING = "signing"  # signs the receipts of exports


KEY_USES: dict[KeyUse, Text] = {
    KeyUse.SEALING: say("opens exports and backups"),
    KeyUse.SIGNING: say("signs receipts"),
}


class KeyChecks(Protocol):
    """What tells a key from other letters (station.ports.sealing)."""

    def check_recipient(self, recipient: str) -> None:
        """Raise RecipientRefused."""
        ...

    def key_id(self, public_key: str) -> str:
        """The identifier of a minisign public key. Raises BundleRefused."""
        ...


@dataclass(frozen=True, slots=True)
class PublicKeyOf:
    """A public key of headquarters: ``text`` is the age recipient, or the line of a minisign public key."""

    use: KeyUse
    text: str

    @property
    def fingerprint(self) -> str:
        """The first 32 hex digits of the SHA-256 of ``text``, in groups of four: ``sha256sum`` gives them, too."""
        digits = hashlib.sha256(self.text.encode()).hexdigest()[:_FINGERPRINT_DIGITS]
        return " ".join(digits[place : place + _GROUP] for place in range(0, _FINGERPRINT_DIGITS, _GROUP))


def read_key(path: Path, checks: KeyChecks) -> PublicKeyOf:
    """The one public key in a file that somebody brought.

    Raises FileRefused for what is no ordinary small file, RecipientRefused for anything but one public key of age
    (X25519) or minisign, and for a secret key, OSError for what the disk says. Nothing of the file is kept.
    """
    return key_in(read_regular(path, most_bytes=MOST_KEY_FILE_BYTES), checks)


def key_in(content: bytes, checks: KeyChecks) -> PublicKeyOf:
    """The one public key in a key file's bytes. Raises RecipientRefused."""
    if _SECRET.search(content.replace(b"\0", b"")):
        raise _secret()
    try:
        lines = [line.strip() for line in content.decode("utf-8-sig").splitlines()]
    except UnicodeDecodeError:
        raise _refused(say("This is not a text file, so it is no key.")) from None
    keys = [line for line in lines if line and not line.startswith(("#", "untrusted comment:"))]
    if len(keys) != 1:
        raise _refused(say("The file does not hold exactly one key."))
    return _judged(keys[0], checks)


def _judged(key: str, checks: KeyChecks) -> PublicKeyOf:
    if _AGE.fullmatch(key):
        checks.check_recipient(key)
        return PublicKeyOf(KeyUse.SEALING, key)
    raw = _from_base64(key)
    if len(raw) == _MINISIGN_SECRET_BYTES and raw.startswith(b"Ed"):
        raise _secret()
    if len(raw) == _MINISIGN_PUBLIC_BYTES and raw.startswith(b"Ed"):
        try:
            checks.key_id(key)
        except BundleRefused:
            raise _refused(say("This is not a public key of age or minisign.")) from None
        return PublicKeyOf(KeyUse.SIGNING, key)
    raise _refused(say("This is not a public key of age or minisign."))


def _from_base64(text: str) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        return b""


def _secret() -> RecipientRefused:
    return RecipientRefused(
        say("This is a secret key. It must never leave headquarters."),
        say("Nothing of it was kept. Destroy this copy, tell headquarters at once, and ask for a new public key."),
    )


def _refused(cause: Text) -> RecipientRefused:
    return RecipientRefused(
        cause, say("Ask headquarters for the file of their public key: age1… for exports, minisign for receipts.")
    )
