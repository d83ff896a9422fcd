# SPDX-License-Identifier: Apache-2.0
"""A simulated camera that ships with the product: it sees the specimen traveller at the desk, never quite still."""

from __future__ import annotations

import math
from typing import Final

import cv2
import numpy as np
import numpy.typing as npt

from devices.simulators.faults import Fault
from devices.simulators.simulated import Part, Simulated, Surroundings
from station.ports.devices import FACE_CAMERA, FaceCapture
from station.ports.images import EncodedImage, PreviewFrame
from station.ports.tasks import CancelToken

Picture = npt.NDArray[np.uint8]  # height x width x 3, blue first

_SIZE: Final = (720, 960)  # width and height: upright, as a camera at a desk is mounted
_PREVIEW: Final = (480, 640)
_QUALITY: Final = 92
_WALL: Final = (206, 204, 200)
_PACE: Final = 1 / 25  # seconds from frame to frame: what is asked of a camera (15 a second), with room to spare


class Lens:
    """Shows the portrait of the traveller on the tray, or the empty wall."""

    def __init__(self, around: Surroundings) -> None:
        self._tray = around.tray
        self._pictures = around.pictures
        grain = np.random.default_rng(around.seed).integers(0, 5, (_SIZE[1], _SIZE[0], 1), np.uint8)
        self._noise: Picture = np.repeat(grain, 3, axis=2)
        self._frame = 0
        self._clock = around.clock
        self._last = 0.0  # when the last live picture was due
        self._shown: tuple[int, Picture] | None = None

    def camera(self, part: Part) -> SimulatedCamera:
        """The role object of one session; each session moves alike, so that a demonstration can be repeated."""
        self._frame = 0
        return SimulatedCamera(self, part)

    @property
    def traveller(self) -> int | None:
        """Who stands before it."""
        return self._tray.traveller

    def wait_for_next(self, cancel: CancelToken) -> None:
        """Wait until the next live picture is due: a slow machine makes up for what drawing one took."""
        now = self._clock.monotonic()
        self._last = max(self._last + _PACE, now - _PACE)
        cancel.wait(max(0.0, self._last - now))

    def look(self, traveller: int | None) -> Picture:
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


class SimulatedCamera:
    """One session's FaceCamera."""

    def __init__(self, lens: Lens, part: Part) -> None:
        self._lens = lens
        self._part = part

    def latest_frame(self, *, cancel: CancelToken) -> PreviewFrame:
        """The next live picture, at most 25 a second. MUTE and DISCONNECT strike it; others wait for a capture."""
        self._part.use.check()
        fault = self._part.faults.current
        strikes = self._part.faults.take() if fault in (Fault.MUTE, Fault.DISCONNECT) else None
        return self._part.run(lambda token: self._preview(strikes, token), cancel=cancel)

    def capture(self, *, cancel: CancelToken) -> FaceCapture:
        """One picture in full resolution."""
        return FaceCapture(self._part.run(self._capture, cancel=cancel), self._part.use.provenance())

    def _preview(self, fault: Fault | None, token: CancelToken) -> PreviewFrame:
        self._lens.wait_for_next(token)
        self._part.meet(fault, token)
        small = cv2.resize(self._lens.look(self._lens.traveller), _PREVIEW, interpolation=cv2.INTER_AREA)
        return PreviewFrame(*_PREVIEW, cv2.cvtColor(small, cv2.COLOR_BGR2RGB).tobytes())

    def _capture(self, token: CancelToken) -> EncodedImage:
        fault = self._part.faults.take()
        self._part.meet(fault, token)
        traveller = self._lens.traveller
        if fault is Fault.WRONG_ANSWER and traveller is not None:
            traveller += 1
        _, data = cv2.imencode(".jpg", self._lens.look(traveller), [cv2.IMWRITE_JPEG_QUALITY, _QUALITY])
        return self._part.faults.spoil(EncodedImage(data.tobytes(), "image/jpeg"), fault)


def face_camera(around: Surroundings) -> Simulated:
    """A camera at the desk."""
    return Simulated("face-camera", "Simulated camera", ((FACE_CAMERA, Lens(around).camera),), around)
