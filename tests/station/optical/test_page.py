# SPDX-License-Identifier: Apache-2.0
"""A page is found to the pixel on cluttered desks, flattened without loss, and an empty desk has none."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
import pytest

from station.optical.page import SURE, FoundPage, find_page, rectified
from tests.station.optical.desks import SIZE, Floats, scene

SCENES = 200

pytestmark = pytest.mark.timeout(900)  # two hundred scenes are drawn and searched: a minute on a free machine


def overlap(found: FoundPage | None, true: Floats | None) -> float:
    """Intersection over union of two outlines; 0 for none found."""
    assert true is not None
    if found is None:
        return 0.0
    outline = np.asarray(found.corners, np.float32)
    common, _ = cv2.intersectConvexConvex(outline, true)
    return float(common / (cv2.contourArea(outline) + cv2.contourArea(true) - common))


def corner_error(found: FoundPage, true: Floats | None) -> float:
    """Pixels by which the worst corner is off, whichever is named first."""
    assert true is not None
    outline = np.asarray(found.corners, np.float32)
    return min(float(np.hypot(*(np.roll(outline, turn, 0) - true).T).max()) for turn in range(4))


@dataclass(frozen=True, slots=True)
class Judged:
    """What became of one scene. ``overlap`` is 0 and ``error`` None where nothing was found."""

    seed: int
    overlap: float
    error: float | None


@pytest.fixture(scope="module")
def judged() -> list[Judged]:
    scenes = []
    for seed in range(SCENES):
        shown = scene(seed)
        found = find_page(shown.picture)
        error = None if found is None else corner_error(found, shown.corners)
        scenes.append(Judged(seed, overlap(found, shown.corners), error))
    return scenes


def test_pages_are_found_on_cluttered_desks(judged: list[Judged]) -> None:
    overlaps = np.asarray([scene.overlap for scene in judged])
    assert (overlaps >= 0.95).mean() >= 0.95
    assert np.median(overlaps) > 0.99


def test_corners_are_exact(judged: list[Judged]) -> None:
    errors = [scene.error for scene in judged if scene.error is not None]
    assert np.median(errors) < 1.5  # pixels of 1280 x 960
    assert np.percentile(errors, 95) < 3.0


def test_what_is_called_a_page_is_one(judged: list[Judged]) -> None:
    wrong = [scene.seed for scene in judged if scene.error is not None and scene.overlap < 0.9]
    assert len(wrong) <= SCENES // 200, wrong


@pytest.mark.parametrize("seed", [140, 392])
def test_a_line_of_the_mrz_is_not_taken_for_the_rim(seed: int) -> None:
    """Clutter hides the rim there: without a page the whole picture is kept, with half a page the MRZ would be lost."""
    found = find_page(scene(seed).picture)
    assert found is None or overlap(found, scene(seed).corners) > 0.95


def test_an_empty_desk_has_no_page() -> None:
    taken = [seed for seed in range(1000, 1080) if find_page(scene(seed, empty=True).picture) is not None]
    assert len(taken) <= 2, taken


def test_a_flat_wall_and_pure_noise_have_no_page() -> None:
    assert find_page(np.full((480, 640, 3), 128, np.uint8)) is None
    noise = np.random.default_rng(1).integers(0, 255, (480, 640, 3)).astype(np.uint8)
    assert find_page(noise) is None


def test_grey_pictures_and_tiny_ones_are_taken() -> None:
    shown = scene(3)
    grey = np.asarray(cv2.cvtColor(shown.picture, cv2.COLOR_BGR2GRAY), np.uint8)
    assert overlap(find_page(grey), shown.corners) > 0.95
    assert find_page(np.zeros((12, 16, 3), np.uint8)) is None


@pytest.mark.parametrize("turn", range(4))
def test_the_flattened_page_has_its_shape_and_keeps_its_pixels(turn: int) -> None:
    shown = scene(5)
    picture = np.ascontiguousarray(np.rot90(shown.picture, turn))
    found = find_page(picture)
    assert found is not None
    assert found.confidence >= SURE
    flat = rectified(picture, found, margin=0.0)
    assert max(flat.shape[:2]) / min(flat.shape[:2]) == pytest.approx(125 / 88, rel=0.06)
    sides = np.hypot(*(np.roll(found.corners, -1, axis=0) - np.asarray(found.corners)).T)
    assert max(flat.shape[:2]) >= int(max(sides))  # nothing was made smaller


def test_corners_run_clockwise_inside_the_picture() -> None:
    for seed in range(8):
        found = find_page(scene(seed).picture)
        assert found is not None
        outline = np.asarray(found.corners, np.float32)
        assert cv2.contourArea(outline, oriented=True) > 0  # clockwise, as y grows downwards
        assert outline.sum(axis=1).argmin() == 0
        assert (outline >= 0).all()
        assert (outline <= np.asarray(SIZE)).all()
