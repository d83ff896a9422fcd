# SPDX-License-Identifier: Apache-2.0
"""Puts the station's sentences into the officer's language; the only place where a sentence is translated.

Inserted values are isolated for their direction (Unicode UAX #9, 2.4), so that a Latin name never turns an Arabic
sentence around. Two pseudo-languages find what was never translated and what does not fit.
"""

from __future__ import annotations

import re
import string
from collections.abc import Callable
from functools import lru_cache
from gettext import c2py
from importlib import resources

from babel import Locale
from babel.dates import format_date
from babel.messages.catalog import Catalog
from babel.messages.pofile import read_po
from babel.numbers import format_decimal

from station.domain.dates import PartialDate
from station.domain.words import Text, TextValue
from station.mrtd.codes import CodeKind, alpha_2, code_kind

SOURCE_LANGUAGE = "en"
PSEUDO = "qps"  # accented, two fifths longer, in brackets
PSEUDO_RIGHT_TO_LEFT = "qps-rtl"  # the same, written from the right
LANGUAGES: tuple[str, ...] = ("en", "fr", "ar")
TRANSLATED: tuple[str, ...] = ("fr", "ar")

ISOLATE, END_ISOLATE = "\u2068", "\u2069"
_RIGHT_TO_LEFT_MARK = "\u200f"
_NUMBER = re.compile(r"[+\-−]?\d[\d.,:\s%]*")
_ACCENTED = str.maketrans(
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz", "ÅƁÇÐÉƑĜĤÎĴĶĻṀÑÖÞǪŔŠŢÛṼŴẊÝŽåƀçðéƒĝĥîĵķļɱñöþǫŕšţûṽŵẋýž"
)


class Translator:
    """Sentences of the station in one language. Any thread; never raises for a sentence without a translation."""

    def __init__(self, language: str = SOURCE_LANGUAGE) -> None:
        self.language = language
        self._pseudo = language in (PSEUDO, PSEUDO_RIGHT_TO_LEFT)
        self._locale = Locale.parse(SOURCE_LANGUAGE if self._pseudo else language)
        self._catalogue = _catalogue(language) if language in TRANSLATED else None

    @property
    def right_to_left(self) -> bool:
        """Whether pages mirror."""
        return self.language == PSEUDO_RIGHT_TO_LEFT or self._locale.text_direction == "rtl"

    def text(self, text: Text) -> str:
        """The sentence with its values, each isolated unless it is a number."""
        values = {name: self._value(value) for name, value in text.values.items()}
        return self._source(text).format_map(values)

    def country(self, code: str) -> str:
        """The name of a State or organization in this language; the code itself where there is no name."""
        if code_kind(code) is CodeKind.SPECIMEN:
            return self._pseudo_or("Utopia")
        territory = alpha_2(code)
        name = self._locale.territories.get(territory) if territory else None
        return self._pseudo_or(name) if name else code

    def date(self, day: PartialDate) -> str:
        """A date as people write it, as far as it is known; empty when nothing of it is."""
        if day.year is None:
            return day.iso()
        pattern = "d MMM y" if day.is_known else "MMM y" if day.month is not None and day.day is None else ""
        if not pattern:
            return day.iso()
        return format_date(day.earliest(), pattern, locale=self._locale)

    @property
    def for_paper(self) -> str:
        """The language in which a paper is printed unless another is chosen; never a pseudo-language."""
        return self.language if self.language in LANGUAGES else SOURCE_LANGUAGE

    def _pseudo_or(self, name: str) -> str:
        return pseudo(name, right_to_left=self.right_to_left) if self._pseudo else name

    def _source(self, text: Text) -> str:
        count = text.values.get("count")
        if self._pseudo:
            source = text.source if text.plural is None or count == 1 else text.plural
            return pseudo(source, right_to_left=self.right_to_left)
        if self._catalogue is not None:
            found = self._translated(self._catalogue, text, count)
            if found:
                return found
        return text.source if text.plural is None or count == 1 else text.plural

    @staticmethod
    def _translated(catalogue: Catalog, text: Text, count: TextValue | None) -> str:
        message = catalogue.get(text.source)
        if message is None or message.fuzzy:
            return ""
        if isinstance(message.string, str):
            return message.string if text.plural is None else ""
        form = _plural_form(catalogue.plural_expr)(count if isinstance(count, int) else 0)
        forms: tuple[str, ...] = tuple(message.string or ())
        return forms[form] if form < len(forms) else ""

    def _value(self, value: TextValue) -> str:
        if isinstance(value, Text):
            return self.text(value)
        if isinstance(value, float):
            return format_decimal(value, locale=self._locale, numbering_system="latn")
        if isinstance(value, int) or _NUMBER.fullmatch(value):
            return str(value)
        return f"{ISOLATE}{value}{END_ISOLATE}"


def own_name(language: str) -> str:
    """A language as those who speak it write it: "English", "français", "العربية"."""
    locale = Locale.parse(language)
    return locale.get_display_name(locale) or language


def pseudo(source: str, *, right_to_left: bool = False) -> str:
    """``source`` accented, two fifths longer and in brackets; its ``{places}`` stay as they are."""
    if not any(literal.strip() and any(map(str.isalpha, literal)) for literal, *_ in string.Formatter().parse(source)):
        return source  # only places: each value brings its own words
    accented = "".join(
        literal.translate(_ACCENTED).replace("{", "{{").replace("}", "}}") + (f"{{{name}}}" if name else "")
        for literal, name, _format, _conversion in string.Formatter().parse(source)
    )
    longer = "~" * max(1, round(len(source) * 0.4))
    mark = _RIGHT_TO_LEFT_MARK if right_to_left else ""
    return f"⟦{mark}{accented}{longer}⟧"


@lru_cache(maxsize=8)
def _catalogue(language: str) -> Catalog:
    """The translations of one language, read from the package."""
    place = resources.files("resources.translations") / f"{language}.po"
    with place.open("rb") as file:
        return read_po(file, locale=language)


@lru_cache(maxsize=8)
def _plural_form(expression: str) -> Callable[[int], int]:
    """The rule of a gettext plural expression: from a count to the number of its form."""
    return c2py(expression)
