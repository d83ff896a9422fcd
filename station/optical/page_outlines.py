# SPDX-License-Identifier: Apache-2.0
"""Outlines that may be a page's: of what differs from the rim of the picture, of edges, and of crossing long lines."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from typing import Final

import cv2
import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float32]
Quad = npt.NDArray[np.float32]  # 4 x 2, x and y in pixels, in order around
Mask = npt.NDArray[np.uint8]

_RIM: Final = 0.03  # of the picture: what lies there is taken for the desk
_RIM_COLOURS: Final = 4
_MOST_LINES: Final = 26


def lab(picture: npt.NDArray[np.uint8]) -> Floats:
    """The picture as lightness and two colours, each 0 to 255; grey pictures have no colours."""
    if picture.ndim == 2:
        picture = np.asarray(cv2.cvtColor(picture, cv2.COLOR_GRAY2BGR), np.uint8)
    return np.asarray(cv2.cvtColor(picture, cv2.COLOR_BGR2LAB), np.float32)


def candidates(colours: Floats) -> Iterator[Quad]:
    """Outlines worth judging in a small picture (height x width x 3, Lab), in no order."""
    smooth = np.asarray(cv2.GaussianBlur(colours, (0, 0), 1.5), np.float32)
    smallest = 0.02 * colours.shape[0] * colours.shape[1]
    for mask in itertools.chain(_unlike_the_rim(smooth), _edges(smooth)):
        yield from _outlines(mask, smallest)
    yield from _crossings(smooth, smallest)


def clockwise(quad: Quad) -> Quad:
    """The same corners clockwise as seen, beginning with the one nearest the picture's top left."""
    middle = quad.mean(axis=0)
    order = np.argsort(np.arctan2(quad[:, 1] - middle[1], quad[:, 0] - middle[0]))
    turned = quad[order]
    return np.asarray(np.roll(turned, -int(turned.sum(axis=1).argmin()), axis=0), np.float32)


def _unlike_the_rim(colours: Floats) -> Iterator[Mask]:
    """Masks of what has none of the rim's colours, with two measures of how unlike it has to be."""
    height, width = colours.shape[:2]
    rim = max(2, round(_RIM * max(height, width)))
    frame = np.ones((height, width), bool)
    frame[rim:-rim, rim:-rim] = False
    samples = colours[frame][::3]
    criteria = (cv2.TERM_CRITERIA_EPS + cv2.TERM_CRITERIA_MAX_ITER, 12, 0.5)
    cv2.setRNGSeed(1)  # the same picture gives the same page
    _, labels, centres = cv2.kmeans(
        samples, _RIM_COLOURS, np.zeros((len(samples), 1), np.int32), criteria, 1, cv2.KMEANS_PP_CENTERS
    )
    away = np.full((height, width), np.inf, np.float32)
    for number in range(_RIM_COLOURS):
        own = samples[labels[:, 0] == number]
        if len(own) < 0.02 * len(samples):
            continue
        spread = np.maximum(own.std(axis=0), 4.0)
        away = np.minimum(away, np.sqrt((((colours - centres[number]) / spread) ** 2).sum(axis=2)))
    unlike = np.clip(away * 16, 0, 255).astype(np.uint8)
    split, _ = cv2.threshold(unlike, 0, 255, cv2.THRESH_BINARY + cv2.THRESH_OTSU)
    for level in sorted({48.0, float(split)}):
        _, mask = cv2.threshold(unlike, level, 255, cv2.THRESH_BINARY)
        for size in (5, 11):
            yield _smoothed(np.asarray(mask, np.uint8), size)
    lightness = np.asarray(colours[:, :, 0], np.uint8)
    level, _ = cv2.threshold(lightness, 0, 255, cv2.THRESH_BINARY + cv2.THRESH_OTSU)
    for part in (lightness > level, lightness > (level + 255) / 2, lightness < level):
        yield _smoothed(part.astype(np.uint8) * np.uint8(255), 7)


def _smoothed(mask: Mask, size: int) -> Mask:
    kernel = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (size, size))
    closed = cv2.morphologyEx(mask, cv2.MORPH_CLOSE, kernel)
    return np.asarray(cv2.morphologyEx(closed, cv2.MORPH_OPEN, kernel), np.uint8)


def _edges(colours: Floats) -> Iterator[Mask]:
    kernel = np.ones((3, 3), np.uint8)
    channels = [np.asarray(colours[:, :, index], np.uint8) for index in range(3)]
    for low, high in ((15, 45), (40, 110)):
        edges = np.zeros(channels[0].shape, np.uint8)
        for channel in channels:
            edges |= np.asarray(cv2.Canny(channel, low, high, L2gradient=True), np.uint8)
        yield np.asarray(cv2.dilate(edges, kernel), np.uint8)


def _outlines(mask: Mask, smallest: float) -> Iterator[Quad]:
    found, _ = cv2.findContours(mask, cv2.RETR_LIST, cv2.CHAIN_APPROX_SIMPLE)
    hulls = [cv2.convexHull(contour) for contour in found if len(contour) >= 4]
    sized = sorted(((cv2.contourArea(hull), index) for index, hull in enumerate(hulls)), reverse=True)
    for area, index in sized[:6]:
        if area >= smallest:
            quad = _four_sided(hulls[index])
            if quad is not None:
                yield quad


