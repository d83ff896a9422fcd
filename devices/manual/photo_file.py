# SPDX-License-Identifier: Apache-2.0
"""A photo the officer chose from a file fills the camera's role, marked as chosen by a person."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np

from devices.base import Attendance, DriverListener, Session
from station.domain.errors import DeviceFault, DeviceRemoved
from station.domain.words import Text, say
from station.ports.clock import Clock
from station.ports.devices import FACE_CAMERA, DeviceInfo, FaceCapture, Health, Role
from station.ports.images import MOST_IMAGE_BYTES, EncodedImage, PreviewFrame
from station.ports.tasks import CancelToken

DRIVER = "manual"
_PREVIEW = (320, 400)  # a plain frame: the file itself is decoded only where decoding is safe
_MAGIC = {b"\xff\xd8\xff": "image/jpeg", b"\x89PNG\r\n\x1a\n": "image/png"}


class PhotoFile:
    """Driver and device in one, attached while a file is chosen. Any thread may call ``choose_file``."""

    name = DRIVER
    simulated = False

    def __init__(self, *, clock: Clock) -> None:
        self.info = DeviceInfo("manual:photo-file", "Photo from a file", DRIVER, (FACE_CAMERA,))
        self._listener: DriverListener | None = None
        self._attendance = Attendance(self.info, clock=clock, changed=self._health_changed)
        self._file: Path | None = None

    def start(self, listener: DriverListener) -> None:
        """Nothing is offered until a file is chosen."""
        self._listener = listener

    def choose_file(self, file: Path | None) -> None:
        """Offer this file as the camera's picture, or nothing any more."""
        self._file = file
        if self._listener is None:
            return
        if file is None:
            self._attendance.went(say("No photo is chosen."))
            self._listener.detached(self.info.device_id)
        else:
            self._attendance.returned()
            self._listener.attached(self)

    def why_nothing(self) -> Text | None:
        """A file has to be chosen first; that is no fault to report."""
        return None

    def close(self) -> None:
        """Nothing is held open."""
        self._attendance.went(say("The station is closing."))
        self._attendance.release()

    def health(self) -> Health:
        """Gone while no file is chosen."""
        return self._attendance.health()

    def open(self, role: Role[object]) -> object:
        """Begin exclusive use."""
        return _Photo(self, self._attendance, self._attendance.claim())

    def end_session(self, role: Role[object]) -> None:
        """End exclusive use."""
        self._attendance.release()

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

    def _health_changed(self, device_id: str) -> None:
        if self._listener is not None:
            self._listener.health_changed(device_id)


def _read_limited(file: Path) -> bytes:
    with file.open("rb") as stream:
        return stream.read(MOST_IMAGE_BYTES + 1)


class _Photo:
    """One session's FaceCamera."""

    def __init__(self, device: PhotoFile, attendance: Attendance, session: Session) -> None:
        self._device = device
        self._attendance = attendance
        self._session = session
        self._shown = False

    def latest_frame(self, *, cancel: CancelToken) -> PreviewFrame:
        """A plain grey frame, once a second: the picture is seen after the capture."""
        self._session.check()
        cancel.wait(1.0 if self._shown else 0.0)
        self._session.check()
        self._shown = True
        width, height = _PREVIEW
        frame = np.full((height, width, 3), 96, np.uint8)
        cv2.rectangle(frame, (40, 40), (width - 40, height - 40), (140, 140, 140), 2)
        return PreviewFrame(width, height, frame.tobytes())

    def capture(self, *, cancel: CancelToken) -> FaceCapture:
        """The file as it is. Raises DeviceRemoved, DeviceFault."""
        self._session.check()
        cancel.raise_if_cancelled()
        return FaceCapture(self._device.read(), self._attendance.provenance(FACE_CAMERA, manual=True))
