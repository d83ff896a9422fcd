# SPDX-License-Identifier: Apache-2.0
"""Reads the text of an MRZ (Doc 9303-3 to -7).

Everything is kept as it is printed; every field gets its own verdict, and every deviation its own reason.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import date
from functools import lru_cache

from station.mrtd.check_digits import FILLER, MRZ_CHARACTERS, check_digit
from station.mrtd.codes import is_known_issuer, is_known_nationality
from station.mrtd.document_codes import DocumentKind, document_kind
from station.mrtd.mrz_dates import UNKNOWN_DATE, CenturyRule, read_date
from station.mrtd.mrz_formats import (
    Alphabet,
    MrzFieldName,
    MrzFormat,
    MrzLayout,
    allowed_characters,
    field_at,
    layout,
    recognise_format,
)
from station.mrtd.mrz_reading import (
    FieldCheck,
    MrzDateField,
    MrzField,
    MrzFields,
    MrzProblem,
    MrzProblemKind,
    MrzReading,
)

__all__ = [
    "FieldCheck",
    "MrzDateField",
    "MrzField",
    "MrzFieldName",
    "MrzFields",
    "MrzFormat",
    "MrzProblem",
    "MrzProblemKind",
    "MrzReading",
    "parse",
    "recognise_format",
]

_NO_FIELDS = MrzFields()
_SEXES: Mapping[str, MrzField] = {
    "F": MrzField("F", "F"),
    "M": MrzField("M", "M"),
    FILLER: MrzField(FILLER, "X"),
    "X": MrzField("X", "X"),  # off the standard, and met all the same
}
_looks_like_a_date = re.compile("[0-9<]{6}").fullmatch


def parse(lines: Sequence[str], *, today: date) -> MrzReading:
    """Read the lines of one MRZ, top to bottom. Never raises, whatever the strings hold.

    Blanks at the ends of lines and empty lines around the block are forgiven; everything else is reported.
    `today` decides the century of two-digit years.
    """
    block = _trimmed(lines)
    fmt = recognise_format(block)
    if fmt is not None:
        return _Reader(fmt, block, today).reading()
    if len(block) not in (2, 3):
        problems = [MrzProblem(kind=MrzProblemKind.WRONG_LINE_COUNT)]
    else:
        kind = MrzProblemKind.WRONG_LINE_LENGTH
        problems = [MrzProblem(kind=kind, line=number, column=len(line)) for number, line in enumerate(block)]
    return MrzReading(
        format=None, lines=block, fields=_NO_FIELDS, composite=FieldCheck.UNCHECKED, problems=tuple(problems)
    )


def _trimmed(lines: Sequence[str]) -> tuple[str, ...]:
    block = [line.strip() for line in lines]
    filled = [number for number, line in enumerate(block) if line]
    return tuple(block[filled[0] : filled[-1] + 1]) if filled else ()


def _line_patterns(fmt: MrzFormat) -> tuple[re.Pattern[str], ...]:
    """One pattern per line that matches when every character is in place: the common case costs one call."""
    return tuple(
        re.compile(
            "".join(f"[{''.join(sorted(allowed_characters(fmt, line, column)))}]" for column in range(fmt.columns))
        )
        for line in range(fmt.rows)
    )


_PATTERNS: Mapping[MrzFormat, tuple[re.Pattern[str], ...]] = {fmt: _line_patterns(fmt) for fmt in MrzFormat}
_LAYOUTS: Mapping[MrzFormat, MrzLayout] = {fmt: layout(fmt) for fmt in MrzFormat}
_PLACES: Mapping[MrzFormat, Mapping[MrzFieldName, tuple[int, slice]]] = {
    fmt: {name: (span.line, slice(span.start, span.end)) for name, span in table.fields.items()}
    for fmt, table in _LAYOUTS.items()
}
_CHECK_FIELDS = frozenset(
    check for table in _LAYOUTS.values() for check in (*table.checks.values(), MrzFieldName.COMPOSITE_CHECK)
)


class _Reader:
    """One pass over one block whose layout is known; lines may still be too short or too long."""

    def __init__(self, fmt: MrzFormat, lines: tuple[str, ...], today: date) -> None:
        self.fmt = fmt
        self.table = _LAYOUTS[fmt]
        self.places = _PLACES[fmt]
        self.lines = lines
        self.today = today
        self.problems: list[MrzProblem] = []

    def reading(self) -> MrzReading:
        self.judge_characters()
        name = MrzFieldName
        number, optional = self.number_and_optional_data()
        primary, secondary = self.names()
        fields = MrzFields(
            document_code=self.document_code(),
            issuing_state=self.code(name.ISSUING_STATE),
            primary_identifier=primary,
            secondary_identifier=secondary,
            document_number=number,
            nationality=self.code(name.NATIONALITY),
            birth_date=self.date(name.BIRTH_DATE, CenturyRule.BIRTH),
            sex=self.sex(),
            expiry_date=self.date(name.EXPIRY_DATE, CenturyRule.EXPIRY),
            optional_data=optional,
            optional_data_2=self.free(name.OPTIONAL_DATA_2)
            if name.OPTIONAL_DATA_2 in self.table.fields
            else MrzField(),
        )
        composite = self.composite()
        return MrzReading(
            format=self.fmt,
            lines=self.lines,
            fields=fields,
            composite=composite,
            problems=tuple(self.problems),
        )

    def raw(self, name: MrzFieldName) -> str:
        line, columns = self.places[name]
        return self.lines[line][columns]

    def report(self, kind: MrzProblemKind, name: MrzFieldName, *, found: str = "", expected: str | None = "") -> None:
        span = self.table.fields[name]
        self.problems.append(
            MrzProblem(kind=kind, line=span.line, column=span.start, what=name, found=found, expected=expected or "")
        )

    def judge_characters(self) -> None:
        for number, (line, pattern) in enumerate(zip(self.lines, _PATTERNS[self.fmt], strict=True)):
            if pattern.fullmatch(line) is not None:
                continue
            if len(line) != self.fmt.columns:
                column = min(len(line), self.fmt.columns)
                kind = MrzProblemKind.WRONG_LINE_LENGTH
                self.problems.append(MrzProblem(kind=kind, line=number, column=column))
            for column, character in enumerate(line[: self.fmt.columns]):
                if character in allowed_characters(self.fmt, number, column):
                    continue
                what = field_at(self.fmt, number, column)
                kind = MrzProblemKind.CHARACTER_OUT_OF_PLACE
                if character not in MRZ_CHARACTERS:
                    kind = MrzProblemKind.FORBIDDEN_CHARACTER
                elif what in _CHECK_FIELDS:
                    continue  # the verdict on the check digit says it
                self.problems.append(MrzProblem(kind=kind, line=number, column=column, what=what, found=character))

    def checked(self, name: MrzFieldName, raw: str) -> FieldCheck:
        """The verdict of the check digit on one field, reported when it is wrong."""
        check = self.table.checks.get(name)
        if check is None:
            return FieldCheck.UNCHECKED
        printed = self.raw(check)
        expected = _digit_over(raw)
        if printed == expected:
            return FieldCheck.VALID
        if printed == FILLER and self.table.alphabets[check] is Alphabet.DIGIT_OR_FILLER and not raw.strip(FILLER):
            return FieldCheck.EMPTY_CHECK
        self.report(MrzProblemKind.CHECK_DIGIT_WRONG, check, found=printed, expected=expected)
        return FieldCheck.INVALID

    def composite(self) -> FieldCheck:
        if not self.table.composite:
            return FieldCheck.UNCHECKED
        covered = "".join(self.lines[span.line][span.start : span.end] for span in self.table.composite)
        printed = self.raw(MrzFieldName.COMPOSITE_CHECK)
        expected = _digit_over(covered)
        if printed == expected:
            return FieldCheck.VALID
        self.report(MrzProblemKind.COMPOSITE_WRONG, MrzFieldName.COMPOSITE_CHECK, found=printed, expected=expected)
        return FieldCheck.INVALID

    def document_code(self) -> MrzField:
        raw = self.raw(MrzFieldName.DOCUMENT_CODE)
        if document_kind(raw, self.fmt) is DocumentKind.UNKNOWN:
            self.report(MrzProblemKind.UNKNOWN_DOCUMENT_CODE, MrzFieldName.DOCUMENT_CODE, found=raw)
        return _code_field(raw)

    def code(self, name: MrzFieldName) -> MrzField:
        raw = self.raw(name)
        known = is_known_issuer(raw) if name is MrzFieldName.ISSUING_STATE else is_known_nationality(raw)
        if not known:
            self.report(MrzProblemKind.UNKNOWN_CODE, name, found=raw)
        return _code_field(raw)

    def sex(self) -> MrzField:
        raw = self.raw(MrzFieldName.SEX)
        return _SEXES.get(raw) or MrzField(raw)

    def free(self, name: MrzFieldName) -> MrzField:
        raw = self.raw(name)
        return MrzField(raw, _words(raw), self.checked(name, raw))

    def date(self, name: MrzFieldName, rule: CenturyRule) -> MrzDateField:
        raw = self.raw(name)
        value = read_date(raw, rule, self.today)
        if value is None:
            if _looks_like_a_date(raw) is not None:  # a character out of place is reported already
                self.report(MrzProblemKind.IMPOSSIBLE_DATE, name, found=raw)
            value = UNKNOWN_DATE
        return MrzDateField(raw, value.iso(), self.checked(name, raw), value)

    def names(self) -> tuple[MrzField, MrzField]:
        raw = self.raw(MrzFieldName.NAME)
        primary, _, secondary = raw.partition(FILLER * 2)
        primary_value = _words(primary)
        if not primary_value:
            self.report(MrzProblemKind.NAME_MISSING, MrzFieldName.NAME)
        span = self.table.fields[MrzFieldName.NAME]
        if len(raw) == span.end - span.start and raw[-1] != FILLER:
            self.report(MrzProblemKind.NAME_MAYBE_TRUNCATED, MrzFieldName.NAME)
        return MrzField(primary, primary_value), MrzField(secondary, _words(secondary))

    def number_and_optional_data(self) -> tuple[MrzField, MrzField]:
        name = MrzFieldName.DOCUMENT_NUMBER
        raw = self.raw(name)
        if not raw.strip(FILLER):
            self.report(MrzProblemKind.DOCUMENT_NUMBER_MISSING, name)
        elif (
            self.raw(MrzFieldName.DOCUMENT_NUMBER_CHECK) == FILLER
            and self.table.alphabets[MrzFieldName.DOCUMENT_NUMBER_CHECK] is Alphabet.DIGIT_OR_FILLER
            and raw[-1] != FILLER
        ):
            rest = self.raw(MrzFieldName.OPTIONAL_DATA)
            tail = rest.partition(FILLER)[0]
            if len(tail) > 1:
                return self.long_number(raw, tail), MrzField(rest[len(tail) :], _words(rest[len(tail) :]))
        return MrzField(raw, _words(raw), self.checked(name, raw)), self.free(MrzFieldName.OPTIONAL_DATA)

    def long_number(self, start: str, tail: str) -> MrzField:
        """A number of more than nine characters: its end and its check digit open the optional data.

        Doc 9303-5, 4.2.4, leaves the filler out of the check digit; cards printed earlier count it in.
        """
        number, printed = start + tail[:-1], tail[-1]
        expected = _digit_over(number)
        check = FieldCheck.VALID
        if printed not in (expected, _digit_over(start + FILLER + tail[:-1])):
            check = FieldCheck.INVALID
            span = self.table.fields[MrzFieldName.OPTIONAL_DATA]
            self.problems.append(
                MrzProblem(
                    kind=MrzProblemKind.CHECK_DIGIT_WRONG,
                    line=span.line,
                    column=span.start + len(tail) - 1,
                    what=MrzFieldName.DOCUMENT_NUMBER_CHECK,
                    found=printed,
                    expected=expected or "",
                )
            )
        return MrzField(number, _words(number), check)


@lru_cache(maxsize=1024)
def _code_field(raw: str) -> MrzField:
    """Codes name States and kinds of document, not people, and few of them are met again and again."""
    return MrzField(raw, raw.rstrip(FILLER))


def _digit_over(text: str) -> str | None:
    """The check digit as a character; ``None``, which nothing printed equals, where there is none."""
    try:
        return str(check_digit(text))
    except ValueError:
        return None


def _words(raw: str) -> str:
    if FILLER not in raw:
        return raw
    return " ".join(filter(None, raw.split(FILLER)))
