# SPDX-License-Identifier: Apache-2.0
"""The report of a shift on paper: tables that can be read standing up, room for two hands, and the trail's code."""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from reportlab.graphics.barcode import qrencoder
from reportlab.lib.pagesizes import A4
from reportlab.pdfgen.canvas import Canvas

from devices.printing.paper import Sheet

_WIDTH, _ = A4  # points
_MARGIN: Final = 62.0
_ROW: Final = 9.5
_HEAD: Final = 11.5
_CLOSE: Final = 1.42
_SOFT: Final = 0.42
_RULE: Final = 0.82
_NUMBERS: Final = 62.0  # width of a column of numbers
_GAP: Final = 10.0
_CODE: Final = 128.0  # side of the code with its margin: modules of half a millimetre at least
_SIGNING: Final = 90.0  # room for the lines to sign on, as Sheet asks for it
_QUIET: Final = 4  # modules of white around a QR code (ISO/IEC 18004)


@dataclass(frozen=True, slots=True, kw_only=True)
class ShiftTable:
    """Rows under a heading: the first cell is words, the others are short and stand in columns of their own.

    ``columns`` are the captions of those others, empty for none.
    """

    heading: str
    rows: tuple[tuple[str, ...], ...]
    columns: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ShiftPaper:
    """What stands on the paper, already in words.

    ``code`` is the text of the QR code and ``code_says`` what it is; ``lines`` are lines of small print beside it.
    ``signatures`` are captions of the lines to sign on.
    """

    title: str
    post: str
    facts: tuple[tuple[str, str], ...]
    tables: tuple[ShiftTable, ...]
    code: str
    code_says: str
    lines: tuple[str, ...]
    signatures: tuple[str, ...]
    footer: str


def shift_pdf(paper: ShiftPaper, *, watermark: str | None = None, right_to_left: bool = False) -> bytes:
    """The report as PDF, A4. Equal input gives equal bytes; some 200 ms, any thread.

    Raises DeviceFault when a typeface is missing, ValueError for a code of more than about 2,000 bytes.
    """
    out = io.BytesIO()
    canvas = Canvas(out, pagesize=A4, invariant=1, pageCompression=1)
    canvas.setTitle(paper.title)
    canvas.setAuthor("")
    canvas.setSubject("")
    _ShiftSheet(canvas, watermark=watermark, right_to_left=right_to_left).report(paper)
    canvas.save()
    return out.getvalue()


class _ShiftSheet(Sheet):
    """The pen of every paper, with tables and a code."""

    def report(self, paper: ShiftPaper) -> None:
        """The whole report."""
        self._footer = paper.footer
        self._begin_page()
        self._text(self._plain, paper.post, 11.0, grey=_SOFT)
        self._y -= 2
        self._text(self._bold, paper.title, 17.0)
        self._line()
        for label, value in paper.facts:
            self._fact(label, value)
        self._line()
        for table in paper.tables:
            self._table(table)
        self._checkpoint(paper)
        self._sign(paper.signatures)
        self._canvas.showPage()

    def _table(self, table: ShiftTable) -> None:
        self._y -= 9
        others = max((len(row) - 1 for row in table.rows), default=0)
        room = _WIDTH - 2 * _MARGIN - others * _NUMBERS - _GAP
        captions = [self._plain.wrapped(caption, 7.5, _NUMBERS - 6) for caption in table.columns]
        head = max(_HEAD * _CLOSE, *(len(lines) * 9.0 for lines in captions)) if captions else _HEAD * _CLOSE
        # A heading alone at the foot of a page says nothing.
        self._need(head + 2 * _ROW * _CLOSE)
        self._y -= head
        self._put(self._bold, table.heading, _HEAD, _MARGIN, self._y)
        for number, lines in enumerate(captions):
            for above, line in enumerate(reversed(lines)):
                self._cell(line, number, others, self._y + above * 9.0, size=7.5, grey=_SOFT)
        self._y -= 3
        for row in table.rows:
            self._row(row, others, room)

    def _row(self, row: Sequence[str], others: int, room: float) -> None:
        words = self._plain.wrapped(row[0], _ROW, room)
        self._need(len(words) * _ROW * _CLOSE + 2)
        top = self._y - _ROW * _CLOSE
        for line in words:
            self._y -= _ROW * _CLOSE
            self._put(self._plain, line, _ROW, _MARGIN, self._y)
        for number, cell in enumerate(row[1:]):
            self._cell(cell, number, others, top)
        self._y -= 2
        self._canvas.setStrokeGray(_RULE)
        self._canvas.setLineWidth(0.4)
        self._canvas.line(_MARGIN, self._y, _WIDTH - _MARGIN, self._y)

    def _cell(self, text: str, number: int, others: int, y: float, *, size: float = _ROW, grey: float = 0.12) -> None:
        """One cell beside the words, its end at the end of its column."""
        face = self._bold if size == _ROW else self._plain
        end = _WIDTH - _MARGIN - (others - 1 - number) * _NUMBERS
        self._put(face, text, size, end - face.width(text, size), y, grey=grey)

    def _checkpoint(self, paper: ShiftPaper) -> None:
        """The code, and beside it what it is and what both people signed."""
        start = _MARGIN + _CODE + _GAP
        said = [(paper.code_says, self._bold, 10.0), *((line, self._plain, 8.5) for line in paper.lines)]
        wrapped = [(face.wrapped(text, size, _WIDTH - _MARGIN - start), face, size) for text, face, size in said]
        words = 4 + sum(len(lines) * size * _CLOSE + 3 for lines, _, size in wrapped)
        # Two hands sign under what they sign, never on a sheet of its own.
        self._need(14 + max(_CODE, words) + (_SIGNING if paper.signatures else 0))
        self._y -= 14
        top = self._y
        left = _WIDTH - _MARGIN - _CODE if self._mirrored else _MARGIN
        self._code(paper.code, left, top - _CODE)
        y = top - 4
        for lines, face, size in wrapped:
            for line in lines:
                y -= size * _CLOSE
                self._put(face, line, size, start, y)
            y -= 3
        self._y = min(top - _CODE, y)

    def _code(self, text: str, left: float, bottom: float) -> None:
        """A QR code, one rectangle for each run of dark modules in a row."""
        code = qrencoder.QRCode(None, qrencoder.QRErrorCorrectLevel.M)
        code.addData(qrencoder.QR8bitByte(text))
        code.make()
        count = code.getModuleCount()
        module = _CODE / (count + 2 * _QUIET)
        self._canvas.setFillGray(1.0)
        self._canvas.rect(left, bottom, _CODE, _CODE, stroke=0, fill=1)
        self._canvas.setFillGray(0.0)
        for row in range(count):
            y = bottom + _CODE - (row + _QUIET + 1) * module
            begun: int | None = None
            for column in range(count + 1):
                dark = column < count and code.isDark(row, column)
                if dark and begun is None:
                    begun = column
                elif not dark and begun is not None:
                    x = left + (begun + _QUIET) * module
                    self._canvas.rect(x, y, (column - begun) * module, module, stroke=0, fill=1)
                    begun = None
