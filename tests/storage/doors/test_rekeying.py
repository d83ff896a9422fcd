# SPDX-License-Identifier: Apache-2.0
"""A store gets another key, opens at every moment meanwhile, and the old key opens nothing any more."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

import storage.doors.rekeying
import storage.keys.slot_file
import storage.sqlcipher.rekeying
from station.domain.errors import SignInRefused, StoreDamaged, StoreFull, StoreInUse
from station.ports.storage import StoreName
from storage import durable
from storage.keys.slot_file import SlotFile
from storage.keys.slots import Stage
from storage.sqlcipher.connection import unwritable
from storage.sqlcipher.rekeying import opens_with
from tests.open_station import OFFICER_PASSWORD, SUPERVISOR_PASSWORD
from tests.storage.doors.posts import MASTER, Post, closed

BORDER, ENFORCEMENT = StoreName.BORDER, StoreName.ENFORCEMENT


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A post to copy."""
    post = Post(tmp_path_factory.mktemp("made") / "store")
    post.opens()
    return post.place


@pytest.fixture
def post(made: Path, tmp_path: Path) -> Post:
    shutil.copytree(made, tmp_path / "store")
    return Post(tmp_path / "store")


def _key(post: Post, name: StoreName = BORDER) -> bytes:
    with post.desk.unlock_with_recovery(MASTER) as ring:
        return ring.keys[name].reveal()


def _rekey(post: Post, *names: StoreName) -> None:
    with post.desk.keys("irina", SUPERVISOR_PASSWORD) as ring:
        for name in names:
            ring.rekey(name)
            ring.open(name).close()


def test_everybody_opens_the_store_as_before_and_the_old_key_nothing(post: Post) -> None:
    old = _key(post), _key(post, ENFORCEMENT)
    trail = _trail(post)
    _rekey(post, BORDER, ENFORCEMENT)
    assert _key(post) not in old
    assert not opens_with(post.place / "border.db", old[0])
    assert not opens_with(post.place / "enforcement" / "enforcement.db", old[1])
    assert post.opens() == {BORDER, ENFORCEMENT}
    assert post.opens("omar", OFFICER_PASSWORD) == {BORDER}
    assert _trail(post)[: len(trail)] == trail
    assert not list(post.place.rglob("*.rekeyed*"))


def test_neither_generation_of_the_key_file_keeps_the_old_key(post: Post) -> None:
    _rekey(post, BORDER)
    file = SlotFile(post.place, post.desk.station.keeper)
    assert file.read().table == file.read_previous().table
    assert file.read().table.stage is Stage.STEADY


def test_the_pages_are_whole_after_it(post: Post) -> None:
    _rekey(post, BORDER)
    opened = post.unlocked()
    opened.store.check_pages()
    closed(opened)


def test_a_removed_person_has_no_part_in_the_new_key(post: Post) -> None:
    with post.desk.keys("irina", SUPERVISOR_PASSWORD) as ring:
        ring.remove("omar")
        ring.rekey(BORDER)
    with pytest.raises(SignInRefused):
        post.unlocked("omar", OFFICER_PASSWORD)
    assert post.opens() == {BORDER, ENFORCEMENT}


def test_an_open_store_is_not_given_another_key(post: Post) -> None:
    opened = post.unlocked()
    with post.desk.keys("irina", SUPERVISOR_PASSWORD) as ring, pytest.raises(StoreInUse):
        ring.rekey(BORDER)
    closed(opened)
    assert post.opens() == {BORDER, ENFORCEMENT}


class Killed(BaseException):
    """The process ends here."""


def _steps() -> Iterator[tuple[object, str, int]]:
    """Every call of the re-key that changes the disk, before which a kill is looked at."""
    for number in range(4):
        yield durable, "replace_durably", number
    for name in ("_write_log_back", "_force_to_disk", "put_in_place"):
        yield storage.sqlcipher.rekeying, name, 0
    yield storage.doors.rekeying, "remove_copy", 0


