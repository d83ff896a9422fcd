# SPDX-License-Identifier: Apache-2.0
"""Fits a name into the name field of an MRZ (Doc 9303-4, -5, -6 and -7, "Truncation of names").

The standard lets the issuer choose among several ways to shorten. Ours: keep the primary identifier whole as
long as anything of the secondary fits behind it; otherwise shorten its longest components, latest first, and
keep up to five characters of the secondary identifier.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from station.mrtd.check_digits import FILLER
from station.mrtd.mrz_formats import MrzFieldName, MrzFormat, layout
from station.mrtd.transliteration import GENERAL_CONVENTIONS, Conventions, transliterate

_SEPARATOR = FILLER * 2
_KEPT_OF_SECONDARY = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class NameField:
    """A filled name field: its characters, whether the name was cut, and which characters had no MRZ form."""

    text: str = field(repr=False)
    is_truncated: bool
    dropped: tuple[str, ...] = field(default=(), repr=False)


def compose_name(
    fmt: MrzFormat, primary: str, secondary: str = "", *, conventions: Conventions = GENERAL_CONVENTIONS
) -> NameField:
    """The name field of one layout for identifiers in any script. Never raises, whatever the text.

    A secondary identifier without a primary becomes the primary: a name of one part stands first
    (Doc 9303-5, 4.2.2.3).
    """
    first, second = transliterate(primary, conventions), transliterate(secondary, conventions)
    span = layout(fmt).fields[MrzFieldName.NAME]
    width = span.end - span.start
    leading, following = first.components, second.components
    if not leading:
        leading, following = following, ()
    whole = FILLER.join(leading) + (_SEPARATOR + FILLER.join(following) if following else "")
    is_truncated = len(whole) > width
    text = _truncated(leading, following, width) if is_truncated else whole.ljust(width, FILLER)
    return NameField(text=text, is_truncated=is_truncated, dropped=first.dropped + second.dropped)


def _truncated(leading: Sequence[str], following: Sequence[str], width: int) -> str:
    """Exactly `width` characters, the last one a letter: the sign that the name may have been cut."""
    if not following:
        return _cut(leading, width)
    primary = FILLER.join(leading)
    if len(primary) > width - len(_SEPARATOR) - 1:
        kept = min(len(FILLER.join(following)), _KEPT_OF_SECONDARY)
        primary = _shrunk(leading, width - len(_SEPARATOR) - kept)
    return primary + _SEPARATOR + _cut(following, width - len(_SEPARATOR) - len(primary))


def _cut(components: Sequence[str], room: int) -> str:
    """The components, joined and cut to `room` characters so that the last one is a letter."""
    text = FILLER.join(components)[:room]
    if text[-1] != FILLER:
        return text
    # The cut fell behind a component. One letter less before it brings in the initial of the next.
    before = list(components[: text.count(FILLER)])
    longest = max(range(len(before)), key=lambda index: (len(before[index]), index))
    if len(before[longest]) > 1:
        before[longest] = before[longest][:-1]
        return FILLER.join(before) + FILLER + components[len(before)][0]
    # Initials only: nothing can be shortened, so the next one is written without its separator.
    return text[:-1] + components[len(before)][0]


def _shrunk(components: Sequence[str], room: int) -> str:
    """The components, shortened, joined in exactly `room` characters; each one kept has its initial."""
    kept = [component[:room] for component in components[: (room + 1) // 2]]
    excess = len(FILLER.join(kept)) - room
    for _ in range(excess):
        longest = max(range(len(kept)), key=lambda index: (len(kept[index]), index))
        kept[longest] = kept[longest][:-1]
    if excess < 0:  # initials only, and one place left: too little for a separator and a letter
        kept[-1] += components[len(kept)][0]
    return FILLER.join(kept)
