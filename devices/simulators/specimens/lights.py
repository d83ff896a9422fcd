# SPDX-License-Identifier: Apache-2.0
"""The data page under light that no eye sees: what a full-page reader shows an officer beside the white picture.

Near infrared (B900, Doc 9303-3, 4.4): printed ground, captions and emblem are gone, carbon ink stays black.
Long-wave ultraviolet: dull paper is dark, and threads, emblem and a second portrait glow.
"""

from __future__ import annotations

import math

import cv2
import numpy as np
import numpy.typing as npt
from PIL import Image, ImageDraw

from devices.simulators.specimens import layouts
from devices.simulators.specimens.fonts import Typeface, font
from devices.simulators.specimens.guilloche import Pixels, emblem, ground
from devices.simulators.specimens.layouts import PageLayout
from devices.simulators.specimens.pages import (
    CORNER,
    MM_PER_INCH,
    MRZ_HEIGHT,
    Page,
    blend,
    corner_mask,
    fitting,
    print_mrz,
)
from devices.simulators.specimens.portrait import page_portrait
from devices.simulators.specimens.specimen import Specimen
from station.domain.provenance import Illumination

_Floats = npt.NDArray[np.float32]

_INFRARED_PAPER = 226
_CARBON = (30, 30, 30)
_DULL_PAPER = (30, 24, 64)  # paper without brighteners, in the violet rest of the lamp
_DARK_INK = (14, 10, 34)
_GREEN, _RED, _BLUE = (196, 255, 96), (255, 92, 74), (96, 168, 255)
_FIBRES_A_SQUARE_CENTIMETRE = 0.55


def lit_page(traveller: Specimen, light: Illumination, *, dpi: int) -> Page:
    """The page at ``dpi`` in infrared or ultraviolet, in place with the one in white light."""
    layout = layouts.layout_for(traveller)
    mm = dpi / MM_PER_INCH
    size = round(layout.width * mm), round(layout.height * mm)
    draw = _in_infrared if light is Illumination.INFRARED else _in_ultraviolet
    return Page(draw(traveller, layout, size, mm), corner_mask(*size, CORNER * mm))


def _in_infrared(traveller: Specimen, layout: PageLayout, size: tuple[int, int], mm: float) -> Pixels:
    picture = np.full((size[1], size[0], 3), _INFRARED_PAPER, np.uint8)
    portrait = _grey_portrait(traveller, layout, mm)
    left, top = round(layout.portrait.left * mm), round(layout.portrait.top * mm)
    part = picture[top : top + portrait.shape[0], left : left + portrait.shape[1]]
    # Colours of a printed portrait are clear to infrared; what is left is its shadow.
    faint = np.float32(0.28) * (1 - portrait / np.float32(255))
    blend(part, np.broadcast_to(np.asarray(_CARBON, np.float32), part.shape), faint)
    image = Image.fromarray(picture)
    draw = ImageDraw.Draw(image)
    _print_values(draw, layout, _CARBON, mm)
    print_mrz(draw, traveller.mrz_lines, layout, mm)
    return np.asarray(image)


def _in_ultraviolet(traveller: Specimen, layout: PageLayout, size: tuple[int, int], mm: float) -> Pixels:
    width, height = size
    glow = np.zeros((height, width, 3), np.float32)
    lines = ground(width, height, layout.palette, round(MRZ_HEIGHT * mm), mm).astype(np.float32)
    printed = np.clip((lines.max(axis=(0, 1)) - lines).mean(axis=2) / 90, 0, 1)
    glow += printed[:, :, None] * np.asarray(_RED, np.float32) * np.float32(0.30)
    _glowing_emblem(glow, layout, mm)
    _glowing_portrait(glow, traveller, layout, mm)
    _glowing_word(glow, layout, mm)
    soft = np.asarray(cv2.GaussianBlur(glow, (0, 0), 0.35 * mm), np.float32)
    sharp = _fibres(traveller, size, mm)
    picture = np.asarray(_DULL_PAPER, np.float32) + glow + soft * np.float32(0.5) + sharp
    image = Image.fromarray(np.clip(picture, 0, 255).astype(np.uint8))
    draw = ImageDraw.Draw(image)
    _print_values(draw, layout, _DARK_INK, mm)
    print_mrz(draw, traveller.mrz_lines, layout, mm, ink=_DARK_INK)
    return np.asarray(image)


