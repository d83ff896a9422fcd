# SPDX-License-Identifier: Apache-2.0
"""Tables as CSV that a spreadsheet shows and never calculates: the one way the station writes CSV.

A cell that begins with ``= + - @``, TAB, CR or LF may be run as a formula by the program that opens the file
(OWASP ASVS 5.0, 1.2.10): such a text gets an apostrophe in front. Every cell is quoted, so that no separator or line
end inside a value begins a new one.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Sequence

#: Numbers stay numbers; whatever else there is has to be made a text first.
Cell = str | int | float

#: With this mark a spreadsheet reads letters of every script as they are meant.
ENCODING = "utf-8-sig"

# The wide forms are what East Asian keyboards type, and some spreadsheets take them for the narrow ones.
_STARTS_A_FORMULA = re.compile(r"[=+\-@\t\r\n＝＋－＠]")
_NUL = "\0"  # ends a text for programs written in C, and hides what follows from a look


def csv_text(header: Sequence[str], rows: Iterable[Sequence[Cell]]) -> str:
    """The table with its header, lines ended by CR LF (RFC 4180); write it with ``ENCODING``.

    Raises ValueError for a row that is not as long as the header.
    """
    out = io.StringIO(newline="")
    writer = csv.writer(out, quoting=csv.QUOTE_ALL, lineterminator="\r\n")
    writer.writerow([plain(name) for name in header])
    for row in rows:
        if len(row) != len(header):
            raise ValueError(f"a row of {len(row)} cells under a header of {len(header)}")
        writer.writerow([plain(cell) if isinstance(cell, str) else cell for cell in row])
    return out.getvalue()


def plain(text: str) -> str:
    """One text as a cell that starts no formula; NUL is left out."""
    bare = text.replace(_NUL, "")
    return f"'{bare}" if _STARTS_A_FORMULA.match(bare) else bare
