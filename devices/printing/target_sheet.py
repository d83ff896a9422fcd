# SPDX-License-Identifier: Apache-2.0
"""The calibration target on paper, in true size: an A4 sheet whose middle is cut out for readers of passport size."""

from __future__ import annotations

import io
from dataclasses import dataclass
from typing import Any, Final

from reportlab.lib.pagesizes import A4
from reportlab.lib.units import mm
from reportlab.pdfgen.canvas import Canvas

from devices.printing import fonts
from station.optical import target_layout as layout
from station.optical.target_layout import Millimetres

_TITLE: Final = 13.0  # points
_BODY: Final = 9.0
_SMALL: Final = 7.5
_LEADING: Final = 1.35


@dataclass(frozen=True, slots=True, kw_only=True)
class TargetWords:
    """What stands on the sheet, already in the technician's language.

    ``instructions``: a sentence or two each, numbered on the sheet. ``ruler``: beside the line that must be 100 mm
    long, such as 'This line is 100 mm long. If it is not, print again in true size (100 %).' ``cut``: at the line
    along which the middle is cut out.
    """

    title: str
    instructions: tuple[str, ...]
    ruler: str
    cut: str


def target_sheet_pdf(words: TargetWords, *, right_to_left: bool = False) -> bytes:
    """The target as PDF, one page of A4, to be printed at 100 %. Equal input gives equal bytes.

    Any thread. Raises DeviceFault when a typeface is missing.
    """
    out = io.BytesIO()
    canvas = Canvas(out, pagesize=A4, invariant=1, pageCompression=1)
    canvas.setTitle(words.title)
    canvas.setAuthor("")
    canvas.setSubject("")
    # Viewers shrink pages to the printable area unless the page asks for true size.
    canvas.setViewerPreference("PrintScaling", "None")
    pen = _Pen(canvas, right_to_left=right_to_left)
    pen.marks()
    pen.cutting_line()
    pen.words(words)
    canvas.showPage()
    canvas.save()
    return out.getvalue()


class _Pen:
    """Draws in millimetres from the top left of the sheet."""

    def __init__(self, canvas: Any, *, right_to_left: bool) -> None:
        self._canvas = canvas
        self._right_to_left = right_to_left
        self._plain, self._bold = fonts.plain(), fonts.bold()

    def marks(self) -> None:
        """Everything that is measured."""
        for marker in layout.MARKERS:
            self._marker(marker)
        for x, y in layout.CROSSES:
            half = layout.CROSS / 2
            self._box(x - half, y - half, half, half, light=0)
            self._box(x, y, half, half, light=0)
        for square in layout.SQUARES:
            self._polygon(square.corners)
        for step in layout.STEPS:
            x, y = step.middle
            self._box(x - step.width / 2, y - step.height / 2, step.width, step.height, light=step.light)

    def cutting_line(self) -> None:
        """Around the part of passport size."""
        left, top, width, height = layout.INSET
        self._canvas.saveState()
        self._canvas.setLineWidth(0.3)
        self._canvas.setStrokeGray(0.5)
        self._canvas.setDash(3, 3)
        self._canvas.rect(left * mm, (layout.SHEET[1] - top - height) * mm, width * mm, height * mm)
        self._canvas.restoreState()

    def words(self, words: TargetWords) -> None:
        """Instructions, the line along which to cut, and the ruler."""
        left, top, width, _ = layout.WORDS
        y = self._text(words.title, left, top, width, size=_TITLE, typeface=self._bold)
        for number, sentence in enumerate(words.instructions, start=1):
            y = self._text(f"{number}. {sentence}", left, y + 0.8, width, size=_BODY, typeface=self._plain)
        cut_left, cut_top, cut_width, cut_height = layout.INSET
        self._text(words.cut, cut_left, cut_top + cut_height + 1.5, cut_width, size=_SMALL, typeface=self._plain)
        start, height, length = layout.RULER
        self._canvas.setLineWidth(0.5)
        self._canvas.setStrokeGray(0)
        self._line(start, height, start + length, height)
        for step in range(11):
            tall = 3.0 if step % 5 == 0 else 1.8
            self._line(start + step * length / 10, height - tall, start + step * length / 10, height)
        self._text(words.ruler, start, height + 1.5, length, size=_SMALL, typeface=self._plain)

    def _marker(self, marker: layout.Marker) -> None:
        rows = layout.modules(marker.number)
        module = marker.size / len(rows)
        left, top = marker.middle[0] - marker.size / 2, marker.middle[1] - marker.size / 2
        for row, modules in enumerate(rows):
            column = 0
            while column < len(modules):  # black runs in one piece: no hairlines between modules
                end = column
                while end < len(modules) and modules[end]:
                    end += 1
                if end > column:
                    self._box(left + column * module, top + row * module, (end - column) * module, module, light=0)
                column = max(end, column + 1)

    def _box(self, left: float, top: float, width: float, height: float, *, light: float) -> None:
        self._canvas.setFillGray(light)
        bottom = layout.SHEET[1] - top - height
        self._canvas.rect(left * mm, bottom * mm, width * mm, height * mm, stroke=0, fill=1)

    def _polygon(self, corners: tuple[Millimetres, ...]) -> None:
        path = self._canvas.beginPath()
        for index, (x, y) in enumerate(corners):
            (path.lineTo if index else path.moveTo)(x * mm, (layout.SHEET[1] - y) * mm)
        path.close()
        self._canvas.setFillGray(0)
        self._canvas.drawPath(path, stroke=0, fill=1)

    def _line(self, left: float, top: float, right: float, bottom: float) -> None:
        self._canvas.line(left * mm, (layout.SHEET[1] - top) * mm, right * mm, (layout.SHEET[1] - bottom) * mm)

    def _text(
        self, text: str, left: float, top: float, width: float, *, size: float, typeface: fonts.Typeface
    ) -> float:
        """Lines from ``top`` on, all in mm; returns where they end."""
        self._canvas.setFillGray(0)
        y = top
        for line in typeface.wrapped(text, size, width * mm):
            y += size * _LEADING / mm
            x = left * mm
            if self._right_to_left:
                x = (left + width) * mm - typeface.width(line, size)
            for run in typeface.runs(line, right_to_left=self._right_to_left):
                self._canvas.setFont(run.font, size)
                self._canvas.drawString(x, (layout.SHEET[1] - y) * mm, run.text)
                x += self._canvas.stringWidth(run.text, run.font, size)
        return y
