# SPDX-License-Identifier: Apache-2.0
"""How sharp a picture is, by the slanted-edge method of ISO 12233 (edge-based spatial frequency response).

A straight edge that lies slightly askew crosses the pixel grid at every phase. Pixels are put in order by their
distance from the edge, in bins of a quarter pixel: the edge as if it were sampled four times as finely. Its
derivative is the line spread; the size of that line's Fourier transform is the response.
"""

from __future__ import annotations

import itertools
from typing import Final

import cv2
import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]

_OVERSAMPLED: Final = 4  # bins a pixel (ISO 12233)
_LEAST_CONTRAST: Final = 0.08  # of full light: a weaker edge is noise
_LEAST_LENGTH: Final = 8.0  # pixels
_EMPTY: Final = 0.25  # share of bins without a pixel: the edge lies along the pixels, and its phases are missing


def linear(levels: npt.NDArray[np.uint8] | Floats) -> Floats:
    """Light, 0 to 1, of levels 0 to 255 as pictures carry them (the transfer curve of IEC 61966-2-1, sRGB)."""
    value = np.asarray(levels, np.float64) / 255
    return np.asarray(np.where(value <= 0.04045, value / 12.92, ((value + 0.055) / 1.055) ** 2.4), np.float64)


def mtf50(grey: npt.NDArray[np.uint8], start: Floats, end: Floats, *, reach: float) -> float | None:
    """The frequency, in cycles per pixel across the edge, at which half of the contrast is left.

    ``grey``: height x width. ``start`` and ``end`` (x, y) of a part of the edge without its ends, ``reach`` how far
    to both sides of it nothing else stands; all in pixels. None where there is no such edge, or where it lies so
    straight along the pixels that the method does not hold.
    """
    length = float(np.hypot(*(end - start)))
    if length < _LEAST_LENGTH or reach < 3:
        return None
    along = (end - start) / length
    across = np.array([-along[1], along[0]])
    corners = np.array([start, end])[:, None, :] + np.array([-reach, reach])[None, :, None] * across
    low = np.floor(corners.min(axis=(0, 1))).astype(int)
    high = np.ceil(corners.max(axis=(0, 1))).astype(int) + 1
    if (low < 0).any() or high[0] > grey.shape[1] or high[1] > grey.shape[0]:
        return None
    light = linear(grey[low[1] : high[1], low[0] : high[0]])
    ys, xs = np.mgrid[low[1] : high[1], low[0] : high[0]]
    place = np.stack([xs.ravel(), ys.ravel()], axis=1) - start
    run = place @ along
    inside = (run >= 0) & (run <= length)
    run, level = run[inside], light.ravel()[inside]
    distance = (place @ across)[inside]
    straight = _line(run, distance, level, reach)
    if straight is None:
        return None
    offset, slope = straight
    exact = (distance - offset - slope * run) / np.hypot(1, slope)
    return _half_contrast(exact, level, reach)


def _line(run: Floats, distance: Floats, level: Floats, reach: float) -> tuple[float, float] | None:
    """Where the edge truly is: a straight line through the middle of its slope in each slice of its length."""
    slices = np.linspace(0, run.max(), max(4, min(24, int(run.max() / 4))) + 1)
    points = []
    for low, high in itertools.pairwise(slices):
        part = (run >= low) & (run < high) & (np.abs(distance) <= reach)
        left, right = part & (distance < -reach / 2), part & (distance > reach / 2)
        if part.sum() < 12 or not left.any() or not right.any():
            continue
        dark, bright = sorted((float(np.median(level[left])), float(np.median(level[right]))))
        if bright - dark < _LEAST_CONTRAST:
            continue
        share = np.clip((level[part] - dark) / (bright - dark), 0, 1)
        rising = float(np.median(level[right])) > float(np.median(level[left]))
        covered = float(share.mean()) if rising else 1 - float(share.mean())  # the brighter, the nearer the edge
        points.append(((low + high) / 2, reach - covered * 2 * reach))
    if len(points) < 4:
        return None
    where, at = np.asarray(points).T
    offset, slope = np.polynomial.polynomial.polyfit(where, at, 1)
    away = np.abs(at - offset - slope * where)
    kept = away <= max(0.5, 2.5 * float(np.median(away)))  # a slice with dirt in it does not count
    if kept.sum() < 3:
        return None
    offset, slope = np.polynomial.polynomial.polyfit(where[kept], at[kept], 1)
    return float(offset), float(slope)


def _half_contrast(distance: Floats, level: Floats, reach: float) -> float | None:
    bins = np.floor((distance + reach) * _OVERSAMPLED).astype(int)
    count = int(2 * reach * _OVERSAMPLED)
    valid = (bins >= 0) & (bins < count)
    filled = np.bincount(bins[valid], minlength=count)
    if (filled == 0).mean() > _EMPTY:
        return None
    total = np.bincount(bins[valid], weights=level[valid], minlength=count)
    places = np.flatnonzero(filled)
    spread = np.interp(np.arange(count), places, total[places] / filled[places])
    line = np.gradient(spread)
    centre = int(np.abs(cv2.GaussianBlur(line[None, :], (0, 0), 2.0)[0]).argmax())
    half = min(centre, count - 1 - centre)
    if half < 2 * _OVERSAMPLED:
        return None
    line = line[centre - half : centre + half + 1] * np.hamming(2 * half + 1)
    size = 16 * (2 * half + 1)
    response = np.abs(np.fft.rfft(line, size))
    if response[0] <= 0:
        return None
    frequency = np.fft.rfftfreq(size, 1 / _OVERSAMPLED)
    # The difference over two bins, and the bins' own width, take contrast away that is the picture's own.
    taken = np.sinc(2 * frequency / _OVERSAMPLED) * np.sinc(frequency / _OVERSAMPLED)
    response = response / response[0] / np.maximum(taken, 0.3)
    below = np.flatnonzero(response < 0.5)
    if not len(below) or below[0] == 0:
        return None
    index = int(below[0])
    before, after = response[index - 1], response[index]
    return float(frequency[index - 1] + (before - 0.5) / (before - after) * (frequency[index] - frequency[index - 1]))
