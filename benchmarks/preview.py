# SPDX-License-Identifier: Apache-2.0
"""What a live picture costs and how old it is when it is painted: film, driver, window, at 1280 x 720.

A film of JPEG frames at 30 a second stands for the camera, as USB cameras send them. The peer is the decoding alone,
with nothing behind it: what is above that is ours. Each frame carries its number in black and white squares, so that
the time between leaving the library and being painted is known frame by frame.
"""

from __future__ import annotations

import os
import statistics
import sys
import tempfile
import threading
import time
from datetime import UTC, datetime
from pathlib import Path

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

import cv2
import numpy as np
import numpy.typing as npt
from PySide6.QtCore import QTimer
from PySide6.QtGui import QPaintEvent
from PySide6.QtWidgets import QApplication

from devices.cameras.driver import CameraDriver, CameraSettings
from devices.cameras.video import Frame, Stream
from devices.registry import Registry
from station.config.settings import DeskSettings
from station.domain.words import Text, say
from station.ports.devices import FACE_CAMERA
from station.ports.tasks import CancelToken
from ui.desktop.app import look_for
from ui.desktop.runtime.task_runner import QtTaskRunner
from ui.desktop.widgets.live_picture import LivePicture
from ui.desktop.widgets.look import Look

SIZE = (1280, 720)
RATE = 30.0
_FRAMES = 128
_BITS, _SQUARE = 7, 24  # the frame's number, in squares of so many pixels at the top left
_WARM_UP = 1.5  # seconds


class _Clock:
    """The real time."""

    def now(self) -> datetime:
        return datetime.now(UTC)

    def monotonic(self) -> float:
        return time.monotonic()


def measure(seconds: int = 10) -> list[tuple[str, float, str]]:
    """Frames a second, share of one core, and delay from the library's frame to the end of its painting."""
    with tempfile.TemporaryDirectory() as folder:
        film = _film(Path(folder) / "film.avi")
        decoding = _decoding(film, seconds)
        shown = _shown(film, seconds)
    return [
        ("preview 1280 x 720: time between two painted frames, mean", 1000 / shown.rate, "ms"),
        ("preview 1280 x 720: frames painted", shown.rate, "a second"),
        ("preview 1280 x 720: share of one core", shown.share, "%"),
        ("the decoding alone: share of one core", decoding, "%"),
        ("preview 1280 x 720: frame to paint, median", statistics.median(shown.delays), "ms"),
        ("preview 1280 x 720: frame to paint, 95 of 100", _percentile(shown.delays, 95), "ms"),
        ("preview 1280 x 720: longest turn of the window's loop", shown.longest_turn, "ms"),
    ]


class _Painted(LivePicture):
    """Notes how old each frame was, in milliseconds, when its painting was over. ``taken``: when which frame came."""

    def __init__(self, look: Look, name: Text, taken: dict[int, float]) -> None:
        super().__init__(look, name)
        self.delays: list[float] = []
        self._taken = taken
        self._last = -1

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        frame = self.shown
        if frame is not None:
            number = _number(np.frombuffer(frame.rgb, np.uint8).reshape(frame.height, frame.width, 3))
            if number != self._last:
                self.delays.append((time.perf_counter() - self._taken[number]) * 1000)
                self._last = number


class _Shown:
    """What was measured of the whole way."""

    def __init__(self, rate: float, share: float, delays: list[float], longest_turn: float) -> None:
        self.rate = rate
        self.share = share
        self.delays = delays
        self.longest_turn = longest_turn


