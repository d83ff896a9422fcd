# SPDX-License-Identifier: Apache-2.0
"""The one place that talks to OpenCV's video capture: V4L2 cameras, video files and numbered picture files."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Final

# FFmpeg, inside OpenCV, writes to standard error what is told to the officer in words; it reads this when loaded.
os.environ.setdefault("OPENCV_FFMPEG_LOGLEVEL", "-8")

import cv2
import numpy as np
import numpy.typing as npt

Frame = npt.NDArray[np.uint8]  # height x width x 3, blue first, as OpenCV gives it

PREVIEW_WIDTH: Final = 640
JPEG_QUALITY: Final = 92

cv2.utils.logging.setLogLevel(cv2.utils.logging.LOG_LEVEL_SILENT)


@dataclass(frozen=True, slots=True)
class VideoSource:
    """Where frames come from. ``path`` is a device node, a video file, or a pattern like ``seq/f%03d.jpg``."""

    path: str
    live: bool  # a camera, and not a file that begins again at its end

    def exists(self) -> bool:
        """Whether the node or file is there; for a pattern, its folder."""
        path = Path(self.path)
        return (path.parent if "%" in path.name else path).exists()


class Stream:
    """An open source. Every method on the device's own thread."""

    def __init__(self, source: VideoSource, *, size: tuple[int, int] | None) -> None:
        """Open it. Raises OSError when OpenCV cannot."""
        self._source = source
        backend = cv2.CAP_V4L2 if source.live else cv2.CAP_ANY
        if "%" in Path(source.path).name:
            backend = cv2.CAP_IMAGES
        self._capture = cv2.VideoCapture(source.path, backend)
        if not self._capture.isOpened():
            raise OSError("not a video source")
        if source.live and size is not None:
            self._capture.set(cv2.CAP_PROP_FRAME_WIDTH, size[0])
            self._capture.set(cv2.CAP_PROP_FRAME_HEIGHT, size[1])
        rate = self._capture.get(cv2.CAP_PROP_FPS)
        self.pace = 0.0 if source.live else 1.0 / (rate if 1.0 <= rate <= 120.0 else 25.0)

    def read(self) -> Frame | None:
        """The next frame; None when there is none. A file begins again at its end."""
        good, frame = self._capture.read()
        if not good and not self._source.live:
            self._capture.set(cv2.CAP_PROP_POS_FRAMES, 0)
            good, frame = self._capture.read()
        if not good or frame.ndim != 3:
            return None
        return np.asarray(frame, np.uint8)

    def close(self) -> None:
        """Let the source go: a camera's light goes out."""
        self._capture.release()


def preview(frame: Frame) -> tuple[int, int, bytes]:
    """Width, height and RGB bytes of a frame, at most PREVIEW_WIDTH wide."""
    height, width = frame.shape[:2]
    if width > PREVIEW_WIDTH:
        height, width = round(height * PREVIEW_WIDTH / width), PREVIEW_WIDTH
        frame = np.asarray(cv2.resize(frame, (width, height), interpolation=cv2.INTER_AREA), np.uint8)
    return width, height, cv2.cvtColor(frame, cv2.COLOR_BGR2RGB).tobytes()


def jpeg(frame: Frame) -> bytes:
    """The frame in full resolution as JPEG."""
    good, data = cv2.imencode(".jpg", frame, [cv2.IMWRITE_JPEG_QUALITY, JPEG_QUALITY])
    if not good:
        raise ValueError("a frame could not be encoded")
    return data.tobytes()
