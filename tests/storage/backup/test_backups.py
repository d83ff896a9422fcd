# SPDX-License-Identifier: Apache-2.0
"""Backups: whole or not there, opened by public tools, and never in the way of the post's work."""

from __future__ import annotations

import io
import json
import shutil
import subprocess
import tarfile
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from station.access.audit import Act
from station.access.sign_in import SignInService
from station.domain.errors import BundleRefused, Cancelled, ExportError, NotPermitted, StoreError, TargetUnusable
from station.domain.secrets import Secret
from station.ports.storage import StoreName
from station.ports.tasks import CancelToken
from station.safekeeping.backups import BackupService
from station.safekeeping.plan import BackupPlan
from storage.backup import vault as vault_module
from storage.backup.copies import STAGING
from storage.backup.reader import read_backup
from storage.backup.vault import FOLDER, FolderVault
from storage.door import FolderDoor
from storage.exchange.stick import FolderTargets
from storage.sealed import age
from storage.sqlcipher.store import SqlcipherStore
from tests.open_station import LIGHT, OFFICER_PASSWORD, KeptEvents, OpenStation
from tests.storage.backup.posts import (
    MASTER,
    NEW_SUPERVISOR_PASSWORD,
    SHARING,
    Post,
    new_supervisor,
    open_post,
    restorer,
    silent,
)
from ui.host import SystemRandomness


@pytest.fixture
def post(tmp_path: Path) -> Iterator[Post]:
    post = open_post(tmp_path)
    yield post
    post.session.end()


def acts(post: Post) -> list[str]:
    with post.session.store.reading() as unit:
        return [entry.act for entry in unit.audit.entries()]


def test_a_backup_holds_every_store_and_reads_back(post: Post) -> None:
    made = post.backup()
    assert set(made.stores) == {StoreName.BORDER, StoreName.ENFORCEMENT}
    identity = SHARING.identity(MASTER)
    manifest = read_backup(made.path, post.station.public_key, identity, None, silent, CancelToken())
    assert {store.name for store in manifest.stores} == set(made.stores)
    assert all(store.audit_sequence > 0 for store in manifest.stores)
    assert Act.BACKUP_MADE in acts(post)
    assert not (post.station.store_folder / STAGING).exists()


def test_headquarters_opens_the_seal_too_and_nobody_else(post: Post) -> None:
    made = post.backup()
    read_backup(made.path, post.station.public_key, post.station.identity, None, silent, CancelToken())
    stranger = SHARING.identity(Secret(bytes(32)))
    with pytest.raises(BundleRefused, match="not sealed for this identity"):
        read_backup(made.path, post.station.public_key, stranger, None, silent, CancelToken())


def test_a_store_that_nobody_has_open_is_copied_as_files(post: Post) -> None:
    post.backups.set_plan(BackupPlan(folder=str(post.medium), every_hours=1))
    post.session.end()
    session = post.station.signed_in("omar", OFFICER_PASSWORD)  # an officer: the enforcement store stays closed
    assert StoreName.ENFORCEMENT not in session.stores
    made = Post(post.station, session, post.medium).backups.make_due(silent, CancelToken())
    session.end()
    assert made is not None
    identity = SHARING.identity(MASTER)
    manifest = read_backup(made.path, post.station.public_key, identity, None, silent, CancelToken())
    held = next(store for store in manifest.stores if store.name is StoreName.ENFORCEMENT)
    assert held.audit_sequence == 0
    database = post.station.store_folder / "enforcement" / "enforcement.db"
    assert sum(file.size for file in manifest.files if file.name in held.database) == database.stat().st_size


@pytest.mark.skipif(shutil.which("age") is None, reason="the age tool is not installed")
def test_age_and_tar_alone_open_a_backup_and_join_its_parts(post: Post, tmp_path: Path) -> None:
    made = post.backup()
    identity = tmp_path / "identity"
    identity.write_bytes(SHARING.identity(MASTER).reveal() + b"\n")
    tar = subprocess.run(["age", "-d", "-i", str(identity), str(made.path)], capture_output=True, check=True).stdout
    listed = subprocess.run(["tar", "tf", "-"], input=tar, capture_output=True, check=True).stdout.decode().split()
    assert {"manifest.json", "border/slots.json", "border/database-0001.bin", "enforcement/slots.json"} <= set(listed)
    subprocess.run(["tar", "xf", "-", "-C", str(tmp_path)], input=tar, check=True)
    manifest = json.loads((tmp_path / "manifest.json").read_text())
    for file in manifest["files"]:
        told = subprocess.run(["sha256sum", str(tmp_path / file["name"])], capture_output=True, check=True).stdout
        assert told.split()[0].decode() == file["sha256"]
    database = b"".join((tmp_path / name).read_bytes() for name in manifest["stores"][0]["database"])
    assert len(database) % 4096 == 0
    assert not database.startswith(b"SQLite format 3")  # still encrypted under the store's own key


