# SPDX-License-Identifier: Apache-2.0
"""Parsers of what comes in on a stick: signatures, seals, tars, and whole bundles."""

from __future__ import annotations

import hashlib
import random
import tarfile
from collections.abc import Sequence
from pathlib import Path

import pyrage

from station.domain.errors import BundleRefused
from station.domain.secrets import Secret
from storage.sealed import age
from storage.sealed.minisign import PublicKey, Signature, SigningKey
from storage.sealed.reader import open_bundle
from storage.sealed.tar_format import TarReading
from tests.fuzz.material import Material
from tests.fuzz.target import Target
from tests.storage.sealed.bundles import FILES, tar_of, with_manifest

_KEY = SigningKey.of(Secret(bytes(range(40))))
_DIGEST = hashlib.blake2b(b"a specimen").digest()
_BLOCK = 512
_MINISIGN_WORDS = [
    b"untrusted comment: ",
    b"trusted comment: ",
    b"RUQ",
    b"RWQ",
    b"====",
    "é".encode(),
    "\u2028".encode(),
]


class Pieces:
    """Bytes that come in pieces, and a place to put the plain text."""

    def __init__(self, data: bytes) -> None:
        self._data = data

    def read(self, size: int = -1, /) -> bytes:
        piece = self._data if size < 0 else self._data[:size]
        self._data = self._data[len(piece) :]
        return piece

    def write(self, data: bytes, /) -> None:
        """Kept nowhere."""


def minisign_signature() -> Target:
    """A signature file, and its check against a file that was signed."""
    signer = PublicKey.from_file_text(_KEY.public_key_file())
    text = _KEY.sign(_DIGEST, "timestamp:1 file:x.tar.age").encode()

    def take(data: bytes) -> None:
        Signature.from_file_text(data).verify(_DIGEST, signer)
        if data.removesuffix(b"\n").split(b"\n")[1:] != text.removesuffix(b"\n").split(b"\n")[1:]:
            raise AssertionError("another signature than the one that was made is good")

    return Target(
        name="minisign-signature", corpus=[text], take=take, declared=(BundleRefused,), words=_MINISIGN_WORDS, few=8_000
    )


def minisign_key() -> Target:
    """A public key file."""
    return Target(
        name="minisign-key",
        corpus=[_KEY.public_key_file().encode()],
        take=lambda data: PublicKey.from_file_text(data.decode("utf-8", "surrogateescape")),
        declared=(BundleRefused,),
        words=_MINISIGN_WORDS,
        few=8_000,
    )


def age_seal(material: Material) -> Target:
    """An age file: its header, its stanzas, its pieces."""
    identity = Secret.of(material.identity)
    recipients = [pyrage.x25519.Recipient.from_str(material.recipient)]
    corpus = [pyrage.encrypt(plain, recipients) for plain in (b"", b"specimen", bytes(70_000))]
    corpus.append(pyrage.encrypt(b"two", [*recipients, pyrage.x25519.Identity.generate().to_public()]))
    words = [
        b"age-encryption.org/v1\n",
        b"-> X25519 ",
        b"-> scrypt AAAA 22\n",
        b"-> ssh-rsa ",
        b"-> piv-p256 ",
        b"\n--- ",
        b"---",
    ]
    return Target(
        name="age",
        corpus=corpus,
        take=lambda data: age.decrypt(Pieces(data), Pieces(b""), identity),
        declared=(BundleRefused,),
        words=words,
        most_bytes=96 * 1024,
        few=2_000,
    )


def tar() -> Target:
    """A tar as it comes out of the seal, in pieces of any size."""

    def take(data: bytes) -> None:
        reading = TarReading()
        step = 1 + (len(data) * 7919) % 3_000
        for start in range(0, len(data), step):
            reading.write(data[start : start + step])
        reading.end()

    return Target(
        name="tar",
        corpus=_tars(),
        take=take,
        declared=(BundleRefused,),
        words=[
            b"../",
            b"/etc/passwd",
            b"manifest.json",
            b"images/",
            b"ustar\x0000",
            b"ustar  \x00",
            b"\x80" + b"\xff" * 11,
            b"7" * 11,
        ],
        shapes=[tar_shape],
        few=5_000,
    )


