# SPDX-License-Identifier: Apache-2.0
"""How a page reaches the station: worn or new, laid on a flatbed not quite straight, or photographed by hand."""

from __future__ import annotations

import io
import math
from dataclasses import dataclass
from functools import lru_cache
from random import Random

import cv2
import numpy as np
import numpy.typing as npt
from PIL import Image

from devices.simulators.specimens.guilloche import Pixels
from devices.simulators.specimens.pages import MM_PER_INCH, MRZ_HEIGHT, Page
from devices.simulators.specimens.wear import Orientation, Wear
from station.domain.provenance import Illumination
from station.ports.images import EncodedImage

_Floats = npt.NDArray[np.float32]

_LIDS = {  # how a scanner's lid looks under each light
    Illumination.WHITE: (236, 236, 233),
    Illumination.INFRARED: (222, 222, 222),
    Illumination.ULTRAVIOLET: (15, 12, 26),
}
_DESKS = ((112, 84, 62), (84, 88, 94), (58, 74, 66), (150, 140, 124))
_NOISE_SIDE = 512


@dataclass(frozen=True, slots=True, kw_only=True)
class _Conditions:
    """Bounds of one kind of picture. Angles in degrees, blur in pixels at 300 dpi, noise in grey levels."""

    angle: float
    perspective: float
    fade: float
    blur: tuple[float, float]
    noise: float
    uneven: float
    quality: int
    specks: int
    folds: int


_CONDITIONS = {
    Wear.NEW: _Conditions(
        angle=0.4, perspective=0, fade=0, blur=(0, 0), noise=0, uneven=0, quality=0, specks=0, folds=0
    ),
    Wear.LIGHT: _Conditions(
        angle=1.6, perspective=0, fade=0.05, blur=(0.35, 0.7), noise=2, uneven=0.03, quality=92, specks=14, folds=0
    ),
    Wear.WORN: _Conditions(
        angle=3.0, perspective=0, fade=0.17, blur=(0.6, 1.0), noise=3.5, uneven=0.06, quality=84, specks=60, folds=2
    ),
    Wear.PHOTOGRAPHED: _Conditions(
        angle=6.0, perspective=0.035, fade=0.06, blur=(0.8, 1.4), noise=5, uneven=0.22, quality=76, specks=10, folds=0
    ),
}


