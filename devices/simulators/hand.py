# SPDX-License-Identifier: Apache-2.0
"""The hand of whoever trains or demonstrates: it puts a specimen traveller before the simulated devices."""

from __future__ import annotations

from dataclasses import dataclass, field

from devices.simulators.driver import SimulatorDriver
from devices.simulators.faults import Fault
from devices.simulators.specimens.people import SpecimenStock


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownTraveller:
    """A specimen traveller as a script needs to know them: who, and what truly stands in the MRZ."""

    number: int
    format: str
    mrz_lines: tuple[str, ...] = field(repr=False)


class TrainingHand:
    """Places and removes specimen documents. Any thread."""

    def __init__(self, driver: SimulatorDriver, stock: SpecimenStock) -> None:
        self._driver = driver
        self._stock = stock

    def traveller(self, number: int) -> ShownTraveller:
        """The specimen traveller of this number, from 0."""
        specimen = self._stock.traveller(number)
        return ShownTraveller(number=number, format=specimen.format.value, mrz_lines=specimen.mrz_lines)

    def place(self, number: int, *, jam: bool = False) -> None:
        """Put a document on the scanner and its holder before the camera; with ``jam`` until the next placing."""
        self._driver.scanner.faults.switch(Fault.JAM if jam else None)
        self._driver.tray.place(number)

    def remove(self) -> None:
        """Take the document away; the traveller leaves."""
        self._driver.tray.remove()
