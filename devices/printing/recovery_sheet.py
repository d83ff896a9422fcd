# SPDX-License-Identifier: Apache-2.0
"""One sheet of recovery words: large enough to be read by candle light, numbered, and alone on its page.

Each sheet is a document of its own: two of them never lie on one page, in one file or in one print job.
"""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from reportlab.lib.pagesizes import A4
from reportlab.pdfgen.canvas import Canvas

from devices.printing import fonts

_WIDTH, _HEIGHT = A4  # points
_MARGIN: Final = 54.0
_COLUMNS: Final = 3
_TITLE, _BODY, _WORD, _NUMBER, _SMALL = 20.0, 11.0, 17.0, 11.0, 9.0
_ROW: Final = 30.0  # height of a word's line
_LEADING: Final = 1.4
_TICK: Final = 12.0
_INK, _SOFT, _RULE, _WATERMARK = 0.1, 0.42, 0.75, 0.9  # grey levels: 0 is black


@dataclass(frozen=True, slots=True, kw_only=True)
class RecoverySheet:
    """What stands on one sheet, in the language of whoever keeps it; the words themselves are always Latin letters.

    ``holders`` are the captions of the boxes to tick, ``holder`` the index of the ticked one. ``facts`` are pairs of
    label and value. ``keep`` says in sentences what to do with the sheet. ``lines`` are captions of lines to write on.
    """

    title: str
    post: str
    facts: tuple[tuple[str, str], ...]
    holders: tuple[str, ...]
    holder: int
    words: tuple[str, ...] = field(repr=False)
    keep: tuple[str, ...]
    lines: tuple[str, ...]
    footer: str


def recovery_sheet_pdf(sheet: RecoverySheet, *, watermark: str | None = None, right_to_left: bool = False) -> bytes:
    """The sheet as PDF, one page of A4. Equal input gives equal bytes; some 100 ms, any thread.

    Raises DeviceFault when a typeface is missing, ValueError when it does not fit on one page.
    """
    out = io.BytesIO()
    canvas = Canvas(out, pagesize=A4, invariant=1, pageCompression=1)
    canvas.setTitle(sheet.title)
    canvas.setAuthor("")
    canvas.setSubject("")
    _Page(canvas, mirrored=right_to_left).draw(sheet, watermark)
    canvas.showPage()
    canvas.save()
    return out.getvalue()


