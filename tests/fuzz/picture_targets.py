# SPDX-License-Identifier: Apache-2.0
"""Pictures: what their first bytes say, and the safe path through the helper process to pixels."""

from __future__ import annotations

import io
import random
import struct
import time
import zlib

from PIL import Image

from station.domain.errors import ImageRefused
from station.optical.pictures import SafePictures
from station.optical.safe_images import PictureKind, check
from station.ports.images import EncodedImage
from station.ports.tasks import CancelToken
from tests.fuzz.target import Target

_WORDS = [
    *(b"\xff" + bytes([mark]) for mark in (0xC0, 0xC2, 0xC4, 0xD8, 0xD9, 0xDA, 0xDB, 0xE1)),
    *(b"\xff\xd8\xff", b"IHDR", b"IDAT", b"IEND", b"PLTE", b"II*\x00", b"MM\x00*", b"Exif\x00\x00"),
    *(b"\x00\x00\x00\x0cjP  \r\n\x87\n", b"\xff\x4f\xff\x51"),
]


def picture_header() -> Target:
    """What is judged before anything is decoded."""

    def take(data: bytes) -> None:
        check(EncodedImage(data, "image/jpeg"), from_chip=PictureKind.JPEG_2000)

    return Target(
        name="picture-header",
        corpus=_pictures(),
        take=take,
        declared=(ImageRefused,),
        words=_WORDS,
        shapes=[_chunks],
        few=6_000,
    )


def picture() -> Target:
    """Header, decoder, pixels: as a page from a stick reaches the window. The decoder is a process of its own."""
    safe = SafePictures()

    def take(data: bytes) -> None:
        safe.for_display(EncodedImage(data, "image/jpeg"), longest_side=64, cancel=CancelToken())

    return Target(
        name="picture",
        clock=time.monotonic,
        end=safe.close,
        corpus=_pictures(),
        take=take,
        declared=(ImageRefused,),
        words=_WORDS,
        shapes=[_chunks],
        few=150,
    )


def _pictures() -> list[bytes]:
    drawn = Image.linear_gradient("L").resize((40, 30)).convert("RGB")
    made = []
    for kind, options in (
        ("JPEG", {}),
        ("JPEG", {"progressive": True, "quality": 40}),
        ("PNG", {}),
        ("TIFF", {}),
        ("TIFF", {"compression": "tiff_lzw"}),
        ("TIFF", {"compression": "tiff_adobe_deflate"}),
        ("JPEG2000", {}),
    ):
        out = io.BytesIO()
        drawn.save(out, kind, **options)
        made.append(out.getvalue())
    for mode in ("L", "1", "P", "RGBA", "I;16"):
        out = io.BytesIO()
        (drawn.convert("L").convert("I;16") if mode == "I;16" else drawn.convert(mode)).save(out, "PNG")
        made.append(out.getvalue())
    return made


def _chunks(dice: random.Random, data: bytes) -> bytes:
    """One field of one part of a PNG, JPEG or TIFF changed, with its check sum made right."""
    if data.startswith(b"\x89PNG"):
        return _png(dice, data)
    changed = bytearray(data)
    if data.startswith(b"\xff\xd8"):
        marks = [
            place for place in range(2, len(data) - 12) if data[place] == 0xFF and data[place + 1] not in (0, 0xFF)
        ]
    else:
        marks = list(range(4, min(len(data) - 12, 4_000), 2))
    if marks:
        place = dice.choice(marks) + dice.randrange(2, 12)
        changed[place : place + 2] = struct.pack(">H", dice.choice((0, 1, 2, 3, 8, 255, 4_000, 19_999, 65_535)))
    return bytes(changed)


def _png(dice: random.Random, data: bytes) -> bytes:
    chunks, place = [], 8
    while place + 12 <= len(data):
        (length,) = struct.unpack_from(">I", data, place)
        chunks.append((data[place + 4 : place + 8], bytearray(data[place + 8 : place + 8 + length])))
        place += 12 + length
    if not chunks:
        return data
    name, body = dice.choice(chunks)
    match dice.randrange(3):
        case 0 if body:
            body[dice.randrange(len(body))] = dice.choice((0, 1, 2, 3, 4, 6, 8, 16, 255))
        case 1 if name == b"IHDR" and len(body) >= 8:
            struct.pack_into(
                ">II", body, 0, dice.choice((0, 1, 40, 4_000, 19_999)), dice.choice((0, 1, 30, 2_000, 19_999))
            )
        case _:
            chunks.insert(dice.randrange(len(chunks)), (dice.choice((name, b"tEXt", b"iCCP", b"eXIf", b"acTL")), body))
    whole = b"".join(
        struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body)) for name, body in chunks
    )
    return data[:8] + whole
