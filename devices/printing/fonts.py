# SPDX-License-Identifier: Apache-2.0
"""Finds the typefaces of the papers and lays out one line of any writing direction."""

from __future__ import annotations

import re
import threading
import unicodedata
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import arabic_reshaper
from bidi import get_display  # bidi.algorithm, the older one, knows no isolates
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont

from station.domain.errors import DeviceFault
from station.domain.words import say

FOLDERS: Final = (
    Path("/usr/share/fonts/truetype/noto"),
    Path("/usr/share/fonts/noto"),
    Path("/usr/local/share/fonts/noto"),
)
# Noto Sans has Latin, Cyrillic and Greek; what it lacks is taken from the next, letter by letter.
_PLAIN: Final = ("NotoSans-Regular", "NotoNaskhArabic-Regular")
_BOLD: Final = ("NotoSans-Bold", "NotoNaskhArabic-Bold")
_INVISIBLE: Final = re.compile("[\u200b-\u200f\u202a-\u202e\u2066-\u2069]")  # direction marks have no picture
_BRACKETS: Final = re.compile(r"\(([^()]*)\)")
_lock = threading.Lock()  # reportlab's table of typefaces is one for the process


@dataclass(frozen=True, slots=True)
class Run:
    """Letters of one typeface, in the order they are drawn from left to right."""

    font: str
    text: str


class Typeface:
    """One weight, over the files it is made of. Widths are in points at the size given."""

    def __init__(self, fonts: tuple[TTFont, ...]) -> None:
        self._fonts = fonts

    def runs(self, line: str, *, right_to_left: bool) -> list[Run]:
        """A logical line as it is drawn: joined, in visual order, cut where the typeface changes."""
        runs: list[Run] = []
        for letter in _visual(line, right_to_left=right_to_left):
            font = self._font_of(letter, runs[-1].font if runs else "")
            if runs and runs[-1].font == font:
                runs[-1] = Run(font, runs[-1].text + letter)
            else:
                runs.append(Run(font, letter))
        return runs

    def width(self, line: str, size: float) -> float:
        """How wide a logical line is drawn."""
        return sum(
            float(pdfmetrics.stringWidth(run.text, run.font, size)) for run in self.runs(line, right_to_left=False)
        )

    def wrapped(self, text: str, size: float, width: float) -> list[str]:
        """The text as logical lines no wider than ``width``; a word that is wider is cut."""
        lines: list[str] = []
        for paragraph in text.splitlines() or [""]:
            line = ""
            for word in paragraph.split():
                longer = f"{line} {word}".strip()
                if self.width(longer, size) <= width:
                    line = longer
                    continue
                if line:
                    lines.append(line)
                line = word
                while self.width(line, size) > width:
                    fits = next(n for n in range(len(line) - 1, 0, -1) if self.width(line[:n], size) <= width)
                    lines.append(line[:fits])
                    line = line[fits:]
            lines.append(line)
        return lines

    def _font_of(self, letter: str, before: str) -> str:
        having = [str(font.fontName) for font in self._fonts if ord(letter) in font.face.charToGlyph]
        if not having:
            raise DeviceFault(
                say("No typeface on this computer has all letters of the paper."),
                say("Ask the technician to install the package with the fonts of this language."),
            )
        return before if before in having else having[0]


def _visual(line: str, *, right_to_left: bool) -> str:
    shaped = arabic_reshaper.reshape(_mirrored(line))
    drawn = get_display(shaped, base_dir="R" if right_to_left else "L")
    return _INVISIBLE.sub("", str(drawn))


def _mirrored(line: str) -> str:
    """The line with the brackets around right-to-left words exchanged: the library orders them and draws none anew."""

    def turned(found: re.Match[str]) -> str:
        inside = found.group(1)
        from_the_right = any(unicodedata.bidirectional(letter) in ("R", "AL") for letter in inside)
        return f"){inside}(" if from_the_right else found.group()

    return _BRACKETS.sub(turned, line)


def plain(folders: tuple[Path, ...] = FOLDERS) -> Typeface:
    """The typeface of running text. Raises DeviceFault, naming the package to install, when it is missing."""
    return _typeface(_PLAIN, folders)


def bold(folders: tuple[Path, ...] = FOLDERS) -> Typeface:
    """The typeface of headings. Raises DeviceFault."""
    return _typeface(_BOLD, folders)


def _typeface(names: tuple[str, ...], folders: tuple[Path, ...]) -> Typeface:
    with _lock:
        return Typeface(tuple(_registered(name, folders) for name in names))


def _registered(name: str, folders: tuple[Path, ...]) -> TTFont:
    path = next((folder / f"{name}.ttf" for folder in folders if (folder / f"{name}.ttf").is_file()), None)
    if path is None:
        raise DeviceFault(
            say("The typeface {name} is not installed, so no paper can be printed.", name=name),
            say("Ask the technician to install the package fonts-noto-core."),
        )
    if name not in pdfmetrics.getRegisteredFontNames():
        pdfmetrics.registerFont(TTFont(name, str(path)))
    return pdfmetrics.getFont(name)
