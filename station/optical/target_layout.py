# SPDX-License-Identifier: Apache-2.0
"""What stands where on the calibration target, in millimetres: one drawing for the printer and for the measuring.

An A4 sheet with a part of its own in the middle, as large as a passport's page (ID-3, 125 x 88 mm), to be cut out for
readers on whose glass no sheet fits. Everything has its place on the whole sheet; a picture may show any part of it.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cache
from typing import Final

import cv2
import numpy as np
import numpy.typing as npt

Millimetres = tuple[float, float]

SHEET: Final[Millimetres] = (210.0, 297.0)  # A4
INSET: Final = (42.5, 104.5, 125.0, 88.0)  # left, top, width, height of the part to be cut out
WORDS: Final = (44.0, 50.0, 122.0, 50.0)  # left, top, width, height of the room for instructions
RULER: Final = (55.0, 212.0, 100.0)  # left, height on the sheet, length: to check the print with a ruler
CROSS: Final = 5.0  # width of a cross: two black squares that touch in its middle

_DICTIONARY: Final = cv2.aruco.DICT_4X4_50
_VERTICAL, _HORIZONTAL = math.radians(5), math.radians(7)  # slants of edges: ISO 12233 asks for about 5 degrees


@dataclass(frozen=True, slots=True)
class Marker:
    """A square with a number in it. ``middle`` and ``size`` in mm."""

    number: int
    middle: Millimetres
    size: float


@dataclass(frozen=True, slots=True)
class Edge:
    """One side of a black square, from ``start`` to ``end`` in mm; black is to the right of that way."""

    start: Millimetres
    end: Millimetres


@dataclass(frozen=True, slots=True)
class Square:
    """A black square with four slanted sides, for focus and for the black level."""

    middle: Millimetres
    size: float

    @property
    def corners(self) -> tuple[Millimetres, ...]:
        """Clockwise from the top left."""
        half = self.size / 2
        across = (math.cos(_HORIZONTAL) * half, -math.sin(_HORIZONTAL) * half)
        down = (math.sin(_VERTICAL) * half, math.cos(_VERTICAL) * half)
        x, y = self.middle
        return tuple(
            (x + a * across[0] + d * down[0], y + a * across[1] + d * down[1])
            for a, d in ((-1, -1), (1, -1), (1, 1), (-1, 1))
        )

    @property
    def edges(self) -> tuple[Edge, ...]:
        """The four sides."""
        corners = self.corners
        return tuple(Edge(corners[index], corners[(index + 1) % 4]) for index in range(4))


@dataclass(frozen=True, slots=True)
class Patch:
    """An even area. ``light``: 1 is unprinted paper, 0 is black."""

    middle: Millimetres
    width: float
    height: float
    light: float


def _inset(points: tuple[Millimetres, ...]) -> tuple[Millimetres, ...]:
    return tuple((INSET[0] + x, INSET[1] + y) for x, y in points)


_INSET_MARKERS: Final = _inset(((9, 9), (62.5, 9), (116, 9), (116, 79), (62.5, 79), (9, 79)))
_SHEET_MARKERS: Final = ((20, 20), (105, 20), (190, 20), (190, 148.5), (190, 277), (105, 277), (20, 277), (20, 148.5))

MARKERS: Final = (
    *(Marker(number, middle, 10.0) for number, middle in enumerate(_INSET_MARKERS)),
    *(Marker(number, middle, 14.0) for number, middle in enumerate(_SHEET_MARKERS, start=10)),
)

CROSSES: Final[tuple[Millimetres, ...]] = (
    *_inset(tuple((x, y) for y in (9.0, 27.0, 61.0, 79.0) for x in (27.0, 45.0, 80.0, 98.0))),
    *_inset(((9, 27), (9, 61), (116, 27), (116, 61))),
    *((x, y) for y in (20.0, 277.0) for x in (40.0, 62.0, 84.0, 126.0, 148.0, 170.0)),
    *((x, y) for x in (20.0, 190.0) for y in (45.0, 70.0, 227.0, 252.0)),
)

SQUARES: Final = (
    *(Square(middle, 11.0) for middle in _inset(((14, 44), (62.5, 25.5), (62.5, 44), (62.5, 62.5), (111, 44)))),
    *(
        Square(middle, 14.0)
        for middle in ((22, 100), (188, 100), (22, 197), (188, 197), (60, 38), (150, 38), (60, 259), (150, 259))
    ),
)

_STEPS: Final = (0.92, 0.8, 0.65, 0.5, 0.35, 0.2, 0.1, 0.0)

#: From light to dark. Printed, they are dots: they tell steps apart, not exact light.
STEPS: Final = tuple(
    Patch((INSET[0] + x, INSET[1] + 44), 6.0, 8.0, light)
    for light, x in zip(_STEPS, (27.5, 34.5, 41.5, 48.5, 76.5, 83.5, 90.5, 97.5), strict=True)
)

#: Paper on which nothing stands.
WHITES: Final = (
    *(
        Patch(middle, 5.0, 5.0, 1.0)
        for middle in _inset(
            ((18, 18), (51, 18), (74, 18), (107, 18), (107, 70), (74, 70), (51, 70), (18, 70),
             (36, 35), (36, 53), (89, 35), (89, 53))
        )
    ),
    *(
        Patch(middle, 7.0, 7.0, 1.0)
        for middle in ((37, 37), (173, 37), (37, 260), (173, 260), (105, 38), (105, 259),
                       (22, 122), (188, 122), (22, 173), (188, 173))
    ),
)  # fmt: skip


def dictionary() -> cv2.aruco.Dictionary:
    """The markers' dictionary, as the detector wants it."""
    return cv2.aruco.getPredefinedDictionary(_DICTIONARY)


@cache
def modules(number: int) -> tuple[tuple[bool, ...], ...]:
    """A marker as rows of modules, its black border included; True is black."""
    side = dictionary().markerSize + 2
    picture = np.asarray(cv2.aruco.generateImageMarker(dictionary(), number, side), np.uint8)
    return tuple(tuple(bool(value < 128) for value in row) for row in picture)


def marker_corners(marker: Marker) -> npt.NDArray[np.float64]:
    """4 x 2, mm, clockwise from the top left, as the detector gives them."""
    half = marker.size / 2
    offsets = np.array([(-half, -half), (half, -half), (half, half), (-half, half)])
    return np.asarray(np.asarray(marker.middle) + offsets, np.float64)
