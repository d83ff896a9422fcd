# SPDX-License-Identifier: Apache-2.0
"""The five MRZ layouts as tables: which field stands where, what may stand there, what is checked.

Parsing, composing and optical recognition read the same tables, so they cannot disagree about a position.
Lines and columns count from 0; ends are exclusive, as in a Python slice.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from functools import cache
from types import MappingProxyType

from station.mrtd.check_digits import DIGITS, FILLER, LETTERS, MRZ_CHARACTERS


class MrzFormat(Enum):
    """The layouts of Doc 9303 that carry an MRZ."""

    TD1 = "TD1"  # card, three lines of 30 (Doc 9303-5)
    TD2 = "TD2"  # larger card or single sheet, two lines of 36 (Doc 9303-6)
    TD3 = "TD3"  # passport, two lines of 44 (Doc 9303-4)
    MRV_A = "MRV-A"  # full-size visa, two lines of 44 (Doc 9303-7, 4)
    MRV_B = "MRV-B"  # small visa, two lines of 36 (Doc 9303-7, 7)

    __hash__ = object.__hash__  # a member is one object; hashing its name in Python doubles the time of a parse

    @property
    def rows(self) -> int:
        """Number of lines."""
        return 3 if self is MrzFormat.TD1 else 2

    @property
    def columns(self) -> int:
        """Characters per line."""
        if self is MrzFormat.TD1:
            return 30
        return 44 if self in (MrzFormat.TD3, MrzFormat.MRV_A) else 36


class Alphabet(Enum):
    """What Doc 9303 lets stand at a position. The value is the set of characters."""

    LETTER = frozenset(LETTERS)  # first character of the document code
    LETTER_OR_FILLER = frozenset(LETTERS + FILLER)  # names and the codes of States
    ANY = MRZ_CHARACTERS  # numbers of documents and persons, optional data
    DIGIT = frozenset(DIGITS)  # check digits
    DIGIT_OR_FILLER = frozenset(DIGITS + FILLER)  # dates, and check digits that a filler may stand for
    SEX = frozenset("FM" + FILLER)  # F, M, or the filler for unspecified


class MrzFieldName(Enum):
    """The data elements and check digits of an MRZ."""

    DOCUMENT_CODE = "document_code"  # one letter for the family, one character for the type
    ISSUING_STATE = "issuing_state"  # State or organization that issued the document
    NAME = "name"  # primary and secondary identifier with their separators
    PRIMARY_IDENTIFIER = "primary_identifier"  # part of NAME, has no place of its own in the table
    SECONDARY_IDENTIFIER = "secondary_identifier"  # part of NAME, has no place of its own in the table
    DOCUMENT_NUMBER = "document_number"  # its first nine characters; more may stand in the optional data
    DOCUMENT_NUMBER_CHECK = "document_number_check"  # check digit, or filler before a long number
    NATIONALITY = "nationality"  # of the holder
    BIRTH_DATE = "birth_date"  # YYMMDD, fillers for unknown parts
    BIRTH_DATE_CHECK = "birth_date_check"  # check digit
    SEX = "sex"  # F, M or filler
    EXPIRY_DATE = "expiry_date"  # YYMMDD; of a visa: valid until
    EXPIRY_DATE_CHECK = "expiry_date_check"  # check digit
    OPTIONAL_DATA = "optional_data"  # at the discretion of the issuer; personal number in a TD3
    OPTIONAL_DATA_CHECK = "optional_data_check"  # TD3 only; filler allowed when there is no optional data
    OPTIONAL_DATA_2 = "optional_data_2"  # TD1 only, in the middle line
    COMPOSITE_CHECK = "composite_check"  # over the protected fields and their check digits; visas have none

    __hash__ = object.__hash__  # as above


@dataclass(frozen=True, slots=True)
class Span:
    """Characters `start` up to, not including, `end` of one line."""

    line: int
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class MrzLayout:
    """One layout as a table.

    ``fields`` maps each data element and check digit to its place; ``alphabets`` says what may stand in it;
    ``checks`` maps a protected field to the field that holds its check digit; ``composite`` lists what the
    composite check digit covers, in order, and is empty where the layout has none.
    """

    fields: Mapping[MrzFieldName, Span]
    alphabets: Mapping[MrzFieldName, Alphabet]
    checks: Mapping[MrzFieldName, MrzFieldName]
    composite: tuple[Span, ...]


_F = MrzFieldName

_ALPHABETS: Mapping[MrzFieldName, Alphabet] = {
    _F.DOCUMENT_CODE: Alphabet.ANY,
    _F.ISSUING_STATE: Alphabet.LETTER_OR_FILLER,
    _F.NAME: Alphabet.LETTER_OR_FILLER,
    _F.DOCUMENT_NUMBER: Alphabet.ANY,
    _F.DOCUMENT_NUMBER_CHECK: Alphabet.DIGIT,
    _F.NATIONALITY: Alphabet.LETTER_OR_FILLER,
    _F.BIRTH_DATE: Alphabet.DIGIT_OR_FILLER,
    _F.BIRTH_DATE_CHECK: Alphabet.DIGIT,
    _F.SEX: Alphabet.SEX,
    _F.EXPIRY_DATE: Alphabet.DIGIT_OR_FILLER,
    _F.EXPIRY_DATE_CHECK: Alphabet.DIGIT,
    _F.OPTIONAL_DATA: Alphabet.ANY,
    _F.OPTIONAL_DATA_CHECK: Alphabet.DIGIT_OR_FILLER,
    _F.OPTIONAL_DATA_2: Alphabet.ANY,
    _F.COMPOSITE_CHECK: Alphabet.DIGIT,
}

_CHECKED = {
    _F.DOCUMENT_NUMBER: _F.DOCUMENT_NUMBER_CHECK,
    _F.BIRTH_DATE: _F.BIRTH_DATE_CHECK,
    _F.EXPIRY_DATE: _F.EXPIRY_DATE_CHECK,
    _F.OPTIONAL_DATA: _F.OPTIONAL_DATA_CHECK,
}


def _table(
    fields: dict[MrzFieldName, Span],
    *,
    composite: tuple[Span, ...] = (),
    looser: Mapping[MrzFieldName, Alphabet] = MappingProxyType({}),
) -> MrzLayout:
    return MrzLayout(
        fields=MappingProxyType(fields),
        alphabets=MappingProxyType({name: looser.get(name, _ALPHABETS[name]) for name in fields}),
        checks=MappingProxyType({name: check for name, check in _CHECKED.items() if check in fields}),
        composite=composite,
    )


def _two_lines(columns: int, optional_end: int) -> dict[MrzFieldName, Span]:
    """What TD2, TD3 and both visas share; they differ in the width of the name and after column 28."""
    return {
        _F.DOCUMENT_CODE: Span(0, 0, 2),
        _F.ISSUING_STATE: Span(0, 2, 5),
        _F.NAME: Span(0, 5, columns),
        _F.DOCUMENT_NUMBER: Span(1, 0, 9),
        _F.DOCUMENT_NUMBER_CHECK: Span(1, 9, 10),
        _F.NATIONALITY: Span(1, 10, 13),
        _F.BIRTH_DATE: Span(1, 13, 19),
        _F.BIRTH_DATE_CHECK: Span(1, 19, 20),
        _F.SEX: Span(1, 20, 21),
        _F.EXPIRY_DATE: Span(1, 21, 27),
        _F.EXPIRY_DATE_CHECK: Span(1, 27, 28),
        _F.OPTIONAL_DATA: Span(1, 28, optional_end),
    }


_LONG_NUMBER = {_F.DOCUMENT_NUMBER_CHECK: Alphabet.DIGIT_OR_FILLER}  # Doc 9303-5 and -6, note j

_LAYOUTS: Mapping[MrzFormat, MrzLayout] = {
    # Doc 9303-5, 4.2.2 and 4.2.4
    MrzFormat.TD1: _table(
        {
            _F.DOCUMENT_CODE: Span(0, 0, 2),
            _F.ISSUING_STATE: Span(0, 2, 5),
            _F.DOCUMENT_NUMBER: Span(0, 5, 14),
            _F.DOCUMENT_NUMBER_CHECK: Span(0, 14, 15),
            _F.OPTIONAL_DATA: Span(0, 15, 30),
            _F.BIRTH_DATE: Span(1, 0, 6),
            _F.BIRTH_DATE_CHECK: Span(1, 6, 7),
            _F.SEX: Span(1, 7, 8),
            _F.EXPIRY_DATE: Span(1, 8, 14),
            _F.EXPIRY_DATE_CHECK: Span(1, 14, 15),
            _F.NATIONALITY: Span(1, 15, 18),
            _F.OPTIONAL_DATA_2: Span(1, 18, 29),
            _F.COMPOSITE_CHECK: Span(1, 29, 30),
            _F.NAME: Span(2, 0, 30),
        },
        composite=(Span(0, 5, 30), Span(1, 0, 7), Span(1, 8, 15), Span(1, 18, 29)),
        looser=_LONG_NUMBER,
    ),
    # Doc 9303-6, 4.2.2 and 4.2.4
    MrzFormat.TD2: _table(
        _two_lines(36, 35) | {_F.COMPOSITE_CHECK: Span(1, 35, 36)},
        composite=(Span(1, 0, 10), Span(1, 13, 20), Span(1, 21, 35)),
        looser=_LONG_NUMBER,
    ),
    # Doc 9303-4, 4.2.2 and 4.2.4
    MrzFormat.TD3: _table(
        _two_lines(44, 42) | {_F.OPTIONAL_DATA_CHECK: Span(1, 42, 43), _F.COMPOSITE_CHECK: Span(1, 43, 44)},
        composite=(Span(1, 0, 10), Span(1, 13, 20), Span(1, 21, 43)),
    ),
    # Doc 9303-7, 4.2.2 and 7.2.2
    MrzFormat.MRV_A: _table(_two_lines(44, 44)),
    MrzFormat.MRV_B: _table(_two_lines(36, 36)),
}


def layout(fmt: MrzFormat) -> MrzLayout:
    """The table of one layout."""
    return _LAYOUTS[fmt]


def recognise_format(lines: Sequence[str]) -> MrzFormat | None:
    """The layout that lines of this number and length belong to; the first line of a known length decides.

    A first character V makes two lines a visa (Doc 9303-7, 4.2.2.1).
    """
    lengths = [len(line) for line in lines]
    if len(lengths) == 3:
        return MrzFormat.TD1 if MrzFormat.TD1.columns in lengths else None
    if len(lengths) != 2:
        return None
    visa = lines[0].startswith("V")
    for length in lengths:
        if length == MrzFormat.TD3.columns:
            return MrzFormat.MRV_A if visa else MrzFormat.TD3
        if length == MrzFormat.TD2.columns:
            return MrzFormat.MRV_B if visa else MrzFormat.TD2
    return None


def allowed_characters(fmt: MrzFormat, line: int, column: int) -> frozenset[str]:
    """What Doc 9303 lets stand at one position, counted from 0. Raises ``IndexError`` outside the layout."""
    if not (0 <= line < fmt.rows and 0 <= column < fmt.columns):
        raise IndexError("outside the machine readable zone")
    return _position_table(fmt)[line][column]


def field_at(fmt: MrzFormat, line: int, column: int) -> MrzFieldName:
    """The field a position belongs to, counted from 0. Raises ``IndexError`` outside the layout."""
    for name, span in _LAYOUTS[fmt].fields.items():
        if span.line == line and span.start <= column < span.end:
            return name
    raise IndexError("outside the machine readable zone")


@cache
def _position_table(fmt: MrzFormat) -> tuple[tuple[frozenset[str], ...], ...]:
    rows = [[frozenset[str]()] * fmt.columns for _ in range(fmt.rows)]
    table = _LAYOUTS[fmt]
    for name, span in table.fields.items():
        rows[span.line][span.start : span.end] = [table.alphabets[name].value] * (span.end - span.start)
    code = table.fields[MrzFieldName.DOCUMENT_CODE]
    rows[code.line][code.start] = Alphabet.LETTER.value
    return tuple(tuple(row) for row in rows)
