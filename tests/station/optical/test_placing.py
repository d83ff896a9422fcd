# SPDX-License-Identifier: Apache-2.0
"""A document counts as placed once: when it lies still, and not again before something else lay there."""

from __future__ import annotations

from functools import lru_cache

import cv2
import numpy as np

from station.optical.placing import Placing, PlacingWatch
from tests.station.optical.desks import Picture, scene

STEP = 0.1  # seconds between looks
FIND = 0.4


class Desk:
    """A camera over a desk; ``shows`` looks at one picture for some seconds, with the camera's noise."""

    def __init__(self, watch: PlacingWatch) -> None:
        self.watch = watch
        self.clock = 0.0
        self.grain = np.random.default_rng(7)

    def shows(self, picture: Picture, *, seconds: float) -> list[Placing]:
        seen = []
        for _ in range(round(seconds / STEP)):
            noisy = picture + self.grain.normal(0, 2, picture.shape)
            seen.append(self.watch.look(np.clip(noisy, 0, 255).astype(np.uint8), self.clock))
            self.clock += STEP
        return seen

    def hand(self, picture: Picture) -> list[Placing]:
        """An arm moves through the picture."""
        seen = []
        for step in range(5):
            shown = picture.copy()
            cv2.line(shown, (100 + 180 * step, 0), (300 + 120 * step, 500), (120, 150, 200), 140)
            seen += self.shows(shown, seconds=STEP)
        return seen


def half(picture: Picture) -> Picture:
    return np.asarray(cv2.resize(picture, None, fx=0.5, fy=0.5, interpolation=cv2.INTER_AREA), np.uint8)


@lru_cache
def shot(seed: int, *, empty: bool = False) -> Picture:
    return scene(seed, empty=empty).picture


def empty_desk() -> Picture:
    return shot(4, empty=True)


def page() -> Picture:
    return shot(4)


def other() -> Picture:
    return shot(9)


def test_an_empty_desk_waits_for_ever() -> None:
    seen = Desk(PlacingWatch()).shows(empty_desk(), seconds=4)
    assert seen[-1] is Placing.NOTHING_NEW
    assert Placing.PLACED not in seen
    assert Placing.UNCLEAR not in seen


def test_a_page_that_lies_there_already_counts_once_it_is_still() -> None:
    seen = Desk(PlacingWatch()).shows(page(), seconds=1)
    assert seen[0] is Placing.MOVING
    assert seen[-1] is Placing.PLACED


def test_a_hand_is_no_page_and_the_page_counts_after_the_hand() -> None:
    desk = Desk(PlacingWatch())
    desk.shows(empty_desk(), seconds=1)
    seen = desk.hand(page())
    assert Placing.PLACED not in seen
    assert desk.shows(page(), seconds=1)[-1] is Placing.PLACED


def test_a_captured_page_is_not_captured_again_until_another_lies_there() -> None:
    desk = Desk(PlacingWatch())
    desk.shows(page(), seconds=1)
    desk.watch.captured(page())
    assert set(desk.shows(page(), seconds=3)) == {Placing.NOTHING_NEW}
    desk.hand(other())
    assert desk.shows(other(), seconds=1)[-1] is Placing.PLACED


def test_the_same_page_counts_again_after_it_was_taken_away() -> None:
    desk = Desk(PlacingWatch())
    desk.shows(page(), seconds=1)
    desk.watch.captured(page())
    desk.hand(page())
    desk.shows(empty_desk(), seconds=1)
    desk.hand(page())
    assert desk.shows(page(), seconds=1)[-1] is Placing.PLACED


def test_the_desk_left_behind_is_no_document() -> None:
    desk = Desk(PlacingWatch())
    desk.shows(page(), seconds=1)
    desk.watch.captured(page())
    desk.hand(page())
    seen = desk.shows(empty_desk(), seconds=5)
    assert seen[-1] is Placing.NOTHING_NEW
    assert Placing.UNCLEAR not in seen


def test_the_lamp_switched_on_is_no_document() -> None:
    desk = Desk(PlacingWatch())
    desk.shows(empty_desk(), seconds=1)
    brighter = np.clip(empty_desk().astype(np.int16) + 25, 0, 255).astype(np.uint8)
    assert desk.shows(brighter, seconds=4)[-1] is Placing.NOTHING_NEW


def test_what_cannot_be_made_out_as_a_page_is_still_noticed() -> None:
    desk = Desk(PlacingWatch())
    desk.shows(empty_desk(), seconds=1)
    heap = empty_desk().copy()
    cv2.circle(heap, (640, 480), 260, (30, 60, 160), -1)
    desk.hand(heap)
    seen = desk.shows(heap, seconds=4)
    assert Placing.PLACED not in seen
    assert seen[-1] is Placing.UNCLEAR


def test_a_camera_that_changes_its_resolution_shows_something_new() -> None:
    desk = Desk(PlacingWatch())
    desk.shows(page(), seconds=1)
    desk.watch.captured(page())
    assert desk.shows(np.ascontiguousarray(half(page())[:, :600]), seconds=1)[-1] is not Placing.NOTHING_NEW
