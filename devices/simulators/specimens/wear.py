# SPDX-License-Identifier: Apache-2.0
"""In what state a specimen document is, and how it lies before the scanner or camera."""

from __future__ import annotations

import enum
from typing import Literal

Orientation = Literal[0, 90, 180, 270]  # degrees, clockwise


class Wear(enum.Enum):
    """The state of a document and the way its picture was taken."""

    NEW = "new"  # fresh from the printer, scanned straight
    LIGHT = "light"  # carried a little: laid down not quite straight, faint dust and softness
    WORN = "worn"  # carried for years: folds, stains, faded print, rubbed edges
    PHOTOGRAPHED = "photographed"  # by a hand-held camera: perspective, uneven light, noise, blur
