# SPDX-License-Identifier: Apache-2.0
"""A post comes back from a backup and two sheets of paper, whole or not at all, and says so in its trail."""

from __future__ import annotations

import dataclasses
import itertools
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from station.access import store_settings
from station.access.approval_proof import verify_approvals
from station.access.approval_rules import ApprovalKind, Verdict
from station.access.approvals import ApprovalService
from station.access.audit import Act, verify, verify_records
from station.access.sign_in import Session, SignInService
from station.domain.errors import (
    BundleRefused,
    Cancelled,
    RecordConflict,
    SignInRefused,
    StationError,
    StoreDamaged,
    StoreError,
)
from station.domain.secrets import Secret
from station.domain.wire import from_json, to_json
from station.ports.backup import BackupFile, BackupManifest
from station.ports.sealing import BundleMember
from station.ports.storage import StoreName
from station.ports.tasks import CancelToken
from storage.backup.judging import checked
from storage.backup.restorer import FolderRestorer
from storage.backup.vault import FOLDER
from storage.door import FolderDoor
from storage.sealed import age
from storage.sealed.minisign import SigningKey
from storage.sealed.tar_format import TarFeed, TarReading
from storage.sealed.writer import write_bundle
from tests.open_station import LIGHT, OFFICER_PASSWORD, SUPERVISOR_PASSWORD, KeptEvents, OpenStation
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


def sign_in_at(folder: Path, station: OpenStation, name: str, password: Secret) -> Session:
    """A session at the second machine."""
    door = FolderDoor(folder / "store", KeptEvents(), station.clock, SystemRandomness(), profile=LIGHT)
    return SignInService(door, station.clock, station.checkpoints).sign_in(name, password, CancelToken())


@pytest.mark.parametrize("pair", list(itertools.combinations(range(3), 2)))
def test_two_sheets_and_a_backup_bring_a_post_back_on_another_machine(tmp_path: Path, pair: tuple[int, int]) -> None:
    post = open_post(tmp_path)
    kept = [post.station.keep(post.session, *post.station.encounter(images=2)) for _ in range(3)]
    made = post.backup()
    post.session.end()
    sheets = SHARING.split(MASTER)
    typed = [SHARING.read(sheet, sheets[number].words()) for sheet, number in enumerate(pair, start=1)]
    second = tmp_path / "second"

    restored = restorer(second, post.station).restore(
        made.path,
        signer=post.station.public_key,
        master=SHARING.combine(typed),
        supervisor=new_supervisor(),
        progress=silent,
        cancel=CancelToken(),
    )

    assert restored.signature_checked
    assert {store.name for store in restored.stores} == {StoreName.BORDER, StoreName.ENFORCEMENT}
    session = sign_in_at(second, post.station, "vera", NEW_SUPERVISOR_PASSWORD)
    assert set(session.stores) == {StoreName.BORDER, StoreName.ENFORCEMENT}
    for store in session.stores.values():
        assert store.read_only is None
        with store.reading() as unit:
            entry = next(one for one in unit.audit.entries() if one.act == Act.RESTORED)
            assert (entry.details["generation_before"], entry.details["generation"]) == ("1", "2")
            assert entry.subject == made.name
            assert not verify(unit.audit.entries())
    with session.store.reading() as unit:
        for encounter_id in kept:
            encounter = unit.encounters.get(encounter_id)
            assert encounter is not None
            assert all(unit.images.data(image.image_id) for image in encounter.images)
        assert not verify_records(
            unit.audit.entries(),
            (),
            unit.images.recorded_hashes(),
            unit.journal.recorded_steps(),
            vouch=unit.audit.vouch,
        )
    assert (second / "store" / "station.pub").read_text() == post.station.public_key
    session.end()


def test_the_old_people_keep_their_passwords(post: Post, tmp_path: Path) -> None:
    restore(post, tmp_path / "second")
    for name, password in (("irina", SUPERVISOR_PASSWORD), ("omar", OFFICER_PASSWORD)):
        sign_in_at(tmp_path / "second", post.station, name, password).end()


