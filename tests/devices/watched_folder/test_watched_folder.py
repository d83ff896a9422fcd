# SPDX-License-Identifier: Apache-2.0
"""Only whole pictures are taken out of a shared folder, exactly once, and none is lost or left lying about."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from devices.registry import Registry
from devices.watched_folder import folder as folder_module
from devices.watched_folder.driver import WatchedFolderDriver, WatchedFolderSettings
from devices.watched_folder.folder import Afterwards, claim, media_type, put_back_left_overs, sightings
from station.domain.errors import DeviceRemoved
from station.ports.devices import DOCUMENT_SCANNER, DocumentScanner, HealthState
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
    assert scanner.scan(cancel=CancelToken()).image.data == first
    assert scanner.scan(cancel=CancelToken()).image.data == second
    until(lambda: visible(inbox) == [])


def test_a_picture_may_be_kept_aside_instead(inbox: Path) -> None:
    registry = registry_for(inbox, Afterwards.KEEP)
    try:
        with registry.open(DOCUMENT_SCANNER) as scanner:
            for _ in range(2):
                picture(inbox / "page.jpg")
                scanner.scan(cancel=CancelToken())
        until(lambda: visible(inbox) == ["taken"] and visible(inbox / "taken") == ["page-2.jpg", "page.jpg"])
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


def test_a_picture_beyond_the_limit_is_left_and_told(inbox: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("devices.watched_folder.driver.MAX_BYTES", 100)
    registry = registry_for(inbox)
    try:
        picture(inbox / "page.png")
        with registry.open(DOCUMENT_SCANNER) as scanner:
            cancel = CancelToken()
            scanning = Call(lambda: scanner.scan(cancel=cancel))
            until(lambda: registry.states()[0].health.state is HealthState.TROUBLE)
            cancel.cancel()
            scanning.end()
        assert visible(inbox) == ["page.png"]
    finally:
        registry.close()


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
    assert png.stat().st_size < folder_module.MAX_BYTES
