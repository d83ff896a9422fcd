# SPDX-License-Identifier: Apache-2.0
"""Codes are read exactly, wherever they stand on a page, and nothing is read where there is none."""

from __future__ import annotations

from collections.abc import Iterator

import cv2
import numpy as np
import pytest
import zxingcpp
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageDraw
from reportlab.graphics.barcode import code39, code128, qr

from station.domain.errors import Cancelled, ImageRefused
from station.optical.barcode import find_barcodes
from station.optical.pictures import SafePictures
from station.optical.wire import WireRefused, codes_from_wire, codes_to_wire
from station.ports.barcodes import Barcode, Symbology
from station.ports.images import EncodedImage
from station.ports.tasks import CancelToken
from tests.station.optical.drawn import TD3, Picture, encoded, page, turned

FORMATS = {
    Symbology.QR: zxingcpp.BarcodeFormat.QRCode,
    Symbology.DATA_MATRIX: zxingcpp.BarcodeFormat.DataMatrix,
    Symbology.PDF417: zxingcpp.BarcodeFormat.PDF417,
    Symbology.AZTEC: zxingcpp.BarcodeFormat.Aztec,
    Symbology.CODE_128: zxingcpp.BarcodeFormat.Code128,
    Symbology.CODE_39: zxingcpp.BarcodeFormat.Code39,
}
BARS = (Symbology.CODE_128, Symbology.CODE_39)
SQUARES = (Symbology.QR, Symbology.DATA_MATRIX, Symbology.AZTEC)
BOARDING_PASS = b"M1ERIKSSON/ANNA MARIA EABC123 UTOXXXUT 0834 326J001A0025 100"


def drawn(kind: Symbology, content: bytes, *, module: int = 4) -> Picture:
    code = zxingcpp.create_barcode(content.decode() if kind in BARS else content, FORMATS[kind])
    return np.asarray(code.to_image(scale=module, add_quiet_zones=True), np.uint8)


def on_paper(*codes: Picture, size: tuple[int, int] = (900, 1300)) -> Picture:
    sheet = np.full(size, 232, np.uint8)
    top = 40
    for code in codes:
        height, width = code.shape
        sheet[top : top + height, 60 : 60 + width] = np.minimum(code, 232)
        top += height + 40
    return sheet


def content_of(kind: Symbology) -> bytes:
    return b"B00012345" if kind in BARS else BOARDING_PASS


@pytest.fixture(scope="module")
def pictures() -> Iterator[SafePictures]:
    shown = SafePictures()
    yield shown
    shown.close()


@pytest.mark.parametrize("kind", FORMATS)
def test_each_kind_is_read_with_its_name_and_place(kind: Symbology) -> None:
    code = drawn(kind, content_of(kind))
    (found,) = find_barcodes(on_paper(code))
    assert (found.symbology, found.content) == (kind, content_of(kind))
    assert len(found.corners) == 4
    (left, top), _, (right, bottom), _ = found.corners
    assert 55 <= left < right <= 65 + code.shape[1]
    assert 35 <= top < bottom <= 45 + code.shape[0]


@pytest.mark.parametrize("kind", [*SQUARES, Symbology.PDF417])
@settings(max_examples=12, deadline=None)
@given(content=st.binary(min_size=1, max_size=200))
def test_binary_content_comes_back_byte_for_byte(kind: Symbology, content: bytes) -> None:
    (found,) = find_barcodes(on_paper(drawn(kind, content)))
    assert found.content == content


@pytest.mark.parametrize("kind", [*SQUARES, Symbology.PDF417])
def test_content_with_its_own_character_set_is_given_as_its_bytes(kind: Symbology) -> None:
    code = zxingcpp.create_barcode("أوتوبيا Ютопия", FORMATS[kind])  # written with an ECI for UTF-8
    (found,) = find_barcodes(on_paper(np.asarray(code.to_image(scale=4, add_quiet_zones=True), np.uint8)))
    assert found.content.decode() == "أوتوبيا Ютопия"


def test_codes_of_another_maker_are_read() -> None:
    widget = qr.QrCodeWidget("UTOPIA/0042")
    widget.qr.make()
    modules = np.array([[0 if dark else 255 for dark in row] for row in widget.qr.modules], np.uint8)
    square = np.asarray(np.kron(np.pad(modules, 4, constant_values=255), np.ones((5, 5))), np.uint8)
    assert [(one.symbology, one.content) for one in find_barcodes(square)] == [(Symbology.QR, b"UTOPIA/0042")]
    for maker, kind, value in (
        (code128.Code128("B00012345"), Symbology.CODE_128, b"B00012345"),
        (code39.Standard39("B00012345", checksum=0), Symbology.CODE_39, b"B00012345"),
    ):
        (found,) = find_barcodes(bars_of(maker))
        assert (found.symbology, found.content) == (kind, value)


def bars_of(maker: code128.Code128 | code39.Standard39) -> Picture:
    """The bars of reportlab's own drawing, on white."""
    rectangles: list[tuple[float, float]] = []
    maker.rect = lambda x, _y, width, _height: rectangles.append((x, width))
    maker.barWidth = 3
    maker.quiet = 1
    maker.validate()
    maker.encode()
    maker.decompose()
    maker.computeSize()
    maker.draw()
    last = max(x + width for x, width in rectangles)
    sheet = Image.new("L", (round(last) + 160, 200), 255)
    pen = ImageDraw.Draw(sheet)
    for x, width in rectangles:
        pen.rectangle((80 + round(x), 40, 80 + round(x + width) - 1, 160), fill=0)
    return np.asarray(sheet, np.uint8)


