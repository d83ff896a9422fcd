# SPDX-License-Identifier: Apache-2.0
"""Recovery sheets: typing them, and what the station keeps of them: the public recipient of its backups.

The master secret is made, printed and forgotten. What was typed is never kept either.
"""

from __future__ import annotations

import enum
import itertools
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

from station.domain.errors import StoreDamaged
from station.domain.secrets import Secret
from station.domain.words import Text, say
from station.ports.backup import SHARES_NEEDED, PaperShare, PaperShares
from station.ports.setting_rows import SettingRepository

#: The settings of the border store that hold the age recipient of the recovery, and the mark of the newest sheets.
RECOVERY_RECIPIENT: Final = "recovery.recipient"
RECOVERY_MARK: Final = "recovery.mark"

#: The first words name the set, its threshold and its size: they are the same on every sheet, and prove none of them.
_SAME_WORDS = 3
_PREFIX = 4  # letters: SLIP-39, "Wordlist"


class Holder(enum.Enum):
    """Who keeps a sheet, in the order in which they are printed."""

    COMMANDER = "post commander"  # at the post, with whoever commands it
    HEADQUARTERS = "headquarters"  # in the safe of headquarters
    ENVELOPE = "sealed envelope"  # closed, at a place both can reach without the other


HOLDER_TITLES: dict[Holder, Text] = {
    Holder.COMMANDER: say("Post commander"),
    Holder.HEADQUARTERS: say("Headquarters"),
    Holder.ENVELOPE: say("Sealed envelope"),
}

HOLDERS: Final = tuple(Holder)


def recovery_recipient(settings: SettingRepository) -> str | None:
    """The age recipient that backups are sealed to; None before the first sheets. Raises StoreDamaged."""
    return _text(settings, RECOVERY_RECIPIENT)


def recovery_mark(settings: SettingRepository) -> str | None:
    """The mark of the newest set of sheets; None before the first. Raises StoreDamaged."""
    return _text(settings, RECOVERY_MARK)


def _text(settings: SettingRepository, name: str) -> str | None:
    value = settings.get(name)
    try:
        return None if value is None else value.decode("ascii")
    except UnicodeDecodeError:
        raise StoreDamaged(
            say("A setting inside the store is missing or damaged: {name}.", name=name),
            say("Call a technician. The records are not touched."),
        ) from None


def recovery_settings(recipient: str, mark: str) -> dict[str, bytes]:
    """What the store keeps of a set of sheets."""
    return {RECOVERY_RECIPIENT: recipient.encode("ascii"), RECOVERY_MARK: mark.encode("ascii")}


@dataclass(frozen=True, slots=True, kw_only=True)
class RecoverySet:
    """A master secret on its way to paper: what it is, what backups are sealed to, and the mark of its sheets."""

    master: Secret = field(repr=False)
    shares: tuple[PaperShare, ...] = field(repr=False)
    recipient: str

    @property
    def mark(self) -> str:
        """What the sheets of this set have in common."""
        return self.shares[0].set_mark

    def settings(self) -> dict[str, bytes]:
        """What the store keeps of it."""
        return recovery_settings(self.recipient, self.mark)

    def forget(self) -> None:
        """It is printed, and typed back."""
        for secret in (self.master, *(share.text for share in self.shares)):
            secret.forget()


def new_set(paper: PaperShares, master: Secret | None = None) -> RecoverySet:
    """New sheets, for a fresh master secret or for the one that older sheets gave; every pair of them was tried.

    A third of a second. Raises RuntimeError when a pair does not give the secret back: nothing is printed then.
    """
    secret = paper.new_master() if master is None else master
    shares = paper.split(secret)
    for pair in itertools.combinations(shares, SHARES_NEEDED):
        read = [paper.read(sheet, share.words()) for sheet, share in enumerate(pair, start=1)]
        if paper.combine(read).reveal() != secret.reveal():
            raise RuntimeError("two sheets do not give the secret back")
    return RecoverySet(master=secret, shares=shares, recipient=paper.recipient(secret))


@dataclass(frozen=True, slots=True)
class Asked:
    """One word that a person is asked to type back from a sheet. ``sheet`` and ``place`` count from 1."""

    sheet: int
    place: int


class WordList:
    """Completes words while they are typed. The list is public; what is typed is not."""

    def __init__(self, words: Sequence[str]) -> None:
        self._known = frozenset(words)
        self._beginning: dict[str, list[str]] = {}
        for word in words:
            for letters in range(1, _PREFIX + 1):
                self._beginning.setdefault(word[:letters], []).append(word)

    def matching(self, typed: str, limit: int = 5) -> tuple[str, ...]:
        """The words that begin like this, at most ``limit``."""
        begun = typed.strip().lower()
        return tuple(word for word in self._beginning.get(begun[:_PREFIX], ()) if word.startswith(begun))[:limit]

    def completed(self, typed: str) -> str | None:
        """The word that is meant: typed in full, or told by four letters or fewer; None while several are possible."""
        begun = typed.strip().lower()
        if begun in self._known:
            return begun
        found = self.matching(begun[:_PREFIX] if len(begun) > _PREFIX else begun, limit=2)
        return found[0] if len(found) == 1 and found[0].startswith(begun) else None

    def split(self, text: str) -> tuple[str, ...]:
        """The words in a line or a whole sheet, with the numbers before them left out; abbreviations are completed."""
        pieces = [piece.strip(".,;:()") for piece in text.replace(",", " ").split()]
        return tuple(self.completed(piece) or piece.lower() for piece in pieces if piece and not piece.isdecimal())


def asked_back(random: bytes, shares: Sequence[PaperShare]) -> tuple[Asked, Asked]:
    """Which word to ask back from which two of the printed sheets; ``random`` is 5 bytes.

    One word a sheet is enough: it shows that a sheet came out of the printer, that the right one lies before the
    person, and that it can be read. That the words are right was never in doubt: the printer does not misspell, and
    typing 66 words in the open would show them to the room.
    """
    left_out = random[0] % len(shares)
    first, second = (number for number in range(1, len(shares) + 1) if number != left_out + 1)
    places = (int.from_bytes(random[1:3], "big"), int.from_bytes(random[3:5], "big"))
    return _asked(first, places[0], shares), _asked(second, places[1], shares)


def _asked(sheet: int, drawn: int, shares: Sequence[PaperShare]) -> Asked:
    own = len(shares[sheet - 1].words()) - _SAME_WORDS
    return Asked(sheet=sheet, place=drawn % own + _SAME_WORDS + 1)


def answered(asked: Asked, shares: Sequence[PaperShare], typed: str, words: WordList) -> bool:
    """Whether this is the word that was asked for."""
    return words.completed(typed) == shares[asked.sheet - 1].words()[asked.place - 1]
