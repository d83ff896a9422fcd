# SPDX-License-Identifier: Apache-2.0
"""Specimen documents photographed on desks: seeded scenes of which the true corners are known."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from random import Random

import cv2
import numpy as np
import numpy.typing as npt
import pytest

from devices.simulators.specimens.pages import Page, draw_page
from devices.simulators.specimens.people import SpecimenStock
from station.domain.errors import DeviceFault

Picture = npt.NDArray[np.uint8]
Floats = npt.NDArray[np.float32]

SIZE = (1280, 960)  # pixels, as a document camera gives its live picture
_PAGES = 6
_DESKS = ("wood", "cloth", "plain", "speckled", "stripes")


@dataclass(frozen=True, slots=True)
class Scene:
    """One photograph. ``corners`` (4 x 2, x and y in pixels) run clockwise as seen; None on an empty desk."""

    picture: Picture
    corners: Floats | None


@lru_cache(maxsize=_PAGES)
def specimen_page(number: int) -> Page:
    """The page of one specimen traveller at 150 dpi. Skips the test where a typeface is missing."""
    try:
        return draw_page(SpecimenStock(11, today=date(2026, 1, 1)).traveller(number), dpi=150)
    except DeviceFault:
        pytest.skip("the typefaces of the specimens (fonts-noto-core, fonts-ocr-b) are not on this machine")


def scene(seed: int, *, empty: bool = False) -> Scene:
    """A document at any place, turn and slant on a cluttered desk, under uneven light; out of focus and noisy."""
    random = Random(seed)
    grain = np.random.default_rng(seed)
    desk = _desk(random, grain)
    corners = None if empty else _corners(random)
    _clutter(desk, random, corners)
    if corners is not None:
        _lay(desk, specimen_page(random.randrange(_PAGES)), corners, random)
    lit = _lit(desk, random)
    blurred = np.asarray(cv2.GaussianBlur(lit, (0, 0), random.uniform(0.4, 2.2)), np.float32)
    noisy = blurred + grain.normal(0, random.uniform(1, 6), blurred.shape).astype(np.float32)
    return Scene(np.clip(noisy, 0, 255).astype(np.uint8), corners)


def _desk(random: Random, grain: np.random.Generator) -> Floats:
    width, height = SIZE
    base = np.array([random.uniform(20, 200) for _ in range(3)], np.float32)
    base = (base + base.mean() * 2) / 3  # desks are not very colourful
    kind = random.choice(_DESKS)
    if kind == "wood":
        noise = grain.normal(0, 1, (height // 3 + 1, width // 60 + 1)).astype(np.float32)
        noise = np.asarray(cv2.resize(noise, (width, height), interpolation=cv2.INTER_CUBIC), np.float32)
        texture = noise * random.uniform(4, 14)
    elif kind == "cloth":
        rows = np.sin(np.arange(height) * random.uniform(0.5, 1.4))[:, None]
        columns = np.sin(np.arange(width) * random.uniform(0.5, 1.4))[None, :]
        texture = (rows * columns * random.uniform(5, 18)).astype(np.float32)
    elif kind == "speckled":
        noise = grain.normal(0, 1, (height // 2, width // 2)).astype(np.float32)
        texture = np.asarray(cv2.resize(noise, (width, height)), np.float32) * random.uniform(6, 22)
    elif kind == "stripes":
        angle = random.uniform(0, np.pi)
        across = np.arange(width)[None, :] * np.cos(angle) + np.arange(height)[:, None] * np.sin(angle)
        texture = (np.sign(np.sin(across * random.uniform(0.03, 0.12))) * random.uniform(3, 14)).astype(np.float32)
    else:
        texture = np.zeros((height, width), np.float32)
    return np.asarray(base[None, None, :] + texture[:, :, None], np.float32)


def _corners(random: Random) -> Floats:
    """A page of 125 x 88 mm anywhere in the picture, in any direction, seen from a slant."""
    width, height = SIZE
    while True:
        long = random.uniform(0.3, 0.75) * width
        short = long * 88 / 125
        turn = random.uniform(-np.pi, np.pi)
        drift = random.uniform(0, 0.06) * long
        middle = np.array([random.uniform(0.3, 0.7) * width, random.uniform(0.3, 0.7) * height])
        points = np.array([(-long, -short), (long, -short), (long, short), (-long, short)]) / 2
        rotation = np.array([(np.cos(turn), -np.sin(turn)), (np.sin(turn), np.cos(turn))])
        placed = points @ rotation.T + middle
        placed += np.array([[random.uniform(-drift, drift) for _ in range(2)] for _ in range(4)])
        if (placed > 8).all() and (placed < np.array(SIZE) - 8).all():
            return np.asarray(placed, np.float32)


def _clutter(desk: Floats, random: Random, corners: Floats | None) -> None:
    """Pens, cables, cups and slips of paper, beside the page or half below it."""
    width, height = SIZE
    for _ in range(random.randrange(0, 7)):
        colour = tuple(random.uniform(0, 255) for _ in range(3))
        x, y = random.uniform(0, width), random.uniform(0, height)
        what = random.randrange(4)
        if what == 0:
            end = (round(x + random.uniform(-300, 300)), round(y + random.uniform(-300, 300)))
            cv2.line(desk, (round(x), round(y)), end, colour, random.randrange(4, 16), cv2.LINE_AA)
        elif what == 1:
            cv2.circle(
                desk, (round(x), round(y)), random.randrange(30, 110), colour, random.choice((-1, 6)), cv2.LINE_AA
            )
        elif what == 2:
            box = cv2.boxPoints(((x, y), (random.uniform(40, 220), random.uniform(40, 160)), random.uniform(0, 90)))
            cv2.fillConvexPoly(desk, np.round(box).astype(np.int32), colour, cv2.LINE_AA)
        else:
            steps = [(x + 40 * n, y + 60 * np.sin(n / 2 + x)) for n in range(12)]
            cv2.polylines(
                desk,
                [np.round(steps).astype(np.int32)],
                isClosed=False,
                color=colour,
                thickness=5,
                lineType=cv2.LINE_AA,
            )


def _lay(desk: Floats, page: Page, corners: Floats, random: Random) -> None:
    height, width = page.pixels.shape[:2]
    source = np.asarray([(0, 0), (width, 0), (width, height), (0, height)], np.float32)
    matrix = cv2.getPerspectiveTransform(source, corners)
    laid = cv2.warpPerspective(
        page.pixels[:, :, ::-1].astype(np.float32), matrix, SIZE, borderMode=cv2.BORDER_REPLICATE
    )
    inside = cv2.warpPerspective(page.mask, matrix, SIZE).astype(np.float32) / 255
    shadow = np.roll(cv2.GaussianBlur(inside, (0, 0), 5), (random.randrange(0, 6), random.randrange(0, 6)), (0, 1))
    desk *= 1 - (shadow * random.uniform(0, 0.4))[:, :, None]
    desk += (laid * np.float32(random.uniform(0.75, 1.0)) - desk) * inside[:, :, None]


def _lit(desk: Floats, random: Random) -> Floats:
    width, height = SIZE
    angle, depth = random.uniform(0, 2 * np.pi), random.uniform(0, 0.4)
    x = np.linspace(-1, 1, width, dtype=np.float32)[None, :] * np.float32(np.cos(angle))
    y = np.linspace(-1, 1, height, dtype=np.float32)[:, None] * np.float32(np.sin(angle))
    return np.asarray(desk * (1 - depth * (1 + x + y) / 2)[:, :, None] * random.uniform(0.7, 1.1), np.float32)
