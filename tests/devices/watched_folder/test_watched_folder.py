# SPDX-License-Identifier: Apache-2.0
"""Only whole pictures are taken out of a shared folder, exactly once, and none is lost or left lying about."""

from __future__ import annotations

import errno
import os
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from devices.registry import Registry
from devices.watched_folder.driver import WatchedFolderDriver, WatchedFolderSettings
from devices.watched_folder.folder import Afterwards, claim, media_type, put_back_left_overs, sightings
from station.domain.errors import DeviceRemoved
from station.ports.devices import DOCUMENT_SCANNER, DocumentScanner, HealthState, PageCapture
from station.ports.images import MOST_IMAGE_BYTES
from station.ports.tasks import CancelToken
from tests.contract.benches import LOOK, WallClock, picture, until
from tests.contract.calls import Call

STILL = LOOK * 6  # seconds in which a file that may be taken would have been taken


@pytest.fixture
def inbox(tmp_path: Path) -> Path:
    folder = tmp_path / "inbox"
    folder.mkdir()
    return folder


def registry_for(inbox: Path, afterwards: Afterwards = Afterwards.REMOVE) -> Registry:
    settings = WatchedFolderSettings(folders=(inbox,), afterwards=afterwards, settle_seconds=LOOK, look_seconds=LOOK)
    registry = Registry([WatchedFolderDriver(settings, clock=WallClock())], allow_simulated=False)
    registry.start()
    until(lambda: bool(registry.states()) and registry.states()[0].health.state is HealthState.READY)
    return registry


@pytest.fixture
def scanner(inbox: Path) -> Iterator[DocumentScanner]:
    registry = registry_for(inbox)
    try:
        with registry.open(DOCUMENT_SCANNER) as opened:
            yield opened
    finally:
        registry.close()


