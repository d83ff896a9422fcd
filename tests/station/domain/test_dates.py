# SPDX-License-Identifier: Apache-2.0
"""Dates with unknown parts."""

from __future__ import annotations

import calendar
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from station.domain.dates import PartialDate


@st.composite
def partial_dates(draw: st.DrawFn) -> PartialDate:
    day = draw(st.dates())
    known = draw(st.tuples(st.booleans(), st.booleans(), st.booleans()))
    year, month, number = (
        part if keep else None for part, keep in zip((day.year, day.month, day.day), known, strict=True)
    )
    return PartialDate(year, month, number)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (PartialDate(1974, 8, 12), "1974-08-12"),
        (PartialDate(1974, 8), "1974-08"),
        (PartialDate(1974), "1974"),
        (PartialDate(), ""),
        (PartialDate(1974, None, 12), "1974-XX-12"),
        (PartialDate(None, 8, 12), "XXXX-08-12"),
        (PartialDate(None, 8), "XXXX-08"),
        (PartialDate(None, None, 12), "XXXX-XX-12"),
        (PartialDate(33, 4, 3), "0033-04-03"),
    ],
)
def test_each_pattern_of_known_parts_has_one_spelling(value: PartialDate, text: str) -> None:
    assert value.iso() == text
    assert PartialDate.from_iso(text) == value


@given(partial_dates())
def test_any_partial_date_survives_being_written_and_read(value: PartialDate) -> None:
    assert PartialDate.from_iso(value.iso()) == value


@pytest.mark.parametrize(
    "text",
    ["74", "1974-13", "1974-02-30", "1974-8-1", "1974-08-12T00:00", "XX", "١٩٧٤", "1974-", " 1974", "0000"],
)
def test_anything_else_is_refused(text: str) -> None:
    with pytest.raises(ValueError):
        PartialDate.from_iso(text)


@pytest.mark.parametrize(
    "parts",
    [
        (0, None, None),
        (10000, None, None),
        (1974, 0, None),
        (1974, 13, None),
        (1974, 8, 0),
        (1974, 8, 32),
        (1974, 2, 29),
        (1900, 2, 29),
        (None, 4, 31),
        (None, 2, 30),
        (1974, None, 32),
    ],
)
def test_parts_that_no_day_of_the_calendar_has_are_refused(parts: tuple[int | None, int | None, int | None]) -> None:
    with pytest.raises(ValueError):
        PartialDate(*parts)


def test_a_29_february_without_a_year_may_exist() -> None:
    assert PartialDate(None, 2, 29).iso() == "XXXX-02-29"
    assert PartialDate(1974, None, 31).latest() == date(1974, 12, 31)


def test_an_unknown_day_is_only_possibly_before_the_days_it_can_mean() -> None:
    august = PartialDate(1974, 8)
    assert not august.possibly_before(date(1974, 8, 1))
    assert august.possibly_before(date(1974, 8, 2))
    assert not august.certainly_before(date(1974, 8, 31))
    assert august.certainly_before(date(1974, 9, 1))


def test_an_unknown_year_is_possibly_before_everything_and_certainly_before_nothing() -> None:
    unknown = PartialDate(None, 8, 12)
    assert unknown.possibly_before(date(1900, 1, 1))
    assert not unknown.certainly_before(date(9999, 12, 31))
    assert unknown.age_on(date(2026, 1, 1)) is None


@given(partial_dates(), st.dates())
def test_certainly_before_implies_possibly_before(value: PartialDate, day: date) -> None:
    assert value.possibly_before(day) or not value.certainly_before(day)


def test_a_known_date_has_one_age_that_changes_on_the_birthday() -> None:
    born = PartialDate.of(date(2008, 11, 22))
    assert born.is_known
    assert born.age_on(date(2026, 11, 21)) == (17, 17)
    assert born.age_on(date(2026, 11, 22)) == (18, 18)


def test_a_birth_year_alone_gives_the_two_ages_that_are_possible() -> None:
    assert PartialDate(2008).age_on(date(2026, 6, 1)) == (17, 18)
    assert not PartialDate(2008).is_known


def test_a_birth_after_the_day_asked_for_is_age_nought() -> None:
    assert PartialDate(2027).age_on(date(2026, 6, 1)) == (0, 0)


def test_somebody_born_on_29_february_completes_a_year_on_1_march() -> None:
    born = PartialDate(2008, 2, 29)
    assert born.age_on(date(2026, 2, 28)) == (17, 17)
    assert born.age_on(date(2026, 3, 1)) == (18, 18)


@given(st.dates(date(1900, 1, 1), date(2026, 1, 1)), st.integers(0, 60_000))
def test_hiding_the_day_never_excludes_the_true_age(born: date, days: int) -> None:
    on = born + timedelta(days=days)
    truth = PartialDate.of(born).age_on(on)
    for less in (PartialDate(born.year, born.month), PartialDate(born.year), PartialDate(born.year, None, born.day)):
        span = less.age_on(on)
        assert truth is not None
        assert span is not None
        assert span[0] <= truth[0] <= span[1]


@given(st.integers(1, 9999), st.integers(1, 12))
def test_a_month_spans_all_its_days(year: int, month: int) -> None:
    value = PartialDate(year, month)
    assert (value.earliest(), value.latest()) == (
        date(year, month, 1),
        date(year, month, calendar.monthrange(year, month)[1]),
    )
