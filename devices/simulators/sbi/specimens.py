# SPDX-License-Identifier: Apache-2.0
"""The fingers on the simulated glass: pictures, their records of ISO/IEC 19794-4, and the live picture of the slap."""

from __future__ import annotations

import functools
import struct
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Final

import cv2
import numpy as np

from devices.simulators.sbi.ridges import HEIGHT, WIDTH, FingerShape, Grey, drawn
from station.ports.fingers import FingerPosition

NAMES: Final[Mapping[str, FingerPosition]] = {
    f"{hand} {finger}": FingerPosition[f"{hand.upper()}_{part}"]
    for hand in ("Right", "Left")
    for finger, part in (
        ("Thumb", "THUMB"),
        ("IndexFinger", "INDEX"),
        ("MiddleFinger", "MIDDLE"),
        ("RingFinger", "RING"),
        ("LittleFinger", "LITTLE"),
    )
}
#: Which fingers lie on which part of the glass, from left to right.
GLASS: Final[Mapping[str, tuple[FingerPosition, ...]]] = {
    "1": tuple(FingerPosition(code) for code in (10, 9, 8, 7)),
    "2": tuple(FingerPosition(code) for code in (2, 3, 4, 5)),
    "3": (FingerPosition.LEFT_THUMB, FingerPosition.RIGHT_THUMB),
}
WORN: Final = 0.75
_LIVE: Final = (640, 400)  # width and height of the live picture
_DOTS: Final = 500
_JPEG_2000: Final = 5  # lossless, table 9
_LIVE_QUALITY: Final = 70


@functools.lru_cache(maxsize=40)
def finger(seed: int, traveller: int, position: FingerPosition, wear: float) -> Grey:
    """One finger of one specimen traveller; drawn once."""
    return drawn(FingerShape.of(traveller, position, seed=seed), wear=wear)


def record(picture: Grey, position: FingerPosition, *, quality: int, now: datetime) -> bytes:
    """The picture as a record of ISO/IEC 19794-4:2011 with one view, JPEG 2000 without loss."""
    _, encoded = cv2.imencode(".jp2", picture, [cv2.IMWRITE_JPEG2000_COMPRESSION_X1000, 1000])
    data = encoded.tobytes()
    time = struct.pack(">HBBBBBH", now.year, now.month, now.day, now.hour, now.minute, now.second, 0)
    view = (
        time
        + struct.pack(">BHH", 0, 0, 0)
        + struct.pack(">BBHH", 1, quality, 0, 0)
        + struct.pack(
            ">BBBHHHHBBBHH", position.value, 0, 1, _DOTS, _DOTS, _DOTS, _DOTS, 8, _JPEG_2000, 0, WIDTH, HEIGHT
        )
        + struct.pack(">I", len(data))
        + data
    )
    body = struct.pack(">I", len(view) + 4) + view
    return struct.pack(">4s4sIHBB", b"FIR\0", b"020\0", 16 + len(body), 1, 0, 1) + body


def live_picture(fingers: Sequence[Grey], frame: int) -> bytes:
    """One frame of the live picture as JPEG: the fingers on the glass, never quite still."""
    width, height = _LIVE
    scene = np.full((height, width), 250, np.uint8)
    for number, picture in enumerate(fingers):
        each = width // max(4, len(fingers))
        small = cv2.resize(picture, (each - 20, (each - 20) * HEIGHT // WIDTH), interpolation=cv2.INTER_AREA)
        top = 60 + (frame * 5 + number * 7) % 31
        left = number * each + 10
        scene[top : top + small.shape[0], left : left + small.shape[1]] = small
    _, data = cv2.imencode(".jpg", scene, [cv2.IMWRITE_JPEG_QUALITY, _LIVE_QUALITY])
    return data.tobytes()