def test_what_the_new_supervisor_approves_is_proven_by_the_trail(post: Post, tmp_path: Path) -> None:
    restore(post, tmp_path / "second")
    session = sign_in_at(tmp_path / "second", post.station, "irina", SUPERVISOR_PASSWORD)
    desk = FolderDoor(
        tmp_path / "second" / "store", KeptEvents(), post.station.clock, SystemRandomness(), profile=LIGHT
    ).desk
    approvals = ApprovalService(session, desk, post.station.clock, SystemRandomness())
    asked = approvals.ask(ApprovalKind.ERASURE, "record-1", {"record": "record-1"})
    approvals.decide(asked.request_id, Verdict.APPROVED, "vera", Secret(NEW_SUPERVISOR_PASSWORD.reveal()))
    with session.store.reading() as unit:
        assert verify_approvals(unit.audit.entries()) == ()
    session.end()


def restore(post: Post, folder: Path, **changed: object) -> FolderRestorer:
    """Make a backup and bring it back in ``folder``."""
    made = post.backup()
    asked: dict[str, object] = {
        "backup": made.path,
        "signer": post.station.public_key,
        "master": MASTER,
        "supervisor": new_supervisor(),
        "progress": silent,
        "cancel": CancelToken(),
    } | changed
    restoring = restorer(folder, post.station)
    restoring.restore(**asked)  # type: ignore[arg-type]  # each value is of its parameter's own type
    return restoring


def nothing_is_there(folder: Path) -> bool:
    """Neither a store nor a rest of one."""
    return not folder.exists() or not list(folder.iterdir())


def test_a_store_is_never_restored_over(post: Post, tmp_path: Path) -> None:
    second = tmp_path / "second"
    (second / "store").mkdir(parents=True)
    (second / "store" / "something").write_text("of somebody")
    with pytest.raises(StoreError, match="something in the folder"):
        restore(post, second)
    assert (second / "store" / "something").read_text() == "of somebody"
    with pytest.raises(StoreError, match="something in the folder"):
        restore(post, post.station.store_folder.parent)
    assert post.session.store.identity.station == "Harbour 1"


def test_an_empty_folder_is_no_hindrance(post: Post, tmp_path: Path) -> None:
    (tmp_path / "second" / "store").mkdir(parents=True)
    restore(post, tmp_path / "second")
    sign_in_at(tmp_path / "second", post.station, "vera", NEW_SUPERVISOR_PASSWORD).end()


def test_other_sheets_bring_nothing_back(post: Post, tmp_path: Path) -> None:
    with pytest.raises(BundleRefused, match="not sealed for this identity"):
        restore(post, tmp_path / "second", master=Secret(bytes(32)))
    assert nothing_is_there(tmp_path / "second")


def test_a_name_that_somebody_has_is_refused(post: Post, tmp_path: Path) -> None:
    with pytest.raises(RecordConflict, match="sign-in name"):
        restore(post, tmp_path / "second", supervisor=new_supervisor("IRINA"))
    assert nothing_is_there(tmp_path / "second")


def test_another_station_s_signature_is_refused(post: Post, tmp_path: Path) -> None:
    other = OpenStation(tmp_path / "other")
    with pytest.raises(BundleRefused):
        restore(post, tmp_path / "second", signer=post.station.sealer.public_key(Secret(bytes(40))))
    with pytest.raises(BundleRefused):
        restore(post, tmp_path / "second", signer="no key at all")
    assert other.public_key
    assert nothing_is_there(tmp_path / "second")


