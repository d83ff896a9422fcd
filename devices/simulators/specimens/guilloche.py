# SPDX-License-Identifier: Apache-2.0
"""The security-print ground of specimen documents: fine waves and rosettes in colours that run into each other.

Grounds depend on layout, resolution and palette only, so each is drawn once and kept.
"""

from __future__ import annotations

import enum
import math
from functools import lru_cache

import cv2
import numpy as np
import numpy.typing as npt

Pixels = npt.NDArray[np.uint8]  # height x width x 3, RGB

_SHIFT = 4


class Palette(enum.Enum):
    """Three colours each: line at the left, line at the right, heading ink."""

    ROSE = ((196, 122, 140), (112, 142, 188), (112, 30, 52))  # passports
    BLUE = ((112, 152, 200), (104, 176, 168), (22, 58, 110))  # identity cards and convention travel documents
    GREEN = ((124, 176, 132), (186, 168, 96), (22, 88, 64))  # visas
    AMBER = ((206, 158, 100), (190, 124, 120), (128, 74, 20))  # emergency and travel cards


@lru_cache(maxsize=8)
def ground(width: int, height: int, palette: Palette, mrz_height: int, millimetre: float) -> Pixels:
    """The ground in RGB, read-only. ``mrz_height`` in pixels at the bottom stays pale, as Doc 9303-3, 4.1 wants."""
    lines = np.zeros((height, width), np.uint8)
    thick = max(1, round(0.085 * millimetre))
    _waves(lines, thick, millimetre)
    fine = np.zeros_like(lines)
    viz = height - mrz_height
    _rosette(fine, (0.72 * width, 0.52 * viz), 0.62 * viz, petals=12, rings=16, thick=thick)
    _rosette(fine, (0.30 * width, 0.20 * viz), 0.36 * viz, petals=9, rings=10, thick=thick)
    _rosette(fine, (0.96 * width, 0.10 * viz), 0.30 * viz, petals=7, rings=9, thick=thick)
    weight = lines.astype(np.float32) * (0.30 / 255) + fine.astype(np.float32) * (0.34 / 255)
    _calm_mrz(weight, viz)
    left, right, _ = (np.asarray(colour, np.float32) for colour in palette.value)
    share = np.linspace(0, 1, width, dtype=np.float32)[:, None]
    ink = left * (1 - share) + right * share
    paper = 255 - (255 - ink) * 0.13
    paper_rows = np.broadcast_to(paper, (height, width, 3)).copy()
    paper_rows[viz:] = paper_rows[viz:] * 0.35 + np.float32(248 * 0.65)
    picture = paper_rows + (ink[None] - paper_rows) * weight[:, :, None]
    result = np.clip(picture, 0, 255).astype(np.uint8)
    result.flags.writeable = False
    return result


@lru_cache(maxsize=8)
def emblem(size: int) -> npt.NDArray[np.float32]:
    """The emblem of Utopia, a star of loops in a ring, as weights 0 to 1 over ``size`` x ``size`` pixels."""
    large = size * 2
    mask = np.zeros((large, large), np.uint8)
    centre, thick = large / 2, max(1, large // 70)
    _rosette(mask, (centre, centre), large * 0.34, petals=8, rings=3, thick=thick)
    for radius in (0.40, 0.46):
        cv2.circle(mask, (large // 2, large // 2), round(large * radius), (255.0,), thick * 2, cv2.LINE_AA)
    cv2.circle(mask, (large // 2, large // 2), round(large * 0.09), (255.0,), -1, cv2.LINE_AA)
    small = cv2.resize(mask, (size, size), interpolation=cv2.INTER_AREA)
    return np.asarray(small, np.float32) / np.float32(255)


def _waves(mask: Pixels, thick: int, millimetre: float) -> None:
    height, width = mask.shape[:2]
    x = np.linspace(-2, width + 2, 260)
    for family in (0.0, math.pi / 2):
        step = 1.9 * millimetre
        for index in range(-3, int(height / step) + 4):
            y = (
                index * step
                + 1.6 * millimetre * np.sin(x / (5.2 * millimetre) + family + 0.22 * index)
                + 0.9 * millimetre * np.sin(x / (13.0 * millimetre) - 0.35 * index + family)
            )
            _polyline(mask, x, y, thick)


def _rosette(mask: Pixels, centre: tuple[float, float], radius: float, *, petals: int, rings: int, thick: int) -> None:
    angle = np.linspace(0, 2 * np.pi, 420)
    for ring in range(rings):
        share = (ring + 1) / rings
        phase = ring * math.pi / rings
        reach = radius * (0.32 + 0.68 * share) * (0.82 + 0.18 * np.sin(petals * angle + phase * 2))
        _polyline(mask, centre[0] + reach * np.cos(angle), centre[1] + reach * np.sin(angle), thick)


def _polyline(mask: Pixels, x: npt.NDArray[np.float64], y: npt.NDArray[np.float64], thick: int) -> None:
    points = np.round(np.stack([x, y], axis=1) * (1 << _SHIFT)).astype(np.int32)
    cv2.polylines(mask, [points], isClosed=False, color=(255.0,), thickness=thick, lineType=cv2.LINE_AA, shift=_SHIFT)


def _calm_mrz(weight: npt.NDArray[np.float32], viz: int) -> None:
    """The print fades towards the MRZ, where nothing may disturb a reader (B900 ink on a pale ground)."""
    fade = max(1, (weight.shape[0] - viz) // 12)
    weight[viz + fade :] *= 0.16
    weight[viz : viz + fade] *= np.linspace(1, 0.16, fade, dtype=np.float32)[:, None]
