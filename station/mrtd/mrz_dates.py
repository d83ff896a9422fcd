# SPDX-License-Identifier: Apache-2.0
"""Six characters of an MRZ as a date: the century that is not printed, and the parts that are not known.

The century is a rule of ours, not of Doc 9303 (decision 0002). The reference date comes from the caller, so
that a document read yesterday can be judged as it was judged yesterday.
"""

from __future__ import annotations

import re
from datetime import date
from enum import Enum

from station.domain.dates import PartialDate
from station.mrtd.check_digits import FILLER


class CenturyRule(Enum):
    """How two digits become a year."""

    BIRTH = "birth"  # the latest century in which the date does not lie after the reference date
    EXPIRY = "expiry"  # the century that puts the year at most 50 before and 49 after the reference year


UNKNOWN_DATE = PartialDate()

_printed = re.compile("([0-9]{2}|<<)" * 3).fullmatch


def read_date(raw: str, rule: CenturyRule, today: date) -> PartialDate | None:
    """The date in ``YYMMDD`` form, ``<<`` for unknown parts (Doc 9303-3, 4.8); ``None`` when it is no date.

    A birth that is only partly known counts as possible from the first day it can mean.
    """
    printed = _printed(raw)
    if printed is None:
        return None
    two_digits, month, day = (None if part == FILLER * 2 else int(part) for part in printed.groups())
    if two_digits is None:
        return _date_or_none(None, month, day)
    if rule is CenturyRule.EXPIRY:
        first = today.year - 50
        return _date_or_none(first + (two_digits - first) % 100, month, day)
    year = today.year - (today.year - two_digits) % 100
    if (year, month or 1, day or 1) > (today.year, today.month, today.day):
        year -= 100
    return _date_or_none(year, month, day)


def write_date(value: PartialDate) -> str:
    """The six characters of Doc 9303-3, 4.8."""
    year, month, day = value.year, value.month, value.day
    return "".join(FILLER * 2 if part is None else f"{part % 100:02}" for part in (year, month, day))


def _date_or_none(year: int | None, month: int | None, day: int | None) -> PartialDate | None:
    try:
        return PartialDate(year, month, day)
    except ValueError:
        return None