class _Page:
    """A pen that goes down one page."""

    def __init__(self, canvas: Any, *, mirrored: bool) -> None:
        self._canvas = canvas
        self._mirrored = mirrored
        self._plain, self._bold = fonts.plain(), fonts.bold()
        self._y = _HEIGHT - _MARGIN

    def draw(self, sheet: RecoverySheet, watermark: str | None) -> None:
        """The whole sheet."""
        if watermark is not None:
            self._across(watermark)
        self._text(self._plain, sheet.post, _BODY, grey=_SOFT)
        self._text(self._bold, sheet.title, _TITLE)
        self._y -= 6
        for label, value in sheet.facts:
            self._fact(label, value)
        self._boxes(sheet.holders, sheet.holder)
        self._rule()
        self._words(sheet.words)
        self._rule()
        for sentence in sheet.keep:
            self._text(self._plain, sentence, _BODY)
            self._y -= 2
        self._to_write_on(sheet.lines)
        if self._y < _MARGIN:
            raise ValueError("the sheet does not fit on one page")
        self._put(self._plain, sheet.footer, _SMALL, _MARGIN, _MARGIN * 0.6, grey=_SOFT)

    def _words(self, words: Sequence[str]) -> None:
        """Column by column from left to right in every language: the words are Latin, and counted that way."""
        rows = -(-len(words) // _COLUMNS)
        width = (_WIDTH - 2 * _MARGIN) / _COLUMNS
        top = self._y
        for place, word in enumerate(words):
            column, row = divmod(place, rows)
            x, y = _MARGIN + column * width, top - (row + 1) * _ROW + 8
            self._draw(
                self._plain, f"{place + 1}", _NUMBER, x + 20 - self._plain.width(f"{place + 1}", _NUMBER), y, _SOFT
            )
            self._draw(self._bold, word, _WORD, x + 30, y, _INK)
            self._canvas.setStrokeGray(_RULE)
            self._canvas.line(x + 30, y - 5, x + width - 14, y - 5)
        self._y = top - rows * _ROW

    def _boxes(self, captions: Sequence[str], ticked: int) -> None:
        """Who keeps this sheet: one box a role, one of them ticked."""
        self._y -= _TICK + 12
        width = (_WIDTH - 2 * _MARGIN) / len(captions)
        for place, caption in enumerate(captions):
            start = _MARGIN + place * width
            left = _WIDTH - start - _TICK if self._mirrored else start
            self._canvas.setStrokeGray(_INK)
            self._canvas.rect(left, self._y - 2, _TICK, _TICK)
            if place == ticked:
                self._canvas.line(left + 2, self._y, left + _TICK - 2, self._y + _TICK - 4)
                self._canvas.line(left + 2, self._y + _TICK - 4, left + _TICK - 2, self._y)
            face = self._bold if place == ticked else self._plain
            self._put(face, caption, _BODY, start + _TICK + 7, self._y)
        self._y -= 6

    def _to_write_on(self, captions: Sequence[str]) -> None:
        self._y -= 34
        gap = 26.0
        width = (_WIDTH - 2 * _MARGIN - gap * (len(captions) - 1)) / max(1, len(captions))
        for place, caption in enumerate(captions):
            start = _MARGIN + place * (width + gap)
            left = _WIDTH - start - width if self._mirrored else start
            self._canvas.setStrokeGray(_SOFT)
            self._canvas.line(left, self._y, left + width, self._y)
            self._put(self._plain, caption, _SMALL, start, self._y - 12, grey=_SOFT)
        self._y -= 16

    def _fact(self, label: str, value: str) -> None:
        room = _WIDTH - 2 * _MARGIN - 150
        values = self._bold.wrapped(value, _BODY, room)
        for row, line in enumerate(values):
            self._y -= _BODY * _LEADING
            if row == 0:
                self._put(self._plain, label, _BODY, _MARGIN, self._y, grey=_SOFT)
            self._put(self._bold, line, _BODY, _MARGIN + 150, self._y)

    def _text(self, face: fonts.Typeface, text: str, size: float, *, grey: float = _INK) -> None:
        for line in face.wrapped(text, size, _WIDTH - 2 * _MARGIN):
            self._y -= size * _LEADING
            self._put(face, line, size, _MARGIN, self._y, grey=grey)

    def _rule(self) -> None:
        self._y -= 9
        self._canvas.setStrokeGray(_RULE)
        self._canvas.line(_MARGIN, self._y, _WIDTH - _MARGIN, self._y)
        self._y -= 4

    def _put(self, face: fonts.Typeface, line: str, size: float, start: float, y: float, *, grey: float = _INK) -> None:
        """One line ``start`` points from the side where reading begins."""
        x = _WIDTH - start - face.width(line, size) if self._mirrored else start
        self._draw(face, line, size, x, y, grey)

    def _draw(  # noqa: PLR0917 (a pen)
        self, face: fonts.Typeface, line: str, size: float, x: float, y: float, grey: float
    ) -> None:
        self._canvas.setFillGray(grey)
        for run in face.runs(line, right_to_left=self._mirrored):
            self._canvas.setFont(run.font, size)
            self._canvas.drawString(x, y, run.text)
            x += self._canvas.stringWidth(run.text, run.font, size)

    def _across(self, text: str) -> None:
        size = min(100.0, 100.0 * 620.0 / max(1.0, self._bold.width(text, 100.0)))
        self._canvas.saveState()
        self._canvas.translate(_WIDTH / 2, _HEIGHT / 2)
        self._canvas.rotate(52)
        self._draw(self._bold, text, size, -self._bold.width(text, size) / 2, -size / 3, _WATERMARK)
        self._canvas.restoreState()
