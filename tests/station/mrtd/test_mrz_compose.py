# SPDX-License-Identifier: Apache-2.0
"""Writing an MRZ, and reading it back."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from station.domain.dates import PartialDate
from station.domain.person import Sex
from station.mrtd.codes import CodeKind, known_codes
from station.mrtd.mrz import FieldCheck, MrzFieldName, MrzFormat, MrzProblemKind, parse
from station.mrtd.mrz_compose import MrzDoesNotFit, MrzValues, compose
from station.mrtd.mrz_formats import layout
from station.mrtd.mrz_names import compose_name
from station.mrtd.transliteration import Conventions, transliterate
from station.mrtd.transliteration_tables import CyrillicLanguage, LatinStyle

TODAY = date(2026, 11, 22)

ANNA = MrzValues(
    document_code="I",
    issuing_state="UTO",
    primary_identifier="Eriksson",
    secondary_identifier="Anna Maria",
    document_number="D23145890",
    nationality="UTO",
    birth_date=PartialDate(1974, 8, 12),
    sex=Sex.FEMALE,
    expiry_date=PartialDate(2012, 4, 15),
)
WIDTHS = {
    MrzFormat.TD1: 30,
    MrzFormat.TD2: 31,
    MrzFormat.TD3: 39,
    MrzFormat.MRV_A: 39,
    MrzFormat.MRV_B: 31,
}
CODES = {
    MrzFormat.TD1: ("I", "C1", "AC", "ID"),
    MrzFormat.TD2: ("I", "PU", "A3"),
    MrzFormat.TD3: ("P", "PP", "PD", "PR"),
    MrzFormat.MRV_A: ("V", "VN"),
    MrzFormat.MRV_B: ("V", "VC"),
}


def test_the_specimens_of_the_standard_come_out_character_by_character() -> None:
    passport = replace(ANNA, document_code="P", document_number="L898902C3", optional_data="ZE184226B")
    assert compose(MrzFormat.TD3, passport) == (
        "P<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<<<<<<<<<",
        "L898902C36UTO7408122F1204159ZE184226B<<<<<10",
    )
    assert compose(MrzFormat.TD1, ANNA) == (
        "I<UTOD231458907<<<<<<<<<<<<<<<",
        "7408122F1204159UTO<<<<<<<<<<<6",
        "ERIKSSON<<ANNA<MARIA<<<<<<<<<<",
    )
    assert compose(MrzFormat.TD2, ANNA) == (
        "I<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<",
        "D231458907UTO7408122F1204159<<<<<<<6",
    )
    visa = replace(
        ANNA,
        document_code="V",
        document_number="L8988901C",
        nationality="XXX",
        birth_date=PartialDate(1940, 9, 7),
        expiry_date=PartialDate(1996, 12, 10),
        optional_data="6ZE184226B",
    )
    assert compose(MrzFormat.MRV_A, visa) == (
        "V<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<<<<<<<<<",
        "L8988901C4XXX4009078F96121096ZE184226B<<<<<<",
    )
    assert compose(MrzFormat.MRV_B, replace(visa, optional_data="")) == (
        "V<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<",
        "L8988901C4XXX4009078F9612109<<<<<<<<",
    )


def test_the_sample_of_an_emergency_sheet_comes_out_character_by_character() -> None:
    # Doc 9303-8, Appendix B.
    sheet = replace(ANNA, document_code="PU", expiry_date=PartialDate(2026, 6, 27))
    assert compose(MrzFormat.TD2, sheet) == (
        "PUUTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<",
        "D231458907UTO7408122F2606277<<<<<<<8",
    )


def test_the_specimens_of_states_are_composed_from_what_was_read_in_them(vectors: Path) -> None:
    truth = json.loads((vectors / "mrz" / "truth.json").read_text(encoding="utf-8"))
    composed = 0
    for name, specimen in truth.items():
        reading = parse(specimen["lines"] or (), today=TODAY)
        fmt, fields = reading.format, reading.fields
        if fmt is None or not reading.valid:
            continue
        lines = compose(
            fmt,
            MrzValues(
                document_code=fields.document_code.value,
                issuing_state=fields.issuing_state.value,
                primary_identifier=fields.primary_identifier.value,
                secondary_identifier=fields.secondary_identifier.value,
                document_number=fields.document_number.value,
                nationality=fields.nationality.value,
                birth_date=fields.birth_date.date,
                sex=Sex(fields.sex.value),
                expiry_date=fields.expiry_date.date,
                optional_data=fields.optional_data.value,
                optional_data_2=fields.optional_data_2.value,
            ),
        )
        again = parse(lines, today=TODAY)
        assert again.valid, name
        values = [(getattr(fields, field).value, getattr(again.fields, field).value) for field in fields.__slots__]
        assert all(before == after for before, after in values), name
        composed += 1
    assert composed >= 27


class TestNamesOfTheStandard:
    """Doc 9303-4, 4.2.3, and its likes in the other parts."""

    @pytest.mark.parametrize(
        ("fmt", "primary", "secondary", "text"),
        [
            (MrzFormat.TD3, "Eriksson", "Anna Maria", "ERIKSSON<<ANNA<MARIA"),
            (MrzFormat.TD3, "Heng", "Deborah Ming Lo", "HENG<<DEBORAH<MING<LO"),
            (MrzFormat.TD3, "Smith-Jones", "Susie Margaret", "SMITH<JONES<<SUSIE<MARGARET"),
            (MrzFormat.TD3, "O'Connor", "Enya Siobhan", "OCONNOR<<ENYA<SIOBHAN"),
            (MrzFormat.TD3, "van der Muellen", "Martin", "VAN<DER<MUELLEN<<MARTIN"),
            (MrzFormat.TD3, "Al-Basri", "Huda Muhammad Jawad", "AL<BASRI<<HUDA<MUHAMMAD<JAWAD"),
            (MrzFormat.TD3, "Arkfreith", "", "ARKFREITH"),
            (MrzFormat.TD3, "Satriya Sudarpa", "", "SATRIYA<SUDARPA"),
            (MrzFormat.TD3, "Papandropoulous", "Jonathon Warren Trevor", "PAPANDROPOULOUS<<JONATHON<WARREN<TREVOR"),
            (MrzFormat.TD2, "Vilarchao Fernandez", "Jose Ramon", "VILARCHAO<FERNANDEZ<<JOSE<RAMON"),
            (MrzFormat.TD2, "Papandropoulous", "Jonathoon Alec", "PAPANDROPOULOUS<<JONATHOON<ALEC"),
            (MrzFormat.TD1, "Papandropoulous", "Jonathon Alec", "PAPANDROPOULOUS<<JONATHON<ALEC"),
        ],
    )
    def test_names_that_fit_are_whole(self, fmt: MrzFormat, primary: str, secondary: str, text: str) -> None:
        field = compose_name(fmt, primary, secondary)
        assert field.text == text.ljust(WIDTHS[fmt], "<")
        assert not field.is_truncated

    @pytest.mark.parametrize(
        ("fmt", "primary", "secondary", "text"),
        [
            (
                MrzFormat.TD3,
                "Nilavadhanananda",
                "Chayapa Dejthamrong Krasuang",
                "NILAVADHANANANDA<<CHAYAPA<DEJTHAMRONG<K",
            ),
            (
                MrzFormat.TD3,
                "Nilavadhanananda",
                "Arnpol Petch Charonguang",
                "NILAVADHANANANDA<<ARNPOL<PETCH<CHARONGU",
            ),
            (MrzFormat.TD1, "Vilarchao Fernandez", "Jose Ramon", "VILARCHAO<FERNANDEZ<<JOSE<RAMO"),
        ],
    )
    def test_a_long_secondary_identifier_is_cut_as_printed(
        self, fmt: MrzFormat, primary: str, secondary: str, text: str
    ) -> None:
        field = compose_name(fmt, primary, secondary)
        assert field.text == text
        assert field.is_truncated

    def test_a_long_primary_identifier_gives_way_to_the_start_of_the_secondary(self) -> None:
        # The standard leaves the way to the issuer; every component keeps its start.
        name = ("Bennelong Wooloomooloo Warrandyte Warnambool", "Dingo Potoroo")
        assert compose_name(MrzFormat.TD3, *name).text == "BENNELON<WOOLOOM<WARRAND<WARNAMB<<DINGO"
        assert compose_name(MrzFormat.TD2, *name).text == "BENNEL<WOOLO<WARRA<WARNA<<DINGO"
        assert compose_name(MrzFormat.TD1, *name).text == "BENNE<WOOLO<WARRA<WARNA<<DINGO"

    @pytest.mark.parametrize("fmt", MrzFormat)
    @pytest.mark.parametrize("missing", range(-2, 5))
    def test_a_primary_identifier_is_shortened_only_when_no_initial_fits_behind_it(
        self, fmt: MrzFormat, missing: int
    ) -> None:
        length = WIDTHS[fmt] - missing
        text = compose_name(fmt, "A" * length, "Bo Ci").text
        assert len(text) == WIDTHS[fmt]
        kept = length if missing >= 3 else WIDTHS[fmt] - len("<<BO<CI")
        assert text == "A" * kept + "<<BO<CI"[: WIDTHS[fmt] - kept]

    def test_a_long_mononym_is_cut_to_a_letter(self) -> None:
        assert compose_name(MrzFormat.TD1, "A" * 40).text == "A" * 30
        assert compose_name(MrzFormat.TD1, "A" * 29 + " Bee").text == "A" * 28 + "<B"

    def test_initials_without_end_still_end_in_a_letter(self) -> None:
        initials = " ".join("ABCDEFGHIJKLMNOPQRSTUVWXYZ")
        assert compose_name(MrzFormat.TD1, initials).text == "A<B<C<D<E<F<G<H<I<J<K<L<M<N<OP"
        assert compose_name(MrzFormat.TD2, "Z", initials).text == "Z<<A<B<C<D<E<F<G<H<I<J<K<L<M<NO"
        assert compose_name(MrzFormat.TD3, initials, "Z").text == "A<B<C<D<E<F<G<H<I<J<K<L<M<N<O<P<Q<RS<<Z"

    def test_a_name_with_only_a_secondary_identifier_stands_first(self) -> None:
        assert compose_name(MrzFormat.TD1, "", "Anna").text == "ANNA".ljust(30, "<")

    def test_what_could_not_be_written_is_told(self) -> None:
        field = compose_name(MrzFormat.TD1, "አበበ", "Anna 2")
        assert field.dropped == ("አ", "በ", "በ", "2")
        assert field.text == "ANNA".ljust(30, "<")
        assert "ANNA" not in repr(field)


@given(st.sampled_from(MrzFormat), st.text(max_size=90), st.text(max_size=90))
def test_any_text_is_a_name_and_gives_valid_lines(fmt: MrzFormat, primary: str, secondary: str) -> None:
    values = replace(ANNA, document_code=CODES[fmt][0], primary_identifier=primary, secondary_identifier=secondary)
    reading = parse(compose(fmt, values), today=TODAY)
    assert reading.format is fmt
    assert reading.valid
    allowed = {MrzProblemKind.NAME_MISSING, MrzProblemKind.NAME_MAYBE_TRUNCATED}
    assert {problem.kind for problem in reading.problems} <= allowed


names = st.text(alphabet="ABCXYZ ", max_size=60)


@given(st.sampled_from(MrzFormat), names, names)
def test_a_cut_name_fills_its_field_and_keeps_the_start_of_both_identifiers(
    fmt: MrzFormat, primary: str, secondary: str
) -> None:
    field = compose_name(fmt, primary, secondary)
    assert len(field.text) == WIDTHS[fmt]
    first, second = transliterate(primary).components, transliterate(secondary).components
    if field.is_truncated:
        assert field.text[-1] != "<"
        printed_first, parted, printed_second = field.text.partition("<<")
        assert printed_first.startswith((first or second)[0][0])
        assert bool(parted) is bool(first and second)
        assert not (first and second) or printed_second.startswith(second[0][0])
    else:
        assert field.text.rstrip("<") == "<<".join(filter(None, ("<".join(first), "<".join(second))))


known_issuers = sorted(known_codes(CodeKind.STATE) | known_codes(CodeKind.SPECIMEN))
letters = st.text(alphabet="ABCDEFGHIJKLMNOPQRSTUVWXYZ", min_size=1, max_size=7)
plain = st.text(alphabet="ABCXYZ0189", min_size=1, max_size=9)


@st.composite
def births(draw: st.DrawFn) -> PartialDate:
    born = draw(st.dates(date(1930, 1, 1), TODAY))
    year, month, day = (
        part if draw(st.booleans()) or draw(st.booleans()) else None for part in (born.year, born.month, born.day)
    )
    return PartialDate(year, month, day)


@st.composite
def composed_values(draw: st.DrawFn) -> tuple[MrzFormat, MrzValues]:
    fmt = draw(st.sampled_from(MrzFormat))
    longest = {MrzFormat.TD1: 22, MrzFormat.TD2: 14}.get(fmt, 9)
    number = draw(st.text(alphabet="ABCXYZ0189", min_size=1, max_size=longest))
    span = layout(fmt).fields[MrzFieldName.OPTIONAL_DATA]
    room = span.end - span.start - (len(number) - 7 if len(number) > 9 else 0)
    optional = " ".join(draw(st.lists(plain, max_size=2)))[:room].strip()
    return fmt, MrzValues(
        document_code=draw(st.sampled_from(CODES[fmt])),
        issuing_state=draw(st.sampled_from(known_issuers)),
        primary_identifier=draw(letters),
        secondary_identifier=" ".join(draw(st.lists(letters, max_size=2))),
        document_number=number,
        nationality=draw(st.sampled_from(known_issuers)),
        birth_date=draw(births()),
        sex=draw(st.sampled_from(Sex)),
        expiry_date=PartialDate.of(draw(st.dates(date(1976, 1, 1), date(2075, 12, 31)))),
        optional_data=optional,
        optional_data_2=draw(plain) if fmt is MrzFormat.TD1 else "",
    )


@given(composed_values())
def test_what_is_composed_is_read_back(composed: tuple[MrzFormat, MrzValues]) -> None:
    fmt, values = composed
    reading = parse(compose(fmt, values), today=TODAY)
    assert reading.format is fmt
    assert reading.valid
    assert reading.problems == ()
    fields = reading.fields
    assert fields.document_code.value == values.document_code
    assert fields.issuing_state.value == values.issuing_state
    assert fields.primary_identifier.value == values.primary_identifier
    assert fields.secondary_identifier.value == values.secondary_identifier
    assert fields.document_number.value == values.document_number
    assert fields.document_number.check is FieldCheck.VALID
    assert fields.nationality.value == values.nationality
    assert fields.birth_date.date == values.birth_date
    assert fields.sex.value == values.sex.value
    assert fields.expiry_date.date == values.expiry_date
    assert fields.optional_data.value == values.optional_data
    assert fields.optional_data_2.value == values.optional_data_2


def test_the_conventions_of_the_issuer_reach_the_name() -> None:
    conventions = Conventions(language=CyrillicLanguage.UKRAINIAN, latin=LatinStyle.PLAIN)
    values = replace(ANNA, primary_identifier="Григорій", secondary_identifier="Jürgen")
    assert compose(MrzFormat.TD1, values, conventions=conventions)[2] == "HRYHORII<<JURGEN".ljust(30, "<")


def test_punctuation_in_a_number_becomes_a_filler() -> None:
    line = compose(MrzFormat.TD1, replace(ANNA, document_number=" ab-12.3 "))[0]
    assert line.startswith("I<UTOAB<12<3<<")


def test_a_visa_shows_the_nine_principal_characters_of_a_long_number() -> None:
    # Doc 9303-7, note j.
    line = compose(MrzFormat.MRV_A, replace(ANNA, document_code="V", document_number="ABCDEFGHIJKL"))[1]
    assert line.startswith("ABCDEFGHI")
    assert line[28:] == "<" * 16


@pytest.mark.parametrize(
    ("fmt", "change", "what"),
    [
        (MrzFormat.TD1, {"document_code": ""}, MrzFieldName.DOCUMENT_CODE),
        (MrzFormat.TD1, {"document_code": "1D"}, MrzFieldName.DOCUMENT_CODE),
        (MrzFormat.TD1, {"document_code": "Id"}, MrzFieldName.DOCUMENT_CODE),
        (MrzFormat.TD1, {"document_code": "IDX"}, MrzFieldName.DOCUMENT_CODE),
        (MrzFormat.TD1, {"document_code": "V"}, MrzFieldName.DOCUMENT_CODE),
        (MrzFormat.MRV_A, {"document_code": "P"}, MrzFieldName.DOCUMENT_CODE),
        (MrzFormat.TD1, {"issuing_state": "UTOP"}, MrzFieldName.ISSUING_STATE),
        (MrzFormat.TD1, {"issuing_state": "ut"}, MrzFieldName.ISSUING_STATE),
        (MrzFormat.TD1, {"nationality": "U1O"}, MrzFieldName.NATIONALITY),
        (MrzFormat.TD3, {"document_code": "P", "document_number": "0123456789"}, MrzFieldName.DOCUMENT_NUMBER),
        (MrzFormat.TD1, {"document_number": "0" * 23}, MrzFieldName.OPTIONAL_DATA),
        (MrzFormat.TD2, {"document_number": "0" * 14, "optional_data": "1"}, MrzFieldName.OPTIONAL_DATA),
        (MrzFormat.TD1, {"document_number": "012345678-9"}, MrzFieldName.DOCUMENT_NUMBER),
        (MrzFormat.TD1, {"document_number": "01234567-89"}, MrzFieldName.DOCUMENT_NUMBER),
        (MrzFormat.TD1, {"document_number": "Ж123"}, MrzFieldName.DOCUMENT_NUMBER),
        (MrzFormat.TD2, {"optional_data": "12345678"}, MrzFieldName.OPTIONAL_DATA),
        (MrzFormat.TD2, {"optional_data_2": "1"}, MrzFieldName.OPTIONAL_DATA_2),
    ],
)
def test_what_a_layout_cannot_carry_is_refused_by_name_of_the_field(
    fmt: MrzFormat, change: dict[str, Any], what: MrzFieldName
) -> None:
    values = replace(ANNA, **change)
    with pytest.raises(MrzDoesNotFit) as refusal:
        compose(fmt, values)
    assert refusal.value.what is what
    assert not any(text and text in str(refusal.value) for text in change.values() if len(text) > 3)


def test_values_keep_personal_data_out_of_repr() -> None:
    shown = repr(ANNA)
    assert not any(secret in shown for secret in ("Eriksson", "Anna", "D2314", "1974"))