@pytest.mark.skipif(shutil.which("minisign") is None, reason="the minisign tool is not installed")
def test_minisign_says_who_made_it(post: Post) -> None:
    made = post.backup()
    command = ["minisign", "-V", "-m", str(made.path), "-p", str(post.station.store_folder / "station.pub")]
    assert subprocess.run(command, capture_output=True, check=False).returncode == 0


def test_others_write_while_a_copy_is_made(post: Post, tmp_path: Path) -> None:
    """Each step of the copy waits until somebody else has committed: nobody waits for the copy, nothing begins anew."""
    store = post.session.store
    for _ in range(30):
        post.station.keep(post.session, *post.station.encounter(images=20))
    steps: list[int] = []

    def commit_in_between(done: int, _of: int) -> None:
        steps.append(done)
        thread = threading.Thread(target=lambda: post.station.keep(post.session, *post.station.encounter()))
        thread.start()
        thread.join()

    store.copy_to(tmp_path / "copy.db", progress=commit_in_between, cancel=CancelToken())
    assert len(steps) >= 2
    assert steps == sorted(set(steps))  # it never began anew


def test_a_stopped_backup_leaves_nothing_and_is_noted(post: Post) -> None:
    cancel = CancelToken()
    with pytest.raises(Cancelled):
        post.backups.make(post.medium, lambda _done, _of: cancel.cancel(), cancel)
    assert post.backups.kept() == ()
    assert not list(post.medium.rglob("*.tar.age*"))
    assert not (post.station.store_folder / STAGING).exists()
    assert acts(post)[-1] == Act.BACKUP_FAILED
    assert post.backups.state().failure is None  # a stop is no failure


def test_closing_the_store_ends_a_copy_under_way(post: Post, tmp_path: Path) -> None:
    store = post.session.store
    assert isinstance(store, SqlcipherStore)
    ended: list[BaseException] = []
    begun, closing = threading.Event(), threading.Event()
    store._copying._ending.on_cancel(closing.set)  # the copy goes on once it is told to end, and not before

    def wait_for_the_end(_done: int, _of: int) -> None:
        begun.set()
        closing.wait(10)

    def copy() -> None:
        try:
            store.copy_to(tmp_path / "copy.db", progress=wait_for_the_end, cancel=CancelToken())
        except Cancelled as stopped:
            ended.append(stopped)

    for _ in range(10):
        post.station.keep(post.session, *post.station.encounter(images=40))
    copying = threading.Thread(target=copy)
    copying.start()
    assert begun.wait(10)
    closer = threading.Thread(target=post.session.end)
    closer.start()
    closer.join()
    copying.join()
    assert len(ended) == 1
    assert not (tmp_path / "copy.db").exists()
    with pytest.raises(StoreError, match="locked"):
        store.copy_to(tmp_path / "copy.db", progress=silent, cancel=CancelToken())


def test_a_medium_that_is_not_there_is_said_and_not_made_up(post: Post) -> None:
    gone = post.medium / "stick"
    with pytest.raises(TargetUnusable, match="not there") as refused:
        post.backups.make(gone, silent, CancelToken())
    assert "No backup was made" in refused.value.next_step.in_english()
    assert not gone.exists()
    failure = post.backups.state().failure
    assert failure is not None
    assert "not there" in failure.cause


