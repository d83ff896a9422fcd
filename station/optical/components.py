# SPDX-License-Identifier: Apache-2.0
"""Dark marks of about the size of a printed character: what lines of the MRZ are chained from."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

Grey = npt.NDArray[np.uint8]
Floats = npt.NDArray[np.float32]

MOST_MARKS = 6000  # a page of small print has about 3,000; more is noise, and costs time


@dataclass(frozen=True, slots=True)
class Marks:
    """Marks of a picture. ``centres`` is N x 2 (x, y) in pixels, ``sizes`` the longer side of each, N."""

    centres: Floats
    sizes: Floats


def find_marks(grey: Grey, *, smallest: int = 4, largest: int = 48) -> Marks:
    """Connected dark marks on a lighter ground, whatever the light: black-hat, then a local threshold."""
    kernel = cv2.getStructuringElement(cv2.MORPH_RECT, (11, 11))
    ink = cv2.morphologyEx(grey, cv2.MORPH_BLACKHAT, kernel)
    around = cv2.boxFilter(ink, -1, (45, 45))
    floor = max(10.0, float(np.percentile(ink[::4, ::4], 60)))
    bar = np.maximum(cv2.convertScaleAbs(around, alpha=1.15, beta=4.0), np.uint8(min(255.0, floor)))
    dark = cv2.compare(ink, bar, cv2.CMP_GT)
    count, _, stats, _ = cv2.connectedComponentsWithStats(dark, connectivity=8, ltype=cv2.CV_32S)
    width, height, area = stats[:, 2], stats[:, 3], stats[:, 4]
    longer, shorter = np.maximum(width, height), np.minimum(width, height)
    kept = (longer >= smallest) & (longer <= largest) & (area >= 6) & (shorter * 12 >= longer)
    kept &= area * 12 >= width * height  # thin rings and scratches
    kept[0] = False  # the ground
    index = np.flatnonzero(kept)
    if count > MOST_MARKS and len(index) > MOST_MARKS:
        index = index[np.argsort(-area[index], kind="stable")[:MOST_MARKS]]
    boxes = stats[index]
    middle = np.stack([boxes[:, 0] + boxes[:, 2] / 2, boxes[:, 1] + boxes[:, 3] / 2], axis=1)
    # The middle of the box stands on the pitch better than the centre of gravity; '<' and 'L' are lopsided.
    return Marks(middle.astype(np.float32), longer[index].astype(np.float32))