@pytest.mark.parametrize("kind", FORMATS)
@pytest.mark.parametrize("degrees", [3, 22, 37, 45, 58, 90, 133, 180, 201, 270, 318])
def test_a_turned_code_is_read(kind: Symbology, degrees: float) -> None:
    sheet = on_paper(drawn(kind, content_of(kind)), size=(600, 1000))
    assert [one.content for one in find_barcodes(turned(sheet, degrees))] == [content_of(kind)]


def test_the_corners_of_a_turned_code_stand_around_it() -> None:
    code = drawn(Symbology.CODE_128, b"B00012345")
    sheet = np.full((600, 600), 232, np.uint8)
    top, left = 300 - code.shape[0] // 2, 300 - code.shape[1] // 2
    sheet[top : top + code.shape[0], left : left + code.shape[1]] = np.minimum(code, 232)
    side = turned(sheet, 40).shape[0]
    (found,) = find_barcodes(turned(sheet, 40))
    middle = np.mean(found.corners, axis=0)
    assert np.abs(middle - side / 2).max() < 25


@pytest.mark.parametrize("kind", FORMATS)
def test_a_soft_and_noisy_code_is_read(kind: Symbology) -> None:
    sheet = cv2.GaussianBlur(on_paper(drawn(kind, content_of(kind))), (0, 0), 1.0).astype(np.float64)
    sheet = sheet * 0.6 + 40 + np.random.default_rng(5).normal(0, 8, sheet.shape)
    (found,) = find_barcodes(np.clip(sheet, 0, 255).astype(np.uint8))
    assert found.content == content_of(kind)


@pytest.mark.parametrize("kind", FORMATS)
def test_a_small_code_is_read(kind: Symbology) -> None:
    large = on_paper(drawn(kind, content_of(kind), module=6), size=(1200, 2000))
    small = cv2.resize(large, None, fx=1 / 3, fy=1 / 3, interpolation=cv2.INTER_AREA)  # two pixels a module
    (found,) = find_barcodes(np.asarray(small, np.uint8))
    assert found.content == content_of(kind)


def test_several_codes_on_a_page_are_given_from_top_to_bottom() -> None:
    kinds = (Symbology.QR, Symbology.CODE_128, Symbology.DATA_MATRIX, Symbology.PDF417)
    found = find_barcodes(on_paper(*(drawn(kind, content_of(kind), module=3) for kind in kinds), size=(1400, 1400)))
    assert [one.symbology for one in found] == list(kinds)


def test_a_code_on_a_page_with_an_mrz_is_read_and_the_mrz_is_none() -> None:
    sheet = page(TD3).copy()
    assert find_barcodes(sheet) == ()
    code = drawn(Symbology.QR, b"UTO")
    sheet[40 : 40 + code.shape[0], 60 : 60 + code.shape[1]] = code
    assert [one.content for one in find_barcodes(sheet)] == [b"UTO"]


def test_colour_pictures_are_read() -> None:
    grey = on_paper(drawn(Symbology.AZTEC, BOARDING_PASS))
    (found,) = find_barcodes(np.dstack([grey, grey, np.full_like(grey, 200)]))
    assert found.content == BOARDING_PASS


@pytest.mark.parametrize("shape", [(0, 0), (1, 1), (3, 500), (40, 40, 3)])
def test_nothing_is_found_where_there_is_nothing(shape: tuple[int, ...]) -> None:
    assert find_barcodes(np.zeros(shape, np.uint8)) == ()


def test_noise_holds_no_code() -> None:
    assert find_barcodes(np.random.default_rng(1).integers(0, 255, (700, 900), dtype=np.uint8)) == ()


def test_the_content_is_not_shown_by_accident() -> None:
    (found,) = find_barcodes(on_paper(drawn(Symbology.QR, BOARDING_PASS)))
    assert "ERIKSSON" not in repr(found)


def test_an_encoded_picture_gives_the_same_through_the_helper(pictures: SafePictures) -> None:
    sheet = on_paper(drawn(Symbology.QR, bytes(range(256))), drawn(Symbology.CODE_39, b"B00012345"))
    assert pictures.barcodes(encoded(sheet), cancel=CancelToken()) == find_barcodes(sheet)
    assert pictures.barcodes(encoded(np.full((50, 60), 255, np.uint8)), cancel=CancelToken()) == ()


def test_what_is_no_picture_is_refused_and_a_stop_is_heeded(pictures: SafePictures) -> None:
    with pytest.raises(ImageRefused):
        pictures.barcodes(EncodedImage(b"no picture"), cancel=CancelToken())
    stopped = CancelToken()
    stopped.cancel()
    with pytest.raises(Cancelled):
        pictures.barcodes(encoded(np.full((50, 60), 255, np.uint8)), cancel=stopped)


def test_codes_survive_the_way_from_the_helper() -> None:
    codes = (Barcode(Symbology.QR, b"\x00\xff", ((1, 2), (3, 2), (3, 4), (1, 4))), Barcode(Symbology.OTHER, b"x"))
    header, contents = codes_to_wire(codes)
    assert codes_from_wire(header, contents) == codes


@pytest.mark.parametrize(
    ("header", "contents"),
    [
        ({}, ()),
        ({"codes": [["qr", []]]}, ()),
        ({"codes": [["qr", [[-1, 2]]]]}, (b"x",)),
        ({"codes": [["qr", [[1.5, 2]]]]}, (b"x",)),
        ({"codes": [["no such kind", []]]}, (b"x",)),
        ({"codes": [["qr", []]]}, (bytes(9000),)),
        ({"codes": [["qr", []]] * 17}, (b"x",) * 17),
    ],
)
def test_what_no_honest_helper_sends_is_refused(header: dict[str, object], contents: tuple[bytes, ...]) -> None:
    with pytest.raises(WireRefused):
        codes_from_wire(header, contents)