def _four_sided(hull: npt.NDArray[np.generic]) -> Quad | None:
    """The quadrilateral around a convex outline: sides are given up, those first that cost the least area."""
    length = cv2.arcLength(np.asarray(hull, np.float32), True)
    points = np.asarray(cv2.approxPolyDP(np.asarray(hull, np.float32), 0.008 * length, True), np.float32)[:, 0]
    while len(points) > 4:
        costs = [_without_side(points, index) for index in range(len(points))]
        able = [(cost, index) for index, (cost, _) in enumerate(costs) if np.isfinite(cost)]
        if not able:
            return None
        points = costs[min(able)[1]][1]
    return points if len(points) == 4 else None


def _without_side(points: Floats, index: int) -> tuple[float, Floats]:
    """What it costs to give up the side from ``index`` on: its neighbours are prolonged until they meet."""
    count = len(points)
    before, start, end, after = (points[(index + step) % count] for step in (-1, 0, 1, 2))
    along, back = start - before, end - after
    turn = float(along[0] * back[1] - along[1] * back[0])
    if abs(turn) < 1e-6:
        return np.inf, points
    gap = end - start
    reach = float(gap[0] * back[1] - gap[1] * back[0]) / turn
    if reach <= 0:
        return np.inf, points
    meet = start + along * reach
    cost = abs(float(gap[0] * (meet - start)[1] - gap[1] * (meet - start)[0])) / 2
    fewer = points.copy()
    fewer[index] = meet
    return cost, np.delete(fewer, (index + 1) % count, axis=0)


def _crossings(colours: Floats, smallest: float) -> Iterator[Quad]:
    """Two pairs of roughly parallel long lines enclose a page of which neither the rim nor a closed edge tells."""
    lines = _long_lines(colours)
    angles = np.arctan2(lines[:, 3] - lines[:, 1], lines[:, 2] - lines[:, 0])
    height, width = colours.shape[:2]
    pairs = []
    for one, other in itertools.combinations(range(len(lines)), 2):
        if abs(np.sin(angles[one] - angles[other])) < 0.35 and _distance(lines[one], lines[other]) > 0.1 * height:
            pairs.append((one, other))
    for (a, c), (b, d) in itertools.combinations(pairs, 2):
        if abs(np.sin(angles[a] - angles[b])) < 0.7:
            continue
        corners = [_meeting(lines[one], lines[other]) for one, other in ((a, b), (b, c), (c, d), (d, a))]
        if any(corner is None for corner in corners):
            continue
        quad = np.asarray(corners, np.float32)
        inside = (quad > -4).all() and (quad[:, 0] < width + 4).all() and (quad[:, 1] < height + 4).all()
        if inside and cv2.isContourConvex(quad) and cv2.contourArea(quad) >= smallest:
            yield quad


def _long_lines(colours: Floats) -> Floats:
    detector = cv2.createLineSegmentDetector(cv2.LSD_REFINE_STD)
    parts = []
    for index in range(3):
        found: npt.ArrayLike | None = detector.detect(np.asarray(colours[:, :, index], np.uint8))[
            0
        ]  # None without lines
        parts.append(np.zeros((0, 4), np.float32) if found is None else np.asarray(found, np.float32).reshape(-1, 4))
    lines = np.concatenate(parts)
    lengths = np.hypot(lines[:, 2] - lines[:, 0], lines[:, 3] - lines[:, 1])
    kept: list[Floats] = []
    for index in np.argsort(-lengths):
        if len(kept) == _MOST_LINES or lengths[index] < 0.06 * colours.shape[1]:
            break
        if all(not _same_line(lines[index], other) for other in kept):
            kept.append(lines[index])
    return np.asarray(kept, np.float32).reshape(-1, 4)


def _same_line(line: Floats, other: Floats) -> bool:
    direction = (other[2:] - other[:2]) / np.hypot(*(other[2:] - other[:2]))
    ends = line.reshape(2, 2) - other[:2]
    return bool((np.abs(ends[:, 0] * direction[1] - ends[:, 1] * direction[0]) < 3.0).all())


def _distance(line: Floats, other: Floats) -> float:
    direction = (other[2:] - other[:2]) / np.hypot(*(other[2:] - other[:2]))
    middle = (line[:2] + line[2:]) / 2 - other[:2]
    return abs(float(middle[0] * direction[1] - middle[1] * direction[0]))


def _meeting(line: Floats, other: Floats) -> Floats | None:
    along, across = line[2:] - line[:2], other[2:] - other[:2]
    turn = float(along[0] * across[1] - along[1] * across[0])
    if abs(turn) < 1e-6:
        return None
    gap = other[:2] - line[:2]
    return np.asarray(line[:2] + along * float(gap[0] * across[1] - gap[1] * across[0]) / turn, np.float32)
