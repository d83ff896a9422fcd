# SPDX-License-Identifier: Apache-2.0
"""The index finds exactly what looking at every encounter would find."""

from __future__ import annotations

import tempfile
import unicodedata
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from station.domain.dates import PartialDate
from station.domain.encounter import Encounter
from station.ports.storage import SearchQuery
from storage.sqlcipher.store import SqlcipherStore
from tests.storage.sqlcipher.specimens import NOON, create, document, encounter, opened
from tests.storage.sqlcipher.test_encounters import keep, names

_LATIN = "ANNA ANNE AN ERIKSSON ERIK O'BRIEN OBRIEN ÅSA Åsa ÉLODIE JEAN-LUC QUEEN ANDOR NOT NEAR Straße STRASSE 1"
_OTHER = "محمد مُحَمَّد किरण कि Ольга 王小明 𞤀𞤣𞤤𞤢𞤥"
WORDS = st.sampled_from([*_LATIN.split(), *_OTHER.split()])
NAMES = st.lists(WORDS, max_size=3).map(" ".join)
NUMBERS = st.text(alphabet="AB12-< q", max_size=5)
BIRTHS = st.sampled_from(
    [PartialDate(1974, 8, 12), PartialDate(1974, 8), PartialDate(1974), PartialDate(None, 8, 12), PartialDate()]
)
KEPT = st.tuples(NAMES, NAMES, NUMBERS, BIRTHS, st.integers(0, 3), st.booleans())
MOMENTS = st.none() | st.integers(-1, 9).map(lambda halves: NOON + timedelta(hours=12 * halves))

QUERIES = st.builds(
    SearchQuery,
    name_words=st.lists(WORDS | WORDS.map(lambda word: word[:2].lower()) | st.text(max_size=3), max_size=2).map(tuple),
    document_number=NUMBERS,
    opened_from=MOMENTS,
    opened_before=MOMENTS,
    birth_date=st.none() | BIRTHS,
    limit=st.integers(1, 5),
)


def plain_words(text: str) -> list[str]:
    """Words as a person would compare them, written down a second time and not as the product does it."""
    text = unicodedata.normalize("NFD", unicodedata.normalize("NFKD", text).casefold())
    words, word = [], ""
    for character in unicodedata.normalize("NFKD", text) + " ":
        category = unicodedata.category(character)
        if category.startswith(("L", "N")) or (category[0] == "M" and unicodedata.combining(character) <= 9):
            word += character
        elif not (category[0] == "M" or category == "Cf" or character in "'’ʼ‘`´"):
            words += [word] if word else []
            word = ""
    return words


def matches(kept: Encounter, query: SearchQuery) -> bool:
    """Whether every given part of a query holds."""
    holder = kept.document
    has = [] if holder is None else plain_words(f"{holder.name.primary} {holder.name.secondary}")
    for wanted in query.name_words:
        parts = plain_words(wanted)
        if not parts or not all(any(word.startswith(part) for word in has) for part in parts):
            return False
    if query.document_number:
        wanted = "".join(plain_words(query.document_number))
        number = "" if holder is None else "".join(plain_words(holder.document_number))
        if not wanted or not number.startswith(wanted):
            return False
    if query.birth_date is not None and (holder is None or holder.birth_date != query.birth_date):
        return False
    if query.opened_from is not None and kept.opened_at < query.opened_from:
        return False
    return query.opened_before is None or kept.opened_at < query.opened_before


@pytest.fixture(scope="module")
def shared() -> Iterator[SqlcipherStore]:
    with tempfile.TemporaryDirectory() as folder:
        create(Path(folder))
        store = opened(Path(folder))
        yield store
        store.close()


@settings(max_examples=150, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(KEPT, max_size=8), st.lists(QUERIES, min_size=1, max_size=6))
@example([("ANNA", "", "A1", PartialDate(), 0, True)], [SearchQuery(name_words=('"',))])
@example([("NOT AND", "", "A1", PartialDate(), 0, True)], [SearchQuery(name_words=("NOT",))])
@example([("किरण", "", "", PartialDate(), 0, True)], [SearchQuery(name_words=("कि",))])
def test_the_index_agrees_with_looking_at_every_encounter(
    shared: SqlcipherStore, kept: list[tuple[str, str, str, PartialDate, int, bool]], queries: list[SearchQuery]
) -> None:
    encounters = []
    for number, (primary, secondary, document_number, birth, days, documented) in enumerate(kept):
        holder = document(primary, secondary, number=document_number, birth=birth) if documented else None
        encounters.append(encounter(f"e{number}", minutes=days * 24 * 60, holder=holder))
    with shared.unit_of_work() as unit:  # never committed: each example begins with an empty store
        for one in encounters:
            unit.encounters.add_version(one)
        for query in queries:
            newest_first = [one.encounter_id for one in reversed(encounters) if matches(one, query)]
            assert names(unit.encounters.search(query)) == newest_first[: query.limit]


