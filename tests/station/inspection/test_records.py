# SPDX-License-Identifier: Apache-2.0
"""One search field understands what officers type."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from station.inspection.records import understood
from station.ports.storage import SearchQuery


@pytest.mark.parametrize(
    ("text", "query"),
    [
        ("eriksson anna", SearchQuery(name_words=("eriksson", "anna"))),
        ("Eriksson, Anna", SearchQuery(name_words=("Eriksson", "Anna"))),
        ("l898-902c3", SearchQuery(document_number="L898902C3")),
        ("2026-03-03 eriksson", SearchQuery(name_words=("eriksson",), on_day=date(2026, 3, 3))),
        ("3.3.2026", SearchQuery(on_day=date(2026, 3, 3))),
        ("31/12/2026", SearchQuery(on_day=date(2026, 12, 31))),
        ("31.02.2026", SearchQuery()),
        ("إريكسون", SearchQuery(name_words=("إريكسون",))),
        ("", SearchQuery()),
    ],
)
def test_what_was_typed_is_understood(text: str, query: SearchQuery) -> None:
    assert understood(text) == query


@given(st.text(max_size=60))
def test_nothing_typed_breaks_the_search(text: str) -> None:
    assert isinstance(understood(text), SearchQuery)
