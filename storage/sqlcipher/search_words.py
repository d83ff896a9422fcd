# SPDX-License-Identifier: Apache-2.0
"""The words an encounter is found by, folded the same way when it is kept and when it is looked for.

Folding here, and handing SQLite plain ASCII, keeps vowel signs of Indic names inside their words, knows every
script that Python knows, and leaves no character that the search language could take for syntax.
"""

from __future__ import annotations

import unicodedata
from datetime import UTC, date, timedelta

from station.domain.dates import PartialDate
from station.domain.document import TravelDocument
from station.ports.storage import SearchQuery

#: Left out of MRZ names without a filler (Doc 9303-3, 4.6), so they do not part words here either.
_APOSTROPHES = frozenset("'’ʼ‘`´")
_ESCAPE = "q"
_UNKNOWN = "unknown"

# Marks of canonical combining class 9 and below belong to the letter in Indic scripts: vowel signs, nukta, virama.
_LAST_CLASS_KEPT = 9

_MOST_DAYS = 3  # a day of any zone touches at most three of UTC: at most 26 hours, when a clock is put back
_INSTANT = timedelta(microseconds=1)


def name_words(name: str) -> tuple[str, ...]:
    """The folded words of a name of any script: without case, accents and apostrophes, each once, sorted."""
    return tuple(sorted(set(_folded(name).split())))


def folded_number(number: str) -> str:
    """A document number without case, fillers, blanks and dashes."""
    return _folded(number).replace(" ", "")


def indexed(document: TravelDocument | None) -> tuple[str, str, str]:
    """What the columns name, document_number and birth of the index hold."""
    if document is None:
        return "", "", ""
    name = document.name
    return indexed_as(name.primary, name.secondary, document.document_number, document.birth_date)


def indexed_as(primary: str, secondary: str, number: str, birth: PartialDate) -> tuple[str, str, str]:
    """The same for what a row says of a document."""
    words = name_words(f"{primary} {secondary}")
    return " ".join(map(_plain, words)), _plain(folded_number(number)), _birth(birth)


def expression(query: SearchQuery) -> str | None:
    """The match expression of a query: empty when it asks for nothing, None when nothing can match.

    Every term is quoted and consists of ASCII letters and digits only.
    """
    terms = []
    for wanted in query.name_words:
        words = name_words(wanted)
        if not words:
            return None
        terms += [f'name : "{_plain(word)}" *' for word in words]
    if query.document_number:
        number = folded_number(query.document_number)
        if not number:
            return None
        terms.append(f'document_number : "{_plain(number)}" *')
    if query.birth_date is not None:
        terms.append(f'birth : "{_birth(query.birth_date)}"')
    days = _days(query)
    if days is not None:
        if not days:
            return None
        terms.append(" OR ".join(f'day : "{day:%Y%m%d}"' for day in days))
    return " AND ".join(f"({term})" for term in terms)


def _days(query: SearchQuery) -> list[date] | None:
    """The days of UTC that a short range touches, which the index knows; None when there are too many to name."""
    if query.opened_from is None or query.opened_before is None:
        return None
    if query.opened_from >= query.opened_before:
        return []
    first, last = (moment.astimezone(UTC).date() for moment in (query.opened_from, query.opened_before - _INSTANT))
    count = (last - first).days + 1
    return [first + timedelta(days=number) for number in range(count)] if count <= _MOST_DAYS else None


def _folded(text: str) -> str:
    """Letters, digits and their vowel signs without case; whatever parts words becomes a blank."""
    decomposed = unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", text).casefold())
    return "".join(map(_kept, decomposed))


def _kept(character: str) -> str:
    if character in _APOSTROPHES:
        return ""
    category = unicodedata.category(character)
    if category[0] in "LN":
        return character
    if category[0] == "M":
        return character if unicodedata.combining(character) <= _LAST_CLASS_KEPT else ""
    # Joiners and marks of writing direction are not seen, and part nothing.
    return "" if category == "Cf" else " "


def _plain(word: str) -> str:
    """ASCII letters and digits, character by character, so that a beginning stays a beginning."""
    return "".join(
        character if character.isascii() and character != _ESCAPE else f"{_ESCAPE}{ord(character):06x}"
        for character in word
    )


def _birth(date: PartialDate) -> str:
    return date.iso().replace("-", "").lower() or _UNKNOWN