def test_without_the_station_s_key_the_signature_is_said_to_be_unchecked(post: Post, tmp_path: Path) -> None:
    made = post.backup()
    made.path.with_name(made.path.name + ".minisig").unlink()
    restored = restorer(tmp_path / "second", post.station).restore(
        made.path, signer=None, master=MASTER, supervisor=new_supervisor(), progress=silent, cancel=CancelToken()
    )
    assert not restored.signature_checked
    with pytest.raises(BundleRefused, match="signature file is missing"):
        restorer(tmp_path / "third", post.station).restore(
            made.path,
            signer=post.station.public_key,
            master=MASTER,
            supervisor=new_supervisor(),
            progress=silent,
            cancel=CancelToken(),
        )


def test_a_stop_half_way_leaves_nothing(post: Post, tmp_path: Path) -> None:
    cancel = CancelToken()
    with pytest.raises(Cancelled):
        restore(post, tmp_path / "second", cancel=cancel, progress=lambda _done, _of: cancel.cancel())
    assert nothing_is_there(tmp_path / "second")


def test_looking_writes_nothing_and_finds_what_is_wrong(post: Post, tmp_path: Path) -> None:
    made = post.backup()
    restoring = restorer(tmp_path / "second", post.station)
    identity = SHARING.identity(MASTER)
    manifest = restoring.look(made.path, signer=post.station.public_key, identity=identity, cancel=CancelToken())
    assert manifest.name == made.name
    data = bytearray(made.path.read_bytes())
    data[-1] ^= 1
    made.path.write_bytes(data)
    with pytest.raises(BundleRefused):
        restoring.look(made.path, signer=post.station.public_key, identity=identity, cancel=CancelToken())
    assert not (tmp_path / "second").exists()


def test_what_was_recorded_after_the_backup_is_not_there_and_the_fork_shows(post: Post, tmp_path: Path) -> None:
    made = post.backup()
    later = post.station.keep(post.session, *post.station.encounter())
    restorer(tmp_path / "second", post.station).restore(
        made.path,
        signer=post.station.public_key,
        master=MASTER,
        supervisor=new_supervisor(),
        progress=silent,
        cancel=CancelToken(),
    )
    session = sign_in_at(tmp_path / "second", post.station, "vera", NEW_SUPERVISOR_PASSWORD)
    with session.store.reading() as unit:
        assert unit.encounters.get(later) is None
        entry = next(one for one in unit.audit.entries() if one.act == Act.RESTORED)
    session.end()
    with post.session.store.reading() as unit:
        same_number = unit.audit.entry(entry.sequence)
    assert same_number is not None
    assert same_number.hash != entry.hash  # both trails have this number: headquarters sees two stations


def test_a_removed_person_s_password_opens_no_restored_post(post: Post, tmp_path: Path) -> None:
    restore(post, tmp_path / "second")
    with pytest.raises(SignInRefused):
        sign_in_at(tmp_path / "second", post.station, "nobody", SUPERVISOR_PASSWORD)


class Unpacked:
    """A backup's own members and manifest, to be sealed again with something changed."""

    def __init__(self, post: Post) -> None:
        self.post = post
        self.members: dict[str, bytes] = {}
        made = post.backup()

        def keep(name: str, piece: bytes) -> None:
            self.members[name] = self.members.get(name, b"") + piece

        tar = TarReading(keep)
        with made.path.open("rb") as file:
            age.decrypt(file, tar, SHARING.identity(MASTER))
        self.manifest = checked(tar.end(), tar.seen)
        made.path.unlink()
        self.target = post.medium / FOLDER

    def sealed(self, name: str, manifest: BackupManifest | None = None) -> Path:
        """Sealed again by the station's own key, as a forger inside the post could."""
        listed = self.manifest if manifest is None else manifest

        def last(seen: object) -> bytes:
            assert isinstance(seen, tuple)
            files = tuple(BackupFile(name=one, size=size, sha256=digest) for one, size, digest in seen)
            return to_json(dataclasses.replace(listed, files=files))

        with self.post.session.store.reading() as unit:
            key = SigningKey.of(store_settings.signing_key(unit.settings))
        feed = TarFeed(
            (BundleMember(one, data) for one, data in self.members.items()), last, modified_at=0, cancel=CancelToken()
        )
        return write_bundle(
            self.target,
            name,
            feed,
            recipients=(SHARING.recipient(MASTER),),
            signing_key=key,
            trusted_comment="again",
            cancel=CancelToken(),
        ).path


