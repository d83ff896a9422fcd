# SPDX-License-Identifier: Apache-2.0
"""Where a captured value comes from: no value without the device, the time and whether a person keyed it."""

from __future__ import annotations

import enum
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from station.domain.words import Text, say


class Illumination(enum.Enum):
    """The light a page was captured under."""

    WHITE = "white"  # visible light
    INFRARED = "infrared"  # near infrared, B900: the ink of an MRZ stays black
    ULTRAVIOLET = "ultraviolet"  # long-wave ultraviolet: fluorescent security features show


#: What a person calls each light.
LIGHTS: Mapping[Illumination, Text] = {
    Illumination.WHITE: say("White light"),
    Illumination.INFRARED: say("Infrared"),
    Illumination.ULTRAVIOLET: say("Ultraviolet"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Provenance:
    """Who captured what with which device and when; ``captured_at`` is aware, in UTC."""

    role: str
    device_id: str
    driver: str
    captured_at: datetime
    manual: bool = False  # a person keyed or chose it: no sensor stands behind the value
    simulated: bool = False  # a simulator made it: only ever in a training store
    illumination: Illumination | None = None
