# SPDX-License-Identifier: Apache-2.0
"""Measures a scanner or camera on the printed target: geometry, focus and light, each as a value.

What is good enough for which use, and what to do when it is not, stands in ``target_verdict``.
"""

from __future__ import annotations

import enum
from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np
import numpy.typing as npt

from station.optical import target_layout as layout
from station.optical.slanted_edge import linear, mtf50
from station.optical.target_finding import Floats, Found, Grey, find_target

MM_PER_INCH: Final = 25.4
_EDGE_PART: Final = (0.2, 0.8)  # of a side: its ends are near corners
_EDGE_REACH: Final = 2.6  # mm to both sides of an edge on which nothing else stands
_INNER: Final = 0.7  # of a patch: its rim may be blurred into what is beside it
_LEAST_PIXELS: Final = 12  # of a patch


class Place(enum.Enum):
    """Where in the picture."""

    LEFT = "left"  # of the picture as it is shown
    RIGHT = "right"  # likewise
    TOP = "top"  # likewise
    BOTTOM = "bottom"  # likewise
    MIDDLE = "middle"  # nearer to the middle than to any rim of the target


@dataclass(frozen=True, slots=True, kw_only=True)
class Geometry:
    """How the sheet lies in the picture, by a least-squares fit over all crosses.

    ``dpi_x``, ``dpi_y``: pixels an inch along the picture's rows and columns. ``skew``: degrees from the nearest
    quarter turn, clockwise positive. ``perspective``: by how many percent the scale differs between the ends of the
    target. ``distortion``: the largest distance, in mm, of a cross from where a straight picture would have it;
    ``distortion_share`` the same in percent of the target's diagonal. ``covered``: how many of the target's crosses
    were seen.
    """

    dpi_x: float
    dpi_y: float
    skew: float
    perspective: float
    distortion: float
    distortion_share: float
    covered: int


@dataclass(frozen=True, slots=True)
class EdgeFocus:
    """Sharpness at one black square: the frequency at which half the contrast is left (MTF50, ISO 12233)."""

    place: Place
    per_pixel: float  # cycles per pixel; 0.5 is all that pixels can hold
    per_mm: float  # line pairs per mm on the sheet


@dataclass(frozen=True, slots=True, kw_only=True)
class Light:
    """How the sheet is lit and how its light became levels (0 to 255).

    ``evenness``: the darkest white area in percent of the lightest, in light and not in levels; ``darkest`` where it
    is. ``white`` and ``black``: medians of paper and print. ``noise``: standard deviation within even areas, levels.
    ``highlights``, ``shadows``: levels between the two lightest and between the two darkest grey steps; 0 is clipped;
    None where the steps are not in the picture.
    """

    evenness: float
    darkest: Place
    white: float
    black: float
    noise: float
    highlights: float | None
    shadows: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class TargetReading:
    """All that was measured. ``focus`` is empty where no edge could be measured."""

    geometry: Geometry
    focus: tuple[EdgeFocus, ...]
    light: Light


@dataclass(frozen=True, slots=True)
class TargetNotFound:
    """The target is not in the picture, or too little of it; ``markers`` is how many of its numbered squares were."""

    markers: int


def read_target(picture: npt.NDArray[np.uint8]) -> TargetReading | TargetNotFound:
    """Measure the target in ``picture`` (height x width x 3, blue first, or height x width).

    Pure computation on any thread; 0.2 s for a page at 300 dpi.
    """
    grey = picture if picture.ndim == 2 else np.asarray(cv2.cvtColor(picture, cv2.COLOR_BGR2GRAY), np.uint8)
    found = find_target(grey)
    if isinstance(found, int):
        return TargetNotFound(found)
    light = _light(grey, found)
    if light is None:
        return TargetNotFound(len(layout.MARKERS))
    geometry = _geometry(found)
    return TargetReading(geometry=geometry, focus=_focus(grey, found), light=light)


def _geometry(found: Found) -> Geometry:
    design = np.concatenate([found.sheet, np.ones((len(found.sheet), 1))], axis=1)
    solved, *_ = np.linalg.lstsq(design, found.picture, rcond=None)
    per_mm = solved[:2].T  # pixels of the picture (x, y) for a millimetre of the sheet along x and y
    back = np.linalg.inv(per_mm)
    dpi_x, dpi_y = (MM_PER_INCH / float(np.hypot(*back[:, axis])) for axis in (0, 1))
    turn = float(np.degrees(np.arctan2(per_mm[1, 0], per_mm[0, 0])))
    skew = (turn + 45) % 90 - 45
    homography, _ = cv2.findHomography(found.sheet, found.picture, 0)
    # Compared on the sheet, so that a slanted view does not stretch what is measured in it.
    seen = cv2.perspectiveTransform(found.picture[None], np.linalg.inv(homography))[0]
    off = np.hypot(*(seen - found.sheet).T)
    diagonal = float(np.hypot(*(found.sheet.max(axis=0) - found.sheet.min(axis=0))))
    scales = [_scale(np.asarray(homography, np.float64), point) for point in _rim(found.sheet)]
    return Geometry(
        dpi_x=dpi_x,
        dpi_y=dpi_y,
        skew=skew,
        perspective=(max(scales) / min(scales) - 1) * 100,
        distortion=float(off.max()),
        distortion_share=float(off.max()) / diagonal * 100,
        covered=len(found.sheet),
    )


def _rim(points: Floats) -> Floats:
    low, high = points.min(axis=0), points.max(axis=0)
    return np.asarray([low, (high[0], low[1]), high, (low[0], high[1])], np.float64)


