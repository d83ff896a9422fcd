# SPDX-License-Identifier: Apache-2.0
"""A captured picture of the target becomes marks with next steps; a picture without it is one failed line."""

from __future__ import annotations

from collections.abc import Iterator

import cv2
import numpy as np
import numpy.typing as npt
import pytest

from station.bench.calibrating import calibrated, use_of
from station.bench.judging import judged_calibration
from station.bench.records import Outcome
from station.bench.seen import PrinterSeen
from station.bench.steps import STEPS, Deed
from station.bench.target import CalibrationReading
from station.domain.checks import CheckResult
from station.domain.words import say
from station.optical import target_layout as layout
from station.optical.pictures import SafePictures
from station.optical.target_finding import find_target
from station.optical.target_verdict import TargetUse
from station.ports.devices import DOCUMENT_SCANNER, FACE_CAMERA, DeviceInfo
from station.ports.images import EncodedImage
from station.ports.tasks import CancelToken

DPI = 300


@pytest.fixture
def pictures() -> Iterator[SafePictures]:
    safe = SafePictures()
    yield safe
    safe.close()


def drawn() -> npt.NDArray[np.uint8]:
    """The marks of the part for passport readers, drawn without a printer; four times as fine, then made small."""
    fine = 4
    mm = DPI / 25.4 * fine
    left, top, width, height = layout.INSET
    sheet = np.full((round(height * mm), round(width * mm)), 238, np.uint8)

    def fill(corners: list[tuple[float, float]], level: int) -> None:
        points = np.asarray([((x - left) * mm, (y - top) * mm) for x, y in corners])
        cv2.fillConvexPoly(sheet, np.round(points).astype(np.int32), (float(level),))

    def box(x: float, y: float, w: float, h: float, level: int) -> None:
        fill([(x, y), (x + w, y), (x + w, y + h), (x, y + h)], level)

    for marker in layout.MARKERS:
        module = marker.size / 6
        for row, modules in enumerate(layout.modules(marker.number)):
            for column, black in enumerate(modules):
                if black:
                    x, y = (middle - marker.size / 2 for middle in marker.middle)
                    box(x + column * module, y + row * module, module, module, 22)
    for x, y in layout.CROSSES:
        box(x - 2.5, y - 2.5, 2.5, 2.5, 22)
        box(x, y, 2.5, 2.5, 22)
    for square in layout.SQUARES:
        fill(list(square.corners), 22)
    for step in layout.STEPS:
        level = round(22 + 216 * step.light)
        box(step.middle[0] - step.width / 2, step.middle[1] - step.height / 2, step.width, step.height, level)
    return np.asarray(cv2.resize(sheet, None, fx=1 / fine, fy=1 / fine, interpolation=cv2.INTER_AREA), np.uint8)


def encoded(picture: npt.NDArray[np.uint8]) -> EncodedImage:
    good, data = cv2.imencode(".png", picture)
    assert good
    return EncodedImage(data.tobytes(), "image/png")


def test_a_good_picture_has_good_marks_only(pictures: SafePictures) -> None:
    readings = calibrated(pictures, encoded(drawn()), TargetUse.PAGE_SCANNER, cancel=CancelToken())
    assert {one.result for one in readings} == {CheckResult.SUCCESSFUL}
    assert all(one.next_step is None for one in readings)
    assert next(one.value for one in readings if one.name == "resolution") == pytest.approx(DPI, rel=0.005)


def test_a_blurred_one_says_what_to_do(pictures: SafePictures) -> None:
    blurred = np.asarray(cv2.GaussianBlur(drawn(), (0, 0), 3), np.uint8)
    readings = calibrated(pictures, encoded(blurred), TargetUse.PAGE_SCANNER, cancel=CancelToken())
    (focus,) = (one for one in readings if one.result is CheckResult.FAILED)
    assert focus.name == "focus"
    assert focus.next_step is not None
    assert focus.next_step.in_english() == "The picture is blurred. Clean the glass and lay the sheet flat."


def test_a_picture_without_the_target_is_one_failed_line(pictures: SafePictures) -> None:
    empty = encoded(np.full((600, 800, 3), 190, np.uint8))
    (line,) = calibrated(pictures, empty, TargetUse.FACE_CAMERA, cancel=CancelToken())
    assert line.result is CheckResult.FAILED
    assert line.next_step is not None
    assert "Print the target" in line.next_step.in_english()


def test_what_a_device_is_measured_for_follows_its_role_and_kind() -> None:
    scanner = DeviceInfo("sane:1", "Flatbed", "sane", (DOCUMENT_SCANNER,))
    desk = DeviceInfo("v4l2:1", "Desk Cam", "anything", (DOCUMENT_SCANNER,), by_camera=True)
    face = DeviceInfo("v4l2:2", "Face Cam", "cameras", (FACE_CAMERA,))
    assert use_of(DOCUMENT_SCANNER, scanner) is TargetUse.PAGE_SCANNER
    assert use_of(DOCUMENT_SCANNER, desk) is TargetUse.DOCUMENT_CAMERA
    assert use_of(FACE_CAMERA, face) is TargetUse.FACE_CAMERA


def _reading(result: CheckResult) -> CalibrationReading:
    return CalibrationReading(name="focus", title=say("Sharpness"), value=0.0, unit="", result=result, next_step=None)


@pytest.mark.parametrize(
    ("results", "outcome"),
    [
        ([CheckResult.UNDETERMINED, CheckResult.UNDETERMINED], Outcome.FAILED),
        ([CheckResult.SUCCESSFUL, CheckResult.UNDETERMINED], Outcome.PASSED),
        ([CheckResult.SUCCESSFUL, CheckResult.FAILED], Outcome.FAILED),
        ([], Outcome.FAILED),
    ],
)
def test_a_target_of_which_nothing_was_measured_accepts_nothing(results: list[CheckResult], outcome: Outcome) -> None:
    step = next(step for step in STEPS[DOCUMENT_SCANNER.name] if step.deed is Deed.TARGET)
    seen = PrinterSeen(findings=())
    assert judged_calibration(step, seen, [_reading(result) for result in results]).outcome is outcome


@pytest.mark.parametrize("shape", [(1, 5000), (5000, 1), (1, 1)])
def test_a_picture_that_is_a_mere_line_holds_no_target(shape: tuple[int, int]) -> None:
    assert find_target(np.full(shape, 190, np.uint8)) == 0