def bundle(material: Material, folder: Path) -> Target:
    """A whole bundle, damaged before it was sealed, before it was signed, or afterwards: the first byte says which."""
    identity, public = Secret.of(material.identity), _KEY.public_key_file()
    recipients = [pyrage.x25519.Recipient.from_str(material.recipient)]
    path = folder / "Utopia-000001.tar.age"
    signature = path.with_name(path.name + ".minisig")

    def take(data: bytes) -> None:
        stage, rest = data[:1], data[1:]
        head, _, body = rest.partition(b"\x00\x00SEAL")
        sealed = pyrage.encrypt(rest, recipients) if stage < b"a" else rest if stage < b"n" else body
        signed = head if stage >= b"n" else _signed(sealed)
        path.write_bytes(sealed)
        signature.write_bytes(signed)
        open_bundle(path, signer=public, identity=identity)

    corpus = []
    for plain in _tars():
        sealed = pyrage.encrypt(plain, recipients)
        corpus += [b"0" + plain, b"b" + sealed, b"o" + _signed(sealed) + b"\x00\x00SEAL" + sealed]
    return Target(
        name="bundle",
        corpus=corpus,
        take=take,
        declared=(BundleRefused,),
        words=[b"0", b"b", b"o", b"\x00\x00SEAL", b"manifest.json", *_MINISIGN_WORDS],
        shapes=[_inside],
        few=600,
    )


def _inside(dice: random.Random, data: bytes) -> bytes:
    return data[:1] + tar_shape(dice, data[1:]) if data[:1] == b"0" else data


def _signed(sealed: bytes) -> bytes:
    return _KEY.sign(hashlib.blake2b(sealed).digest(), "by a fuzzer").encode()


def _tars() -> Sequence[bytes]:
    return [tar_of(with_manifest(FILES)), tar_of(with_manifest([])), tar_of(FILES)]


def tar_shape(dice: random.Random, data: bytes) -> bytes:
    """One field of one header changed, or a header put elsewhere, and the check sum made right again."""
    changed = bytearray(data)
    heads = [place for place in range(0, len(data) - _BLOCK + 1, _BLOCK) if data[place + 257 : place + 262] == b"ustar"]
    if not heads:
        return data
    place = dice.choice(heads)
    start, length = dice.choice(_FIELDS)
    value = dice.choice(_FIELD_VALUES)(dice, length)
    head = bytearray(data[place : place + _BLOCK])
    head[start : start + length] = value[:length].ljust(length, b"\x00")
    head[148:156] = b" " * 8
    head[148:156] = f"{tarfile.calc_chksums(bytes(head))[0]:06o}\x00 ".encode()  # type: ignore[attr-defined]  # not in the stubs
    target = place if dice.random() < 0.8 else dice.randrange(0, len(data) // _BLOCK + 1) * _BLOCK
    changed[target : target + _BLOCK] = head
    return bytes(changed)


_FIELDS = (
    (0, 100),
    (100, 8),
    (108, 8),
    (116, 8),
    (124, 12),
    (136, 12),
    (156, 1),
    (157, 100),
    (257, 8),
    (265, 32),
    (345, 155),
)
_FIELD_VALUES = (
    lambda dice, length: dice.randbytes(length),
    lambda dice, length: f"{dice.choice((0, 1, 511, 512, 513, 8**10, 2**26, 2**33)):0{length - 1}o}".encode(),
    lambda dice, length: b"\x80" + dice.randbytes(3).rjust(length - 1, b"\x00") if length > 1 else b"\x80",
    lambda dice, length: b"\xff" * length,
    lambda dice, length: b"-1".rjust(length),
    lambda dice, length: dice.choice(
        (b"..", b"/x.json", b"images/a.jpg", b"manifest.json", b"audit.jsonl", "é.json".encode())
    ),
    lambda dice, length: bytes([dice.choice(b"01234567xgLKNSDV\x00")]),
)
