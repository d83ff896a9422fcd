# SPDX-License-Identifier: Apache-2.0
"""The data page of a specimen at true size: zones as Doc 9303-4 to -7 place them, in millimetres from the top left."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt
from PIL import Image, ImageDraw, ImageFont

from devices.simulators.specimens import layouts
from devices.simulators.specimens.fonts import Typeface, font
from devices.simulators.specimens.guilloche import Pixels, emblem, ground
from devices.simulators.specimens.layouts import PageLayout, PrintedField
from devices.simulators.specimens.portrait import page_portrait
from devices.simulators.specimens.specimen import Specimen

MM_PER_INCH = 25.4
PITCH = 2.54  # mm between characters: ten an inch (Doc 9303-3, 4.3)
LINE_STEP = 6.35  # mm between the lines of an MRZ
OCR_B_ADVANCE = 0.723  # em, of every character of the typeface
MRZ_HEIGHT = 23.2  # mm (Doc 9303-3, 4.1)
CORNER = 3.18  # mm radius

_INK = (26, 27, 34)
_CAPTION_INK = (86, 92, 104)
_SPECIMEN_RED = (196, 38, 46)


@dataclass(frozen=True, slots=True)
class Page:
    """A drawn page: RGB pixels, and a mask that is 0 outside its rounded corners."""

    pixels: Pixels
    mask: npt.NDArray[np.uint8]


def draw_page(traveller: Specimen, *, dpi: int) -> Page:
    """The page at ``dpi``. Raises DeviceFault when a typeface is not installed."""
    layout = layouts.layout_for(traveller)
    mm = dpi / MM_PER_INCH
    width, height = round(layout.width * mm), round(layout.height * mm)
    picture = ground(width, height, layout.palette, round(MRZ_HEIGHT * mm), mm).copy()
    _place_portraits(picture, traveller, layout, mm)
    _sign(picture, traveller, layout, mm)
    _place_emblem(picture, layout, mm)
    image = Image.fromarray(picture)
    draw = ImageDraw.Draw(image)
    _print_heading(draw, layout, mm)
    for printed in layout.fields:
        _print_field(draw, printed, mm)
    print_mrz(draw, traveller.mrz_lines, layout, mm)
    _overprint_specimen(image, layout, mm)
    return Page(np.asarray(image), corner_mask(width, height, CORNER * mm))


def _place_portraits(picture: Pixels, traveller: Specimen, layout: PageLayout, mm: float) -> None:
    width, height = round(layout.portrait.width * mm), round(layout.portrait.height * mm)
    portrait = page_portrait(traveller.face(), traveller.random("portrait"), width=width, height=height)
    edge = np.zeros((height, width), np.uint8)
    rim = max(1, round(0.35 * mm))
    cv2.rectangle(edge, (rim, rim), (width - rim - 1, height - rim - 1), (255.0,), -1)
    weight = np.asarray(cv2.GaussianBlur(edge, (0, 0), rim), np.float32) * np.float32(0.96 / 255)
    left, top = round(layout.portrait.left * mm), round(layout.portrait.top * mm)
    blend(picture[top : top + height, left : left + width], portrait, weight)
    if layout.ghost is None:
        return
    size = (round(layout.ghost.width * mm), round(layout.ghost.height * mm))
    small = np.asarray(cv2.resize(portrait, size, interpolation=cv2.INTER_AREA), np.float32)
    grey = small.mean(axis=2)
    tint = np.asarray(layout.palette.value[2], np.float32)
    oval = np.zeros(grey.shape, np.uint8)
    cv2.ellipse(oval, (size[0] // 2, size[1] // 2), (size[0] * 2 // 5, size[1] * 9 // 20), 0, 0, 360, (255.0,), -1)
    soft = np.asarray(cv2.GaussianBlur(oval, (0, 0), max(1.0, 0.9 * mm)), np.float32) / np.float32(255)
    left, top = round(layout.ghost.left * mm), round(layout.ghost.top * mm)
    part = picture[top : top + size[1], left : left + size[0]]
    blend(part, np.broadcast_to(tint, part.shape), soft * (1 - grey / 255) * np.float32(0.62))


def blend(part: Pixels, paint: npt.NDArray[np.float32], weight: npt.NDArray[np.float32]) -> None:
    """Lay ``paint`` over a part of a page, in place, as dense as ``weight`` (0 to 1) says for each pixel."""
    mixed = part.astype(np.float32)
    mixed += (paint - mixed) * weight[:, :, None]
    part[:] = np.clip(mixed, 0, 255).astype(np.uint8)


def _sign(picture: Pixels, traveller: Specimen, layout: PageLayout, mm: float) -> None:
    """A scribble that is nobody's hand. Small children do not sign (Doc 9303-3, zone IV)."""
    box = layout.signature
    if box is None or traveller.person.age_on(traveller.papers.issue_date) < 8:
        return
    random = traveller.random("signature")
    time = np.linspace(0, 1, 320)
    pace = random.uniform(5, 9)
    lift = np.exp(-2.2 * time) * 0.7 + 0.3
    x = time + 0.055 * np.sin(2 * np.pi * pace * time + random.uniform(0, 6))
    y = (
        0.55
        - 0.30 * lift * np.sin(2 * np.pi * pace * time)
        - 0.13 * np.sin(2 * np.pi * random.uniform(1.2, 2.6) * time + random.uniform(0, 6))
        + 0.10 * np.sin(2 * np.pi * random.uniform(9, 14) * time)
    )
    points = np.stack([(box.left + box.width * x) * mm, (box.top + box.height * y) * mm], axis=1)
    strokes = [np.round(points * 16).astype(np.int32)]
    cv2.polylines(picture, strokes, isClosed=False, color=(38, 44, 96), thickness=max(1, round(0.2 * mm)),
                  lineType=cv2.LINE_AA, shift=4)  # fmt: skip


