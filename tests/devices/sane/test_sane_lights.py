# SPDX-License-Identifier: Apache-2.0
"""A scanner with several lights gives one page under each; SANE's test backend lends its pictures for lamps."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest

from devices.sane.driver import SaneDriver
from devices.sane.scanner import lights
from devices.sane.settings import SaneSettings
from station.domain.errors import DeviceFault
from station.domain.provenance import Illumination
from station.ports.devices import DOCUMENT_SCANNER, PageCapture
from station.ports.images import EncodedImage
from station.ports.tasks import CancelToken
from tests.contract.benches import LOOK, Bench, WallClock, running

BLACK, WHITE, GRID = "test-picture=Solid black", "test-picture=Solid white", "test-picture=Grid"


def bench(folder: Path, *, white: str = WHITE, infrared: tuple[str, ...] = (), ultraviolet: str = "") -> Bench:
    (folder / "dll.conf").write_text("test\n")
    (folder / "test.conf").write_text("number_of_devices 1\n")
    settings = SaneSettings(
        config_dir=folder,
        network=False,
        look_seconds=LOOK,
        resolution=75,
        white=(white,) if white else (),
        infrared=infrared,
        ultraviolet=(ultraviolet,) if ultraviolet else (),
    )
    return Bench(SaneDriver(settings, clock=WallClock()))


def pixels(image: EncodedImage) -> np.ndarray[tuple[int, ...], np.dtype[np.uint8]]:
    seen = cv2.imdecode(np.frombuffer(image.data, np.uint8), cv2.IMREAD_UNCHANGED)
    assert seen is not None
    return seen.astype(np.uint8)


def scanned(on: Bench, *, times: int = 1) -> list[PageCapture]:
    with running(on), on.registry.open(DOCUMENT_SCANNER) as scanner:
        return [scanner.scan(cancel=CancelToken()) for _ in range(times)]


def test_one_scan_gives_the_page_under_each_light(tmp_path: Path) -> None:
    page = scanned(bench(tmp_path, infrared=(BLACK, "mode=Gray"), ultraviolet=GRID))[0]
    assert page.provenance.illumination is Illumination.WHITE
    assert [lit.provenance.illumination for lit in page.further] == [Illumination.INFRARED, Illumination.ULTRAVIOLET]
    white, infrared, ultraviolet = (pixels(image) for image in (page.image, *(lit.image for lit in page.further)))
    assert white.ndim == 3
    assert white.min() == 255
    assert infrared.ndim == 2  # its own mode: a lamp that has no colour
    assert infrared.max() == 0
    assert ultraviolet.ndim == 3
    assert 0 < ultraviolet.mean() < 255
    assert white.shape[:2] == infrared.shape == ultraviolet.shape[:2]  # the same page at the same place
    assert page.provenance.captured_at <= page.further[0].provenance.captured_at
    assert {lit.provenance.device_id for lit in page.further} == {page.provenance.device_id}


def test_a_light_is_out_again_with_the_next_page(tmp_path: Path) -> None:
    """White light has no options here: nothing but putting the infrared ones back makes the second page white."""
    first, second = scanned(bench(tmp_path, white="", infrared=(WHITE,)), times=2)
    assert pixels(first.image).max() == 0  # the test backend's own picture
    assert pixels(first.further[0].image).min() == 255
    assert np.array_equal(pixels(second.image), pixels(first.image))
    assert np.array_equal(pixels(second.further[0].image), pixels(first.further[0].image))


def test_a_scanner_with_one_light_does_not_say_which(tmp_path: Path) -> None:
    page = scanned(bench(tmp_path))[0]
    assert page.further == ()
    assert page.provenance.illumination is None
    assert pixels(page.image).min() == 255


def test_a_light_the_scanner_lacks_is_told_as_that(tmp_path: Path) -> None:
    with running(bench(tmp_path, ultraviolet="lamp=UV")) as on, on.registry.open(DOCUMENT_SCANNER) as scanner:
        for _ in range(2):
            with pytest.raises(DeviceFault, match="option"):
                scanner.scan(cancel=CancelToken())


@pytest.mark.parametrize("wrong", ["test-picture=Sunset", "hand-scanner=perhaps", "pass=many", "ppl-loss=ten"])
def test_a_value_the_option_does_not_take_is_told_as_that(wrong: str, tmp_path: Path) -> None:
    with running(bench(tmp_path, white=wrong)) as on:
        opened = on.registry.open(DOCUMENT_SCANNER)
        with opened as scanner, pytest.raises(DeviceFault, match="option"):
            scanner.scan(cancel=CancelToken())


@pytest.mark.parametrize("right", ["hand-scanner=no", "non-blocking=false", "ppl-loss=0", "resolution=100"])
def test_values_are_written_as_a_person_writes_them(right: str, tmp_path: Path) -> None:
    page = scanned(bench(tmp_path, infrared=(right,)))[0]
    wider = pixels(page.further[0].image).shape[1] / pixels(page.image).shape[1]
    assert wider == pytest.approx(100 / 75 if right.startswith("resolution") else 1.0, rel=0.02)


def test_lights_come_in_one_order() -> None:
    settings = SaneSettings(ultraviolet=("source=UV",), infrared=("source=IR",), white=("source=White",))
    assert [light for light, _ in lights(settings)] == [
        Illumination.WHITE,
        Illumination.INFRARED,
        Illumination.ULTRAVIOLET,
    ]
