# SPDX-License-Identifier: Apache-2.0
"""A specimen page under three lights: the same page at the same place, showing what only that light shows."""

from __future__ import annotations

from datetime import date

import cv2
import numpy as np
import numpy.typing as npt
import pytest

from devices.simulators.pictures import StockPictures
from devices.simulators.specimens.boarding_pass import boarding_pass
from devices.simulators.specimens.people import SpecimenStock, SpecimenTraveller
from devices.simulators.specimens.wear import Wear
from station.domain.provenance import Illumination
from station.ports.barcodes import Symbology

STOCK = SpecimenStock(7, today=date(2026, 11, 22))
WHITE, INFRARED, ULTRAVIOLET = Illumination.WHITE, Illumination.INFRARED, Illumination.ULTRAVIOLET


def seen(traveller: SpecimenTraveller, light: Illumination, wear: Wear = Wear.NEW) -> npt.NDArray[np.int16]:
    """The picture as height x width x 3, blue first."""
    data = traveller.page_image(wear, dpi=150, light=light).data
    picture = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_COLOR)
    assert picture is not None
    return picture.astype(np.int16)


@pytest.fixture(scope="module")
def passport() -> SpecimenTraveller:
    return next(t for t in map(STOCK.traveller, range(50)) if t.format.value == "TD3")


@pytest.mark.parametrize("wear", [Wear.NEW, Wear.WORN])
def test_the_page_lies_at_the_same_place_in_every_light(wear: Wear, passport: SpecimenTraveller) -> None:
    inks = []
    for light in (WHITE, INFRARED):
        picture = seen(passport, light, wear)
        lower = picture[picture.shape[0] * 3 // 4 :].max(axis=2)
        inks.append(lower < 110)  # the MRZ: black in both
    assert inks[0].shape == inks[1].shape
    both = (inks[0] & inks[1]).sum() / (inks[0] | inks[1]).sum()
    assert both > 0.8


def test_infrared_shows_ink_and_no_printed_ground(passport: SpecimenTraveller) -> None:
    white, infrared = seen(passport, WHITE), seen(passport, INFRARED)
    assert (np.ptp(infrared, axis=2) <= 2).all(), "infrared has no colours"
    middle = slice(infrared.shape[0] * 60 // 100, infrared.shape[0] * 64 // 100)  # between the values and the MRZ
    right = slice(infrared.shape[1] // 2, infrared.shape[1] * 8 // 10)
    assert infrared[middle, right].std() < white[middle, right].std()


def test_ultraviolet_is_dark_where_the_paper_is_and_glows_where_it_is_secured(passport: SpecimenTraveller) -> None:
    glowing = seen(passport, ULTRAVIOLET)
    assert np.median(glowing) < 60
    green = (glowing[:, :, 1] > 200) & (glowing[:, :, 0] < 190)
    blue = (glowing[:, :, 0] > 180) & (glowing[:, :, 2] < 150)
    assert green.mean() > 0.01, "the emblem"
    assert blue.mean() > 0.0005, "threads and the second portrait"


def test_equal_travellers_give_equal_pictures_in_every_light() -> None:
    one, other = StockPictures(STOCK, wear=Wear.LIGHT), StockPictures(STOCK, wear=Wear.LIGHT)
    assert one.further(3) == other.further(3)
    assert [light for light, _ in one.further(3)] == [INFRARED, ULTRAVIOLET]


def test_a_boarding_pass_has_its_sixty_characters_and_the_name_of_the_document() -> None:
    for number in range(30):
        traveller = STOCK.traveller(number)
        given = boarding_pass(traveller)
        assert len(given) == 60
        assert given.startswith(b"M1")
        assert given[2:6].decode() == f"{traveller.document.name.primary}/"[:4].replace("<", " ")
    code = StockPictures(STOCK, wear=Wear.NEW).codes(3)[0]
    assert code.symbology is Symbology.AZTEC
    assert code.content == boarding_pass(STOCK.traveller(3))