def _place_emblem(picture: Pixels, layout: PageLayout, mm: float) -> None:
    size = round(layout.emblem.width * mm)
    left, top = round(layout.emblem.left * mm), round(layout.emblem.top * mm)
    part = picture[top : top + size, left : left + size]
    ink = np.asarray(layout.palette.value[2], np.float32)
    blend(part, np.broadcast_to(ink, part.shape), emblem(size) * np.float32(0.85))


def _print_heading(draw: ImageDraw.ImageDraw, layout: PageLayout, mm: float) -> None:
    ink = layout.palette.value[2]
    x, y, size = layout.heading.left * mm, layout.heading.top * mm, layout.heading.height
    face = font(Typeface.BOLD, size * mm)
    draw.text((x, y), "UTOPIA", ink, face, anchor="ls")
    after = x + face.getlength("UTOPIA") + 2.6 * mm
    mark, right = font(Typeface.BOLD, size * 0.72 * mm), (layout.width - 4.0) * mm
    draw.text((right, y), "SPECIMEN", _SPECIMEN_RED, mark, anchor="rs")
    room = right - mark.getlength("SPECIMEN") - 2 * mm - after
    title = fitting(layout.title, Typeface.TEXT, size * 0.72 * mm, room)
    draw.text((after, y), layout.title, ink, title, anchor="ls")
    rule = y + 1.3 * mm
    draw.line((x, rule, right, rule), ink, max(1, round(0.18 * mm)))


def _print_field(draw: ImageDraw.ImageDraw, printed: PrintedField, mm: float) -> None:
    x, y = printed.left * mm, printed.top * mm
    caption = font(Typeface.TEXT, printed.size * 0.60 * mm)
    draw.text((x, y), printed.caption, _CAPTION_INK, caption, anchor="ls")
    typeface = Typeface.BOLD if printed.strong else Typeface.TEXT
    face = fitting(printed.value, typeface, printed.size * mm, printed.width * mm)
    draw.text((x, y + printed.size * 1.06 * mm), printed.value, _INK, face, anchor="ls")


def fitting(text: str, typeface: Typeface, size: float, room: float) -> ImageFont.FreeTypeFont:
    """The typeface at ``size`` pixels, or smaller (down to half) so that the text fits into ``room`` pixels."""
    smallest = size / 2
    while size > smallest and font(typeface, size).getlength(text) > room:
        size *= 0.94
    return font(typeface, size)


def print_mrz(
    draw: ImageDraw.ImageDraw,
    lines: tuple[str, ...],
    layout: PageLayout,
    mm: float,
    *,
    ink: tuple[int, int, int] = _INK,
) -> None:
    """Each character in its own cell: the pitch is exact at any resolution."""
    face = font(Typeface.OCR_B, PITCH / OCR_B_ADVANCE * mm)
    top, bottom = face.getbbox("H", anchor="ls")[1::2]
    for row, line in enumerate(lines):
        middle = layout.height - layout.mrz_bottom - LINE_STEP * (len(lines) - 1 - row)
        baseline = middle * mm - (top + bottom) / 2
        for column, character in enumerate(line):
            draw.text(((layout.mrz_left + column * PITCH) * mm, baseline), character, ink, face, anchor="ls")


def _overprint_specimen(image: Image.Image, layout: PageLayout, mm: float) -> None:
    """SPECIMEN across the personal data: pale enough to read through, and clear of the portrait and the MRZ."""
    left = layout.portrait.left + layout.portrait.width + 1
    layer = Image.new("L", (round((layout.width - left - 3) * mm), round((layout.height - MRZ_HEIGHT) * mm)), 0)
    face = font(Typeface.BOLD, 0.182 * layer.width)
    ImageDraw.Draw(layer).text((layer.width / 2, layer.height * 0.56), "SPECIMEN", 44, face, anchor="mm")
    turned = layer.rotate(14, Image.Resampling.BILINEAR)
    image.paste(_SPECIMEN_RED, (round(left * mm), 0), turned)


def corner_mask(width: int, height: int, radius: float) -> npt.NDArray[np.uint8]:
    """255 inside the rounded corners of a page, 0 outside."""
    mask = Image.new("L", (width, height), 0)
    ImageDraw.Draw(mask).rounded_rectangle((0, 0, width - 1, height - 1), radius, 255)
    return np.asarray(mask)
