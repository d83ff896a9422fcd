# SPDX-License-Identifier: Apache-2.0
"""Writes the lines of an MRZ: for emergency travel documents, for specimens, and to test what reads them."""

from __future__ import annotations

from dataclasses import dataclass, field

from station.domain.dates import PartialDate
from station.domain.person import Sex
from station.mrtd.check_digits import DIGITS, FILLER, LETTERS, check_digit
from station.mrtd.mrz_dates import write_date
from station.mrtd.mrz_formats import Alphabet, MrzFieldName, MrzFormat, layout
from station.mrtd.mrz_names import compose_name
from station.mrtd.transliteration import GENERAL_CONVENTIONS, Conventions

_NUMBER_LENGTH = 9
_ALPHANUMERIC = frozenset(DIGITS + LETTERS)
_VISAS = (MrzFormat.MRV_A, MrzFormat.MRV_B)


class MrzDoesNotFit(ValueError):
    """A value that no MRZ of this layout can carry. The message names the field, never the value."""

    def __init__(self, what: MrzFieldName, reason: str) -> None:
        super().__init__(f"{what.value}: {reason}")
        self.what = what


@dataclass(frozen=True, slots=True, kw_only=True)
class MrzValues:
    """What an MRZ is to say. Names are in any script; codes are in MRZ letters, with or without fillers."""

    document_code: str
    issuing_state: str
    primary_identifier: str = field(repr=False)
    secondary_identifier: str = field(default="", repr=False)
    document_number: str = field(repr=False)
    nationality: str
    birth_date: PartialDate = field(repr=False)
    sex: Sex = field(repr=False)
    expiry_date: PartialDate
    optional_data: str = field(default="", repr=False)
    optional_data_2: str = field(default="", repr=False)


def compose(fmt: MrzFormat, values: MrzValues, *, conventions: Conventions = GENERAL_CONVENTIONS) -> tuple[str, ...]:
    """The lines of the MRZ, check digits included.

    Names of any text are transliterated and, where they must be, truncated; `compose_name` tells what that
    cost. Blanks and punctuation in numbers and optional data become fillers. Raises `MrzDoesNotFit` for what
    the layout cannot carry in codes, numbers and optional data.
    """
    name = MrzFieldName
    table = layout(fmt)
    written = {
        name.DOCUMENT_CODE: _document_code(fmt, values.document_code),
        name.ISSUING_STATE: _code(name.ISSUING_STATE, values.issuing_state),
        name.NAME: compose_name(
            fmt, values.primary_identifier, values.secondary_identifier, conventions=conventions
        ).text,
        name.NATIONALITY: _code(name.NATIONALITY, values.nationality),
        name.BIRTH_DATE: write_date(values.birth_date),
        name.SEX: FILLER if values.sex is Sex.UNSPECIFIED else values.sex.value,
        name.EXPIRY_DATE: write_date(values.expiry_date),
        name.OPTIONAL_DATA_2: _plain(name.OPTIONAL_DATA_2, values.optional_data_2),
        **_number_and_optional_data(fmt, values.document_number, values.optional_data),
    }
    if name.OPTIONAL_DATA_2 not in table.fields and written.pop(name.OPTIONAL_DATA_2):
        raise MrzDoesNotFit(name.OPTIONAL_DATA_2, "this layout has none")
    rows = [[FILLER] * fmt.columns for _ in range(fmt.rows)]

    def put(what: MrzFieldName, text: str) -> None:
        span = table.fields[what]
        width = span.end - span.start
        if len(text) > width:
            raise MrzDoesNotFit(what, f"there are {width} places for {len(text)} characters")
        rows[span.line][span.start : span.end] = text.ljust(width, FILLER)

    for what, text in written.items():
        put(what, text)
    computed = {check: protected for protected, check in table.checks.items() if check not in written}
    for check, protected in computed.items():
        span = table.fields[protected]
        put(check, _check(check, "".join(rows[span.line][span.start : span.end])))
    if table.composite:
        covered = "".join("".join(rows[span.line][span.start : span.end]) for span in table.composite)
        put(name.COMPOSITE_CHECK, str(check_digit(covered)))
    return tuple("".join(row) for row in rows)


def _check(check: MrzFieldName, text: str) -> str:
    if check is MrzFieldName.OPTIONAL_DATA_CHECK and not text.strip(FILLER):
        return FILLER  # Doc 9303-4, 4.2.2.2: zero or filler at the option of the issuer
    return str(check_digit(text))


def _number_and_optional_data(fmt: MrzFormat, number: str, optional: str) -> dict[MrzFieldName, str]:
    name = MrzFieldName
    plain = _plain(name.DOCUMENT_NUMBER, number)
    written = {name.DOCUMENT_NUMBER: plain, name.OPTIONAL_DATA: _plain(name.OPTIONAL_DATA, optional)}
    if len(plain) <= _NUMBER_LENGTH:
        return written
    written[name.DOCUMENT_NUMBER] = plain[:_NUMBER_LENGTH]
    if fmt in _VISAS:
        return written  # Doc 9303-7, note j: the nine principal characters
    if layout(fmt).alphabets[name.DOCUMENT_NUMBER_CHECK] is not Alphabet.DIGIT_OR_FILLER:
        raise MrzDoesNotFit(name.DOCUMENT_NUMBER, "this layout has nine places")
    if FILLER in plain[_NUMBER_LENGTH - 1 :]:
        raise MrzDoesNotFit(name.DOCUMENT_NUMBER, "a filler would end a long number at its place")
    # Doc 9303-5 and -6, note j: filler for the check digit, then the rest, its check digit and a filler.
    written[name.DOCUMENT_NUMBER_CHECK] = FILLER
    rest = plain[_NUMBER_LENGTH:] + str(check_digit(plain)) + FILLER
    written[name.OPTIONAL_DATA] = rest + written[name.OPTIONAL_DATA]
    return written


def _document_code(fmt: MrzFormat, code: str) -> str:
    padded = code.ljust(2, FILLER)
    if len(padded) != 2 or padded[0] not in LETTERS or padded[1] not in _ALPHANUMERIC | {FILLER}:
        raise MrzDoesNotFit(MrzFieldName.DOCUMENT_CODE, "a letter, and a letter, digit or filler")
    if (padded[0] == "V") is not (fmt in _VISAS):
        raise MrzDoesNotFit(MrzFieldName.DOCUMENT_CODE, "V stands for a visa, and for nothing else")
    return padded


def _code(what: MrzFieldName, code: str) -> str:
    bare = code.rstrip(FILLER)
    if len(bare) > 3 or not _ALPHANUMERIC.issuperset(bare) or not set(DIGITS).isdisjoint(bare):
        raise MrzDoesNotFit(what, "a code has up to three letters")
    return bare.ljust(3, FILLER)


def _plain(what: MrzFieldName, text: str) -> str:
    """Numbers and optional data in MRZ characters: capitals, and fillers for blanks and punctuation."""
    characters = []
    for character in text.strip(" " + FILLER).upper():
        if character in _ALPHANUMERIC:
            characters.append(character)
        elif character.isalnum():
            raise MrzDoesNotFit(what, "a letter or digit that the machine readable zone does not have")
        else:
            characters.append(FILLER)
    return "".join(characters)
