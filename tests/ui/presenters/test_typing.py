# SPDX-License-Identifier: Apache-2.0
"""What is typed: codes found by a few keys, dates as people write them, and the MRZ under the officer's hands."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from station.domain.checks import CheckResult
from station.domain.dates import PartialDate
from station.domain.words import say
from station.mrtd.mrz import MrzFormat
from ui.presenters.code_search import MOST, CodeList, Entry, countries, transports
from ui.presenters.forms import CodeField, DaysField, typed_date
from ui.presenters.mrz_editor import Doubt, MrzEditor
from ui.translation import Translator

TODAY = date(2026, 11, 22)
LINES = ("P<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<<<<<<<<<", "L898902C36UTO7408122F1204159ZE184226B<<<<<10")


@pytest.mark.parametrize(
    ("typed", "code"),
    [("ger", "DEU"), ("DEU", "DEU"), ("cote", "CIV"), ("tanz", "TZA"), ("south sud", "SSD"), ("utop", "UTO")],
)
def test_a_country_is_found_by_its_code_or_a_word_of_its_name(typed: str, code: str) -> None:
    assert countries(Translator("en")).found(typed)[0].code == code


def test_a_country_is_found_in_the_officers_language() -> None:
    assert countries(Translator("fr")).found("allem")[0].code == "DEU"
    assert countries(Translator("ar")).found("ألمان")[0].code == "DEU"


def test_the_exact_code_comes_first() -> None:
    assert transports(Translator("en")).found("bus")[0].code == "BUS"
    assert len(countries(Translator("en")).found("a")) == MOST


def test_a_code_is_taken_only_from_the_list_and_a_change_forgets_it() -> None:
    field = CodeField("x", say("Transport"), CodeList([Entry("BUS", "Bus"), Entry("BIC", "Bicycle")]), mandatory=True)
    field.type("b")
    field.move(1)
    field.settle()
    assert (field.code, field.view().meaning) == ("BIC", "Bicycle")
    field.type("zz")
    field.settle()
    assert field.code == ""
    assert field.view().missing
    assert field.view().problem is not None


@pytest.mark.parametrize("typed", ["0", "3651", "x", "-3", "1.5", "²"])
def test_days_are_whole_and_few(typed: str) -> None:
    field = DaysField("x", say("Intended stay"))
    field.type(typed)
    assert field.days is None
    assert field.view().problem is not None


@pytest.mark.parametrize(
    ("typed", "iso"),
    [
        ("12.08.1974", "1974-08-12"),
        ("1974-08-12", "1974-08-12"),
        ("12081974", "1974-08-12"),
        ("12/8/1974", "1974-08-12"),
        ("xx.08.1974", "1974-08"),
        ("XX XX 1974", "1974"),
        ("1974", "1974"),
        ("", ""),
    ],
)
def test_a_date_is_understood_as_people_write_it(typed: str, iso: str) -> None:
    found = typed_date(typed)
    assert found is not None
    assert found.iso() == iso


@pytest.mark.parametrize("typed", ["31.02.1974", "12.08.74", "soon", "1974-13-01", "12.08", "99999999"])
def test_what_is_no_date_is_not_made_one(typed: str) -> None:
    assert typed_date(typed) is None


@given(st.dates(min_value=date(1900, 1, 1)))
def test_every_printed_date_comes_back(day: date) -> None:
    assert typed_date(f"{day.day:02}.{day.month:02}.{day.year}") == PartialDate.of(day)


def keyed(lines: tuple[str, ...]) -> MrzEditor:
    editor = MrzEditor.empty(MrzFormat.TD3, today=TODAY)
    for character in "".join(lines):
        editor.type(character)
    return editor


def test_keyed_lines_are_what_was_keyed_and_every_check_digit_is_live() -> None:
    editor = MrzEditor.empty(MrzFormat.TD3, today=TODAY)
    for character in LINES[0] + LINES[1][:10]:
        editor.type(character)
    results = {verdict.name.source: verdict.result for verdict in editor.view().digits}
    assert results["number"] is CheckResult.SUCCESSFUL
    assert results["birth"] is CheckResult.UNDETERMINED
    editor = keyed(LINES)
    assert editor.lines == LINES
    assert editor.holds


@pytest.mark.parametrize(("first", "rows"), [("I", 3), ("C", 3), ("P", 2), ("V", 2)])
def test_the_first_letter_chooses_the_form(first: str, rows: int) -> None:
    editor = MrzEditor.empty(MrzFormat.TD3, today=TODAY)
    editor.type(first)
    assert len(editor.lines) == rows


def test_enter_fills_a_line_and_goes_to_the_next() -> None:
    editor = keyed(("P<UTOERIKSSON<<ANNA<MARIA",))
    assert not editor.confirm()
    assert editor.lines[0] == LINES[0]
    assert editor.cursor == (1, 0)


@given(st.text(max_size=120))
def test_the_mrz_never_takes_what_it_does_not_have(text: str) -> None:
    editor = MrzEditor.empty(MrzFormat.TD3, today=TODAY)
    for character in text:
        editor.type(character)
    assert set("".join(editor.lines)) <= set("ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789<")


def test_every_change_can_be_undone_to_the_beginning() -> None:
    editor = keyed(LINES)
    while editor.undo():
        pass
    assert editor.is_empty
    assert editor.cursor == (0, 0)


def test_all_doubts_are_visited_before_the_lines_are_taken() -> None:
    alike = say("These look alike.")
    doubts = [Doubt((0, 5), ("E", "F"), alike), Doubt((1, 2), ("9", "S"), alike)]
    editor = MrzEditor(MrzFormat.TD3, LINES, today=TODAY, doubts=doubts)
    assert not editor.confirm()
    assert editor.cursor == (1, 2)
    assert editor.confirm()
    assert editor.open_doubts == ()
