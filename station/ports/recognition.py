# SPDX-License-Identifier: Apache-2.0
"""Picture in, MRZ out: one port for every recognition engine, with doubt in the open."""

from __future__ import annotations

import enum
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol

from station.domain.words import Text
from station.mrtd.mrz import MrzFormat
from station.ports.images import EncodedImage
from station.ports.tasks import CancelToken


class ReadStatus(enum.Enum):
    """How far a reading can be relied on."""

    READ = "read"  # every check digit holds and no character is in doubt
    DOUBT = "doubt"  # an MRZ was found; some characters need the officer's eye
    NOT_READ = "not_read"  # no MRZ here, or none that can be read


@dataclass(frozen=True, slots=True, kw_only=True)
class DoubtfulCharacter:
    """A character that needs an eye; ``line`` and ``column`` count from 0; alternatives most likely first."""

    line: int
    column: int
    read: str
    alternatives: tuple[str, ...]
    reason: Text


@dataclass(frozen=True, slots=True, kw_only=True)
class CorrectedCharacter:
    """A character changed from what was seen, by grammar or suggested by check digits; never silent."""

    line: int
    column: int
    seen: str
    suggested: str
    reason: Text


@dataclass(frozen=True, slots=True, kw_only=True)
class RecognisedZone:
    """One MRZ of the picture.

    ``lines`` is the best reading, ``raw_lines`` what the engine saw before any rule touched it.
    ``outline`` has the zone's corners in pixels of the upright-as-scanned picture: (x, y) x 4, clockwise from the
    start of line 1 as printed.
    """

    format: MrzFormat
    lines: tuple[str, ...] = field(repr=False)
    raw_lines: tuple[str, ...] = field(repr=False)
    doubts: tuple[DoubtfulCharacter, ...] = field(default=(), repr=False)
    corrected: tuple[CorrectedCharacter, ...] = field(default=(), repr=False)
    outline: tuple[tuple[float, float], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Recognition:
    """The answer of an engine. ``milliseconds`` has the keys decode, locate, recognise."""

    status: ReadStatus
    reason: Text
    zones: tuple[RecognisedZone, ...]
    engine: str
    milliseconds: Mapping[str, float]


class MrzEngine(Protocol):
    """A recognition engine. Decoding and recognition run in a helper process under limits."""

    @property
    def name(self) -> str: ...

    def prepare(self, *, cancel: CancelToken) -> None:
        """Start the helper process before the first document. Raises EngineUnavailable, Cancelled."""
        ...

    def recognise(self, image: EncodedImage, *, cancel: CancelToken) -> Recognition:
        """Find and read the MRZ in any of four orientations.

        Raises ImageRefused (not a picture we accept), EngineUnavailable, Cancelled.
        """
        ...

    def close(self) -> None:
        """End the helper process, if one runs."""
        ...
