# SPDX-License-Identifier: Apache-2.0
"""Signatures of a scanner (JWS, RFC 7515) and who vouches for the key behind them, up to the station's own anchors.

The interface signs with RS256 and sends its certificate in ``x5c``. Nothing else is accepted: no other algorithm, no
key by reference, no unsigned answer.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Final

import msgspec
from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa

from devices.sbi.messages import from_base64url, parse
from devices.sbi.words import not_signed, not_vouched
from station.domain.errors import DeviceFault, FileRefused
from station.isolation.intake import read_regular

_LEAST_KEY_BITS: Final = 2048  # 0.9.5, "Cryptography"
_LONGEST_CHAIN: Final = 6
_MOST_HEADER: Final = 64 * 1024
_MOST_ANCHOR_BYTES: Final = 1024 * 1024  # a bundle of all anchors of a country
_PARTS: Final = 3


class _Header(msgspec.Struct, frozen=True):
    alg: str
    x5c: list[str] | str = ""
    crit: list[str] | None = None


@dataclass(frozen=True, slots=True)
class Signed:
    """A payload whose signature holds. ``signer`` is the public key; ``certified_by`` the anchor's name or empty."""

    payload: bytes = field(repr=False)
    signer: bytes
    certified_by: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Anchors:
    """Whom the station believes about scanners. ``required``: a key without an anchor behind it is refused."""

    certificates: tuple[x509.Certificate, ...] = ()
    required: bool = False

    def vouching(self, chain: Sequence[x509.Certificate], *, now: datetime) -> str:
        """The name of the anchor that stands behind ``chain`` (the device's certificate first), or empty.

        Every certificate on the way must be valid ``now``, and every issuer an authority. Raises DeviceFault when an
        anchor is required and none stands there.
        """
        try:
            found = self._walk(list(chain), now) if self.certificates else ""
        except ValueError:  # a certificate whose inside is damaged
            found = ""
        if self.required and not found:
            raise not_vouched()
        return found

    def _walk(self, chain: list[x509.Certificate], now: datetime) -> str:
        here = chain[0]
        for _ in range(_LONGEST_CHAIN):
            if not here.not_valid_before_utc <= now <= here.not_valid_after_utc:
                return ""
            for anchor in self.certificates:
                if here == anchor or (_issued(here, anchor) and anchor.not_valid_after_utc >= now):
                    return _name(anchor)
            above = next((one for one in chain if one != here and _issued(here, one)), None)
            if above is None:
                return ""
            here = above
        return ""


def load_anchors(paths: Sequence[Path], *, required: bool) -> tuple[Anchors, tuple[Path, ...]]:
    """The anchors in these files (PEM, several in one, or DER), and the files that hold none.

    Whoever names files wants them heeded: then an anchor is required even when none of them can be read.
    """
    certificates: list[x509.Certificate] = []
    unusable: list[Path] = []
    for path in paths:
        try:
            # Resolved first: the certificates of a system are links, and whoever writes settings names them.
            data = read_regular(path.resolve(), most_bytes=_MOST_ANCHOR_BYTES)
            if b"-----BEGIN" in data:
                certificates += x509.load_pem_x509_certificates(data)
            else:
                certificates.append(x509.load_der_x509_certificate(data))
        except (FileRefused, OSError, RuntimeError, ValueError, x509.InvalidVersion):
            unusable.append(path)
    return Anchors(certificates=tuple(certificates), required=required or bool(paths)), tuple(unusable)


def verify(token: str, anchors: Anchors, *, now: datetime) -> Signed:
    """The payload of a compact JWS whose signature holds. Raises DeviceFault; ``token`` is never shown."""
    parts = token.split(".")
    if len(parts) != _PARTS or len(parts[0]) > _MOST_HEADER:
        raise not_signed()
    try:
        for part in parts:
            _canonical(part)
        header = parse(_Header, from_base64url(parts[0]))
        chain = _certificates(header)
    except DeviceFault as error:
        raise not_signed() from error
    key = _key(chain[0])
    if header.crit is not None or key is None or key.key_size < _LEAST_KEY_BITS:
        raise not_signed()
    try:
        key.verify(
            from_base64url(parts[2]), f"{parts[0]}.{parts[1]}".encode("ascii"), padding.PKCS1v15(), hashes.SHA256()
        )
    except (InvalidSignature, UnicodeEncodeError) as error:
        raise not_signed() from error
    signer = key.public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
    return Signed(from_base64url(parts[1]), signer, anchors.vouching(chain, now=now))


def _canonical(part: str) -> None:
    """Refuse base64 whose unused last bits are set: two texts must not stand for the same bytes."""
    bare = part.rstrip("=")
    if base64.urlsafe_b64encode(from_base64url(part)).decode("ascii").rstrip("=") != bare:
        raise not_signed()


def _certificates(header: _Header) -> list[x509.Certificate]:
    texts = [header.x5c] if isinstance(header.x5c, str) else header.x5c
    if header.alg != "RS256" or not texts or len(texts) > _LONGEST_CHAIN:
        raise not_signed()
    try:
        return [x509.load_der_x509_certificate(base64.b64decode(text, validate=True)) for text in texts]
    except (ValueError, binascii.Error, x509.InvalidVersion) as error:
        raise not_signed() from error


def _key(certificate: x509.Certificate) -> rsa.RSAPublicKey | None:
    """Its key where it is one of RSA. Damaged and unknown kinds of keys show only when they are taken out."""
    try:
        key = certificate.public_key()
    except (ValueError, UnsupportedAlgorithm):
        return None
    return key if isinstance(key, rsa.RSAPublicKey) else None


def _issued(certificate: x509.Certificate, issuer: x509.Certificate) -> bool:
    try:
        constraints = issuer.extensions.get_extension_for_class(x509.BasicConstraints).value
        if not constraints.ca:
            return False
        certificate.verify_directly_issued_by(issuer)
    except (
        x509.ExtensionNotFound,
        x509.DuplicateExtension,
        x509.UnsupportedGeneralNameType,
        ValueError,
        TypeError,
        InvalidSignature,
        UnsupportedAlgorithm,
    ):
        return False
    return True


def _name(certificate: x509.Certificate) -> str:
    for oid in (x509.NameOID.COMMON_NAME, x509.NameOID.ORGANIZATION_NAME):
        for attribute in certificate.subject.get_attributes_for_oid(oid):
            return str(attribute.value)
    return certificate.subject.rfc4514_string() or "?"
