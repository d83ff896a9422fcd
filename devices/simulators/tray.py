# SPDX-License-Identifier: Apache-2.0
"""The hand of demonstration and training: which specimen traveller stands at the desk, document on the glass."""

from __future__ import annotations

import enum
import threading
from collections.abc import Callable
from typing import Protocol, TypeVar

from station.domain.errors import Cancelled
from station.domain.provenance import Illumination
from station.ports.barcodes import Barcode
from station.ports.images import EncodedImage
from station.ports.tasks import CancelToken

T = TypeVar("T")


class SpecimenPictures(Protocol):
    """What simulated devices see of specimen travellers, by number; equal numbers give equal pictures and texts."""

    def page(self, traveller: int) -> EncodedImage:
        """The document's data page in white light."""
        ...

    def further(self, traveller: int) -> tuple[tuple[Illumination, EncodedImage], ...]:
        """The same page at the same place under the other lights of the scanner; empty where it has none."""
        ...

    def portrait(self, traveller: int) -> EncodedImage:
        """The traveller before the camera: PNG or JPEG, in colour, upright, 3 wide to 4 high."""
        ...

    def mrz_lines(self, traveller: int) -> tuple[str, ...]:
        """What truly stands in the document's MRZ."""
        ...

    def codes(self, traveller: int) -> tuple[Barcode, ...]:
        """The codes on the paper that the traveller shows beside the document; at least one."""
        ...


class Gesture(enum.Enum):
    """What a hand does for a moment: a reader that nobody listened to has missed it."""

    SWIPE = "swipe"  # the document is drawn through the MRZ reader
    SHOW_CODE = "show code"  # a paper is held before the barcode reader


class SpecimenTray:
    """Shared by the simulated devices of one station. Any thread may call any method."""

    def __init__(self) -> None:
        self._news = threading.Condition()
        self._traveller: int | None = None
        self._placings = 0
        self._gestures: dict[Gesture, tuple[int, int]] = dict.fromkeys(Gesture, (0, 0))  # how many, of whom the last
        self._before_placing: Callable[[int], None] = lambda _placed: None

    def before_placing(self, told: Callable[[int], None]) -> None:
        """Tell ``told`` how many documents were placed before, each time, before any device can see the next one."""
        self._before_placing = told

    def place(self, traveller: int) -> None:
        """Put this traveller's document on the glass, and the traveller before the camera."""
        self._before_placing(self._placings)
        with self._news:
            self._traveller = traveller
            self._placings += 1
            self._news.notify_all()

    def remove(self) -> None:
        """Take the document away; the traveller leaves."""
        with self._news:
            self._traveller = None
            self._news.notify_all()

    def move(self, gesture: Gesture, traveller: int) -> None:
        """Draw the document of this traveller through the reader, or show the paper."""
        with self._news:
            self._gestures[gesture] = (self._gestures[gesture][0] + 1, traveller)
            self._news.notify_all()

    @property
    def traveller(self) -> int | None:
        """Who is at the desk."""
        return self._traveller

    def moves(self, gesture: Gesture) -> int:
        """How often it was made."""
        return self._gestures[gesture][0]

    def lies(self, placing: int) -> bool:
        """Whether the document of this placing still lies on the glass, untouched."""
        return self._traveller is not None and self._placings == placing

    def wake(self) -> None:
        """Let whoever waits look again at what else may have changed."""
        with self._news:
            self._news.notify_all()

    def wait_for_placing(self, after: int, *, cancel: CancelToken) -> tuple[int, int]:
        """Wait for a document placed after placing number ``after``; gives its placing number and traveller."""

        def placed() -> tuple[int, int] | None:
            if self._traveller is None or self._placings <= after:
                return None
            return self._placings, self._traveller

        return self._wait(placed, cancel)

    def wait_for_removal(self, placing: int, *, cancel: CancelToken) -> None:
        """Wait until the document of this placing does not lie there any more."""
        self._wait(lambda: None if self.lies(placing) else True, cancel)

    def wait_for_move(self, gesture: Gesture, after: int, *, cancel: CancelToken) -> tuple[int, int]:
        """Wait for a gesture made after number ``after``; gives its number and traveller."""

        def made() -> tuple[int, int] | None:
            return self._gestures[gesture] if self._gestures[gesture][0] > after else None

        return self._wait(made, cancel)

    def _wait(self, happened: Callable[[], T | None], cancel: CancelToken) -> T:
        forget = cancel.on_cancel(self.wake)
        try:
            with self._news:
                while (result := happened()) is None:
                    if cancel.cancelled:
                        raise Cancelled
                    self._news.wait()
                return result
        finally:
            forget()
