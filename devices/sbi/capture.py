# SPDX-License-Identifier: Apache-2.0
"""One registration capture (RCAPTURE): what is asked, and every check an answer passes before a finger is believed.

In this order: signature and who vouches, device, transaction, time, fingers, chain of hashes, record. The answer to a
capture is whole or refused: three fingers of four are an error that names the fourth.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

import msgspec

from devices.sbi.messages import (
    BiometricData,
    BiometricEntry,
    CaptureBody,
    DeviceInfo,
    DigitalId,
    from_base64url,
    moment,
    parse,
    score,
)
from devices.sbi.records import read_record
from devices.sbi.signatures import Anchors, Signed, verify
from devices.sbi.words import (
    FingersMissed,
    another_capture,
    another_device,
    fewer,
    garbage,
    of_code,
    one_slap_only,
    wrong_clock,
    wrong_fingers,
)
from station.domain.words import say
from station.ports.fingers import FingerPosition, FingerRequest, FingerSample

NAMES: Final[Mapping[FingerPosition, str]] = {
    FingerPosition.RIGHT_THUMB: "Right Thumb",
    FingerPosition.RIGHT_INDEX: "Right IndexFinger",
    FingerPosition.RIGHT_MIDDLE: "Right MiddleFinger",
    FingerPosition.RIGHT_RING: "Right RingFinger",
    FingerPosition.RIGHT_LITTLE: "Right LittleFinger",
    FingerPosition.LEFT_THUMB: "Left Thumb",
    FingerPosition.LEFT_INDEX: "Left IndexFinger",
    FingerPosition.LEFT_MIDDLE: "Left MiddleFinger",
    FingerPosition.LEFT_RING: "Left RingFinger",
    FingerPosition.LEFT_LITTLE: "Left LittleFinger",
}
_POSITIONS: Final = {name: position for position, name in NAMES.items()}
_THUMBS: Final = (FingerPosition.RIGHT_THUMB, FingerPosition.LEFT_THUMB)
LEFT_SLAP, RIGHT_SLAP, BOTH_THUMBS = "1", "2", "3"
PURPOSE: Final = "Registration"
NO_HASH: Final = hashlib.sha256(b"").hexdigest()  # the chain begins with the hash of nothing
_UNKNOWN_POSITION: Final = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What one capture asks of the scanner. ``expected`` are the fingers that have to come."""

    transaction: str
    expected: tuple[FingerPosition, ...]
    exceptions: tuple[FingerPosition, ...]
    sub_id: str
    request: FingerRequest
    info: DeviceInfo
    env: str


def part_of_glass(position: FingerPosition) -> str:
    """The part of a slap scanner that captures this finger: 1 left slap, 2 right slap, 3 both thumbs."""
    if position in _THUMBS:
        return BOTH_THUMBS
    return LEFT_SLAP if position.value > FingerPosition.LEFT_THUMB.value else RIGHT_SLAP


def fingers_of(request: FingerRequest) -> tuple[tuple[FingerPosition, ...], str]:
    """The fingers that have to come and their part of the glass. Raises FingersMissed when that cannot be."""
    away = {position for position, _ in request.missing}
    expected = tuple(position for position in dict.fromkeys(request.positions) if position not in away)
    parts = {part_of_glass(position) for position in expected}
    if not expected:
        raise FingersMissed(
            say("All these fingers are marked as missing: there is nothing to capture."),
            say("Go on with the next step."),
        )
    if len(parts) > 1:
        raise one_slap_only()
    return expected, parts.pop()


