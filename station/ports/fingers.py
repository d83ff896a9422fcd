# SPDX-License-Identifier: Apache-2.0
"""What the station asks of a fingerprint scanner: live pictures, and captures whose poor quality is a value."""

from __future__ import annotations

import enum
from dataclasses import dataclass, field
from typing import Protocol

from station.domain.provenance import Provenance
from station.ports.images import EncodedImage
from station.ports.tasks import CancelToken


class FingerPosition(enum.Enum):
    """Finger positions with their codes of ISO/IEC 19794-4, table 5."""

    RIGHT_THUMB = 1
    RIGHT_INDEX = 2
    RIGHT_MIDDLE = 3
    RIGHT_RING = 4
    RIGHT_LITTLE = 5
    LEFT_THUMB = 6
    LEFT_INDEX = 7
    LEFT_MIDDLE = 8
    LEFT_RING = 9
    LEFT_LITTLE = 10


class MissingReason(enum.Enum):
    """Why a finger cannot be captured."""

    AMPUTATED = "amputated"  # the finger is not there
    BANDAGED = "bandaged"  # injured or covered: may be captured another day
    REFUSED = "refused"  # the traveller does not consent


@dataclass(frozen=True, slots=True, kw_only=True)
class FingerRequest:
    """Which fingers to capture together (one slap: at most four of a hand, or both thumbs).

    ``least_quality`` 0..100 is asked of the scanner; what comes below it is given all the same, with its quality.
    ``seconds``: how long the scanner may take.
    """

    positions: tuple[FingerPosition, ...]
    missing: tuple[tuple[FingerPosition, MissingReason], ...] = ()
    least_quality: int = 60
    seconds: float = 10.0


@dataclass(frozen=True, slots=True, kw_only=True)
class FingerSample:
    """One finger as captured. ``image`` is a picture, or a record of ISO/IEC 19794-4 by its media type.

    ``quality`` 0..100 as the scanner judged it, None when it did not.
    """

    position: FingerPosition
    image: EncodedImage
    quality: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class FingersCapture:
    """What one capture gave. ``certified_by`` names who vouches for the device, empty when nobody does."""

    samples: tuple[FingerSample, ...]
    missing: tuple[tuple[FingerPosition, MissingReason], ...] = ()
    certified_by: str = ""
    provenance: Provenance = field(kw_only=True)


class FingerprintScanner(Protocol):
    """Exclusive use of one scanner."""

    def latest_frame(self, *, cancel: CancelToken) -> EncodedImage:
        """The next live picture, encoded as the scanner sends it and not yet trusted."""
        ...

    def capture(self, request: FingerRequest, *, cancel: CancelToken) -> FingersCapture:
        """Capture the fingers asked for. Raises DeviceFault for a capture whose signature does not hold."""
        ...
