# SPDX-License-Identifier: Apache-2.0
"""The one place that talks to OpenCV's video capture: V4L2 cameras, video files and numbered picture files."""

from __future__ import annotations

import os
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Final

# FFmpeg, inside OpenCV, writes to standard error what is told to the officer in words; it reads this when loaded.
os.environ.setdefault("OPENCV_FFMPEG_LOGLEVEL", "-8")

import cv2
import numpy as np
import numpy.typing as npt

from devices.cameras.adjusting import Wanted, adjust, other_size, size_of
from station.domain.words import Text

Frame = npt.NDArray[np.uint8]  # height x width x 3, blue first, as OpenCV gives it

JPEG_QUALITY: Final = 92
USUAL_RATE: Final = 25.0  # pictures a second of a film that does not say
_TURNS: Final = {90: cv2.ROTATE_90_CLOCKWISE, 180: cv2.ROTATE_180, 270: cv2.ROTATE_90_COUNTERCLOCKWISE}

cv2.utils.logging.setLogLevel(cv2.utils.logging.LOG_LEVEL_SILENT)


@dataclass(frozen=True, slots=True)
class VideoSource:
    """Where frames come from. ``path`` is a device node, a video file, or a pattern like ``seq/f%03d.jpg``."""

    path: str
    live: bool  # a camera, and not a file that begins again at its end

    @property
    def title(self) -> str:
        """What a film is called: its file, or the folder of numbered pictures, which all have the same pattern."""
        path = Path(self.path)
        return path.parent.name or path.name if "%" in path.name else path.name

    def exists(self) -> bool:
        """Whether the node or file is there; for a pattern, its folder."""
        path = Path(self.path)
        return (path.parent if "%" in path.name else path).exists()


class Stream:
    """An open source. Every method on the device's own thread.

    ``remarks``: what of ``wanted`` the source does not follow, a sentence each.
    """

    def __init__(self, source: VideoSource, *, wanted: Wanted) -> None:
        """Open it and set it. Raises OSError when OpenCV cannot."""
        self._live = source.live
        self._turn = _TURNS.get(wanted.rotate)
        backend = cv2.CAP_V4L2 if source.live else cv2.CAP_ANY
        if "%" in Path(source.path).name:
            backend = cv2.CAP_IMAGES
        # One thread for films: more of them hold frames back to work side by side.
        threads = [cv2.CAP_PROP_N_THREADS, 1] if backend == cv2.CAP_ANY else []
        self._capture = cv2.VideoCapture(source.path, backend, threads)
        if not self._capture.isOpened():
            raise OSError("not a video source")
        self.remarks: tuple[Text, ...] = adjust(self._capture, wanted) if source.live else ()
        given = size_of(self._capture)
        if not source.live and wanted.size is not None and given != wanted.size:
            self.remarks = (other_size(given, wanted.size),)  # a film has the size it has
        # OpenCV says 1 for numbered pictures, which have no rate.
        rate = 0.0 if backend == cv2.CAP_IMAGES else self._capture.get(cv2.CAP_PROP_FPS)
        self._step = 0.0 if source.live else 1.0 / (rate if 1.0 <= rate <= 120.0 else USUAL_RATE)
        self._next = time.monotonic()

    def grab(self) -> bool:
        """Take the next frame without decoding it where the source allows. A file begins again at its end."""
        good = self._capture.grab()
        if not good and not self._live:
            self._capture.set(cv2.CAP_PROP_POS_FRAMES, 0)
            good = self._capture.grab()
        return good

    def frame(self) -> Frame | None:
        """The frame that was grabbed, turned as wanted; None when it is damaged."""
        good, frame = self._capture.retrieve()
        if not good or frame.ndim != 3:
            return None
        if self._turn is not None:
            frame = cv2.rotate(frame, self._turn)
        return np.asarray(frame, np.uint8)

    def pause(self) -> float:
        """Seconds until the next frame is due: a camera keeps its own time, a film is kept to its rate."""
        now = time.monotonic()
        self._next = max(self._next + self._step, now - self._step)
        return max(0.0, self._next - now)

    def close(self) -> None:
        """Let the source go: a camera's light goes out."""
        self._capture.release()


def preview(frame: Frame, *, widest: int, mirror: bool) -> tuple[int, int, bytes]:
    """Width, height and RGB bytes of a frame, at most ``widest`` pixels wide."""
    height, width = frame.shape[:2]
    if width > widest:
        height, width = round(height * widest / width), widest
        frame = np.asarray(cv2.resize(frame, (width, height), interpolation=cv2.INTER_AREA), np.uint8)
    if mirror:
        frame = np.asarray(cv2.flip(frame, 1), np.uint8)
    return width, height, cv2.cvtColor(frame, cv2.COLOR_BGR2RGB).tobytes()


def jpeg(frame: Frame) -> bytes:
    """The frame in full resolution as JPEG."""
    good, data = cv2.imencode(".jpg", frame, [cv2.IMWRITE_JPEG_QUALITY, JPEG_QUALITY])
    if not good:
        raise ValueError("a frame could not be encoded")
    return data.tobytes()
