# SPDX-License-Identifier: Apache-2.0
"""Two-digit years and unknown parts."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from station.domain.dates import PartialDate
from station.mrtd.mrz_dates import CenturyRule, read_date, write_date

TODAY = date(2026, 11, 22)


@pytest.mark.parametrize(
    ("raw", "iso"),
    [
        ("740812", "1974-08-12"),
        ("261122", "2026-11-22"),  # born today
        ("261123", "1926-11-23"),  # a day later: a hundred years ago
        ("2611<<", "2026-11"),
        ("2612<<", "1926-12"),
        ("26<<<<", "2026"),
        ("27<<<<", "1927"),
        ("00<<<<", "2000"),
        ("<<0812", "XXXX-08-12"),
        ("74<<12", "1974-XX-12"),
        ("<<<<<<", ""),
    ],
)
def test_a_birth_is_put_in_the_latest_century_that_is_not_in_the_future(raw: str, iso: str) -> None:
    value = read_date(raw, CenturyRule.BIRTH, TODAY)
    assert value is not None
    assert value.iso() == iso


@pytest.mark.parametrize(
    ("raw", "iso"),
    [
        ("261122", "2026-11-22"),
        ("750101", "2075-01-01"),
        ("761231", "1976-12-31"),
        ("991231", "1999-12-31"),
        ("<<<<<<", ""),
    ],
)
def test_an_expiry_lies_at_most_50_years_before_and_49_after_the_reference_year(raw: str, iso: str) -> None:
    value = read_date(raw, CenturyRule.EXPIRY, TODAY)
    assert value is not None
    assert value.iso() == iso


@pytest.mark.parametrize(
    "raw", ["741301", "740230", "740001", "740100", "7<0812", "74081", "7408122", "74O812", "", "٧٤٠٨١٢", "740812\n"]
)
@pytest.mark.parametrize("rule", CenturyRule)
def test_what_is_no_date_is_none(raw: str, rule: CenturyRule) -> None:
    assert read_date(raw, rule, TODAY) is None


@given(st.text(max_size=7), st.sampled_from(CenturyRule), st.dates())
def test_no_text_and_no_reference_date_raises(raw: str, rule: CenturyRule, today: date) -> None:
    read_date(raw, rule, today)


@pytest.mark.parametrize("today", [date.min, date.max])
@given(number=st.integers(0, 991231))
def test_the_ends_of_the_calendar_are_no_trap(today: date, number: int) -> None:
    for rule in CenturyRule:
        read_date(f"{number:06}", rule, today)


@given(st.dates(date(1930, 1, 1), TODAY))
def test_a_birth_of_the_last_hundred_years_survives_being_written_and_read(born: date) -> None:
    value = PartialDate.of(born)
    assert read_date(write_date(value), CenturyRule.BIRTH, TODAY) == value
