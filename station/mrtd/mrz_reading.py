# SPDX-License-Identifier: Apache-2.0
"""What came of reading an MRZ: its fields, a verdict on each, and the reasons where something is wrong.

A wrong MRZ is a value with reasons, never an exception (decision 0002): the officer decides what it means.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum

from station.domain.dates import PartialDate
from station.mrtd.mrz_dates import UNKNOWN_DATE
from station.mrtd.mrz_formats import MrzFieldName, MrzFormat


class FieldCheck(Enum):
    """What a check digit says of the field it protects."""

    VALID = "valid"  # the printed digit is the computed one; a blind pair may still hide (check_digits)
    INVALID = "invalid"  # it is another, or no digit, or the field cannot be computed
    UNCHECKED = "unchecked"  # this field has no check digit in this layout
    EMPTY_CHECK = "empty_check"  # a filler stands for the digit of an empty field, which Doc 9303 allows


class MrzProblemKind(Enum):
    """What can be wrong with an MRZ."""

    WRONG_LINE_COUNT = "wrong_line_count"  # neither two nor three lines
    WRONG_LINE_LENGTH = "wrong_line_length"  # a line is longer or shorter than its layout
    FORBIDDEN_CHARACTER = "forbidden_character"  # not one of the 37 characters of the MRZ
    CHARACTER_OUT_OF_PLACE = "character_out_of_place"  # an MRZ character where the layout does not allow it
    CHECK_DIGIT_WRONG = "check_digit_wrong"  # field and check digit disagree; either may be the wrong one
    COMPOSITE_WRONG = "composite_wrong"  # the composite check digit disagrees with what it covers
    IMPOSSIBLE_DATE = "impossible_date"  # the calendar has no such day
    UNKNOWN_CODE = "unknown_code"  # not a code of a State, organization or status that we know
    UNKNOWN_DOCUMENT_CODE = "unknown_document_code"  # not a document code of this layout that we know
    NAME_MISSING = "name_missing"  # no primary identifier
    NAME_MAYBE_TRUNCATED = "name_maybe_truncated"  # the name fills its field: it must be treated as cut
    DOCUMENT_NUMBER_MISSING = "document_number_missing"  # the field holds fillers only

    @property
    def breaks_validity(self) -> bool:
        """Whether an MRZ with this problem is wrong, or only worth a look."""
        return self not in _NOTES


_NOTES = frozenset(
    {
        MrzProblemKind.UNKNOWN_CODE,
        MrzProblemKind.UNKNOWN_DOCUMENT_CODE,
        MrzProblemKind.NAME_MISSING,
        MrzProblemKind.NAME_MAYBE_TRUNCATED,
        MrzProblemKind.DOCUMENT_NUMBER_MISSING,
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class MrzProblem:
    """One reason. Lines and columns count from 0 and are ``None`` where there is no one place.

    ``found`` is what is printed there, ``expected`` what would be right where that can be computed; both are
    pieces of a person's document and stay out of ``repr``.
    """

    kind: MrzProblemKind
    line: int | None = None
    column: int | None = None
    what: MrzFieldName | None = None
    found: str = field(default="", repr=False)
    expected: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class MrzField:
    """One data element: ``raw`` as printed, ``value`` without fillers, a blank where they part words."""

    raw: str = field(default="", repr=False)
    value: str = field(default="", repr=False)
    check: FieldCheck = FieldCheck.UNCHECKED


@dataclass(frozen=True, slots=True)
class MrzDateField(MrzField):
    """A date. ``value`` is ``date.iso()``: empty when unknown, or when what is printed is no date."""

    date: PartialDate = field(default=UNKNOWN_DATE, repr=False)


_ABSENT = MrzField()
_ABSENT_DATE = MrzDateField()


@dataclass(frozen=True, slots=True, kw_only=True)
class MrzFields:
    """The data elements of any layout; what a layout does not have is empty and unchecked.

    ``primary_identifier.raw`` and ``secondary_identifier.raw`` are the name field before and after its first
    double filler. ``document_number`` is whole, also where its end stands in the optional data;
    ``optional_data`` is then what follows it. ``sex.value`` is F, M, X (unspecified) or empty (unreadable).
    """

    document_code: MrzField = _ABSENT
    issuing_state: MrzField = _ABSENT
    primary_identifier: MrzField = _ABSENT
    secondary_identifier: MrzField = _ABSENT
    document_number: MrzField = _ABSENT
    nationality: MrzField = _ABSENT
    birth_date: MrzDateField = _ABSENT_DATE
    sex: MrzField = _ABSENT
    expiry_date: MrzDateField = _ABSENT_DATE
    optional_data: MrzField = _ABSENT
    optional_data_2: MrzField = _ABSENT


@dataclass(frozen=True, slots=True, kw_only=True)
class MrzReading:
    """One MRZ as read. ``format`` is ``None`` when no layout has such lines; all fields are then empty."""

    format: MrzFormat | None
    lines: tuple[str, ...] = field(repr=False)
    fields: MrzFields
    composite: FieldCheck
    problems: tuple[MrzProblem, ...]

    @property
    def valid(self) -> bool:
        """Whether structure, dates and every check digit are right.

        Names, codes and sex have no check digit, and blind pairs go unseen: valid is not correctly read.
        """
        return not any(problem.kind.breaks_validity for problem in self.problems)
