# SPDX-License-Identifier: Apache-2.0
"""A simulated camera that ships with the product: it sees the specimen traveller at the desk, never quite still."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Final, TypeVar

import cv2
import numpy as np
import numpy.typing as npt

from devices.base import Attendance, Session
from devices.simulators.faults import SLOW_SECONDS, Fault, FaultSwitch, jam, pulled
from devices.simulators.tray import SpecimenPictures, SpecimenTray
from devices.worker import DeviceWorker
from station.domain.errors import DeviceError
from station.domain.words import say
from station.ports.clock import Clock
from station.ports.devices import FACE_CAMERA, DeviceInfo, FaceCapture, Health, Role
from station.ports.images import EncodedImage, PreviewFrame
from station.ports.tasks import CancelToken

T = TypeVar("T")
Picture = npt.NDArray[np.uint8]  # height x width x 3, blue first

_SIZE: Final = (720, 960)  # width and height: upright, as a camera at a desk is mounted
_PREVIEW: Final = (480, 640)
_QUALITY: Final = 92
_WALL: Final = (206, 204, 200)
_PACE: Final = 1 / 15  # seconds from frame to frame


class SimulatedFaceCamera:
    """Shows the portrait of the traveller on the tray, or the empty wall."""

    def __init__(
        self,
        tray: SpecimenTray,
        pictures: SpecimenPictures,
        *,
        driver: str,
        seed: int,
        clock: Clock,
        changed: Callable[[str], None],
    ) -> None:
        self.info = DeviceInfo("simulated:face-camera", "Simulated camera", driver, (FACE_CAMERA,), simulated=True)
        self.faults = FaultSwitch(seed=seed)
        self._tray = tray
        self._pictures = pictures
        self._attendance = Attendance(self.info, clock=clock, changed=changed)
        self._worker = DeviceWorker("simulated camera")
        grain = np.random.default_rng(seed).integers(0, 5, (_SIZE[1], _SIZE[0], 1), np.uint8)
        self._noise: Picture = np.repeat(grain, 3, axis=2)
        self._frame = 0
        self._shown: tuple[int, Picture] | None = None

    def unplug(self) -> None:
        """Pull the plug: whoever waits gets DeviceRemoved."""
        self._attendance.went()
        self._worker.fail_waiting(pulled(self.info.name))

    def replug(self) -> None:
        """Plug it in again."""
        self._attendance.returned()

    def close(self) -> None:
        """End the thread."""
        self._attendance.went(say("The station is closing."))
        self._attendance.release()
        self._worker.close()

    def health(self) -> Health:
        """Ready, in use, gone, or what has to be done."""
        return self._attendance.health(complaint=self._worker.complaint())

    @property
    def gone(self) -> bool:
        """Whether the plug is out."""
        return self._attendance.gone

    def open(self, role: Role[object]) -> object:
        """Begin exclusive use."""
        self._frame = 0  # each session moves alike, so that a demonstration can be repeated
        return _Camera(self, self._attendance.claim())

    def end_session(self, role: Role[object]) -> None:
        """End exclusive use."""
        self._attendance.end(self._worker.fail_waiting)

    def preview(self, session: Session, cancel: CancelToken) -> PreviewFrame:
        """The next live picture. Faults strike the capture, and MUTE and DISCONNECT the live picture too."""
        session.check()
        fault = self.faults.current
        if fault in (Fault.MUTE, Fault.DISCONNECT):
            self.faults.take()
            return self._run(session.bound(lambda token: self._preview(token, fault)), cancel)
        return self._run(session.bound(lambda token: self._preview(token, None)), cancel)

    def capture(self, session: Session, cancel: CancelToken) -> FaceCapture:
        """One picture in full resolution."""
        session.check()
        image = self._run(session.bound(self._capture), cancel)
        return FaceCapture(image, self._attendance.provenance(FACE_CAMERA))

    def _run(self, work: Callable[[CancelToken], T], cancel: CancelToken) -> T:
        try:
            result = self._worker.run(work, cancel=cancel)
        except DeviceError as error:
            if not self.gone:
                self._attendance.trouble(error)
            raise
        self._attendance.well()
        return result

    def _preview(self, token: CancelToken, fault: Fault | None) -> PreviewFrame:
        self._worker.assert_on_worker()
        token.wait(_PACE)
        self._meet(fault, token)
        small = cv2.resize(self._look(self._tray.traveller), _PREVIEW, interpolation=cv2.INTER_AREA)
        return PreviewFrame(*_PREVIEW, cv2.cvtColor(small, cv2.COLOR_BGR2RGB).tobytes())

    def _capture(self, token: CancelToken) -> EncodedImage:
        self._worker.assert_on_worker()
        fault = self.faults.take()
        self._meet(fault, token)
        traveller = self._tray.traveller
        if fault is Fault.WRONG_ANSWER and traveller is not None:
            traveller += 1
        _, data = cv2.imencode(".jpg", self._look(traveller), [cv2.IMWRITE_JPEG_QUALITY, _QUALITY])
        return self.faults.spoil(EncodedImage(data.tobytes(), "image/jpeg"), fault)

    def _meet(self, fault: Fault | None, token: CancelToken) -> None:
        match fault:
            case Fault.JAM:
                raise jam()
            case Fault.SLOW:
                token.wait(SLOW_SECONDS)
            case Fault.MUTE:
                while True:
                    token.wait(3600.0)
            case Fault.DISCONNECT:
                self._attendance.went()
                raise pulled(self.info.name)
            case _:
                pass

    def _look(self, traveller: int | None) -> Picture:
        """What the lens sees now: the traveller sways by some pixels, the sensor is a little noisy."""
        self._frame += 1
        width, height = _SIZE
        scene = np.full((height, width, 3), _WALL, np.uint8)
        if traveller is not None:
            sway = (6 * math.sin(self._frame / 9), 3 * math.sin(self._frame / 14))
            move = np.array([[1, 0, sway[0]], [0, 1, sway[1]]], np.float32)
            portrait = self._portrait(traveller)
            scene = np.asarray(cv2.warpAffine(portrait, move, _SIZE, borderMode=cv2.BORDER_REPLICATE), np.uint8)
        # One field of noise, moved along: drawing a new one for each frame would cost more than the frame.
        return np.asarray(cv2.add(scene, np.roll(self._noise, 37 * self._frame, axis=0)), np.uint8)

    def _portrait(self, traveller: int) -> Picture:
        if self._shown is None or self._shown[0] != traveller:
            encoded = np.frombuffer(self._pictures.portrait(traveller).data, np.uint8)
            # Drawn by this program a moment ago, therefore decoded here and not in a helper process.
            picture = cv2.imdecode(encoded, cv2.IMREAD_COLOR)
            if picture is None:
                raise ValueError("a specimen portrait is no picture")
            fitted = cv2.resize(picture, _SIZE, interpolation=cv2.INTER_AREA)
            self._shown = (traveller, np.asarray(fitted, np.uint8))
        return self._shown[1]


class _Camera:
    """One session's FaceCamera."""

    def __init__(self, device: SimulatedFaceCamera, session: Session) -> None:
        self._device = device
        self._session = session

    def latest_frame(self, *, cancel: CancelToken) -> PreviewFrame:
        """The next live picture, about 15 a second."""
        return self._device.preview(self._session, cancel)

    def capture(self, *, cancel: CancelToken) -> FaceCapture:
        """One picture in full resolution."""
        return self._device.capture(self._session, cancel)
