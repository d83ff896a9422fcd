# SPDX-License-Identifier: Apache-2.0
"""The printed target, rendered as a perfect scanner sees it, then spoilt in one way at a time: that one is found."""

from __future__ import annotations

import subprocess
from collections.abc import Callable, Sequence
from shutil import which

import cv2
import numpy as np
import numpy.typing as npt
import pytest

from devices.printing.target_sheet import TargetWords, target_sheet_pdf
from station.domain.checks import CheckResult
from station.domain.errors import DeviceFault
from station.optical import target_layout
from station.optical.slanted_edge import linear
from station.optical.target import Place, TargetNotFound, TargetReading, read_target
from station.optical.target_layout import INSET
from station.optical.target_verdict import TargetUse, judge, why_not_found

Picture = npt.NDArray[np.uint8]
Spoil = Callable[[Picture], Picture]

WORDS = TargetWords(
    title="Calibration target",
    instructions=("Print this sheet in true size.", "Lay it on the glass, printed side down."),
    ruler="This line is 100 mm long.",
    cut="Cut here.",
)


@pytest.fixture(scope="module")
def sheets(tmp_path_factory: pytest.TempPathFactory) -> Callable[[int], Picture]:
    """The sheet as a perfect scanner gives it, by resolution; levels are those of paper and ink, not 255 and 0."""
    if which("pdftoppm") is None:
        pytest.skip("pdftoppm (package poppler-utils) is not on this machine")
    folder = tmp_path_factory.mktemp("sheet")
    try:
        (folder / "target.pdf").write_bytes(target_sheet_pdf(WORDS))
    except DeviceFault:
        pytest.skip("the typefaces of papers (fonts-noto-core) are not on this machine")
    drawn: dict[int, Picture] = {}

    def sheet(dpi: int) -> Picture:
        if dpi not in drawn:
            place = folder / f"sheet{dpi}"
            command = ["pdftoppm", "-r", str(dpi), "-gray", "-singlefile", str(folder / "target.pdf"), str(place)]
            subprocess.run(command, check=True, timeout=60)
            picture = cv2.imread(f"{place}.pgm", cv2.IMREAD_GRAYSCALE)
            assert picture is not None
            drawn[dpi] = np.asarray(22 + picture * (216 / 255), np.uint8)
        return drawn[dpi]

    return sheet


def inset(sheet: Picture, dpi: int) -> Picture:
    """The part that is cut out for readers of passport size."""
    left, top, width, height = (round(part * dpi / 25.4) for part in INSET)
    return np.ascontiguousarray(sheet[top : top + height, left : left + width])


def reading(picture: Picture) -> TargetReading:
    found = read_target(picture)
    assert isinstance(found, TargetReading), found
    return found


def failed(picture: Picture, use: TargetUse) -> list[str]:
    return [one.name for one in judge(reading(picture), use) if one.result is not CheckResult.SUCCESSFUL]


def warped(picture: Picture, corners: Sequence[tuple[float, float]]) -> Picture:
    """The picture with its corners at these shares of its width and height."""
    height, width = picture.shape
    source = np.asarray([(0, 0), (width, 0), (width, height), (0, height)], np.float32)
    goal = np.asarray([(x * width, y * height) for x, y in corners], np.float32)
    matrix = cv2.getPerspectiveTransform(source, goal)
    flat = cv2.warpPerspective(picture, matrix, (width, height), flags=cv2.INTER_CUBIC, borderValue=(238.0,))
    return np.asarray(flat, np.uint8)


def turned(degrees: float) -> Spoil:
    def spoil(picture: Picture) -> Picture:
        height, width = picture.shape
        matrix = cv2.getRotationMatrix2D((width / 2, height / 2), -degrees, 1)
        flat = cv2.warpAffine(picture, matrix, (width, height), flags=cv2.INTER_CUBIC, borderValue=(238.0,))
        return np.asarray(flat, np.uint8)

    return spoil


def blurred(sigma: float, *, left_of: float = 1.0) -> Spoil:
    """Out of focus, in light as a lens does it, from the left up to a share of the width."""

    def spoil(picture: Picture) -> Picture:
        light = np.asarray(cv2.GaussianBlur(linear(picture), (0, 0), sigma), np.float64)
        levels = np.where(light <= 0.0031308, light * 12.92, 1.055 * np.maximum(light, 1e-9) ** (1 / 2.4) - 0.055)
        edge = round(left_of * picture.shape[1])
        return np.concatenate([np.round(levels[:, :edge] * 255).astype(np.uint8), picture[:, edge:]], axis=1)

    return spoil


