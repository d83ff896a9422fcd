# SPDX-License-Identifier: Apache-2.0
"""Asks a camera for size, exposure and gain, reads back what it made of that, and says where it did not follow."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Protocol

import cv2

from station.domain.words import Text, say

# V4L2_EXPOSURE_AUTO and its like in <linux/v4l2-controls.h>: OpenCV hands them through.
_MANUAL: Final = 1.0
_AUTOMATIC: Final = 3.0  # aperture priority: what USB cameras call automatic
_PER_MILLISECOND: Final = 10.0  # V4L2 counts exposure in units of 100 µs
_NEAR: Final = 0.12  # cameras have steps: so much, as a share, counts as followed


class Adjustable(Protocol):
    """What of cv2.VideoCapture is needed here."""

    def set(self, propId: int, value: float) -> bool:
        """Ask for a property; whether the camera said yes."""
        ...

    def get(self, propId: int) -> float:
        """What the property is now; 0 or -1 where the camera does not say."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What is asked of a camera. ``exposure`` in milliseconds, 0 automatic; ``gain`` in its own steps, 0 untouched."""

    size: tuple[int, int] | None = None
    exposure: float = 0.0
    gain: float = 0.0
    rotate: int = 0  # degrees clockwise; done here, not in the camera


def adjust(camera: Adjustable, wanted: Wanted) -> tuple[Text, ...]:
    """Set everything and read it back. One sentence for each thing that the camera did not follow."""
    said = []
    if wanted.size is not None:
        # Uncompressed pictures do not fit through USB 2 at this size; a camera without JPEG says no and stays as it is.
        camera.set(cv2.CAP_PROP_FOURCC, float(cv2.VideoWriter.fourcc(*"MJPG")))
        camera.set(cv2.CAP_PROP_FRAME_WIDTH, float(wanted.size[0]))
        camera.set(cv2.CAP_PROP_FRAME_HEIGHT, float(wanted.size[1]))
        given = size_of(camera)
        if given != wanted.size:
            said.append(other_size(given, wanted.size))
    if wanted.exposure > 0:
        camera.set(cv2.CAP_PROP_AUTO_EXPOSURE, _MANUAL)
        camera.set(cv2.CAP_PROP_EXPOSURE, wanted.exposure * _PER_MILLISECOND)
        is_now = camera.get(cv2.CAP_PROP_EXPOSURE) / _PER_MILLISECOND
        if camera.get(cv2.CAP_PROP_AUTO_EXPOSURE) == _AUTOMATIC:
            said.append(say("Its exposure stays automatic."))
        elif not _near(is_now, wanted.exposure):
            said.append(_not_followed_exposure(is_now, wanted.exposure))
    else:
        camera.set(cv2.CAP_PROP_AUTO_EXPOSURE, _AUTOMATIC)  # one that is always automatic refuses, and is well
    if wanted.gain > 0:
        camera.set(cv2.CAP_PROP_GAIN, wanted.gain)
        gain = camera.get(cv2.CAP_PROP_GAIN)
        if not _near(gain, wanted.gain):
            said.append(say("Its gain does not follow the settings."))
    return tuple(said)


def size_of(camera: Adjustable) -> tuple[int, int]:
    """Width and height that the camera says it gives."""
    return round(camera.get(cv2.CAP_PROP_FRAME_WIDTH)), round(camera.get(cv2.CAP_PROP_FRAME_HEIGHT))


def other_size(given: tuple[int, int], wanted: tuple[int, int]) -> Text:
    """The sentence for a camera with another size than asked for."""
    return say(
        "It gives {width} x {height} pixels; the settings ask for {wanted_width} x {wanted_height}.",
        width=given[0],
        height=given[1],
        wanted_width=wanted[0],
        wanted_height=wanted[1],
    )


def _not_followed_exposure(is_now: float, wanted: float) -> Text:
    if is_now <= 0:
        return say("Its exposure cannot be set.")
    return say(
        "Its exposure is {exposure} ms; the settings ask for {wanted} ms.",
        exposure=round(is_now, 1),
        wanted=round(wanted, 1),
    )


def _near(value: float, wanted: float) -> bool:
    return abs(value - wanted) <= _NEAR * wanted
