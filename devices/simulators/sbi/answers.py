# SPDX-License-Identifier: Apache-2.0
"""What the simulated scanner answers: the bodies of the interface, right ones and spoilt ones."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from typing import Final

import msgspec

from devices.simulators.sbi.faults import ScannerFault, ScannerFaults
from devices.simulators.sbi.identity import SERVICE_VERSION, SimulatedIdentity, base64url, instant
from devices.simulators.sbi.specimens import GLASS, NAMES, WORN, finger, record
from station.ports.clock import Clock
from station.ports.fingers import FingerPosition

DEVICE_ID: Final = "1"
SPEC: Final = "1.0"
_GOOD: Final = 84  # quality of a dry adult finger; each position a little different
_WORN: Final = 21
_ERRORS: Final = {
    "101": "Unable to detect a biometric object",
    "110": "Device is not ready",
    "111": "Device is busy",
    "605": "Device is not connected",
    "706": "Purpose is not Registration",
    "809": "Auth capture cannot be done with a device for registration",
}


class Wanted(msgspec.Struct, frozen=True):
    """One entry of ``bio`` in a capture request."""

    type: str
    deviceId: str
    deviceSubId: str
    bioSubType: list[str] = []
    exception: list[str] = []
    requestedScore: str | int = 0
    previousHash: str = ""


class CaptureRequest(msgspec.Struct, frozen=True):
    """The request of RCAPTURE."""

    env: str
    purpose: str
    transactionId: str
    timeout: str | int
    bio: list[Wanted]


class Answers:
    """Builds every answer of one scanner. Any thread."""

    def __init__(
        self,
        identity: SimulatedIdentity,
        faults: ScannerFaults,
        *,
        seed: int,
        clock: Clock,
        traveller: Callable[[], int | None],
    ) -> None:
        self._identity = identity
        self._faults = faults
        self._seed = seed
        self._clock = clock
        self._traveller = traveller
        self._before: bytes | None = None

    def discovery(self, port: int, status: str) -> bytes:
        """MOSIPDISC."""
        now = self._clock.now()
        return msgspec.json.encode(
            [
                {
                    "deviceId": DEVICE_ID,
                    "deviceStatus": status,
                    "certification": "L0",
                    "serviceVersion": SERVICE_VERSION,
                    "deviceSubId": list(GLASS),
                    "callbackId": f"http://127.0.0.1:{port}",
                    "digitalId": base64url(msgspec.json.encode(self._identity.digital_id(now))),
                    "deviceCode": self._identity.serial,
                    "specVersion": [SPEC],
                    "purpose": "Registration",
                    "error": {"errorCode": "0", "errorInfo": "Success"},
                }
            ]
        )

    def info(self, port: int, status: str) -> bytes:
        """MOSIPDINFO, signed."""
        described = {
            "deviceStatus": status,
            "deviceId": DEVICE_ID,
            "firmware": SERVICE_VERSION,
            "certification": "L0",
            "serviceVersion": SERVICE_VERSION,
            "deviceSubId": list(GLASS),
            "callbackId": f"http://127.0.0.1:{port}",
            "digitalId": self._identity.sign(self._identity.digital_id(self._clock.now())),
            "deviceCode": self._identity.serial,
            "env": "Developer",
            "purpose": "Registration",
            "specVersion": [SPEC],
        }
        return msgspec.json.encode([{"deviceInfo": self._identity.sign(described), "error": None}])

    def failed(self, code: str) -> bytes:
        """An error of RCAPTURE."""
        error = {"errorCode": code, "errorInfo": _ERRORS.get(code, "")}
        return msgspec.json.encode({"biometrics": [{"specVersion": SPEC, "data": "", "hash": "", "error": error}]})

    def stream_failed(self, code: str) -> bytes:
        """An error of STREAM."""
        return msgspec.json.encode({"error": {"errorCode": code, "errorInfo": _ERRORS.get(code, "")}})

    def capture(self, request: CaptureRequest, fault: ScannerFault | None) -> bytes:
        """RCAPTURE: the fingers asked for, as this fault gives them."""
        traveller = self._traveller()
        wanted = request.bio[0]
        if traveller is None or fault is ScannerFault.NO_FINGER:
            return self.failed("101")
        if request.purpose != "Registration":
            return self.failed("706")
        if fault is ScannerFault.REPLAY and self._before is not None:
            return self._before
        positions = _on_the_glass(wanted)
        if fault is ScannerFault.FEWER_FINGERS and len(positions) > 1:
            del positions[self._faults.below(len(positions))]
        transaction = (
            "another-" + request.transactionId if fault is ScannerFault.WRONG_ANSWER else request.transactionId
        )
        blocks = self._blocks(request, transaction, positions, traveller, fault)
        if fault is ScannerFault.BAD_SIGNATURE:
            spoilt = blocks[self._faults.below(len(blocks))]
            spoilt["data"] = _one_bit(spoilt["data"], self._faults)
        answer = msgspec.json.encode({"biometrics": blocks})
        if fault is None:
            self._before = answer
        return answer

    def _blocks(
        self,
        request: CaptureRequest,
        transaction: str,
        positions: Sequence[FingerPosition],
        traveller: int,
        fault: ScannerFault | None,
    ) -> list[dict[str, str]]:
        names = {position: name for name, position in NAMES.items()}
        worn = fault is ScannerFault.LOW_QUALITY
        now = self._clock.now()
        previous = bytes.fromhex(request.bio[0].previousHash or hashlib.sha256(b"").hexdigest())
        blocks: list[dict[str, str]] = []
        for position in positions:
            quality = (_WORN if worn else _GOOD) + position.value
            picture = finger(self._seed, traveller, position, WORN if worn else 0.0)
            value = record(picture, position, quality=quality, now=now)
            data = {
                "digitalId": self._identity.sign(self._identity.digital_id(now)),
                "deviceCode": self._identity.serial,
                "deviceServiceVersion": SERVICE_VERSION,
                "bioType": "Finger",
                "bioSubType": names[position],
                "purpose": request.purpose,
                "env": request.env,
                "bioValue": base64url(value),
                "transactionId": transaction,
                "timestamp": instant(now),
                "requestedScore": str(request.bio[0].requestedScore),
                "qualityScore": str(quality),
            }
            previous = hashlib.sha256(previous + hashlib.sha256(value).digest()).digest()
            blocks.append({"specVersion": SPEC, "data": self._identity.sign(data), "hash": previous.hex().upper()})
        return blocks


def _on_the_glass(wanted: Wanted) -> list[FingerPosition]:
    """The fingers asked for, or all of this part of the glass, without the exceptions."""
    away = {NAMES[name] for name in wanted.exception if name in NAMES}
    asked = [NAMES[name] for name in wanted.bioSubType if name in NAMES] or list(GLASS.get(wanted.deviceSubId, ()))
    return [position for position in asked if position not in away]


def _one_bit(token: str, faults: ScannerFaults) -> str:
    """The token with one letter of its payload or signature changed."""
    start = token.index(".") + 1
    place = start + faults.below(len(token) - start)
    while token[place] == ".":
        place = start + faults.below(len(token) - start)
    return token[:place] + ("A" if token[place] != "A" else "B") + token[place + 1 :]
