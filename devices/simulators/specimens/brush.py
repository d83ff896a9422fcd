# SPDX-License-Identifier: Apache-2.0
"""Soft-edged painting on a float picture: what portraits need and plain polygon filling does not give.

Points are in pixels with fractions; a colour is (red, green, blue) from 0 to 255.
"""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np
import numpy.typing as npt

Points = npt.NDArray[np.float64]  # n x 2
Picture = npt.NDArray[np.float32]  # height x width x 3
Mask = npt.NDArray[np.uint8]  # height x width, 255 where painted
Colour = tuple[float, float, float]

_SHIFT = 4  # fractional bits of OpenCV's drawing coordinates


class Brush:
    """Paints onto ``picture`` in place."""

    def __init__(self, picture: Picture) -> None:
        self.picture = picture

    def mask_of(self, shape: Points) -> Mask:
        """The filled shape over the whole picture, edges smoothed."""
        mask = np.zeros(self.picture.shape[:2], np.uint8)
        cv2.fillPoly(mask, [_fixed(shape)], (255.0,), cv2.LINE_AA, _SHIFT)
        return mask

    def fill(
        self, shape: Points, colour: Colour, *, strength: float = 1.0, blur: float = 0.0, within: Mask | None = None
    ) -> None:
        """Fill a shape; ``blur`` is the softness of its edge in pixels, ``within`` keeps the paint inside a mask."""
        self._paint([shape], colour, strength=strength, blur=blur, within=within, thickness=None)

    def stroke(
        self,
        lines: Sequence[Points],
        colour: Colour,
        *,
        width: float,
        strength: float = 1.0,
        blur: float = 0.0,
        within: Mask | None = None,
    ) -> None:
        """Draw open lines of ``width`` pixels."""
        self._paint(lines, colour, strength=strength, blur=blur, within=within, thickness=max(1, round(width)))

    def _paint(
        self,
        shapes: Sequence[Points],
        colour: Colour,
        *,
        strength: float,
        blur: float,
        within: Mask | None,
        thickness: int | None,
    ) -> None:
        height, width = self.picture.shape[:2]
        every = np.concatenate(list(shapes))
        reach = int(blur * 3) + (thickness or 0) + 2
        left, top = (int(value) - reach for value in every.min(axis=0))
        right, bottom = (int(value) + reach + 1 for value in every.max(axis=0))
        left, top, right, bottom = max(left, 0), max(top, 0), min(right, width), min(bottom, height)
        if left >= right or top >= bottom:
            return
        mask = _soft_mask(
            [shape - (left, top) for shape in shapes],
            width=right - left,
            height=bottom - top,
            blur=blur,
            thickness=thickness,
        )
        weight = mask.astype(np.float32) * np.float32(strength / 255)
        if within is not None:
            weight *= within[top:bottom, left:right].astype(np.float32) * np.float32(1 / 255)
        part = self.picture[top:bottom, left:right]
        part += (np.asarray(colour, np.float32) - part) * weight[:, :, None]


def _soft_mask(shapes: Sequence[Points], *, width: int, height: int, blur: float, thickness: int | None) -> Mask:
    """The shapes with a soft edge. What is very soft is drawn small and enlarged: the eye sees no difference."""
    shrink = max(1, int(blur / 2.5))
    small_width, small_height = -(-width // shrink), -(-height // shrink)
    mask = np.zeros((small_height, small_width), np.uint8)
    fixed = [_fixed(shape / shrink) for shape in shapes]
    if thickness is None:
        cv2.fillPoly(mask, fixed, (255.0,), cv2.LINE_AA, _SHIFT)
    else:
        cv2.polylines(mask, fixed, isClosed=False, color=(255.0,), thickness=max(1, round(thickness / shrink)),
                      lineType=cv2.LINE_AA, shift=_SHIFT)  # fmt: skip
    if blur > 0.3:
        cv2.GaussianBlur(mask, (0, 0), blur / shrink, dst=mask)
    if shrink > 1:
        grown = cv2.resize(mask, (small_width * shrink, small_height * shrink), interpolation=cv2.INTER_LINEAR)
        mask = np.asarray(grown, np.uint8)[:height, :width]
    return mask


def smooth(points: Sequence[tuple[float, float]], *, closed: bool = True, steps: int = 8) -> Points:
    """A curve through the points (Catmull-Rom)."""
    given = np.asarray(points, np.float64)
    around = (
        np.concatenate([given[-1:], given, given[:2]])
        if closed
        else np.concatenate([2 * given[:1] - given[1:2], given, 2 * given[-1:] - given[-2:-1]])
    )
    time = np.linspace(0, 1, steps, endpoint=False)[:, None]
    pieces = []
    for first, second, third, fourth in zip(around, around[1:], around[2:], around[3:], strict=False):
        pieces.append(
            0.5
            * (
                2 * second
                + (third - first) * time
                + (2 * first - 5 * second + 4 * third - fourth) * time**2
                + (3 * second - first - 3 * third + fourth) * time**3
            )
        )
    curve = np.concatenate(pieces)
    return curve if closed else np.concatenate([curve, given[-1:]])


def ellipse(x: float, y: float, radius_x: float, radius_y: float, *, tilt: float = 0.0, steps: int = 28) -> Points:
    """An ellipse; ``tilt`` in degrees, clockwise in the picture."""
    angle = np.linspace(0, 2 * np.pi, steps, endpoint=False)
    across, down = radius_x * np.cos(angle), radius_y * np.sin(angle)
    cosine, sine = np.cos(np.radians(tilt)), np.sin(np.radians(tilt))
    return np.stack([x + across * cosine - down * sine, y + across * sine + down * cosine], axis=1)


def moved(points: Points, across: float, down: float) -> Points:
    """The points a little farther right and down."""
    shifted: Points = points + np.array((across, down))
    return shifted


def shade(colour: Colour, factor: float) -> Colour:
    """The colour lighter (factor above 1) or darker."""
    red, green, blue = (min(255.0, max(0.0, part * factor)) for part in colour)
    return red, green, blue


def mix(one: Colour, other: Colour, share: float) -> Colour:
    """``share`` of ``other`` in ``one``."""
    red, green, blue = (a + (b - a) * share for a, b in zip(one, other, strict=True))
    return red, green, blue


def _fixed(points: Points) -> npt.NDArray[np.int32]:
    return np.round(points * (1 << _SHIFT)).astype(np.int32)