def bent(share: float) -> Spoil:
    """Barrel distortion: the corners come nearer by this share of half the diagonal."""

    def spoil(picture: Picture) -> Picture:
        height, width = picture.shape
        half = np.hypot(width, height) / 2
        y, x = np.mgrid[:height, :width].astype(np.float32)
        dx, dy = x - width / 2, y - height / 2
        factor = (1 + share * (dx**2 + dy**2) / half**2).astype(np.float32)
        places = (width / 2 + dx * factor).astype(np.float32), (height / 2 + dy * factor).astype(np.float32)
        return np.asarray(cv2.remap(picture, *places, cv2.INTER_CUBIC, borderValue=(238.0,)), np.uint8)

    return spoil


def shaded(least: float) -> Spoil:
    """The light falls to this share at the right."""

    def spoil(picture: Picture) -> Picture:
        fall = np.linspace(1, least, picture.shape[1])[None, :]
        light = linear(picture) * fall
        levels = np.where(light <= 0.0031308, light * 12.92, 1.055 * np.maximum(light, 1e-9) ** (1 / 2.4) - 0.055)
        return np.asarray(np.round(levels * 255), np.uint8)

    return spoil


def levels(change: Callable[[npt.NDArray[np.float64]], npt.NDArray[np.float64]]) -> Spoil:
    return lambda picture: np.asarray(np.clip(change(picture.astype(np.float64)), 0, 255), np.uint8)


def grainy(picture: Picture) -> Picture:
    noise = np.random.default_rng(3).normal(0, 12, picture.shape)
    return np.asarray(np.clip(picture + noise, 0, 255), np.uint8)


def stretched(picture: Picture) -> Picture:
    return np.asarray(cv2.resize(picture, None, fx=1.04, fy=1.0, interpolation=cv2.INTER_CUBIC), np.uint8)


@pytest.mark.parametrize("dpi", [150, 300, 600])
def test_the_resolution_is_measured_to_one_in_a_thousand(sheets: Callable[[int], Picture], dpi: int) -> None:
    for picture in (sheets(dpi), inset(sheets(dpi), dpi)):
        found = reading(picture).geometry
        assert found.dpi_x == pytest.approx(dpi, rel=0.001)
        assert found.dpi_y == pytest.approx(dpi, rel=0.001)
        assert abs(found.skew) < 0.05
        assert found.distortion < 0.15


@pytest.mark.parametrize("turns", range(4))
def test_the_sheet_may_lie_in_any_of_four_directions(sheets: Callable[[int], Picture], turns: int) -> None:
    picture = np.ascontiguousarray(np.rot90(stretched(sheets(150)), turns))
    found = reading(picture).geometry
    across, down = (150, 156) if turns % 2 else (156, 150)
    assert found.dpi_x == pytest.approx(across, rel=0.002)
    assert found.dpi_y == pytest.approx(down, rel=0.002)
    assert abs(found.skew) < 0.05


@pytest.mark.parametrize("dpi", [300, 600])
def test_a_good_scanner_passes(sheets: Callable[[int], Picture], dpi: int) -> None:
    assert failed(sheets(dpi), TargetUse.PAGE_SCANNER) == []
    assert failed(inset(sheets(dpi), dpi), TargetUse.PAGE_SCANNER) == []


@pytest.mark.parametrize(
    ("spoil", "name"),
    [
        pytest.param(turned(4), "skew", id="askew"),
        pytest.param(turned(-3), "skew", id="askew the other way"),
        pytest.param(blurred(2.5), "focus", id="blurred"),
        pytest.param(blurred(3.0, left_of=0.3), "focus", id="blurred at the left"),
        pytest.param(bent(0.04), "distortion", id="bent"),
        pytest.param(bent(-0.04), "distortion", id="bent the other way"),
        pytest.param(shaded(0.55), "evenness", id="shaded"),
        pytest.param(stretched, "proportion", id="stretched"),
        pytest.param(grainy, "noise", id="grainy"),
        pytest.param(levels(lambda level: level * 0.55), "white", id="too dark"),
        pytest.param(levels(lambda level: level * 1.2), "white", id="too bright"),
        pytest.param(levels(lambda level: 100 + level * 0.6), "black", id="stray light"),
        pytest.param(levels(lambda level: (level - 50) * 1.2), "black", id="shadows lost"),
        pytest.param(
            lambda picture: warped(picture, [(0.015, 0), (0.985, 0), (1.015, 1), (-0.015, 1)]),
            "perspective",
            id="slanted",
        ),
    ],
)
@pytest.mark.parametrize("part", ["sheet", "inset"])
def test_what_was_spoilt_is_found_and_nothing_else(
    sheets: Callable[[int], Picture], spoil: Spoil, name: str, part: str
) -> None:
    whole = sheets(300)
    picture = whole if part == "sheet" else cv2.copyMakeBorder(inset(whole, 300), 60, 60, 60, 60, cv2.BORDER_REPLICATE)
    assert failed(spoil(np.asarray(picture, np.uint8)), TargetUse.PAGE_SCANNER) == [name]


