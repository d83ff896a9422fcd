# SPDX-License-Identifier: Apache-2.0
"""What a reader sends that gives text instead of a picture: the lines of an MRZ, or a code with or without its kind."""

from __future__ import annotations

import re
from typing import Final

from station.ports.barcodes import Barcode, Symbology

#: Lines and characters per line of the layouts of Doc 9303 (parts 4 to 7).
_LAYOUTS: Final = ((2, 44), (2, 36), (3, 30))
#: What readers send in place of a character they could not read, beside those of the MRZ.
_UNREAD: Final = "?*_#@~ "
_AS_UNREAD: Final = str.maketrans(dict.fromkeys(_UNREAD, "?"))
_LINE: Final = re.compile(rf"[A-Z0-9<{re.escape(_UNREAD)}]+")
_ENDS: Final = re.compile(r"[\r\n]+")

#: ISO/IEC 15424: ``]``, the letter of the kind, a modifier. Lower and upper case are different kinds.
_AIM: Final = re.compile(rb"\](?P<kind>[A-Za-z])[0-9A-Za-z]", re.DOTALL)
_KINDS: Final = {
    b"Q": Symbology.QR,
    b"d": Symbology.DATA_MATRIX,
    b"L": Symbology.PDF417,
    b"z": Symbology.AZTEC,
    b"C": Symbology.CODE_128,
    b"A": Symbology.CODE_39,
}


def mrz_lines(body: bytes) -> tuple[str, ...] | None:
    """The lines of a whole MRZ, unjudged; None for what is none. A character the reader could not read is ``?``.

    Lines may follow each other with any ends of line between them or none. Readers with room for three lines send
    two as the second and third: empty lines do not count.
    """
    try:
        text = body.decode("ascii")
    except UnicodeDecodeError:
        return None
    lines = [line for line in _ENDS.split(text) if line]
    if not lines or not all(_LINE.fullmatch(line) for line in lines):
        return None
    for rows, columns in _LAYOUTS:
        if len(lines) == 1 and len(lines[0]) == rows * columns:
            lines = [lines[0][start : start + columns] for start in range(0, rows * columns, columns)]
        if len(lines) == rows and all(len(line) == columns for line in lines):
            return tuple(line.translate(_AS_UNREAD) for line in lines) if _plausible(lines) else None
    return None


def _plausible(lines: list[str]) -> bool:
    """A letter or an unread character first (Doc 9303-3, 4.1), and a filler somewhere: no number of 72 digits."""
    return (lines[0][0].isalpha() or lines[0][0] in _UNREAD) and any("<" in line for line in lines)


def looks_like_mrz(body: bytes) -> bool:
    """Whether these are lines of an MRZ, whole or not: fillers, and nothing that is not in its alphabet."""
    try:
        lines = [line for line in _ENDS.split(body.decode("ascii")) if line]
    except UnicodeDecodeError:
        return False
    return bool(lines) and b"<" in body and all(_LINE.fullmatch(line) for line in lines)


def barcode(body: bytes) -> Barcode:
    """The code, without the identifier that the scanner put before it; its kind is OTHER where it put none."""
    found = _AIM.match(body)
    if found is None:
        return Barcode(Symbology.OTHER, body)
    return Barcode(_KINDS.get(found["kind"], Symbology.OTHER), body[found.end() :])
