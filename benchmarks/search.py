# SPDX-License-Identifier: Apache-2.0
"""How long an officer waits for a search in a full store: filled through the repositories, then asked."""

from __future__ import annotations

import os
import random
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from itertools import islice
from pathlib import Path

from benchmarks.specimen_people import (
    ENCOUNTERS_A_DAY,
    FIRST_DAY,
    Specimen,
    Utopia,
    specimen_identity,
    specimen_officer,
)
from station.domain.encounter import Encounter, EncounterStatus
from station.ports.events import E, Unsubscribe
from station.ports.storage import SearchQuery
from storage.sqlcipher.encounters import Encounters
from storage.sqlcipher.store import SqlcipherStore, create_database, open_database

_AT_ONCE = 5_000
_QUESTIONS = 200


class NobodyListens:
    """An event bus without listeners."""

    def publish(self, event: object) -> None:
        """Nobody is told."""

    def subscribe(self, kind: type[E], listener: Callable[[E], None]) -> Unsubscribe:
        """Nobody will be told."""
        return lambda: None


def measure(encounters: int) -> list[tuple[str, float, str]]:
    """Fill a store with ``encounters``, ask each kind of question 200 times on a fresh connection: p95 in ms."""
    utopia = Utopia(max(1, encounters // 3))
    with tempfile.TemporaryDirectory() as folder:
        key = os.urandom(32)
        create_database(Path(folder), key, specimen_identity(), {}, [specimen_officer()], FIRST_DAY)
        started = time.perf_counter()
        store = open_database(Path(folder), key, NobodyListens())
        fill(store, utopia.encounters(encounters))
        store.close()
        seconds = time.perf_counter() - started
        size = sum(file.stat().st_size for file in Path(folder).iterdir())
        store = open_database(Path(folder), key, NobodyListens())
        try:
            figures = ask(store, utopia, days=max(1, encounters // ENCOUNTERS_A_DAY))
        finally:
            store.close()
    return [
        *figures,
        ("filling, a second", encounters / seconds, "encounters"),
        ("size on disk", size / 1e6, "MB"),
    ]


def fill(store: SqlcipherStore, encounters: Iterator[Encounter]) -> None:
    """Keep encounters as a working station does, only more of them in each transaction."""
    while batch := list(islice(encounters, _AT_ONCE)):
        with store.unit_of_work() as unit:
            for encounter in batch:
                unit.encounters.add_version(encounter)
            unit.commit()


def ask(store: SqlcipherStore, utopia: Utopia, *, days: int) -> list[tuple[str, float, str]]:
    """The 95th percentile of each kind of question, in ms, and the slowest of all."""
    draw = random.Random(32)
    figures: list[tuple[str, float, str]] = []
    slowest = 0.0
    for name, question in _questions(utopia, days).items():
        times = []
        for _ in range(_QUESTIONS):
            query = question(draw.choice(utopia.people), draw)
            started = time.perf_counter()
            with store.reading() as unit:
                unit.encounters.search(query)
            times.append((time.perf_counter() - started) * 1000)
        figures.append((f"search: {name}, p95", statistics.quantiles(times, n=20)[-1], "ms"))
        slowest = max(slowest, *times)
    return [*figures, ("search: the slowest of all", slowest, "ms"), *_history(store, utopia, draw)]


def _history(store: SqlcipherStore, utopia: Utopia, draw: random.Random) -> list[tuple[str, float, str]]:
    """What an inspection and the shift's screens ask by themselves."""
    with store.reading() as unit:
        shift = unit.encounters.search(SearchQuery(limit=1))[0].opened_at - timedelta(hours=8)
    questions: dict[str, Callable[[Encounters, Specimen], object]] = {
        "same document before": lambda found, who: found.of_document("UTO", who.document.document_number),
        "same name and birth date before": lambda found, who: found.of_name_and_birth(
            who.document.name.primary, who.document.name.secondary, who.document.birth_date
        ),
        "same person before": lambda found, who: found.of_person(who.person_id),
        "unfinished": lambda found, _: found.unfinished(),
        "next 500 to export": lambda found, _: found.waiting_for_export(limit=500),
        "recorded in the last shift": lambda found, _: found.count(EncounterStatus.RECORDED, since=shift),
    }
    figures = []
    for name, question in questions.items():
        times = []
        for _ in range(_QUESTIONS):
            who = draw.choice(utopia.people)
            started = time.perf_counter()
            with store.reading() as unit:
                question(unit.encounters, who)
            times.append((time.perf_counter() - started) * 1000)
        figures.append((f"history: {name}, p95", statistics.quantiles(times, n=20)[-1], "ms"))
    return figures


def _questions(utopia: Utopia, days: int) -> dict[str, Callable[[Specimen, random.Random], SearchQuery]]:
    common_surnames, common_given = utopia.surnames[:20], utopia.given_names[:20]
    return {
        "first letter of a name": lambda _, draw: SearchQuery(name_words=(draw.choice(common_surnames)[:1],)),
        "beginning of a common name": lambda _, draw: SearchQuery(name_words=(draw.choice(common_surnames)[:3],)),
        "a rare name": lambda _, draw: SearchQuery(name_words=(draw.choice(utopia.surnames[-5000:]),)),
        "two common words": lambda _, draw: SearchQuery(
            name_words=(draw.choice(common_surnames), draw.choice(common_given))
        ),
        "two first letters": lambda _, draw: SearchQuery(
            name_words=(draw.choice(common_surnames)[:1], draw.choice(common_given)[:1])
        ),
        "a traveller's whole name": lambda who, _: SearchQuery(
            name_words=(who.document.name.primary, *who.document.name.secondary.split())
        ),
        "a whole document number": lambda who, _: SearchQuery(document_number=who.document.document_number),
        "a document number's first 5": lambda who, _: SearchQuery(document_number=who.document.document_number[:5]),
        "a document number's first 2": lambda who, _: SearchQuery(document_number=who.document.document_number[:2]),
        "a day": lambda _, draw: _day(draw, days),
        "a common name on a day": lambda _, draw: replace(
            _day(draw, days), name_words=(draw.choice(common_surnames)[:3],)
        ),
        "birth date and common name": lambda who, draw: SearchQuery(
            birth_date=who.document.birth_date, name_words=(draw.choice(common_surnames)[:3],)
        ),
        "birth date and own name": lambda who, _: SearchQuery(
            birth_date=who.document.birth_date, name_words=(who.document.name.primary,)
        ),
        "nothing asked: the newest": lambda _, __: SearchQuery(),
    }


def _day(draw: random.Random, days: int) -> SearchQuery:
    begin = FIRST_DAY + timedelta(days=draw.randrange(days))
    return SearchQuery(opened_from=begin, opened_before=begin + timedelta(days=1))


if __name__ == "__main__":
    for name, figure, unit in measure(int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000):
        print(f"{name:45} {figure:12.2f} {unit}")
