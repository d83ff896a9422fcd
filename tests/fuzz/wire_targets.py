# SPDX-License-Identifier: Apache-2.0
"""Parsers of what devices and helper processes send: serial lines, fingerprint services, frames."""

from __future__ import annotations

import base64
import binascii
import json
import random

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa

from devices.sbi.messages import (
    BiometricData,
    CaptureBody,
    DeviceInfo,
    DigitalId,
    Discovered,
    InfoEntry,
    StreamError,
    from_base64url,
    moment,
    parse,
    score,
)
from devices.sbi.signatures import Anchors, verify
from devices.sbi.words import garbage
from devices.serial_lines.framing import MOST_BYTES, PRESETS
from devices.serial_lines.line import meant_for_mrz
from devices.serial_lines.parsing import MessageParser
from station.domain.errors import DeviceFault
from station.isolation.frames import FrameReader, FrameRefused, encode
from station.optical.reader_text import barcode, mrz_lines
from tests.fuzz.material import NOW, Material
from tests.fuzz.mutation import json_shape
from tests.fuzz.target import Target
from tests.station.mrtd.specimens import SPECIMENS

_PRESETS = tuple(PRESETS.values())


def serial() -> Target:
    """Bytes of a line; the first says which protocol and how the rest is cut into pieces."""

    def take(data: bytes) -> None:
        first, rest = data[:1] or b"\x00", data[1:]
        parser = MessageParser(_PRESETS[first[0] % len(_PRESETS)])
        step = (1, 7, 64, 4096)[first[0] // len(_PRESETS) % 4]
        given = 0
        for start in range(0, len(rest), step):
            for message in parser.feed(rest[start : start + step]):
                _understand(message.body)
                meant_for_mrz(message)
                given += len(message.raw)
        given += sum(len(message.raw) for message in parser.silence())
        assert given <= len(rest), "more came out than went in"
        assert not parser.pending

    texts = [b"\r".join(line.encode() for line in lines) + b"\r" for lines in SPECIMENS.values()]
    corpus = [bytes([number]) + text for number in range(len(_PRESETS)) for text in texts[:2]]
    for number in (0, *range(4, len(_PRESETS))):
        text = texts[0]
        corpus += [
            bytes([number]) + b"\x02" + text + b"\x03",
            bytes([number]) + b"\x01\x00\x60OU\x02A" + text + b"\x03\x55",
            bytes([number]) + b"I" + len(text).to_bytes(2, "big") + text,
            bytes([number]) + b"]Q1https://example.org/\r\n",
        ]
    words = [b"\x01", b"\x02", b"\x03", b"\r", b"\n", b"\r\n", b"I\x00", b"I\xff\xff", b"]Q1", b"OU\x02", *texts]
    return Target(name="serial", corpus=corpus, take=take, words=words, most_bytes=MOST_BYTES + 2_000, few=100)


def _understand(body: bytes) -> None:
    mrz_lines(body)
    barcode(body)


_KINDS = (list[Discovered], DeviceInfo, DigitalId, list[InfoEntry], CaptureBody, BiometricData, StreamError)


def sbi_messages() -> Target:
    """A body as every kind there is, and all that is worked out from it."""

    def take(data: bytes) -> None:
        refused = 0
        for kind in _KINDS:
            try:
                _look_at(parse(kind, data))
            except DeviceFault:
                refused += 1
        if refused == len(_KINDS):
            raise garbage()

    corpus = [json.dumps(body).encode() for body in _BODIES]
    words = [
        b"null",
        b'"error":{"errorCode":0}',
        b'"deviceSubId":["1",2]',
        b'"qualityScore":1e999',
        b"2026-11-22T00:00:00.000Z",
    ]
    return Target(
        name="sbi-messages",
        corpus=corpus,
        take=take,
        declared=(DeviceFault,),
        words=words,
        shapes=[json_shape],
        few=6_000,
    )


def _look_at(body: object) -> object:
    """All that is worked out from a body; the answer only keeps it from being thoughtlessly left out."""
    match body:
        case DigitalId():
            return body.is_finger, body.is_presentable, body.same_device(body)
        case DeviceInfo():
            return body.spec
        case BiometricData():
            return score(body.qualityScore), moment(body.timestamp), from_base64url(body.bioValue)
        case list():
            return [
                (one.sub_ids, one.error and (one.error.code, one.error.info), from_base64url(one.digitalId or ""))
                for one in body
                if isinstance(one, Discovered)
            ]
    return None


_DIGITAL_ID = {
    "serialNo": "S1",
    "make": "M",
    "model": "X",
    "type": "Finger",
    "deviceSubType": "Slap",
    "dateTime": "2026-11-22T12:00:00Z",
}
_DISCOVERED = {"deviceId": "1", "deviceStatus": "Ready", "digitalId": "e30", "deviceSubId": ["1", 2]}
_FINGER = {"bioType": "Finger", "bioSubType": "Left IndexFinger", "bioValue": "AAAA", "qualityScore": "80"}
_BODIES: tuple[object, ...] = (
    [{**_DISCOVERED, "error": {"errorCode": "0", "errorInfo": ""}}],
    {"deviceId": "1", "deviceStatus": "Ready", "digitalId": "a.b.c", "env": "Staging", "specVersion": ["0.9.5", "1.0"]},
    _DIGITAL_ID,
    [{"deviceInfo": "a.b.c", "error": None}],
    {"biometrics": [{"data": "a.b.c", "hash": "00", "specVersion": "0.9.5", "error": {"errorCode": 0}}]},
    {**_FINGER, "digitalId": "a.b.c", "transactionId": "t", "timestamp": "2026-11-22T12:00:00.000Z"},
    {"error": {"errorCode": "609", "errorInfo": "over"}},
)


def sbi_signatures(material: Material) -> Target:
    """A signed answer; half of the shaped ones are signed again after they were changed."""
    key = serialization.load_pem_private_key(material.scanner_key.encode(), None)
    assert isinstance(key, rsa.RSAPrivateKey)
    root = x509.load_der_x509_certificate(base64.b64decode(material.scanner_certificates[1]))
    believed = Anchors(certificates=(root,), required=True)

    def signed(header: bytes, payload: bytes) -> bytes:
        text = _base64url(header) + b"." + _base64url(payload)
        return text + b"." + _base64url(key.sign(text, padding.PKCS1v15(), hashes.SHA256()))

    def changed_inside(dice: random.Random, data: bytes) -> bytes:
        parts = data.split(b".")
        try:
            header = base64.urlsafe_b64decode(parts[0] + b"===")
            payload = base64.urlsafe_b64decode(parts[1] + b"===")
        except (binascii.Error, IndexError):
            return data
        if dice.random() < 0.5:
            header = json_shape(dice, header)
        else:
            header = _other_certificate(dice, header)
        if dice.random() < 0.3:
            return signed(header, payload)
        return b".".join([_base64url(header), *parts[1:]])

    right = signed(
        json.dumps({"alg": "RS256", "typ": "JWT", "x5c": list(material.scanner_certificates)}).encode(),
        json.dumps(_DIGITAL_ID).encode(),
    )

    def take(data: bytes) -> None:
        token = data.decode("utf-8", "surrogateescape")
        for anchors in (believed, Anchors()):
            verify(token, anchors, now=NOW)

    return Target(
        name="sbi-signatures",
        corpus=[right],
        take=take,
        declared=(DeviceFault,),
        words=[b".", b"eyJ", b"=", b"==", b"-_"],
        shapes=[changed_inside],
        few=600,
    )


def _other_certificate(dice: random.Random, header: bytes) -> bytes:
    """The header with some bytes of one certificate changed."""
    try:
        tree = json.loads(header)
        chain = [bytearray(base64.b64decode(text)) for text in tree["x5c"]]
        certificate = dice.choice(chain)
        for _ in range(dice.choice((1, 1, 2, 6))):
            certificate[dice.randrange(len(certificate))] = dice.choice(
                (0, 1, 2, 3, 4, 5, 6, 0x30, 0x31, 0x80, 0x84, 0xFF, dice.randrange(256))
            )
    except (ValueError, KeyError, TypeError, IndexError, RecursionError):
        return header
    tree["x5c"] = [base64.b64encode(one).decode() for one in chain]
    return json.dumps(tree).encode()


def _base64url(data: bytes) -> bytes:
    return base64.urlsafe_b64encode(data).rstrip(b"=")


def frames() -> Target:
    """What a helper process that was taken over may write into its pipe."""

    def take(data: bytes) -> None:
        reader = FrameReader()
        for start in range(0, len(data), 1_000):
            reader.feed(data[start : start + 1_000])

    corpus = [b"".join(encode({"answer": {"a": 1}}, parts)) for parts in ((), (b"x" * 300,), (b"", b"y"))]
    return Target(
        name="frames",
        corpus=corpus,
        take=take,
        declared=(FrameRefused,),
        words=[b"HBM1", b"\xff" * 8, b"{", b"["],
        few=8_000,
    )
