# SPDX-License-Identifier: Apache-2.0
"""The stock of specimen travellers as what simulated devices look at."""

from __future__ import annotations

from functools import lru_cache

from devices.simulators.specimens.people import SpecimenStock, Wear
from station.ports.images import EncodedImage


class StockPictures:
    """Pages and portraits of a stock. Drawing takes 0.2 s; what was just shown is kept."""

    def __init__(self, stock: SpecimenStock, *, wear: Wear) -> None:
        self.stock = stock
        self._page = lru_cache(maxsize=2)(lambda n: stock.traveller(n).page_image(wear))
        self._portrait = lru_cache(maxsize=2)(lambda n: stock.traveller(n).portrait_image())

    def page(self, traveller: int) -> EncodedImage:
        """The page with the MRZ of a traveller's document. Raises DeviceFault when a typeface is missing."""
        return self._page(traveller)

    def portrait(self, traveller: int) -> EncodedImage:
        """The traveller before the post's camera."""
        return self._portrait(traveller)
