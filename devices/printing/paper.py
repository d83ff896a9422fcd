# SPDX-License-Identifier: Apache-2.0
"""The refusal notice as a page: what a traveller is owed in writing, in either writing direction."""

from __future__ import annotations

import io
from dataclasses import dataclass, field
from typing import Any, Final

from reportlab.lib.pagesizes import A4
from reportlab.pdfgen.canvas import Canvas

from devices.printing import fonts

_WIDTH, _HEIGHT = A4  # points
_MARGIN: Final = 62.0
_BODY: Final = 11.0
_SMALL: Final = 8.5
_LEADING: Final = 1.5
_LABEL_WIDTH: Final = 150.0
_HAND: Final = 23.0  # height of a line written by hand
_TICK: Final = 9.0
_CHOICE: Final = 9.5
_CLOSE: Final = 1.32
_INK: Final = 0.12  # grey levels: 0 is black
_SOFT: Final = 0.42
_RULE: Final = 0.75
_WATERMARK: Final = 0.88


@dataclass(frozen=True, slots=True, kw_only=True)
class RefusalNotice:
    """What stands on the notice, already in the traveller's language.

    ``facts`` are pairs of label and value (date, reference, officer's number, traveller's name, document), drawn
    as a table in their order. ``sections`` are pairs of heading and text (the ground, the way to appeal).
    ``signatures`` are the captions of the empty lines at the foot. Values that are Latin in every language, as
    document numbers are, keep their direction. An empty value is a line to write on; ``choices`` (letter and meaning)
    are boxes to tick, under the section that has no text of its own.
    """

    title: str
    post: str
    facts: tuple[tuple[str, str], ...] = field(repr=False)
    sections: tuple[tuple[str, str], ...] = field(repr=False)
    choices: tuple[tuple[str, str], ...] = ()
    signatures: tuple[str, ...] = ()
    footer: str = ""


def refusal_notice_pdf(
    notice: RefusalNotice, *, watermark: str | None = None, right_to_left: bool = False, copies: int = 1
) -> bytes:
    """The notice as PDF, A4, as many pages as it needs. Equal input gives equal bytes.

    ``watermark`` lies across every page: what a training store prints must never be taken for real. Some 100 ms
    of processor time, on any thread. Raises DeviceFault when a typeface is missing.
    """
    out = io.BytesIO()
    canvas = Canvas(out, pagesize=A4, invariant=1, pageCompression=1)
    canvas.setTitle(notice.title)
    canvas.setAuthor("")
    canvas.setSubject("")
    for _ in range(copies):
        Sheet(canvas, watermark=watermark, right_to_left=right_to_left).draw(notice)
    canvas.save()
    return out.getvalue()


