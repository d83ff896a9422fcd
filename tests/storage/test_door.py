# SPDX-License-Identifier: Apache-2.0
"""The folder of a store is made whole or not at all, and opens for its people only."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

import storage.doors.founding
from station.access.store_settings import PUBLIC_KEY
from station.domain.errors import (
    Cancelled,
    RecordConflict,
    SignInRefused,
    StoreDamaged,
    StoreError,
    StoreFull,
    StoreInUse,
    StoreMissing,
)
from station.domain.secrets import Secret
from station.ports.keys import NewOfficer
from station.ports.storage import Officer, RoleName, Store, StoreIdentity, StoreKind
from station.ports.tasks import CancelToken
from storage.door import FolderDoor
from storage.durable import sync_folder
from storage.keys.keeper import SlotKeeper
from storage.keys.slot_file import SlotFile
from storage.keys.slots import SlotTable, without
from storage.sqlcipher.repositories import Officers
from tests.open_station import (
    LIGHT,
    OFFICER_PASSWORD,
    SUPERVISOR_PASSWORD,
    KeptEvents,
    OpenStation,
    SeededRandomness,
    StandingClock,
    people,
)
from tests.storage.keys.tables import border_table
from tests.storage.keys.tables import opened as opened_by

IDENTITY = StoreIdentity(
    kind=StoreKind.TRAINING, post="Harbour", station="H1", lane="1", created_at=datetime(2026, 11, 22, tzinfo=UTC)
)


@pytest.fixture
def place(tmp_path: Path) -> Path:
    return tmp_path / "store"


@pytest.fixture
def door(place: Path) -> FolderDoor:
    return FolderDoor(place, KeptEvents(), StandingClock(), SeededRandomness(), profile=LIGHT)


@pytest.fixture
def made(door: FolderDoor) -> FolderDoor:
    door.create(IDENTITY, people(), {PUBLIC_KEY: b"a public key"})
    return door


@pytest.fixture
def opened(made: FolderDoor) -> Iterator[tuple[Store, Officer]]:
    opened = made.unlock("irina", SUPERVISOR_PASSWORD, cancel=CancelToken())
    store = opened.store
    yield store, opened.officer
    store.close()


def test_before_its_creation_there_is_no_store(door: FolderDoor) -> None:
    assert not door.exists()
    with pytest.raises(StoreMissing):
        door.kind()
    with pytest.raises(StoreMissing):
        door.unlock("irina", SUPERVISOR_PASSWORD, cancel=CancelToken())


def test_a_person_opens_the_store_and_is_known_in_it(opened: tuple[Store, Officer]) -> None:
    store, officer = opened
    assert (officer.name, officer.role) == ("irina", RoleName.SUPERVISOR)
    assert store.identity == IDENTITY


def test_the_kind_and_the_public_key_are_readable_without_a_password(made: FolderDoor) -> None:
    assert made.kind() is StoreKind.TRAINING
    assert made.public_key_file.read_text() == "a public key"


def test_a_store_without_a_public_key_has_no_file_for_it(door: FolderDoor) -> None:
    door.create(IDENTITY, people(), {})
    assert not door.public_key_file.exists()


def test_the_trail_begins_with_the_store_and_its_people(opened: tuple[Store, Officer]) -> None:
    store, officer = opened
    with store.reading() as unit:
        entries = list(unit.audit.entries())
    assert [entry.act for entry in entries] == ["store.created", "access.officer_added", "access.officer_added"]
    assert entries[1].subject == officer.officer_id


def test_nothing_in_the_folder_shows_a_password_or_a_display_name(made: FolderDoor, place: Path) -> None:
    everything = b"".join(path.read_bytes() for path in place.rglob("*") if path.is_file())
    for words in (SUPERVISOR_PASSWORD.reveal(), OFFICER_PASSWORD.reveal(), b"Irina Specimen"):
        assert words not in everything


@pytest.mark.parametrize(("name", "password"), [("irina", OFFICER_PASSWORD), ("nobody", SUPERVISOR_PASSWORD)])
def test_others_stay_out(made: FolderDoor, name: str, password: Secret) -> None:
    with pytest.raises(SignInRefused, match="not right"):
        made.unlock(name, password, cancel=CancelToken())


def test_a_stop_before_and_after_the_password_leaves_the_store_closed(
    made: FolderDoor, monkeypatch: pytest.MonkeyPatch
) -> None:
    cancelled = CancelToken()
    cancelled.cancel()
    with pytest.raises(Cancelled):
        made.unlock("irina", SUPERVISOR_PASSWORD, cancel=cancelled)

    during = CancelToken()
    real = SlotKeeper.recognise

    def stopped(*arguments: object) -> object:
        answer = real(*arguments)  # type: ignore[arg-type]  # passed on as they came
        during.cancel()
        return answer

    monkeypatch.setattr(SlotKeeper, "recognise", stopped)
    with pytest.raises(Cancelled):
        made.unlock("irina", SUPERVISOR_PASSWORD, cancel=during)
    monkeypatch.undo()
    made.unlock("irina", SUPERVISOR_PASSWORD, cancel=CancelToken()).store.close()


def test_a_second_opening_at_the_same_time_is_told_so(made: FolderDoor, opened: tuple[Store, Officer]) -> None:
    with pytest.raises(StoreInUse):
        made.unlock("omar", OFFICER_PASSWORD, cancel=CancelToken())


# Creation.


def test_an_empty_folder_may_be_given(door: FolderDoor, place: Path) -> None:
    place.mkdir()
    door.create(IDENTITY, people(), {})
    assert door.exists()


def test_folders_above_are_made(tmp_path: Path) -> None:
    deep = FolderDoor(tmp_path / "a" / "b" / "store", KeptEvents(), StandingClock(), SeededRandomness(), profile=LIGHT)
    deep.create(IDENTITY, people(), {})
    assert deep.exists()


def test_a_store_is_never_made_over_another(made: FolderDoor, place: Path) -> None:
    before = {path: path.read_bytes() for path in place.rglob("*") if path.is_file()}
    with pytest.raises(StoreError, match="already"):
        made.create(IDENTITY, people(), {})
    assert {path: path.read_bytes() for path in place.rglob("*") if path.is_file()} == before


def test_a_folder_with_something_else_in_it_is_left_alone(door: FolderDoor, place: Path) -> None:
    place.mkdir()
    (place / "letter.txt").write_text("mine")
    with pytest.raises(StoreError, match="not empty"):
        door.create(IDENTITY, people(), {})
    assert [path.name for path in place.iterdir()] == ["letter.txt"]


@pytest.mark.parametrize("step", ["mkdir", "slots", "rename", "sync", "sync in place"])
def test_a_creation_that_fails_leaves_nothing(
    door: FolderDoor, place: Path, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    def full(*_: object, **__: object) -> None:
        if step != "sync in place" or place.exists():
            raise OSError(28, "No space left on device")

    targets: dict[str, tuple[object, str]] = {
        "mkdir": (Path, "mkdir"),
        "slots": (SlotFile, "write"),
        "rename": (os, "rename"),
        "sync": (storage.doors.founding, "sync_folder"),
        "sync in place": (storage.doors.founding, "sync_folder"),
    }
    monkeypatch.setattr(*targets[step], full)
    with pytest.raises(StoreFull, match="could not be written"):
        door.create(IDENTITY, people(), {})
    monkeypatch.undo()
    assert list(place.parent.iterdir()) == []
    assert not door.exists()
    door.create(IDENTITY, people(), {})  # and it can be tried again


def test_every_name_in_the_new_folder_is_durable_before_the_folder_is(
    door: FolderDoor, place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A power cut between the two left a store without the folder of its enforcement store."""
    synced: list[tuple[str, bool]] = []

    def noted(folder: Path) -> None:
        synced.append((folder.name, place.exists()))
        sync_folder(folder)

    monkeypatch.setattr(storage.doors.founding, "sync_folder", noted)
    door.create(IDENTITY, people(), {})
    assert synced[-2:] == [(".store.being-made", False), (place.parent.name, True)]


