# SPDX-License-Identifier: Apache-2.0
"""Measures a device on the printed target: the picture is decoded in the helper process, measured here as pixels."""

from __future__ import annotations

from typing import Final, Protocol

import numpy as np

from station.bench.target import CalibrationReading
from station.domain.checks import CheckResult
from station.domain.words import Text, say
from station.optical.target import TargetNotFound, read_target
from station.optical.target_verdict import TargetUse, judge, why_not_found
from station.ports.devices import DOCUMENT_SCANNER, DeviceInfo, Role
from station.ports.images import EncodedImage, PreviewFrame
from station.ports.tasks import CancelToken

LONGEST_SIDE: Final = 9000  # pixels: an A4 page at 600 dpi has 7016; nothing is made smaller before it is measured

TITLE: Final = say("Calibration target for scanners and cameras")
INSTRUCTIONS: Final = (
    say("Print this sheet in true size (100 %) on white paper, with a laser printer."),
    say("Lay a ruler to the line below. If it is not 100 mm long, print again."),
    say("Page scanner: lay the sheet on the glass, printed side down."),
    say("Passport reader: cut out the middle along the dashed line and lay it on the glass."),
    say("Camera: hold the sheet flat where a document or a face would be."),
)
RULER: Final = say("This line is 100 mm long.")
CUT: Final = say("Cut here for passport readers.")


class Decode(Protocol):
    """What of ``station.optical.pictures.SafePictures`` is needed here."""

    def for_display(self, image: EncodedImage, *, longest_side: int, cancel: CancelToken) -> PreviewFrame:
        """The picture upright, as plain pixels. Raises ImageRefused, Cancelled."""
        ...


def use_of(role: Role[object], info: DeviceInfo) -> TargetUse:
    """What a device is measured for in this role."""
    if role.name != DOCUMENT_SCANNER.name:
        return TargetUse.FACE_CAMERA
    return TargetUse.DOCUMENT_CAMERA if info.by_camera else TargetUse.PAGE_SCANNER


def calibrated(
    pictures: Decode, image: EncodedImage, use: TargetUse, *, cancel: CancelToken
) -> tuple[CalibrationReading, ...]:
    """Every property of the target with its mark; one failed line where the target is not in the picture.

    Blocks for about a second; any thread but the window's. Raises ImageRefused, Cancelled.
    """
    frame = pictures.for_display(image, longest_side=LONGEST_SIDE, cancel=cancel)
    pixels = np.frombuffer(frame.rgb, np.uint8).reshape(frame.height, frame.width, 3)
    found = read_target(np.ascontiguousarray(pixels[:, :, ::-1]))
    cancel.raise_if_cancelled()
    if isinstance(found, TargetNotFound):
        cause, step = why_not_found(found)
        return (
            CalibrationReading(
                name="target",
                title=say("Target"),
                value=float(found.markers),
                unit="",
                result=CheckResult.FAILED,
                next_step=_both(cause, step),
            ),
        )
    return tuple(
        CalibrationReading(
            name=one.name,
            title=one.title,
            value=one.value,
            unit=one.unit,
            result=one.result,
            next_step=None if one.next_step is None else _both(one.says, one.next_step),
        )
        for one in judge(found, use)
    )


def _both(cause: Text, step: Text) -> Text:
    return say("{cause} {step}", cause=cause, step=step)
