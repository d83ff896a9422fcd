# SPDX-License-Identifier: Apache-2.0
"""Other keys of headquarters count only when two people agreed on exactly them, and never none at all."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from station.access import store_settings
from station.access.approval_rules import Verdict
from station.access.recovery import new_set
from station.domain.errors import FileRefused, NotPermitted, RecipientRefused
from station.domain.secrets import Secret
from station.domain.words import Text
from station.exporting.headquarters import Change, HeadquartersService, KeyChange
from station.exporting.headquarters_keys import KeyUse, PublicKeyOf
from station.ports.tasks import CancelToken
from station.safekeeping.backups import BackupService
from storage.backup.vault import FolderVault
from storage.exchange.stick import FolderTargets
from tests.open_station import OFFICER_PASSWORD
from tests.station.exporting.headquarters_post import HeadquartersPost
from tests.storage.backup.posts import MASTER, SHARING, silent


@pytest.fixture
def post(tmp_path: Path) -> Iterator[HeadquartersPost]:
    post = HeadquartersPost(tmp_path)
    yield post
    post.close()


def recipients(post: HeadquartersPost) -> tuple[str, ...]:
    with post.session.store.reading() as unit:
        return store_settings.recipients(unit.settings)


def test_the_key_of_the_first_start_counts_since_then(post: HeadquartersPost) -> None:
    (counting,) = post.headquarters.keys()
    assert counting.key == PublicKeyOf(KeyUse.SEALING, post.recipient)
    assert counting.since == post.session.store.identity.created_at
    digits = hashlib.sha256(post.recipient.encode()).hexdigest()
    assert counting.key.fingerprint.replace(" ", "") == digits[:32]
    assert [len(group) for group in counting.key.fingerprint.split()] == [4] * 8


def test_in_a_transition_both_keys_open_what_is_made_and_then_only_the_new_one(post: HeadquartersPost) -> None:
    before = post.exported()
    identity, key = post.another_recipient()
    post.changed(Change.ADD, key)
    both = post.exported()
    post.changed(Change.DROP, PublicKeyOf(KeyUse.SEALING, post.recipient))
    after = post.exported()
    made = (before, both, after)
    assert [post.opens(one.bundle.path, post.identity) for one in made] == [True, True, False]
    assert [post.opens(one.bundle.path, identity) for one in made] == [False, True, True]
    assert recipients(post) == (key.text,)
    assert post.acts().count("headquarters.key_added") == 1
    assert post.acts().count("headquarters.key_dropped") == 1


def test_backups_are_sealed_to_the_keys_that_count_when_they_are_made(tmp_path: Path) -> None:
    post = HeadquartersPost(tmp_path, recovery=new_set(SHARING, Secret(MASTER.reveal())))
    vault = FolderVault(post.store_folder, post.sealer, post.clock)
    backups = BackupService(post.session, vault, FolderTargets(post.store_folder), post.clock)
    identity, key = post.another_recipient()
    post.changed(Change.ADD, key)
    both = backups.make(post.stick, silent, CancelToken())
    post.changed(Change.DROP, PublicKeyOf(KeyUse.SEALING, post.recipient))
    after = backups.make(post.stick, silent, CancelToken())
    assert [post.opens(one.path, post.identity) for one in (both, after)] == [True, False]
    assert [post.opens(one.path, identity) for one in (both, after)] == [True, True]
    post.close()


def test_the_last_key_cannot_be_dropped_nor_asked_to_be(post: HeadquartersPost) -> None:
    with pytest.raises(RecipientRefused, match="only key"):
        post.headquarters.ask(KeyChange(change=Change.DROP, key=PublicKeyOf(KeyUse.SEALING, post.recipient)))


def test_two_approved_drops_leave_one_key(post: HeadquartersPost) -> None:
    _, key = post.another_recipient()
    post.changed(Change.ADD, key)
    drops = [KeyChange(change=Change.DROP, key=one) for one in (key, PublicKeyOf(KeyUse.SEALING, post.recipient))]
    asked = [post.decided(post.headquarters.ask(one)).request_id for one in drops]
    post.headquarters.change(asked[0], drops[0])
    with pytest.raises(RecipientRefused, match="only key"):
        post.headquarters.change(asked[1], drops[1])
    assert recipients(post) == (post.recipient,)


def test_nothing_changes_without_the_second_person_or_for_another_key(post: HeadquartersPost) -> None:
    _, key = post.another_recipient()
    wanted = KeyChange(change=Change.ADD, key=key)
    request = post.headquarters.ask(wanted)
    with pytest.raises(NotPermitted, match="Nobody has approved"):
        post.headquarters.change(request.request_id, wanted)
    post.decided(request)
    _, other = post.another_recipient()
    with pytest.raises(NotPermitted, match="something else"):
        post.headquarters.change(request.request_id, KeyChange(change=Change.ADD, key=other))
    assert recipients(post) == (post.recipient,)
    post.headquarters.change(request.request_id, wanted)
    assert recipients(post) == (post.recipient, key.text)
    post.changed(Change.DROP, key)
    with pytest.raises(NotPermitted, match="used already"):
        post.headquarters.change(request.request_id, wanted)


def test_an_approval_does_not_outlive_another_change_of_the_same_keys(post: HeadquartersPost) -> None:
    (_, first), (_, second) = post.another_recipient(), post.another_recipient()
    wanted = KeyChange(change=Change.ADD, key=first)
    request = post.decided(post.headquarters.ask(wanted))
    post.changed(Change.ADD, second)
    with pytest.raises(NotPermitted, match="things have changed"):
        post.headquarters.change(request.request_id, wanted)


def test_a_refusal_changes_nothing(post: HeadquartersPost) -> None:
    _, key = post.another_recipient()
    wanted = KeyChange(change=Change.ADD, key=key)
    request = post.decided(post.headquarters.ask(wanted), Verdict.REFUSED)
    with pytest.raises(NotPermitted, match="refused"):
        post.headquarters.change(request.request_id, wanted)


def test_the_request_shows_the_whole_key_and_every_fingerprint(post: HeadquartersPost) -> None:
    _, key = post.another_recipient()
    request = post.headquarters.ask(KeyChange(change=Change.ADD, key=key))
    said = " ".join(fact.in_english() for fact in request.shown.values() if isinstance(fact, Text))
    old = PublicKeyOf(KeyUse.SEALING, post.recipient)
    assert key.text in said
    assert said.count(key.fingerprint) == 2  # the change, and what counts after it
    assert said.count(old.fingerprint) == 2  # before and after
    assert KeyChange.of(request) == KeyChange(change=Change.ADD, key=key)


def test_what_was_approved_is_found_again_until_it_is_done(post: HeadquartersPost) -> None:
    _, key = post.another_recipient()
    request = post.decided(post.headquarters.ask(KeyChange(change=Change.ADD, key=key)))
    (found,) = post.headquarters.approved()
    assert found.request_id == request.request_id
    post.headquarters.change(found.request_id, KeyChange.of(found))
    assert not post.headquarters.approved()


def test_no_more_than_four_keys_count(post: HeadquartersPost) -> None:
    for _ in range(3):
        post.changed(Change.ADD, post.another_recipient()[1])
    with pytest.raises(RecipientRefused, match="keys count already"):
        post.headquarters.ask(KeyChange(change=Change.ADD, key=post.another_recipient()[1]))


def test_an_officer_sees_and_changes_nothing(post: HeadquartersPost) -> None:
    post.close()
    post.session = post.signed_in("omar", OFFICER_PASSWORD)
    with pytest.raises(NotPermitted):
        HeadquartersService(post.session, post.approvals, post.sealer, post.clock).keys()


def secret_keys() -> dict[str, bytes]:
    identity = b"AGE-SECRET-KEY-1" + b"Q" * 58
    return {
        "an identity of age-keygen": b"# created\n# public key: age1xxx\n" + identity + b"\n",
        "in small letters": identity.lower(),
        "saved with two bytes a letter": identity.decode().encode("utf-16"),
        "of minisign": b"untrusted comment: minisign encrypted secret key\nRWRTY0Iy" + b"A" * 204,
        "of minisign without its comment": b"RWRTY0Iy" + b"A" * 203 + b"=",
        "an identity under a password": b"-----BEGIN AGE ENCRYPTED FILE-----\nYWdl\n",
        "of another tool": b"-----BEGIN PRIVATE KEY-----\nYWdl\n",
    }


@pytest.mark.parametrize("kind", secret_keys())
def test_a_secret_key_is_named_as_one_and_leaves_no_trace(
    post: HeadquartersPost, kind: str, caplog: pytest.LogCaptureFixture
) -> None:
    content = secret_keys()[kind]
    with pytest.raises(RecipientRefused, match="secret key") as refused:
        post.headquarters.read(post.brought("key.txt", content))
    assert "QQQQ" not in repr(refused.value) + str(refused.value) + caplog.text
    assert "RWRT" not in repr(refused.value) + str(refused.value) + caplog.text
    assert recipients(post) == (post.recipient,)


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\xff\xfe\x00",
        b"age1qqqq",
        b"age1" + b"q" * 58,
        b"ssh-ed25519 AAAA",
        b"Ed" * 21,
        b"x" * 17_000,
    ],
)
def test_what_is_no_public_key_is_refused(post: HeadquartersPost, content: bytes) -> None:
    with pytest.raises((RecipientRefused, FileRefused)):
        post.headquarters.read(post.brought("key.txt", content))


def test_two_keys_in_a_file_are_refused(post: HeadquartersPost) -> None:
    with pytest.raises(RecipientRefused, match="exactly one"):
        post.headquarters.read(post.brought("key.txt", f"{post.recipient}\n{post.recipient}\n"))


def test_neither_links_nor_pipes_of_a_stick_are_followed(post: HeadquartersPost) -> None:
    (post.stick / "link.txt").symlink_to(post.brought("key.txt", post.recipient))
    os.mkfifo(post.stick / "pipe.txt")
    for name in ("link.txt", "pipe.txt"):
        with pytest.raises(FileRefused, match="not an ordinary file"):
            post.headquarters.read(post.stick / name)
    with pytest.raises(RecipientRefused, match="cannot be read"):
        post.headquarters.read(post.stick / "missing.txt")
