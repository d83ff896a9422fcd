# SPDX-License-Identifier: Apache-2.0
"""Where the parts of a head come to lie in the picture.

Head coordinates: the origin lies at the height of the eyes, y runs from the crown (-1) to the chin (+1), x to the
right of the picture.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from devices.simulators.specimens.brush import Points


@dataclass(frozen=True, slots=True, kw_only=True)
class Pose:
    """How the head stands in the picture. Angles in degrees; ``scale`` is pixels per head unit (half a head).

    ``youth`` is 1 for a newborn and 0 from fifteen years on: it moves the features of the face, not its outline.
    """

    centre_x: float
    centre_y: float
    scale: float
    yaw: float = 0.0
    roll: float = 0.0
    youth: float = 0.0

    def place(self, points: Points, *, raised: float = 0.0) -> Points:
        """Head coordinates to pixels. ``raised`` lifts points off the face, as the tip of the nose is."""
        # A child's features sit lower and closer together under a larger forehead.
        x, y = points[:, 0] * (1 - 0.05 * self.youth), points[:, 1] * (1 - 0.24 * self.youth) + 0.17 * self.youth
        depth = 0.54 * np.sqrt(np.clip(1 - (x / 0.8) ** 2 - (y / 1.25) ** 2, 0, 1)) + raised
        turn, tilt = math.radians(self.yaw), math.radians(self.roll)
        turned = x * (0.5 + 0.5 * math.cos(turn)) + depth * math.sin(turn)
        across = turned * math.cos(tilt) - y * math.sin(tilt)
        down = turned * math.sin(tilt) + y * math.cos(tilt)
        return np.stack([self.centre_x + self.scale * across, self.centre_y + self.scale * down], axis=1)

    def flat(self, points: Points) -> Points:
        """Head coordinates to pixels for what stands behind the face: outline, hair, shoulders."""
        return np.stack([self.centre_x + self.scale * points[:, 0], self.centre_y + self.scale * points[:, 1]], axis=1)