def test_a_scanner_set_too_coarse_has_too_few_pixels_and_is_not_called_blurred(
    sheets: Callable[[int], Picture],
) -> None:
    assert failed(sheets(150), TargetUse.PAGE_SCANNER) == ["resolution"]


@pytest.mark.parametrize("sigma", [1.5, 2.5, 4.0])
def test_sharpness_is_what_the_blur_leaves(sheets: Callable[[int], Picture], sigma: float) -> None:
    measured = [one.per_pixel for one in reading(blurred(sigma)(sheets(300))).focus]
    assert len(measured) == len(target_layout.SQUARES)
    assert np.mean(measured) == pytest.approx(np.sqrt(np.log(2) / 2) / np.pi / sigma, rel=0.1)  # of a Gaussian


def test_skew_has_its_size_and_sense(sheets: Callable[[int], Picture]) -> None:
    assert reading(turned(2.5)(sheets(150))).geometry.skew == pytest.approx(2.5, abs=0.05)
    assert reading(turned(-7)(sheets(150))).geometry.skew == pytest.approx(-7, abs=0.05)


def test_words_name_the_place(sheets: Callable[[int], Picture]) -> None:
    blur = {one.name: one for one in judge(reading(blurred(3, left_of=0.3)(sheets(300))), TargetUse.PAGE_SCANNER)}
    assert blur["focus"].says.in_english() == "The picture is blurred at the left."
    assert blur["focus"].next_step is not None
    assert blur["focus"].next_step.in_english() == "Clean the glass and lay the sheet flat."
    dark = reading(shaded(0.4)(sheets(300)))
    assert dark.light.darkest is Place.RIGHT
    upside_down = reading(np.ascontiguousarray(shaded(0.4)(sheets(300))[::-1, ::-1]))
    assert upside_down.light.darkest is Place.LEFT  # as the picture is shown, however the sheet lies


def test_a_document_camera_may_look_at_a_slant(sheets: Callable[[int], Picture]) -> None:
    slanted = warped(sheets(300), [(0.03, 0.03), (0.97, 0.03), (1, 0.97), (0, 0.97)])
    assert failed(turned(4)(slanted), TargetUse.DOCUMENT_CAMERA) == []


def test_a_face_camera_sees_the_sheet_from_afar(sheets: Callable[[int], Picture]) -> None:
    far = np.asarray(cv2.resize(sheets(150), None, fx=0.42, fy=0.42, interpolation=cv2.INTER_AREA), np.uint8)
    room = np.full((1080, 1920), 120, np.uint8)
    room[100 : 100 + far.shape[0], 500 : 500 + far.shape[1]] = far
    assert failed(room, TargetUse.FACE_CAMERA) == []
    assert reading(room).geometry.dpi_x == pytest.approx(63, rel=0.01)


def test_a_picture_without_the_target_is_an_answer(sheets: Callable[[int], Picture]) -> None:
    nothing = read_target(np.full((800, 600, 3), 200, np.uint8))
    assert nothing == TargetNotFound(0)
    assert "not in the picture" in why_not_found(TargetNotFound(0))[0].in_english()
    part = read_target(np.ascontiguousarray(sheets(150)[:170, :170]))
    assert isinstance(part, TargetNotFound)
    assert part.markers == 1
    assert "Too little" in why_not_found(part)[0].in_english()


def test_colour_and_grey_are_measured_alike(sheets: Callable[[int], Picture]) -> None:
    colour = np.asarray(cv2.cvtColor(sheets(150), cv2.COLOR_GRAY2BGR), np.uint8)
    assert reading(colour) == reading(sheets(150))


def test_nothing_on_the_target_covers_another_thing() -> None:
    taken = np.zeros((2970, 2100), np.uint8)  # tenths of a millimetre
    boxes = [(m.middle, m.size + 3, m.size + 3) for m in target_layout.MARKERS]  # a marker needs paper around it
    boxes += [(c, 5.0, 5.0) for c in target_layout.CROSSES]
    boxes += [(s.middle, s.size * 1.15 + 5.2, s.size * 1.15 + 5.2) for s in target_layout.SQUARES]
    boxes += [(p.middle, p.width, p.height) for p in (*target_layout.STEPS, *target_layout.WHITES)]
    for (x, y), width, height in boxes:
        rows = slice(round((y - height / 2) * 10), round((y + height / 2) * 10))
        columns = slice(round((x - width / 2) * 10), round((x + width / 2) * 10))
        assert rows.start > 50  # printers leave 5 mm free at the rim
        assert columns.start > 50
        taken[rows, columns] += 1
    assert taken.max() == 1, np.argwhere(taken > 1)[[0, -1]] / 10
