# SPDX-License-Identifier: Apache-2.0
"""National characters to MRZ letters (Doc 9303-3, 4.6 and section 6).

A letter that no table knows is never lost in silence: it is reported, so that the officer writes the name in
letters the MRZ has. What the standard itself leaves out (apostrophes, other punctuation, vowel marks) is not
reported.
"""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass, field
from typing import Final

from station.mrtd.check_digits import FILLER, LETTERS
from station.mrtd.transliteration_tables import (
    ARABIC,
    CYRILLIC,
    CYRILLIC_EXCEPTIONS,
    LATIN,
    LATIN_CHOICES,
    NOT_ENCODED,
    SHADDA,
    TEH_MARBUTA,
    UKRAINIAN_INITIALS,
    CyrillicLanguage,
    LatinStyle,
)

_GENERAL: Final[dict[str, str]] = {
    **{letter: letter for letter in LETTERS},
    **LATIN,
    **CYRILLIC,
    **ARABIC,
    **dict.fromkeys(NOT_ENCODED, ""),
}
# Marks on letters, punctuation and invisible direction or joining marks: the standard omits them.
_OMITTED_CATEGORIES: Final = frozenset({"Mn", "Me", "Pc", "Ps", "Pe", "Pi", "Pf", "Po", "Cf", "Sk"})
# Letters by category, apostrophes by use: the modifier letters from prime to low acute, and the saltillo.
_APOSTROPHES: Final = frozenset(chr(code) for code in (*range(0x2B9, 0x2D0), 0xA78B, 0xA78C))
# A dash, a comma, a blank and the filler itself part two components.
_SEPARATING_CATEGORIES: Final = frozenset({"Pd", "Zs", "Zl", "Zp"})
_SEPARATORS: Final = frozenset(",،、，" + FILLER)


@dataclass(frozen=True, slots=True, kw_only=True)
class Conventions:
    """What Doc 9303-3 leaves to the issuer: the language of Cyrillic names, the form of Latin letters."""

    language: CyrillicLanguage = CyrillicLanguage.GENERAL
    latin: LatinStyle = LatinStyle.EXPANDED


GENERAL_CONVENTIONS: Final = Conventions()


@dataclass(frozen=True, slots=True)
class Transliteration:
    """``text`` is A-Z, components parted by one filler; ``dropped`` are the characters without a form."""

    text: str = field(repr=False)
    dropped: tuple[str, ...] = field(default=(), repr=False)

    @property
    def components(self) -> tuple[str, ...]:
        """The name components in order; none when nothing could be written."""
        return tuple(self.text.split(FILLER)) if self.text else ()


def transliterate(name: str, conventions: Conventions = GENERAL_CONVENTIONS) -> Transliteration:
    """Write `name`, in any script, in the letters of the MRZ. Never raises, whatever the text.

    Hyphens, commas and blanks become one filler; apostrophes and other punctuation vanish without one
    (Doc 9303-3, 4.6). Digits are not allowed in names and are reported as dropped.
    """
    letters = unicodedata.normalize("NFC", unicodedata.normalize("NFC", name).upper())
    special = dict(LATIN_CHOICES[conventions.latin]) | dict(CYRILLIC_EXCEPTIONS[conventions.language])
    written: list[str] = []
    dropped: list[str] = []
    last_form = ""  # in this component: what a shadda would double; empty at its start
    for index, letter in enumerate(letters):
        if _separates(letter):
            written.append(FILLER)
            last_form = ""
            continue
        if letter == SHADDA:
            # The escape letter X is not repeated: note 3 writes FXDZDZXAH.
            written.append(last_form.lstrip("X"))
            continue
        if letter == TEH_MARBUTA:
            form: str | None = "XAH" if _ends_component(letters, index) else "XTA"
        elif conventions.language is CyrillicLanguage.UKRAINIAN and not last_form:
            form = UKRAINIAN_INITIALS.get(letter, special.get(letter))
        else:
            form = special.get(letter)
        if form is None:
            form = _form(letter)
        if form is None:
            dropped.append(letter)
            continue
        written.append(form)
        last_form = form or last_form
    components = "".join(written).split(FILLER)
    return Transliteration(FILLER.join(filter(None, components)), tuple(dropped))


def _form(letter: str) -> str | None:
    """The general form of one character; empty when it is omitted, ``None`` when there is none."""
    known = _GENERAL.get(letter)
    if known is not None:
        return known
    if unicodedata.category(letter) in _OMITTED_CATEGORIES or letter in _APOSTROPHES:
        return ""
    decomposed = unicodedata.normalize("NFKD", letter).upper()
    if decomposed != letter:
        # Letters with marks the tables do not list, ligatures, and the presentation forms of Arabic.
        forms = [_form(part) for part in decomposed]
        return None if None in forms else "".join(filter(None, forms))
    return None


def _separates(letter: str) -> bool:
    if letter in _SEPARATORS or letter.isspace():
        return True
    return unicodedata.category(letter) in _SEPARATING_CATEGORIES


def _ends_component(letters: str, index: int) -> bool:
    for position in range(index + 1, len(letters)):
        letter = letters[position]
        if _separates(letter):
            return True
        if letter != SHADDA and _form(letter) != "":
            return False
    return True
