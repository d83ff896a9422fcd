# SPDX-License-Identifier: Apache-2.0
"""Specimen travellers: many, different, always the same for a seed, and legible to whatever reads documents."""

from __future__ import annotations

import io
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from devices.simulators.specimens import fonts
from devices.simulators.specimens.fonts import Typeface
from devices.simulators.specimens.pages import MRZ_HEIGHT, draw_page
from devices.simulators.specimens.people import Orientation, SpecimenStock, SpecimenTraveller, Wear
from station.domain.errors import DeviceFault
from station.domain.person import Sex
from station.mrtd.mrz import parse
from station.mrtd.mrz_formats import MrzFormat
from station.optical.tesseract import Tesseract
from station.ports.images import EncodedImage

TODAY = date(2026, 11, 22)
SIZES = {  # millimetres: Doc 9303-5, -6, -4 and -7
    MrzFormat.TD1: (85.6, 54.0),
    MrzFormat.TD2: (105.0, 74.0),
    MrzFormat.TD3: (125.0, 88.0),
    MrzFormat.MRV_A: (120.0, 80.0),
    MrzFormat.MRV_B: (105.0, 74.0),
}


def stock(seed: int = 1) -> SpecimenStock:
    return SpecimenStock(seed, today=TODAY)


def first_of(fmt: MrzFormat, seed: int = 1) -> SpecimenTraveller:
    return next(t for t in map(stock(seed).traveller, range(1000)) if t.format is fmt)


def opened(image: EncodedImage) -> Image.Image:
    return Image.open(io.BytesIO(image.data))


@pytest.fixture(scope="module")
def thousand() -> list[SpecimenTraveller]:
    return [stock().traveller(index) for index in range(1000)]


@pytest.fixture(scope="module")
def tesseract() -> Iterator[Tesseract]:
    engine = Tesseract()
    yield engine
    engine.close()


def test_a_thousand_travellers_have_a_valid_mrz(thousand: list[SpecimenTraveller]) -> None:
    assert [t.index for t in thousand if not parse(t.mrz_lines, today=TODAY).valid] == []


def test_a_thousand_travellers_differ_in_name_and_number(thousand: list[SpecimenTraveller]) -> None:
    assert len({t.person.name for t in thousand}) > 990
    assert len({t.document.document_number for t in thousand}) == 1000


def test_every_document_is_of_utopia(thousand: list[SpecimenTraveller]) -> None:
    assert {t.document.issuing_state for t in thousand} == {"UTO"}
    nationalities = Counter(t.document.nationality for t in thousand)
    assert set(nationalities) == {"UTO", "XXA", "XXB", "XXX"}
    assert nationalities["UTO"] > 800


def test_the_mix_holds_every_format_sex_and_age(thousand: list[SpecimenTraveller]) -> None:
    formats = Counter(t.format for t in thousand)
    assert set(formats) == set(MrzFormat)
    assert formats[MrzFormat.TD3] > 550
    assert {t.person.sex for t in thousand} == set(Sex)
    ages = [t.person.age_on(TODAY) for t in thousand]
    assert min(ages) == 0
    assert 80 < max(ages) <= 95


def test_about_one_document_in_twenty_has_expired(thousand: list[SpecimenTraveller]) -> None:
    expired = [t for t in thousand if t.expired]
    assert 30 <= len(expired) <= 80
    assert all(t.document.expiry_date.certainly_before(TODAY) for t in expired)
    assert not any(t.document.expiry_date.certainly_before(TODAY) for t in thousand if not t.expired)


def test_nobody_has_a_document_from_before_birth_or_from_tomorrow(thousand: list[SpecimenTraveller]) -> None:
    for traveller in thousand:
        assert traveller.person.birth_date.earliest() <= traveller.papers.issue_date <= TODAY


def test_the_awkward_cases_are_among_them(thousand: list[SpecimenTraveller]) -> None:
    assert any(not t.person.name.secondary for t in thousand), "a mononym"
    assert any(not t.person.birth_date.is_known for t in thousand), "a birth date that is partly unknown"
    assert any(len(t.document.document_number) > 9 for t in thousand), "a long document number"
    assert any(not t.person.name.primary.isascii() for t in thousand), "national letters"
    assert any("'" in t.person.name.primary for t in thousand), "an apostrophe"
    assert any("-" in t.person.name.primary for t in thousand), "a hyphen"
    assert any(t.document.name.secondary != t.person.name.secondary.upper() for t in thousand), "a truncated name"
    assert {"P", "PP", "PU", "PR", "V", "I"} <= {t.document.document_code for t in thousand}


def test_the_document_says_what_the_person_is(thousand: list[SpecimenTraveller]) -> None:
    for traveller in thousand:
        assert traveller.document.birth_date == traveller.person.birth_date
        assert traveller.document.sex is traveller.person.sex
        assert traveller.document.document_number == traveller.papers.number


@settings(max_examples=200)
@given(
    seed=st.integers(0, 2**32),
    index=st.integers(0, 10_000_000),
    today=st.dates(date(2000, 1, 1), date(2049, 12, 31)),
)
def test_any_seed_on_any_day_gives_a_valid_document(seed: int, index: int, today: date) -> None:
    traveller = SpecimenStock(seed, today=today).traveller(index)
    assert parse(traveller.mrz_lines, today=today).valid
    assert 0 <= traveller.person.age_on(today) <= 95
    assert traveller.document.birth_date == traveller.person.birth_date


