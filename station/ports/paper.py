# SPDX-License-Identifier: Apache-2.0
"""Papers a traveller takes away: the station says what stands on them, the face puts it into a language."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from typing import Protocol

from station.domain.document import TravelDocument
from station.domain.words import Text


@dataclass(frozen=True, slots=True, kw_only=True)
class RefusalNotice:
    """What a refused traveller is told in writing: the ground, and how to appeal. ``reference`` is opaque."""

    post: str
    on: date
    reference: str
    ground_code: str
    ground: Text
    document: TravelDocument | None = field(repr=False)
    officer_number: str


class NoticePress(Protocol):
    """Makes finished pages of notices, in the traveller's language, watermarked in training."""

    def refusal(self, notice: RefusalNotice, *, language: str) -> bytes:
        """The PDF. CPU work of some 100 ms: off the window's thread."""
        ...

    def blank_refusal(self, post: str, *, language: str, copies: int) -> bytes:
        """The same notice with empty boxes, to be filled in by hand when no printer works: ``copies`` of it in one PDF.

        As slow as ``refusal``.
        """
        ...


class FormByHand(Protocol):
    """A paper that is filled in by hand now, for the face that shows what to copy. Any thread."""

    @property
    def boxes(self) -> tuple[tuple[Text, str], ...]:
        """Label and value of each box, in the order of the form; empty while nothing is to be written."""
        ...

    def confirm(self) -> bool:
        """It is written and signed. False when nothing is to be written any more."""
        ...

    def decline(self) -> bool:
        """It will not be written. False when nothing is to be written any more."""
        ...