def _grey_portrait(traveller: Specimen, layout: PageLayout, mm: float) -> _Floats:
    width, height = round(layout.portrait.width * mm), round(layout.portrait.height * mm)
    portrait = page_portrait(traveller.face(), traveller.random("portrait"), width=width, height=height)
    return np.asarray(np.asarray(portrait, np.float32).mean(axis=2), np.float32)


def _glowing_emblem(glow: _Floats, layout: PageLayout, mm: float) -> None:
    """A large emblem in the middle of the visual zone that white light does not show."""
    side = round(0.62 * (layout.height - MRZ_HEIGHT) * mm)
    left = round(layout.width * 0.60 * mm) - side // 2
    top = round((layout.height - MRZ_HEIGHT) * 0.54 * mm) - side // 2
    part = glow[top : top + side, left : left + side]
    part += emblem(side)[:, :, None] * np.asarray(_GREEN, np.float32) * np.float32(0.72)


def _glowing_portrait(glow: _Floats, traveller: Specimen, layout: PageLayout, mm: float) -> None:
    """The second portrait, where the page has one: light where the face is light."""
    box = layout.ghost
    if box is None:
        return
    size = (round(box.width * mm), round(box.height * mm))
    small = np.asarray(cv2.resize(_grey_portrait(traveller, layout, mm), size, interpolation=cv2.INTER_AREA))
    oval = np.zeros((size[1], size[0]), np.uint8)
    cv2.ellipse(oval, (size[0] // 2, size[1] // 2), (size[0] * 2 // 5, size[1] * 9 // 20), 0, 0, 360, (255.0,), -1)
    weight = np.asarray(cv2.GaussianBlur(oval, (0, 0), max(1.0, 0.9 * mm)), np.float32) / np.float32(255)
    left, top = round(box.left * mm), round(box.top * mm)
    part = glow[top : top + size[1], left : left + size[0]]
    part += (weight * (1 - small / np.float32(255)))[:, :, None] * np.asarray(_BLUE, np.float32)


def _glowing_word(glow: _Floats, layout: PageLayout, mm: float) -> None:
    """UTOPIA above the MRZ."""
    top, height = round((layout.height - MRZ_HEIGHT - 3.6) * mm), round(3.4 * mm)
    layer = Image.new("L", (glow.shape[1], height), 0)
    face = font(Typeface.BOLD, 2.6 * mm)
    draw, step = ImageDraw.Draw(layer), face.getlength("UTOPIA  ")
    for place in range(math.ceil(glow.shape[1] / step)):
        draw.text((place * step + 2 * mm, height * 0.85), "UTOPIA", 255, face, anchor="ls")
    weight = np.asarray(layer, np.float32) / np.float32(255)
    glow[top : top + height] += weight[:, :, None] * np.asarray(_GREEN, np.float32) * np.float32(0.55)


def _fibres(traveller: Specimen, size: tuple[int, int], mm: float) -> _Floats:
    """Short threads in the paper, strewn by chance, in three colours."""
    width, height = size
    random = traveller.random("fibres")
    picture = np.zeros((height, width, 3), np.uint8)
    for _ in range(round(width * height / (10 * mm) ** 2 * _FIBRES_A_SQUARE_CENTIMETRE)):
        x, y = random.uniform(0, width), random.uniform(0, height)
        angle, bend = random.uniform(0, 2 * math.pi), random.uniform(-1.2, 1.2)
        along = np.linspace(0, 1, 12)
        turn = angle + bend * along
        reach = random.uniform(2.0, 4.5) * mm
        points = np.stack([x + reach * along * np.cos(turn), y + reach * along * np.sin(turn)], axis=1)
        cv2.polylines(picture, [np.round(points * 16).astype(np.int32)], isClosed=False,
                      color=random.choice((_GREEN, _RED, _BLUE)), thickness=max(1, round(0.12 * mm)),
                      lineType=cv2.LINE_AA, shift=4)  # fmt: skip
    return picture.astype(np.float32)


def _print_values(draw: ImageDraw.ImageDraw, layout: PageLayout, ink: tuple[int, int, int], mm: float) -> None:
    """Personal data as it was personalised; captions belong to the printed ground and are not seen."""
    for printed in layout.fields:
        typeface = Typeface.BOLD if printed.strong else Typeface.TEXT
        face = fitting(printed.value, typeface, printed.size * mm, printed.width * mm)
        x, y = printed.left * mm, (printed.top + printed.size * 1.06) * mm
        draw.text((x, y), printed.value, ink, face, anchor="ls")
