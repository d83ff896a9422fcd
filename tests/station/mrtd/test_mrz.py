# SPDX-License-Identifier: Apache-2.0
"""Reading the fields of an MRZ."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from station.domain.dates import PartialDate
from station.mrtd.check_digits import check_digit
from station.mrtd.mrz import (
    FieldCheck,
    MrzFieldName,
    MrzFormat,
    parse,
)
from station.mrtd.mrz import MrzProblemKind as Kind
from tests.station.mrtd.specimens import MRV_A, SPECIMENS, TD1, TD3, TODAY, kinds, read


@pytest.mark.parametrize("fmt", MrzFormat)
def test_the_specimens_of_the_standard_are_valid(fmt: MrzFormat) -> None:
    reading = read(*SPECIMENS[fmt])
    assert reading.format is fmt
    assert reading.valid
    assert reading.problems == ()
    fields = reading.fields
    assert fields.primary_identifier.value == "ERIKSSON"
    assert fields.secondary_identifier.value == "ANNA MARIA"
    assert fields.issuing_state.value == "UTO"
    assert fields.sex.value == "F"
    assert fields.document_number.check is FieldCheck.VALID
    assert fields.birth_date.check is FieldCheck.VALID
    assert fields.expiry_date.check is FieldCheck.VALID
    assert fields.nationality.check is FieldCheck.UNCHECKED


def test_the_fields_of_a_passport_are_read() -> None:
    fields = read(*TD3).fields
    assert (fields.document_code.raw, fields.document_code.value) == ("P<", "P")
    assert fields.document_number.value == "L898902C3"
    assert fields.nationality.value == "UTO"
    assert (fields.birth_date.raw, fields.birth_date.value) == ("740812", "1974-08-12")
    assert fields.birth_date.date == PartialDate(1974, 8, 12)
    assert fields.expiry_date.value == "2012-04-15"
    assert fields.optional_data.raw == "ZE184226B<<<<<"
    assert fields.optional_data.value == "ZE184226B"
    assert fields.optional_data.check is FieldCheck.VALID
    assert fields.optional_data_2.raw == ""
    assert fields.primary_identifier.raw + "<<" + fields.secondary_identifier.raw == TD3[0][5:]
    assert read(*TD3).composite is FieldCheck.VALID


def test_a_visa_has_no_composite_and_no_check_on_its_optional_data() -> None:
    reading = read(*MRV_A)
    assert reading.composite is FieldCheck.UNCHECKED
    assert reading.fields.optional_data.check is FieldCheck.UNCHECKED
    assert reading.fields.optional_data.value == "6ZE184226B"
    assert reading.fields.nationality.value == "XXX"


# Doc 9303-3, Appendix A, examples 3 to 5: YTO, an old code of Utopia, is on no list.
@pytest.mark.parametrize(
    "lines",
    [
        ("P<YTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<<<<<<<<<", "HA672242<6YTO5802254M9601086<<<<<<<<<<<<<<08"),
        ("I<YTOD231458907<<<<<<<<<<<<<<<", "3407127M9507122YTO<<<<<<<<<<<2", "STEVENSON<<PETER<<<<<<<<<<<<<<"),
        ("I<YTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<", "HA672242<6YTO5802254M9601086<<<<<<<8"),
    ],
)
def test_the_composite_examples_are_valid_and_their_code_is_only_noted(lines: tuple[str, ...]) -> None:
    reading = read(*lines)
    assert reading.valid
    assert kinds(reading) == [Kind.UNKNOWN_CODE, Kind.UNKNOWN_CODE]


# The three specimens whose printed check digits are wrong, and what is wrong with each.
KNOWN_WRONG = {
    "arg__Malta_BAD.png": {
        (Kind.CHECK_DIGIT_WRONG, MrzFieldName.DOCUMENT_NUMBER_CHECK),
        (Kind.CHECK_DIGIT_WRONG, MrzFieldName.BIRTH_DATE_CHECK),
        (Kind.COMPOSITE_WRONG, MrzFieldName.COMPOSITE_CHECK),
    },
    "arg__USA_Border_Crosser.png": {
        (Kind.CHECK_DIGIT_WRONG, MrzFieldName.DOCUMENT_NUMBER_CHECK),
        (Kind.COMPOSITE_WRONG, MrzFieldName.COMPOSITE_CHECK),
        (Kind.NAME_MAYBE_TRUNCATED, MrzFieldName.NAME),
        (Kind.UNKNOWN_CODE, MrzFieldName.NATIONALITY),
    },
    "arg__USA_Permanent.png": {
        (Kind.CHECK_DIGIT_WRONG, MrzFieldName.DOCUMENT_NUMBER_CHECK),
        (Kind.COMPOSITE_WRONG, MrzFieldName.COMPOSITE_CHECK),
    },
}


def test_the_specimens_of_states_are_valid_or_wrong_for_the_known_reason(vectors: Path) -> None:
    truth = json.loads((vectors / "mrz" / "truth.json").read_text(encoding="utf-8"))
    judged = 0
    for name, specimen in truth.items():
        if specimen["lines"] is None:
            continue
        judged += 1
        reading = parse(specimen["lines"], today=TODAY)
        assert reading.format is not None
        assert reading.format.value.replace("-", "") == specimen["format"], name
        assert reading.valid is (name not in KNOWN_WRONG), (name, reading.problems)
        if name in KNOWN_WRONG:
            assert {(problem.kind, problem.what) for problem in reading.problems} == KNOWN_WRONG[name]
    assert judged >= 30


def test_the_sample_of_an_emergency_sheet_is_a_valid_td2() -> None:
    # Doc 9303-8, Appendix B.
    reading = read("PUUTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<", "D231458907UTO7408122F2606277<<<<<<<8")
    assert reading.format is MrzFormat.TD2
    assert reading.valid
    assert reading.fields.document_code.value == "PU"
    assert reading.problems == ()


class TestLongNumbers:
    """Doc 9303-5 and -6, note j."""

    def test_the_end_of_a_td1_number_stands_in_the_optional_data(self) -> None:
        # Doc 9303-11, Appendix D.2
        reading = read("I<UTOD23145890<7349<<<<<<<<<<<", "3407127M9507122UTO<<<<<<<<<<<2", TD1[2])
        assert reading.valid
        assert reading.fields.document_number.value == "D23145890734"
        assert reading.fields.document_number.check is FieldCheck.VALID
        assert (reading.fields.optional_data.raw, reading.fields.optional_data.value) == ("<" * 11, "")

    def test_cards_that_count_the_filler_into_the_check_digit_are_valid(self) -> None:
        # Numbers as on Belgian specimens: before 2020 the filler was counted, since then it is not.
        older = read("IDBEL000590448<3016<<<<<<<<<<<", "7408122F1204159BEL<<<<<<<<<<<6", "SPECIMEN<<SPECIMEN")
        newer = read("IDBEL000590696<1015<<<<<<<<<<<", "7408122F1204159BEL<<<<<<<<<<<6", "SPECIMEN<<SPECIMEN")
        assert older.fields.document_number.value == "000590448301"
        assert older.fields.document_number.check is FieldCheck.VALID
        assert newer.fields.document_number.value == "000590696101"
        assert newer.fields.document_number.check is FieldCheck.VALID

    def test_a_wrong_digit_is_reported_where_it_is_printed(self) -> None:
        reading = read("I<UTOD23145890<7348<<<<<<<<<<<", "3407127M9507122UTO<<<<<<<<<<<2", TD1[2])
        problem = reading.problems[0]
        assert (problem.kind, problem.line, problem.column) == (Kind.CHECK_DIGIT_WRONG, 0, 18)
        assert (problem.found, problem.expected) == ("8", "9")
        assert reading.fields.document_number.check is FieldCheck.INVALID
        assert reading.fields.document_number.value == "D23145890734"

    def test_a_character_that_cannot_be_computed_is_wrong(self) -> None:
        reading = read("I<UTOD2314589é<7349<<<<<<<<<<<", *TD1[1:])
        assert Kind.FORBIDDEN_CHARACTER in kinds(reading)
        assert reading.fields.document_number.check is FieldCheck.INVALID

    def test_optional_data_may_follow_a_long_number(self) -> None:
        fields = read("I<UTOD23145890<7349<AB<12<<<<<", *TD1[1:]).fields
        assert fields.optional_data.raw == "<AB<12<<<<<"
        assert fields.optional_data.value == "AB 12"

    def test_a_filler_for_a_check_digit_needs_a_number_that_goes_on(self) -> None:
        for number, optional in (("D2314589<", "7349"), ("D23145890", ""), ("D23145890", "7")):
            line = f"I<UTO{number}<{optional}".ljust(30, "<")
            reading = read(line, *TD1[1:])
            assert reading.fields.document_number.check is FieldCheck.INVALID
            assert reading.fields.document_number.value == number.rstrip("<")

    def test_a_passport_has_no_long_numbers(self) -> None:
        reading = read(TD3[0], TD3[1][:9] + "<" + TD3[1][10:])
        assert reading.fields.document_number.check is FieldCheck.INVALID
        assert reading.fields.optional_data.value == "ZE184226B"


def test_a_missing_number_is_noted() -> None:
    reading = read("I<UTO<<<<<<<<<<<<<<<<<<<<<<<<<", *TD1[1:])
    assert Kind.DOCUMENT_NUMBER_MISSING in kinds(reading)
    assert reading.fields.document_number.check is FieldCheck.EMPTY_CHECK
    zero = read("I<UTO<<<<<<<<<0<<<<<<<<<<<<<<<", *TD1[1:])
    assert zero.fields.document_number.check is FieldCheck.VALID


@pytest.mark.parametrize(("digit", "check"), [("<", FieldCheck.EMPTY_CHECK), ("0", FieldCheck.VALID)])
def test_the_check_digit_of_empty_optional_data_is_nought_or_a_filler(digit: str, check: FieldCheck) -> None:
    reading = read(TD3[0], f"L898902C36UTO7408122F1204159<<<<<<<<<<<<<<{digit}8")
    assert reading.fields.optional_data.check is check
    assert reading.valid


def test_a_filler_does_not_stand_for_the_check_digit_of_optional_data_that_is_there() -> None:
    reading = read(TD3[0], TD3[1][:42] + "<" + TD3[1][43])
    assert reading.fields.optional_data.check is FieldCheck.INVALID
    assert not reading.valid


@pytest.mark.parametrize(
    ("printed", "value", "known"),
    [
        ("74<<<<", "1974", PartialDate(1974)),
        ("7408<<", "1974-08", PartialDate(1974, 8)),
        ("<<<<<<", "", PartialDate()),
    ],
)
def test_unknown_parts_of_a_birth_are_fillers_worth_nothing(printed: str, value: str, known: PartialDate) -> None:
    digit = check_digit(printed.replace("<", "0"))
    reading = read(MRV_A[0], f"{MRV_A[1][:13]}{printed}{digit}{MRV_A[1][20:]}")
    assert reading.valid
    assert reading.fields.birth_date.check is FieldCheck.VALID
    assert reading.fields.birth_date.value == value
    assert reading.fields.birth_date.date == known


def test_a_date_the_calendar_does_not_have_is_wrong_even_with_its_check_digit() -> None:
    reading = read(MRV_A[0], MRV_A[1][:13] + "7413317" + MRV_A[1][20:])
    assert reading.fields.birth_date.value == ""
    assert kinds(reading) == [Kind.IMPOSSIBLE_DATE, Kind.CHECK_DIGIT_WRONG]
    assert not reading.valid


class TestNames:
    """Doc 9303-3, 4.6, and the truncation rules of the parts."""

    @pytest.mark.parametrize(
        ("printed", "primary", "secondary"),
        [
            ("VAN<DER<MUELLEN<<MARTIN", "VAN DER MUELLEN", "MARTIN"),
            ("SMITH<JONES<<SUSIE<MARGARET", "SMITH JONES", "SUSIE MARGARET"),
            ("ARKFREITH", "ARKFREITH", ""),
            ("SATRIYA<SUDARPA", "SATRIYA SUDARPA", ""),
            ("ERIKSSON<<ANNA<<MARIA", "ERIKSSON", "ANNA MARIA"),
        ],
    )
    def test_identifiers_part_at_the_double_filler(self, printed: str, primary: str, secondary: str) -> None:
        reading = read("P<UTO" + printed.ljust(39, "<"), TD3[1])
        assert reading.fields.primary_identifier.value == primary
        assert reading.fields.secondary_identifier.value == secondary
        assert reading.valid

    @pytest.mark.parametrize("printed", ["", "<<ANNA<MARIA"])
    def test_a_name_without_a_primary_identifier_is_noted(self, printed: str) -> None:
        reading = read("P<UTO" + printed.ljust(39, "<"), TD3[1])
        assert kinds(reading) == [Kind.NAME_MISSING]
        assert reading.valid

    def test_a_name_that_fills_its_field_must_be_treated_as_cut(self) -> None:
        reading = read("P<UTOPAPANDROPOULOUS<<JONATHON<WARREN<TREVOR", TD3[1])
        assert kinds(reading) == [Kind.NAME_MAYBE_TRUNCATED]
        assert reading.valid

    def test_a_name_line_that_is_too_short_is_not_called_cut(self) -> None:
        reading = read("P<UTOERIKSSON<<ANNA", TD3[1])
        assert kinds(reading) == [Kind.WRONG_LINE_LENGTH]
        assert reading.fields.secondary_identifier.value == "ANNA"


@pytest.mark.parametrize(("printed", "value"), [("F", "F"), ("M", "M"), ("<", "X"), ("X", "X"), ("1", "")])
def test_sex_is_unspecified_as_a_filler_and_unreadable_otherwise(printed: str, value: str) -> None:
    reading = read(TD3[0], TD3[1][:20] + printed + TD3[1][21:])
    assert reading.fields.sex.value == value
    assert reading.fields.sex.raw == printed
    assert (kinds(reading) == [Kind.CHARACTER_OUT_OF_PLACE]) is (printed in "X1")
