# SPDX-License-Identifier: Apache-2.0
"""What is no picture, or too much of one, is refused with the true cause before a decoder sees it."""

from __future__ import annotations

import struct

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from station.domain.errors import ImageRefused
from station.isolation.child import DeathReason
from station.optical.safe_images import PictureKind, check, refused_by_helper
from station.ports.images import MOST_IMAGE_BYTES, EncodedImage
from tests.station.optical.drawn import encoded, png_header, tiff_header

GREY = np.full((40, 60), 200, np.uint8)
PNG, JPEG = encoded(GREY).data, encoded(GREY, ".jpg").data


def refusal(data: bytes) -> str:
    with pytest.raises(ImageRefused) as caught:
        check(EncodedImage(data))
    assert caught.value.next_step.in_english()
    return caught.value.cause.in_english()


@pytest.mark.parametrize(
    ("kind", "suffix"), [(PictureKind.PNG, ".png"), (PictureKind.JPEG, ".jpg"), (PictureKind.TIFF, ".tiff")]
)
def test_the_header_of_a_good_picture_is_read(kind: PictureKind, suffix: str) -> None:
    header = check(encoded(GREY, suffix))
    assert (header.kind, header.width, header.height) == (kind, 60, 40)


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        (b"", "The picture file is empty."),
        (b"GIF89a" + bytes(100), "This file is not a picture that the station can open."),
        (b"%PDF-1.7 ...", "This file is not a picture that the station can open."),
        (PNG[:60], "The picture file is not complete: its end is missing."),
        (JPEG[: len(JPEG) - 40], "The picture file is not complete: its end is missing."),
        # A chunk that claims more than there is: the decoder would take that much memory first.
        (PNG.replace(b"IDAT", b"IDAX"), "The picture file is not complete: its end is missing."),
        (PNG[:33] + b"\x7f\xff\xff\xff" + PNG[37:], "The picture file is not complete: its end is missing."),
        (PNG[:33] + bytes(4) + b"IEND" + PNG[33:], "The picture file is not complete: its end is missing."),
        (
            PNG[:33] + (bytes(4) + b"tEXt" + bytes(4)) * 70_000 + PNG[33:],
            "The picture file is not complete: its end is missing.",
        ),
        (PNG[:20], "The picture file is damaged and cannot be opened."),
        (b"\xff\xd8\xff" + b"\xe0", "The picture file is damaged and cannot be opened."),
        (b"II*\x00\xff\xff\xff\x7f", "The picture file is damaged and cannot be opened."),
        (png_header(0, 10), "The picture file is damaged and cannot be opened."),
        (
            png_header(30_000, 30_000),
            "The picture is too large: 30000 x 30000 pixels. The limit is 40 million pixels.",
        ),
        (png_header(30_000, 10), "The picture is too large: 30000 x 10 pixels. The limit is 40 million pixels."),
        (
            tiff_header(4_000_000_000, 4_000_000_000),
            "The picture is too large: 4000000000 x 4000000000 pixels. The limit is 40 million pixels.",
        ),
        (PNG + bytes(MOST_IMAGE_BYTES), "The picture file is too large: 33 MB. The limit is 32 MB."),
        (b"\xff\x4f\xff\x51" + bytes(60), "JPEG 2000 pictures are opened only when they come from a chip."),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_refusal_says_its_true_cause(data: bytes, sentence: str) -> None:
    assert refusal(data) == sentence


def test_jpeg_2000_is_opened_from_a_chip() -> None:
    data = b"\xff\x4f\xff\x51" + struct.pack(">HHIIII", 47, 0, 300, 400, 0, 0) + bytes(40)
    header = check(EncodedImage(data), from_chip=PictureKind.JPEG_2000)
    assert (header.width, header.height) == (300, 400)


@given(
    start=st.sampled_from([b"", b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n", b"II*\x00", b"MM\x00*", b"\xff\x4f\xff\x51"]),
    rest=st.binary(max_size=300),
)
def test_no_bytes_do_anything_but_pass_or_be_refused(start: bytes, rest: bytes) -> None:
    try:
        header = check(EncodedImage(start + rest))
    except ImageRefused:
        return
    assert 0 < header.width * header.height <= 40_000_000


def test_every_death_of_the_helper_has_its_sentence() -> None:
    sentences = {reason: refused_by_helper(reason).cause.in_english() for reason in DeathReason}
    assert "memory" in sentences[DeathReason.OUT_OF_MEMORY]
    assert "too long" in sentences[DeathReason.OUT_OF_TIME]
    assert "safely" in sentences[DeathReason.CRASHED]
    assert "could not be started" in sentences[DeathReason.NOT_STARTED]
