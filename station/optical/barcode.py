# SPDX-License-Identifier: Apache-2.0
"""Codes in a picture: what they hold, as exact bytes, and where they are. Nothing of their meaning is judged here.

For pictures that may be trusted to be pixels (a live frame, a page drawn here). Encoded pictures go through
``pictures.SafePictures.barcodes``, which decodes them in a helper process.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final

import cv2
import numpy as np
import numpy.typing as npt
import zxingcpp

from station.optical.components import Grey
from station.ports.barcodes import Barcode, Symbology

MOST_CODES: Final = 16  # a page with more is no document; also what one answer of the helper can carry

#: By the library's names: objects of its own that are kept to the end of the process count as leaks to it.
_SYMBOLOGY: Final = {
    "QRCode": Symbology.QR,
    "DataMatrix": Symbology.DATA_MATRIX,
    "PDF417": Symbology.PDF417,
    "Aztec": Symbology.AZTEC,
    "Code128": Symbology.CODE_128,
    "Code39": Symbology.CODE_39,
}
_BARS: Final = ("PDF417", "Code128", "Code39")

_ENLARGED_UP_TO: Final = 6_000_000  # pixels; a larger picture has its codes large enough
# Codes of bars are found within about 5 degrees of upright (and of 90, 180, 270); these turns cover the rest.
_TURNS: Final = (10, 20, 30, 40, 50, 60, 70, 80)


def find_barcodes(image: npt.NDArray[np.uint8]) -> tuple[Barcode, ...]:
    """The codes in a picture, from top to bottom; empty when there is none.

    ``image``: height x width grey, or height x width x 3 in RGB. A page (A4 at 300 dpi) that shows a code at once takes
    0.1 s of one core, one that has none 1.5 s: what was not found is looked for again enlarged, sharpened and turned.
    The first look that finds a code is the last one; a worse code beside a good one may stay unseen.
    ``content`` has the bytes of the code as they stand in it: no character set is guessed, escape sequences for
    character sets (ECI) are resolved away. ``corners`` begin at the code's own top left. Any thread; blocks.
    """
    if image.ndim == 3:
        image = np.asarray(cv2.cvtColor(image, cv2.COLOR_RGB2GRAY), np.uint8)
    if not image.size:
        return ()
    for look, back, kinds in _looks(np.ascontiguousarray(image)):
        found = zxingcpp.read_barcodes(look, _formats(kinds))
        if found:
            codes = (_code(one, back, image.shape) for one in found)
            return tuple(sorted(codes, key=lambda code: min(y for _, y in code.corners)))[:MOST_CODES]
    return ()


def _looks(image: Grey) -> Iterator[tuple[Grey, npt.NDArray[np.float64], Iterable[str]]]:
    """Pictures to look at, the likeliest first; with each the 2 x 3 matrix that leads back to the given one."""
    yield image, _scaled(1.0), _SYMBOLOGY
    grown, scale = image, 1.0
    if image.size <= _ENLARGED_UP_TO:
        scale = 2.0
        grown = np.asarray(cv2.resize(image, None, fx=scale, fy=scale, interpolation=cv2.INTER_CUBIC), np.uint8)
        yield grown, _scaled(1 / scale), _SYMBOLOGY
    soft = cv2.GaussianBlur(grown, (0, 0), 1.5 * scale)
    yield np.asarray(cv2.addWeighted(grown, 2.5, soft, -1.5, 0), np.uint8), _scaled(1 / scale), _SYMBOLOGY
    for degrees in _TURNS:
        turned, back = _turned(image, degrees)
        yield turned, back, _BARS


def _formats(kinds: Iterable[str]) -> zxingcpp.BarcodeFormats:
    return zxingcpp.BarcodeFormats([zxingcpp.BarcodeFormat[kind] for kind in kinds])


def _scaled(factor: float) -> npt.NDArray[np.float64]:
    return np.array([[factor, 0.0, 0.0], [0.0, factor, 0.0]])


def _turned(image: Grey, degrees: float) -> tuple[Grey, npt.NDArray[np.float64]]:
    """The whole picture turned, on a canvas that holds it, and the way back."""
    height, width = image.shape
    there = np.asarray(cv2.getRotationMatrix2D((width / 2, height / 2), degrees, 1.0), np.float64)
    across = round(width * abs(there[0, 0]) + height * abs(there[0, 1]))
    down = round(width * abs(there[0, 1]) + height * abs(there[0, 0]))
    there[:, 2] += (across - width) / 2, (down - height) / 2
    turned = cv2.warpAffine(image, there, (across, down), flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    return np.asarray(turned, np.uint8), np.asarray(cv2.invertAffineTransform(there), np.float64)


def _code(found: zxingcpp.Barcode, back: npt.NDArray[np.float64], shape: tuple[int, ...]) -> Barcode:
    place = found.position
    corners = []
    for point in (place.top_left, place.top_right, place.bottom_right, place.bottom_left):
        x, y = back @ (point.x, point.y, 1.0)
        corners.append((min(max(round(x), 0), shape[1] - 1), min(max(round(y), 0), shape[0] - 1)))
    return Barcode(_SYMBOLOGY.get(found.symbology.name, Symbology.OTHER), found.bytes, tuple(corners))
