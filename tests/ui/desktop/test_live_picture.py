# SPDX-License-Identifier: Apache-2.0
"""The live picture shows the newest frame from any thread, skips what the window is too slow for, and says why not."""

from __future__ import annotations

import threading

import pytest
from PySide6.QtGui import QColor
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from station.config.settings import DeskSettings
from station.domain.words import say
from station.ports.images import PreviewFrame
from ui.desktop.app import look_for
from ui.desktop.widgets.live_picture import LivePicture


@pytest.fixture
def live(qapp: QApplication, qtbot: QtBot) -> LivePicture:
    look, _problems = look_for(qapp, DeskSettings())
    picture = LivePicture(look, say("Live picture"))
    qtbot.addWidget(picture)
    picture.resize(320, 240)
    picture.show()
    return picture


def frame(red: int, *, width: int = 160, height: int = 120) -> PreviewFrame:
    return PreviewFrame(width, height, bytes((red, 10, 20)) * (width * height))


def colour(live: LivePicture, x: int, y: int) -> QColor:
    return live.grab().toImage().pixelColor(x, y)


def test_a_frame_from_another_thread_is_painted(live: LivePicture, qtbot: QtBot) -> None:
    thread = threading.Thread(target=lambda: live.offer(frame(200)))
    thread.start()
    thread.join()
    qtbot.waitUntil(lambda: live.shown is not None)
    assert colour(live, 160, 120) == QColor(200, 10, 20)


def test_only_the_newest_of_many_frames_is_shown(live: LivePicture, qtbot: QtBot) -> None:
    wakes: list[int] = []
    live._news.connect(lambda: wakes.append(1))
    for red in range(50):  # while the window is busy with this test
        live.offer(frame(red))
    qtbot.waitUntil(lambda: live.shown is not None)
    assert live.shown == frame(49)
    assert len(wakes) == 1  # a window that is late is not given more and more to do


def test_the_whole_frame_is_seen_in_its_shape(live: LivePicture, qtbot: QtBot) -> None:
    live.offer(frame(200, width=300, height=100))
    qtbot.waitUntil(lambda: live.shown is not None)
    assert colour(live, 160, 120).red() == 200
    assert colour(live, 160, 30).red() != 200  # above the wide picture


def test_words_take_the_place_of_the_picture(live: LivePicture, qtbot: QtBot) -> None:
    live.offer(frame(200))
    qtbot.waitUntil(lambda: live.shown is not None)
    live.offer(frame(201))
    live.say(say("The camera was unplugged."))
    QApplication.processEvents()
    assert live.shown is None  # what was on its way when the camera went is not shown any more
    assert live.text() == "The camera was unplugged."
    assert colour(live, 160, 200).red() != 200
