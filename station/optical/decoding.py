# SPDX-License-Identifier: Apache-2.0
"""Encoded bytes to pixels. Runs in helper processes only: decoders have a long history of memory faults."""

from __future__ import annotations

import cv2
import numpy as np
import numpy.typing as npt

from station.optical.components import Grey


class Undecodable(Exception):
    """The decoder could make no picture of the bytes."""


def decode_grey(data: bytes) -> Grey:
    """A grey picture, turned as its EXIF orientation says, 8 bits. Raises Undecodable, MemoryError."""
    return _decode(data, cv2.IMREAD_GRAYSCALE)


def decode_rgb(data: bytes) -> npt.NDArray[np.uint8]:
    """Height x width x 3, turned as its EXIF orientation says, 8 bits. Raises Undecodable, MemoryError."""
    return np.asarray(cv2.cvtColor(_decode(data, cv2.IMREAD_COLOR), cv2.COLOR_BGR2RGB), np.uint8)


def fitted(picture: npt.NDArray[np.uint8], longest: int) -> npt.NDArray[np.uint8]:
    """The picture with no side above ``longest`` pixels; never enlarged."""
    scale = longest / max(picture.shape[:2])
    if scale >= 1:
        return picture
    size = (max(1, round(picture.shape[1] * scale)), max(1, round(picture.shape[0] * scale)))
    return np.asarray(cv2.resize(picture, size, interpolation=cv2.INTER_AREA), np.uint8)


def measured(grey: Grey) -> dict[str, float]:
    """Figures of picture quality, see ``pictures.PictureMetrics``."""
    small = fitted(grey, 1600)
    return {
        "sharpness": float(cv2.Laplacian(small, cv2.CV_32F).var()),
        "brightness": float(small.mean()) / 255,
        "contrast": float(np.percentile(small, 98) - np.percentile(small, 2)) / 255,
        "too_bright": float((small >= 250).mean()),
        "too_dark": float((small <= 5).mean()),
    }


def _decode(data: bytes, how: int) -> npt.NDArray[np.uint8]:
    try:
        picture = cv2.imdecode(np.frombuffer(data, np.uint8), how)
    except cv2.error as error:
        if error.code == cv2.Error.StsNoMem:
            raise MemoryError from None
        raise Undecodable from None
    if picture is None:
        raise Undecodable
    return np.asarray(picture, np.uint8)
