# SPDX-License-Identifier: Apache-2.0
"""Dates of which a part may be unknown.

Travel documents of people without a birth register show them (Doc 9303-3, 3.8 and 4.8), so the station
must be able to say "certainly before", "possibly before" and "between 17 and 18 years old" without
inventing a day.
"""

from __future__ import annotations

import calendar
import re
from dataclasses import dataclass
from datetime import date

_LEAP_YEAR = 2000  # an unknown year may have been a leap year
_WRITTEN = re.compile(r"(\d{4}|XXXX)(?:-(\d{2}|XX)(?:-(\d{2}|XX))?)?", re.ASCII)


@dataclass(frozen=True, slots=True)
class PartialDate:
    """A calendar date whose year, month or day may be unknown (``None``).

    Raises ``ValueError`` when the known parts cannot belong to any day of the calendar.
    """

    year: int | None = None
    month: int | None = None
    day: int | None = None

    def __post_init__(self) -> None:
        if self.year is not None and not 1 <= self.year <= 9999:
            raise ValueError("a year lies between 1 and 9999")
        if self.month is not None and not 1 <= self.month <= 12:
            raise ValueError("a month lies between 1 and 12")
        if self.day is not None and not 1 <= self.day <= 28 and not 28 < self.day <= _days(self.year, self.month):
            raise ValueError("there is no such day in that month")

    @classmethod
    def of(cls, day: date) -> PartialDate:
        """The fully known date."""
        return cls(day.year, day.month, day.day)

    @classmethod
    def from_iso(cls, text: str) -> PartialDate:
        """Read what `iso` writes. Raises ``ValueError`` for anything else."""
        if not text:
            return cls()
        written = _WRITTEN.fullmatch(text)
        if written is None:
            raise ValueError("not a date of the form YYYY-MM-DD, with X for what is unknown")
        year, month, day = (None if part is None or "X" in part else int(part) for part in written.groups())
        return cls(year, month, day)

    def iso(self) -> str:
        """``1974-08-12``; unknown parts at the end are left out (``1974-08``, ``1974``, empty).

        An unknown part in front of a known one is written with X (ISO 8601-2): ``1974-XX-12``, ``XXXX-08``.
        """
        if self.day is not None:
            return f"{_digits(self.year, 4)}-{_digits(self.month, 2)}-{self.day:02}"
        if self.month is not None:
            return f"{_digits(self.year, 4)}-{self.month:02}"
        return "" if self.year is None else f"{self.year:04}"

    @property
    def is_known(self) -> bool:
        """Whether year, month and day are all known."""
        return self.year is not None and self.month is not None and self.day is not None

    def earliest(self) -> date:
        """The first day this date can mean; ``date.min`` while the year is unknown."""
        if self.year is None:
            return date.min
        return date(self.year, self.month or 1, self.day or 1)

    def latest(self) -> date:
        """The last day this date can mean; ``date.max`` while the year is unknown."""
        if self.year is None:
            return date.max
        month = self.month or 12
        return date(self.year, month, self.day or _days(self.year, month))

    def certainly_before(self, day: date) -> bool:
        """Whether every day this date can mean lies before `day`."""
        return self.latest() < day

    def possibly_before(self, day: date) -> bool:
        """Whether some day this date can mean lies before `day`."""
        return self.earliest() < day

    def age_on(self, day: date) -> tuple[int, int] | None:
        """Completed years (least, most) on `day` of a person born on this date; ``None`` without a year.

        A birth that lies after `day` counts as age 0. Someone born on 29 February completes a year on 1 March
        of a common year.
        """
        if self.year is None:
            return None
        return _completed_years(self.latest(), day), _completed_years(self.earliest(), day)


def _days(year: int | None, month: int | None) -> int:
    if month is None:
        return 31
    return calendar.monthrange(_LEAP_YEAR if year is None else year, month)[1]


def _digits(part: int | None, width: int) -> str:
    return "X" * width if part is None else f"{part:0{width}}"


def _completed_years(born: date, on: date) -> int:
    birthday_ahead = (on.month, on.day) < (born.month, born.day)
    return max(0, on.year - born.year - birthday_ahead)
