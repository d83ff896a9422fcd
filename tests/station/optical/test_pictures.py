# SPDX-License-Identifier: Apache-2.0
"""Pictures reach the window through a helper process, upright and small, or not at all."""

from __future__ import annotations

import contextlib
import io
import random
from collections.abc import Iterator

import numpy as np
import pytest
from PIL import Image

from station.domain.errors import Cancelled, ImageRefused
from station.isolation.child import DeathReason, HelperDied, HelperProcess
from station.isolation.limits import Limits
from station.optical.pictures import DECODER_ENVIRONMENT, SafePictures, picture_helper
from station.ports.images import EncodedImage
from station.ports.tasks import CancelToken
from tests.station.optical.drawn import encoded, png_header


@pytest.fixture(scope="module")
def pictures() -> Iterator[SafePictures]:
    shown = SafePictures()
    yield shown
    shown.close()


def show(pictures: SafePictures, image: EncodedImage, longest: int = 100) -> tuple[int, int, bytes]:
    frame = pictures.for_display(image, longest_side=longest, cancel=CancelToken())
    return frame.width, frame.height, frame.rgb


def refusal(pictures: SafePictures, data: bytes) -> str:
    with pytest.raises(ImageRefused) as caught:
        show(pictures, EncodedImage(data))
    return caught.value.cause.in_english()


def test_a_picture_is_shown_no_larger_than_asked(pictures: SafePictures) -> None:
    width, height, rgb = show(pictures, encoded(np.full((300, 600), 90, np.uint8)))
    assert (width, height, len(rgb)) == (100, 50, 100 * 50 * 3)
    assert set(rgb) == {90}


def test_a_small_picture_is_not_enlarged(pictures: SafePictures) -> None:
    assert show(pictures, encoded(np.zeros((8, 9), np.uint8)))[:2] == (9, 8)


def test_colours_keep_their_order(pictures: SafePictures) -> None:
    buffer = io.BytesIO()
    Image.new("RGB", (4, 4), (200, 100, 50)).save(buffer, "PNG")
    assert show(pictures, EncodedImage(buffer.getvalue()))[2][:3] == bytes((200, 100, 50))


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "TIFF"])
def test_a_picture_is_turned_as_its_exif_orientation_says(pictures: SafePictures, kind: str) -> None:
    lying = Image.new("L", (80, 40), 0)
    lying.paste(255, (0, 0, 40, 40))  # white on the left; turned clockwise: on top
    exif = Image.Exif()
    exif[274] = 6
    buffer = io.BytesIO()
    lying.save(buffer, kind, exif=exif)
    width, height, rgb = show(pictures, EncodedImage(buffer.getvalue()))
    assert (width, height) == (40, 80)
    assert rgb[0] > 200
    assert rgb[-1] < 50


def test_metrics_tell_sharp_from_blurred_and_dark_from_light(pictures: SafePictures) -> None:
    sharp = np.kron(np.indices((30, 30)).sum(axis=0) % 2, np.ones((10, 10))) * 200
    flat = np.full((300, 300), 250)
    one = pictures.metrics(encoded(sharp.astype(np.uint8)), cancel=CancelToken())
    other = pictures.metrics(encoded(flat.astype(np.uint8)), cancel=CancelToken())
    assert (one.width, one.height) == (300, 300)
    assert one.sharpness > other.sharpness
    assert one.contrast > 0.7
    assert other.contrast == 0
    assert other.too_bright == 1
    assert one.too_dark == pytest.approx(0.5)


@pytest.mark.parametrize("magic", [b"\xff\xd8\xff", b"\xff\xd8\xff\xe0\x00\x10JFIF\x00"])
def test_random_bytes_behind_a_jpeg_mark_are_refused(pictures: SafePictures, magic: bytes) -> None:
    noise = random.Random(4).randbytes(4000) + b"\xff\xd9"
    assert refusal(pictures, magic + noise) == "The picture file is damaged and cannot be opened."


def test_a_jpeg_whose_body_is_noise_is_refused_or_shown_and_the_next_picture_works(pictures: SafePictures) -> None:
    good = encoded(np.full((64, 64), 128, np.uint8), ".jpg").data
    chance = random.Random(1)
    for _ in range(30):
        broken = bytearray(good)
        for _ in range(12):
            broken[chance.randrange(20, len(broken) - 2)] = chance.randrange(256)
        with contextlib.suppress(ImageRefused):
            show(pictures, EncodedImage(bytes(broken)))
    assert show(pictures, EncodedImage(good))[:2] == (64, 64)


def test_a_picture_bomb_within_the_limit_of_pixels_is_survived(pictures: SafePictures) -> None:
    rows = b"\x00" + bytes(6000)
    assert show(pictures, EncodedImage(png_header(6000, 6000, rows * 6000)))[:2] == (100, 100)


def test_a_png_without_its_pixels_is_refused(pictures: SafePictures) -> None:
    assert "damaged" in refusal(pictures, png_header(600, 600, b""))


def test_a_decoder_that_needs_more_memory_than_it_may_have_is_ended() -> None:
    limits = Limits(memory_bytes=420_000_000, cpu_seconds=20, wall_seconds=30)
    helper = HelperProcess("station.optical.picture_process", limits, environment=DECODER_ENVIRONMENT)
    large = png_header(6300, 6300, (b"\x00" + bytes(6300)) * 6300)  # 119 MB as colour, and a copy of it
    try:
        with pytest.raises(HelperDied) as caught:
            helper.request({"do": "show", "longest": 100}, [large], cancel=CancelToken())
    finally:
        helper.close()
    assert caught.value.reason is DeathReason.OUT_OF_MEMORY


def test_the_decoder_has_its_own_limit_of_pixels() -> None:
    helper = picture_helper()
    bomb = png_header(30_000, 30_000, (b"\x00" + bytes(30_000)) * 300)
    try:
        answer, _ = helper.request({"do": "measure"}, [bomb], cancel=CancelToken())
    finally:
        helper.close()
    assert answer == {"refused": "damaged"}


def test_a_stop_is_heard(pictures: SafePictures) -> None:
    cancel = CancelToken()
    cancel.cancel()
    with pytest.raises(Cancelled):
        pictures.for_display(encoded(np.zeros((8, 8), np.uint8)), longest_side=8, cancel=cancel)
