# SPDX-License-Identifier: Apache-2.0
"""The stock of specimen travellers as what simulated devices look at."""

from __future__ import annotations

from functools import lru_cache

from devices.simulators.specimens.boarding_pass import boarding_pass
from devices.simulators.specimens.people import SpecimenStock, Wear
from station.domain.provenance import Illumination
from station.ports.barcodes import Barcode, Symbology
from station.ports.images import EncodedImage

_Lit = tuple[tuple[Illumination, EncodedImage], ...]


class StockPictures:
    """Pages and portraits of a stock. Drawing takes 0.2 s; what was just shown is kept."""

    def __init__(self, stock: SpecimenStock, *, wear: Wear) -> None:
        self.stock = stock
        self._page = lru_cache(maxsize=2)(lambda n: stock.traveller(n).page_image(wear))
        self._further = lru_cache(maxsize=2)(lambda n: _further(stock, n, wear))
        self._portrait = lru_cache(maxsize=2)(lambda n: stock.traveller(n).portrait_image())

    def page(self, traveller: int) -> EncodedImage:
        """The page with the MRZ of a traveller's document. Raises DeviceFault when a typeface is missing."""
        return self._page(traveller)

    def further(self, traveller: int) -> _Lit:
        """The same page in infrared and in ultraviolet."""
        return self._further(traveller)

    def portrait(self, traveller: int) -> EncodedImage:
        """The traveller before the post's camera."""
        return self._portrait(traveller)

    def mrz_lines(self, traveller: int) -> tuple[str, ...]:
        """What truly stands in the MRZ."""
        return self.stock.traveller(traveller).mrz_lines

    def codes(self, traveller: int) -> tuple[Barcode, ...]:
        """The code of the boarding pass."""
        return (Barcode(Symbology.AZTEC, boarding_pass(self.stock.traveller(traveller))),)


def _further(stock: SpecimenStock, number: int, wear: Wear) -> _Lit:
    traveller = stock.traveller(number)
    return tuple(
        (light, traveller.page_image(wear, light=light)) for light in (Illumination.INFRARED, Illumination.ULTRAVIOLET)
    )
