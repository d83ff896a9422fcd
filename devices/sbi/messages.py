# SPDX-License-Identifier: Apache-2.0
"""The bodies of the interface as types: what a scanner says is taken apart strictly, and kept only where it is used.

Names as in the published texts. Drafts spell some fields otherwise (``errorcode``), list where others name one
(``specVersion``, ``deviceSubId``), write numbers as text or null for what they leave out: those spellings are taken
too, everything else is refused.
"""

from __future__ import annotations

import base64
import binascii
from datetime import UTC, datetime
from typing import Final, TypeVar

import msgspec

from devices.sbi.words import garbage

T = TypeVar("T")

MOST_DISCOVERY_BYTES: Final = 64 * 1024
MOST_INFO_BYTES: Final = 256 * 1024
MOST_CAPTURE_BYTES: Final = 24 * 1024 * 1024  # four raw fingers of 500 x 750 pixels, twice in base64, and room

_LONGEST_NAME: Final = 64
_FINGER_TYPES: Final = frozenset({"finger", "fingerprint"})


class Fault(msgspec.Struct, frozen=True):
    """An error as the scanner gives it. Code 0 is success."""

    errorCode: str | int | None = ""
    errorcode: str | int | None = ""
    errorInfo: str | None = ""
    errorinfo: str | None = ""

    @property
    def code(self) -> str:
        """The code as text; empty for success."""
        code = str(self.errorCode or self.errorcode or "").strip()
        return "" if code == "0" else code

    @property
    def info(self) -> str:
        """The maker's text."""
        return self.errorInfo or self.errorinfo or ""


class DigitalId(msgspec.Struct, frozen=True):
    """Who a device is (0.9.5, "Digital ID")."""

    serialNo: str
    make: str
    model: str
    type: str
    deviceSubType: str | None = ""
    deviceProvider: str | None = ""
    deviceProviderId: str | None = ""
    dateTime: str | None = ""

    @property
    def is_finger(self) -> bool:
        """Whether it captures fingers; drafts call them Fingerprint."""
        return self.type.strip().lower() in _FINGER_TYPES

    @property
    def is_presentable(self) -> bool:
        """Whether its names can be shown and kept: short, printable, and with a number to know it again by."""
        names = (self.serialNo, self.make, self.model, self.deviceProviderId or "")
        return bool(self.serialNo.strip()) and all(len(one) <= _LONGEST_NAME and one.isprintable() for one in names)

    def same_device(self, other: DigitalId) -> bool:
        """Whether both speak of the same piece of hardware."""
        mine = (self.serialNo, self.make, self.model, self.deviceProviderId)
        return mine == (other.serialNo, other.make, other.model, other.deviceProviderId)


class Discovered(msgspec.Struct, frozen=True):
    """One device of the answer to MOSIPDISC; ``digitalId`` is unsigned here."""

    deviceId: str | int | None = ""
    deviceStatus: str | None = ""
    serviceVersion: str | None = ""
    digitalId: str | None = ""
    deviceSubId: list[str | int] | str | int | None = ""
    purpose: str | None = ""
    error: Fault | None = None

    @property
    def sub_ids(self) -> tuple[str, ...]:
        """The parts of the device that can be asked by themselves: 1 left slap, 2 right slap, 3 thumbs."""
        ids = self.deviceSubId if isinstance(self.deviceSubId, list) else [self.deviceSubId]
        return tuple(str(one) for one in ids if one not in ("", None))


class DeviceInfo(msgspec.Struct, frozen=True):
    """The signed payload of MOSIPDINFO."""

    deviceId: str | int
    deviceStatus: str
    digitalId: str
    env: str | None = ""
    purpose: str | None = ""
    specVersion: list[str] | str | None = ""

    @property
    def spec(self) -> str:
        """The newest version of the interface that it speaks."""
        versions = [self.specVersion] if isinstance(self.specVersion, str) else self.specVersion or []
        return max(versions, default="") or "0.9.5"


_MOST_OBJECTS: Final = 200  # ten fingers, each with an error, and what a maker adds of its own


class InfoEntry(msgspec.Struct, frozen=True):
    """One device of the answer to MOSIPDINFO, before its signature is checked."""

    deviceInfo: str | None = ""
    error: Fault | None = None


class BiometricEntry(msgspec.Struct, frozen=True):
    """One finger of the answer to RCAPTURE, before its signature is checked."""

    data: str | None = ""
    hash: str | None = ""
    specVersion: str | None = ""
    error: Fault | None = None

    def __repr__(self) -> str:
        """A finger is never shown."""
        return f"{type(self).__name__}(…)"


class CaptureBody(msgspec.Struct, frozen=True):
    """The answer to RCAPTURE."""

    biometrics: list[BiometricEntry]


class BiometricData(msgspec.Struct, frozen=True):
    """The signed payload of one finger."""

    digitalId: str
    bioType: str
    bioSubType: str
    bioValue: str
    transactionId: str
    timestamp: str
    env: str | None = ""
    purpose: str | None = ""
    qualityScore: str | int | float | None = ""

    def __repr__(self) -> str:
        """A finger is never shown."""
        return f"{type(self).__name__}(…)"


class StreamError(msgspec.Struct, frozen=True):
    """What STREAM answers instead of pictures."""

    error: Fault


def parse(kind: type[T], data: bytes) -> T:
    """The body as ``kind``. Raises DeviceFault; never shows content."""
    if data.count(b"{") > _MOST_OBJECTS:
        raise garbage()  # each would be held in memory before anybody counts them
    try:
        return msgspec.json.decode(data, type=kind)
    except (msgspec.DecodeError, msgspec.ValidationError, UnicodeDecodeError, RecursionError) as error:
        raise garbage() from error


def from_base64url(text: str) -> bytes:
    """Bytes of base64url with or without padding. Strict: another letter is refused. Raises DeviceFault."""
    bare = text.rstrip("=")
    if "+" in bare or "/" in bare:
        raise garbage()
    try:
        return base64.b64decode(bare.replace("-", "+").replace("_", "/") + "=" * (-len(bare) % 4), validate=True)
    except (binascii.Error, ValueError) as error:
        raise garbage() from error


def score(value: str | float | None) -> int | None:
    """A quality of 0..100 as a whole number; None when it is not one."""
    try:
        number = float("" if value is None else value)
    except (ValueError, OverflowError):
        return None
    return round(number) if 0.0 <= number <= 100.0 else None


def moment(text: str) -> datetime:
    """A time of ISO 8601, in UTC where it names no zone. Raises DeviceFault."""
    try:
        found = datetime.fromisoformat(text)
        return found.replace(tzinfo=UTC) if found.tzinfo is None else found.astimezone(UTC)
    except (ValueError, OverflowError) as error:  # the edge of the calendar has no neighbour in another zone
        raise garbage() from error
