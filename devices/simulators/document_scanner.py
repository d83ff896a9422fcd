# SPDX-License-Identifier: Apache-2.0
"""A simulated full-page reader: it senses documents, sees them in three lights and reaches their chip meanwhile."""

from __future__ import annotations

from devices.base import AWAITS_DOCUMENT
from devices.simulators.chip_reader import Answer, ChipField
from devices.simulators.faults import Fault
from devices.simulators.simulated import Part, Simulated, Surroundings
from station.domain.provenance import Illumination
from station.ports.devices import CHIP_READER, DOCUMENT_SCANNER, LitPage, PageCapture
from station.ports.images import EncodedImage
from station.ports.tasks import CancelToken

_Seen = tuple[EncodedImage, tuple[tuple[Illumination, EncodedImage], ...]]


class Glass:
    """Where documents lie. ``scan_seconds`` is how long a page takes. One placing gives one page."""

    def __init__(self, around: Surroundings, *, scan_seconds: float, further_lights: bool) -> None:
        self._further_lights = further_lights
        self._tray = around.tray
        self._pictures = around.pictures
        self._scan_seconds = scan_seconds
        self._placing = 0

    def scanner(self, part: Part) -> SimulatedScanner:
        """The role object of one session."""
        return SimulatedScanner(self, part)

    def scan(self, part: Part, cancel: CancelToken) -> PageCapture:
        """Wait for a document, then capture it."""
        placing, (image, further) = part.run(lambda token: self._page(part, token), cancel=cancel)
        self._placing = placing  # only a page that arrived uses up its placing
        return PageCapture(
            image,
            part.use.provenance(illumination=Illumination.WHITE),
            further=tuple(LitPage(lit, part.use.provenance(illumination=light)) for light, lit in further),
        )

    def _page(self, part: Part, token: CancelToken) -> tuple[int, _Seen]:
        with part.use.awaiting(AWAITS_DOCUMENT):
            placing, traveller = self._tray.wait_for_placing(self._placing, cancel=token)
        fault = part.faults.take()
        token.wait(self._scan_seconds)
        part.meet(fault, token)
        if fault is Fault.WRONG_ANSWER:
            traveller += 1
        image = part.faults.spoil(self._pictures.page(traveller), fault)
        # Lights follow each other: what broke off in the first one never came to the others.
        whole = self._further_lights and fault not in (Fault.PARTIAL, Fault.GARBAGE)
        further = self._pictures.further(traveller) if whole else ()
        return placing, (image, further)


class SimulatedScanner:
    """One session's DocumentScanner."""

    senses_documents = True

    def __init__(self, glass: Glass, part: Part) -> None:
        self._glass = glass
        self._part = part

    def scan(self, *, cancel: CancelToken) -> PageCapture:
        """Wait until a document is placed and capture it; each placing gives one page."""
        return self._glass.scan(self._part, cancel)


def full_page_reader(around: Surroundings, *, scan_seconds: float, further_lights: bool, answer: Answer) -> Simulated:
    """Page scanner and chip reader in one housing, used side by side."""
    glass = Glass(around, scan_seconds=scan_seconds, further_lights=further_lights)
    field = ChipField(around, answer)
    return Simulated(
        "document-scanner",
        "Simulated page scanner",
        ((DOCUMENT_SCANNER, glass.scanner), (CHIP_READER, field.reader)),
        around,
    )
