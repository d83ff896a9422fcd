# SPDX-License-Identifier: Apache-2.0
"""One search field understands what officers type."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from station.inspection.records import understood
from station.ports.storage import SearchQuery


def on(day: date) -> SearchQuery:
    begin = datetime(day.year, day.month, day.day, tzinfo=UTC)
    return SearchQuery(on_day=day, opened_from=begin, opened_before=begin + timedelta(days=1))


@pytest.mark.parametrize(
    ("text", "query"),
    [
        ("eriksson anna", SearchQuery(name_words=("eriksson", "anna"))),
        ("Eriksson, Anna", SearchQuery(name_words=("Eriksson", "Anna"))),
        ("l898-902c3", SearchQuery(document_number="L898902C3")),
        ("2026-03-03 eriksson", replace(on(date(2026, 3, 3)), name_words=("eriksson",))),
        ("3.3.2026", on(date(2026, 3, 3))),
        ("31/12/2026", on(date(2026, 12, 31))),
        ("9999-12-31", SearchQuery()),
        ("31.02.2026", SearchQuery()),
        ("إريكسون", SearchQuery(name_words=("إريكسون",))),
        ("", SearchQuery()),
    ],
)
def test_what_was_typed_is_understood(text: str, query: SearchQuery) -> None:
    assert understood(text, zone=UTC) == query


@pytest.mark.parametrize(
    ("zone", "day", "begin", "hours"),
    [
        ("Africa/Lubumbashi", "2026-12-04", datetime(2026, 12, 3, 22, tzinfo=UTC), 24),
        ("America/La_Paz", "2026-12-04", datetime(2026, 12, 4, 4, tzinfo=UTC), 24),
        ("Europe/Paris", "2026-03-29", datetime(2026, 3, 28, 23, tzinfo=UTC), 23),
        ("Europe/Paris", "2026-10-25", datetime(2026, 10, 24, 22, tzinfo=UTC), 25),
        ("Asia/Beirut", "2022-03-27", datetime(2022, 3, 26, 22, tzinfo=UTC), 23),  # its midnight was left out
    ],
)
def test_a_day_lasts_from_midnight_to_midnight_at_the_post(zone: str, day: str, begin: datetime, hours: int) -> None:
    query = understood(day, zone=ZoneInfo(zone))
    assert (query.opened_from, query.opened_before) == (begin, begin + timedelta(hours=hours))


@given(st.text(max_size=60), st.sampled_from(["UTC", "Pacific/Kiritimati", "Pacific/Niue"]))
@example("0001-01-01", "Pacific/Kiritimati")
@example("9999-12-30", "Pacific/Niue")
def test_nothing_typed_breaks_the_search(text: str, zone: str) -> None:
    assert isinstance(understood(text, zone=ZoneInfo(zone)), SearchQuery)
