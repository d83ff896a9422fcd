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
    """Makes a finished page of a notice, in the traveller's language, watermarked in training."""

    def refusal(self, notice: RefusalNotice, *, language: str) -> bytes:
        """The PDF. CPU work of some 100 ms: off the window's thread."""
        ...
