# SPDX-License-Identifier: Apache-2.0
"""The helper process that talks to PKCS#11 tokens: the one module that imports that library.

A token's own library is somebody else's code with the token's PIN in its hands: it may crash, hang or wait for a touch.
Requests: ``list``, ``enrol``, ``open``. Each answer has a ``status``; secrets are attachments, never in a header.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, Final

import pkcs11
import pkcs11.exceptions as faults
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from pkcs11.mechanisms import MGF

from station.isolation.frames import Header
from station.isolation.serving import serve

GOOD: Final = "good"
NO_LIBRARY: Final = "no_library"
NO_TOKEN: Final = "no_token"
NO_KEY: Final = "no_key"
WRONG_PIN: Final = "wrong_pin"
PIN_LOCKED: Final = "pin_locked"
OTHER_KEY: Final = "other_key"
NOT_SUITABLE: Final = "not_suitable"
FAULT: Final = "fault"

SECRET_BYTES: Final = 32
_RSA_BITS: Final = 2048
# OAEP with SHA-1 is what every token has (SoftHSM 2.6 knows no other); its security does not rest on collisions.
_PADDING: Final = padding.OAEP(padding.MGF1(hashes.SHA1()), hashes.SHA1(), None)
_MECHANISM_PARAMETERS: Final = (pkcs11.Mechanism.SHA_1, MGF.SHA1, None)

_STATUS: Final[Mapping[type[Exception], str]] = {
    faults.NoSuchToken: NO_TOKEN,
    faults.MultipleTokensReturned: NO_TOKEN,
    faults.TokenNotPresent: NO_TOKEN,
    faults.TokenNotRecognised: NO_TOKEN,
    faults.DeviceRemoved: NO_TOKEN,
    faults.NoSuchKey: NO_KEY,
    faults.MultipleObjectsReturned: NO_KEY,
    faults.PinIncorrect: WRONG_PIN,
    faults.PinInvalid: WRONG_PIN,
    faults.PinLenRange: WRONG_PIN,
    faults.PinLocked: PIN_LOCKED,
    faults.EncryptedDataInvalid: OTHER_KEY,
    faults.EncryptedDataLenRange: OTHER_KEY,
    faults.MechanismInvalid: NOT_SUITABLE,
    faults.MechanismParamInvalid: NOT_SUITABLE,
    faults.FunctionNotSupported: NOT_SUITABLE,
    faults.TokenWriteProtected: NOT_SUITABLE,
}


class Tokens:
    """Answers requests. The library is loaded with the first one and stays: its path never changes."""

    def __init__(self) -> None:
        self._library: Any = None
        self._answers: dict[str, Callable[[Header, Sequence[bytes]], tuple[Header, Sequence[bytes]]]] = {
            "list": self._list,
            "enrol": self._enrol,
            "open": self._open,
        }

    def answer(self, header: Header, attachments: Sequence[bytes]) -> tuple[Header, Sequence[bytes]]:
        """One request. What the token refuses is a status; its library's texts may name a person and are dropped."""
        try:
            if self._library is None:
                self._library = pkcs11.lib(_text(header, "module"))
        except (RuntimeError, faults.PKCS11Error):
            return {"status": NO_LIBRARY}, ()
        try:
            return self._answers[_text(header, "ask")](header, attachments)
        except faults.PKCS11Error as fault:
            return {"status": next((word for kind, word in _STATUS.items() if isinstance(fault, kind)), FAULT)}, ()

    def _list(self, _header: Header, _attachments: Sequence[bytes]) -> tuple[Header, Sequence[bytes]]:
        found = [
            {"label": token.label, "maker": token.manufacturer_id, "serial": token.serial.decode("ascii", "replace")}
            for slot in self._library.get_slots(token_present=True)
            if pkcs11.TokenFlag.TOKEN_INITIALIZED in (token := slot.get_token()).flags
        ]
        return {"status": GOOD, "tokens": found}, ()

    def _enrol(self, header: Header, attachments: Sequence[bytes]) -> tuple[Header, Sequence[bytes]]:
        """Make a key pair where there is none of this label, and seal a fresh secret to it."""
        with self._session(header, attachments, writes=True) as session:
            label = _text(header, "key")
            try:
                public = session.get_key(object_class=pkcs11.ObjectClass.PUBLIC_KEY, label=label)
            except faults.NoSuchKey:
                public, _private = session.generate_keypair(
                    pkcs11.KeyType.RSA,
                    _RSA_BITS,
                    label=label,
                    id=label.encode(),
                    store=True,
                    mechanism=pkcs11.Mechanism.RSA_PKCS_KEY_PAIR_GEN,
                )
            secret = os.urandom(SECRET_BYTES)
            sealed = _public(public).encrypt(secret, _PADDING)
            if self._unsealed(session, label, sealed) != secret:
                return {"status": NOT_SUITABLE}, ()
            return {"status": GOOD}, (sealed,)

    def _open(self, header: Header, attachments: Sequence[bytes]) -> tuple[Header, Sequence[bytes]]:
        with self._session(header, attachments, writes=False) as session:
            secret = self._unsealed(session, _text(header, "key"), attachments[1])
            if len(secret) != SECRET_BYTES:
                return {"status": OTHER_KEY}, ()
            return {"status": GOOD}, (secret,)

    @staticmethod
    def _unsealed(session: Any, label: str, sealed: bytes) -> bytes:
        private = session.get_key(object_class=pkcs11.ObjectClass.PRIVATE_KEY, label=label)
        return bytes(
            private.decrypt(sealed, mechanism=pkcs11.Mechanism.RSA_PKCS_OAEP, mechanism_param=_MECHANISM_PARAMETERS)
        )

    @contextmanager
    def _session(self, header: Header, attachments: Sequence[bytes], *, writes: bool) -> Iterator[Any]:
        token = self._library.get_token(token_label=_text(header, "token"))
        with token.open(user_pin=attachments[0].decode(), rw=writes) as session:
            yield session


def _public(key: Any) -> rsa.RSAPublicKey:
    numbers = rsa.RSAPublicNumbers(
        e=int.from_bytes(key[pkcs11.Attribute.PUBLIC_EXPONENT]), n=int.from_bytes(key[pkcs11.Attribute.MODULUS])
    )
    return numbers.public_key()


def _text(header: Header, name: str) -> str:
    value = header[name]
    if not isinstance(value, str):
        raise TypeError(name)
    return value


if __name__ == "__main__":
    serve(Tokens().answer)
