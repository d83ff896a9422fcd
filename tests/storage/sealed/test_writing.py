# SPDX-License-Identifier: Apache-2.0
"""A bundle is on its target whole, or not at all, and the reason is the true one."""

from __future__ import annotations

import io
import os
import shutil
import subprocess
import tarfile
import tracemalloc
from collections.abc import Iterator
from pathlib import Path

import pytest

from station.domain.errors import Cancelled, RecipientRefused, TargetUnusable
from station.domain.wire import to_json
from station.ports.sealing import BundleMember, SealedBundle
from station.ports.tasks import CancelToken
from storage.sealed import age, writer
from tests.storage.sealed.bundles import (
    FILES,
    IDENTITY,
    NAME,
    PUBLIC_KEY,
    RECIPIENT,
    SEALER,
    SIGNING_KEY,
    manifest_of,
    opened,
)


def members() -> Iterator[BundleMember]:
    for name, data in FILES:
        yield BundleMember(name, data)


def seal(
    target: Path,
    content: Iterator[BundleMember] | None = None,
    *,
    name: str = NAME,
    recipients: tuple[str, ...] = (RECIPIENT,),
    comment: str = "by a test",
    cancel: CancelToken | None = None,
) -> SealedBundle:
    from json import loads

    return SEALER.seal(
        target,
        name,
        members() if content is None else content,
        lambda files: loads(to_json(manifest_of(files))),
        recipients=recipients,
        signing_key=SIGNING_KEY,
        trusted_comment=comment,
        cancel=cancel or CancelToken(),
    )


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_a_bundle_is_two_files_and_opens_again_at_headquarters(tmp_path: Path) -> None:
    bundle = seal(tmp_path)
    assert names(tmp_path) == [f"{NAME}.tar.age", f"{NAME}.tar.age.minisig"]
    found = opened(bundle.path)
    assert found.members == tuple(name for name, _ in FILES)
    assert found.manifest is not None
    assert found.manifest["sequence"] == 1
    assert found.trusted_comment == "by a test"


def test_no_plain_text_stands_in_the_bundle(tmp_path: Path) -> None:
    bundle = seal(tmp_path)
    data = bundle.path.read_bytes()
    assert b"specimen" not in data
    assert b"manifest" not in data


