# SPDX-License-Identifier: Apache-2.0
"""Simulated readers that wait for a hand: an MRZ reader to swipe through, and a barcode reader to show a paper to.

Both hear only what happens while somebody listens: a swipe of the traveller before must never come out later.
"""

from __future__ import annotations

from typing import Final

from devices.simulators.faults import Fault, beginning
from devices.simulators.simulated import Part, Simulated, Surroundings
from devices.simulators.tray import Gesture, SpecimenPictures, SpecimenTray
from station.domain.words import say
from station.ports.barcodes import Barcode, BarcodeCapture, Symbology
from station.ports.devices import BARCODE_READER, MRZ_READER, MrzLines
from station.ports.tasks import CancelToken

AWAITS_SWIPE: Final = say("Waiting for a document to be swiped.")
AWAITS_CODE: Final = say("Waiting for a code.")

_GARBAGE_BYTES: Final = 60
_LOST: Final = 9  # characters at the end, with PARTIAL
_LINE_END: Final = "\r"  # as the swipe readers in the field end a line


class SimulatedMrzReader:
    """One session's MrzReader."""

    def __init__(self, tray: SpecimenTray, pictures: SpecimenPictures, part: Part) -> None:
        self._tray = tray
        self._pictures = pictures
        self._part = part
        self._heard = tray.moves(Gesture.SWIPE)

    def read(self, *, cancel: CancelToken) -> MrzLines:
        """Wait for the next swipe."""
        number, lines = self._part.run(self._read, cancel=cancel)
        self._heard = number
        raw = (_LINE_END.join(lines) + _LINE_END).encode("ascii")
        return MrzLines(lines, self._part.use.provenance(), raw=raw)

    def _read(self, token: CancelToken) -> tuple[int, tuple[str, ...]]:
        with self._part.use.awaiting(AWAITS_SWIPE):
            number, traveller = self._tray.wait_for_move(Gesture.SWIPE, self._heard, cancel=token)
        fault = self._part.faults.take()
        self._part.meet(fault, token)
        lines = self._pictures.mrz_lines(traveller + 1 if fault is Fault.WRONG_ANSWER else traveller)
        if fault is Fault.PARTIAL:
            lines = (*lines[:-1], lines[-1][:-_LOST])
        if fault is Fault.GARBAGE:
            noise = self._part.faults.garbage(_GARBAGE_BYTES)
            lines = ("".join(chr(33 + byte % 94) for byte in noise),)
        return number, lines


class SimulatedBarcodeReader:
    """One session's BarcodeReader."""

    def __init__(self, tray: SpecimenTray, pictures: SpecimenPictures, part: Part) -> None:
        self._tray = tray
        self._pictures = pictures
        self._part = part
        self._seen = tray.moves(Gesture.SHOW_CODE)

    def read(self, *, cancel: CancelToken) -> BarcodeCapture:
        """Wait for the next paper."""
        number, codes = self._part.run(self._read, cancel=cancel)
        self._seen = number
        return BarcodeCapture(codes=codes, provenance=self._part.use.provenance())

    def _read(self, token: CancelToken) -> tuple[int, tuple[Barcode, ...]]:
        with self._part.use.awaiting(AWAITS_CODE):
            number, traveller = self._tray.wait_for_move(Gesture.SHOW_CODE, self._seen, cancel=token)
        fault = self._part.faults.take()
        self._part.meet(fault, token)
        codes = self._pictures.codes(traveller + 1 if fault is Fault.WRONG_ANSWER else traveller)
        if fault is Fault.PARTIAL:
            codes = tuple(Barcode(code.symbology, beginning(code.content)) for code in codes)
        if fault is Fault.GARBAGE:
            codes = (Barcode(Symbology.OTHER, self._part.faults.garbage(_GARBAGE_BYTES)),)
        return number, codes


def mrz_reader(around: Surroundings) -> Simulated:
    """A swipe reader."""

    def fill(part: Part) -> SimulatedMrzReader:
        return SimulatedMrzReader(around.tray, around.pictures, part)

    return Simulated("mrz-reader", "Simulated MRZ reader", ((MRZ_READER, fill),), around)


def barcode_reader(around: Surroundings) -> Simulated:
    """A reader for codes on paper."""

    def fill(part: Part) -> SimulatedBarcodeReader:
        return SimulatedBarcodeReader(around.tray, around.pictures, part)

    return Simulated("barcode-reader", "Simulated barcode reader", ((BARCODE_READER, fill),), around)