@pytest.mark.parametrize(
    "typed",
    [
        '"',
        "*",
        "a*",
        "NEAR(a b)",
        "name:anna",
        "-anna",
        "^anna",
        "anna OR erik",
        "(",
        "\\",
        "\x00",
        "';--",
        "{a b}",
        "+",
    ],
)
def test_what_is_typed_is_never_search_syntax(store: SqlcipherStore, typed: str) -> None:
    keep(store, encounter(holder=document("ZZZ", "YYY", number="N0")))
    with store.reading() as unit:
        assert names(unit.encounters.search(SearchQuery(name_words=(typed,)))) == []
        assert names(unit.encounters.search(SearchQuery(document_number=typed))) == []


@pytest.mark.parametrize(
    ("kept", "typed"),
    [
        ("ERIKSSON", "erik"),
        ("Élodie", "ELO"),
        ("O'Brien", "obrien"),
        ("OBRIEN", "o'b"),
        ("مُحَمَّد", "محمد"),
        ("ОЛЬГА", "оль"),
        ("Straße", "STRASS"),
        ("𞤀𞤣𞤤𞤢𞤥", "𞤢𞤣"),
    ],
)
def test_names_are_found_from_their_beginning_without_case_and_accents(
    store: SqlcipherStore, kept: str, typed: str
) -> None:
    keep(store, encounter(holder=document(kept, "SECOND NAME")))
    with store.reading() as unit:
        assert names(unit.encounters.search(SearchQuery(name_words=("name", typed)))) == ["encounter-1"]
        assert names(unit.encounters.search(SearchQuery(name_words=(typed[1:] + "x",)))) == []


MIDNIGHT = NOON + timedelta(hours=12)
HOUR = timedelta(hours=1)


@pytest.mark.parametrize(
    ("after_midnight", "hours", "found"),
    [
        (timedelta(0), 24, ["next"]),
        (-24 * HOUR, 24, ["last"]),
        (-2 * HOUR, 24, ["next", "last"]),  # a day east of Greenwich has hours of two days of UTC
        (-2 * HOUR, 2, ["last"]),
        (timedelta(minutes=1), 24, []),
        (timedelta(0), 0, []),
        (timedelta(0), -1, []),
        (-48 * HOUR, 24 * 30, ["next", "last"]),  # longer than the index names days
    ],
)
def test_a_range_of_moments_is_kept_to_exactly(
    store: SqlcipherStore, after_midnight: timedelta, hours: int, found: list[str]
) -> None:
    keep(store, encounter("last", minutes=11 * 60 + 59), encounter("next", minutes=12 * 60))
    begin = MIDNIGHT + after_midnight
    with store.reading() as unit:
        query = SearchQuery(opened_from=begin, opened_before=begin + hours * HOUR)
        assert names(unit.encounters.search(query)) == found


def test_a_range_may_be_open_at_one_end(store: SqlcipherStore) -> None:
    keep(store, encounter("last", minutes=11 * 60 + 59), encounter("next", minutes=12 * 60))
    with store.reading() as unit:
        assert names(unit.encounters.search(SearchQuery(opened_from=MIDNIGHT))) == ["next"]
        assert names(unit.encounters.search(SearchQuery(opened_before=MIDNIGHT))) == ["last"]
        assert names(unit.encounters.search(SearchQuery(limit=0))) == []


@pytest.mark.parametrize("kept", ["000645", "q000645", "Q000645"])
def test_how_a_letter_is_written_in_the_index_is_not_found_as_itself(store: SqlcipherStore, kept: str) -> None:
    keep(store, encounter(holder=document(kept, "", number=kept)))
    with store.reading() as unit:
        assert names(unit.encounters.search(SearchQuery(name_words=("م",)))) == []
        assert names(unit.encounters.search(SearchQuery(document_number="م"))) == []
        assert names(unit.encounters.search(SearchQuery(document_number=kept, name_words=(kept,)))) == ["encounter-1"]