def _scale(homography: Floats, point: Floats) -> float:
    """Pixels for a millimetre around a point of the sheet, the mean of both directions."""
    w = float(homography[2] @ np.append(point, 1.0))
    return float(np.sqrt(abs(np.linalg.det(homography)) / abs(w) ** 3))


def _focus(grey: Grey, found: Found) -> tuple[EdgeFocus, ...]:
    """The mean of what can be measured of each square's four sides."""
    measured = []
    for square in layout.SQUARES:
        middle = found.place(np.asarray([square.middle], np.float64))[0]
        sides = [side for edge in square.edges if (side := _side(grey, found, edge)) is not None]
        if sides:
            per_pixel, per_mm = np.mean(sides, axis=0)
            measured.append(EdgeFocus(_where(middle, found.picture), float(per_pixel), float(per_mm)))
    return tuple(measured)


def _side(grey: Grey, found: Found, edge: layout.Edge) -> tuple[float, float] | None:
    """Cycles per pixel and line pairs per mm at one edge."""
    ends = np.asarray([edge.start, edge.end], np.float64)
    part = np.asarray([ends[0] + share * (ends[1] - ends[0]) for share in _EDGE_PART])
    start, end = found.place(part)
    pixels_a_mm = float(np.hypot(*(end - start)) / np.hypot(*(part[1] - part[0])))
    response = mtf50(grey, start, end, reach=_EDGE_REACH * pixels_a_mm)
    return None if response is None else (response, response * pixels_a_mm)


def _where(point: Floats, points: Floats) -> Place:
    """The side of the target, as it lies in the picture, to which a point is nearest."""
    low, high = points.min(axis=0), points.max(axis=0)
    x, y = (point - (low + high) / 2) / np.maximum((high - low) / 2, 1)
    if max(abs(x), abs(y)) < 0.34:
        return Place.MIDDLE
    if abs(x) >= abs(y):
        return Place.LEFT if x < 0 else Place.RIGHT
    return Place.TOP if y < 0 else Place.BOTTOM


def _light(grey: Grey, found: Found) -> Light | None:
    """None when no paper or no print can be seen."""
    whites = [(pixels, patch) for patch in layout.WHITES if (pixels := _pixels(grey, found, patch)) is not None]
    blacks = []
    for square in layout.SQUARES:
        pixels = _pixels(grey, found, layout.Patch(square.middle, square.size * 0.8, square.size * 0.8, 0.0))
        if pixels is not None:
            blacks.append(pixels)
    if len(whites) < 3 or not blacks:
        return None
    levels = np.asarray([np.median(pixels) for pixels, _ in whites])
    light = linear(levels)
    darkest = whites[int(light.argmin())][1]
    steps = [
        None if (step := _pixels(grey, found, patch)) is None else float(np.median(step)) for patch in layout.STEPS
    ]
    lightest, next_dark, black = steps[0], steps[-2], steps[-1]
    paper = _paper_near_steps(grey, found)
    return Light(
        evenness=float(light.min() / max(light.max(), 1e-6) * 100),
        darkest=_where(found.place(np.asarray([darkest.middle], np.float64))[0], found.picture),
        white=float(levels.max()),
        black=float(np.median([np.median(pixels) for pixels in blacks])),
        noise=max(_noise(pixels) for pixels in (*[pixels for pixels, _ in whites], *blacks)),
        highlights=None if lightest is None or paper is None else paper - lightest,
        shadows=None if next_dark is None or black is None else next_dark - black,
    )


def _paper_near_steps(grey: Grey, found: Found) -> float | None:
    """The paper beside the lightest step, so that uneven light is not taken for clipping."""
    left = layout.STEPS[0].middle
    near = min(layout.WHITES, key=lambda patch: np.hypot(patch.middle[0] - left[0], patch.middle[1] - left[1]))
    pixels = _pixels(grey, found, near)
    return None if pixels is None else float(np.median(pixels))


def _pixels(grey: Grey, found: Found, patch: layout.Patch) -> npt.NDArray[np.float64] | None:
    """The pixels of the inner part of a patch, as an upright block; None when it is not in the picture."""
    half = np.array([patch.width, patch.height]) / 2 * _INNER
    corners = found.place(np.asarray(patch.middle) + half * np.array([(-1, -1), (1, -1), (1, 1), (-1, 1)]))
    middle = corners.mean(axis=0)
    # The largest upright block inside a turned patch is smaller; half of its sides fits at any turn.
    reach = (
        np.abs(corners - middle).min(axis=0)
        if _upright(corners)
        else np.hypot(*(corners[0] - middle)) * np.full(2, 0.5)
    )
    low, high = np.ceil(middle - reach).astype(int), np.floor(middle + reach).astype(int) + 1
    if (low < 0).any() or high[0] > grey.shape[1] or high[1] > grey.shape[0] or (high - low).min() < 3:
        return None
    block = grey[low[1] : high[1], low[0] : high[0]].astype(np.float64)
    return block if block.size >= _LEAST_PIXELS else None


def _upright(corners: Floats) -> bool:
    across = corners[1] - corners[0]
    return bool(min(abs(across[0]), abs(across[1])) < 0.2 * np.hypot(*across))


def _noise(block: npt.NDArray[np.float64]) -> float:
    """Standard deviation after a slope of the light was taken away."""
    rows, columns = np.mgrid[: block.shape[0], : block.shape[1]]
    design = np.stack([rows.ravel(), columns.ravel(), np.ones(block.size)], axis=1)
    solved, *_ = np.linalg.lstsq(design, block.ravel(), rcond=None)
    return float((block.ravel() - design @ solved).std())
