# SPDX-License-Identifier: Apache-2.0
"""When a document has been placed under a camera: something came, lies still, and is not what was captured last."""

from __future__ import annotations

import enum
from typing import Final

import cv2
import numpy as np
import numpy.typing as npt

from station.optical.page import FoundPage, Picture, find_page

_SIDE: Final = 96  # pixels of the longer side: enough to tell a hand from a page
_STIR: Final = 12.0  # grey levels between two looks, in the part that changed most: a hand, or the page moving
_OTHER: Final = 9.0  # grey levels of mean difference in the part that changed most: another page lies there
_FOLLOW: Final = np.float32(0.1)  # of the difference, at each look
_PARTS: Final = 6  # rows and columns of parts that are compared


_Small = npt.NDArray[np.float32]


class Placing(enum.Enum):
    """What one look at the desk shows."""

    NOTHING_NEW = "nothing new"  # what lies there was seen before: the empty desk, or the page captured last
    MOVING = "moving"  # a hand, or a page that is still being moved
    SETTLING = "settling"  # something new lies there, not yet long enough
    PLACED = "placed"  # a page lies there, still
    UNCLEAR = "unclear"  # something new has been lying still for long, and no page can be made out


class PlacingWatch:
    """Follows one camera's pictures. One thread at a time; time is counted in seconds as the caller gives it.

    ``still`` is how long a page has to lie, ``patience`` how long something new may lie without looking like a page.
    The desk is learnt from the first still picture without a page.
    """

    def __init__(self, *, still: float = 0.5, patience: float = 2.0) -> None:
        self._still = still
        self._patience = patience
        self._desk: _Small | None = None
        self._done: _Small | None = None
        self._before: _Small | None = None
        self._lies_since: float | None = None
        self.page: FoundPage | None = None  # of the last look that was PLACED

    def look(self, picture: Picture, at: float) -> Placing:
        """One more picture (height x width x 3 or height x width), taken at ``at`` seconds of a steady clock."""
        now = _small(picture)
        before, self._before = self._before, now
        if before is None or _unlike(now, before) > _STIR:
            self._lies_since = None
            return Placing.MOVING
        if self._lies_since is None:
            self._lies_since = at
        if self._was_seen(now):
            return Placing.NOTHING_NEW
        lain = at - self._lies_since
        if lain < self._still:
            return Placing.SETTLING
        self.page = find_page(picture)
        if self.page is not None:
            return Placing.PLACED
        if self._desk is None:
            self._desk, self._done = now, None
            return Placing.NOTHING_NEW
        return Placing.SETTLING if lain < self._patience else Placing.UNCLEAR

    def captured(self, picture: Picture) -> None:
        """What lies there now is done with: it is not placed again until something else, or nothing, lay there."""
        self._done = _small(picture)

    def forget(self) -> None:
        """The last capture was taken by nobody: what lies there is new again."""
        self._done = None

    def _was_seen(self, now: _Small) -> bool:
        """Whether this is the page captured last, or the desk; both are followed while the daylight changes."""
        if self._done is not None and _unlike(now, self._done) < _OTHER:
            self._done = self._done + (now - self._done) * _FOLLOW
            return True
        if self._desk is not None and _unlike(now, self._desk) < _OTHER:
            self._desk, self._done = self._desk + (now - self._desk) * _FOLLOW, None
            return True
        return False


def _small(picture: Picture) -> _Small:
    grey = picture if picture.ndim == 2 else cv2.cvtColor(picture, cv2.COLOR_BGR2GRAY)
    scale = _SIDE / max(grey.shape)
    small = cv2.resize(grey, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    return np.asarray(cv2.GaussianBlur(small, (0, 0), 1.2), np.float32)


def _unlike(now: _Small, then: _Small) -> float:
    """The greatest mean difference of any part, after the light of the whole room was made equal."""
    if now.shape != then.shape:
        return float("inf")
    differ = np.abs(now - then - np.median(now - then))
    return max(float(part.mean()) for row in np.array_split(differ, _PARTS) for part in np.array_split(row, _PARTS, 1))
