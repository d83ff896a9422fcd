# SPDX-License-Identifier: Apache-2.0
"""The MRZ is found by its pitch, to a fraction of a character, and nowhere else."""

from __future__ import annotations

import numpy as np
import pytest

from station.optical.mrz_location import locate
from station.optical.strips import rectify, upright
from tests.station.optical.drawn import MRV_B, TD1, TD3, Picture, page, turned


@pytest.mark.parametrize(("lines", "rows", "columns"), [(TD1, 3, 30), (MRV_B, 2, 36), (TD3, 2, 44)])
def test_rows_and_columns_are_those_of_the_format(lines: tuple[str, ...], rows: int, columns: int) -> None:
    (zone,) = locate(page(lines))
    assert (len(zone.lines), zone.columns) == (rows, columns)
    assert zone.confidence > 0.9


@pytest.mark.parametrize("pitch", [7, 12, 20])
def test_characters_are_located_to_a_fraction_of_the_pitch(pitch: int) -> None:
    (zone,) = locate(page(TD3, pitch=pitch))
    across = np.sort(zone.lines[0].middles[:, 0])  # the reading direction is not decided here
    expected = 70 + pitch / 2 + pitch * np.arange(44)
    assert float(np.abs(across - expected).max()) < 0.25 * pitch


def test_a_small_document_on_a_large_page_is_found() -> None:
    sheet = np.full((3400, 2400), 240, np.uint8)
    small = page(TD1, pitch=11, size=(520, 340))
    sheet[2000 : 2000 + small.shape[0], 900 : 900 + small.shape[1]] = small
    (zone,) = locate(sheet)
    assert zone.columns == 30
    assert 900 < zone.lines[0].middles[0][0] < 1000


@pytest.mark.parametrize("degrees", [0, 90, 180, 270, 12])
def test_fillers_tell_the_reading_direction(degrees: float) -> None:
    picture = turned(page(TD3), degrees)
    (zone,) = locate(picture)
    directed, clear = upright(picture, zone)
    along = directed.lines[0].middles[-1] - directed.lines[0].middles[0]
    off = np.degrees(np.arctan2(along[1], along[0])) - degrees
    assert abs((off + 180) % 360 - 180) < 1.5
    assert clear > 0.9


def test_a_third_line_that_is_worn_away_in_part_is_completed() -> None:
    worn = page(TD1).copy()
    worn[590:700, 330:] = 228
    (zone,) = locate(worn)
    assert (len(zone.lines), zone.columns) == (3, 30)


@pytest.mark.parametrize(
    "picture",
    [np.zeros((1, 1), np.uint8), np.full((5, 3000), 200, np.uint8), np.zeros((400, 400), np.uint8)],
    ids=["one pixel", "sliver", "black"],
)
def test_pictures_without_anything_have_no_zone(picture: Picture) -> None:
    assert locate(picture) == []


def test_a_strip_at_the_edge_of_the_picture_has_its_full_size() -> None:
    picture = page(TD3)
    (zone,) = locate(picture)
    whole = rectify(picture, zone.lines[0])
    cut = rectify(picture[:, :400], zone.lines[0])
    assert cut.shape == whole.shape
