# SPDX-License-Identifier: Apache-2.0
"""A page in, an MRZ out: any format, any direction, and no answer where there is nothing."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np
import pytest

from station.domain.errors import Cancelled, ImageRefused
from station.optical.engines import ENGINES, located_tesseract
from station.optical.isolated_engine import HelperEngine
from station.ports.images import EncodedImage
from station.ports.recognition import MrzEngine, ReadStatus, Recognition
from station.ports.tasks import CancelToken
from tests.station.optical.drawn import MRV_A, MRV_B, TD1, TD2, TD3, encoded, page, png_header, turned


@pytest.fixture(scope="module")
def engine() -> Iterator[HelperEngine]:
    reading = located_tesseract()
    yield reading
    reading.close()


def read(engine: MrzEngine, image: EncodedImage) -> Recognition:
    return engine.recognise(image, cancel=CancelToken())


@pytest.mark.parametrize("lines", [TD1, TD2, TD3, MRV_A, MRV_B], ids=["TD1", "TD2", "TD3", "MRV-A", "MRV-B"])
def test_every_format_is_read(engine: HelperEngine, lines: tuple[str, ...]) -> None:
    result = read(engine, encoded(page(lines)))
    assert [zone.lines for zone in result.zones] == [lines]
    assert result.status is ReadStatus.READ
    assert result.zones[0].raw_lines == lines
    assert result.engine == "located-tesseract"
    assert set(result.milliseconds) == {"decode", "locate", "recognise"}


@pytest.mark.parametrize("degrees", [0, 90, 180, 270, 11, -13, 193])
def test_a_page_is_read_in_any_direction(engine: HelperEngine, degrees: float) -> None:
    result = read(engine, encoded(turned(page(TD3), degrees)))
    assert [zone.lines for zone in result.zones] == [TD3]


def test_the_outline_starts_where_line_one_starts(engine: HelperEngine) -> None:
    upright = read(engine, encoded(page(TD3))).zones[0].outline
    upside_down = read(engine, encoded(np.ascontiguousarray(np.rot90(page(TD3), 2)))).zones[0].outline
    assert upright[0][0] < upright[1][0]
    assert upright[0][1] < upright[3][1]
    assert upside_down[0] == pytest.approx((1099 - upright[0][0], 759 - upright[0][1]), abs=3)


def test_two_documents_in_one_picture_are_two_zones(engine: HelperEngine) -> None:
    both = np.vstack([page(TD3), page(TD1)])
    result = read(engine, encoded(both))
    assert {zone.lines for zone in result.zones} == {TD3, TD1}


def test_a_page_in_perspective_is_read(engine: HelperEngine) -> None:
    flat = page(TD3)
    height, width = flat.shape
    there = np.array([[0, 0], [width, 0], [width, height], [0, height]], np.float32)
    here = np.array([[60, 30], [width - 40, 0], [width, height], [0, height - 40]], np.float32)
    seen = cv2.warpPerspective(flat, cv2.getPerspectiveTransform(there, here), (width, height), borderValue=(90.0,))
    result = read(engine, encoded(np.asarray(seen, np.uint8), ".jpg"))
    assert [zone.lines for zone in result.zones] == [TD3]


@pytest.mark.parametrize("kind", ["blank", "noise", "text", "grid"])
def test_a_page_without_mrz_is_not_read(engine: HelperEngine, kind: str) -> None:
    chance = np.random.default_rng(3)
    sheet = np.full((900, 1200), 230, np.uint8)
    if kind == "noise":
        sheet = chance.integers(0, 256, (900, 1200)).astype(np.uint8)
    if kind == "text":
        for row in range(12):
            cv2.putText(sheet, "The quick brown fox jumps", (60, 80 + row * 60), 3, 1.4, (40,), 2)
    if kind == "grid":
        sheet[::24, :] = 40
        sheet[:, ::24] = 40
    result = read(engine, encoded(sheet))
    assert result.status is ReadStatus.NOT_READ
    assert result.zones == ()
    assert "machine readable zone" in result.reason.in_english()


def test_doubt_is_shown_and_nothing_wrong_is_called_read(engine: HelperEngine) -> None:
    spoiled = page(TD3).copy()
    spoiled[555:700, 300:316] = 128  # a stripe of tape across both lines
    result = read(engine, encoded(spoiled))
    assert result.status is ReadStatus.DOUBT
    zone = result.zones[0]
    assert zone.doubts
    covered = {column for column in range(44) if 290 <= 80 + 20 * column <= 326}
    assert {doubt.column for doubt in zone.doubts} & covered
    assert all(doubt.reason.in_english() for doubt in zone.doubts)


def test_wrong_check_digits_in_print_are_a_doubt(engine: HelperEngine) -> None:
    wrong = (TD3[0], TD3[1].replace("7408122", "7408123"))
    result = read(engine, encoded(page(wrong)))
    assert result.zones[0].lines == wrong
    assert result.status is ReadStatus.DOUBT


def test_a_letter_where_only_digits_may_stand_is_marked_as_corrected(engine: HelperEngine) -> None:
    printed = (TD3[0], TD3[1].replace("7408122", "74O8122"))
    zone = read(engine, encoded(page(printed))).zones[0]
    changes = {(change.line, change.column, change.seen, change.suggested) for change in zone.corrected}
    if zone.raw_lines == printed:
        assert (1, 15, "O", "0") in changes
    assert zone.lines[1][15] == "0"
    assert zone.raw_lines[1][15] in "O0"


@pytest.mark.parametrize(
    ("data", "sentence"),
    [(b"", "The picture file is empty."), (png_header(600, 600), "The picture file is damaged and cannot be opened.")],
)
def test_a_refused_picture_says_why(engine: HelperEngine, data: bytes, sentence: str) -> None:
    with pytest.raises(ImageRefused) as caught:
        read(engine, EncodedImage(data))
    assert caught.value.cause.in_english() == sentence


def test_a_stop_ends_a_reading_and_the_next_one_works(engine: HelperEngine) -> None:
    image = encoded(np.random.default_rng(5).integers(0, 256, (5000, 6000)).astype(np.uint8), ".jpg")
    cancel = CancelToken()
    stopper = threading.Timer(0.05, cancel.cancel)
    stopper.start()
    with pytest.raises(Cancelled):
        engine.recognise(image, cancel=cancel)
    stopper.join()
    assert read(engine, encoded(page(TD2))).status is ReadStatus.READ


def test_passporteye_is_never_called_read_and_shows_what_it_changed() -> None:
    engine = ENGINES["passporteye"]()
    try:
        result = read(engine, encoded(page(TD3)))
    finally:
        engine.close()
    assert [zone.lines for zone in result.zones] == [TD3]
    assert result.status is ReadStatus.DOUBT
    assert result.zones[0].doubts


def test_the_default_engine_is_our_own() -> None:
    assert next(iter(ENGINES)) == "located-tesseract"


def test_specimen_photographs_are_read_or_doubted_and_never_read_wrong(engine: HelperEngine, vectors: Path) -> None:
    truth = json.loads((vectors / "mrz" / "truth.json").read_text())
    exact = 0
    for name, expected in truth.items():
        result = read(engine, EncodedImage((vectors / "mrz" / name).read_bytes()))
        wanted = tuple(expected.get("lines") or ())
        found = result.zones[0].lines if result.zones else ()
        exact += bool(wanted) and found == wanted
        if result.status is ReadStatus.READ:
            assert found == wanted, name
    assert exact >= 0.85 * len(truth)
