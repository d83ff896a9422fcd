# SPDX-License-Identifier: Apache-2.0
"""What is copied while keys change, after a crash, and when the newest key file cannot be read."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from station.access.audit import Act
from station.domain.errors import StoreDamaged, StoreError, StoreInUse
from station.domain.secrets import Secret
from station.ports.keys import NewOfficer
from station.ports.storage import RoleName, StoreName
from station.ports.tasks import CancelToken
from station.safekeeping.backups import BackupService
from station.safekeeping.plan import BackupPlan
from storage.backup.members import PART_BYTES, Parts
from storage.backup.reader import read_backup
from storage.exchange.stick import FolderTargets
from tests.open_station import OFFICER_PASSWORD, SUPERVISOR_PASSWORD
from tests.storage.backup.posts import MASTER, SHARING, Post, new_supervisor, open_post, restorer, silent


@pytest.fixture
def post(tmp_path: Path) -> Iterator[Post]:
    post = open_post(tmp_path)
    yield post
    post.session.end()


def changing_keys(post: Post, most: int) -> Callable[[int, int], None]:
    """Adds somebody's slot each time the border store is copied, ``most`` times."""
    added: list[str] = []

    def progress(_done: int, _of: int) -> None:
        if len(added) < most:
            added.append(f"new{len(added)}")
            person = NewOfficer(
                name=added[-1],
                display_name="New Specimen",
                role=RoleName.TECHNICIAN,
                password=Secret.of(f"a long password {len(added)}"),
            )
            with post.station.door.desk.keys("irina", Secret(SUPERVISOR_PASSWORD.reveal())) as ring:
                ring.add(person)

    return progress


def test_a_store_whose_keys_change_meanwhile_is_copied_again(post: Post) -> None:
    made = post.backups.make(post.medium, changing_keys(post, 1), CancelToken())
    identity = SHARING.identity(MASTER)
    manifest = read_backup(made.path, post.station.public_key, identity, None, silent, CancelToken())
    border = next(store for store in manifest.stores if store.name is StoreName.BORDER)
    assert border.slot_generation == 2


def test_keys_that_never_rest_are_told(post: Post) -> None:
    with pytest.raises(StoreInUse, match="keys of the store are being changed"):
        post.backups.make(post.medium, changing_keys(post, 1000), CancelToken())
    assert not list(post.medium.rglob("*.tar.age*"))


def test_two_backups_at_once_are_refused(post: Post) -> None:
    targets = FolderTargets(post.station.store_folder)
    backups = BackupService(post.session, post.vault, targets, post.station.clock)
    refused: list[StoreError] = []

    def second(_done: int, _of: int) -> None:
        if not refused:
            try:
                backups.make(post.medium, silent, CancelToken())
            except StoreInUse as problem:
                refused.append(problem)

    backups.make(post.medium, second, CancelToken())
    assert len(refused) == 1


def test_what_a_crash_left_in_the_log_of_a_closed_store_comes_back(post: Post, tmp_path: Path) -> None:
    post.backups.set_plan(BackupPlan(folder=str(post.medium), every_hours=1))
    folder = post.station.store_folder / "enforcement"
    with post.session.stores[StoreName.ENFORCEMENT].unit_of_work() as unit:
        at = post.station.clock.now()
        entry = unit.audit.append(at=at, by="station", act=Act.SIGNED_IN, subject="last", details={})
        unit.commit()
    crashed = tmp_path / "crashed"
    crashed.mkdir()
    for name in ("enforcement.db", "enforcement.db-wal"):
        shutil.copy(folder / name, crashed / name)
    post.session.end()
    for name in ("enforcement.db", "enforcement.db-wal"):
        shutil.copy(crashed / name, folder / name)
    session = post.station.signed_in("omar", OFFICER_PASSWORD)
    made = Post(post.station, session, post.medium).backups.make_due(silent, CancelToken())
    session.end()
    assert made is not None
    restored = restorer(tmp_path / "second", post.station).restore(
        made.path,
        signer=post.station.public_key,
        master=MASTER,
        supervisor=new_supervisor(),
        progress=silent,
        cancel=CancelToken(),
    )
    held = next(store for store in restored.stores if store.name is StoreName.ENFORCEMENT)
    assert held.audit_sequence == entry.sequence


def test_the_previous_key_file_serves_when_the_newest_cannot_be_read(post: Post) -> None:
    newest = post.station.store_folder / "slots.json"
    shutil.copy(newest, newest.with_name("slots.json.previous"))
    newest.write_bytes(b"{}")
    made = post.backup()
    read_backup(made.path, post.station.public_key, SHARING.identity(MASTER), None, silent, CancelToken())
    newest.with_name("slots.json.previous").unlink()
    with pytest.raises(StoreDamaged, match="key file"):
        post.backup()


def test_a_large_file_is_cut_into_parts_and_one_that_is_too_large_is_refused(tmp_path: Path) -> None:
    large = tmp_path / "large"
    with large.open("wb") as file:
        file.truncate(PART_BYTES + 1)
    parts = Parts.of(large, StoreName.BORDER, "database")
    assert parts.names == ("border/database-0001.bin", "border/database-0002.bin")
    assert [len(member.data) for member in parts.members()] == [PART_BYTES, 1]
    with large.open("wb") as file:
        file.truncate(PART_BYTES * 10_000)
    with pytest.raises(ValueError, match="one piece"):
        Parts.of(large, StoreName.BORDER, "database")
