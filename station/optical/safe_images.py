# SPDX-License-Identifier: Apache-2.0
"""What may go to a decoder at all: kind by its first bytes, size in bytes, size in pixels, before anything is decoded.

Only a few bytes of the header are looked at here; decoding itself happens in a helper process.
"""

from __future__ import annotations

import enum
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from station.domain.errors import ImageRefused
from station.domain.words import Text, say
from station.isolation.child import DeathReason
from station.ports.images import MOST_IMAGE_BYTES, EncodedImage

MOST_PIXELS: Final = 40_000_000  # a 600 dpi scan of an A4 page has 35 million
LONGEST_SIDE: Final = 20_000
_MOST_CHUNKS: Final = 65_536  # of a PNG; scanners write one for each 8 kB or more

AGAIN: Final = say("Scan or photograph the document again.")
_SMALLER: Final = say("Scan at 300 dpi, or crop the picture to the document.")


class PictureKind(enum.Enum):
    """Encodings that are told apart by their first bytes."""

    JPEG = "image/jpeg"  # photographs and scans
    PNG = "image/png"  # scans without loss
    TIFF = "image/tiff"  # older scanners
    JPEG_2000 = "image/jp2"  # portraits on chips; refused from any other source


@dataclass(frozen=True, slots=True)
class PictureHeader:
    """What a picture says of itself: ``width`` and ``height`` in pixels as stored, before any rotation."""

    kind: PictureKind
    width: int
    height: int


