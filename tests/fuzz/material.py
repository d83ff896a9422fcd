# SPDX-License-Identifier: Apache-2.0
"""Keys that one state of the fuzzers goes on with: valid inputs sealed today must still open tomorrow."""

from __future__ import annotations

import base64
import json
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from storage.sealed import age

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Material:
    """Throw-away keys of specimens: texts, so that they can be kept as JSON."""

    identity: str
    recipient: str
    scanner_key: str  # PEM
    scanner_certificates: tuple[str, str]  # base64 of DER: the scanner's, its maker's


def material_in(folder: Path) -> Material:
    """The keys of this state; made the first time."""
    path = folder / "material.json"
    if path.exists():
        kept = json.loads(path.read_text("utf-8"))
        return Material(**{**kept, "scanner_certificates": tuple(kept["scanner_certificates"])})
    made = _made()
    path.write_text(json.dumps(asdict(made)), encoding="utf-8")
    return made


def _made() -> Material:
    identity, recipient = age.new_identity()
    maker, scanner = (rsa.generate_private_key(65537, 2048) for _ in range(2))
    pem = scanner.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    certificates = (_certificate("scanner", scanner, maker), _certificate("maker", maker, maker))
    return Material(identity.reveal().decode(), recipient, pem.decode(), certificates)


def _certificate(name: str, key: rsa.RSAPrivateKey, signer: rsa.RSAPrivateKey) -> str:
    def named(common: str) -> x509.Name:
        return x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, common)])

    certificate = (
        x509.CertificateBuilder()
        .subject_name(named(name))
        .issuer_name(named("maker"))
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(NOW - timedelta(days=1))
        .not_valid_after(NOW + timedelta(days=3650))
        .add_extension(x509.BasicConstraints(ca=name == "maker", path_length=None), critical=True)
        .sign(signer, hashes.SHA256())
    )
    return base64.b64encode(certificate.public_bytes(serialization.Encoding.DER)).decode()
