# SPDX-License-Identifier: Apache-2.0
"""The 7-3-1 check digit of the MRZ, and what it cannot see.

A valid check digit is weaker evidence than it looks: the characters of one blind class stand for each other
without any check digit noticing. Whoever accepts a reading must know these pairs.
"""

from __future__ import annotations

import re
from typing import Final

FILLER: Final = "<"
DIGITS: Final = "0123456789"
LETTERS: Final = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
MRZ_CHARACTERS: Final = frozenset(DIGITS + LETTERS + FILLER)
"""The 37 characters of Doc 9303-3, Figure 4."""

only_mrz_characters: Final = re.compile("[0-9A-Z<]*").fullmatch

_VALUES: Final[dict[str, int]] = {FILLER: 0} | {c: i for i, c in enumerate(DIGITS + LETTERS)}
# One byte per character, so that a whole field is valued by one call; 255 marks what has no value.
_VALUE_BYTES: Final = bytes(_VALUES.get(chr(code), 255) for code in range(256))


def character_value(character: str) -> int:
    """0-9 for digits, 10-35 for A-Z, 0 for the filler (Doc 9303-3, 4.9). Others raise ``ValueError``."""
    value = _VALUES.get(character)
    if value is None:
        raise ValueError("not a character of the machine readable zone")
    return value


def check_digit(text: str) -> int:
    """The check digit 0-9 over `text`: weights 7, 3, 1 repeated, modulus 10 (Doc 9303-3, 4.9).

    Raises ``ValueError`` when `text` holds a character that the MRZ does not know.
    """
    if only_mrz_characters(text) is None:
        raise ValueError("not a character of the machine readable zone")
    values = text.encode("ascii").translate(_VALUE_BYTES)
    return (7 * sum(values[::3]) + 3 * sum(values[1::3]) + sum(values[2::3])) % 10


BLIND_CLASSES: Final[tuple[frozenset[str], ...]] = tuple(
    frozenset(character for character, value in _VALUES.items() if value % 10 == last) for last in range(10)
)
"""Characters whose values differ by a multiple of ten: exchanging two of one class changes no check digit
and no composite check digit, whatever the weight."""


def is_blind_pair(one: str, other: str) -> bool:
    """Whether reading `other` for `one` goes unseen by every check digit. No character pairs with itself."""
    if one == other or one not in _VALUES or other not in _VALUES:
        return False
    return _VALUES[one] % 10 == _VALUES[other] % 10