def check(image: EncodedImage, *, from_chip: PictureKind | None = None) -> PictureHeader:
    """Look at the first bytes and refuse what must not be decoded. Raises ImageRefused.

    ``from_chip=PictureKind.JPEG_2000`` admits that kind, for portraits read from a chip.
    """
    data = image.data
    if not data:
        raise ImageRefused(say("The picture file is empty."), AGAIN)
    if len(data) > MOST_IMAGE_BYTES:
        raise ImageRefused(
            say(
                "The picture file is too large: {size} MB. The limit is {limit} MB.",
                size=-(-len(data) // 1024**2),
                limit=MOST_IMAGE_BYTES // 1024**2,
            ),
            _SMALLER,
        )
    kind = _kind(data)
    if kind is None:
        raise ImageRefused(say("This file is not a picture that the station can open."), say("Use JPEG, PNG or TIFF."))
    if kind is PictureKind.JPEG_2000 and from_chip is not kind:
        raise ImageRefused(
            say("JPEG 2000 pictures are opened only when they come from a chip."), say("Use JPEG, PNG or TIFF.")
        )
    try:
        width, height = _SIZES[kind](data)
    except (struct.error, IndexError):
        raise damaged() from None
    if width < 1 or height < 1:
        raise damaged()
    if width * height > MOST_PIXELS or max(width, height) > LONGEST_SIDE:
        raise ImageRefused(
            say(
                "The picture is too large: {width} x {height} pixels. The limit is {limit} million pixels.",
                width=width,
                height=height,
                limit=MOST_PIXELS // 1_000_000,
            ),
            _SMALLER,
        )
    if _cut_short(kind, data):
        raise ImageRefused(say("The picture file is not complete: its end is missing."), AGAIN)
    return PictureHeader(kind, width, height)


def damaged() -> ImageRefused:
    """The refusal of bytes that begin like a picture and are none."""
    return ImageRefused(say("The picture file is damaged and cannot be opened."), AGAIN)


def refused_by_helper(reason: DeathReason) -> ImageRefused:
    """The refusal of a picture whose helper process gave no answer."""
    causes: dict[DeathReason, Text] = {
        DeathReason.OUT_OF_MEMORY: say("The picture needs more memory than a picture may use. It was not opened."),
        DeathReason.OUT_OF_TIME: say("The picture took too long to open. It was put aside."),
        DeathReason.OUT_OF_PROCESSOR_TIME: say("The picture took too long to open. It was put aside."),
        DeathReason.NOT_STARTED: say("The program part that opens pictures could not be started."),
    }
    if reason is DeathReason.NOT_STARTED:
        return ImageRefused(causes[reason], say("Start the station again. If it happens again, call a technician."))
    cause = causes.get(reason, say("The picture could not be processed safely. It was put aside."))
    return ImageRefused(cause, say("Scan the document again. Do not open this file with another program."))


def _kind(data: bytes) -> PictureKind | None:
    starts = (
        (b"\xff\xd8\xff", PictureKind.JPEG),
        (b"\x89PNG\r\n\x1a\n", PictureKind.PNG),
        (b"II*\x00", PictureKind.TIFF),
        (b"MM\x00*", PictureKind.TIFF),
        (b"\x00\x00\x00\x0cjP  \r\n\x87\n", PictureKind.JPEG_2000),
        (b"\xff\x4f\xff\x51", PictureKind.JPEG_2000),
    )
    return next((kind for start, kind in starts if data.startswith(start)), None)


def _png_size(data: bytes) -> tuple[int, int]:
    length, name, width, height = struct.unpack_from(">I4sII", data, 8)
    return (width, height) if (length, name) == (13, b"IHDR") else (0, 0)


def _jpeg_segments(data: bytes) -> Iterator[tuple[int, int, int]]:
    """Marker, start and length of each segment before the picture data. Raises struct.error, IndexError."""
    place = 2
    while True:
        if data[place] != 0xFF:
            return
        while data[place] == 0xFF:
            place += 1
        marker = data[place]
        (length,) = struct.unpack_from(">H", data, place + 1)
        yield marker, place + 3, length - 2
        if marker == 0xDA or length < 2:
            return
        place += 1 + length


def _jpeg_size(data: bytes) -> tuple[int, int]:
    for marker, start, _ in _jpeg_segments(data):
        # Start of frame, all kinds; C4, C8 and CC are tables.
        if 0xC0 <= marker <= 0xCF and marker not in (0xC4, 0xC8, 0xCC):
            height, width = struct.unpack_from(">HH", data, start + 1)
            return width, height
    return 0, 0


def _tiff_size(data: bytes) -> tuple[int, int]:
    order = "<" if data[:1] == b"I" else ">"
    (directory,) = struct.unpack_from(order + "I", data, 4)
    (count,) = struct.unpack_from(order + "H", data, directory)
    sizes = {256: 0, 257: 0}  # ImageWidth, ImageLength
    for entry in range(min(count, 200)):
        tag, kind = struct.unpack_from(order + "HH", data, directory + 2 + 12 * entry)
        if tag in sizes:
            (sizes[tag],) = struct.unpack_from(order + ("H" if kind == 3 else "I"), data, directory + 10 + 12 * entry)
    return sizes[256], sizes[257]


def _jp2_size(data: bytes) -> tuple[int, int]:
    place = data.find(b"\xff\x4f\xff\x51", 0, 4096)  # start of codestream, then its size marker
    if place < 0:
        return 0, 0
    width, height, left, top = struct.unpack_from(">IIII", data, place + 8)
    return width - left, height - top


_SIZES: Final = {
    PictureKind.JPEG: _jpeg_size,
    PictureKind.PNG: _png_size,
    PictureKind.TIFF: _tiff_size,
    PictureKind.JPEG_2000: _jp2_size,
}


def _cut_short(kind: PictureKind, data: bytes) -> bool:
    """Whether the end is missing. Decoders fill a cut picture with grey, and grey is not what was scanned."""
    if kind is PictureKind.PNG:
        return not _png_is_whole(data)
    if kind is PictureKind.JPEG:
        return data.rfind(b"\xff\xd9") < len(data) // 2
    return False


def _png_is_whole(data: bytes) -> bool:
    """Whether every chunk up to the last one lies within the file, and there is picture data among them.

    The decoder takes memory for the length that a chunk claims: 118 bytes of a picture of 40 x 30 took 4 GB. Without
    picture data it reads on behind the end.
    """
    place, has_data = len(b"\x89PNG\r\n\x1a\n"), False
    for _ in range(_MOST_CHUNKS):
        if place + 12 > len(data):
            return False
        length, name = struct.unpack_from(">I4s", data, place)
        place += 12 + length
        if name == b"IEND":
            return has_data and place <= len(data)
        has_data = has_data or name == b"IDAT"
    return False
