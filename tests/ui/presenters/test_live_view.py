# SPDX-License-Identifier: Apache-2.0
"""The live picture of a camera starts, stops and starts again, and ends in words when the camera is pulled or held."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from station.domain.words import Text
from station.ports.devices import FACE_CAMERA, HealthState
from station.ports.images import PreviewFrame
from tests.contract import benches_cameras
from tests.contract.benches import Bench, running, until
from ui.desktop.runtime.task_runner import QtTaskRunner
from ui.presenters.live_view import LiveView


class Page:
    """What a page has of a live view: frames, and words when it ended."""

    def __init__(self, bench: Bench) -> None:
        self.bench = bench
        self.tasks = QtTaskRunner()
        self.frames: list[PreviewFrame] = []
        self.words: list[Text] = []
        self.view = LiveView(bench.registry, self.tasks, offer=self.frames.append, ended=self.words.append)

    def in_english(self) -> str:
        return " ".join(text.in_english() for text in self.words)


@pytest.fixture
def page(tmp_path: Path, qapp: QApplication) -> Iterator[Page]:
    with running(benches_cameras.camera(tmp_path)) as bench:
        shown = Page(bench)
        yield shown
        shown.view.stop()
        shown.tasks.close()


def test_frames_come_until_it_is_stopped_and_the_camera_is_free_again(page: Page) -> None:
    page.view.start()
    until(lambda: len(page.frames) > 3)
    page.view.stop()
    assert not page.view.running
    until(lambda: page.bench.state() is HealthState.READY)
    came = len(page.frames)
    page.view.start(page.bench.registry.states()[0].info.device_id)
    until(lambda: len(page.frames) > came)
    assert not page.words


def test_a_pulled_camera_ends_in_words(page: Page, qtbot: QtBot) -> None:
    page.view.start()
    until(lambda: bool(page.frames))
    page.bench.vanish()
    qtbot.waitUntil(lambda: bool(page.words))
    assert not page.view.running
    assert "Plug it in again" in page.in_english()


def test_a_camera_that_somebody_holds_says_so(page: Page, qtbot: QtBot) -> None:
    with page.bench.registry.open(FACE_CAMERA):
        page.view.start()
        qtbot.waitUntil(lambda: bool(page.words))
    assert "already in use" in page.in_english()


def test_what_a_stopped_picture_brings_home_later_is_not_heard(page: Page, qtbot: QtBot) -> None:
    page.view.start()
    until(lambda: bool(page.frames))
    page.bench.vanish()
    page.view.stop()
    qtbot.wait(100)
    assert not page.words
