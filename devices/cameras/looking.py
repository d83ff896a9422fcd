# SPDX-License-Identifier: Apache-2.0
"""What a camera looks for in its live frames: a document that was placed and lies still, and codes held before it."""

from __future__ import annotations

from typing import Final, Protocol

import cv2
import numpy as np

from devices.base import AWAITS_DOCUMENT
from devices.cameras.video import Frame, jpeg
from devices.shell import Use
from station.domain.words import Text, say
from station.optical.barcode import find_barcodes
from station.optical.page import rectified
from station.optical.placing import Placing, PlacingWatch
from station.ports.barcodes import Barcode, BarcodeCapture
from station.ports.devices import PageCapture
from station.ports.images import EncodedImage
from station.ports.tasks import CancelToken

AWAITS_CODE = say("Waiting for a code. Hold it before the camera.")
NO_PAGE = say("No page was made out in the last picture: the whole picture was taken. Lay the page on a darker ground.")

_IDLE: Final = 0.4  # seconds between looks while nothing moves: decoding large frames costs
_AWAKE: Final = 0.1  # seconds between looks while something is being placed
_CODE_PAUSES: Final = (0.05, 0.5)  # seconds between looks for a code, at least and at most
_CODE_REST: Final = 2.0  # times as long as a look took
_CODE_GONE: Final = 1.0  # seconds out of view until the same code counts as a new one
_CODE_SIDE: Final = 1280  # pixels of the longer side while looking for codes


class FrameSource(Protocol):
    """What of a camera is needed here."""

    def frame(self, use: Use, cancel: CancelToken) -> Frame:
        """A frame taken after this call began."""
        ...

    def seconds(self) -> float:
        """A steady clock."""
        ...

    def remark_on_page(self, remark: Text | None) -> None:
        """What the last capture says of itself."""
        ...


class PageCamera:
    """One session's DocumentScanner: a camera over the desk."""

    senses_documents = True

    def __init__(self, camera: FrameSource, use: Use, placing: PlacingWatch) -> None:
        self._camera = camera
        self._use = use
        self._placing = placing

    def scan(self, *, cancel: CancelToken) -> PageCapture:
        """Wait for a document that lies still, and capture it, flattened; the whole picture where no page is made out.

        A document is captured once; it counts again after it was taken away. Raises DeviceRemoved, DeviceSilent,
        DeviceFault.
        """
        return self._use.run(self._await_page, cancel=cancel, undo=lambda _: self._placing.forget())

    def _await_page(self, token: CancelToken) -> PageCapture:
        with self._use.awaiting(AWAITS_DOCUMENT):
            while True:
                frame = self._camera.frame(self._use, token)
                seen = self._placing.look(frame, self._camera.seconds())
                if seen in (Placing.PLACED, Placing.UNCLEAR):
                    break
                token.wait(_IDLE if seen is Placing.NOTHING_NEW else _AWAKE)
        provenance = self._use.provenance()
        page = self._placing.page
        remark = NO_PAGE if page is None else None
        picture = frame if page is None else rectified(frame, page)
        data = jpeg(picture)
        self._placing.captured(frame)
        self._camera.remark_on_page(remark)
        return PageCapture(EncodedImage(data, "image/jpeg"), provenance, remark=remark)


class CodesInView:
    """One session's BarcodeReader: any camera before which a code is held."""

    def __init__(self, camera: FrameSource, use: Use) -> None:
        self._camera = camera
        self._use = use
        self._given: dict[bytes, float] = {}  # content of codes given before, and when each was seen last

    def read(self, *, cancel: CancelToken) -> BarcodeCapture:
        """Wait for codes that were not in view before. Raises DeviceRemoved, DeviceSilent, DeviceFault."""
        return self._use.run(self._await_codes, cancel=cancel, undo=self._not_taken)

    def _await_codes(self, token: CancelToken) -> BarcodeCapture:
        with self._use.awaiting(AWAITS_CODE):
            while True:
                frame = self._camera.frame(self._use, token)
                began = self._camera.seconds()
                codes = self._new(find_barcodes(_for_codes(frame)), began)
                if codes:
                    return BarcodeCapture(codes=codes, provenance=self._use.provenance())
                took = self._camera.seconds() - began
                token.wait(min(max(_CODE_REST * took, _CODE_PAUSES[0]), _CODE_PAUSES[1]))

    def _new(self, codes: tuple[Barcode, ...], now: float) -> tuple[Barcode, ...]:
        new = tuple(code for code in codes if now - self._given.get(code.content, -np.inf) > _CODE_GONE)
        self._given.update({code.content: now for code in codes})
        return new

    def _not_taken(self, capture: BarcodeCapture) -> None:
        for code in capture.codes:
            self._given.pop(code.content, None)


def _for_codes(frame: Frame) -> Frame:
    """Grey, and no larger than a code needs that fills a tenth of the picture."""
    grey = cv2.cvtColor(frame, cv2.COLOR_BGR2GRAY)
    scale = _CODE_SIDE / max(grey.shape)
    if scale < 1:
        grey = cv2.resize(grey, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    return np.asarray(grey, np.uint8)
