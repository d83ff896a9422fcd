# SPDX-License-Identifier: Apache-2.0
"""What stands on a recovery sheet, in the language of whoever keeps it."""

from __future__ import annotations

from dataclasses import dataclass, field

from station.access.recovery import HOLDER_TITLES, HOLDERS
from station.domain.words import say
from station.ports.backup import SHARES, SHARES_NEEDED, PaperShare
from ui.translation import Translator


@dataclass(frozen=True, slots=True, kw_only=True)
class WordedSheet:
    """The finished texts of one sheet."""

    title: str
    post: str
    facts: tuple[tuple[str, str], ...]
    holders: tuple[str, ...]
    holder: int
    words: tuple[str, ...] = field(repr=False)
    keep: tuple[str, ...]
    lines: tuple[str, ...]
    footer: str


def worded_sheet(share: PaperShare, *, post: str, station: str, day: str, translator: Translator) -> WordedSheet:
    """The sheet ``share.number`` of its set. ``day``: ISO 8601."""
    put = translator.text
    return WordedSheet(
        title=put(say("Recovery sheet {number} of {of}", number=share.number, of=SHARES)),
        post=post,
        facts=(
            (put(say("Station")), station),
            (put(say("Set of sheets")), share.set_mark),
            (put(say("Printed on")), day),
        ),
        holders=tuple(put(HOLDER_TITLES[holder]) for holder in HOLDERS),
        holder=share.number - 1,
        words=share.words(),
        keep=(
            put(
                say(
                    "Any {needed} of the {of} sheets, with a backup, bring back everything this station has recorded. "
                    "One sheet alone is worth nothing.",
                    needed=SHARES_NEEDED,
                    of=SHARES,
                )
            ),
            put(say("Never keep two sheets in one place. Never copy, photograph or type them except to restore.")),
            put(say("If this sheet is lost or was seen by somebody, tell headquarters and print new sheets.")),
        ),
        lines=(put(say("Name of the holder")), put(say("Received on")), put(say("Signature"))),
        footer=put(say("hbm-station · recovery words (SLIP-39) · keep dry and locked away")),
    )
