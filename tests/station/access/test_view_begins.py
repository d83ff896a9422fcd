# SPDX-License-Identifier: Apache-2.0
"""What is begun under distress is seen when it was committed, and nothing is begun by trying."""

from __future__ import annotations

from pathlib import Path

import pytest

from station.access.reduced_view import ReducedStore, View, view_of
from station.domain.errors import RecordConflict
from station.domain.identifiers import EncounterId, ImageId, OfficerId
from station.ports.storage import Store
from storage.sqlcipher.connection import RuleBroken
from tests.open_station import OpenStation
from tests.storage.sqlcipher.specimens import encounter, picture

OLD, NEW = EncounterId("old-1"), EncounterId("new-1")
OLD_PICTURE, NEW_PICTURE = ImageId("old-picture"), ImageId("new-picture")
BYTES = b"\xff\xd8\xff of somebody"


@pytest.fixture
def whole(tmp_path: Path) -> Store:
    """An open store with a record of before."""
    store = OpenStation(tmp_path).signed_in().store
    with store.unit_of_work() as unit:
        unit.images.add(picture(OLD_PICTURE, BYTES), BYTES)
        unit.encounters.add_version(encounter(OLD))
        unit.commit()
    return store


@pytest.fixture
def view(whole: Store) -> View:
    """What is seen of it."""
    return View(officer_id=OfficerId("officer-1"))


def seen(whole: Store, view: View) -> tuple[bool, ...]:
    """What is seen of the old record and picture, and of the new ones."""
    with ReducedStore(whole, view).reading() as unit:
        return (
            unit.encounters.get(OLD) is not None,
            unit.images.data(OLD_PICTURE) is not None,
            unit.encounters.get(NEW) is not None,
            unit.images.data(NEW_PICTURE) is not None,
        )


def test_an_identifier_that_is_there_already_is_not_begun_by_adding_it_again(whole: Store, view: View) -> None:
    """Not even when whoever asked goes on after the refusal and commits."""
    store = ReducedStore(whole, view)
    with store.unit_of_work() as unit:
        with pytest.raises(RecordConflict):
            unit.encounters.add_version(encounter(OLD))
        unit.commit()
    with store.unit_of_work() as unit:
        with pytest.raises(RuleBroken, match="UNIQUE"):
            unit.images.add(picture(OLD_PICTURE, BYTES), BYTES)
        unit.commit()
    assert seen(whole, view) == (False, False, False, False)


def test_what_was_rolled_back_was_not_begun(whole: Store, view: View) -> None:
    store = ReducedStore(whole, view)
    with store.unit_of_work() as unit:
        unit.images.add(picture(NEW_PICTURE, BYTES), BYTES)
        unit.encounters.add_version(encounter(NEW))
        assert unit.encounters.get(NEW) is not None  # inside, at once
        assert view.all() == []
    assert view.all() == []
    with whole.unit_of_work() as unit:  # the same identifiers, by somebody else, in freedom
        unit.images.add(picture(NEW_PICTURE, BYTES), BYTES)
        unit.encounters.add_version(encounter(NEW))
        unit.commit()
    assert seen(whole, view) == (False, False, False, False)


def test_what_was_committed_is_seen_and_written_down(whole: Store, view: View) -> None:
    store = ReducedStore(whole, view)
    with store.unit_of_work() as unit:
        unit.images.add(picture(NEW_PICTURE, BYTES), BYTES)
        unit.encounters.add_version(encounter(NEW))
        unit.commit()
    assert seen(whole, view) == (False, False, True, True)
    assert view_of(whole, view.officer_id).all() == view.all() == [NEW, NEW_PICTURE]  # as after a restart
