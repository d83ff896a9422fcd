# SPDX-License-Identifier: Apache-2.0
"""A reader presses keys of a keyboard of the United States; on another layout the same keys give other characters."""

from __future__ import annotations

import enum
from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from station.optical.reader_text import mrz_lines

# Key by key from the top left, first without and then with Shift. "\0" where a dead key gives nothing by itself.
_US: Final = "`1234567890-=qwertyuiop[]\\asdfghjkl;'zxcvbnm,./" + '~!@#$%^&*()_+QWERTYUIOP{}|ASDFGHJKL:"ZXCVBNM<>?'
_FRENCH: Final = (
    "²&é\"'(-è_çà)=azertyuiop\0$*qsdfghjklmùwxcvbn,;:!" + "~1234567890°+AZERTYUIOP\0£µQSDFGHJKLM%WXCVBN?./§"
)
_GERMAN: Final = (
    "\x001234567890ß\0qwertzuiopü+#asdfghjklöäyxcvbnm,.-" + "°!\"§$%&/()=?\0QWERTZUIOPÜ*'ASDFGHJKLÖÄYXCVBNM;:_"
)


class Layout(enum.Enum):
    """How the reader's keyboard and that of the computer go together."""

    AUTO = "auto"  # as it is; where that gives no MRZ, as one of those below that gives a whole one
    SAME = "same"  # the reader is set to the layout of this computer
    US_ON_FRENCH = "us_on_french"  # the reader is set to United States, the computer to French (AZERTY)
    US_ON_GERMAN = "us_on_german"  # the reader is set to United States, the computer to German (QWERTZ)


def _back(shown: str) -> Mapping[int, str]:
    """From what was shown to what was meant."""
    return MappingProxyType({ord(seen): meant for seen, meant in zip(shown, _US, strict=True) if seen != "\0"})


_MEANT: Final = {Layout.US_ON_FRENCH: _back(_FRENCH), Layout.US_ON_GERMAN: _back(_GERMAN)}


def as_meant(text: str, layout: Layout) -> str:
    """The text that the reader meant. Ends of line and tabulators are the same on all layouts."""
    if layout is Layout.SAME:
        return text
    if layout in _MEANT:
        return text.translate(_MEANT[layout])
    candidates = (text, *(text.translate(table) for table in _MEANT.values()))
    return next((meant for meant in candidates if mrz_lines(meant.encode()) is not None), text)


def seems_garbled(text: str) -> bool:
    """Whether this looks like an MRZ typed on another layout: as long as one, and no filler in it."""
    length = len(text.strip().replace("\r", "").replace("\n", "").replace("\t", ""))
    return length in (72, 88, 90) and "<" not in text
