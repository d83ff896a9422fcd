# SPDX-License-Identifier: Apache-2.0
"""Keys that were destroyed stay destroyed, whatever was just being written, killed or left over."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

import storage.doors.rekeying
import storage.doors.wiping
import storage.keys.day_keys
import storage.keys.slot_file
from station.domain.errors import StationError, StoreFull, StoreMissing
from station.ports.storage import StoreName
from storage import durable
from storage.doors.ring import FolderKeyRing
from storage.keys.day_keys import DayKeys
from tests.open_station import OFFICER_PASSWORD, SUPERVISOR_PASSWORD
from tests.storage.doors.posts import PROTECTION, SECOND_PASSWORD, Post, closed, second_supervisor

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


def _key_files(folder: Path) -> list[str]:
    found = [*folder.rglob("slots.json*"), *folder.rglob("day_keys.json*")]
    return sorted(str(path.relative_to(folder)) for path in found)


def _wiped(post: Post, name: str = "irina") -> None:
    """As another program of this computer does it."""
    Post(post.place).desk.wipe(name, SUPERVISOR_PASSWORD if name == "irina" else OFFICER_PASSWORD)


def _nobody_gets_in(post: Post) -> None:
    assert not _key_files(post.place)
    another = Post(post.place)
    for way_in in (another.unlocked, another.door.kind, another.desk.people):
        with pytest.raises(StoreMissing, match="destroyed"):
            way_in()
    with pytest.raises(StoreMissing, match="destroyed"), another.desk.keys("irina", SUPERVISOR_PASSWORD):
        pass


@pytest.mark.parametrize("name", [BORDER, ENFORCEMENT])
@pytest.mark.parametrize("step", ["rekey_database", "opens_with", "remove_copy"])
def test_a_rekey_under_way_brings_no_key_back(
    post: Post, monkeypatch: pytest.MonkeyPatch, step: str, name: StoreName
) -> None:
    real: Callable[..., object] = getattr(storage.doors.rekeying, step)
    wiped: list[str] = []

    def slow(*given: object) -> object:
        found = real(*given)
        if not wiped:
            _wiped(post)
            wiped.extend(["once"])
        return found

    with post.desk.keys("irina", SUPERVISOR_PASSWORD) as ring:
        monkeypatch.setattr(storage.doors.rekeying, step, slow)
        with pytest.raises(StoreMissing, match="destroyed"):
            ring.rekey(name)
    assert wiped
    _nobody_gets_in(post)


def _adding(ring: FolderKeyRing) -> None:
    ring.add(second_supervisor())


def _password(ring: FolderKeyRing) -> None:
    ring.change_password("irina", SECOND_PASSWORD, distress_password=None)


def _founding(ring: FolderKeyRing) -> None:
    ring.found(StoreName.PROTECTION, PROTECTION, [])


def _removing(ring: FolderKeyRing) -> None:
    ring.remove("omar")


@pytest.mark.parametrize("when", ["before", "half-written", "after"])
@pytest.mark.parametrize(
    ("act", "number"),
    [
        (act, number)
        for act, writes in ((_adding, 4), (_password, 4), (_founding, 3), (_removing, 3))
        for number in range(writes)
    ],
)
def test_no_write_of_a_key_file_brings_a_key_back(
    post: Post, monkeypatch: pytest.MonkeyPatch, act: Callable[[FolderKeyRing], None], number: int, when: str
) -> None:
    """The wipe comes at the given one of the writes that the act makes."""
    left = [number]

    def put(path: Path, data: bytes) -> None:
        left[0] -= 1
        if left[0] != -1:
            durable.replace_durably(path, data)
        elif when == "half-written":
            path.with_name(path.name + ".new").write_bytes(data)
            _wiped(post, "omar" if act is _password else "irina")
            path.with_name(path.name + ".new").replace(path)
        elif when == "before":
            _wiped(post, "omar" if act is _password else "irina")
            durable.replace_durably(path, data)
        else:
            durable.replace_durably(path, data)
            _wiped(post, "omar" if act is _password else "irina")

    with post.desk.keys("irina", SUPERVISOR_PASSWORD) as ring:
        monkeypatch.setattr(storage.keys.slot_file, "replace_durably", put)
        with pytest.raises(StationError):
            act(ring)
        monkeypatch.undo()
    assert left[0] < 0
    _nobody_gets_in(post)


def test_the_key_of_a_new_day_is_not_written_where_the_keys_are_destroyed(post: Post) -> None:
    keys = DayKeys(post.place, bytes(32))
    keys.encrypt("2026-11-22", b"a face", b"")
    opened = post.unlocked()
    _wiped(post)
    with pytest.raises(OSError, match="ermission"):
        keys.encrypt("2026-11-23", b"a face", b"")
    keys.close()
    for store in (opened.store, *opened.further.values()):
        store.close()
    _nobody_gets_in(post)


def test_a_wipe_that_was_killed_is_finished_by_whoever_opens_next(post: Post, monkeypatch: pytest.MonkeyPatch) -> None:
    class Killed(BaseException):
        pass

    def dying(_path: Path) -> bool:
        raise Killed

    monkeypatch.setattr(storage.doors.wiping, "overwrite_and_remove", dying)
    with pytest.raises(Killed):
        _wiped(post)
    monkeypatch.undo()
    assert _key_files(post.place)
    with pytest.raises(StoreMissing, match="destroyed"):
        post.unlocked()
    _nobody_gets_in(post)


def test_a_file_that_could_not_be_overwritten_is_removed_and_not_called_destroyed(
    post: Post, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept = tmp_path / "another name of the same file"
    kept.hardlink_to(post.place / "slots.json")
    real = Path.open

    def failing(path: Path, mode: str = "r", **more: object) -> object:
        if mode == "r+b" and path.name == "slots.json":
            raise OSError(5, "Input/output error")
        return real(path, mode, **more)  # type: ignore[call-overload]  # as it was called

    monkeypatch.setattr(Path, "open", failing)
    with pytest.raises(StoreFull) as refused:
        post.desk.wipe("irina", SUPERVISOR_PASSWORD)
    assert refused.value.cause.in_english() == "2 key files could not be destroyed."  # of two stores
    monkeypatch.undo()
    assert b"irina" in kept.read_bytes()
    _nobody_gets_in(post)


@pytest.mark.parametrize("left", ["being-restored", "being-made"])
def test_what_a_killed_restore_or_founding_left_beside_the_station_goes_as_well(post: Post, left: str) -> None:
    beside = post.place.with_name(f".{post.place.name}.{left}")
    shutil.copytree(post.place, beside)
    assert _key_files(beside)
    post.desk.wipe("irina", SUPERVISOR_PASSWORD)
    assert not _key_files(beside)


def test_at_the_same_place_a_new_post_is_founded_once_a_person_has_removed_the_folder(post: Post) -> None:
    post.desk.wipe("irina", SUPERVISOR_PASSWORD)
    beside = post.place.with_name(f".{post.place.name}.being-restored")
    beside.mkdir()
    (beside / "slots.json").write_text("of a killed restore")
    shutil.rmtree(post.place)
    anew = Post(post.place)
    assert closed(anew.unlocked()) == {BORDER, ENFORCEMENT}
    assert not beside.exists()
