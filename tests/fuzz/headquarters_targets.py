# SPDX-License-Identifier: Apache-2.0
"""Parsers of what comes from headquarters on a stick: the text of a receipt, and the file of a public key."""

from __future__ import annotations

from datetime import UTC, date, datetime

from station.domain.errors import RecipientRefused
from station.exporting.headquarters_keys import key_in
from station.exporting.receipt_text import NotAReceipt, ReceiptText, read_receipt, written_receipt
from storage.sealed.sealer import AgeMinisignSealer
from tests.fuzz.material import Material
from tests.fuzz.target import Target
from tests.open_station import SeededRandomness, StandingClock


def receipt() -> Target:
    """The five lines; what is read is written again as the same text."""

    def take(data: bytes) -> None:
        try:
            text = data.decode()
        except UnicodeDecodeError:
            return  # whoever reads the file says so
        read = read_receipt(text)
        assert read_receipt(written_receipt(read)) == read

    said = ReceiptText(station="Harbour 1", export=12, sha256="0f" * 32, day=date(2026, 11, 23))
    right = written_receipt(said).encode()
    words = [b"station: ", b"export: ", b"sha256: ", b"date: ", b"\r\n", b"0", b"9999-12-31", "١".encode(), b"\x85"]
    return Target(
        name="receipt",
        corpus=[right, right.replace(b"\n", b"\r\n"), right.replace(b"Harbour", "Hafen ß".encode())],
        take=take,
        declared=(NotAReceipt,),
        words=words,
        few=3_000,
    )


def headquarters_key(material: Material) -> Target:
    """One public key of age or minisign; a secret one never comes through."""
    sealer = AgeMinisignSealer(StandingClock(datetime(2026, 11, 22, 12, tzinfo=UTC)), SeededRandomness())
    signing = sealer.public_key(sealer.new_signing_key()).encode()

    def take(data: bytes) -> None:
        key = key_in(data, sealer)
        assert b"SECRET" not in data.upper().replace(b"\0", b"")
        assert len(key.fingerprint) == 39

    return Target(
        name="headquarters-key",
        corpus=[material.recipient.encode(), f"# a key\n{material.recipient}\n".encode(), signing],
        take=take,
        declared=(RecipientRefused,),
        words=[b"AGE-SECRET-KEY-1", b"age1", b"RWQ", b"untrusted comment: ", b"#", b"\xef\xbb\xbf", b"\xff\xfe"],
        few=3_000,
    )
