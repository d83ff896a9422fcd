# SPDX-License-Identifier: Apache-2.0
"""Type-ahead for codes: a few keystrokes of a code or of any word of its name find the entry."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass

from station.mrtd.codes import CodeKind, alpha_3, known_codes
from ui.presenters.code_words import PURPOSES, SEXES, TRANSPORTS
from ui.translation import Translator

MOST = 6  # suggestions on screen


@dataclass(frozen=True, slots=True)
class Entry:
    """A code and its name in the officer's language."""

    code: str
    name: str


class CodeList:
    """A list of codes that is searched as one types."""

    def __init__(self, entries: Iterable[Entry]) -> None:
        self._entries = tuple(entries)
        self._by_code = {entry.code: entry for entry in self._entries}
        self._words = [(entry, _plain(entry.code), _plain(entry.name).split()) for entry in self._entries]

    def entry(self, code: str) -> Entry | None:
        """The entry with exactly this code."""
        return self._by_code.get(code)

    def found(self, typed: str) -> tuple[Entry, ...]:
        """At most six entries, best first: the code itself, codes that begin so, names with words that begin so."""
        wanted = _plain(typed).split()
        if not wanted:
            return ()
        ranked = []
        for entry, code, words in self._words:
            rank = _rank(wanted, code, words)
            if rank is not None:
                ranked.append((rank, len(entry.name), entry))
        ranked.sort(key=lambda found: found[:2])
        return tuple(entry for _rank, _length, entry in ranked[:MOST])


def _rank(wanted: list[str], code: str, words: list[str]) -> int | None:
    joined = " ".join(wanted)
    if joined == code:
        return 0
    if words and joined == " ".join(words):
        return 1
    if code.startswith(joined):
        return 2
    if words and words[0].startswith(wanted[0]) and _all_begin(wanted, words):
        return 3
    return 4 if _all_begin(wanted, words) else None


def _all_begin(wanted: list[str], words: list[str]) -> bool:
    return all(any(word.startswith(part) for word in words) for part in wanted)


def _plain(text: str) -> str:
    """Without case, accents, punctuation and direction marks, so that ``cote`` finds Côte d'Ivoire."""
    apart = unicodedata.normalize("NFKD", text.casefold())
    kept = (
        c if c.isalnum() else " " for c in apart if not unicodedata.combining(c) and unicodedata.category(c) != "Cf"
    )
    return "".join(kept).strip()


def transports(translator: Translator) -> CodeList:
    """Means of transport."""
    return CodeList(Entry(kind.value, translator.text(words)) for kind, words in TRANSPORTS.items())


def purposes(translator: Translator) -> CodeList:
    """Purposes of travel."""
    return CodeList(Entry(kind.value, translator.text(words)) for kind, words in PURPOSES.items())


def sexes(translator: Translator) -> CodeList:
    """Sex as a document states it."""
    return CodeList(Entry(kind.value, translator.text(words)) for kind, words in SEXES.items())


def countries(translator: Translator) -> CodeList:
    """Countries of travel, as ISO 3166 codes: what crossings are counted by."""
    codes = {alpha_3(code) for code in known_codes(CodeKind.STATE)} | known_codes(CodeKind.SPECIMEN)
    return CodeList(Entry(code, translator.country(code)) for code in sorted(codes))


def issuers(translator: Translator) -> CodeList:
    """Everything that may stand as issuer or nationality on a document, old States and organizations included."""
    kinds = (kind for kind in CodeKind if kind is not CodeKind.UNKNOWN)
    codes = {code for kind in kinds for code in known_codes(kind)}
    return CodeList(Entry(code, translator.country(code)) for code in sorted(codes))
