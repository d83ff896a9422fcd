# SPDX-License-Identifier: Apache-2.0
"""Whether what was measured on the target is good enough for its use, in words with the next step in them."""

from __future__ import annotations

import enum
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

import numpy as np

from station.domain.checks import CheckResult
from station.domain.words import Text, say
from station.optical.target import Geometry, Light, Place, TargetNotFound, TargetReading


class TargetUse(enum.Enum):
    """What the device that took the picture is for."""

    PAGE_SCANNER = "page scanner"  # a glass or slot on which pages lie: straight, and 300 dpi (Doc 9303-3)
    DOCUMENT_CAMERA = "document camera"  # a camera over the desk: slanted views are put right by the station
    FACE_CAMERA = "face camera"  # before a person; the sheet is held where the face would be


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """What a use asks for. Units as in Geometry, EdgeFocus and Light."""

    dpi: float  # at least
    proportion: float  # percent by which dpi along rows and columns may differ
    skew: float
    perspective: float
    distortion_share: float
    per_mm: float  # at least
    evenness: float  # at least
    white: float = 150.0  # at least
    black: float = 80.0
    step: float = 3.0  # at least: levels between the outer grey steps
    noise: float = 6.0


LIMITS: Final[dict[TargetUse, Limits]] = {
    # OCR-B of an MRZ has strokes of 0.35 mm: 1.4 line pairs per mm, twice that to see their ends.
    TargetUse.PAGE_SCANNER: Limits(
        dpi=285, proportion=2, skew=2, perspective=2, distortion_share=0.12, per_mm=2.8, evenness=75
    ),
    TargetUse.DOCUMENT_CAMERA: Limits(
        dpi=180, proportion=6, skew=15, perspective=15, distortion_share=0.8, per_mm=1.8, evenness=50, noise=8
    ),
    # 90 pixels between eyes that are 60 mm apart (ISO/IEC 39794-5) are 38 dpi.
    TargetUse.FACE_CAMERA: Limits(
        dpi=38, proportion=6, skew=10, perspective=20, distortion_share=1.2, per_mm=0.4, evenness=50, noise=8
    ),
}

#: Below this share of a cycle per pixel a picture is blurred at any resolution; above it, pixels are too few.
_ENOUGH_PER_PIXEL: Final = 0.2


@dataclass(frozen=True, slots=True, kw_only=True)
class TargetFinding:
    """One measured property and its verdict. ``name`` is stable; ``next_step`` is None when all is well."""

    name: str
    title: Text
    value: float
    unit: str
    result: CheckResult
    says: Text = field(repr=False)
    next_step: Text | None = field(default=None, repr=False)


def judge(reading: TargetReading, use: TargetUse) -> tuple[TargetFinding, ...]:
    """Every property in a fixed order, each successful, failed, or undetermined where it could not be seen."""
    limits = LIMITS[use]
    return (
        *_geometry(reading.geometry, limits, use),
        _focus(reading, limits, use),
        *_light(reading.light, limits),
    )


def why_not_found(missing: TargetNotFound) -> tuple[Text, Text]:
    """Cause and next step for a picture without the target."""
    if missing.markers:
        return (
            say("Too little of the printed target is in the picture to measure it."),
            say("Lay or hold it so that all of its black squares are seen, in light without shadows, and try again."),
        )
    return (
        say("The printed target is not in the picture."),
        say("Print the target, lay it in the scanner or hold it before the camera, and try again."),
    )


def _finding(
    name: str, title: Text, value: float, unit: str, *, good: bool, fine: Text, bad: Text, step: Text
) -> TargetFinding:
    return TargetFinding(
        name=name,
        title=title,
        value=round(value, 3),
        unit=unit,
        result=CheckResult.SUCCESSFUL if good else CheckResult.FAILED,
        says=fine if good else bad,
        next_step=None if good else step,
    )