def try_restore(post: Post, backup: Path, folder: Path) -> None:
    restorer(folder, post.station).restore(
        backup,
        signer=post.station.public_key,
        master=MASTER,
        supervisor=new_supervisor(),
        progress=silent,
        cancel=CancelToken(),
    )


def test_the_unchanged_one_is_accepted(post: Post, tmp_path: Path) -> None:
    try_restore(post, Unpacked(post).sealed("again"), tmp_path / "second")


@pytest.mark.parametrize(
    "strange",
    ["border/other.bin", "elsewhere/slots.json", "border/database-0003.bin", "slots.json", "border/log-0001.bin"],
)
def test_a_member_that_no_backup_has_is_refused(post: Post, tmp_path: Path, strange: str) -> None:
    unpacked = Unpacked(post)
    unpacked.members[strange] = b"x"
    with pytest.raises(BundleRefused):
        try_restore(post, unpacked.sealed("strange"), tmp_path / "second")
    assert nothing_is_there(tmp_path / "second")


@pytest.mark.parametrize("missing", ["border/slots.json", "border/database-0001.bin", "enforcement/slots.json"])
def test_a_backup_that_lacks_a_file_is_refused(post: Post, tmp_path: Path, missing: str) -> None:
    unpacked = Unpacked(post)
    del unpacked.members[missing]
    with pytest.raises(BundleRefused):
        try_restore(post, unpacked.sealed("missing"), tmp_path / "second")
    assert nothing_is_there(tmp_path / "second")


@pytest.mark.parametrize("file", ["border/database-0001.bin", "enforcement/database-0001.bin", "border/slots.json"])
def test_a_backup_of_damaged_stores_is_refused_although_its_seal_is_right(
    post: Post, tmp_path: Path, file: str
) -> None:
    unpacked = Unpacked(post)
    data = bytearray(unpacked.members[file])
    data[len(data) // 2] ^= 1
    unpacked.members[file] = bytes(data)
    with pytest.raises(StationError):
        try_restore(post, unpacked.sealed("damaged"), tmp_path / "second")
    assert nothing_is_there(tmp_path / "second")


def test_the_stores_of_two_backups_are_not_mixed_below_what_the_manifest_says(post: Post, tmp_path: Path) -> None:
    """An older border database under a newer manifest: its trail is shorter than the manifest says."""
    older = Unpacked(post)
    post.backup()
    newer = Unpacked(post)
    newer.members["border/database-0001.bin"] = older.members["border/database-0001.bin"]
    with pytest.raises(StoreDamaged, match="does not hold"):
        try_restore(post, newer.sealed("mixed"), tmp_path / "second")


def test_a_manifest_of_another_shape_is_refused(post: Post) -> None:
    unpacked = Unpacked(post)
    for changed in (
        dataclasses.replace(unpacked.manifest, format="hbm-station backup 99"),
        dataclasses.replace(unpacked.manifest, watermark=""),
        dataclasses.replace(unpacked.manifest, stores=()),
        dataclasses.replace(unpacked.manifest, stores=unpacked.manifest.stores * 2),
    ):
        seen = tuple((file.name, file.size, file.sha256) for file in changed.files)
        with pytest.raises(BundleRefused):
            checked(to_json(changed), seen)
    with pytest.raises(BundleRefused):
        checked(b"{}", ())
    assert from_json(BackupManifest, to_json(unpacked.manifest)) == unpacked.manifest


def test_what_a_killed_restore_left_is_cleared_away(post: Post, tmp_path: Path) -> None:
    left = tmp_path / "second" / ".store.being-restored"
    left.mkdir(parents=True)
    (left / "border.db").write_bytes(b"half")
    restore(post, tmp_path / "second")
    assert not left.exists()
    shutil.rmtree(tmp_path / "second")
