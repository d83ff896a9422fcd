# SPDX-License-Identifier: Apache-2.0
"""Benches of the camera driver: films in the place of cameras, and one that hangs in the library's own call."""

from __future__ import annotations

import contextlib
import os
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import cv2
import numpy as np
import zxingcpp

from devices.cameras.driver import CameraDriver, CameraSettings
from tests.contract.benches import LOOK, Bench, WallClock, video
from tests.station.optical.desks import Picture, scene

RATE = 25.0  # frames a second of the films
CODE = b"UTOPIA\x00\xff"


def camera(folder: Path, *, waits: bool = False) -> Bench:
    """A film as a camera."""
    return _bench(folder, video, waits=waits)


def page_camera(folder: Path, *, waits: bool = False) -> Bench:
    """A film of documents that are laid on a desk and taken away, as a camera over it."""
    return _bench(folder, documents, waits=waits, document=True)


def code_camera(folder: Path, *, waits: bool = False) -> Bench:
    """A film of a code held before a camera now and then."""
    return _bench(folder, codes, waits=waits)


def _bench(folder: Path, film: Callable[[Path], Path], *, waits: bool, document: bool = False) -> Bench:
    path = folder / "camera.avi"
    if waits:
        os.mkfifo(path)
    else:
        film(path)
    settings = CameraSettings(
        files=(str(path),), document_cameras=("camera",) if document else (), look_seconds=LOOK, enabled=False
    )
    release = Hang(path).end if waits else contextlib.nullcontext
    driver = CameraDriver(settings, clock=WallClock())
    return Bench(driver, vanish=path.unlink, come_back=lambda: _again(path, film), release=release, simulated=True)


def _again(path: Path, film: Callable[[Path], Path]) -> None:
    film(path.with_name("new.avi")).rename(path)


class Hang:
    """A pipe that nobody writes to: OpenCV hangs when it opens it, as it does with a camera that went mad."""

    def __init__(self, path: Path) -> None:
        self._pipe = os.open(path, os.O_RDONLY | os.O_NONBLOCK)

    @contextmanager
    def end(self) -> Iterator[None]:
        """Let every opening of the pipe end, also when its name is gone."""
        over = threading.Event()

        def write_nothing() -> None:
            while not over.wait(0.005):
                os.close(os.open(f"/proc/self/fd/{self._pipe}", os.O_WRONLY | os.O_NONBLOCK))

        writer = threading.Thread(target=write_nothing)
        writer.start()
        try:
            yield
        finally:
            over.set()
            writer.join()
            os.close(self._pipe)


def film(path: Path, shots: Sequence[tuple[Picture, float]]) -> Path:
    """A film of pictures, each shown for some seconds."""
    height, width = shots[0][0].shape[:2]
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter.fourcc(*"MJPG"), RATE, (width, height))
    for picture, seconds in shots:
        for _ in range(round(seconds * RATE)):
            writer.write(picture)
    writer.release()
    return path


def documents(path: Path) -> Path:
    """Two documents, one after the other, with the empty desk between them."""
    desk = small(scene(4, empty=True).picture)
    return film(path, [(small(scene(4).picture), 1.2), (desk, 0.8), (small(scene(9).picture), 1.2), (desk, 0.8)])


def small(picture: Picture) -> Picture:
    return np.asarray(cv2.resize(picture, (800, 600), interpolation=cv2.INTER_AREA), np.uint8)


def codes(path: Path) -> Path:
    """A code that comes into view and goes."""
    view = np.full((600, 800, 3), 150, np.uint8)
    held = view.copy()
    code = np.asarray(zxingcpp.create_barcode(CODE, zxingcpp.BarcodeFormat.QRCode).to_image(scale=8), np.uint8)
    held[200 : 200 + code.shape[0], 300 : 300 + code.shape[1]] = code[:, :, None]
    return film(path, [(held, 0.8), (view, 1.6)])
