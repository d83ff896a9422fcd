# SPDX-License-Identifier: Apache-2.0
"""A backup is taken apart by a process that can be lost; what it says is judged before it is believed."""

from __future__ import annotations

import io
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from station.domain.errors import BundleRefused, Cancelled
from station.isolation.child import HelperProcess
from station.isolation.frames import Header
from station.ports.tasks import CancelToken
from storage.backup import unsealing
from storage.backup.reader import Unpacking, read_backup
from tests.storage.backup.posts import MASTER, SHARING, Post, open_post, silent

Answer = tuple[Header, tuple[bytes, ...]]


@pytest.fixture(name="backup")
def _backup(tmp_path: Path) -> Iterator[tuple[Post, Path]]:
    post = open_post(tmp_path)
    post.station.keep(post.session, *post.station.encounter(images=2))
    yield post, post.backup().path
    post.session.end()


def read(post: Post, path: Path, place: Path, cancel: CancelToken | None = None) -> None:
    place.mkdir()
    identity = SHARING.identity(MASTER)
    read_backup(path, post.station.public_key, identity, Unpacking(place), silent, cancel or CancelToken())


def test_the_helper_is_given_no_file_and_may_write_none(
    backup: tuple[Post, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    told: list[object] = []
    honest = HelperProcess.request

    def listening(self: HelperProcess, header: Header, *rest: object, **named: object) -> object:
        told.append(header)
        return honest(self, header, *rest, **named)  # type: ignore[arg-type]  # handed on as it came

    monkeypatch.setattr(HelperProcess, "request", listening)
    read(*backup, tmp_path / "place")
    assert told == [{"keeps": True}, {}, {}]
    assert unsealing.LIMITS.file_bytes == 0
    assert (tmp_path / "place" / "border.db").stat().st_size > 0


@pytest.mark.parametrize("kind", ["link", "pipe"])
def test_a_backup_that_is_no_ordinary_file_is_refused_at_once(
    backup: tuple[Post, Path], tmp_path: Path, kind: str
) -> None:
    post, path = backup
    moved = path.rename(path.with_name("elsewhere"))
    if kind == "link":
        path.symlink_to(moved)
    else:
        os.mkfifo(path)
    with pytest.raises(BundleRefused, match="ordinary file"):
        read(post, path, tmp_path / "place")


def test_a_process_that_ends_is_told(
    backup: tuple[Post, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(unsealing, "CHILD", "there.is.no.such.module")
    with pytest.raises(BundleRefused, match="reading program ended"):
        read(*backup, tmp_path / "place")


def test_a_stop_stops_it(backup: tuple[Post, Path], tmp_path: Path) -> None:
    cancel = CancelToken()
    cancel.cancel()
    with pytest.raises(Cancelled):
        read(*backup, tmp_path / "place", cancel)


_LIES: dict[str, Answer] = {
    "nothing, for ever": ({"members": []}, (b"",)),
    "no content": ({"members": [["border/slots.json", 2]]}, (b"",)),
    "content of nobody": ({"members": []}, (b"ab",)),
    "less than nothing": ({"members": [["border/slots.json", -1]]}, (b"",)),
    "no list": ({"members": "border/slots.json"}, (b"",)),
    "no name": ({"members": [[7, 1]]}, (b"a",)),
    "a file of no store": ({"members": [["border/station.pub", 1]]}, (b"a",)),
    "another folder": ({"members": [["../border/slots.json", 1]]}, (b"a",)),
    "done, without a manifest": ({"members": [], "done": True}, (b"",)),
    "done, with half a manifest": ({"members": [], "done": True}, (b"", b"[" * 100_000, b"[]")),
    "a sentence that is none": ({"cause": {"source": "{a.__class__}", "values": {"a": "1"}}}, ()),
}


@pytest.mark.parametrize("lie", _LIES)
def test_a_process_that_was_taken_over_is_not_believed(
    backup: tuple[Post, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, lie: str
) -> None:
    monkeypatch.setattr(HelperProcess, "request", lambda *_rest, **_named: _LIES[lie])
    with pytest.raises(BundleRefused):
        read(*backup, tmp_path / "place")
    assert {path.name for path in tmp_path.rglob("place/**/*") if path.is_file()} <= {"slots.json"}


def test_a_member_that_was_changed_on_the_way_is_found(
    backup: tuple[Post, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The manifest is true, and every hash the helper tells; what was kept is another content."""
    honest = HelperProcess.request

    def changing(self: HelperProcess, *rest: object, **named: object) -> Answer:
        header, parts = honest(self, *rest, **named)  # type: ignore[arg-type]  # handed on as it came
        if parts and parts[0]:
            parts = (bytes([parts[0][0] ^ 1]) + parts[0][1:], *parts[1:])
        return header, parts

    monkeypatch.setattr(HelperProcess, "request", changing)
    with pytest.raises(BundleRefused, match="not the ones its manifest lists"):
        read(*backup, tmp_path / "place")


def test_a_source_that_fails_is_not_the_fault_of_the_backup() -> None:
    class Failing(io.BytesIO):
        def read(self, size: int | None = -1, /) -> bytes:
            raise OSError(5, "input/output error")

    with pytest.raises(OSError, match="input/output"):
        unsealing.unseal_apart(Failing(), SHARING.identity(MASTER), None, CancelToken())
