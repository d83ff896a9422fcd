# SPDX-License-Identifier: Apache-2.0
"""What is wrong with an MRZ is said, at its place, and never raised."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from station.mrtd.check_digits import MRZ_CHARACTERS, is_blind_pair
from station.mrtd.mrz import (
    FieldCheck,
    MrzFieldName,
    MrzFormat,
    MrzProblem,
    parse,
    recognise_format,
)
from station.mrtd.mrz import MrzProblemKind as Kind
from station.mrtd.mrz_formats import layout
from tests.station.mrtd.specimens import MRV_A, MRV_B, SPECIMENS, TD1, TD2, TD3, TODAY, kinds, read


def test_unknown_codes_are_noted_and_do_not_block() -> None:
    reading = read("PXINPERIKSSON<<ANNA<MARIA<<<<<<<<<<<<<<<<<<<", TD3[1].replace("UTO", "XPO"))
    assert set(kinds(reading)) == {Kind.UNKNOWN_CODE, Kind.UNKNOWN_DOCUMENT_CODE}
    assert [problem.what for problem in reading.problems if problem.kind is Kind.UNKNOWN_CODE] == [
        MrzFieldName.ISSUING_STATE,
        MrzFieldName.NATIONALITY,
    ]
    assert reading.valid


def test_a_digit_in_a_name_is_out_of_place_and_kept_as_printed() -> None:
    reading = read(TD3[0].replace("ANNA", "4NNA"), TD3[1])
    problem = reading.problems[0]
    assert (problem.kind, problem.line, problem.column) == (Kind.CHARACTER_OUT_OF_PLACE, 0, 15)
    assert (problem.what, problem.found) == (MrzFieldName.NAME, "4")
    assert reading.fields.secondary_identifier.value == "4NNA MARIA"
    assert not reading.valid


@pytest.mark.parametrize("character", ["a", "é", " ", "-", "۷", "\ud800", "\x00", "？"])
def test_a_character_the_mrz_does_not_have_is_reported_at_its_place(character: str) -> None:
    reading = read(TD3[0], TD3[1][:2] + character + TD3[1][3:])
    assert (
        MrzProblem(
            kind=Kind.FORBIDDEN_CHARACTER,
            line=1,
            column=2,
            what=MrzFieldName.DOCUMENT_NUMBER,
            found=character,
        )
        in reading.problems
    )
    assert reading.fields.document_number.check is FieldCheck.INVALID
    assert reading.composite is FieldCheck.INVALID


def test_lower_case_is_reported_and_not_repaired() -> None:
    reading = read(TD3[0].lower(), TD3[1])
    assert not reading.valid
    assert reading.fields.primary_identifier.value == "eriksson"


@pytest.mark.parametrize("printed", ["O", "?", "<", "é"])
def test_no_character_but_the_right_digit_satisfies_a_check(printed: str) -> None:
    reading = read(TD3[0], TD3[1][:19] + printed + TD3[1][20:])
    assert reading.fields.birth_date.check is FieldCheck.INVALID
    assert Kind.CHECK_DIGIT_WRONG in kinds(reading)
    assert Kind.CHARACTER_OUT_OF_PLACE not in kinds(reading)


def test_text_that_cannot_be_computed_satisfies_no_check_digit() -> None:
    reading = read(TD3[0], TD3[1][:13] + "74?812?" + TD3[1][20:])
    assert reading.fields.birth_date.check is FieldCheck.INVALID


def test_blanks_around_the_block_are_forgiven() -> None:
    reading = read("", "  " + TD3[0] + "\r\n", "\t" + TD3[1] + " ", " ", "")
    assert reading.valid
    assert reading.lines == TD3


@pytest.mark.parametrize("lines", [(), ("",), (TD3[0],), (*TD1, TD1[0])])
def test_neither_two_nor_three_lines_are_no_mrz(lines: tuple[str, ...]) -> None:
    reading = read(*lines)
    assert reading.format is None
    assert kinds(reading) == [Kind.WRONG_LINE_COUNT]
    assert not reading.valid
    assert reading.fields.document_number.raw == ""
    assert reading.composite is FieldCheck.UNCHECKED


@pytest.mark.parametrize("lines", [("P<UTO", "L898902C3"), ("I<UTO", "740812", "ERIKSSON")])
def test_lines_of_no_known_length_are_reported_each(lines: tuple[str, ...]) -> None:
    reading = read(*lines)
    assert reading.format is None
    assert kinds(reading) == [Kind.WRONG_LINE_LENGTH] * len(lines)


def test_one_line_of_a_known_length_tells_the_layout() -> None:
    reading = read(TD3[0], TD3[1] + "7")
    assert reading.format is MrzFormat.TD3
    assert reading.problems == (MrzProblem(kind=Kind.WRONG_LINE_LENGTH, line=1, column=44),)
    assert not reading.valid
    short = read(TD3[0], TD3[1][:-1])
    assert short.composite is FieldCheck.INVALID
    assert short.fields.optional_data.check is FieldCheck.VALID
    assert recognise_format((TD2[0][:-1], TD2[1])) is MrzFormat.TD2
    assert recognise_format((MRV_B[0], MRV_B[1][:-1])) is MrzFormat.MRV_B
    assert recognise_format((MRV_A[0], "")) is MrzFormat.MRV_A


def test_a_reading_keeps_personal_data_out_of_repr() -> None:
    shown = repr(read(TD3[0].replace("ERIKSSON", "ERIKSS0N"), TD3[1].replace("L898902C3", "L898902C4")))
    for secret in ("ERIKSS", "ANNA", "898902", "740812", "1974", "ZE184226B", "2012"):
        assert secret not in shown


@given(st.lists(st.text(max_size=50), max_size=4), st.dates())
def test_no_text_raises(lines: list[str], today: date) -> None:
    reading = parse(lines, today=today)
    assert reading.format is not None or not reading.valid


@given(
    st.sampled_from(MrzFormat).flatmap(
        lambda fmt: st.lists(
            st.text(
                st.characters() | st.sampled_from(sorted(MRZ_CHARACTERS)), min_size=fmt.columns, max_size=fmt.columns
            ),
            min_size=fmt.rows,
            max_size=fmt.rows,
        )
    )
)
def test_no_text_of_the_right_size_raises_and_none_is_silently_wrong(lines: list[str]) -> None:
    reading = parse(lines, today=TODAY)
    foreign = any(character not in MRZ_CHARACTERS for line in reading.lines for character in line)
    assert not (foreign and reading.valid)


@given(st.sampled_from(MrzFormat), st.data())
def test_every_visible_substitution_in_a_protected_field_is_seen(fmt: MrzFormat, data: st.DataObject) -> None:
    lines, table = SPECIMENS[fmt], layout(fmt)
    protected = data.draw(st.sampled_from(sorted(table.checks, key=lambda name: name.value)))
    span = table.fields[protected]
    column = data.draw(st.integers(span.start, span.end - 1))
    before = lines[span.line][column]
    after = data.draw(st.sampled_from(sorted(MRZ_CHARACTERS - {before})))
    changed = list(lines)
    changed[span.line] = lines[span.line][:column] + after + lines[span.line][column + 1 :]
    reading = parse(changed, today=TODAY)
    if not is_blind_pair(before, after):
        assert not reading.valid
        if table.composite:
            assert reading.composite is FieldCheck.INVALID
