# SPDX-License-Identifier: Apache-2.0
"""A camera is asked for size, exposure and gain, and what it does not follow is said, not hidden."""

from __future__ import annotations

import cv2

from devices.cameras.adjusting import Wanted, adjust

SIZES = ((640, 480), (1280, 720), (1920, 1080))


class UsbCamera:
    """How a USB camera answers: sizes from its list, exposure in steps, and some controls it does not have."""

    def __init__(self, *, exposure: bool = True, automatic_only: bool = False) -> None:
        self.values: dict[int, float] = {
            cv2.CAP_PROP_FRAME_WIDTH: 640.0,
            cv2.CAP_PROP_FRAME_HEIGHT: 480.0,
            cv2.CAP_PROP_AUTO_EXPOSURE: 3.0,
            cv2.CAP_PROP_EXPOSURE: 157.0 if exposure else -1.0,
            cv2.CAP_PROP_GAIN: 0.0,
        }
        self.exposure = exposure
        self.automatic_only = automatic_only

    def set(self, propId: int, value: float) -> bool:
        if propId == cv2.CAP_PROP_FRAME_HEIGHT:
            wanted = (self.values[cv2.CAP_PROP_FRAME_WIDTH], value)
            near = min(SIZES, key=lambda size: abs(size[0] - wanted[0]) + abs(size[1] - wanted[1]))
            self.values[cv2.CAP_PROP_FRAME_WIDTH], self.values[cv2.CAP_PROP_FRAME_HEIGHT] = near
            return True
        if propId == cv2.CAP_PROP_EXPOSURE and not self.exposure:
            return False
        if propId == cv2.CAP_PROP_EXPOSURE:
            value = round(value / 4) * 4.0
        if propId == cv2.CAP_PROP_AUTO_EXPOSURE and self.automatic_only:
            return False
        self.values[propId] = value
        return True

    def get(self, propId: int) -> float:
        return self.values.get(propId, -1.0)


def said(camera: UsbCamera, wanted: Wanted) -> list[str]:
    return [text.in_english() for text in adjust(camera, wanted)]


def test_a_camera_that_follows_has_nothing_to_say() -> None:
    camera = UsbCamera()
    assert said(camera, Wanted(size=(1280, 720), exposure=8.0, gain=4.0)) == []
    assert camera.values[cv2.CAP_PROP_EXPOSURE] == 80.0  # units of 100 µs
    assert camera.values[cv2.CAP_PROP_AUTO_EXPOSURE] == 1.0
    assert camera.values[cv2.CAP_PROP_FOURCC] == float(cv2.VideoWriter.fourcc(*"MJPG"))


def test_a_camera_that_takes_another_size_says_which() -> None:
    assert said(UsbCamera(), Wanted(size=(2592, 1944))) == [
        "It gives 1920 x 1080 pixels; the settings ask for 2592 x 1944."
    ]


def test_a_camera_without_an_exposure_says_so() -> None:
    assert said(UsbCamera(exposure=False), Wanted(exposure=8.0)) == ["Its exposure cannot be set."]


def test_a_camera_that_stays_automatic_says_so() -> None:
    assert said(UsbCamera(automatic_only=True), Wanted(exposure=20.0)) == ["Its exposure stays automatic."]


def test_automatic_exposure_is_given_back() -> None:
    camera = UsbCamera()
    adjust(camera, Wanted(exposure=8.0))
    assert said(camera, Wanted()) == []
    assert camera.values[cv2.CAP_PROP_AUTO_EXPOSURE] == 3.0


def test_a_gain_that_is_not_taken_is_said() -> None:
    camera = UsbCamera()
    camera.set = lambda propId, value: False  # type: ignore[method-assign]  # a deaf one
    assert said(camera, Wanted(gain=10.0)) == ["Its gain does not follow the settings."]
