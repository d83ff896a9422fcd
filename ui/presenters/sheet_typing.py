# SPDX-License-Identifier: Apache-2.0
"""Typing recovery sheets word by word: each is completed from four letters, and is out of sight once it is taken.

Never a presenter of its own: the pages that need sheets hold one. What was typed is never part of a state.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from station.access.recovery import WordList
from station.domain.words import Text, say
from station.ports.backup import SHARE_WORDS, SHARES_NEEDED


@dataclass(frozen=True, slots=True, kw_only=True)
class TypingView:
    """Where the typing stands. ``sheet`` and ``place`` count from 1; ``place`` is SHARE_WORDS + 1 when all are typed.

    ``correcting``: the word of this place was typed before, and is typed again.
    """

    sheet: int = 1
    place: int = 1
    matches: tuple[str, ...] = field(default=(), repr=False)
    wrong: Text | None = None
    correcting: bool = False

    @property
    def complete(self) -> bool:
        """Whether both sheets are typed."""
        return self.place > SHARE_WORDS

    @property
    def done(self) -> int:
        """How many words of all sheets are typed before this place."""
        return (self.sheet - 1) * SHARE_WORDS + self.place - 1


class SheetTyping:
    """The words of two sheets on their way in. Home thread only."""

    def __init__(self, words: WordList) -> None:
        self._words = words
        self._typed: list[list[str]] = []
        self._view = TypingView()
        self.clear()

    @property
    def view(self) -> TypingView:
        """What the page may show."""
        return self._view

    @property
    def sheets(self) -> tuple[tuple[str, ...], ...]:
        """The words typed so far, by sheet, without sheets that have none."""
        return tuple(tuple(sheet) for sheet in self._typed if sheet)

    def clear(self) -> None:
        """Forget everything."""
        self._typed = [[] for _ in range(SHARES_NEEDED)]
        self._view = TypingView()

    def suggest(self, text: str) -> None:
        """Something is in the field, and not taken yet."""
        known = {"sheet": self._view.sheet, "place": self._view.place}
        matches = self._words.matching(text)
        wrong = _no_such_word() if text.strip() and not matches else None
        self._view = TypingView(matches=matches, wrong=wrong, correcting=self._view.correcting, **known)

    def take(self, text: str) -> bool:
        """Enter: take the word that is meant, or all words of a line. False when one of them is not clear."""
        for piece in self._words.split(text):
            if self._view.complete:
                break
            word = self._words.completed(piece)
            if word is None:
                self.suggest(piece)
                return False
            self._put(word)
        return True

    def back(self) -> None:
        """Type the word before once more."""
        sheet, place = self._view.sheet, self._view.place - 1
        if place == 0 and sheet > 1:
            sheet, place = sheet - 1, SHARE_WORDS
        self.go_to(sheet, max(1, place))

    def go_to(self, sheet: int, place: int) -> None:
        """Type one word once more, such as the one that does not fit; the others stay."""
        self._view = TypingView(sheet=sheet, place=place, correcting=place <= len(self._typed[sheet - 1]))

    def _put(self, word: str) -> None:
        sheet, place = self._view.sheet, self._view.place
        typed = self._typed[sheet - 1]
        typed[place - 1 : place] = [word]
        if self._view.correcting:  # back to where the typing had come to
            self._view = self._end()
        elif place == SHARE_WORDS and sheet < SHARES_NEEDED:
            self._view = TypingView(sheet=sheet + 1)
        else:
            self._view = TypingView(sheet=sheet, place=place + 1)

    def _end(self) -> TypingView:
        """The first place that was not typed yet."""
        for sheet, typed in enumerate(self._typed, start=1):
            if len(typed) < SHARE_WORDS:
                return TypingView(sheet=sheet, place=len(typed) + 1)
        return TypingView(sheet=SHARES_NEEDED, place=SHARE_WORDS + 1)


def _no_such_word() -> Text:
    return say("No word of the list begins like this.")
