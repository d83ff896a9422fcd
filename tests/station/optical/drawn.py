# SPDX-License-Identifier: Apache-2.0
"""Pages drawn for the tests beside it: an MRZ of Utopia on paper, at any angle, and pictures that are hostile."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Sequence

import cv2
import numpy as np
import numpy.typing as npt
import pytest
from PIL import Image, ImageDraw

from devices.simulators.specimens.fonts import Typeface, font
from station.domain.errors import DeviceFault
from station.ports.images import EncodedImage

Picture = npt.NDArray[np.uint8]

TD3 = ("P<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<<<<<<<<<", "L898902C36UTO7408122F1204159ZE184226B<<<<<10")
TD2 = ("I<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<", "D231458907UTO7408122F1204159<<<<<<<6")
TD1 = ("I<UTOD231458907<<<<<<<<<<<<<<<", "7408122F1204159UTO<<<<<<<<<<<6", "ERIKSSON<<ANNA<MARIA<<<<<<<<<<")
MRV_A = ("V<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<<<<<<<<<", "L8988901C4XXX4009078F96121096ZE184226B<<<<<<")
MRV_B = ("V<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<", "L8988901C4XXX4009078F9612109<<<<<<<<")


def page(lines: Sequence[str], *, pitch: int = 20, size: tuple[int, int] = (1100, 760)) -> Picture:
    """A grey page with lines of OCR-B at its foot. Skips the test where the typeface is not installed."""
    try:
        typeface = font(Typeface.OCR_B, pitch / 0.723)  # its advance is 0.723 em
    except DeviceFault:
        pytest.skip("the typeface OCR-B (package fonts-ocr-b) is not on this machine")
    sheet = Image.new("L", size, 228)
    pen = ImageDraw.Draw(sheet)
    top = size[1] - 70 - round(len(lines) * 2.5 * pitch)
    for row, line in enumerate(lines):
        for column, character in enumerate(line):
            pen.text((70 + column * pitch, top + row * 2.5 * pitch), character, font=typeface, fill=30)
    return np.asarray(sheet, np.uint8)


def turned(picture: Picture, degrees: float) -> Picture:
    """The page turned clockwise on a larger grey table."""
    height, width = picture.shape
    side = int(np.hypot(height, width)) + 20
    matrix = cv2.getRotationMatrix2D((width / 2, height / 2), -degrees, 1)
    matrix[:, 2] += (side - width) / 2, (side - height) / 2
    table = cv2.warpAffine(picture, matrix, (side, side), flags=cv2.INTER_CUBIC, borderValue=(120.0,))
    return np.asarray(table, np.uint8)


def encoded(picture: Picture, kind: str = ".png") -> EncodedImage:
    """A picture as a file."""
    good, data = cv2.imencode(kind, picture)
    assert good
    return EncodedImage(data.tobytes())


def png_header(width: int, height: int, rows: bytes = b"") -> bytes:
    """A PNG that claims a size; its pixel data are ``rows``, compressed."""

    def chunk(name: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))

    head = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    body = zlib.compress(rows, 9)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", body) + chunk(b"IEND", b"")


def tiff_header(width: int, height: int) -> bytes:
    """A little-endian TIFF with a directory of two entries and no pixels."""
    entries = struct.pack("<HHII", 256, 4, 1, width) + struct.pack("<HHII", 257, 4, 1, height)
    return b"II*\x00" + struct.pack("<I", 8) + struct.pack("<H", 2) + entries + struct.pack("<I", 0)
