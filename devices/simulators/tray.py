# SPDX-License-Identifier: Apache-2.0
"""The hand of demonstration and training: which specimen traveller stands at the desk, document on the glass."""

from __future__ import annotations

import threading
from typing import Protocol

from station.domain.errors import Cancelled
from station.ports.images import EncodedImage
from station.ports.tasks import CancelToken


class SpecimenPictures(Protocol):
    """Pictures of specimen travellers by number; equal numbers give equal pictures."""

    def page(self, traveller: int) -> EncodedImage:
        """The document's data page."""
        ...

    def portrait(self, traveller: int) -> EncodedImage:
        """The traveller before the camera: PNG or JPEG, in colour, upright, 3 wide to 4 high."""
        ...


class SpecimenTray:
    """Shared by the simulated devices of one station. Any thread may call any method."""

    def __init__(self) -> None:
        self._news = threading.Condition()
        self._traveller: int | None = None
        self._placings = 0

    def place(self, traveller: int) -> None:
        """Put this traveller's document on the glass, and the traveller before the camera."""
        with self._news:
            self._traveller = traveller
            self._placings += 1
            self._news.notify_all()

    def remove(self) -> None:
        """Take the document away; the traveller leaves."""
        with self._news:
            self._traveller = None
            self._news.notify_all()

    @property
    def traveller(self) -> int | None:
        """Who is at the desk."""
        return self._traveller

    def wake(self) -> None:
        """Let whoever waits look again at what else may have changed."""
        with self._news:
            self._news.notify_all()

    def wait_for_placing(self, after: int, *, cancel: CancelToken) -> tuple[int, int]:
        """Wait for a document placed after placing number ``after``; gives its placing number and traveller."""
        forget = cancel.on_cancel(self.wake)
        try:
            with self._news:
                while self._traveller is None or self._placings <= after:
                    if cancel.cancelled:
                        raise Cancelled
                    self._news.wait()
                return self._placings, self._traveller
        finally:
            forget()
