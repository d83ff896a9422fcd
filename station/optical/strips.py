# SPDX-License-Identifier: Apache-2.0
"""A located line as a straight strip of fixed pitch, and which way up it is."""

from __future__ import annotations

import cv2
import numpy as np
import numpy.typing as npt

from station.optical.components import Floats, Grey
from station.optical.mrz_location import LocatedLine, LocatedZone

STRIP_PITCH = 24  # pixels from character to character
STRIP_HEIGHT = 48  # two pitches: one line and the space around it
STRIP_MARGIN = 1.5  # pitches before the first and after the last character's middle


def column_middle(column: float) -> float:
    """Where the middle of a column stands in a strip, pixels from its left edge."""
    return (STRIP_MARGIN + column) * STRIP_PITCH


def rectify(grey: Grey, line: LocatedLine) -> Grey:
    """The strip of one line, STRIP_HEIGHT high: every character upright, at STRIP_PITCH from the next."""
    count = len(line.middles)
    width = round((count - 1 + 2 * STRIP_MARGIN) * STRIP_PITCH)
    columns = (np.arange(width) + 0.5) / STRIP_PITCH - STRIP_MARGIN
    middles = places_along(line.middles, columns)
    forward = places_along(line.middles, columns + 0.5) - places_along(line.middles, columns - 0.5)
    pitch = np.hypot(*forward.T)
    down = np.stack([-forward[:, 1], forward[:, 0]], axis=1)
    heights = (np.arange(STRIP_HEIGHT) + 0.5 - STRIP_HEIGHT / 2) / STRIP_PITCH
    grid = middles[None, :, :] + heights[:, None, None] * down[None, :, :]
    corner = np.floor(grid.min(axis=(0, 1)) - 4).astype(int).clip(0)
    far = np.ceil(grid.max(axis=(0, 1)) + 5).astype(int).clip(1)
    part = grey[corner[1] : far[1], corner[0] : far[0]]
    if part.size == 0:
        return np.full((STRIP_HEIGHT, width), 255, np.uint8)
    grid = grid - corner
    shrink = STRIP_PITCH / float(np.median(pitch))
    if shrink < 0.7:  # sampling a larger picture needs its details averaged first
        part = np.asarray(cv2.resize(part, None, fx=shrink, fy=shrink, interpolation=cv2.INTER_AREA), np.uint8)
        grid = (grid + 0.5) * shrink - 0.5
    grid = grid.astype(np.float32)
    strip = cv2.remap(part, grid[..., 0], grid[..., 1], interpolation=cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE)
    return np.asarray(strip, np.uint8)


def levelled(strip: Grey) -> Grey:
    """The strip with its uneven light taken out: paper white, ink dark."""
    paper = cv2.morphologyEx(strip, cv2.MORPH_CLOSE, np.ones((15, 15), np.uint8))
    paper = cv2.GaussianBlur(paper, (31, 31), 0)
    ink = cv2.subtract(paper, strip)
    strong = float(np.percentile(ink, 93))
    if strong < 1:
        return np.full_like(strip, 255)
    return np.asarray(255 - cv2.convertScaleAbs(ink, alpha=235.0 / strong), np.uint8)


def upright(grey: Grey, zone: LocatedZone) -> tuple[LocatedZone, float]:
    """The zone in its reading direction, judged by which way its fillers point, and how clear that is, 0 to 1.

    Near 0 means that both directions need trying.
    """
    forward = sum(_pointing(levelled(rectify(grey, line))) for line in zone.lines)
    clear = float(np.tanh(abs(forward) / 3))
    return (zone if forward >= 0 else zone.turned()), clear


def _pointing(strip: Grey) -> float:
    """How many characters look like '<' rather than like '>'."""
    ink = cv2.GaussianBlur(255 - strip, (0, 0), 1.2)
    left = cv2.matchTemplate(ink, _filler(1), cv2.TM_CCOEFF_NORMED)
    right = cv2.matchTemplate(ink, _filler(-1), cv2.TM_CCOEFF_NORMED)
    first = round(column_middle(0) - STRIP_PITCH / 2)
    total = 0.0
    for column in range((strip.shape[1] - 2 * first) // STRIP_PITCH):
        window = slice(max(0, first + column * STRIP_PITCH - 4), first + column * STRIP_PITCH + 5)
        one, other = float(left[:, window].max(initial=0)), float(right[:, window].max(initial=0))
        if max(one, other) > 0.6:
            total += one - other
    return total


def _filler(direction: int) -> Grey:
    cell = np.zeros((26, STRIP_PITCH), np.uint8)
    tip, open_end = (5, 18) if direction > 0 else (18, 5)
    points = np.array([[open_end, 6], [tip, 13], [open_end, 20]], np.int32)
    cv2.polylines(cell, [points], isClosed=False, color=255, thickness=3, lineType=cv2.LINE_AA)
    return np.asarray(cv2.GaussianBlur(cell, (0, 0), 1.2), np.uint8)


def places_along(middles: Floats, columns: npt.NDArray[np.floating]) -> npt.NDArray[np.float64]:
    """Places between and beyond the middles of characters, N x 2."""
    count = len(middles)
    degree = 2 if count > 2 else 1
    x = np.arange(count) - (count - 1) / 2
    at = np.asarray(columns) - (count - 1) / 2
    fits = [np.polynomial.polynomial.polyfit(x, middles[:, axis], degree) for axis in (0, 1)]
    values = [np.polynomial.polynomial.polyval(at, fit) for fit in fits]
    return np.stack(values, axis=-1).astype(np.float64)