def test_a_name_opens_its_slot_however_it_is_written(door: FolderDoor) -> None:
    supervisor, officer = people()
    door.create(IDENTITY, (replace(supervisor, name="Ma\u03aa\u0301a"), officer), {})
    opened = door.unlock("ma\u0390A", SUPERVISOR_PASSWORD, cancel=CancelToken())
    opened.store.close()
    assert opened.officer.role is RoleName.SUPERVISOR


def test_two_ways_to_write_one_name_make_no_store(door: FolderDoor, place: Path) -> None:
    supervisor, officer = people()
    alike = (replace(supervisor, name="Ma\u0390a"), replace(officer, name="Ma\u03aa\u0301a"))
    with pytest.raises(RecordConflict, match="sign-in name"):
        door.create(IDENTITY, alike, {})
    assert list(place.parent.iterdir()) == []


def test_a_key_table_that_would_not_open_is_never_put_in_place(
    door: FolderDoor, place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = SlotKeeper.new_table

    def without_numbers(self: SlotKeeper, *given: Any, **named: Any) -> SlotTable:
        table = real(self, *given, **named)
        return replace(table, slots=tuple(replace(slot, number=1) for slot in table.slots))

    monkeypatch.setattr(SlotKeeper, "new_table", without_numbers)
    with pytest.raises(StoreDamaged):
        door.create(IDENTITY, people(), {})
    assert list(place.parent.iterdir()) == []


def test_what_a_killed_creation_left_is_swept_away(door: FolderDoor, place: Path) -> None:
    rest = place.parent / ".store.being-made"
    rest.mkdir()
    (rest / "border.db.unfinished").write_text("half")
    door.create(IDENTITY, people(), {})
    assert [path.name for path in place.parent.iterdir()] == ["store"]


# Key file and database must agree.


def test_the_generation_before_opens_the_store_and_the_trail_says_so(made: FolderDoor, place: Path) -> None:
    keeper = SlotKeeper(SeededRandomness(), profile=LIGHT)
    slots = SlotFile(place, keeper)
    slots.write(without(slots.read().table, slots.read().table.slots[1]))
    (place / "slots.json").write_bytes(b"torn")
    store = made.unlock("irina", SUPERVISOR_PASSWORD, cancel=CancelToken()).store
    with store.reading() as unit:
        assert [entry.act for entry in unit.audit.entries()][-1] == "access.previous_keys_used"
    store.close()


def test_a_suspended_person_is_told_so_and_the_store_is_closed(
    made: FolderDoor, monkeypatch: pytest.MonkeyPatch
) -> None:
    _patch_officer(monkeypatch, suspended=True)
    with pytest.raises(SignInRefused, match="suspended"):
        made.unlock("irina", SUPERVISOR_PASSWORD, cancel=CancelToken())
    monkeypatch.undo()
    made.unlock("irina", SUPERVISOR_PASSWORD, cancel=CancelToken()).store.close()  # nobody held it


def test_a_role_that_differs_between_key_file_and_database_is_refused(
    made: FolderDoor, monkeypatch: pytest.MonkeyPatch
) -> None:
    _patch_officer(monkeypatch, role=RoleName.AUDITOR)
    with pytest.raises(SignInRefused, match="do not agree"):
        made.unlock("irina", SUPERVISOR_PASSWORD, cancel=CancelToken())


def test_a_slot_of_somebody_the_database_does_not_know_is_refused(made: FolderDoor, place: Path) -> None:
    # The key file of a station where one more person was added, put beside an older database.
    slots = SlotFile(place, SlotKeeper(SeededRandomness(), profile=LIGHT))
    extra = NewOfficer(name="eve", display_name="Eve", role=RoleName.SUPERVISOR, password=OFFICER_PASSWORD)
    _write_table(slots, StoreKind.TRAINING, people(extra))
    with pytest.raises(SignInRefused, match="do not agree"):
        made.unlock("eve", OFFICER_PASSWORD, cancel=CancelToken())


def test_a_key_file_that_calls_a_training_store_live_is_damage(made: FolderDoor, place: Path) -> None:
    _write_table(SlotFile(place, SlotKeeper(SeededRandomness(), profile=LIGHT)), StoreKind.LIVE, people())
    with pytest.raises(StoreDamaged, match="not of the same store"):
        made.unlock("irina", SUPERVISOR_PASSWORD, cancel=CancelToken())


def _write_table(slots: SlotFile, kind: StoreKind, them: Sequence[NewOfficer]) -> None:
    """A table that its key's owner sealed, and that is still not the one of this database."""
    keeper = SlotKeeper(SeededRandomness(3), profile=LIGHT)
    _, key = opened_by(keeper, slots.read().table, "irina", SUPERVISOR_PASSWORD)
    slots.write(border_table(keeper, Secret(key), them, kind=kind))


def test_the_key_file_of_another_store_opens_nothing(made: FolderDoor, place: Path, tmp_path: Path) -> None:
    other = FolderDoor(tmp_path / "other", KeptEvents(), StandingClock(), SeededRandomness(8), profile=LIGHT)
    other.create(IDENTITY, people(), {})
    shutil.copy(tmp_path / "other" / "slots.json", place / "slots.json")
    with pytest.raises(StoreDamaged):
        made.unlock("irina", SUPERVISOR_PASSWORD, cancel=CancelToken())


def _patch_officer(monkeypatch: pytest.MonkeyPatch, **changes: object) -> None:
    """Let the database say something else of each person: no service changes people yet."""
    real = Officers.by_name

    def by_name(self: Officers, name: str) -> Officer | None:
        officer = real(self, name)
        return None if officer is None else replace(officer, **changes)  # type: ignore[arg-type]  # real fields

    monkeypatch.setattr(Officers, "by_name", by_name)


def test_wrong_tries_make_the_next_wait_and_are_noted_at_the_next_sign_in(made: FolderDoor) -> None:
    clock = StandingClock()
    door = FolderDoor(made.public_key_file.parent, KeptEvents(), clock, SeededRandomness(), profile=LIGHT)
    for _ in range(5):
        with pytest.raises(SignInRefused, match="not right"):
            door.unlock("irina", OFFICER_PASSWORD, cancel=CancelToken())
    with pytest.raises(SignInRefused, match="wrong tries"):
        door.unlock("irina", SUPERVISOR_PASSWORD, cancel=CancelToken())
    clock.at += timedelta(minutes=1)
    store = door.unlock("irina", SUPERVISOR_PASSWORD, cancel=CancelToken()).store
    with store.reading() as unit:
        last = list(unit.audit.entries())[-1]
    assert (last.act, dict(last.details)) == ("access.sign_in_refused", {"tries": "5"})
    store.close()


def test_nobody_else_of_the_machine_may_read_a_file_of_the_store(tmp_path: Path) -> None:
    station = OpenStation(tmp_path)
    session = station.signed_in()
    try:
        readable = [path.name for path in station.store_folder.rglob("*") if path.stat().st_mode & 0o077]
    finally:
        station.sign_ins.sign_out(session)
    assert set(readable) <= {"station.pub"}
    assert not station.store_folder.stat().st_mode & 0o077