def _shown(film: Path, seconds: int) -> _Shown:
    application = QApplication.instance() or QApplication(sys.argv[:1])
    assert isinstance(application, QApplication)
    look, _ = look_for(application, DeskSettings())
    taken: dict[int, float] = {}
    plain = Stream.frame

    def noted(stream: Stream) -> Frame | None:
        frame = plain(stream)
        if frame is not None:
            taken[_number(frame)] = time.perf_counter()
        return frame

    settings = CameraSettings(files=(str(film),), enabled=False, width=SIZE[0], height=SIZE[1])
    registry = Registry([CameraDriver(settings, clock=_Clock())], allow_simulated=True)
    tasks = QtTaskRunner()
    picture = _Painted(look, say("Live picture"), taken)
    picture.resize(*SIZE)
    picture.show()

    def pump(cancel: CancelToken) -> None:
        """As the bench does it: one task that hands each frame on."""
        with registry.open(FACE_CAMERA) as camera:
            while True:
                picture.offer(camera.latest_frame(cancel=cancel))

    Stream.frame = noted  # type: ignore[method-assign,assignment]  # the clock starts where the library lets go
    turns = _Turns()
    try:
        registry.start()
        while not registry.states():
            threading.Event().wait(0.01)
        pumping = tasks.run(pump, done=lambda _: None, failed=lambda _: None)
        QTimer.singleShot(round(_WARM_UP * 1000), application.exit)
        application.exec()
        picture.delays.clear()
        turns.start()
        cpu, wall = time.process_time(), time.perf_counter()
        QTimer.singleShot(seconds * 1000, application.exit)
        application.exec()
        cpu, wall = time.process_time() - cpu, time.perf_counter() - wall
    finally:
        Stream.frame = plain  # type: ignore[method-assign]  # as it was
        pumping.cancel()
        registry.close()
        tasks.close()
        picture.close()
    return _Shown(len(picture.delays) / wall, cpu / wall * 100, picture.delays, turns.longest)


class _Turns:
    """The longest time for which the window's loop did not come round, in milliseconds."""

    def __init__(self) -> None:
        self.longest = 0.0
        self._last = 0.0
        self._timer = QTimer()
        self._timer.setInterval(5)
        self._timer.timeout.connect(self._turn)

    def start(self) -> None:
        self._last = time.perf_counter()
        self._timer.start()

    def _turn(self) -> None:
        now = time.perf_counter()
        self.longest, self._last = max(self.longest, (now - self._last) * 1000), now


def _decoding(film: Path, seconds: int) -> float:
    """The share of one core that OpenCV needs to decode the same film at the same rate."""
    stream = cv2.VideoCapture(str(film), cv2.CAP_ANY, [cv2.CAP_PROP_N_THREADS, 1])
    pause = threading.Event()
    cpu, began = time.process_time(), time.perf_counter()
    number = 0
    while (now := time.perf_counter()) < began + seconds:
        good, _ = stream.read()
        if not good:
            stream.set(cv2.CAP_PROP_POS_FRAMES, 0)
            stream.read()
        number += 1
        pause.wait(max(0.0, began + number / RATE - now))
    stream.release()
    return (time.process_time() - cpu) / (time.perf_counter() - began) * 100


def _film(path: Path) -> Path:
    """Frames with fine detail in which something moves, each with its number."""
    grain = np.random.default_rng(1)
    coarse = grain.integers(40, 215, (SIZE[1] // 40, SIZE[0] // 40, 3)).astype(np.uint8)
    ground = np.asarray(cv2.resize(coarse, SIZE, interpolation=cv2.INTER_CUBIC), np.float32)
    ground += grain.normal(0, 4, ground.shape)
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter.fourcc(*"MJPG"), RATE, SIZE)
    for number in range(_FRAMES):
        frame = np.clip(ground, 0, 255).astype(np.uint8)
        cv2.circle(frame, (200 + 7 * number, 400), 120, (60, 90, 200), -1, cv2.LINE_AA)
        for bit in range(_BITS):
            white = 255 if number >> bit & 1 else 0
            frame[:_SQUARE, bit * _SQUARE : (bit + 1) * _SQUARE] = white
        writer.write(frame)
    writer.release()
    return path


def _number(frame: npt.NDArray[np.uint8]) -> int:
    middle = _SQUARE // 2
    return sum(int(frame[middle, bit * _SQUARE + middle, 1] > 127) << bit for bit in range(_BITS))


def _percentile(values: list[float], share: float) -> float:
    return float(np.percentile(np.asarray(values), share))


if __name__ == "__main__":
    for name, value, unit in measure():
        print(f"{name:<62} {value:8.2f} {unit}")