def capture_body(asked: Asked, *, now: datetime) -> bytes:
    """The body of RCAPTURE (0.9.5, "Registration Capture Request"). Numbers are text, as in the published examples."""
    return msgspec.json.encode(
        {
            "env": asked.env,
            "purpose": PURPOSE,
            "specVersion": asked.info.spec,
            "timeout": str(round(asked.request.seconds * 1000)),
            "captureTime": now.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
            "transactionId": asked.transaction,
            "bio": [
                {
                    "type": "Finger",
                    "count": str(len(asked.expected)),
                    "bioSubType": [NAMES[position] for position in asked.expected],
                    "exception": [NAMES[position] for position in asked.exceptions],
                    "requestedScore": str(asked.request.least_quality),
                    "deviceId": str(asked.info.deviceId),
                    "deviceSubId": asked.sub_id,
                    "previousHash": NO_HASH,
                }
            ],
            "customOpts": {},
        }
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Checks:
    """What an answer is held against: the device in use, the key it showed, and whom the station believes."""

    identity: DigitalId
    signer: bytes
    anchors: Anchors
    tolerance_seconds: float

    def samples(self, body: CaptureBody, asked: Asked, *, now: datetime) -> tuple[tuple[FingerSample, ...], str]:
        """The fingers in the order asked for, and who vouches. Raises DeviceError; then no finger may be used."""
        if len(body.biometrics) > len(NAMES):
            raise garbage()
        failed = [entry for entry in body.biometrics if not entry.data]
        good = [entry for entry in body.biometrics if entry.data]
        if not good:
            raise next((of_code(e.error.code, e.error.info) for e in failed if e.error), of_code("101", ""))
        found: dict[FingerPosition, FingerSample] = {}
        vouching: set[str] = set()
        values: list[tuple[BiometricEntry, bytes, bytes]] = []
        for entry in good:
            signed = verify(entry.data or "", self.anchors, now=now)
            data = parse(BiometricData, signed.payload)
            position = self._position(data, signed, asked, now)
            record = from_base64url(data.bioValue)
            if position in found:
                raise wrong_fingers()
            found[position] = _sample(position, record, data)
            vouching.add(signed.certified_by)
            values.append((entry, record, signed.payload))
        if not failed:
            _check_chain(values)
        missed = [position for position in asked.expected if position not in found]
        if missed:
            raise fewer(len(found), len(asked.expected), missed)
        return tuple(found[position] for position in asked.expected), vouching.pop() if len(vouching) == 1 else ""

    def _position(self, data: BiometricData, signed: Signed, asked: Asked, now: datetime) -> FingerPosition:
        """The finger, once everything that was signed about it fits."""
        digital = verify(data.digitalId, self.anchors, now=now)
        if not parse(DigitalId, digital.payload).same_device(self.identity):
            raise another_device()
        if not signed.certified_by and self.signer not in (signed.signer, digital.signer):
            raise another_device()
        if data.transactionId != asked.transaction or (data.purpose or "").lower() != PURPOSE.lower():
            raise another_capture()
        if data.env and data.env.lower() != asked.env.lower():
            raise another_capture()
        apart = abs((moment(data.timestamp) - now).total_seconds())
        if apart > self.tolerance_seconds:
            raise wrong_clock(round(apart / 60))
        position = _POSITIONS.get(data.bioSubType)
        if data.bioType.lower() != "finger" or position not in asked.expected:
            raise wrong_fingers()
        return position


def _sample(position: FingerPosition, value: bytes, data: BiometricData) -> FingerSample:
    record = read_record(value)
    if record.position not in (position.value, _UNKNOWN_POSITION):
        raise wrong_fingers()
    return FingerSample(position=position, image=record.image, quality=score(data.qualityScore))


def _check_chain(values: Sequence[tuple[BiometricEntry, bytes, bytes]]) -> None:
    """Each block names the one before: none was taken out, put in or moved."""
    before = NO_HASH
    for entry, record, payload in values:
        said = (entry.hash or "").lower()
        if said not in _links(before, record, payload):
            raise wrong_fingers()
        before = said


def _links(before: str, record: bytes, payload: bytes) -> set[str]:
    """The hashes that may follow ``before``. The text joins hex digests of the data block; MOSIP's own service joins
    the digests' bytes and takes the record alone. Letters of hex may be small or capital.
    """
    links: set[str] = set()
    for block in (record, payload):
        digest = hashlib.sha256(block)
        links.add(hashlib.sha256(bytes.fromhex(before) + digest.digest()).hexdigest())
        joined = before + digest.hexdigest()
        links |= {hashlib.sha256(text.encode("ascii")).hexdigest() for text in (joined.lower(), joined.upper())}
    return links


def check_info(token: str, identity: DigitalId, anchors: Anchors, *, now: datetime) -> tuple[DeviceInfo, Signed]:
    """The signed description of this device. Raises DeviceFault when it is another's or its signature fails."""
    signed = verify(token, anchors, now=now)
    info = parse(DeviceInfo, signed.payload)
    digital = verify(info.digitalId, anchors, now=now)
    if not parse(DigitalId, digital.payload).same_device(identity):
        raise another_device()
    if info.purpose and info.purpose.lower() != PURPOSE.lower():
        raise of_code("706", "")
    if not str(info.deviceId):
        raise garbage()
    return info, signed
