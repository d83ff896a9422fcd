# SPDX-License-Identifier: Apache-2.0
"""A medium for backups that somebody else filled: only ordinary files under the station's own names count."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from station.isolation.intake import MOST_ENTRIES
from storage.backup.vault import FOLDER
from tests.storage.backup.posts import Post, open_post


@pytest.fixture(name="post")
def _post(tmp_path: Path) -> Iterator[Post]:
    post = open_post(tmp_path)
    yield post
    post.session.end()


def test_links_pipes_and_folders_under_our_names_are_no_backups(post: Post) -> None:
    made = post.backup()
    stem, _, rest = made.path.name.partition("-000001-")
    assert rest
    for number, make in ((2, os.mkfifo), (3, Path.mkdir), (4, lambda path: path.symlink_to(made.path))):
        for ending in ("", ".minisig"):
            make(made.path.with_name(f"{stem}-{number:06d}-{rest}{ending}"))
    identity = post.session.store.identity
    assert [seen.name for seen in post.vault.kept(post.medium, identity)] == [made.name]
    assert post.vault.highest_number(post.medium, identity) == 1


def test_a_folder_with_very_many_names_is_not_walked_and_keeps_no_backup_from_being_made(post: Post) -> None:
    folder = post.medium / FOLDER
    folder.mkdir()
    for number in range(MOST_ENTRIES + 1):
        os.close(os.open(folder / f"{number}", os.O_CREAT | os.O_WRONLY))
    assert post.vault.kept(post.medium, post.session.store.identity) == ()
    made = post.backup()
    assert made.path.is_file()
    assert made.expired == ()


def test_a_folder_that_is_a_link_elsewhere_is_not_listed(post: Post, tmp_path: Path) -> None:
    made = post.backup()
    elsewhere = tmp_path / "elsewhere"
    (post.medium / FOLDER).rename(elsewhere)
    (post.medium / FOLDER).symlink_to(elsewhere)
    assert (post.medium / FOLDER / made.path.name).is_file()
    assert post.vault.kept(post.medium, post.session.store.identity) == ()