def test_a_medium_that_gives_back_something_else_takes_no_backup(post: Post, monkeypatch: pytest.MonkeyPatch) -> None:
    """A failing stick is played by changing one byte between the writing and the reading back."""

    def damage(path: Path) -> None:
        data = bytearray(path.read_bytes())
        data[len(data) // 2] ^= 1
        path.write_bytes(data)

    monkeypatch.setattr(vault_module, "_forget_cached", damage)
    with pytest.raises(TargetUnusable, match="does not give back"):
        post.backup()
    assert not any((post.medium / FOLDER).iterdir())


def test_without_sheets_there_is_no_backup(tmp_path: Path) -> None:
    station = OpenStation(tmp_path)
    post = Post(station, station.signed_in(), tmp_path)
    assert not post.backups.state().has_sheets
    with pytest.raises(ExportError, match="no recovery sheets"):
        post.backup()
    post.session.end()


def test_the_newest_are_kept_and_what_killed_backups_left_goes(post: Post) -> None:
    post.backups.set_plan(BackupPlan(folder=str(post.medium), keep=2))
    names = [post.backup().name for _ in range(2)]
    orphan = post.medium / FOLDER / f"{names[0]}.tar.age.minisig"
    stranger = post.medium / FOLDER / "TRAINING-backup-Other-000001-20261122-0800Z.tar.age"
    stranger.write_bytes(b"of another station")
    (post.medium / FOLDER / f"{names[0]}.tar.age").unlink()
    made = post.backup()
    assert [seen.name for seen in post.backups.kept()] == [made.name, names[1]]
    assert not orphan.exists()
    newest = post.backup()
    assert newest.expired == (names[1],)
    assert stranger.exists()
    assert [seen.name for seen in post.backups.kept()] == [newest.name, made.name]


def test_no_two_backups_have_one_name_even_when_one_failed(post: Post) -> None:
    first = post.backup().name
    with pytest.raises(TargetUnusable):
        post.backups.make(post.medium / "gone", silent, CancelToken())
    numbers = [int(name.split("-")[-3]) for name in (first, post.backup().name)]
    assert numbers == [1, 3]


def test_a_restored_store_numbers_on_from_the_medium_and_keeps_what_it_just_made(post: Post, tmp_path: Path) -> None:
    """The store of an older backup counts lower than the backups that were made after it."""
    post.backups.set_plan(BackupPlan(folder=str(post.medium), keep=3))
    first = post.backup()
    elsewhere = tmp_path / "headquarters"
    elsewhere.mkdir()
    shutil.copy2(first.path, elsewhere)
    for _ in range(5):
        post.backup()
    post.session.end()
    restorer(tmp_path / "second", post.station).restore(
        elsewhere / first.path.name,
        signer=None,
        master=MASTER,
        supervisor=new_supervisor(),
        progress=silent,
        cancel=CancelToken(),
    )
    store = tmp_path / "second" / "store"
    clock = post.station.clock
    door = FolderDoor(store, KeptEvents(), clock, SystemRandomness(), profile=LIGHT)
    password = Secret(NEW_SUPERVISOR_PASSWORD.reveal())
    session = SignInService(door, clock, post.station.checkpoints).sign_in("vera", password, CancelToken())
    backups = BackupService(session, FolderVault(store, post.station.sealer, clock), FolderTargets(store), clock)
    for number in (7, 8, 9):
        made = backups.make(post.medium, silent, CancelToken())
        assert f"-{number:06d}-" in made.name
        assert made.path.is_file()
        assert backups.kept(post.medium)[0].name == made.name
    assert len(backups.kept(post.medium)) == 3
    session.end()


def test_the_backup_just_made_stays_whatever_others_are_called(post: Post) -> None:
    made = post.backup()
    stem = made.name.split("-000001-")[0]
    for number in range(3, 8):
        for ending in (".tar.age", ".tar.age.minisig"):
            (post.medium / FOLDER / f"{stem}-{number:06d}-20261122-0800Z{ending}").write_bytes(b"x")
    gone = post.vault.expire(post.medium, post.session.store.identity, 2, spare=made.name)
    assert len(gone) == 3
    assert made.path.is_file()
    assert made.path.with_name(made.path.name + ".minisig").is_file()


def test_a_number_that_no_station_reaches_decides_nothing(post: Post) -> None:
    made = post.backup()
    stem = made.name.split("-000001-")[0]
    (post.medium / FOLDER / f"{stem}-{'9' * 40}-20261122-0800Z.tar.age").write_bytes(b"x")
    assert "-000002-" in post.backup().name


def test_an_officer_makes_no_backup_by_hand(post: Post) -> None:
    post.session.end()
    session = post.station.signed_in("omar", OFFICER_PASSWORD)
    backups = Post(post.station, session, post.medium).backups
    for forbidden in (
        lambda: backups.make(post.medium, silent, CancelToken()),
        lambda: backups.set_plan(BackupPlan()),
        backups.kept,
    ):
        with pytest.raises(NotPermitted):
            forbidden()
    assert backups.make_due(silent, CancelToken()) is None  # nothing is planned
    session.end()


def test_every_flipped_byte_is_noticed(post: Post) -> None:
    made = post.backup()
    whole = made.path.read_bytes()
    identity = SHARING.identity(MASTER)
    for place in range(0, len(whole), max(1, len(whole) // 60)):
        changed = bytearray(whole)
        changed[place] ^= 0x10
        made.path.write_bytes(changed)
        with pytest.raises(BundleRefused):
            read_backup(made.path, post.station.public_key, identity, None, silent, CancelToken())
        with pytest.raises(BundleRefused):  # also without the signature: the seal is authenticated
            read_backup(made.path, None, identity, None, silent, CancelToken())


class Plain:
    """Takes an opened seal."""

    def __init__(self) -> None:
        self.data = bytearray()

    def write(self, data: bytes, /) -> object:
        self.data += data
        return None


def test_what_is_in_the_seal_is_only_what_the_disk_holds_encrypted(post: Post) -> None:
    post.station.keep(post.session, *post.station.encounter(images=1))
    made = post.backup()
    plain = Plain()
    with made.path.open("rb") as file:
        age.decrypt(file, plain, SHARING.identity(MASTER))
    databases, _, _ = bytes(plain.data).partition(b"manifest.json")
    for name in (b"Irina Specimen", b"Utopia Harbour", b"export.recipients", b"SQLite format 3"):
        assert name not in databases
    with tarfile.open(fileobj=io.BytesIO(plain.data)) as tar:
        assert tar.getnames()[-1] == "manifest.json"