@pytest.mark.parametrize(("module", "name", "number"), list(_steps()))
def test_killed_before_any_step_the_store_opens_and_the_next_unlocking_settles_it(
    post: Post, monkeypatch: pytest.MonkeyPatch, module: object, name: str, number: int
) -> None:
    left = [number]
    real = getattr(module, name)

    def dying(*given: object, **named: object) -> object:
        if not left[0]:
            raise Killed
        left[0] -= 1
        return real(*given, **named)

    monkeypatch.setattr(module, name, dying)
    if name == "replace_durably":
        monkeypatch.setattr(storage.keys.slot_file, name, dying)
    if name != "remove_copy":  # a killed process tidies nothing
        monkeypatch.setattr(storage.sqlcipher.rekeying, "remove_copy", lambda _: None)
    with pytest.raises(Killed):
        _rekey(post, BORDER)
    monkeypatch.undo()
    assert post.opens("omar", OFFICER_PASSWORD) == {BORDER}  # anybody's sign-in settles it
    assert SlotFile(post.place, post.desk.station.keeper).read().table.stage is Stage.STEADY
    assert not list(post.place.rglob("*.rekeyed*"))
    assert post.opens() == {BORDER, ENFORCEMENT}
    _rekey(post, BORDER)
    assert post.opens() == {BORDER, ENFORCEMENT}


@pytest.mark.parametrize("name", ["_write_log_back", "_force_to_disk"])
def test_a_disk_that_is_full_takes_the_new_key_back(post: Post, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    old = _key(post)

    def full(*_: object) -> None:
        raise unwritable()

    monkeypatch.setattr(storage.sqlcipher.rekeying, name, full)
    with post.desk.keys("irina", SUPERVISOR_PASSWORD) as ring, pytest.raises(StoreFull):
        ring.rekey(BORDER)
    monkeypatch.undo()
    assert SlotFile(post.place, post.desk.station.keeper).read().table.stage is Stage.STEADY
    assert _key(post) == old
    assert post.opens() == {BORDER, ENFORCEMENT}


def test_a_key_file_that_cannot_be_written_changes_nothing(post: Post, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    old = _key(post)
    with post.desk.keys("irina", SUPERVISOR_PASSWORD) as ring:
        monkeypatch.setattr(SlotFile, "write", full)
        with pytest.raises(StoreFull, match="key file could not be written"):
            ring.rekey(BORDER)
        monkeypatch.undo()
    assert _key(post) == old


def test_a_page_that_was_damaged_is_not_called_a_full_disk(post: Post) -> None:
    pages = bytearray((post.place / "border.db").read_bytes())
    pages[30 * 4096 + 100] ^= 1  # of no table that is read at an opening
    (post.place / "border.db").write_bytes(pages)
    with post.desk.keys("irina", SUPERVISOR_PASSWORD) as ring, pytest.raises(StoreDamaged):
        ring.rekey(BORDER)
    assert SlotFile(post.place, post.desk.station.keeper).read().table.stage is Stage.STEADY
    assert not list(post.place.rglob("*.rekeyed*"))


def test_a_database_that_neither_key_opens_is_damage(post: Post, monkeypatch: pytest.MonkeyPatch) -> None:
    def dying(*_: object) -> None:
        raise Killed

    monkeypatch.setattr(storage.sqlcipher.rekeying, "put_in_place", dying)
    with pytest.raises(Killed):
        _rekey(post, BORDER)
    monkeypatch.undo()
    (post.place / "border.db").write_bytes(b"something else " * 4096)
    with pytest.raises(StoreDamaged):
        post.unlocked()


def _trail(post: Post) -> list[str]:
    opened = post.unlocked()
    with opened.store.reading() as unit:
        hashes = [entry.hash for entry in unit.audit.entries()]
    closed(opened)
    return hashes
