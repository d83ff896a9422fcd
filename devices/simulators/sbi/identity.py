# SPDX-License-Identifier: Apache-2.0
"""Who the simulated scanner says it is, with keys made when it starts and never written anywhere."""

from __future__ import annotations

import base64
from datetime import datetime, timedelta
from typing import Final

import msgspec
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa

PROVIDER: Final = "HBM-STATION-SIMULATOR"  # by this the driver knows a simulator from a scanner
MAKE: Final = "Simulated"
MODEL: Final = "Slap 4-4-2"
SERVICE_VERSION: Final = "1.0.0"
_KEY_BITS: Final = 2048
_EXPONENT: Final = 65537
_VALID: Final = timedelta(days=2)


class SimulatedIdentity:
    """A maker's authority, and a device key certified by it. ``root`` and ``chain`` are DER certificates."""

    def __init__(self, *, serial: str, now: datetime) -> None:
        self.serial = serial
        authority = rsa.generate_private_key(_EXPONENT, _KEY_BITS)
        self._key = rsa.generate_private_key(_EXPONENT, _KEY_BITS)
        maker = _name("Simulated maker of scanners")
        root = _certificate(maker, maker, authority.public_key(), authority, now=now, authority=1)
        device = _certificate(_name(f"Simulated scanner {serial}"), maker, self._key.public_key(), authority, now=now)
        self.root = root.public_bytes(serialization.Encoding.DER)
        self.chain = (device.public_bytes(serialization.Encoding.DER), self.root)

    def digital_id(self, now: datetime) -> dict[str, str]:
        """The digital ID as the interface describes it, unsigned."""
        return {
            "serialNo": self.serial,
            "make": MAKE,
            "model": MODEL,
            "type": "Finger",
            "deviceSubType": "Slap",
            "deviceProvider": "Simulator that ships with the station",
            "deviceProviderId": PROVIDER,
            "dateTime": instant(now),
        }

    def sign(self, payload: object) -> str:
        """A compact JWS over the JSON of ``payload``: RS256, certificates in x5c."""
        header = {
            "alg": "RS256",
            "typ": "JWT",
            "x5c": [base64.b64encode(certificate).decode("ascii") for certificate in self.chain],
        }
        signed = f"{base64url(msgspec.json.encode(header))}.{base64url(msgspec.json.encode(payload))}"
        signature = self._key.sign(signed.encode("ascii"), padding.PKCS1v15(), hashes.SHA256())
        return f"{signed}.{base64url(signature)}"


def base64url(data: bytes) -> str:
    """Without padding, as JWS has it."""
    return base64.urlsafe_b64encode(data).decode("ascii").rstrip("=")


def instant(now: datetime) -> str:
    """ISO 8601 in UTC with milliseconds."""
    return now.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _name(common: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, common)])


def _certificate(
    subject: x509.Name,
    issuer: x509.Name,
    key: rsa.RSAPublicKey,
    signer: rsa.RSAPrivateKey,
    *,
    now: datetime,
    authority: int | None = None,
) -> x509.Certificate:
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - _VALID)
        .not_valid_after(now + _VALID)
        .add_extension(x509.BasicConstraints(ca=authority is not None, path_length=authority), critical=True)
    )
    return builder.sign(signer, hashes.SHA256())