def captured(
    page: Page,
    wear: Wear,
    random: Random,
    *,
    dpi: int,
    orientation: Orientation,
    light: Illumination = Illumination.WHITE,
) -> EncodedImage:
    """The picture of ``page`` on its bed. NEW as PNG, everything else as JPEG; equal arguments give equal bytes.

    Every light draws the same chances in the same order, so that the page lies at the same place in each.
    """
    conditions = _CONDITIONS[wear]
    mm = dpi / MM_PER_INCH
    aged = _aged(page.pixels, conditions, random, mm)
    picture = _laid_down(aged, page.mask, wear, random, mm=mm, light=light)
    if conditions.uneven:
        _light(picture, conditions.uneven, random)
    blur = random.uniform(*conditions.blur) * dpi / 300
    if blur > 0.2:
        picture = np.asarray(cv2.GaussianBlur(picture, (0, 0), blur), np.float32)
    if conditions.noise:
        picture += _noise(picture.shape[0], picture.shape[1], random)[:, :, None] * np.float32(conditions.noise)
    if light is Illumination.INFRARED:  # one band: whatever has a colour has none here
        picture[:] = picture.mean(axis=2, keepdims=True)
    turned = np.rot90(picture, -(orientation // 90))
    if wear is Wear.NEW:
        return as_png(turned, dpi=dpi)
    return as_jpeg(turned, quality=conditions.quality, dpi=dpi)


def as_jpeg(picture: _Floats, *, quality: int, dpi: int) -> EncodedImage:
    """Float RGB as a JPEG file that carries its resolution."""
    out = io.BytesIO()
    Image.fromarray(_bytes(picture)).save(out, "JPEG", quality=quality, dpi=(dpi, dpi))
    return EncodedImage(out.getvalue(), "image/jpeg")


def as_png(picture: _Floats, *, dpi: int) -> EncodedImage:
    """Float RGB as a PNG file that carries its resolution."""
    out = io.BytesIO()
    Image.fromarray(_bytes(picture)).save(out, "PNG", compress_level=1, dpi=(dpi, dpi))
    return EncodedImage(out.getvalue(), "image/png")


def _bytes(picture: _Floats) -> Pixels:
    return np.ascontiguousarray(np.clip(picture + np.float32(0.5), 0, 255).astype(np.uint8))


def _aged(page: Pixels, conditions: _Conditions, random: Random, mm: float) -> _Floats:
    """Faded print, dust, folds, stains and rubbed edges."""
    picture = page.astype(np.float32)
    height, width = page.shape[:2]
    if conditions.fade:
        fade = random.uniform(0.5, 1) * conditions.fade
        picture += (np.asarray((240, 237, 228), np.float32) - picture) * np.float32(fade)
    for _ in range(conditions.specks):
        place = (random.randrange(width), random.randrange(height))
        grey = random.choice((120.0, 180.0, 250.0))
        radius = random.uniform(0.04, 0.13) * mm
        cv2.circle(picture, place, max(1, round(radius)), (grey, grey, grey), -1, cv2.LINE_AA)
    for _ in range(conditions.folds):
        _fold(picture, random, mm)
    if conditions.folds:
        _stain(picture, random)
        rim = max(1, round(0.9 * mm))
        rubbed = np.full((height, width), 0.5, np.float32)
        rubbed[rim:-rim, rim:-rim] = 0
        rubbed = np.asarray(cv2.GaussianBlur(rubbed, (0, 0), rim * 0.6), np.float32)
        picture += (np.float32(236) - picture) * rubbed[:, :, None]
    return picture


def _fold(picture: _Floats, random: Random, mm: float) -> None:
    """A crease through the visual zone: a pale line with a shadow beside it. The MRZ is crossed across, never along."""
    height, width = picture.shape[:2]
    viz = height - MRZ_HEIGHT * mm
    if random.random() < 0.5:
        start, end = (random.uniform(0.2, 0.9) * width, 0.0), (random.uniform(0.2, 0.9) * width, float(height))
    else:
        start, end = (0.0, random.uniform(0.2, 0.9) * viz), (float(width), random.uniform(0.2, 0.9) * viz)
    for offset, grey, share in ((1.2, 70.0, 0.16), (0.0, 250.0, 0.34)):
        line = np.zeros((height, width), np.uint8)
        move = round(offset * 0.15 * mm)
        cv2.line(line, (round(start[0]) + move, round(start[1]) + move), (round(end[0]) + move, round(end[1]) + move),
                 (255.0,), max(1, round(0.14 * mm)), cv2.LINE_AA)  # fmt: skip
        weight = np.asarray(cv2.GaussianBlur(line, (0, 0), 0.07 * mm), np.float32) * np.float32(share / 255)
        picture += (np.float32(grey) - picture) * weight[:, :, None]


def _stain(picture: _Floats, random: Random) -> None:
    """The ring of a wet cup, mostly beside the page."""
    height, width = picture.shape[:2]
    small = np.zeros((height // 8 + 1, width // 8 + 1), np.uint8)
    centre = (round(random.uniform(0.1, 1.1) * width / 8), round(random.uniform(-0.2, 0.5) * height / 8))
    radius = round(random.uniform(0.18, 0.3) * width / 8)
    cv2.circle(small, centre, radius, (90.0,), -1)
    cv2.circle(small, centre, radius, (255.0,), 2)
    soft = np.asarray(cv2.GaussianBlur(small, (0, 0), 1.2), np.uint8)
    weight = np.asarray(cv2.resize(soft, (width, height), interpolation=cv2.INTER_LINEAR), np.float32)
    picture *= 1 - weight[:, :, None] * (np.asarray((0.05, 0.10, 0.18), np.float32) / np.float32(255))


def _laid_down(page: _Floats, mask: Pixels, wear: Wear, random: Random, *, mm: float, light: Illumination) -> _Floats:
    height, width = page.shape[:2]
    margins = [random.uniform(9, 17) * mm for _ in range(4)]
    bed_width, bed_height = round(width + margins[0] + margins[1]), round(height + margins[2] + margins[3])
    matrix = _placing((width, height), (bed_width, bed_height), (margins[0], margins[2]), _CONDITIONS[wear], random)
    size = (bed_width, bed_height)
    bed = _bed(size, wear, random, light)
    laid = np.asarray(
        cv2.warpPerspective(page, matrix, size, flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE), np.float32
    )
    inside = np.asarray(cv2.warpPerspective(mask, matrix, size, flags=cv2.INTER_LINEAR), np.float32) / np.float32(255)
    bed *= (1 - _shadow(inside, wear, mm))[:, :, None]
    bed += (laid - bed) * inside[:, :, None]
    return bed


def _placing(
    page: tuple[int, int],
    bed: tuple[int, int],
    corner: tuple[float, float],
    conditions: _Conditions,
    random: Random,
) -> npt.NDArray[np.float64]:
    """The mapping of page to bed: a small turn about the middle, for photographs with perspective."""
    width, height = page
    angle = math.radians(random.uniform(-conditions.angle, conditions.angle))
    middle = (corner[0] + width / 2, corner[1] + height / 2)
    target = []
    for x, y in ((-1, -1), (1, -1), (1, 1), (-1, 1)):
        across, down = x * width / 2, y * height / 2
        drift = conditions.perspective * width
        target.append(
            (
                middle[0] + across * math.cos(angle) - down * math.sin(angle) + random.uniform(-drift, drift),
                middle[1] + across * math.sin(angle) + down * math.cos(angle) + random.uniform(-drift, drift),
            )
        )
    # Nothing of the page leaves the picture.
    points = np.asarray(target, np.float64)
    low, high = points.min(axis=0), points.max(axis=0)
    room = np.asarray(bed, np.float64) - 4
    points = (points - low) * min(1.0, *(room / (high - low))) + np.clip(low, 2, np.maximum(2, room + 2 - (high - low)))
    source = np.asarray(((0, 0), (width, 0), (width, height), (0, height)), np.float32)
    return np.asarray(cv2.getPerspectiveTransform(source, points.astype(np.float32)), np.float64)


def _bed(size: tuple[int, int], wear: Wear, random: Random, light: Illumination) -> _Floats:
    width, height = size
    if wear is not Wear.PHOTOGRAPHED:
        grey = random.uniform(-4, 4)
        return np.full((height, width, 3), np.asarray(_LIDS[light], np.float32) + np.float32(grey), np.float32)
    colour = np.asarray(random.choice(_DESKS), np.float32)
    coarse = _noise(height // 24 + 2, width // 6 + 2, random)
    grain = np.asarray(cv2.resize(coarse, (width, height), interpolation=cv2.INTER_LINEAR), np.float32)
    return colour[None, None, :] * (1 + grain * np.float32(0.06))[:, :, None]


def _shadow(inside: _Floats, wear: Wear, mm: float) -> _Floats:
    """The thin shadow at the page's edge; computed small, for it is soft."""
    height, width = inside.shape
    spread, depth = (1.6, 0.42) if wear is Wear.PHOTOGRAPHED else (0.55, 0.26)
    shrink = 4
    small = np.asarray(
        cv2.resize(inside, (width // shrink, height // shrink), interpolation=cv2.INTER_AREA), np.float32
    )
    moved = np.roll(small, max(1, round(0.35 * mm / shrink)), axis=(0, 1))
    soft = cv2.GaussianBlur(moved, (0, 0), max(0.5, spread * mm / shrink))
    return np.asarray(cv2.resize(soft, (width, height), interpolation=cv2.INTER_LINEAR), np.float32) * np.float32(depth)


def _light(picture: _Floats, uneven: float, random: Random) -> None:
    """One side brighter than the other, and slow waves of light in between."""
    height, width = picture.shape[:2]
    angle = random.uniform(0, 2 * math.pi)
    y, x = np.mgrid[-1:1:24j, -1:1:32j].astype(np.float32)
    slope = x * np.float32(math.cos(angle)) + y * np.float32(math.sin(angle))
    wave = np.sin(x * np.float32(random.uniform(1, 3)) + np.float32(random.uniform(0, 6))) * np.float32(0.35)
    field = 1 + np.float32(uneven) * (slope * np.float32(0.7) + wave - np.float32(0.15))
    picture *= np.asarray(cv2.resize(field, (width, height), interpolation=cv2.INTER_CUBIC), np.float32)[:, :, None]


@lru_cache(maxsize=1)
def _noise_tile() -> _Floats:
    return np.random.default_rng(9303).standard_normal((_NOISE_SIDE, _NOISE_SIDE)).astype(np.float32)


def _noise(height: int, width: int, random: Random) -> _Floats:
    """Normal noise of deviation 1: one tile, shifted by chance, repeated."""
    shift = (random.randrange(_NOISE_SIDE), random.randrange(_NOISE_SIDE))
    tile = np.roll(_noise_tile(), shift, axis=(0, 1))
    repeat = (height // _NOISE_SIDE + 1, width // _NOISE_SIDE + 1)
    return np.ascontiguousarray(np.tile(tile, repeat)[:height, :width])
