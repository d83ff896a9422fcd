# SPDX-License-Identifier: Apache-2.0
"""Finds the typefaces specimens are set in: OCR-B for the MRZ, Noto Sans for the rest. Neither is shipped."""

from __future__ import annotations

import enum
from functools import cache, lru_cache
from pathlib import Path

from PIL import ImageFont

from station.domain.errors import DeviceFault
from station.domain.words import say

FONT_FOLDERS = (Path("/usr/share/fonts"), Path("/usr/local/share/fonts"))


class Typeface(enum.Enum):
    """A typeface by its file name; the Debian package that brings it stands beside it."""

    OCR_B = "OCRB.otf"  # fonts-ocr-b: the MRZ (Doc 9303-3, 4.3)
    TEXT = "NotoSans-Regular.ttf"  # fonts-noto-core: captions and values
    BOLD = "NotoSans-Bold.ttf"  # fonts-noto-core: headings and the number
    ITALIC = "NotoSans-Italic.ttf"  # fonts-noto-core: signatures

    @property
    def package(self) -> str:
        """The Debian package that installs the file."""
        return "fonts-ocr-b" if self is Typeface.OCR_B else "fonts-noto-core"


@lru_cache(maxsize=96)
def font(typeface: Typeface, size: float) -> ImageFont.FreeTypeFont:
    """The typeface at ``size`` pixels per em. Raises DeviceFault naming the package when it is not installed."""
    return ImageFont.truetype(font_file(typeface), size, layout_engine=ImageFont.Layout.BASIC)


@cache
def font_file(typeface: Typeface) -> Path:
    """Where the typeface lies. Raises DeviceFault naming the package when it is not installed."""
    for folder in FONT_FOLDERS:
        found = min(folder.rglob(typeface.value), default=None)
        if found is not None:
            return found
    raise DeviceFault(
        say("Specimen documents cannot be drawn: the typeface {name} is not installed.", name=typeface.value),
        say("Install the package {package}, then start again.", package=typeface.package),
    )