@pytest.mark.skipif(shutil.which("minisign") is None or shutil.which("age") is None, reason="minisign and age wanted")
def test_the_public_tools_verify_and_open_it(tmp_path: Path) -> None:
    target = tmp_path / "stick"
    target.mkdir()
    bundle = seal(target, comment="Grüße from Utopia")
    (tmp_path / "station.pub").write_text(PUBLIC_KEY)
    (tmp_path / "identity").write_text(IDENTITY.reveal().decode() + "\n")
    checked = subprocess.run(
        ["minisign", "-V", "-m", bundle.path, "-p", tmp_path / "station.pub"],
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert "Trusted comment: Grüße from Utopia" in checked.stdout
    plain = subprocess.run(
        ["age", "-d", "-i", tmp_path / "identity", bundle.path], capture_output=True, check=True
    ).stdout
    with tarfile.open(fileobj=io.BytesIO(plain)) as tar:
        found = tar.getmembers()
    assert [member.name for member in found] == [*(name for name, _ in FILES), "manifest.json"]
    assert {(member.uid, member.gid, member.uname, member.mode, member.type) for member in found} == {
        (0, 0, "", 0o400, tarfile.REGTYPE)
    }


def test_the_same_moment_and_members_give_the_same_tar() -> None:
    from storage.sealed.tar_format import TarFeed

    def tar() -> bytes:
        feed = TarFeed(members(), lambda files: to_json(manifest_of(files)), modified_at=0, cancel=CancelToken())
        return b"".join(iter(lambda: feed.read(777), b""))

    assert tar() == tar()
    assert len(tar()) % 512 == 0


def test_several_recipients_can_each_open_it(tmp_path: Path) -> None:
    second, its_recipient = age.new_identity()
    bundle = seal(tmp_path, recipients=(RECIPIENT, its_recipient))
    assert opened(bundle.path).members == opened(bundle.path, identity=second).members


def test_memory_does_not_grow_with_the_bundle(tmp_path: Path) -> None:
    def large() -> Iterator[BundleMember]:
        for number in range(64):
            yield BundleMember(f"images/{number}.jpg", os.urandom(1_000_000))

    tracemalloc.start()
    try:
        bundle = seal(tmp_path, large())
        opened(bundle.path)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert bundle.size > 64_000_000
    assert peak < 8_000_000


@pytest.mark.parametrize(
    "recipients", [(), ("",), (RECIPIENT, "age1nonsense"), (IDENTITY.reveal().decode(),), ("ssh-rsa AAAA",)]
)
def test_a_recipient_that_is_none_stops_the_export_before_anything_stays(
    tmp_path: Path, recipients: tuple[str, ...]
) -> None:
    with pytest.raises(RecipientRefused):
        seal(tmp_path, recipients=recipients)
    assert names(tmp_path) == []


def test_a_secret_key_as_recipient_is_named_as_what_it_is() -> None:
    with pytest.raises(RecipientRefused) as refused:
        SEALER.check_recipient(IDENTITY.reveal().decode())
    assert "secret key" in refused.value.cause.in_english()
    assert IDENTITY.reveal().decode() not in repr(refused.value)
    SEALER.check_recipient(RECIPIENT)


def test_a_stop_leaves_nothing(tmp_path: Path) -> None:
    cancel = CancelToken()

    def stopping() -> Iterator[BundleMember]:
        yield BundleMember("images/1.jpg", bytes(3_000_000))
        assert names(tmp_path) != []  # it is being written
        cancel.cancel()
        yield BundleMember("images/2.jpg", bytes(3_000_000))

    with pytest.raises(Cancelled):
        seal(tmp_path, stopping(), cancel=cancel)
    assert names(tmp_path) == []


def test_a_stop_at_the_last_moment_leaves_nothing(tmp_path: Path) -> None:
    cancel = CancelToken()

    def manifest(files: object) -> dict[str, object]:
        cancel.cancel()
        return {}

    with pytest.raises(Cancelled):
        SEALER.seal(
            tmp_path, NAME, members(), manifest, recipients=(RECIPIENT,), signing_key=SIGNING_KEY,
            trusted_comment="", cancel=cancel,
        )  # fmt: skip
    assert names(tmp_path) == []


def test_a_store_that_fails_while_members_are_read_is_the_error_that_is_told(tmp_path: Path) -> None:
    class StoreBroke(OSError):
        pass

    def failing() -> Iterator[BundleMember]:
        yield BundleMember("images/1.jpg", b"1")
        raise StoreBroke(28, "not the stick")

    with pytest.raises(StoreBroke):
        seal(tmp_path, failing())
    assert names(tmp_path) == []


@pytest.mark.parametrize(
    ("code", "words"),
    [
        (28, "full"),
        (122, "full"),
        (30, "write-protected"),
        (13, "may not write"),
        (19, "not there"),
        (5, "pulled out"),
        (27, "larger than a file may be"),
        (75, "cannot be written"),
    ],
)
@pytest.mark.parametrize("step", ["fsync", "rename"])
def test_what_the_stick_says_is_told_as_it_is_and_nothing_stays(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, code: int, words: str, step: str
) -> None:
    def failing(*_: object) -> None:
        raise OSError(code, os.strerror(code))

    monkeypatch.setattr(os, step, failing)
    with pytest.raises(TargetUnusable) as refused:
        seal(tmp_path)
    assert words in refused.value.cause.in_english()
    assert names(tmp_path) == []


def test_an_error_without_a_number_is_still_an_unusable_target(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def failing(*_: object) -> None:
        raise OSError("odd")

    monkeypatch.setattr(os, "rename", failing)
    with pytest.raises(TargetUnusable, match="cannot be written"):
        seal(tmp_path)


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs a device that is always full")
def test_a_full_stick_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    real_open = os.open

    def onto_full_device(path: str, flags: int, *mode: int) -> int:
        if str(path).endswith(".tar.age.partial"):
            return real_open("/dev/full", os.O_WRONLY)
        return real_open(path, flags, *mode)

    monkeypatch.setattr(os, "open", onto_full_device)
    with pytest.raises(TargetUnusable, match="full"):
        seal(tmp_path)
    assert names(tmp_path) == []


def test_the_last_rename_failing_takes_the_signature_back(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    real_rename = os.rename
    seen: list[str] = []

    def second_fails(source: Path, target: Path) -> None:
        seen.append(target.name)
        if len(seen) == 2:
            raise OSError(5, "Input/output error")
        real_rename(source, target)

    monkeypatch.setattr(os, "rename", second_fails)
    with pytest.raises(TargetUnusable):
        seal(tmp_path)
    assert seen == [f"{NAME}.tar.age.minisig", f"{NAME}.tar.age"]  # a bundle never stands without its signature
    assert names(tmp_path) == []


def test_a_stick_that_vanishes_is_not_hidden_behind_the_tidying_up(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def gone(*_: object, **__: object) -> None:
        raise OSError(5, "Input/output error")

    def vanishing() -> Iterator[BundleMember]:
        yield BundleMember("images/1.jpg", b"1")
        monkeypatch.setattr(os, "fsync", gone)
        monkeypatch.setattr(Path, "unlink", gone)

    with pytest.raises(TargetUnusable, match="pulled out"):
        seal(tmp_path, vanishing())


def test_a_long_bundle_is_forced_to_the_stick_in_steps(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(writer, "_SYNC_EVERY", 100_000)
    synced: list[int] = []
    real_sync = os.fsync

    def counted(handle: int) -> None:
        synced.append(handle)
        real_sync(handle)

    monkeypatch.setattr(os, "fsync", counted)
    seal(tmp_path, iter([BundleMember("images/1.jpg", bytes(1_000_000))]))
    assert len(synced) >= 10


@pytest.mark.parametrize("place", ["nowhere", "file"])
def test_a_target_that_is_no_folder_is_not_there(tmp_path: Path, place: str) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(TargetUnusable, match="not there"):
        seal(tmp_path / place)


@pytest.mark.parametrize("ending", [".tar.age", ".tar.age.minisig"])
def test_a_file_already_on_the_target_is_not_overwritten(tmp_path: Path, ending: str) -> None:
    (tmp_path / f"{NAME}{ending}").write_text("mine")
    with pytest.raises(TargetUnusable, match="already holds"):
        seal(tmp_path)
    assert (tmp_path / f"{NAME}{ending}").read_text() == "mine"


def test_what_a_power_cut_left_is_replaced_and_a_planted_link_is_not_followed(tmp_path: Path) -> None:
    target = tmp_path / "stick"
    target.mkdir()
    precious = tmp_path / "precious"
    precious.write_text("keep me")
    key_id = PUBLIC_KEY.split("public key ")[1].split("\n")[0]
    (target / f"{key_id}.tar.age.partial").symlink_to(precious)
    (target / f"{key_id}.minisig.partial").write_text("half a signa")
    bundle = seal(target)
    assert precious.read_text() == "keep me"
    assert names(target) == [bundle.path.name, bundle.signature_path.name]
    opened(bundle.path)


@pytest.mark.parametrize("name", ["", "../up", "a/b", "-dash", "dot.dot", "x" * 82, "ä"])
def test_a_bundle_name_from_elsewhere_is_a_bug(tmp_path: Path, name: str) -> None:
    with pytest.raises(ValueError, match="name"):
        seal(tmp_path, name=name)


@pytest.mark.parametrize(
    "content",
    [
        [BundleMember("../up.json", b"")],
        [BundleMember("manifest.json", b"")],
        [BundleMember("audit.jsonl", b""), BundleMember("audit.jsonl", b"")],
        [BundleMember("images/large.jpg", bytes(64 * 1024 * 1024 + 1))],
    ],
)
def test_a_member_no_reader_accepts_is_a_bug_and_leaves_nothing(tmp_path: Path, content: list[BundleMember]) -> None:
    with pytest.raises(ValueError, match="member"):
        seal(tmp_path, iter(content))
    assert names(tmp_path) == []


@pytest.mark.parametrize("comment", ["two\nlines", "x" * 1001, "\x1b[31m"])
def test_a_trusted_comment_is_one_printable_line(tmp_path: Path, comment: str) -> None:
    with pytest.raises(ValueError, match="comment"):
        seal(tmp_path, comment=comment)
    assert names(tmp_path) == []


def test_a_signing_key_of_another_form_is_a_bug() -> None:
    with pytest.raises(ValueError, match="40 bytes"):
        SEALER.public_key(IDENTITY)


def test_a_feed_read_without_a_size_gives_its_next_piece() -> None:
    from storage.sealed.tar_format import TarFeed

    feed = TarFeed(members(), lambda files: b"{}", modified_at=0, cancel=CancelToken())
    assert len(feed.read()) == 512
