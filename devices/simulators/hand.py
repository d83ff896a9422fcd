# SPDX-License-Identifier: Apache-2.0
"""The hand of whoever trains or demonstrates: it puts a specimen traveller before the simulated devices."""

from __future__ import annotations

from dataclasses import dataclass, field

from devices.simulators.driver import SimulatorDriver
from devices.simulators.faults import Fault
from devices.simulators.specimens.people import SpecimenStock
from devices.simulators.tray import Gesture


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownTraveller:
    """A specimen traveller as a script needs to know them: who, and what truly stands in the MRZ."""

    number: int
    format: str
    mrz_lines: tuple[str, ...] = field(repr=False)


class TrainingHand:
    """Places and removes specimen documents, draws them through a reader, shows papers. Any thread."""

    def __init__(self, driver: SimulatorDriver, stock: SpecimenStock) -> None:
        self._driver = driver
        self._stock = stock

    def traveller(self, number: int) -> ShownTraveller:
        """The specimen traveller of this number, from 0."""
        specimen = self._stock.traveller(number)
        return ShownTraveller(number=number, format=specimen.format.value, mrz_lines=specimen.mrz_lines)

    def place(self, number: int, *, jam: bool = False) -> None:
        """Put a document on the scanner and its holder before the camera; with ``jam`` until the next placing."""
        faults = self._driver.scanner.faults
        if jam:
            faults.switch(Fault.JAM)
        elif faults.current is Fault.JAM:
            faults.switch(None)
        self._driver.tray.place(number)

    def remove(self) -> None:
        """Take the document away; the traveller leaves."""
        self._driver.tray.remove()

    def swipe(self, number: int) -> None:
        """Draw a document through the MRZ reader. A reader that nobody listens to misses it."""
        self._driver.tray.move(Gesture.SWIPE, number)

    def show_code(self, number: int) -> None:
        """Hold the traveller's paper before the barcode reader. A reader that nobody listens to misses it."""
        self._driver.tray.move(Gesture.SHOW_CODE, number)