@pytest.mark.parametrize("wear", list(Wear))
def test_one_seed_always_gives_the_same_bytes(wear: Wear) -> None:
    first, again = stock(9).traveller(4), stock(9).traveller(4)
    assert first == again
    assert first.page_image(wear, dpi=150).data == again.page_image(wear, dpi=150).data


def test_the_live_picture_is_the_same_each_time_and_turns_with_the_head() -> None:
    traveller = stock(9).traveller(4)
    assert traveller.portrait_image().data == stock(9).traveller(4).portrait_image().data
    assert traveller.portrait_image(turn=20).data != traveller.portrait_image().data


def test_another_seed_gives_other_people() -> None:
    assert stock(1).traveller(0).mrz_lines != stock(2).traveller(0).mrz_lines


@pytest.mark.parametrize("fmt", list(MrzFormat))
@pytest.mark.parametrize("dpi", [150, 300])
def test_a_page_has_its_true_size(fmt: MrzFormat, dpi: int) -> None:
    traveller = first_of(fmt)
    width, height = (round(side / 25.4 * dpi) for side in SIZES[fmt])
    assert draw_page(traveller, dpi=dpi).pixels.shape == (height, width, 3)
    picture = opened(traveller.page_image(dpi=dpi))
    assert picture.width > width
    assert picture.height > height
    assert picture.info["dpi"] == pytest.approx((dpi, dpi))


def test_a_new_page_is_png_and_a_used_one_jpeg() -> None:
    traveller = stock().traveller(0)
    assert traveller.page_image(Wear.NEW, dpi=100).media_type == "image/png"
    assert traveller.page_image(Wear.NEW, dpi=100).data.startswith(b"\x89PNG")
    assert traveller.page_image(Wear.WORN, dpi=100).media_type == "image/jpeg"
    assert traveller.page_image(Wear.WORN, dpi=100).data.startswith(b"\xff\xd8")


@pytest.mark.parametrize(("orientation", "turns"), [(90, 3), (180, 2), (270, 1)])
def test_orientation_turns_the_picture_clockwise(orientation: Orientation, turns: int) -> None:
    traveller = stock().traveller(0)
    upright = np.asarray(opened(traveller.page_image(Wear.NEW, dpi=100)))
    turned = np.asarray(opened(traveller.page_image(Wear.NEW, dpi=100, orientation=orientation)))
    assert np.array_equal(np.rot90(upright, turns), turned)


@pytest.mark.parametrize("fmt", list(MrzFormat))
@pytest.mark.parametrize("seed", [1, 2, 3])
def test_the_printed_mrz_can_be_read(fmt: MrzFormat, seed: int, tesseract: Tesseract) -> None:
    traveller = first_of(fmt, seed)
    page = draw_page(traveller, dpi=300)
    zone = round(MRZ_HEIGHT / 25.4 * 300)
    grey = np.asarray(cv2.cvtColor(page.pixels[-zone + 10 :], cv2.COLOR_RGB2GRAY), np.uint8)
    read = [line.replace(" ", "") for line in tesseract.read_block(grey).splitlines() if line.strip()]
    assert tuple(read) == traveller.mrz_lines


def test_a_face_detector_finds_one_face_in_nearly_every_live_picture() -> None:
    detector = cv2.CascadeClassifier(str(Path(cv2.__file__).parent / "data" / "haarcascade_frontalface_default.xml"))
    found = 0
    for index in range(12):
        grey = np.asarray(opened(stock(3).traveller(index).portrait_image()).convert("L"))
        found += len(detector.detectMultiScale(grey, 1.1, 5)) == 1
    assert found >= 11


def test_two_travellers_look_different() -> None:
    pictures = [
        np.asarray(opened(stock().traveller(index).portrait_image()).crop((160, 180, 560, 660)), np.float64)
        for index in range(4)
    ]
    for number, one in enumerate(pictures):
        for other in pictures[number + 1 :]:
            assert np.abs(one - other).mean() > 8


def test_what_cannot_be_drawn_is_refused() -> None:
    with pytest.raises(ValueError, match="from 0"):
        stock().traveller(-1)
    with pytest.raises(ValueError, match="dpi"):
        stock().traveller(0).page_image(dpi=20)
    with pytest.raises(ValueError, match="degrees"):
        stock().traveller(0).portrait_image(turn=60)


def test_the_typefaces_are_there() -> None:
    assert {fonts.font_file(typeface).name for typeface in Typeface} == {typeface.value for typeface in Typeface}


def test_a_missing_typeface_names_its_package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    fonts.font_file.cache_clear()
    fonts.font.cache_clear()
    monkeypatch.setattr(fonts, "FONT_FOLDERS", (tmp_path,))
    with pytest.raises(DeviceFault) as refused:
        stock().traveller(0).page_image(dpi=100)
    assert "fonts-" in refused.value.next_step.in_english()
    fonts.font_file.cache_clear()


def test_knowing_the_travellers_loads_no_drawing_library() -> None:
    script = (
        "import sys; from datetime import date; from devices.simulators.specimens.people import SpecimenStock; "
        "SpecimenStock(1, today=date(2026, 1, 1)).traveller(0); "
        "print(sorted({'cv2', 'numpy', 'PIL'} & set(sys.modules)))"
    )
    answer = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert answer.stdout.strip() == "[]"


def test_a_traveller_does_not_print_personal_data() -> None:
    traveller = stock().traveller(0)
    shown = repr(traveller)
    assert traveller.person.name.primary not in shown
    assert traveller.papers.number not in shown
    assert traveller.mrz_lines[0] not in shown
