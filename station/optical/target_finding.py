# SPDX-License-Identifier: Apache-2.0
"""Finds the calibration target in a picture and tells, to a part of a pixel, where each of its marks lies there."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np
import numpy.typing as npt

from station.optical import target_layout as layout

Grey = npt.NDArray[np.uint8]
Floats = npt.NDArray[np.float64]

LEAST_MARKERS: Final = 3
LEAST_CROSSES: Final = 8
_WORK_SIDE: Final = 2400  # pixels of the longer side while markers are looked for
_LEAST_CONTRAST: Final = 25  # grey levels between the black and the white quarters of a cross
_NEAREST: Final = 8  # known points that place another one


@dataclass(frozen=True, slots=True)
class Found:
    """Where marks lie: crosses as points on the sheet (N x 2, mm) and in the picture (N x 2, pixels)."""

    sheet: Floats
    picture: Floats

    def place(self, points: Floats) -> Floats:
        """Where other points of the sheet (M x 2, mm) lie in the picture, by the nearest crosses; M x 2, pixels."""
        return _placed(self.sheet, self.picture, points)


def find_target(grey: Grey) -> Found | int:
    """The target in a grey picture (height x width); the number of markers seen when they are too few to measure."""
    corners = _marker_corners(grey)
    if len(corners) < LEAST_MARKERS:
        return len(corners)
    sheet = np.concatenate([layout.marker_corners(marker) for marker in layout.MARKERS if marker.number in corners])
    picture = np.concatenate([corners[marker.number] for marker in layout.MARKERS if marker.number in corners])
    found = _crosses(grey, sheet, picture)
    if len(found.sheet) < LEAST_CROSSES:
        return len(corners)
    # Crosses that a bent picture moved away from their markers are found from their neighbours.
    again = _crosses(grey, np.concatenate([found.sheet, sheet]), np.concatenate([found.picture, picture]))
    return again if len(again.sheet) >= len(found.sheet) else found


def _marker_corners(grey: Grey) -> dict[int, Floats]:
    """Corners by marker number, 4 x 2, pixels of the picture."""
    scale = min(1.0, _WORK_SIDE / max(grey.shape))
    if min(grey.shape) * scale < 1:  # a mere line, which no size could make smaller
        return {}
    small = np.asarray(cv2.resize(grey, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA), np.uint8)
    settings = cv2.aruco.DetectorParameters()
    settings.cornerRefinementMethod = cv2.aruco.CORNER_REFINE_SUBPIX
    settings.minMarkerPerimeterRate = 0.02
    settings.adaptiveThreshWinSizeMax = 53
    corners, numbers, _ = cv2.aruco.ArucoDetector(layout.dictionary(), settings).detectMarkers(small)
    known = {marker.number for marker in layout.MARKERS}
    found: dict[int, Floats] = {}
    if not len(corners):
        return found
    for quad, number in zip(corners, np.asarray(numbers).ravel(), strict=True):
        if int(number) in known:
            found[int(number)] = (np.asarray(quad, np.float64).reshape(4, 2) + 0.5) / scale - 0.5
    return found


def _crosses(grey: Grey, sheet: Floats, picture: Floats) -> Found:
    """The crosses that are in the picture; ``sheet`` and ``picture`` are points known already."""
    crosses = np.asarray(layout.CROSSES, np.float64)
    rough = _placed(sheet, picture, crosses)
    height, width = grey.shape
    kept, places = [], []
    for cross, place in zip(crosses, rough, strict=True):
        arms = _placed(sheet, picture, cross + np.array([(layout.CROSS / 4, 0), (0, layout.CROSS / 4)])) - place
        reach = float(np.hypot(*arms.T).mean())  # half of one of its squares, pixels
        window = max(2, round(reach * 0.9))
        if (place < window + 3).any() or (place > np.array([width, height]) - window - 4).any():
            continue
        point = np.asarray([[place]], np.float32)
        stop = (cv2.TERM_CRITERIA_EPS + cv2.TERM_CRITERIA_MAX_ITER, 40, 0.005)
        exact = np.asarray(cv2.cornerSubPix(grey, point, (window, window), (-1, -1), stop), np.float64)[0, 0]
        if np.hypot(*(exact - place)) <= 2 * reach and _is_cross(grey, exact, arms):
            kept.append(cross)
            places.append(exact)
    return Found(np.asarray(kept, np.float64).reshape(-1, 2), np.asarray(places, np.float64).reshape(-1, 2))


def _is_cross(grey: Grey, middle: Floats, arms: Floats) -> bool:
    """Whether the quarters before and behind are black and those beside are white, as they are printed."""
    levels = {}
    for across, down in ((-1, -1), (1, 1), (1, -1), (-1, 1)):
        x, y = middle + across * arms[0] + down * arms[1]
        if not (0 <= round(x) < grey.shape[1] and 0 <= round(y) < grey.shape[0]):
            return False
        levels[across, down] = int(grey[round(y), round(x)])
    return min(levels[1, -1], levels[-1, 1]) - max(levels[-1, -1], levels[1, 1]) > _LEAST_CONTRAST


def _placed(sheet: Floats, picture: Floats, points: Floats) -> Floats:
    """Each point by an affine map that fits the known ones nearest to it; nearer ones count more."""
    placed = np.empty_like(points)
    design = np.concatenate([sheet, np.ones((len(sheet), 1))], axis=1)
    for index, point in enumerate(points):
        away = np.hypot(*(sheet - point).T)
        near = np.argsort(away)[: max(_NEAREST, 3)]
        weight = np.sqrt(1 / (4.0 + away[near]))[:, None]
        solved, *_ = np.linalg.lstsq(design[near] * weight, picture[near] * weight, rcond=None)
        placed[index] = np.append(point, 1.0) @ solved
    return placed
