# SPDX-License-Identifier: Apache-2.0
"""What the bench saw of a device, in memory only: it goes away with the page, and nothing of it is ever stored."""

from __future__ import annotations

import enum
from dataclasses import dataclass, field

from station.domain.provenance import Provenance
from station.domain.words import Text, say
from station.ports.barcodes import Barcode
from station.ports.chip import ChipPresence
from station.ports.devices import FaceCapture, PageCapture, PrinterFinding, PrintReceipt
from station.ports.fingers import FingersCapture
from station.ports.images import EncodedImage, PreviewFrame


@dataclass(frozen=True, slots=True, kw_only=True)
class LitPicture:
    """One picture, decoded by the helper process; ``light`` is the word for its illumination.

    ``frame`` is None for a picture that is measured and not shown.
    """

    light: Text | None
    frame: PreviewFrame | None
    width: int
    height: int


@dataclass(frozen=True, slots=True, kw_only=True)
class PageSeen:
    """A page of a document scanner under all its lights, the white one first.

    ``withheld``: it came out of a folder where it may have waited for the work, so that it is measured, never shown.
    """

    page: PageCapture = field(repr=False)
    pictures: tuple[LitPicture, ...]
    withheld: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class FaceSeen:
    """One picture of a camera in full resolution."""

    capture: FaceCapture = field(repr=False)
    picture: LitPicture


@dataclass(frozen=True, slots=True, kw_only=True)
class SwipeSeen:
    """What came over the wire of an MRZ reader, and whether its lines are an MRZ whose check digits hold.

    ``refused``: the driver made no lines of it, and why; ``raw`` is all that came.
    """

    lines: tuple[str, ...] = field(repr=False)
    holds: bool
    raw: bytes = field(default=b"", repr=False)
    refused: Text | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CodesSeen:
    """The codes of one look. ``refused``: what came is no code, and why; ``raw`` is all that came."""

    codes: tuple[Barcode, ...]
    raw: bytes = field(default=b"", repr=False)
    refused: Text | None = None


class ExchangeKind(enum.Enum):
    """The two commands the bench sends to a chip: both are answered before any secret is known."""

    SELECT = "SELECT eMRTD"  # Doc 9303-10, 3.6.1: the eMRTD application by its identifier
    CHALLENGE = "GET CHALLENGE"  # Doc 9303-11, 4.3.4.1: 8 random bytes of the chip


@dataclass(frozen=True, slots=True, kw_only=True)
class ChipExchange:
    """One command and its response as it may be shown: of a challenge the length, never the bytes."""

    kind: ExchangeKind
    command: str
    response: str
    status: int  # the status word; 0 when the response was too short to hold one
    milliseconds: float

    @property
    def good(self) -> bool:
        """Whether the chip did it (status 9000)."""
        return self.status == 0x9000


@dataclass(frozen=True, slots=True, kw_only=True)
class ChipSeen:
    """A chip that answered, and the bench's two exchanges with it."""

    presence: ChipPresence
    exchanges: tuple[ChipExchange, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class FingersSeen:
    """The fingers of one capture. ``frame`` is the first sample as a picture; None for what is not one."""

    capture: FingersCapture
    frame: PreviewFrame | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PrinterSeen:
    """What a printer said before and after; ``receipt`` is None where nothing was printed."""

    findings: tuple[PrinterFinding, ...]
    provenance: Provenance | None = None
    receipt: PrintReceipt | None = None
    pdf: bytes = field(default=b"", repr=False)
    seconds: float = 0.0

    @property
    def out(self) -> Text:
        """How long the sheet took, and by whose word it is out."""
        seconds = round(self.seconds, 1)
        if self.receipt is not None and not self.receipt.confirmed:
            return say("The printer had the sheet after {seconds} s. Look whether it came out.", seconds=seconds)
        return say("The sheet was out after {seconds} s.", seconds=seconds)


Seen = PageSeen | FaceSeen | SwipeSeen | CodesSeen | ChipSeen | FingersSeen | PrinterSeen


@dataclass(frozen=True, slots=True, kw_only=True)
class LiveFrame:
    """One live picture of a camera or a fingerprint scanner."""

    frame: PreviewFrame
    number: int  # 1, 2, … of this look
    per_second: float


def encoded_of(seen: Seen) -> EncodedImage | None:
    """The picture to measure a calibration target on; None where there is none."""
    match seen:
        case PageSeen():
            return seen.page.image
        case FaceSeen():
            return seen.capture.image
        case _:
            return None
