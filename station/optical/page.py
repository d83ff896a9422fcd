# SPDX-License-Identifier: Apache-2.0
"""Where a document lies in a camera's picture of the desk, and the document as seen from straight above.

One measure judges every outline: along each of its four sides a page is steadily lighter, darker or of another
colour than the desk, while texture and clutter change from point to point.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np
import numpy.typing as npt

from station.optical.page_outlines import Floats, Quad, candidates, clockwise, lab

Picture = npt.NDArray[np.uint8]

#: From this confidence on, an outline is taken for a page.
SURE: Final = 0.65

_WORK_SIDE: Final = 640  # pixels of the longer side while searching
_SAMPLES: Final = 48  # points along a side
_CORNER: Final = 0.08  # of a side at each end: corners are round (Doc 9303-4: 3.18 mm)
_REACH: Final = 6  # pixels across a side, to both its ends
_FULL: Final = 18.0  # levels of Lab between inside and outside that count in full
_TOLD: Final = 0.12  # of that: less is noise
_SIZES: Final = (0.03, 0.97)  # of the picture's area
_RATIOS: Final = (1.15, 1.75)  # long to short side: ID-1 1.59, ID-3 1.42, an opened booklet 1.41
_GROWTH: Final = 0.02  # of a side, for each step in which it is followed behind a corner
_MOST_GROWTH: Final = 0.6
_FAR: Final = 5  # steps behind a corner that are no chance
_KEPT: Final = 8  # of the best outlines, which are then fitted exactly


@dataclass(frozen=True, slots=True)
class FoundPage:
    """A page in a picture.

    ``corners``: four (x, y) in pixels, clockwise as seen, from the one nearest the picture's top left.
    ``confidence``: ``SURE`` to 1; how steadily the weakest side tells page from desk.
    """

    corners: tuple[tuple[float, float], ...]
    confidence: float


def find_page(picture: Picture) -> FoundPage | None:
    """The document in ``picture`` (height x width x 3, blue first, or height x width); None when there is none.

    Pure computation, on any thread.
    """
    height, width = picture.shape[:2]
    scale = min(1.0, _WORK_SIDE / max(height, width))
    small = np.asarray(cv2.resize(picture, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA), np.uint8)
    colours = lab(small)
    sides = _Sides(colours)
    outlines = [quad for quad in candidates(colours) if sides.worth(quad) > 0]
    best = sorted(range(len(outlines)), key=lambda index: -sides.worth(outlines[index]))[:_KEPT]
    fitted = [sides.fitted(outlines[index]) for index in best]
    if not fitted:
        return None
    quad = sides.whole(max(fitted, key=sides.worth))
    confidence = sides.confidence(quad)
    if confidence < SURE or sides.worth(quad) <= 0 or sides.any_goes_on(quad):
        return None
    corners = (clockwise(quad) + 0.5) / scale - 0.5
    return FoundPage(tuple((round(float(x), 2), round(float(y), 2)) for x, y in corners), round(confidence, 3))


def rectified(picture: Picture, page: FoundPage, *, margin: float = 0.05) -> Picture:
    """The page alone, as seen from straight above, turned no more than needed; ``margin`` of its sides is kept around.

    As large as its longest sides are in ``picture``, so that nothing sharp is lost; same number of channels.
    """
    corners = np.asarray(page.corners, np.float32)
    across = max(np.hypot(*(corners[1] - corners[0])), np.hypot(*(corners[2] - corners[3])))
    down = max(np.hypot(*(corners[3] - corners[0])), np.hypot(*(corners[2] - corners[1])))
    rim_x, rim_y = margin * across, margin * down
    goal = np.asarray([(0, 0), (across, 0), (across, down), (0, down)], np.float32)
    goal += np.asarray((rim_x, rim_y), np.float32)
    matrix = cv2.getPerspectiveTransform(corners, goal)
    size = (max(1, round(float(across + 2 * rim_x))), max(1, round(float(down + 2 * rim_y))))
    flat = cv2.warpPerspective(picture, matrix, size, flags=cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE)
    return np.asarray(flat, np.uint8)


class _Sides:
    """Judges outlines in one small picture by what lies on both sides of their sides."""

    def __init__(self, colours: Floats) -> None:
        self._size = colours.shape[1], colours.shape[0]
        self._colours = np.asarray(cv2.GaussianBlur(colours, (0, 0), 1.0), np.float32)
        self._colours[:, :, 1:] *= 1.5  # colour is a weaker and rarer difference than light

    def worth(self, quad: Quad) -> float:
        """For choosing between outlines; 0 for one that cannot be a page."""
        area = cv2.contourArea(quad) / (self._size[0] * self._size[1])
        shape = _shape(quad)
        if not _SIZES[0] <= area <= _SIZES[1] or shape <= 0 or not cv2.isContourConvex(quad):
            return 0.0
        steady = self._steadiness(quad)
        return float(shape * steady.min() ** 0.5 * steady.mean() * area**0.35)

    def confidence(self, quad: Quad) -> float:
        """How surely this is a page, 0 to 1."""
        steady = np.sort(self._steadiness(quad))
        return float(np.clip(_shape(quad) * (0.6 * steady[0] + 0.4 * steady.mean()), 0, 1))

    def fitted(self, quad: Quad) -> Quad:
        """The outline moved onto the exact edges: each side where the difference is greatest, straight."""
        for reach in (8, 4):
            lines = [self._edge(quad[index], quad[(index + 1) % 4], reach) for index in range(4)]
            corners = [_meeting(lines[index - 1], lines[index]) for index in range(4)]
            moved = np.asarray(corners, np.float32)
            if not np.isfinite(moved).all() or np.abs(moved - quad).max() > 3 * reach:
                break
            quad = moved
        return quad

    def whole(self, quad: Quad) -> Quad:
        """The outline made larger where its sides go on behind a corner: a line of the MRZ was taken for the rim."""
        for index in range(4):
            before, start, end, after = (quad[(index + step) % 4] for step in (-1, 0, 1, 2))
            share = 0.0
            while share < _MOST_GROWTH and all(
                self._goes_on(far, near, share) for far, near in ((before, start), (after, end))
            ):
                share += _GROWTH
            if share >= 2 * _GROWTH:  # less is the rounding of the corners
                grown = quad.copy()
                grown[index] = start + share * (start - before)
                grown[(index + 1) % 4] = end + share * (end - after)
                quad = self.fitted(grown)
        return quad

    def any_goes_on(self, quad: Quad) -> bool:
        """Whether one side goes on far behind one of its corners: then this may be only a part of the page."""
        ways = [
            (quad[one], quad[other])
            for index in range(4)
            for one, other in ((index, (index + 1) % 4), ((index + 1) % 4, index))
        ]
        return any(all(self._goes_on(far, near, step * _GROWTH) for step in range(_FAR)) for far, near in ways)

    def _goes_on(self, far: Floats, near: Floats, share: float) -> bool:
        """Whether the side from ``far`` to ``near`` goes on for a step, behind ``share`` of its length.

        It does when page and desk look there as they look along the last quarter of the side: on the same hands.
        """
        away = near - far
        outer, inner = self._hands(near - 0.25 * away, near)
        beyond_outer, beyond_inner = self._hands(near + share * away, near + (share + _GROWTH) * away)
        differ = inner.mean(axis=0) - outer.mean(axis=0)
        channel = int(np.abs(differ).argmax())
        told = float(differ[channel])
        if abs(told) < _TOLD * _FULL:
            return False
        desk = (beyond_outer[:, channel] - float(outer[:, channel].mean())) / told  # 0 is desk, 1 is page
        page = (beyond_inner[:, channel] - float(outer[:, channel].mean())) / told
        return bool(desk.mean() < 0.4 and abs(page.mean() - 1) < 0.4)

    def _hands(self, start: Floats, end: Floats) -> tuple[Floats, Floats]:
        """The colours on both hands of a line: points x channels each, outside first."""
        profile = self._profile(start, end, _REACH)
        return profile[:, : _REACH - 1].mean(axis=1), profile[:, _REACH + 2 :].mean(axis=1)

    def _differences(self, start: Floats, end: Floats) -> npt.NDArray[np.float64]:
        """How inside differs from outside along a side: points x channels, -1 to 1."""
        outer, inner = self._hands(start, end)
        return np.asarray(np.clip((inner - outer) / _FULL, -1, 1), np.float64)

    def _steadiness(self, quad: Quad) -> npt.NDArray[np.float64]:
        """For each side, 0 to 1: the share of its points at which inside and outside differ, in the same sense."""
        found = np.zeros(4)
        for index in range(4):
            differ = self._differences(quad[index], quad[(index + 1) % 4])
            sense = np.sign(np.where(np.abs(differ) > _TOLD, differ, 0)).mean(axis=0)
            agree = np.abs(differ.mean(axis=0)) ** 0.75 * np.abs(sense)
            found[index] = agree.max()
        return found

    def _profile(self, start: Floats, end: Floats, reach: int) -> Floats:
        """Colours across a side: points x (2 reach + 1) x channels, from one hand to the other."""
        share = np.linspace(_CORNER, 1 - _CORNER, _SAMPLES, dtype=np.float32)[:, None]
        along = (end - start) / max(1e-6, float(np.hypot(*(end - start))))
        across = np.array([-along[1], along[0]], np.float32)
        points = start + share * (end - start)
        grid = points[:, None, :] + np.arange(-reach, reach + 1, dtype=np.float32)[None, :, None] * across
        places, second = np.ascontiguousarray(grid, np.float32), np.zeros(0, np.float32)
        sampled = cv2.remap(self._colours, places, second, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
        return np.asarray(sampled, np.float32)

    def _edge(self, start: Floats, end: Floats, reach: int) -> tuple[Floats, Floats]:
        """A point of the edge near this side, and its direction."""
        profile = self._profile(start, end, reach)
        steps = np.diff(np.asarray(cv2.GaussianBlur(profile, (3, 1), 0), np.float32), axis=1)
        mean = steps.mean(axis=0)
        place, channel = np.unravel_index(int(np.abs(mean).argmax()), mean.shape)
        steep = steps[:, :, channel] * np.sign(mean[place, channel])
        peak = steep.argmax(axis=1)
        rows = np.arange(len(peak))
        kept = steep[rows, peak] > 0.4 * np.median(steep[rows, peak])
        inner = np.clip(peak, 1, steep.shape[1] - 2)
        left, middle, right = (steep[rows, inner + step] for step in (-1, 0, 1))
        bend = left - 2 * middle + right
        fine = np.where(np.abs(bend) > 1e-6, np.clip((left - right) / (2 * np.where(bend == 0, 1, bend)), -1, 1), 0)
        offset = inner + fine + 0.5 - reach
        share = np.linspace(_CORNER, 1 - _CORNER, _SAMPLES)
        along = (end - start) / max(1e-6, float(np.hypot(*(end - start))))
        across = np.array([-along[1], along[0]], np.float32)
        points = (start + share[:, None] * (end - start) + offset[:, None] * across)[kept].astype(np.float32)
        if len(points) < _SAMPLES // 3:
            return start, along
        fit = np.asarray(cv2.fitLine(points, cv2.DIST_WELSCH, 0, 0.01, 0.01), np.float32).ravel()
        return fit[2:], fit[:2]


def _shape(quad: Quad) -> float:
    """1 for a document's shape, less for a longer or squarer one or a slanted one, 0 for none."""
    sides = np.hypot(*(np.roll(quad, -1, axis=0) - quad).T)
    one, other = (sides[0] + sides[2]) / 2, (sides[1] + sides[3]) / 2
    if min(sides) < 8 or min(sides[0] / sides[2], sides[2] / sides[0], sides[1] / sides[3], sides[3] / sides[1]) < 0.6:
        return 0.0
    ratio = max(one, other) / min(one, other)
    off = max(0.0, _RATIOS[0] - ratio, (ratio - _RATIOS[1]) / 1.5)
    ways = (np.roll(quad, -1, axis=0) - quad) / sides[:, None]
    slant = float(np.abs((ways * np.roll(ways, -1, axis=0)).sum(axis=1)).max())  # cosine of the corners
    return float(max(0.0, 1 - 2.2 * off) * max(0.0, 1 - max(0.0, slant - 0.25) * 2.5))


def _meeting(line: tuple[Floats, Floats], other: tuple[Floats, Floats]) -> Floats:
    """Where two lines cross; not a number when they are parallel."""
    (point, way), (there, across) = line, other
    turn = float(way[0] * across[1] - way[1] * across[0])
    if abs(turn) < 1e-6:
        return np.full(2, np.nan, np.float32)
    gap = there - point
    return np.asarray(point + way * float(gap[0] * across[1] - gap[1] * across[0]) / turn, np.float32)
