# SPDX-License-Identifier: Apache-2.0
"""What a technician can set for cameras; those over a desk and those before a face want different things."""

from __future__ import annotations

from dataclasses import dataclass

from station.config.declared import seconds, setting
from station.domain.words import say

_TURNS = (0, 90, 180, 270)
_A_TURN = say("Use 0, 90, 180 or 270.")
_PIXELS = say("Use a number of pixels from 160 to 16384, as the camera's maker names it.")
_NOT_NEGATIVE = say("Use 0 or a larger number.")


def _pixels(value: int) -> bool:
    return 160 <= value <= 16384


def _turn(value: int) -> bool:
    return value in _TURNS


def _not_negative(value: float) -> bool:
    return value >= 0


@dataclass(frozen=True, slots=True, kw_only=True)
class CameraSettings:
    """The settings of the driver ``cameras``. What a camera does not follow is said in its health."""

    enabled: bool = setting(True, say("Use the cameras that are plugged in."))
    files: tuple[str, ...] = setting(
        (), say("Video files, or numbered pictures such as seq/f%03d.jpg, shown as cameras. For training and tests.")
    )
    document_cameras: tuple[str, ...] = setting(
        (), say("The cameras over the desk: a part of the name of each. All other cameras look at faces.")
    )
    width: int = setting(1920, say("Width of a face picture in pixels."), possible=_pixels, cure=_PIXELS)
    height: int = setting(1080, say("Height of a face picture in pixels."), possible=_pixels, cure=_PIXELS)
    exposure: float = setting(
        0.0,
        say("Exposure of face cameras in milliseconds; 0 lets the camera choose."),
        possible=_not_negative,
        cure=_NOT_NEGATIVE,
    )
    gain: float = setting(
        0.0,
        say("Gain of face cameras, in the camera's own steps; 0 leaves it as it is."),
        possible=_not_negative,
        cure=_NOT_NEGATIVE,
    )
    rotate: int = setting(0, say("Turn face pictures clockwise, in degrees."), possible=_turn, cure=_A_TURN)
    mirror: bool = setting(
        False, say("Show the live picture of face cameras as a mirror does. Captured pictures are never mirrored.")
    )
    document_width: int = setting(2592, say("Width of a document picture in pixels."), possible=_pixels, cure=_PIXELS)
    document_height: int = setting(1944, say("Height of a document picture in pixels."), possible=_pixels, cure=_PIXELS)
    document_exposure: float = setting(
        0.0,
        say("Exposure of document cameras in milliseconds; 0 lets the camera choose."),
        possible=_not_negative,
        cure=_NOT_NEGATIVE,
    )
    document_gain: float = setting(
        0.0,
        say("Gain of document cameras, in the camera's own steps; 0 leaves it as it is."),
        possible=_not_negative,
        cure=_NOT_NEGATIVE,
    )
    document_rotate: int = setting(
        0, say("Turn document pictures clockwise, in degrees."), possible=_turn, cure=_A_TURN
    )
    preview_width: int = setting(
        1280,
        say("Largest width of the live picture in pixels. Captured pictures keep their full size."),
        possible=_pixels,
        cure=_PIXELS,
    )
    look_seconds: float = seconds(2.0, say("Seconds between looks for cameras."), shown=False)
