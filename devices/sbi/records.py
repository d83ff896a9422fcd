# SPDX-License-Identifier: Apache-2.0
"""Finger image records (ISO/IEC 19794-4:2011, version 020): the frame is checked, the picture inside is passed on.

The picture is neither decoded nor trusted here; only pixels that need no decoder are put into a PNG.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np

from devices.sbi.words import garbage
from station.ports.images import EncodedImage

#: General header: "FIR", version, length of all, representations, certification flag, fingers present.
_GENERAL: Final = struct.Struct(">4s4sIHBB")
#: Start of a representation: its length, time, technology, vendor, device type; then quality blocks.
_START: Final = struct.Struct(">I9sBHH")
#: What follows the blocks: position, number, scale, four sampling rates, depth, compression, impression, two sides.
_REST: Final = struct.Struct(">BBBHHHHBBBHH")
_LENGTH: Final = struct.Struct(">I")
_QUALITY_BYTES: Final = 5
_CERTIFICATION_BYTES: Final = 3
_MOST_SIDE: Final = 8192  # pixels
_RAW: Final = 0
_GREY_BITS: Final = 8

#: Compression codes (table 9) and the start every picture of the kind has.
_KINDS: Final = {
    2: ("image/x-wsq", b"\xff\xa0"),
    3: ("image/jpeg", b"\xff\xd8\xff"),
    4: ("image/jp2", b"\x00\x00\x00\x0cjP  "),
    5: ("image/jp2", b"\x00\x00\x00\x0cjP  "),
    6: ("image/png", b"\x89PNG\r\n\x1a\n"),
}
_CODESTREAM: Final = b"\xff\x4f\xff\x51"  # JPEG 2000 without its box: some scanners send it so


@dataclass(frozen=True, slots=True)
class FingerRecord:
    """One view of one finger. ``position`` as in table 5, 0 for unknown; sides in pixels, ``dots`` per inch."""

    position: int
    width: int
    height: int
    dots: int
    image: EncodedImage


def read_record(data: bytes) -> FingerRecord:
    """The one view in this record. Raises DeviceFault when a length, a count or the kind does not fit."""
    try:
        return _read(data)
    except (struct.error, IndexError) as error:
        raise garbage() from error


def _read(data: bytes) -> FingerRecord:
    name, version, length, views, certified, _ = _GENERAL.unpack_from(data)
    if (name, version, length, views) != (b"FIR\0", b"020\0", len(data), 1):
        raise garbage()
    here = _GENERAL.size
    inner, *_ = _START.unpack_from(data, here)
    if inner != len(data) - _GENERAL.size:
        raise garbage()
    here += _START.size
    here += 1 + data[here] * _QUALITY_BYTES
    if certified:
        here += 1 + data[here] * _CERTIFICATION_BYTES
    position, _, scale, _, _, across, _, depth, compression, _, width, height = _REST.unpack_from(data, here)
    here += _REST.size
    (size,) = _LENGTH.unpack_from(data, here)
    here += _LENGTH.size
    picture = data[here : here + size]
    if not picture or len(picture) != size or not 0 < width <= _MOST_SIDE or not 0 < height <= _MOST_SIDE:
        raise garbage()
    dots = across if scale == 1 else round(across * 2.54)  # scale 1: dots per inch, 2: per centimetre
    return FingerRecord(position, width, height, dots, _picture(picture, compression, (width, height), depth))


def _picture(data: bytes, compression: int, size: tuple[int, int], depth: int) -> EncodedImage:
    if compression == _RAW:
        width, height = size
        if depth != _GREY_BITS or len(data) != width * height:
            raise garbage()
        _, png = cv2.imencode(".png", np.frombuffer(data, np.uint8).reshape(height, width))
        return EncodedImage(png.tobytes(), "image/png")
    if compression not in _KINDS:
        raise garbage()
    media_type, start = _KINDS[compression]
    if not data.startswith((start, _CODESTREAM) if media_type == "image/jp2" else start):
        raise garbage()
    return EncodedImage(data, media_type)
