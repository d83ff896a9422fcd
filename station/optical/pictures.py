# SPDX-License-Identifier: Apache-2.0
"""Untrusted pictures made safe to show: checked by their header, decoded in a helper process, handed on as pixels."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from station.domain.errors import ImageRefused
from station.isolation.child import DeathReason, HelperDied, HelperProcess
from station.isolation.limits import Limits
from station.optical.safe_images import MOST_PIXELS, PictureKind, check, damaged, refused_by_helper
from station.optical.wire import WireRefused, codes_from_wire
from station.ports.barcodes import Barcode
from station.ports.images import EncodedImage, PreviewFrame
from station.ports.tasks import CancelToken

# Measured: reading a picture of 40 million pixels takes 0.6 GB of address space; docs/decisions/0006.
PICTURE_LIMITS = Limits(memory_bytes=1_500_000_000, cpu_seconds=20, wall_seconds=45)
# Read by OpenCV when it is loaded. The header was looked at before; this is the second lock on the same door.
DECODER_ENVIRONMENT = {"OPENCV_IO_MAX_IMAGE_PIXELS": str(MOST_PIXELS)}
_MODULE = "station.optical.picture_process"


@dataclass(frozen=True, slots=True, kw_only=True)
class PictureMetrics:
    """Figures of a picture. ``width`` and ``height`` as shown, that is after its EXIF rotation.

    ``sharpness`` is the variance of the Laplacian at no more than 1600 pixels; the others are shares of 1:
    mean ``brightness``, ``contrast`` (98th less 2nd percentile), pixels ``too_bright`` and ``too_dark``.
    """

    width: int
    height: int
    sharpness: float
    brightness: float
    contrast: float
    too_bright: float
    too_dark: float


def picture_helper() -> HelperProcess:
    """A helper process for pictures, not started yet."""
    return HelperProcess(_MODULE, PICTURE_LIMITS, environment=DECODER_ENVIRONMENT, name="pictures")


def ask_about(
    helper: HelperProcess,
    image: EncodedImage,
    request: Mapping[str, object],
    *,
    cancel: CancelToken,
    from_chip: PictureKind | None = None,
) -> tuple[Mapping[str, object], Sequence[bytes]]:
    """Check a picture and ask a helper about it. Raises ImageRefused, Cancelled."""
    check(image, from_chip=from_chip)
    try:
        answer, parts = helper.request(request, [image.data], cancel=cancel)
    except HelperDied as died:
        raise refused_by_helper(died.reason) from None
    if "refused" in answer:
        raise damaged()
    return answer, parts


class SafePictures:
    """Pictures for the window. Any thread may call; each call blocks until the helper process has answered."""

    def __init__(self) -> None:
        self._helper = picture_helper()

    def for_display(
        self,
        image: EncodedImage,
        *,
        longest_side: int,
        cancel: CancelToken,
        from_chip: PictureKind | None = None,
    ) -> PreviewFrame:
        """The picture upright and no larger than ``longest_side`` pixels. Raises ImageRefused, Cancelled."""
        request = {"do": "show", "longest": max(1, longest_side)}
        answer, parts = ask_about(self._helper, image, request, cancel=cancel, from_chip=from_chip)
        width, height = answer.get("width"), answer.get("height")
        if not isinstance(width, int) or not isinstance(height, int) or len(parts) != 1:
            raise _garbled()
        if max(width, height) > longest_side or len(parts[0]) != width * height * 3:
            raise _garbled()
        return PreviewFrame(width, height, parts[0])

    def metrics(self, image: EncodedImage, *, cancel: CancelToken) -> PictureMetrics:
        """Size, sharpness and light of a picture. Raises ImageRefused, Cancelled."""
        answer, _ = ask_about(self._helper, image, {"do": "measure"}, cancel=cancel)
        values = answer.get("metrics")
        if not isinstance(values, dict):
            raise _garbled()
        try:
            return PictureMetrics(
                width=int(values["width"]),
                height=int(values["height"]),
                sharpness=float(values["sharpness"]),
                brightness=float(values["brightness"]),
                contrast=float(values["contrast"]),
                too_bright=float(values["too_bright"]),
                too_dark=float(values["too_dark"]),
            )
        except (KeyError, TypeError, ValueError):
            raise _garbled() from None

    def barcodes(self, image: EncodedImage, *, cancel: CancelToken) -> tuple[Barcode, ...]:
        """The codes in a picture, see ``barcode.find_barcodes``. Raises ImageRefused, Cancelled.

        ``corners`` are pixels of the picture upright, that is after its EXIF rotation.
        """
        answer, contents = ask_about(self._helper, image, {"do": "codes"}, cancel=cancel)
        try:
            return codes_from_wire(answer, contents)
        except WireRefused:
            raise _garbled() from None

    def close(self) -> None:
        """End the helper process."""
        self._helper.close()


def _garbled() -> ImageRefused:
    return refused_by_helper(DeathReason.GARBLED)