def visible(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_the_oldest_picture_comes_first_and_nothing_stays(inbox: Path, scanner: DocumentScanner) -> None:
    first = picture(inbox / "b.png", level=10).read_bytes()
    second = picture(inbox / "a.jpg", level=200).read_bytes()
    for expected in (first, second):
        page = scanner.scan(cancel=CancelToken())
        assert page.image.data == expected
        page.settle()
    until(lambda: visible(inbox) == [])


def test_a_picture_may_be_kept_aside_instead(inbox: Path) -> None:
    registry = registry_for(inbox, Afterwards.KEEP)
    try:
        with registry.open(DOCUMENT_SCANNER) as scanner:
            for _ in range(2):
                picture(inbox / "page.jpg")
                scanner.scan(cancel=CancelToken()).settle()
        until(lambda: visible(inbox) == ["taken"] and visible(inbox / "taken") == ["page-2.jpg", "page.jpg"])
    finally:
        registry.close()


def scan_in_a_session_of_its_own(registry: Registry) -> PageCapture:
    with registry.open(DOCUMENT_SCANNER) as scanner:
        return scanner.scan(cancel=CancelToken())


def test_a_page_that_was_never_stored_comes_again_with_the_next_session(inbox: Path) -> None:
    registry = registry_for(inbox)
    try:
        data = picture(inbox / "page.jpg").read_bytes()
        lost = scan_in_a_session_of_its_own(registry)
        assert visible(inbox) != []
        again = scan_in_a_session_of_its_own(registry)
        assert lost.image.data == again.image.data == data
        again.settle()
        until(lambda: visible(inbox) == [])
    finally:
        registry.close()


def test_a_page_that_was_never_stored_lies_in_the_folder_when_the_station_closes(inbox: Path) -> None:
    registry = registry_for(inbox)
    try:
        data = picture(inbox / "page.jpg").read_bytes()
        page = scan_in_a_session_of_its_own(registry)
    finally:
        registry.close()
    assert visible(inbox) == ["page.jpg"]
    assert (inbox / "page.jpg").read_bytes() == data
    page.settle()  # stored at the very end all the same
    assert visible(inbox) == []


def test_a_page_may_be_settled_after_its_session(inbox: Path) -> None:
    registry = registry_for(inbox)
    try:
        picture(inbox / "page.jpg")
        scan_in_a_session_of_its_own(registry).settle()
        until(lambda: visible(inbox) == [])
    finally:
        registry.close()


def test_settling_late_removes_the_page_and_never_a_newer_scan_of_its_name(inbox: Path) -> None:
    registry = registry_for(inbox)
    try:
        picture(inbox / "page.jpg", level=10)
        page = scan_in_a_session_of_its_own(registry)
        newer = picture(inbox / "page.jpg", level=200).read_bytes()
        with registry.open(DOCUMENT_SCANNER):
            until(lambda: visible(inbox) == ["page-2.jpg", "page.jpg"])
            page.settle()
            until(lambda: visible(inbox) == ["page.jpg"])
            assert (inbox / "page.jpg").read_bytes() == newer
    finally:
        registry.close()


@pytest.mark.parametrize("name", [".hidden.jpg", "~page.jpg", "page.jpg.part", "page.TMP", "notes.txt"])
def test_what_is_no_finished_page_stays_where_it_is(name: str, inbox: Path, scanner: DocumentScanner) -> None:
    content = b"a note" if name.endswith(".txt") else picture(inbox.parent / "whole.jpg").read_bytes()
    (inbox / name).write_bytes(content)
    cancel = CancelToken()
    scanning = Call(lambda: scanner.scan(cancel=cancel))
    threading.Event().wait(STILL)
    cancel.cancel()
    scanning.end()
    assert scanning.result is None
    assert (inbox / name).read_bytes() == content


@pytest.mark.parametrize("suffix", [".jpg", ".png"])
def test_a_picture_is_taken_only_when_it_is_whole(suffix: str, inbox: Path, scanner: DocumentScanner) -> None:
    whole = picture(inbox.parent / f"whole{suffix}").read_bytes()
    growing = inbox / f"page{suffix}"
    growing.write_bytes(whole[: len(whole) // 2])
    scanning = Call(lambda: scanner.scan(cancel=CancelToken()))
    threading.Event().wait(STILL)
    assert growing.exists()
    growing.write_bytes(whole)
    scanning.end()
    assert scanning.error is None
    assert getattr(scanning.result, "image").data == whole  # noqa: B009 - the result of a call is an object


def test_a_claimed_page_that_nobody_took_gets_its_name_back(inbox: Path) -> None:
    picture(inbox / "page.jpg")
    page = claim(inbox, sightings(inbox)[0], "image/jpeg")
    assert page is not None
    assert sightings(inbox) == []
    page.put_back()
    assert visible(inbox) == ["page.jpg"]


def test_only_one_station_wins_a_page(inbox: Path) -> None:
    picture(inbox / "page.jpg")
    seen = sightings(inbox)[0]
    assert claim(inbox, seen, "image/jpeg") is not None
    assert claim(inbox, seen, "image/jpeg") is None


def test_what_a_killed_station_had_claimed_comes_back_and_overwrites_nothing(inbox: Path) -> None:
    data = picture(inbox / "page.jpg").read_bytes()
    claim(inbox, sightings(inbox)[0], "image/jpeg")
    picture(inbox / "page.jpg", level=250)
    put_back_left_overs(inbox)
    assert visible(inbox) == ["page-2.jpg", "page.jpg"]
    assert (inbox / "page-2.jpg").read_bytes() == data


def test_a_page_put_back_overwrites_no_newer_scan_of_the_same_name(inbox: Path) -> None:
    first = picture(inbox / "page.jpg", level=10).read_bytes()
    page = claim(inbox, sightings(inbox)[0], "image/jpeg")
    assert page is not None
    second = picture(inbox / "page.jpg", level=200).read_bytes()
    page.put_back()
    assert {path.name: path.read_bytes() for path in inbox.iterdir()} == {"page.jpg": second, "page-2.jpg": first}


def test_two_pages_of_one_name_can_be_held_at_once(inbox: Path) -> None:
    pages = []
    for level in (10, 200):
        picture(inbox / "page.jpg", level=level)
        pages.append(claim(inbox, sightings(inbox)[0], "image/jpeg"))
    for page in pages:
        assert page is not None
        page.put_back()
    assert visible(inbox) == ["page-2.jpg", "page.jpg"]


def test_a_file_that_changed_since_it_was_seen_is_not_taken(inbox: Path) -> None:
    file = picture(inbox / "page.jpg")
    seen = sightings(inbox)[0]
    with file.open("ab") as stream:
        stream.write(b"more")
    assert claim(inbox, seen, "image/jpeg") is None
    assert visible(inbox) == ["page.jpg"]


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="Windows has no pipes with a name in a folder")
@pytest.mark.parametrize("kind", ["link", "pipe"])
def test_what_takes_the_place_of_a_page_is_not_followed(kind: str, inbox: Path) -> None:
    file = picture(inbox / "page.jpg")
    elsewhere = picture(inbox.parent / "elsewhere.jpg")
    seen = sightings(inbox)[0]
    file.unlink()
    if kind == "link":
        file.symlink_to(elsewhere)
    else:
        os.mkfifo(file)
    assert media_type(file) is None
    assert claim(inbox, seen, "image/jpeg") is None
    assert visible(inbox) == ["page.jpg"]


def test_a_picture_beyond_the_limit_is_set_aside_and_told(inbox: Path) -> None:
    registry = registry_for(inbox)
    try:
        with (inbox / "page.tif").open("wb") as large:
            large.write(b"II*\x00")
            large.truncate(MOST_IMAGE_BYTES + 1)
        with registry.open(DOCUMENT_SCANNER) as scanner:
            scanning = Call(lambda: scanner.scan(cancel=CancelToken()))
            until(lambda: registry.states()[0].health.state is HealthState.TROUBLE)
            assert "larger than 32 MB" in registry.states()[0].health.says.in_english()
            assert visible(inbox) == ["page.tif.too-large"]
            small = picture(inbox / "page.png").read_bytes()
            scanning.end()
        assert getattr(scanning.result, "image").data == small  # noqa: B009 - the result of a call is an object
        assert "page.tif.too-large" in visible(inbox)
    finally:
        registry.close()


def test_a_picture_of_exactly_the_limit_is_taken(inbox: Path) -> None:
    with (inbox / "page.tif").open("wb") as large:
        large.truncate(MOST_IMAGE_BYTES)
    page = claim(inbox, sightings(inbox)[0], "image/tiff")
    assert page is not None
    assert len(page.image.data) == MOST_IMAGE_BYTES


def test_a_folder_that_vanishes_in_the_middle_is_a_removal(inbox: Path, scanner: DocumentScanner) -> None:
    scanning = Call(lambda: scanner.scan(cancel=CancelToken()))
    inbox.rmdir()
    scanning.end()
    assert isinstance(scanning.error, DeviceRemoved)


def test_a_link_is_never_followed(inbox: Path) -> None:
    (inbox / "page.jpg").symlink_to(picture(inbox.parent / "elsewhere.jpg"))
    assert sightings(inbox) == []


def test_the_kind_is_told_by_content_and_not_by_name(inbox: Path) -> None:
    png = picture(inbox / "page.png").rename(inbox / "page.jpg")
    assert media_type(png) == "image/png"


@pytest.mark.parametrize(
    ("name", "data"),
    [("scan.pdf", b"%PDF-1.7\n%%EOF\n"), ("scan.bmp", b"BM" + bytes(60)), ("cut.jpg", b"\xff\xd8\xff\xe0" + bytes(60))],
)
def test_a_file_that_is_no_whole_picture_is_said_and_left_there(
    inbox: Path, scanner: DocumentScanner, monkeypatch: pytest.MonkeyPatch, name: str, data: bytes
) -> None:
    monkeypatch.setattr("devices.watched_folder.driver._PATIENCE", 0.05)
    (inbox / name).write_bytes(data)
    cancel = CancelToken()
    call = Call(lambda: scanner.scan(cancel=cancel))
    owner = scanner._use._shell  # type: ignore[attr-defined]  # the device behind the role, as the registry has it
    until(lambda: "no whole picture" in owner.health().says.in_english())
    cancel.cancel()
    call.end()
    assert visible(inbox) == [name]


def test_a_drive_that_the_network_lost_is_gone_and_no_mistake_of_the_program(
    inbox: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    registry = registry_for(inbox)
    try:
        with registry.open(DOCUMENT_SCANNER) as scanner:

            def down(_path: Path, **_: object) -> os.stat_result:
                raise OSError(errno.EHOSTDOWN, "Host is down")

            monkeypatch.setattr(Path, "stat", down)
            monkeypatch.setattr("devices.watched_folder.driver.sightings", down)
            with pytest.raises(DeviceRemoved):
                scanner.scan(cancel=CancelToken())
        until(lambda: registry.states()[0].health.state is HealthState.GONE)
    finally:
        monkeypatch.undo()
        registry.close()