def _geometry(found: Geometry, limits: Limits, use: TargetUse) -> Iterator[TargetFinding]:
    camera = use is not TargetUse.PAGE_SCANNER
    yield _finding(
        "resolution",
        say("Resolution"),
        min(found.dpi_x, found.dpi_y),
        "dpi",
        good=min(found.dpi_x, found.dpi_y) >= limits.dpi,
        fine=say("The resolution is enough."),
        bad=say("The picture has too few pixels: {dpi} an inch.", dpi=round(min(found.dpi_x, found.dpi_y))),
        step=say("Bring the camera nearer, or set a larger picture.")
        if camera
        else say("Set the scanner to 300 dpi or more."),
    )
    off = abs(found.dpi_x / found.dpi_y - 1) * 100
    yield _finding(
        "proportion",
        say("Proportion of width to height"),
        off,
        "%",
        good=off <= limits.proportion,
        fine=say("Width and height are in proportion."),
        bad=say("The picture is stretched: width and height do not fit."),
        step=say("Hold the camera straight above the sheet, and check the size in the settings.")
        if camera
        else say("Let the maker's service look at the scanner's feed."),
    )
    yield _finding(
        "skew",
        say("Straightness"),
        found.skew,
        "°",
        good=abs(found.skew) <= limits.skew,
        fine=say("The target lies straight."),
        bad=say("The target lies askew by {degrees}°.", degrees=round(abs(found.skew), 1)),
        step=say("Lay it against the edge and measure again. If it stays askew, turn the camera or its mount.")
        if camera
        else say("Lay it against the edge of the glass and measure again."),
    )
    yield _finding(
        "perspective",
        say("Perspective"),
        found.perspective,
        "%",
        good=found.perspective <= limits.perspective,
        fine=say("The picture is taken from straight above."),
        bad=say("The picture is taken at a slant: one side is larger than the other."),
        step=say("Turn the camera so that it looks straight at the sheet.")
        if camera
        else say("Lay the sheet flat on the glass and close the lid."),
    )
    yield _finding(
        "distortion",
        say("Distortion"),
        found.distortion_share,
        "%",
        good=found.distortion_share <= limits.distortion_share,
        fine=say("Straight lines stay straight."),
        bad=say("The picture is bent: by {mm} mm at the worst place.", mm=round(found.distortion, 1)),
        step=say("Lay the sheet flat. If it stays so, take the camera farther away or use another lens.")
        if camera
        else say("Lay the sheet flat. If it stays so, let the maker's service look at the scanner."),
    )


_BLURRED: Final = {
    Place.LEFT: say("The picture is blurred at the left."),
    Place.RIGHT: say("The picture is blurred at the right."),
    Place.TOP: say("The picture is blurred at the top."),
    Place.BOTTOM: say("The picture is blurred at the bottom."),
    Place.MIDDLE: say("The picture is blurred in the middle."),
}

_DARKER: Final = {
    Place.LEFT: say("The light is weak at the left."),
    Place.RIGHT: say("The light is weak at the right."),
    Place.TOP: say("The light is weak at the top."),
    Place.BOTTOM: say("The light is weak at the bottom."),
    Place.MIDDLE: say("The light is weak in the middle."),
}


def _focus(reading: TargetReading, limits: Limits, use: TargetUse) -> TargetFinding:
    title, unit = say("Sharpness"), "lp/mm"
    if not reading.focus:
        return TargetFinding(
            name="focus",
            title=title,
            value=0.0,
            unit=unit,
            result=CheckResult.UNDETERMINED,
            says=say("No edge of the target could be measured for sharpness."),
            next_step=say("Turn the target a little, bring it nearer, and measure again."),
        )
    by_place = {
        place: float(np.mean([one.per_mm for one in reading.focus if one.place is place]))
        for place in dict.fromkeys(one.place for one in reading.focus)
    }
    pixels_a_mm = min(reading.geometry.dpi_x, reading.geometry.dpi_y) / 25.4
    least = min(limits.per_mm, _ENOUGH_PER_PIXEL * pixels_a_mm)
    blurred = sorted((value, place.value, place) for place, value in by_place.items() if value < least)
    everywhere = len(blurred) == len(by_place)
    return _finding(
        "focus",
        title,
        min(by_place.values()),
        unit,
        good=not blurred,
        fine=say("The picture is sharp."),
        bad=say("The picture is blurred.") if everywhere or not blurred else _BLURRED[blurred[0][2]],
        step=say("Clean the glass and lay the sheet flat.")
        if use is TargetUse.PAGE_SCANNER
        else say("Clean the lens, focus the camera, and keep the sheet still and flat."),
    )


def _light(found: Light, limits: Limits) -> Iterator[TargetFinding]:
    yield _finding(
        "evenness",
        say("Evenness of the light"),
        found.evenness,
        "%",
        good=found.evenness >= limits.evenness,
        fine=say("The light is even."),
        bad=_DARKER[found.darkest],
        step=say("Move or add a lamp, keep shadows away, and clean the glass or lens."),
    )
    burnt = found.highlights is not None and found.highlights < limits.step
    yield _finding(
        "white",
        say("White"),
        found.white,
        "",
        good=found.white >= limits.white and not burnt,
        fine=say("White is white, and light grey is told from it."),
        bad=say("The picture is too bright: light grey is lost in white.")
        if burnt
        else say("The picture is too dark: white is only grey."),
        step=say("Set a shorter exposure, or less light.") if burnt else say("Set a longer exposure, or add light."),
    )
    drowned = found.shadows is not None and found.shadows < limits.step
    yield _finding(
        "black",
        say("Black"),
        found.black,
        "",
        good=found.black <= limits.black and not drowned,
        fine=say("Black is black, and dark grey is told from it."),
        bad=say("Dark grey is lost in black.")
        if drowned
        else say("Black is only grey: stray light, or a dirty glass."),
        step=say("Set a longer exposure, or add light.")
        if drowned
        else say("Close the lid or keep the sun away, and clean the glass or lens."),
    )
    yield _finding(
        "noise",
        say("Noise"),
        found.noise,
        "",
        good=found.noise <= limits.noise,
        fine=say("Even areas are even."),
        bad=say("Even areas are grainy."),
        step=say("Add light, so that the camera can use less gain. Check that the print is clean."),
    )
