# SPDX-License-Identifier: Apache-2.0
"""A photo the officer chose from a file fills the camera's role, marked as chosen by a person."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import numpy as np

from devices.base import DriverListener
from devices.shell import Shell, Use
from station.domain.errors import DeviceFault, DeviceRemoved, FileRefused
from station.domain.words import Text, say
from station.isolation.intake import open_regular
from station.ports.clock import Clock
from station.ports.devices import FACE_CAMERA, DeviceInfo, FaceCapture
from station.ports.images import MOST_IMAGE_BYTES, EncodedImage, PreviewFrame
from station.ports.tasks import CancelToken

DRIVER: Final = "manual"
_PREVIEW: Final = (320, 400)  # a plain frame: the file itself is decoded only where decoding is safe
_MAGIC: Final = {b"\xff\xd8\xff": "image/jpeg", b"\x89PNG\r\n\x1a\n": "image/png"}


class PhotoFile:
    """The driver; its one device, a shell, is attached while a file is chosen. Any thread may call ``choose_file``."""

    name = DRIVER
    simulated = False

    def __init__(self, *, clock: Clock) -> None:
        self.info = DeviceInfo("manual:photo-file", "Photo from a file", DRIVER, (FACE_CAMERA,), manual=True)
        self._listener: DriverListener | None = None
        self._file: Path | None = None
        self._shell = Shell(
            self.info, clock=clock, changed=self._changed, fills={FACE_CAMERA.name: lambda use: _Photo(self, use)}
        )

    @property
    def device_id(self) -> str:
        """As the registry knows it."""
        return self.info.device_id

    def start(self, listener: DriverListener) -> None:
        """Nothing is offered until a file is chosen."""
        self._listener = listener

    def choose_file(self, file: Path | None) -> None:
        """Offer this file as the camera's picture, or nothing any more."""
        self._file = file
        if self._listener is None:
            return
        if file is None:
            self._shell.went(say("No photo is chosen."))
            self._listener.detached(self.info.device_id)
        else:
            self._shell.returned()
            self._listener.attached(self._shell)

    def why_nothing(self) -> Text | None:
        """A file has to be chosen first; that is no fault to report."""
        return None

    def close(self) -> None:
        """End the thread; nothing is held open."""
        self._shell.close()

    def read(self) -> EncodedImage:
        """The file's bytes. Raises DeviceRemoved when it vanished, DeviceFault when it is no photo."""
        file = self._file
        try:
            data = b"" if file is None else _read_limited(file)
        except OSError:
            raise DeviceRemoved(
                say("The photo file cannot be opened any more."), say("Choose the file again.")
            ) from None
        kind = next((kind for magic, kind in _MAGIC.items() if data.startswith(magic)), None)
        if kind is None or len(data) > MOST_IMAGE_BYTES:
            raise DeviceFault(
                say("The chosen file is not a photo the station accepts."),
                say("Choose a JPEG or PNG file of at most {limit} MB.", limit=MOST_IMAGE_BYTES // 1024**2),
            )
        return EncodedImage(data, kind)

    def _changed(self, device_id: str) -> None:
        if self._listener is not None:
            self._listener.health_changed(device_id)


def _read_limited(file: Path) -> bytes:
    """What it holds, and a byte more than a picture may have; nothing of what is no ordinary file."""
    try:
        with open_regular(file) as stream:
            return stream.read(MOST_IMAGE_BYTES + 1)
    except FileRefused:
        return b""


class _Photo:
    """One session's FaceCamera."""

    def __init__(self, device: PhotoFile, use: Use) -> None:
        self._device = device
        self._use = use
        self._shown = False

    def latest_frame(self, *, cancel: CancelToken) -> PreviewFrame:
        """A plain grey frame, once a second: the picture is seen after the capture."""
        return self._use.run(self._frame, cancel=cancel)

    def _frame(self, token: CancelToken) -> PreviewFrame:
        token.wait(1.0 if self._shown else 0.0)
        self._shown = True
        width, height = _PREVIEW
        frame = np.full((height, width, 3), 96, np.uint8)
        frame[40:-40, 40:-40] = 112
        return PreviewFrame(width, height, frame.tobytes())

    def capture(self, *, cancel: CancelToken) -> FaceCapture:
        """The file as it is. Raises DeviceRemoved, DeviceFault."""
        image = self._use.run(lambda _token: self._device.read(), cancel=cancel)
        return FaceCapture(image, self._use.provenance(manual=True))
