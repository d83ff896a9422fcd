# SPDX-License-Identifier: Apache-2.0
"""What the station asks of a barcode reader: the content of codes, as bytes, unjudged."""

from __future__ import annotations

import enum
from dataclasses import dataclass, field
from typing import Protocol

from station.domain.provenance import Provenance
from station.ports.tasks import CancelToken


class Symbology(enum.Enum):
    """The kinds of code that travel documents, tickets and this station's own papers use."""

    QR = "qr"  # QR Code, ISO/IEC 18004
    DATA_MATRIX = "data_matrix"  # Data Matrix, ISO/IEC 16022: visible digital seals
    PDF417 = "pdf417"  # PDF417, ISO/IEC 15438: identity cards, boarding passes
    AZTEC = "aztec"  # Aztec Code, ISO/IEC 24778: boarding passes, rail tickets
    CODE_128 = "code_128"  # Code 128, ISO/IEC 15417: numbers of blanks and bands
    CODE_39 = "code_39"  # Code 39, ISO/IEC 16388
    OTHER = "other"  # some other kind, or a reader that does not say


@dataclass(frozen=True, slots=True)
class Barcode:
    """One code. ``corners``: four (x, y) in pixels of the picture, clockwise from top left; empty without one."""

    symbology: Symbology
    content: bytes = field(repr=False)
    corners: tuple[tuple[int, int], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class BarcodeCapture:
    """The codes of one look, at least one."""

    codes: tuple[Barcode, ...]
    provenance: Provenance


class BarcodeReader(Protocol):
    """Exclusive use of one reader."""

    def read(self, *, cancel: CancelToken) -> BarcodeCapture:
        """Wait for the next code or codes."""
        ...
