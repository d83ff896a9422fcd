# SPDX-License-Identifier: Apache-2.0
"""Whether the index of words finds what it should: FTS5 checks its structure only, because it keeps no content.

An old page of the index is a good page to the cipher and to FTS5, and a traveller would not be found. So every word
and every beginning of a word that the index gives is summed up, and the same is done for what the rows say.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from datetime import UTC

from station.domain.dates import PartialDate
from station.domain.encounter import Encounter
from station.domain.wire import NotThisShape, from_json
from storage.sqlcipher import search_words
from storage.sqlcipher.connection import Connection, damaged
from storage.sqlcipher.transaction import from_microseconds

#: The index of words.
WORDS = "encounter_words"

_ROWS_AT_ONCE = 2000
_COLUMNS = ("name", "document_number", "birth", "day")
#: Columns that are searched by the beginning of a word, and the lengths of which the index keeps lists of their own
#: (``prefix`` in the schema). Other lengths are answered from the words.
_BEGINNINGS_OF = ("name", "document_number")
_LENGTHS = (1, 2, 3, 4, 6)
_MANY = 1 << 40

_ROWS = """
    SELECT e.serial, e.opened_at, e.primary_identifier, e.secondary_identifier, e.document_number, e.birth_date,
           CASE WHEN e.primary_identifier || e.document_number || e.birth_date = '' THEN
               (SELECT body FROM encounter_version WHERE encounter_id = e.encounter_id AND version = e.version) END
    FROM encounter AS e ORDER BY e.serial
"""


def words_strayed(connection: Connection, between: Callable[[], None]) -> bool:
    """Whether the index of words and the rows of the list say different things, in one state of the database.

    ``between`` is called every some thousand rows, and may raise to end it.
    """
    connection.run("PRAGMA query_only = OFF")  # for two names of the connection's own, in no file
    for kind in ("instance", "col"):
        connection.run(
            f"CREATE VIRTUAL TABLE temp.words_by_{kind} USING fts5vocab ('main', 'encounter_words', '{kind}')"
        )
    connection.run("PRAGMA query_only = ON")
    connection.run("BEGIN")
    try:
        return _of_rows(connection, between) != _of_index(connection, between)
    finally:
        connection.run("ROLLBACK")
        connection.run("PRAGMA query_only = OFF")
        for kind in ("instance", "col"):
            connection.run(f"DROP TABLE temp.words_by_{kind}")
        connection.run("PRAGMA query_only = ON")


def _of_rows(connection: Connection, between: Callable[[], None]) -> tuple[int, int]:
    words = beginnings = 0
    for rows in connection.batches(_ROWS, _ROWS_AT_ONCE):
        between()
        for serial, *said in rows:
            for column, text in zip(_COLUMNS, _texts(*said), strict=True):
                terms = set(text.split())
                words += sum(hash((term, column, serial)) for term in terms)
                if column in _BEGINNINGS_OF:
                    beginnings += sum(hash((one, column)) for one in set(_beginnings(terms))) * (_MANY + serial)
    return words, beginnings


def _texts(  # noqa: PLR0917 (the columns of _ROWS)
    opened_at: int, primary: str, secondary: str, number: str, birth: str, body: bytes | None
) -> tuple[str, str, str, str]:
    day = f"{from_microseconds(opened_at).astimezone(UTC):%Y%m%d}"
    if body is not None:  # no document at all, or one of which nothing is known
        try:
            return *search_words.indexed(from_json(Encounter, body).document), day
        except NotThisShape as problem:
            raise damaged() from problem
    return *search_words.indexed_as(primary, secondary, number, PartialDate.from_iso(birth)), day


def _of_index(connection: Connection, between: Callable[[], None]) -> tuple[int, int]:
    words = 0
    for rows in connection.batches("SELECT term, col, doc FROM temp.words_by_instance", _ROWS_AT_ONCE):
        between()
        words += sum(hash(row) for row in rows)
    beginnings = 0
    for one, column in _beginnings_in(connection):
        between()
        found = connection.one(
            "SELECT count(*), sum(rowid) FROM encounter_words WHERE encounter_words MATCH ?", (f'{column} : "{one}" *',)
        )
        count, serials = found or (0, 0)
        beginnings += hash((one, column)) * (count * _MANY + (serials or 0))
    return words, beginnings


def _beginnings_in(connection: Connection) -> Iterator[tuple[str, str]]:
    """Each beginning of a word that is in the index, once: words come in their order."""
    last = {(column, length): "" for column in _BEGINNINGS_OF for length in _LENGTHS}
    for rows in connection.batches("SELECT term, col FROM temp.words_by_col ORDER BY term", _ROWS_AT_ONCE):
        for term, column in rows:
            if column not in _BEGINNINGS_OF:
                continue
            for one in _beginnings((term,)):
                if last[column, len(one)] != one:
                    last[column, len(one)] = one
                    yield one, column


def _beginnings(terms: Iterable[str]) -> Iterator[str]:
    return (term[:length] for term in terms for length in _LENGTHS if len(term) >= length)
