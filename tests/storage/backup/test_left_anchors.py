# SPDX-License-Identifier: Apache-2.0
"""A store that is restored where notes of an earlier one outlived it can be written, and the trail says what came."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from station.access.audit import Act
from station.access.checkpoint_text import CheckpointReason, read
from station.access.checkpoints import begin_generation
from station.access.sign_in import Session, SignInService
from station.domain.errors import StoreFull
from station.domain.secrets import Secret
from station.ports.backup import BackupMade, Restored
from station.ports.storage import StoreName
from station.ports.tasks import CancelToken
from storage.door import FolderDoor
from storage.durable import sync_folder
from tests.open_station import LIGHT, KeptEvents
from tests.storage.backup.posts import (
    MASTER,
    NEW_SUPERVISOR_PASSWORD,
    Post,
    new_supervisor,
    open_post,
    restorer,
    silent,
)
from ui.host import SystemRandomness

ANCHORS = "store-anchors"


@pytest.fixture
def post(tmp_path: Path) -> Post:
    return open_post(tmp_path)


def restored_again(post: Post, made: BackupMade) -> Restored:
    """The disk of the store is gone, the notes beside it are not."""
    folder = post.station.store_folder
    shutil.rmtree(folder)
    return restorer(folder.parent, post.station).restore(
        made.path,
        signer=post.station.public_key,
        master=Secret(MASTER.reveal()),
        supervisor=new_supervisor(),
        progress=silent,
        cancel=CancelToken(),
    )


def signed_in(post: Post) -> Session:
    door = FolderDoor(post.station.store_folder, KeptEvents(), post.station.clock, SystemRandomness(), profile=LIGHT)
    password = Secret(NEW_SUPERVISOR_PASSWORD.reveal())
    sign_ins = SignInService(door, post.station.clock, post.station.checkpoints)
    return sign_ins.sign_in("vera", password, CancelToken())


def restored_details(session: Session) -> dict[str, str]:
    with session.store.reading() as unit:
        return dict([entry for entry in unit.audit.entries() if entry.act == Act.RESTORED][-1].details)


def aside(post: Post) -> list[str]:
    return sorted(one.name for one in post.station.store_folder.parent.glob(f"{ANCHORS}-until-*"))


def test_the_notes_of_the_same_station_stay_and_the_generation_goes_on_above_them(post: Post) -> None:
    made = post.backup()
    for store in post.session.stores.values():  # as two people who accept a state do, twice
        with store.unit_of_work() as unit:
            begin_generation(unit.settings)
            begin_generation(unit.settings)
            unit.commit()
    post.station.sign_ins.sign_out(post.session)
    restored = restored_again(post, made)
    assert {(one.generation_before, one.generation_now) for one in restored.stores} == {(1, 4)}
    session = signed_in(post)
    for store in session.stores.values():
        assert store.read_only is None
        made_now = post.station.checkpoints.make(
            {StoreName.BORDER: session.store, store.name: store}, CheckpointReason.SHIFT_END
        )
        newest = read(made_now[store.name].text)
        assert newest.generation == 4
    assert restored_details(session)["generation"] == "4"
    assert "notes_set_aside" not in restored_details(session)
    assert aside(post) == []
    post.station.sign_ins.sign_out(session)
    again = signed_in(post)
    assert all(store.read_only is None for store in again.stores.values())
    again.end()


def test_restoring_one_backup_twice_begins_two_generations(post: Post) -> None:
    made = post.backup()
    post.station.sign_ins.sign_out(post.session)
    begun = []
    for _ in range(3):
        begun.append(restored_again(post, made).stores[0].generation_now)
        session = signed_in(post)
        assert all(store.read_only is None for store in session.stores.values())
        post.station.sign_ins.sign_out(session)
    assert begun == [2, 3, 4]


def test_notes_that_are_not_this_station_s_are_set_aside_and_the_trail_names_them(post: Post, tmp_path: Path) -> None:
    made = post.backup()
    post.station.sign_ins.sign_out(post.session)
    notes = tmp_path / ANCHORS / "border.checkpoints"
    notes.write_bytes(notes.read_bytes().replace(b"number 1\n", b"number 9\n"))
    forged = notes.read_bytes()[-600:]
    notes.write_bytes(forged.replace(b"generation 1", b"generation 7"))
    held = notes.read_bytes()
    restored = restored_again(post, made)
    assert {one.generation_now for one in restored.stores} == {2}  # what nobody signed decides no generation
    (name,) = aside(post)
    assert (tmp_path / name / "border.checkpoints").read_bytes() == held
    session = signed_in(post)
    assert all(store.read_only is None for store in session.stores.values())
    assert restored_details(session)["notes_set_aside"] == name
    session.end()


def test_the_notes_of_a_store_that_the_backup_lacks_do_not_close_the_next_one(post: Post, tmp_path: Path) -> None:
    made = post.backup()
    post.station.sign_ins.sign_out(post.session)
    shutil.copy(tmp_path / ANCHORS / "border.checkpoints", tmp_path / ANCHORS / "protection.checkpoints")
    restored_again(post, made)
    assert len(aside(post)) == 1
    assert not (tmp_path / ANCHORS).exists()
    session = signed_in(post)
    assert session.store.read_only is None
    session.end()


def test_a_restore_that_cannot_be_put_in_place_leaves_the_notes_where_they_were(
    post: Post, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = post.backup()
    post.station.sign_ins.sign_out(post.session)
    notes = tmp_path / ANCHORS / "border.checkpoints"
    notes.write_bytes(b"nothing")
    monkeypatch.setattr("storage.backup.restorer.sync_folder", _full_once_in_place(post.station.store_folder))
    with pytest.raises(StoreFull):
        restored_again(post, made)
    assert notes.read_bytes() == b"nothing"
    assert aside(post) == []
    assert not post.station.store_folder.exists()


def _full_once_in_place(place: Path) -> Callable[[Path], None]:
    def sync(folder: Path) -> None:
        if place.exists():
            raise OSError(28, "No space left on device")
        sync_folder(folder)

    return sync
