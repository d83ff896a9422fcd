# SPDX-License-Identifier: Apache-2.0
"""A full verification says which table or index is not what was written last, and can be stopped."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from station.access.audit_service import AuditService, Depth
from station.access.sign_in import Session
from station.domain.errors import Cancelled
from station.ports.storage import StoreName
from station.ports.tasks import CancelToken
from storage.sqlcipher.store import SqlcipherStore
from tests.open_station import OpenStation


@pytest.fixture
def station(tmp_path: Path) -> OpenStation:
    return OpenStation(tmp_path)


@pytest.fixture
def session(station: OpenStation) -> Iterator[Session]:
    session = station.signed_in()
    yield session
    station.sign_ins.sign_out(session)


def said(station: OpenStation, session: Session, depth: Depth) -> list[str]:
    verdict = AuditService(session, station.sealer, station.clock).verify(StoreName.BORDER, depth)
    return [finding.says.in_english() for finding in verdict.findings]


def behind_its_back(session: Session, *statements: str) -> None:
    """What a row looks like that this program did not write: the sums do not know of it."""
    store = session.whole[StoreName.BORDER]
    assert isinstance(store, SqlcipherStore)
    with store._writing.lease() as connection:
        for (name,) in connection.all("SELECT name FROM sqlite_temp_schema WHERE type = 'trigger'"):
            connection.run(f"DROP TRIGGER temp.{name}")
        for statement in statements:
            connection.run(statement)


def test_a_table_and_the_index_of_words_are_named(station: OpenStation, session: Session) -> None:
    assert said(station, session, Depth.EVERYTHING) == []
    behind_its_back(
        session,
        "INSERT INTO inbox VALUES ('m', 0)",
        "INSERT INTO encounter_words (rowid, name) VALUES (1, 'nobody')",
    )
    found = said(station, session, Depth.EVERYTHING)
    assert (
        "The index encounter_words of the store does not say what the records say: a search may miss some of them."
        in found
    )
    assert "The table inbox of the store is not what was written last: an older state of it was put back." in found


def test_a_full_verification_stops_when_asked_to_and_notes_nothing(station: OpenStation, session: Session) -> None:
    cancel = CancelToken()
    cancel.cancel()
    service = AuditService(session, station.sealer, station.clock)
    with session.store.reading() as unit:
        before = unit.audit.head()
    for depth in Depth:
        with pytest.raises(Cancelled):
            service.verify(StoreName.BORDER, depth, cancel=cancel)
    with session.store.reading() as unit:
        assert unit.audit.head() == before