class Sheet:
    """A pen that goes down the page and turns it when it is full. Other papers draw with it."""

    def __init__(self, canvas: Any, *, watermark: str | None, right_to_left: bool) -> None:
        self._canvas = canvas
        self._watermark = watermark
        self._mirrored = right_to_left
        self._plain = fonts.plain()
        self._bold = fonts.bold()
        self._y = 0.0
        self._page = 0
        self._footer = ""

    def draw(self, notice: RefusalNotice) -> None:
        """The whole notice."""
        self._footer = notice.footer
        self._begin_page()
        self._text(self._plain, notice.post, _BODY, grey=_SOFT)
        self._y -= 4
        self._text(self._bold, notice.title, 19.0)
        self._y -= 6
        self._line()
        for label, value in notice.facts:
            self._fact(label, value)
        self._line()
        for heading, text in notice.sections:
            self._y -= 12
            # A heading alone at the foot of a page says nothing.
            self._need(4 * _BODY * _LEADING)
            self._text(self._bold, heading, 12.5)
            self._y -= 2
            if text:
                self._text(self._plain, text, _BODY)
            else:
                for letter, meaning in notice.choices:
                    self._choice(letter, meaning)
        self._sign(notice.signatures)
        self._canvas.showPage()

    def _begin_page(self) -> None:
        if self._page:
            self._canvas.showPage()
        self._page += 1
        self._y = _HEIGHT - _MARGIN
        if self._watermark is not None:
            self._draw_watermark(self._watermark)
        # The page number is a numeral in every language; the caption beside it is the notice's own.
        self._put(self._plain, self._footer, _SMALL, _MARGIN, _MARGIN * 0.6, grey=_SOFT)
        self._put(self._plain, str(self._page), _SMALL, _MARGIN, _MARGIN * 0.6, grey=_SOFT, far=True)

    def _need(self, height: float) -> None:
        if self._y - height < _MARGIN:
            self._begin_page()

    def _text(self, face: fonts.Typeface, text: str, size: float, *, grey: float = _INK) -> None:
        for line in face.wrapped(text, size, _WIDTH - 2 * _MARGIN):
            self._need(size * _LEADING)
            self._y -= size * _LEADING
            self._put(face, line, size, _MARGIN, self._y, grey=grey)

    def _choice(self, letter: str, meaning: str) -> None:
        """A box to tick, its letter, and what it means."""
        indent = 2 * _TICK + 16
        rows = self._plain.wrapped(meaning, _CHOICE, _WIDTH - 2 * _MARGIN - indent)
        self._need(len(rows) * _CHOICE * _CLOSE)
        for row, line in enumerate(rows):
            self._y -= _CHOICE * _CLOSE
            if row == 0:
                left = _WIDTH - _MARGIN - _TICK if self._mirrored else _MARGIN
                self._canvas.setStrokeGray(_SOFT)
                self._canvas.rect(left, self._y - 1.5, _TICK, _TICK)
                self._put(self._bold, letter, _CHOICE, _MARGIN + _TICK + 6, self._y)
            self._put(self._plain, line, _CHOICE, _MARGIN + indent, self._y)
        self._y -= 1.5

    def _line_to_write_on(self, label: str) -> None:
        """A label, and room for a hand."""
        self._need(_HAND)
        self._y -= _HAND
        self._put(self._plain, label, _BODY, _MARGIN, self._y, grey=_SOFT)
        start, end = _MARGIN + _LABEL_WIDTH, _WIDTH - _MARGIN
        left, right = (_WIDTH - end, _WIDTH - start) if self._mirrored else (start, end)
        self._canvas.setStrokeGray(_SOFT)
        self._canvas.line(left, self._y - 2, right, self._y - 2)

    def _fact(self, label: str, value: str) -> None:
        if not value:
            self._line_to_write_on(label)
            return
        room = _WIDTH - 2 * _MARGIN - _LABEL_WIDTH
        labels = self._plain.wrapped(label, _BODY, _LABEL_WIDTH - 10)
        values = self._bold.wrapped(value, _BODY, room)
        rows = max(len(labels), len(values))
        self._need(rows * _BODY * _LEADING)
        for row in range(rows):
            self._y -= _BODY * _LEADING
            if row < len(labels):
                self._put(self._plain, labels[row], _BODY, _MARGIN, self._y, grey=_SOFT)
            if row < len(values):
                self._put(self._bold, values[row], _BODY, _MARGIN + _LABEL_WIDTH, self._y)
        self._y -= 2

    def _sign(self, captions: tuple[str, ...]) -> None:
        if not captions:
            return
        self._need(90)
        self._y -= 70
        gap = 26.0
        width = (_WIDTH - 2 * _MARGIN - gap * (len(captions) - 1)) / len(captions)
        for number, caption in enumerate(captions):
            start = _MARGIN + number * (width + gap)
            left = _WIDTH - start - width if self._mirrored else start
            self._canvas.setStrokeGray(_SOFT)
            self._canvas.line(left, self._y, left + width, self._y)
            for row, line in enumerate(self._plain.wrapped(caption, _SMALL, width)):
                self._put(self._plain, line, _SMALL, start, self._y - 12 - row * 11, grey=_SOFT)

    def _line(self) -> None:
        self._y -= 9
        self._canvas.setStrokeGray(_RULE)
        self._canvas.line(_MARGIN, self._y, _WIDTH - _MARGIN, self._y)

    def _put(
        self,
        face: fonts.Typeface,
        line: str,
        size: float,
        start: float,
        y: float,
        *,
        grey: float = _INK,
        far: bool = False,
    ) -> None:
        """Draw one line ``start`` points from the side where reading begins; with ``far`` from the other side."""
        width = face.width(line, size)
        x = _WIDTH - start - width if self._mirrored is not far else start
        self._canvas.setFillGray(grey)
        for run in face.runs(line, right_to_left=self._mirrored):
            self._canvas.setFont(run.font, size)
            self._canvas.drawString(x, y, run.text)
            x += self._canvas.stringWidth(run.text, run.font, size)

    def _draw_watermark(self, text: str) -> None:
        size = min(110.0, 100.0 * 620.0 / max(1.0, self._bold.width(text, 100.0)))
        self._canvas.saveState()
        self._canvas.translate(_WIDTH / 2, _HEIGHT / 2)
        self._canvas.rotate(52)
        self._canvas.setFillGray(_WATERMARK)
        x = -self._bold.width(text, size) / 2
        for run in self._bold.runs(text, right_to_left=self._mirrored):
            self._canvas.setFont(run.font, size)
            self._canvas.drawString(x, -size / 3, run.text)
            x += self._canvas.stringWidth(run.text, run.font, size)
        self._canvas.restoreState()
